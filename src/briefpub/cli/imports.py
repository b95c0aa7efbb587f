"""subscribers import, imports, export: people as CSV files."""

import sys
from collections.abc import Iterable
from pathlib import Path

import click

from briefpub.bootstrap import Newsroom
from briefpub.cli.context import moment, newsroom_of
from briefpub.cli.output import json_option, print_json, print_rows, progress_bar, say
from briefpub.domain.audience import RowFate
from briefpub.domain.consent import Kept
from briefpub.domain.errors import ConfigError, ConfirmationNeeded

FINDINGS = 1


@click.command(name="import")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--list", "slug", metavar="LIST", help="The list.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--consent", help="How these people agreed; else the file's name and today's date.")
@click.option("--rejects", type=click.Path(path_type=Path), help="Write the bad rows there, with the reason.")
@click.option("--undo", type=int, metavar="NUMBER", help="Take the import of this number back instead.")
@json_option
@click.pass_context
def import_command(
    ctx: click.Context,
    *,
    file: Path | None,
    slug: str | None,
    dry_run: bool,
    yes: bool,
    consent: str | None,
    rejects: Path | None,
    undo: int | None,
    as_json: bool,
) -> int:
    """Add the people of a CSV FILE (columns email, name, status, format, frequency, device) to a list.

    Whoever unsubscribed stays off, whatever the file says. Each import gets a number, by which --undo takes
    back what it added.
    """
    newsroom = newsroom_of(ctx)
    if undo is not None:
        if file is not None:
            raise click.UsageError("--undo takes a number and no FILE")
        return _undo(newsroom, undo, yes=yes, as_json=as_json)
    if file is None or slug is None:
        raise click.UsageError("an import needs a FILE and --list")
    return _import(
        newsroom,
        file,
        slug,
        dry_run=dry_run,
        yes=yes,
        consent=consent,
        rejects=rejects,
        as_json=as_json,
    )


@click.command(name="imports")
@click.option("--list", "slug", metavar="LIST", help="Only this list's.")
@json_option
@click.pass_context
def imports_command(ctx: click.Context, *, slug: str | None, as_json: bool) -> None:
    """Show every import with its number, oldest first."""
    newsroom = newsroom_of(ctx)
    if slug:
        newsroom.list(slug)
    rows = [
        (
            one.id,
            one.list,
            one.source,
            one.at.isoformat(),
            one.added,
            one.undone_at.isoformat() if one.undone_at else None,
        )
        for one in newsroom.intakes.of(slug)
    ]
    print_rows(("import", "list", "source", "at", "people", "undone_at"), rows, as_json=as_json)


@click.command(name="export")
@click.option("--list", "slug", required=True, metavar="LIST", help="The list.")
@click.option("--to", "target", type=click.Path(path_type=Path), help="Write there; else to stdout.")
@click.pass_context
def export_command(ctx: click.Context, *, slug: str, target: Path | None) -> None:
    """Write a list's subscribers as CSV (RFC 4180), whatever their status."""
    from briefpub.content.importers.subscribers import write_sheet

    newsroom = newsroom_of(ctx)
    newsroom.list(slug)
    lines = write_sheet(newsroom.intakes.standings(slug))
    if target is None:
        for line in lines:
            click.echo(line, nl=False)
        return
    count = _write(target, lines) - 1
    say(f"{target}: {count} subscribers of {slug}.")


def _import(
    newsroom: Newsroom,
    file: Path,
    slug: str,
    *,
    dry_run: bool,
    yes: bool,
    consent: str | None,
    rejects: Path | None,
    as_json: bool,
) -> int:
    from briefpub.content.importers.subscribers import read_sheet

    newsroom.list(slug)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ConfigError(f"the file cannot be read: {error.strerror}", where=str(file)) from error
    sheet = read_sheet(data, name=file.name)
    with progress_bar() as progress:
        foreseen = newsroom.bring_in.foresee(slug, sheet.rows(), total=data.count(b"\n"), progress=progress)
    totals, bad = foreseen.totals, foreseen.reasons
    for row in foreseen.some:
        say(f"{file}:{row.line}: {bad[row.line]}: {row.address}")
    if len(bad) > len(foreseen.some):
        say(f"{file}: and {len(bad) - len(foreseen.some)} more bad rows")
    if rejects is not None and bad:
        _write(rejects, sheet.rejects(bad))
    intake = None
    if not dry_run and totals[RowFate.NEW]:
        if not yes:
            _ask(f"{_said(totals)}. Add them to {slug}?", where=str(file))
        now = moment()
        with progress_bar() as progress:
            done = newsroom.bring_in(
                slug,
                sheet.rows(),
                source=file.name,
                consent=consent or f"imported from {file.name} on {now.date().isoformat()}",
                total=foreseen.rows,
                now=now,
                progress=progress,
            )
        totals, intake = done.totals, done.intake
    if as_json:
        told = {fate.name.lower(): totals[fate] for fate in RowFate}
        print_json([told | ({"import": intake} if intake else {})])
    else:
        say(f"{'Would be' if dry_run else 'Now'} on {slug}: {_said(totals)}.")
        if intake:
            say(f"This was import {intake}. To take it back: briefpub subscribers import --undo {intake}")
    return FINDINGS if bad else 0


def _undo(newsroom: Newsroom, number: int, *, yes: bool, as_json: bool) -> int:
    known = next((one for one in newsroom.intakes.of() if one.id == number), None)
    if known is not None and known.undone_at is None and not yes:
        day = known.at.date().isoformat()
        _ask(
            f"Import {number} brought {known.added} people from {known.source} to {known.list} on {day}."
            " Take them back?",
            where=f"import {number}",
        )
    undone = newsroom.intakes.undo(number, now=moment())
    if as_json:
        print_json(
            {
                "import": number,
                "taken_back": undone.taken_back,
                "mailed": undone.kept.get(Kept.MAILED, 0),
                "changed": undone.kept.get(Kept.CHANGED, 0),
                "undone_at": undone.intake.undone_at,
            }
        )
    else:
        say(f"Import {number}: {undone.taken_back} people were taken back from {undone.intake.list}.")
        for address, why in undone.some:
            say(f"{address} stays: {why.value}.")
        left = sum(undone.kept.values())
        if left > len(undone.some):
            say(f"and {left - len(undone.some)} more stay")
    return FINDINGS if undone.kept else 0


def _said(totals: dict[RowFate, int]) -> str:
    return ", ".join(f"{totals[fate]} {fate.value}" for fate in RowFate)


def _ask(sentence: str, *, where: str) -> None:
    """Ask a person at a terminal; raise ConfirmationNeeded where there is none."""
    if not sys.stdin.isatty():
        raise ConfirmationNeeded(sentence, where=where, hint="look at it, then add --yes")
    click.confirm(sentence, abort=True, err=True)


def _write(path: Path, lines: Iterable[bytes]) -> int:
    from briefpub.kit.safeio import write_file

    records = list(lines)
    write_file(path, b"".join(records))
    return len(records)
