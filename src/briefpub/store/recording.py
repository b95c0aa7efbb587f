"""How a group of messages is recorded: the last one's outcomes, the next one's hand-over, in one commit."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from briefpub.domain.delivery import Attempt, Delivery, DeliveryState, MailingState
from briefpub.store import claims
from briefpub.store.bounces import bounce, hard
from briefpub.store.clock import gap_to
from briefpub.store.database import Database
from briefpub.store.moments import written

# An enum's members cost more to look up than to compare: this is done for every message.
QUEUED = DeliveryState.QUEUED
CLAIMED, HANDED = DeliveryState.CLAIMED.value, DeliveryState.HANDED.value
TO_SETTLE = frozenset({CLAIMED, HANDED, DeliveryState.UNKNOWN.value})
RUNNING = frozenset({MailingState.QUEUED.value, MailingState.SENDING.value})
CANCELLED = MailingState.CANCELLED.value
Ended = Sequence[tuple[Delivery, Attempt]]


def record(
    connection: Connection,
    *,
    owner: str,
    handed: Sequence[int],
    ended: Ended,
    lease_until: datetime,
    now: datetime,
    database: Database,
) -> frozenset[int]:
    """Settle `ended`, hand over what of `handed` is still `owner`'s, and give the ids that may be sent."""
    found, clock = claims.standing(connection, [*(one.id for one, _ in ended), *handed])
    gap = gap_to(database, clock, now)
    rows = {row[0]: row for row in found}
    moved: dict[int, dict[str, int]] = {}
    ours: list[tuple[Delivery, Attempt]] = []
    for one in ended:
        row = rows.pop(one[0].id, None)
        if row is None or row[3] != owner or row[2] not in TO_SETTLE:
            continue
        settled = one
        if row[5] == CANCELLED and one[0].state is QUEUED:
            settled = replace(one[0], state=DeliveryState.SKIPPED, not_before=None), one[1]
        ours.append(settled)
        _move(moved, row[1], row[2], settled[0].state)
    if ended:
        claims.settle(connection, ended, ours, gap)
        bounce(connection, hard(ours))

    granted: list[int] = []
    moment = written(now + gap)
    for id in handed:
        row = rows.pop(id, None)  # once: what stands twice is handed over once
        if row is None or row[2] != CLAIMED or row[3] != owner or row[4] <= moment or row[5] not in RUNNING:
            continue
        granted.append(id)
        _move(moved, row[1], CLAIMED, HANDED)
    if granted:
        claims.hand(connection, granted, until=lease_until + gap)
    for mailing, counts in moved.items():
        claims.shift(connection, mailing, counts)
    return frozenset(granted)


def _move(moved: dict[int, dict[str, int]], mailing: int, come: str, to: str) -> None:
    counts = moved.get(mailing)
    if counts is None:
        counts = moved[mailing] = defaultdict(int)
    counts[come] -= 1
    counts[to] += 1
