"""The fan-out: a mailing and its deliveries, made inside the database from a list's subscriptions."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, literal, select, update

from briefpub.domain.audience import SubscriptionFormat
from briefpub.domain.delivery import DeliveryState, MailingState, message_id_ends
from briefpub.domain.errors import Conflict
from briefpub.domain.flow import site_of
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


def fan_out(connection: Connection, row: int | None, key: str, now: datetime) -> int:
    """Make the mailing of an issue's row with one delivery per confirmed subscriber.

    One INSERT … SELECT: not a row of it comes out of the database, whatever the list's size. Raises Conflict
    when the issue is not frozen.
    """
    found = connection.execute(
        select(issue.c.list_id, issue.c.manifest_sha256, list_.c.sender).join(list_).where(issue.c.id == row)
    ).first()
    if found is None or not found.manifest_sha256:
        raise Conflict("only a frozen issue can be mailed", where=key)
    made = connection.execute(
        insert(mailing)
        .values(issue_id=row, state=MailingState.QUEUED.value, queued_at=now)
        .returning(mailing.c.id)
    ).scalar_one()
    before, behind = message_id_ends(issue=key, manifest_sha256=found.manifest_sha256, sender=found.sender)
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
        .where(subscription.c.list_id == found.list_id, mailable())
        # The order of every index that is written: nothing is sorted, and pages are filled one by one.
        .order_by(subscription.c.subscriber_id)
    )
    # psycopg says how many rows an INSERT … SELECT made only where SQLAlchemy is told to ask.
    fanned = connection.execute(
        insert(delivery).from_select(COLUMNS, people), execution_options={"preserve_rowcount": True}
    )
    _devices(connection, made, found.list_id)
    state = MailingState.QUEUED if fanned.rowcount else MailingState.DONE
    connection.execute(
        update(mailing).where(mailing.c.id == made).values(queued=fanned.rowcount, state=state.value)
    )
    return int(made)


def _devices(connection: Connection, made: int, list_id: int) -> None:
    """Book what goes to e-readers on the site that receives it, and not on their owners' own."""
    to_devices = (
        select(delivery.c.id, subscription.c.device)
        .join(subscription, subscription.c.subscriber_id == delivery.c.subscriber_id)
        .where(
            delivery.c.mailing_id == made,
            delivery.c.format == SubscriptionFormat.COMPILATION.value,
            subscription.c.list_id == list_id,
            subscription.c.device != "",
        )
    )
    rows = [{"row": row.id, "site": site_of(row.device)} for row in connection.execute(to_devices)]
    if rows:
        placed = update(delivery).where(delivery.c.id == bindparam("row")).values(site=bindparam("site"))
        connection.execute(placed, rows)
