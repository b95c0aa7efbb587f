"""What people said yes or no to, in the database: each answer one transaction, its proof written with it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from briefpub.domain.audience import (
    Frequency,
    Subscriber,
    SubscriptionState,
    address_hash,
    folded,
    one_line,
)
from briefpub.domain.consent import (
    ERASED,
    Answer,
    Asked,
    Changes,
    ConsentEvent,
    Requested,
    Standing,
    Wish,
    answered,
    asked,
    undoable,
)
from briefpub.domain.flow import site_of
from briefpub.store.audience import list_id
from briefpub.store.consent_rows import record, records, standing_of, standings, suppression_of
from briefpub.store.course import hold_list, may_go
from briefpub.store.database import Database
from briefpub.store.deliveries import skip_open
from briefpub.store.tables import list_, subscriber, subscription, suppression
from briefpub.store.upserts import upsert

# Words of an answer to the subscription's own column, where commands and exports show it.
SHOWN = "{event} on {day}, {how}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlConsents:
    """The answers of a publication's subscribers."""

    database: Database

    def request(self, list: str, wish: Wish, *, how: str, now: dt.datetime) -> Requested:
        """Write down that an address asks for a list; pending until it confirms."""
        with self.database.writing() as connection:
            one = list_id(connection, list)
            found = _find(connection, one, folded(wish.address))
            events = records(connection, subscriber_id=found.id, list=list) if found else ()
            fate = asked(
                SubscriptionState(found.state) if found and found.state else None,
                events,
                suppressed=suppression_of(connection, wish.address)[0],
                now=now,
            )
            if fate is not Asked.ASKED:
                return Requested(fate=fate)
            person = found.id if found else _new_subscriber(connection, wish, now)
            if found and found.state:
                # Nothing is mailed by this wish before they confirm, so that the last wish may count.
                wants = "" if wish.frequency == found.frequency else wish.frequency.value
                values = {"format": wish.format.value, "device": wish.device, "wants": wants}
                _set(connection, one, person, values)
            else:
                connection.execute(
                    insert(subscription).values(
                        list_id=one,
                        subscriber_id=person,
                        state=SubscriptionState.PENDING.value,
                        format=wish.format.value,
                        device=wish.device,
                        frequency=wish.frequency.value,
                        consent=_shown(ConsentEvent.REQUESTED, how, now),
                        since=now,
                    )
                )
            record(connection, person, one, ConsentEvent.REQUESTED, how=how, now=now)
            row = connection.execute(select(subscriber).where(subscriber.c.id == person)).one()
        return Requested(fate=fate, subscriber=Subscriber(id=row.id, address=row.address, name=row.name))

    def unsent(self, list: str, subscriber: int, *, how: str, now: dt.datetime) -> None:
        """Write down that the letter of the last request did not go out."""
        with self.database.writing() as connection:
            one = list_id(connection, list)
            if _row(connection, one, subscriber) is not None:
                record(connection, subscriber, one, ConsentEvent.UNSENT, how=how, now=now)

    def confirm(
        self, list: str, subscriber: int, *, asked_at: dt.datetime, how: str, now: dt.datetime
    ) -> Answer:
        """Confirm the request made at `asked_at`; lifts the suppression that an erasure left."""
        with self.database.writing() as connection:
            one = list_id(connection, list)
            found = _row(connection, one, subscriber)
            if found is None:
                return Answer.GONE
            if found.wants:
                hold_list(connection, one)  # as the fan-out does, before any subscription is changed
            state = SubscriptionState(found.state)
            answer = answered(
                state,
                found.since,
                records(connection, subscriber_id=subscriber, list=list),
                asked_at=asked_at,
                suppressed=suppression_of(connection, found.address)[0],
            )
            if answer is Answer.DONE:
                back = state is not SubscriptionState.PENDING
                event = ConsentEvent.RESUBSCRIBED if back else ConsentEvent.CONFIRMED
                connection.execute(
                    delete(suppression).where(
                        suppression.c.address_hash == found.address_hash, suppression.c.reason == ERASED
                    )
                )
                _move(connection, one, subscriber, SubscriptionState.CONFIRMED, event, how=how, now=now)
                if found.wants:
                    _want(connection, one, subscriber, Frequency(found.wants), leaves=None, since=now)
        return answer

    def unsubscribe(self, list: str, subscriber: int, *, how: str, now: dt.datetime) -> Answer:
        """End a subscription and skip its open deliveries; ALREADY where it had ended."""
        with self.database.writing() as connection:
            one = list_id(connection, list)
            found = _row(connection, one, subscriber)
            if found is None:
                return Answer.GONE
            state = SubscriptionState(found.state)
            # Who bounced may be brought back by an editor's retry: their own no weighs more.
            if state in {SubscriptionState.UNSUBSCRIBED, SubscriptionState.COMPLAINED}:
                if not _open_request(connection, subscriber, list):
                    return Answer.ALREADY
                record(connection, subscriber, one, ConsentEvent.DECLINED, how=how, now=now)
                return Answer.DONE
            event = (
                ConsentEvent.UNSUBSCRIBED if state is SubscriptionState.CONFIRMED else ConsentEvent.DECLINED
            )
            record(connection, subscriber, one, event, how=how, now=now)
            # What they agreed to stays to be read in `consent`: only the state and its time change.
            values = {"state": SubscriptionState.UNSUBSCRIBED.value, "since": now}
            _set(connection, one, subscriber, values)
            skip_open(connection, subscriber, one)
        return Answer.DONE

    def undo(self, list: str, subscriber: int, *, how: str, now: dt.datetime) -> Answer:
        """Put back who left by their own hand within a day."""
        with self.database.writing() as connection:
            one = list_id(connection, list)
            found = _row(connection, one, subscriber)
            if found is None or suppression_of(connection, found.address)[0]:
                return Answer.GONE
            events = records(connection, subscriber_id=subscriber, list=list)
            answer = undoable(SubscriptionState(found.state), events, now=now)
            if answer is Answer.DONE:
                _move(
                    connection,
                    one,
                    subscriber,
                    SubscriptionState.CONFIRMED,
                    ConsentEvent.RESUBSCRIBED,
                    how=how,
                    now=now,
                )
        return answer

    def change(self, list: str, subscriber: int, changes: Changes, *, how: str, now: dt.datetime) -> Answer:
        """Change what a subscriber takes, or their name; ALREADY where nothing differs."""
        with self.database.writing() as connection:
            one = list_id(connection, list)
            found = _row(connection, one, subscriber)
            if found is None:
                return Answer.GONE
            if changes.frequency is not None:
                hold_list(connection, one)  # as the fan-out does, before any subscription is changed
                found = _row(connection, one, subscriber) or found
            values = {"format": changes.format, "device": changes.device}
            differs = {
                key: str(value)
                for key, value in values.items()
                if value is not None and value != getattr(found, key)
            }
            renamed = changes.name is not None and one_line(changes.name) != found.name
            wanted = changes.frequency
            another = wanted is not None and wanted.value != (found.wants or found.frequency)
            if not differs and not renamed and not another:
                return Answer.ALREADY
            if differs:
                _set(connection, one, subscriber, differs)
            if renamed:
                _rename(connection, subscriber, one_line(changes.name or ""))
            if wanted is not None and another:
                leaves = Frequency(found.frequency)
                if found.state == SubscriptionState.CONFIRMED.value or wanted is leaves:
                    _want(connection, one, subscriber, wanted, leaves=leaves, since=found.since)
                else:  # it is decided when they are confirmed
                    _set(connection, one, subscriber, {"wants": wanted.value})
            told = {"name": renamed, f"frequency ({wanted})": another}
            what = ", ".join([*differs, *(name for name, is_so in told.items() if is_so)])
            record(connection, subscriber, one, ConsentEvent.CHANGED, how=f"{what}, {how}", now=now)
        return Answer.DONE

    def standing(self, list: str, subscriber: int) -> Standing | None:
        """Give one subscription."""
        with self.database.reading() as connection:
            found = connection.execute(
                standings().where(list_.c.slug == list, subscription.c.subscriber_id == subscriber)
            ).first()
        return standing_of(found) if found else None

    def standing_of(self, list: str, address: str) -> Standing | None:
        """Give one subscription, by address."""
        with self.database.reading() as connection:
            found = connection.execute(
                standings().where(list_.c.slug == list, subscriber.c.folded == folded(address))
            ).first()
        return standing_of(found) if found else None


