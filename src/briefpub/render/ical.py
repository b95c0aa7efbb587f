"""iCalendar (RFC 5545): reads holidays, writes planned runs, expands recurrence rules. Pure.

Alone knows icalendar and dateutil. Files of holidays come from strangers: their size and what they unfold to
are bounded, and rules are looked at by `domain.rrule` before dateutil sees them, which is lenient.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any

from briefpub.domain.errors import ConfigError, ContentError
from briefpub.domain.rrule import OF_DAY, ReadRule, read_rrule

MOST_BYTES = 1_000_000
MOST_EVENTS = 5_000
MOST_DAYS = 4_000
# dateutil walks each day; the unit is a day of a yearly rule, which takes it about 0.1 µs.
MOST_STEPS = 30_000_000
STEPS = {"DAILY": 10, "WEEKLY": 4, "MONTHLY": 2, "YEARLY": 1}
MOST_LETTERS = 200
# The calendar repeats itself after so many years: what does not come within them never does.
CYCLE = 400
NEVER = datetime(9999, 1, 1)  # noqa: DTZ001 - a wall time; no library reckons beyond its year
DAY = timedelta(days=1)
PRODID = "-//briefpub//schedules//EN"
# What the two libraries raise at nonsense, besides their own ValueErrors.
FAILS = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One planned run as a calendar shows it; `uid` names it for ever, whatever its hour becomes."""

    uid: str
    begins: datetime
    summary: str
    description: str = ""
    cancelled: bool = False


def recurrences(text: str, *, start: datetime, after: datetime) -> Iterator[datetime]:
    """Give the naive wall times of a recurrence rule later than `after`; it counts from `start`.

    `start` itself is none of them unless the rule says so. Raises ConfigError, at once, for a rule that
    cannot be read or never comes.
    """
    rule = read_rrule(text)
    if next(_unfolded(rule, start, NEVER), None) is None:
        raise ConfigError(
            f"the rule {text.strip()!r} never comes from {start:%Y-%m-%d} on",
            where="--rrule",
            hint="look at its days, months and end together",
        )
    return (wall for wall in _unfolded(rule, start, NEVER) if wall > after)


def holidays(
    data: bytes, *, first: date, last: date, path: str = "the calendar"
) -> tuple[tuple[date, str], ...]:
    """Give the days between two dates, both included, on which a calendar's events lie, with their names.

    A timed event is on its days as its own zone writes them. Raises ContentError for what cannot be read.
    """
    found: dict[date, list[str]] = {}
    events, steps = _events(data, path), 0
    moved = _moved(events, path)
    for event in events:
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        name = _text(event.get("SUMMARY"))
        try:
            begin, length = _span(event)
            rules = [read_rrule(text, where=path) for text in _rules(event)]
            steps += sum(_steps(rule, begin, last) for rule in rules)
            if steps > MOST_STEPS:
                raise _too_much("its rules unfold to too many days", path)
            days = _begins(event, begin, rules, last) - _left_out(event, moved)
            for day in sorted(day for day in days if day <= last and day >= first - length):
                for each in _each_day(max(day, first), min(day + length, last + DAY)):
                    names = found.setdefault(each, [])
                    if name and name not in names:
                        names.append(name)
        except ContentError:
            raise
        except ConfigError as error:
            raise _unreadable(f"{name or 'an event'}: {error.message}", path) from error
        except FAILS as error:
            raise _unreadable(f"{name or 'an event'}: {_why(error)}", path) from error
        if len(found) > MOST_DAYS:
            raise _too_much(f"it covers more than {MOST_DAYS} days", path)
    return tuple((day, ", ".join(names)[:MOST_LETTERS]) for day, names in sorted(found.items()))


def calendar(entries: Iterable[Entry], *, name: str, domain: str, now: datetime) -> bytes:
    """Write planned runs as an iCalendar file; the same input gives the same bytes."""
    from icalendar import Calendar, Event

    book = Calendar()
    book.add("PRODID", PRODID)
    book.add("VERSION", "2.0")
    book.add("CALSCALE", "GREGORIAN")
    book.add("NAME", _text(name))
    book.add("X-WR-CALNAME", _text(name))
    for entry in entries:
        event = Event()
        event.add("UID", f"{_text(entry.uid)}@{domain}")
        event.add("DTSTAMP", now.astimezone(UTC).replace(microsecond=0))
        event.add("DTSTART", entry.begins.astimezone(UTC).replace(microsecond=0))
        event.add("SUMMARY", _text(entry.summary))
        if entry.description:
            event.add("DESCRIPTION", _text(entry.description, most=2_000))
        event.add("STATUS", "CANCELLED" if entry.cancelled else "CONFIRMED")
        # An issue that goes out makes nobody busy.
        event.add("TRANSP", "TRANSPARENT")
        book.add_component(event)
    written: bytes = book.to_ical()
    return written


# --- rules -----------------------------------------------------------------------------------


