"""A task: what an engine carries from whoever knows of work to whoever does it."""

from dataclasses import dataclass
from math import ceil

# So many deliveries are one task: the work of seconds, and a thousandth of a large mailing's overhead.
RANGE = 400
# So many tasks of one mailing wait at once; each asks for the next one, so that more would help nobody.
LANES = 32


@dataclass(frozen=True, slots=True, order=True)
class Task:
    """One range of an issue's mailing: up to some hundred due deliveries, whichever are free.

    Slots only let several of them wait at once; no delivery belongs to one.
    """

    issue: str
    slot: int = 0

    @property
    def key(self) -> str:
        """Name the task: of one key, one at most waits."""
        return f"deliver:{self.issue}:{self.slot}"


def tasks_for(issue: str, due: int) -> tuple[Task, ...]:
    """Give the tasks that so many due deliveries ask for."""
    return tuple(Task(issue, slot) for slot in range(min(ceil(due / RANGE), LANES)))
