"""Wall times and instants; the table of clock changes stands in `test_wall_times`."""

from collections.abc import Iterator
from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zones import ZONES, wall, zone_files

from briefpub.domain.errors import ConfigError
from briefpub.domain.walls import instant, note_on, offset, shown, wall_of, zone_of


@pytest.fixture(autouse=True, scope="module")
def _pinned_zones() -> Iterator[None]:
    with zone_files():
        yield


@pytest.mark.parametrize("name", ["Europe/Paris", "UTC", "America/Argentina/Buenos_Aires", "Pacific/Apia"])
def test_zones_of_the_database_are_known(name):
    assert zone_of(name).key == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "Europe",
        "Europe/Pariss",
        "../../etc/passwd",
        "/etc/localtime",
        "UTC+1",
        "Paris\0",
        "\udcff",
        "é",
    ],
)
def test_what_is_no_zone_is_refused(name):
    with pytest.raises(ConfigError) as caught:
        zone_of(name)
    assert "is not a time zone" in caught.value.message
    assert caught.value.hint


@given(
    st.sampled_from(ZONES),
    st.datetimes(wall("2020-01-01"), wall("2035-01-01")).map(lambda at: at.replace(microsecond=0)),
)
def test_an_instant_shows_its_wall_time_unless_it_does_not_exist(zone, at):
    moment = instant(at, zone)
    assert moment.tzinfo is UTC
    note = note_on(at, zone)
    if "does not exist" in note:
        assert wall_of(moment, zone) > at
        assert wall_of(moment - timedelta(hours=3), zone) < at
    else:
        assert wall_of(moment, zone) == at
        assert shown(at, zone).utcoffset() is not None
    if "twice" in note:
        assert wall_of(moment + timedelta(hours=1), zone) <= at or zone == "Australia/Lord_Howe"


@given(st.sampled_from(ZONES), st.datetimes(wall("2020-01-01"), wall("2035-01-01")))
def test_no_wall_time_comes_before_an_earlier_one_by_more_than_a_change(zone, at):
    later = at + timedelta(hours=24)
    assert instant(later, zone) - instant(at, zone) >= timedelta(hours=22)


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0, "+00:00"), (120, "+02:00"), (-210, "-03:30"), (345, "+05:45"), (-30, "-00:30"), (840, "+14:00")],
)
def test_offsets_are_written_as_everybody_does(minutes, text):
    assert offset(timedelta(minutes=minutes)) == text
