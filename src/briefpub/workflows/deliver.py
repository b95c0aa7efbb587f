"""Deliver: drain one mailing through a transport, and give it as it then stands."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from briefpub.domain.audience import InDoubt
from briefpub.domain.delivery import FINAL, Mailing
from briefpub.domain.errors import TransportError
from briefpub.domain.flow import FlowPlan, quiet_until
from briefpub.workflows.ahead import Ahead, Make
from briefpub.workflows.ports import Ledger, Progress, Sites, Transport, silent
from briefpub.workflows.round import Bar, Clock, Round

BATCH = 400
LEASE = timedelta(minutes=5)


def never() -> bool:
    """Say that nobody asked to stop."""
    return False


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
        work = Round(
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
        )
        try:
            if work.begin():
                with self.transport.opened(mailing.issue) as transport:
                    transport.carry(work)
        finally:
            work.end()
        if work.trouble and not work.ended:
            raise TransportError(work.trouble.message, where=work.trouble.site, hint=work.trouble.hint)
        return self.ledger.mailing(mailing.issue) or mailing

    def quiet_until(self, now: datetime) -> datetime | None:
        """Give when the quiet hours end, or None where it is in none."""
        return quiet_until(self.plan.quiet, now) if self.plan.quiet else None

    def recover(self, mailing: Mailing, *, now: datetime, in_doubt: InDoubt = InDoubt.HOLD) -> Mailing:
        """Take back what a process that died had leased: only for a caller that holds the lock."""
        repeats = self.transport.in_doubt is InDoubt.RESEND
        return self.ledger.recover(mailing.id, in_doubt=InDoubt.RESEND if repeats else in_doubt, now=now)


def _done(mailing: Mailing) -> int:
    return sum(count for state, count in mailing.counts.items() if state in FINAL)
