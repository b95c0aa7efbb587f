"""Publish at: a list's next issue is frozen now, with somebody's yes, and goes out at a later wall time.

It is a schedule that comes once: `briefpub run` lets the issue go, and `briefpub schedule skip` stops it.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from briefpub.domain.errors import ConfigError, ConfirmationNeeded
from briefpub.domain.issue import IssueState
from briefpub.domain.recurrence import Once
from briefpub.domain.schedule import Fate, Occurrence, RunState, Schedule, Selection
from briefpub.domain.walls import instant
from briefpub.workflows.compose import Compose
from briefpub.workflows.make_issue import unfrozen
from briefpub.workflows.ports import Progress, Runs, Schedules, silent
from briefpub.workflows.publish import Outcome, Publish, Published, Sentence

LEASE = timedelta(minutes=5)
OWNER = "publish --at"


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
        now: datetime,
        confirm: Callable[[Sentence], bool],
        expect: int | None = None,
        progress: Progress = silent,
    ) -> tuple[Published, Schedule | None]:
        """Freeze the list's next issue, and give the schedule that lets it go, or why there is none.

        Raises ConfigError for a moment that is over, and what `Publish` raises.
        """
        due = instant(wall, zone)
        if due <= now:
            raise ConfigError("that moment is over", where="--at", hint="leave --at out to publish now")
        publish = self.publish
        with publish.send.alone():
            list = publish.list(slug)
            record = publish.next(slug)
            if record and record.key in publish.reserved():
                return Published(outcome=Outcome.WAITING, key=record.key), None
            if record and record.state not in {IssueState.COMPOSED, IssueState.AWAITING}:
                return Published(outcome=Outcome.HELD, key=record.key), None
            made = publish.made(list, record, now, progress)
            if isinstance(made, Published):
                return made, None
            plan, built, findings = made
            sentence = publish.sentence(plan, unfrozen(plan, built), list, None)
            if sentence is None:
                raise ConfirmationNeeded("there is nothing to say yes to", where=plan.key)
            later = f"{sentence.text.removesuffix('.')}, at {wall:%Y-%m-%d %H:%M} ({zone})."
            publish.ask(Sentence(text=later, count=sentence.count, total=sentence.total), expect, confirm)
            record = record or Compose(issues=publish.issues).record(plan)
            frozen = publish.outbox.freeze(record.key, editions=built.editions, manifest=built.manifest)
            publish.issues.freeze(
                record.key,
                manifest_sha256=hashlib.sha256(frozen.manifest).hexdigest(),
                editions=frozen.editions,
                state=IssueState.AWAITING,
            )
            schedule = self.schedules.add(
                Schedule(
                    name=f"{slug[:40]}-at-{wall:%Y%m%d-%H%M}",
                    list=slug,
                    rule=Once(wall=wall),
                    timezone=zone,
                    since=now,
                    selection=Selection(by_hand=True),
                    freeze=due - now + LEASE,
                )
            )
            self._plan(schedule, wall, due, record.key, now)
        published = Published(
            outcome=Outcome.WAITING, key=record.key, folder=frozen.folder, findings=findings
        )
        return published, schedule

    def _plan(self, schedule: Schedule, wall: datetime, due: datetime, issue: str, now: datetime) -> None:
        """Give the run its issue before another schedule of the list takes it."""
        (run,) = self.runs.plan(schedule, [Occurrence(wall=wall, at=wall, due=due)], now=now)
        claimed = self.runs.claim(run, owner=OWNER, now=now, lease_until=now + LEASE)
        if claimed:  # else `briefpub run` was quicker: it takes the issue that waits
            adopted = self.runs.adopt(claimed, issue, owner=OWNER)
            self.runs.settle(adopted, Fate(state=RunState.COMPOSING), owner=OWNER, now=now)
            self.runs.let_go(adopted, owner=OWNER)
