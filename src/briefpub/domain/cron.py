"""A cron line's five fields as explicit sets: minutes, hours, days, months, and weekdays by name. Pure.

Read as Debian's cron reads them (crontab(5)), with `L`, `5L` and `5#2` besides. Where a line says something
that programs understand differently, it is refused, with the way to write it plainly.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from briefpub.domain.errors import ConfigError
from briefpub.domain.recurrence import DAYS, NTHS

NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * sun",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Cron counts weekdays from Sunday, which is 0 and 7.
BY_NUMBER = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_LETTERS = 500
# Each weekday has met each date, the 29th of February too, once so many years have gone by.
YEARS = range(2000, 2028)


@dataclass(frozen=True, slots=True, kw_only=True)
class CronLine:
    """What a cron line says; `last` is the last day of the month, `nths` are days as `2nd fri`, `last sun`.

    `both`: a date must be one of the days of the month and of the weekdays; else one of either.
    """

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    last: bool
    months: tuple[int, ...]
    weekdays: tuple[str, ...]
    nths: tuple[str, ...]
    both: bool

    def comes_on(self, day: date) -> bool:
        """Say whether the line means a date."""
        if day.month not in self.months:
            return False
        of_month = day.day in self.days or (self.last and day.day == monthrange(day.year, day.month)[1])
        of_week = DAYS[day.weekday()] in self.weekdays or any(each in self.nths for each in _nths_of(day))
        return (of_month and of_week) if self.both else (of_month or of_week)


@dataclass(frozen=True, slots=True)
class _Field:
    """One of the five: its name, its smallest and greatest number, and the names its numbers have."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    def wrong(self, part: str, why: str, hint: str = "") -> ConfigError:
        """Say what is wrong with a part of it, and how to mend it."""
        names = f", or {self.names[0]} to {self.names[-1]}" if self.names else ""
        return ConfigError(
            f"the {self.name} {part!r} {why}",
            where="--cron",
            hint=hint or f"write numbers from {self.low} to {self.high}{names}: 1,2 or 1-5 or */2",
        )

    def number(self, text: str) -> int:
        """Read one number or name."""
        if text.lower() in self.names:
            return self.names.index(text.lower()) + self.low
        if not re.fullmatch(r"[0-9]{1,4}", text):
            raise self.wrong(text, "cannot be read")
        number = int(text)
        if not self.low <= number <= self.high:
            raise self.wrong(text, "is out of range")
        return number

    def numbers(self, part: str) -> set[int]:
        """Read `5`, `1-5`, `*`, `1-5/2` or `*/2`."""
        span, slash, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            low, high = self.low, self.high
        elif dash:
            low, high = self.number(first), self.number(last)
            if low > high == 0 and self.high == 7:
                high = 7  # fri-sun: Sunday at a range's end is its 7
        else:
            low = high = self.number(span)
            if slash:
                plain = f"{span}-{self.high}/{step}"
                raise self.wrong(part, "is read differently by different crons", f"write {plain} or {span}")
        if low > high:
            raise self.wrong(part, "runs backwards", "write it as two, as in 22-23,0-2")
        if not slash:
            return set(range(low, high + 1))
        if not re.fullmatch(r"[0-9]{1,4}", step) or not 1 <= int(step) <= self.high - self.low:
            raise self.wrong(part, "has no step that fits", f"a step is 1 to {self.high - self.low}")
        return set(range(low, high + 1, int(step)))


_MINUTE = _Field("minute", 0, 59)
_HOUR = _Field("hour", 0, 23)
_DAY = _Field("day of the month", 1, 31)
_MONTH = _Field("month", 1, 12, MONTHS)
_WEEKDAY = _Field("weekday", 0, 7, BY_NUMBER[:7])


def read_cron(text: str) -> CronLine:
    """Read a cron line of five fields, or a nickname; raises ConfigError for what is none or never comes."""
    line = text.strip()
    if line.startswith("@"):
        line = _nickname(line)
    fields = line.split()
    if len(fields) != 5 or len(line) > MOST_LETTERS:
        raise ConfigError(
            f"a cron line has five fields, and this has {len(fields)}: {text[:60]!r}",
            where="--cron",
            hint="minute, hour, day of the month, month, weekday: '30 2 * * sun', without seconds or command",
        )
    days, last = _days(fields[2])
    weekdays, nths = _weekdays(fields[4])
    read = CronLine(
        minutes=_plain(_MINUTE, fields[0]),
        hours=_plain(_HOUR, fields[1]),
        days=days,
        last=last,
        months=_plain(_MONTH, fields[3]),
        weekdays=weekdays,
        nths=nths,
        both=fields[2].startswith("*") or fields[4].startswith("*"),
    )
    if not any(read.comes_on(day) for day in _dates(read)):
        raise ConfigError(
            f"{text!r} never comes: no date is what it says",
            where="--cron",
            hint="look at its day of the month, its month and its weekday together",
        )
    return read


def _nickname(line: str) -> str:
    if line.lower() in NICKNAMES:
        return NICKNAMES[line.lower()]
    why = "has no time" if line.lower() == "@reboot" else "is not known"
    raise ConfigError(f"{line[:60]!r} {why}", where="--cron", hint=f"one of {', '.join(NICKNAMES)}")


def _parts(field: _Field, text: str) -> list[str]:
    if "?" in text:
        raise field.wrong(text, "cannot be read", "cron writes any day as *")
    return text.split(",")


def _plain(field: _Field, text: str) -> tuple[int, ...]:
    return tuple(sorted(set[int]().union(*(field.numbers(part) for part in _parts(field, text)))))


def _days(text: str) -> tuple[tuple[int, ...], bool]:
    found, last = set[int](), False
    for part in _parts(_DAY, text):
        if part.upper() == "L":
            last = True
        elif part.upper().endswith("W"):
            weekdays = "--rrule 'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1'"
            raise _DAY.wrong(part, "is a working day, which cron does not know", f"use a rule: {weekdays}")
        else:
            found |= _DAY.numbers(part)
    return tuple(sorted(found)), last


def _weekdays(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    found, nths = set[str](), set[str]()
    for part in _parts(_WEEKDAY, text):
        day, mark, nth = part.partition("#")
        if mark:
            if nth not in {"1", "2", "3", "4", "5"}:
                raise _WEEKDAY.wrong(part, "is no weekday of a month", "fri#1 to fri#5, or friL for the last")
            nths.add(f"{NTHS[int(nth) - 1]} {BY_NUMBER[_WEEKDAY.number(day)]}")
        elif part.upper().endswith("L"):
            if len(part) == 1:
                raise _WEEKDAY.wrong(part, "names no weekday", "write 5L or friL for the month's last Friday")
            nths.add(f"last {BY_NUMBER[_WEEKDAY.number(part[:-1])]}")
        else:
            found |= {BY_NUMBER[number] for number in _WEEKDAY.numbers(part)}
    return tuple(day for day in DAYS if day in found), tuple(sorted(nths))


def _nths_of(day: date) -> list[str]:
    """Give what a date is in its month: `2nd fri`, and `last fri` too where it is."""
    name = DAYS[day.weekday()]
    found = [f"{NTHS[(day.day - 1) // 7]} {name}"]
    if day.day + 7 > monthrange(day.year, day.month)[1]:
        found.append(f"last {name}")
    return found


def _dates(line: CronLine) -> Iterator[date]:
    for year in YEARS:
        for month in line.months:
            for day in range(1, monthrange(year, month)[1] + 1):
                yield date(year, month, day)
