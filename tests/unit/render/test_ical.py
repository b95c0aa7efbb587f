"""iCalendar: holidays from files of all kinds, planned runs as a file, recurrence rules unfolded."""

import time
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import islice

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from zones import wall

from briefpub.domain.errors import BriefpubError, ConfigError, ContentError
from briefpub.render.ical import MOST_BYTES, Entry, calendar, holidays, recurrences

FIRST, LAST = date(2026, 11, 28), date(2029, 11, 28)
HEAD = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n"
TAIL = b"END:VCALENDAR\r\n"


def event(*lines: str) -> bytes:
    return "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT", ""]).encode()


def days(*events: bytes, first: date = FIRST, last: date = LAST) -> dict[str, str]:
    found = holidays(HEAD + b"".join(events) + TAIL, first=first, last=last)
    assert list(found) == sorted(found)
    return {day.isoformat(): name for day, name in found}


# --- holidays --------------------------------------------------------------------------------


def test_an_all_day_event_is_its_day():
    assert days(event("DTSTART;VALUE=DATE:20261225", "SUMMARY:Christmas")) == {"2026-12-25": "Christmas"}


def test_the_end_of_an_event_is_not_in_it():
    christmas = event("DTSTART;VALUE=DATE:20261225", "DTEND;VALUE=DATE:20261227", "SUMMARY:Christmas")
    assert list(days(christmas)) == ["2026-12-25", "2026-12-26"]
    lasting = event("DTSTART;VALUE=DATE:20261225", "DURATION:P2D", "SUMMARY:Christmas")
    assert list(days(lasting)) == ["2026-12-25", "2026-12-26"]


def test_a_timed_event_is_on_the_days_of_its_own_zone():
    eve = event("DTSTART;TZID=Europe/Paris:20261224T200000", "DTEND;TZID=Europe/Paris:20261225T000000")
    assert list(days(eve)) == ["2026-12-24"]
    night = event("DTSTART:20261231T220000", "DTEND:20270101T020000")
    assert list(days(night)) == ["2026-12-31", "2027-01-01"]


def test_rules_dates_and_exceptions_are_unfolded():
    yearly = event(
        "DTSTART;VALUE=DATE:20200714",
        "RRULE:FREQ=YEARLY",
        "EXDATE;VALUE=DATE:20280714",
        "RDATE;VALUE=DATE:20270101,20270715",
        "SUMMARY:Fête nationale",
    )
    assert days(yearly) == dict.fromkeys(
        ["2027-01-01", "2027-07-14", "2027-07-15", "2029-07-14"], "Fête nationale"
    )


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO", ["2027-05-31", "2028-05-29", "2029-05-28"]),
        ("FREQ=YEARLY;COUNT=3", ["2027-12-31", "2028-12-31"]),
        ("FREQ=YEARLY;UNTIL=20271231", ["2027-12-31"]),
        ("FREQ=YEARLY;UNTIL=20271231T230000Z", ["2027-12-31"]),
        ("FREQ=YEARLY;BYHOUR=0;BYMINUTE=0;BYSECOND=0;UNTIL=20271231T230000Z", ["2027-12-31"]),
    ],
)
def test_rules_as_calendar_programs_write_them(rule, found):
    got = days(event("DTSTART:20261231T000000", f"RRULE:{rule}", "SUMMARY:x"))
    assert list(got)[-len(found) :] == found
    assert len(got) == len(found) + 1, "and the day it begins"


def test_what_was_moved_or_cancelled_is_where_it_is_now():
    series = event("UID:a", "DTSTART;VALUE=DATE:20261201", "RRULE:FREQ=MONTHLY;COUNT=3", "SUMMARY:Closed")
    moved = event(
        "UID:a", "RECURRENCE-ID;VALUE=DATE:20270101", "DTSTART;VALUE=DATE:20270104", "SUMMARY:Closed"
    )
    gone = event(
        "UID:a", "RECURRENCE-ID;VALUE=DATE:20270201", "DTSTART;VALUE=DATE:20270201", "STATUS:CANCELLED"
    )
    other = event("UID:b", "DTSTART;VALUE=DATE:20270101", "SUMMARY:New Year")
    assert days(series, moved, gone, other) == {
        "2026-12-01": "Closed",
        "2027-01-01": "New Year",
        "2027-01-04": "Closed",
    }


def test_cancelled_events_are_left_out():
    assert days(event("DTSTART;VALUE=DATE:20261225", "SUMMARY:Christmas", "STATUS:cancelled")) == {}


