"""Compose a run: it gets its issue, one that waits or a new one, and the issue is frozen; or says why not."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from briefpub.domain.audience import List
from briefpub.domain.errors import BriefpubError
from briefpub.domain.issue import IssueRecord, IssueState
from briefpub.domain.schedule import (
    Approval,
    Fate,
    Policy,
    Question,
    Run,
    RunState,
    Schedule,
    occurrences,
)
from briefpub.workflows.pick import Pick
from briefpub.workflows.ports import Audience, Issues, Runs

ARCHIVED = Fate(state=RunState.SKIPPED, reason="its list is archived")
FROZEN = frozenset({IssueState.AWAITING, IssueState.FROZEN, IssueState.PUBLISHED})
Freeze = Callable[[IssueRecord, List], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeRun:
    """Composes leased runs. `freeze` gives nothing, or why an issue cannot be frozen."""

    runs: Runs
    issues: Issues
    audience: Audience
    pick: Pick
    freeze: Freeze
    owner: str

    def __call__(self, run: Run, schedule: Schedule, decided: Fate, now: datetime) -> Run:
        """Give a run its issue, and freeze it; what cannot be is asked, left out, or tried again later."""
        enough = run.said and run.question is Question.TOO_FEW  # somebody said so
        if run.state is not RunState.COMPOSING:
            # Written down before anything is made: whoever looks sees what is going on.
            run = self._settle(run, decided, now)
        list = self.audience.list(run.list)
        if list is None or list.archived:
            return self._settle(run, ARCHIVED, now)
        record = self.issues.get(run.issue) if run.issue else None
        if record is None:
            run, record, other = self._issue(run, schedule, enough=enough)
            if record is None:
                return self._settle(run, other, now)
        if record.state is IssueState.HELD:
            reason = f"{record.key} is held: `briefpub issues approve {record.key}`"
            return self._settle(run, Fate(state=RunState.COMPOSING, reason=reason), now)
        try:
            hindrance = self.freeze(record, list)
        except BriefpubError as error:
            hindrance = str(error)
        return self._settle(run, Fate(state=RunState.COMPOSING, reason=hindrance), now)

    def _issue(self, run: Run, schedule: Schedule, *, enough: bool) -> tuple[Run, IssueRecord | None, Fate]:
        """Give a run the issue that waits already, or a new one; else say what becomes of the run."""
        nothing = Fate(state=RunState.SKIPPED)
        held = schedule.approval is Approval.HELD
        waiting = self._waiting(schedule)
        if waiting:
            return self.runs.adopt(run, waiting.key, owner=self.owner, needs_approval=held), waiting, nothing
        if schedule.selection.by_hand:
            return run, None, replace(nothing, reason="no editor composed an issue")
        # Those who take gatherings count: what they gather has to be made first.
        if not self.audience.confirmed(schedule.list):
            return run, None, replace(nothing, reason=f"{schedule.list} has no confirmed subscriber")
        picked = self.pick(schedule, day=_day(run, schedule))
        if not picked.articles:
            return run, None, replace(nothing, reason=picked.reason)
        short = picked.too_few(schedule.selection)
        if short and not enough and schedule.selection.too_few is not Policy.SEND:
            if schedule.selection.too_few is Policy.ASK:
                return run, None, Fate(state=RunState.HELD, reason=short, question=Question.TOO_FEW)
            return run, None, replace(nothing, reason=short)
        record = self.runs.compose(
            run,
            picked.articles,
            title=picked.title,
            date=_day(run, schedule),
            through=picked.through,
            again=schedule.selection.again or picked.again,
            frequency=schedule.frequency,
            owner=self.owner,
            needs_approval=held,
        )
        return replace(run, issue=record.key), record, nothing

    def _waiting(self, schedule: Schedule) -> IssueRecord | None:
        """Give the oldest issue of the list that an editor composed, or that a stopped run left."""
        reserved = self.runs.reserved()
        unsent = (IssueState.COMPOSED, IssueState.HELD, IssueState.AWAITING)
        return next(
            (
                one
                for one in self.issues.of(schedule.list)
                if one.frequency is schedule.frequency and one.state in unsent and one.key not in reserved
            ),
            None,
        )

    def _settle(self, run: Run, decided: Fate, now: datetime) -> Run:
        return settled(self.runs, run, decided, owner=self.owner, now=now)


def settled(runs: Runs, run: Run, decided: Fate, *, owner: str, now: datetime) -> Run:
    """Write down what was decided of a leased run, where it says something new."""
    same = (run.state, run.reason, run.question) == (decided.state, decided.reason, decided.question)
    if same and run.issue_state in FROZEN:
        return run
    return runs.settle(run, decided, owner=owner, now=now)


def _day(run: Run, schedule: Schedule) -> date:
    """Give the day an issue is dated: that on which it is planned to go out."""
    return next(iter(occurrences(replace(schedule, starts=None, ends=None), [run.wall]))).at.date()
