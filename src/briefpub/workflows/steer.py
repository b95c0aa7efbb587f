"""Steer: hold a mailing, let it go on, try again what failed or is in doubt, or stop the rest of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from briefpub.domain.delivery import ENDED, DeliveryState, Mailing, MailingState
from briefpub.domain.errors import Conflict
from briefpub.workflows.ports import Issues, Ledger, Sites

REST = (DeliveryState.QUEUED, DeliveryState.CLAIMED)
# A person knows of an unknown delivery: it is there, or it is not.
KNOWN = frozenset({DeliveryState.ACCEPTED, DeliveryState.FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """A mailing that goes on, and how many sites that were left alone are tried again."""

    mailing: Mailing
    reopened: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Steer:
    """What an editor may order while a mailing is on its way, or after it; whoever sends it obeys at once.

    None of it needs the publication's lock: each order is one transaction, and the sender asks the ledger
    before each final dot.
    """

    issues: Issues
    ledger: Ledger
    sites: Sites

    def pause(self, mailing: Mailing, *, reason: str, now: datetime) -> Mailing:
        """Let nothing more be handed over; raises Conflict for a mailing that has ended."""
        self._must_run(mailing, "there is nothing left to hold back")
        return self.ledger.pause(mailing.id, reason=reason, now=now)

    def resume(self, mailing: Mailing, *, now: datetime) -> Resumed:
        """Let a mailing go on, and the sites that were left alone; raises Conflict for one that has ended."""
        self._must_run(mailing, "there is nothing left to send")
        reopened = self.sites.reopen()
        return Resumed(mailing=self.ledger.resume(mailing.id, now=now), reopened=reopened)

    def retry(self, mailing: Mailing, *, now: datetime) -> int:
        """Queue the failed deliveries again, give their number; raises Conflict for a cancelled mailing."""
        self._must_not_be_cancelled(mailing)
        return self.ledger.retry(mailing.id, now=now)

    def resend(self, mailing: Mailing, *, addresses: Sequence[str], now: datetime) -> int:
        """Queue unknown deliveries again, all or those of these addresses, with the same Message-IDs.

        Raises Conflict for a cancelled mailing.
        """
        self._must_not_be_cancelled(mailing)
        return self._resolve(mailing, DeliveryState.QUEUED, addresses, now)

    def settle(
        self, mailing: Mailing, *, known: DeliveryState, addresses: Sequence[str], now: datetime
    ) -> int:
        """Write down what became of unknown deliveries: `known` is accepted or failed; give their number."""
        if known not in KNOWN:
            raise ValueError(f"nobody can know that a delivery is {known}")
        return self._resolve(mailing, known, addresses, now)

    def cancel(self, mailing: Mailing, *, reason: str, now: datetime) -> Mailing:
        """Skip what has not been handed over; raises Conflict for a mailing that has ended."""
        self._must_run(mailing, "there is nothing left to stop")
        cancelled = self.ledger.cancel(mailing.id, reason=reason, now=now)
        # The list's next issue must not wait for one that nobody gets any more.
        self.issues.published(mailing.issue)
        return cancelled

    def _resolve(self, mailing: Mailing, to: DeliveryState, addresses: Sequence[str], now: datetime) -> int:
        return self.ledger.resolve(mailing.id, to=to, addresses=addresses or None, now=now)

    def _must_run(self, mailing: Mailing, because: str) -> None:
        if mailing.state in ENDED:
            raise Conflict(
                f"the mailing is {mailing.state.value}: {because}",
                where=mailing.issue,
                hint=f"see who got it: briefpub outbox show {mailing.issue} --all",
            )

    def _must_not_be_cancelled(self, mailing: Mailing) -> None:
        if mailing.state is MailingState.CANCELLED:
            raise Conflict(
                "the rest of the mailing was stopped, and nothing of it goes out any more",
                where=mailing.issue,
                hint="put what they missed into the list's next issue",
            )


def rest(mailing: Mailing) -> int:
    """Count the deliveries that have not been handed over and still may be."""
    return sum(mailing.counts.get(state, 0) for state in REST)