def test_a_day_of_two_events_has_both_names_once():
    one, two = (
        ("DTSTART;VALUE=DATE:20261225", "SUMMARY:Noël"),
        ("DTSTART;VALUE=DATE:20261225", "SUMMARY:Christmas"),
    )
    assert days(event(*one), event(*two), event(*one)) == {"2026-12-25": "Noël, Christmas"}


def test_only_days_that_were_asked_for():
    ages = event("DTSTART;VALUE=DATE:20200101", "DTEND;VALUE=DATE:20350101", "SUMMARY:closed")
    found = days(ages, first=date(2026, 12, 1), last=date(2026, 12, 3))
    assert list(found) == ["2026-12-01", "2026-12-02", "2026-12-03"]
    long_ago = event("DTSTART;VALUE=DATE:20261120", "DTEND;VALUE=DATE:20261130", "SUMMARY:closed")
    assert list(days(long_ago)) == ["2026-11-28", "2026-11-29"]


def test_names_are_one_line_of_what_can_be_read():
    found = days(
        event("DTSTART;VALUE=DATE:20261225", "SUMMARY:Christmas\\n and\\, \u200eso\u0007 on" + "x" * 500)
    )
    assert found["2026-12-25"].startswith("Christmas and, so on")
    assert len(found["2026-12-25"]) == 200


def test_several_calendars_in_one_file_and_a_mark_before_them():
    one = HEAD + event("DTSTART;VALUE=DATE:20261225", "SUMMARY:a") + TAIL
    two = HEAD + event("DTSTART;VALUE=DATE:20270101", "SUMMARY:b") + TAIL
    assert len(holidays(b"\xef\xbb\xbf" + one + two, first=FIRST, last=LAST)) == 2


CHRISTMAS = ("DTSTART;VALUE=DATE:20261225", "SUMMARY:Christmas")
BAD = {
    "nothing": (b"", "does not begin with BEGIN:VCALENDAR"),
    "a page": (b"<!doctype html>", "does not begin with BEGIN:VCALENDAR"),
    "a half": (HEAD + event(*CHRISTMAS), "there is no END:VCALENDAR"),
    "a line": (HEAD + b"hello\r\n" + TAIL, "hello"),
    "no start": (HEAD + event("SUMMARY:Easter") + TAIL, "Easter: No DTSTART"),
    "a bad start": (HEAD + event("DTSTART:soon", "SUMMARY:Easter") + TAIL, "Easter: "),
    "a bad rule": (HEAD + event(*CHRISTMAS, "RRULE:FREQ=FOO") + TAIL, "Christmas: "),
    "a fine rule": (HEAD + event(*CHRISTMAS, "RRULE:FREQ=SECONDLY") + TAIL, "more often than once a day"),
    "hours of a day": (HEAD + event(*CHRISTMAS, "DURATION:PT5H") + TAIL, "Christmas: "),
    "the end of time": (HEAD + event("DTSTART;VALUE=DATE:99991231", "RRULE:FREQ=DAILY") + TAIL, "an event"),
    "too large": (HEAD + b"X-A:" + b"a" * MOST_BYTES + b"\r\n" + TAIL, "larger than 1 MB"),
    "too many": (HEAD + event(*CHRISTMAS) * 5001 + TAIL, "more than 5000 events"),
    "always": (
        HEAD + event("DTSTART;VALUE=DATE:20200101", "DTEND;VALUE=DATE:20500101") + TAIL,
        "more than 4000 days",
    ),
}


@pytest.mark.parametrize(("data", "said"), BAD.values(), ids=BAD)
def test_a_bad_file_is_told_with_why(data, said):
    last = date(2045, 1, 1) if said.endswith("days") else LAST
    with pytest.raises(ContentError) as caught:
        holidays(data, first=FIRST, last=last, path="holidays.ics")
    assert said in caught.value.message
    assert caught.value.where == "holidays.ics"
    assert caught.value.hint


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=WEEKLY;BYMONTH=2;BYDAY=MO;BYSETPOS=5",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYMONTHDAY=31",
    ],
)
def test_rules_that_look_for_ages_are_given_up(rule):
    """dateutil looks for days that fit until the year 9999; a file with many such rules would hold us for hours."""
    begun = time.process_time()
    one = event("DTSTART;VALUE=DATE:16010101", f"RRULE:{rule}", "SUMMARY:x")
    days(one)
    assert time.process_time() - begun < 2
    # Cheap ones, of which the cost is counted before they are followed.
    many = event("DTSTART;VALUE=DATE:20261225", "RRULE:FREQ=DAILY;BYMONTH=12;COUNT=1", "SUMMARY:x") * 11
    with pytest.raises(ContentError, match="too many days"):
        days(many, one)


