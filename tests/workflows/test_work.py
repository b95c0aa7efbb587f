"""Work and Sweep on the fakes: ranges, nudges, what a crash left, what is published."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from builders import NOW, a_list, a_manifest, an_issue, editions_of, subscribers
from fake_post import FakeTransport
from fakes import FakeAudience, FakeBooks, FakeIssues, FakeLedger, FakeOutbox
from newsroom import a_send

from briefpub.domain.delivery import DeliveryState, MailingState
from briefpub.domain.errors import OutboxError, StoreError
from briefpub.domain.issue import IssueState
from briefpub.domain.task import LANES, RANGE, Task, tasks_for
from briefpub.workflows.sweep import Sweep
from briefpub.workflows.work import Work

TASK = Task("weekly/001")
MINUTE = timedelta(minutes=1)


@dataclass
class Desk:
    """A send among many machines over fakes, with a clock that a test moves."""

    at: datetime = NOW
    nudged: list[tuple[Task, timedelta | None]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    transport: FakeTransport = field(default_factory=FakeTransport)

    def __post_init__(self) -> None:
        self.books = FakeBooks()
        self.audience, self.issues = FakeAudience(self.books), FakeIssues(self.books)
        self.ledger, self.outbox = FakeLedger(self.books), FakeOutbox()
        self.audience.declare(a_list())
        send = a_send(
            audience=self.audience,
            issues=self.issues,
            ledger=self.ledger,
            outbox=self.outbox,
            transport=self.transport,
        )
        self.send = replace(send, shared=True)

    def now(self) -> datetime:
        return self.at

    def tell(self, level: str, event: str, **values: object) -> None:
        self.told.append(event)

    def nudge(self, tasks: Sequence[Task], after: timedelta | None = None) -> None:
        self.nudged += [(task, after) for task in tasks]

    def frozen(self, readers: int) -> None:
        self.audience.subscribe("weekly", subscribers(readers), consent="", now=NOW)
        record = self.issues.compose("weekly", ("bread",), title="", date=NOW.date())
        issue = an_issue()
        editions = editions_of(issue)
        kept = self.outbox.freeze(record.key, editions=editions, manifest=a_manifest(issue, editions))
        sha256 = hashlib.sha256(kept.manifest).hexdigest()
        self.issues.freeze(record.key, manifest_sha256=sha256, editions=kept.editions)

    def sweep(self) -> int:
        return Sweep(send=self.send, nudge=self.nudge, tell=self.tell)(self.now)

    def work(self, most: int = RANGE, stop: Callable[[], bool] = lambda: False) -> Work:
        return Work(send=self.send, nudge=self.nudge, now=self.now, tell=self.tell, most=most, stop=stop)

    def published(self) -> bool:
        record = self.issues.get("weekly/001")
        return record is not None and record.state is IssueState.PUBLISHED

    def count(self, state: DeliveryState) -> int:
        return self.ledger.mailings()[0].counts[state]


def test_as_many_tasks_as_ranges_and_no_more_than_lanes() -> None:
    assert tasks_for("weekly/001", 0) == ()
    assert [task.slot for task in tasks_for("weekly/001", RANGE + 1)] == [0, 1]
    assert len(tasks_for("weekly/001", 10**7)) == LANES
    assert Task("weekly/001", 3).key == "deliver:weekly/001:3"


def test_the_sweep_queues_what_a_crash_left_frozen_and_asks_for_its_tasks() -> None:
    desk = Desk()
    desk.frozen(3)
    assert desk.sweep() == 1
    assert desk.nudged == [(TASK, None)]
    assert desk.sweep() == 1  # again: losing and doubling are harmless
    assert len(desk.ledger.mailings()) == 1


def test_work_sends_a_range_and_asks_for_the_next() -> None:
    desk = Desk()
    desk.frozen(5)
    desk.sweep()
    desk.nudged.clear()
    work = desk.work(most=2)
    work(TASK)
    assert desk.count(DeliveryState.ACCEPTED) == 2
    assert desk.nudged == [(TASK, None)]
    work(TASK)
    work(TASK)
    assert desk.count(DeliveryState.ACCEPTED) == 5
    assert desk.published()
    work(TASK)  # one nudge too many
    assert desk.count(DeliveryState.ACCEPTED) == 5
    assert desk.told.count("done") == 1
    assert desk.sweep() == 0


def test_the_frozen_files_are_read_once_for_all_tasks() -> None:
    desk = Desk()
    desk.frozen(4)
    desk.sweep()
    work = desk.work(most=1)
    work(TASK)
    desk.outbox.folders.clear()
    work(TASK)
    assert desk.count(DeliveryState.ACCEPTED) == 2
    with pytest.raises(OutboxError, match="outbox of this machine"):
        desk.work()(TASK)


def test_what_is_paused_unknown_or_stopped_is_left_alone() -> None:
    desk = Desk()
    desk.work()(TASK)
    desk.frozen(2)
    desk.sweep()
    desk.work(stop=lambda: True)(TASK)
    (mailing,) = desk.ledger.mailings()
    desk.ledger.pause(mailing.id, reason="tea", now=NOW)
    desk.work()(TASK)
    assert desk.sweep() == 0
    assert desk.count(DeliveryState.QUEUED) == 2


def test_a_nudge_that_fails_costs_time_alone() -> None:
    desk = Desk()
    desk.frozen(3)
    desk.sweep()

    def fail(*_: object) -> None:
        raise StoreError("the server went away")

    work = desk.work(most=2)
    work.nudge = fail
    work(TASK)
    assert desk.count(DeliveryState.ACCEPTED) == 2
    assert "the next task waits for the sweep" in desk.told


def test_the_sweep_settles_leases_that_ran_out_and_marks_what_ended() -> None:
    desk = Desk()
    desk.frozen(2)
    desk.sweep()
    (mailing,) = desk.ledger.mailings()
    mine = desk.ledger.claim(mailing.id, owner="dead", most=2, lease_until=NOW + 5 * MINUTE, now=NOW)
    desk.ledger.record(
        owner="dead", handed=[one.id for one in mine], ended=(), lease_until=NOW + 20 * MINUTE, now=NOW
    )
    desk.at = NOW + 19 * MINUTE
    assert desk.sweep() == 0
    assert desk.count(DeliveryState.HANDED) == 2
    desk.at = NOW + 21 * MINUTE
    desk.sweep()
    assert desk.count(DeliveryState.UNKNOWN) == 2
    assert "in doubt" in desk.told
    assert desk.ledger.mailings()[0].state is MailingState.DONE
    assert desk.published()


def test_a_send_among_many_takes_back_nobody_elses_lease() -> None:
    desk = Desk()
    desk.frozen(2)
    desk.sweep()
    (mailing,) = desk.ledger.mailings()
    desk.ledger.claim(mailing.id, owner="alive", most=1, lease_until=NOW + 5 * MINUTE, now=NOW)
    desk.send.recover(mailing, a_list(), now=NOW)
    assert desk.count(DeliveryState.CLAIMED) == 1
