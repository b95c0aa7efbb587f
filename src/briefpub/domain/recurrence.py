"""When a schedule is due, as rules: weekdays, days of a month, a cron line, a recurrence rule. Pure.

A rule speaks of wall times: what a clock on the wall shows, without a zone. `alarm` finds them, and
`domain.walls` says at which instant each one comes.
"""

import re
from dataclasses import dataclass
from datetime import datetime, time

from briefpub.domain.errors import ConfigError

# By name, never by number: 0 is Sunday to cron and Monday to others.
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NTHS = ("1st", "2nd", "3rd", "4th", "5th", "last")
MOST_WEEKS = 52


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """On weekdays, every week or every so many; weeks begin on Monday and count from that of the start."""

    days: tuple[str, ...]
    at: time
    every: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Monthly:
    """On one day of each month: `1` to `31`, `last`, `2nd sun`, `last fri`; not in a month without it."""

    day: str
    at: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """A cron line of five fields, as Debian's cron reads it."""

    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurring:
    """A recurrence rule (RFC 5545 3.3.10), counted from `start`, a wall time of its own."""

    text: str
    at: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """At one wall time, and never again."""

    wall: datetime


Rule = Weekly | Monthly | Cron | Recurring | Once


def weekdays_of(text: str) -> tuple[str, ...]:
    """Read `sun,wed`, `weekdays` or `daily` as names of DAYS, in the week's order; raises ConfigError."""
    words = {"daily": DAYS, "weekdays": DAYS[:5], "weekends": DAYS[5:]}.get(text.strip().lower())
    if words:
        return words
    named = [part.strip().lower()[:3] for part in text.split(",")]
    whole = [part.strip().lower() for part in text.split(",")]
    known = {name.lower(): day for name, day in zip(DAY_NAMES, DAYS, strict=True)}
    known |= {day: day for day in DAYS}
    if not all(part in known for part in whole):
        raise ConfigError(
            f"{text!r} names no weekdays",
            where="--on",
            hint="write them as sun,wed, or daily, weekdays, weekends; days of a month as 1, last, '2nd sun'",
        )
    return tuple(day for day in DAYS if day in named)


def month_day_of(text: str) -> str | None:
    """Read a day of the month, `1` to `31`, `last`, `2nd sun`; None where it is something else."""
    words = text.strip().lower().split()
    if words == ["last"]:
        return "last"
    if len(words) == 1 and re.fullmatch(r"[1-9]|[12][0-9]|3[01]", words[0]):
        return words[0]
    if len(words) == 2 and words[0] in NTHS and words[1][:3] in DAYS:
        return f"{words[0]} {weekdays_of(words[1])[0]}"
    return None


def rule_of(on: str, at: time, *, every: int = 1) -> Rule:
    """Read the days an editor writes, weekdays or one of a month; raises ConfigError."""
    if not 1 <= every <= MOST_WEEKS:
        raise ConfigError(f"every {every} weeks cannot be", where="--every", hint=f"1 to {MOST_WEEKS} weeks")
    day = month_day_of(on)
    if day is None:
        return Weekly(days=weekdays_of(on), at=at, every=every)
    if every != 1:
        raise ConfigError("weeks are counted for weekdays only", where="--every", hint="leave --every out")
    return Monthly(day=day, at=at)


def hour_of(text: str) -> time:
    """Read a time of day, `02:30`; raises ConfigError."""
    found = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", text.strip())
    if not found:
        raise ConfigError(f"{text!r} is no time of day", where="--at", hint="write it as 07:30")
    return time(int(found[1]), int(found[2]))


def written(rule: Rule) -> str:
    """Write a rule as one line that `read` takes back."""
    match rule:
        case Weekly():
            return f"weekly {','.join(rule.days)} {rule.at:%H:%M} {rule.every}"
        case Monthly():
            return f"monthly {rule.day} {rule.at:%H:%M}"
        case Cron():
            return f"cron {rule.line}"
        case Recurring():
            return f"rrule {rule.at:%H:%M} {rule.text}"
        case Once():
            return f"once {rule.wall:%Y-%m-%dT%H:%M}"


def read(text: str) -> Rule:
    """Read what `written` wrote; raises ValueError for anything else."""
    kind, _, rest = text.partition(" ")
    match kind:
        case "weekly":
            days, at, every = rest.split(" ")
            return Weekly(days=tuple(days.split(",")), at=time.fromisoformat(at), every=int(every))
        case "monthly":
            day, _, at = rest.rpartition(" ")
            return Monthly(day=day, at=time.fromisoformat(at))
        case "cron":
            return Cron(line=rest)
        case "rrule":
            at, _, rule = rest.partition(" ")
            return Recurring(text=rule, at=time.fromisoformat(at))
        case "once":
            return Once(wall=datetime.fromisoformat(rest))
    raise ValueError(f"no rule: {text!r}")


def told(rule: Rule) -> str:
    """Say a rule in words: `every Sunday and Wednesday at 02:30`."""
    match rule:
        case Weekly():
            names = [DAY_NAMES[DAYS.index(day)] for day in rule.days]
            if rule.days == DAYS:
                days = "day" if rule.every == 1 else "each day"
            elif rule.days == DAYS[:5]:
                days = "weekday" if rule.every == 1 else "each weekday"
            else:
                days = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
            often = "every" if rule.every == 1 else f"every {rule.every} weeks on"
            return f"{often} {days} at {rule.at:%H:%M}"
        case Monthly():
            not_in_all = ", where it has one" if rule.day[:2] in {"29", "30", "31", "5t"} else ""
            return f"{_month_day(rule.day)} of each month at {rule.at:%H:%M}{not_in_all}"
        case Cron():
            return f"by the cron line {rule.line}"
        case Recurring():
            return f"by the rule {rule.text} at {rule.at:%H:%M}"
        case Once():
            return f"once, on {rule.wall:%Y-%m-%d at %H:%M}"


def _month_day(day: str) -> str:
    if day == "last":
        return "on the last day"
    if day.isdigit():
        ending = "th" if 11 <= int(day) <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(int(day) % 10, "th")
        return f"on the {day}{ending}"
    nth, name = day.split(" ")
    return f"on the {nth} {DAY_NAMES[DAYS.index(name)]}"
