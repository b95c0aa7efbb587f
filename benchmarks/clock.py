"""Measure how fast fire times are found, and how many are the documented ones, against four other libraries.

    .venv/bin/python benchmarks/clock.py [--fires N] [--rounds N]

A fire is a wall time in a zone turned into an instant. Every way finds the same number of them, in turn, round
after round; a ratio is that of two ways within one round, and the median is quoted. `other` counts fires of a
way that are missing from ours or the reverse, over as many as were asked for: at changes of clocks they differ.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from croniter import croniter
from cronsim import CronSim
from dateutil import tz
from dateutil.rrule import rrulestr

from briefpub.alarm import walls
from briefpub.domain.recurrence import Cron as CronRule
from briefpub.domain.recurrence import Rule, hour_of, rule_of
from briefpub.domain.walls import instant

ZONE = "Europe/Paris"
THERE = ZoneInfo(ZONE)
BEGIN = datetime(2026, 1, 1)
Way = Callable[[], Iterator[datetime]]


def ours(rule: Rule) -> Iterator[datetime]:
    return (instant(wall, ZONE) for wall in walls(rule, after=BEGIN, start=date(2026, 1, 1)))


def by_apscheduler(**fields: str | int) -> Iterator[datetime]:
    """Its own trigger in the zone itself, which is not how we use it."""
    trigger = CronTrigger(timezone=THERE, **fields)
    moment = trigger.get_next_fire_time(None, BEGIN.replace(tzinfo=THERE))
    while moment is not None:
        yield moment.astimezone(UTC)
        moment = trigger.get_next_fire_time(moment, moment)


def by_cronsim(line: str) -> Iterator[datetime]:
    return (each.astimezone(UTC) for each in CronSim(line, BEGIN.replace(tzinfo=THERE)))


def by_croniter(line: str) -> Iterator[datetime]:
    found = croniter(line, BEGIN.replace(tzinfo=THERE), ret_type=datetime)
    while True:
        yield found.get_next().astimezone(UTC)


def by_dateutil(text: str, at: str) -> Iterator[datetime]:
    there = tz.gettz(ZONE)
    begin = datetime.combine(BEGIN, hour_of(at))
    for wall in rrulestr(text, dtstart=begin):
        yield tz.resolve_imaginary(wall.replace(tzinfo=there)).astimezone(UTC)


SUNDAY, MONDAY = hour_of("02:30"), hour_of("00:00")
CASES: dict[str, dict[str, Way]] = {
    "Sundays at 02:30": {
        "briefpub": lambda: ours(rule_of("sun", SUNDAY)),
        "apscheduler": lambda: by_apscheduler(day_of_week="sun", hour=2, minute=30),
        "cronsim": lambda: by_cronsim("30 2 * * 0"),
        "croniter": lambda: by_croniter("30 2 * * 0"),
        "dateutil": lambda: by_dateutil("FREQ=WEEKLY;BYDAY=SU", "02:30"),
    },
    "Mondays at 00:00": {
        "briefpub": lambda: ours(rule_of("mon", MONDAY)),
        "apscheduler": lambda: by_apscheduler(day_of_week="mon", hour=0, minute=0),
        "cronsim": lambda: by_cronsim("0 0 * * 1"),
        "croniter": lambda: by_croniter("0 0 * * 1"),
        "dateutil": lambda: by_dateutil("FREQ=WEEKLY;BYDAY=MO", "00:00"),
    },
    "each 2nd Sunday at 02:30": {
        "briefpub": lambda: ours(rule_of("2nd sun", SUNDAY)),
        "apscheduler": lambda: by_apscheduler(day="2nd sun", hour=2, minute=30),
        "cronsim": lambda: by_cronsim("30 2 * * 0#2"),
        "croniter": lambda: by_croniter("30 2 * * 0#2"),
        "dateutil": lambda: by_dateutil("FREQ=MONTHLY;BYDAY=2SU", "02:30"),
    },
    "the cron line 30 2 1,15 * mon": {
        "briefpub": lambda: ours(CronRule(line="30 2 1,15 * mon")),
        "cronsim": lambda: by_cronsim("30 2 1,15 * 1"),
        "croniter": lambda: by_croniter("30 2 1,15 * 1"),
    },
}


def measured(ways: dict[str, Way], fires: int, rounds: int) -> dict[str, list[float]]:
    """CPU seconds of each way, round by round."""
    found: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            begun = time.process_time()
            for _ in islice(way(), fires):
                pass
            if number:  # the first round warms up
                found[name].append(time.process_time() - begun)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fires", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    print(
        f"{given.fires} fires in {ZONE}, {given.rounds} rounds; ratio: times our fires per second [least..most]"
    )
    print(f"{'rule':32}{'library':14}{'fires/s':>10}{'ratio':>22}{'other':>8}")
    for rule, ways in CASES.items():
        seconds = measured(ways, given.fires, given.rounds)
        expected = set(islice(ways["briefpub"](), given.fires))
        last = max(expected)
        for name, way in ways.items():
            ratios = [mine / its for mine, its in zip(seconds["briefpub"], seconds[name], strict=True)]
            fires = given.fires / statistics.median(seconds[name])
            spread = f"{statistics.median(ratios):.2f} [{min(ratios):.2f}..{max(ratios):.2f}]"
            found = list(islice(way(), given.fires))
            other = len(expected ^ {each for each in found if each <= last})
            other += len(found) - len(set(found))
            print(f"{rule:32}{name:14}{fires:>10,.0f}{spread:>22}{other:>8}")


if __name__ == "__main__":
    main()
