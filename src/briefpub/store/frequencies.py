"""How subscribers go from one frequency to another within a fan-out: no article twice, and none missed."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, exists, literal_column, select, update

from briefpub.domain.audience import Frequency
from briefpub.domain.delivery import DeliveryState
from briefpub.domain.gathering import Course, Move, missed
from briefpub.store.audience import mailable
from briefpub.store.claims import lock, shift
from briefpub.store.course import course_of, had, pages
from briefpub.store.new_deliveries import new_deliveries
from briefpub.store.tables import delivery, issue_article, mailing, subscriber, subscription

People = Sequence[tuple[int, datetime]]  # subscribers, each with the moment since when they are confirmed


def go_over(
    connection: Connection, list_id: int, moves: Callable[[Course], Iterable[Move]], *, now: datetime
) -> None:
    """Let those who wait for another frequency go over to it, where the list's course lets them."""
    waiting = connection.execute(
        select(
            subscription.c.subscriber_id,
            subscription.c.frequency,
            subscription.c.wants,
            subscription.c.since,
        )
        .select_from(subscription.join(subscriber))
        .where(subscription.c.list_id == list_id, subscription.c.wants != literal_column("''"), mailable())
        .order_by(subscription.c.subscriber_id)
        # Before any mailing is taken hold of: in that order whoever leaves takes them, too.
        .with_for_update(of=subscription, key_share=True)
    ).all()
    if not waiting:
        return
    course = course_of(connection, list_id)
    for move in moves(course):
        people = [
            (row.subscriber_id, row.since)
            for row in waiting
            if (row.frequency, row.wants) == (move.leaves.value, move.wants.value)
        ]
        if move.leaves is not Frequency.EACH:
            catch_up(connection, list_id, course, people, upto=move.upto, now=now)
        wants = "" if move.takes is move.wants else move.wants.value
        for page in pages([person for person, _ in people]):
            connection.execute(
                update(subscription)
                .where(subscription.c.list_id == list_id, subscription.c.subscriber_id.in_(page))
                .values(frequency=move.takes.value, wants=wants)
            )


def catch_up(
    connection: Connection, list_id: int, course: Course, people: People, *, upto: int, now: datetime
) -> None:
    """Queue to people the single issues up to a place that went out while they were here, and not to them.

    What was mailed long ago is mailed on: as after a retry, its mailing goes on until these have it too.
    """
    places = had(connection, list_id, course, [person for person, _ in people])
    missing: dict[int, list[int]] = {}
    for person, since in people:
        for one in missed(course, had=places.get(person, 0), since=since, upto=upto):
            missing.setdefault(one.mailing, []).append(person)
    for late, persons in sorted(missing.items()):
        lock(connection, late)
        known = exists().where(
            delivery.c.mailing_id == late, delivery.c.subscriber_id == subscription.c.subscriber_id
        )
        for page in pages(persons):
            picked = subscription.c.subscriber_id.in_(page)
            fanned = new_deliveries(connection, late, picked, ~known, now=now)
            shift(connection, late, {DeliveryState.QUEUED: fanned})


def passed_by(connection: Connection, list_id: int, made: int, frequency: Frequency) -> People:
    """Give those who take a frequency and did not get this gathering: they have had an article of it."""
    got = exists().where(
        delivery.c.mailing_id == made, delivery.c.subscriber_id == subscription.c.subscriber_id
    )
    people = (
        select(subscription.c.subscriber_id, subscription.c.since)
        .select_from(subscription.join(subscriber))
        .where(
            subscription.c.list_id == list_id,
            subscription.c.frequency == frequency.value,
            mailable(),
            ~got,
        )
        .order_by(subscription.c.subscriber_id)
    )
    return [(row.subscriber_id, row.since) for row in connection.execute(people)]


def same_articles(connection: Connection, list_id: int, row: int, held: Sequence[int]) -> list[int]:
    """Give the mailings of single issues that brought an article of this gathering before.

    `held` are those of the issues that it holds. An article that was asked for again does not count: whoever
    asked for it wants it to come twice.
    """
    asked = (
        select(issue_article.c.article_id)
        .join(mailing, mailing.c.issue_id == issue_article.c.issue_id)
        .where(mailing.c.id.in_(held), issue_article.c.again > 0)
    )
    mine = select(issue_article.c.article_id).where(
        issue_article.c.issue_id == row, issue_article.c.again == 0, issue_article.c.article_id.not_in(asked)
    )
    shared = (
        select(mailing.c.id)
        .distinct()
        .join(issue_article, issue_article.c.issue_id == mailing.c.issue_id)
        .where(
            issue_article.c.list_id == list_id,
            issue_article.c.frequency == Frequency.EACH.value,
            issue_article.c.again == 0,
            issue_article.c.article_id.in_(mine),
        )
    )
    return list(connection.execute(shared).scalars())
