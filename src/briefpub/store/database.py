"""Opens the database, brings it to this version's tables, and gives transactions."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from briefpub.domain.errors import StoreError
from briefpub.store.modes import MODE, Mode
from briefpub.store.sqlite import path_of, scrub_file, sqlite_engine, sqlite_errors
from briefpub.store.tables import PERSONAL, REVISION

PATIENCE = timedelta(seconds=30)
Translate = Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """An open database with this version's tables; close it when done.

    `where` can be shown to anybody; `path` is the file of a SQLite database, and None for a server's.
    `keeps_time` says that the server's clock counts for everybody, whatever their own says (`store.clock`).
    """

    engine: Engine
    where: str
    translate: Translate
    path: Path | None = None
    keeps_time: bool = False

    def reading(self) -> AbstractContextManager[Connection]:
        """Give one transaction that sees one state of the database; raises StoreError."""
        return self._transaction(Mode.READING)

    def writing(self) -> AbstractContextManager[Connection]:
        """Give one transaction that commits whole at its end, or not at all; raises StoreError.

        Only one of them runs at a time, over all processes and machines.
        """
        return self._transaction(Mode.WRITING)

    def sharing(self) -> AbstractContextManager[Connection]:
        """Give a transaction that commits whole or not at all, beside others on a server.

        For what locks the mailing it moves (`claims.lock`): the mailings of two lists do not wait for one
        another, nor for somebody who subscribes. On SQLite it is `writing`. Raises StoreError.
        """
        return self._transaction(Mode.SHARING)

    def migrating(self) -> AbstractContextManager[Connection]:
        """Give a writing transaction that may make tables anew; close the connections behind it."""
        return self._transaction(Mode.MIGRATING)

    def scrub(self) -> None:
        """Let nothing of what was erased remain in the database's files; outside any transaction.

        SQLite's file is written anew and its journal emptied; on a server the tables that name people are,
        while the server's write-ahead log and its backups are its operator's matter. Raises StoreError.
        """
        with self.translate(self.where):
            if self.path is not None:
                scrub_file(self.engine)
            else:
                from briefpub.store.postgresql import scrub_tables

                scrub_tables(self.engine, PERSONAL)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def _transaction(self, mode: Mode) -> Iterator[Connection]:
        with (
            self.translate(self.where),
            self.engine.connect().execution_options(**{MODE: mode}) as connection,
            connection.begin(),
        ):
            yield connection


def open_database(url: str, *, patience: timedelta = PATIENCE, keeps_time: bool = False) -> Database:
    """Open a bare path, `sqlite:///path` or `postgresql://user@host/name`, and migrate it.

    A file is made when it is not there yet. A writer waits up to `patience` for another one. Where
    `keeps_time` is on, a server's clock counts and not the caller's; a file has none. Raises
    ConfigError for an address of another kind and StoreError when the database cannot be used.
    """
    database = _opened(url, patience, keeps_time=keeps_time)
    try:
        _bring_up(database)
    except BaseException:
        database.close()
        raise
    return database


def _opened(url: str, patience: timedelta, *, keeps_time: bool) -> Database:
    if url.startswith("postgres"):
        # psycopg is slow to import: a publication in a file never loads it.
        from briefpub.store.postgresql import (
            is_postgresql,
            place_of,
            postgresql_engine,
            postgresql_errors,
            server_url,
        )

        if is_postgresql(url):
            server = server_url(url)
            return Database(
                engine=postgresql_engine(server, patience=patience),
                where=place_of(server),
                translate=postgresql_errors,
                keeps_time=keeps_time,
            )
    path = path_of(url)
    return Database(
        engine=sqlite_engine(path, patience=patience), where=str(path), translate=sqlite_errors, path=path
    )


def _bring_up(database: Database) -> None:
    with database.reading() as connection:
        if _revision(connection, database.where) == REVISION:
            return
    with database.migrating() as connection:
        revision = _revision(connection, database.where)  # another process may have been quicker
        if revision != REVISION:
            _migrate(connection, revision, database.where)
            if database.path and connection.execute(text("PRAGMA foreign_key_check")).first():
                raise StoreError("rows refer to others that are not there", where=database.where)
    database.engine.dispose()


def _revision(connection: Connection, where: str) -> str | None:
    """Give the stored revision, or None for an empty database; refuse one that is not ours."""
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if tables:
        raise StoreError(
            "this is a database of another program",
            where=where,
            hint="let `database` in briefpub.toml name one of its own",
        )
    return None


def _migrate(connection: Connection, revision: str | None, where: str) -> None:
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
            where=where,
            hint="install the newer briefpub again, or restore the backup made before it",
        )
    command.upgrade(config, "head")
