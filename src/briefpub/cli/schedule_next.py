"""schedule next, ics: what comes, and what each run would hold if it ran as things are now."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from briefpub.bootstrap import Newsroom
from briefpub.cli.context import moment, newsroom_of
from briefpub.cli.output import findings_json, json_option, print_findings, print_json, print_rows, say
from briefpub.cli.schedule_words import schedule_named
from briefpub.cli.spans import moment_of
from briefpub.domain.schedule import Occurrence, Schedule
from briefpub.domain.walls import shown
from briefpub.workflows.foresee import Contents

Ahead = tuple[Schedule, Occurrence, Contents | None]


@click.command(name="next")
@click.argument("name", required=False)
@click.option("-n", "--number", default=5, type=click.IntRange(1, 1000), metavar="N", help="How many runs.")
@click.option("--from", "begin", metavar="TIME", help="From this moment on; else from now.")
@click.option("--contents", is_flag=True, help="Say what each would hold if it ran as things are now.")
@json_option
@click.pass_context
def next_command(
    ctx: click.Context, *, name: str | None, number: int, begin: str | None, contents: bool, as_json: bool
) -> None:
    """Show the next runs of the schedule NAME, or of all: on its own clocks, in UTC, and what is special."""
    newsroom = newsroom_of(ctx)
    chosen = (schedule_named(newsroom, name),) if name else newsroom.schedules.all()
    foresee = newsroom.foresee
    ahead: list[Ahead] = []
    for schedule in chosen:
        after = moment_of(begin, schedule.timezone) if begin else moment()
        looked_at = name or not schedule.paused
        found = foresee.coming(schedule, after=after, most=number) if looked_at else ()
        held = foresee.contents(schedule, found) if contents else (None,) * len(found)
        ahead += [(schedule, one, what) for one, what in zip(found, held, strict=True)]
    ahead.sort(key=lambda each: each[1].due)
    ahead = ahead[:number]
    if as_json:
        print_json([_as_json(*each) for each in ahead])
        return
    rows = [
        (schedule.name, _local(schedule, one), schedule.timezone, _utc(one.due), one.note)
        for schedule, one, _ in ahead
    ]
    if not contents:
        print_rows(("schedule", "local", "zone", "utc", "note"), rows, as_json=False)
    for schedule, one, what in ahead if contents else ():
        _tell(schedule, one, what)
    for schedule in chosen:
        if schedule.paused:
            say(f"{schedule.name} is paused: none of this happens until it is resumed.")
    if not ahead:
        say("Nothing comes.")


@click.command(name="ics")
@click.argument("name", required=False)
@click.option(
    "-n", "--number", default=26, type=click.IntRange(1, 1000), metavar="N", help="How many runs each."
)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Else standard output.")
@click.pass_context
def ics_command(ctx: click.Context, *, name: str | None, number: int, output: Path | None) -> None:
    """Write the next runs as an iCalendar file, for the calendar program of an editor."""
    newsroom = newsroom_of(ctx)
    data = _calendar(newsroom, name, number, now=moment())
    if output:
        from briefpub.kit.safeio import place_file

        place_file(output, data)
        say(f"{output} holds the next runs.")
    else:
        sys.stdout.buffer.write(data)


def _calendar(newsroom: Newsroom, name: str | None, number: int, *, now: datetime) -> bytes:
    from briefpub.render.ical import Entry, calendar

    chosen = (schedule_named(newsroom, name),) if name else newsroom.schedules.all()
    entries = []
    for schedule in chosen:
        found = () if schedule.paused else newsroom.foresee.coming(schedule, after=now, most=number)
        entries += [
            Entry(
                uid=f"{schedule.name}-{one.wall:%Y%m%dT%H%M}",
                begins=one.due,
                summary=f"{newsroom.list(schedule.list).name} ({schedule.name})",
                description=one.note,
            )
            for one in found
        ]
    title = newsroom.settings.name or "briefpub"
    host = newsroom.settings.site.partition("://")[2].partition("/")[0] or "briefpub.invalid"
    entries.sort(key=lambda each: (each.begins, each.uid))
    return calendar(entries, name=title, domain=host, now=now)


def _local(schedule: Schedule, one: Occurrence) -> str:
    return shown(one.at, schedule.timezone).isoformat(timespec="seconds")


def _utc(moment_: datetime) -> str:
    return moment_.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _as_json(schedule: Schedule, one: Occurrence, what: Contents | None) -> dict[str, object]:
    row: dict[str, object] = {
        "schedule": schedule.name,
        "local": _local(schedule, one),
        "utc": _utc(one.due),
        "zone": schedule.timezone,
        "note": one.note,
    }
    if what:
        row["contents"] = {
            "issue": what.issue or None,
            "articles": [{"id": id, "title": title} for id, title in what.articles],
            "people": what.people,
            "told": what.told,
            "findings": findings_json(what.findings),
        }
    return row


def _tell(schedule: Schedule, one: Occurrence, what: Contents | None) -> None:
    assert what
    note = f" ({one.note})" if one.note else ""
    click.echo(f"{schedule.name}: {_local(schedule, one)} {schedule.timezone} = {_utc(one.due)}{note}")
    people = "1 subscriber" if what.people == 1 else f"{what.people} subscribers"
    count = "1 article" if len(what.articles) == 1 else f"{len(what.articles)} articles"
    click.echo(f"  {what.told or f'{count} to {people}'}")
    for id, title in what.articles:
        click.echo(f"  - {title} ({id})")
    print_findings(what.findings)
