"""The judge of a sending that was disturbed: what the ledger says against what the sink took. Pure.

The invariants, with policy `hold`:
I1  accepted in the ledger: exactly one receipt at the sink.
I2  nobody has more than one receipt.
I3  nobody is lost: each has a row that is final, unknown, or queued with the moment of its next try; after
    draining with a sink that is well, each is final or unknown.
I4  there are at most as many unknown ones as stood before their dot when something was stopped.
I5  failed or skipped: no receipt.
I6  the Message-ID is the same at each attempt, and the ledger's.
I7  the mailing's kept counts are those of its rows.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from briefpub.domain.delivery import DeliveryState

STATES_WITHOUT_RECEIPT = frozenset({DeliveryState.FAILED, DeliveryState.SKIPPED})
SETTLED = STATES_WITHOUT_RECEIPT | {DeliveryState.ACCEPTED, DeliveryState.UNKNOWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A delivery as the ledger has it."""

    recipient: str
    state: DeliveryState
    message_id: str
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The numbers of the table, and each broken promise in words."""

    recipients: int
    accepted: int
    failed: int
    lost: int
    doubled: int
    unknown: int
    unknown_delivered: int
    open: int
    broken: tuple[str, ...]


def judge(
    *,
    recipients: Sequence[str],
    rows: Iterable[Row],
    receipts: Iterable[tuple[str, str]],
    counts: Mapping[DeliveryState, int] | None = None,
    doubts: int = 0,
    drained: bool = True,
) -> Judgement:
    """Judge a mailing: `receipts` are (recipient, Message-ID) of everything the sink took.

    `doubts` is the most that may be unknown: for each kill what stood before its dot, and each message whose
    reply was lost. `drained` says that a sink that is well had its turn.
    """
    kept = list(rows)
    by_name = {row.recipient: row for row in kept}
    got: dict[str, list[str]] = {}
    for recipient, message_id in receipts:
        got.setdefault(recipient, []).append(message_id)
    broken: list[str] = []
    lost: set[str] = set()

    for name in set(recipients) - set(by_name):
        lost.add(name)
        broken.append(f"I3 {name} has no row")
    broken += [
        f"I3 {row.recipient} has more rows than one" for row in kept if by_name[row.recipient] is not row
    ]
    broken += [f"I2 {name} was mailed and has no row" for name in set(got) - set(by_name)]
    for row in by_name.values():
        said = _broken(row, len(got.get(row.recipient, ())), drained=drained)
        broken += said
        if any(each.startswith(("I1", "I3")) for each in said):
            lost.add(row.recipient)
        broken += [
            f"I6 {row.recipient} got {message_id}, the ledger says {row.message_id}"
            for message_id in got.get(row.recipient, ())
            if message_id != row.message_id
        ]
    doubled = {name: len(ids) - 1 for name, ids in got.items() if len(ids) > 1}
    broken += [f"I2 {name} was mailed {more + 1} times" for name, more in doubled.items()]
    states = Counter(row.state for row in kept)
    if states[DeliveryState.UNKNOWN] > doubts:
        broken.append(f"I4 {states[DeliveryState.UNKNOWN]} are unknown, at most {doubts} may be")
    if counts is not None:
        broken += [
            f"I7 the mailing counts {counts.get(state, 0)} {state}, there are {states[state]}"
            for state in DeliveryState
            if counts.get(state, 0) != states[state]
        ]
    return Judgement(
        recipients=len(recipients),
        accepted=states[DeliveryState.ACCEPTED],
        failed=states[DeliveryState.FAILED],
        lost=len(lost),
        doubled=sum(doubled.values()),
        unknown=states[DeliveryState.UNKNOWN],
        unknown_delivered=sum(
            row.state is DeliveryState.UNKNOWN and row.recipient in got for row in by_name.values()
        ),
        open=sum(count for state, count in states.items() if state not in SETTLED),
        broken=tuple(sorted(broken)),
    )


def _broken(row: Row, receipts: int, *, drained: bool) -> list[str]:
    said: list[str] = []
    if row.state is DeliveryState.ACCEPTED and receipts == 0:
        said.append(f"I1 {row.recipient} is accepted, and nothing arrived")
    if row.state in STATES_WITHOUT_RECEIPT and receipts:
        said.append(f"I5 {row.recipient} is {row.state}, and was mailed")
    if row.state not in SETTLED:
        if drained:
            said.append(f"I3 {row.recipient} is still {row.state}")
        elif row.state is not DeliveryState.QUEUED:
            said.append(f"I3 {row.recipient} is {row.state}, and nobody works on it")
        elif row.not_before is None:
            said.append(f"I3 {row.recipient} is queued, and nobody says until when")
        if receipts:
            said.append(f"I2 {row.recipient} is {row.state}, and has been mailed")
    return said
