"""What an operator watches in numbers: how many of everything stand where. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from briefpub.domain.delivery import DeliveryState, MailingState
from briefpub.domain.schedule import RunState


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How a publication stands. `oldest_due` is the due moment of the run that has waited longest to go out.

    `questions` counts the runs that wait for an editor; those are never overdue.
    """

    deliveries: Mapping[tuple[str, DeliveryState], int]
    mailings: Mapping[MailingState, int]
    runs: Mapping[tuple[str, RunState], int]
    oldest_due: datetime | None
    questions: int

    def overdue(self, now: datetime) -> timedelta:
        """Give by how much the run that has waited longest is late; nothing where none is."""
        return max(now - self.oldest_due, timedelta(0)) if self.oldest_due else timedelta(0)

    @property
    def unknown(self) -> int:
        """Count the deliveries of which nobody can say whether they arrived."""
        return sum(count for (_, state), count in self.deliveries.items() if state is DeliveryState.UNKNOWN)
