"""The clock's foreign half, which alone knows APScheduler: finds a rule's wall times, and rings.

APScheduler's triggers reckon here on a clock without zones: given a zone they lose the Monday after a Sunday
of 23 hours, and fire twice in a repeated hour. Of its job stores only the one in memory is used: the others,
shared by two processes, do most work twice, and drop what came while nobody ran.
"""

import heapq
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

from briefpub.domain.cron import CronLine, read_cron
from briefpub.domain.errors import ConfigError
from briefpub.domain.recurrence import NTHS, Cron, Monthly, Once, Recurring, Rule, Weekly

TICK = timedelta(microseconds=1)
EVERY = timedelta(seconds=30)
# APScheduler cannot reckon beyond the last year there is.
END = datetime(9999, 1, 1, tzinfo=UTC)
JOB = "ring"


def walls(rule: Rule, *, after: datetime, start: date) -> Iterator[datetime]:
    """Give the naive wall times of a rule later than `after`, in order; intervals count from `start`.

    Weeks are counted from the Monday on or before `start`. Raises ConfigError for a rule that cannot be read,
    or that never comes; at once, not when the first wall time is asked for.
    """
    match rule:
        case Weekly():
            return _weekly(rule, after, start)
        case Monthly():
            day = _named(rule.day)
            return _fired(after, day=day, hour=rule.at.hour, minute=rule.at.minute)
        case Cron():
            return _by_cron(read_cron(rule.line), after)
        case Recurring():
            from briefpub.render.ical import recurrences

            return recurrences(rule.text, start=datetime.combine(start, rule.at), after=after)
        case Once():
            return iter([rule.wall] if rule.wall > after else [])


class Alarm:
    """Rings: at once when started, whenever `next_due` has come, and every half minute at least.

    Losing a ring is harmless, and so is one too many: whoever is rung for asks the database what is due. That
    is told on a clock that people set, so it is looked at anew every half minute of one that nobody sets. Of
    the rings that would come while one is answered, one follows it.
    """

    def __init__(
        self,
        *,
        next_due: Callable[[], datetime | None],
        ring: Callable[[], None],
        now: Callable[[], datetime],
        on_error: Callable[[Exception], None],
        every: timedelta = EVERY,
    ) -> None:
        """Make an alarm that is not wound yet; `ring` and `next_due` may raise, `on_error` is told."""
        self._next_due = next_due
        self._ring = ring
        self._now = now
        self._on_error = on_error
        self._every = every
        self._again = threading.Event()
        self._look = threading.Event()
        self._scheduler: Any = None

    def start(self) -> None:
        """Begin: the first ring comes at once."""
        from apscheduler import events
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.jobstores.memory import MemoryJobStore

        # It tells of each ring it leaves out while one is answered: that is as it should be.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler = _scheduler_class()(
            every=self._every,
            anew=self._anew,
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            timezone=UTC,
        )
        self._scheduler.add_job(self._answer, trigger=_trigger_class()(self._next), id=JOB)
        self._scheduler.add_listener(self._left_out, events.EVENT_JOB_MAX_INSTANCES)
        self._scheduler.add_listener(self._answered, events.EVENT_JOB_EXECUTED | events.EVENT_JOB_ERROR)
        self._again.set()
        self._look.set()
        self._scheduler.start()

    def wake(self) -> None:
        """Ring at once, since something changed; if a ring is being answered, ring once more after it."""
        self._again.set()
        self._look.set()
        if self._scheduler is not None:
            self._scheduler.wakeup()

    def stop(self, *, wait: bool = True) -> None:
        """Ring no more; with `wait`, come back when the ring being answered is."""
        if self._scheduler is not None and self._scheduler.running:
            self._scheduler.shutdown(wait=wait)

    def _answer(self) -> None:
        """Do what a ring is for; whatever happens, the next one comes."""
        self._again.clear()
        try:
            self._ring()
        except Exception as error:  # noqa: BLE001 - whoever rings cannot know what may go wrong
            self._on_error(error)

    def _next(self) -> datetime:
        """Give when to ring next, on the machine's clock: what is due is told on ours."""
        try:
            due = self._next_due()
        except Exception as error:  # noqa: BLE001 - an error here would end the scheduler's thread
            self._on_error(error)
            due = None
        ours, machine = self._now(), _machine()
        return machine + (min(self._every, due - ours) if due is not None and due > ours else self._every)

    def _anew(self) -> datetime | None:
        """Give when to ring where that has to be looked at anew. Asked by the scheduler's own thread alone.

        Others leave a mark and wake it, for it may hold its locks: while it waits for a ring to end, and even
        while it tells that one has ended.
        """
        if not self._look.is_set():
            return None
        self._look.clear()
        return _machine() if self._again.is_set() else self._next()

    def _left_out(self, _event: object) -> None:
        self._again.set()

    def _answered(self, _event: object) -> None:
        """See to it that it is looked at anew after a ring, which has changed what is due."""
        self._look.set()
        self._scheduler.wakeup()


