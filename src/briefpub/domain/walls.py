"""Wall times and instants: what a clock shows in a zone, and the moment at which it does. Pure.

The rule, decided once: a wall time that does not exist (clocks go forward over it) comes as much later as
the clocks went forward; one that exists twice (clocks go back) comes the first time. It is PEP 495's
`fold=0`. A wall time and an IANA zone are the truth; the instant is computed as late as may be, since
zones change their rules.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from briefpub.domain.errors import ConfigError

WALL = "%Y-%m-%dT%H:%M"


def zone_of(name: str) -> ZoneInfo:
    """Give a zone of the IANA database; raises ConfigError for what is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(
            f"{name!r} is not a time zone",
            where="--tz",
            hint="write it as in the IANA database, for example Europe/Paris",
        ) from error


def instant(wall: datetime, zone: str) -> datetime:
    """Give the moment, in UTC, at which a wall time comes in a zone."""
    return wall.replace(tzinfo=zone_of(zone), fold=0).astimezone(UTC)


def shown(wall: datetime, zone: str) -> datetime:
    """Give what clocks show at that moment, with their offset: another hour where `wall` does not exist."""
    return instant(wall, zone).astimezone(zone_of(zone))


def wall_of(moment: datetime, zone: str) -> datetime:
    """Give what clocks show in a zone at a moment, without the zone."""
    return moment.astimezone(zone_of(zone)).replace(tzinfo=None)


def note_on(wall: datetime, zone: str) -> str:
    """Say what is special about a wall time: that it does not exist, or exists twice; else nothing."""
    there = zone_of(zone)
    first, second = wall.replace(tzinfo=there, fold=0), wall.replace(tzinfo=there, fold=1)
    before, after = first.utcoffset(), second.utcoffset()
    assert before is not None
    assert after is not None
    if before == after:
        return ""
    if before > after:
        return f"{wall:%H:%M} comes twice: the first is taken ({offset(before)}, not {offset(after)})"
    then = shown(wall, zone)
    return f"{wall:%H:%M} does not exist: clocks go forward, and show {then:%H:%M}" + (
        f" on {then:%d %B}" if then.date() != wall.date() else ""
    )


def offset(delta: timedelta) -> str:
    """Write an offset from UTC as `+02:00`."""
    minutes = int(delta.total_seconds() // 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