@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_whatever_a_file_holds_it_is_read_or_refused_in_words(noise):
    for data in (
        noise,
        HEAD + noise + TAIL,
        HEAD + b"BEGIN:VEVENT\r\n" + noise + b"\r\nEND:VEVENT\r\n" + TAIL,
    ):
        with suppress(ContentError):
            holidays(data, first=FIRST, last=LAST)


PROPERTIES = (
    "DTSTART",
    "DTEND",
    "DURATION",
    "RRULE",
    "RDATE",
    "EXDATE",
    "RECURRENCE-ID",
    "STATUS",
    "SUMMARY",
    "UID",
)
VALUES = (
    "20261225", "20261225T100000Z", "20261225T100000", "P1D", "-P1D", "PT1H", "00010101", "99991231", "FREQ=YEARLY",
    "FREQ=YEARLY;UNTIL=00010101", "FREQ=YEARLY;BYDAY=53MO;BYMONTH=2", "20261225/P1D", "20261225T100000Z/PT1H", "x", "",
)  # fmt: skip
PARAMETERS = ("", ";VALUE=DATE", ";VALUE=PERIOD", ";TZID=Europe/Paris", ";TZID=Nowhere/Land", ";TZID=")


@given(
    st.lists(
        st.tuples(st.sampled_from(PROPERTIES), st.sampled_from(PARAMETERS), st.sampled_from(VALUES)).map(
            lambda three: f"{three[0]}{three[1]}:{three[2]}"
        ),
        max_size=6,
    )
)
def test_whatever_an_event_holds_it_is_read_or_refused_in_words(lines):
    with suppress(ContentError):
        days(event("DTSTART;VALUE=DATE:20261225", *lines))
    with suppress(ContentError):
        days(event(*lines))


# --- planned runs ----------------------------------------------------------------------------

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
ENTRY = Entry(
    uid="sunday-20261129T0730",
    begins=datetime(2026, 11, 29, 6, 30, tzinfo=UTC),
    summary="Lettres, the weekly; with an accent é and a line that is longer than seventy-five octets",
    description="02:30 comes twice: the first is taken",
)


def test_planned_runs_are_events():
    data = calendar([ENTRY], name="Les essais", domain="example.org", now=NOW)
    read = Calendar.from_ical(data)
    (found,) = read.walk("VEVENT")
    assert read["X-WR-CALNAME"] == "Les essais"
    assert read["VERSION"] == "2.0"
    assert found["UID"] == "sunday-20261129T0730@example.org"
    assert found.decoded("DTSTART") == ENTRY.begins
    assert found["SUMMARY"] == ENTRY.summary
    assert found["DESCRIPTION"] == ENTRY.description
    assert found["STATUS"] == "CONFIRMED"
    assert b"DTSTART:20261129T063000Z\r\n" in data
    assert b"DTSTAMP:20261128T090000Z\r\n" in data


def test_the_same_runs_give_the_same_bytes():
    paris = ENTRY.begins.astimezone(datetime.fromisoformat("2026-11-29T07:30:00+01:00").tzinfo)
    again = Entry(uid=ENTRY.uid, begins=paris, summary=ENTRY.summary, description=ENTRY.description)
    first = calendar([ENTRY], name="a", domain="b", now=NOW)
    assert calendar([again], name="a", domain="b", now=NOW + timedelta(microseconds=5)) == first


def test_lines_are_short_and_end_as_the_standard_says():
    data = calendar([ENTRY], name="é" * 150, domain="example.org", now=NOW)
    assert data.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))


def test_what_is_left_out_is_cancelled():
    left_out = Entry(uid="a", begins=ENTRY.begins, summary="a", cancelled=True)
    assert b"STATUS:CANCELLED" in calendar([left_out], name="a", domain="b", now=NOW)


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=20))
def test_no_text_breaks_out_of_its_line(summary, description, name):
    entry = Entry(uid=name, begins=ENTRY.begins, summary=summary, description=description)
    data = calendar([entry], name=name, domain="example.org", now=NOW)
    (found,) = Calendar.from_ical(data).walk("VEVENT")
    assert " ".join(str(found["SUMMARY"]).split()) == str(found["SUMMARY"])
    assert data.count(b"BEGIN:") == 2 + sum(
        text.count("BEGIN:") for text in (summary, description, name, name)
    )


