"""Publish at: a list's next issue is frozen now, with somebody's yes, and goes out at a later wall time.

It is a schedule that comes once: `briefpub run` lets the issue go, and `briefpub schedule skip` stops it.
The run is there before its issue is: no other schedule of the list finds the issue without one.
"""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from briefpub.domain.audience import Frequency, List
from briefpub.domain.errors import BriefpubError, ConfigError, ConfirmationNeeded, Conflict, OutboxError
from briefpub.domain.finding import Finding
from briefpub.domain.issue import Edition, Frozen, IssueRecord, IssueState
from briefpub.domain.manifest import articles_of
from briefpub.domain.recurrence import Once
from briefpub.domain.schedule import Fate, Occurrence, Question, Run, RunState, Schedule, Selection
from briefpub.domain.walls import instant
from briefpub.workflows.make_issue import BuiltIssue, stranger, unfrozen
from briefpub.workflows.ports import Progress, Runs, Schedules, silent
from briefpub.workflows.publish import Outcome, Publish, Published, Sentence

LEASE = timedelta(minutes=5)
OWNER = "publish --at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What somebody is asked about: an issue that is recorded or planned only, and what its bytes are."""

    record: IssueRecord
    recorded: bool
    bytes: Frozen
    built: BuiltIssue | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishAt:
    """Publishes later. What must not be mailed twice is the run's: (schedule, wall time) is unique."""

    publish: Publish
    schedules: Schedules
    runs: Runs

    def __call__(
        self,
        slug: str,
        *,
        wall: datetime,
        zone: str,
        now: Callable[[], datetime],
        confirm: Callable[[Sentence], bool],
        expect: int | None = None,
        progress: Progress = silent,
    ) -> tuple[Published, Schedule | None]:
        """Freeze the list's next issue, and give the schedule that lets it go, or why there is none.

        Raises ConfigError for a moment that is over, and what `Publish` raises.
        """
        due = instant(wall, zone)
        _ahead(due, now())
        publish = self.publish
        with publish.send.alone():
            list = publish.list(slug)
            proposal = self._proposal(list, due, progress)
            if isinstance(proposal, Published):
                return proposal, None
            sentence = publish.sentence(proposal.record, proposal.bytes, list, None)
            if sentence is None:
                raise ConfirmationNeeded("there is nothing to say yes to", where=proposal.record.key)
            later = f"{sentence.text.removesuffix('.')}, at {wall:%Y-%m-%d %H:%M} ({zone})."
            publish.ask(Sentence(text=later, count=sentence.count, total=sentence.total), expect, confirm)
            # Building and asking take their time.
            at = now()
            _ahead(due, at)
            schedule = self.schedules.add(
                Schedule(
                    name=self._name(slug, wall),
                    list=slug,
                    rule=Once(wall=wall),
                    timezone=zone,
                    since=at,
                    selection=Selection(by_hand=True),
                    # Until its hour nobody but this command makes its run, or begins it.
                    freeze=timedelta(0),
                )
            )
            try:
                record, folder = self._planned(schedule, wall, due, proposal, at)
            except BriefpubError:
                # What is told as failed must not go out by itself. After a crash the run asks, or goes on.
                with suppress(BriefpubError):
                    self.schedules.remove(schedule.name, now=at)
                raise
        published = Published(
            outcome=Outcome.WAITING, key=record.key, folder=folder, findings=proposal.findings
        )
        return published, schedule

    def _proposal(self, list: List, due: datetime, progress: Progress) -> Proposal | Published:
        """Give what would go out, recording nothing; or why there is nothing to ask about."""
        publish = self.publish
        record = publish.next(list.slug)
        if record and record.state is IssueState.FROZEN:
            raise Conflict(
                "the issue is on its way already",
                where=record.key,
                hint=f"`briefpub publish {list.slug}` ends it; then plan the next one",
            )
        waits = record is not None and not record.approved and publish.unapproved(record.key)
        if record and (record.state is IssueState.HELD or waits):
            return Published(outcome=Outcome.HELD, key=record.key)
        if record and record.key in publish.reserved():
            return Published(outcome=Outcome.WAITING, key=record.key)
        frozen = publish.outbox.frozen(record.key) if record else None
        if record and frozen:
            if articles_of(frozen.manifest) != record.articles:
                raise stranger(frozen)
            return Proposal(record=record, recorded=True, bytes=frozen, built=None, findings=())
        if record and record.state is IssueState.AWAITING:
            raise OutboxError(
                "the frozen issue is no longer in the outbox",
                where=record.key,
                hint=f"restore its folder from a backup, or `briefpub issues withdraw {record.key}`",
            )
        made = publish.made(list, record, due, progress)
        if isinstance(made, Published):
            return made
        plan, built, findings = made
        return Proposal(
            record=plan,
            recorded=record is not None,
            bytes=unfrozen(plan, built),
            built=built,
            findings=findings,
        )

    def _name(self, slug: str, wall: datetime) -> str:
        """Give a name that no schedule has: one that was stopped may be there for the same moment."""
        name = f"{slug[:40]}-at-{wall:%Y%m%d-%H%M}"
        there = {one.name for one in self.schedules.all()}
        count = 1
        while (found := name if count == 1 else f"{name}-{count}") in there:
            count += 1
        return found

    def _planned(
        self, schedule: Schedule, wall: datetime, due: datetime, proposal: Proposal, now: datetime
    ) -> tuple[IssueRecord, str]:
        """Give the run its issue, and freeze it; give the issue and its folder."""
        planned = self.runs.plan(schedule, [Occurrence(wall=wall, at=wall, due=due)], now=now)
        claimed = [self.runs.claim(run, owner=OWNER, now=now, lease_until=now + LEASE) for run in planned]
        run = next(filter(None, claimed), None)
        if run is None:
            raise ConfigError("that moment came while it was planned", where="--at")
        # Should this command die before the run has its issue, the run must not take another one.
        asks = Fate(state=RunState.HELD, reason="planning it was interrupted", question=Question.LATE)
        run = self.runs.settle(run, asks, owner=OWNER, now=now)
        run, record = self._issue(run, proposal)
        run = self.runs.settle(run, Fate(state=RunState.COMPOSING), owner=OWNER, now=now)
        publish, built = self.publish, proposal.built
        frozen = proposal.bytes
        if built:
            frozen = publish.outbox.freeze(record.key, editions=built.editions, manifest=built.manifest)
        editions: tuple[Edition, ...] = tuple(frozen.editions)
        sha256 = hashlib.sha256(frozen.manifest).hexdigest()
        publish.issues.freeze(
            record.key, manifest_sha256=sha256, editions=editions, state=IssueState.AWAITING
        )
        # The yes was to these very bytes, also where a schedule made them that asks for approval.
        publish.issues.approve(record.key, manifest_sha256=sha256, by=OWNER, now=now)
        self.runs.let_go(run, owner=OWNER)
        return record, frozen.folder

    def _issue(self, run: Run, proposal: Proposal) -> tuple[Run, IssueRecord]:
        """Make the issue the run's; raises Conflict where the list has come further meanwhile."""
        plan = proposal.record
        if proposal.recorded:
            return self.runs.adopt(run, plan.key, owner=OWNER), plan
        record = self.runs.compose(
            run,
            plan.articles,
            title=plan.title,
            date=plan.date,
            through=None,
            again=False,
            frequency=Frequency.EACH,
            owner=OWNER,
        )
        if record.number != plan.number:
            # Its number is in the bytes that somebody said yes to.
            self.publish.issues.withdraw(record.key)
            raise Conflict(
                "another issue was composed meanwhile; nothing was planned",
                where=plan.key,
                hint="look at `briefpub issues list`, then type it again",
            )
        return replace(run, issue=record.key), record


def _ahead(due: datetime, now: datetime) -> None:
    if due <= now:
        raise ConfigError("that moment is over", where="--at", hint="leave --at out to publish now")
