"""Attempts as the tail of the ledger tells them."""

from sqlalchemy import Connection, select

from briefpub.domain.audience import Frequency
from briefpub.domain.delivery import Attempt, Event
from briefpub.domain.issue import folder_of
from briefpub.domain.replies import Outcome
from briefpub.store.tables import attempt, delivery, issue, list_, mailing, subscriber


def events(connection: Connection, *, after: int, mailing_id: int | None, most: int) -> tuple[Event, ...]:
    """Give attempts by number: those after `after`, or with `after=-1` the last one alone."""
    query = (
        select(attempt, subscriber.c.address, issue.c.frequency, issue.c.number, list_.c.slug)
        .select_from(
            attempt.join(delivery)
            .join(subscriber)
            .join(mailing, mailing.c.id == delivery.c.mailing_id)
            .join(issue)
            .join(list_, list_.c.id == issue.c.list_id)
        )
        .limit(most if after >= 0 else 1)
    )
    if after >= 0:
        query = query.where(attempt.c.id > after).order_by(attempt.c.id)
    else:
        query = query.order_by(attempt.c.id.desc())
    if mailing_id is not None:
        query = query.where(delivery.c.mailing_id == mailing_id)
    return tuple(
        Event(
            number=row.id,
            issue=f"{row.slug}/{folder_of(Frequency(row.frequency), row.number)}",
            address=row.address,
            attempt=Attempt(at=row.at, outcome=Outcome(row.outcome), reply=row.reply),
        )
        for row in connection.execute(query)
    )
