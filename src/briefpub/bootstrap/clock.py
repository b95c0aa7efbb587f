"""What runs a publication's schedules: the workflow with its ports filled, and whether it is at home."""

import os
import socket
import time
from functools import cache, partial
from typing import TYPE_CHECKING

from briefpub.bootstrap.places import moment
from briefpub.domain.audience import Frequency

if TYPE_CHECKING:
    from briefpub.bootstrap.newsroom import Newsroom
    from briefpub.store.database import Database
    from briefpub.workflows.at_home import AtHome
    from briefpub.workflows.foresee import Foresee
    from briefpub.workflows.pick import Pick
    from briefpub.workflows.run_schedule import RunSchedule
    from briefpub.workflows.simulate import Simulate

MARKS = "marks.json"
ALONE = "the one process that keeps watch"


def at_home_of(newsroom: "Newsroom") -> "AtHome":
    """Give what knows of copies, restored backups and clocks that jump."""
    from briefpub.engine.marks import Marks
    from briefpub.store.homes import SqlHomes
    from briefpub.workflows.at_home import AtHome

    return AtHome(
        homes=SqlHomes(database=newsroom.database),
        marks=newsroom.runs.marks,
        kept=Marks(path=newsroom.hidden / MARKS),
        now=moment,
        # Of the clocks that nobody sets, the one that counts while the machine sleeps.
        ticks=partial(time.clock_gettime, time.CLOCK_BOOTTIME)
        if hasattr(time, "CLOCK_BOOTTIME")
        else time.monotonic,
    )


def pick_of(newsroom: "Newsroom") -> "Pick":
    """Give what picks the articles of a run."""
    from briefpub.workflows.pick import Pick

    return Pick(
        heads=lambda: newsroom.heads.heads().heads, issues=newsroom.issues, audience=newsroom.audience
    )


def foresee_of(newsroom: "Newsroom") -> "Foresee":
    """Give what looks ahead."""
    from briefpub.alarm import walls
    from briefpub.domain.flow import quiet_of
    from briefpub.workflows.foresee import Foresee
    from briefpub.workflows.pick import Pick

    settings = newsroom.settings
    heads = cache(lambda: newsroom.heads.heads().heads)
    return Foresee(
        walls=walls,
        pick=Pick(heads=heads, issues=newsroom.issues, audience=newsroom.audience),
        heads=heads,
        issues=newsroom.issues,
        audience=newsroom.audience,
        quiet=quiet_of(settings.sending.quiet, settings.timezone) if settings.sending.quiet else None,
    )


def simulate_of(newsroom: "Newsroom", world: "Database") -> "Simulate":
    """Give what runs the schedules through a virtual clock, in a world where nothing is sent."""
    from briefpub.alarm import walls
    from briefpub.store.audience import SqlAudience
    from briefpub.store.issues import SqlIssues
    from briefpub.store.mailings import SqlLedger
    from briefpub.store.runs import SqlRuns
    from briefpub.store.schedules import SqlSchedules
    from briefpub.workflows.simulate import Simulate

    lists = newsroom.audience.lists(archived=True)
    return Simulate(
        schedules=SqlSchedules(database=world),
        runs=SqlRuns(database=world),
        issues=SqlIssues(database=world),
        audience=SqlAudience(database=world),
        ledger=SqlLedger(database=world),
        people={
            (list.slug, each): newsroom.audience.confirmed(list.slug, each)
            for list in lists
            for each in Frequency
        },
        heads=newsroom.heads.heads().heads,
        walls=walls,
    )


def run_schedule_of(newsroom: "Newsroom", *, jobs: int, shared: bool) -> "RunSchedule":
    """Give the workflow that runs schedules; `shared` where other processes do so at the same time.

    Alone, whoever comes next takes up what a dead process had leased at once: it had the same name.
    """
    from briefpub.alarm import walls
    from briefpub.workflows.freeze import Freeze
    from briefpub.workflows.run_schedule import RunSchedule

    letters = newsroom.send().letters
    return RunSchedule(
        schedules=newsroom.schedules,
        runs=newsroom.runs,
        issues=newsroom.issues,
        audience=newsroom.audience,
        ledger=newsroom.ledger,
        pick=pick_of(newsroom),
        freeze=Freeze(
            articles=newsroom.articles,
            make=newsroom.make_issue(jobs=jobs, letters=letters),
            issues=newsroom.issues,
            outbox=newsroom.outbox,
        ),
        walls=walls,
        owner=f"{socket.gethostname()}:{os.getpid()}" if shared else ALONE,
        doubt=newsroom.at_home.doubt,
        mark=newsroom.at_home.mark,
    )
