"""What the workflows ask of the world, as Protocols; adapters fit by shape and bootstrap joins them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Protocol

from briefpub.domain.article import Gathered
from briefpub.domain.audience import List, RowFate, SubscriberRow, Subscription
from briefpub.domain.delivery import Attempt, Delivery, InDoubt, Mailing, Message
from briefpub.domain.document import Image
from briefpub.domain.importing import ClassifiedBlock, Imported
from briefpub.domain.issue import Edition, Frozen, IssueRecord, IssueState
from briefpub.domain.layout import Layout
from briefpub.domain.pictures import Pictures

__all__ = [
    "Articles",
    "Audience",
    "ClassifiedBlock",
    "Frozen",
    "Gathered",
    "Imported",
    "Importer",
    "IssueRecord",
    "IssueState",
    "Issues",
    "Layouts",
    "Ledger",
    "Message",
    "Outbox",
    "PictureShelf",
    "Progress",
    "RowFate",
    "SubscriberRow",
    "Transport",
    "silent",
]


class Articles(Protocol):
    """The author's folder of articles, drafts included."""

    def gather(self) -> Gathered:
        """Read every article; one that cannot be read becomes an error finding, never an exception."""
        ...


class Layouts(Protocol):
    """The layouts, each laid over the default one."""

    def read(self, name: str) -> Layout:
        """Give a layout; raise LayoutError when there is none of that name."""
        ...


class PictureShelf(Pictures, Protocol):
    """Pictures by content hash, where drawn ones can be kept too."""

    def keep(self, data: bytes) -> Image:
        """Keep a drawn picture and give its measures."""
        ...


class Issues(Protocol):
    """The issues of every list. Each method is one transaction; doing it twice is the same as once."""

    def of(self, list: str | None = None) -> tuple[IssueRecord, ...]:
        """Give the issues of one list, or of all, oldest first."""
        ...

    def get(self, key: str) -> IssueRecord | None:
        """Give one issue by its key, `weekly/001`."""
        ...

    def compose(self, list: str, articles: Sequence[str], *, title: str, date: date) -> IssueRecord:
        """Insert the list's next issue (number + 1) and claim its articles for the list.

        Raises Conflict when one of the articles already went into an issue of this list.
        """
        ...

    def taken(self, list: str) -> frozenset[str]:
        """Give the ids of the articles that any issue of this list holds."""
        ...

    def set_state(self, key: str, state: IssueState) -> IssueRecord:
        """Hold or approve a composed issue; raises Conflict when it is frozen already."""
        ...

    def freeze(self, key: str, *, manifest_sha256: str, editions: Sequence[Edition]) -> IssueRecord:
        """Record the editions' hashes and the manifest's; the same hashes again change nothing."""
        ...

    def published(self, key: str) -> IssueRecord:
        """Record that the issue's mailing has ended."""
        ...


class Audience(Protocol):
    """Lists, subscribers and subscriptions."""

    def declare(self, list: List) -> None:
        """Insert the list, or bring an existing one to these values."""
        ...

    def lists(self, *, archived: bool = False) -> tuple[List, ...]:
        """Give the lists by slug; archived ones only when asked."""
        ...

    def list(self, slug: str) -> List | None:
        """Give one list, archived or not."""
        ...

    def subscribe(
        self, list: str, rows: Sequence[SubscriberRow], *, consent: str, now: datetime
    ) -> tuple[RowFate, ...]:
        """Add rows to a list, each as a subscriber (one address once) and a subscription; one transaction.

        An existing subscription keeps its state, whatever the row says. Gives each row's fate.
        """
        ...

    def fates(self, list: str, rows: Sequence[SubscriberRow]) -> tuple[RowFate, ...]:
        """Say what `subscribe` would do, and do nothing."""
        ...

    def unsubscribe(self, list: str, address: str, *, now: datetime) -> bool:
        """End a subscription; False when there was none to end."""
        ...

    def suppress(self, address: str, *, reason: str, now: datetime) -> None:
        """Never mail an address again, on any list; its hash is kept, so that erasing it undoes nothing."""
        ...

    def subscriptions(self, list: str) -> Iterator[Subscription]:
        """Give a list's subscriptions by address."""
        ...

    def confirmed(self, list: str) -> int:
        """Count those who would be mailed: confirmed and not suppressed."""
        ...


