"""What a long run, the figures and the doctor need: heartbeats, counts, what comes next."""

import os
import socket
from datetime import datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

from briefpub.domain.heartbeat import Heartbeat
from briefpub.workflows import ports

if TYPE_CHECKING:
    from briefpub.bootstrap.records import Records
    from briefpub.workflows.upcoming import Upcoming


def heartbeats_of(records: "Records") -> ports.Heartbeats:
    """Give who is at work."""
    from briefpub.store.heartbeats import SqlHeartbeats

    return SqlHeartbeats(database=records.database)


def count_of(records: "Records") -> ports.Count:
    """Give what counts a publication."""
    from briefpub.store.figures import SqlFigures

    return SqlFigures(database=records.database)


def upcoming_of(records: "Records") -> "Upcoming":
    """Give what knows when each schedule comes next."""
    from briefpub.alarm import walls
    from briefpub.workflows.upcoming import Upcoming

    return Upcoming(schedules=records.schedules, runs=records.runs, walls=walls)


def build_of(records: "Records") -> dict[str, str]:
    """Give what this process is made from, for who compares machines."""
    database = "sqlite" if records.database.path else "postgresql"
    return {"version": version("briefpub"), "database": database}


def own_heartbeat(kind: str, *, now: datetime) -> Heartbeat:
    """Give this process's heartbeat as it begins."""
    host = socket.gethostname()
    return Heartbeat(
        who=f"{kind} on {host}, process {os.getpid()}", kind=kind, host=host, started_at=now, seen_at=now
    )
