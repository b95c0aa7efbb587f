"""Schedules and runs on both databases: what is kept comes back, what happens once happens once."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from builders import NOW, a_list, an_issue, editions_of
from clockwork import MINUTE, a_schedule
from postgres import postgres_url
from stores import Store, over

from briefpub.domain.audience import Frequency
from briefpub.domain.errors import ConfigError, Conflict
from briefpub.domain.issue import IssueState
from briefpub.domain.recurrence import Cron, Monthly, Recurring, Weekly
from briefpub.domain.schedule import (
    Approval,
    DateChange,
    Fate,
    Occurrence,
    Order,
    Policy,
    Question,
    Run,
    RunState,
    Schedule,
    Selection,
)
from briefpub.store.database import open_database
from briefpub.store.homes import SqlHomes
from briefpub.store.runs import SqlRuns
from briefpub.store.schedules import SqlSchedules

WALL = dt.datetime(2026, 11, 29, 7, 30)  # noqa: DTZ001 - a wall time
DUE = WALL.replace(tzinfo=dt.UTC)
FULL = a_schedule(
    "full",
    rule=Monthly(day="last fri", at=dt.time(2, 30)),
    timezone="Europe/Paris",
    selection=Selection(
        most=3,
        least=2,
        too_few=Policy.ASK,
        tags=("jardin", "été"),
        order=Order.LISTED,
        listed=("a", "b"),
        again=True,
    ),
    approval=Approval.HELD,
    unapproved=Policy.ASK,
    late=Policy.SKIP,
    grace=dt.timedelta(days=2),
    freeze=dt.timedelta(hours=3),
    starts=dt.date(2027, 1, 1),
    ends=dt.date(2027, 12, 31),
    frequency=Frequency.MONTHLY,
    changes=(
        DateChange(date=dt.date(2027, 1, 29), why="a rest"),
        DateChange(date=dt.date(2027, 2, 26), to=dt.datetime(2027, 2, 24, 18, 0)),  # noqa: DTZ001
    ),
)


def kept(store: Store) -> tuple[SqlSchedules, SqlRuns]:
    assert store.database
    return SqlSchedules(database=store.database), SqlRuns(database=store.database)


def planned(store: Store, *walls: dt.datetime) -> tuple[Run, ...]:
    schedules, runs = kept(store)
    schedule = schedules.get("sundays") or schedules.add(a_schedule())
    found = [Occurrence(wall=wall, at=wall, due=wall.replace(tzinfo=dt.UTC)) for wall in walls or (WALL,)]
    return runs.plan(schedule, found, now=NOW)


def claimed(store: Store, *, owner: str = "me") -> Run:
    run = planned(store)[0]
    held = kept(store)[1].claim(run, owner=owner, now=NOW, lease_until=NOW + MINUTE)
    assert held
    return held


def composed(store: Store, run: Run, *articles: str, owner: str = "me") -> str:
    made = kept(store)[1].compose(
        run,
        articles or ("bread",),
        title="",
        date=NOW.date(),
        through=None,
        again=False,
        frequency=Frequency.EACH,
        owner=owner,
    )
    return made.key


@pytest.mark.parametrize(
    "schedule",
    [
        a_schedule(),
        FULL,
        a_schedule(rule=Weekly(days=("mon", "fri"), at=dt.time(0, 0), every=3)),
        a_schedule(rule=Cron(line="30 2 * * sun")),
        a_schedule(rule=Recurring(text="FREQ=MONTHLY;BYDAY=2SU", at=dt.time(23, 59))),
    ],
)
def test_a_schedule_comes_back_as_it_was(real: Store, schedule: Schedule) -> None:
    schedules, _ = kept(real)
    made = schedules.add(schedule)
    assert made == replace(schedule, id=made.id, counted_from=made.counted_from)
    assert made.counted_from == (schedule.starts or NOW.date())
    assert schedules.get(schedule.name) == made
    assert schedules.all() == (made,)


def test_a_schedule_needs_a_list_and_a_name_of_its_own(real: Store) -> None:
    schedules, _ = kept(real)
    schedules.add(a_schedule())
    with pytest.raises(Conflict, match="already"):
        schedules.add(a_schedule())
    with pytest.raises(ConfigError):
        schedules.add(a_schedule("other", list="nowhere"))
    for order in (
        lambda: schedules.pause("nobody", paused=True, now=NOW),
        lambda: schedules.remove("nobody", now=NOW),
        lambda: schedules.change("nobody", [], now=NOW),
    ):
        with pytest.raises(Conflict, match="there is no schedule"):
            order()


def test_a_run_is_planned_once_whoever_plans(real: Store) -> None:
    schedules, _ = kept(real)
    schedules.add(a_schedule())
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: planned(real), range(4)))
    assert sorted(map(len, made)) == [0, 0, 0, 1]
    assert len(kept(real)[1].of()) == 1
    assert kept(real)[1].last_walls() == {"sundays": WALL}


def test_only_one_of_several_holds_a_run(real: Store) -> None:
    run = planned(real)[0]
    runs = kept(real)[1]
    with ThreadPoolExecutor(4) as pool:
        held = list(
            pool.map(
                lambda owner: runs.claim(run, owner=owner, now=NOW, lease_until=NOW + MINUTE),
                ["a", "b", "c", "d"],
            )
        )
    assert sum(one is not None for one in held) == 1
    assert runs.claim(run, owner="late", now=NOW + 2 * MINUTE, lease_until=NOW + 3 * MINUTE)


def test_whoever_lost_its_lease_changes_nothing(real: Store) -> None:
    run = claimed(real)
    runs = kept(real)[1]
    assert runs.claim(run, owner="other", now=NOW + 2 * MINUTE, lease_until=NOW + 5 * MINUTE)
    for act in (
        lambda: runs.settle(run, Fate(state=RunState.COMPOSING), owner="me", now=NOW),
        lambda: composed(real, run),
        lambda: runs.release(run, owner="me", now=NOW),
        lambda: runs.adopt(run, "weekly/001", owner="me"),
    ):
        with pytest.raises(Conflict, match="another process"):
            act()
    runs.let_go(run, owner="me")
    assert runs.of()[0].holder == "other"
    assert real.issues.of() == ()


def test_a_run_makes_one_issue(real: Store) -> None:
    run = claimed(real)
    assert composed(real, run) == "weekly/001"
    with pytest.raises(Conflict, match="its issue already"):
        composed(real, run, "salt")
    assert kept(real)[1].reserved() == {"weekly/001"}
    assert [record.articles for record in real.issues.of()] == [("bread",)]


def test_an_article_that_was_taken_meanwhile_leaves_no_issue(real: Store) -> None:
    run = claimed(real)
    real.issues.compose("weekly", ("bread",), title="", date=NOW.date())
    with pytest.raises(Conflict, match="already in an issue"):
        composed(real, run)
    assert len(real.issues.of()) == 1
    assert kept(real)[1].of()[0].issue == ""


def test_letting_go_frees_the_issue_and_publishes_the_run_at_once(real: Store) -> None:
    run = claimed(real)
    key = composed(real, run)
    real.issues.freeze(
        key, manifest_sha256="a" * 64, editions=editions_of(an_issue()), state=IssueState.AWAITING
    )
    released = kept(real)[1].release(run, owner="me", now=NOW)
    assert (released.state, released.issue_state, released.mailed) == (
        RunState.PUBLISHING,
        IssueState.FROZEN,
        False,
    )
    real.ledger.queue(key, now=NOW)
    runs = kept(real)[1]
    assert runs.of()[0].mailed
    assert runs.reserved() == frozenset()
    assert real.database
    marks = SqlHomes(database=real.database).marks()
    assert marks == {"run 1": "2026-11-29T07:30", "issue weekly/each": "000000001"}
    with pytest.raises(Conflict, match="cannot be left out any more"):
        runs.skip("sundays", WALL, reason="too late", now=NOW)


def test_an_issue_belongs_to_one_open_run(real: Store) -> None:
    later = WALL + dt.timedelta(days=7)
    planned(real, WALL, later)
    runs = kept(real)[1]
    first, second = (runs.claim(one, owner="me", now=NOW, lease_until=NOW + MINUTE) for one in runs.of())
    assert first
    assert second
    key = composed(real, first)
    with pytest.raises(Conflict, match="another run"):
        runs.adopt(second, key, owner="me")
    runs.skip("sundays", WALL, reason="stopped", now=NOW)
    assert runs.adopt(second, key, owner="me").issue == key
    assert runs.of()[0].issue == ""


def test_an_answer_is_for_what_was_asked(real: Store) -> None:
    run = claimed(real)
    runs = kept(real)[1]
    with pytest.raises(Conflict, match="asks nothing"):
        runs.answer("sundays", WALL, now=NOW)
    late = Fate(state=RunState.HELD, reason="late", question=Question.LATE)
    run = runs.settle(run, late, owner="me", now=NOW)
    assert runs.answer("sundays", WALL, now=NOW).said
    few = Fate(state=RunState.HELD, reason="few", question=Question.TOO_FEW)
    run = replace(run, said=True)
    assert not runs.settle(run, few, owner="me", now=NOW).said


def test_what_nobody_was_mailed_can_be_withdrawn(real: Store) -> None:
    run = claimed(real)
    key = composed(real, run)
    real.issues.freeze(
        key, manifest_sha256="a" * 64, editions=editions_of(an_issue()), state=IssueState.AWAITING
    )
    with pytest.raises(Conflict, match="not the bytes"):
        real.issues.approve(key, manifest_sha256="b" * 64, by="ada", now=NOW)
    assert real.issues.approve(key, manifest_sha256="a" * 64, by="ada", now=NOW).approved
    assert kept(real)[1].of()[0].approved
    real.issues.withdraw(key)
    assert real.issues.taken("weekly") == frozenset()
    assert kept(real)[1].of()[0].issue == ""
    # What is made anew has to be approved anew.
    assert composed(real, kept(real)[1].of()[0]) == key
    assert not kept(real)[1].of()[0].approved


def test_a_database_has_a_home(real: Store) -> None:
    assert real.database
    homes = SqlHomes(database=real.database)
    homes.record(homes.here(), now=NOW)
    assert homes.recorded() == homes.here()


@pytest.mark.slow
def test_on_a_server_a_lease_goes_by_the_servers_clock() -> None:
    with postgres_url() as url:
        database = open_database(url, keeps_time=True)
        store = over(database)
        store.audience.declare(a_list())
        run = planned(store)[0]
        runs = SqlRuns(database=database)
        ahead, behind = NOW + 90 * MINUTE, NOW - 90 * MINUTE
        assert runs.claim(run, owner="behind", now=behind, lease_until=behind + MINUTE)
        assert runs.claim(run, owner="ahead", now=ahead, lease_until=ahead + MINUTE) is None
        database.close()
