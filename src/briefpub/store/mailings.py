"""The ledger in the database: mailings, their deliveries, leases and attempts.

A delivery's counts move in the transaction that moves the delivery; the lease's owner fences every step, so
that a worker that slept too long finds its rows gone before it can do harm.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Connection, func, select, update

from briefpub.domain.audience import InDoubt, folded
from briefpub.domain.delivery import Attempt, Delivery, DeliveryState, Event, Mailing, MailingState
from briefpub.domain.errors import BriefpubError, Conflict
from briefpub.store import claims
from briefpub.store.bounces import confirm_again
from briefpub.store.clock import gap, gap_to
from briefpub.store.database import Database
from briefpub.store.deliveries import (
    IS_QUEUED,
    NO_LEASE,
    UNSENT,
    all_deliveries,
    claimed_of,
    delivery_of,
    move,
    reclaim,
)
from briefpub.store.events import events
from briefpub.store.fan_out import fan_out
from briefpub.store.issues import row_of
from briefpub.store.mailing_rows import by_id, by_issue, held, mailing_of, select_mailings
from briefpub.store.recording import record
from briefpub.store.tables import delivery, list_, subscriber
from briefpub.store.tables import issue as issues
from briefpub.store.tables import mailing as mailings

PAGE = 1000
RUNNING = frozenset({MailingState.QUEUED.value, MailingState.SENDING.value})
RESOLUTIONS = frozenset({DeliveryState.QUEUED, DeliveryState.ACCEPTED, DeliveryState.FAILED})
ENDED = frozenset({MailingState.DONE.value, MailingState.CANCELLED.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlLedger:
    """The ledger of a publication; each method is one transaction.

    `queued` is told of each new mailing, its issue and its size, on the connection of its transaction.
    """

    database: Database
    queued: Callable[[object, str, int], None] | None = None

    def queue(self, issue: str, *, now: dt.datetime) -> Mailing:
        """Make the issue's mailing with one queued delivery per confirmed subscriber, once."""
        with self.database.sharing() as connection:
            row = row_of(connection, issue)
            # Whoever comes second waits at the issue until the first mailing is there.
            connection.execute(select(issues.c.id).where(issues.c.id == row).with_for_update())
            known = by_issue(connection, issue)
            if known:
                return known
            now += gap(self.database, connection, now)
            made = by_id(connection, fan_out(connection, row, issue, now))
            self._tell(connection, made)
            return made

    def _tell(self, connection: Connection, made: Mailing) -> None:
        """Let whoever wants to know hear of a mailing, in its transaction: they come to pass together.

        In a savepoint: nobody who fails to listen undoes a mailing. What they miss, the next sweep tells.
        """
        if self.queued and made.counts[DeliveryState.QUEUED]:
            with suppress(BriefpubError), connection.begin_nested():
                driver = connection.connection.driver_connection
                self.queued(driver, made.issue, made.counts[DeliveryState.QUEUED])

    def mailing(self, issue: str) -> Mailing | None:
        """Give the mailing of an issue, with its counts."""
        with self.database.reading() as connection:
            return by_issue(connection, issue)

    def mailings(self, list: str | None = None) -> tuple[Mailing, ...]:
        """Give the mailings of a list, or of all, oldest first."""
        query = select_mailings() if list is None else select_mailings().where(list_.c.slug == list)
        with self.database.reading() as connection:
            return tuple(mailing_of(row) for row in connection.execute(query))

    def claim(
        self,
        mailing: int,
        *,
        owner: str,
        most: int,
        lease_until: dt.datetime,
        now: dt.datetime,
        closed: frozenset[str] = frozenset(),
    ) -> tuple[Delivery, ...]:
        """Lease up to `most` due deliveries to `owner`, none of a site in `closed`."""
        with self.database.sharing() as connection:
            found = claims.lock(connection, mailing)
            if found is None:
                return ()
            state, of_list, clock = found
            ahead = gap_to(self.database, clock, now)
            now, lease_until = now + ahead, lease_until + ahead
            moved = _taken_back(claims.take_back(connection, mailing, now))
            claimed: tuple[Delivery, ...] = ()
            while state in RUNNING and len(claimed) < most:
                left = most - len(claimed)
                rows = claims.due(connection, mailing, of_list, now=now, most=left, closed=closed)
                go = [row for row in rows if row[-1]]
                if go:
                    claims.lease(connection, [row[0] for row in go], owner=owner, until=lease_until)
                gone = [row[0] for row in rows if not row[-1]]
                if gone:
                    claims.skip(connection, gone)
                moved.update({DeliveryState.QUEUED: -len(rows), DeliveryState.CLAIMED: len(go)})
                moved.update({DeliveryState.SKIPPED: len(gone)})
                claimed += claimed_of(mailing, go)
                if not gone:
                    break
            claims.shift(connection, mailing, moved)
        return claimed

    def record(
        self,
        *,
        owner: str,
        handed: Sequence[int],
        ended: Sequence[tuple[Delivery, Attempt]],
        lease_until: dt.datetime,
        now: dt.datetime,
    ) -> frozenset[int]:
        """Commit at once how some deliveries ended and that others are about to be handed over."""
        if not handed and not ended:
            return frozenset()
        with self.database.sharing() as connection:
            return record(
                connection,
                owner=owner,
                handed=handed,
                ended=ended,
                lease_until=lease_until,
                now=now,
                database=self.database,
            )

    def release(
        self, deliveries: Sequence[int], *, owner: str, not_before: dt.datetime | None = None
    ) -> None:
        """Give claimed deliveries back to the queue untried, due at once or at `not_before`."""
        if not deliveries:
            return
        with self.database.sharing() as connection:
            rows, _ = claims.standing(connection, deliveries)
            ours = [row for row in rows if row[2] == DeliveryState.CLAIMED and row[3] == owner]
            if ours:
                claims.give_back(connection, [row[0] for row in ours], not_before=not_before)
            for each, count in sorted(Counter(row[1] for row in ours).items()):
                claims.shift(connection, each, {DeliveryState.CLAIMED: -count, DeliveryState.QUEUED: count})

    def recover(self, mailing: int, *, in_doubt: InDoubt, now: dt.datetime) -> Mailing:
        """Take back every lease, whoever holds it: only for a caller that holds the publication's lock."""
        with self.database.sharing() as connection:
            state, _ = held(connection, mailing)
            if state == MailingState.CANCELLED.value and in_doubt is InDoubt.RESEND:
                in_doubt = InDoubt.HOLD  # what is cancelled is not sent again
            now += gap(self.database, connection, now)
            claims.shift(connection, mailing, reclaim(connection, mailing, in_doubt=in_doubt, now=now))
            return by_id(connection, mailing)

    def lapse(self, mailing: int, *, in_doubt: InDoubt, now: dt.datetime) -> Mailing:
        """Take back the leases that ran out, and no other: whoever works goes on working."""
        with self.database.sharing() as connection:
            state, _ = held(connection, mailing)
            if state == MailingState.CANCELLED.value and in_doubt is InDoubt.RESEND:
                in_doubt = InDoubt.HOLD
            now += gap(self.database, connection, now)
            moved = reclaim(connection, mailing, in_doubt=in_doubt, now=now, over=True)
            claims.shift(connection, mailing, moved)
            return by_id(connection, mailing)

    def deliveries(
        self, mailing: int, *, states: frozenset[DeliveryState] | None = None
    ) -> Iterator[Delivery]:
        """Give a mailing's deliveries by address, all or those in `states`, a page at a time."""
        picked = all_deliveries().where(delivery.c.mailing_id == mailing)
        if states is not None:
            picked = picked.where(delivery.c.state.in_(sorted(states)))
        last = ""
        while True:
            query = picked.where(subscriber.c.folded > last).order_by(subscriber.c.folded).limit(PAGE)
            with self.database.reading() as connection:
                rows = connection.execute(query).all()
            for row in rows:
                last = row.folded
                yield delivery_of(row)
            if len(rows) < PAGE:
                return

    def pause(self, mailing: int, *, reason: str, now: dt.datetime) -> Mailing:  # noqa: ARG002
        """Let nothing more of a mailing be claimed or handed over; one that has ended stays as it is."""
        with self.database.sharing() as connection:
            state, _ = held(connection, mailing)
            if state in RUNNING:
                values = {"state": MailingState.PAUSED.value, "reason": reason}
                connection.execute(update(mailings).where(mailings.c.id == mailing).values(values))
            return by_id(connection, mailing)

    def resume(self, mailing: int, *, now: dt.datetime) -> Mailing:
        """Let a mailing go on: deferred deliveries are due at once, a paused one's failures are forgiven."""
        with self.database.sharing() as connection:
            state, _ = held(connection, mailing)
            now += gap(self.database, connection, now)
            if state not in ENDED:
                connection.execute(
                    update(delivery)
                    .where(
                        delivery.c.mailing_id == mailing,
                        delivery.c.state == DeliveryState.QUEUED.value,
                        delivery.c.not_before > now,
                    )
                    .values(not_before=now)
                )
            if state == MailingState.PAUSED.value:
                sending = MailingState.SENDING.value
                values = {"state": sending, "reason": "", "forgiven": mailings.c.failed}
                connection.execute(update(mailings).where(mailings.c.id == mailing).values(values))
            return by_id(connection, mailing)

    def cancel(self, mailing: int, *, reason: str, now: dt.datetime) -> Mailing:  # noqa: ARG002
        """Skip what has not been handed over; what is on its way is still settled."""
        with self.database.sharing() as connection:
            state, _ = held(connection, mailing)
            if state not in ENDED:
                mine = delivery.c.mailing_id == mailing
                moved: Counter[DeliveryState] = Counter()
                for unsent in map(DeliveryState, UNSENT):
                    moved.update(move(connection, mine, come=unsent, to=DeliveryState.SKIPPED, **NO_LEASE))
                values = {"state": MailingState.CANCELLED.value, "reason": reason}
                connection.execute(update(mailings).where(mailings.c.id == mailing).values(values))
                claims.shift(connection, mailing, moved)
            return by_id(connection, mailing)

    def retry(self, mailing: int, *, now: dt.datetime) -> int:
        """Queue the failed deliveries again, their attempts counted anew; give how many there were.

        A subscription that bounced by one of these very deliveries is confirmed again: the attempt that
        ended it is known by its moment. Whoever bounced otherwise, or left, stays off. Raises Conflict for a
        cancelled mailing.
        """
        with self.database.sharing() as connection:
            of_list = _going_on(connection, mailing)
            now += gap(self.database, connection, now)
            confirm_again(connection, mailing, of_list, now)
            moved = move(
                connection,
                delivery.c.mailing_id == mailing,
                come=DeliveryState.FAILED,
                to=DeliveryState.QUEUED,
                attempts=0,
                not_before=now,
                **NO_LEASE,
            )
            claims.shift(connection, mailing, moved)
            return moved[DeliveryState.QUEUED]

    def resolve(
        self, mailing: int, *, to: DeliveryState, addresses: Sequence[str] | None = None, now: dt.datetime
    ) -> int:
        """Settle `unknown` deliveries, all or those of these addresses; give how many there were.

        Raises Conflict where a cancelled mailing would be sent on.
        """
        if to not in RESOLUTIONS:
            raise Conflict(f"an unknown delivery cannot become {to}", where=str(mailing))
        with self.database.sharing() as connection:
            if to is DeliveryState.QUEUED:
                _going_on(connection, mailing)
            else:
                held(connection, mailing)
            now += gap(self.database, connection, now)
            where = [delivery.c.mailing_id == mailing]
            if addresses is not None:
                people = select(subscriber.c.id).where(subscriber.c.folded.in_(map(folded, addresses)))
                where.append(delivery.c.subscriber_id.in_(people))
            moved = move(connection, *where, come=DeliveryState.UNKNOWN, to=to, not_before=now, **NO_LEASE)
            claims.shift(connection, mailing, moved)
            return moved[to]

    def next_due(self, mailing: int, *, now: dt.datetime) -> dt.datetime | None:
        """Give when the next queued delivery of a mailing is due, or None where nothing is queued."""
        query = select(func.min(delivery.c.not_before)).where(delivery.c.mailing_id == mailing, IS_QUEUED)
        with self.database.reading() as connection:
            found = connection.execute(query).scalar()
            if found is None:
                return None
            # The caller's own clock is the one it will look at to know whether the moment has come.
            here: dt.datetime = found - gap(self.database, connection, now)
            return max(here, now)

    def events(self, *, after: int = 0, mailing: int | None = None, most: int = 1000) -> tuple[Event, ...]:
        """Give the attempts recorded after this number, oldest first; `after=-1` gives the last."""
        with self.database.reading() as connection:
            return events(connection, after=after, mailing_id=mailing, most=most)


def _taken_back(states: Sequence[DeliveryState]) -> Counter[DeliveryState]:
    """Count what leases that ran out move: `unknown` was handed, `queued` was claimed."""
    moved = Counter(states)
    moved[DeliveryState.HANDED] = -moved[DeliveryState.UNKNOWN]
    moved[DeliveryState.CLAIMED] = -moved[DeliveryState.QUEUED]
    return moved


def _going_on(connection: Connection, one: int) -> int:
    """Take hold of a mailing that may send more, and give its list."""
    state, of_list = held(connection, one)
    if state == MailingState.CANCELLED.value:
        raise Conflict(
            "the mailing is cancelled: nothing of it is sent any more",
            where=by_id(connection, one).issue,
            hint="publish another issue to those who should read it",
        )
    return of_list
