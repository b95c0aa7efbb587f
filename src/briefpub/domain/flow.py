"""How fast a receiving site is mailed, and when it is left alone: rates, warm-up, quiet hours. Pure.

A site is a receiving provider or the smarthost that takes everything. Its rules come from a table of
presets and the settings; its state is a row that all processes share.
"""

import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from math import ceil, floor
from zoneinfo import ZoneInfo

from briefpub.domain.audience import ascii_domain
from briefpub.domain.errors import ConfigError
from briefpub.domain.providers import OF_DOMAIN
from briefpub.domain.warmup import warm_up_cap

# So many failures in a row open a site's circuit breaker; then it is tried with one message at a time.
OPENS_AT = 3
PROBE_EVERY = timedelta(seconds=5)
FIRST_RESTS = (timedelta(seconds=1), timedelta(seconds=5))
REST = timedelta(minutes=1)
LONGEST_REST = timedelta(hours=1)
# The clocks of two machines may differ by this much: the one behind waits, and the rate is kept all the same.
SKEW = timedelta(minutes=1)
MOST_JITTER = 1.2
MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000
PERIODS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
MOST_BURST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRules:
    """What a site is given at most. A rate of None is no limit."""

    connections: int = 4
    messages_per_connection: int = 100
    rate: float | None = None  # messages a second
    burst: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteState:
    """What is known of a site. `tat` is the theoretical arrival time of GCRA, the bucket's one number.

    `stopped` says why a person has to let it go on; until then, or until `closed_until`, nothing goes there.
    """

    site: str
    tat: datetime | None = None
    failures: int = 0
    refusals: int = 0
    logins: int = 0
    closed_until: datetime | None = None
    stopped: str = ""
    day: date | None = None
    sent: int = 0

    def open(self, now: datetime) -> bool:
        """Say whether the site may be tried."""
        return not (self.stopped or self.resting(now))

    def resting(self, now: datetime) -> bool:
        """Say whether the site is closed for a while.

        An end further off than its failures account for comes from a clock that was wrong: it is none.
        """
        longest = MOST_JITTER * rest_after(max(self.failures, self.logins, 1)) + SKEW
        return self.closed_until is not None and now < self.closed_until <= now + longest

    @property
    def half_open(self) -> bool:
        """Say whether the site failed so often that one message has to show whether it takes any."""
        return self.failures >= OPENS_AT

    @property
    def troubled(self) -> bool:
        """Say whether anything went wrong there since a message was last taken."""
        return bool(self.failures or self.refusals or self.logins or self.closed_until or self.stopped)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """How many messages may go now, and when more may where fewer than asked for may.

    Without `ready_at`, fewer are granted because the site was stopped.
    """

    count: int
    ready_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Hours in which nothing is sent, on a list's own wall clock; `begins` may be later than `ends`."""

    begins: time
    ends: time
    timezone: str

    def holds(self, moment: datetime) -> bool:
        """Say whether a moment is in the quiet hours: their beginning is, their end is not."""
        wall = moment.astimezone(ZoneInfo(self.timezone)).time()
        if self.begins <= self.ends:
            return self.begins <= wall < self.ends
        return wall >= self.begins or wall < self.ends


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowPlan:
    """How a publication sends: rules by site, the warm-up's first day, quiet hours."""

    default: SiteRules = SiteRules()
    sites: dict[str, SiteRules] = field(default_factory=dict)
    warm_up_from: date | None = None
    quiet: Quiet | None = None

    def rules(self, site: str) -> SiteRules:
        """Give the rules of a site."""
        return self.sites.get(site, self.default)

    def cap(self, now: datetime) -> int | None:
        """Give how many messages a site may get today (UTC) while the sender warms up, or None."""
        return warm_up_cap(self.warm_up_from, _today(now)) if self.warm_up_from else None


# What a provider is given at most where we go there ourselves, by the names of PROVIDERS. Where a provider
# states no figure, ours are on the careful side: two connections carry more than a newsletter needs.
PRESETS: dict[str, SiteRules] = {
    # 5 connections and 50 messages on each are what KumoMTA ships for Google and for Microsoft.
    "gmail": SiteRules(connections=5, messages_per_connection=50),
    "microsoft": SiteRules(connections=5, messages_per_connection=50),
    # Yahoo's own advice to senders: 20 messages on a connection.
    "yahoo": SiteRules(connections=5, messages_per_connection=20),
    # Orange's postmaster page: 2 connections at once, 100 messages on each; else 421 OFR004_104.
    "orange": SiteRules(connections=2, messages_per_connection=100),
    # No figures are published by these three: half of what Orange allows on a connection.
    "sfr": SiteRules(connections=2, messages_per_connection=50),
    "free": SiteRules(connections=2, messages_per_connection=50),
    "laposte": SiteRules(connections=2, messages_per_connection=50),
    # KumoMTA ships 5 messages on a connection for Apple, and its users 20 for GMX and WEB.DE.
    "apple": SiteRules(connections=4, messages_per_connection=5),
    "gmx": SiteRules(connections=4, messages_per_connection=20),
}


def rest_after(failures: int) -> timedelta:
    """Give how long a site is left alone after so many failures in a row, before jitter."""
    if failures < OPENS_AT:
        return FIRST_RESTS[failures - 1]
    # Past the longest, the doubling is not computed: a site may fail for weeks.
    return min(REST * (1 << min(failures - OPENS_AT, 10)), LONGEST_REST)


def site_of(address: str) -> str:
    """Give the receiving site of an address: the provider's name where it is known, else the domain."""
    domain = address.rpartition("@")[2].lower().rstrip(".")
    with suppress(ConfigError):  # no server can be found for it; its own name keeps it apart from all others
        domain = ascii_domain(domain)
    return OF_DOMAIN.get(domain, domain)


