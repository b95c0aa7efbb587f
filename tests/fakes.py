"""Fakes: one per port, in memory, held to the same contract suites as the real adapters."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Self

from briefpub.domain.article import Article
from briefpub.domain.audience import (
    List,
    RowFate,
    Subscriber,
    SubscriberRow,
    Subscription,
    SubscriptionState,
    address_hash,
    checked_address,
    folded,
    one_line,
)
from briefpub.domain.delivery import (
    Attempt,
    Delivery,
    DeliveryState,
    InDoubt,
    Mailing,
    MailingState,
    Message,
    Outcome,
    message_id_ends,
)
from briefpub.domain.document import Image
from briefpub.domain.errors import ConfigError, Conflict, LayoutError
from briefpub.domain.finding import Finding
from briefpub.domain.issue import Edition, Frozen, IssueRecord, IssueState
from briefpub.domain.layout import Layout
from briefpub.domain.pictures import PictureUse, Rendition
from briefpub.workflows.ports import Gathered, Imported

OFF = {SubscriptionState.UNSUBSCRIBED, SubscriptionState.BOUNCED, SubscriptionState.COMPLAINED}


@dataclass
class FakeArticles:
    articles: tuple[Article, ...] = ()
    findings: tuple[Finding, ...] = ()

    def gather(self) -> Gathered:
        return Gathered(articles=self.articles, findings=self.findings)


@dataclass
class FakeLayouts:
    names: tuple[str, ...] = ("default",)

    def read(self, name: str) -> Layout:
        if name not in self.names:
            raise LayoutError(f"there is no layout {name!r}")
        return Layout(name=name, files={}, fingerprint="f" * 64)


@dataclass
class FakeShelf:
    kept: dict[str, bytes] = field(default_factory=dict)

    def keep(self, data: bytes) -> Image:
        sha256 = hashlib.sha256(data).hexdigest()
        self.kept[sha256] = data
        return Image(sha256=sha256, width=1200, height=800, media_type="image/png")

    def rendition(self, image: Image, use: PictureUse) -> Rendition:
        return Rendition(
            data=self.kept[image.sha256],
            width=image.width,
            height=image.height,
            media_type=image.media_type,
            sha256=image.sha256,
        )


@dataclass
class FakeImporter:
    def __call__(self, data: bytes, *, name: str, language: str) -> Imported:
        return Imported(slug=name, source=f"---\nlang: {language}\n---\n{data.decode()}")


@dataclass
class FakeBooks:
    """What the fakes of one newsroom share, as adapters share a database."""

    lists: dict[str, List] = field(default_factory=dict)
    people: dict[str, Subscriber] = field(default_factory=dict)
    subscriptions: dict[tuple[str, int], Subscription] = field(default_factory=dict)
    suppressed: set[str] = field(default_factory=set)
    issues: dict[str, IssueRecord] = field(default_factory=dict)
    states: dict[int, MailingState] = field(default_factory=dict)
    mailings: dict[str, int] = field(default_factory=dict)
    rows: dict[int, "FakeRow"] = field(default_factory=dict)

    def known(self, slug: str) -> None:
        if slug not in self.lists:
            raise ConfigError(f"there is no list {slug!r}")

    def mailable(self, slug: str, subscriber: Subscriber) -> bool:
        subscription = self.subscriptions.get((slug, subscriber.id))
        return (
            subscription is not None
            and subscription.state is SubscriptionState.CONFIRMED
            and address_hash(subscriber.address) not in self.suppressed
        )


@dataclass
class FakeRow:
    slug: str
    delivery: Delivery
    due: dt.datetime
    owner: str | None = None
    until: dt.datetime | None = None
    attempts: list[Attempt] = field(default_factory=list)


@dataclass
class FakeAudience:
    books: FakeBooks

    def declare(self, list: List) -> None:
        self.books.lists[list.slug] = list

    def lists(self, *, archived: bool = False) -> tuple[List, ...]:
        return tuple(one for _, one in sorted(self.books.lists.items()) if archived or not one.archived)

    def list(self, slug: str) -> List | None:
        return self.books.lists.get(slug)

    def subscribe(
        self, list: str, rows: Sequence[SubscriberRow], *, consent: str, now: dt.datetime
    ) -> tuple[RowFate, ...]:
        fates = self.fates(list, rows)
        for row, fate in zip(rows, fates, strict=True):
            if fate is RowFate.NEW:
                person = self.books.people.setdefault(
                    folded(row.address),
                    Subscriber(
                        id=len(self.books.people) + 1,
                        address=checked_address(row.address, where=""),
                        name=one_line(row.name),
                    ),
                )
                self.books.subscriptions[list, person.id] = Subscription(
                    subscriber=person, list=list, state=row.state, format=row.format, consent=consent
                )
        return fates

    def fates(self, list: str, rows: Sequence[SubscriberRow]) -> tuple[RowFate, ...]:
        self.books.known(list)
        seen: set[str] = set()
        fates = []
        for row in rows:
            key = folded(row.address)
            fates.append(self._fate(list, row, key, seen))
            if fates[-1] is not RowFate.BAD:
                seen.add(key)
        return tuple(fates)

    def _fate(self, list: str, row: SubscriberRow, key: str, seen: set[str]) -> RowFate:
        try:
            checked_address(row.address, where="")
        except ConfigError:
            return RowFate.BAD
        if row.reason or row.name != one_line(row.name):
            return RowFate.BAD
        person = self.books.people.get(key)
        here = self.books.subscriptions.get((list, person.id)) if person else None
        if here:
            return RowFate.OFF if here.state in OFF else RowFate.HERE
        if address_hash(key) in self.books.suppressed:
            return RowFate.OFF
        return RowFate.HERE if key in seen else RowFate.NEW

    def unsubscribe(self, list: str, address: str, *, now: dt.datetime) -> bool:
        self.books.known(list)
        person = self.books.people.get(folded(address))
        here = self.books.subscriptions.get((list, person.id)) if person else None
        if here is None or here.state in OFF:
            return False
        ended = replace(here, state=SubscriptionState.UNSUBSCRIBED)
        self.books.subscriptions[list, here.subscriber.id] = ended
        return True

    def suppress(self, address: str, *, reason: str, now: dt.datetime) -> None:
        self.books.suppressed.add(address_hash(address))

    def subscriptions(self, list: str) -> Iterator[Subscription]:
        here = [one for one in self.books.subscriptions.values() if one.list == list]
        yield from sorted(here, key=lambda one: folded(one.subscriber.address))

    def confirmed(self, list: str) -> int:
        self.books.known(list)
        return sum(self.books.mailable(list, one.subscriber) for one in self.subscriptions(list))


@dataclass
class FakeIssues:
    books: FakeBooks

    def of(self, list: str | None = None) -> tuple[IssueRecord, ...]:
        here = [one for one in self.books.issues.values() if list in {None, one.list}]
        return tuple(sorted(here, key=lambda one: (one.list, one.number)))

    def get(self, key: str) -> IssueRecord | None:
        return self.books.issues.get(key)

    def compose(self, list: str, articles: Sequence[str], *, title: str, date: dt.date) -> IssueRecord:
        self.books.known(list)
        if not articles or len(set(articles)) < len(articles) or self.taken(list) & set(articles):
            raise Conflict("an article was in an issue of this list before")
        record = IssueRecord(
            list=list,
            number=max((one.number for one in self.of(list)), default=0) + 1,
            date=date,
            title=title,
            state=IssueState.COMPOSED,
            articles=tuple(articles),
        )
        self.books.issues[record.key] = record
        return record

    def taken(self, list: str) -> frozenset[str]:
        return frozenset(id for one in self.of(list) for id in one.articles)

    def set_state(self, key: str, state: IssueState) -> IssueRecord:
        open = {IssueState.COMPOSED, IssueState.HELD}
        if self._existing(key).state not in open or state not in open:
            raise Conflict("it cannot change any more", where=key)
        return self._keep(replace(self._existing(key), state=state))

    def freeze(self, key: str, *, manifest_sha256: str, editions: Sequence[Edition]) -> IssueRecord:
        record = self._existing(key)
        if record.manifest_sha256 == manifest_sha256:
            return record
        if record.manifest_sha256 or record.state is IssueState.HELD:
            raise Conflict("it is frozen with other bytes, or held", where=key)
        return self._keep(replace(record, state=IssueState.FROZEN, manifest_sha256=manifest_sha256))

    def published(self, key: str) -> IssueRecord:
        record = self._existing(key)
        if record.state not in {IssueState.FROZEN, IssueState.PUBLISHED}:
            raise Conflict("it is not frozen", where=key)
        return self._keep(replace(record, state=IssueState.PUBLISHED))

    def _existing(self, key: str) -> IssueRecord:
        if key not in self.books.issues:
            raise Conflict("there is no such issue", where=key)
        return self.books.issues[key]

    def _keep(self, record: IssueRecord) -> IssueRecord:
        self.books.issues[record.key] = record
        return record


@dataclass
class FakeLedger:
    books: FakeBooks

    def queue(self, issue: str, *, now: dt.datetime) -> Mailing:
        record = self.books.issues.get(issue)
        if record is None or not record.manifest_sha256:
            raise Conflict("only a frozen issue can be mailed", where=issue)
        if issue not in self.books.mailings:
            made = self.books.mailings[issue] = len(self.books.mailings) + 1
            before, behind = message_id_ends(
                issue=issue,
                manifest_sha256=record.manifest_sha256,
                sender=self.books.lists[record.list].sender,
            )
            for one in FakeAudience(self.books).subscriptions(record.list):
                if self.books.mailable(record.list, one.subscriber):
                    id = len(self.books.rows) + 1
                    delivery = Delivery(
                        id=id,
                        mailing=made,
                        subscriber=one.subscriber,
                        format=one.format,
                        state=DeliveryState.QUEUED,
                        message_id=f"{before}{one.subscriber.id}{behind}",
                    )
                    self.books.rows[id] = FakeRow(slug=record.list, delivery=delivery, due=now)
            any_ = any(self._rows(made))
            self.books.states[made] = MailingState.QUEUED if any_ else MailingState.DONE
        return self._mailing(issue)

    def mailing(self, issue: str) -> Mailing | None:
        return self._mailing(issue) if issue in self.books.mailings else None

    def mailings(self, list: str | None = None) -> tuple[Mailing, ...]:
        return tuple(
            self._mailing(issue)
            for issue in self.books.mailings
            if list in {None, self.books.issues[issue].list}
        )

    def claim(
        self, mailing: int, *, owner: str, most: int, lease_until: dt.datetime, now: dt.datetime
    ) -> tuple[Delivery, ...]:
        if self.books.states.get(mailing) not in {MailingState.QUEUED, MailingState.SENDING}:
            return ()
        for row in self._rows(mailing):
            if row.until is not None and row.until <= now:
                self._take_back(row, InDoubt.HOLD)
        due = sorted(
            (row for row in self._rows(mailing, DeliveryState.QUEUED) if row.due <= now),
            key=lambda row: (row.due, row.delivery.id),
        )
        claimed: list[Delivery] = []
        for row in due:
            if len(claimed) == most:
                break
            if self.books.mailable(row.slug, row.delivery.subscriber):
                self._stand(row, DeliveryState.CLAIMED)
                row.owner, row.until = owner, lease_until
                claimed.append(row.delivery)
            else:
                self._stand(row, DeliveryState.SKIPPED)
        self._roll(mailing)
        return tuple(sorted(claimed, key=lambda one: one.id))

    def recover(self, mailing: int, *, in_doubt: InDoubt, now: dt.datetime) -> Mailing:
        for row in self._rows(mailing):
            if row.until is not None:
                self._take_back(row, in_doubt)
            elif (
                row.delivery.state is DeliveryState.UNKNOWN
                and row.owner is not None
                and in_doubt is InDoubt.RESEND
            ):
                self._stand(row, DeliveryState.QUEUED)
                row.owner, row.due = None, now
        self._roll(mailing)
        return next(one for one in self.mailings() if one.id == mailing)

    def hand(self, deliveries: Sequence[int], *, owner: str, now: dt.datetime) -> frozenset[int]:
        handed = set()
        for id in deliveries:
            row = self.books.rows[id]
            if (
                row.owner == owner
                and row.until is not None
                and row.until > now
                and row.delivery.state is DeliveryState.CLAIMED
                and self.books.mailable(row.slug, row.delivery.subscriber)
            ):
                self._stand(row, DeliveryState.HANDED)
                handed.add(id)
        return frozenset(handed)

    def settle(self, results: Sequence[tuple[Delivery, Attempt]], *, owner: str) -> None:
        ours = {DeliveryState.CLAIMED, DeliveryState.HANDED, DeliveryState.UNKNOWN}
        for delivery, attempt in results:
            row = self.books.rows[delivery.id]
            if attempt not in row.attempts:
                row.attempts.append(attempt)
            if row.owner == owner and row.delivery.state in ours:
                row.delivery = delivery.after(attempt)
                row.due = row.delivery.not_before or attempt.at
                row.owner = row.until = None
        for mailing in {delivery.mailing for delivery, _ in results}:
            self._roll(mailing)

    def release(self, deliveries: Sequence[int], *, owner: str) -> None:
        for id in deliveries:
            row = self.books.rows[id]
            if row.owner == owner and row.delivery.state is DeliveryState.CLAIMED:
                self._take_back(row, InDoubt.HOLD)

    def deliveries(self, mailing: int) -> Iterator[Delivery]:
        rows = sorted(self._rows(mailing), key=lambda row: folded(row.delivery.subscriber.address))
        for row in rows:
            waits = row.delivery.state is DeliveryState.QUEUED and row.delivery.attempts
            yield replace(row.delivery, not_before=row.due if waits else None)

    def _rows(self, mailing: int, *states: DeliveryState) -> list[FakeRow]:
        rows = (row for row in self.books.rows.values() if row.delivery.mailing == mailing)
        return [row for row in rows if not states or row.delivery.state in states]

    def _stand(self, row: FakeRow, state: DeliveryState) -> None:
        row.delivery = replace(row.delivery, state=state)

    def _take_back(self, row: FakeRow, in_doubt: InDoubt) -> None:
        if row.delivery.state is DeliveryState.HANDED and in_doubt is InDoubt.HOLD:
            self._stand(row, DeliveryState.UNKNOWN)
            row.until = None  # the owner stays, and may still come with the reply
        else:
            self._stand(row, DeliveryState.QUEUED)
            row.owner = row.until = None

    def _roll(self, mailing: int) -> None:
        open = self._rows(mailing, DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.HANDED)
        self.books.states[mailing] = MailingState.SENDING if open else MailingState.DONE

    def _mailing(self, issue: str) -> Mailing:
        id = self.books.mailings[issue]
        return Mailing(
            id=id,
            list=self.books.issues[issue].list,
            issue=issue,
            state=self.books.states[id],
            counts={state: len(self._rows(id, state)) for state in DeliveryState},
        )


@dataclass
class FakeOutbox:
    folders: dict[str, Frozen] = field(default_factory=dict)

    def freeze(self, key: str, *, editions: Sequence[Edition], manifest: bytes) -> Frozen:
        pictures = {picture.path: picture for edition in editions for picture in edition.pictures}
        frozen = Frozen(
            key=key,
            folder=f"outbox/{key}",
            manifest=manifest,
            editions=tuple(Edition(format=one.format, data=one.data) for one in editions),
            pictures=tuple(pictures.values()),
        )
        if self.folders.setdefault(key, frozen).manifest != manifest:
            raise Conflict("other bytes are frozen there", where=key)
        return self.folders[key]

    def frozen(self, key: str) -> Frozen | None:
        return self.folders.get(key)


@dataclass
class FakeTransport:
    """Answers with `script`, one outcome after another, then accepts; keeps what it was handed for good."""

    script: Iterator[Outcome | BaseException] = field(default_factory=lambda: iter(()))
    in_doubt: InDoubt = InDoubt.HOLD
    sent: list[Message] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    @contextmanager
    def opened(self, issue: str) -> Iterator[Self]:
        self.log.append(f"open {issue}")
        yield self
        self.log.append("close")

    def send(self, message: Message, *, hand: Callable[[], bool], now: Callable[[], dt.datetime]) -> Attempt:
        outcome = next(islice(self.script, 1), Outcome.ACCEPTED)
        if isinstance(outcome, BaseException):
            raise outcome
        if not hand():
            return Attempt(at=now(), outcome=Outcome.DEFERRED, reply="no longer ours")
        if outcome in {Outcome.ACCEPTED, Outcome.UNKNOWN}:
            self.sent.append(message)
        return Attempt(at=now(), outcome=outcome, reply=f"fake {outcome}")
