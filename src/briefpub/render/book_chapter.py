"""One essay as a chapter of a book: header, photo, sections, what to read next, notes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from itertools import groupby

from briefpub.domain.article import Article
from briefpub.domain.document import NoteRef, Picture
from briefpub.domain.issue import Publication
from briefpub.domain.layout import Layout
from briefpub.domain.pictures import Pictures, PictureUse, Rendition
from briefpub.render.book_names import Crosslinks
from briefpub.render.book_page import Page, page
from briefpub.render.links import ids_of
from briefpub.render.markup import Markup, Shown
from briefpub.render.templating import safe
from briefpub.render.words import joined, long_date, number, word

WAYS_BACK = "\x00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A picture's file in the book."""

    file: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapters:
    """Writes the chapters of one book; each new picture is handed to `keep` once, and not held here."""

    publication: Publication
    layout: Layout
    pictures: Pictures
    links: Crosslinks
    keep: Callable[[Member], None]
    _shown: dict[str, Shown] = field(default_factory=dict)

    def chapter(self, article: Article, file: str) -> Page:
        """Write one essay. Raises LayoutError, RenderError naming the article, ContentError."""
        stem = file.removeprefix("text/").removesuffix(".xhtml")
        dot = _dot(article)
        marks: dict[str, list[str]] = {note.id: [] for note in article.notes}
        markup = Markup(
            href=lambda href: self.links.address(article, href),
            show=self._show,
            note=lambda ref: _note_mark(ref, article, marks, dot),
            xml=True,
        )
        # In reading order, so that the marks of a note are counted as a reader meets them.
        heading = _titled(article)
        standfirst = markup.inlines(article.standfirst)
        photo = self._photo(article, markup)
        lead = markup.blocks(article.lead)
        sections = markup.sections(article.sections)
        # A note may be referred to in a later note: the ways back are known when all notes are written.
        bodies = [markup.with_end(note.blocks, WAYS_BACK).rpartition(WAYS_BACK) for note in article.notes]
        notes = [
            {
                "id": f"note{dot}{note.number}",
                "number": number(note.number, article.language),
                "label": word(article.language, "note", n=number(note.number, article.language)),
                "body": safe(before + _ways_back(marks[note.id], article) + after),
            }
            for note, (before, _, after) in zip(article.notes, bodies, strict=True)
        ]
        context = {
            "name": self.publication.name,
            "id": f"essay{dot}{stem}",
            "title_id": f"title{dot}{stem}",
            "notes_id": f"notes{dot}{stem}",
            "notes_title_id": f"notes-title{dot}{stem}",
            "heading": heading,
            "standfirst": safe(standfirst),
            "authors": joined(article.authors, article.language),
            "date": article.date.isoformat() if article.date else "",
            "long_date": long_date(article.date, article.language),
            "photo": photo,
            "lead": safe(lead),
            "sections": safe(sections),
            "related": self._related(article),
            "notes": notes,
        }
        return page(
            self.layout,
            "chapter.xhtml.j2",
            context,
            id=f"essay.{stem}",
            file=file,
            title=heading,
            language=article.language,
            direction=article.direction,
            where=article.path or article.id,
        )

    def _show(self, picture: Picture) -> Shown | None:
        image = picture.image
        if image is None:
            return None
        if image.sha256 not in self._shown:
            made: Rendition = self.pictures.rendition(image, PictureUse.EPUB)
            file = f"img/{made.sha256[:24]}{made.extension}"
            self.keep(Member(file=file, media_type=made.media_type, data=made.data))
            self._shown[image.sha256] = Shown(src=f"../{file}", width=made.width, height=made.height)
        return self._shown[image.sha256]

    def _photo(self, article: Article, markup: Markup) -> dict[str, object] | None:
        photo = article.photo
        if photo is None:
            return None
        return {
            "picture": safe(markup.picture(photo.picture)),
            "caption": safe(markup.inlines(photo.caption)),
            "credit": photo.credit,
        }

    def _related(self, article: Article) -> list[dict[str, object]]:
        """Give related links by group, each group under its own words or the layout's."""
        return [
            {
                "heading": group or word(article.language, "related"),
                "links": [
                    {
                        "title": self.links.title(link),
                        "href": self.links.related(link),
                        "photo_alt": link.photo_alt,
                    }
                    for link in members
                ],
            }
            for group, members in groupby(article.related, key=lambda link: link.group)
        ]


def _titled(article: Article) -> str:
    return article.title.strip() or article.id


def _dot(article: Article) -> str:
    """Give what parts the words of the book's own ids, so that no id of the article's can be like them."""
    given = ids_of(article)
    dot = "."
    while any(dot in id for id in given):
        dot += "."
    return dot


def _note_mark(ref: NoteRef, article: Article, marks: dict[str, list[str]], dot: str) -> str:
    """Write a note's mark (EPUB 3.3 structural semantics, DPUB-ARIA 1.1), and remember its place."""
    shown = escape(number(ref.number, article.language))
    if ref.note not in marks:
        return f"<sup>{shown}</sup>"
    marks[ref.note].append(f"mark{dot}{ref.number}{dot}{len(marks[ref.note]) + 1}")
    return (
        f'<a class="noteref" epub:type="noteref" role="doc-noteref" id="{marks[ref.note][-1]}" '
        f'href="#note{dot}{ref.number}">{shown}</a>'
    )


def _ways_back(places: list[str], article: Article) -> str:
    """Write the links from a note back to each of its marks."""
    label = escape(word(article.language, "back_to_text"))
    arrow = "\u21a9\ufe0e"
    links = []
    for count, place in enumerate(places, start=1):
        again = f"<sup>{escape(number(count, article.language))}</sup>" if count > 1 else ""
        more = f" ({escape(number(count, article.language))})" if count > 1 else ""
        links.append(
            f'<a class="back" role="doc-backlink" epub:type="backlink" href="#{place}" '
            f'aria-label="{label}{more}">{arrow}{again}</a>'
        )
    return " ".join(links)
