"""Runs happen once, at their hour, with what their schedule says; what hinders them is told, and asked."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from builders import NOW, a_list, a_manifest, an_issue, editions_of
from clockwork import MINUTE, SUNDAY, Clockwork, a_head, a_schedule, heads, opened
from fakes import FakeArticles, FakeOutbox
from newsroom import FakeBuilt

from briefpub.domain.article import Gathered, Status
from briefpub.domain.audience import List
from briefpub.domain.errors import Conflict
from briefpub.domain.issue import IssueRecord, IssueState
from briefpub.domain.recurrence import DAYS, Weekly
from briefpub.domain.schedule import (
    Approval,
    DateChange,
    Occurrence,
    Order,
    Policy,
    Question,
    RunState,
    Selection,
)
from briefpub.store.database import open_database
from briefpub.workflows.freeze import Freeze
from briefpub.workflows.make_issue import Made, MakeIssue

DAY = dt.timedelta(days=1)
WEEK = dt.timedelta(weeks=1)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clock") / "empty.db"
    open_database(str(path)).close()
    return path


@pytest.fixture
def clock(tmp_path: Path, empty_database: Path) -> Iterator[Clockwork]:
    database = opened(tmp_path, empty_database)
    yield Clockwork(database)
    database.close()


def test_nothing_is_done_before_the_issue_is_frozen(clock: Clockwork) -> None:
    clock.begin()
    assert clock.ring(SUNDAY - 11 * MINUTE) == ()
    assert clock.states() == []


def test_ten_minutes_ahead_the_issue_is_frozen_and_nobody_is_mailed(clock: Clockwork) -> None:
    clock.begin()
    told = [one.told for one in clock.ring(SUNDAY - 10 * MINUTE)]
    assert clock.run().state is RunState.COMPOSING
    assert clock.issues.of()[0].state is IssueState.AWAITING
    assert clock.ledger.mailings() == ()
    assert "weekly/001 is frozen for sundays 2026-11-29 07:30" in told


def test_at_its_hour_it_goes_out_once(clock: Clockwork) -> None:
    clock.begin()
    for at in (SUNDAY - 10 * MINUTE, SUNDAY, SUNDAY, SUNDAY + MINUTE):
        clock.ring(at)
    assert clock.run().state is RunState.PUBLISHING
    assert clock.sent() == [("bread",)]
    assert clock.marked == 1
    clock.deliver()
    clock.ring()
    assert clock.states() == ["done"]


def test_what_is_dated_later_waits_for_a_later_run(clock: Clockwork) -> None:
    clock.heads = [a_head("now", date=SUNDAY.date()), a_head("later", date=(SUNDAY + DAY).date())]
    clock.begin()
    for week in (0, 1):
        clock.ring(SUNDAY + week * WEEK)
    assert clock.sent() == [("now",), ("later",)]


def test_nothing_new_is_left_out_and_told(clock: Clockwork) -> None:
    clock.begin()
    clock.ring(SUNDAY)
    clock.ring(SUNDAY + WEEK)
    assert clock.run().state is RunState.SKIPPED
    assert clock.run().reason == "no article is new"


@pytest.mark.parametrize(
    ("selection", "picked"),
    [
        (Selection(most=2), ("d", "c")),
        (Selection(order=Order.OLDEST, most=2), ("a", "b")),
        (Selection(tags=("garden",)), ("c", "a")),
        (Selection(listed=("b", "d", "x"), order=Order.LISTED), ("b", "d")),
    ],
)
def test_the_selection_picks(clock: Clockwork, selection: Selection, picked: tuple[str, ...]) -> None:
    dates = {id: dt.date(2026, 11, day) for day, id in enumerate("abcd", start=1)}
    clock.heads = [
        a_head(id, date=date, tags=("garden",) if id in "ac" else ("sea",)) for id, date in dates.items()
    ]
    clock.heads.append(a_head("x", status=Status.DRAFT))
    clock.begin(a_schedule(selection=selection))
    clock.ring(SUNDAY)
    assert clock.sent() == [picked]


def test_an_article_goes_out_again_only_where_it_is_named_and_asked_for(clock: Clockwork) -> None:
    again = Selection(listed=("bread",), order=Order.LISTED, again=True)
    clock.begin(a_schedule(selection=again))
    clock.ring(SUNDAY)
    clock.ring(SUNDAY + WEEK)
    assert clock.sent() == [("bread",), ("bread",)]


def test_too_few_are_skipped_sent_or_asked_about(clock: Clockwork) -> None:
    few = Selection(least=2)
    clock.begin(
        a_schedule("skips", selection=few),
        a_schedule(
            "asks", selection=replace(few, too_few=Policy.ASK), rule=Weekly(days=("mon",), at=dt.time(7))
        ),
    )
    clock.ring(SUNDAY)
    assert (clock.run().state, clock.run().reason) == (RunState.SKIPPED, "1 article is ready, 2 are wanted")
    clock.ring(SUNDAY + DAY)
    asking = clock.run()
    assert (asking.state, asking.question) == (RunState.HELD, Question.TOO_FEW)
    clock.ring(SUNDAY + DAY + MINUTE)
    clock.runs.answer("asks", asking.wall, now=clock.at)
    clock.ring(SUNDAY + DAY + 2 * MINUTE)
    assert clock.sent() == [("bread",)]


def test_too_few_go_out_all_the_same_where_the_schedule_says_so(clock: Clockwork) -> None:
    clock.begin(a_schedule(selection=Selection(least=5, too_few=Policy.SEND)))
    clock.ring(SUNDAY)
    assert clock.sent() == [("bread",)]


def test_an_issue_composed_by_hand_goes_first(clock: Clockwork) -> None:
    clock.heads = heads(["bread", "salt"])
    clock.begin()
    clock.issues.compose("weekly", ("salt",), title="By hand", date=NOW.date())
    clock.ring(SUNDAY)
    clock.ring(SUNDAY + WEEK)
    assert clock.sent() == [("salt",), ("bread",)]


def test_by_hand_sends_nothing_that_nobody_composed(clock: Clockwork) -> None:
    clock.begin(a_schedule(selection=Selection(by_hand=True)))
    clock.ring(SUNDAY)
    assert (clock.run().state, clock.run().reason) == (RunState.SKIPPED, "no editor composed an issue")


def test_a_list_without_subscribers_keeps_its_articles(clock: Clockwork) -> None:
    clock.begin(people=0)
    clock.ring(SUNDAY)
    assert clock.run().state is RunState.SKIPPED
    assert clock.issues.taken("weekly") == frozenset()


def test_a_held_issue_waits_for_its_hashes_to_be_approved(clock: Clockwork) -> None:
    clock.begin(a_schedule(approval=Approval.HELD, freeze=2 * DAY))
    clock.ring(SUNDAY - 2 * DAY)
    assert (clock.run().state, clock.run().question) == (RunState.HELD, Question.APPROVAL)
    record = clock.issues.of()[0]
    clock.issues.approve(record.key, manifest_sha256=record.manifest_sha256, by="ada", now=clock.at)
    clock.ring(SUNDAY - DAY)
    assert clock.sent() == []
    clock.ring(SUNDAY)
    assert clock.sent() == [("bread",)]


@pytest.mark.parametrize(
    ("policy", "state", "question"),
    [
        (Policy.WAIT, RunState.HELD, Question.APPROVAL),
        (Policy.SKIP, RunState.SKIPPED, Question.NONE),
        (Policy.ASK, RunState.HELD, Question.UNAPPROVED),
    ],
)
def test_what_nobody_approved_in_time(
    clock: Clockwork, policy: Policy, state: RunState, question: Question
) -> None:
    clock.begin(a_schedule(approval=Approval.HELD, unapproved=policy))
    clock.ring(SUNDAY - 5 * MINUTE)
    clock.ring(SUNDAY + MINUTE)
    assert (clock.run().state, clock.run().question) == (state, question)
    assert clock.sent() == []


def test_an_approval_that_comes_late_sends_what_waits(clock: Clockwork) -> None:
    clock.begin(a_schedule(approval=Approval.HELD, unapproved=Policy.WAIT))
    clock.ring(SUNDAY)
    record = clock.issues.of()[0]
    clock.issues.approve(record.key, manifest_sha256=record.manifest_sha256, by="ada", now=SUNDAY + 3 * DAY)
    clock.ring(SUNDAY + 3 * DAY)
    assert clock.sent() == [("bread",)]


def test_a_late_run_goes_out_within_its_grace(clock: Clockwork) -> None:
    clock.begin()
    clock.ring(SUNDAY + dt.timedelta(hours=11))
    assert clock.sent() == [("bread",)]


@pytest.mark.parametrize(
    ("late", "state", "question"),
    [
        (Policy.SEND, RunState.MISSED, Question.NONE),
        (Policy.SKIP, RunState.MISSED, Question.NONE),
        (Policy.ASK, RunState.HELD, Question.LATE),
    ],
)
def test_a_run_that_is_later_than_that(
    clock: Clockwork, late: Policy, state: RunState, question: Question
) -> None:
    clock.begin(a_schedule(late=late))
    clock.ring(SUNDAY + dt.timedelta(hours=13))
    assert (clock.run().state, clock.run().question) == (state, question)
    assert clock.sent() == []


def test_of_the_runs_of_three_weeks_only_the_last_may_still_go_out(clock: Clockwork) -> None:
    clock.begin()
    clock.ring(SUNDAY + 3 * WEEK + MINUTE)
    assert clock.states() == ["missed", "missed", "missed", "publishing"]
    assert "a later one has come since" in clock.run(0).reason


def test_a_late_run_that_asks_goes_out_with_an_editors_yes(clock: Clockwork) -> None:
    clock.begin(a_schedule(late=Policy.ASK))
    clock.ring(SUNDAY + DAY)
    clock.runs.answer("sundays", clock.run().wall, now=clock.at)
    clock.ring(SUNDAY + DAY + MINUTE)
    assert clock.sent() == [("bread",)]


def test_a_run_can_be_stopped_after_it_was_frozen(clock: Clockwork) -> None:
    clock.begin()
    clock.ring(SUNDAY - 5 * MINUTE)
    clock.runs.skip("sundays", clock.run().wall, reason="a mistake", now=clock.at)
    clock.ring(SUNDAY)
    assert clock.states() == ["skipped"]
    assert clock.sent() == []
    # What was frozen goes with the next run, unless it is withdrawn.
    clock.ring(SUNDAY + WEEK)
    assert clock.sent() == [("bread",)]


def test_what_was_withdrawn_is_free_again(clock: Clockwork) -> None:
    clock.begin()
    clock.ring(SUNDAY - 5 * MINUTE)
    clock.runs.skip("sundays", clock.run().wall, reason="a mistake", now=clock.at)
    clock.issues.withdraw("weekly/001")
    clock.heads.append(a_head("salt"))
    clock.ring(SUNDAY + WEEK)
    assert clock.sent() == [("bread", "salt")]


def test_a_date_is_left_out_and_another_one_moved(clock: Clockwork) -> None:
    christmas = DateChange(date=dt.date(2026, 12, 27), to=dt.datetime(2026, 12, 24, 18, 0), why="Christmas")  # noqa: DTZ001
    clock.heads = heads(["a"])
    clock.begin(a_schedule(changes=(DateChange(date=SUNDAY.date(), why="rest"), christmas)))
    clock.ring(SUNDAY)
    assert (clock.run().state, clock.run().reason) == (RunState.SKIPPED, "left out: rest")
    for sunday in range(1, 4):
        clock.heads.append(a_head(f"b{sunday}"))
        clock.ring(SUNDAY + sunday * WEEK)
    clock.heads.append(a_head("eve"))
    clock.ring(dt.datetime(2026, 12, 24, 17, 59, tzinfo=dt.UTC))
    assert ("eve",) not in clock.sent()
    clock.ring(dt.datetime(2026, 12, 24, 18, 0, tzinfo=dt.UTC))
    assert clock.sent()[-1] == ("eve",)
    clock.ring(dt.datetime(2026, 12, 27, 7, 30, tzinfo=dt.UTC))
    assert clock.states().count("publishing") == 4


def test_a_change_reaches_a_run_that_is_planned(clock: Clockwork) -> None:
    early = DateChange(date=dt.date(2026, 12, 6), to=dt.datetime(2026, 11, 28, 7, 30))  # noqa: DTZ001
    clock.begin(a_schedule(changes=(early,)))
    clock.ring(dt.datetime(2026, 11, 28, 7, 30, tzinfo=dt.UTC))
    assert clock.states() == ["publishing", "planned"]
    clock.schedules.change("sundays", [DateChange(date=SUNDAY.date(), why="rest")], now=clock.at)
    assert clock.states() == ["publishing", "skipped"]


def test_while_paused_nothing_is_planned_and_nothing_is_made_up_for(clock: Clockwork) -> None:
    clock.begin()
    clock.schedules.pause("sundays", paused=True, now=NOW)
    clock.ring(SUNDAY)
    clock.schedules.pause("sundays", paused=False, now=SUNDAY + MINUTE)
    clock.ring(SUNDAY + 2 * MINUTE)
    assert clock.states() == []
    clock.ring(SUNDAY + WEEK)
    assert clock.states() == ["publishing"]


def test_pausing_stops_what_is_frozen(clock: Clockwork) -> None:
    clock.begin()
    clock.ring(SUNDAY - 5 * MINUTE)
    clock.schedules.pause("sundays", paused=True, now=clock.at)
    clock.ring(SUNDAY)
    assert clock.states() == ["skipped"]


def test_errors_in_an_article_hold_the_run_and_let_it_go_when_they_are_mended(clock: Clockwork) -> None:
    clock.begin()
    clock.hinder = "articles/bread.md:3: A003 the photo has no alt text"
    acted = clock.ring(SUNDAY - 5 * MINUTE)
    assert acted[-1].trouble
    assert clock.hinder in acted[-1].told
    assert clock.ring(SUNDAY) == ()  # told once
    clock.hinder = ""
    clock.ring(SUNDAY + 5 * MINUTE)
    assert clock.sent() == [("bread",)]


def test_an_old_copy_of_the_database_sends_nothing_without_being_asked(clock: Clockwork) -> None:
    clock.begin()
    clock.doubt = "issue 9 went out from here, and the database does not know of it"
    clock.ring(SUNDAY)
    assert (clock.run().state, clock.run().question) == (RunState.HELD, Question.RESTORED)
    clock.doubt = ""  # somebody adopted it: what asked still asks
    clock.ring(SUNDAY + MINUTE)
    assert clock.sent() == []
    clock.runs.answer("sundays", clock.run().wall, now=clock.at)
    clock.ring(SUNDAY + 2 * MINUTE)
    assert clock.sent() == [("bread",)]


def test_a_doubt_that_comes_up_in_the_freeze_window_holds_too(clock: Clockwork) -> None:
    clock.begin()
    clock.ring(SUNDAY - 5 * MINUTE)
    clock.doubt = "this database was last used elsewhere"
    clock.ring(SUNDAY)
    assert clock.run().question is Question.RESTORED
    assert clock.sent() == []


def test_what_another_process_leased_is_left_to_it_until_its_lease_is_over(clock: Clockwork) -> None:
    clock.begin()
    clock.ring(SUNDAY - 5 * MINUTE)
    clock.runs.claim(clock.run(), owner="other", now=SUNDAY, lease_until=SUNDAY + 3 * MINUTE)
    assert clock.ring(SUNDAY + MINUTE) == ()
    clock.ring(SUNDAY + 4 * MINUTE)
    assert clock.sent() == [("bread",)]


def test_an_issue_published_by_hand_ends_its_run(clock: Clockwork) -> None:
    clock.begin()
    clock.ring(SUNDAY - 5 * MINUTE)
    record = clock.issues.of()[0]
    clock.issues.freeze(record.key, manifest_sha256=record.manifest_sha256, editions=())
    clock.ledger.queue(record.key, now=clock.at)
    clock.issues.published(record.key)
    clock.ring(SUNDAY)
    assert clock.states() == ["done"]
    assert len(clock.sent()) == 1


def test_a_removed_schedule_keeps_its_record_and_gives_its_name_free(clock: Clockwork) -> None:
    clock.begin()
    clock.ring(SUNDAY)
    clock.schedules.remove("sundays", now=clock.at)
    clock.deliver()
    clock.ring(SUNDAY + MINUTE)
    assert clock.states() == ["done"]
    clock.schedules.add(a_schedule(since=SUNDAY + MINUTE))
    clock.heads.append(a_head("salt"))
    clock.ring(SUNDAY + WEEK)
    assert clock.states() == ["done", "publishing"]


def test_next_due_is_when_something_has_to_be_done(clock: Clockwork) -> None:
    clock.begin()
    workflow = clock.workflow()
    assert workflow.next_due(NOW) == SUNDAY - 10 * MINUTE
    clock.ring(SUNDAY - 10 * MINUTE)
    assert workflow.next_due(clock.at) == SUNDAY
    clock.ring(SUNDAY)
    assert workflow.next_due(SUNDAY) == SUNDAY + WEEK - 10 * MINUTE


def test_a_zone_with_new_rules_moves_the_instant_and_not_the_run(clock: Clockwork) -> None:
    clock.begin(a_schedule(timezone="Europe/Paris", freeze=2 * DAY))
    clock.ring(SUNDAY - 2 * DAY)
    run = clock.run()
    with clock.database.writing() as connection:  # as if planned under other rules
        connection.exec_driver_sql("UPDATE run SET due = '2026-11-29T09:30:00.000000Z'")
    clock.ring(dt.datetime(2026, 11, 29, 6, 30, tzinfo=dt.UTC))
    assert clock.run().state is RunState.PUBLISHING
    assert clock.run().due == run.due == dt.datetime(2026, 11, 29, 6, 30, tzinfo=dt.UTC)
    assert len(clock.runs.of()) == 1


def test_a_yes_to_a_late_run_is_none_to_a_short_one(clock: Clockwork) -> None:
    clock.begin(a_schedule(late=Policy.ASK, selection=Selection(least=2, too_few=Policy.ASK)))
    clock.ring(SUNDAY + DAY)
    for question in (Question.LATE, Question.TOO_FEW):
        assert clock.run().question is question
        clock.runs.answer("sundays", clock.run().wall, now=clock.at)
        clock.ring(clock.at + MINUTE)
    assert clock.sent() == [("bread",)]


def test_what_only_has_to_be_let_go_does_not_wait_for_what_has_to_be_built(clock: Clockwork) -> None:
    clock.heads = heads(["bread", "salt"])
    builds = a_schedule("builds", selection=Selection(most=1), freeze=WEEK)
    clock.begin(a_schedule(selection=Selection(most=1)), builds)
    clock.schedules.pause("builds", paused=True, now=NOW)
    clock.ring(SUNDAY - 5 * MINUTE)
    clock.schedules.pause("builds", paused=False, now=SUNDAY - MINUTE)
    told = [one.told for one in clock.ring(SUNDAY)]
    goes = next(number for number, one in enumerate(told) if "weekly/001 goes" in one)
    frozen = next(number for number, one in enumerate(told) if "weekly/002 is frozen" in one)
    assert goes < frozen


# --- what a hostile reader found -------------------------------------------------------------


def test_what_a_held_schedule_froze_goes_out_by_no_other_without_a_yes(clock: Clockwork) -> None:
    clock.begin(
        a_schedule(approval=Approval.HELD, unapproved=Policy.SKIP),
        a_schedule("wednesdays", rule=Weekly(days=("wed",), at=dt.time(7, 30))),
    )
    clock.ring(SUNDAY)
    wednesday = SUNDAY + 3 * DAY
    clock.ring(wednesday)
    assert clock.sent() == []
    assert (clock.run().schedule, clock.run().question) == ("wednesdays", Question.APPROVAL)
    record = clock.issues.of()[0]
    clock.issues.approve(record.key, manifest_sha256=record.manifest_sha256, by="ada", now=wednesday)
    clock.ring(wednesday + MINUTE)
    assert clock.sent() == [("bread",)]


def test_a_list_archived_after_the_freeze_is_mailed_nothing(clock: Clockwork) -> None:
    clock.begin()
    clock.ring(SUNDAY - 5 * MINUTE)
    clock.audience.declare(replace(a_list(), archived=True))
    clock.ring(SUNDAY)
    assert (clock.run().state, clock.run().reason) == (RunState.SKIPPED, "its list is archived")
    assert clock.sent() == []


def test_resuming_takes_up_what_pausing_left_out_and_is_still_to_come(clock: Clockwork) -> None:
    clock.begin(a_schedule(freeze=2 * DAY))
    clock.ring(SUNDAY - DAY)
    clock.schedules.pause("sundays", paused=True, now=clock.at)
    assert clock.states() == ["skipped"]
    clock.schedules.pause("sundays", paused=False, now=SUNDAY - 2 * MINUTE)
    clock.ring(SUNDAY)
    assert clock.sent() == [("bread",)]
    assert len(clock.runs.of()) == 1


def test_fortnights_are_counted_on_through_a_pause(clock: Clockwork) -> None:
    clock.heads = heads([f"essay-{number}" for number in range(9)])
    every_other = Weekly(days=("sun",), at=dt.time(7, 30), every=2)
    clock.begin(a_schedule(rule=every_other, selection=Selection(most=1)))
    clock.schedules.pause("sundays", paused=True, now=NOW)
    clock.schedules.pause("sundays", paused=False, now=SUNDAY - 2 * DAY)
    for week in range(4):
        clock.ring(SUNDAY + week * WEEK)
    walls = [run.wall.date() for run in clock.runs.of()]
    assert walls == [dt.date(2026, 12, 6), dt.date(2026, 12, 20)]


def test_trying_in_vain_is_no_step_from_which_lateness_counts(clock: Clockwork) -> None:
    clock.begin(a_schedule(late=Policy.ASK))
    clock.ring(SUNDAY + DAY)
    clock.runs.answer("sundays", clock.run().wall, now=clock.at)
    clock.hinder = "articles/bread.md: broken"
    for hour in range(48):
        clock.ring(SUNDAY + DAY + hour * dt.timedelta(hours=1))
    clock.hinder = ""
    clock.ring(SUNDAY + 4 * DAY)
    assert clock.run().question is Question.LATE
    assert clock.sent() == []


def test_an_issue_withdrawn_at_the_last_moment_leaves_the_run_to_make_another(clock: Clockwork) -> None:
    clock.begin()
    clock.ring(SUNDAY - 5 * MINUTE)
    run = clock.runs.claim(clock.run(), owner="me", now=SUNDAY, lease_until=SUNDAY + MINUTE)
    assert run
    clock.issues.withdraw("weekly/001")
    with pytest.raises(Conflict, match="withdrawn"):
        clock.runs.release(run, owner="me", now=SUNDAY)
    clock.runs.let_go(run, owner="me")
    clock.ring(SUNDAY)
    assert clock.sent() == [("bread",)]


def test_a_schedule_paused_since_it_was_read_plans_nothing(clock: Clockwork) -> None:
    clock.begin()
    read = clock.schedules.get("sundays")
    assert read
    clock.schedules.pause("sundays", paused=True, now=NOW)
    occurrence = Occurrence(wall=SUNDAY.replace(tzinfo=None), at=SUNDAY.replace(tzinfo=None), due=SUNDAY)
    assert clock.runs.plan(read, [occurrence], now=SUNDAY) == ()


def test_one_bad_schedule_and_one_bad_issue_stop_no_other(clock: Clockwork) -> None:
    clock.heads = heads(["bread", "salt"])
    one = Selection(most=1)
    clock.begin(
        a_schedule("a", selection=one), a_schedule("b", selection=one), a_schedule("c", selection=one)
    )
    with clock.database.writing() as connection:
        connection.exec_driver_sql("UPDATE schedule SET timezone = 'Nowhere/Land' WHERE name = 'a'")
    told = [acted.told for acted in clock.ring(SUNDAY) if acted.trouble]
    assert any("Nowhere/Land" in one for one in told)
    assert len(clock.sent()) == 2


def test_an_approved_issue_is_not_missed_because_a_newer_run_has_come(clock: Clockwork) -> None:
    daily = Weekly(days=DAYS, at=dt.time(7, 30))
    clock.begin(a_schedule(approval=Approval.HELD, rule=daily, since=SUNDAY - DAY + MINUTE))
    clock.ring(SUNDAY)
    first = clock.run(0)
    record = clock.issues.get(first.issue)
    assert record
    late = SUNDAY + DAY + 5 * MINUTE
    clock.issues.approve(record.key, manifest_sha256=record.manifest_sha256, by="ada", now=late)
    clock.ring(late + 30 * MINUTE)
    assert clock.run(0).state is RunState.PUBLISHING


def test_what_was_withdrawn_while_it_was_built_is_not_frozen_for_another(clock: Clockwork) -> None:
    outbox = FakeOutbox()
    clock.begin()
    record = clock.issues.compose("weekly", ("bread",), title="", date=NOW.date())

    class Withdrawing:
        """A press during whose work somebody withdraws the issue."""

        def __call__(self, record: IssueRecord, list: List, gathered: Gathered) -> Made:
            clock.issues.withdraw(record.key)
            issue = an_issue()
            editions = editions_of(issue)
            return Made(built=FakeBuilt(editions, a_manifest(issue, editions)), findings=())

    freeze = Freeze(
        articles=FakeArticles(), make=cast("MakeIssue", Withdrawing()), issues=clock.issues, outbox=outbox
    )
    with pytest.raises(Conflict):
        freeze(record, a_list())
    assert outbox.frozen(record.key) is None
