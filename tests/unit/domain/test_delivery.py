import datetime as dt

import pytest
from builders import NOW
from hypothesis import given
from hypothesis import strategies as st

from briefpub.domain.audience import Subscriber, SubscriptionFormat
from briefpub.domain.delivery import (
    FINAL,
    MOST_ATTEMPTS,
    Attempt,
    Delivery,
    DeliveryState,
    Mailing,
    MailingState,
    Outcome,
    message_id_ends,
)

HOUR = dt.timedelta(hours=1)


def a_delivery(attempts: int = 0) -> Delivery:
    return Delivery(
        id=1,
        mailing=1,
        subscriber=Subscriber(id=42, address="ana@example.org"),
        format=SubscriptionFormat.DIGEST,
        state=DeliveryState.HANDED,
        attempts=attempts,
    )


def an_attempt(outcome: Outcome) -> Attempt:
    return Attempt(at=NOW, outcome=outcome, reply="the server's words")


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.ACCEPTED, DeliveryState.ACCEPTED),
        (Outcome.FAILED, DeliveryState.FAILED),
        (Outcome.UNKNOWN, DeliveryState.UNKNOWN),
        (Outcome.DEFERRED, DeliveryState.QUEUED),
    ],
)
def test_an_attempt_decides_where_the_delivery_stands(outcome: Outcome, state: DeliveryState) -> None:
    after = a_delivery().after(an_attempt(outcome))
    assert (after.state, after.attempts, after.reply) == (state, 1, "the server's words")
    assert (after.not_before is not None) == (outcome is Outcome.DEFERRED)


@given(st.integers(min_value=0, max_value=MOST_ATTEMPTS - 2))
def test_waits_double_up_to_four_hours(tries: int) -> None:
    after = a_delivery(tries).after(an_attempt(Outcome.DEFERRED))
    assert after.not_before is not None
    assert after.not_before - NOW == min(dt.timedelta(minutes=5) * 2**tries, 4 * HOUR)


def test_the_last_deferral_is_a_failure_within_two_days() -> None:
    one, at = a_delivery(), NOW
    while one.state is not DeliveryState.FAILED:
        one = one.after(Attempt(at=at, outcome=Outcome.DEFERRED, reply="451 later"))
        at = one.not_before or at
    assert one.attempts == MOST_ATTEMPTS
    assert one.not_before is None
    assert 20 * HOUR < at - NOW < 48 * HOUR


def test_unknown_is_not_an_end() -> None:
    counts = dict.fromkeys(DeliveryState, 1)
    mailing = Mailing(id=1, list="weekly", issue="weekly/001", state=MailingState.SENDING, counts=counts)
    assert mailing.left == len(DeliveryState) - len(FINAL) == 4


def test_message_ids_are_made_of_the_issue_the_subscriber_and_the_manifest() -> None:
    before, behind = message_id_ends(
        issue="weekly/001", manifest_sha256="8c1d0a4e" + "0" * 56, sender="La Semaine <brief@Bücher.example>"
    )
    assert f"{before}42{behind}" == "<weekly.001.42.8c1d0a4e@xn--bcher-kva.example>"
