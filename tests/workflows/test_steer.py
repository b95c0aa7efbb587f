"""An editor's orders, on a real ledger."""

from pathlib import Path

import pytest
from builders import NOW
from postroom import mailed

from briefpub.bootstrap import Newsroom, open_newsroom
from briefpub.domain.delivery import DeliveryState, Mailing, MailingState
from briefpub.domain.errors import Conflict
from briefpub.domain.replies import Outcome
from briefpub.workflows.steer import Steer, rest

ACCEPTED, DEFERRED, FAILED, UNKNOWN = Outcome.ACCEPTED, Outcome.DEFERRED, Outcome.FAILED, Outcome.UNKNOWN


class OpenSites:
    """Sites that are all well but for some that were left alone."""

    def __init__(self, closed: int = 0) -> None:
        self.closed = closed

    def reopen(self, site: str | None = None) -> int:
        closed, self.closed = self.closed, 0
        return closed


@pytest.fixture
def root(tmp_path: Path) -> Path:
    text = '[lists.weekly]\nname = "The Weekly"\nsender = "The Weekly <weekly@example.org>"\n'
    (tmp_path / "briefpub.toml").write_text(text, encoding="utf-8")
    return tmp_path


def a_steer(newsroom: Newsroom, closed: int = 0) -> Steer:
    sites = OpenSites(closed)
    return Steer(issues=newsroom.issues, ledger=newsroom.ledger, sites=sites)  # type: ignore[arg-type]


def now_of(newsroom: Newsroom, mailing: Mailing) -> Mailing:
    found = newsroom.ledger.mailing(mailing.issue)
    assert found is not None
    return found


def states(newsroom: Newsroom, mailing: Mailing) -> list[str]:
    return [one.state.value for one in newsroom.ledger.deliveries(mailing.id)]


def test_what_is_paused_is_claimed_by_nobody_until_it_is_resumed(root: Path) -> None:
    mailing = mailed(root, ACCEPTED, DEFERRED, readers=3)
    newsroom = open_newsroom(str(root))
    steer = a_steer(newsroom, closed=2)
    paused = steer.pause(mailing, reason="a wrong figure", now=NOW)
    assert (paused.state, paused.reason, rest(paused)) == (MailingState.PAUSED, "a wrong figure", 2)
    resumed = steer.resume(paused, now=NOW)
    assert (resumed.mailing.state, resumed.mailing.reason, resumed.reopened) == (MailingState.SENDING, "", 2)
    due = newsroom.ledger.next_due(mailing.id, now=NOW)
    assert due is not None
    assert due <= NOW


def test_retry_and_resend_bring_an_ended_mailing_back(root: Path) -> None:
    mailing = mailed(root, ACCEPTED, FAILED, UNKNOWN, UNKNOWN)
    newsroom = open_newsroom(str(root))
    assert mailing.state is MailingState.DONE
    steer = a_steer(newsroom)
    assert steer.retry(mailing, now=NOW) == 1
    assert steer.resend(mailing, addresses=["reader0003@example.org"], now=NOW) == 1
    assert states(newsroom, mailing) == ["accepted", "queued", "unknown", "queued"]
    assert now_of(newsroom, mailing).state is MailingState.SENDING
    assert steer.resend(mailing, addresses=[], now=NOW) == 1
    assert rest(now_of(newsroom, mailing)) == 3


def test_what_somebody_knows_of_the_unknown_is_written_down(root: Path) -> None:
    mailing = mailed(root, UNKNOWN, UNKNOWN, UNKNOWN)
    newsroom = open_newsroom(str(root))
    steer = a_steer(newsroom)
    first = ["reader0000@example.org"]
    assert steer.settle(mailing, known=DeliveryState.ACCEPTED, addresses=first, now=NOW) == 1
    assert steer.settle(mailing, known=DeliveryState.FAILED, addresses=[], now=NOW) == 2
    assert states(newsroom, mailing) == ["accepted", "failed", "failed"]
    with pytest.raises(ValueError, match="nobody can know"):
        steer.settle(mailing, known=DeliveryState.SKIPPED, addresses=[], now=NOW)


def test_a_cancelled_mailing_is_over_and_its_list_goes_on(root: Path) -> None:
    mailing = mailed(root, ACCEPTED, FAILED, UNKNOWN, readers=5)
    newsroom = open_newsroom(str(root))
    steer = a_steer(newsroom)
    cancelled = steer.cancel(mailing, reason="by hand", now=NOW)
    assert cancelled.state is MailingState.CANCELLED
    assert states(newsroom, mailing) == ["accepted", "failed", "unknown", "skipped", "skipped"]
    record = newsroom.issues.get(mailing.issue)
    assert record is not None
    assert record.state.value == "published"
    for order in (steer.retry, lambda one, now: steer.resend(one, addresses=[], now=now)):
        with pytest.raises(Conflict, match="nothing of it goes out"):
            order(cancelled, now=NOW)
    assert steer.settle(cancelled, known=DeliveryState.ACCEPTED, addresses=[], now=NOW) == 1


@pytest.mark.parametrize("order", ["pause", "resume", "cancel"])
def test_an_ended_mailing_is_not_ordered_about(root: Path, order: str) -> None:
    mailing = mailed(root, ACCEPTED)
    steer = a_steer(open_newsroom(str(root)))
    words = {} if order == "resume" else {"reason": "because"}
    with pytest.raises(Conflict, match="there is nothing left") as caught:
        getattr(steer, order)(mailing, now=NOW, **words)
    assert caught.value.where == "weekly/001"
