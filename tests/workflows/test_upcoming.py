"""Upcoming: what goes out next by each schedule, the soonest first."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from builders import NOW
from clockwork import SUNDAY, Clockwork, a_schedule

from briefpub.alarm import walls
from briefpub.domain.recurrence import Cron, Weekly
from briefpub.domain.schedule import DateChange, Fate, RunState
from briefpub.store.database import open_database
from briefpub.workflows.upcoming import Upcoming

WEEK = dt.timedelta(days=7)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def clock(tmp_path: Path) -> Clockwork:
    return Clockwork(database=open_database(str(tmp_path / "briefpub.db")))


def told(clock: Clockwork, at: dt.datetime = NOW) -> list[tuple[str, dt.datetime]]:
    upcoming = Upcoming(schedules=clock.schedules, runs=clock.runs, walls=walls)
    return [(schedule.name, next_.due) for schedule, next_ in upcoming(at)]


def test_the_soonest_comes_first_and_what_is_paused_not_at_all(clock: Clockwork) -> None:
    fridays = a_schedule("fridays", rule=Weekly(days=("fri",), at=dt.time(18)))
    clock.begin(a_schedule(), fridays, replace(fridays, name="resting"))
    clock.schedules.pause("resting", paused=True, now=NOW)
    friday = dt.datetime(2026, 11, 27, 18, tzinfo=dt.UTC)
    assert told(clock) == [("fridays", friday), ("sundays", SUNDAY)]
    assert told(clock, friday) == [("sundays", SUNDAY), ("fridays", friday + WEEK)]


def test_nothing_is_scheduled(clock: Clockwork) -> None:
    assert told(clock) == []


def test_a_run_that_was_made_already_and_waits_for_its_hour_is_still_next(clock: Clockwork) -> None:
    clock.begin().ring(SUNDAY - 5 * MINUTE)
    assert clock.states() == ["composing"]
    assert told(clock, SUNDAY - 5 * MINUTE) == [("sundays", SUNDAY)]


def test_what_an_editor_left_out_is_not_next(clock: Clockwork) -> None:
    clock.begin()
    clock.schedules.change("sundays", [DateChange(date=SUNDAY.date(), why="Advent")], now=NOW)
    assert told(clock) == [("sundays", SUNDAY + WEEK)]


def test_a_run_that_was_left_out_before_its_hour_is_not_next(clock: Clockwork) -> None:
    clock.begin().ring(SUNDAY - 5 * MINUTE)
    run = clock.runs.claim(clock.run(), owner="me", now=clock.at, lease_until=clock.at + MINUTE)
    assert run
    clock.runs.settle(run, Fate(state=RunState.SKIPPED, reason="by hand"), owner="me", now=clock.at)
    assert told(clock, clock.at) == [("sundays", SUNDAY + WEEK)]


def test_a_rule_that_cannot_be_read_hides_no_other(clock: Clockwork) -> None:
    clock.begin(a_schedule(), a_schedule("broken", rule=Cron(line="61 * * * *")))
    assert told(clock) == [("sundays", SUNDAY)]
