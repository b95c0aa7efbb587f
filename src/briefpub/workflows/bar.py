"""How far a mailing has come, for whoever watches."""

from dataclasses import dataclass

from briefpub.workflows.ports import Progress


@dataclass(slots=True, kw_only=True)
class Bar:
    """How many deliveries have ended, for whoever watches."""

    total: int
    done: int
    progress: Progress

    def tell(self, more: int) -> None:
        """Count `more` that have ended."""
        self.done += more
        self.progress("deliver", self.done, self.total)
