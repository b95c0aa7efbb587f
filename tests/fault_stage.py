"""What a fault case is played on: a ledger with a mailing, a sink, and a clock that can be moved."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from builders import a_list, an_issue, editions_of, subscribers
from judging import Judgement, Row, judge
from sender_process import Order, SharedClock, send
from sink import Script, Sink

from briefpub.domain.audience import InDoubt
from briefpub.domain.delivery import DeliveryState, Mailing, MailingState
from briefpub.domain.errors import BriefpubError
from briefpub.store.audience import SqlAudience
from briefpub.store.database import Database, open_database
from briefpub.store.issues import SqlIssues
from briefpub.store.mailings import SqlLedger
from briefpub.store.sites import SqlSites

MOST_ROUNDS = 40
# Those that were deferred together are not due together: the ledger spreads them.
SPREAD = timedelta(minutes=30)
PATIENCE = 60.0


@dataclass(slots=True, kw_only=True)
class Stage:
    """A mailing of so many recipients, about to go to the sink; `stops` counts what was killed or stopped."""

    order: Order
    sink: Sink
    clock: SharedClock
    recipients: tuple[str, ...]
    doubts: int = 0
    stops: int = 0
    told: list[str] = field(default_factory=list)

    @contextlib.contextmanager
    def database(self) -> Iterator[Database]:
        """Open the database; it is closed behind."""
        database = open_database(self.order.database)
        try:
            yield database
        finally:
            database.close()

    def send(self, **changes: Any) -> BriefpubError | None:
        """Send what is due, in this process; give the error that ended it."""
        try:
            send(replace(self.order, **changes))
        except BriefpubError as error:
            self.told.append(f"{type(error).__name__}: {error}")
            return error
        return None

    def stopped(self, times: int = 1) -> None:
        """Count what was stopped: each time, as many may be in doubt as there are connections."""
        self.stops += times
        self.doubts += times * self.order.connections

    def mailing(self) -> Mailing:
        """Give the mailing as the ledger has it."""
        with self.database() as database:
            return _mailing(database)

    def drain(self) -> Mailing:
        """Let the sink be well, and whatever was paused or closed go on, until nothing is left to send."""
        self.sink.script = Script()
        with self.database() as database:
            ledger = SqlLedger(database=database)
            mailing = ledger.recover(_mailing(database).id, in_doubt=InDoubt.HOLD, now=self.clock())
            for _ in range(MOST_ROUNDS):
                SqlSites(database=database).reopen()
                if mailing.state is MailingState.PAUSED:
                    mailing = ledger.resume(mailing.id, now=self.clock())
                due = ledger.next_due(mailing.id, now=self.clock())
                if due is None:
                    return mailing
                self.clock.reach(due + SPREAD)
                self.send()
                mailing = _mailing(database)
        raise AssertionError(f"still not drained: {mailing}; {self.told[-3:]}")

    def judged(self, *, drained: bool = True) -> Judgement:
        """Judge what was done to everybody; the ledger is read by its own port, the sink's book is the oracle."""
        with self.database() as database:
            mailing, ledger = _mailing(database), SqlLedger(database=database)
            due = ledger.next_due(mailing.id, now=self.clock())
            rows = [
                Row(
                    recipient=one.recipient,
                    state=one.state,
                    message_id=one.message_id,
                    not_before=one.not_before or due,
                )
                for one in ledger.deliveries(mailing.id)
            ]
        receipts = [(to, each.message_id) for each in list(self.sink.received) for to in each.rcpt_to]
        return judge(
            recipients=self.recipients,
            rows=rows,
            receipts=receipts,
            counts=mailing.counts,
            doubts=self.doubts,
            drained=drained,
        )

    def until(self, said: Callable[[], bool], what: str) -> None:
        """Wait for something that another process does."""
        end = time.monotonic() + PATIENCE
        while not said():
            if time.monotonic() > end:
                raise AssertionError(f"waited in vain until {what}; {self.told[-3:]}")
            time.sleep(0.001)

    def until_taken(self, count: int) -> None:
        """Wait until the sink took so many messages."""
        self.until(lambda: len(self.sink.received) >= count, f"{count} messages were taken")


@contextlib.contextmanager
def a_stage(url: str, folder: Path, *, readers: int = 200, **changes: Any) -> Iterator[Stage]:
    """Set a stage on the empty database at `url`; `changes` are the sender's."""
    clock_file = folder / "clock"
    clock = SharedClock(clock_file)
    people = subscribers(readers)
    database = open_database(url)
    try:
        now = clock()
        audience, issues = SqlAudience(database=database), SqlIssues(database=database)
        audience.declare(a_list())
        audience.subscribe("weekly", people, consent="", now=now)
        record = issues.compose("weekly", ["bread"], title="", date=date(2026, 11, 22))
        issues.freeze(record.key, manifest_sha256="a" * 64, editions=editions_of(an_issue()))
        SqlLedger(database=database).queue(record.key, now=now)
    finally:
        database.close()
    with Sink() as sink:
        order = Order(database=url, clock=str(clock_file), port=sink.port, issue=record.key, **changes)
        yield Stage(order=order, sink=sink, clock=clock, recipients=tuple(row.address for row in people))


def left(mailing: Mailing) -> int:
    """Count what is neither final nor unknown."""
    return mailing.left - mailing.counts[DeliveryState.UNKNOWN]


def _mailing(database: Database) -> Mailing:
    (mailing,) = SqlLedger(database=database).mailings()
    return mailing