def _find(connection: Connection, list: int, key: str) -> Row[*tuple[Any, ...]] | None:
    """Find a person, and their state on a list where they have one."""
    joined = (subscription.c.subscriber_id == subscriber.c.id) & (subscription.c.list_id == list)
    query = (
        select(subscriber.c.id, subscription.c.state, subscription.c.frequency)
        .select_from(subscriber.outerjoin(subscription, joined))
        .where(subscriber.c.folded == key)
    )
    return connection.execute(query).first()


def _row(connection: Connection, list: int, person: int) -> Row[*tuple[Any, ...]] | None:
    query = (
        select(subscription, subscriber.c.address, subscriber.c.address_hash, subscriber.c.name)
        .join(subscriber)
        .where(subscription.c.list_id == list, subscription.c.subscriber_id == person)
    )
    return connection.execute(query).first()


def _open_request(connection: Connection, person: int, list: str) -> bool:
    """Say whether somebody asked anew after they left, so that their no has to be written down again."""
    events = records(connection, subscriber_id=person, list=list)
    return bool(events) and events[-1].event in {ConsentEvent.REQUESTED, ConsentEvent.UNSENT}


def _new_subscriber(connection: Connection, wish: Wish, now: dt.datetime) -> int:
    values = {
        "address": wish.address,
        "folded": folded(wish.address),
        "address_hash": address_hash(wish.address),
        "name": one_line(wish.name),
        "site": site_of(wish.address),
        "since": now,
    }
    made = upsert(connection, subscriber).values(values).returning(subscriber.c.id)
    return int(connection.execute(made).scalar_one())


def _move(
    connection: Connection,
    list: int,
    person: int,
    state: SubscriptionState,
    event: ConsentEvent,
    *,
    how: str,
    now: dt.datetime,
) -> None:
    values = {"state": state.value, "since": now, "consent": _shown(event, how, now)}
    _set(connection, list, person, values)
    record(connection, person, list, event, how=how, now=now)


def _set(connection: Connection, list: int, person: int, values: Mapping[str, object]) -> None:
    connection.execute(
        update(subscription)
        .where(subscription.c.list_id == list, subscription.c.subscriber_id == person)
        .values(**values)
    )


def _want(
    connection: Connection,
    list: int,
    person: int,
    frequency: Frequency,
    *,
    leaves: Frequency | None,
    since: dt.datetime,
) -> None:
    """Let a confirmed subscriber take another frequency: at once where that is safe, else by a fan-out."""
    if leaves is frequency or may_go(connection, list, person, frequency, leaves=leaves, since=since):
        _set(connection, list, person, {"frequency": frequency.value, "wants": ""})
    else:
        _set(connection, list, person, {"wants": frequency.value})


def _rename(connection: Connection, person: int, name: str) -> None:
    connection.execute(update(subscriber).where(subscriber.c.id == person).values(name=name))


def _shown(event: ConsentEvent, how: str, now: dt.datetime) -> str:
    return SHOWN.format(event=event.value, day=now.date().isoformat(), how=how)
