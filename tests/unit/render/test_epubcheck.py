"""The compilation against EPUBCheck 5.3: no error, no warning, no remark on usage."""

from pathlib import Path

import pytest
from books import Shelf, arabic, default_layout, every_kind, hostile, para
from builders import a_list, an_article, an_issue
from epubcheck_run import epubcheck_messages

from briefpub.domain.article import Article, RelatedLink
from briefpub.domain.document import Link, Text
from briefpub.domain.issue import Collection, Imprint, Publication
from briefpub.render.compilation import render_compilation

pytestmark = pytest.mark.slow
SITE = Imprint(
    name="Le Long Chemin",
    site="https://example.org",
    publisher="La Marge",
    rights="CC BY 4.0",
    contact="a@example.org",
)


def publications(shelf: Shelf) -> dict[str, Publication]:
    linked = an_article(
        "linked",
        related=(
            RelatedLink(title="", article="every-kind"),
            RelatedLink(title="", article="article-1f2e3d4c"),
        ),
        lead=tuple(
            para(Link((Text("there"),), href))
            for href in ("article:every-kind#deep", "article:article-1f2e3d4c#النقطة", "article:linked")
        ),
    )
    several: tuple[Article, ...] = (every_kind(shelf), linked, arabic(), every_kind(shelf, "Every-Kind"))
    return {
        "one": an_issue(an_article(), date=None),
        "several": an_issue(*several, imprint=SITE, list=a_list(language="fr")),
        "arabic": an_issue(arabic(), an_article(), list=a_list(language="ar", name="مجلة"), imprint=SITE),
        "hostile": an_issue(
            hostile(),
            hostile(),
            hostile("خرائط ../x"),
            hostile("nav"),
            hostile("cover", title=""),
            title=hostile().title,
        ),
        "collection": Collection(
            slug="winter",
            title="The Winter",
            imprint=SITE,
            language="en",
            articles=(an_article(), an_article("rye")),
        ),
    }


@pytest.mark.parametrize("name", ["one", "several", "arabic", "hostile", "collection"])
def test_epubcheck_has_nothing_to_say(name: str, tmp_path: Path) -> None:
    shelf = Shelf()
    book = tmp_path / "book.epub"
    book.write_bytes(render_compilation(publications(shelf)[name], default_layout(), shelf).data)
    assert epubcheck_messages(book) == []


def test_epubcheck_is_heard(tmp_path: Path) -> None:
    """A broken book is told as broken, so that silence means something."""
    shelf = Shelf()
    data = render_compilation(an_issue(), default_layout(), shelf).data
    book = tmp_path / "book.epub"
    book.write_bytes(data.replace(b"application/epub+zip", b"application/epub+zap", 1))
    assert any("PKG-007" in message for message in epubcheck_messages(book))
