"""Rules as editors write them, as they are kept, and as they are told."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefpub.domain.errors import ConfigError
from briefpub.domain.recurrence import (
    DAYS,
    NTHS,
    Cron,
    Monthly,
    Recurring,
    Weekly,
    hour_of,
    read,
    rule_of,
    told,
    written,
)

AT = time(7, 30)


@pytest.mark.parametrize(
    ("on", "rule"),
    [
        ("sun", Weekly(days=("sun",), at=AT)),
        ("sun,wed", Weekly(days=("wed", "sun"), at=AT)),
        (" Sunday , WED ", Weekly(days=("wed", "sun"), at=AT)),
        ("sun,sun", Weekly(days=("sun",), at=AT)),
        ("daily", Weekly(days=DAYS, at=AT)),
        ("weekdays", Weekly(days=DAYS[:5], at=AT)),
        ("weekends", Weekly(days=("sat", "sun"), at=AT)),
        ("1", Monthly(day="1", at=AT)),
        ("31", Monthly(day="31", at=AT)),
        ("last", Monthly(day="last", at=AT)),
        ("2nd sun", Monthly(day="2nd sun", at=AT)),
        ("Last  Friday", Monthly(day="last fri", at=AT)),
    ],
)
def test_days_are_read_by_name(on, rule):
    assert rule_of(on, AT) == rule


@pytest.mark.parametrize(
    "on",
    [
        "",
        "0",
        "32",
        "01",
        "dimanche",
        "sun,",
        "sun wed",
        "6th sun",
        "2nd",
        "2nd suns",
        "sunflower",
        "1,15",
        "mon-fri",
    ],
)
def test_what_names_no_days_is_refused(on):
    with pytest.raises(ConfigError) as caught:
        rule_of(on, AT)
    assert caught.value.where == "--on"
    assert caught.value.hint


def test_weeks_are_counted_for_weekdays():
    assert rule_of("sun", AT, every=2) == Weekly(days=("sun",), at=AT, every=2)
    for on, every in (("sun", 0), ("sun", 53), ("last", 2)):
        with pytest.raises(ConfigError) as caught:
            rule_of(on, AT, every=every)
        assert caught.value.where == "--every"


@pytest.mark.parametrize(
    ("text", "at"), [("02:30", time(2, 30)), (" 7:05 ", time(7, 5)), ("23:59", time(23, 59))]
)
def test_a_time_of_day_is_read(text, at):
    assert hour_of(text) == at


@pytest.mark.parametrize("text", ["", "24:00", "7", "7:5", "07:60", "7h30", "07:30:00", "07.30", "٠٧:٣٠"])
def test_what_is_no_time_of_day_is_refused(text):
    with pytest.raises(ConfigError) as caught:
        hour_of(text)
    assert caught.value.where == "--at"


TIMES = st.builds(time, st.integers(0, 23), st.integers(0, 59))
RULES = st.one_of(
    st.builds(
        Weekly,
        days=st.lists(st.sampled_from(DAYS), min_size=1, unique=True).map(tuple),
        at=TIMES,
        every=st.integers(1, 52),
    ),
    st.builds(
        Monthly,
        day=st.integers(1, 31).map(str)
        | st.just("last")
        | st.tuples(st.sampled_from(NTHS), st.sampled_from(DAYS)).map(" ".join),
        at=TIMES,
    ),
    st.builds(Cron, line=st.sampled_from(["0 7 * * sun", "@weekly", "*/5 1-3 L 2 5#2"])),
    st.builds(Recurring, text=st.sampled_from(["FREQ=DAILY", "RRULE:FREQ=MONTHLY;BYDAY=2SU"]), at=TIMES),
)


@given(RULES)
def test_a_rule_is_kept_as_one_line(rule):
    line = written(rule)
    assert "\n" not in line
    assert read(line) == rule


@pytest.mark.parametrize(
    "line", ["", "yearly 1 07:30", "weekly sun", "weekly sun 7.30 1", "weekly sun 07:30 x"]
)
def test_what_was_not_written_is_not_read(line):
    with pytest.raises(ValueError):
        read(line)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (rule_of("sun", AT), "every Sunday at 07:30"),
        (rule_of("sun,wed", AT), "every Wednesday and Sunday at 07:30"),
        (rule_of("mon,wed,fri", AT), "every Monday, Wednesday and Friday at 07:30"),
        (rule_of("daily", AT), "every day at 07:30"),
        (rule_of("weekdays", AT), "every weekday at 07:30"),
        (rule_of("sun", AT, every=2), "every 2 weeks on Sunday at 07:30"),
        (rule_of("daily", AT, every=2), "every 2 weeks on each day at 07:30"),
        (rule_of("1", AT), "on the 1st of each month at 07:30"),
        (rule_of("2", AT), "on the 2nd of each month at 07:30"),
        (rule_of("3", AT), "on the 3rd of each month at 07:30"),
        (rule_of("11", AT), "on the 11th of each month at 07:30"),
        (rule_of("21", AT), "on the 21st of each month at 07:30"),
        (rule_of("30", AT), "on the 30th of each month at 07:30, where it has one"),
        (rule_of("last", AT), "on the last day of each month at 07:30"),
        (rule_of("2nd sun", AT), "on the 2nd Sunday of each month at 07:30"),
        (rule_of("5th fri", AT), "on the 5th Friday of each month at 07:30, where it has one"),
        (Cron(line="0 7 * * 1"), "by the cron line 0 7 * * 1"),
        (Recurring(text="FREQ=DAILY", at=AT), "by the rule FREQ=DAILY at 07:30"),
    ],
)
def test_a_rule_is_told_in_words(rule, words):
    assert told(rule) == words
