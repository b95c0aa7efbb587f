"""What the sender says to the database for each group of messages: sets at a time, each statement once.

Ids and rows travel as one JSON parameter, so that a statement's text is the same for 16 messages and for 500
and both databases keep it prepared. Whoever moves deliveries first takes hold of their mailing (`lock`): on
PostgreSQL its row, on SQLite the transaction is alone anyhow. So nobody finds a row changed between looking
and writing, two claimers never meet, a pause is seen by the next hand-over, and nothing can deadlock, since
mailings are taken hold of in the order of their ids and nothing is waited for behind them.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from briefpub.domain.delivery import Attempt, Delivery, DeliveryState
from briefpub.store.moments import written

NOWHERE = {state.value: 0 for state in DeliveryState}
IDS = "(SELECT CAST(given.value AS bigint) FROM {set:ids})"
COUNTS = ", ".join(f"{state} = {state} + :{state}" for state in NOWHERE)
Rows = Sequence[Sequence[Any]]


def statement(text: str) -> dict[str, str]:
    """Give a statement as each database's driver takes it.

    `{ids}` is parameter ids, a JSON array of numbers, to stand behind IN. `{set:x}` is parameter x, a JSON
    array, as a table `given` of one column `value`, which is text; with `{rows:x}` it is an array of columns.
    `{hold}` locks the mailings that are read; `{clock}` is the server's clock, and nothing in a file.
    """
    text = text.replace("{ids}", IDS).replace("{counts}", COUNTS)
    clock = {"sqlite": "NULL", "postgresql": "clock_timestamp()"}
    lite = re.sub(r"\{(set|rows):(\w+)\}", r"json_each(:\2) AS given", text).replace("{hold}", "")
    lite = lite.replace("{clock}", clock["sqlite"])
    text = text.replace("{clock}", clock["postgresql"])
    post = re.sub(r"\{set:(\w+)\}", r"json_array_elements_text(CAST(:\1 AS json)) AS given (value)", text)
    post = re.sub(r"\{rows:(\w+)\}", r"json_array_elements(CAST(:\1 AS json)) AS given (value)", post)
    post = re.sub(r":(\w+)", r"%(\1)s", post.replace("{hold}", "FOR UPDATE OF mailing"))
    return {"sqlite": lite, "postgresql": post}


HOLD_ONE = statement(
    "SELECT mailing.state, issue.list_id, {clock} FROM mailing JOIN issue ON issue.id = mailing.issue_id"
    " WHERE mailing.id = :id {hold}"
)
HOLD = statement(
    "SELECT mailing.id, {clock} FROM mailing"
    " WHERE mailing.id IN (SELECT mailing_id FROM delivery WHERE id IN {ids}) ORDER BY mailing.id {hold}"
)
STANDING = statement(
    "SELECT delivery.id, delivery.mailing_id, delivery.state, delivery.lease_owner, delivery.lease_until,"
    " mailing.state FROM delivery JOIN mailing ON mailing.id = delivery.mailing_id"
    " WHERE delivery.id IN {ids}"
)
TAKE_BACK = statement(
    "UPDATE delivery SET state = CASE state WHEN 'handed' THEN 'unknown' ELSE 'queued' END,"
    # A row in doubt keeps its owner, who may still come with the reply.
    " lease_owner = CASE state WHEN 'handed' THEN lease_owner END, lease_until = NULL"
    " WHERE mailing_id = :mailing AND lease_until <= :now RETURNING state"
)
DUE = """
SELECT delivery.id, delivery.subscriber_id, delivery.format, delivery.attempts, delivery.reply,
       delivery.message_id, delivery.site, subscriber.address, subscriber.name, subscription.device,
       CASE WHEN subscription.state = 'confirmed' AND NOT EXISTS (
         SELECT 1 FROM suppression WHERE suppression.address_hash = subscriber.address_hash
       ) THEN 1 ELSE 0 END
FROM delivery
JOIN subscriber ON subscriber.id = delivery.subscriber_id
LEFT JOIN subscription
  ON subscription.list_id = :list AND subscription.subscriber_id = delivery.subscriber_id
WHERE delivery.mailing_id = :mailing AND delivery.state = 'queued' AND delivery.not_before <= :now {open}
ORDER BY delivery.not_before, delivery.id LIMIT :most
"""
DUE_ANYWHERE = statement(DUE.replace("{open}", ""))
DUE_ELSEWHERE = statement(
    DUE.replace("{open}", "AND delivery.site NOT IN (SELECT given.value FROM {set:closed})")
)
LEASE = statement(
    "UPDATE delivery SET state = 'claimed', lease_owner = :owner, lease_until = :until WHERE id IN {ids}"
)
HAND = statement("UPDATE delivery SET state = 'handed', lease_until = :until WHERE id IN {ids}")
SKIP = statement(
    "UPDATE delivery SET state = 'skipped', lease_owner = NULL, lease_until = NULL WHERE id IN {ids}"
)
BACK = statement(
    "UPDATE delivery SET state = 'queued', lease_owner = NULL, lease_until = NULL,"
    " not_before = COALESCE(:not_before, not_before) WHERE id IN {ids}"
)
SETTLE = statement("""
UPDATE delivery
SET state = after.state, attempts = after.attempts, not_before = after.not_before, reply = after.reply,
    lease_owner = NULL, lease_until = NULL
