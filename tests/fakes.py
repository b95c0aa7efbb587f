"""Fakes: one per port, in memory, held to the same contract suites as the real adapters."""

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import fake_course

from briefpub.check.articles import heads_of
from briefpub.domain.article import Article, Heads
from briefpub.domain.audience import (
    Frequency,
    InDoubt,
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
    Event,
    Mailing,
    MailingState,
)
from briefpub.domain.document import Image
from briefpub.domain.errors import ConfigError, Conflict, LayoutError
from briefpub.domain.finding import Finding
from briefpub.domain.gathering import Course, moves_before
from briefpub.domain.issue import Edition, Frozen, IssueRecord, IssueState
from briefpub.domain.layout import Layout
from briefpub.domain.pictures import PictureUse, Rendition
from briefpub.domain.replies import Blame, verdict
from briefpub.workflows.ports import Gathered, Imported

OFF = {SubscriptionState.UNSUBSCRIBED, SubscriptionState.BOUNCED, SubscriptionState.COMPLAINED}


@dataclass
class FakeArticles:
    articles: tuple[Article, ...] = ()
    findings: tuple[Finding, ...] = ()

    def gather(self) -> Gathered:
        return Gathered(articles=self.articles, findings=self.findings)


@dataclass
class FakeHeads:
    articles: FakeArticles

    def heads(self) -> Heads:
        return heads_of(self.articles.gather())


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
    since: dict[tuple[str, int], dt.datetime] = field(default_factory=dict)
    gatherings: dict[str, set[Frequency]] = field(default_factory=dict)
    suppressed: set[str] = field(default_factory=set)
    issues: dict[str, IssueRecord] = field(default_factory=dict)
    again: dict[tuple[str, str], int] = field(default_factory=dict)
    states: dict[int, MailingState] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)
    forgiven: dict[int, int] = field(default_factory=dict)
    bounced: dict[tuple[str, int], dt.datetime] = field(default_factory=dict)
    mailings: dict[str, int] = field(default_factory=dict)
    queued_at: dict[str, dt.datetime] = field(default_factory=dict)
    rows: dict[int, "FakeRow"] = field(default_factory=dict)
    events: list[tuple[int, Attempt]] = field(default_factory=list)

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

    def skip_open(self, slug: str | None, person: int) -> None:
        for row in self.rows.values():
            if (
                row.delivery.subscriber.id == person
                and slug in {None, row.slug}
                and row.delivery.state in {DeliveryState.QUEUED, DeliveryState.CLAIMED}
            ):
                row.stand(DeliveryState.SKIPPED)
                self.roll(row.delivery.mailing)

    def of_mailing(self, mailing: int, *states: DeliveryState) -> list["FakeRow"]:
        rows = (row for row in self.rows.values() if row.delivery.mailing == mailing)
        return [row for row in rows if not states or row.delivery.state in states]

    def roll(self, mailing: int) -> None:
        if self.states[mailing] is MailingState.CANCELLED:
            return
        if not self.of_mailing(mailing, DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.HANDED):
            self.states[mailing], self.reasons[mailing] = MailingState.DONE, ""
        elif self.states[mailing] is not MailingState.PAUSED:
            self.states[mailing], self.reasons[mailing] = MailingState.SENDING, ""


@dataclass
class FakeRow:
    slug: str
    delivery: Delivery
    due: dt.datetime
    owner: str | None = None
    until: dt.datetime | None = None
    attempts: list[Attempt] = field(default_factory=list)

    def stand(self, state: DeliveryState, due: dt.datetime | None = None) -> None:
        self.delivery = replace(self.delivery, state=state)
        self.due = due or self.due
        self.owner = self.until = None


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
                    subscriber=person,
                    list=list,
                    state=row.state,
                    format=row.format,
                    device=row.device,
                    consent=consent,
                    frequency=row.frequency,
                )
                self.books.since[list, person.id] = now
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
        self.books.skip_open(list, here.subscriber.id)
        return True

    def suppress(self, address: str, *, reason: str, now: dt.datetime) -> None:
        self.books.suppressed.add(address_hash(address))
        person = self.books.people.get(folded(address))
        if person:
            self.books.skip_open(None, person.id)

    def subscriptions(self, list: str) -> Iterator[Subscription]:
        here = [one for one in self.books.subscriptions.values() if one.list == list]
        yield from sorted(here, key=lambda one: folded(one.subscriber.address))

    def confirmed(self, list: str, frequency: Frequency | None = None) -> int:
        self.books.known(list)
        going = [move.wants for move in moves_before(self.course(list))]
        return sum(
            self.books.mailable(list, one.subscriber)
            and frequency in {None, one.frequency}
            and not (frequency is Frequency.EACH and one.wants in going)
            for one in self.subscriptions(list)
        )

    def frequencies(self, list: str) -> tuple[Frequency, ...]:
        self.books.known(list)
        made = self.books.gatherings.get(list, set())
        return tuple(one for one in Frequency if one is Frequency.EACH or one in made)

    def course(self, list: str) -> Course:
        self.books.known(list)
        return fake_course.course_of(self.books, list)