def rate_of(text: str) -> tuple[float, int]:
    """Read `300/hour` as messages a second and how many may go at once.

    What goes at once is taken off the rate, so that no hour, wherever it begins, sees more than 300.
    Raises ConfigError for another form.
    """
    found = re.fullmatch(r"([1-9][0-9]{0,8})/(second|minute|hour|day)", text)
    if not found:
        raise ConfigError(
            f"{text!r} is not a rate", hint="write it as 300/hour: a number, then second, minute, hour or day"
        )
    most = int(found[1])
    burst = min(MOST_BURST, max(1, most // 10))
    return (most - (burst - 1)) / PERIODS[found[2]], burst


def quiet_of(text: str, timezone: str) -> Quiet:
    """Read `22:00-07:00` as quiet hours of a zone (IANA); raise ConfigError for another form."""
    hour = r"((?:[01][0-9]|2[0-3]):[0-5][0-9])"
    found = re.fullmatch(f"{hour}-{hour}", text)
    if not found:
        raise ConfigError(f"{text!r} are not quiet hours", hint="write them as 22:00-07:00")
    return Quiet(begins=time.fromisoformat(found[1]), ends=time.fromisoformat(found[2]), timezone=timezone)


def take(
    state: SiteState, rules: SiteRules, wanted: int, *, now: datetime, cap: int | None = None
) -> tuple[Grant, SiteState]:
    """Take up to `wanted` messages' worth of a site's rate (GCRA) and of today's `cap` (UTC).

    Over any time t no more than `burst + rate * t` are granted, to the last message: `tat` is kept to the
    microsecond and rounded up. A clock that jumped back makes nobody wait for longer than a full bucket and
    a minute.
    A site whose breaker is half open gets one message at a time, whatever its rules.
    """
    if wanted <= 0:
        return Grant(count=0), state
    if not state.open(now):
        return Grant(count=0, ready_at=None if state.stopped else state.closed_until), state
    count, ready_at = wanted, None
    if cap is not None:
        day, sent = _counted(state, _today(now))
        count = max(0, min(wanted, cap - sent))
        if count < wanted:
            ready_at = datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC)
    if state.half_open:
        slow = 1 / PROBE_EVERY.total_seconds()
        rules = replace(rules, rate=min(rules.rate or slow, slow), burst=1)
    if rules.rate is not None and count:
        room = count
        count, wait, tat = _drawn(state.tat, Fraction(rules.rate), max(1, rules.burst), room, now)
        ready_at = now + wait if count < room else ready_at
        state = replace(state, tat=tat)
    if cap is not None:
        state = replace(state, day=day, sent=sent + count)
    return Grant(count=count, ready_at=ready_at), state


def put_back(state: SiteState, rules: SiteRules, unused: int) -> SiteState:
    """Give back what was taken for `unused` messages that were not tried, of the rate and of the day."""
    tat = state.tat
    if tat is not None and rules.rate is not None:
        # Rounded down: what is given back is never more than was taken.
        tat -= floor(unused * (SECOND / Fraction(rules.rate))) * MICROSECOND
    return replace(state, tat=tat, sent=max(0, state.sent - unused))


def quiet_until(quiet: Quiet, now: datetime) -> datetime | None:
    """Give when the quiet hours end in which `now` is, or None where it is in none.

    The wall clock rules: where it jumps over their end, they end with the jump; an hour that comes twice is
    quiet twice.
    """
    if not quiet.holds(now):
        return None
    zone = ZoneInfo(quiet.timezone)
    now = now.astimezone(UTC)
    wall = now.astimezone(zone)
    till = datetime.combine(wall.date(), quiet.ends) - wall.replace(tzinfo=None)
    end = now + till % timedelta(days=1)
    if end.astimezone(zone).utcoffset() == wall.utcoffset():
        return end
    jump = _jump(zone, now, end)
    return quiet_until(quiet, jump) or jump


def _jump(zone: ZoneInfo, before: datetime, behind: datetime) -> datetime:
    """Find the second at which the zone's offset changes between two moments."""
    offset = before.astimezone(zone).utcoffset()
    seconds = int((behind - before).total_seconds()) + 1
    first, before = 0, before.replace(microsecond=0)
    while seconds - first > 1:
        middle = (first + seconds) // 2
        same = (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == offset
        first, seconds = (middle, seconds) if same else (first, middle)
    return before + timedelta(seconds=seconds)


def _today(now: datetime) -> date:
    return now.astimezone(UTC).date()


def _counted(state: SiteState, today: date) -> tuple[date, int]:
    """Give the day that is counted and its count: a clock that jumps back over midnight begins no new one."""
    if state.day is not None and today <= state.day <= today + timedelta(days=1):
        return state.day, state.sent
    return today, 0


def _drawn(
    tat: datetime | None, rate: Fraction, burst: int, wanted: int, now: datetime
) -> tuple[int, timedelta, datetime]:
    """Draw from the bucket; give how many, how long until a good part of the rest may go, and the new tat."""
    each = SECOND / rate
    full = burst * each
    ahead = 0 if tat is None else max(0, (tat - now) // MICROSECOND)
    if ahead > full + SKEW // MICROSECOND:
        ahead = ceil(full)
    count = max(0, min(wanted, floor((full - ahead) / each)))
    ahead += ceil(count * each)
    # One message is not worth a transaction where many go in a second: what a second brings is waited for.
    next_one = ahead + each - full
    rest = ahead + min(wanted - count, burst) * each - full
    wait = max(0, ceil(min(rest, max(next_one, Fraction(SECOND)))))
    return count, wait * MICROSECOND, now + ahead * MICROSECOND
