"""Schedules and their runs: when a list's issue is due, what goes in, and what may still hold it. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from briefpub.domain.audience import Frequency
from briefpub.domain.issue import IssueState
from briefpub.domain.recurrence import Rule
from briefpub.domain.walls import instant, note_on

# A run this late is on time: whoever keeps watch looks every half minute, and a restart takes a moment.
ON_TIME = timedelta(minutes=10)
FREEZE = timedelta(minutes=10)
GRACE = timedelta(hours=12)


class Policy(StrEnum):
    """What becomes of a run that is late, has too few articles, or was not approved in time."""

    SEND = "send"
    WAIT = "wait"
    SKIP = "skip"
    ASK = "ask"


class Order(StrEnum):
    """In which order articles go in."""

    NEWEST = "newest"
    OLDEST = "oldest"
    LISTED = "listed"


class Approval(StrEnum):
    """Whether an issue goes out by itself, or waits until an editor has approved its frozen hashes."""

    AUTOMATIC = "automatic"
    HELD = "held"


class RunState(StrEnum):
    """Where one firing of a schedule stands."""

    PLANNED = "planned"
    COMPOSING = "composing"
    HELD = "held"
    PUBLISHING = "publishing"
    DONE = "done"
    SKIPPED = "skipped"
    MISSED = "missed"


class Question(StrEnum):
    """What a held run waits to hear from an editor; `NONE` waits for nothing but its hour."""

    NONE = ""
    APPROVAL = "approval"
    LATE = "late"
    TOO_FEW = "too few"
    UNAPPROVED = "unapproved"
    RESTORED = "restored"


# What only an editor can settle, by a yes or by leaving the run out.
ASKING = frozenset({Question.LATE, Question.TOO_FEW, Question.UNAPPROVED, Question.RESTORED})
# Of these nothing went out yet: an editor may still leave them out.
STOPPABLE = frozenset({RunState.PLANNED, RunState.COMPOSING, RunState.HELD})
OPEN = frozenset({RunState.PLANNED, RunState.COMPOSING, RunState.HELD, RunState.PUBLISHING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What goes into a run's issue: of the ready articles that the list has not had, those with a tag.

    `most` of them in an order, `least` or `too_few` decides; `listed` names them by hand, and `again` lets
    them be articles the list has had. `by_hand` takes only issues that an editor composed.
    """

    most: int | None = None
    least: int = 1
    too_few: Policy = Policy.SKIP
    tags: tuple[str, ...] = ()
    order: Order = Order.NEWEST
    listed: tuple[str, ...] = ()
    again: bool = False
    by_hand: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DateChange:
    """A date on which a schedule does something else: nothing, or the same at another wall time, and why."""

    date: date
    to: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The rule that says when a list's issue is due.

    `since` is the moment from which its wall times count, `counted_from` the day from which weeks do.
    `frequency` is whom it serves: those who take each
    issue, or those who take a weekly or monthly gathering of the list's issues.
    """

    name: str
    list: str
    rule: Rule
    timezone: str
    since: datetime
    id: int = 0
    selection: Selection = Selection()
    approval: Approval = Approval.AUTOMATIC
    unapproved: Policy = Policy.WAIT
    late: Policy = Policy.SEND
    grace: timedelta = GRACE
    freeze: timedelta = FREEZE
    starts: date | None = None
    ends: date | None = None
    frequency: Frequency = Frequency.EACH
    paused: bool = False
    changes: tuple[DateChange, ...] = ()
    counted_from: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One planned wall time: when it really comes, whether it is left out, and what is special about it.

    `wall` names the run for ever, also where a change moved it to another wall time, `at`.
    """

    wall: datetime
    at: datetime
    due: datetime
    skipped: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One firing of a schedule: (schedule, wall) is unique for ever.

    `said` is an editor's yes to a run that asked; asking anew takes it back. `cleared` is the yes to one
    that another copy may have sent, and stays. `changed_at` is when it last came further, or was answered.
    `issue` is the key of the issue it made, or nothing yet; `approved` says that its frozen bytes are,
    `mailed` that it has a mailing, `needs_approval` that a schedule made it that asks for approval.
    `holder` is at it until `held_until`.
    """

    id: int
    schedule: str
    list: str
    wall: datetime
    due: datetime
    state: RunState
    reason: str = ""
    question: Question = Question.NONE
    said: bool = False
    cleared: bool = False
    changed_at: datetime | None = None
    issue: str = ""
    issue_state: IssueState | None = None
    approved: bool = False
    approved_at: datetime | None = None
    needs_approval: bool = False
    mailed: bool = False
    holder: str = ""
    held_until: datetime | None = None

    def held_by_another(self, owner: str, now: datetime) -> bool:
        """Say whether somebody else is at it."""
        return self.holder not in {"", owner} and self.held_until is not None and self.held_until > now


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What is decided of a run: where it goes next, and why. The same state again means: not yet."""

    state: RunState
    reason: str = ""
    question: Question = Question.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a decision on a run needs to know besides the run.

    `doubt` says why this machine may hold an old copy of the database. `frozen`, `approved` and `ended` tell
    of the run's issue, `newer` that a later wall time of its schedule has come too.
    """

    now: datetime
    doubt: str = ""
    frozen: bool = False
    approved: bool = False
    ended: bool = False
    newer: bool = False


def occurrences(schedule: Schedule, walls: Iterable[datetime]) -> Iterator[Occurrence]:
    """Turn a rule's wall times into occurrences, in the order in which they were planned."""
    by_date = {each.date: each for each in schedule.changes}
    for wall in walls:
        if schedule.ends and wall.date() > schedule.ends:
            return
        if schedule.starts and wall.date() < schedule.starts:
            continue
        change = by_date.get(wall.date())
        at = change.to if change and change.to else wall
        notes = [note_on(at, schedule.timezone)]
        if change:
            what = f"moved from {wall:%Y-%m-%d %H:%M}" if change.to else "left out"
            notes.insert(0, f"{what}: {change.why}" if change.why else what)
        yield Occurrence(
            wall=wall,
            at=at,
            due=instant(at, schedule.timezone),
            skipped=bool(change and change.to is None),
            note="; ".join(filter(None, notes)),
        )


