"""Heartbeats in the database: one row for each process that keeps watch or works."""

from dataclasses import asdict, dataclass

from sqlalchemy import and_, delete, or_, select

from briefpub.domain.heartbeat import FORGOTTEN, SILENT, Heartbeat
from briefpub.store.database import Database
from briefpub.store.tables import heartbeat as table
from briefpub.store.upserts import upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlHeartbeats:
    """The heartbeats of a publication; each method is one transaction."""

    database: Database

    def beat(self, heartbeat: Heartbeat) -> None:
        """Write down that a process lives; its dead forerunners on its host are forgotten."""
        values = asdict(heartbeat)
        at = heartbeat.seen_at
        forerunner = and_(
            table.c.kind == heartbeat.kind, table.c.host == heartbeat.host, table.c.seen_at < at - SILENT
        )
        with self.database.sharing() as connection:
            connection.execute(
                upsert(connection, table)
                .values(values)
                .on_conflict_do_update(index_elements=[table.c.who], set_=values)
            )
            connection.execute(delete(table).where(or_(forerunner, table.c.seen_at < at - FORGOTTEN)))

    def only(self, heartbeat: Heartbeat) -> None:
        """Write down that a process lives and is the only one of its kind: any other of it is dead."""
        with self.database.sharing() as connection:
            connection.execute(
                delete(table).where(table.c.kind == heartbeat.kind, table.c.who != heartbeat.who)
            )
        self.beat(heartbeat)

    def stop(self, who: str) -> None:
        """Take away the row of a process that ends tidily."""
        with self.database.sharing() as connection:
            connection.execute(delete(table).where(table.c.who == who))

    def all(self) -> tuple[Heartbeat, ...]:
        """Give every heartbeat, by kind and name."""
        with self.database.reading() as connection:
            rows = connection.execute(select(table).order_by(table.c.kind, table.c.who)).all()
        return tuple(Heartbeat(**row._mapping) for row in rows)  # noqa: SLF001 - a row's public way by name
