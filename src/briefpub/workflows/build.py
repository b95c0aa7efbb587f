"""Build: a publication and its layout become editions, each rendered only when its input changed."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from briefpub.check.articles import check_articles
from briefpub.check.editions import check_editions
from briefpub.domain.article import Article, Photo
from briefpub.domain.document import Picture
from briefpub.domain.finding import Finding
from briefpub.domain.issue import Edition, Format, Publication
from briefpub.domain.layout import Layout
from briefpub.domain.manifest import manifest_of
from briefpub.workflows.ports import PictureShelf, Progress, silent

ALL = tuple(Format)


class Editions(Protocol):
    """Editions kept by the hash of their input."""

    def get(self, key: str, format: Format) -> Edition | None:
        """Give one made before, or None."""
        ...

    def put(self, key: str, edition: Edition) -> None:
        """Keep one."""
        ...


class Presses(Protocol):
    """Renders several formats of one publication."""

    def __call__(
        self, publication: Publication, layout: Layout, formats: Sequence[Format], pictures: PictureShelf
    ) -> Iterator[Edition]:
        """Give each edition as it is done, in any order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A publication's editions in the order asked for, its manifest, and what there is to remark."""

    editions: tuple[Edition, ...]
    manifest: bytes
    findings: tuple[Finding, ...]
    rendered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """Makes editions. Does not decide what goes into a publication, and writes nothing down but the shelf.

    `draw` gives the typographic picture of an article; `engines` names the libraries whose version shows
    in the bytes; `code` covers our own renderers, so that a newer briefpub never shows an older page.
    """

    pictures: PictureShelf
    presses: Presses
    editions: Editions
    draw: Callable[[Article, Layout], bytes]
    engines: dict[str, str]
    code: str

    def __call__(
        self,
        publication: Publication,
        layout: Layout,
        formats: Sequence[Format] = ALL,
        *,
        progress: Progress = silent,
    ) -> Built:
        """Give the editions; raises LayoutError, RenderError or ContentError."""
        whole = hashlib.sha256(repr(publication).encode("utf-8", "surrogatepass")).hexdigest()
        keys = {format: self._key(whole, layout, format) for format in formats}
        made = {format: kept for format, key in keys.items() if (kept := self.editions.get(key, format))}
        todo = [format for format in formats if format not in made]
        progress("render", len(made), len(formats))
        if todo:
            complete = self._with_photos(publication, layout)
            for edition in self.presses(complete, layout, todo, self.pictures):
                self.editions.put(keys[edition.format], edition)
                made[edition.format] = edition
                progress("render", len(made), len(formats))
        editions = tuple(made[format] for format in formats)
        manifest = manifest_of(publication, editions, layout=layout.fingerprint, engines=self.engines)
        remarks = tuple(finding for edition in editions for finding in edition.findings)
        return Built(
            editions=editions,
            manifest=manifest,
            findings=check_articles(publication.articles) + remarks + check_editions(publication, editions),
            rendered=len(todo),
        )

    def _key(self, publication: str, layout: Layout, format: Format) -> str:
        """Hash all that may show in the edition's bytes; `publication` is the hash of its whole tree.

        The articles' own hashes would not do: a related title is that of another article, which may be in
        no issue at all.
        """
        content = {
            "format": format.value,
            "publication": publication,
            "layout": layout.fingerprint,
            "engines": self.engines,
            "code": self.code,
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def _with_photos(self, publication: Publication, layout: Layout) -> Publication:
        """Give the publication with a drawn picture for every article that has no picture file."""
        articles = tuple(self._with_photo(article, layout) for article in publication.articles)
        return replace(publication, articles=articles)

    def _with_photo(self, article: Article, layout: Layout) -> Article:
        if article.photo and article.photo.picture.image:
            return article
        image = self.pictures.keep(self.draw(article, layout))
        photo = article.photo or Photo(picture=Picture(source="", alt=article.title))
        # A drawn picture has no source, whatever file was looked for in vain.
        drawn = replace(photo.picture, source="", image=image)
        return replace(article, photo=replace(photo, picture=drawn))
