import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from builders import NOW, a_list, an_issue, editions_of, subscribers
from fake_post import REPLIES, FakeTransport
from fake_sites import FakeSites
from fakes import FakeAudience, FakeBooks, FakeIssues, FakeLedger

from briefpub.domain.audience import InDoubt
from briefpub.domain.delivery import (
    Attempt,
    Delivery,
    DeliveryState,
    Mailing,
    MailingState,
    Message,
    Trouble,
    TroubleKind,
)
from briefpub.domain.errors import StoreError, TransportError
from briefpub.domain.flow import FlowPlan, SiteRules
from briefpub.domain.replies import Outcome
from briefpub.workflows.cleaned import without_person
from briefpub.workflows.deliver import Deliver

SECOND = dt.timedelta(seconds=1)


def make(delivery: Delivery, at: dt.datetime) -> Message | Attempt:
    if delivery.subscriber.address == "toolarge@example.org":
        return Attempt(at=at, outcome=Outcome.FAILED, reply="552 5.3.4 the compilation is 31 MB long")
    return Message(
        delivery=delivery.id,
        message_id=delivery.message_id,
        envelope_from="letter@example.org",
        envelope_to=delivery.recipient,
        data=b"Subject: On bread\r\n\r\nBread.\r\n",
    )


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
    script: Iterator[Any] = field(default_factory=lambda: iter(()))
    batch: int = 100
    group: int = 1
    plan: FlowPlan = field(default_factory=FlowPlan)
    host: str = "smtp.example.org"

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
        self.transport = FakeTransport(script=self.script, group=self.group, host=self.host)
        self.sites = FakeSites()
        self.clock = Clock()
        self.stopping = False
        self.told: list[tuple[str, int, int]] = []

    def send(self, in_doubt: InDoubt = InDoubt.HOLD) -> Mailing:
        deliver = Deliver(
            ledger=self.ledger,
            transport=self.transport,
            sites=self.sites,
            plan=self.plan,
            owner="me",
            batch=self.batch,
        )
        return deliver(
            self.now(),
            make=make,
            now=self.clock,
            in_doubt=in_doubt,
            progress=lambda *told: self.told.append(told),
            stop=lambda: self.stopping,
        )

    def now(self) -> Mailing:
        mailing = self.ledger.mailing("weekly/001")
        assert mailing is not None
        return mailing

    def counts(self) -> dict[str, int]:
        return {state.value: count for state, count in self.now().counts.items() if count}


def test_drains_a_mailing_in_batches_and_says_how_far_it_is() -> None:
    desk = Desk(7, batch=3, group=2)
    ended = desk.send()
    assert ended.state is MailingState.DONE
    assert desk.counts() == {"accepted": 7}
    assert [message.envelope_to for message in desk.transport.sent] == [row.address for row in subscribers(7)]
    assert desk.transport.log == ["open weekly/001", "close"]
    assert [done for _, done, _ in desk.told] == sorted(done for _, done, _ in desk.told)
    assert desk.told[0] == ("deliver", 0, 7)
    assert desk.told[-1] == ("deliver", 7, 7)


def test_a_mailing_with_nothing_due_opens_nothing() -> None:
    desk = Desk(1, script=iter([Outcome.DEFERRED]))
    desk.send()
    assert desk.counts() == {"queued": 1}
    desk.transport.log.clear()
    desk.send()
    assert desk.transport.log == []
    desk.clock.at += 20 * 60 * SECOND
    desk.send()
    assert desk.counts() == {"accepted": 1}


def test_each_outcome_is_kept_for_its_own_delivery() -> None:
    outcomes = [Outcome.ACCEPTED, Outcome.FAILED, Outcome.UNKNOWN, Outcome.DEFERRED, Outcome.ACCEPTED]
    desk = Desk(5, script=iter(outcomes), group=5)
    desk.send()
    assert desk.counts() == {"accepted": 2, "failed": 1, "unknown": 1, "queued": 1}
    assert [one.reply for one in desk.ledger.deliveries(desk.mailing.id)] == [
        REPLIES[one] for one in outcomes
    ]


