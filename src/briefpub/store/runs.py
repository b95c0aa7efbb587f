"""The runs of schedules in the database: each (schedule, wall time) once, each issue of a run once.

What happens to a run is fenced by its lease and by its state, in the transaction of the effect: whoever comes
late, or twice, finds that it was done.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select, update

from briefpub.domain.audience import Frequency
from briefpub.domain.errors import Conflict
from briefpub.domain.issue import IssueRecord, IssueState, folder_of
from briefpub.domain.schedule import (
    ASKING,
    OPEN,
    STOPPABLE,
    Fate,
    Occurrence,
    Question,
    Run,
    RunState,
    Schedule,
    name_of,
)
from briefpub.domain.walls import WALL
from briefpub.store.clock import gap
from briefpub.store.database import Database
from briefpub.store.issues import compose, row_of
from briefpub.store.tables import issue, list_, mailing, run, schedule
from briefpub.store.upserts import upsert

OPEN_STATES = sorted(state.value for state in OPEN)
FROZEN_STATES = sorted({IssueState.AWAITING.value, IssueState.FROZEN.value, IssueState.PUBLISHED.value})
NO_LEASE: dict[str, Any] = {"lease_owner": None, "lease_until": None}
RUNS = (
    select(
        run,
        schedule.c.name,
        list_.c.slug,
        issue.c.number.label("issue_number"),
        issue.c.frequency.label("issue_frequency"),
        issue.c.state.label("issue_state"),
        and_(issue.c.approved_sha256 != "", issue.c.approved_sha256 == issue.c.manifest_sha256).label(
            "approved"
        ),
        issue.c.approved_at,
        issue.c.needs_approval,
        mailing.c.id.is_not(None).label("mailed"),
    )
    .select_from(run.join(schedule).join(list_, list_.c.id == schedule.c.list_id))
    .outerjoin(issue, issue.c.id == run.c.issue_id)
    .outerjoin(mailing, mailing.c.issue_id == run.c.issue_id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlRuns:
    """The runs of a publication; each method is one transaction."""

    database: Database

    def plan(
        self, schedule_: Schedule, occurrences: Sequence[Occurrence], *, now: dt.datetime
    ) -> tuple[Run, ...]:
        """Insert a run for each occurrence that has none, as planned or skipped; give those inserted."""
        if not occurrences:
            return ()
        rows = [
            {
                "schedule_id": schedule_.id,
                "wall": one.wall.strftime(WALL),
                "due": one.due,
                "state": (RunState.SKIPPED if one.skipped else RunState.PLANNED).value,
                "reason": one.note if one.skipped else "",
                "question": "",
                "said": False,
                "cleared": False,
                "changed_at": now,
            }
            for one in occurrences
        ]
        made: list[int] = []
        with self.database.writing() as connection:
            on = schedule.c.id == schedule_.id, schedule.c.paused.is_(False), schedule.c.removed.is_(False)
            if connection.execute(select(schedule.c.id).where(*on)).first() is None:
                return ()  # it was paused or removed since it was read
            for row in rows:
                query = upsert(connection, run).values(row).on_conflict_do_nothing().returning(run.c.id)
                made.extend(connection.execute(query).scalars())
            return _runs(connection, run.c.id.in_(made)) if made else ()

    def of(
        self, *, schedule: str | None = None, open_only: bool = False, most: int | None = None
    ) -> tuple[Run, ...]:
        """Give runs by due moment, oldest first: of one schedule or of all; with `most`, the newest."""
        where = []
        if schedule is not None:
            where.append(_named(schedule))
        if open_only:
            where.append(run.c.state.in_(OPEN_STATES))
        with self.database.reading() as connection:
            return _runs(connection, *where, most=most)

    def last_walls(self) -> dict[str, dt.datetime]:
        """Give for each schedule the latest wall time that a run was made for."""
        query = select(schedule.c.name, func.max(run.c.wall)).join(run).group_by(schedule.c.name)
        with self.database.reading() as connection:
            return {name: _wall(wall) for name, wall in connection.execute(query)}

    def claim(self, run_: Run, *, owner: str, now: dt.datetime, lease_until: dt.datetime) -> Run | None:
        """Lease a run to `owner` and give it as it stands; None where another holds it, or it has ended."""
        with self.database.writing() as connection:
            # Of two machines whose clocks differ, neither may take the other for dead.
            ahead = gap(self.database, connection, now)
            free = or_(
                run.c.lease_until.is_(None), run.c.lease_until <= now + ahead, run.c.lease_owner == owner
            )
            query = (
                update(run)
                .where(run.c.id == run_.id, run.c.state.in_(OPEN_STATES), free)
                .values(lease_owner=owner, lease_until=lease_until + ahead)
            )
            if not connection.execute(query).rowcount:
                return None
            return _one(connection, run_.id)

    def let_go(self, run_: Run, *, owner: str) -> None:
        """Give a lease back, with nothing changed."""
        with self.database.writing() as connection:
            connection.execute(
                update(run).where(run.c.id == run_.id, run.c.lease_owner == owner).values(NO_LEASE)
            )

    def settle(self, run_: Run, fate: Fate, *, owner: str, now: dt.datetime) -> Run:
        """Write down what was decided of a leased run; raises Conflict without the lease."""
        with self.database.writing() as connection:
            _held(connection, run_, owner)
            anew = fate.question in ASKING and fate.question is not run_.question
            # Trying once more is no step: lateness counts from the last one.
            further = (fate.state, fate.question) != (run_.state, run_.question)
            connection.execute(
                update(run)
                .where(run.c.id == run_.id)
                .values(
                    state=fate.state.value,
                    reason=fate.reason,
                    question=fate.question.value,
                    said=False if anew else run.c.said,
                    due=run_.due,
                    changed_at=now if further else run.c.changed_at,
                )
            )
            return _one(connection, run_.id)

    def compose(
        self,
        run_: Run,
        articles: Sequence[str],
        *,
        title: str,
        date: dt.date,
        through: int | None,
        again: bool,
        frequency: Frequency,
        owner: str,
        needs_approval: bool = False,
    ) -> IssueRecord:
        """Make the issue of a leased run, in one transaction with its being the run's; once, ever."""
        with self.database.writing() as connection:
            _held(connection, run_, owner)
            known = connection.execute(select(run.c.issue_id).where(run.c.id == run_.id)).scalar()
            if known is not None:
                raise Conflict("the run has its issue already", where=name_of(run_))
            record, row = compose(
                connection,
                run_.list,
                articles,
                title=title,
                date=date,
                frequency=frequency,
                through=through,
                again=again,
            )
            connection.execute(update(run).where(run.c.id == run_.id).values(issue_id=row))
            if needs_approval:
                connection.execute(update(issue).where(issue.c.id == row).values(needs_approval=True))
        return record

    def adopt(self, run_: Run, key: str, *, owner: str, needs_approval: bool = False) -> Run:
        """Make an issue that is there already the run's; raises Conflict where it is another run's."""
        with self.database.writing() as connection:
            _held(connection, run_, owner)
            row = row_of(connection, key)
            holder = connection.execute(select(run.c.id, run.c.state).where(run.c.issue_id == row)).first()
            if holder and holder.id != run_.id:
                if RunState(holder.state) in OPEN:
                    raise Conflict("another run sends this issue", where=key)
                connection.execute(update(run).where(run.c.id == holder.id).values(issue_id=None))
            connection.execute(update(run).where(run.c.id == run_.id).values(issue_id=row))
            if needs_approval:
                connection.execute(update(issue).where(issue.c.id == row).values(needs_approval=True))
            return _one(connection, run_.id)

    def release(self, run_: Run, *, owner: str, now: dt.datetime) -> Run:
        """Let the run's awaiting issue go to its readers: it is frozen and the run publishes, at once."""
        with self.database.writing() as connection:
            _held(connection, run_, owner)
            mine = issue.c.id == select(run.c.issue_id).where(run.c.id == run_.id).scalar_subquery()
            frozen = issue.c.state.in_(FROZEN_STATES)
            if connection.execute(select(issue.c.id).where(mine, frozen)).first() is None:
                raise Conflict("its issue was withdrawn", where=name_of(run_))
            connection.execute(
                update(issue)
                .where(mine, issue.c.state == IssueState.AWAITING.value)
                .values(state=IssueState.FROZEN.value)
            )
            connection.execute(
                update(run)
                .where(run.c.id == run_.id)
                .values(state=RunState.PUBLISHING.value, reason="", question="", due=run_.due, changed_at=now)
            )
            return _one(connection, run_.id)

    def answer(self, schedule: str, wall: dt.datetime, *, now: dt.datetime) -> Run:
        """Write down an editor's yes to a run that asks; raises Conflict where it asks nothing."""
        with self.database.writing() as connection:
            found = _at(connection, schedule, wall)
            if found.state is not RunState.HELD or found.question not in ASKING:
                raise Conflict(
                    f"the run is {found.state.value} and asks nothing",
                    where=name_of(found),
                    hint="`briefpub schedule runs` shows those that do",
                )
            cleared = found.cleared or found.question is Question.RESTORED
            values = {"said": True, "cleared": cleared, "changed_at": now}
            connection.execute(update(run).where(run.c.id == found.id).values(**values))
            return _one(connection, found.id)

    def skip(self, schedule: str, wall: dt.datetime, *, reason: str, now: dt.datetime) -> Run:
        """Leave a run out, if nothing of it went out yet; raises Conflict where it is too late."""
        with self.database.writing() as connection:
            found = _at(connection, schedule, wall)
            if found.state is RunState.SKIPPED:
                return found
            if found.state not in STOPPABLE:
                raise Conflict(
                    f"the run is {found.state.value}: it cannot be left out any more",
                    where=name_of(found),
                    hint=f"`briefpub outbox pause {found.issue}` holds what has not gone out"
                    if found.state is RunState.PUBLISHING
                    else "",
                )
            values = {"state": RunState.SKIPPED.value, "reason": reason, "question": "", **NO_LEASE}
            connection.execute(update(run).where(run.c.id == found.id).values(**values, changed_at=now))
            return _one(connection, found.id)

    def reserved(self) -> frozenset[str]:
        """Give the keys of the issues that wait for a run's hour, or for somebody's yes to it."""
        waiting = run.c.state.in_(sorted(state.value for state in STOPPABLE))
        with self.database.reading() as connection:
            return frozenset(one.issue for one in _runs(connection, waiting) if one.issue)


