"""The locks of a publication: who sends, who keeps watch. A killed process leaves none behind."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from briefpub.domain.errors import Locked, StoreError
from briefpub.kit.safeio import lock_file
from briefpub.store.database import Database
from briefpub.store.postgresql import SENDER_LOCK

WATCHER_LOCK = SENDER_LOCK + 1
# Who publishes waits so long for a round of `briefpub run` to end; one with little to send takes less.
FOR_A_ROUND = timedelta(seconds=10)
AT_ONCE = timedelta(0)
AGAIN = 0.1  # seconds
# The server must hear of a machine that vanished without a word before its own two hours are over, and must
# not end a session for being idle (PostgreSQL 14 and later can).
TAKE = text(
    "SELECT pg_try_advisory_lock(:key), pg_backend_pid(), set_config('application_name', :who, false),"
    " set_config('tcp_keepalives_idle', '30', false), set_config('tcp_keepalives_interval', '10', false),"
    " set_config('tcp_keepalives_count', '3', false),"
    " (SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout')"
)
# A key of 64 bits stands in `pg_locks` as two halves, with objsubid 1 (PostgreSQL, "pg_locks").
HOLDER = text(
    "SELECT pid, application_name FROM pg_locks JOIN pg_stat_activity USING (pid)"
    " WHERE locktype = 'advisory' AND granted AND objsubid = 1"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND ((CAST(classid AS bigint) << 32) | CAST(objid AS bigint)) = :key"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Purpose:
    """What a lock is held for: its file's ending, its key on a server, and what another one is told."""

    ending: str
    key: int
    told: str
    hint: str

    def held(self, database: Database, who: str) -> Locked:
        return Locked(f"{self.told} ({who})" if who else self.told, where=database.where, hint=self.hint)


SENDING = _Purpose(
    ending=".lock",
    key=SENDER_LOCK,
    told="another briefpub process is sending this publication",
    hint="wait until it has ended, or stop it: it stops tidily on Ctrl-C",
)
WATCHING = _Purpose(
    ending=".run.lock",
    key=WATCHER_LOCK,
    told="another `briefpub run` is on for this publication",
    hint="one is enough; to begin anew stop the other one first: it stops tidily on Ctrl-C",
)


@contextmanager
def alone(database: Database, *, patience: timedelta = AT_ONCE) -> Iterator[None]:
    """Hold a publication to send it; raises Locked when another process still does after `patience`.

    The kernel frees a file's lock when its process dies, a server frees a session's when its connection does.
    """
    until = time.monotonic() + patience.total_seconds()
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(_taken(database, SENDING))
                break
            except Locked:
                if time.monotonic() >= until:
                    raise
            time.sleep(AGAIN)
        yield


@contextmanager
def watching(database: Database) -> Iterator[Callable[[], None]]:
    """Be the one process that keeps watch over a publication; raises Locked when there is one already.

    Gives what is to be asked before each round: a server that was restarted has forgotten its locks, and
    one whose session was cut has lost its own. It is taken again then; asking raises Locked when another
    process was quicker, StoreError when the server does not answer.
    """
    with _taken(database, WATCHING) as look:
        yield look


def _taken(database: Database, purpose: _Purpose) -> AbstractContextManager[Callable[[], None]]:
    if database.path:
        return _file_lock(database, database.path, purpose)
    return _session_lock(database, purpose)


@contextmanager
def _file_lock(database: Database, path: Path, purpose: _Purpose) -> Iterator[Callable[[], None]]:
    lock = path.with_name(path.name + purpose.ending)
    with ExitStack() as stack:
        try:
            stack.enter_context(lock_file(lock))
        except BlockingIOError as error:
            raise purpose.held(database, _signature(lock)) from error
        except OSError as error:
            raise StoreError(
                f"the lock cannot be taken: {error.strerror}", where=str(lock), hint="may you write there?"
            ) from error
        # The words only help whoever is kept out: a full disk is no reason not to send.
        if _signature(lock) != _who():
            with suppress(OSError):
                lock.write_text(_who(), encoding="utf-8")
        yield _nothing_to_lose


def _signature(lock: Path) -> str:
    try:
        return lock.read_text(encoding="utf-8", errors="replace")[:100].strip()
    except OSError:
        return ""


def _nothing_to_lose() -> None:
    """Say that a file's lock is still held: only its process can let it go."""


@contextmanager
def _session_lock(database: Database, purpose: _Purpose) -> Iterator[Callable[[], None]]:
    session = _Session(database=database, purpose=purpose)
    try:
        session.take()
        yield session.look
    finally:
        session.drop()


@dataclass(slots=True, kw_only=True)
class _Session:
    """A session that holds a lock: its own, closed at the end and never given to the pool."""

    database: Database
    purpose: _Purpose
    connection: Connection | None = None
    backend: int = 0

    def take(self) -> None:
        """Take the lock in a new session; raises Locked or StoreError."""
        key = {"key": self.purpose.key}
        with self.database.translate(self.database.where):
            self.connection = self.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            taken, backend, *_ = self.connection.execute(TAKE, key | {"who": _who()}).one()
            holder = None if taken else self.connection.execute(HOLDER, key).first()
        if taken:
            self.backend = backend
            return
        self.drop()
        if holder and holder.pid == self.backend:
            raise StoreError(
                "the database server has not yet seen that our connection was cut",
                where=self.database.where,
                hint="nothing: it will within a minute, and this process goes on",
            )
        raise self.purpose.held(self.database, holder.application_name if holder else "")

    def look(self) -> None:
        """Take the lock again if it was lost; raises Locked or StoreError."""
        # A connection that breaks is made anew by SQLAlchemy in silence, and without the lock: it is dropped.
        if self.connection:
            try:
                self.connection.execute(text("SELECT 1"))
            except DBAPIError:
                self.drop()
            else:
                return
        self.take()

    def drop(self) -> None:
        """End the session, and the lock with it."""
        connection, self.connection = self.connection, None
        if connection:
            connection.invalidate()
            connection.close()


def _who() -> str:
    return f"process {os.getpid()} on {socket.gethostname()}"
