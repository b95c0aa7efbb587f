"""A sender for tests, of the real parts, that can be killed: real ledger, real SMTP, real `Deliver`.

As a process, `python tests/sender_process.py` forks a child for each `go ORDER` (JSON) on its input and ends
them with itself; see `Senders` in fault_senders.py. Its clock is one that all processes of a run share, and
that the run may move: ten minutes of greylisting, or an hour back, in no time.
"""

import contextlib
import ctypes
import importlib
import json
import mmap
import os
import signal
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import event

from briefpub.domain.delivery import Delivery, Mailing, Message
from briefpub.domain.errors import BriefpubError
from briefpub.domain.flow import FlowPlan, SiteRules
from briefpub.store.database import Database, open_database
from briefpub.store.mailings import SqlLedger
from briefpub.store.sites import SqlSites
from briefpub.transport.address import Kind, Tls, TransportAddress
from briefpub.transport.smtp import Smtp
from briefpub.workflows import round as one_round
from briefpub.workflows.deliver import Deliver

ISSUE = "weekly/001"
SENDER = "weekly@example.org"
BODY = b"It rises overnight.\r\n.and sings\r\n" * 30
EIGHT_BYTES = struct.Struct("d")


class SharedClock:
    """The wall clock, moved by so many seconds as stand in a file that all processes map."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(EIGHT_BYTES.pack(0.0))
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), EIGHT_BYTES.size)

    def __call__(self) -> datetime:
        """Give the moment."""
        return datetime.now(UTC) + timedelta(seconds=self.offset)  # noqa: TID251 - the one real clock

    @property
    def offset(self) -> float:
        """Give by how much the clock is moved."""
        return float(EIGHT_BYTES.unpack_from(self._shared)[0])

    def move(self, seconds: float) -> None:
        """Move the clock, for everybody."""
        EIGHT_BYTES.pack_into(self._shared, 0, self.offset + seconds)

    def reach(self, moment: datetime) -> None:
        """Let a moment come, if it has not."""
        self.move(max(0.0, (moment - self()).total_seconds()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a sender is told; times are in seconds. `wait` is how long it waits for a closed site."""

    database: str
    clock: str
    port: int
    issue: str = ISSUE
    owner: str = "me"
    connections: int = 4
    batch: int = 40
    lease: float = 300.0
    user: str = ""
    password: str = ""
    patience: float = 5.0
    patience_after_dot: float = 5.0
    database_patience: float = 5.0
    wait: float = 0.0
    recover: bool = True
    pages: int | None = None
    rounds: int = 1


def send(order: Order) -> Mailing:
    """Take up what a sender before left, where `recover` is on, and send what is due; raises as Deliver does."""
    clock = SharedClock(Path(order.clock))
    with _opened(order) as database:
        ledger = SqlLedger(database=database)
        address = TransportAddress(
            kind=Kind.SMTP, host="127.0.0.1", port=order.port, user=order.user, tls=Tls.OFF
        )
        deliver = Deliver(
            ledger=ledger,
            transport=Smtp(
                address=address,
                password=order.password or None,
                patience=order.patience,
                patience_after_dot=order.patience_after_dot,
            ),
            sites=SqlSites(database=database),
            plan=FlowPlan(default=SiteRules(connections=order.connections)),
            owner=order.owner,
            batch=order.batch,
            lease=timedelta(seconds=order.lease),
        )
        mailing = ledger.mailing(order.issue)
        assert mailing is not None
        if order.recover:
            mailing = deliver.recover(mailing, now=clock())
        for _ in range(order.rounds):
            with waiting(order.wait):
                mailing = deliver(mailing, make=message, now=clock)
        return mailing


def message(delivery: Delivery, at: datetime) -> Message:
    """Make a small message; its dots have to be stuffed."""
    head = f"Message-ID: {delivery.message_id}\r\nTo: {delivery.recipient}\r\nSubject: Bread\r\n\r\n"
    return Message(
        delivery=delivery.id,
        message_id=delivery.message_id,
        envelope_from=SENDER,
        envelope_to=delivery.recipient,
        data=head.encode() + BODY,
    )


@contextlib.contextmanager
def waiting(seconds: float) -> Iterator[None]:
    """Let a round wait only so long for a site that is closed for a moment."""
    before, one_round.PATIENCE = one_round.PATIENCE, timedelta(seconds=seconds)
    try:
        yield
    finally:
        one_round.PATIENCE = before


@contextlib.contextmanager
def _opened(order: Order) -> Iterator[Database]:
    database = open_database(order.database, patience=timedelta(seconds=order.database_patience))
    if order.pages is not None:
        pragma = f"PRAGMA max_page_count = {order.pages}"
        database.engine.dispose()
        event.listen(database.engine, "connect", lambda connection, _: connection.execute(pragma))
    try:
        yield database
    finally:
        database.close()


# ---- as a process


class Nursery:
    """Forks senders, and tells how they ended: one line asked, one line answered."""

    def run(self) -> None:
        """Answer until the input ends: `go ORDER`, `poll PID`, `wait PID`."""
        for line in sys.stdin:
            word, _, rest = line.strip().partition(" ")
            match word:
                case "go":
                    self._say(str(self._fork(Order(**json.loads(rest)))))
                case "poll":
                    self._say(self._ended(int(rest), os.WNOHANG))
                case "wait":
                    self._say(self._ended(int(rest), 0))

    def _say(self, text: str) -> None:
        os.write(1, text.encode() + b"\n")

    def _ended(self, child: int, how: int) -> str:
        found, status = os.waitpid(child, how)
        return str(os.waitstatus_to_exitcode(status)) if found else "running"

    def _fork(self, order: Order) -> int:
        if order.database.startswith("postgres"):
            importlib.import_module("briefpub.store.postgresql")  # here, so that no child has to
            importlib.import_module("psycopg")
        child = os.fork()
        if child:
            return child
        code = 70
        try:
            end_with_parent()
            os.close(0)
            errors = os.open(f"{order.clock}.errors", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            os.dup2(errors, 2)
            code = outcome(order)
        finally:
            os._exit(code)


def end_with_parent() -> None:
    """Ask the kernel to kill this process when the one that forked it ends (PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def outcome(order: Order) -> int:
    """Send, and give the exit code; errors on purpose are told on the error output."""
    try:
        send(order)
    except BriefpubError as error:
        os.write(2, f"{type(error).__name__}: {error}\n".encode())
        return error.exit_code
    return 0


if __name__ == "__main__":
    Nursery().run()
