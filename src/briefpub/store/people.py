"""All that the database holds of one person, and its erasure (GDPR 15 and 17)."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, delete, exists, func, select, update

from briefpub.domain.audience import Frequency, SubscriptionFormat, address_hash, folded
from briefpub.domain.consent import CONFIRM, ERASED, FAREWELL, ConsentEvent, letter_name
from briefpub.domain.delivery import DeliveryState
from briefpub.domain.issue import folder_of
from briefpub.domain.person import Person, Received, Removed
from briefpub.store.consent_rows import records, standing_of, standings, suppression_of
from briefpub.store.database import Database
from briefpub.store.deliveries import skip_open
from briefpub.store.tables import (
    attempt,
    consent,
    delivery,
    issue,
    list_,
    mailing,
    site,
    subscriber,
    subscription,
    suppression,
)
from briefpub.store.upserts import upsert

LETTERS = {
    ConsentEvent.REQUESTED: CONFIRM,
    ConsentEvent.UNSUBSCRIBED: FAREWELL,
    ConsentEvent.DECLINED: FAREWELL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlPeople:
    """The people of a publication, one at a time."""

    database: Database

    def person(self, address: str) -> Person | None:
        """Give all that is held of an address; None where it is nothing."""
        with self.database.reading() as connection:
            query = select(subscriber).where(subscriber.c.folded == folded(address))
            found = connection.execute(query).first()
            reason, since = suppression_of(connection, address)
            if found is None:
                held = Person(address=address, suppressed=reason, suppressed_since=since)
                return held if reason else None
            places = standings().where(subscriber.c.id == found.id).order_by(list_.c.slug)
            return Person(
                address=found.address,
                name=found.name,
                since=found.since,
                subscriptions=tuple(standing_of(row) for row in connection.execute(places)),
                consent=records(connection, subscriber_id=found.id),
                deliveries=_received(connection, found.id),
                suppressed=reason,
                suppressed_since=since,
            )

    def messages(self, address: str) -> tuple[str, ...]:
        """Give what stands before the @ in the Message-ID of every mail and letter written to an address."""
        with self.database.reading() as connection:
            query = select(subscriber.c.id).where(subscriber.c.folded == folded(address))
            person = connection.execute(query).scalar()
            if person is None:
                return ()
            sent = connection.execute(
                select(delivery.c.message_id).where(delivery.c.subscriber_id == person)
            ).scalars()
            mails = [id.strip("<>").partition("@")[0] for id in sent if id]
            letters = [
                letter_name(LETTERS[one.event], list=one.list, subscriber=person, at=one.at)
                for one in records(connection, subscriber_id=person)
                if one.event in LETTERS and one.list
            ]
        return (*mails, *letters)

    def erase(self, address: str, *, now: dt.datetime) -> Removed:
        """Take the person out of the database, all but the hash that keeps imports out, and scrub the files.

        Their deliveries stay, without address, reply or site, so that the counts of mailings still add up.
        """
        with self.database.writing() as connection:
            query = select(subscriber).where(subscriber.c.folded == folded(address))
            found = connection.execute(query).first()
            suppressed, _ = suppression_of(connection, address)
            removed = (
                _empty(connection, found.id, found.site) if found else Removed(known=suppressed == ERASED)
            )
            if found:
                connection.execute(
                    upsert(connection, suppression)
                    .values(address_hash=address_hash(address), reason=ERASED, since=now)
                    .on_conflict_do_nothing()
                )
            for word in {address, folded(address), *((found.address,) if found else ())}:
                _unsay(connection, word)
        # Also where nobody was found: an erasure that a crash cut short after its commit ends here.
        self.database.scrub()
        return removed


def _received(connection: Connection, person: int) -> tuple[Received, ...]:
    last = select(func.max(attempt.c.at)).where(attempt.c.delivery_id == delivery.c.id).scalar_subquery()
    query = (
        select(
            delivery.c.format,
            delivery.c.state,
            delivery.c.reply,
            list_.c.slug,
            issue.c.frequency,
            issue.c.number,
            last.label("at"),
        )
        .select_from(delivery.join(mailing).join(issue).join(list_, list_.c.id == issue.c.list_id))
        .where(delivery.c.subscriber_id == person)
        .order_by(delivery.c.id)
    )
    return tuple(
        Received(
            issue=f"{row.slug}/{folder_of(Frequency(row.frequency), row.number)}",
            format=SubscriptionFormat(row.format),
            state=DeliveryState(row.state),
            at=row.at,
            reply=row.reply,
        )
        for row in connection.execute(query)
    )


def _empty(connection: Connection, person: int, home: str) -> Removed:
    """Turn a subscriber into a tombstone, and take out all that hangs on it."""
    lists = connection.execute(
        select(list_.c.slug).join(subscription).where(subscription.c.subscriber_id == person)
    ).scalars()
    names = tuple(sorted(lists))
    skipped = skip_open(connection, person, None)
    theirs = select(delivery.c.id).where(delivery.c.subscriber_id == person)
    connection.execute(update(attempt).where(attempt.c.delivery_id.in_(theirs)).values(reply=""))
    deliveries = connection.execute(
        update(delivery).where(delivery.c.subscriber_id == person).values(reply="", site="")
    ).rowcount
    events = connection.execute(delete(consent).where(consent.c.subscriber_id == person)).rowcount
    connection.execute(delete(subscription).where(subscription.c.subscriber_id == person))
    connection.execute(
        update(subscriber)
        .where(subscriber.c.id == person)
        .values(address="", folded=f"erased:{person}", address_hash="", name="", site="")
    )
    # A domain of one's own names its owner: what is known of a site goes with its last subscriber.
    connection.execute(
        delete(site).where(site.c.site == home, ~exists().where(subscriber.c.site == site.c.site))
    )
    return Removed(
        subscriber=person, lists=names, events=events, deliveries=deliveries, skipped=skipped, known=True
    )


def _unsay(connection: Connection, word: str) -> None:
    """Take an address out of the sentences that say why something stands still."""
    for column in (mailing.c.reason, site.c.stopped):
        connection.execute(
            update(column.table)
            .where(column.contains(word, autoescape=True))
            .values({column.key: func.replace(column, word, "…")})
        )
