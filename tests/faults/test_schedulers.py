"""Several schedulers over one database, their clocks wrong, killed at random: every run once, none missing."""

import datetime as dt
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import pytest
from builders import a_list, subscribers
from clockwork import MINUTE, a_schedule
from postgres import postgres_url
from scheduler_process import Order
from sender_process import SharedClock

from briefpub.domain.recurrence import DAYS, Weekly
from briefpub.domain.schedule import RunState, Selection
from briefpub.store.audience import SqlAudience
from briefpub.store.database import Database, open_database
from briefpub.store.issues import SqlIssues
from briefpub.store.mailings import SqlLedger
from briefpub.store.runs import SqlRuns
from briefpub.store.schedules import SqlSchedules

# Later than the real clock: it is only ever moved forward.
BEGIN = dt.datetime(2030, 1, 6, 0, 0, tzinfo=dt.UTC)
LISTS = 5
SKEWS = (0.0, 90.0, -90.0, 3600.0)
HERE = Path(__file__).parents[1]


@contextmanager
def nursery(database: str) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, str(HERE / "scheduler_process.py"), database.partition(":")[0]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(HERE)},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def started(process: "subprocess.Popen[str]", order: Order) -> int:
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(asdict(order)) + "\n")
    process.stdin.flush()
    return int(process.stdout.readline())


def staged(database: Database, schedules: int) -> None:
    """Keep so many daily schedules over five lists; each run takes one article."""
    audience, kept = SqlAudience(database=database), SqlSchedules(database=database)
    for number in range(LISTS):
        audience.declare(a_list(f"list-{number}"))
        audience.subscribe(f"list-{number}", subscribers(1), consent="", now=BEGIN)
    for number in range(schedules):
        kept.add(
            a_schedule(
                f"daily-{number:02d}",
                list=f"list-{number % LISTS}",
                rule=Weekly(days=DAYS, at=hour_of(number)),
                since=BEGIN,
                selection=Selection(most=1),
            )
        )


def played(folder: Path, url: str, database: Database, *, schedules: int, days: int, workers: int) -> int:
    """Let so many days pass, from one due moment to the next, while schedulers are killed; give the kills."""
    chance = random.Random(4)
    clock = SharedClock(folder / "clock")
    runs = SqlRuns(database=database)
    kills = number = 0

    def order(skew: float) -> Order:
        return Order(
            database=url,
            # One alone has the same name each time, and takes up at once what it had leased before.
            owner=f"scheduler-{number}" if workers > 1 else "alone",
            clock=str(folder / "clock"),
            skew=skew,
            articles=schedules * days + 50,
            lease=2.0,
        )

    with nursery(url) as process:
        alive = {}
        for number in range(workers):
            alive[started(process, order(SKEWS[number]))] = SKEWS[number]
        for moment in sorted(set(due_moments(schedules, days))):
            clock.reach(moment - 5 * MINUTE)
            time.sleep(chance.uniform(0, 0.1))
            clock.reach(moment + 2 * MINUTE)
            ends = time.monotonic() + 60
            wanted = sum(at <= moment for at in due_moments(schedules, days))
            while sum(run.state is RunState.PUBLISHING for run in runs.of()) < wanted:
                assert time.monotonic() < ends, list(runs.of(open_only=True))[-5:]
                time.sleep(chance.uniform(0.02, 0.25))
                number += 1
                victim = chance.choice(sorted(alive))
                skew = alive.pop(victim)
                os.kill(victim, signal.SIGKILL)
                kills += 1
                alive[started(process, order(skew))] = skew
    return kills


def hour_of(number: int) -> dt.time:
    """Give the time of day of a schedule: five of them have the same."""
    return dt.time(2 * (number // 5) + 1, 30)


def due_moments(schedules: int, days: int) -> list[dt.datetime]:
    return [
        dt.datetime.combine(BEGIN + day * dt.timedelta(days=1), hour_of(number), dt.UTC)
        for day in range(days)
        for number in range(schedules)
    ]


def judged(database: Database, *, schedules: int, days: int) -> None:
    """Every wall time of these days once, each with an issue and a mailing of its own, no article twice."""
    runs, issues = SqlRuns(database=database).of(), SqlIssues(database=database).of()
    last = BEGIN.replace(tzinfo=None) + dt.timedelta(days=days)
    mine = [run for run in runs if run.wall < last]
    assert len(mine) == schedules * days
    assert Counter((run.schedule, run.wall) for run in mine).most_common(1)[0][1] == 1
    assert Counter(run.state for run in mine) == {RunState.PUBLISHING: schedules * days}
    keys = [run.issue for run in runs if run.issue]
    assert len(keys) == len(set(keys)) == len(issues)
    mailed = [mailing.issue for mailing in SqlLedger(database=database).mailings()]
    assert sorted(mailed) == sorted(keys)
    had = Counter((issue.list, article) for issue in issues for article in issue.articles)
    assert max(had.values()) == 1


@pytest.mark.slow
def test_four_schedulers_on_one_postgresql_killed_at_random_run_everything_once(tmp_path: Path) -> None:
    with postgres_url() as url:
        database = open_database(url)
        try:
            staged(database, 50)
            kills = played(tmp_path, url, database, schedules=50, days=10, workers=4)
            judged(database, schedules=50, days=10)
        finally:
            database.close()
    assert kills > 50


@pytest.mark.slow
def test_one_scheduler_on_sqlite_killed_at_random_runs_everything_once(tmp_path: Path) -> None:
    url = str(tmp_path / "briefpub.db")
    database = open_database(url)
    try:
        staged(database, 10)
        kills = played(tmp_path, url, database, schedules=10, days=10, workers=1)
        judged(database, schedules=10, days=8)
    finally:
        database.close()
    assert kills > 10
