"""Whose clock counts. In a file it is the caller's; on a server that keeps time, the server's, for everybody.

Leases, due times and the sites' buckets are compared by machines whose clocks differ. Each caller still says
what it takes for now: the gap to the server's clock is added to all that it writes or compares, and taken off
what it is told, so that a clock that is wrong by minutes does no more harm than a right one.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from briefpub.store.database import Database

NO_GAP = timedelta(0)
ASK = text("SELECT clock_timestamp()")


def gap_to(database: Database, clock: datetime | None, now: datetime) -> timedelta:
    """Give by how much the clock that counts is ahead of the caller's `now`; `clock` was read on the way."""
    return clock - now if database.keeps_time and clock is not None else NO_GAP


def gap(database: Database, connection: Connection, now: datetime) -> timedelta:
    """Ask the server by how much its clock is ahead of the caller's `now`; nothing is asked of a file."""
    if not database.keeps_time:
        return NO_GAP
    return gap_to(database, connection.execute(ASK).scalar_one(), now)
