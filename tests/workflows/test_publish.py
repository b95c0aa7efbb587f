import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest
from builders import NOW, a_list, an_article, subscribers
from fake_post import FakeTransport
from fakes import FakeArticles, FakeAudience, FakeBooks, FakeIssues, FakeLedger, FakeOutbox
from newsroom import Asked, FakeBuild, a_publish, run

from briefpub.domain.audience import InDoubt
from briefpub.domain.delivery import DeliveryState
from briefpub.domain.errors import (
    ConfigError,
    ConfirmationNeeded,
    Conflict,
    Locked,
    OutboxError,
    RenderError,
    TransportError,
)
from briefpub.domain.finding import Finding, Severity
from briefpub.domain.issue import IssueState
from briefpub.domain.replies import Outcome as Ended
from briefpub.workflows.publish import Outcome, Publish

HOUR = dt.timedelta(hours=1)
ERROR = Finding(code="A001", severity=Severity.ERROR, message="no title", where="articles/x.md")
WARNING = Finding(code="A002", severity=Severity.WARNING, message="no alt", where="articles/x.md")


@dataclass
class Newsroom:
    """Two ready articles and twelve subscribers; every part can be looked into."""

    script: Iterator[Ended | BaseException] = field(default_factory=lambda: iter(()))
    readers: int = 12

    def __post_init__(self) -> None:
        self.books = FakeBooks()
        self.articles = FakeArticles((an_article("salt"), an_article("bread", date=dt.date(2026, 11, 1))))
        self.audience = FakeAudience(self.books)
        self.audience.declare(a_list())
        self.audience.subscribe("weekly", subscribers(self.readers, briefs=3), consent="", now=NOW)
        self.issues = FakeIssues(self.books)
        self.ledger = FakeLedger(self.books)
        self.outbox = FakeOutbox()
        self.transport = FakeTransport(script=self.script)
        self.build = FakeBuild()

    @property
    def publish(self) -> Publish:
        return a_publish(
            articles=self.articles,
            audience=self.audience,
            issues=self.issues,
            ledger=self.ledger,
            outbox=self.outbox,
            transport=self.transport,
            build=self.build,
        )

    def untouched(self) -> bool:
        return not (self.books.issues or self.outbox.folders or self.books.mailings or self.transport.sent)


def test_publishes_the_next_issue_to_everybody() -> None:
    room = Newsroom()
    asked = Asked()
    done = room.publish("weekly", now=lambda: NOW, confirm=asked, expect=12)
    assert (done.outcome, done.key, done.folder) == (Outcome.PUBLISHED, "weekly/001", "outbox/weekly/001")
    assert done.mailing is not None
    assert done.mailing.counts[DeliveryState.ACCEPTED] == 12
    assert [sentence.text for sentence in asked.sentences] == [
        "On 22 November 2026 issue 1 of The Weekly, “On bread”, goes to 12 subscribers by maildir."
    ]
    record = room.issues.get("weekly/001")
    assert record is not None
    assert (record.state, record.articles) == (IssueState.PUBLISHED, ("bread", "salt"))
    assert {message.envelope_to for message in room.transport.sent} == {
        row.address for row in subscribers(12)
    }


def test_a_second_time_there_is_nothing_new() -> None:
    room = Newsroom()
    run(room.publish)
    again = run(room.publish)
    assert (again.outcome, again.key) == (Outcome.NOTHING_NEW, "")
    assert len(room.transport.sent) == 12
    room.articles.articles += (an_article("water"),)
    assert run(room.publish).key == "weekly/002"
    assert len(room.transport.sent) == 24
    assert len({message.message_id for message in room.transport.sent}) == 24


def test_one_subscriber_is_one() -> None:
    room = Newsroom(readers=1)
    asked = Asked()
    room.publish("weekly", now=lambda: NOW, confirm=asked)
    assert "goes to 1 subscriber by" in asked.sentences[0].text


@pytest.mark.parametrize("expect", [0, 11, 13])
def test_another_number_than_expected_stops_it(expect: int) -> None:
    room = Newsroom()
    with pytest.raises(ConfirmationNeeded, match="there are 12") as caught:
        run(room.publish, expect=expect)
    assert caught.value.exit_code == 4
    assert room.untouched()


