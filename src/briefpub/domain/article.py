"""An article, its photo and its related links: one essay, read and understood."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from briefpub.domain.document import (
    Block,
    Blocks,
    Direction,
    Figure,
    Inline,
    InlinePicture,
    Inlines,
    Note,
    Picture,
    Section,
)
from briefpub.domain.finding import Finding
from briefpub.domain.language import minutes_to_read
from briefpub.domain.walking import inlines_of, plain, walk, walk_inlines, walk_sections


class Status(StrEnum):
    """Whether an article may go into an issue."""

    DRAFT = "draft"
    READY = "ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """An article's picture. Its file may be absent; what is known of it is kept all the same."""

    picture: Picture
    caption: Inlines = ()
    credit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedLink:
    """A link to another article (by `article`, its id), to an `address`, or to neither yet."""

    title: str
    article: str = ""
    address: str = ""
    photo_alt: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One essay. `id` is its slug; `content_hash` covers its source and the pictures it names."""

    id: str
    title: str
    language: str
    direction: Direction
    lead: Blocks = ()
    sections: tuple[Section, ...] = ()
    notes: tuple[Note, ...] = ()
    related: tuple[RelatedLink, ...] = ()
    photo: Photo | None = None
    standfirst: Inlines = ()
    authors: tuple[str, ...] = ()
    date: dt.date | None = None
    tags: tuple[str, ...] = ()
    status: Status = Status.READY
    canonical_url: str = ""
    extra: tuple[tuple[str, str], ...] = ()
    path: str = ""
    content_hash: str = ""

    def body(self) -> Iterator[Block]:
        """Give every block of the lead, the sections and the notes, in reading order."""
        yield from walk(self.lead)
        for section in walk_sections(self.sections):
            yield from walk(section.blocks)
        for note in self.notes:
            yield from walk(note.blocks)

    def inlines(self) -> Iterator[Inline]:
        """Give every inline of the article: standfirst, caption, headings, blocks, notes."""
        runs: list[Inlines] = [self.standfirst]
        if self.photo:
            runs.append(self.photo.caption)
        runs.extend(section.heading for section in walk_sections(self.sections))
        runs.extend(run for block in self.body() for run in inlines_of(block))
        for run in runs:
            yield from walk_inlines(run)

    def pictures(self) -> Iterator[Picture]:
        """Give every picture the article shows, its photo first."""
        if self.photo:
            yield self.photo.picture
        for block in self.body():
            if isinstance(block, Figure):
                yield block.picture
        for inline in self.inlines():
            if isinstance(inline, InlinePicture):
                yield inline.picture

    def words(self) -> int:
        """Count the words of the lead and the sections, headings included, notes left out."""
        return len(self._running_text().split())

    def minutes(self) -> int:
        """Give the reading time in whole minutes, at least one."""
        text = self._running_text()
        return minutes_to_read(len(text.split()), len(text.replace(" ", "")), self.language)

    def _running_text(self) -> str:
        runs = [plain(run) for block in walk(self.lead) for run in inlines_of(block)]
        for section in walk_sections(self.sections):
            runs.append(plain(section.heading))
            runs.extend(plain(run) for block in walk(section.blocks) for run in inlines_of(block))
        return " ".join(runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What choosing needs to know of an article, without its text; `findings` are the preflight's on it."""

    id: str
    title: str
    language: str
    path: str
    date: dt.date | None = None
    tags: tuple[str, ...] = ()
    status: Status = Status.READY
    minutes: int = 1
    findings: tuple[Finding, ...] = ()


def head_of(article: Article) -> Head:
    """Give what choosing needs to know of an article, its findings left out."""
    return Head(
        id=article.id,
        title=article.title,
        language=article.language,
        path=article.path,
        date=article.date,
        tags=article.tags,
        status=article.status,
        minutes=article.minutes(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """The heads of a folder's articles, in the order of their paths, and findings that are of none."""

    heads: tuple[Head, ...]
    findings: tuple[Finding, ...] = ()


def told(heads: Iterable[Head], findings: Iterable[Finding]) -> Heads:
    """Give each head the findings on its file, in their order; those of files without a head stand beside."""
    alone = tuple(heads)
    by_path: dict[str, list[Finding]] = {head.path: [] for head in alone}
    others: list[Finding] = []
    for finding in findings:
        by_path.get(finding.where, others).append(finding)
    return Heads(
        heads=tuple(replace(head, findings=tuple(by_path[head.path])) for head in alone),
        findings=tuple(others),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The articles that could be read, in the order of their paths, and what there was to remark."""

    articles: tuple[Article, ...]
    findings: tuple[Finding, ...]
