"""Cron lines as explicit sets: what Debian's cron and cronsim understand, and one clear remark for each mistake."""

from datetime import date, timedelta
from itertools import islice

import pytest
from cronsim import CronSim, CronSimError
from hypothesis import given
from hypothesis import strategies as st
from zones import wall

from briefpub.domain.cron import NICKNAMES, read_cron
from briefpub.domain.errors import ConfigError
from briefpub.domain.recurrence import DAYS

EVERY_MONTH = tuple(range(1, 13))
EVERY_DAY = tuple(range(1, 32))


def test_names_ranges_steps_and_lists():
    line = read_cron("*/20 6-10/2,22 1,15 JAN,mar-May/2 Mon-Wed,fri")
    assert line.minutes == (0, 20, 40)
    assert line.hours == (6, 8, 10, 22)
    assert line.days == (1, 15)
    assert line.months == (1, 3, 5)
    assert line.weekdays == ("mon", "tue", "wed", "fri")
    assert not line.both


@pytest.mark.parametrize("text", ["0", "7", "sun", "SUN", "0,7", "*/7"])
def test_sunday_is_nought_and_seven(text):
    assert read_cron(f"0 0 * * {text}").weekdays == ("sun",)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("1-5", DAYS[:5]),
        ("5-7", ("fri", "sat", "sun")),
        ("fri-sun", ("fri", "sat", "sun")),
        ("0-6", DAYS),
        ("0-2", ("mon", "tue", "sun")),
        ("*/2", ("tue", "thu", "sat", "sun")),
    ],
)
def test_weekdays_are_named(text, days):
    assert read_cron(f"0 0 * * {text}").weekdays == days


@pytest.mark.parametrize(
    ("line", "both"),
    [
        ("0 0 1,15 * mon", False),
        ("0 0 * * mon", True),
        ("0 0 1 * *", True),
        ("0 0 */2 * mon", True),
        ("0 0 1 * */2", True),
        ("0 0 L * 5L", False),
    ],
)
def test_days_of_month_and_week_are_either_unless_one_begins_with_a_star(line, both):
    assert read_cron(line).both is both


def test_either_and_both_on_dates():
    either, both = read_cron("0 0 13 * fri"), read_cron("0 0 */12 * fri")
    friday_13, friday_20, sunday_13 = date(2026, 11, 13), date(2026, 11, 20), date(2026, 12, 13)
    assert [either.comes_on(day) for day in (friday_13, friday_20, sunday_13)] == [True, True, True]
    assert [both.comes_on(day) for day in (friday_13, friday_20, sunday_13)] == [True, False, False]


def test_last_and_nth_days():
    line = read_cron("0 0 L 2 5L,sun#2")
    assert (line.days, line.last, line.weekdays, line.nths) == ((), True, (), ("2nd sun", "last fri"))
    comes = [day for day in range(1, 29) if line.comes_on(date(2027, 2, day))]
    assert comes == [14, 26, 28]
    assert read_cron("0 0 * * friL").nths == ("last fri",)


@pytest.mark.parametrize("name", NICKNAMES)
def test_nicknames_are_their_lines(name):
    assert read_cron(f" {name.upper()} ") == read_cron(NICKNAMES[name])


def test_an_hourly_line_is_one():
    line = read_cron("@hourly")
    assert (line.minutes, len(line.hours), line.days, line.months) == ((0,), 24, EVERY_DAY, EVERY_MONTH)