def test_without_a_yes_nothing_is_recorded() -> None:
    room = Newsroom()
    with pytest.raises(ConfirmationNeeded, match="nothing was sent") as caught:
        room.publish("weekly", now=lambda: NOW, confirm=Asked(answer=False))
    assert "12 subscribers" in caught.value.hint
    assert room.untouched()


def test_with_nobody_to_mail_nothing_is_frozen() -> None:
    room = Newsroom(readers=0)
    with pytest.raises(Conflict, match="no confirmed subscriber"):
        run(room.publish)
    assert room.untouched()


def test_an_error_finding_stops_it_before_anything_is_recorded() -> None:
    room = Newsroom()
    room.build.findings = (WARNING, ERROR)
    done = run(room.publish)
    assert (done.outcome, done.key, done.findings) == (Outcome.FINDINGS, "weekly/001", (WARNING, ERROR))
    assert room.untouched()
    room.build.findings = (WARNING,)
    assert run(room.publish).findings == (WARNING,)


def test_an_article_that_cannot_be_read_stops_the_next_issue() -> None:
    room = Newsroom()
    room.articles.findings = (ERROR,)
    assert run(room.publish).outcome is Outcome.FINDINGS
    assert room.untouched()
    assert room.build.built == 0


def test_an_article_that_cannot_be_read_stops_no_issue_it_is_not_in() -> None:
    room = Newsroom()
    room.issues.compose("weekly", ("salt",), title="", date=NOW.date())
    room.articles.findings = (ERROR,)
    assert run(room.publish).outcome is Outcome.PUBLISHED
    room.issues.compose("weekly", ("lost",), title="", date=NOW.date())
    assert run(room.publish).outcome is Outcome.FINDINGS
    room.articles.findings = ()
    with pytest.raises(Conflict, match="no longer there: lost"):
        run(room.publish)


def test_a_composed_issue_goes_before_a_new_one() -> None:
    room = Newsroom()
    room.issues.compose("weekly", ("salt",), title="Only salt", date=dt.date(2026, 11, 20))
    asked = Asked()
    done = room.publish("weekly", now=lambda: NOW, confirm=asked)
    assert done.key == "weekly/001"
    assert "On 20 November 2026 issue 1 of The Weekly, “Only salt”" in asked.sentences[0].text
    assert run(room.publish).key == "weekly/002"


def test_a_held_issue_waits_for_its_editor() -> None:
    room = Newsroom()
    room.issues.compose("weekly", ("salt",), title="", date=NOW.date())
    room.issues.set_state("weekly/001", IssueState.HELD)
    assert run(room.publish).outcome is Outcome.HELD
    assert room.transport.sent == []
    room.issues.set_state("weekly/001", IssueState.COMPOSED)
    assert run(room.publish).outcome is Outcome.PUBLISHED


def test_some_failures_are_a_part() -> None:
    room = Newsroom(script=iter([Ended.FAILED, Ended.UNKNOWN]))
    done = run(room.publish)
    assert done.outcome is Outcome.PARTLY
    record = room.issues.get("weekly/001")
    assert record is not None
    assert record.state is IssueState.PUBLISHED
    assert run(room.publish).outcome is Outcome.NOTHING_NEW
    assert len(room.transport.sent) == 11  # the unknown one may have arrived, so it is not sent again


def test_a_deferral_keeps_the_issue_open_until_it_is_through() -> None:
    room = Newsroom(script=iter([Ended.DEFERRED]))
    assert run(room.publish).outcome is Outcome.PARTLY
    assert run(room.publish).outcome is Outcome.PARTLY
    asked = Asked()
    done = room.publish("weekly", now=lambda: NOW + HOUR, confirm=asked, expect=12)
    assert done.outcome is Outcome.PUBLISHED
    assert "goes to the 1 subscriber of 12 who have not had it" in asked.sentences[0].text
    assert len(room.transport.sent) == 12
    assert room.build.built == 1


