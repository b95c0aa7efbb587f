"""PostgreSQL by psycopg 3: one ledger for many machines.

Readers see one state of the database (`REPEATABLE READ`, read only). Writers that change whatever they like
wait for one another by an advisory lock of the transaction; those who move deliveries share, and wait only
at the row of their mailing. `synchronous_commit` is never off: what was recorded survives a crash.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from briefpub.domain.errors import ConfigError, StoreError
from briefpub.store.modes import MODE, Mode

WRITER_LOCK = 0x627269656601  # "brief", then a number; advisory locks are the database's own
SENDER_LOCK = 0x627269656602
AGAIN = "nothing was half-written; try again"
TROUBLES = (
    # By SQLSTATE where the server says one (PostgreSQL's Appendix A), else by libpq's words.
    ("28P01", "password authentication failed", "the database server refuses the password",
     "check it in PGPASSWORD or ~/.pgpass"),
    ("28000", "no password supplied", "the database server asks for a password",
     "give it in PGPASSWORD or ~/.pgpass"),
    ("3D000", "does not exist", "there is no such database or user on the server",
     "make it: createuser, createdb, or mend `database`"),
    ("28000", "pg_hba.conf", "the database server lets nobody in from here",
     "allow this user and machine in its pg_hba.conf"),
    ("53300", "too many", "the database server has no connection left",
     "raise its max_connections, or run fewer workers"),
    ("53100", "no space left", "the disk of the database server is full", "make room there: " + AGAIN),
    ("57P03", "starting up", "the database server is starting", "wait a little and try again"),
    ("57P01", "terminating connection", "the database server was stopped", AGAIN),
    ("57P02", "closed the connection", "the database server went away", AGAIN),
    ("25006", "read-only", "the database may only be read", "let `database` name the primary server"),
    ("42501", "permission denied", "the database may not be written by this user",
     "make the user its owner"),
    ("55P03", "lock timeout", "the database is busy: another process is writing to it",
     "wait for it to end and try again"),
    ("40P01", "deadlock", "the database is busy: two processes wait for one another", AGAIN),
    ("40001", "serialize", "the database is busy: another process changed the same rows", AGAIN),
    ("08001", "refused", "the database server does not answer", "is it running, and at this address?"),
    ("08001", "no such file", "the database server does not answer", "is it running, and at this address?"),
    ("08001", "timeout", "the database server does not answer", "is it running, and at this address?"),
    ("08001", "not known", "the database server's name is not known", "check the host in `database`"),
    ("08001", "resolve", "the database server's name is not known", "check the host in `database`"),
    ("08006", "consuming input failed", "the database server went away", AGAIN),
    ("08006", "connection", "the database server went away", AGAIN),
)  # fmt: skip


def is_postgresql(url: str) -> bool:
    """Say whether an address is one of a PostgreSQL server."""
    return url.partition("://")[0].partition("+")[0] in {"postgresql", "postgres"}


def server_url(url: str) -> URL:
    """Read `postgresql://user@host:port/name`; raise ConfigError where it cannot be used."""
    rest = url.partition("://")[2]
    try:
        read = make_url(f"postgresql+psycopg://{rest}")
    except (ArgumentError, ValueError):
        read = None
    if read is None or not read.database or "\0" in url:
        raise ConfigError(
            "the database's address cannot be used",
            where="database",
            hint="write postgresql://user@host/name",
        )
    return read


def place_of(url: URL) -> str:
    """Write an address so that it can be shown: no password, and nothing that may hold one."""
    host = url.query.get("host", "") if not url.host else ""
    shown = URL.create(
        "postgresql", username=url.username, host=url.host, port=url.port, database=url.database
    ).render_as_string()
    return f"{shown} ({host})" if isinstance(host, str) and host else shown


def postgresql_engine(url: URL, *, patience: timedelta) -> Engine:
    """Give an engine for a server; the first connection is made when it is first asked for one."""
    engine = create_engine(
        url,
        connect_args={
            "connect_timeout": 10,
            "application_name": "briefpub",
            # A machine that vanished without a word must not be waited for by TCP's own patience of hours.
            "keepalives_idle": 30,
            "tcp_user_timeout": int(patience.total_seconds() * 1000),
        },
        pool_recycle=600,
    )
    _prepare(engine, patience=patience)
    return engine


def scrub_tables(engine: Engine, tables: tuple[str, ...]) -> None:
    """Write these tables anew without what was deleted from them; raises the driver's own errors.

    The server's write-ahead log keeps its segments until it uses them again: that is its operator's matter.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in tables:
            connection.execute(text(f'VACUUM FULL "{table}"'))
        connection.execute(text("CHECKPOINT"))


@contextmanager
def postgresql_errors(where: str) -> Iterator[None]:
    """Turn the driver's errors into StoreError; neither SQL, parameters nor details are told."""
    try:
        yield
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        said = str(error.orig)
        for code, sign, message, hint in TROUBLES:
            if code == state or (state is None and sign in said.lower()):
                raise StoreError(message, where=where, hint=hint) from error
        if error.connection_invalidated:
            raise StoreError("the database server went away", where=where, hint=AGAIN) from error
        primary = getattr(getattr(error.orig, "diag", None), "message_primary", None)
        raise StoreError(
            f"the database refused: {primary or type(error.orig).__name__}", where=where
        ) from error


def _prepare(engine: Engine, *, patience: timedelta) -> None:
    wait = max(1, int(patience.total_seconds() * 1000))  # 0 would be for ever

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        connection.execute(
            # A worker stopped or cut off in the middle of a transaction must not hold up the others: of ours
            # none waits for anything but the server.
            "SELECT set_config('lock_timeout', %s, false),"
            " set_config('idle_in_transaction_session_timeout', '10s', false),"
            " CASE WHEN current_setting('synchronous_commit') IN ('off', 'local')"
            " THEN set_config('synchronous_commit', 'on', false) END",
            [str(wait)],
        )
        connection.commit()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        match connection.get_execution_options().get(MODE):
            case Mode.READING:
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            case Mode.WRITING | Mode.MIGRATING:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")
