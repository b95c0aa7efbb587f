"""The fan-out: a mailing and its deliveries, to whoever takes an issue's frequency when it is queued."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, exists, insert, select, update

from briefpub.domain.audience import Frequency
from briefpub.domain.delivery import DeliveryState, MailingState
from briefpub.domain.errors import Conflict
from briefpub.domain.gathering import moves_after, moves_before
from briefpub.store.course import course_of, hold_list
from briefpub.store.frequencies import catch_up, go_over, passed_by, same_articles
from briefpub.store.new_deliveries import new_deliveries
from briefpub.store.tables import delivery, issue, mailing, subscription


def fan_out(connection: Connection, row: int | None, key: str, now: datetime) -> int:
    """Make the mailing of an issue's row with one delivery per confirmed subscriber who takes its frequency.

    Around it those who wait for another frequency go over, where the two stand at the same place. Raises
    Conflict when the issue is not frozen.
    """
    found = connection.execute(
        select(issue.c.id, issue.c.list_id, issue.c.frequency, issue.c.number, issue.c.manifest_sha256).where(
            issue.c.id == row
        )
    ).first()
    if found is None or not found.manifest_sha256:
        raise Conflict("only a frozen issue can be mailed", where=key)
    # Issues of a list are queued one after another: their mailings' numbers are their order.
    hold_list(connection, found.list_id)
    frequency = Frequency(found.frequency)
    if frequency is Frequency.EACH:
        go_over(connection, found.list_id, moves_before, now=now)
        return _queue(connection, found, (), now)
    course = course_of(connection, found.list_id)
    held = course.held(frequency, found.number)
    # The last guard: whatever brought somebody here, they get no article twice.
    same = same_articles(connection, found.list_id, found.id, held)
    brought = sorted({*course.brought(frequency, found.number), *same})
    made = _queue(connection, found, brought, now)
    if brought:
        course = course_of(connection, found.list_id)
        people = passed_by(connection, found.list_id, made, frequency)
        catch_up(connection, found.list_id, course, people, upto=course.stand(frequency), now=now)
    go_over(connection, found.list_id, lambda course: moves_after(course, frequency), now=now)
    return made


def _queue(
    connection: Connection, found: Row[*tuple[Any, ...]], brought: Sequence[int], now: datetime
) -> int:
    """Make a mailing and its deliveries, to nobody whom one of the mailings `brought` reached before."""
    made = connection.execute(
        insert(mailing)
        .values(issue_id=found.id, state=MailingState.QUEUED.value, queued_at=now)
        .returning(mailing.c.id)
    ).scalar_one()
    takers = [subscription.c.frequency == found.frequency]
    if brought:
        # What was skipped never goes out; what failed may be tried again.
        takers.append(
            ~exists().where(
                delivery.c.subscriber_id == subscription.c.subscriber_id,
                delivery.c.mailing_id.in_(brought),
                delivery.c.state != DeliveryState.SKIPPED.value,
            )
        )
    fanned = new_deliveries(connection, made, *takers, now=now)
    state = MailingState.QUEUED if fanned else MailingState.DONE
    connection.execute(update(mailing).where(mailing.c.id == made).values(queued=fanned, state=state.value))
    return int(made)
