"""The contents of a book: one tree of entries, written as XHTML for EPUB 3 and as NCX for older readers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import count

from briefpub.domain.article import Article
from briefpub.domain.document import Direction, Section
from briefpub.domain.issue import Publication
from briefpub.domain.walking import plain
from briefpub.render.book_names import UNWRITABLE, xml_name
from briefpub.render.book_page import Page, written

# Kobo's e-readers show three levels: essay, section, subsection.
DEEPEST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the contents; its language and direction stand only where they are not the book's."""

    title: str
    href: str
    language: str = ""
    direction: Direction | None = None
    entries: tuple["Entry", ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Landmark:
    """A place that reading systems offer to go to (EPUB 3.3, 7.4.4)."""

    kind: str
    title: str
    href: str


def chapter_entry(publication: Publication, article: Article, page: Page) -> Entry:
    """Give the entry of one essay, with its sections and theirs under it."""
    elsewhere = article.language != publication.language
    return Entry(
        title=page.title,
        href=page.file,
        language=article.language if elsewhere else "",
        direction=article.direction if article.direction != publication.direction else None,
        entries=_sections(article.sections, page.file, 2),
    )


def as_list(entries: Sequence[Entry]) -> str:
    """Write entries as an ordered list of links, lists within lists (EPUB 3.3, 7.3)."""
    items = "\n".join(_item(entry) for entry in entries)
    return f"<ol>\n{items}\n</ol>"


def as_landmarks(landmarks: Iterable[Landmark]) -> str:
    """Write landmarks as an ordered list of typed links."""
    items = "\n".join(
        f'<li><a epub:type="{mark.kind}" href="{escape(mark.href)}">'
        f"{escape(mark.title, quote=False)}</a></li>"
        for mark in landmarks
    )
    return f"<ol>\n{items}\n</ol>"


def as_ncx(publication: Publication, entries: Sequence[Entry]) -> bytes:
    """Write the contents as NCX (DAISY Z39.86, as OPF 2.0.1 takes it) for readers before EPUB 3."""
    points = "".join(_points(entries, count(1)))
    language, title = escape(publication.language), escape(written(publication.headline), quote=False)
    depth = max((_depth(entry) for entry in entries), default=1)
    text = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1" xml:lang="{language}">\n'
        "<head>\n"
        f'<meta name="dtb:uid" content="{publication.identifier.urn}"/>\n'
        f'<meta name="dtb:depth" content="{depth}"/>\n'
        '<meta name="dtb:totalPageCount" content="0"/>\n<meta name="dtb:maxPageNumber" content="0"/>\n'
        f"</head>\n<docTitle><text>{title}</text></docTitle>\n<navMap>\n{points}</navMap>\n</ncx>\n"
    )
    return UNWRITABLE.sub("", text).encode()


def _sections(sections: Iterable[Section], file: str, level: int) -> tuple[Entry, ...]:
    if level > DEEPEST:
        return ()
    return tuple(
        Entry(
            # A link without words leads nowhere (EPUB 3.3, 7.3): a heading of none keeps the sign for one.
            title=written(plain(section.heading)).strip() or "§",
            href=f"{file}#{xml_name(section.id)}",
            entries=_sections(section.sections, file, level + 1),
        )
        for section in sections
    )


def _item(entry: Entry) -> str:
    language = (
        f' lang="{escape(entry.language)}" xml:lang="{escape(entry.language)}"' if entry.language else ""
    )
    direction = f' dir="{entry.direction.value}"' if entry.direction else ""
    link = f'<a href="{escape(entry.href)}">{escape(entry.title, quote=False)}</a>'
    below = f"\n{as_list(entry.entries)}\n" if entry.entries else ""
    return f"<li{language}{direction}>{link}{below}</li>"


def _points(entries: Sequence[Entry], places: Iterator[int]) -> Iterator[str]:
    for entry in entries:
        place = next(places)
        yield (
            f'<navPoint id="point-{place}" playOrder="{place}"><navLabel><text>'
            f"{escape(entry.title, quote=False)}</text></navLabel>"
            f'<content src="{escape(entry.href)}"/>\n'
        )
        yield from _points(entry.entries, places)
        yield "</navPoint>\n"


def _depth(entry: Entry) -> int:
    return 1 + max((_depth(below) for below in entry.entries), default=0)