@pytest.mark.parametrize(
    ("policy", "state"),
    [(InDoubt.HOLD, "unknown"), (InDoubt.RESEND, "queued"), (InDoubt.ASSUME_SENT, "accepted")],
)
def test_a_lost_reply_is_settled_as_the_list_says(policy: InDoubt, state: str) -> None:
    desk = Desk(1, script=iter([Outcome.UNKNOWN]))
    desk.send(policy)
    assert desk.counts() == {state: 1}


def test_who_leaves_while_it_runs_gets_nothing() -> None:
    desk = Desk(4, batch=2)
    desk.audience.unsubscribe("weekly", "reader0001@example.org", now=NOW)
    desk.audience.unsubscribe("weekly", "reader0003@example.org", now=NOW)
    desk.send()
    assert desk.counts() == {"accepted": 2, "skipped": 2}
    assert len(desk.transport.sent) == 2


@pytest.mark.parametrize("cause", [KeyboardInterrupt(), SystemExit(143)])
def test_stopping_records_what_was_sent_and_releases_the_rest(cause: BaseException) -> None:
    desk = Desk(5, script=iter([Outcome.ACCEPTED, Outcome.ACCEPTED, cause]))
    with pytest.raises(type(cause)):
        desk.send()
    assert desk.counts() == {"accepted": 2, "queued": 3}
    desk.send()
    assert desk.counts() == {"accepted": 5}
    assert len({message.message_id for message in desk.transport.sent}) == 5
    assert len(desk.transport.sent) == 5


def test_asked_to_stop_it_begins_nothing_new() -> None:
    desk = Desk(5, batch=2)

    class Stopping(FakeTransport):
        def site(self, delivery: Delivery) -> str:
            desk.stopping = len(self.sent) >= 2
            return super().site(delivery)

    desk.transport = Stopping(host="smtp.example.org")
    desk.send()
    assert desk.counts()["queued"] >= 2
    assert desk.counts()["accepted"] == len(desk.transport.sent) < 5


def test_a_lease_that_is_nearly_over_is_given_back() -> None:
    desk = Desk(30)
    desk.clock.step = 10 * SECOND
    desk.send()
    assert desk.counts() == {"accepted": 30}
    assert len(desk.transport.sent) == 30


def test_a_ledger_that_fails_is_told_and_leaves_what_was_handed_in_doubt() -> None:
    class Full(FakeLedger):
        def record(self, **values: Any) -> frozenset[int]:
            if values["ended"]:
                raise StoreError("the disk is full")
            return super().record(**values)

    desk = Desk(2, group=2)
    honest, desk.ledger = desk.ledger, Full(desk.books)
    with pytest.raises(StoreError, match="full"):
        desk.send()
    assert desk.counts() == {"handed": 2}
    desk.ledger = honest
    deliver = Deliver(ledger=honest, transport=desk.transport, sites=desk.sites, owner="another")
    assert deliver.recover(desk.mailing, now=NOW).counts[DeliveryState.UNKNOWN] == 2


def test_a_ledger_that_was_busy_for_a_moment_costs_nothing() -> None:
    class Busy(FakeLedger):
        failures = 1

        def record(self, **values: Any) -> frozenset[int]:
            if values["ended"] and self.failures:
                self.failures -= 1
                raise StoreError("the database is busy")
            return super().record(**values)

    desk = Desk(3)
    desk.ledger = Busy(desk.books)
    desk.send()
    assert desk.counts() == {"accepted": 3}


def test_a_message_that_lost_its_lease_is_not_sent() -> None:
    class Stolen(FakeLedger):
        left = 3

        def record(self, **values: Any) -> frozenset[int]:
            self.left -= 1
            return super().record(**values | ({"handed": ()} if self.left >= 0 else {}))

    desk = Desk(2)
    desk.ledger = Stolen(desk.books)
    desk.send()
    assert desk.counts() == {"accepted": 2}
    assert len(desk.transport.sent) == 2


