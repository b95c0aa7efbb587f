"""The judge sees each broken promise, and nothing where all was kept."""

from collections import Counter
from dataclasses import replace

import pytest
from builders import NOW
from hypothesis import given
from hypothesis import strategies as st
from judging import Judgement, Row, judge

from briefpub.domain.delivery import DeliveryState as D

PEOPLE = ("a@x", "b@x", "c@x")


def rows(*states: D) -> list[Row]:
    return [
        Row(recipient=name, state=state, message_id=f"<{name}>", not_before=NOW)
        for name, state in zip(PEOPLE, states, strict=True)
    ]


def receipts(*names: str) -> list[tuple[str, str]]:
    return [(name, f"<{name}>") for name in names]


def judged(given: list[Row], got: list[tuple[str, str]], **more: object) -> Judgement:
    counts = Counter(row.state for row in given)
    return judge(**{"recipients": PEOPLE, "rows": given, "receipts": got, "counts": counts, **more})  # type: ignore[arg-type]


def test_all_is_well() -> None:
    found = judged(rows(D.ACCEPTED, D.FAILED, D.SKIPPED), receipts("a@x"))
    assert (found.broken, found.lost, found.doubled, found.accepted, found.failed) == ((), 0, 0, 1, 1)
    found = judged(rows(D.ACCEPTED, D.UNKNOWN, D.UNKNOWN), receipts("a@x", "b@x"), doubts=2)
    assert (found.broken, found.unknown, found.unknown_delivered) == ((), 2, 1)
    assert judged(rows(D.QUEUED, D.QUEUED, D.FAILED), [], drained=False).broken == ()


@pytest.mark.parametrize(
    ("promise", "states", "got", "more"),
    [
        ("I1", (D.ACCEPTED, D.FAILED, D.FAILED), (), {}),
        ("I2", (D.ACCEPTED, D.FAILED, D.FAILED), ("a@x", "a@x"), {}),
        ("I2", (D.UNKNOWN, D.FAILED, D.FAILED), ("a@x", "a@x"), {"doubts": 1}),
        ("I2", (D.FAILED, D.FAILED, D.FAILED), ("stranger@x",), {}),
        ("I2", (D.QUEUED, D.FAILED, D.FAILED), ("a@x",), {"drained": False}),
        ("I3", (D.QUEUED, D.FAILED, D.FAILED), (), {}),
        ("I3", (D.CLAIMED, D.FAILED, D.FAILED), (), {"drained": False}),
        ("I3", (D.HANDED, D.FAILED, D.FAILED), (), {"drained": False}),
        ("I3", (D.FAILED, D.FAILED, D.FAILED), (), {"recipients": (*PEOPLE, "d@x")}),
        ("I4", (D.UNKNOWN, D.UNKNOWN, D.FAILED), (), {"doubts": 1}),
        ("I5", (D.FAILED, D.FAILED, D.FAILED), ("a@x",), {}),
        ("I5", (D.SKIPPED, D.FAILED, D.FAILED), ("a@x",), {}),
        ("I7", (D.FAILED, D.FAILED, D.FAILED), (), {"counts": {D.FAILED: 2}}),
    ],
)
def test_each_broken_promise(
    promise: str, states: tuple[D, ...], got: tuple[str, ...], more: dict[str, object]
) -> None:
    assert [said[:2] for said in judged(rows(*states), receipts(*got), **more).broken] == [promise]


def test_another_message_id_is_seen() -> None:
    first, *others = rows(D.ACCEPTED, D.FAILED, D.FAILED)
    found = judged([replace(first, message_id="<new@x>"), *others], receipts("a@x"))
    assert [said[:2] for said in found.broken] == ["I6"]


def test_a_queued_row_says_when_it_is_tried_again() -> None:
    first, *others = rows(D.QUEUED, D.FAILED, D.FAILED)
    found = judged([replace(first, not_before=None), *others], [], drained=False)
    assert (found.lost, [said[:2] for said in found.broken]) == (1, ["I3"])


def test_two_rows_for_one_person_are_seen() -> None:
    found = judged(
        [*rows(D.ACCEPTED, D.FAILED, D.FAILED), *rows(D.ACCEPTED, D.FAILED, D.FAILED)], receipts("a@x")
    )
    assert {said[:2] for said in found.broken} == {"I3"}


@given(
    states=st.tuples(*[st.sampled_from(D)] * 3),
    got=st.lists(st.sampled_from((*PEOPLE, "d@x")), max_size=5),
    drained=st.booleans(),
)
def test_no_loss_and_no_double_goes_unseen(states: tuple[D, ...], got: list[str], drained: bool) -> None:
    found = judged(rows(*states), receipts(*got), drained=drained, doubts=3)
    times = Counter(got)
    twice = any(count > 1 for count in times.values())
    nothing = any(state is D.ACCEPTED and not times[name] for name, state in zip(PEOPLE, states, strict=True))
    assert bool(found.doubled) is twice
    assert not (twice or nothing) or found.broken
    assert not nothing or found.lost
    assert found.unknown_delivered <= found.unknown
