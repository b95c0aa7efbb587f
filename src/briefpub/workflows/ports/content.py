"""What the workflows ask of articles, layouts, issues and the outbox."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from briefpub.domain.article import Gathered, Heads
from briefpub.domain.audience import Frequency
from briefpub.domain.document import Image
from briefpub.domain.importing import Imported
from briefpub.domain.issue import Edition, Frozen, IssueRecord, IssueState
from briefpub.domain.layout import Layout
from briefpub.domain.pictures import Pictures


class Articles(Protocol):
    """The author's folder of articles, drafts included."""

    def gather(self) -> Gathered:
        """Read every article; one that cannot be read becomes an error finding, never an exception."""
        ...


class ArticleHeads(Protocol):
    """The same folder, for those who choose: what is known of each article without its text."""

    def heads(self) -> Heads:
        """Give each article's head with its findings: what gathering and checking all of them would say."""
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

    def compose(
        self,
        list: str,
        articles: Sequence[str],
        *,
        title: str,
        date: date,
        frequency: Frequency = Frequency.EACH,
        through: int | None = None,
        again: bool = False,
    ) -> IssueRecord:
        """Insert the list's next issue at this frequency (number + 1) and claim its articles for the list.

        Raises Conflict when one of the articles already went into such an issue, unless asked for `again`.
        """
        ...

    def taken(self, list: str, frequency: Frequency = Frequency.EACH) -> frozenset[str]:
        """Give the ids of the articles that any issue of this list at this frequency holds."""
        ...

    def set_state(self, key: str, state: IssueState) -> IssueRecord:
        """Hold or approve a composed issue; raises Conflict when it is frozen already."""
        ...

    def freeze(
        self,
        key: str,
        *,
        manifest_sha256: str,
        editions: Sequence[Edition],
        state: IssueState = IssueState.FROZEN,
    ) -> IssueRecord:
        """Record the editions' hashes and the manifest's; the same hashes again change nothing.

        As `AWAITING` nobody has said yes to it yet; freezing the same as `FROZEN` is that yes.
        """
        ...

    def approve(self, key: str, *, manifest_sha256: str, by: str, now: datetime) -> IssueRecord:
        """Record that somebody approves these very bytes; raises Conflict where others are frozen."""
        ...

    def withdraw(self, key: str) -> IssueRecord:
        """Take back an issue that nobody was mailed: its articles are free again. Raises Conflict."""
        ...

    def published(self, key: str) -> IssueRecord:
        """Record that the issue's mailing has ended."""
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

    def withdraw(self, key: str) -> str:
        """Move what was frozen of an issue out of the way, and give where it is; nothing where nothing was.

        Only for an issue that nobody was mailed. Raises OutboxError.
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
