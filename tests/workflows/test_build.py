"""Build with fakes: what is rendered, what is taken from the shelf, and what is told of it."""

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from builders import IMPRINT, a_list, an_article, an_issue
from fakes import FakeShelf

from briefpub.domain.article import Article, Photo, RelatedLink
from briefpub.domain.audience import DigestBody
from briefpub.domain.document import Image, Picture
from briefpub.domain.finding import Finding, Severity
from briefpub.domain.issue import Collection, Edition, Format, Publication
from briefpub.domain.layout import Layout
from briefpub.workflows.build import ALL, Build
from briefpub.workflows.ports import PictureShelf

LAYOUT = Layout(name="default", files={}, fingerprint="f" * 64)
REMARK = Finding(code="R010", severity=Severity.ERROR, message="no font has it", where="articles/bread.md")


@dataclass
class FakeEditions:
    kept: dict[tuple[str, Format], Edition] = field(default_factory=dict)

    def get(self, key: str, format: Format) -> Edition | None:
        return self.kept.get((key, format))

    def put(self, key: str, edition: Edition) -> None:
        self.kept[key, edition.format] = edition


@dataclass
class FakePresses:
    """Prints in the reverse order, and keeps what it was asked for."""

    asked: list[tuple[Publication, tuple[Format, ...]]] = field(default_factory=list)
    findings: tuple[Finding, ...] = ()

    def __call__(
        self, publication: Publication, layout: Layout, formats: Sequence[Format], pictures: PictureShelf
    ) -> Iterator[Edition]:
        self.asked.append((publication, tuple(formats)))
        for format in reversed(formats):
            data = f"mailto: {format} of {publication.headline}".encode()
            yield Edition(format=format, data=data, findings=self.findings)


@dataclass
class Shop:
    """A build over fakes that stay."""

    presses: FakePresses = field(default_factory=FakePresses)
    pictures: FakeShelf = field(default_factory=FakeShelf)
    editions: FakeEditions = field(default_factory=FakeEditions)
    drawn: list[str] = field(default_factory=list)

    def build(self, **changes: Any) -> Build:
        values: dict[str, Any] = {
            "pictures": self.pictures,
            "presses": self.presses,
            "editions": self.editions,
            "draw": self.draw,
            "engines": {"weasyprint": "70.0"},
            "code": "c" * 64,
        }
        return Build(**{**values, **changes})

    def draw(self, article: Article, layout: Layout) -> bytes:
        self.drawn.append(article.id)
        return article.title.encode()


def test_gives_the_editions_in_the_order_asked_for_and_renders_them_once() -> None:
    shop = Shop()
    first = shop.build()(an_issue(), LAYOUT)
    assert [edition.format for edition in first.editions] == list(ALL)
    assert first.rendered == len(ALL)
    again = shop.build()(an_issue(), LAYOUT, ALL[::-1])
    assert again.rendered == 0
    assert again.editions == first.editions[::-1]
    assert len(shop.presses.asked) == 1
    assert shop.drawn == ["bread"]


def test_renders_only_the_format_that_is_not_there_yet() -> None:
    shop = Shop()
    shop.build()(an_issue(), LAYOUT, [Format.TEXT, Format.WEB])
    built = shop.build()(an_issue(), LAYOUT)
    assert shop.presses.asked[1][1] == (Format.DIGEST, Format.PDF, Format.EPUB)
    assert built.rendered == 3


