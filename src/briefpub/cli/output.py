"""How commands speak: tables, TSV and JSON on stdout; findings and progress on stderr (knows Rich)."""

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any

import click

from briefpub.domain.finding import Finding, Severity
from briefpub.workflows.ports import Progress

PLAIN_EVERY = 10.0
COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON (form 1) instead of a table.")


def choice_of(words: type[StrEnum]) -> click.Choice[str]:
    """Offer the values of an enumeration, as the glossary writes them."""
    return click.Choice([word.value for word in words])


def print_rows(columns: Sequence[str], rows: Sequence[Sequence[object]], *, as_json: bool) -> None:
    """Print rows: JSON objects when asked, a table on a terminal, tab-separated lines on a pipe."""
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    elif sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table

        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(column.replace("_", " "))
        for row in rows:
            table.add_row(*[_cell(value) for value in row])
        Console(no_color=bool(os.environ.get("NO_COLOR"))).print(table)
    else:
        click.echo("\t".join(columns))
        for row in rows:
            click.echo("\t".join(_cell(value).replace("\t", " ").replace("\n", " ") for value in row))


def print_line(columns: Sequence[str], row: Sequence[object], *, as_json: bool) -> None:
    """Print one row of a table that grows: a JSON object on one line when asked, else tab-separated."""
    if as_json:
        told = dict(zip(columns, row, strict=True))
        click.echo(json.dumps(told, ensure_ascii=False, default=_plain))
    else:
        between = "  " if sys.stdout.isatty() else "\t"
        click.echo(between.join(_cell(value).replace("\t", " ").replace("\n", " ") for value in row))


def print_json(value: object) -> None:
    """Print one JSON value, its keys in the order given, letters as they are."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def print_findings(findings: Sequence[Finding], *, least: Severity = Severity.WARNING) -> None:
    """Tell findings on stderr, one a line with its mend below."""
    for finding in findings:
        if finding.severity < least:
            continue
        kind = click.style(finding.severity.name.lower(), fg=COLOURS[finding.severity])
        place = f"{finding.place}: " if finding.place else ""
        click.echo(f"{place}{kind} {finding.code}: {finding.message}", err=True)
        if finding.hint:
            click.echo(f"  mend: {finding.hint}", err=True)


def findings_json(findings: Sequence[Finding]) -> list[dict[str, object]]:
    """Give findings as JSON objects."""
    return [
        {
            "code": finding.code,
            "severity": finding.severity.name.lower(),
            "where": finding.where,
            "line": finding.line,
            "message": finding.message,
            "hint": finding.hint,
        }
        for finding in findings
    ]


def say(text: str) -> None:
    """Tell the person something, on stderr."""
    click.echo(text, err=True)


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Draw a bar on a terminal; elsewhere write one plain line every ten seconds."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        with Bar(
            TextColumn("{task.description:<8}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True, no_color=bool(os.environ.get("NO_COLOR"))),
            transient=True,
        ) as bar:
            tasks: dict[str, Any] = {}

            def draw(step: str, done: int, total: int) -> None:
                if step not in tasks:
                    tasks[step] = bar.add_task(step, total=total)
                bar.update(tasks[step], completed=done, total=total)

            yield draw
    else:
        last = time.monotonic()

        def write(step: str, done: int, total: int) -> None:
            nonlocal last
            if time.monotonic() - last >= PLAIN_EVERY:
                last = time.monotonic()
                click.echo(f"{step}: {done} of {total}", err=True)

        yield write


def _cell(value: object) -> str:
    return "" if value is None else str(_plain(value)) if not isinstance(value, str) else value


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, int | float) else str(value)
