"""The ledger in the database: mailings, their deliveries, leases and attempts.

A delivery's counts move in the transaction that moves the delivery; the lease's owner fences every step, so
that a worker that slept too long finds its rows gone before it can do harm.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, case, insert, literal, literal_column, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.sql import Select

from briefpub.domain.delivery import (
    Attempt,
    Delivery,
    DeliveryState,
    InDoubt,
    Mailing,
    MailingState,
    message_id_ends,
)
from briefpub.domain.errors import Conflict
from briefpub.store.audience import mailable
from briefpub.store.database import Database
from briefpub.store.deliveries import (
    NO_LEASE,
    all_deliveries,
    delivery_of,
    due,
    move,
    set_state,
    still_held,
    take_back,
    with_subscription,
)
from briefpub.store.issues import row_of
from briefpub.store.tables import attempt, delivery, issue, list_, mailing, subscriber, subscription

PAGE = 1000
OPEN = (DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.HANDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlLedger:
    """The ledger of a publication; each method is one transaction."""

    database: Database

    def queue(self, issue: str, *, now: dt.datetime) -> Mailing:
        """Make the issue's mailing with one queued delivery per confirmed subscriber, once."""
        with self.database.writing() as connection:
            existing = _by_issue(connection, issue)
            return existing or _fan_out(connection, issue, now)

    def mailing(self, issue: str) -> Mailing | None:
        """Give the mailing of an issue, with its counts."""
        with self.database.reading() as connection:
            return _by_issue(connection, issue)

    def mailings(self, list: str | None = None) -> tuple[Mailing, ...]:
        """Give the mailings of a list, or of all, oldest first."""
        query = _mailings() if list is None else _mailings().where(list_.c.slug == list)
        with self.database.reading() as connection:
            return tuple(_mailing(row) for row in connection.execute(query))

    def claim(
        self, mailing: int, *, owner: str, most: int, lease_until: dt.datetime, now: dt.datetime
    ) -> tuple[Delivery, ...]:
        """Lease up to `most` due deliveries to `owner`; expired leases are taken back first."""
        with self.database.writing() as connection:
            if not _runs(connection, mailing):
                return ()
            moved = take_back(
                connection, mailing, delivery.c.lease_until <= now, handed=DeliveryState.UNKNOWN
            )
            claimed: list[int] = []
            while len(claimed) < most:
                found = connection.execute(due(mailing, now).limit(most - len(claimed))).all()
                go = [row.id for row in found if row.mailable]
                gone = [row.id for row in found if not row.mailable]
                lease = {"lease_owner": owner, "lease_until": lease_until}
                set_state(connection, go, state=DeliveryState.CLAIMED, **lease)
                set_state(connection, gone, state=DeliveryState.SKIPPED)
                moved.update({DeliveryState.QUEUED: -len(found), DeliveryState.CLAIMED: len(go)})
                moved.update({DeliveryState.SKIPPED: len(gone)})
                claimed += go
                if not gone:
                    break
            _count(connection, mailing, moved)
            query = all_deliveries().where(delivery.c.id.in_(claimed)).order_by(delivery.c.id)
            return tuple(delivery_of(row) for row in connection.execute(query))

    def recover(self, mailing: int, *, in_doubt: InDoubt, now: dt.datetime) -> Mailing:
        """Take back every lease, whoever holds it: only for a caller that holds the publication's lock."""
        resend = in_doubt is InDoubt.RESEND
        with self.database.writing() as connection:
            moved = take_back(
                connection,
                mailing,
                delivery.c.lease_until.is_not(None),
                handed=DeliveryState.QUEUED if resend else DeliveryState.UNKNOWN,
            )
            if resend:
                # An unknown delivery that still has its owner comes from a lost lease, not from a reply.
                doubted = move(
                    connection,
                    delivery.c.mailing_id == mailing,
                    delivery.c.state == DeliveryState.UNKNOWN.value,
                    delivery.c.lease_owner.is_not(None),
                    state=DeliveryState.QUEUED,
                    not_before=now,
                    **NO_LEASE,
                )
                moved.update({DeliveryState.UNKNOWN: -doubted, DeliveryState.QUEUED: doubted})
            _count(connection, mailing, moved)
            return _by_id(connection, mailing)

    def hand(self, deliveries: Sequence[int], *, owner: str, now: dt.datetime) -> frozenset[int]:
        """Commit `handed` for those still leased to `owner` and still to be mailed; give their ids."""
        with self.database.writing() as connection:
            wanted = (
                select(delivery.c.id, delivery.c.mailing_id)
                .select_from(with_subscription())
                .where(
                    delivery.c.id.in_(deliveries),
                    delivery.c.state == DeliveryState.CLAIMED.value,
                    delivery.c.lease_owner == owner,
                    delivery.c.lease_until > now,
                    mailable(),
                )
            )
            rows = connection.execute(wanted).all()
            set_state(connection, [row.id for row in rows], state=DeliveryState.HANDED)
            for one, count in Counter(row.mailing_id for row in rows).items():
                _count(connection, one, Counter({DeliveryState.CLAIMED: -count, DeliveryState.HANDED: count}))
        return frozenset(row.id for row in rows)

    def settle(self, results: Sequence[tuple[Delivery, Attempt]], *, owner: str) -> None:
        """Record attempts and where each delivery stands after its own; one commit.

        A delivery that is no longer `owner`'s keeps its state; the attempt is recorded all the same. One
        whose lease ran out after it was handed is still `owner`'s to settle: a late reply is knowledge.
        """
        with self.database.writing() as connection:
            held = still_held(connection, [one.id for one, _ in results], owner)
            tries = [
                {"delivery_id": one.id, "at": made.at, "outcome": made.outcome.value, "reply": made.reply}
                for one, made in results
            ]
            if tries:
                connection.execute(upsert(attempt).on_conflict_do_nothing(), tries)
            moved: dict[int, Counter[DeliveryState]] = {}
            for one, made in results:
                if one.id not in held:
                    continue
                after = one.after(made)
                set_state(
                    connection,
                    [one.id],
                    state=after.state,
                    attempts=after.attempts,
                    reply=after.reply,
                    not_before=after.not_before or made.at,
                    **NO_LEASE,
                )
                shift = moved.setdefault(one.mailing, Counter())
                shift[held.pop(one.id)] -= 1
                shift[after.state] += 1
            for each, shift in moved.items():
                _count(connection, each, shift)

    def release(self, deliveries: Sequence[int], *, owner: str) -> None:
        """Give claimed deliveries back to the queue untried."""
        with self.database.writing() as connection:
            ours = (
                delivery.c.id.in_(deliveries),
                delivery.c.state == DeliveryState.CLAIMED.value,
                delivery.c.lease_owner == owner,
            )
            mailings = (
                connection.execute(select(delivery.c.mailing_id).where(*ours).distinct()).scalars().all()
            )
            for each in mailings:
                count = move(
                    connection, *ours, delivery.c.mailing_id == each, state=DeliveryState.QUEUED, **NO_LEASE
                )
                _count(
                    connection, each, Counter({DeliveryState.CLAIMED: -count, DeliveryState.QUEUED: count})
                )

    def deliveries(self, mailing: int) -> Iterator[Delivery]:
        """Give every delivery of a mailing by address, a page at a time, with its last reply."""
        last = ""
        while True:
            query = (
                all_deliveries()
                .where(delivery.c.mailing_id == mailing, subscriber.c.folded > last)
                .order_by(subscriber.c.folded)
                .limit(PAGE)
            )
            with self.database.reading() as connection:
                rows = connection.execute(query).all()
            for row in rows:
                last = row.folded
                yield delivery_of(row)
            if len(rows) < PAGE:
                return


