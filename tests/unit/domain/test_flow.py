import datetime as dt
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from builders import NOW
from hypothesis import example, given
from hypothesis import strategies as st

from briefpub.domain.errors import ConfigError
from briefpub.domain.flow import (
    OPENS_AT,
    PRESETS,
    PROBE_EVERY,
    SKEW,
    FlowPlan,
    Quiet,
    SiteRules,
    SiteState,
    quiet_of,
    quiet_until,
    rate_of,
    site_of,
    take,
)
from briefpub.domain.providers import PROVIDERS

SECOND = dt.timedelta(seconds=1)
MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
FRESH = SiteState(site="example.org")


# --- rates ---------------------------------------------------------------------------------------


def test_no_limit_is_no_limit() -> None:
    grant, after = take(FRESH, SiteRules(), 1_000_000, now=NOW)
    assert (grant.count, grant.ready_at, after) == (1_000_000, None, FRESH)


@pytest.mark.parametrize("wanted", [0, -1])
def test_nothing_wanted_takes_nothing(wanted: int) -> None:
    grant, after = take(FRESH, SiteRules(rate=1), wanted, now=NOW, cap=10)
    assert (grant.count, after) == (0, FRESH)


def test_a_burst_goes_at_once_and_then_one_at_a_time() -> None:
    rules = SiteRules(rate=1, burst=3)
    grant, state = take(FRESH, rules, 10, now=NOW)
    assert grant.count == 3
    assert grant.ready_at == NOW + SECOND
    grant, state = take(state, rules, 10, now=NOW + SECOND)
    assert grant.count == 1
    grant, state = take(state, rules, 2, now=NOW + 60 * SECOND)
    assert (grant.count, grant.ready_at) == (2, None)


def test_where_many_go_in_a_second_a_second_is_waited_for() -> None:
    rules = SiteRules(rate=100, burst=50)
    grant, state = take(FRESH, rules, 1000, now=NOW)
    assert grant.ready_at == NOW + SECOND / 2
    grant, _ = take(state, rules, 1000, now=grant.ready_at)
    assert grant.count == 50


RATES = st.floats(min_value=1 / 86_400, max_value=10_000)
GAPS = st.lists(st.tuples(st.integers(0, 120_000_000), st.integers(1, 200)), min_size=1, max_size=40)


