"""schedule: when a list's issues go out by themselves, what goes in, and what came of it."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import click

from briefpub.bootstrap import Newsroom
from briefpub.cli.context import moment, newsroom_of
from briefpub.cli.output import json_option, print_json, print_rows, say
from briefpub.cli.schedule_add import add_command
from briefpub.cli.schedule_dates import WallTime, date_of, still_open, stop_runs, valid, walls_of
from briefpub.cli.schedule_next import ics_command, next_command
from briefpub.cli.schedule_runs import adopt_command, runs_command, send_command
from briefpub.cli.schedule_words import holidays_in, schedule_json, schedule_named, told_moment
from briefpub.cli.simulating import simulate_command
from briefpub.domain.errors import ConfigError
from briefpub.domain.recurrence import told
from briefpub.domain.schedule import ASKING, STOPPABLE, DateChange, Run, Schedule
from briefpub.domain.walls import instant

DAY = click.DateTime(["%Y-%m-%d"])
WALL = WallTime()


@click.group(name="schedule")
def schedule_command() -> None:
    """Say when a list's issues go out by themselves, and see what will go out."""


for command in (
    add_command,
    next_command,
    ics_command,
    simulate_command,
    runs_command,
    send_command,
    adopt_command,
):
    schedule_command.add_command(command)


@schedule_command.command(name="list")
@json_option
@click.pass_context
def schedule_list(ctx: click.Context, *, as_json: bool) -> None:
    """Show every schedule, in words, with its next run."""
    newsroom = newsroom_of(ctx)
    schedules = newsroom.schedules.all()
    if as_json:
        print_json([schedule_json(one) for one in schedules])
        return
    rows = []
    for one in schedules:
        ahead = () if one.paused else newsroom.foresee.coming(one, after=moment(), most=1)
        nearest = told_moment(ahead[0].at, one.timezone) if ahead else ""
        state = "paused" if one.paused else "on" if ahead else "over"
        rows.append((one.name, one.list, state, told(one.rule), one.timezone, nearest))
    print_rows(("schedule", "list", "state", "when", "zone", "next"), rows, as_json=False)


@schedule_command.command(name="pause")
@click.argument("name")
@click.pass_context
def schedule_pause(ctx: click.Context, *, name: str) -> None:
    """Let nothing of the schedule NAME go out until it is resumed; what was frozen waits."""
    newsroom_of(ctx).schedules.pause(name, paused=True, now=moment())
    say(f"{name} is paused. It goes on with: briefpub schedule resume {name}")


@schedule_command.command(name="resume")
@click.argument("name")
@click.pass_context
def schedule_resume(ctx: click.Context, *, name: str) -> None:
    """Let the schedule NAME go on; what came while it was paused is not made up for."""
    newsroom = newsroom_of(ctx)
    schedule = newsroom.schedules.pause(name, paused=False, now=moment())
    ahead = newsroom.foresee.coming(schedule, after=moment(), most=1)
    when = f" Next: {told_moment(ahead[0].at, schedule.timezone)}." if ahead else ""
    say(f"{name} is on.{when}")


@schedule_command.command(name="skip")
@click.argument("name")
@click.argument("day", required=False, type=DAY)
@click.option("--why", default="", metavar="TEXT", help="The reason, for whoever asks later.")
@click.pass_context
def schedule_skip(ctx: click.Context, *, name: str, day: datetime | None, why: str) -> None:
    """Leave out the run of NAME on DAY, or the next one; this also stops one that is frozen already."""
    newsroom = newsroom_of(ctx)
    schedule = schedule_named(newsroom, name)
    chosen = date_of(newsroom, schedule, day.date()) if day else _next_date(newsroom, schedule)
    still_open(newsroom, schedule, chosen)
    # Written down first: a run that begins meanwhile is stopped below, or is not made.
    newsroom.schedules.change(name, [DateChange(date=chosen, why=why)], now=moment())
    stopped = stop_runs(newsroom, name, {chosen: why or "an editor left it out"}, now=moment())
    still_open(newsroom, schedule, chosen)  # else it went out meanwhile
    say(f"{name} leaves out {chosen}.")
    _tell_of(stopped)


