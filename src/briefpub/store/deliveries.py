"""Delivery rows: which are due, whose they are, and how they move from state to state."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, case, literal_column, select, update
from sqlalchemy.sql import ColumnElement, Select

from briefpub.domain.audience import Subscriber, SubscriptionFormat
from briefpub.domain.delivery import Delivery, DeliveryState
from briefpub.store.audience import mailable
from briefpub.store.tables import delivery, issue, mailing, subscriber, subscription

OURS = (DeliveryState.CLAIMED, DeliveryState.HANDED, DeliveryState.UNKNOWN)
# SQLite uses a partial index only where the query says its condition word for word, not by a parameter.
DUE = delivery.c.state == literal_column("'queued'")
NO_LEASE: Mapping[str, Any] = {"lease_owner": None, "lease_until": None}


def due(one: int, now: dt.datetime) -> Select[*tuple[Any, ...]]:
    """Select due deliveries in the order of their time and id, and whether each may still be mailed."""
    return (
        select(delivery.c.id, case((mailable(), 1), else_=0).label("mailable"))
        .select_from(with_subscription())
        .where(delivery.c.mailing_id == one, DUE, delivery.c.not_before <= now)
        .order_by(delivery.c.not_before, delivery.c.id)
    )


def with_subscription() -> Any:
    """Join a delivery with its subscriber and with the subscription it came from, ended or not."""
    return (
        delivery.join(subscriber)
        .join(mailing)
        .join(issue)
        .join(
            subscription,
            (subscription.c.subscriber_id == subscriber.c.id) & (subscription.c.list_id == issue.c.list_id),
        )
    )


def all_deliveries() -> Select[*tuple[Any, ...]]:
    """Select every delivery with its subscriber; `delivery_of` reads the rows."""
    return select(delivery, subscriber.c.address, subscriber.c.folded, subscriber.c.name).join(subscriber)


def delivery_of(row: Row[*tuple[Any, ...]]) -> Delivery:
    """Read a row of `all_deliveries`; `not_before` is told only of one that was tried and waits."""
    state = DeliveryState(row.state)
    waits = state is DeliveryState.QUEUED and row.attempts > 0
    return Delivery(
        id=row.id,
        mailing=row.mailing_id,
        subscriber=Subscriber(id=row.subscriber_id, address=row.address, name=row.name),
        format=SubscriptionFormat(row.format),
        state=state,
        attempts=row.attempts,
        not_before=row.not_before if waits else None,
        reply=row.reply,
        message_id=row.message_id,
    )


def still_held(connection: Connection, ids: Sequence[int], owner: str) -> dict[int, DeliveryState]:
    """Give the state of those among `ids` that `owner` may still settle."""
    query = select(delivery.c.id, delivery.c.state).where(
        delivery.c.id.in_(ids),
        delivery.c.lease_owner == owner,
        delivery.c.state.in_([state.value for state in OURS]),
    )
    return {row.id: DeliveryState(row.state) for row in connection.execute(query)}


def take_back(
    connection: Connection, one: int, expired: ColumnElement[bool], *, handed: DeliveryState
) -> Counter[DeliveryState]:
    """Take leases back: claimed rows were never sent and go to the queue, handed ones to `handed`."""
    ours = (delivery.c.mailing_id == one, expired)
    # A row in doubt keeps its owner, who may still come with the reply (see `settle`).
    lease = NO_LEASE if handed is DeliveryState.QUEUED else {"lease_until": None}
    doubted = move(connection, *ours, delivery.c.state == DeliveryState.HANDED.value, state=handed, **lease)
    untried = move(
        connection,
        *ours,
        delivery.c.state == DeliveryState.CLAIMED.value,
        state=DeliveryState.QUEUED,
        **NO_LEASE,
    )
    moved = Counter({DeliveryState.HANDED: -doubted, DeliveryState.CLAIMED: -untried})
    moved[handed] += doubted
    moved[DeliveryState.QUEUED] += untried
    return moved


def set_state(connection: Connection, ids: Sequence[int], *, state: DeliveryState, **values: Any) -> None:
    """Move these deliveries to `state`, with other columns' new values."""
    if ids:
        move(connection, delivery.c.id.in_(ids), state=state, **values)


def move(connection: Connection, *where: ColumnElement[bool], state: DeliveryState, **values: Any) -> int:
    """Move the deliveries that `where` picks to `state`; give how many there were."""
    return connection.execute(update(delivery).where(*where).values(state=state.value, **values)).rowcount