FROM (
  SELECT CAST(value ->> 0 AS bigint) AS id, value ->> 1 AS state, CAST(value ->> 2 AS integer) AS attempts,
         value ->> 3 AS not_before, value ->> 6 AS reply
  FROM {rows:rows}
) AS after
WHERE delivery.id = after.id
""")
TRIED = statement("""
INSERT INTO attempt (delivery_id, at, outcome, reply)
SELECT CAST(value ->> 0 AS bigint), value ->> 4, value ->> 5, value ->> 7 FROM {rows:rows} WHERE true
ON CONFLICT DO NOTHING
""")
SHIFT = statement("""
UPDATE mailing SET {counts},
  state = CASE WHEN state = 'cancelled' THEN state
               WHEN queued + claimed + handed + :open = 0 THEN 'done'
               WHEN state = 'paused' THEN state ELSE 'sending' END,
  reason = CASE WHEN state = 'cancelled' OR (state = 'paused' AND queued + claimed + handed + :open <> 0)
                THEN reason ELSE '' END
WHERE id = :id
""")


def say(connection: Connection, words: Mapping[str, str], **values: Any) -> Rows:
    """Execute a statement of this file and give its rows.

    SQLite's driver is asked itself: for so short statements SQLAlchemy's own work is the larger half. Its
    errors are translated by the transaction like all others; on a server SQLAlchemy has to see a connection
    that broke.
    """
    if connection.dialect.name == "sqlite":
        cursor = connection.connection.cursor()
        try:
            cursor.execute(words["sqlite"], values)
            return cursor.fetchall()
        finally:
            cursor.close()
    result = connection.exec_driver_sql(words["postgresql"], values)
    return result.all() if result.returns_rows else ()


def lock(connection: Connection, mailing: int) -> tuple[str, int, datetime | None] | None:
    """Take hold of a mailing until the transaction ends; give its state, its list and the server's clock."""
    rows = say(connection, HOLD_ONE, id=mailing)
    return (rows[0][0], rows[0][1], rows[0][2]) if rows else None


def standing(connection: Connection, ids: Sequence[int]) -> tuple[Rows, datetime | None]:
    """Take hold of the mailings of these deliveries until the transaction ends.

    Gives each delivery's id, mailing, state, owner and lease's end, and its mailing's state; and the server's
    clock, where there is a server.
    """
    given, clock = json.dumps(ids), None
    if connection.dialect.name != "sqlite":  # whose transaction is alone already
        held = say(connection, HOLD, ids=given)
        clock = held[0][1] if held else None
    return say(connection, STANDING, ids=given), clock


def take_back(connection: Connection, mailing: int, now: datetime) -> list[DeliveryState]:
    """Take expired leases back; give the states that the rows have then, `unknown` or `queued`."""
    rows = say(connection, TAKE_BACK, mailing=mailing, now=written(now))
    return [DeliveryState(row[0]) for row in rows]


def due(
    connection: Connection, mailing: int, list: int, *, now: datetime, most: int, closed: Iterable[str]
) -> Rows:
    """Give due deliveries by time and id, with all that `Delivery` holds, and whether each may be mailed."""
    values = {"mailing": mailing, "list": list, "now": written(now), "most": most}
    shut = sorted(closed)
    if not shut:
        return say(connection, DUE_ANYWHERE, **values)
    return say(connection, DUE_ELSEWHERE, **values, closed=json.dumps(shut))


def lease(connection: Connection, ids: Sequence[int], *, owner: str, until: datetime) -> None:
    """Claim deliveries for an owner."""
    say(connection, LEASE, ids=json.dumps(ids), owner=owner, until=written(until))


def hand(connection: Connection, ids: Sequence[int], *, until: datetime) -> None:
    """Write down that deliveries are about to be handed over."""
    say(connection, HAND, ids=json.dumps(ids), until=written(until))


def skip(connection: Connection, ids: Sequence[int]) -> None:
    """Leave deliveries out for good."""
    say(connection, SKIP, ids=json.dumps(ids))


def give_back(connection: Connection, ids: Sequence[int], *, not_before: datetime | None) -> None:
    """Put claimed deliveries into the queue again."""
    later = None if not_before is None else written(not_before)
    say(connection, BACK, ids=json.dumps(ids), not_before=later)


def settle(
    connection: Connection,
    ended: Sequence[tuple[Delivery, Attempt]],
    ours: Sequence[tuple[Delivery, Attempt]],
    gap: timedelta,
) -> None:
    """Record the attempts of `ended`, and how those in `ours` stand after theirs.

    The next try is due by the clock that counts, which is ahead by `gap`. An attempt keeps its maker's
    moment: by that it is known when it is recorded twice.
    """
    settled = _rows(ours, gap)
    say(connection, TRIED, rows=settled if len(ours) == len(ended) else _rows(ended, gap))
    if ours:
        say(connection, SETTLE, rows=settled)


def shift(connection: Connection, mailing: int, moved: Mapping[Any, int]) -> None:
    """Move a mailing's counts by `moved`, by state, and its own state with them: nothing open means done."""
    if any(moved.values()):
        by = {state: moved.get(state, 0) for state in NOWHERE}
        say(connection, SHIFT, id=mailing, open=by["queued"] + by["claimed"] + by["handed"], **by)


def _rows(ended: Sequence[tuple[Delivery, Attempt]], gap: timedelta) -> str:
    rows = []
    moment, at = None, ""
    for delivery, attempt in ended:
        if attempt.at is not moment:
            moment, at = attempt.at, written(attempt.at)
        later = written(delivery.not_before + gap) if delivery.not_before else at
        reply = clean(delivery.reply)
        said = reply if attempt.reply == delivery.reply else clean(attempt.reply)
        rows.append((delivery.id, delivery.state, delivery.attempts, later, at, attempt.outcome, reply, said))
    return json.dumps(rows)


def clean(reply: str) -> str:
    """Give a server's words as both databases can hold them: no NUL, no half of a surrogate pair."""
    if reply.isascii() and "\0" not in reply:
        return reply
    return reply.replace("\0", "").encode("utf-8", "replace").decode()
