"""What comes next, where dates were moved past others."""

import datetime as dt

from clockwork import a_schedule

from briefpub.alarm import walls
from briefpub.domain.coming import coming
from briefpub.domain.recurrence import Weekly
from briefpub.domain.schedule import DateChange

NOW = dt.datetime(2026, 11, 28, 12, 0, tzinfo=dt.UTC)
RULE = Weekly(days=("sun",), at=dt.time(7, 30))


def test_a_date_moved_forward_from_far_ahead_comes_first() -> None:
    far = dt.date(2027, 6, 6)
    change = DateChange(date=far, to=dt.datetime.fromisoformat("2026-11-28T18:00"))
    schedule = a_schedule(rule=RULE, since=NOW, timezone="Europe/Paris", changes=(change,))
    first, second = coming(schedule, walls, after=NOW, most=2)
    assert (first.wall.date(), first.at) == (far, change.to)
    assert second.wall == dt.datetime.fromisoformat("2026-11-29T07:30")
    # It comes once.
    found = coming(schedule, walls, after=NOW, most=60)
    assert [one.wall.date() for one in found].count(far) == 1
    assert len(found) == 60


def test_a_date_moved_far_back_is_not_lost_either() -> None:
    change = DateChange(date=dt.date(2026, 11, 29), to=dt.datetime.fromisoformat("2027-03-03T07:30"))
    schedule = a_schedule(rule=RULE, since=NOW, timezone="Europe/Paris", changes=(change,))
    found = coming(schedule, walls, after=NOW, most=20)
    assert [one.due for one in found] == sorted(one.due for one in found)
    assert change.to in [one.at for one in found]
