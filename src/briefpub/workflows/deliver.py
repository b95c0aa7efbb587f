"""Deliver: drain one mailing, a leased batch at a time, and write down how each delivery ended."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from briefpub.domain.delivery import FINAL, Attempt, Delivery, Mailing, Message
from briefpub.domain.errors import BriefpubError
from briefpub.workflows.ports import Ledger, Progress, Transport, silent

BATCH = 100
LEASE = timedelta(minutes=5)
# A batch whose lease is nearly over is given back rather than fenced off message by message.
MARGIN = timedelta(minutes=1)
SETTLE_MOST = 50
SETTLE_AFTER = timedelta(seconds=1)
Clock = Callable[[], datetime]
Make = Callable[[Delivery, datetime], Message]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver:
    """Sends what a mailing still owes. `owner` names this process in its leases."""

    ledger: Ledger
    transport: Transport
    owner: str
    batch: int = BATCH
    lease: timedelta = LEASE

    def __call__(self, mailing: Mailing, *, make: Make, now: Clock, progress: Progress = silent) -> Mailing:
        """Send every delivery that is due, and give the mailing as it then stands.

        However it is stopped, what was sent is settled and what was not goes back to the queue. Raises
        TransportError when no delivery is to blame, StoreError when the ledger cannot be written.
        """
        ended = _Ended(total=sum(mailing.counts.values()), done=_done(mailing), progress=progress)
        ended.tell()
        batch = self._claim(mailing, now)
        if batch:
            with self.transport.opened(mailing.issue) as transport:
                while batch:
                    _Batch(self, transport, make, now, ended).send(batch)
                    batch = self._claim(mailing, now)
        return self.ledger.mailing(mailing.issue) or mailing

    def recover(self, mailing: Mailing, *, now: datetime) -> Mailing:
        """Take back what a process that died had leased: only for a caller that holds the lock."""
        return self.ledger.recover(mailing.id, in_doubt=self.transport.in_doubt, now=now)

    def _claim(self, mailing: Mailing, now: Clock) -> tuple[Delivery, ...]:
        at = now()
        return self.ledger.claim(
            mailing.id, owner=self.owner, most=self.batch, lease_until=at + self.lease, now=at
        )


@dataclass(slots=True, kw_only=True)
class _Ended:
    """How many deliveries have ended, for the bar."""

    total: int
    done: int
    progress: Progress

    def tell(self, more: int = 0) -> None:
        self.done += more
        self.progress("deliver", self.done, self.total)


@dataclass(slots=True)
class _Batch:
    """One leased batch on its way."""

    deliver: Deliver
    transport: Transport
    make: Make
    now: Clock
    ended: _Ended
    results: list[tuple[Delivery, Attempt]] = field(default_factory=list)

    def send(self, batch: Sequence[Delivery]) -> None:
        owner, ledger = self.deliver.owner, self.deliver.ledger
        leased_until = self.now() + self.deliver.lease
        settled_at = self.now()
        waiting = list(batch)
        try:
            while waiting:
                at = self.now()
                if at > leased_until - MARGIN:
                    break
                delivery = waiting[0]
                attempt = self.transport.send(
                    self.make(delivery, at), hand=self._hand(delivery), now=self.now
                )
                self.results.append((waiting.pop(0), attempt))
                if len(self.results) >= SETTLE_MOST or attempt.at - settled_at >= SETTLE_AFTER:
                    self._settle()
                    settled_at = self.now()
            self._settle()
        except BaseException:
            # The cause is what must be told; a ledger that fails now leaves leases, and those run out.
            with suppress(BriefpubError):
                self._settle()
            raise
        finally:
            if waiting:
                with suppress(BriefpubError):
                    ledger.release([delivery.id for delivery in waiting], owner=owner)

    def _hand(self, delivery: Delivery) -> Callable[[], bool]:
        def hand() -> bool:
            handed = self.deliver.ledger.hand([delivery.id], owner=self.deliver.owner, now=self.now())
            return delivery.id in handed

        return hand

    def _settle(self) -> None:
        if self.results:
            self.deliver.ledger.settle(self.results, owner=self.deliver.owner)
            self.ended.tell(len(self.results))
            self.results = []


def _done(mailing: Mailing) -> int:
    return sum(count for state, count in mailing.counts.items() if state in FINAL)
