"""Lists, subscribers and subscriptions in the database."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, func, insert, select, update
from sqlalchemy.sql import ColumnElement, Select

from briefpub.domain.audience import (
    CONTROL,
    DigestBody,
    Frequency,
    InDoubt,
    List,
    RowFate,
    Subscriber,
    SubscriberRow,
    Subscription,
    SubscriptionFormat,
    SubscriptionState,
    address_hash,
    ascii_domain,
    checked_address,
    folded,
    one_line,
)
from briefpub.domain.errors import ConfigError
from briefpub.domain.flow import site_of
from briefpub.domain.gathering import Course, moves_before
from briefpub.store.course import course_of, with_takers
from briefpub.store.database import Database
from briefpub.store.deliveries import skip_open
from briefpub.store.tables import list_, schedule, subscriber, subscription, suppression
from briefpub.store.upserts import upsert

PAGE = 1000
OFF = frozenset({SubscriptionState.UNSUBSCRIBED, SubscriptionState.BOUNCED, SubscriptionState.COMPLAINED})


def as_stored(list: List) -> List:
    """Give the list as the database has it."""
    return list


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlAudience:
    """The audience of a publication; each method is one transaction.

    `stated` lays over a list what the settings say of it, each time it is read: the file's word is never
    written into the database, so that taking it back takes it back.
    """

    database: Database
    stated: Callable[[List], List] = as_stored

    def declare(self, list: List) -> None:
        """Insert the list, or bring an existing one to these values."""
        values = {
            "slug": list.slug,
            "name": list.name,
            "sender": list.sender,
            "language": list.language,
            "timezone": list.timezone,
            "layout": list.layout,
            "digest_body": list.digest_body.value,
            "description": list.description,
            "in_doubt": list.in_doubt.value,
            "archived": list.archived,
        }
        with self.database.writing() as connection:
            connection.execute(
                upsert(connection, list_)
                .values(values)
                .on_conflict_do_update(index_elements=["slug"], set_=values)
            )

    def lists(self, *, archived: bool = False) -> tuple[List, ...]:
        """Give the lists by slug; archived ones only when asked."""
        query = select(list_).order_by(list_.c.slug)
        if not archived:
            query = query.where(list_.c.archived.is_(False))
        with self.database.reading() as connection:
            return tuple(self.stated(_list(row)) for row in connection.execute(query))

    def list(self, slug: str) -> List | None:
        """Give one list, archived or not."""
        with self.database.reading() as connection:
            row = connection.execute(select(list_).where(list_.c.slug == slug)).first()
        return self.stated(_list(row)) if row else None

    def subscribe(
        self, list: str, rows: Sequence[SubscriberRow], *, consent: str, now: dt.datetime
    ) -> tuple[RowFate, ...]:
        """Add rows to a list; an existing subscription keeps its state. Gives each row's fate."""
        with self.database.writing() as connection:
            fates = fates_of(connection, list, rows)
            new = [row for row, fate in zip(rows, fates, strict=True) if fate is RowFate.NEW]
            if new:
                insert_rows(connection, list_id(connection, list), new, consent=consent, now=now)
        return fates

    def fates(self, list: str, rows: Sequence[SubscriberRow]) -> tuple[RowFate, ...]:
        """Say what `subscribe` would do, and do nothing."""
        with self.database.reading() as connection:
            return fates_of(connection, list, rows)

    def unsubscribe(self, list: str, address: str, *, now: dt.datetime) -> bool:
        """End a subscription, and skip what was still to be sent by it; False when there was none to end."""
        with self.database.writing() as connection:
            of_list, person = list_id(connection, list), _person(connection, address)
            ended = connection.execute(
                update(subscription)
                .where(
                    subscription.c.list_id == of_list,
                    subscription.c.subscriber_id == person,
                    subscription.c.state.not_in(OFF),
                )
                .values(state=SubscriptionState.UNSUBSCRIBED.value, since=now)
            )
            if person is not None:
                skip_open(connection, person, of_list)
        return ended.rowcount > 0

    def suppress(self, address: str, *, reason: str, now: dt.datetime) -> None:
        """Never mail an address again, on any list; what was still to be sent to it is skipped."""
        values = {"address_hash": address_hash(address), "reason": reason, "since": now}
        with self.database.writing() as connection:
            connection.execute(upsert(connection, suppression).values(values).on_conflict_do_nothing())
            person = _person(connection, address)
            if person is not None:
                skip_open(connection, person, None)

    def subscriptions(self, list: str) -> Iterator[Subscription]:
        """Give a list's subscriptions by address, a page at a time, so that no transaction stays open."""
        last = ""
        while True:
            with self.database.reading() as connection:
                rows = connection.execute(
                    _subscriptions(list).where(subscriber.c.folded > last).limit(PAGE)
                ).all()
            for row in rows:
                last = row.folded
                yield Subscription(
                    subscriber=Subscriber(id=row.id, address=row.address, name=row.name),
                    list=list,
                    state=SubscriptionState(row.state),
                    format=SubscriptionFormat(row.format),
                    device=row.device,
                    consent=row.consent,
                    frequency=Frequency(row.frequency),
                    wants=Frequency(row.wants) if row.wants else None,
                )
            if len(rows) < PAGE:
                return

    def confirmed(self, list: str, frequency: Frequency | None = None) -> int:
        """Count those who may be mailed, or those who would get an issue of a frequency now."""
        with self.database.reading() as connection:
            one = list_id(connection, list)
            query = (
                select(func.count())
                .select_from(subscription.join(subscriber))
                .where(subscription.c.list_id == one, mailable())
            )
            if frequency is not None:
                query = query.where(subscription.c.frequency == frequency.value)
            if frequency is Frequency.EACH:
                going = [move.wants.value for move in moves_before(course_of(connection, one))]
                query = query.where(subscription.c.wants.not_in(going))
            return connection.execute(query).scalar_one()

    def frequencies(self, list: str) -> tuple[Frequency, ...]:
        """Give what a reader may choose: each issue, and the gatherings that a schedule makes."""
        with self.database.reading() as connection:
            made = select(schedule.c.frequency).where(
                schedule.c.list_id == list_id(connection, list), schedule.c.removed.is_(False)
            )
            found = {Frequency.EACH.value, *connection.execute(made).scalars()}
        return tuple(frequency for frequency in Frequency if frequency.value in found)

    def course(self, list: str) -> Course:
        """Give how far a list has come: its issues as they were queued, and the gatherings that wait."""
        with self.database.reading() as connection:
            one = list_id(connection, list)
            return with_takers(connection, one, course_of(connection, one))


