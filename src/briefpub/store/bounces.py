"""What an address that is refused for ever does to its subscription, and how a person takes that back."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from briefpub.domain.audience import SubscriptionState
from briefpub.domain.consent import ConsentEvent
from briefpub.domain.delivery import Attempt, Delivery, DeliveryState
from briefpub.domain.replies import Blame, verdict
from briefpub.store.claims import clean
from briefpub.store.tables import attempt, consent, delivery, issue, mailing, subscriber, subscription


def hard(ended: Iterable[tuple[Delivery, Attempt]]) -> list[tuple[Delivery, Attempt]]:
    """Give those whose address is to blame, for ever (RFC 3463, 5.1.x)."""
    return [
        (after, tried)
        for after, tried in ended
        if after.state is DeliveryState.FAILED
        and verdict(tried.outcome, tried.reply).blame is Blame.RECIPIENT
    ]


def bounce(connection: Connection, refused: Sequence[tuple[Delivery, Attempt]]) -> None:
    """End confirmed subscriptions by the attempts that refused them; the server's words are kept as proof.

    A bounced subscription's `since` is its attempt's moment: by that `confirm_again` knows which one it was.
    """
    for after, tried in refused:
        owner = select(issue.c.list_id).join(mailing).where(mailing.c.id == after.mailing).scalar_subquery()
        ended = connection.execute(
            update(subscription)
            .where(
                subscription.c.list_id == owner,
                subscription.c.subscriber_id == after.subscriber.id,
                subscription.c.state == SubscriptionState.CONFIRMED.value,
            )
            .values(state=SubscriptionState.BOUNCED.value, since=tried.at)
            .returning(subscription.c.list_id)
        ).scalar()
        if ended is not None:
            event = {"list_id": ended, "event": ConsentEvent.BOUNCED.value, "at": tried.at}
            _note(connection, [after.subscriber.id], event | {"how": clean(tried.reply)})


def confirm_again(connection: Connection, one: int, owner: int, now: datetime) -> None:
    """Confirm those whom a failed delivery of this mailing ended, and nobody else: a person asked for it."""
    by = (
        select(delivery.c.id)
        .join(attempt, attempt.c.delivery_id == delivery.c.id)
        .where(
            delivery.c.mailing_id == one,
            delivery.c.state == DeliveryState.FAILED.value,
            delivery.c.subscriber_id == subscription.c.subscriber_id,
            attempt.c.at == subscription.c.since,
        )
    )
    people = connection.execute(
        update(subscription)
        .where(
            subscription.c.list_id == owner,
            subscription.c.state == SubscriptionState.BOUNCED.value,
            by.exists(),
        )
        .values(state=SubscriptionState.CONFIRMED.value, since=now)
        .returning(subscription.c.subscriber_id)
    )
    event = {"list_id": owner, "event": ConsentEvent.RESUBSCRIBED.value, "at": now}
    _note(connection, list(people.scalars()), event | {"how": "sent again by an editor after a bounce"})


def _note(connection: Connection, people: Sequence[int], event: Mapping[str, Any]) -> None:
    for person in people:
        known = select(subscriber.c.address_hash).where(subscriber.c.id == person).scalar_subquery()
        connection.execute(insert(consent).values(subscriber_id=person, address_hash=known, **event))
