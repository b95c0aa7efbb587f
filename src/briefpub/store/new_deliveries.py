"""New deliveries of a mailing, made inside the database from its list's subscriptions."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, literal, select, update
from sqlalchemy.sql import ColumnElement

from briefpub.domain.audience import Frequency, SubscriptionFormat
from briefpub.domain.delivery import DeliveryState, message_id_ends
from briefpub.domain.flow import site_of
from briefpub.domain.issue import folder_of
from briefpub.store.audience import mailable
from briefpub.store.tables import delivery, issue, list_, mailing, subscriber, subscription

COLUMNS = (
    "mailing_id",
    "subscriber_id",
    "format",
    "state",
    "attempts",
    "not_before",
    "message_id",
    "site",
    "reply",
)


def new_deliveries(connection: Connection, made: int, *who: ColumnElement[bool], now: datetime) -> int:
    """Add a queued delivery to a mailing for each mailable subscription of its list that `who` picks.

    One INSERT … SELECT: not a row of it comes out of the database, whatever the list's size. Gives how many
    there are; the mailing's counts are the caller's.
    """
    found = connection.execute(
        select(
            issue.c.list_id,
            issue.c.frequency,
            issue.c.number,
            issue.c.manifest_sha256,
            list_.c.slug,
            list_.c.sender,
        )
        .select_from(mailing.join(issue).join(list_))
        .where(mailing.c.id == made)
    ).one()
    before, behind = message_id_ends(
        issue=f"{found.slug}/{folder_of(Frequency(found.frequency), found.number)}",
        manifest_sha256=found.manifest_sha256,
        sender=found.sender,
    )
    people = (
        select(
            literal(made),
            subscription.c.subscriber_id,
            subscription.c.format,
            literal(DeliveryState.QUEUED.value),
            literal(0),
            literal(now, delivery.c.not_before.type),
            literal(before).concat(subscription.c.subscriber_id).concat(behind),
            subscriber.c.site,
            literal(""),
        )
        .select_from(subscription.join(subscriber))
        .where(subscription.c.list_id == found.list_id, mailable(), *who)
        # The order of every index that is written: nothing is sorted, and pages are filled one by one.
        .order_by(subscription.c.subscriber_id)
    )
    # psycopg says how many rows an INSERT … SELECT made only where SQLAlchemy is told to ask.
    fanned = connection.execute(
        insert(delivery).from_select(COLUMNS, people), execution_options={"preserve_rowcount": True}
    )
    _devices(connection, made, found.list_id)
    return fanned.rowcount


def _devices(connection: Connection, made: int, list_id: int) -> None:
    """Book what goes to e-readers on the site that receives it, and not on their owners' own."""
    to_devices = (
        select(delivery.c.id, subscription.c.device)
        .join(subscription, subscription.c.subscriber_id == delivery.c.subscriber_id)
        .where(
            delivery.c.mailing_id == made,
            delivery.c.format == SubscriptionFormat.COMPILATION.value,
            delivery.c.state == DeliveryState.QUEUED.value,
            subscription.c.list_id == list_id,
            subscription.c.device != "",
        )
    )
    rows = [{"row": row.id, "site": site_of(row.device)} for row in connection.execute(to_devices)]
    if rows:
        placed = update(delivery).where(delivery.c.id == bindparam("row")).values(site=bindparam("site"))
        connection.execute(placed, rows)
