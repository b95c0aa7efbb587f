"""How an engine tells its operator what it does: a level, an event, and what belongs to it."""

from typing import Protocol


class Tell(Protocol):
    """Takes one line for the operator; `kit.logs` gives one."""

    def __call__(self, level: str, event: str, **values: object) -> None:
        """Tell that something happened."""
        ...


def nobody(level: str, event: str, **values: object) -> None:
    """Tell nobody."""
