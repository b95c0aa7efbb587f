"""A recurrence rule (RFC 5545 3.3.10) as parts that were looked at: what is refused, and why. Pure.

Programs are lenient with rules: they take a 99th day for one that never comes, and the second Monday of a
week for each Monday. An editor would learn of it by the mail that never went out.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time

from briefpub.domain.errors import ConfigError

WHERE = "--rrule"
MOST_LETTERS = 500
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
SUB_DAILY = ("HOURLY", "MINUTELY", "SECONDLY")
OF_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND")
WEEKDAYS = "MO|TU|WE|TH|FR|SA|SU"
MOST_INTERVAL = 366
MOST_COUNT = 10_000
EXAMPLE = "write it as FREQ=MONTHLY;BYDAY=2SU or FREQ=WEEKLY;INTERVAL=2;BYDAY=SU"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRule:
    """A rule that was read: how often, its days as `NAME=values` parts, and how it ends."""

    freq: str
    interval: int
    days: tuple[str, ...]
    wkst: str
    count: int | None
    until: datetime | None


def read_rrule(text: str, *, where: str = WHERE) -> ReadRule:
    """Read a rule; raises ConfigError with the one thing to mend first."""

    def wrong(why: str, hint: str = EXAMPLE) -> ConfigError:
        return ConfigError(why, where=where, hint=hint)

    line = text.strip()
    if len(line.splitlines()) > 1:
        raise wrong("a rule is one line", "leave out DTSTART, EXDATE and others: schedules have their own")
    line = line[6:] if line[:6].upper() == "RRULE:" else line
    if not line or len(line) > MOST_LETTERS or not line.isascii():
        raise wrong(f"{text[:60]!r} is no recurrence rule")
    parts = _split(line.upper().rstrip(";"), wrong)
    freq = parts.pop("FREQ", "")
    if freq in SUB_DAILY:
        raise wrong(
            f"FREQ={freq} comes more often than once a day", "the most often a rule comes is FREQ=DAILY"
        )
    if freq not in FREQUENCIES:
        raise wrong(f"FREQ={freq} is not known" if freq else "a rule begins with FREQ=", EXAMPLE)
    hour = next((name for name in OF_DAY if name in parts), None)
    if hour:
        raise wrong(f"{hour} says a time of day", "leave it out: --at says the time")
    interval = _number("INTERVAL", parts.pop("INTERVAL", "1"), MOST_INTERVAL, wrong)
    count = parts.pop("COUNT", None)
    until = parts.pop("UNTIL", None)
    if count and until:
        raise wrong("COUNT and UNTIL cannot both end a rule", "leave one of them out")
    wkst = parts.pop("WKST", "MO")
    if not re.fullmatch(WEEKDAYS, wkst):
        raise wrong(f"WKST={wkst} is no weekday", "write MO, TU, WE, TH, FR, SA or SU")
    _check_days(freq, parts, wrong)
    return ReadRule(
        freq=freq,
        interval=interval,
        days=tuple(f"{name}={value}" for name, value in parts.items()),
        wkst=wkst,
        count=_number("COUNT", count, MOST_COUNT, wrong) if count is not None else None,
        until=_until(until, wrong) if until is not None else None,
    )


Wrong = Callable[..., ConfigError]


def _split(line: str, wrong: Wrong) -> dict[str, str]:
    parts: dict[str, str] = {}
    for pair in line.split(";"):
        name, equals, value = (each.strip() for each in pair.partition("="))
        if not equals or not value:
            raise wrong(f"{pair!r} is no part of a rule")
        if name in parts:
            raise wrong(f"{name} stands there twice", "write its values with commas: BYDAY=SU,WE")
        if name not in KNOWN:
            raise wrong(f"{name} is not known", f"a rule has {', '.join(sorted(KNOWN))}")
        parts[name] = value
    return parts


def _number(name: str, value: str, most: int, wrong: Wrong) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", value) or not 1 <= int(value) <= most:
        raise wrong(f"{name}={value} cannot be", f"{name} is a number from 1 to {most}")
    return int(value)


def _until(value: str, wrong: Wrong) -> datetime:
    """Read the last day: a date means all of it. A moment in UTC is refused, for a rule speaks of no zone."""
    if value.endswith("Z"):
        raise wrong(
            f"UNTIL={value} is a moment in UTC, and wall times have no zone",
            f"write the last day as UNTIL={value[:8]}, or leave it out and use --ends",
        )
    try:
        if re.fullmatch(r"[0-9]{8}", value):
            day = datetime.strptime(value, "%Y%m%d")  # noqa: DTZ007 - wall times have no zone
            return datetime.combine(day, time(23, 59, 59))
        if re.fullmatch(r"[0-9]{8}T[0-9]{6}", value):
            return datetime.strptime(value, "%Y%m%dT%H%M%S")  # noqa: DTZ007 - nor has this one
    except ValueError:
        pass
    raise wrong(f"UNTIL={value} is no date", "write it as UNTIL=20271231")


# How far each part counts, and whether from the end too.
DAY_PARTS = {
    "BYMONTH": (12, False),
    "BYMONTHDAY": (31, True),
    "BYYEARDAY": (366, True),
    "BYWEEKNO": (53, True),
    "BYSETPOS": (366, True),
}
KNOWN = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", *DAY_PARTS, *OF_DAY})
# What RFC 5545's table says never goes with a frequency.
NOT_WITH = {
    "BYMONTHDAY": {"WEEKLY"},
    "BYYEARDAY": {"DAILY", "WEEKLY", "MONTHLY"},
    "BYWEEKNO": {"DAILY", "WEEKLY", "MONTHLY"},
}


def _check_days(freq: str, parts: dict[str, str], wrong: Wrong) -> None:
    for name, value in parts.items():
        if freq in NOT_WITH.get(name, ()):
            raise wrong(f"{name} does not go with FREQ={freq}")
        if name == "BYDAY":
            _check_weekdays(freq, value, parts, wrong)
            continue
        most, from_end = DAY_PARTS[name]
        for each in value.split(","):
            number = int(each) if re.fullmatch(r"[+-]?[0-9]{1,3}", each) else 0
            if not 1 <= (abs(number) if from_end else number) <= most:
                also = f", or -1 to -{most} from the end" if from_end else ""
                raise wrong(f"{name}={each} cannot be", f"{name} is 1 to {most}{also}")
    if "BYSETPOS" in parts and len(parts) == 1:
        raise wrong(
            "BYSETPOS picks among other days, and there are none", "write FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1"
        )


def _check_weekdays(freq: str, value: str, parts: dict[str, str], wrong: Wrong) -> None:
    for each in value.split(","):
        found = re.fullmatch(rf"([+-]?[0-9]{{1,2}})?({WEEKDAYS})", each)
        if not found:
            raise wrong(f"BYDAY={each} is no weekday", "write MO, TU, WE, TH, FR, SA, SU, or 2SU, -1FR")
        if not found[1]:
            continue
        if freq not in {"MONTHLY", "YEARLY"} or "BYWEEKNO" in parts:
            raise wrong(
                f"BYDAY={each} counts the days of a month or year", f"with FREQ={freq} write {found[2]}"
            )
        most = 5 if freq == "MONTHLY" or "BYMONTH" in parts else 53
        if not 1 <= abs(int(found[1])) <= most:
            raise wrong(f"BYDAY={each} cannot be", f"count from 1 to {most}, or from -1 to -{most}")
