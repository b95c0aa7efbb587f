"""How mailings and sites stand, in words."""

import datetime as dt

import pytest

from briefpub.cli.standing import clock, site_stands
from briefpub.domain.flow import SiteState

NOW = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("later", "shown"),
    [
        (dt.timedelta(seconds=20), "%H:%M:%S"),
        (dt.timedelta(minutes=10), "%H:%M"),
        (dt.timedelta(days=3), "%Y-%m-%d %H:%M"),
    ],
)
def test_a_moment_is_told_by_this_machine_s_clock(later: dt.timedelta, shown: str) -> None:
    assert clock(NOW + later, NOW) == (NOW + later).astimezone().strftime(shown)


def test_a_site_that_rests_and_one_that_waits_for_a_person() -> None:
    until = NOW + dt.timedelta(minutes=5)
    rests = SiteState(site="gmail.com", closed_until=until)
    assert site_stands(rests, now=NOW) == f"gmail.com is left alone until {until.astimezone():%H:%M}."
    waits = SiteState(site="free.fr", stopped="550 5.7.1 listed.")
    assert site_stands(waits, now=NOW) == "free.fr gets nothing until you let it: 550 5.7.1 listed."