def _fan_out(connection: Connection, key: str, now: dt.datetime) -> Mailing:
    row = row_of(connection, key)
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
            literal(""),
        )
        .select_from(subscription.join(subscriber))
        .where(subscription.c.list_id == found.list_id, mailable())
        .order_by(subscriber.c.folded)
    )
    columns = [
        "mailing_id",
        "subscriber_id",
        "format",
        "state",
        "attempts",
        "not_before",
        "message_id",
        "reply",
    ]
    queued = connection.execute(insert(delivery).from_select(columns, people)).rowcount
    state = MailingState.QUEUED if queued else MailingState.DONE
    connection.execute(update(mailing).where(mailing.c.id == made).values(queued=queued, state=state.value))
    return _by_id(connection, made)


def _runs(connection: Connection, one: int) -> bool:
    state = connection.execute(select(mailing.c.state).where(mailing.c.id == one)).scalar()
    return state in {MailingState.QUEUED.value, MailingState.SENDING.value}


def _count(connection: Connection, one: int, moved: Mapping[DeliveryState, int]) -> None:
    """Move a mailing's counts by `moved`, and its state with them: nothing open means done."""
    shifts = {state.value: mailing.c[state.value] + by for state, by in moved.items() if by}
    if not shifts:
        return
    connection.execute(update(mailing).where(mailing.c.id == one).values(shifts))
    left: Any = sum((mailing.c[state.value] for state in OPEN), start=literal_column("0"))
    stands = case((left == 0, MailingState.DONE.value), else_=MailingState.SENDING.value)
    moving = mailing.c.state.in_(
        [MailingState.QUEUED.value, MailingState.SENDING.value, MailingState.DONE.value]
    )
    connection.execute(update(mailing).where(mailing.c.id == one, moving).values(state=stands))


def _mailings() -> Select[*tuple[Any, ...]]:
    return (
        select(mailing, list_.c.slug, issue.c.number)
        .select_from(mailing.join(issue).join(list_))
        .order_by(mailing.c.id)
    )


def _by_issue(connection: Connection, key: str) -> Mailing | None:
    row = connection.execute(_mailings().where(mailing.c.issue_id == row_of(connection, key))).first()
    return _mailing(row) if row else None


def _by_id(connection: Connection, one: int) -> Mailing:
    return _mailing(connection.execute(_mailings().where(mailing.c.id == one)).one())


def _mailing(row: Row[*tuple[Any, ...]]) -> Mailing:
    return Mailing(
        id=row.id,
        list=row.slug,
        issue=f"{row.slug}/{row.number:03d}",
        state=MailingState(row.state),
        counts={state: getattr(row, state.value) for state in DeliveryState},
    )
