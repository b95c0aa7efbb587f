"""The alarm: the wall times of each kind of rule against independent libraries, and the rings of a real loop."""

import re
import subprocess
import sys
import threading
import time as clock
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, takewhile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim, CronSimError
from dateutil import rrule, tz
from hypothesis import given, settings
from hypothesis import strategies as st
from zones import ZONES, wall, zone_files

import briefpub
from briefpub.alarm import Alarm, walls
from briefpub.domain.errors import ConfigError
from briefpub.domain.recurrence import DAYS, NTHS, Cron, Monthly, Recurring, Rule, Weekly
from briefpub.domain.walls import instant

BEGIN, END = wall("2025-01-01"), wall("2028-12-31 23:59")
TIMES = st.builds(time, st.integers(0, 23), st.integers(0, 59))
SOME_DAYS = st.lists(st.sampled_from(DAYS), min_size=1, max_size=7, unique=True).map(
    lambda days: tuple(day for day in DAYS if day in days)
)
WEEKDAYS = dict(
    zip(DAYS, (rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA, rrule.SU), strict=True)
)

# Four years of each are many; a thorough profile looks at more.
FEW = settings(max_examples=max(10, settings().max_examples // 5))


@pytest.fixture(autouse=True, scope="module")
def _pinned_zones() -> Iterator[None]:
    with zone_files():
        yield


def four_years(rule: Rule, start: date = date(2025, 1, 1)) -> list[datetime]:
    found = walls(rule, after=BEGIN - timedelta(minutes=1), start=start)
    return list(takewhile(lambda each: each <= END, found))


# --- wall times ------------------------------------------------------------------------------


def test_wall_times_are_later_than_the_one_before():
    rule = Weekly(days=("sun",), at=time(2, 30))
    sunday = wall("2026-11-29 02:30")
    assert next(walls(rule, after=sunday - timedelta(minutes=1), start=sunday.date())) == sunday
    assert next(walls(rule, after=sunday, start=sunday.date())) == sunday + timedelta(days=7)


@FEW
@given(SOME_DAYS, TIMES, st.integers(1, 5), st.dates(date(2022, 1, 1), date(2025, 1, 1)))
def test_weeks_are_those_of_dateutil(days, at, every, start):
    monday = start - timedelta(days=start.weekday())
    wanted = rrule.rrule(
        rrule.WEEKLY,
        interval=every,
        wkst=rrule.MO,
        byweekday=[WEEKDAYS[day] for day in days],
        dtstart=datetime.combine(monday, at),
    ).between(BEGIN, END, inc=True)
    assert four_years(Weekly(days=days, at=at, every=every), start) == wanted


def _by_dateutil(day: str, at: time) -> rrule.rrule:
    options = {"dtstart": datetime.combine(BEGIN.date(), at)}
    if day == "last":
        return rrule.rrule(rrule.MONTHLY, bymonthday=-1, **options)
    if day.isdigit():
        return rrule.rrule(rrule.MONTHLY, bymonthday=int(day), **options)
    nth, name = day.split(" ")
    position = -1 if nth == "last" else NTHS.index(nth) + 1
    return rrule.rrule(rrule.MONTHLY, byweekday=WEEKDAYS[name](position), **options)


MONTH_DAYS = st.one_of(
    st.just("last"),
    st.integers(1, 31).map(str),
    st.tuples(st.sampled_from(NTHS), st.sampled_from(DAYS)).map(" ".join),
)


@given(MONTH_DAYS, TIMES)
def test_days_of_a_month_are_those_of_dateutil(day, at):
    wanted = _by_dateutil(day, at).between(BEGIN, END, inc=True)
    assert four_years(Monthly(day=day, at=at)) == wanted


@FEW
@given(
    st.sampled_from(["*", "1", "15", "31", "L", "1,15", "10-20/3", "*/10"]),
    st.sampled_from(["*", "2", "jan,jul", "2-12/2"]),
    st.sampled_from(["*", "sun", "1-5", "0,3", "7", "*/2", "5L", "5#2", "mon,5#5"]),
    TIMES,
)
def test_cron_lines_are_those_of_cronsim(days, months, weekdays, at):
    line = f"{at.minute} {at.hour} {days} {months} {weekdays}"
    try:
        found = four_years(Cron(line=line))
    except ConfigError:
        found = []
    try:
        simulated = list(takewhile(lambda each: each <= END, CronSim(line, BEGIN - timedelta(minutes=1))))
    except CronSimError:
        simulated = []
    assert found == simulated


@given(st.sampled_from(["*/7", "0", "5,35", "0-59/11"]), st.sampled_from(["*", "6-9", "22,23", "*/5"]))
def test_times_of_a_cron_line_are_those_of_cronsim(minutes, hours):
    line = f"{minutes} {hours} 27-31 3 *"
    found = walls(Cron(line=line), after=BEGIN, start=BEGIN.date())
    assert list(islice(found, 300)) == list(islice(CronSim(line, BEGIN), 300))


@pytest.mark.parametrize("zone", ZONES)
def test_instants_of_four_years_are_those_of_dateutil(zone):
    """Another library, other code for gaps and repeated hours: each half hour of the days when clocks change."""
    there, ours = tz.gettz(zone), ZoneInfo(zone)
    assert there is not None
    days = [BEGIN + timedelta(days=number) for number in range(4 * 365 + 1)]
    changing = [
        day
        for day in days
        if day.replace(tzinfo=ours).utcoffset() != (day + timedelta(days=1)).replace(tzinfo=ours).utcoffset()
    ]
    for day in [days[100], *changing]:
        for half in range(-2, 52):
            each = day + timedelta(minutes=30 * half)
            wanted = tz.resolve_imaginary(each.replace(tzinfo=there)).astimezone(UTC)
            assert instant(each, zone) == wanted, each


@FEW
@given(st.sampled_from(ZONES), SOME_DAYS, TIMES)
def test_a_schedule_in_any_zone_comes_once_a_planned_day_and_in_order(zone, days, at):
    found = four_years(Weekly(days=days, at=at))
    instants = [instant(each, zone) for each in found]
    there = tz.gettz(zone)
    assert instants == [tz.resolve_imaginary(each.replace(tzinfo=there)).astimezone(UTC) for each in found]
    assert instants == sorted(set(instants))


def test_a_recurrence_rule_comes_at_the_time_of_its_schedule():
    rule = Recurring(text="FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", at=time(17, 0))
    assert list(islice(walls(rule, after=wall("2026-11-28"), start=date(2026, 11, 1)), 2)) == [
        wall("2026-11-30 17:00"),
        wall("2026-12-31 17:00"),
    ]


@pytest.mark.parametrize(
    "rule",
    [
        Cron(line="0 0 31 2 *"),
        Cron(line="0 0 * *"),
        Recurring(text="FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31", at=time(7)),
        Recurring(text="FREQ=HOURLY", at=time(7)),
        Monthly(day="32", at=time(7)),
        Monthly(day="2nd", at=time(7)),
    ],
    ids=str,
)
def test_a_rule_that_never_comes_or_cannot_be_read_is_refused_at_once(rule):
    with pytest.raises(ConfigError):
        walls(rule, after=BEGIN, start=BEGIN.date())


def test_a_rule_ends_where_it_says():
    rule = Recurring(text="FREQ=DAILY;COUNT=3", at=time(7))
    assert len(list(walls(rule, after=BEGIN, start=BEGIN.date()))) == 3
    assert list(walls(rule, after=END, start=BEGIN.date())) == []


def test_the_last_years_there_are_end_it_too():
    found = walls(Weekly(days=("sun",), at=time(7)), after=wall("9998-12-01"), start=date(2026, 1, 1))
    assert len(list(found)) == 4


# --- rings -----------------------------------------------------------------------------------

SHORT = timedelta(milliseconds=50)
NEVER = timedelta(hours=1)
PATIENCE = 5.0


class Rung:
    """Counts rings, lets a test wait for them, and makes them fail or take long."""

    def __init__(self) -> None:
        self.count = 0
        self.errors: list[Exception] = []
        self.due: datetime | None = None
        self.begun = threading.Semaphore(0)
        self.hold: threading.Event | None = None
        self.fails: Exception | None = None

    def ring(self) -> None:
        self.count += 1
        self.begun.release()
        if self.hold is not None:
            assert self.hold.wait(PATIENCE)
        if self.fails is not None:
            raise self.fails

    def came(self, times: int = 1) -> bool:
        return all(self.begun.acquire(timeout=PATIENCE) for _ in range(times))

    def silent(self, seconds: float = 0.15) -> bool:
        return not self.begun.acquire(timeout=seconds)


Winding = Callable[..., Alarm]


def now() -> datetime:
    return datetime.fromtimestamp(clock.clock_gettime(clock.CLOCK_REALTIME), UTC)


@pytest.fixture
def rung() -> Rung:
    return Rung()


@pytest.fixture
def wound(rung: Rung) -> Iterator[Winding]:
    alarms: list[Alarm] = []

    def wind(every: timedelta = NEVER, *, now: Callable[[], datetime] = now) -> Alarm:
        alarm = Alarm(
            next_due=lambda: rung.due, ring=rung.ring, now=now, on_error=rung.errors.append, every=every
        )
        alarms.append(alarm)
        alarm.start()
        return alarm

    yield wind
    if rung.hold is not None:
        rung.hold.set()
    for alarm in alarms:
        alarm.stop()


def test_it_rings_at_once_and_then_every_while(rung, wound):
    wound(SHORT)
    assert rung.came(4)
    assert not rung.errors


def test_it_rings_when_something_is_due(rung, wound):
    rung.due = now() + timedelta(milliseconds=200)
    wound()
    assert rung.came(2)
    assert now() >= rung.due
    assert rung.silent(), "what is past rings no more"


def test_what_is_due_is_told_on_our_clock(rung, wound):
    """Ours may differ from the machine's: one that is virtual, or corrected."""
    rung.due = wall("2001-01-01").replace(tzinfo=UTC) + timedelta(milliseconds=100)
    wound(now=lambda: wall("2001-01-01").replace(tzinfo=UTC))
    assert rung.came(3)


def test_it_wakes_when_something_changed(rung, wound):
    alarm = wound()
    assert rung.came()
    assert rung.silent()
    alarm.wake()
    assert rung.came()
    assert rung.silent(), "once"


def test_a_ring_that_changes_what_is_due_is_followed_by_another_look(rung, wound):
    rung.hold = threading.Event()
    wound()
    assert rung.came()
    rung.due = now() + timedelta(milliseconds=150)
    rung.hold.set()
    assert rung.came()


def test_waking_while_a_ring_is_answered_is_not_lost(rung, wound):
    rung.hold = threading.Event()
    alarm = wound()
    assert rung.came()
    for _ in range(5):
        alarm.wake()
    assert rung.silent(), "one at a time"
    rung.hold.set()
    assert rung.came()
    assert rung.silent(), "five that came meanwhile are one"


def test_what_comes_due_while_a_ring_is_answered_is_not_lost(rung, wound):
    rung.hold = threading.Event()
    rung.due = now() + timedelta(milliseconds=100)
    wound()
    assert rung.came()
    clock.sleep(0.2)
    assert rung.count == 1
    rung.hold.set()
    assert rung.came()


def test_waking_at_any_moment_is_not_lost():
    """Rings that last no time, woken at each moment of theirs: after the last wake there is always a ring."""
    answered = threading.Event()
    woken = [0]
    seen = [0]

    def ring() -> None:
        seen[0] = woken[0]
        if seen[0] == 300:
            answered.set()

    alarm = Alarm(next_due=lambda: None, ring=ring, now=now, on_error=lambda _error: None, every=NEVER)
    alarm.start()
    for number in range(1, 301):
        woken[0] = number
        alarm.wake()
        clock.sleep(0.0003 * (number % 5))
    assert answered.wait(PATIENCE)
    alarm.stop()


def test_a_ring_that_fails_is_told_and_the_next_one_comes(rung, wound):
    rung.fails = OSError("the disk is full")
    wound(SHORT)
    assert rung.came(3)
    assert str(rung.errors[0]) == "the disk is full"


def test_when_it_cannot_be_known_what_is_due_it_rings_every_while(rung):
    def lost() -> datetime:
        raise OSError("no database")

    alarm = Alarm(next_due=lost, ring=rung.ring, now=now, on_error=rung.errors.append, every=SHORT)
    alarm.start()
    assert rung.came(4)
    alarm.stop()
    assert str(rung.errors[0]) == "no database"


def test_it_does_not_oversleep_when_the_machine_s_clock_is_set_back(rung, wound):
    alarm = wound(SHORT)
    assert rung.came(2)
    scheduler = alarm._scheduler
    # As if the clock had shown two hours more when the next ring was reckoned.
    scheduler.get_job("ring").modify(next_run_time=now() + timedelta(hours=2))
    assert rung.came(4)


def test_stopping_waits_for_the_ring_that_is_answered(rung, wound):
    rung.hold = threading.Event()
    alarm = wound(SHORT)
    assert rung.came()
    threading.Timer(0.1, rung.hold.set).start()
    alarm.stop()
    assert rung.hold.is_set()
    count = rung.count
    alarm.stop()
    alarm.wake()
    assert rung.silent()
    assert rung.count == count


def test_stopping_need_not_wait(rung, wound):
    rung.hold = threading.Event()
    alarm = wound()
    assert rung.came()
    begun = clock.monotonic()
    alarm.stop(wait=False)
    assert clock.monotonic() - begun < PATIENCE / 2
    assert not rung.hold.is_set()


def test_stopping_and_ringing_at_once_do_not_wait_for_each_other():
    for number in range(20):
        alarm = Alarm(
            next_due=lambda: None, ring=lambda: None, now=now, on_error=lambda _error: None, every=SHORT / 50
        )
        alarm.start()
        clock.sleep(0.001 * (number % 4))
        ended = threading.Thread(target=alarm.stop)
        ended.start()
        ended.join(PATIENCE)
        assert not ended.is_alive()


def test_an_alarm_that_was_never_wound_can_be_woken_and_stopped(rung):
    alarm = Alarm(next_due=lambda: None, ring=rung.ring, now=now, on_error=rung.errors.append)
    alarm.wake()
    alarm.stop()
    assert rung.count == 0


# --- what is forbidden -----------------------------------------------------------------------


def test_nothing_is_kept_and_nothing_is_dropped_for_being_late(wound):
    """APScheduler's stores doubled most runs when two processes shared one, and its grace dropped late ones."""
    from apscheduler.jobstores.memory import MemoryJobStore

    scheduler = wound()._scheduler
    assert [type(store) for store in scheduler._jobstores.values()] == [MemoryJobStore]
    (job,) = scheduler.get_jobs()
    assert (job.misfire_grace_time, job.coalesce, job.max_instances) == (None, True, 1)


def test_no_other_store_of_apscheduler_is_named_anywhere():
    root = Path(briefpub.__file__).parent
    named = set()
    for file in root.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        named |= set(re.findall(r"apscheduler\.jobstores\.(\w+)", text))
        assert not re.search(r"add_jobstore|misfire_grace_time\"?\s*[:=]\s*[0-9]", text), file
    assert named == {"base", "memory"}


def test_whoever_only_imports_the_alarm_pays_little():
    """`briefpub --help` and the letterbox import it and never ring."""
    code = "import sys, briefpub.alarm; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"apscheduler", "icalendar", "dateutil", "tzlocal"} & set(ran.stdout.split())
