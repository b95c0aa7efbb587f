"""Delivery rows as the domain's deliveries, and the moves that are seldom made."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, literal_column, select, update
from sqlalchemy.sql import ColumnElement, Select

from briefpub.domain.audience import InDoubt, Subscriber, SubscriptionFormat
from briefpub.domain.delivery import Delivery, DeliveryState
from briefpub.store.claims import Rows, shift, skip, standing
from briefpub.store.tables import delivery, issue, mailing, subscriber, subscription

Moved = Counter[DeliveryState]
FORMATS = {one.value: one for one in SubscriptionFormat}
CLAIMED = DeliveryState.CLAIMED
NO_LEASE: Mapping[str, Any] = {"lease_owner": None, "lease_until": None}
# SQLite uses a partial index only where the query says its condition word for word, not by a parameter.
IS_QUEUED = delivery.c.state == literal_column("'queued'")
UNSENT = (DeliveryState.QUEUED.value, DeliveryState.CLAIMED.value)
DOUBTED = {
    InDoubt.HOLD: DeliveryState.UNKNOWN,
    InDoubt.RESEND: DeliveryState.QUEUED,
    InDoubt.ASSUME_SENT: DeliveryState.ACCEPTED,
}


def all_deliveries() -> Select[*tuple[Any, ...]]:
    """Select every delivery with its subscriber; `delivery_of` reads the rows."""
    return select(
        delivery, subscriber.c.address, subscriber.c.folded, subscriber.c.name, subscription.c.device
    ).select_from(
        delivery.join(subscriber)
        .join(mailing, mailing.c.id == delivery.c.mailing_id)
        .join(issue)
        .outerjoin(
            subscription,
            and_(
                subscription.c.subscriber_id == delivery.c.subscriber_id,
                subscription.c.list_id == issue.c.list_id,
            ),
        )
    )


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
        site=row.site,
        device=row.device or "",
    )


def claimed_of(mailing: int, rows: Rows) -> tuple[Delivery, ...]:
    """Read rows of `claims.due`, which were claimed."""
    return tuple(
        Delivery(
            id=id,
            mailing=mailing,
            subscriber=Subscriber(id=person, address=address, name=name),
            format=FORMATS[format],
            state=CLAIMED,
            attempts=attempts,
            reply=reply,
            message_id=message_id,
            site=site,
            device=device or "",
        )
        for id, person, format, attempts, reply, message_id, site, address, name, device, _ in rows
    )


def skip_open(connection: Connection, subscriber_id: int, list_id: int | None) -> int:
    """Leave out what one person was still to get, of one list or of all; give how many there were.

    For the transaction in which they leave: what was claimed is then refused when it is to be handed over.
    """
    query = select(delivery.c.id).where(
        delivery.c.subscriber_id == subscriber_id, delivery.c.state.in_(UNSENT)
    )
    if list_id is not None:
        query = query.join(mailing, mailing.c.id == delivery.c.mailing_id).join(issue)
        query = query.where(issue.c.list_id == list_id)
    ids = list(connection.execute(query).scalars())
    if not ids:
        return 0
    moved: dict[int, Moved] = {}
    skipped = [row for row in standing(connection, ids)[0] if row[2] in UNSENT]
    skip(connection, [row[0] for row in skipped])
    for row in skipped:
        moved.setdefault(row[1], Counter())[DeliveryState(row[2])] -= 1
    for each, counts in sorted(moved.items()):
        counts[DeliveryState.SKIPPED] = -counts.total()
        shift(connection, each, counts)
    return len(skipped)


def reclaim(
    connection: Connection, one: int, *, in_doubt: InDoubt, now: datetime, over: bool = False
) -> Moved:
    """Take back every lease of a mailing, or those that are `over`; what was handed goes as `in_doubt` says.

    So does what was handed and lost its lease before.
    """
    mine = delivery.c.mailing_id == one
    leased = delivery.c.lease_until <= now if over else delivery.c.lease_until.is_not(None)
    to = DOUBTED[in_doubt]
    moved: Moved = Counter()
    moved.update(
        move(connection, mine, leased, come=DeliveryState.CLAIMED, to=DeliveryState.QUEUED, **NO_LEASE)
    )
    if in_doubt is InDoubt.HOLD:
        # A row in doubt keeps its owner, who may still come with the reply; by that it is known from one
        # whose own worker said that nobody knows.
        moved.update(move(connection, mine, leased, come=DeliveryState.HANDED, to=to, lease_until=None))
        return moved
    settled = {**NO_LEASE, "not_before": now}
    moved.update(move(connection, mine, leased, come=DeliveryState.HANDED, to=to, **settled))
    owned = delivery.c.lease_owner.is_not(None)
    moved.update(move(connection, mine, owned, come=DeliveryState.UNKNOWN, to=to, **settled))
    return moved


def move(
    connection: Connection,
    *where: ColumnElement[bool],
    come: DeliveryState,
    to: DeliveryState,
    **values: Any,
) -> Moved:
    """Move the deliveries of one state that `where` picks to another; give by how much the counts change."""
    count = connection.execute(
        update(delivery).where(delivery.c.state == come.value, *where).values(state=to.value, **values)
    ).rowcount
    return Counter({come: -count, to: count})