@dataclass
class FakeIssues:
    books: FakeBooks

    def of(self, list: str | None = None) -> tuple[IssueRecord, ...]:
        here = [one for one in self.books.issues.values() if list in {None, one.list}]
        return tuple(sorted(here, key=lambda one: (one.list, one.frequency, one.number)))

    def get(self, key: str) -> IssueRecord | None:
        return self.books.issues.get(key)

    def compose(
        self,
        list: str,
        articles: Sequence[str],
        *,
        title: str,
        date: dt.date,
        frequency: Frequency = Frequency.EACH,
        through: int | None = None,
        again: bool = False,
    ) -> IssueRecord:
        self.books.known(list)
        if not articles or len(set(articles)) < len(articles):
            raise Conflict("an issue needs articles, each of them once")
        if not again and self.taken(list, frequency) & set(articles):
            raise Conflict("an article was in an issue of this list before")
        here = [one for one in self.of(list) if one.frequency is frequency]
        record = IssueRecord(
            list=list,
            number=max((one.number for one in here), default=0) + 1,
            date=date,
            title=title,
            state=IssueState.COMPOSED,
            articles=tuple(articles),
            frequency=frequency,
            through=through,
        )
        for article in articles:
            self.books.again[record.key, article] = sum(article in one.articles for one in here)
        self.books.issues[record.key] = record
        return record

    def taken(self, list: str, frequency: Frequency = Frequency.EACH) -> frozenset[str]:
        return frozenset(id for one in self.of(list) if one.frequency is frequency for id in one.articles)

    def set_state(self, key: str, state: IssueState) -> IssueRecord:
        open = {IssueState.COMPOSED, IssueState.HELD}
        if self._existing(key).state not in open or state not in open:
            raise Conflict("it cannot change any more", where=key)
        return self._keep(replace(self._existing(key), state=state))

    def freeze(
        self,
        key: str,
        *,
        manifest_sha256: str,
        editions: Sequence[Edition],
        state: IssueState = IssueState.FROZEN,
    ) -> IssueRecord:
        record = self._existing(key)
        if record.manifest_sha256 == manifest_sha256:
            said = record.state is IssueState.AWAITING and state is IssueState.FROZEN
            return self._keep(replace(record, state=state)) if said else record
        if record.manifest_sha256 or record.state is IssueState.HELD:
            raise Conflict("it is frozen with other bytes, or held", where=key)
        return self._keep(replace(record, state=state, manifest_sha256=manifest_sha256))

    def approve(self, key: str, *, manifest_sha256: str, by: str, now: dt.datetime) -> IssueRecord:
        record = self._existing(key)
        if not record.manifest_sha256 or record.manifest_sha256 != manifest_sha256:
            raise Conflict("these are not the bytes that are frozen", where=key)
        if record.state is not IssueState.AWAITING:
            raise Conflict("it waits for nobody", where=key)
        return self._keep(replace(record, approved_sha256=manifest_sha256))

    def withdraw(self, key: str) -> IssueRecord:
        record = self._existing(key)
        gone = {IssueState.FROZEN, IssueState.PUBLISHED}
        if key in self.books.mailings or record.state in gone:
            raise Conflict("it is on its way", where=key)
        here = [one for one in self.of(record.list) if one.frequency is record.frequency]
        if any(one.number > record.number for one in here):
            raise Conflict("a later issue is there already", where=key)
        return self.books.issues.pop(key)

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
            fake_course.fan_out(self.books, record, now)
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
        self,
        mailing: int,
        *,
        owner: str,
        most: int,
        lease_until: dt.datetime,
        now: dt.datetime,
        closed: frozenset[str] = frozenset(),
    ) -> tuple[Delivery, ...]:
        if mailing not in self.books.states:
            return ()
        for row in self.books.of_mailing(mailing):
            if row.until is not None and row.until <= now:
                self._take_back(row, InDoubt.HOLD, now)
        claimed: list[Delivery] = []
        if self.books.states[mailing] in {MailingState.QUEUED, MailingState.SENDING}:
            due = sorted(
                (row for row in self.books.of_mailing(mailing, DeliveryState.QUEUED) if row.due <= now),
                key=lambda row: (row.due, row.delivery.id),
            )
            for row in due:
                if len(claimed) == most:
                    break
                if row.delivery.site in closed:
                    continue
                if self.books.mailable(row.slug, row.delivery.subscriber):
                    row.stand(DeliveryState.CLAIMED)
                    row.owner, row.until = owner, lease_until
                    claimed.append(self._told(row))
                else:
                    row.stand(DeliveryState.SKIPPED)
            if due:
                self.books.roll(mailing)
        return tuple(claimed)

    def record(
        self,
        *,
        owner: str,
        handed: Sequence[int],
        ended: Sequence[tuple[Delivery, Attempt]],
        lease_until: dt.datetime,
        now: dt.datetime,
    ) -> frozenset[int]:
        ours = {DeliveryState.CLAIMED, DeliveryState.HANDED, DeliveryState.UNKNOWN}
        for after, attempt in ended:
            row = self.books.rows[after.id]
            if attempt.at not in {one.at for one in row.attempts}:
                row.attempts.append(attempt)
                self.books.events.append((after.id, attempt))
            if row.owner == owner and row.delivery.state in ours:
                self._settle(row, after, attempt)
        granted = set()
        for row in [self.books.rows[id] for id in handed if id in self.books.rows]:
            if (
                row.owner == owner
                and row.until is not None
                and row.until > now
                and row.delivery.state is DeliveryState.CLAIMED
                and self.books.states[row.delivery.mailing] is MailingState.SENDING
            ):
                row.stand(DeliveryState.HANDED)
                row.owner, row.until = owner, lease_until
                granted.add(row.delivery.id)
        for mailing in {one.mailing for one, _ in ended}:
            self.books.roll(mailing)
        return frozenset(granted)

    def _settle(self, row: FakeRow, after: Delivery, attempt: Attempt) -> None:
        cancelled = self.books.states[after.mailing] is MailingState.CANCELLED
        row.delivery = replace(after, not_before=None)
        skipped = cancelled and after.state is DeliveryState.QUEUED
        row.stand(DeliveryState.SKIPPED if skipped else after.state, after.not_before or attempt.at)
        refused = verdict(attempt.outcome, attempt.reply).blame is Blame.RECIPIENT
        here = self.books.subscriptions.get((row.slug, after.subscriber.id))
        if (
            after.state is DeliveryState.FAILED
            and refused
            and here
            and here.state is SubscriptionState.CONFIRMED
        ):
            key = row.slug, after.subscriber.id
            self.books.subscriptions[key] = replace(here, state=SubscriptionState.BOUNCED)
            self.books.bounced[key] = attempt.at

    def release(
        self, deliveries: Sequence[int], *, owner: str, not_before: dt.datetime | None = None
    ) -> None:
        for id in deliveries:
            row = self.books.rows[id]
            if row.owner == owner and row.delivery.state is DeliveryState.CLAIMED:
                row.stand(DeliveryState.QUEUED, not_before)

    def recover(self, mailing: int, *, in_doubt: InDoubt, now: dt.datetime) -> Mailing:
        return self._reclaim(mailing, in_doubt, now, over=False)

    def lapse(self, mailing: int, *, in_doubt: InDoubt, now: dt.datetime) -> Mailing:
        return self._reclaim(mailing, in_doubt, now, over=True)

    def _reclaim(self, mailing: int, in_doubt: InDoubt, now: dt.datetime, *, over: bool) -> Mailing:
        if self.books.states[mailing] is MailingState.CANCELLED and in_doubt is InDoubt.RESEND:
            in_doubt = InDoubt.HOLD
        moved = False
        for row in self.books.of_mailing(mailing):
            doubted = row.delivery.state is DeliveryState.UNKNOWN and row.owner is not None
            leased = row.until is not None and (row.until <= now or not over)
            if leased or (doubted and in_doubt is not InDoubt.HOLD):
                self._take_back(row, in_doubt, now)
                moved = True
        if moved:
            self.books.roll(mailing)
        return self._by_id(mailing)

    def deliveries(
        self, mailing: int, *, states: frozenset[DeliveryState] | None = None
    ) -> Iterator[Delivery]:
        rows = self.books.of_mailing(mailing, *(states or ()))
        for row in sorted(rows, key=lambda row: folded(row.delivery.subscriber.address)):
            if states is None or states:
                yield self._told(row)

    def pause(self, mailing: int, *, reason: str, now: dt.datetime) -> Mailing:
        if self.books.states[mailing] in {MailingState.QUEUED, MailingState.SENDING}:
            self.books.states[mailing] = MailingState.PAUSED
            self.books.reasons[mailing] = reason
        return self._by_id(mailing)

    def resume(self, mailing: int, *, now: dt.datetime) -> Mailing:
        if self.books.states[mailing] not in {MailingState.DONE, MailingState.CANCELLED}:
            for row in self.books.of_mailing(mailing, DeliveryState.QUEUED):
                row.due = min(row.due, now)
        if self.books.states[mailing] is MailingState.PAUSED:
            self.books.forgiven[mailing] = len(self.books.of_mailing(mailing, DeliveryState.FAILED))
            self.books.states[mailing], self.books.reasons[mailing] = MailingState.SENDING, ""
        return self._by_id(mailing)

    def cancel(self, mailing: int, *, reason: str, now: dt.datetime) -> Mailing:
        if self.books.states[mailing] not in {MailingState.DONE, MailingState.CANCELLED}:
            self.books.states[mailing] = MailingState.CANCELLED
            self.books.reasons[mailing] = reason
            for row in self.books.of_mailing(mailing, DeliveryState.QUEUED, DeliveryState.CLAIMED):
                row.stand(DeliveryState.SKIPPED)
        return self._by_id(mailing)

    def retry(self, mailing: int, *, now: dt.datetime) -> int:
        self._going_on(mailing)
        failed = self.books.of_mailing(mailing, DeliveryState.FAILED)
        for row in failed:
            key = row.slug, row.delivery.subscriber.id
            here = self.books.subscriptions.get(key)
            bounced = here is not None and here.state is SubscriptionState.BOUNCED
            if here and bounced and self.books.bounced.get(key) in {one.at for one in row.attempts}:
                self.books.subscriptions[key] = replace(here, state=SubscriptionState.CONFIRMED)
            row.stand(DeliveryState.QUEUED, now)
            row.delivery = replace(row.delivery, attempts=0)
        if failed:
            self.books.roll(mailing)
        return len(failed)

    def resolve(
        self, mailing: int, *, to: DeliveryState, addresses: Sequence[str] | None = None, now: dt.datetime
    ) -> int:
        if to not in {DeliveryState.QUEUED, DeliveryState.ACCEPTED, DeliveryState.FAILED}:
            raise Conflict(f"an unknown delivery cannot become {to}")
        if to is DeliveryState.QUEUED:
            self._going_on(mailing)
        wanted = None if addresses is None else set(map(folded, addresses))
        rows = [
            row
            for row in self.books.of_mailing(mailing, DeliveryState.UNKNOWN)
            if wanted is None or folded(row.delivery.subscriber.address) in wanted
        ]
        for row in rows:
            row.stand(to, now)
        if rows:
            self.books.roll(mailing)
        return len(rows)

    def next_due(self, mailing: int, *, now: dt.datetime) -> dt.datetime | None:
        due = [row.due for row in self.books.of_mailing(mailing, DeliveryState.QUEUED)]
        return max(min(due), now) if due else None

    def events(self, *, after: int = 0, mailing: int | None = None, most: int = 1000) -> tuple[Event, ...]:
        told = [
            Event(
                number=number,
                issue=self._by_id(self.books.rows[id].delivery.mailing).issue,
                address=self.books.rows[id].delivery.subscriber.address,
                attempt=attempt,
            )
            for number, (id, attempt) in enumerate(self.books.events, start=1)
            if mailing in {None, self.books.rows[id].delivery.mailing}
        ]
        return tuple(told[-1:] if after < 0 else [one for one in told if one.number > after][:most])

    def _told(self, row: FakeRow) -> Delivery:
        here = self.books.subscriptions.get((row.slug, row.delivery.subscriber.id))
        waits = row.delivery.state is DeliveryState.QUEUED and row.delivery.attempts
        device = here.device if here else ""
        return replace(row.delivery, not_before=row.due if waits else None, device=device)

    def _take_back(self, row: FakeRow, in_doubt: InDoubt, now: dt.datetime) -> None:
        if row.delivery.state is DeliveryState.CLAIMED:
            row.stand(DeliveryState.QUEUED)
        elif in_doubt is InDoubt.HOLD:
            owner = row.owner
            row.stand(DeliveryState.UNKNOWN)
            row.owner = owner  # who may still come with the reply
        else:
            resend = in_doubt is InDoubt.RESEND
            row.stand(DeliveryState.QUEUED if resend else DeliveryState.ACCEPTED, now)

    def _going_on(self, mailing: int) -> None:
        if self.books.states[mailing] is MailingState.CANCELLED:
            raise Conflict("the mailing is cancelled")

    def _by_id(self, mailing: int) -> Mailing:
        return next(one for one in self.mailings() if one.id == mailing)

    def _mailing(self, issue: str) -> Mailing:
        id = self.books.mailings[issue]
        return Mailing(
            id=id,
            list=self.books.issues[issue].list,
            issue=issue,
            state=self.books.states[id],
            counts={state: len(self.books.of_mailing(id, state)) for state in DeliveryState},
            reason=self.books.reasons.get(id, ""),
            forgiven=self.books.forgiven.get(id, 0),
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

    def withdraw(self, key: str) -> str:
        frozen = self.folders.pop(key, None)
        return f"withdrawn/{key}" if frozen else ""
