"""Rows of consent and of subscriptions, as every answer, import and erasure reads and writes them."""

import datetime as dt
from typing import Any

from sqlalchemy import Connection, Row, insert, select
from sqlalchemy.sql import Select

from briefpub.domain.audience import (
    Frequency,
    Subscriber,
    SubscriptionFormat,
    SubscriptionState,
    address_hash,
)
from briefpub.domain.consent import ConsentEvent, ConsentRecord, Standing
from briefpub.store.tables import consent, list_, subscriber, subscription, suppression


def record(
    connection: Connection,
    person: int,
    list: int | None,
    event: ConsentEvent,
    *,
    how: str,
    now: dt.datetime,
    intake: int | None = None,
) -> None:
    """Add an event to a person's consent, with the hash of its address; no list means every one."""
    hashed = select(subscriber.c.address_hash).where(subscriber.c.id == person).scalar_subquery()
    connection.execute(
        insert(consent).values(
            subscriber_id=person,
            list_id=list,
            event=event.value,
            at=now,
            how=how,
            address_hash=hashed,
            intake_id=intake,
        )
    )


def records(
    connection: Connection, *, subscriber_id: int, list: str | None = None
) -> tuple[ConsentRecord, ...]:
    """Give a person's consent events, oldest first: those of one list and of every list, or all."""
    query = (
        select(consent, list_.c.slug)
        .select_from(consent.outerjoin(list_))
        .where(consent.c.subscriber_id == subscriber_id)
        .order_by(consent.c.id)
    )
    if list is not None:
        query = query.where((list_.c.slug == list) | consent.c.list_id.is_(None))
    return tuple(
        ConsentRecord(
            id=row.id,
            event=ConsentEvent(row.event),
            at=row.at,
            how=row.how,
            list=row.slug,
            address_hash=row.address_hash,
            intake=row.intake_id,
        )
        for row in connection.execute(query)
    )


def suppression_of(connection: Connection, address: str) -> tuple[str, dt.datetime | None]:
    """Give why an address is suppressed, and since when; nothing where it is not."""
    query = select(suppression.c.reason, suppression.c.since).where(
        suppression.c.address_hash == address_hash(address)
    )
    row = connection.execute(query).first()
    return (row.reason or "suppressed", row.since) if row else ("", None)


def standings() -> Select[*tuple[Any, ...]]:
    """Select subscriptions with their subscriber and suppression; `standing_of` reads the rows."""
    return select(
        subscriber.c.id,
        subscriber.c.address,
        subscriber.c.folded,
        subscriber.c.name,
        list_.c.slug,
        subscription.c.state,
        subscription.c.since,
        subscription.c.format,
        subscription.c.device,
        subscription.c.frequency,
        subscription.c.wants,
        subscription.c.consent,
        suppression.c.reason,
    ).select_from(
        subscription.join(subscriber)
        .join(list_)
        .outerjoin(suppression, suppression.c.address_hash == subscriber.c.address_hash)
    )


def standing_of(row: Row[*tuple[Any, ...]]) -> Standing:
    """Read a row of `standings`."""
    return Standing(
        subscriber=Subscriber(id=row.id, address=row.address, name=row.name),
        list=row.slug,
        state=SubscriptionState(row.state),
        since=row.since,
        format=SubscriptionFormat(row.format),
        device=row.device,
        consent=row.consent,
        frequency=Frequency(row.frequency),
        wants=Frequency(row.wants) if row.wants else None,
        suppressed="" if row.reason is None else row.reason or "suppressed",
    )
