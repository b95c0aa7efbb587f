"""A database to be thrown away: the schedules and issues of a real one, and none of its people."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event, insert, or_, select, update

from briefpub.domain.coming import begins
from briefpub.domain.issue import IssueState
from briefpub.domain.recurrence import Recurring
from briefpub.domain.schedule import STOPPABLE, Schedule
from briefpub.domain.walls import wall_of
from briefpub.store.database import Database, open_database
from briefpub.store.schedules import schedules_of
from briefpub.store.tables import issue, issue_article, list_, mailing, run, schedule, schedule_change

COPIED = (list_, issue, issue_article, mailing, schedule, schedule_change, run)
WAITING = sorted(state.value for state in STOPPABLE)


def throwaway(of: Database, folder: Path, *, begin: datetime) -> Database:
    """Give a SQLite database in `folder` with what schedules need of another one; close it when done.

    Schedules count as made at `begin`, and of the runs due later only those stay that stood as they do by
    then: a year that lies behind can be played too, and of one that lies ahead nothing is late. An issue that
    was frozen for a run that does not stay is one to be frozen anew.

    It does not wait for the disk: whatever kills the process takes it along. Raises StoreError.
    """
    made = open_database(str(folder / "world.db"))

    def hasty(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA journal_mode = MEMORY")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA secure_delete = OFF")

    event.listen(made.engine, "connect", hasty)
    made.engine.dispose()
    with of.reading() as source, made.writing() as target:
        for table in COPIED:
            query = select(table)
            if table is run:
                query = query.where(or_(run.c.due < begin, run.c.changed_at <= begin))
            rows = [dict(row) for row in source.execute(query).mappings()]
            if table is run:
                # Whoever holds it is in the real world.
                rows = [{**row, "lease_owner": None, "lease_until": None} for row in rows]
            if rows:
                target.execute(insert(table), rows)
        for one in schedules_of(target):
            target.execute(
                update(schedule)
                .where(schedule.c.id == one.id)
                .values(counted_from=_counted(one, begin), since=begin)
            )
        waited = select(run.c.issue_id).where(run.c.issue_id.is_not(None), run.c.state.in_(WAITING))
        target.execute(
            update(issue)
            .where(issue.c.state == IssueState.AWAITING.value, issue.c.id.not_in(waited))
            .values(state=IssueState.COMPOSED.value, manifest_sha256="", approved_sha256="")
        )
    return made


def _counted(one: Schedule, begin: datetime) -> date:
    """Give the day from which weeks and intervals count, so that fortnights are those of the real world."""
    counted = begins(one)
    # A recurrence rule has nothing before its first day.
    return min(counted, wall_of(begin, one.timezone).date()) if isinstance(one.rule, Recurring) else counted
