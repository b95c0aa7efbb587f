"""How far a list has come, and its subscribers with it: what gatherings and new frequencies hang on."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, func, select

from briefpub.domain.audience import Frequency, SubscriptionState
from briefpub.domain.delivery import DeliveryState, MailingState
from briefpub.domain.gathering import Course, Queued, at_once
from briefpub.store.tables import delivery, issue, list_, mailing, subscription

PAGE = 1000


def hold_list(connection: Connection, list_id: int) -> None:
    """Let nobody else queue an issue of a list, or change a frequency of it, until the transaction ends."""
    # Without its key, so that people may go on to subscribe. On SQLite the transaction is alone anyhow.
    connection.execute(select(list_.c.id).where(list_.c.id == list_id).with_for_update(key_share=True))


def course_of(connection: Connection, list_id: int) -> Course:
    """Give a list's issues as they were queued, and the gatherings that wait."""
    places = (
        select(
            issue.c.frequency,
            issue.c.number,
            issue.c.through,
            mailing.c.id,
            mailing.c.queued_at,
            mailing.c.state,
        )
        .select_from(issue.outerjoin(mailing, mailing.c.issue_id == issue.c.id))
        .where(issue.c.list_id == list_id)
        .order_by(mailing.c.id, issue.c.number)
    )
    issues = [
        Queued(
            frequency=Frequency(row.frequency),
            number=row.number,
            through=row.through,
            mailing=row.id or 0,
            at=row.queued_at,
            cancelled=row.state == MailingState.CANCELLED.value,
        )
        for row in connection.execute(places)
    ]
    return Course(
        queued=tuple(one for one in issues if one.mailing),
        waiting=tuple(one for one in issues if not one.mailing and one.frequency is not Frequency.EACH),
    )


def with_takers(connection: Connection, list_id: int, course: Course) -> Course:
    """Add to a course since when the longest standing subscriber of each gathering has been there."""
    since = (
        select(subscription.c.frequency, func.min(subscription.c.since))
        .where(
            subscription.c.list_id == list_id,
            subscription.c.frequency != Frequency.EACH.value,
            subscription.c.state == SubscriptionState.CONFIRMED.value,
        )
        .group_by(subscription.c.frequency)
    )
    takers = {Frequency(frequency): first for frequency, first in connection.execute(since)}
    return replace(course, takers=takers)


def had(connection: Connection, list_id: int, course: Course, people: Sequence[int]) -> dict[int, int]:
    """Give the place up to which each person was brought by mail; those who were mailed nothing are left out.

    What was skipped never goes out; whatever else became of a mail, it may still arrive.
    """
    places: dict[int, int] = {}
    ends = course.places
    for page in pages(people):
        mailed = (
            select(delivery.c.subscriber_id, delivery.c.mailing_id)
            .join(mailing, mailing.c.id == delivery.c.mailing_id)
            .join(issue, issue.c.id == mailing.c.issue_id)
            .where(
                issue.c.list_id == list_id,
                delivery.c.subscriber_id.in_(page),
                delivery.c.state != DeliveryState.SKIPPED.value,
            )
        )
        for person, one in connection.execute(mailed):
            places[person] = max(places.get(person, 0), ends.get(one, 0))
    return places


def may_go(
    connection: Connection,
    list_id: int,
    person: int,
    to: Frequency,
    *,
    leaves: Frequency | None,
    since: datetime,
) -> bool:
    """Say whether somebody may go to a frequency at once; holds the list, so that it stays true."""
    hold_list(connection, list_id)
    course = course_of(connection, list_id)
    place = had(connection, list_id, course, [person]).get(person, 0)
    return at_once(course, to, leaves=leaves, had=place, since=since)


def pages(people: Sequence[int]) -> Iterator[Sequence[int]]:
    """Give people a page at a time, so that no statement grows too long."""
    return (people[start : start + PAGE] for start in range(0, len(people), PAGE))
