"""Work: what a task does. It sends one range of a mailing, and asks for the next where more is due.

Any number of workers do this at once, on any machine: leases keep them apart. Frozen files are read and
messages compiled once for each issue, not once for each task.
"""

import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from briefpub.domain.audience import InDoubt, List
from briefpub.domain.delivery import ENDED, DeliveryState, Mailing, MailingState
from briefpub.domain.errors import BriefpubError, OutboxError, TransportError
from briefpub.domain.issue import IssueRecord
from briefpub.domain.task import RANGE, Task
from briefpub.workflows.ahead import Make
from briefpub.workflows.deliver import never
from briefpub.workflows.send import Send, made

# What is due later than this is left to the sweep.
SOON = timedelta(seconds=30)
# A mailing of which nothing could go is asked for again so much later, not in a circle.
REST = timedelta(seconds=1)
KEPT = 8


class Told(Protocol):
    """Takes what a task did, for the operator's log."""

    def __call__(self, level: str, event: str, **values: object) -> None:
        """Tell one thing."""
        ...


def untold(level: str, event: str, **values: object) -> None:
    """Tell nobody."""


@dataclass(slots=True, kw_only=True)
class Work:
    """Does tasks. `nudge` asks for the next one; `stop` says when to begin nothing more."""

    send: Send
    nudge: Callable[[Sequence[Task], timedelta | None], None]
    now: Callable[[], datetime]
    stop: Callable[[], bool] = never
    tell: Told = untold
    most: int = RANGE
    _makers: dict[tuple[str, str, List], Make] = field(default_factory=dict, init=False, repr=False)
    _told: dict[str, str] = field(default_factory=dict, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def __call__(self, task: Task) -> None:
        """Send a range of a mailing, if anything of it may go; raises what the ports raise."""
        mailing = self.send.ledger.mailing(task.issue)
        record = self.send.issues.get(task.issue)
        list = self.send.audience.list(record.list) if record else None
        if self.stop() or mailing is None or record is None or list is None:
            return
        if mailing.state is MailingState.PAUSED or self.send.deliver.quiet_until(self.now()):
            return
        if mailing.state in ENDED:
            self.send.issues.published(record.key)
            return
        if why := self.send.doubt():
            self.tell("warning", "nothing is sent from here", issue=task.issue, why=why)
            return
        self._range(task, mailing, record, list)

    def _range(self, task: Task, mailing: Mailing, record: IssueRecord, list: List) -> None:
        # Each task leases in a name of its own: two of one process must not take one another's work.
        deliver = replace(
            self.send.deliver, owner=f"{self.send.deliver.owner}/{secrets.token_hex(4)}", batch=self.most
        )
        try:
            done = deliver.range(
                mailing,
                make=self._maker(record, list),
                now=self.now,
                in_doubt=list.in_doubt,
                stop=self.stop,
                most=self.most,
            )
        except TransportError as error:
            # The sweep asks again, every half minute: what stands in the way is told once.
            if self._told.get(task.issue) != str(error):
                self._told[task.issue] = str(error)
                self.tell("warning", "held up", issue=task.issue, why=str(error), mend=error.hint)
            return
        self._told.pop(task.issue, None)
        after = self.send.ledger.mailing(task.issue) or mailing
        if done.ended:
            left = after.counts.get(DeliveryState.QUEUED, 0)
            self.tell("info", "sent", issue=task.issue, ended_now=done.ended, queued=left)
        if after.state in ENDED and list.in_doubt is not InDoubt.HOLD:
            # What ran out in other hands was taken for unknown on the way: the list says what becomes of it.
            after = self.send.deliver.lapse(after, now=self.now(), in_doubt=list.in_doubt)
        if after.state in ENDED:
            self.send.issues.published(record.key)
            self.tell("info", after.state.value, issue=task.issue, **_counted(after))
        elif after.state is MailingState.PAUSED:
            self.tell("warning", "paused", issue=task.issue, reason=after.reason)
        elif not self.stop():
            self._again(task, after, ended=done.ended, ready_at=done.ready_at)

    def _again(self, task: Task, mailing: Mailing, *, ended: int, ready_at: datetime | None) -> None:
        """Ask for the next range where one is due by then; a nudge that fails costs time alone."""
        now = self.now()
        due = self.send.ledger.next_due(mailing.id, now=now)
        if due is None:
            return
        at = due if ended else max(due, ready_at or now + REST)
        if at > now + SOON:
            return
        try:
            self.nudge([task], at - now if at > now else None)
        except BriefpubError as error:
            self.tell("warning", "the next task waits for the sweep", issue=task.issue, why=str(error))

    def _maker(self, record: IssueRecord, list: List) -> Make:
        """Give what makes an issue's messages; the frozen files are read and proved at the first task."""
        key = record.key, record.manifest_sha256, list
        with self._lock:
            if key not in self._makers:
                frozen = self.send.outbox.frozen(record.key)
                if frozen is None:
                    raise OutboxError(
                        "the frozen issue is not in the outbox of this machine",
                        where=record.key,
                        hint='let all machines share its folder, or set outbox = "database"',
                    )
                while len(self._makers) >= KEPT:
                    del self._makers[next(iter(self._makers))]
                self._makers[key] = made(self.send.letters(frozen, list))
            return self._makers[key]


def _counted(mailing: Mailing) -> dict[str, object]:
    return {state.value: count for state, count in mailing.counts.items() if count}
