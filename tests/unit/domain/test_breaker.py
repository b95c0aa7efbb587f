import datetime as dt

import pytest
from builders import NOW
from hypothesis import example, given
from hypothesis import strategies as st

from briefpub.domain.breaker import UNPROVEN, after_refusal, after_success, after_trouble, reopened
from briefpub.domain.delivery import Trouble, TroubleKind
from briefpub.domain.flow import LONGEST_REST, OPENS_AT, PROBE_EVERY, SKEW, SiteRules, SiteState, take
from briefpub.domain.replies import Blame, Outcome, verdict

FRESH = SiteState(site="gmail")
SECOND = dt.timedelta(seconds=1)
POLICY = "550 5.7.1 our system has detected that this message is suspicious"


def a_trouble(kind: TroubleKind = TroubleKind.UNREACHABLE, message: str = "421 4.3.2 later") -> Trouble:
    return Trouble(site="gmail", kind=kind, message=message)


def failing(times: int, kind: TroubleKind = TroubleKind.UNREACHABLE) -> tuple[SiteState, list[dt.timedelta]]:
    """Give the state after so many failures, each as soon as the site may be tried, and the rests."""
    state, at, rests = FRESH, NOW, list[dt.timedelta]()
    for _ in range(times):
        state = after_trouble(state, a_trouble(kind), now=at)
        assert state.closed_until is not None
        rests.append(state.closed_until - at)
        at = state.closed_until
    return state, rests


def test_a_failing_site_rests_for_seconds_then_for_minutes_then_for_an_hour() -> None:
    state, rests = failing(12)
    seconds = [rest.total_seconds() for rest in rests]
    for each, wanted in zip(
        seconds, [1, 5, *(min(60 * 2**number, 3600) for number in range(10))], strict=True
    ):
        assert 0.8 <= each / wanted <= 1.2
    assert state.failures == 12
    assert state.half_open
    assert not state.stopped


def test_what_several_connections_tell_at_once_counts_once() -> None:
    state = after_trouble(FRESH, a_trouble(), now=NOW)
    assert after_trouble(state, a_trouble(), now=NOW + dt.timedelta(seconds=0.5)) == state


def test_a_message_that_was_taken_ends_all_trouble() -> None:
    state, _ = failing(7)
    assert after_success(state) == FRESH
    assert after_success(FRESH) == FRESH


def test_the_third_refused_login_stops_the_site() -> None:
    state, rests = failing(2, TroubleKind.LOGIN)
    assert all(0.8 * SECOND < rest < 6 * SECOND for rest in rests)
    assert state.closed_until
    said = "535 5.7.8 Username and Password not accepted"
    state = after_trouble(state, a_trouble(TroubleKind.LOGIN, said), now=state.closed_until)
    assert not state.open(NOW + dt.timedelta(days=400))
    assert said in state.stopped
    assert "gmail refused our login 3 times" in state.stopped
    assert "briefpub outbox resume" in state.stopped


def test_three_policy_refusals_in_a_row_stop_the_site_and_drop_nobody() -> None:
    state = FRESH
    for _ in range(2):
        state = after_refusal(state, POLICY, now=NOW)
        assert state.open(NOW)
    state = after_refusal(state, POLICY, now=NOW)
    assert "3 messages in a row" in state.stopped
    assert POLICY in state.stopped
    assert "briefpub doctor --domain" in state.stopped
    assert "briefpub outbox resume" in state.stopped
    assert not state.open(NOW)


def test_an_accepted_message_between_breaks_the_row() -> None:
    state = FRESH
    for _ in range(10):
        state = after_refusal(after_refusal(state, POLICY, now=NOW), POLICY, now=NOW)
        state = after_success(state)
    assert state == FRESH


@pytest.mark.parametrize("status", sorted(UNPROVEN))
def test_mail_that_is_not_proven_to_be_ours_stops_the_site_at_once(status: str) -> None:
    reply = f"550 {status} not authenticated"
    assert verdict(Outcome.FAILED, reply).blame is Blame.US
    state = after_refusal(FRESH, reply, now=NOW)
    assert reply in state.stopped
    assert "briefpub doctor --domain" in state.stopped


def test_a_stop_is_a_persons_to_lift() -> None:
    state = after_refusal(FRESH, "550 5.7.26 unauthenticated", now=NOW)
    assert after_success(state).stopped == state.stopped
    assert after_trouble(state, a_trouble(), now=NOW) == state
    assert after_refusal(state, POLICY, now=NOW) == state
    assert reopened(state) == FRESH


def test_a_greeting_that_refuses_us_is_a_refusal() -> None:
    said = "554 5.7.1 Service unavailable; client host blocked using zen"
    state, at = FRESH, NOW
    for _ in range(3):
        state = after_trouble(state, a_trouble(TroubleKind.REFUSED, said), now=at)
        at = state.closed_until or at
    assert said in state.stopped
    banned = after_trouble(FRESH, a_trouble(TroubleKind.REFUSED, "gmail said: 550 5.7.25 no PTR"), now=NOW)
    assert banned.stopped


def test_a_reason_is_one_short_line() -> None:
    state = after_refusal(FRESH, "550-5.7.26 one\r\n550 5.7.26 two " + "x" * 5000, now=NOW)
    assert "\n" not in state.stopped
    assert len(state.stopped) < 600


def test_waits_of_different_sites_do_not_end_at_once() -> None:
    ends = set()
    for number in range(50):
        state = SiteState(site=f"{number}.example", failures=OPENS_AT - 1)
        trouble = Trouble(site=state.site, kind=TroubleKind.BUSY, message="421")
        ends.add(after_trouble(state, trouble, now=NOW).closed_until)
    assert len(ends) == 50


STEPS = st.lists(
    st.tuples(
        st.sampled_from([*TroubleKind, "success", "policy", "unproven", "take", "reopen"]),
        st.integers(-7200, 7200),
    ),
    max_size=60,
)


@given(STEPS)
@example(
    [
        (TroubleKind.UNREACHABLE, 0),
        (TroubleKind.UNREACHABLE, 1),
        (TroubleKind.UNREACHABLE, 5),
        ("take", 58),
        (TroubleKind.UNREACHABLE, -5396),
    ]
)
def test_a_site_is_never_closed_for_ever_unless_it_was_stopped(steps: list[tuple[object, int]]) -> None:
    state, at = FRESH, NOW
    for step, seconds in steps:
        at += dt.timedelta(seconds=seconds)
        was_stopped = state.stopped
        match step:
            case TroubleKind():
                state = after_trouble(state, a_trouble(step), now=at)
            case "success":
                state = after_success(state)
            case "policy":
                state = after_refusal(state, POLICY, now=at)
            case "unproven":
                state = after_refusal(state, "550 5.7.26 unauthenticated", now=at)
            case "take":
                _, state = take(state, SiteRules(), 3, now=at)
            case _:
                state = reopened(state)
        if was_stopped:
            assert state.stopped or step == "reopen"
        if state.stopped or state.open(at):  # an end too far off comes from a clock that was wrong
            continue
        later = at + 1.2 * LONGEST_REST + SKEW
        grant, _ = take(state, SiteRules(), 3, now=later)
        assert grant.count or (grant.ready_at and grant.ready_at <= later + SKEW + PROBE_EVERY)