def _unfolded(rule: ReadRule, start: datetime, until: datetime) -> Iterator[datetime]:
    """Give what dateutil makes of a rule, to its own end or `until`, and for some 400 years at most.

    Where no day fits, dateutil looks on to the year 9999, whatever UNTIL says. So that it does not look for
    ages, it is let begin late, by whole cycles of the calendar: in them weekdays and leap years repeat.
    """
    from dateutil.rrule import rrulestr

    later = max(0, (NEVER.year - CYCLE - start.year) // CYCLE * CYCLE)
    end = min(rule.until or until, until)
    end = end.replace(year=end.year + later) if end.year + later < NEVER.year else NEVER
    parts = [f"FREQ={rule.freq}", f"INTERVAL={rule.interval}", f"WKST={rule.wkst}", *rule.days]
    parts.append(f"UNTIL={end.isoformat(timespec='seconds').replace('-', '').replace(':', '')}")
    try:
        found: Iterator[datetime] = iter(
            rrulestr(";".join(parts), dtstart=start.replace(year=start.year + later))
        )
    except FAILS as error:
        raise _unfollowed(error) from error
    try:
        for wall in islice(found, rule.count):
            yield wall.replace(year=wall.year - later)
    except (ValueError, OverflowError):
        return  # it came to the end of all years
    except FAILS as error:
        raise _unfollowed(error) from error


def _unfollowed(error: Exception) -> ConfigError:
    return ConfigError(f"the rule cannot be followed: {_why(error)}", where="--rrule", hint="make it simpler")


# --- holidays --------------------------------------------------------------------------------


def _events(data: bytes, path: str) -> list[Any]:
    from icalendar import Calendar

    if len(data) > MOST_BYTES:
        raise _too_much(f"it is larger than {MOST_BYTES // 1_000_000} MB", path)
    if not re.match(rb"(\xef\xbb\xbf)?\s*BEGIN:VCALENDAR", data, re.IGNORECASE):
        raise _unreadable("it does not begin with BEGIN:VCALENDAR", path)
    try:
        books = Calendar.from_ical(data.removeprefix(b"\xef\xbb\xbf").lstrip(), multiple=True)
        events = [event for book in books for event in book.walk("VEVENT")]
    except (*FAILS, RecursionError) as error:
        raise _unreadable(_why(error), path) from error
    if not books:
        raise _unreadable("it ends in the middle: there is no END:VCALENDAR", path)
    if len(events) > MOST_EVENTS:
        raise _too_much(f"it has more than {MOST_EVENTS} events", path)
    return events


def _span(event: Any) -> tuple[date, timedelta]:
    """Give an event's first day, and for how many it lasts; one that ends at midnight is not on that day."""
    begin, end = event.start, event.end
    day = _day_of(begin)
    past = _day_of(end)
    if isinstance(end, datetime) and end.timetz().replace(tzinfo=None) != time():
        past += DAY
    return day, max(past - day, DAY)


def _rules(event: Any) -> list[str]:
    """Give an event's rules as text, without the times of day, which say nothing of its days."""
    texts = []
    for rule in event.rrules:
        if not hasattr(rule, "to_ical") or not hasattr(rule, "items"):
            raise ValueError(f"its rule {str(rule)[:60]!r} cannot be read")
        parts = rule.to_ical().decode().split(";")
        texts.append(";".join(_part(part) for part in parts if not part.startswith(OF_DAY)))
    return texts


def _part(part: str) -> str:
    """Give a part of a rule; its end, which a calendar may write in UTC, as the whole of its day."""
    return part[: len("UNTIL=20271231")] if part.startswith("UNTIL=") else part


def _begins(event: Any, begin: date, rules: list[ReadRule], last: date) -> set[date]:
    """Give the days on which an event begins, up to one."""
    found = {begin, *(_day_of(day) for day, _ in event.rdates)}
    start, until = datetime.combine(begin, time()), datetime.combine(last, time.max)
    for rule in rules if start <= until else ():
        found |= {wall.date() for wall in _unfolded(rule, start, until)}
    return found


def _steps(rule: ReadRule, begin: date, last: date) -> int:
    """Give what unfolding a rule may cost; one that picks days may find none until the end of all years."""
    days = 2 * CYCLE * 366 if rule.days else max((last - begin).days, 1)
    return days * STEPS[rule.freq]


def _moved(events: list[Any], path: str) -> dict[str, set[date]]:
    """Give which days of which events are told by an event of their own: moved, or cancelled."""
    found: dict[str, set[date]] = {}
    for event in events:
        instead = event.get("RECURRENCE-ID")
        if instead is None:
            continue
        try:
            found.setdefault(str(event.get("UID")), set()).add(_day_of(instead.dt))
        except FAILS as error:
            raise _unreadable(f"a RECURRENCE-ID in it: {_why(error)}", path) from error
    return found


def _left_out(event: Any, moved: dict[str, set[date]]) -> set[date]:
    found = {_day_of(day) for day in event.exdates}
    if event.get("RECURRENCE-ID") is None:
        found |= moved.get(str(event.get("UID")), set())
    return found


def _day_of(moment: object) -> date:
    if isinstance(moment, datetime):
        return moment.date()
    if not isinstance(moment, date):
        raise ValueError(f"{_text(moment, most=40)!r} is no day")  # noqa: TRY004 - a wrong value of a file
    return moment


def _each_day(begin: date, end: date) -> Iterator[date]:
    while begin < end:
        yield begin
        begin += DAY


# --- words -----------------------------------------------------------------------------------


def _text(value: object, *, most: int = MOST_LETTERS) -> str:
    """Give a text on one line, without signs that are not meant to be read, and not too long."""
    first = value[0] if isinstance(value, list) and value else value
    plain = "".join(sign if sign.isprintable() else " " for sign in str(first or ""))
    return " ".join(plain.split())[:most]


def _why(error: BaseException) -> str:
    return _text(error, most=120) or type(error).__name__


def _unreadable(why: str, path: str) -> ContentError:
    hint = "export it again as iCalendar (.ics) from the calendar program"
    return ContentError(f"it cannot be read as a calendar: {why}", path=path, hint=hint)


def _too_much(why: str, path: str) -> ContentError:
    return ContentError(why, path=path, hint="take a calendar of public holidays alone, of the years to come")
