"""Deliver: drain one mailing through a transport, and give it as it then stands."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from briefpub.domain.audience import InDoubt
from briefpub.domain.delivery import FINAL, Mailing
from briefpub.domain.errors import TransportError
from briefpub.domain.flow import FlowPlan, quiet_until
from briefpub.workflows.ahead import Ahead, Make
from briefpub.workflows.bar import Bar
from briefpub.workflows.ports import Ledger, Progress, Sites, Transport, silent
from briefpub.workflows.round import Clock, Round

BATCH = 400
LEASE = timedelta(minutes=5)
# A task gives its thread to another mailing rather than wait for longer than this.
RANGE_PATIENCE = timedelta(seconds=2)


def never() -> bool:
    """Say that nobody asked to stop."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranged:
    """How many deliveries of a range ended, and when a site may be tried again that was left alone."""

    ended: int
    ready_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver:
    """Sends what a mailing still owes. `owner` names this process in its leases; `threads` sign."""

    ledger: Ledger
    transport: Transport
    sites: Sites
    owner: str
    plan: FlowPlan = field(default_factory=FlowPlan)
    batch: int = BATCH
    lease: timedelta = LEASE
    threads: int = 1

    def __call__(
        self,
        mailing: Mailing,
        *,
        make: Make,
        now: Clock,
        in_doubt: InDoubt = InDoubt.HOLD,
        progress: Progress = silent,
        stop: Callable[[], bool] = never,
    ) -> Mailing:
        """Send every delivery that is due and may go, and give the mailing as it then stands.

        However it is stopped, what was sent is recorded and what was not goes back to the queue. `make` gives
        a message, or the attempt that stands for one that cannot be sent at all. Raises TransportError when
        nothing could be sent and no delivery is to blame, StoreError when the ledger cannot be written.
        """
        work = self._round(
            mailing, make=make, now=now, in_doubt=in_doubt, progress=progress, stop=stop, most=None
        )
        self._carry(mailing, work)
        return self.ledger.mailing(mailing.issue) or mailing

    def range(
        self,
        mailing: Mailing,
        *,
        make: Make,
        now: Clock,
        in_doubt: InDoubt,
        stop: Callable[[], bool],
        most: int,
    ) -> Ranged:
        """Send up to `most` deliveries, beside others who do the same, and wait for no site for long.

        Raises as a call does.
        """
        work = self._round(
            mailing, make=make, now=now, in_doubt=in_doubt, progress=silent, stop=stop, most=most
        )
        self._carry(mailing, work)
        return Ranged(ended=work.ended, ready_at=work.ready_at)

    def _round(
        self,
        mailing: Mailing,
        *,
        make: Make,
        now: Clock,
        in_doubt: InDoubt,
        progress: Progress,
        stop: Callable[[], bool],
        most: int | None,
    ) -> Round:
        return Round(
            ledger=self.ledger,
            transport=self.transport,
            sites=self.sites,
            plan=self.plan,
            owner=self.owner,
            batch=self.batch,
            lease=self.lease,
            mailing=replace(mailing, counts=dict(mailing.counts)),
            ahead=Ahead(make, threads=self.threads),
            now=now,
            in_doubt=in_doubt,
            stop=stop,
            bar=Bar(total=sum(mailing.counts.values()), done=_done(mailing), progress=progress),
            most=most,
            patience=None if most is None else RANGE_PATIENCE,
        )

    def _carry(self, mailing: Mailing, work: Round) -> None:
        try:
            if work.begin():
                with self.transport.opened(mailing.issue) as transport:
                    transport.carry(work)
        finally:
            work.end()
        if work.trouble and not work.ended:
            raise TransportError(work.trouble.message, where=work.trouble.site, hint=work.trouble.hint)

    def quiet_until(self, now: datetime) -> datetime | None:
        """Give when the quiet hours end, or None where it is in none."""
        return quiet_until(self.plan.quiet, now) if self.plan.quiet else None

    def recover(self, mailing: Mailing, *, now: datetime, in_doubt: InDoubt = InDoubt.HOLD) -> Mailing:
        """Take back what a process that died had leased: only for a caller that holds the lock."""
        return self.ledger.recover(mailing.id, in_doubt=self._doubted(in_doubt), now=now)

    def lapse(self, mailing: Mailing, *, now: datetime, in_doubt: InDoubt = InDoubt.HOLD) -> Mailing:
        """Take back the leases that ran out, and no other: for whoever works beside others."""
        return self.ledger.lapse(mailing.id, in_doubt=self._doubted(in_doubt), now=now)

    def _doubted(self, in_doubt: InDoubt) -> InDoubt:
        return InDoubt.RESEND if self.transport.in_doubt is InDoubt.RESEND else in_doubt


def _done(mailing: Mailing) -> int:
    return sum(count for state, count in mailing.counts.items() if state in FINAL)
