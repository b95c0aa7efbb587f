"""A scheduler for tests, of the real parts, that can be killed: real rows, real decisions, a press of paper.

As a process, `python tests/scheduler_process.py` forks a scheduler for each order it reads. Their clock
is moved by whoever tests, and each scheduler's own is skewed by some seconds.
"""

import importlib
import json
import os
import signal
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from clockwork import a_head
from sender_process import SharedClock, end_with_parent

from briefpub.alarm import walls
from briefpub.domain.article import Head
from briefpub.domain.errors import BriefpubError
from briefpub.store.audience import SqlAudience
from briefpub.store.database import open_database
from briefpub.store.issues import SqlIssues
from briefpub.store.mailings import SqlLedger
from briefpub.store.runs import SqlRuns
from briefpub.store.schedules import SqlSchedules
from briefpub.workflows.pick import Pick
from briefpub.workflows.run_schedule import RunSchedule
from briefpub.workflows.simulate import on_paper


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a scheduler is told: a file that moves the clock of all, and by how much its own is wrong."""

    database: str
    owner: str
    clock: str
    skew: float
    articles: int
    lease: float


def heads(count: int) -> list[Head]:
    """Give so many ready articles."""
    return [a_head(f"essay-{number:04d}") for number in range(count)]


def scheduler(order: Order) -> RunSchedule:
    """Give the workflow over the order's database."""
    database = open_database(order.database, patience=timedelta(seconds=20))
    issues, audience = SqlIssues(database=database), SqlAudience(database=database)
    articles = heads(order.articles)
    return RunSchedule(
        schedules=SqlSchedules(database=database),
        runs=SqlRuns(database=database),
        issues=issues,
        audience=audience,
        ledger=SqlLedger(database=database),
        pick=Pick(heads=lambda: articles, issues=issues, audience=audience),
        freeze=on_paper(issues),
        walls=walls,
        owner=order.owner,
        doubt=lambda _: "",
        mark=lambda: None,
        lease=timedelta(seconds=order.lease),
    )


def ring(order: Order) -> None:
    """Ring for ever; what may pass is tried again."""
    workflow = scheduler(order)
    clock, skew = SharedClock(Path(order.clock)), timedelta(seconds=order.skew)
    while True:
        try:
            workflow(now=lambda: clock() + skew)
        except BriefpubError as error:
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
        time.sleep(0.02)


def main() -> None:
    """Fork a scheduler for each line of the input, an order in JSON, and tell its process."""
    for line in sys.stdin:
        order = Order(**json.loads(line))
        child = os.fork()
        if not child:
            try:
                end_with_parent()
                os.close(0)
                ring(order)
            finally:
                os._exit(70)
        os.write(1, f"{child}\n".encode())


if __name__ == "__main__":
    if "postgresql" in sys.argv:  # here, so that no child has to
        importlib.import_module("briefpub.store.postgresql")
        importlib.import_module("psycopg")
    importlib.import_module("apscheduler.triggers.cron")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    main()
