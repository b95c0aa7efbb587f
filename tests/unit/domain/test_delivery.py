import datetime as dt

import pytest
from builders import NOW
from hypothesis import given
from hypothesis import strategies as st

from briefpub.domain.audience import InDoubt, Subscriber, SubscriptionFormat
from briefpub.domain.delivery import (
    FINAL,
    LEAST_FAILURES,
    LONGEST_WAIT,
    MOST_ATTEMPTS,
    Attempt,
    Delivery,
    DeliveryState,
    Mailing,
    MailingState,
    ailing,
    jitter,
    message_id_ends,
)
from briefpub.domain.replies import Outcome

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)


def a_delivery(attempts: int = 0, id: int = 1) -> Delivery:
    return Delivery(
        id=id,
        mailing=1,
        subscriber=Subscriber(id=42, address="ana@example.org"),
        format=SubscriptionFormat.DIGEST,
        state=DeliveryState.HANDED,
        attempts=attempts,
    )


def an_attempt(outcome: Outcome, reply: str = "the server's words") -> Attempt:
    return Attempt(at=NOW, outcome=outcome, reply=reply)


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


@pytest.mark.parametrize(
    ("in_doubt", "state"),
    [
        (InDoubt.HOLD, DeliveryState.UNKNOWN),
        (InDoubt.RESEND, DeliveryState.QUEUED),
        (InDoubt.ASSUME_SENT, DeliveryState.ACCEPTED),
    ],
)
def test_the_list_decides_what_becomes_of_a_message_that_may_have_arrived(
    in_doubt: InDoubt, state: DeliveryState
) -> None:
    after = a_delivery().after(an_attempt(Outcome.UNKNOWN, ""), in_doubt)
    assert after.state is state
    assert (after.not_before is not None) == (state is DeliveryState.QUEUED)


@pytest.mark.parametrize(
    ("outcome", "reply", "first"),
    [
        (Outcome.DEFERRED, "451 4.7.1 Greylisted", 10 * MINUTE),
        (Outcome.DEFERRED, "450 4.1.1 unverified", 30 * MINUTE),
        (Outcome.FAILED, "550 5.7.1 blocked", HOUR),
    ],
)
@given(tries=st.integers(0, MOST_ATTEMPTS - 2), id=st.integers(1, 10**9))
def test_waits_double_from_the_first_up_to_four_hours(
    outcome: Outcome, reply: str, first: dt.timedelta, tries: int, id: int
) -> None:
    after = a_delivery(tries, id).after(an_attempt(outcome, reply))
    assert after.state is DeliveryState.QUEUED
    assert after.not_before is not None
    assert 0.8 <= (after.not_before - NOW) / min(first * 2**tries, LONGEST_WAIT) < 1.2


def test_what_was_put_off_together_does_not_come_back_together() -> None:
    dues = {a_delivery(id=id).after(an_attempt(Outcome.DEFERRED)).not_before for id in range(1, 201)}
    assert len(dues) == 200
    assert jitter("one") == jitter("one") != jitter("other")


def test_the_last_deferral_is_a_failure_after_about_two_days() -> None:
    one, at = a_delivery(), NOW
    while one.state is not DeliveryState.FAILED:
        one = one.after(Attempt(at=at, outcome=Outcome.DEFERRED, reply="451 later"))
        at = one.not_before or at
    assert one.attempts == MOST_ATTEMPTS
    assert one.not_before is None
    assert 36 * HOUR < at - NOW < 58 * HOUR


@given(st.sampled_from(Outcome), st.text(max_size=100), st.integers(0, 40), st.sampled_from(InDoubt))
def test_a_delivery_has_ended_or_says_when_it_is_tried_again(
    outcome: Outcome, reply: str, tries: int, in_doubt: InDoubt
) -> None:
    after = a_delivery(tries).after(an_attempt(outcome, reply), in_doubt)
    assert after.attempts == tries + 1
    if after.state is DeliveryState.QUEUED:
        assert after.not_before is not None
        assert after.not_before > NOW
    else:
        assert after.state in FINAL | {DeliveryState.UNKNOWN}
        assert after.not_before is None


def test_a_compilation_goes_to_the_e_reader() -> None:
    values = {"id": 1, "mailing": 1, "subscriber": Subscriber(id=42, address="ana@example.org")}
    for format, device, recipient in (
        (SubscriptionFormat.COMPILATION, "ana@ereader.example", "ana@ereader.example"),
        (SubscriptionFormat.COMPILATION, "", "ana@example.org"),
        (SubscriptionFormat.DIGEST, "ana@ereader.example", "ana@example.org"),
    ):
        one = Delivery(**values, format=format, state=DeliveryState.QUEUED, device=device)  # type: ignore[arg-type]
        assert one.recipient == recipient


def a_mailing(failed: int, accepted: int, forgiven: int = 0) -> Mailing:
    counts = {DeliveryState.FAILED: failed, DeliveryState.ACCEPTED: accepted, DeliveryState.QUEUED: 10_000}
    return Mailing(
        id=1, list="weekly", issue="weekly/001", state=MailingState.SENDING, counts=counts, forgiven=forgiven
    )


@pytest.mark.parametrize(
    ("failed", "accepted", "forgiven", "ails"),
    [
        (0, 0, 0, False),
        (LEAST_FAILURES - 1, 0, 0, False),
        (LEAST_FAILURES, 0, 0, True),
        (10, 190, 0, True),
        (10, 191, 0, False),
        (50, 950, 0, True),
        (50, 950, 45, False),
        (60, 950, 45, False),
        (100, 950, 45, True),
    ],
)
def test_a_mailing_ails_when_five_in_a_hundred_failed_since_somebody_looked(
    failed: int, accepted: int, forgiven: int, ails: bool
) -> None:
    assert ailing(a_mailing(failed, accepted, forgiven)) is ails


def test_unknown_is_not_an_end() -> None:
    counts = dict.fromkeys(DeliveryState, 1)
    mailing = Mailing(id=1, list="weekly", issue="weekly/001", state=MailingState.SENDING, counts=counts)
    assert mailing.left == len(DeliveryState) - len(FINAL) == 4


def test_message_ids_are_made_of_the_issue_the_subscriber_and_the_manifest() -> None:
    before, behind = message_id_ends(
        issue="weekly/001", manifest_sha256="8c1d0a4e" + "0" * 56, sender="La Semaine <brief@Bücher.example>"
    )
    assert f"{before}42{behind}" == "<weekly.001.42.8c1d0a4e@xn--bcher-kva.example>"
