import datetime as dt
from itertools import pairwise

from briefpub.domain.warmup import CAPS, warm_up_cap

FIRST = dt.date(2026, 11, 22)


def test_the_first_day_and_the_last() -> None:
    assert warm_up_cap(FIRST, FIRST) == 200
    assert warm_up_cap(FIRST, FIRST + dt.timedelta(days=41)) == 200_000
    assert warm_up_cap(FIRST, FIRST + dt.timedelta(days=42)) is None


def test_a_day_before_the_first_opens_nothing() -> None:
    assert warm_up_cap(FIRST, FIRST - dt.timedelta(days=300)) == 200


def test_every_day_allows_more_and_none_a_third_more() -> None:
    assert len(CAPS) == 42
    assert all(one < then <= one * 1.34 for one, then in pairwise(CAPS))
