"""A year of five lists through the virtual clock, with a machine that dies: nothing twice, nothing missed."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import a_list
from clockwork import a_head, a_schedule

from briefpub.alarm import walls
from briefpub.domain.audience import Frequency
from briefpub.domain.coming import coming
from briefpub.domain.recurrence import Cron, Monthly, Recurring, Weekly
from briefpub.domain.schedule import Approval, Policy, RunState, Schedule, Selection
from briefpub.store.audience import SqlAudience
from briefpub.store.database import Database, open_database
from briefpub.store.issues import SqlIssues
from briefpub.store.mailings import SqlLedger
from briefpub.store.runs import SqlRuns
from briefpub.store.schedules import SqlSchedules
from briefpub.store.throwaway import throwaway
from briefpub.workflows.simulate import Simulate, Story

BEGIN = dt.datetime(2027, 1, 1, 0, 0, tzinfo=dt.UTC)
MONTH = dt.datetime(2027, 2, 1, 0, 0, tzinfo=dt.UTC)
END = dt.datetime(2028, 1, 1, 0, 0, tzinfo=dt.UTC)
EARLY = dt.time(2, 30)
RULES = {
    "weekly": Weekly(days=("sun",), at=EARLY),
    "monthly": Monthly(day="last fri", at=EARLY),
    "fortnightly": Weekly(days=("mon", "thu"), at=EARLY, every=2),
    "cron": Cron(line="0 8 1,15 * mon"),
    "rrule": Recurring(text="FREQ=MONTHLY;BYDAY=2TU,4TU", at=EARLY),
}
HEADS = tuple(
    a_head(f"essay-{number:03d}", date=BEGIN.date() + dt.timedelta(days=number))
    for number in range(0, 365, 2)
)


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Database]:
    database = open_database(str(tmp_path / "real.db"))
    audience, schedules = SqlAudience(database=database), SqlSchedules(database=database)
    for name, rule in RULES.items():
        audience.declare(a_list(name))
        schedules.add(a_schedule(name, list=name, rule=rule, timezone="Europe/Paris", since=BEGIN))
    yield database
    database.close()


def played(
    real: Database,
    folder: Path,
    *,
    end: dt.datetime = END,
    crashes: int = 0,
    seed: int = 1,
    attended: bool = True,
) -> Story:
    folder.mkdir()
    world = throwaway(real, folder, begin=BEGIN)
    try:
        return Simulate(
            schedules=SqlSchedules(database=world),
            runs=SqlRuns(database=world),
            issues=SqlIssues(database=world),
            audience=SqlAudience(database=world),
            ledger=SqlLedger(database=world),
            people={(name, Frequency.EACH): 100 for name in RULES},
            heads=HEADS,
            walls=walls,
        )(begin=BEGIN, end=end, crashes=crashes, seed=seed, attended=attended)
    finally:
        world.close()


def planned(schedule: Schedule) -> int:
    ahead = coming(schedule, walls, after=BEGIN, most=400)
    return sum(one.due - schedule.freeze < END for one in ahead)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_year_with_crashes_sends_nothing_twice_and_misses_nothing(
    real: Database, tmp_path: Path, seed: int
) -> None:
    story = played(real, tmp_path / "world", crashes=300, seed=seed)
    assert story.crashes > 100
    assert story.twice == ()
    assert story.left_open == ()
    for tally in story.tallies:
        assert not tally.runs.get(RunState.MISSED)
        assert sum(tally.runs.values()) == planned(tally.schedule)
        # Every article came out with its list's next run; the last ones wait for next year's.
        assert tally.articles == sum(
            head.date is not None and head.date <= _last_day(tally.schedule) for head in HEADS
        )


def test_a_month_with_crashes_sends_nothing_twice_and_misses_nothing(real: Database, tmp_path: Path) -> None:
    story = played(real, tmp_path / "world", end=MONTH, crashes=300)
    assert story.crashes > 10
    assert (story.twice, story.left_open) == ((), ())
    assert not any(tally.runs.get(RunState.MISSED) for tally in story.tallies)


def test_the_same_seed_tells_the_same_story(real: Database, tmp_path: Path) -> None:
    first, second = (played(real, tmp_path / name, end=MONTH, crashes=300, seed=7) for name in "ab")
    assert [line.told for line in first.lines] == [line.told for line in second.lines]


def test_a_world_is_thrown_away_and_the_real_one_is_as_it_was(real: Database, tmp_path: Path) -> None:
    played(real, tmp_path / "world", end=MONTH)
    assert SqlRuns(database=real).of() == ()
    assert SqlIssues(database=real).of() == ()


def test_with_nobody_there_what_asks_goes_on_asking(tmp_path: Path) -> None:
    database = open_database(str(tmp_path / "real.db"))
    SqlAudience(database=database).declare(a_list("weekly"))
    schedule = a_schedule(
        list="weekly",
        since=BEGIN,
        approval=Approval.HELD,
        unapproved=Policy.SKIP,
        selection=Selection(most=1),
    )
    SqlSchedules(database=database).add(schedule)
    unattended = played(database, tmp_path / "world", attended=False, end=MONTH)
    states = Counter(unattended.tallies[0].runs)
    assert states[RunState.SKIPPED] == 5
    attended = played(database, tmp_path / "another", end=MONTH)
    database.close()
    assert attended.tallies[0].runs[RunState.DONE] == 5


def _last_day(schedule: Schedule) -> dt.date:
    ahead = [one for one in coming(schedule, walls, after=BEGIN, most=400) if one.due - schedule.freeze < END]
    return ahead[-1].at.date()
