"""Schedules in the database: their rules, what they pick, and the dates on which they do something else."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from briefpub.domain.audience import Frequency
from briefpub.domain.errors import Conflict
from briefpub.domain.recurrence import read, written
from briefpub.domain.schedule import (
    STOPPABLE,
    Approval,
    DateChange,
    Order,
    Policy,
    RunState,
    Schedule,
    Selection,
    occurrences,
)
from briefpub.domain.walls import WALL, wall_of
from briefpub.store.audience import list_id
from briefpub.store.database import Database
from briefpub.store.tables import list_, run, schedule, schedule_change
from briefpub.store.upserts import upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlSchedules:
    """The schedules of a publication; each method is one transaction."""

    database: Database

    def add(self, schedule_: Schedule) -> Schedule:
        """Keep a new schedule and give it with its id; raises Conflict where its name is taken."""
        with self.database.writing() as connection:
            if _row(connection, schedule_.name):
                raise Conflict(
                    f"there is a schedule {schedule_.name!r} already",
                    where=schedule_.name,
                    hint=f"choose another name, or `briefpub schedule remove {schedule_.name}` first",
                )
            values = {**_values(schedule_), "list_id": list_id(connection, schedule_.list)}
            made = connection.execute(insert(schedule).values(values).returning(schedule.c.id)).scalar_one()
            _write_changes(connection, made, schedule_.changes)
        return replace(schedule_, id=made, counted_from=values["counted_from"])

    def all(self) -> tuple[Schedule, ...]:
        """Give the schedules that were not removed, by name."""
        with self.database.reading() as connection:
            return schedules_of(connection)

    def get(self, name: str) -> Schedule | None:
        """Give one schedule by its name."""
        with self.database.reading() as connection:
            return next(iter(schedules_of(connection, name)), None)

    def pause(self, name: str, *, paused: bool, now: datetime) -> Schedule:
        """Pause a schedule or let it go on; what came while it was paused is not made up for."""
        with self.database.writing() as connection:
            row = _existing(connection, name)
            if row.paused != paused:
                since = {} if paused else {"since": now}
                query = update(schedule).where(schedule.c.id == row.id)
                connection.execute(query.values(paused=paused, **since))
            if not paused:
                _take_up(connection, row.id, f"{name} is paused", now)
            if paused:
                _drop_open(connection, row.id, f"{name} is paused", now)
            return schedules_of(connection, name)[0]

    def remove(self, name: str, *, now: datetime) -> None:
        """Take a schedule away; its runs stay for the record, those not begun are left out."""
        with self.database.writing() as connection:
            row = _existing(connection, name)
            _drop_open(connection, row.id, f"{name} was removed", now)
            # Its name may be given again, its runs keep the row they refer to.
            gone = f"{name[:50]}~{row.id}"
            query = update(schedule).where(schedule.c.id == row.id)
            connection.execute(query.values(removed=True, name=gone))

    def change(self, name: str, changes: Sequence[DateChange], *, now: datetime) -> Schedule:
        """Write down what a schedule does on some dates; runs that were planned and not begun follow."""
        with self.database.writing() as connection:
            row = _existing(connection, name)
            _write_changes(connection, row.id, changes)
            changed = schedules_of(connection, name)[0]
            dates = {change.date: change for change in changes}
            planned = connection.execute(
                select(run.c.id, run.c.wall).where(
                    run.c.schedule_id == row.id, run.c.state == RunState.PLANNED.value
                )
            ).all()
            for each in planned:
                wall = datetime.strptime(each.wall, WALL)  # noqa: DTZ007 - a wall time has no zone
                for found in occurrences(changed, [wall]) if wall.date() in dates else ():
                    values: dict[str, Any] = {"due": found.due, "changed_at": now}
                    if found.skipped:
                        values |= {"state": RunState.SKIPPED.value, "reason": found.note}
                    connection.execute(update(run).where(run.c.id == each.id).values(values))
            return changed


def schedules_of(connection: Connection, name: str | None = None) -> tuple[Schedule, ...]:
    """Give the schedules that were not removed, or the one of a name."""
    query = (
        select(schedule, list_.c.slug)
        .join(list_)
        .where(schedule.c.removed.is_(False))
        .order_by(schedule.c.name)
    )
    changes = select(schedule_change).order_by(schedule_change.c.schedule_id, schedule_change.c.date)
    if name is not None:
        query = query.where(schedule.c.name == name)
        changes = changes.join(schedule).where(schedule.c.name == name)
    by_schedule: dict[int, list[DateChange]] = {}
    for row in connection.execute(changes):
        to = datetime.strptime(row.to, WALL) if row.to else None  # noqa: DTZ007 - a wall time
        by_schedule.setdefault(row.schedule_id, []).append(DateChange(date=row.date, to=to, why=row.why))
    return tuple(_schedule(row, by_schedule.get(row.id, ())) for row in connection.execute(query))


def _schedule(row: Row[*tuple[Any, ...]], changes: Sequence[DateChange]) -> Schedule:
    return Schedule(
        id=row.id,
        name=row.name,
        list=row.slug,
        rule=read(row.rule),
        timezone=row.timezone,
        since=row.since,
        counted_from=row.counted_from,
        selection=_selection(json.loads(row.selection)),
        approval=Approval(row.approval),
        unapproved=Policy(row.unapproved),
        late=Policy(row.late),
        grace=timedelta(seconds=row.grace),
        freeze=timedelta(seconds=row.freeze),
        starts=row.starts,
        ends=row.ends,
        frequency=Frequency(row.frequency),
        paused=row.paused,
        changes=tuple(changes),
    )


def _values(one: Schedule) -> dict[str, Any]:
    return {
        "name": one.name,
        "rule": written(one.rule),
        "timezone": one.timezone,
        "selection": json.dumps(asdict(one.selection), ensure_ascii=False, sort_keys=True),
        "approval": one.approval.value,
        "unapproved": one.unapproved.value,
        "late": one.late.value,
        "grace": int(one.grace.total_seconds()),
        "freeze": int(one.freeze.total_seconds()),
        "starts": one.starts,
        "ends": one.ends,
        "frequency": one.frequency.value,
        "paused": one.paused,
        "removed": False,
        "since": one.since,
        "counted_from": one.counted_from or one.starts or wall_of(one.since, one.timezone).date(),
    }


def _selection(kept: Mapping[str, Any]) -> Selection:
    return Selection(
        **{
            **kept,
            "too_few": Policy(kept["too_few"]),
            "order": Order(kept["order"]),
            "tags": tuple(kept["tags"]),
            "listed": tuple(kept["listed"]),
        }
    )


def _row(connection: Connection, name: str) -> Row[*tuple[Any, ...]] | None:
    query = select(schedule).where(schedule.c.name == name, schedule.c.removed.is_(False))
    return connection.execute(query).first()


def _existing(connection: Connection, name: str) -> Row[*tuple[Any, ...]]:
    row = _row(connection, name)
    if row is None:
        raise Conflict(
            f"there is no schedule {name!r}", where=name, hint="`briefpub schedule list` names them all"
        )
    return row


def _write_changes(connection: Connection, row: int, changes: Sequence[DateChange]) -> None:
    if not changes:
        return
    dates = [change.date for change in changes]
    mine = schedule_change.c.schedule_id == row
    connection.execute(delete(schedule_change).where(mine, schedule_change.c.date.in_(dates)))
    rows = [
        {
            "schedule_id": row,
            "date": change.date,
            "to": change.to.strftime(WALL) if change.to else None,
            "why": change.why,
        }
        for change in changes
    ]
    connection.execute(upsert(connection, schedule_change).on_conflict_do_nothing(), rows)


def _take_up(connection: Connection, row: int, reason: str, now: datetime) -> None:
    """Plan again what pausing left out and what is still to come."""
    connection.execute(
        update(run)
        .where(
            run.c.schedule_id == row,
            run.c.state == RunState.SKIPPED.value,
            run.c.reason == reason,
            run.c.due > now,
        )
        .values(state=RunState.PLANNED.value, reason="", changed_at=now)
    )


def _drop_open(connection: Connection, row: int, reason: str, now: datetime) -> None:
    """Leave out the runs of which nothing went out yet; an issue that was made waits for another run."""
    values = {"state": RunState.SKIPPED.value, "reason": reason, "question": "", "changed_at": now}
    connection.execute(
        update(run)
        .where(run.c.schedule_id == row, run.c.state.in_(sorted(one.value for one in STOPPABLE)))
        .values(**values, lease_owner=None, lease_until=None)
    )
