"""People an editor brings in, in the database: each import can be taken back, none re-subscribes anybody."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, exists, func, insert, literal, select, update
from sqlalchemy.orm import aliased
from sqlalchemy.sql import ColumnElement, Select

from briefpub.domain.audience import RowFate, SubscriberRow, SubscriptionState, folded
from briefpub.domain.consent import ConsentEvent, Intake, Kept, Standing, Undone
from briefpub.domain.errors import ConfigError, Conflict
from briefpub.store.audience import PAGE, fates_of, insert_rows, list_id
from briefpub.store.consent_rows import standing_of, standings
from briefpub.store.database import Database
from briefpub.store.tables import (
    consent,
    delivery,
    intake,
    issue,
    list_,
    mailing,
    subscriber,
    subscription,
)

SOME = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlIntakes:
    """The imports of a publication."""

    database: Database

    def begin(self, list: str, *, source: str, now: dt.datetime) -> int:
        """Open an import and give its number."""
        with self.database.writing() as connection:
            made = (
                insert(intake)
                .values(list_id=list_id(connection, list), source=source, at=now)
                .returning(intake.c.id)
            )
            return int(connection.execute(made).scalar_one())

    def bring(
        self, intake: int, rows: Sequence[SubscriberRow], *, consent: str, now: dt.datetime
    ) -> tuple[RowFate, ...]:
        """Add rows to an import's list in one transaction; gives each row's fate."""
        with self.database.writing() as connection:
            found = _intake(connection, intake)
            if found.undone_at is not None:
                raise Conflict(f"import {intake} was taken back", hint="import the file again")
            return _bring(
                connection, found.slug, rows, ConsentEvent.IMPORTED, how=consent, now=now, number=intake
            )

    def add(self, list: str, row: SubscriberRow, *, consent: str, now: dt.datetime) -> RowFate:
        """Add one person, who agreed as `consent` says."""
        with self.database.writing() as connection:
            (fate,) = _bring(connection, list, [row], ConsentEvent.ADDED, how=consent, now=now, number=None)
        return fate

    def undo(self, intake: int, *, now: dt.datetime) -> Undone:
        """Take back what an import added: those still as imported, never mailed or changed since.

        A page at a time: what a crash leaves is taken back by doing it again.
        """
        taken, last = 0, 0
        kept: Counter[Kept] = Counter()
        some: list[tuple[str, Kept]] = []
        while True:
            with self.database.writing() as connection:
                found = _intake(connection, intake)
                page = connection.execute(_brought(intake).where(consent.c.id > last).limit(PAGE)).all()
                free = [row for row in page if not row.mailed and not row.changed]
                _take_back(connection, found, free)
                if len(page) < PAGE and found.undone_at is None:
                    _mark_undone(connection, intake, now)
            taken += len(free)
            left = [
                (row.address, Kept.MAILED if row.mailed else Kept.CHANGED)
                for row in page
                if row.mailed or row.changed
            ]
            kept.update(reason for _, reason in left)
            some += left[: SOME - len(some)]
            if len(page) < PAGE:
                break
            last = page[-1].id
        (told,) = (one for one in self.of() if one.id == intake)
        return Undone(intake=told, taken_back=taken, kept=dict(kept), some=tuple(some))

    def of(self, list: str | None = None) -> tuple[Intake, ...]:
        """Give the imports into one list, or all, oldest first."""
        added = (
            select(func.count())
            .select_from(consent)
            .where(consent.c.intake_id == intake.c.id)
            .scalar_subquery()
        )
        query = select(intake, list_.c.slug, added.label("added")).join(list_).order_by(intake.c.id)
        with self.database.reading() as connection:
            if list is not None:
                query = query.where(intake.c.list_id == list_id(connection, list))
            return tuple(
                Intake(
                    id=row.id,
                    list=row.slug,
                    source=row.source,
                    at=row.at,
                    added=row.added,
                    undone_at=row.undone_at,
                )
                for row in connection.execute(query)
            )

    def standings(self, list: str) -> Iterator[Standing]:
        """Give a list's subscriptions by address, a page at a time, so that no transaction stays open."""
        last = ""
        query = standings().where(list_.c.slug == list).order_by(subscriber.c.folded).limit(PAGE)
        while True:
            with self.database.reading() as connection:
                page = connection.execute(query.where(subscriber.c.folded > last)).all()
            for row in page:
                last = row.folded
                yield standing_of(row)
            if len(page) < PAGE:
                return


