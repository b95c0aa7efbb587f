"""Where the database lives: the machine and the file, or the server's own identity."""

import hashlib
import socket
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select, text

from briefpub.domain.home import Home
from briefpub.domain.schedule import RunState
from briefpub.store.database import Database
from briefpub.store.tables import home, issue, list_, mailing, run
from briefpub.store.upserts import upsert

ONLY = 1
MACHINE_ID = Path("/etc/machine-id")
# A server's identity is made by initdb: a dump restored elsewhere has another one, a replica the same.
SERVER = text("SELECT system_identifier, current_database() FROM pg_control_system()")


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlHomes:
    """The home of a database; each method is one transaction."""

    database: Database

    def here(self) -> Home:
        """Give where the database lives. Raises StoreError."""
        if self.database.path is None:
            with self.database.reading() as connection:
                identifier, name = connection.execute(SERVER).one()
            return _home(f"{identifier}|{name}", self.database.where)
        machine = ""
        with suppress(OSError):
            machine = MACHINE_ID.read_text(encoding="ascii", errors="replace").strip()
        path = self.database.path.resolve()
        return _home(f"{machine}|{path}", f"{socket.gethostname()}:{path}")

    def recorded(self) -> Home | None:
        """Give where it was used last."""
        with self.database.reading() as connection:
            row = connection.execute(select(home.c.fingerprint, home.c.place)).first()
        return Home(fingerprint=row.fingerprint, place=row.place) if row else None

    def record(self, here: Home, *, now: datetime) -> None:
        """Write down that it is used here."""
        values = {"fingerprint": here.fingerprint, "place": here.place, "since": now}
        with self.database.writing() as connection:
            connection.execute(
                upsert(connection, home)
                .values(id=ONLY, **values)
                .on_conflict_do_update(index_elements=["id"], set_=values)
            )

    def marks(self) -> dict[str, str]:
        """Give how far things have come: each schedule's last wall time, each list's last mailed issue.

        Keys are `run ID`, by the schedule's, since names change hands, and `issue LIST/FREQUENCY`; values
        sort as time and numbers do.
        """
        walls = (
            select(run.c.schedule_id, func.max(run.c.wall))
            .where(run.c.state.in_([RunState.PUBLISHING.value, RunState.DONE.value]))
            .group_by(run.c.schedule_id)
        )
        numbers = (
            select(list_.c.slug, issue.c.frequency, func.max(issue.c.number))
            .join(issue, issue.c.list_id == list_.c.id)
            .join(mailing)
            .group_by(list_.c.slug, issue.c.frequency)
        )
        with self.database.reading() as connection:
            found = {f"run {row}": wall for row, wall in connection.execute(walls)}
            for slug, frequency, number in connection.execute(numbers):
                found[f"issue {slug}/{frequency}"] = f"{number:09d}"
        return found


def _home(identity: str, place: str) -> Home:
    return Home(fingerprint=hashlib.sha256(identity.encode()).hexdigest(), place=place)
