"""SQLite, run as its authors ask of a ledger: durable at each commit, one writer at a time.

`synchronous=FULL`, foreign keys on, `BEGIN IMMEDIATE` for writers, so that two of them wait for one another
at the start and never fail half-way, and plain `BEGIN` for readers. WAL is used only where the linked SQLite
carries the fix of the WAL-reset bug (3.51.3, and the backports 3.50.7 and 3.44.6); else the rollback
journal, which is slower and safe. `secure_delete` writes zeros over what was deleted.
"""

import importlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from briefpub.domain.errors import ConfigError, StoreError
from briefpub.store.modes import MODE, Mode

TROUBLES = (
    ("locked", "the database is busy: another process is writing to it", "wait for it to end and try again"),
    ("busy", "the database is busy: another process is writing to it", "wait for it to end and try again"),
    ("unable to open", "the database cannot be opened", "is its folder there, and may you write in it?"),
    ("not a database", "this file is not a database", "let `database` in briefpub.toml name another file"),
    ("malformed", "the database is damaged", "restore a backup; keep the damaged file"),
    ("readonly", "the database may not be written", "check the rights of the file and of its folder"),
    ("full", "the disk is full", "make room and run the command again: nothing was half-written"),
    ("disk i/o", "the disk does not answer as it should", "check the disk; it must be a local one"),
)


def path_of(url: str) -> Path:
    """Read the address of a SQLite database; raise ConfigError where it is not a file's."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        scheme, rest = "sqlite", f"/{url}"
    # `sqlite:///x` names x from the working folder, `sqlite:////x` from the root, as SQLAlchemy has it.
    if scheme != "sqlite" or not rest.startswith("/") or not rest[1:].strip() or "\0" in rest:
        raise ConfigError(
            f"the database's address cannot be used (it begins with {scheme!r})",
            where="database",
            hint="write the path of a file, or postgresql://user@host/name",
        )
    return Path(rest[1:])


def sqlite_module() -> ModuleType:
    """Give the newest SQLite there is: the bundled `pysqlite3` where it is installed, else Python's own."""
    try:
        return importlib.import_module("pysqlite3.dbapi2")
    except ImportError:
        return sqlite3


def journal_for(version: tuple[int, ...]) -> str:
    """Give the journal mode that keeps every commit with this version of SQLite."""
    fixed = version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)
    return "wal" if fixed else "truncate"


def sqlite_engine(path: Path, *, patience: timedelta) -> Engine:
    """Give an engine for the database at `path`, made at the first connection; raises StoreError."""
    if not path.parent.is_dir():
        raise StoreError("the folder of the database does not exist", where=str(path), hint="make it first")
    module = sqlite_module()
    engine = create_engine(URL.create("sqlite", database=str(path)), module=module)
    _prepare(engine, journal=journal_for(module.sqlite_version_info), patience=patience)
    return engine


def scrub_file(engine: Engine) -> None:
    """Write the file anew without what was deleted from it, and leave nothing in its journal.

    Takes as long as copying the file, and waits for readers as long as a writer waits for a writer.
    Raises StoreError when they do not end, or the driver's own errors.
    """
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute("VACUUM")
        busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    if busy:
        raise StoreError(
            "the database is being read: what was erased may still stand in its journal",
            where=str(engine.url.database),
            hint="stop the other briefpub processes and erase again",
        )


@contextmanager
def sqlite_errors(where: str) -> Iterator[None]:
    """Turn the driver's errors into StoreError; neither SQL nor parameters are told, they hold addresses."""
    try:
        yield
    except (DBAPIError, sqlite3.Error, sqlite_module().Error) as error:
        said = str(error.orig if isinstance(error, DBAPIError) else error)
        for sign, message, hint in TROUBLES:
            if sign in said.lower():
                raise StoreError(message, where=where, hint=hint) from error
        raise StoreError(f"the database refused: {said}", where=where) from error


def _prepare(engine: Engine, *, journal: str, patience: timedelta) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver must begin nothing by itself: `begun` does
        for pragma in (
            f"busy_timeout = {int(patience.total_seconds() * 1000)}",
            "foreign_keys = ON",
            f"journal_mode = {journal}",
            "synchronous = FULL",
            "secure_delete = ON",
            "cache_size = -32768",  # 32 MiB: a fan-out's indexes stay in it
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        mode = connection.get_execution_options().get(MODE, Mode.READING)
        if mode is Mode.MIGRATING:
            # SQLite changes a table by making it anew, which foreign keys forbid; they can only be turned
            # off before a transaction, and the connection is thrown away behind it.
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("BEGIN" if mode is Mode.READING else "BEGIN IMMEDIATE")
