"""What runs a publication's schedules: the workflow with its ports filled, and whether it is at home."""

import time
from functools import cache, partial
from typing import TYPE_CHECKING

from briefpub.bootstrap.places import moment
from briefpub.domain.audience import Frequency
from briefpub.workflows import ports

if TYPE_CHECKING:
    from briefpub.bootstrap.records import Records
    from briefpub.store.database import Database
    from briefpub.workflows.at_home import AtHome
    from briefpub.workflows.foresee import Foresee
    from briefpub.workflows.freeze import Freeze
    from briefpub.workflows.pick import Pick
    from briefpub.workflows.run_schedule import RunSchedule
    from briefpub.workflows.simulate import Simulate

MARKS = "marks.json"
# Alone, whoever comes next takes up at once what a dead process had leased: it had the same name.
ALONE = "the one process that keeps watch"


def at_home_of(records: "Records") -> "AtHome":
    """Give what knows of copies, restored backups and clocks that jump."""
    from briefpub.engine.marks import Marks
    from briefpub.store.homes import SqlHomes
    from briefpub.workflows.at_home import AtHome

    homes = SqlHomes(database=records.database)
    return AtHome(
        homes=homes,
        marks=homes.marks,
        kept=Marks(path=records.hidden / MARKS),
        now=moment,
        # Of the clocks that nobody sets, the one that counts while the machine sleeps.
        ticks=partial(time.clock_gettime, time.CLOCK_BOOTTIME)
        if hasattr(time, "CLOCK_BOOTTIME")
        else time.monotonic,
    )


def pick_of(records: "Records") -> "Pick":
    """Give what picks the articles of a run."""
    from briefpub.workflows.pick import Pick

    return Pick(heads=lambda: records.heads.heads().heads, issues=records.issues, audience=records.audience)


def foresee_of(records: "Records") -> "Foresee":
    """Give what looks ahead."""
    from briefpub.alarm import walls
    from briefpub.domain.flow import quiet_of
    from briefpub.workflows.foresee import Foresee
    from briefpub.workflows.pick import Pick

    settings = records.settings
    heads = cache(lambda: records.heads.heads().heads)
    return Foresee(
        walls=walls,
        pick=Pick(heads=heads, issues=records.issues, audience=records.audience),
        heads=heads,
        issues=records.issues,
        audience=records.audience,
        quiet=quiet_of(settings.sending.quiet, settings.timezone) if settings.sending.quiet else None,
    )


def simulate_of(records: "Records", world: "Database") -> "Simulate":
    """Give what runs the schedules through a virtual clock, in a world where nothing is sent."""
    from briefpub.alarm import walls
    from briefpub.store.audience import SqlAudience
    from briefpub.store.issues import SqlIssues
    from briefpub.store.mailings import SqlLedger
    from briefpub.store.runs import SqlRuns
    from briefpub.store.schedules import SqlSchedules
    from briefpub.workflows.simulate import Simulate

    lists = records.audience.lists(archived=True)
    return Simulate(
        schedules=SqlSchedules(database=world),
        runs=SqlRuns(database=world),
        issues=SqlIssues(database=world),
        audience=SqlAudience(database=world),
        ledger=SqlLedger(database=world),
        people={
            (list.slug, each): records.audience.confirmed(list.slug, each)
            for list in lists
            for each in Frequency
        },
        heads=records.heads.heads().heads,
        walls=walls,
    )


def run_schedule_of(
    records: "Records", *, ledger: ports.Ledger, freeze: "Freeze", at_home: "AtHome", owner: str
) -> "RunSchedule":
    """Give the workflow that runs schedules; `owner` names whoever does, in the leases of runs."""
    from briefpub.alarm import walls
    from briefpub.workflows.run_schedule import RunSchedule

    return RunSchedule(
        schedules=records.schedules,
        runs=records.runs,
        issues=records.issues,
        audience=records.audience,
        ledger=ledger,
        pick=pick_of(records),
        freeze=freeze,
        walls=walls,
        owner=owner,
        doubt=at_home.doubt,
        mark=at_home.mark,
    )
