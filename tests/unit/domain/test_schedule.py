"""What becomes of a run: each state with each policy, and what holds for all of them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zones import wall

from briefpub.domain.recurrence import Weekly, hour_of
from briefpub.domain.schedule import (
    ASKING,
    FREEZE,
    GRACE,
    ON_TIME,
    Approval,
    DateChange,
    Facts,
    Fate,
    Policy,
    Question,
    Run,
    RunState,
    Schedule,
    fate,
    occurrences,
    spell,
)

DUE = datetime(2026, 11, 29, 6, 30, tzinfo=UTC)
WALL = wall("2026-11-29 07:30")
SUNDAYS = Schedule(
    name="sunday",
    list="weekly",
    rule=Weekly(days=("sun",), at=hour_of("07:30")),
    timezone="Europe/Paris",
    since=DUE - timedelta(days=30),
)
HELD = replace(SUNDAYS, approval=Approval.HELD)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LATE = DUE + 3 * HOUR
VERY_LATE = DUE + 3 * DAY


def a_run(state: RunState = RunState.PLANNED, **facts) -> Run:
    return Run(id=1, schedule="sunday", list="weekly", wall=WALL, due=DUE, state=state, **facts)


def decided(run: Run, schedule: Schedule = SUNDAYS, *, now: datetime, **facts) -> Fate:
    return fate(run, schedule, Facts(now=now, **facts))


# --- beginning -------------------------------------------------------------------------------


def test_a_run_begins_to_compose_when_its_freeze_begins():
    assert decided(a_run(), now=DUE - FREEZE - MINUTE).state is RunState.PLANNED
    assert decided(a_run(), now=DUE - FREEZE).state is RunState.COMPOSING
    assert decided(a_run(), now=DUE + ON_TIME).state is RunState.COMPOSING


@pytest.mark.parametrize(
    ("late", "now", "state", "question"),
    [
        (Policy.SEND, LATE, RunState.COMPOSING, Question.NONE),
        (Policy.SEND, DUE + GRACE, RunState.COMPOSING, Question.NONE),
        (Policy.SEND, DUE + GRACE + MINUTE, RunState.MISSED, Question.NONE),
        (Policy.SKIP, DUE + ON_TIME, RunState.COMPOSING, Question.NONE),
        (Policy.SKIP, LATE, RunState.MISSED, Question.NONE),
        (Policy.ASK, DUE + ON_TIME, RunState.COMPOSING, Question.NONE),
        (Policy.ASK, LATE, RunState.HELD, Question.LATE),
        (Policy.ASK, VERY_LATE, RunState.HELD, Question.LATE),
    ],
)
def test_a_late_run_is_sent_left_out_or_asked_about(late, now, state, question):
    found = decided(a_run(), replace(SUNDAYS, late=late), now=now)
    assert (found.state, found.question) == (state, question)
    assert bool(found.reason) is (state is not RunState.COMPOSING)


@pytest.mark.parametrize("late", [Policy.SEND, Policy.SKIP, Policy.ASK])
def test_of_several_late_ones_only_the_last_is_of_use(late):
    found = decided(a_run(), replace(SUNDAYS, late=late), now=LATE, newer=True)
    assert found == Fate(state=RunState.MISSED, reason="it is 3 h late, and a later one has come since")


def test_one_that_is_on_time_is_sent_though_another_has_come():
    assert decided(a_run(), now=DUE + MINUTE, newer=True).state is RunState.COMPOSING


# --- holding and publishing ------------------------------------------------------------------


def test_a_frozen_run_waits_for_its_hour():
    composing = a_run(RunState.COMPOSING)
    assert decided(composing, now=DUE - MINUTE, frozen=True).state is RunState.COMPOSING
    assert decided(composing, now=DUE, frozen=True).state is RunState.PUBLISHING


def test_what_cannot_be_frozen_becomes_late_and_says_what_hindered_it():
    composing = a_run(RunState.COMPOSING, reason="A003 in bread")
    assert decided(composing, now=DUE + MINUTE) == Fate(state=RunState.COMPOSING, reason="A003 in bread")
    asked = decided(composing, replace(SUNDAYS, late=Policy.ASK), now=LATE)
    assert asked == Fate(state=RunState.HELD, reason="it is 3 h late; A003 in bread", question=Question.LATE)
    assert decided(composing, now=VERY_LATE).reason.endswith("; A003 in bread")


def test_an_issue_waits_for_approval_and_its_hour():
    composing = a_run(RunState.COMPOSING)
    waiting = Fate(state=RunState.HELD, reason="it waits for approval", question=Question.APPROVAL)
    assert decided(composing, HELD, now=DUE - MINUTE, frozen=True) == waiting
    held = a_run(RunState.HELD, question=Question.APPROVAL, changed_at=DUE - FREEZE)
    assert decided(held, HELD, now=DUE - MINUTE, frozen=True, approved=True).state is RunState.COMPOSING
    assert decided(held, HELD, now=DUE, frozen=True, approved=True).state is RunState.PUBLISHING


@pytest.mark.parametrize(
    ("unapproved", "state", "question"),
    [
        (Policy.WAIT, RunState.HELD, Question.APPROVAL),
        (Policy.SKIP, RunState.SKIPPED, Question.NONE),
        (Policy.ASK, RunState.HELD, Question.UNAPPROVED),
    ],
)
def test_not_approved_in_time(unapproved, state, question):
    held = a_run(RunState.HELD, question=Question.APPROVAL, changed_at=DUE - FREEZE)
    schedule = replace(HELD, unapproved=unapproved)
    assert decided(held, schedule, now=DUE - MINUTE, frozen=True).question is Question.APPROVAL
    found = decided(held, schedule, now=DUE, frozen=True)
    assert (found.state, found.question) == (state, question)


@pytest.mark.parametrize("unapproved", [Policy.SKIP, Policy.ASK])
def test_an_issue_that_is_frozen_late_leaves_time_to_approve_it(unapproved):
    """The machine was off at the hour: nobody could approve what was not there."""
    schedule = replace(HELD, unapproved=unapproved)
    assert decided(a_run(), schedule, now=LATE).state is RunState.COMPOSING
    composing = a_run(RunState.COMPOSING, changed_at=LATE)
    assert decided(composing, schedule, now=LATE, frozen=True).question is Question.APPROVAL
    held = a_run(RunState.HELD, question=Question.APPROVAL, changed_at=LATE)
    assert decided(held, schedule, now=LATE + FREEZE - MINUTE, frozen=True).question is Question.APPROVAL
    in_time = decided(
        replace(held, approved_at=LATE + MINUTE), schedule, now=LATE + MINUTE, frozen=True, approved=True
    )
    assert in_time.state is RunState.PUBLISHING
    over = decided(held, schedule, now=LATE + FREEZE, frozen=True)
    assert over.reason == "nobody approved it in time"


def test_an_approval_that_comes_days_later_sends_what_waited():
    schedule = replace(HELD, unapproved=Policy.WAIT, late=Policy.SKIP)
    held = a_run(RunState.HELD, question=Question.APPROVAL, approved_at=VERY_LATE)
    assert (
        decided(held, schedule, now=VERY_LATE + MINUTE, frozen=True, approved=True).state
        is RunState.PUBLISHING
    )


def test_an_approval_before_a_long_outage_is_late_like_any_other():
    schedule = replace(HELD, unapproved=Policy.WAIT, late=Policy.ASK)
    held = a_run(RunState.HELD, question=Question.APPROVAL, approved_at=DUE - MINUTE)
    assert decided(held, schedule, now=VERY_LATE, frozen=True, approved=True).question is Question.LATE


def test_what_was_published_by_hand_asks_nothing_more():
    for question in Question:
        held = a_run(RunState.HELD, question=question)
        assert decided(held, now=VERY_LATE, frozen=True, ended=True, doubt="a copy").state is RunState.DONE


# --- asking ----------------------------------------------------------------------------------


@pytest.mark.parametrize("question", sorted(ASKING))
def test_a_question_is_asked_until_it_is_answered(question):
    held = a_run(RunState.HELD, question=question, reason="because")
    for now, doubt in product((DUE - MINUTE, DUE, VERY_LATE), ("", "a copy")):
        found = decided(held, HELD, now=now, frozen=True, doubt=doubt)
        assert found == Fate(state=RunState.HELD, reason="because", question=question)


def test_a_yes_to_a_late_run_sends_it_once_it_is_frozen():
    schedule = replace(SUNDAYS, late=Policy.ASK)
    said = a_run(RunState.HELD, question=Question.LATE, said=True, changed_at=VERY_LATE)
    assert decided(said, schedule, now=VERY_LATE + MINUTE).state is RunState.COMPOSING
    assert decided(said, schedule, now=VERY_LATE + MINUTE, frozen=True).state is RunState.PUBLISHING


def test_a_yes_is_not_kept_for_another_outage():
    """It said: few articles will do. It did not say: and three days late."""
    schedule = replace(SUNDAYS, late=Policy.ASK)
    said = a_run(RunState.COMPOSING, said=True, changed_at=DUE - MINUTE)
    assert decided(said, schedule, now=VERY_LATE, frozen=True).question is Question.LATE


def test_a_yes_to_an_unapproved_issue_sends_it_as_it_is():
    said = a_run(RunState.HELD, question=Question.UNAPPROVED, said=True, changed_at=LATE)
    assert decided(said, HELD, now=LATE, frozen=True).state is RunState.PUBLISHING


@pytest.mark.parametrize("state", [RunState.PLANNED, RunState.COMPOSING, RunState.HELD])
@pytest.mark.parametrize("said", [False, True])
def test_a_copy_asks_whatever_was_said_before(state, said):
    """A backup may hold a yes to something else, of a run that was sent after it was taken."""
    run = a_run(state, said=said, question=Question.APPROVAL, changed_at=DUE)
    found = decided(run, now=DUE, frozen=True, approved=True, doubt="a copy")
    assert found == Fate(state=RunState.HELD, reason="a copy", question=Question.RESTORED)
    cleared = replace(run, cleared=True)
    assert decided(cleared, now=DUE, frozen=True, approved=True, doubt="a copy").question is Question.NONE


def test_nothing_is_asked_of_a_copy_before_its_hour():
    assert decided(a_run(), now=DUE - DAY, doubt="a copy").state is RunState.PLANNED


@pytest.mark.parametrize("state", [RunState.DONE, RunState.SKIPPED, RunState.MISSED])
def test_what_has_ended_stays_so(state):
    run = a_run(state, reason="because")
    assert decided(run, now=VERY_LATE, frozen=True, ended=True) == Fate(state=state, reason="because")


def test_publishing_ends_with_its_last_delivery():
    run = a_run(RunState.PUBLISHING)
    assert decided(run, now=LATE, frozen=True).state is RunState.PUBLISHING
    assert decided(run, now=LATE, frozen=True, doubt="a copy").state is RunState.PUBLISHING
    assert decided(run, now=LATE, frozen=True, ended=True).state is RunState.DONE


# --- for all ---------------------------------------------------------------------------------

ENDED = {RunState.DONE, RunState.SKIPPED, RunState.MISSED}
MOMENTS = st.sampled_from(
    [DUE - DAY, DUE - FREEZE, DUE - MINUTE, DUE, DUE + ON_TIME, DUE + ON_TIME + MINUTE, LATE, DUE + DAY]
) | st.timedeltas(-DAY, 3 * DAY).map(lambda ahead: DUE + ahead)
RUNS = st.builds(
    a_run,
    st.sampled_from(RunState),
    question=st.sampled_from(Question),
    said=st.booleans(),
    cleared=st.booleans(),
    changed_at=st.none() | MOMENTS,
    approved_at=st.none() | MOMENTS,
    reason=st.sampled_from(["", "because"]),
)
SCHEDULES = st.builds(
    Schedule,
    name=st.just("sunday"),
    list=st.just("weekly"),
    rule=st.just(SUNDAYS.rule),
    timezone=st.just("Europe/Paris"),
    since=st.just(SUNDAYS.since),
    approval=st.sampled_from(Approval),
    unapproved=st.sampled_from([Policy.WAIT, Policy.SKIP, Policy.ASK]),
    late=st.sampled_from([Policy.SEND, Policy.SKIP, Policy.ASK]),
    freeze=st.sampled_from([timedelta(0), FREEZE, DAY]),
    grace=st.sampled_from([timedelta(0), HOUR, GRACE]),
)
FACTS = st.builds(
    Facts,
    now=MOMENTS,
    doubt=st.sampled_from(["", "a copy"]),
    frozen=st.booleans(),
    approved=st.booleans(),
    ended=st.booleans(),
    newer=st.booleans(),
)


@given(RUNS, SCHEDULES, FACTS)
def test_promises_that_hold_for_all(run, schedule, facts):
    found = fate(run, schedule, facts)
    if run.state in ENDED:
        assert found == Fate(state=run.state, reason=run.reason, question=run.question)
        return
    if found.state is RunState.PUBLISHING and run.state is not RunState.PUBLISHING:
        assert facts.frozen
        assert facts.now >= run.due or (run.said and run.question is Question.UNAPPROVED)
        assert run.cleared or not facts.doubt
        assert run.said or run.question not in ASKING
        assert facts.approved or schedule.approval is Approval.AUTOMATIC or run.said
    if run.state in {RunState.COMPOSING, RunState.HELD} and run.question in ASKING and not run.said:
        assert found.state is RunState.DONE or found.question is run.question, "one question at a time"
    if found.question is not Question.NONE and run.state is not RunState.PUBLISHING:
        assert found.state in {RunState.HELD, RunState.PLANNED}
        assert found.reason or found.question is run.question, "a question says why"
    if found.state in {RunState.MISSED, RunState.SKIPPED}:
        assert found.reason, "what is left out says why"


@given(SCHEDULES, FACTS, st.lists(st.timedeltas(timedelta(0), 2 * DAY), max_size=8))
def test_whoever_says_yes_to_all_comes_to_an_end(schedule, facts, waits):
    """A run is acted on as the store does, with a yes to each question and leave to each issue."""
    run = a_run(changed_at=DUE - 7 * DAY)
    now, asked = facts.now, []
    for wait in [*waits, *[MINUTE / 2] * 3, *[DAY + MINUTE] * 4]:
        now += wait
        for _ in range(12):
            frozen = facts.frozen or run.state is not RunState.PLANNED
            seen = replace(
                facts, now=now, frozen=frozen, approved=run.approved, ended=run.state is RunState.PUBLISHING
            )
            found = fate(run, schedule, seen)
            if (found.state, found.question) == (run.state, run.question):
                break
            anew = found.question in ASKING and found.question is not run.question
            run = replace(
                run,
                state=found.state,
                question=found.question,
                reason=found.reason,
                said=run.said and not anew,
                changed_at=now,
            )
            if run.question in ASKING and not run.said:
                asked.append(run.question)
                run = replace(
                    run, said=True, changed_at=now, cleared=run.cleared or run.question is Question.RESTORED
                )
            elif run.question is Question.APPROVAL and schedule.unapproved is Policy.WAIT:
                run = replace(run, approved=True, approved_at=now)
        else:
            pytest.fail(f"it goes round: {asked}")
    assert run.state in ENDED, (run, asked)
    assert asked.count(Question.RESTORED) <= 1
    assert len(asked) <= len(waits) + 5


# --- occurrences -----------------------------------------------------------------------------

FOUR = [WALL + timedelta(days=7 * number) for number in range(4)]


def test_occurrences_know_their_instants_and_what_is_special_about_them():
    march = [wall("2027-03-21 02:30"), wall("2027-03-28 02:30")]
    first, second = occurrences(SUNDAYS, march)
    assert (first.due, first.note) == (datetime(2027, 3, 21, 1, 30, tzinfo=UTC), "")
    assert second.due == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert "does not exist" in second.note


def test_occurrences_keep_between_the_first_and_the_last_day():
    schedule = replace(SUNDAYS, starts=date(2026, 12, 1), ends=date(2026, 12, 13))
    assert [one.wall for one in occurrences(schedule, FOUR)] == FOUR[1:3]


def test_a_date_that_is_left_out_or_moved_keeps_its_name():
    moved = DateChange(date=date(2026, 12, 13), to=wall("2026-12-14 18:00"), why="St Lucy")
    schedule = replace(SUNDAYS, changes=(DateChange(date=date(2026, 12, 6)), moved))
    found = list(occurrences(schedule, FOUR))
    assert [one.wall for one in found] == FOUR
    assert [one.skipped for one in found] == [False, True, False, False]
    assert found[1].note == "left out"
    assert (found[2].at, found[2].due) == (moved.to, datetime(2026, 12, 14, 17, 0, tzinfo=UTC))
    assert found[2].note == "moved from 2026-12-13 07:30: St Lucy"


@pytest.mark.parametrize(
    ("delta", "told"),
    [
        (timedelta(0), "0 min"),
        (timedelta(seconds=-5), "0 min"),
        (timedelta(minutes=45), "45 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(hours=3, minutes=5), "3 h 5 min"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=2, hours=3, minutes=9), "2 days 3 h"),
    ],
)
def test_how_long_something_is(delta, told):
    assert spell(delta) == told