class Ledger(Protocol):
    """Who got what: mailings and their deliveries. Each method is one transaction."""

    def queue(self, issue: str, *, now: datetime) -> Mailing:
        """Make the issue's mailing with one queued delivery per confirmed subscriber, once.

        A second call gives the same mailing and adds nobody.
        """
        ...

    def mailing(self, issue: str) -> Mailing | None:
        """Give the mailing of an issue, with its counts."""
        ...

    def mailings(self, list: str | None = None) -> tuple[Mailing, ...]:
        """Give the mailings of a list, or of all, oldest first."""
        ...

    def claim(
        self, mailing: int, *, owner: str, most: int, lease_until: datetime, now: datetime
    ) -> tuple[Delivery, ...]:
        """Lease up to `most` due deliveries to `owner`.

        Those whose subscriber left or was suppressed since become `skipped` instead. Expired leases of
        claimed ones are taken back to `queued`, of handed ones to `unknown`.
        """
        ...

    def recover(self, mailing: int, *, in_doubt: InDoubt, now: datetime) -> Mailing:
        """Take back every lease, whoever holds it: only for a caller that holds the publication's lock.

        Claimed deliveries go back to the queue at once; handed ones, and those whose lease ran out after
        they were handed, go to the queue too or to `unknown`, as `in_doubt` says.
        """
        ...

    def hand(self, deliveries: Sequence[int], *, owner: str, now: datetime) -> frozenset[int]:
        """Commit `handed` for those still leased to `owner`; give their ids. The rest must not be sent."""
        ...

    def settle(self, results: Sequence[tuple[Delivery, Attempt]], *, owner: str) -> None:
        """Record attempts and where each delivery stands after its own (`Delivery.after`); one commit."""
        ...

    def release(self, deliveries: Sequence[int], *, owner: str) -> None:
        """Give claimed deliveries back to the queue untried."""
        ...

    def deliveries(self, mailing: int) -> Iterator[Delivery]:
        """Give every delivery of a mailing by address, with its last reply."""
        ...


class Outbox(Protocol):
    """Frozen editions on disk, whole or absent."""

    def freeze(self, key: str, *, editions: Sequence[Edition], manifest: bytes) -> Frozen:
        """Write an issue's folder in one rename; a frozen issue of the same bytes is left as it is.

        Raises Conflict when other bytes are frozen there, OutboxError when it cannot be written.
        """
        ...

    def frozen(self, key: str) -> Frozen | None:
        """Give a frozen issue; raise OutboxError when a file is not what the manifest says."""
        ...


class Transport(Protocol):
    """Hands messages over, one after another, on as few connections as it can."""

    @property
    def in_doubt(self) -> InDoubt:
        """Say what may be done with a message that was being handed over when its worker died."""
        ...

    def opened(self, issue: str) -> AbstractContextManager["Transport"]:
        """Open the way for the messages of one issue, and close it behind them."""
        ...

    def send(self, message: Message, *, hand: Callable[[], bool], now: Callable[[], datetime]) -> Attempt:
        """Hand one message over and say how it ended.

        `hand` is called once, right before the step that cannot be taken back; where it answers False
        the transport drops the message before that step and the attempt is `deferred`.
        Raises TransportError when no delivery is to blame (refused login, no such host).
        """
        ...


class Importer(Protocol):
    """Turns a source into Markdown articles, with a remark on each block."""

    def __call__(self, data: bytes, *, name: str, language: str) -> Imported:
        """Read one source; raises ContentError when nothing of it can be read."""
        ...


class Progress(Protocol):
    """Told how far a long work has come; draws, or does not."""

    def __call__(self, step: str, done: int, total: int) -> None:
        """Say that `done` of `total` of `step` are finished."""
        ...


def silent(step: str, done: int, total: int) -> None:
    """Tell nobody."""
