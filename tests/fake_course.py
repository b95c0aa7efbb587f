"""A fake ledger's side of frequencies: who goes over, who is passed by, who catches up; in memory."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from briefpub.domain.audience import Frequency, Subscription, SubscriptionFormat, SubscriptionState
from briefpub.domain.delivery import Delivery, DeliveryState, MailingState, message_id_ends
from briefpub.domain.flow import site_of
from briefpub.domain.gathering import Course, Move, Queued, missed, moves_after, moves_before
from briefpub.domain.issue import IssueRecord

if TYPE_CHECKING:
    from fakes import FakeBooks


def course_of(books: "FakeBooks", slug: str) -> Course:
    """Give how far a list has come."""
    issues = [
        Queued(
            frequency=one.frequency,
            number=one.number,
            through=one.through,
            mailing=books.mailings.get(one.key, 0),
            at=books.queued_at.get(one.key),
            cancelled=books.states.get(books.mailings.get(one.key, 0)) is MailingState.CANCELLED,
        )
        for one in books.issues.values()
        if one.list == slug
    ]
    takers: dict[Frequency, dt.datetime] = {}
    for (list, person), one in books.subscriptions.items():
        if list == slug and one.frequency is not Frequency.EACH and one.state is SubscriptionState.CONFIRMED:
            since = books.since[slug, person]
            takers[one.frequency] = min(since, takers.get(one.frequency, since))
    return Course(
        queued=tuple(sorted((one for one in issues if one.mailing), key=lambda one: one.mailing)),
        waiting=tuple(one for one in issues if not one.mailing and one.frequency is not Frequency.EACH),
        takers=takers,
    )


def fan_out(books: "FakeBooks", record: IssueRecord, now: dt.datetime) -> None:
    """Make the mailing of an issue, and let those go over who may."""
    if record.frequency is Frequency.EACH:
        _go_over(books, record.list, moves_before, now)
    brought: set[int] = set()
    if record.frequency is not Frequency.EACH:
        course = course_of(books, record.list)
        brought = set(course.brought(record.frequency, record.number))
        brought |= _same_articles(books, record, set(course.held(record.frequency, record.number)))
    made = books.mailings[record.key] = len(books.mailings) + 1
    books.queued_at[record.key] = now
    takers = [one for one in _mailable(books, record.list) if one.frequency is record.frequency]
    got = [one for one in takers if not _has(books, one, brought, all=False)]
    for one in got:
        _put(books, made, record, one, now)
    books.states[made] = MailingState.QUEUED if got else MailingState.DONE
    if record.frequency is not Frequency.EACH:
        course = course_of(books, record.list)
        for one in takers:
            if one not in got:
                _catch_up(books, course, one, course.stand(record.frequency), now)
        _go_over(books, record.list, lambda course: moves_after(course, record.frequency), now)


def had(books: "FakeBooks", course: Course, one: Subscription) -> int:
    """Give the place up to which somebody was brought by mail."""
    rows = [row for row in books.rows.values() if row.slug == one.list]
    return max(
        (
            course.places.get(row.delivery.mailing, 0)
            for row in rows
            if row.delivery.subscriber.id == one.subscriber.id
            and row.delivery.state is not DeliveryState.SKIPPED
        ),
        default=0,
    )


def _mailable(books: "FakeBooks", slug: str) -> list[Subscription]:
    here = [one for one in books.subscriptions.values() if one.list == slug]
    return sorted(
        (one for one in here if books.mailable(slug, one.subscriber)), key=lambda one: one.subscriber.address
    )


def _go_over(
    books: "FakeBooks", slug: str, moves: Callable[[Course], Iterable[Move]], now: dt.datetime
) -> None:
    course = course_of(books, slug)
    waiting = [one for one in _mailable(books, slug) if one.wants]
    for move in moves(course):
        for one in waiting:
            if (one.frequency, one.wants) == (move.leaves, move.wants):
                if move.leaves is not Frequency.EACH:
                    _catch_up(books, course, one, move.upto, now)
                wants = None if move.takes is move.wants else move.wants
                gone = replace(one, frequency=move.takes, wants=wants)
                books.subscriptions[slug, one.subscriber.id] = gone


def _catch_up(books: "FakeBooks", course: Course, one: Subscription, upto: int, now: dt.datetime) -> None:
    since = books.since[one.list, one.subscriber.id]
    keys = {mailing: key for key, mailing in books.mailings.items()}
    for late in missed(course, had=had(books, course, one), since=since, upto=upto):
        if not _has(books, one, {late.mailing}, all=True):
            _put(books, late.mailing, books.issues[keys[late.mailing]], one, now)
            books.roll(late.mailing)


def _has(books: "FakeBooks", one: Subscription, mailings: set[int], *, all: bool) -> bool:
    return any(
        row.delivery.mailing in mailings
        and row.delivery.subscriber.id == one.subscriber.id
        and (all or row.delivery.state is not DeliveryState.SKIPPED)
        for row in books.rows.values()
    )


def _same_articles(books: "FakeBooks", record: IssueRecord, held: set[int]) -> set[int]:
    asked = {
        article
        for key, mailing in books.mailings.items()
        for article in books.issues[key].articles
        if mailing in held and books.again.get((key, article))
    }
    mine = {
        article
        for article in record.articles
        if article not in asked and not books.again.get((record.key, article))
    }
    return {
        mailing
        for key, mailing in books.mailings.items()
        for article in books.issues[key].articles
        if books.issues[key].list == record.list
        and books.issues[key].frequency is Frequency.EACH
        and article in mine
        and not books.again.get((key, article))
    }


def _put(books: "FakeBooks", made: int, record: IssueRecord, one: Subscription, now: dt.datetime) -> None:
    from fakes import FakeRow

    before, behind = message_id_ends(
        issue=record.key, manifest_sha256=record.manifest_sha256, sender=books.lists[record.list].sender
    )
    device = one.format is SubscriptionFormat.COMPILATION and one.device
    delivery = Delivery(
        id=len(books.rows) + 1,
        mailing=made,
        subscriber=one.subscriber,
        format=one.format,
        state=DeliveryState.QUEUED,
        message_id=f"{before}{one.subscriber.id}{behind}",
        site=site_of(device or one.subscriber.address),
        device=one.device,
    )
    books.rows[delivery.id] = FakeRow(slug=record.list, delivery=delivery, due=now)