def test_paused_by_somebody_else_it_stops_at_the_next_commit() -> None:
    desk = Desk(10, batch=10)

    class Pausing(FakeTransport):
        def site(self, delivery: Delivery) -> str:
            if len(self.sent) == 3:
                desk.ledger.pause(desk.mailing.id, reason="a typo", now=NOW)
            return super().site(delivery)

    desk.transport = Pausing(host="smtp.example.org")
    ended = desk.send()
    assert desk.counts() == {"accepted": 3, "queued": 7}
    assert ended.state is MailingState.PAUSED
    assert ended.reason == "a typo"


def test_a_mailing_that_fails_too_often_pauses_itself_and_says_why() -> None:
    replies = ["550 5.1.1 no such user" if n % 2 else "250 2.0.0 ok" for n in range(200)]
    desk = Desk(200, script=iter(replies))
    ended = desk.send()
    assert ended.state is MailingState.PAUSED
    assert ended.counts[DeliveryState.FAILED] == 10
    assert "10 of 20 messages were refused" in ended.reason
    assert "5.1.1 (10)" in ended.reason
    desk.ledger.resume(desk.mailing.id, now=NOW)
    assert desk.send().counts[DeliveryState.FAILED] == 20


def test_one_bad_address_first_stops_nobody() -> None:
    desk = Desk(20, script=iter(["550 5.1.1 no such user"]))
    assert desk.send().state is MailingState.DONE
    assert desk.counts() == {"accepted": 19, "failed": 1}


def test_a_refused_login_is_tried_three_times_and_then_pauses_the_mailing() -> None:
    trouble = Trouble(
        site="smtp.example.org",
        kind=TroubleKind.LOGIN,
        message="the login is refused: 535 5.7.8 no",
        hint="x",
    )
    desk = Desk(5, script=iter([trouble] * 9))
    for _ in range(8):
        with pytest.raises(TransportError):
            desk.send()
        desk.clock.at += 60 * SECOND
        if desk.now().state is MailingState.PAUSED:
            break
    assert desk.now().state is MailingState.PAUSED
    assert "535 5.7.8" in desk.now().reason
    assert desk.counts() == {"queued": 5}
    assert all(one.attempts == 0 for one in desk.ledger.deliveries(desk.mailing.id))


def test_a_site_that_cannot_be_reached_is_told_and_charged_to_nobody() -> None:
    trouble = Trouble(
        site="smtp.example.org", kind=TroubleKind.UNREACHABLE, message="no connection", hint="up?"
    )
    desk = Desk(5, script=iter([trouble] * 15), group=5)
    for _ in range(3):
        with pytest.raises(TransportError, match="no connection"):
            desk.send()
        assert desk.counts() == {"queued": 5}
        desk.clock.at += 10 * SECOND
    # The breaker is open: nothing is opened before its time.
    desk.transport.log.clear()
    with pytest.raises(TransportError):
        desk.send()
    assert desk.transport.log == []
    desk.clock.at += 3600 * 2 * SECOND
    # One message probes whether the site is back; the others follow.
    desk.send()
    assert desk.counts() == {"accepted": 1, "queued": 4}
    desk.clock.at += 10 * SECOND
    assert desk.send().state is MailingState.DONE


def test_policy_replies_stop_the_site_and_drop_nobody() -> None:
    desk = Desk(30, script=iter(["550 5.7.26 unauthenticated mail is not accepted"] * 30))
    desk.send()
    counts = desk.counts()
    assert set(counts) == {"queued"}
    assert counts["queued"] == 30
    assert len(desk.transport.sent) == 0
    assert desk.sites.states()[0].stopped


def test_a_rate_is_kept_and_the_rest_waits() -> None:
    desk = Desk(30, plan=FlowPlan(default=SiteRules(rate=1.0, burst=10)))
    desk.send()
    assert desk.counts() == {"accepted": 10, "queued": 20}
    assert desk.transport.waited
    desk.clock.at += 10 * SECOND
    desk.send()
    assert 18 <= desk.counts()["accepted"] <= 22


def test_what_cannot_be_sent_at_all_fails_with_its_reason() -> None:
    desk = Desk(2)
    row = next(iter(desk.books.rows.values()))
    object.__setattr__(row.delivery.subscriber, "address", "toolarge@example.org")
    desk.send()
    assert desk.counts() == {"accepted": 1, "failed": 1}
    assert any("31 MB" in one.reply for one in desk.ledger.deliveries(desk.mailing.id))


