"""A database to be thrown away: the schedules and issues of a real one, and none of its people."""

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event, insert, select, update

from briefpub.store.database import Database, open_database
from briefpub.store.tables import issue, issue_article, list_, mailing, run, schedule, schedule_change

COPIED = (list_, issue, issue_article, mailing, schedule, schedule_change, run)


def throwaway(of: Database, folder: Path, *, begin: datetime) -> Database:
    """Give a SQLite database in `folder` with what schedules need of another one; close it when done.

    Schedules count as made at `begin`, and runs due later are left out: a year that lies behind can be played
    too, and of one that lies ahead nothing is late.

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
                query = query.where(run.c.due < begin)
            rows = [dict(row) for row in source.execute(query).mappings()]
            if rows:
                target.execute(insert(table), rows)
        target.execute(update(schedule).values(since=begin))
    return made