def test_a_mailing_that_broke_goes_on_where_it_stopped() -> None:
    room = Newsroom(script=iter([*[Ended.ACCEPTED] * 7, TransportError("no such host")]))
    with pytest.raises(TransportError):
        run(room.publish)
    room.articles.articles = ()  # what the articles say by now does not matter any more
    asked = Asked()
    done = room.publish("weekly", now=lambda: NOW, confirm=asked, expect=5)
    assert done.outcome is Outcome.PUBLISHED
    assert asked.sentences[0].count == 5
    assert len({message.message_id for message in room.transport.sent}) == len(room.transport.sent) == 12


def test_the_same_issue_never_goes_out_in_two_versions() -> None:
    room = Newsroom(script=iter([TransportError("no such host")]))
    with pytest.raises(TransportError):
        run(room.publish)
    manifest = room.outbox.folders["weekly/001"].manifest
    room.articles.articles = tuple(replace(one, title="Changed") for one in room.articles.articles)
    run(room.publish)
    assert room.outbox.folders["weekly/001"].manifest == manifest
    assert all(b"Subject: On bread\r\n" in message.data for message in room.transport.sent)


def test_a_frozen_folder_that_is_gone_is_told() -> None:
    room = Newsroom(script=iter([TransportError("no such host")]))
    with pytest.raises(TransportError):
        run(room.publish)
    room.outbox.folders.clear()
    with pytest.raises(OutboxError, match="no longer in the outbox") as caught:
        run(room.publish)
    assert caught.value.hint


def test_a_folder_the_database_does_not_know_is_not_sent() -> None:
    room = Newsroom()
    run(room.publish)
    for books in (room.books.issues, room.books.mailings, room.books.rows):
        books.clear()  # an older database was restored
    room.articles.articles = (an_article("water"),)
    with pytest.raises(Conflict, match="database does not know it"):
        run(room.publish)
    room.issues.compose("weekly", ("water",), title="", date=NOW.date())
    with pytest.raises(Conflict, match="database does not know it"):
        run(room.publish)
    assert len(room.transport.sent) == 12


def test_lists_that_are_not_there_or_put_away_are_told() -> None:
    room = Newsroom()
    with pytest.raises(ConfigError, match="no list 'daily'"):
        room.publish("daily", now=lambda: NOW, confirm=Asked())
    room.audience.declare(a_list(archived=True))
    with pytest.raises(ConfigError, match="archived"):
        run(room.publish)


def test_a_digest_that_cannot_be_mailed_is_not_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Newsroom()
    monkeypatch.setattr("briefpub.render.bodies.MOST_HTML", 10)
    with pytest.raises(RenderError, match="Gmail"):
        run(room.publish)
    assert room.untouched()


def test_only_one_process_publishes() -> None:
    @contextmanager
    def taken() -> Iterator[None]:
        raise Locked("another process is at it")
        yield

    room = Newsroom()
    with pytest.raises(Locked):
        run(replace(room.publish, send=replace(room.publish.send, alone=taken)))
    assert room.untouched()


@pytest.mark.parametrize(("in_doubt", "count", "unknown"), [(InDoubt.HOLD, 1, 1), (InDoubt.RESEND, 2, 0)])
def test_what_is_in_doubt_goes_again_only_where_that_is_harmless(
    in_doubt: InDoubt, count: int, unknown: int
) -> None:
    room = Newsroom(readers=2, script=iter([TransportError("no such host")]))
    with pytest.raises(TransportError):
        run(room.publish)
    # The process died between the dot and the reply: one delivery stays handed, its lease still running.
    (one,) = room.ledger.claim(1, owner="dead", most=1, lease_until=NOW + HOUR, now=NOW)
    room.ledger.record(owner="dead", handed=[one.id], ended=(), lease_until=NOW + HOUR, now=NOW)
    room.transport.in_doubt = in_doubt
    asked = Asked()
    done = room.publish("weekly", now=lambda: NOW, confirm=asked)
    assert asked.sentences[0].count == count
    assert done.mailing is not None
    assert done.mailing.counts[DeliveryState.UNKNOWN] == unknown
    assert done.outcome is (Outcome.PARTLY if unknown else Outcome.PUBLISHED)
