"""Opens the database, brings it to this version's tables, and gives transactions.

SQLite is run as its authors ask of a ledger: `synchronous=FULL`, foreign keys on, `BEGIN IMMEDIATE` for
writers, so that two of them wait for one another at the start and never fail half-way, and plain `BEGIN`
for readers. WAL is used only where the linked SQLite carries the fix of the WAL-reset bug (3.51.3, and the
backports 3.50.7 and 3.44.6); else the rollback journal, which is slower and safe.
"""

import importlib
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from briefpub.domain.errors import ConfigError, StoreError
from briefpub.store.tables import REVISION

PATIENCE = timedelta(seconds=30)
WRITING = "briefpub_writing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """An open database with this version's tables; close it when done."""

    engine: Engine
    path: Path

    def reading(self) -> AbstractContextManager[Connection]:
        """Give one transaction that sees one state of the database; raises StoreError."""
        return self._transaction(writing=False)

    def writing(self) -> AbstractContextManager[Connection]:
        """Give one transaction that commits whole at its end, or not at all; raises StoreError."""
        return self._transaction(writing=True)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def _transaction(self, *, writing: bool) -> Iterator[Connection]:
        with (
            translated(self.path),
            self.engine.connect().execution_options(**{WRITING: writing}) as connection,
            connection.begin(),
        ):
            yield connection


def open_database(url: str, *, patience: timedelta = PATIENCE) -> Database:
    """Open `sqlite:///path` or a bare path, made when it is not there yet, and migrate it.

    A writer waits up to `patience` for another one. Raises ConfigError for an address of another kind and
    StoreError when the file cannot be used.
    """
    path = path_of(url)
    if not path.parent.is_dir():
        raise StoreError("the folder of the database does not exist", where=str(path), hint="make it first")
    module = sqlite_module()
    engine = create_engine(URL.create("sqlite", database=str(path)), module=module)
    _prepare(engine, journal=journal_for(module.sqlite_version_info), patience=patience)
    database = Database(engine=engine, path=path)
    try:
        _bring_up(database)
    except BaseException:
        database.close()
        raise
    return database


def path_of(url: str) -> Path:
    """Read the database's address; raise ConfigError where it is not a SQLite file."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        scheme, rest = "sqlite", f"/{url}"
    if scheme.startswith("postgres"):
        raise ConfigError(
            "PostgreSQL is not served by this version",
            where="database",
            hint="it comes with the distributed engine; use a file, for example database = 'briefpub.db'",
        )
    # `sqlite:///x` names x from the working folder, `sqlite:////x` from the root, as SQLAlchemy has it.
    if scheme != "sqlite" or not rest.startswith("/") or not rest[1:].strip() or "\0" in rest:
        raise ConfigError(
            f"the database's address cannot be used (it begins with {scheme!r})",
            where="database",
            hint="write the path of a file, or sqlite:///path",
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


def _prepare(engine: Engine, *, journal: str, patience: timedelta) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver must begin nothing by itself: `begun` does
        for pragma in (
            f"busy_timeout = {int(patience.total_seconds() * 1000)}",
            "foreign_keys = ON",
            f"journal_mode = {journal}",
            "synchronous = FULL",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writing = connection.get_execution_options().get(WRITING, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _bring_up(database: Database) -> None:
    with database.reading() as connection:
        if _revision(connection, database.path) == REVISION:
            return
    with database.writing() as connection:
        revision = _revision(connection, database.path)  # another process may have been quicker
        if revision != REVISION:
            _migrate(connection, revision, database.path)


def _revision(connection: Connection, path: Path) -> str | None:
    """Give the stored revision, or None for an empty database; refuse one that is not ours."""
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if tables:
        raise StoreError(
            "this is a database of another program",
            where=str(path),
            hint="let `database` in briefpub.toml name a file of its own",
        )
    return None


def _migrate(connection: Connection, revision: str | None, path: Path) -> None:
    # Alembic is slow to import and needed only here: an ordinary start-up never loads it.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        raise StoreError(
            f"the database is newer than this briefpub (it stands at revision {revision})",
            where=str(path),
            hint="install the newer briefpub again, or restore the backup made before it",
        )
    command.upgrade(config, "head")


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


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn the driver's errors into StoreError; neither SQL nor parameters are told, they hold addresses."""
    try:
        yield
    except (DBAPIError, sqlite3.Error, sqlite_module().Error) as error:
        said = str(error.orig if isinstance(error, DBAPIError) else error)
        for sign, message, hint in TROUBLES:
            if sign in said.lower():
                raise StoreError(message, where=str(path), hint=hint) from error
        raise StoreError(f"the database refused: {said}", where=str(path)) from error