def list_id(connection: Connection, slug: str) -> int:
    """Give the row of a list; raise ConfigError when there is none of that name."""
    found = connection.execute(select(list_.c.id).where(list_.c.slug == slug)).scalar()
    if found is None:
        raise ConfigError(f"there is no list {slug!r}", hint="`briefpub lists list` names them all")
    return int(found)


def mailable() -> ColumnElement[bool]:
    """Say, of a subscription joined with its subscriber, whether it may be mailed now."""
    return and_(
        subscription.c.state == SubscriptionState.CONFIRMED.value,
        ~exists().where(suppression.c.address_hash == subscriber.c.address_hash),
    )


def _list(row: Row[*tuple[Any, ...]]) -> List:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    del values["id"]
    typed = {"digest_body": DigestBody(values["digest_body"]), "in_doubt": InDoubt(values["in_doubt"])}
    return List(**values | typed)


def _person(connection: Connection, address: str) -> int | None:
    return connection.execute(select(subscriber.c.id).where(subscriber.c.folded == folded(address))).scalar()


def _subscriptions(slug: str) -> Select[*tuple[Any, ...]]:
    return (
        select(
            subscriber.c.id,
            subscriber.c.address,
            subscriber.c.folded,
            subscriber.c.name,
            subscription.c.state,
            subscription.c.format,
            subscription.c.device,
            subscription.c.frequency,
            subscription.c.wants,
            subscription.c.consent,
        )
        .select_from(subscription.join(subscriber).join(list_))
        .where(list_.c.slug == slug)
        .order_by(subscriber.c.folded)
    )


def fates_of(connection: Connection, slug: str, rows: Sequence[SubscriberRow]) -> tuple[RowFate, ...]:
    """Say what adding rows to a list would come to; the same address twice is here the second time."""
    known = _standing(connection, list_id(connection, slug), [folded(row.address) for row in rows])
    fates = []
    for row in rows:
        if not _usable(row):
            fates.append(RowFate.BAD)
            continue
        fates.append(known.get(folded(row.address), RowFate.NEW))
        known.setdefault(folded(row.address), RowFate.HERE)
    return tuple(fates)


def _usable(row: SubscriberRow) -> bool:
    if row.reason or CONTROL.search(row.name):
        return False
    try:
        ascii_domain(checked_address(row.address, where="").rpartition("@")[2])
    except ConfigError:
        return False
    return True


def _standing(connection: Connection, list: int, keys: Sequence[str]) -> dict[str, RowFate]:
    """Give the fate of each address that the list or the suppressions already know."""
    known: dict[str, RowFate] = {}
    for start in range(0, len(keys), PAGE):
        page = keys[start : start + PAGE]
        hashes = {address_hash(key): key for key in page}
        suppressed = select(suppression.c.address_hash).where(suppression.c.address_hash.in_(hashes))
        known |= {hashes[found]: RowFate.OFF for found in connection.execute(suppressed).scalars()}
        here = (
            select(subscriber.c.folded, subscription.c.state)
            .select_from(subscription.join(subscriber))
            .where(subscription.c.list_id == list, subscriber.c.folded.in_(page))
        )
        known |= {
            row.folded: RowFate.OFF if row.state in OFF else RowFate.HERE for row in connection.execute(here)
        }
    return known


def insert_rows(
    connection: Connection, list: int, rows: Sequence[SubscriberRow], *, consent: str, now: dt.datetime
) -> None:
    """Add new rows to a list, each as a subscriber (one address once) and a subscription."""
    people = [
        {
            "address": checked_address(row.address, where=""),
            "folded": folded(row.address),
            "address_hash": address_hash(row.address),
            "name": one_line(row.name),
            "site": site_of(row.address),
            "since": now,
        }
        for row in rows
    ]
    connection.execute(
        upsert(connection, subscriber).on_conflict_do_nothing(index_elements=["folded"]), people
    )
    for start in range(0, len(rows), PAGE):
        page = rows[start : start + PAGE]
        found = connection.execute(
            select(subscriber.c.folded, subscriber.c.id).where(
                subscriber.c.folded.in_([folded(row.address) for row in page])
            )
        )
        ids = {person.folded: person.id for person in found}
        connection.execute(
            insert(subscription),
            [
                {
                    "list_id": list,
                    "subscriber_id": ids[folded(row.address)],
                    "state": row.state.value,
                    "format": row.format.value,
                    "device": row.device,
                    "frequency": row.frequency.value,
                    "consent": consent,
                    "since": now,
                }
                for row in page
            ],
        )
