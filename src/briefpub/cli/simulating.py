"""schedule simulate: a span of time played through a virtual clock, and the story told."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from briefpub.cli.context import moment, newsroom_of
from briefpub.cli.output import json_option, print_json, say
from briefpub.cli.spans import moment_of
from briefpub.domain.schedule import RunState
from briefpub.domain.walls import zone_of

if TYPE_CHECKING:
    from briefpub.workflows.simulate import Tally

DAYS_AHEAD = timedelta(days=90)
LONGEST = timedelta(days=5 * 366)
FINDINGS = 1


@click.command(name="simulate")
@click.option("--from", "begin", metavar="TIME", help="The beginning; else now.")
@click.option("--to", "end", metavar="TIME", help="The end; else 90 days later.")
@click.option("--unattended", is_flag=True, help="Nobody approves or answers; else all is said yes to.")
@click.option(
    "--crashes", type=click.IntRange(0, 10_000), default=0, metavar="N", help="Let the machine die N times."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Where it dies.")
@json_option
@click.pass_context
def simulate_command(
    ctx: click.Context,
    *,
    begin: str | None,
    end: str | None,
    unattended: bool,
    crashes: int,
    seed: int,
    as_json: bool,
) -> int:
    """Play all schedules through a virtual clock, with the articles as they are now, and tell the story.

    Nothing is sent, and nothing of the publication changes.
    """
    from briefpub.bootstrap.clock import simulate_of
    from briefpub.store.throwaway import throwaway

    newsroom = newsroom_of(ctx)
    zone = newsroom.settings.timezone
    first = moment_of(begin, zone) if begin else moment()
    last = moment_of(end, zone) if end else first + DAYS_AHEAD
    if not first < last <= first + LONGEST:
        raise click.UsageError("--to must be later than --from, and within five years of it")
    with TemporaryDirectory(prefix="briefpub-") as folder:
        world = throwaway(newsroom.database, Path(folder), begin=first)
        try:
            story = simulate_of(newsroom, world)(
                begin=first, end=last, attended=not unattended, crashes=crashes, seed=seed
            )
        finally:
            world.close()
    if as_json:
        print_json(
            {
                "lines": [
                    {
                        "at": line.at,
                        "schedule": line.schedule.name if line.schedule else None,
                        "told": line.told,
                        "trouble": line.trouble,
                    }
                    for line in story.lines
                ],
                "schedules": [
                    {
                        "schedule": tally.schedule.name,
                        "list": tally.schedule.list,
                        "articles": tally.articles,
                        **{state.value: tally.runs.get(state, 0) for state in RunState},
                    }
                    for tally in story.tallies
                ],
                "crashes": story.crashes,
                "twice": list(story.twice),
                "left_open": [f"{run.schedule} {run.wall:%Y-%m-%d %H:%M}" for run in story.left_open],
            }
        )
    else:
        for line in story.lines:
            there = zone_of(line.schedule.timezone if line.schedule else zone)
            name = line.schedule.name if line.schedule else "-"
            click.echo(f"{line.at.astimezone(there):%Y-%m-%d %H:%M %z}  {name:<12} {line.told}")
        for tally in story.tallies:
            say(_tallied(tally))
        if story.crashes:
            say(f"The machine died {story.crashes} times.")
        for article in story.twice:
            say(f"Sent twice: {article}")
        for run in story.left_open:
            say(f"Never ended: {run.schedule} {run.wall:%Y-%m-%d %H:%M}")
    return FINDINGS if story.twice or story.left_open else 0


def _tallied(tally: "Tally") -> str:
    counts = ", ".join(f"{tally.runs[state]} {state.value}" for state in RunState if tally.runs.get(state))
    name = f"{tally.schedule.name} ({tally.schedule.list})"
    return f"{name}: {counts or 'no run'}; {tally.articles} articles sent."