@schedule_command.command(name="move")
@click.argument("name")
@click.argument("day", type=DAY)
@click.argument("to", type=WALL)
@click.option("--why", default="", metavar="TEXT", help="The reason, for whoever asks later.")
@click.pass_context
def schedule_move(ctx: click.Context, *, name: str, day: datetime, to: date, why: str) -> None:
    """Move the run of NAME on DAY to another wall time, TO: 2026-12-24 or 2026-12-24T18:00."""
    newsroom = newsroom_of(ctx)
    schedule = schedule_named(newsroom, name)
    now = moment()
    chosen = date_of(newsroom, schedule, day.date())
    still_open(newsroom, schedule, chosen, moving=True)
    walls = walls_of(newsroom, schedule, chosen)
    # A date alone keeps the hour; midnight has to be said.
    at = to if isinstance(to, datetime) else datetime.combine(to, walls[0].time())
    if instant(at, schedule.timezone) <= now:
        raise ConfigError(
            f"{told_moment(at, schedule.timezone)} is over",
            where=name,
            hint=f"what shall not go out is left out: briefpub schedule skip {name} {chosen}",
        )
    newsroom.schedules.change(name, [DateChange(date=chosen, to=at, why=why)], now=now)
    say(f"{name} of {chosen} goes out on {told_moment(at, schedule.timezone)}.")


@schedule_command.command(name="holidays")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_context
def schedule_holidays(ctx: click.Context, *, name: str, file: Path) -> None:
    """Let NAME leave out the days of an iCalendar FILE, as public holidays are offered."""
    newsroom = newsroom_of(ctx)
    schedule = schedule_named(newsroom, name)
    changes = holidays_in(file, now=moment())
    newsroom.schedules.change(name, changes, now=moment())
    reasons = {change.date: change.why or "a holiday" for change in changes}
    stopped = stop_runs(newsroom, name, reasons, now=moment())
    hit = [change for change in changes if newsroom.foresee.walls_on(schedule, change.date)]
    say(f"{len(changes)} days were read; {len(hit)} of them are days of {name} and are left out.")
    for change in hit[:20]:
        say(f"  {change.date}: {change.why}")
    _tell_of(stopped)


@schedule_command.command(name="remove")
@click.argument("name")
@click.pass_context
def schedule_remove(ctx: click.Context, *, name: str) -> None:
    """Take the schedule NAME away; what it has sent stays in the record."""
    newsroom_of(ctx).schedules.remove(name, now=moment())
    say(f"{name} is gone. Issues that are on their way go on: `briefpub outbox list` shows them.")


def _tell_of(stopped: Sequence[Run]) -> None:
    """Say what becomes of the issues of runs that were stopped."""
    for run in stopped:
        if run.issue:
            say(
                f"{run.issue} was frozen for it and waits for the next run. To free its articles: "
                f"briefpub issues withdraw {run.issue}"
            )


def _next_date(newsroom: Newsroom, schedule: Schedule) -> date:
    """Give the date of what goes out next: a run that is there, one that asks, or one that comes."""
    now = moment()
    waiting = [
        run for run in newsroom.runs.of(schedule=schedule.name, open_only=True) if run.state in STOPPABLE
    ]
    ahead = [(due, run) for run in waiting if (due := valid(schedule, run)[1]) >= now]
    if ahead:
        _, first = min(ahead, key=lambda each: each[0])
        return first.wall.date()
    if waiting:
        asking = [run for run in waiting if run.question in ASKING and not run.said]
        return (asking or waiting)[-1].wall.date()
    coming = newsroom.foresee.coming(schedule, after=now, most=1)
    if not coming:
        raise ConfigError("nothing comes that could be left out", where=schedule.name)
    return coming[0].wall.date()
