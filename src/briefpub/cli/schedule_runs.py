"""schedule runs, send, adopt: what came of each run, and the answers that some wait for."""

from datetime import date, datetime

import click

from briefpub.bootstrap import Newsroom
from briefpub.cli.asking import ask_for, number_options
from briefpub.cli.context import moment, newsroom_of
from briefpub.cli.output import json_option, print_rows, say
from briefpub.cli.schedule_dates import WallTime, valid
from briefpub.cli.schedule_words import schedule_named
from briefpub.domain.errors import ConfigError
from briefpub.domain.schedule import Question, Run, Schedule, name_of
from briefpub.domain.walls import WALL

WALL_TIME = WallTime()


@click.command(name="runs")
@click.argument("name", required=False)
@click.option("--most", type=click.IntRange(1), default=20, metavar="N", help="The newest N.")
@json_option
@click.pass_context
def runs_command(ctx: click.Context, *, name: str | None, most: int, as_json: bool) -> None:
    """Show the runs there were, oldest first: what came of each, and which ask for an answer."""
    newsroom = newsroom_of(ctx)
    zones = {one.name: one.timezone for one in newsroom.schedules.all()}
    rows = [
        (run.schedule, run.wall.strftime(WALL), run.due, run.state, run.question, run.issue, run.reason)
        for run in newsroom.runs.of(schedule=name, most=most)
    ]
    print_rows(("schedule", "wall", "due", "state", "asks", "issue", "reason"), rows, as_json=as_json)
    if not as_json and any(Question(row[4]) for row in rows):
        say("Answer one that asks: briefpub schedule send NAME, or: briefpub schedule skip NAME DAY")
    if name and name not in zones and not rows:
        schedule_named(newsroom, name)


@click.command(name="send")
@click.argument("name")
@click.argument("wall", required=False, type=WALL_TIME)
@number_options
@click.pass_context
def send_command(ctx: click.Context, *, name: str, wall: date | None, yes: bool, expect: int | None) -> None:
    """Say yes to a run of NAME that asks: late, too short, not approved, or in a copy of the database."""
    newsroom = newsroom_of(ctx)
    run = _asking(newsroom, name, wall)
    count = newsroom.audience.confirmed(run.list, schedule_named(newsroom, name).frequency)
    people = "1 subscriber" if count == 1 else f"{count} subscribers"
    what = run.issue or f"the next issue of {run.list}"
    ask_for(
        count,
        sentence=f"{name_of(run)} asks, since {run.reason}. With your yes {what} goes to {people}.",
        to="send it",
        where=name,
        yes=yes,
        expect=expect,
    )
    newsroom.runs.answer(name, run.wall, now=moment())
    say("It goes out with the next look of `briefpub run`, or now: briefpub run --once")


@click.command(name="adopt")
@click.pass_context
def adopt_command(ctx: click.Context) -> None:
    """Take this place for the publication's home, and its database for the truth.

    After a restored backup or a move to another machine nothing is sent by itself until somebody has looked.
    """
    doubts = newsroom_of(ctx).at_home.adopt()
    for doubt in doubts:
        say(f"It was doubted: {doubt}.")
    say("This place is home: `briefpub run` sends from here. See what asks: briefpub schedule runs")


def _asking(newsroom: Newsroom, name: str, wall: date | None) -> Run:
    schedule = schedule_named(newsroom, name)
    asking = [
        run
        for run in newsroom.runs.of(schedule=name, open_only=True)
        if run.question not in {Question.NONE, Question.APPROVAL} and _named(run, wall, schedule)
    ]
    if not asking:
        raise ConfigError("no run of it asks for anything", where=name, hint=f"briefpub schedule runs {name}")
    return asking[-1]


def _named(run: Run, wall: date | None, schedule: Schedule) -> bool:
    """Say whether a run is meant: by its wall time, by its day, or by the day it was moved to."""
    if wall is None:
        return True
    if isinstance(wall, datetime):
        return run.wall == wall
    return wall in {run.wall.date(), valid(schedule, run)[0].date()}
