"""Each wall time of a schedule comes once, at the instant that the docs promise: the table, and the whole scan."""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import as_file, files
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest
from zones import wall, zone_files

from briefpub.alarm import walls
from briefpub.domain.recurrence import DAYS, Cron, Rule, Weekly
from briefpub.domain.schedule import Schedule, occurrences
from briefpub.domain.walls import instant, note_on, shown

HALF = timedelta(minutes=30)
SCANNED = (
    "Africa/Casablanca",
    "America/New_York",
    "America/Santiago",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Europe/Paris",
    "Pacific/Apia",
    "UTC",
)


@pytest.fixture(autouse=True)
def _pinned_zones() -> Iterator[None]:
    with zone_files():
        yield


def between(rule: Rule, first: datetime, last: datetime) -> list[datetime]:
    """All wall times of a rule, both ends included."""
    found = walls(rule, after=first - timedelta(minutes=1), start=first.date())
    return list(takewhile(lambda each: each <= last, found))


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


# --- the table -------------------------------------------------------------------------------
# zone, day and time of a weekly schedule, the date of a change, the instants of the weeks before, at and after.
TABLE = {
    "Paris, the hour that comes twice": (
        "Europe/Paris", "sun", "02:30", "2026-10-25",
        ["2026-10-18T00:30Z", "2026-10-25T00:30Z", "2026-11-01T01:30Z"],
    ),
    "Paris, the hour that is missing": (
        "Europe/Paris", "sun", "02:30", "2027-03-28",
        ["2027-03-21T01:30Z", "2027-03-28T01:30Z", "2027-04-04T00:30Z"],
    ),
    "Paris, the Monday after a short Sunday": (
        "Europe/Paris", "mon", "00:00", "2027-03-29",
        ["2027-03-21T23:00Z", "2027-03-28T22:00Z", "2027-04-04T22:00Z"],
    ),
    "New York, the hour that comes twice": (
        "America/New_York", "sun", "01:30", "2026-11-01",
        ["2026-10-25T05:30Z", "2026-11-01T05:30Z", "2026-11-08T06:30Z"],
    ),
    "New York, the hour that is missing": (
        "America/New_York", "sun", "02:30", "2027-03-14",
        ["2027-03-07T07:30Z", "2027-03-14T07:30Z", "2027-03-21T06:30Z"],
    ),
    "Lord Howe, the half hour that comes twice": (
        "Australia/Lord_Howe", "sun", "01:45", "2027-04-04",
        ["2027-03-27T14:45Z", "2027-04-03T14:45Z", "2027-04-10T15:15Z"],
    ),
    "Lord Howe, the half hour that is missing": (
        "Australia/Lord_Howe", "sun", "02:15", "2026-10-04",
        ["2026-09-26T15:45Z", "2026-10-03T15:45Z", "2026-10-10T15:15Z"],
    ),
    "Santiago, a Sunday without midnight": (
        "America/Santiago", "sun", "00:00", "2026-09-06",
        ["2026-08-30T04:00Z", "2026-09-06T04:00Z", "2026-09-13T03:00Z"],
    ),
    "Santiago, a Saturday evening that comes twice": (
        "America/Santiago", "sat", "23:30", "2027-04-03",
        ["2027-03-28T02:30Z", "2027-04-04T02:30Z", "2027-04-11T03:30Z"],
    ),
    "Beirut, a Sunday without midnight": (
        "Asia/Beirut", "sun", "00:00", "2027-03-28",
        ["2027-03-20T22:00Z", "2027-03-27T22:00Z", "2027-04-03T21:00Z"],
    ),
    "Beirut, a Saturday evening that comes twice": (
        "Asia/Beirut", "sat", "23:30", "2026-10-24",
        ["2026-10-17T20:30Z", "2026-10-24T20:30Z", "2026-10-31T21:30Z"],
    ),
    "Casablanca, Ramadan begins": (
        "Africa/Casablanca", "sun", "02:30", "2026-02-15",
        ["2026-02-08T01:30Z", "2026-02-15T01:30Z", "2026-02-22T02:30Z"],
    ),
    "Casablanca, Ramadan has ended": (
        "Africa/Casablanca", "sun", "02:30", "2026-03-22",
        ["2026-03-15T02:30Z", "2026-03-22T02:30Z", "2026-03-29T01:30Z"],
    ),
    "Casablanca, the last change": (
        "Africa/Casablanca", "sun", "01:30", "2026-09-20",
        ["2026-09-13T00:30Z", "2026-09-20T00:30Z", "2026-09-27T01:30Z"],
    ),
    "Casablanca, no Ramadan changes clocks any more": (
        "Africa/Casablanca", "sun", "02:30", "2027-02-07",
        ["2027-01-31T02:30Z", "2027-02-07T02:30Z", "2027-02-14T02:30Z"],
    ),
    "Apia, the Friday that never was": (
        "Pacific/Apia", "fri", "07:00", "2011-12-30",
        ["2011-12-23T17:00Z", "2011-12-30T17:00Z", "2012-01-05T17:00Z"],
    ),
    "UTC, where nothing changes": (
        "UTC", "sun", "02:30", "2027-03-28",
        ["2027-03-21T02:30Z", "2027-03-28T02:30Z", "2027-04-04T02:30Z"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TABLE.values(), ids=TABLE)
def test_each_planned_wall_time_comes_once_at_the_documented_instant(case):
    zone, day, at, changes_on, expected = case
    rule = Weekly(days=(day,), at=time.fromisoformat(at))
    at_change = datetime.combine(date.fromisoformat(changes_on), rule.at)
    week = timedelta(days=7)
    found = between(rule, at_change - week, at_change + week)
    assert found == [at_change - week, at_change, at_change + week]
    assert [stamp(instant(each, zone)) for each in found] == expected


def test_what_clocks_show_and_what_is_said_of_it():
    missing, twice = wall("2027-03-28 02:30"), wall("2026-10-25 02:30")
    assert shown(missing, "Europe/Paris").isoformat() == "2027-03-28T03:30:00+02:00"
    assert shown(twice, "Europe/Paris").isoformat() == "2026-10-25T02:30:00+02:00"
    assert note_on(missing, "Europe/Paris") == "02:30 does not exist: clocks go forward, and show 03:30"
    assert note_on(twice, "Europe/Paris") == "02:30 comes twice: the first is taken (+02:00, not +01:00)"
    assert note_on(wall("2026-10-25 03:00"), "Europe/Paris") == ""


def test_a_day_that_never_was_comes_a_day_later_and_it_is_said():
    never = wall("2011-12-30 07:00")
    assert shown(never, "Pacific/Apia").isoformat() == "2011-12-31T07:00:00+14:00"
    assert note_on(never, "Pacific/Apia").endswith("show 07:00 on 31 December")


def test_every_day_of_a_week_with_a_change_comes_once():
    rule = Weekly(days=DAYS, at=time(2, 30))
    found = between(rule, wall("2027-03-26 02:30"), wall("2027-03-30 02:30"))
    assert [stamp(instant(each, "Europe/Paris")) for each in found] == [
        "2027-03-26T01:30Z",
        "2027-03-27T01:30Z",
        "2027-03-28T01:30Z",
        "2027-03-29T00:30Z",
        "2027-03-30T00:30Z",
    ]


def test_half_hourly_lines_meet_where_an_hour_is_missing():
    """Documented: wall times of the missing hour come together with those an hour later, each as its own run."""
    found = between(Cron(line="*/30 1-3 * * *"), wall("2027-03-28 01:00"), wall("2027-03-28 03:30"))
    assert [(f"{each:%H:%M}", stamp(instant(each, "Europe/Paris"))[11:]) for each in found] == [
        ("01:00", "00:00Z"),
        ("01:30", "00:30Z"),
        ("02:00", "01:00Z"),
        ("02:30", "01:30Z"),
        ("03:00", "01:00Z"),
        ("03:30", "01:30Z"),
    ]


# --- the scan --------------------------------------------------------------------------------


def by_walking(zone: str, first: datetime, last: datetime) -> dict[datetime, datetime]:
    """The instant of each half hour on the wall, found without `walls`: by walking through UTC with a clock.

    What the clock never shows comes as long after the last half hour that it showed as the wall says.
    """
    there = ZoneInfo(zone)
    seen: dict[datetime, datetime] = {}
    moment, end = first.replace(tzinfo=UTC) - timedelta(days=2), last.replace(tzinfo=UTC) + timedelta(days=2)
    while moment < end:
        seen.setdefault(moment.astimezone(there).replace(tzinfo=None), moment)
        moment += HALF
    shows, before = first, first
    while shows <= last:
        if shows in seen:
            before = shows
        else:
            seen[shows] = seen[before] + (shows - before)
        shows += HALF
    return seen


def scan(zones: tuple[str, ...], first: datetime, days: int) -> tuple[int, list[str]]:
    """All weekly schedules at half hours against the walk; gives the slots looked at, and what was wrong."""
    last = first + timedelta(days=days) - HALF
    wrong: list[str] = []
    slots = 0
    weekly = []
    for day in DAYS:
        for half in range(48):
            rule = Weekly(days=(day,), at=time(half // 2, half % 2 * 30))
            found = between(rule, first, last)
            begin = next(
                first + timedelta(days=ahead, minutes=30 * half)
                for ahead in range(7)
                if DAYS[(first.weekday() + ahead) % 7] == day
            )
            planned = [begin + timedelta(weeks=week) for week in range(days // 7 + 1)]
            if found != [each for each in planned if each <= last]:
                wrong.append(f"{rule}: {len(found)} wall times")
            weekly.append(found)
    for zone in zones:
        walked = by_walking(zone, first, last)
        for found in weekly:
            instants = [instant(each, zone) for each in found]
            slots += len(found)
            wrong += [
                f"{zone} {each}: {moment}"
                for each, moment in zip(found, instants, strict=True)
                if moment != walked[each]
            ]
            if len(set(instants)) != len(found) or instants != sorted(instants):
                wrong.append(f"{zone}: doubled or out of order")
    return slots, wrong


@pytest.mark.parametrize("first", [wall("2026-10-19"), wall("2027-03-08")], ids=["autumn", "spring"])
def test_no_slot_is_skipped_or_doubled_where_clocks_change(first):
    assert scan(SCANNED, first, 28) == (len(SCANNED) * 48 * 28, [])


@pytest.mark.slow
def test_no_slot_is_skipped_or_doubled_in_three_years():
    assert scan(SCANNED, wall("2025-01-01"), 1095) == (420_480, [])


# --- new zone rules --------------------------------------------------------------------------


def test_new_zone_rules_move_the_instant_of_a_run_and_make_no_second_one(tmp_path):
    """A country gives up its change of clocks between the planning of a run and its hour."""
    schedule = Schedule(
        name="sunday",
        list="weekly",
        rule=Weekly(days=("sun",), at=time(7, 30)),
        timezone="Test/Town",
        since=datetime(2026, 6, 1, tzinfo=UTC),
    )

    def town(like: str):
        folder = tmp_path / like.replace("/", "-")
        (folder / "Test").mkdir(parents=True)
        with as_file(files("tzdata") / "zoneinfo" / like) as file:
            shutil.copyfile(file, folder / "Test" / "Town")
        return zone_files(folder)

    first, last = wall("2026-10-25 07:30"), wall("2026-11-01 07:30")
    with town("Europe/Paris"):
        planned = list(occurrences(schedule, between(schedule.rule, first, last)))
    with town("Africa/Tripoli"):  # two hours ahead of UTC all year, as if summer time had been kept
        anew = list(occurrences(schedule, between(schedule.rule, first, last)))
    assert [one.wall for one in planned] == [one.wall for one in anew] == [first, last]
    assert [stamp(one.due) for one in planned] == ["2026-10-25T06:30Z", "2026-11-01T06:30Z"]
    assert [stamp(one.due) for one in anew] == ["2026-10-25T05:30Z", "2026-11-01T05:30Z"]