def test_a_reply_is_kept_without_the_address_it_speaks_of() -> None:
    desk = Desk(1, script=iter(["550 5.1.1 <Reader0000@Example.org>: reader0000 unknown"]))
    desk.send()
    (one,) = desk.ledger.deliveries(desk.mailing.id)
    assert one.reply == "550 5.1.1 <(the address)>: (the address) unknown"
    assert without_person("250 ok", one) == "250 ok"


def test_a_word_of_the_reply_s_own_is_no_person() -> None:
    desk = Desk(1)
    (row,) = desk.books.rows.values()
    object.__setattr__(row.delivery.subscriber, "address", "spam@example.org")
    reply = "550 5.1.1 Message rejected as spam"
    assert without_person(reply, row.delivery) == reply
    assert without_person("550 5.1.1 <spam@example.org> unknown", row.delivery).endswith("address)> unknown")


def test_what_the_transport_still_holds_is_not_given_twice() -> None:
    desk = Desk(4, batch=2)

    class Slow(FakeTransport):
        """Takes all it is given before it says anything, for longer than the leases."""

        def carry(self, work: Any) -> None:
            taken: list[Message] = []
            while len(taken) < 4:
                found = work.next()
                if not isinstance(found, Message):
                    break
                taken.append(found)
                desk.clock.at += 6 * 60 * SECOND
            ids = [one.delivery for one in taken]
            assert len(set(ids)) == len(ids)
            work.record(
                [], [(id, Attempt(at=work.now(), outcome=Outcome.FAILED, reply="554 no")) for id in ids]
            )
            work.record([], [(ids[0], Attempt(at=work.now(), outcome=Outcome.FAILED, reply="554 no"))])

    desk.transport = Slow(host="smtp.example.org")
    desk.send()
    assert desk.counts()["failed"] >= 2


def test_refusals_of_ours_pause_a_mailing_before_its_end() -> None:
    desk = Desk(300)

    def refuse(delivery: Delivery, at: dt.datetime) -> Attempt:
        return Attempt(at=at, outcome=Outcome.FAILED, reply="552 5.3.4 the compilation is 31 MB long")

    deliver = Deliver(ledger=desk.ledger, transport=desk.transport, sites=desk.sites, owner="me")
    ended = deliver(desk.now(), make=refuse, now=desk.clock)
    assert ended.state is MailingState.PAUSED
    assert ended.counts[DeliveryState.FAILED] < 100


def test_a_day_s_cap_is_not_spent_by_what_was_not_tried() -> None:
    trouble = Trouble(site="smtp.example.org", kind=TroubleKind.UNREACHABLE, message="no", hint="")
    plan = FlowPlan(warm_up_from=NOW.date())
    desk = Desk(30, script=iter([trouble] * 30), plan=plan, group=30)
    with pytest.raises(TransportError):
        desk.send()
    assert all(state.sent == 0 for state in desk.sites.states())


def test_a_resting_smarthost_costs_no_claims() -> None:
    claims = 0

    class Counting(FakeLedger):
        def claim(self, *args: Any, **named: Any) -> tuple[Delivery, ...]:
            nonlocal claims
            claims += 1
            return super().claim(*args, **named)

    desk = Desk(30, plan=FlowPlan(default=SiteRules(rate=0.1, burst=1)))
    desk.ledger = Counting(desk.books)

    class Asking(FakeTransport):
        def carry(self, work: Any) -> None:
            for _ in range(50):
                super().carry(work)

    desk.transport = Asking(host="smtp.example.org")
    desk.send()
    assert desk.counts()["accepted"] == 1
    assert claims < 6


def test_a_stopped_site_gets_no_more_than_the_group_that_stood_there() -> None:
    script = ["250 2.0.0 ok", "550 5.7.26 unauthenticated", *["250 2.0.0 ok"] * 30]
    desk = Desk(32, script=iter(script), group=4)
    desk.send()
    assert len(desk.transport.sent) <= 3 + 4
