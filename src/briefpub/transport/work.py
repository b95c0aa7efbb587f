"""What a transport asks of whoever gives it messages; `workflows.ports.Work` is one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from briefpub.domain.delivery import Attempt, Message, Trouble
from briefpub.domain.flow import SiteRules


class Work(Protocol):
    """Messages to hand over, and a ledger to write in before and behind."""

    def next(self) -> Message | datetime | None:
        """Give the next message; a moment when nothing may go before then; None when nothing is left."""
        ...

    def record(self, handed: Sequence[int], ended: Sequence[tuple[int, Attempt]]) -> frozenset[int]:
        """Commit how deliveries ended, and `handed`; give the ids whose dot may be written."""
        ...

    def back(self, deliveries: Sequence[int], trouble: Trouble | None = None) -> None:
        """Take messages back untried."""
        ...

    def rules(self, site: str) -> SiteRules:
        """Give what a site is given at most."""
        ...

    def now(self) -> datetime:
        """Give the present moment."""
        ...
