"""Simulate: the schedules run through a virtual clock, with the real decisions and a world without readers.

Nothing is rendered and nothing sent. The machine may be made to die, between any two steps, and start again:
what comes of it must be the same.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, cast

from briefpub.domain.article import Head
from briefpub.domain.audience import Frequency, List
from briefpub.domain.coming import Walls
from briefpub.domain.delivery import Mailing
from briefpub.domain.issue import IssueRecord, IssueState
from briefpub.domain.schedule import ASKING, Question, Run, RunState, Schedule
from briefpub.workflows.acted import Acted
from briefpub.workflows.pick import Pick
from briefpub.workflows.ports import Audience, Issues, Ledger, Runs, Schedules
from briefpub.workflows.run_schedule import RunSchedule

HEARTBEAT = timedelta(seconds=30)
LONGEST_OUTAGE = timedelta(minutes=20)


class Died(BaseException):
    """The virtual machine lost its power: nothing of it may catch that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the story: when, for which schedule, and what happened."""

    at: datetime
    told: str
    schedule: Schedule | None = None
    trouble: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one schedule came to."""

    schedule: Schedule
    runs: Mapping[RunState, int]
    articles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What happened, in order, what it came to, and what must not be: articles twice, runs not ended."""

    lines: tuple[Line, ...]
    tallies: tuple[Tally, ...]
    crashes: int
    twice: tuple[str, ...]
    left_open: tuple[Run, ...]


@dataclass(slots=True)
class _Fate:
    """Decides, by a seed, before and after which steps the machine dies; at most so often."""

    random: Random
    left: int
    chance: float
    died: int = 0

    def meet(self) -> None:
        """Die, or go on."""
        if self.left and self.random.random() < self.chance:
            self.left -= 1
            self.died += 1
            raise Died


@dataclass(frozen=True, slots=True)
class _Mortal:
    """A port whose every call may be the last one, before it did anything or after it did all."""

    port: Any
    fate: _Fate

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.port, name)

        def call(*args: Any, **values: Any) -> Any:
            self.fate.meet()
            result = method(*args, **values)
            self.fate.meet()
            return result

        return call


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulate:
    """Plays schedules from one moment to another. `people` counts each list's subscribers as they are now.

    All ports are those of a database to be thrown away.
    """

    schedules: Schedules
    runs: Runs
    issues: Issues
    audience: Audience
    ledger: Ledger
    people: Mapping[tuple[str, Frequency], int]
    heads: Sequence[Head]
    walls: Walls

    def __call__(
        self,
        *,
        begin: datetime,
        end: datetime,
        attended: bool = True,
        crashes: int = 0,
        seed: int = 1,
    ) -> Story:
        """Play the time from `begin` to `end`; `attended` by an editor who says yes to whatever asks.

        `crashes` is how often the machine dies at most, at steps that `seed` picks.
        """
        play = _Play(
            world=self,
            now=begin,
            end=end,
            attended=attended,
            fate=_Fate(Random(seed), crashes, min(0.05, crashes / 4000)),  # noqa: S311 - a story, no secret
        )
        lines = tuple(play.lines())
        runs = self.runs.of()
        return Story(
            lines=lines,
            tallies=tuple(self._tally(schedule, runs) for schedule in self.schedules.all()),
            crashes=play.fate.died,
            twice=self._twice(),
            left_open=tuple(run for run in runs if run.state is not RunState.HELD and _open(run, end)),
        )

    def _tally(self, schedule: Schedule, runs: Sequence[Run]) -> Tally:
        mine = [run for run in runs if run.schedule == schedule.name]
        articles = [
            len(record.articles)
            for run in mine
            if run.state is RunState.DONE and run.issue and (record := self.issues.get(run.issue))
        ]
        return Tally(schedule=schedule, runs=Counter(run.state for run in mine), articles=sum(articles))

    def _twice(self) -> tuple[str, ...]:
        """Name what one list got twice at one frequency."""
        had: Counter[tuple[str, str, str]] = Counter()
        for record in self.issues.of():
            had.update((record.list, record.frequency.value, article) for article in record.articles)
        asked = {id for one in self.schedules.all() if one.selection.again for id in one.selection.listed}
        return tuple(
            f"{list}: {article}"
            for (list, _, article), count in had.items()
            if count > 1 and article not in asked
        )


@dataclass(slots=True, kw_only=True)
class _Play:
    """One playing, with its clock."""

    world: Simulate
    now: datetime
    end: datetime
    attended: bool
    fate: _Fate
    _told: list[Line] = field(default_factory=list)

    def lines(self) -> Iterator[Line]:
        """Tell what happens, until the end."""
        workflow = self._started()
        while self.now < self.end:
            try:
                self._rings(workflow)
                yield from self._taken()
                coming = workflow.next_due(self.now) or self.end
            except Died:
                yield from self._taken()
                outage = LONGEST_OUTAGE * self.fate.random.random()
                minutes = int(outage.total_seconds() // 60)
                yield Line(
                    at=self.now, told=f"the machine dies, and is up again after {minutes} min", trouble=True
                )
                coming = self.now + outage
                workflow = self._started()
            self.now = max(coming, self.now + timedelta(seconds=1))

    def _rings(self, workflow: RunSchedule) -> None:
        """Ring, and again for whatever the editor said yes to."""
        while True:
            acted = workflow(now=lambda: self.now)
            self._told += [self._line(one) for one in acted]
            sent = any(one.run and one.run.state is RunState.PUBLISHING for one in acted)
            if not (self._answered() or sent):
                return

    def _deliver(self) -> None:
        """End the mailings that a crash left, as the sender would."""
        for run in self.world.runs.of(open_only=True):
            if run.state is RunState.PUBLISHING and run.mailed:
                self.world.issues.published(run.issue)

    def _answered(self) -> bool:
        """Let the editor say yes to what asks, if there is one."""
        if not self.attended:
            return False
        said = False
        for run in self.world.runs.of(open_only=True):
            if run.state is not RunState.HELD or run.said:
                continue
            if run.question is Question.APPROVAL:
                record = self.world.issues.get(run.issue)
                if record is None or record.approved:
                    continue
                self.world.issues.approve(
                    run.issue, manifest_sha256=record.manifest_sha256, by="the editor", now=self.now
                )
                self._told.append(Line(at=self.now, told=f"an editor approves {run.issue}"))
                said = True
            elif run.question in ASKING:
                self.world.runs.answer(run.schedule, run.wall, now=self.now)
                self._told.append(Line(at=self.now, told=f"an editor says yes: {run.reason}"))
                said = True
        return said

    def _started(self) -> RunSchedule:
        """Start the machine: everything but the rows is new."""
        self._deliver()
        world, fate = self.world, self.fate

        def mortal(port: Any) -> Any:
            return _Mortal(port, fate)

        issues = cast("Issues", mortal(world.issues))
        audience = cast("Audience", _Crowd(world.audience, world.people))
        return RunSchedule(
            schedules=world.schedules,
            runs=mortal(world.runs),
            issues=issues,
            audience=audience,
            ledger=cast("Ledger", _PaperLedger(mortal(world.ledger), world.issues)),
            pick=Pick(heads=lambda: world.heads, issues=world.issues, audience=audience),
            freeze=on_paper(issues),
            walls=world.walls,
            owner="the virtual machine",
            doubt=lambda _: "",
            mark=lambda: None,
        )

    def _line(self, acted: Acted) -> Line:
        told = acted.told
        run = acted.run
        if run and run.state is RunState.PUBLISHING and run.issue:
            record = self.world.issues.get(run.issue)
            if record:
                count = len(record.articles)
                articles = "1 article" if count == 1 else f"{count} articles"
                people = self.world.people.get((record.list, record.frequency), 0)
                whom = "1 subscriber" if people == 1 else f"{people} subscribers"
                told = f"{record.key} goes to {whom}: {articles}, {', '.join(record.articles)}"
        return Line(at=self.now, told=told, schedule=acted.schedule, trouble=acted.trouble)

    def _taken(self) -> list[Line]:
        told, self._told = self._told, []
        return told


@dataclass(frozen=True, slots=True)
class _Crowd:
    """The lists of the world, with as many subscribers as the real ones have."""

    audience: Audience
    people: Mapping[tuple[str, Frequency], int]

    def confirmed(self, list: str) -> int:
        """Count those who take the list, however often."""
        return sum(count for (slug, _), count in self.people.items() if slug == list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.audience, name)


@dataclass(frozen=True, slots=True)
class _PaperLedger:
    """A ledger in a world without readers: whatever is queued was delivered."""

    ledger: Ledger
    issues: Issues

    def queue(self, issue: str, *, now: datetime) -> Mailing:
        """Make the mailing, and end it."""
        mailing = self.ledger.queue(issue, now=now)
        self.issues.published(issue)
        return mailing


def on_paper(issues: Issues) -> Callable[[IssueRecord, List], str]:
    """Freeze without rendering: the articles' ids stand for the bytes."""

    def freeze(record: IssueRecord, _list: List) -> str:
        sha256 = hashlib.sha256(f"{record.key} {record.articles}".encode()).hexdigest()
        issues.freeze(record.key, manifest_sha256=sha256, editions=(), state=IssueState.AWAITING)
        return ""

    return freeze


def _open(run: Run, end: datetime) -> bool:
    ended = {RunState.DONE, RunState.SKIPPED, RunState.MISSED}
    return run.state not in ended and run.due < end - LONGEST_OUTAGE
