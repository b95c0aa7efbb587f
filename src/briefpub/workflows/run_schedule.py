"""Run the schedules: what is due is planned, composed, frozen ahead of its hour, and let go at it; each once.

Every step is a row's: whoever is interrupted, comes twice or comes at the same time as another finds what was
done, and goes on from there. The decision what becomes of a run is `domain.schedule.fate`.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from itertools import takewhile

from briefpub.domain.audience import Frequency
from briefpub.domain.coming import Walls, coming, walls_after
from briefpub.domain.errors import BriefpubError, Conflict, StoreError
from briefpub.domain.issue import IssueState
from briefpub.domain.schedule import (
    Facts,
    Fate,
    Occurrence,
    Run,
    RunState,
    Schedule,
    fate,
    name_of,
    occurrences,
)
from briefpub.domain.walls import wall_of
from briefpub.workflows.acted import Acted, told
from briefpub.workflows.compose_run import ARCHIVED, FROZEN, ComposeRun, Freeze, settled
from briefpub.workflows.deliver import never
from briefpub.workflows.pick import Pick
from briefpub.workflows.ports import Audience, Issues, Ledger, Runs, Schedules

LEASE = timedelta(minutes=5)
TRY_EVERY = timedelta(minutes=2)
# Of a schedule that nobody watched for years, so many of its last wall times are written down.
MOST_PLANNED = 1000
MOST_STEPS = 8


def untold(acted: Acted) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSchedule:
    """Does for all schedules what is due. `owner` names whoever acts, in the leases of runs.

    `freeze` builds an issue and freezes it as awaiting; it gives nothing, or why the issue cannot be frozen.
    `doubt` says why a run due at a moment may be one that was sent already, by another copy of the database.
    `mark` is told after something went out.
    """

    schedules: Schedules
    runs: Runs
    issues: Issues
    audience: Audience
    ledger: Ledger
    pick: Pick
    freeze: Freeze
    walls: Walls
    owner: str
    doubt: Callable[[datetime], str]
    mark: Callable[[], None]
    lease: timedelta = LEASE
    _coming: dict[Schedule, tuple[datetime, Occurrence | None]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _tried: dict[int, datetime] = field(default_factory=dict, init=False, repr=False, compare=False)
    _walls: dict[str, tuple[object, datetime | None]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __call__(
        self,
        *,
        now: Callable[[], datetime],
        stop: Callable[[], bool] = never,
        tell: Callable[[Acted], None] = untold,
    ) -> tuple[Acted, ...]:
        """Plan and advance every run that is due; give what was done. Raises StoreError.

        `tell` hears of what was done for each run at once, before the next one is looked at.
        """
        acted: list[Acted] = []

        def done(more: Iterable[Acted]) -> None:
            for one in more:
                acted.append(one)
                tell(one)

        known = {schedule.name: schedule for schedule in self.schedules.all()}
        last = self.runs.last_walls()
        for schedule in known.values():
            if not schedule.paused:
                done(self._planned(schedule, last.get(schedule.name), now()))
        waiting = self.runs.of(open_only=True)
        for run in sorted(waiting, key=lambda one: _turn(one, known)):
            if stop():
                break
            schedule_ = known.get(run.schedule)
            if schedule_:
                done(self._advance(run, schedule_, waiting, now, stop))
            else:
                self._close(run, now())
        return tuple(acted)

    def next_due(self, now: datetime) -> datetime | None:
        """Give when something is to be done next; None where no schedule ever comes again."""
        schedules = {schedule.name: schedule for schedule in self.schedules.all()}
        found = []
        for schedule in schedules.values():
            after = now + schedule.freeze
            next_one = None if schedule.paused else self._next(schedule, after)
            if next_one:
                found.append(next_one.due - schedule.freeze)
        for run in self.runs.of(open_only=True):
            begins = run.state is RunState.PLANNED and run.schedule in schedules
            found.append(run.due - schedules[run.schedule].freeze if begins else run.due)
        return min((each for each in found if each > now), default=None)

    def _next(self, schedule: Schedule, after: datetime) -> Occurrence | None:
        """Give the next occurrence after a moment, as it was found before where that is still to come."""
        since, one = self._coming.get(schedule, (None, None))
        if since is None or after < since or (one and one.due <= after):
            one = next(iter(coming(schedule, self.walls, after=after, most=1)), None)
            self._coming[schedule] = after, one
        return one

    def _first_wall(self, schedule: Schedule, after: datetime) -> datetime | None:
        """Give the first wall time later than another one; most rings find it where it was the last time."""
        key = replace(schedule, changes=(), paused=False), after
        if self._walls.get(schedule.name, (None, None))[0] != key:
            self._walls[schedule.name] = key, next(walls_after(schedule, self.walls, after), None)
        return self._walls[schedule.name][1]

    # --- planning ----------------------------------------------------------------------------

    def _planned(self, schedule: Schedule, last: datetime | None, now: datetime) -> list[Acted]:
        """Plan a schedule's runs; what is wrong with one schedule stops no other."""
        try:
            return self._plan(schedule, last, now)
        except (StoreError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - a rule or a zone nobody can read, or a bug of ours
            return [Acted(schedule=schedule, told=f"{schedule.name}: {_wrong(error)}", trouble=True)]

    def _plan(self, schedule: Schedule, last: datetime | None, now: datetime) -> list[Acted]:
        """Insert the runs whose freezing has come, and those before them; `last` is the last one made."""
        begin = wall_of(schedule.since, schedule.timezone)
        after = max(begin, last or begin)
        horizon = _horizon(schedule, now)
        first = self._first_wall(schedule, after)
        if first is None or first > horizon:
            return []
        walls = takewhile(lambda wall: wall <= horizon, walls_after(schedule, self.walls, after))
        due = deque(occurrences(schedule, walls), maxlen=MOST_PLANNED)
        planned = self.runs.plan(schedule, tuple(due), now=now)
        return [
            Acted(schedule=schedule, run=run, told=f"{name_of(run)} is left out: {run.reason}")
            for run in planned
            if run.state is RunState.SKIPPED
        ]

    # --- advancing ---------------------------------------------------------------------------

    def _close(self, run: Run, now: datetime) -> None:
        """Close a publishing run of a schedule that was removed, once its issue has ended."""
        if run.state is RunState.PUBLISHING and run.issue_state is IssueState.PUBLISHED:
            claimed = self.runs.claim(run, owner=self.owner, now=now, lease_until=now + self.lease)
            if claimed:
                self.runs.settle(claimed, Fate(state=RunState.DONE), owner=self.owner, now=now)
                self.runs.let_go(claimed, owner=self.owner)

    def _advance(
        self,
        run: Run,
        schedule: Schedule,
        waiting: Sequence[Run],
        now: Callable[[], datetime],
        stop: Callable[[], bool],
    ) -> list[Acted]:
        """Take one run as far as it goes now; `waiting` are all that are open."""
        acted: list[Acted] = []
        at = now()
        newer = any(one.schedule == run.schedule and one.wall > run.wall and one.due <= at for one in waiting)
        run = self._as_due(run, schedule)
        if run.held_by_another(self.owner, at) or self._decide(run, schedule, newer, at) is None:
            return acted
        claimed = self.runs.claim(run, owner=self.owner, now=at, lease_until=at + self.lease)
        if claimed is None:
            return acted
        run = self._as_due(claimed, schedule)
        try:
            for _ in range(MOST_STEPS):
                decided = None if stop() else self._decide(run, schedule, newer, now())
                if decided is None:
                    break
                before, run = run, self._act(run, schedule, decided, now())
                if _standing(run) == _standing(before):
                    break
                acted.append(told(run, schedule))
        except (StoreError, MemoryError):
            raise
        except Conflict as error:
            # Somebody else went on with it, or took an article meanwhile: the next ring sees how it stands.
            said = f"{name_of(run)}: {error.message}"
            acted.append(Acted(schedule=schedule, run=run, told=said, trouble=True))
        except Exception as error:  # noqa: BLE001 - what is wrong with one run stops no other
            said = f"{name_of(run)}: {_wrong(error)}"
            acted.append(Acted(schedule=schedule, run=run, told=said, trouble=True))
        finally:
            self.runs.let_go(run, owner=self.owner)
        return acted

    def _as_due(self, run: Run, schedule: Schedule) -> Run:
        """Give the run with its instant computed anew: its zone may have other rules by now."""
        at = next(iter(occurrences(replace(schedule, starts=None, ends=None), [run.wall])))
        return run if at.due == run.due else replace(run, due=at.due)

    def _decide(self, run: Run, schedule: Schedule, newer: bool, now: datetime) -> Fate | None:
        """Decide what becomes of a run; None where nothing has to be done now."""
        frozen = run.issue_state in FROZEN
        begun = run.state is not RunState.PLANNED or now >= run.due - schedule.freeze
        facts = Facts(
            now=now,
            doubt=self.doubt(run.due) if begun and run.state is not RunState.PUBLISHING else "",
            frozen=frozen,
            approved=run.approved or run.issue_state in {IssueState.FROZEN, IssueState.PUBLISHED},
            ended=run.issue_state is IssueState.PUBLISHED,
            newer=newer,
        )
        decided = fate(run, schedule, facts)
        to_compose = decided.state is RunState.COMPOSING and not frozen and not self._just_tried(run, now)
        same = (decided.state, decided.question) == (run.state, run.question)
        # Whoever let it go may have died before it was queued.
        to_queue = decided.state is RunState.PUBLISHING and not run.mailed
        return None if same and not (to_compose or to_queue) else decided

    def _just_tried(self, run: Run, now: datetime) -> bool:
        """Say whether a hindered run was tried moments ago: building an issue in vain costs the others."""
        tried = self._tried.get(run.id)
        return bool(run.reason) and tried is not None and tried <= now < tried + TRY_EVERY

    def _act(self, run: Run, schedule: Schedule, decided: Fate, now: datetime) -> Run:
        match decided.state:
            case RunState.COMPOSING:
                if run.issue_state not in FROZEN:
                    return self._compose(run, schedule, decided, now)
            case RunState.PUBLISHING:
                if run.state is not RunState.PUBLISHING:
                    if self._archived(run):
                        return self._settle(run, ARCHIVED, now)
                    run = self.runs.release(run, owner=self.owner, now=now)
                self.ledger.queue(run.issue, now=now)
                self.mark()
                return replace(run, mailed=True)
        return self._settle(run, decided, now)

    def _compose(self, run: Run, schedule: Schedule, decided: Fate, now: datetime) -> Run:
        self._tried[run.id] = now
        compose = ComposeRun(
            runs=self.runs,
            issues=self.issues,
            audience=self.audience,
            pick=self.pick,
            freeze=self.freeze,
            owner=self.owner,
        )
        return compose(run, schedule, decided, now)

    def _archived(self, run: Run) -> bool:
        list = self.audience.list(run.list)
        return list is None or list.archived

    def _settle(self, run: Run, decided: Fate, now: datetime) -> Run:
        return settled(self.runs, run, decided, owner=self.owner, now=now)


def _standing(run: Run) -> tuple[object, ...]:
    return run.state, run.reason, run.question, run.issue_state, run.mailed


def _wrong(error: Exception) -> str:
    return str(error) if isinstance(error, BriefpubError) else f"a bug: {type(error).__name__}: {error}"


def _turn(run: Run, known: Mapping[str, Schedule]) -> tuple[bool, bool]:
    """Say whose turn comes first: what only has to be let go waits for no build, and gatherings go first.

    Who changes to a gathering of the same hour then gets fewer of its issues singly.
    """
    schedule = known.get(run.schedule)
    return run.issue_state not in FROZEN, schedule is None or schedule.frequency is Frequency.EACH


def _horizon(schedule: Schedule, now: datetime) -> datetime:
    """Give the last wall time for which a run is made now: a moved one may come before its own date."""
    horizon = wall_of(now + schedule.freeze, schedule.timezone)
    early = [each.date for each in schedule.changes if each.to and each.to <= horizon]
    return max([horizon, *(datetime.combine(day, time.max) for day in early)])
