"""Brings every row of one database into another, empty one: all of them in one transaction, or none."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Table, func, insert, select, text
from sqlalchemy.exc import DataError

from briefpub.domain.errors import Conflict, StoreError
from briefpub.domain.issue import Frozen
from briefpub.domain.manifest import MANIFEST
from briefpub.store.database import Database
from briefpub.store.tables import frozen_file, heartbeat, home, metadata

BATCH = 2000
# Who is at work, and where the database lives, is another database's own.
ITS_OWN = frozenset({heartbeat, home})
TABLES = tuple(table for table in metadata.sorted_tables if table not in ITS_OWN)
SEQUENCE = "SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM \"{table}\"))"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Copied:
    """How many rows of a table there were, and how many there are now."""

    table: str
    rows: int
    copied: int


def copy(
    source: Database, target: Database, *, frozen: Iterable[Frozen] = (), progress: Progress
) -> tuple[Copied, ...]:
    """Copy all rows, and the files of `frozen` issues as rows, in one transaction of each database.

    Raises Conflict when the target holds anything, StoreError when it does not take a row or does not hold
    in the end what the source does; then it is as empty as before.
    """
    with source.reading() as old, target.writing() as new:
        held = [table.name for table in TABLES if new.execute(select(table).limit(1)).first()]
        if held:
            raise Conflict(
                f"the database is not empty: there are rows in {', '.join(held)}",
                where=target.where,
                hint="name one that createdb has just made",
            )
        sizes = {table: _count(old, table) for table in TABLES}
        total, done = sum(sizes.values()), 0
        for table in TABLES:
            for rows in _batches(old, table):
                _put(new, table, rows, where=target.where)
                done += len(rows)
                progress("copy", done, total)
        added = sum(_keep(new, one) for one in frozen)
        if not target.path:
            for table in TABLES:
                if "id" in table.c and table.c.id.autoincrement and table is not home:
                    new.execute(text(SEQUENCE.format(table=table.name)))
        copied = tuple(
            Copied(table.name, sizes[table] + (added if table is frozen_file else 0), _count(new, table))
            for table in TABLES
        )
        wrong = [one.table for one in copied if one.rows != one.copied]
        if wrong:
            raise StoreError(f"not all rows of {', '.join(wrong)} arrived", where=target.where)
        return copied


def _batches(old: Connection, table: Table) -> Iterable[list[dict[str, object]]]:
    query = select(table).order_by(*table.primary_key.columns)
    result = old.execution_options(yield_per=BATCH).execute(query)
    for part in result.mappings().partitions(BATCH):
        yield [dict(row) for row in part]


def _put(new: Connection, table: Table, rows: list[dict[str, object]], *, where: str) -> None:
    try:
        new.execute(insert(table), rows)
    except DataError as error:
        # What the row holds is not told: it may be an address.
        raise StoreError(
            f"a row of the table {table.name} cannot be kept on a server",
            where=where,
            hint="a text of it holds a NUL sign, or is longer than its column: mend it and try again",
        ) from error


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _keep(new: Connection, issue: Frozen) -> int:
    """Keep a frozen issue's files as rows; one that is there as rows already is left alone."""
    if new.execute(select(frozen_file.c.path).where(frozen_file.c.key == issue.key)).first():
        return 0
    files = {edition.format.file_name: edition.data for edition in issue.editions}
    files |= {picture.path: picture.data for picture in issue.pictures}
    files[MANIFEST] = issue.manifest
    rows = [{"key": issue.key, "path": path, "data": data} for path, data in sorted(files.items())]
    new.execute(insert(frozen_file), rows)
    return len(rows)
