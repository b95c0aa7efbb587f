"""A schedule as commands name and show it."""

from datetime import datetime, timedelta
from pathlib import Path

from briefpub.bootstrap import Newsroom
from briefpub.domain.errors import ConfigError, ContentError
from briefpub.domain.recurrence import told
from briefpub.domain.schedule import DateChange, Schedule, spell
from briefpub.domain.walls import WALL, shown

HOLIDAYS_AHEAD = timedelta(days=3 * 366)


def schedule_named(newsroom: Newsroom, name: str) -> Schedule:
    """Find a schedule by its name; raises ConfigError with the names there are."""
    found = newsroom.schedules.get(name)
    if found is None:
        names = ", ".join(one.name for one in newsroom.schedules.all()) or "none yet"
        raise ConfigError(f"there is no schedule {name!r}", hint=f"there are: {names}")
    return found


def holidays_in(file: Path, *, now: datetime) -> tuple[DateChange, ...]:
    """Read the days of an iCalendar file, three years ahead, as days to leave out; raises ContentError."""
    from briefpub.render.ical import holidays

    try:
        data = file.read_bytes()
    except OSError as error:
        raise ContentError(f"the file cannot be read: {error.strerror}", path=str(file)) from error
    days = holidays(data, first=now.date(), last=(now + HOLIDAYS_AHEAD).date(), path=str(file))
    if not days:
        raise ContentError(
            "no day of the next three years stands in it",
            path=str(file),
            hint="is it a calendar of public holidays, and of these years?",
        )
    return tuple(DateChange(date=day, why=name) for day, name in days)


def told_moment(wall: datetime, zone: str) -> str:
    """Write a wall time with its day and its offset: `Sun 29 Nov 2026 07:30 +0100`."""
    return f"{shown(wall, zone):%a %d %b %Y %H:%M %z}"


def schedule_json(one: Schedule) -> dict[str, object]:
    """Give a schedule as JSON shows it (form 1)."""
    return {
        "name": one.name,
        "list": one.list,
        "when": told(one.rule),
        "zone": one.timezone,
        "paused": one.paused,
        "approval": one.approval,
        "unapproved": one.unapproved,
        "late": one.late,
        "grace": spell(one.grace),
        "freeze": spell(one.freeze),
        "frequency": one.frequency,
        "starts": one.starts,
        "ends": one.ends,
        "selection": {
            "most": one.selection.most,
            "least": one.selection.least,
            "too_few": one.selection.too_few,
            "tags": list(one.selection.tags),
            "order": one.selection.order,
            "articles": list(one.selection.listed),
            "again": one.selection.again,
            "by_hand": one.selection.by_hand,
        },
        "changes": [
            {"date": each.date, "to": each.to.strftime(WALL) if each.to else None, "why": each.why}
            for each in one.changes
        ],
    }
