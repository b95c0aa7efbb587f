"""Sweep: every nudge is derived from the rows again, so that no engine has to be trusted with one.

It settles leases that ran out, queues what a crash left frozen, marks what has ended as published, and asks
for as many tasks as there are ranges due. Anybody may do it at any time, and many at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from briefpub.domain.audience import InDoubt, List
from briefpub.domain.delivery import ENDED, DeliveryState, Mailing, MailingState
from briefpub.domain.errors import ConfigError, LayoutError, OutboxError, RenderError
from briefpub.domain.issue import IssueRecord, IssueState
from briefpub.domain.task import Task, tasks_for
from briefpub.workflows.send import Send
from briefpub.workflows.work import Told, untold

LEASED = (DeliveryState.CLAIMED, DeliveryState.HANDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """Looks at every mailing. `nudge` is the engine's."""

    send: Send
    nudge: Callable[[Sequence[Task]], None]
    tell: Told = untold

    def __call__(self, now: Callable[[], datetime]) -> int:
        """Look once, and give how many tasks were asked for. Raises StoreError."""
        tasks: tuple[Task, ...] = ()
        known = {mailing.issue: mailing for mailing in self.send.ledger.mailings()}
        for record in self.send.issues.of():
            mailing = known.get(record.key)
            if record.state is IssueState.PUBLISHED and (mailing is None or not _open(mailing)):
                continue
            list = self.send.audience.list(record.list)
            if list is None:
                continue
            try:
                tasks += self._one(record, list, mailing, now)
            except (ConfigError, LayoutError, OutboxError, RenderError) as error:
                # What is wrong with one issue stops no other.
                self.tell("error", "held up", issue=record.key, why=str(error), mend=error.hint)
        self.nudge(tasks)
        return len(tasks)

    def _one(
        self, record: IssueRecord, list: List, mailing: Mailing | None, now: Callable[[], datetime]
    ) -> tuple[Task, ...]:
        if mailing is None:
            if self.send.doubt():
                return ()
            mailing = self.send.queue(record, now=now())
            if mailing is None:
                return ()
            self.tell("info", "queued", issue=record.key, of=sum(mailing.counts.values()))
        if _leased(mailing, list):
            before = mailing
            mailing = self.send.deliver.lapse(mailing, now=now(), in_doubt=list.in_doubt)
            self._tell_lapsed(before, mailing)
        if mailing.state in ENDED:
            if record.state is not IssueState.PUBLISHED:
                self.send.issues.published(record.key)
            return ()
        if mailing.state is MailingState.PAUSED or self.send.deliver.quiet_until(now()):
            return ()
        due = self.send.ledger.next_due(mailing.id, now=now())
        if due is None or due > now():
            return ()
        return tasks_for(record.key, mailing.counts.get(DeliveryState.QUEUED, 0))

    def _tell_lapsed(self, before: Mailing, after: Mailing) -> None:
        doubted = after.counts.get(DeliveryState.UNKNOWN, 0) - before.counts.get(DeliveryState.UNKNOWN, 0)
        if doubted > 0:
            hint = "`briefpub outbox show` names them; they are held until somebody knows"
            self.tell("warning", "in doubt", issue=after.issue, unknown=doubted, mend=hint)


def _open(mailing: Mailing) -> bool:
    return mailing.state not in ENDED or any(mailing.counts.get(state) for state in LEASED)


def _leased(mailing: Mailing, list: List) -> bool:
    """Say whether a lease may have run out, or what lost one may be decided by the list."""
    doubted = mailing.counts.get(DeliveryState.UNKNOWN, 0) and list.in_doubt is not InDoubt.HOLD
    return bool(doubted or any(mailing.counts.get(state) for state in LEASED))
