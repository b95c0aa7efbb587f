"""What is published: an issue of a list or a collection, and its editions."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias
from uuid import NAMESPACE_URL, UUID, uuid5

from briefpub.domain.article import Article
from briefpub.domain.audience import DigestBody, Frequency, List
from briefpub.domain.document import Direction
from briefpub.domain.finding import Finding
from briefpub.domain.language import direction_of


class Format(StrEnum):
    """The forms a publication takes, named as `briefpub build --to` names them."""

    DIGEST = "digest"
    TEXT = "text"
    WEB = "web"
    PDF = "pdf"
    EPUB = "epub"

    @property
    def file_name(self) -> str:
        """Give the name of the edition's file in the outbox."""
        return FILES[self][0]

    @property
    def media_type(self) -> str:
        """Give the edition's media type (RFC 6838)."""
        return FILES[self][1]


FILES: dict[Format, tuple[str, str]] = {
    Format.DIGEST: ("digest.html", "text/html; charset=utf-8"),
    Format.TEXT: ("digest.txt", "text/plain; charset=utf-8"),
    Format.WEB: ("web.html", "text/html; charset=utf-8"),
    Format.PDF: ("brief.pdf", "application/pdf"),
    Format.EPUB: ("compilation.epub", "application/epub+zip"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Imprint:
    """Who publishes: what colophons, footers and feeds say. Addresses end without a slash, or are empty.

    `letterbox` is where subscribers' own pages are served.
    """

    name: str = ""
    site: str = ""
    publisher: str = ""
    rights: str = ""
    contact: str = ""
    letterbox: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """A numbered, dated gathering of articles for one list; immutable once frozen."""

    list: List
    imprint: Imprint
    number: int
    date: dt.date | None
    articles: tuple[Article, ...]
    title: str = ""
    revision: int = 1
    frequency: Frequency = Frequency.EACH

    @property
    def folder(self) -> str:
        """Give the issue's folder within its list's: `003`, of a gathering `monthly-003`."""
        return folder_of(self.frequency, self.number)

    @property
    def key(self) -> str:
        """Give the issue's name in commands, folders and addresses: `weekly/001`."""
        return f"{self.list.slug}/{self.folder}"

    @property
    def name(self) -> str:
        """Give what stands on the masthead."""
        return self.list.name

    @property
    def headline(self) -> str:
        """Give the issue's own title, else its first article's."""
        return self.title or (self.articles[0].title if self.articles else self.name)

    @property
    def language(self) -> str:
        """Give the language of the issue's own words."""
        return self.list.language

    @property
    def direction(self) -> Direction:
        """Give the direction of the issue's own words."""
        return direction_of(self.language)

    @property
    def digest_body(self) -> DigestBody:
        """Say how much of each article the digest carries."""
        return self.list.digest_body

    @property
    def contact(self) -> str:
        """Give the mailbox a reader may write to."""
        return self.imprint.contact or self.list.sender

    @property
    def address(self) -> str:
        """Give the web address of the issue's folder, ending in a slash, or nothing without a site."""
        return f"{self.imprint.site}/{self.key}/" if self.imprint.site else ""

    @property
    def identifier(self) -> UUID:
        """Give a UUID that stays the same over rebuilds and revisions."""
        return uuid5(NAMESPACE_URL, f"briefpub:{self.imprint.site}/{self.key}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """An undated or rolling gathering of articles across issues."""

    slug: str
    title: str
    imprint: Imprint
    language: str
    articles: tuple[Article, ...]
    digest_body: DigestBody = DigestBody.LEAD

    @property
    def key(self) -> str:
        """Give the collection's name in addresses."""
        return f"library/{self.slug}"

    @property
    def number(self) -> int | None:
        """Give nothing: a collection has no number."""
        return None

    @property
    def frequency(self) -> Frequency:
        """Give the frequency of what gathers nothing by time."""
        return Frequency.EACH

    @property
    def revision(self) -> int:
        """Give the revision; a collection built by hand is always its first."""
        return 1

    @property
    def name(self) -> str:
        """Give what stands on the masthead."""
        return self.imprint.name or self.title

    @property
    def headline(self) -> str:
        """Give the collection's title."""
        return self.title

    @property
    def date(self) -> dt.date | None:
        """Give the newest date among the articles; none is invented."""
        return max((article.date for article in self.articles if article.date), default=None)

    @property
    def direction(self) -> Direction:
        """Give the direction of the collection's own words."""
        return direction_of(self.language)

    @property
    def contact(self) -> str:
        """Give the mailbox a reader may write to."""
        return self.imprint.contact

    @property
    def address(self) -> str:
        """Give the web address of the collection's folder, or nothing without a site."""
        return f"{self.imprint.site}/{self.key}/" if self.imprint.site else ""

    @property
    def identifier(self) -> UUID:
        """Give a UUID that stays the same as the collection grows."""
        return uuid5(NAMESPACE_URL, f"briefpub:{self.imprint.site}/{self.key}")


Publication: TypeAlias = Issue | Collection


def article_of(publication: Publication, article_id: str) -> Article | None:
    """Find an article of the publication by its id."""
    return next((article for article in publication.articles if article.id == article_id), None)


def languages_of(publication: Publication) -> Iterator[str]:
    """Give each language of the publication once, its own first."""
    yield from dict.fromkeys([publication.language, *(a.language for a in publication.articles)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """A publication in one format, as bytes, with what its renderer had to remark."""

    format: Format
    data: bytes
    findings: tuple[Finding, ...] = ()
    pictures: tuple["EditionPicture", ...] = ()

    @property
    def sha256(self) -> str:
        """Give the SHA-256 of the bytes, in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionPicture:
    """A picture that an edition shows from a file beside it, by its path from the edition's folder."""

    path: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """An issue's editions as they lie in the outbox, verified against their manifest."""

    key: str
    folder: str
    manifest: bytes
    editions: tuple[Edition, ...]
    pictures: tuple[EditionPicture, ...]


class IssueState(StrEnum):
    """Where an issue stands: only a composed one may still change; a held one waits for its editor.

    An awaiting one is frozen, and nobody has said yes to it: it waits for its hour or for approval.
    """

    COMPOSED = "composed"
    HELD = "held"
    AWAITING = "awaiting"
    FROZEN = "frozen"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueRecord:
    """An issue as the store keeps it: its place, its articles by id, and the hashes once frozen.

    `through` is the number of the last issue that a gathering gathers.
    """

    list: str
    number: int
    date: dt.date
    title: str
    state: IssueState
    articles: tuple[str, ...]
    manifest_sha256: str = ""
    frequency: Frequency = Frequency.EACH
    through: int | None = None
    approved_sha256: str = ""

    @property
    def key(self) -> str:
        """Give the issue's name: `weekly/001`, of a gathering `weekly/monthly-001`."""
        return f"{self.list}/{folder_of(self.frequency, self.number)}"

    @property
    def approved(self) -> bool:
        """Say whether an editor approved the very bytes that are frozen."""
        return bool(self.manifest_sha256) and self.approved_sha256 == self.manifest_sha256


def folder_of(frequency: Frequency, number: int) -> str:
    """Give an issue's folder within its list's: three digits or more, so that names sort."""
    return f"{number:03d}" if frequency is Frequency.EACH else f"{frequency.value}-{number:03d}"


def place_of(key: str) -> tuple[str, Frequency, int]:
    """Read an issue's key as its list, frequency and number; of nonsense the number is -1."""
    slug, _, folder = key.partition("/")
    gathered, _, number = folder.rpartition("-")
    frequency = next((each for each in Frequency if each.value == (gathered or "each")), None)
    right = frequency and gathered != "each" and number.isascii() and number.isdigit() and len(number) < 10
    return slug, frequency or Frequency.EACH, int(number) if right else -1