@given(RATES, st.integers(1, 300), GAPS)
@example(3.0, 1, [(333_333, 1)] * 9)
def test_no_window_sees_more_than_the_burst_and_its_rate(
    rate: float, burst: int, gaps: list[tuple[int, int]]
) -> None:
    rules, state, at = SiteRules(rate=rate, burst=burst), FRESH, NOW
    granted: list[tuple[dt.datetime, int]] = []
    for gap, wanted in gaps:
        at += dt.timedelta(microseconds=gap)
        grant, state = take(state, rules, wanted, now=at)
        assert 0 <= grant.count <= wanted
        assert (grant.ready_at is None) == (grant.count == wanted)
        assert grant.ready_at is None or grant.ready_at > at
        granted.append((at, grant.count))
    for first in range(len(granted)):
        total = 0
        for at, count in granted[first:]:
            total += count
            seconds = Fraction((at - granted[first][0]) // dt.timedelta(microseconds=1), 1_000_000)
            assert total <= burst + Fraction(rate) * seconds


@given(RATES, st.integers(1, 300), st.integers(1, 400))
def test_what_was_promised_is_there_when_it_was_promised(rate: float, burst: int, wanted: int) -> None:
    rules, state, at, got = SiteRules(rate=rate, burst=burst), FRESH, NOW, 0
    for _ in range(5):
        grant, state = take(state, rules, wanted - got, now=at)
        got += grant.count
        if grant.ready_at is None:
            break
        at = grant.ready_at
        again, _ = take(state, rules, 1, now=at)
        assert again.count == 1


@given(RATES, st.integers(1, 300), st.integers(-10 * 86_400, 10 * 86_400), st.integers(1, 500))
def test_no_jump_of_the_clock_makes_anybody_wait_longer_than_a_full_bucket_and_a_minute(
    rate: float, burst: int, jump: int, wanted: int
) -> None:
    rules = SiteRules(rate=rate, burst=burst)
    _, state = take(FRESH, rules, wanted, now=NOW)
    at = NOW + jump * SECOND
    grant, state = take(state, rules, wanted, now=at)
    longest = dt.timedelta(seconds=burst / rate) + SKEW + SECOND
    assert grant.ready_at is None or at < grant.ready_at <= at + longest
    assert state.tat is not None
    assert state.tat <= at + longest


def test_a_machine_whose_clock_is_behind_gives_nothing_back_to_the_others() -> None:
    rules, state, total = SiteRules(rate=1, burst=5), FRESH, 0
    for second in range(20):
        for behind in (0, 30):
            grant, state = take(state, rules, 9, now=NOW + (second - behind) * SECOND)
            total += grant.count
    assert total == 5 + 19


# --- the day's cap -------------------------------------------------------------------------------


def test_a_cap_holds_for_the_day() -> None:
    grant, state = take(FRESH, SiteRules(), 150, now=NOW, cap=200)
    assert (grant.count, state.sent, state.day) == (150, 150, NOW.date())
    grant, state = take(state, SiteRules(), 150, now=NOW + HOUR, cap=200)
    tomorrow = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    assert (grant.count, grant.ready_at, state.sent) == (50, tomorrow, 200)
    grant, state = take(state, SiteRules(), 150, now=tomorrow, cap=230)
    assert (grant.count, state.sent, state.day) == (150, 150, tomorrow.date())


def test_a_clock_that_jumps_back_over_midnight_opens_no_new_day() -> None:
    midnight = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    _, state = take(FRESH, SiteRules(), 200, now=midnight, cap=200)
    grant, state = take(state, SiteRules(), 1, now=midnight - HOUR, cap=200)
    assert grant.count == 0
    assert grant.ready_at == midnight + DAY
    # A day that is far off comes from a clock that was wrong: it is not counted for ever.
    grant, _ = take(state, SiteRules(), 1, now=midnight - 5 * DAY, cap=200)
    assert grant.count == 1


@given(st.integers(0, 500), st.lists(st.integers(1, 200), max_size=20), st.sampled_from([None, 0.5, 20.0]))
def test_a_cap_is_never_exceeded(cap: int, wanted: list[int], rate: float | None) -> None:
    state, total = FRESH, 0
    for number, each in enumerate(wanted):
        grant, state = take(state, SiteRules(rate=rate), each, now=NOW + number * MINUTE, cap=cap)
        total += grant.count
        assert grant.count == each or grant.ready_at is not None
    assert total <= cap


def test_a_plan_caps_while_the_sender_warms_up() -> None:
    plan = FlowPlan(warm_up_from=NOW.date(), sites={"gmail": SiteRules(connections=1)})
    assert plan.cap(NOW) == 200
    assert plan.cap(NOW + 42 * DAY) is None
    assert FlowPlan().cap(NOW) is None
    assert plan.rules("gmail").connections == 1
    assert plan.rules("example.org") == SiteRules()


# --- sites that are not well ---------------------------------------------------------------------


def test_a_closed_site_gets_nothing_until_it_opens() -> None:
    state = SiteState(site="example.org", failures=1, closed_until=NOW + MINUTE)
    grant, after = take(state, SiteRules(), 5, now=NOW)
    assert (grant.count, grant.ready_at, after) == (0, NOW + MINUTE, state)
    assert take(state, SiteRules(), 5, now=NOW + MINUTE)[0].count == 5


def test_a_stopped_site_gets_nothing_and_no_promise() -> None:
    grant, _ = take(SiteState(site="example.org", stopped="mend it"), SiteRules(), 5, now=NOW)
    assert (grant.count, grant.ready_at) == (0, None)


def test_a_half_open_site_gets_one_message_at_a_time() -> None:
    state = SiteState(site="example.org", failures=OPENS_AT, closed_until=NOW)
    grant, state = take(state, SiteRules(rate=100, burst=100), 50, now=NOW)
    assert (grant.count, grant.ready_at) == (1, NOW + PROBE_EVERY)
    assert take(state, SiteRules(), 50, now=NOW + SECOND)[0].count == 0
    assert take(state, SiteRules(), 50, now=NOW + PROBE_EVERY)[0].count == 1


@pytest.mark.parametrize(
    ("failures", "longest"), [(1, SECOND), (2, 5 * SECOND), (3, MINUTE), (9, HOUR), (10**9, HOUR)]
)
def test_a_rest_that_a_wrong_clock_made_too_long_is_none(failures: int, longest: dt.timedelta) -> None:
    state = SiteState(site="example.org", failures=failures, closed_until=NOW + HOUR)
    assert not state.open(NOW + HOUR - longest)
    assert state.open(NOW - longest - MINUTE)
    assert state.open(NOW + HOUR)


# --- names and settings --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("ana@gmail.com", "gmail"),
        ("ana@GMail.COM", "gmail"),
        ("ana@googlemail.com", "gmail"),
        ("ana@hotmail.fr", "microsoft"),
        ("ana@wanadoo.fr", "orange"),
        ("ana@neuf.fr", "sfr"),
        ("ana@laposte.net", "laposte"),
        ("ana@example.org", "example.org"),
        ("ana@Bücher.example", "xn--bcher-kva.example"),
        ("ana@xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("ana@mail.gmail.com", "mail.gmail.com"),
        ("ana@a..b", "a..b"),
        ("nobody", "nobody"),
        ("", ""),
    ],
)
def test_an_address_has_a_site(address: str, site: str) -> None:
    assert site_of(address) == site