def _intake(connection: Connection, number: int) -> Row[*tuple[Any, ...]]:
    query = select(intake, list_.c.slug).join(list_).where(intake.c.id == number)
    found = connection.execute(query).first()
    if found is None:
        raise ConfigError(
            f"there is no import {number}", hint="`briefpub subscribers imports` shows them all"
        )
    return found


def _bring(
    connection: Connection,
    list: str,
    rows: Sequence[SubscriberRow],
    event: ConsentEvent,
    *,
    how: str,
    now: dt.datetime,
    number: int | None,
) -> tuple[RowFate, ...]:
    fates = fates_of(connection, list, rows)
    new = [row for row, fate in zip(rows, fates, strict=True) if fate is RowFate.NEW]
    one = list_id(connection, list)
    if new:
        insert_rows(connection, one, new, consent=how, now=now)
    for start in range(0, len(new), PAGE):
        keys = [folded(row.address) for row in new[start : start + PAGE]]
        values = select(
            subscriber.c.id,
            literal(one),
            literal(event.value),
            literal(now, consent.c.at.type),
            literal(how),
            subscriber.c.address_hash,
            literal(number, consent.c.intake_id.type),
        ).where(subscriber.c.folded.in_(keys))
        columns = ["subscriber_id", "list_id", "event", "at", "how", "address_hash", "intake_id"]
        connection.execute(insert(consent).from_select(columns, values))
    return fates


def _brought(number: int) -> Select[*tuple[Any, ...]]:
    """Select those an import added, and whether each was mailed or changed since."""
    later = aliased(consent)
    changed = exists().where(
        later.c.subscriber_id == consent.c.subscriber_id,
        later.c.id > consent.c.id,
        (later.c.list_id == consent.c.list_id) | later.c.list_id.is_(None),
    )
    mailed = exists().where(
        delivery.c.subscriber_id == consent.c.subscriber_id,
        delivery.c.mailing_id == mailing.c.id,
        mailing.c.issue_id == issue.c.id,
        issue.c.list_id == consent.c.list_id,
    )
    joined = and_(
        subscription.c.subscriber_id == consent.c.subscriber_id,
        subscription.c.list_id == consent.c.list_id,
    )
    moved: ColumnElement[bool] = (subscription.c.since != consent.c.at) | subscription.c.state.in_(
        [SubscriptionState.BOUNCED.value, SubscriptionState.COMPLAINED.value]
    )
    return (
        select(
            consent.c.id,
            consent.c.subscriber_id,
            subscriber.c.address,
            (changed | moved).label("changed"),
            mailed.label("mailed"),
        )
        .select_from(consent.join(subscription, joined).join(subscriber))
        .where(consent.c.intake_id == number)
        .order_by(consent.c.id)
    )


def _take_back(
    connection: Connection, found: Row[*tuple[Any, ...]], rows: Sequence[Row[*tuple[Any, ...]]]
) -> None:
    people = [row.subscriber_id for row in rows]
    if not people:
        return
    connection.execute(delete(consent).where(consent.c.id.in_([row.id for row in rows])))
    connection.execute(
        delete(subscription).where(
            subscription.c.list_id == found.list_id, subscription.c.subscriber_id.in_(people)
        )
    )
    # Only whom nothing else holds: they came with the import, and go with it.
    connection.execute(
        delete(subscriber).where(
            subscriber.c.id.in_(people),
            *(
                ~exists().where(table.c.subscriber_id == subscriber.c.id)
                for table in (subscription, consent, delivery)
            ),
        )
    )


def _mark_undone(connection: Connection, number: int, now: dt.datetime) -> None:
    connection.execute(update(intake).where(intake.c.id == number).values(undone_at=now))