def _named(name: str) -> Any:
    return run.c.schedule_id.in_(select(schedule.c.id).where(schedule.c.name == name))


def _runs(connection: Connection, *where: Any, most: int | None = None) -> tuple[Run, ...]:
    query = RUNS.where(*where)
    if most is None:
        return tuple(map(_run, connection.execute(query.order_by(run.c.due, run.c.id))))
    rows = connection.execute(query.order_by(run.c.due.desc(), run.c.id.desc()).limit(most)).all()
    return tuple(map(_run, reversed(rows)))


def _run(row: Row[*tuple[Any, ...]]) -> Run:
    key = ""
    if row.issue_number is not None:
        key = f"{row.slug}/{folder_of(Frequency(row.issue_frequency), row.issue_number)}"
    return Run(
        id=row.id,
        schedule=row.name,
        list=row.slug,
        wall=_wall(row.wall),
        due=row.due,
        state=RunState(row.state),
        reason=row.reason,
        question=Question(row.question),
        said=row.said,
        cleared=row.cleared,
        changed_at=row.changed_at,
        issue=key,
        issue_state=IssueState(row.issue_state) if row.issue_state else None,
        approved=bool(row.approved),
        approved_at=row.approved_at,
        needs_approval=bool(row.needs_approval),
        mailed=bool(row.mailed),
        holder=row.lease_owner or "",
        held_until=row.lease_until,
    )


def _wall(text: str) -> dt.datetime:
    return dt.datetime.strptime(text, WALL)  # noqa: DTZ007 - a wall time has no zone


def _one(connection: Connection, row: int) -> Run:
    return _runs(connection, run.c.id == row)[0]


def _at(connection: Connection, name: str, wall: dt.datetime) -> Run:
    found = _runs(connection, _named(name), run.c.wall == wall.strftime(WALL))
    if not found:
        raise Conflict(
            "there is no such run",
            where=f"{name} {wall:%Y-%m-%d %H:%M}",
            hint=f"`briefpub schedule runs {name}` names them",
        )
    return found[0]


def _held(connection: Connection, run_: Run, owner: str) -> None:
    """Take hold of a run until the transaction ends; raises Conflict where its lease is another's."""
    query = select(run.c.lease_owner, run.c.state).where(run.c.id == run_.id).with_for_update()
    row = connection.execute(query).one()
    if row.lease_owner != owner or row.state != run_.state.value:
        raise Conflict("another process goes on with this run", where=name_of(run_))
