"""Recurrence rules: what is read, and one clear remark for each mistake."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zones import wall

from briefpub.domain.errors import ConfigError
from briefpub.domain.rrule import read_rrule


def test_a_rule_is_its_parts():
    rule = read_rrule(" rrule:freq=monthly;interval=2;byday=2su,-1fr;wkst=su;count=12 ")
    assert (rule.freq, rule.interval, rule.count, rule.until) == ("MONTHLY", 2, 12, None)
    assert (rule.days, rule.wkst) == (("BYDAY=2SU,-1FR",), "SU")


def test_the_last_day_is_all_of_it():
    assert read_rrule("FREQ=DAILY;UNTIL=20271231").until == wall("2027-12-31 23:59:59")
    assert read_rrule("FREQ=DAILY;UNTIL=20271231T070000").until == wall("2027-12-31 07:00")


MISTAKES = {
    "": "is no recurrence rule",
    "every sunday": "'EVERY SUNDAY' is no part of a rule",
    "FREQ=WEEKLY;;COUNT=2": "'' is no part",
    "FREQ=WEEKLY;BYDAY=": "'BYDAY=' is no part",
    "INTERVAL=2": "begins with FREQ=",
    "FREQ=FORTNIGHTLY": "FREQ=FORTNIGHTLY is not known",
    "FREQ=HOURLY": "more often than once a day",
    "FREQ=SECONDLY;COUNT=1": "more often than once a day",
    "FREQ=DAILY;BYHOUR=2": "BYHOUR says a time of day",
    "FREQ=DAILY;BYMINUTE=30": "BYMINUTE says a time of day",
    "FREQ=DAILY;FREQ=WEEKLY": "FREQ stands there twice",
    "FREQ=DAILY;BYEASTER=0": "BYEASTER is not known",
    "FREQ=DAILY;INTERVAL=0": "INTERVAL=0 cannot be",
    "FREQ=DAILY;INTERVAL=-1": "INTERVAL=-1 cannot be",
    "FREQ=DAILY;INTERVAL=9999999": "cannot be",
    "FREQ=DAILY;COUNT=0": "COUNT=0 cannot be",
    "FREQ=DAILY;COUNT=2;UNTIL=20271231": "cannot both end",
    "FREQ=DAILY;UNTIL=20271231T000000Z": "a moment in UTC",
    "FREQ=DAILY;UNTIL=20270231": "UNTIL=20270231 is no date",
    "FREQ=DAILY;UNTIL=2027": "UNTIL=2027 is no date",
    "FREQ=WEEKLY;BYDAY=XX": "BYDAY=XX is no weekday",
    "FREQ=WEEKLY;BYDAY=2MO": "BYDAY=2MO counts",
    "FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO": "BYDAY=1MO counts",
    "FREQ=MONTHLY;BYDAY=6MO": "BYDAY=6MO cannot be",
    "FREQ=MONTHLY;BYDAY=0MO": "BYDAY=0MO cannot be",
    "FREQ=YEARLY;BYDAY=54MO": "BYDAY=54MO cannot be",
    "FREQ=MONTHLY;BYMONTHDAY=32": "BYMONTHDAY=32 cannot be",
    "FREQ=MONTHLY;BYMONTHDAY=0": "BYMONTHDAY=0 cannot be",
    "FREQ=YEARLY;BYMONTH=-1": "BYMONTH=-1 cannot be",
    "FREQ=WEEKLY;BYMONTHDAY=1": "BYMONTHDAY does not go with FREQ=WEEKLY",
    "FREQ=MONTHLY;BYYEARDAY=1": "BYYEARDAY does not go with FREQ=MONTHLY",
    "FREQ=MONTHLY;BYSETPOS=1": "BYSETPOS picks among other days",
    "FREQ=DAILY;WKST=XX": "WKST=XX is no weekday",
    "DTSTART:20270101\nRRULE:FREQ=DAILY": "a rule is one line",
    "FREQ=DAILY;COUNT=٣": "is no recurrence rule",
    "FREQ=DAILY;" + "X" * 500: "is no recurrence rule",
}


@pytest.mark.parametrize(("text", "said"), MISTAKES.items(), ids=[repr(text[:40]) for text in MISTAKES])
def test_a_mistake_is_named_and_how_to_mend_it(text, said):
    with pytest.raises(ConfigError) as caught:
        read_rrule(text)
    assert said in caught.value.message
    assert caught.value.where == "--rrule"
    assert caught.value.hint


@given(st.text(alphabet="FREQDAILYWKMONTHBUSP=;:,-+0123456789\n \x00é", max_size=80))
def test_whatever_is_typed_is_read_or_refused_in_words(text):
    with suppress(ConfigError):
        assert read_rrule(f"FREQ=DAILY;{text}").interval >= 1