OTHERS = {
    "title": an_issue(title="Another"),
    "number": an_issue(number=2),
    "day": an_issue(date=dt.date(2026, 11, 23)),
    "revision": an_issue(revision=2),
    "imprint": an_issue(imprint=replace(IMPRINT, rights="CC BY 4.0")),
    "list": an_issue(list=a_list(sender="Another <other@example.org>")),
    "body": an_issue(list=a_list(digest_body=DigestBody.FULL)),
    "article's text": an_issue(an_article(content_hash="1" * 64)),
    "article's id": an_issue(an_article("salt", title="On bread")),
    "another article": an_issue(an_article(), an_article("salt")),
    # The title comes from the article it names; that one's source is no part of this one's hash.
    "related title": an_issue(an_article(related=(RelatedLink(title="On salt", article="salt"),))),
    "collection": Collection(
        slug="bread", title="On bread", imprint=IMPRINT, language="en", articles=(an_article(),)
    ),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_another_publication_is_rendered(other: Publication) -> None:
    shop = Shop()
    shop.build()(an_issue(), LAYOUT, [Format.TEXT])
    assert shop.build()(other, LAYOUT, [Format.TEXT]).rendered == 1


def test_the_order_of_the_articles_counts() -> None:
    shop = Shop()
    bread, salt = an_article(), an_article("salt")
    shop.build()(an_issue(bread, salt, title="x"), LAYOUT, [Format.TEXT])
    assert shop.build()(an_issue(salt, bread, title="x"), LAYOUT, [Format.TEXT]).rendered == 1


@pytest.mark.parametrize("change", [{"engines": {"weasyprint": "70.1"}}, {"code": "d" * 64}])
def test_another_engine_or_a_newer_briefpub_renders_again(change: dict[str, object]) -> None:
    shop = Shop()
    shop.build()(an_issue(), LAYOUT, [Format.TEXT])
    assert shop.build(**change)(an_issue(), LAYOUT, [Format.TEXT]).rendered == 1


def test_another_layout_renders_again() -> None:
    shop = Shop()
    shop.build()(an_issue(), LAYOUT, [Format.TEXT])
    assert shop.build()(an_issue(), replace(LAYOUT, fingerprint="e" * 64), [Format.TEXT]).rendered == 1


def test_an_article_without_a_picture_file_gets_a_drawn_one() -> None:
    found = Image(sha256="a" * 64, width=3, height=2, media_type="image/jpeg")
    absent = Photo(picture=Picture(source="gone.jpg", alt="A loaf."), credit="O. C.")
    there = Photo(picture=Picture(source="loaf.jpg", alt="A loaf.", image=found))
    shop = Shop()
    issue = an_issue(an_article("a"), an_article("b", photo=absent), an_article("c", photo=there))
    shop.build()(issue, LAYOUT)
    assert shop.drawn == ["a", "b"]
    a, b, c = (article.photo for article in shop.presses.asked[0][0].articles)
    assert a is not None
    assert b is not None
    assert a.picture.alt == "On a"
    assert (b.picture.alt, b.credit) == ("A loaf.", "O. C.")
    assert b.picture.image is not None
    assert shop.pictures.kept[b.picture.image.sha256] == b"On b"
    assert c == there


def test_gathers_what_articles_renderers_and_editions_have_to_remark() -> None:
    shop = Shop(presses=FakePresses(findings=(REMARK,)))
    issue = an_issue(an_article(related=(RelatedLink(title="Elsewhere"),), lead=(), sections=()))
    built = shop.build()(issue, LAYOUT, [Format.TEXT])
    assert [finding.code for finding in built.findings] == ["A033", "A035", "R010"]
    again = shop.build()(issue, LAYOUT, [Format.TEXT])
    assert again.rendered == 0
    assert again.findings == built.findings


def test_the_manifest_names_the_editions_and_what_made_them() -> None:
    built = Shop().build()(an_issue(), LAYOUT, [Format.TEXT, Format.WEB])
    manifest = json.loads(built.manifest)
    assert [one["sha256"] for one in manifest["editions"]] == [one.sha256 for one in built.editions]
    assert (manifest["layout"], manifest["engines"]) == ("f" * 64, {"weasyprint": "70.0"})


def test_tells_how_far_it_has_come() -> None:
    shop = Shop()
    told: list[tuple[str, int, int]] = []
    shop.build()(an_issue(), LAYOUT, [Format.TEXT])
    shop.build()(an_issue(), LAYOUT, [Format.TEXT, Format.WEB], progress=lambda *step: told.append(step))
    assert told == [("render", 1, 2), ("render", 2, 2)]
