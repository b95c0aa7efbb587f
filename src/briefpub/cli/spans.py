"""Spans and moments as people type them: `12h`, `2d`; `2026-11-29`, with or without an hour and a zone."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from briefpub.domain.errors import BriefpubError
from briefpub.domain.walls import instant

UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
LONGEST = timedelta(days=366)


class Span(click.ParamType[timedelta]):
    """A span of time: a number and a unit."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read `90m`, `12h`, `2d`, `1w`; nothing is `0m`."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"([0-9]{1,6})\s*([mhdw])", str(value).strip().lower())
        span = int(found[1]) * UNITS[found[2]] if found else None
        if span is None or span > LONGEST:
            self.fail(f"{value!r} is no span of time: write it as 90m, 12h, 2d or 1w", param, ctx)
        return span


SPAN = Span()


def moment_of(text: str, zone: str) -> datetime:
    """Read RFC 3339, or a date or wall time on a zone's clocks; raises click.BadParameter."""
    try:
        read = datetime.fromisoformat(text.strip())
        return read.astimezone(UTC) if read.tzinfo else instant(read, zone)
    except (ValueError, OverflowError, BriefpubError) as error:
        raise click.BadParameter(
            f"{text!r} is no moment: write it as 2026-11-29T07:30+01:00, or 2026-11-29"
        ) from error
