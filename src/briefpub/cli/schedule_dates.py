"""The dates that `schedule skip`, `move`, `holidays` and `send` name, which run is meant, what stops it."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import click

from briefpub.bootstrap import Newsroom
from briefpub.cli.context import moment
from briefpub.domain.errors import ConfigError, Conflict
from briefpub.domain.schedule import STOPPABLE, Run, RunState, Schedule, occurrences
from briefpub.domain.walls import wall_of

TYPED = click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d"])


class WallTime(click.ParamType[date]):
    """A date, or a date and an hour: which of them was typed is kept, since midnight is an hour too."""

    name = "wall time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Give a date for `2026-12-24`, a datetime for `2026-12-24T18:00`."""
        if isinstance(value, date):
            return value
        read: datetime = TYPED.convert(value, param, ctx)
        return read if ":" in str(value) else read.date()


def walls_of(newsroom: Newsroom, schedule: Schedule, day: date) -> tuple[datetime, ...]:
    """Give the wall times that a schedule has on a day, whatever was changed about it."""
    if schedule.ends and day > schedule.ends:
        return ()
    return newsroom.foresee.walls_on(schedule, day)


def date_of(newsroom: Newsroom, schedule: Schedule, day: date) -> date:
    """Give the date by which a day's run is known: where one was moved to that day, its first date."""
    if walls_of(newsroom, schedule, day):
        return day
    moved = [one.date for one in schedule.changes if one.to and one.to.date() == day]
    if not moved:
        raise ConfigError(
            f"{schedule.name} has no run on {day}",
            where=schedule.name,
            hint=f"`briefpub schedule next {schedule.name}` shows them",
        )
    return moved[0]


def still_open(newsroom: Newsroom, schedule: Schedule, day: date, *, moving: bool = False) -> None:
    """Raise Conflict where a date's runs are over or on their way; one that is left out cannot be moved."""
    every = newsroom.runs.of(schedule=schedule.name)
    runs = [run for run in every if run.wall.date() == day]
    harmless = STOPPABLE if moving else {*STOPPABLE, RunState.SKIPPED}
    if any(run.state in harmless for run in runs):
        return
    if runs:
        last = runs[-1]
        what = "moved" if moving else "left out"
        raise Conflict(
            f"the run of {day} is {last.state.value}: it cannot be {what} any more",
            where=schedule.name,
            hint=f"`briefpub outbox pause {last.issue}` holds what has not gone out"
            if last.state is RunState.PUBLISHING
            else f"`briefpub schedule runs {schedule.name}` shows what came of it",
        )
    # Of what is due and not made yet, `briefpub run` still makes what is later than the last one it made.
    begin = wall_of(schedule.since, schedule.timezone)
    made = max((run.wall for run in every), default=begin)
    found = occurrences(schedule, walls_of(newsroom, schedule, day))
    if not any(one.due > moment() or one.wall > max(begin, made) for one in found):
        raise Conflict(
            f"{day} is over",
            where=schedule.name,
            hint=f"`briefpub schedule next {schedule.name}` shows what comes",
        )


def stop_runs(
    newsroom: Newsroom, name: str, reasons: Mapping[date, str], *, now: datetime
) -> tuple[Run, ...]:
    """Leave out the runs of these dates that have begun, for a reason each; give those that were stopped."""
    stopped = []
    for run in newsroom.runs.of(schedule=name, open_only=True):
        reason = reasons.get(run.wall.date())
        if reason is None or run.state not in STOPPABLE:
            continue
        with suppress(Conflict):  # it went out at this very moment
            stopped.append(newsroom.runs.skip(name, run.wall, reason=reason, now=now))
    return tuple(stopped)


def valid(schedule: Schedule, run: Run) -> tuple[datetime, datetime]:
    """Give the wall time and the moment at which a run really comes: it may have been moved."""
    (found,) = occurrences(replace(schedule, starts=None, ends=None), [run.wall])
    return found.at, found.due