def fate(run: Run, schedule: Schedule, facts: Facts) -> Fate:
    """Decide what becomes of a run now; whoever acts on it decides again, until nothing changes."""
    match run.state:
        case RunState.PLANNED:
            return _begun(run, schedule, facts)
        case RunState.COMPOSING | RunState.HELD if facts.ended:
            return Fate(state=RunState.DONE, reason="it was published by hand")
        case RunState.COMPOSING | RunState.HELD:
            return _ready(run, schedule, facts)
        case RunState.PUBLISHING if facts.ended:
            return Fate(state=RunState.DONE)
    return Fate(state=run.state, reason=run.reason, question=run.question)


def _begun(run: Run, schedule: Schedule, facts: Facts) -> Fate:
    """Decide whether a run may begin to compose: from `freeze` before its hour, unless it is late."""
    if facts.now < run.due - schedule.freeze:
        return Fate(state=RunState.PLANNED)
    return _doubtful(run, facts) or _late(run, schedule, facts) or Fate(state=RunState.COMPOSING)


def _ready(run: Run, schedule: Schedule, facts: Facts) -> Fate:
    """Decide whether a composed run may go out now. One question at a time: what is asked is asked on."""
    if run.question in ASKING and not run.said:
        return Fate(state=RunState.HELD, reason=run.reason, question=run.question)
    doubtful = _doubtful(run, facts)
    if doubtful:
        return doubtful
    if not facts.frozen:
        return _late(run, schedule, facts) or Fate(state=RunState.COMPOSING, reason=run.reason)
    as_it_is = run.question is Question.UNAPPROVED
    held = schedule.approval is Approval.HELD or run.needs_approval
    if held and not facts.approved and not as_it_is:
        return _unapproved(run, schedule, facts)
    if facts.now < run.due:
        return Fate(state=RunState.COMPOSING)
    return _late(run, schedule, facts) or Fate(state=RunState.PUBLISHING)


def _doubtful(run: Run, facts: Facts) -> Fate | None:
    """Ask about a run that another copy may have sent; a yes to something else is no answer to that."""
    if not facts.doubt or run.cleared:
        return None
    return Fate(state=RunState.HELD, reason=facts.doubt, question=Question.RESTORED)


def _late(run: Run, schedule: Schedule, facts: Facts) -> Fate | None:
    """Decide on a run that is not on time; None for one that is.

    An editor's yes to a run, or to its issue, says that it may go out then: from there its lateness counts.
    """
    approved = run.approved_at if facts.approved else None
    since = max(filter(None, (run.due, run.changed_at if run.said else None, approved)))
    lateness = facts.now - since
    if lateness <= ON_TIME:
        return None
    told = f"it is {spell(facts.now - run.due)} late"
    if facts.newer and not run.said and run.approved_at is None:
        return Fate(state=RunState.MISSED, reason=f"{told}, and a later one has come since")
    hindered = f"; {run.reason}" if run.reason and run.state is RunState.COMPOSING else ""
    match schedule.late:
        case Policy.SEND if lateness <= schedule.grace:
            return None
        case Policy.ASK:
            return Fate(state=RunState.HELD, reason=told + hindered, question=Question.LATE)
        case Policy.SEND:
            told = f"{told}, more than {spell(schedule.grace)}"
    return Fate(state=RunState.MISSED, reason=told + hindered)


def _unapproved(run: Run, schedule: Schedule, facts: Facts) -> Fate:
    """Decide on a frozen run that nobody approved; one frozen late gives its editor the freeze's time."""
    waits = run.question is Question.APPROVAL
    frozen = (run.changed_at or run.due) if waits else facts.now
    until = run.due if frozen <= run.due else frozen + schedule.freeze
    if schedule.unapproved is Policy.WAIT or facts.now < until:
        return Fate(state=RunState.HELD, reason="it waits for approval", question=Question.APPROVAL)
    told = "nobody approved it in time"
    if schedule.unapproved is Policy.ASK:
        return Fate(state=RunState.HELD, reason=told, question=Question.UNAPPROVED)
    return Fate(state=RunState.SKIPPED, reason=told)


def spell(delta: timedelta) -> str:
    """Say how long something is, in its largest units: `2 days 3 h`, `45 min`."""
    minutes = max(0, int(delta.total_seconds() // 60))
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    parts = [f"{days} day{'s' if days > 1 else ''}" if days else "", f"{hours} h" if hours else ""]
    if not days:
        parts.append(f"{rest} min" if rest or not hours else "")
    return " ".join(filter(None, parts))


def name_of(run: Run) -> str:
    """Name a run as errors and logs do: `weekly 2026-11-29 07:30`."""
    return f"{run.schedule} {run.wall:%Y-%m-%d %H:%M}"
