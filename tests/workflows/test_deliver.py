import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from builders import IMPRINT, NOW, a_frozen, a_list, an_issue, editions_of, subscribers
from fakes import FakeAudience, FakeBooks, FakeIssues, FakeLedger, FakeTransport

from briefpub.domain.delivery import Attempt, Delivery, DeliveryState, InDoubt, Mailing, MailingState, Outcome
from briefpub.domain.errors import StoreError, TransportError
from briefpub.render.message import prepared
from briefpub.workflows.deliver import Deliver

MAKE = prepared(frozen=a_frozen(), list=a_list(), imprint=IMPRINT, subject="On bread")
SECOND = dt.timedelta(seconds=1)


@dataclass
class Clock:
    """Moves on by `step` whenever it is read."""

    step: dt.timedelta = dt.timedelta(0)
    at: dt.datetime = NOW

    def __call__(self) -> dt.datetime:
        self.at += self.step
        return self.at


@dataclass
class Desk:
    """A queued mailing of so many deliveries, and what sends it."""

    count: int
    script: Iterator[Outcome | BaseException] = field(default_factory=lambda: iter(()))
    batch: int = 100

    def __post_init__(self) -> None:
        self.books = FakeBooks()
        self.audience = FakeAudience(self.books)
        self.audience.declare(a_list())
        self.audience.subscribe("weekly", subscribers(self.count), consent="", now=NOW)
        issues = FakeIssues(self.books)
        key = issues.compose("weekly", ("bread",), title="", date=NOW.date()).key
        issues.freeze(key, manifest_sha256="a" * 64, editions=editions_of(an_issue()))
        self.ledger = FakeLedger(self.books)
        self.mailing = self.ledger.queue(key, now=NOW)
        self.transport = FakeTransport(script=self.script)
        self.clock = Clock()
        self.told: list[tuple[str, int, int]] = []

    def send(self) -> Mailing:
        deliver = Deliver(ledger=self.ledger, transport=self.transport, owner="me", batch=self.batch)
        return deliver(self.mailing, make=MAKE, now=self.clock, progress=lambda *told: self.told.append(told))

    def counts(self) -> dict[str, int]:
        mailing = self.ledger.mailing("weekly/001")
        assert mailing is not None
        return {state.value: count for state, count in mailing.counts.items() if count}


def test_drains_a_mailing_in_batches_and_says_how_far_it_is() -> None:
    desk = Desk(7, batch=3)
    ended = desk.send()
    assert ended.state is MailingState.DONE
    assert desk.counts() == {"accepted": 7}
    assert [message.envelope_to for message in desk.transport.sent] == [row.address for row in subscribers(7)]
    assert desk.transport.log == ["open weekly/001", "close"]
    assert desk.told == [("deliver", 0, 7), ("deliver", 3, 7), ("deliver", 6, 7), ("deliver", 7, 7)]


def test_settles_fifty_at_a_time_and_what_is_a_second_old() -> None:
    desk = Desk(120)
    desk.send()
    assert [done for _, done, _ in desk.told] == [0, 50, 100, 120]
    slow = Desk(4)
    slow.clock.step = SECOND / 2
    slow.send()
    assert len(slow.told) > 2


def test_a_mailing_with_nothing_due_opens_nothing() -> None:
    desk = Desk(1, script=iter([Outcome.DEFERRED]))
    desk.send()
    assert desk.counts() == {"queued": 1}
    desk.transport.log.clear()
    desk.send()
    assert desk.transport.log == []
    desk.clock.at += 5 * 60 * SECOND
    desk.send()
    assert desk.counts() == {"accepted": 1}


def test_each_outcome_is_kept_for_its_own_delivery() -> None:
    outcomes = [Outcome.ACCEPTED, Outcome.FAILED, Outcome.UNKNOWN, Outcome.DEFERRED, Outcome.ACCEPTED]
    desk = Desk(5, script=iter(outcomes))
    desk.send()
    assert desk.counts() == {"accepted": 2, "failed": 1, "unknown": 1, "queued": 1}
    assert [one.reply for one in desk.ledger.deliveries(desk.mailing.id)] == [
        f"fake {one}" for one in outcomes
    ]


def test_who_leaves_while_it_runs_gets_nothing() -> None:
    desk = Desk(4, batch=2)
    desk.audience.unsubscribe("weekly", "reader0001@example.org", now=NOW)
    desk.audience.unsubscribe("weekly", "reader0003@example.org", now=NOW)
    desk.send()
    assert desk.counts() == {"accepted": 2, "skipped": 2}
    assert len(desk.transport.sent) == 2


@pytest.mark.parametrize("cause", [KeyboardInterrupt(), SystemExit(143), TransportError("no such host")])
def test_stopping_settles_what_was_sent_and_releases_the_rest(cause: BaseException) -> None:
    desk = Desk(5, script=iter([Outcome.ACCEPTED, Outcome.ACCEPTED, cause]))
    with pytest.raises(type(cause)):
        desk.send()
    assert desk.counts() == {"accepted": 2, "queued": 3}
    desk.send()
    assert desk.counts() == {"accepted": 5}
    assert len({message.message_id for message in desk.transport.sent}) == 5
    assert len(desk.transport.sent) == 5


def test_a_lease_that_is_nearly_over_is_given_back() -> None:
    desk = Desk(30)
    desk.clock.step = 10 * SECOND
    desk.send()
    assert desk.counts() == {"accepted": 30}
    assert len(desk.transport.sent) == 30


def test_a_ledger_that_fails_is_told_and_leaves_what_was_handed_in_doubt() -> None:
    class Full(FakeLedger):
        def settle(self, results: object, *, owner: str) -> None:
            raise StoreError("the disk is full")

    desk = Desk(2)
    honest, desk.ledger = desk.ledger, Full(desk.books)
    with pytest.raises(StoreError, match="full"):
        desk.send()
    assert desk.counts() == {"handed": 2}
    desk.ledger = honest
    deliver = Deliver(ledger=honest, transport=desk.transport, owner="another")
    assert deliver.recover(desk.mailing, now=NOW).counts[DeliveryState.UNKNOWN] == 2
    assert desk.transport.in_doubt is InDoubt.HOLD


def test_a_message_that_lost_its_lease_is_not_sent() -> None:
    class Stolen(FakeLedger):
        def hand(self, deliveries: object, *, owner: str, now: dt.datetime) -> frozenset[int]:
            return frozenset()

    desk = Desk(2)
    desk.ledger = Stolen(desk.books)
    desk.send()
    assert desk.transport.sent == []
    assert desk.counts() == {"queued": 2}


def test_the_attempts_are_the_transport_s_own() -> None:
    desk = Desk(1)
    desk.send()
    (row,) = desk.books.rows.values()
    assert row.attempts == [Attempt(at=NOW, outcome=Outcome.ACCEPTED, reply="fake accepted")]
    assert isinstance(row.delivery, Delivery)
