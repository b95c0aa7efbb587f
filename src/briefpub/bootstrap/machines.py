"""What works a publication: the engine by the setting, and the workflows that it carries."""

import os
import secrets
import socket
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from briefpub.bootstrap.places import moment, outbox_folder
from briefpub.domain.task import tasks_for
from briefpub.workflows import ports

if TYPE_CHECKING:
    from pathlib import Path

    from briefpub.config import Settings
    from briefpub.engine.distributed import Distributed
    from briefpub.store.database import Database
    from briefpub.workflows.send import Send
    from briefpub.workflows.sweep import Sweep
    from briefpub.workflows.work import Work

IN_THE_DATABASE = "database"
THREADS = 2


class Room(Protocol):
    """What of a newsroom is needed here."""

    root: "Path"
    settings: "Settings"

    @property
    def database(self) -> "Database":
        """Give the open database."""
        ...

    @property
    def distributed(self) -> bool:
        """Say whether many machines work at once."""
        ...

    @property
    def engine(self) -> ports.Engine:
        """Give the engine."""
        ...

    def send(self) -> "Send":
        """Give the workflow that sends."""
        ...


def own_name() -> str:
    """Name this process among all machines' processes: two of one host name and number are told apart."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"


def outbox_of(newsroom: Room) -> ports.Outbox:
    """Give the frozen editions: a folder, or rows of the database."""
    if newsroom.settings.outbox == IN_THE_DATABASE:
        from briefpub.store.frozen_files import SqlOutbox

        return SqlOutbox(database=newsroom.database)
    from briefpub.outbox import OutboxFolder

    return OutboxFolder(outbox_folder(newsroom.settings, newsroom.root))


def ledger_of(newsroom: Room) -> ports.Ledger:
    """Give mailings and deliveries; where many machines work, a new mailing asks for its tasks at once."""
    from briefpub.store.mailings import SqlLedger

    if not newsroom.distributed:
        return SqlLedger(database=newsroom.database)

    def queued(connection: object, issue: str, count: int) -> None:
        engine = newsroom.engine
        assert isinstance(engine, _distributed())
        engine.nudge_within(connection, tasks_for(issue, count))

    return SqlLedger(database=newsroom.database, queued=queued)


def engine_of(newsroom: Room, *, threads: int = THREADS, name: str = "") -> ports.Engine:
    """Give the engine that the settings name; `threads` tasks are done at once."""
    if not newsroom.distributed:
        from briefpub.engine.embedded import Embedded

        return Embedded(tell=_tell)
    from briefpub.store.postgresql import place_of, server_url

    server = server_url(newsroom.settings.database)
    return _distributed()(
        server=server.set(drivername="postgresql").render_as_string(hide_password=False),
        where=place_of(server),
        name=name or own_name(),
        threads=threads,
        tell=_tell,
    )


def sweep_of(newsroom: Room) -> "Sweep":
    """Give what derives every nudge from the rows again."""
    from briefpub.workflows.sweep import Sweep

    return Sweep(send=newsroom.send(), nudge=newsroom.engine.nudge, tell=_tell)


def work_of(newsroom: Room, *, now: Callable[[], datetime] = moment, stop: Callable[[], bool]) -> "Work":
    """Give what a task does."""
    from briefpub.workflows.work import Work

    return Work(
        send=newsroom.send(),
        nudge=lambda tasks, after: newsroom.engine.nudge(tasks, after=after),
        now=now,
        stop=stop,
        tell=_tell,
    )


def _distributed() -> "type[Distributed]":
    from briefpub.engine.distributed import Distributed

    return Distributed


def _tell(level: str, event: str, **values: object) -> None:
    from briefpub.kit import logs

    getattr(logs.logger("engine"), level)(event, **values)