@given(st.text(max_size=100))
def test_every_text_has_a_site(text: str) -> None:
    assert isinstance(site_of(text), str)


def test_every_provider_has_a_preset_and_every_domain_one_provider() -> None:
    assert PRESETS.keys() == PROVIDERS.keys()
    domains = [domain for each in PROVIDERS.values() for domain in each]
    assert len(domains) == len(set(domains))
    assert all("." not in name for name in PROVIDERS)
    assert (PRESETS["orange"].connections, PRESETS["orange"].messages_per_connection) == (2, 100)


@given(st.integers(1, 999_999_999), st.sampled_from(["second", "minute", "hour", "day"]))
def test_a_rate_is_kept_in_every_period_wherever_it_begins(most: int, period: str) -> None:
    rate, burst = rate_of(f"{most}/{period}")
    seconds = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}[period]
    # The last moment of a period is not in it: one message less than GCRA lets through up to and with it.
    assert burst + rate * seconds <= (most + 1) * (1 + 1e-9)
    assert rate * seconds >= 0.9 * most
    assert 1 <= burst <= 100


@pytest.mark.parametrize("text", ["", "300", "0/hour", "300/week", "-1/hour", "1.5/hour", "300/hour\n"])
def test_refuses_what_is_no_rate(text: str) -> None:
    with pytest.raises(ConfigError):
        rate_of(text)


def test_reads_quiet_hours() -> None:
    assert quiet_of("22:00-07:30", "Europe/Paris") == Quiet(
        begins=dt.time(22), ends=dt.time(7, 30), timezone="Europe/Paris"
    )
    for text in ("", "22-7", "24:00-07:00", "22:00-07:60", "22:00-07:00 "):
        with pytest.raises(ConfigError):
            quiet_of(text, "UTC")


# --- quiet hours ---------------------------------------------------------------------------------


def paris(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Paris"))


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        ("22:00-07:00", "2026-11-22T21:59:59", None),
        ("22:00-07:00", "2026-11-22T22:00", "2026-11-23T07:00"),
        ("22:00-07:00", "2026-11-23T06:59:59.5", "2026-11-23T07:00"),
        ("22:00-07:00", "2026-11-23T07:00", None),
        ("12:00-14:00", "2026-11-22T13:00", "2026-11-22T14:00"),
        ("12:00-12:00", "2026-11-22T12:00", None),
        # The night the clock jumps from 2 to 3: quiet hours that end in the gap end with the jump.
        ("22:00-07:00", "2026-03-28T23:00", "2026-03-29T07:00"),
        ("22:00-02:30", "2026-03-28T23:00", "2026-03-29T03:00"),
        # The night it goes back from 3 to 2: the hour that comes twice is quiet twice.
        ("22:00-07:00", "2026-10-24T23:00", "2026-10-25T07:00"),
        ("22:00-03:00", "2026-10-24T23:00", "2026-10-25T03:00"),
    ],
)
def test_quiet_hours_follow_the_wall_clock(hours: str, now: str, until: str | None) -> None:
    found = quiet_until(quiet_of(hours, "Europe/Paris"), paris(now))
    assert found == (paris(until).astimezone(dt.UTC) if until else None)


ZONES = st.sampled_from(
    ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca",
     "America/St_Johns", "Pacific/Apia", "Asia/Tehran", "UTC", "Africa/Cairo"]
)  # fmt: skip
TIMES = st.integers(0, 1439).map(lambda minute: dt.time(minute // 60, minute % 60))
# The nights around a change of the clock, where mistakes live, and any other minute.
CHANGES = st.sampled_from(
    ["2026-03-28", "2026-10-24", "2026-03-07", "2026-10-31", "2026-04-04", "2026-10-03"]
)
MOMENTS = st.one_of(
    st.builds(
        lambda day, minute: dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC) + minute * MINUTE,
        CHANGES,
        st.integers(0, 3 * 1440),
    ),
    st.integers(0, 12 * 366 * 1440).map(lambda minute: NOW + minute * MINUTE),
)


@given(TIMES, TIMES, ZONES, MOMENTS)
def test_quiet_hours_end_where_a_walk_by_minutes_ends(
    begins: dt.time, ends: dt.time, zone: str, now: dt.datetime
) -> None:
    where = ZoneInfo(zone)

    def is_quiet(moment: dt.datetime) -> bool:
        clock = moment.astimezone(where)
        minute, first, last = (one.hour * 60 + one.minute for one in (clock, begins, ends))
        return (minute - first) % 1440 < (last - first) % 1440

    walked = now
    while is_quiet(walked):
        walked += MINUTE
    found = quiet_until(Quiet(begins=begins, ends=ends, timezone=zone), now)
    assert found == (walked if walked != now else None)