def _machine() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the clock that APScheduler reads, whatever ours shows


def _scheduler_class() -> Any:
    """Give APScheduler's scheduler, made not to oversleep where the machine's clock is set back."""
    from apscheduler.jobstores.base import JobLookupError
    from apscheduler.schedulers.background import BackgroundScheduler

    class Ringing(BackgroundScheduler):  # type: ignore[misc] # it has no types
        def __init__(self, *, every: timedelta, anew: Callable[[], datetime | None], **options: Any) -> None:
            self._every = every
            self._anew = anew
            super().__init__(**options)

        def _process_jobs(self) -> float | None:
            moment, job = self._anew(), self.get_job(JOB)
            if job is not None and job.next_run_time - _machine() > self._every:
                moment = _machine()  # the clock was set back
            if moment is not None:
                with suppress(JobLookupError):  # it was stopped meanwhile
                    self.modify_job(JOB, next_run_time=moment)
            wait = super()._process_jobs()
            return None if wait is None else min(wait, self._every.total_seconds())

    return Ringing


def _trigger_class() -> Any:
    """Give a trigger for APScheduler that asks a function when to fire next."""
    from apscheduler.triggers.base import BaseTrigger

    class Asking(BaseTrigger):  # type: ignore[misc] # it has no types
        def __init__(self, ask: Callable[[], datetime]) -> None:
            self.ask = ask

        def get_next_fire_time(self, _previous: datetime | None, _now: datetime) -> datetime:
            return self.ask()

    return Asking


def _fired(after: datetime, **fields: str | int) -> Iterator[datetime]:
    """Give what a trigger of APScheduler fires on a clock without zones: here UTC stands for none."""
    from apscheduler.triggers.cron import CronTrigger

    trigger = CronTrigger(timezone=UTC, end_date=END, second=0, **fields)
    moment = trigger.get_next_fire_time(None, after.replace(tzinfo=UTC) + TICK)
    while moment is not None:
        yield moment.replace(tzinfo=None)
        moment = trigger.get_next_fire_time(None, moment + TICK)


def _weekly(rule: Weekly, after: datetime, start: date) -> Iterator[datetime]:
    days = ",".join(rule.days)
    found = _fired(after, day_of_week=days, hour=rule.at.hour, minute=rule.at.minute)
    if rule.every == 1:
        return found
    first = start.toordinal() - start.weekday()
    return (wall for wall in found if (wall.toordinal() - first) // 7 % rule.every == 0)


def _named(day: str) -> str:
    """Give a day of the month as APScheduler writes it; raises ConfigError for what is none."""
    nth, _, name = day.partition(" ")
    known = day == "last" or (day.isdigit() and 1 <= int(day) <= 31) or (nth in NTHS and bool(name))
    if not known:
        raise ConfigError(f"{day!r} is no day of a month", where="--on", hint="write 15, last, or '2nd sun'")
    return day


def _by_cron(line: CronLine, after: datetime) -> Iterator[datetime]:
    """Merge what the days of the month, the weekdays and the nth weekdays of a line give, each time once."""
    at = {
        "month": ",".join(map(str, line.months)),
        "hour": _all_or(line.hours, 24),
        "minute": _all_or(line.minutes, 60),
    }
    days = ",".join([*map(str, line.days), *(["last"] if line.last else [])])
    weekdays, nths = ",".join(line.weekdays), ",".join(line.nths)
    if line.both:
        ways = [{"day": days, "day_of_week": weekdays}] if weekdays else []
        ways += [{"day": nths}] if nths else []
    else:
        ways = [{"day": days}, *([{"day": "*", "day_of_week": weekdays}] if weekdays else [])]
        ways += [{"day": nths}] if nths else []
    found = (_fired(after, **at, **way) for way in ways)
    once = (wall for wall, _ in groupby(heapq.merge(*found)))
    return (wall for wall in once if line.comes_on(wall.date())) if line.both and nths else once


def _all_or(numbers: tuple[int, ...], most: int) -> str:
    return "*" if len(numbers) == most else ",".join(map(str, numbers))
