"""Upcoming: what goes out next by each schedule, and when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from briefpub.domain.coming import Walls, coming
from briefpub.domain.errors import BriefpubError
from briefpub.domain.schedule import OPEN, Occurrence, Schedule
from briefpub.workflows.ports import Runs, Schedules

# So many of a schedule's next occurrences may have been left out by hand before one is given up looking.
AHEAD = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Upcoming:
    """Tells for each schedule that is not paused when it comes next."""

    schedules: Schedules
    runs: Runs
    walls: Walls

    def __call__(self, now: datetime) -> tuple[tuple[Schedule, Occurrence], ...]:
        """Give each schedule with its next occurrence, the soonest first; raises StoreError."""
        schedules = [schedule for schedule in self.schedules.all() if not schedule.paused]
        # The newest are those that lie ahead: made early, or left out by an editor beforehand.
        over = {
            (run.schedule, run.wall)
            for run in self.runs.of(most=AHEAD * max(1, len(schedules)))
            if run.due > now and run.state not in OPEN
        }
        found = [(schedule, next_) for schedule in schedules if (next_ := self._next(schedule, over, now))]
        return tuple(sorted(found, key=lambda pair: (pair[1].due, pair[0].name)))

    def _next(
        self, schedule: Schedule, over: Collection[tuple[str, datetime]], now: datetime
    ) -> Occurrence | None:
        try:
            ahead = coming(schedule, self.walls, after=now, most=AHEAD)
        except BriefpubError:
            return None  # a rule that cannot be read is told where it is run
        return next((one for one in ahead if (schedule.name, one.wall) not in over), None)
