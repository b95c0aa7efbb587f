"""What the workflows, the pages and the doctor ask of whoever keeps watch, and of how much stands where."""

from typing import Protocol

from briefpub.domain.figures import Figures
from briefpub.domain.heartbeat import Heartbeat


class Heartbeats(Protocol):
    """Who is at work. Each method is one transaction; doing it twice is the same as once."""

    def beat(self, heartbeat: Heartbeat) -> None:
        """Write down that a process lives.

        Forerunners of its kind on its host that fell silent are forgotten, and whatever was not seen for a
        day: they died untidily, and somebody took their place.
        """
        ...

    def only(self, heartbeat: Heartbeat) -> None:
        """Write down that a process lives, and that any other of its kind must be dead: it holds the lock."""
        ...

    def stop(self, who: str) -> None:
        """Take away the row of a process that ends tidily."""
        ...

    def all(self) -> tuple[Heartbeat, ...]:
        """Give every heartbeat, by kind and name."""
        ...


class Count(Protocol):
    """Counts what an operator watches."""

    def __call__(self) -> Figures:
        """Give the figures as they stand; raises StoreError. It is cheap, also after years of mailings."""
        ...
