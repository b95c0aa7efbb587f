"""The book around the essays: cover page, title page, contents, authors, colophon."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from briefpub.domain.issue import Publication
from briefpub.domain.layout import Layout
from briefpub.render.book_contents import Entry, Landmark, as_landmarks, as_list
from briefpub.render.book_metadata import authors_of, masthead
from briefpub.render.book_page import Page, page, written
from briefpub.render.templating import safe
from briefpub.render.words import long_date, numbered, word


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The pages that stand around the chapters of one publication."""

    publication: Publication
    layout: Layout

    def cover(self, picture: str, width: int, height: int) -> Page:
        """Give the page that shows the cover picture and nothing else."""
        own = {
            "picture": picture,
            "alt": word(self.publication.language, "cover_of", title=written(self.publication.headline)),
            "width": width,
            "height": height,
        }
        return self._page("cover.xhtml.j2", "cover", self._word("cover"), own)

    def title(self) -> Page:
        """Give the title page."""
        return self._page("title.xhtml.j2", "title", self._word("title_page"), self._imprint())

    def contents(self, entries: Sequence[Entry], landmarks: Sequence[Landmark]) -> Page:
        """Give the contents as a page of the book, which is its navigation document too."""
        own = {"contents": safe(as_list(entries)), "landmarks": safe(as_landmarks(landmarks))}
        return self._page("nav.xhtml.j2", "nav", self._word("contents"), own)

    def authors(self, chapters: Sequence[Page]) -> Page | None:
        """Give the index of authors, or None where fewer than two wrote the book."""
        essays: dict[str, list[dict[str, str]]] = {name: [] for name in authors_of(self.publication)}
        if len(essays) < 2:
            return None
        for article, chapter in zip(self.publication.articles, chapters, strict=True):
            for name in dict.fromkeys(written(name).strip() for name in article.authors):
                if name in essays:
                    essays[name].append(
                        {
                            "title": chapter.title,
                            "href": chapter.file,
                            "language": article.language,
                            "direction": article.direction.value,
                        }
                    )
        rows = [{"name": name, "essays": essays[name]} for name in sorted(essays, key=_filed)]
        return self._page("authors.xhtml.j2", "authors", self._word("authors"), {"authors": rows})

    def colophon(self, *, pictures_described: bool) -> Page:
        """Give the last page: who made the book, from what, and how it can be read."""
        access = "accessibility" if pictures_described else "accessibility_undescribed"
        own = self._imprint() | {
            "rights": self.publication.imprint.rights,
            "contact": self.publication.contact,
            "address": self.publication.address,
            "identifier": self.publication.identifier.urn,
            "accessibility": self._word(access),
        }
        return self._page("colophon.xhtml.j2", "colophon", self._word("colophon"), own)

    def _imprint(self) -> dict[str, Any]:
        publication = self.publication
        language = publication.language
        return {
            "name": written(publication.name),
            "headline": written(publication.headline),
            "masthead": masthead(publication),
            "number": numbered(publication.number, publication.frequency, language, long=True),
            "date": publication.date.isoformat() if publication.date else "",
            "long_date": long_date(publication.date, language),
            "authors": authors_of(publication),
            "essays": len(publication.articles),
            "publisher": publication.imprint.publisher or publication.imprint.name,
        }

    def _page(self, template: str, stem: str, title: str, own: dict[str, Any]) -> Page:
        return page(
            self.layout,
            template,
            own,
            id=f"page.{stem}",
            file=f"{stem}.xhtml",
            title=title,
            language=self.publication.language,
            direction=self.publication.direction,
            where=self.layout.files[template].path if template in self.layout.files else template,
        )

    def _word(self, key: str) -> str:
        return word(self.publication.language, key)


def _filed(name: str) -> tuple[str, str]:
    """Give what a name is filed under: its last word without accents, then the whole of it."""
    bare = "".join(
        char for char in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(char)
    )
    return (bare.split()[-1] if bare.split() else "", bare)