# --- recurrence rules ------------------------------------------------------------------------

START = wall("2026-11-28 02:30")


def rule(text: str, *, after: datetime = START, most: int = 3) -> list[str]:
    return [f"{each:%Y-%m-%d %H:%M}" for each in islice(recurrences(text, start=START, after=after), most)]


def test_rules_give_wall_times_after_a_moment():
    assert rule("FREQ=WEEKLY;BYDAY=SU", most=2) == ["2026-11-29 02:30", "2026-12-06 02:30"]
    assert rule("FREQ=WEEKLY;BYDAY=SA", most=1) == ["2026-12-05 02:30"], "later than the moment itself"
    assert rule("RRULE:FREQ=MONTHLY;BYDAY=2SU", after=wall("2030-01-01"), most=1) == ["2030-01-13 02:30"]


def test_intervals_count_from_the_start():
    far = wall("2030-01-01")
    assert rule("FREQ=WEEKLY;INTERVAL=2;BYDAY=SA", after=far, most=1) == ["2030-01-05 02:30"]
    assert (wall("2030-01-05 02:30") - START).days % 14 == 0


def test_rules_end_where_they_say():
    assert rule("FREQ=DAILY;COUNT=3", after=wall("2026-01-01"), most=9) == [
        "2026-11-28 02:30",
        "2026-11-29 02:30",
        "2026-11-30 02:30",
    ]
    assert rule("FREQ=DAILY;UNTIL=20261130", most=9) == ["2026-11-29 02:30", "2026-11-30 02:30"]
    assert rule("FREQ=DAILY;UNTIL=20261130T010000", most=9) == ["2026-11-29 02:30"]
    assert rule("FREQ=DAILY;COUNT=3", after=wall("2027-01-01")) == []


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6",
        "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6",
        "FREQ=DAILY;UNTIL=20200101",
        "FREQ=YEARLY;INTERVAL=100;BYMONTH=2;BYMONTHDAY=29",
    ],
)
def test_a_rule_that_never_comes_is_refused(text):
    with pytest.raises(ConfigError, match="never comes"):
        recurrences(text, start=START, after=START)


def test_a_rare_rule_comes():
    assert rule("FREQ=YEARLY;BYMONTH=2;BYDAY=5MO", most=2) == ["2044-02-29 02:30", "2072-02-29 02:30"]


RULES = st.one_of(
    st.tuples(st.integers(1, 9)).map(lambda n: f"FREQ=DAILY;INTERVAL={n[0]}"),
    st.tuples(st.integers(1, 9), st.sampled_from(["SU", "MO,WE", "SA,SU", "TU,TH,SA"])).map(
        lambda n: f"FREQ=WEEKLY;INTERVAL={n[0]};BYDAY={n[1]}"
    ),
    st.tuples(
        st.integers(1, 7), st.sampled_from(["BYDAY=2SU", "BYDAY=-1FR", "BYMONTHDAY=-1", "BYMONTHDAY=31,15"])
    ).map(lambda n: f"FREQ=MONTHLY;INTERVAL={n[0]};{n[1]}"),
    st.sampled_from(
        ["BYYEARDAY=-1,100", "BYWEEKNO=53;BYDAY=MO", "BYMONTH=2;BYMONTHDAY=29", "BYDAY=20MO"]
    ).map("FREQ=YEARLY;{}".format),
    st.just("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"),
)


@given(
    RULES,
    st.datetimes(wall("1900-01-01"), wall("2100-01-01")).map(lambda at: at.replace(second=0, microsecond=0)),
)
def test_rules_are_those_of_dateutil_without_its_detour(text, start):
    """We let dateutil begin some thousand years later, by whole cycles of the calendar."""
    wanted = list(islice(rrulestr(f"{text};WKST=MO", dtstart=start), 12))
    assert list(islice(recurrences(text, start=start, after=start - timedelta(minutes=1)), 12)) == wanted


@given(st.text(alphabet="FREQYEARLYMONTHWKDI=;,BSPTO0123456789-+", max_size=60))
def test_whatever_a_rule_says_it_is_followed_or_refused_in_words(text):
    with suppress(BriefpubError):
        list(islice(recurrences(f"FREQ=YEARLY;{text}", start=START, after=START), 2))
