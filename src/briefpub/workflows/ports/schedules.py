"""What the workflows ask of schedules, their runs, and of the machine that keeps watch."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from briefpub.domain.audience import Frequency
from briefpub.domain.issue import IssueRecord
from briefpub.domain.schedule import DateChange, Fate, Occurrence, Run, Schedule


class Schedules(Protocol):
    """Schedules. Each method is one transaction; doing it twice is the same as once."""

    def add(self, schedule: Schedule) -> Schedule:
        """Keep a new schedule and give it with its id; raises Conflict where its name is taken."""
        ...

    def all(self) -> tuple[Schedule, ...]:
        """Give the schedules that were not removed, by name."""
        ...

    def get(self, name: str) -> Schedule | None:
        """Give one schedule by its name."""
        ...

    def pause(self, name: str, *, paused: bool, now: datetime) -> Schedule:
        """Pause a schedule or let it go on; what came while it was paused is not made up for."""
        ...

    def remove(self, name: str, *, now: datetime) -> None:
        """Take a schedule away; its runs stay for the record, those not begun are left out."""
        ...

    def change(self, name: str, changes: Sequence[DateChange], *, now: datetime) -> Schedule:
        """Write down what a schedule does on some dates, instead of what was written down for them before.

        Runs of these dates that were planned and not begun follow.
        """
        ...


class Runs(Protocol):
    """The runs of schedules. Each method is one transaction; doing it twice is the same as once."""

    def plan(
        self, schedule: Schedule, occurrences: Sequence[Occurrence], *, now: datetime
    ) -> tuple[Run, ...]:
        """Insert a run for each occurrence that has none, as planned or skipped; give those inserted.

        Where several processes plan at once, each run is inserted by one of them.
        """
        ...

    def of(
        self, *, schedule: str | None = None, open_only: bool = False, most: int | None = None
    ) -> tuple[Run, ...]:
        """Give runs by due moment, oldest first: of one schedule or of all; with `most`, the newest."""
        ...

    def last_walls(self) -> dict[str, datetime]:
        """Give for each schedule the latest wall time that a run was made for."""
        ...

    def claim(self, run: Run, *, owner: str, now: datetime, lease_until: datetime) -> Run | None:
        """Lease a run to `owner` and give it as it stands; None where another holds it, or it has ended."""
        ...

    def let_go(self, run: Run, *, owner: str) -> None:
        """Give a lease back, with nothing changed."""
        ...

    def settle(self, run: Run, fate: Fate, *, owner: str, now: datetime) -> Run:
        """Write down what was decided of a leased run, and give it back; raises Conflict without the lease.

        A question that only an editor can answer takes an earlier answer back.
        """
        ...

    def compose(
        self,
        run: Run,
        articles: Sequence[str],
        *,
        title: str,
        date: date,
        through: int | None,
        again: bool,
        frequency: Frequency,
        owner: str,
        needs_approval: bool = False,
    ) -> IssueRecord:
        """Make the issue of a leased run, in one transaction with its being the run's; once, ever.

        Raises Conflict where an article was taken meanwhile, or the lease is another's.
        """
        ...

    def adopt(self, run: Run, issue: str, *, owner: str, needs_approval: bool = False) -> Run:
        """Make an issue that is there already the run's; raises Conflict where it is another run's."""
        ...

    def release(self, run: Run, *, owner: str, now: datetime) -> Run:
        """Let the run's awaiting issue go to its readers: the issue is frozen, the run publishes; at once."""
        ...

    def answer(self, schedule: str, wall: datetime, *, now: datetime) -> Run:
        """Write down an editor's yes to a run that asks; raises Conflict where it asks nothing."""
        ...

    def skip(self, schedule: str, wall: datetime, *, reason: str, now: datetime) -> Run:
        """Leave a run out, if nothing of it went out yet; raises Conflict where it is too late."""
        ...

    def reserved(self) -> frozenset[str]:
        """Give the keys of the issues that wait for a run's hour, or for somebody's yes to it."""
        ...
