"""The figures: what one query counts is what the other ports tell row by row, on SQLite and PostgreSQL."""

import datetime as dt
from collections import Counter

from builders import NOW
from sqlalchemy import event
from stores import MINUTE, Store, attempt, claim, hand, queued, queued_elsewhere, settle

from briefpub.domain.delivery import DeliveryState, MailingState
from briefpub.domain.recurrence import Weekly
from briefpub.domain.replies import Outcome
from briefpub.domain.schedule import Fate, Occurrence, Question, Run, RunState, Schedule
from briefpub.store.figures import SqlFigures
from briefpub.store.runs import SqlRuns
from briefpub.store.schedules import SqlSchedules

HOUR = dt.timedelta(hours=1)
WALL = dt.datetime(2026, 11, 29, 7, 30)  # noqa: DTZ001 - a wall time has no zone


def a_schedule(name: str = "sundays") -> Schedule:
    return Schedule(
        name=name, list="weekly", rule=Weekly(days=("sun",), at=dt.time(7, 30)), timezone="UTC", since=NOW
    )


def plan(store: Store, schedule: Schedule, *dues: dt.datetime) -> tuple[Run, ...]:
    assert store.database
    occurrences = [
        Occurrence(wall=WALL + number * 24 * HOUR, at=WALL + number * 24 * HOUR, due=due)
        for number, due in enumerate(dues)
    ]
    return SqlRuns(database=store.database).plan(schedule, occurrences, now=NOW)


def settle_run(store: Store, run: Run, state: RunState, question: Question = Question.NONE) -> None:
    assert store.database
    runs = SqlRuns(database=store.database)
    claimed = runs.claim(run, owner="me", now=NOW, lease_until=NOW + MINUTE)
    assert claimed
    runs.settle(claimed, Fate(state=state, reason="so", question=question), owner="me", now=NOW)


def figures(store: Store):
    assert store.database
    return SqlFigures(database=store.database)()


def test_an_empty_publication_counts_nothing(real: Store) -> None:
    found = figures(real)
    assert (found.deliveries, found.runs, found.oldest_due, found.questions, found.unknown) == (
        {},
        {},
        None,
        0,
        0,
    )
    assert set(found.mailings.values()) == {0}
    assert set(found.mailings) == set(MailingState)
    assert found.overdue(NOW) == dt.timedelta(0)


def test_deliveries_and_mailings_are_what_the_mailings_say(real: Store) -> None:
    mailing = queued(real, 7)
    queued_elsewhere(real, 3)
    batch = claim(real, mailing, most=4)
    hand(real, [one.id for one in batch])
    ended = [Outcome.ACCEPTED, Outcome.FAILED, Outcome.UNKNOWN, Outcome.DEFERRED]
    settle(real, batch, *map(attempt, ended))
    found = figures(real)
    told = Counter[tuple[str, DeliveryState]]()
    for one in real.ledger.mailings():
        for state, count in one.counts.items():
            told[one.list, state] += count
    assert dict(told) == dict(found.deliveries)
    assert found.unknown == 1
    states = Counter(one.state for one in real.ledger.mailings())
    assert {state: count for state, count in found.mailings.items() if count} == dict(states)


def test_runs_are_counted_by_schedule_and_state(real: Store) -> None:
    assert real.database
    schedules = SqlSchedules(database=real.database)
    kept, gone = schedules.add(a_schedule()), schedules.add(a_schedule("fridays"))
    runs = plan(real, kept, NOW, NOW + HOUR, NOW + 2 * HOUR)
    plan(real, gone, NOW + HOUR)
    settle_run(real, runs[0], RunState.DONE)
    schedules.remove("fridays", now=NOW)
    found = figures(real)
    assert {key: count for key, count in found.runs.items() if count} == {
        ("sundays", RunState.DONE): 1,
        ("sundays", RunState.PLANNED): 2,
    }
    assert set(found.runs) == {("sundays", state) for state in RunState}


def test_what_waits_to_go_out_is_overdue_and_what_waits_for_an_editor_is_a_question(real: Store) -> None:
    assert real.database
    schedule = SqlSchedules(database=real.database).add(a_schedule())
    dues = [NOW + hour * HOUR for hour in range(6)]
    done, asks, approval, held, composing, planned = plan(real, schedule, *dues)
    settle_run(real, done, RunState.DONE)
    settle_run(real, asks, RunState.HELD, Question.LATE)
    settle_run(real, approval, RunState.HELD, Question.APPROVAL)
    settle_run(real, held, RunState.HELD)
    settle_run(real, composing, RunState.COMPOSING)
    found = figures(real)
    assert found.questions == 2
    assert found.oldest_due == held.due
    assert found.overdue(held.due + MINUTE) == MINUTE
    assert found.overdue(held.due - MINUTE) == dt.timedelta(0)
    settle_run(real, held, RunState.SKIPPED)
    settle_run(real, composing, RunState.PUBLISHING)
    assert figures(real).oldest_due == planned.due


def test_no_delivery_is_counted_one_by_one(real: Store) -> None:
    assert real.database
    queued(real, 3)
    asked = list[str]()
    event.listen(
        real.database.engine, "before_cursor_execute", lambda _c, _cur, words, *_: asked.append(words)
    )
    figures(real)
    assert not any("FROM delivery" in words for words in asked)
    assert sum(words.lstrip().startswith("SELECT") for words in asked) == 5
