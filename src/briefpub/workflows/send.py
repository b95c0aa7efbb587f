"""Send: whatever was frozen and not yet sent is queued, delivered and marked; what a crash left comes first.

Somebody said yes before an issue was frozen, so a frozen issue needs no second yes.
"""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from briefpub.domain.audience import List, SubscriptionFormat
from briefpub.domain.delivery import (
    ENDED,
    FINAL,
    Attempt,
    Delivery,
    DeliveryState,
    Mailing,
    MailingState,
    Message,
)
from briefpub.domain.errors import ConfigError, LayoutError, OutboxError, RenderError, TransportError
from briefpub.domain.home import ADOPT
from briefpub.domain.issue import Frozen, Imprint, IssueRecord, IssueState
from briefpub.domain.manifest import articles_of, title_of
from briefpub.domain.replies import Outcome
from briefpub.render.message import Compiled, Stationery, compiled
from briefpub.workflows.ahead import Make
from briefpub.workflows.deliver import Deliver, never
from briefpub.workflows.ports import Audience, Issues, Ledger, Outbox, Progress, silent

# An issue in these states has no mailing to be made: it is over, or nobody has said yes to it.
UNSENT = frozenset({IssueState.COMPOSED, IssueState.PUBLISHED, IssueState.HELD, IssueState.AWAITING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a run did for one mailing, and when the next of its deliveries is due.

    `done` counts what ended in this run; `trouble` says why nothing could be sent, in plain words.
    """

    mailing: Mailing
    done: int
    waits_until: datetime | None = None
    trouble: str = ""
    hint: str = ""


def nothing_to_mark() -> None:
    """Keep no mark."""


def none_reserved() -> frozenset[str]:
    """Say that no issue waits for a run's hour."""
    return frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Takes frozen issues to their end. `alone` holds the publication's lock; hold it around every call.

    `reserved` names the issues that wait for their hour or their editor: frozen, and with nobody's yes.
    `shared` says that others send at the same time: only leases that ran out are taken back, no others.
    `doubt` says why nothing may be sent from here by itself; `mark` is told of each mailing that is made.
    """

    audience: Audience
    issues: Issues
    ledger: Ledger
    outbox: Outbox
    deliver: Deliver
    alone: Callable[[], AbstractContextManager[None]]
    imprint: Imprint
    stationery: Callable[[List], Stationery]
    reserved: Callable[[], frozenset[str]] = none_reserved
    doubt: Callable[[], str] = str
    shared: bool = False
    mark: Callable[[], None] = nothing_to_mark
    _compiled: dict[tuple[str, str, List, str], Compiled] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __call__(
        self,
        *,
        now: Callable[[], datetime],
        progress: Progress = silent,
        stop: Callable[[], bool] = never,
    ) -> tuple[Sent, ...]:
        """Take every frozen issue as far as it goes; one answer for each mailing that has not ended.

        Raises StoreError. A transport that cannot be used, and an issue whose frozen files are damaged, are
        told in `Sent.trouble`: they stop no other list.
        """
        sent = []
        known = {mailing.issue: mailing for mailing in self.ledger.mailings()}
        reserved, why = self.reserved(), self.doubt()
        for record in self.issues.of():
            mailing = known.get(record.key)
            if stop() or (mailing is None and (record.state in UNSENT or record.key in reserved)):
                continue
            if mailing and _over(mailing) and record.state is IssueState.PUBLISHED:
                continue
            list = self.audience.list(record.list)
            if list is None:
                continue
            if why:
                left = mailing or _unmailed(record)
                sent.append(Sent(mailing=left, done=0, trouble=why, hint=ADOPT))
                continue
            try:
                one = self._one(record, list, mailing, now=now, progress=progress, stop=stop)
            except (ConfigError, LayoutError, OutboxError, RenderError) as error:
                # What is wrong with one issue stops no other list.
                mailing = mailing or self.ledger.mailing(record.key) or _unmailed(record)
                one = Sent(mailing=mailing, done=0, trouble=str(error), hint=error.hint)
            if one:
                sent.append(one)
        return tuple(sent)

    def issue(
        self,
        record: IssueRecord,
        frozen: Frozen,
        list: List,
        *,
        now: Callable[[], datetime],
        progress: Progress = silent,
        stop: Callable[[], bool] = never,
    ) -> Mailing:
        """Take one frozen issue to its end: recorded, queued, delivered, published.

        Raises TransportError when nothing could be sent and no delivery is to blame.
        """
        sha256 = hashlib.sha256(frozen.manifest).hexdigest()
        self.issues.freeze(record.key, manifest_sha256=sha256, editions=frozen.editions)
        mailing = self.ledger.queue(record.key, now=now())
        self.mark()
        if mailing.state not in ENDED:
            mailing = self.deliver(
                mailing,
                make=made(self.letters(frozen, list)),
                now=now,
                in_doubt=list.in_doubt,
                progress=progress,
                stop=stop,
            )
        if mailing.state in ENDED:
            self.issues.published(record.key)
        return mailing

    def recover(self, mailing: Mailing, list: List, *, now: datetime) -> Mailing:
        """Take back what a process that died had leased: at once, or where others work, when it runs out."""
        take_back = self.deliver.lapse if self.shared else self.deliver.recover
        return take_back(mailing, now=now, in_doubt=list.in_doubt)

    def queue(self, record: IssueRecord, *, now: datetime) -> Mailing | None:
        """Queue an issue that was frozen and not mailed yet; None for one that nobody said yes to."""
        if record.state in UNSENT or record.key in self.reserved():
            return None
        frozen = self.outbox.frozen(record.key)
        if frozen is None or articles_of(frozen.manifest) != record.articles:
            return None
        sha256 = hashlib.sha256(frozen.manifest).hexdigest()
        self.issues.freeze(record.key, manifest_sha256=sha256, editions=frozen.editions)
        mailing = self.ledger.queue(record.key, now=now)
        self.mark()
        return mailing

    def letters(self, frozen: Frozen, list: List, *, mark: str = "") -> Compiled:
        """Compile an issue's messages, `mark` before their subject.

        Raises RenderError where the digest cannot be mailed, ConfigError where the sender cannot be used.
        """
        key = frozen.key, hashlib.sha256(frozen.manifest).hexdigest(), list, mark
        if key not in self._compiled:
            # A process that goes on sending looks every few seconds: an issue is compiled once.
            self._compiled.clear()
            self._compiled[key] = compiled(
                frozen=frozen,
                list=list,
                imprint=self.imprint,
                subject=mark + title_of(frozen.manifest),
                stationery=self.stationery(list),
            )
        return self._compiled[key]

    def _one(
        self,
        record: IssueRecord,
        list: List,
        before: Mailing | None,
        *,
        now: Callable[[], datetime],
        progress: Progress,
        stop: Callable[[], bool],
    ) -> Sent | None:
        """Take one issue as far as it goes; None for one that nobody said yes to."""
        if before:
            before = self.recover(before, list, now=now())
            due = self.ledger.next_due(before.id, now=now())
            quiet = self.deliver.quiet_until(now())
            if quiet and due is not None:
                due = max(due, quiet)
            if before.state in ENDED:
                self.issues.published(record.key)
                return Sent(mailing=before, done=0)
            if before.state is MailingState.PAUSED or due is None or due > now():
                # Nothing of it may go now: its files need not be proved, nor its messages compiled.
                return Sent(mailing=before, done=0, waits_until=due)
        frozen = self.outbox.frozen(record.key)
        if frozen is None:
            if before is None:
                return None
            raise OutboxError(
                "the frozen issue is no longer in the outbox",
                where=record.key,
                hint="restore its folder from a backup: an issue must not go out in two versions",
            )
        if articles_of(frozen.manifest) != record.articles:
            return None
        trouble = hint = ""
        try:
            mailing = self.issue(record, frozen, list, now=now, progress=progress, stop=stop)
        except TransportError as error:
            trouble, hint = str(error), error.hint
            mailing = self.ledger.queue(record.key, now=now())
        return Sent(
            mailing=mailing,
            done=_ended(mailing) - (_ended(before) if before else 0),
            waits_until=self.ledger.next_due(mailing.id, now=now()),
            trouble=trouble,
            hint=hint,
        )


def made(letters: Compiled) -> Make:
    """Give the maker of a mailing's messages; what cannot be sent at all fails with the reason."""
    refused = {format: letters.refusal(format) for format in SubscriptionFormat}

    def make(delivery: Delivery, at: datetime) -> Message | Attempt:
        if refused[delivery.format]:
            return Attempt(at=at, outcome=Outcome.FAILED, reply=f"552 5.3.4 {refused[delivery.format]}")
        try:
            return letters(delivery, at)
        except ConfigError as error:
            return Attempt(at=at, outcome=Outcome.FAILED, reply=f"553 5.1.3 {error.message}")
        except (RenderError, ValueError) as error:
            # One person's message that cannot be made must not stop everybody behind it.
            return Attempt(at=at, outcome=Outcome.FAILED, reply=f"554 5.6.0 it cannot be made: {error}")

    return make


def _over(mailing: Mailing) -> bool:
    """Say whether a mailing has ended and nothing of it is in the hands of a process, alive or dead."""
    leased = (DeliveryState.CLAIMED, DeliveryState.HANDED)
    return mailing.state in ENDED and not any(mailing.counts.get(state) for state in leased)


def _unmailed(record: IssueRecord) -> Mailing:
    """Stand in for the mailing of an issue that was not queued yet."""
    return Mailing(id=0, list=record.list, issue=record.key, state=MailingState.QUEUED, counts={})


def _ended(mailing: Mailing) -> int:
    ended = FINAL | {DeliveryState.UNKNOWN}
    return sum(count for state, count in mailing.counts.items() if state in ended)
