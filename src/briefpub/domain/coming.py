"""What a schedule has coming: its next occurrences after a moment, whatever was run before. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Protocol

from briefpub.domain.recurrence import Rule
from briefpub.domain.schedule import Occurrence, Schedule, occurrences
from briefpub.domain.walls import instant, wall_of

# No zone shows a wall time later than so long after the moment at which it was another's.
SLACK = timedelta(days=2)


class Walls(Protocol):
    """Finds the wall times of a rule; `alarm.walls` is one."""

    def __call__(self, rule: Rule, *, after: datetime, start: date) -> Iterator[datetime]:
        """Give the naive wall times later than `after`, in order; weeks and intervals count from `start`."""
        ...


def begins(schedule: Schedule) -> date:
    """Give the day from which a schedule's weeks are counted."""
    return schedule.starts or schedule.counted_from or wall_of(schedule.since, schedule.timezone).date()


def walls_after(schedule: Schedule, walls: Walls, after: datetime) -> Iterator[datetime]:
    """Give a schedule's wall times later than `after`, none before the day it starts."""
    if schedule.starts:
        after = max(after, datetime.combine(schedule.starts, time()) - timedelta(minutes=1))
    return walls(schedule.rule, after=after, start=begins(schedule))


def coming(schedule: Schedule, walls: Walls, *, after: datetime, most: int) -> tuple[Occurrence, ...]:
    """Give the next occurrences due later than a moment, at most so many, by the moment they are due.

    What is left out is not among them: the note on the one that follows tells of it.
    """
    return tuple(islice(_told(schedule, walls, after, most), most))


def _told(schedule: Schedule, walls: Walls, after: datetime, most: int) -> Iterator[Occurrence]:
    left_out: list[Occurrence] = []
    for one in _by_due(schedule, walls, after, most):
        if one.skipped:
            left_out.append(one)
            continue
        notes = [f"after {each.wall:%Y-%m-%d}, which is {each.note}" for each in left_out]
        left_out.clear()
        yield replace(one, note="; ".join(filter(None, [*notes, one.note])))


def _by_due(schedule: Schedule, walls: Walls, after: datetime, most: int) -> Iterator[Occurrence]:
    """Give occurrences in the order in which they are due: a date may have been moved past others."""
    begin = wall_of(after, schedule.timezone) - SLACK
    for change in schedule.changes:
        if change.to and instant(change.to, schedule.timezone) > after:
            begin = min(begin, datetime.combine(change.date, time()) - timedelta(minutes=1))
    found = (one for one in occurrences(schedule, walls_after(schedule, walls, begin)) if one.due > after)
    if not any(change.to for change in schedule.changes):
        yield from found
        return
    # Whatever moves, moves within as many occurrences as there are changes.
    some = {one.wall: one for one in islice(found, most + 2 * len(schedule.changes))}
    # But from however far ahead.
    some |= {one.wall: one for one in _moved(schedule, walls) if one.due > after}
    yield from sorted(some.values(), key=lambda one: (one.due, one.wall))


def _moved(schedule: Schedule, walls: Walls) -> Iterator[Occurrence]:
    """Give the occurrences that were moved."""
    for day in (change.date for change in schedule.changes if change.to):
        begin = datetime.combine(day, time()) - timedelta(minutes=1)
        found = walls_after(schedule, walls, begin)
        for one in occurrences(schedule, found):
            if one.wall.date() > day:
                break
            yield one
