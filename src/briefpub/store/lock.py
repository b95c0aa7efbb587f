"""The lock of a publication: one process at a time sends, and a killed one leaves nothing behind."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import text

from briefpub.domain.errors import Locked, StoreError
from briefpub.kit.safeio import lock_file
from briefpub.store.database import Database


@contextmanager
def alone(database: Database) -> Iterator[None]:
    """Hold a publication by its database; raises Locked when another process does.

    The kernel frees a file's lock when its process dies, a server frees a session's when its connection does.
    """
    with _file_lock(database.path) if database.path else _session_lock(database):
        yield


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    lock = path.with_name(f"{path.name}.lock")
    with ExitStack() as stack:
        try:
            stack.enter_context(lock_file(lock))
        except BlockingIOError as error:
            raise _held(str(path)) from error
        except OSError as error:
            raise StoreError(
                f"the lock cannot be taken: {error.strerror}", where=str(lock), hint="may you write there?"
            ) from error
        yield


@contextmanager
def _session_lock(database: Database) -> Iterator[None]:
    from briefpub.store.postgresql import SENDER_LOCK

    # A session of its own, closed at the end and never given to the pool: with it goes the lock. A server
    # that dies takes the lock with it, and the leases in the ledger still keep two senders apart.
    with database.translate(database.where):
        connection = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        with database.translate(database.where):
            query = text("SELECT pg_try_advisory_lock(:key)")
            held = connection.execute(query, {"key": SENDER_LOCK}).scalar_one()
        if not held:
            raise _held(database.where)
        yield
    finally:
        connection.invalidate()
        connection.close()


def _held(where: str) -> Locked:
    return Locked(
        "another briefpub process is sending this publication",
        where=where,
        hint="wait until it has ended, or stop it: it stops tidily on Ctrl-C",
    )