MISTAKES = {
    "": "five fields, and this has 0",
    "0 0 * *": "five fields, and this has 4",
    "0 0 * * * 2027": "five fields, and this has 6",
    "30 2 * * sun /usr/bin/briefpub": "five fields",
    "60 0 * * *": "the minute '60' is out of range",
    "0 24 * * *": "the hour '24' is out of range",
    "0 0 0 * *": "the day of the month '0' is out of range",
    "0 0 32 * *": "the day of the month '32' is out of range",
    "0 0 * 13 *": "the month '13' is out of range",
    "0 0 * june *": "the month 'june' cannot be read",
    "0 0 * * 8": "the weekday '8' is out of range",
    "0 0 * * dimanche": "the weekday 'dimanche' cannot be read",
    "0 0 * * mon-": "the weekday '' cannot be read",
    "1,,2 0 * * *": "the minute '' cannot be read",
    "-1 0 * * *": "the minute '' cannot be read",
    "1.5 0 * * *": "the minute '1.5' cannot be read",
    "٣ 0 * * *": "the minute '٣' cannot be read",
    "0 22-2 * * *": "the hour '22-2' runs backwards",
    "0 0 * * fri-mon": "the weekday 'fri-mon' runs backwards",
    "*/0 * * * *": "the minute '*/0' has no step that fits",
    "*/90 * * * *": "the minute '*/90' has no step that fits",
    "5/15 * * * *": "the minute '5/15' is read differently by different crons",
    "0 0 ? * mon": "the day of the month '?' cannot be read",
    "0 0 LW * *": "the day of the month 'LW' is a working day",
    "0 0 15W * *": "the day of the month '15W' is a working day",
    "0 0 * * L": "the weekday 'L' names no weekday",
    "0 0 * * 5#6": "the weekday '5#6' is no weekday of a month",
    "0 0 * * 5#": "the weekday '5#' is no weekday of a month",
    "0 0 31 2 *": "never comes",
    "0 0 31 4,6,9,11 *": "never comes",
    "0 0 */30 * fri#2": "never comes",
    "@reboot": "'@reboot' has no time",
    "@fortnightly": "'@fortnightly' is not known",
    "0 0 * * " + "mon," * 200 + "mon": "five fields",
}


@pytest.mark.parametrize(("line", "said"), MISTAKES.items(), ids=[repr(line[:40]) for line in MISTAKES])
def test_a_mistake_is_named_and_how_to_mend_it(line, said):
    with pytest.raises(ConfigError) as caught:
        read_cron(line)
    assert said in caught.value.message
    assert caught.value.where == "--cron"
    assert caught.value.hint


def test_a_leap_day_comes_though_rarely():
    assert read_cron("0 0 29 2 *").comes_on(date(2028, 2, 29))


# --- against cronsim -------------------------------------------------------------------------


def _field(low: int, high: int, names: tuple[str, ...] = ()) -> st.SearchStrategy[str]:
    number = st.integers(low, high).map(str)
    # cronsim reads 5-5/2 as it reads 5/2, which we refuse
    pair = st.lists(st.integers(low, high), min_size=2, max_size=2, unique=True).map(sorted)
    spans = pair.map(lambda two: f"{two[0]}-{two[1]}")
    steps = st.tuples(spans | st.just("*"), st.integers(1, high - low)).map(lambda two: f"{two[0]}/{two[1]}")
    one = st.one_of(number, spans, steps, *([st.sampled_from(names)] if names else []))
    return st.just("*") | st.lists(one, min_size=1, max_size=3).map(",".join)


WEEKDAYS = ("MON", "tue", "Wed", "thu", "fri", "sat", "sun")
nths = st.tuples(st.integers(0, 7), st.integers(1, 5)).map(lambda two: f"{two[0]}#{two[1]}")
lasts = st.integers(0, 7).map("{}L".format)
LINES = st.tuples(
    _field(0, 59),
    _field(0, 23),
    _field(1, 31) | st.sampled_from(["L", "1,L", "*/2,L"]),
    _field(1, 12, ("jan", "FEB", "dec")),
    _field(0, 7, WEEKDAYS) | nths | lasts | st.tuples(nths, st.sampled_from(WEEKDAYS)).map(",".join),
).map(" ".join)
BEGIN = wall("2026-11-28 09:00")


@given(LINES)
def test_dates_are_those_of_cronsim(line):
    try:
        simulated = CronSim(line, BEGIN)
        wanted = list(islice(simulated, 5))
    except CronSimError:
        wanted = []
    if not wanted:
        # cronsim refuses, or gives up after fifty years
        with pytest.raises(ConfigError):
            read_cron(line)
        return
    read = read_cron(line)
    day, found = BEGIN.date(), []
    while day <= wanted[-1].date():
        if read.comes_on(day):
            found.append(day)
        day += timedelta(days=1)
    assert set(found) >= {each.date() for each in wanted}
    assert all(each.hour in read.hours and each.minute in read.minutes for each in wanted)
    between = [each for each in found if wanted[0].date() < each < wanted[-1].date()]
    assert set(between) <= {each.date() for each in wanted}
