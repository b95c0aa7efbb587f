"""The compilation: what goes in comes out, every link resolves, and two builds are the same bytes."""

import datetime as dt
import hashlib
import io
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from books import EPUB_TYPE, NS, XHTML, OpenBook, Shelf, arabic, default_layout, every_kind, hostile, para
from builders import a_list, an_article, an_issue
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from briefpub.domain.article import RelatedLink
from briefpub.domain.document import Image, Link, Section, Text
from briefpub.domain.errors import ContentError, LayoutError, RenderError
from briefpub.domain.issue import Collection, Format, Imprint, Publication
from briefpub.domain.layout import Layout, LayoutFile
from briefpub.render import compilation
from briefpub.render.book_metadata import Statement, statements
from briefpub.render.compilation import render_compilation

SITE = Imprint(name="Le Long Chemin", site="https://example.org", publisher="La Marge", rights="CC BY 4.0")


@pytest.fixture(autouse=True)
def _small_cover(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw no cover where a test does not look at it: that takes half a second each time."""
    if "drawn" not in request.fixturenames:
        buffer = io.BytesIO()
        Pillow.new("RGB", (16, 26), "#1f2a33").save(buffer, "PNG")
        monkeypatch.setattr(compilation, "draw_cover", lambda *_: buffer.getvalue())


@pytest.fixture
def drawn() -> None:
    """Ask for the real cover."""


def book_of(publication: Publication, shelf: Shelf | None = None, layout: Layout | None = None) -> OpenBook:
    edition = render_compilation(publication, layout or default_layout(), shelf or Shelf())
    assert edition.format is Format.EPUB
    return OpenBook(edition.data)


@pytest.fixture
def book() -> OpenBook:
    shelf = Shelf()
    linked = an_article(
        "linked",
        lead=(
            para(
                Link((Text("deep"),), "article:every-kind#deep"),
                Link((Text("whole"),), "article:every-kind"),
                Link((Text("gone"),), "article:nowhere"),
                Link((Text("canonical"),), "https://example.org/every/#part"),
                Link((Text("own"),), "#crust"),
            ),
        ),
        related=(
            RelatedLink(title="", article="every-kind"),
            RelatedLink(title="No such", article="nowhere"),
        ),
    )
    essays = (every_kind(shelf, canonical_url="https://example.org/every"), linked, arabic())
    return book_of(an_issue(*essays, imprint=SITE, list=a_list(language="fr"), number=12), shelf)


def with_file(name: str, text: str) -> Layout:
    layout = default_layout()
    file = LayoutFile(path=f"layouts/own/{name}", text=text)
    return replace(
        layout, files={**layout.files, name: file}, fingerprint=hashlib.sha256(text.encode()).hexdigest()
    )


# --- the zip ---------------------------------------------------------------------------------


def test_the_media_type_stands_first_and_stored(book: OpenBook) -> None:
    assert book.data[30:58] == b"mimetypeapplication/epub+zip"
    first = book.zip.infolist()[0]
    assert (first.filename, first.compress_type, first.extra) == ("mimetype", zipfile.ZIP_STORED, b"")


def test_pictures_are_stored_and_pages_deflated(book: OpenBook) -> None:
    for member in book.zip.infolist():
        stored = member.filename == "mimetype" or member.filename.endswith(".jpg")
        assert (member.compress_type == zipfile.ZIP_STORED) is stored
        assert member.date_time == (1980, 1, 1, 0, 0, 0)


def test_the_manifest_names_each_member_with_its_true_type(book: OpenBook) -> None:
    inside = {name.removeprefix("EPUB/") for name in book.names if name.startswith("EPUB/")} - {"content.opf"}
    assert set(book.manifest) == inside
    ids = [item.get("id") for item in book.manifest.values()]
    assert len(set(ids)) == len(ids)
    types = {".xhtml": "application/xhtml+xml", ".jpg": "image/jpeg", ".css": "text/css"}
    for href, item in book.manifest.items():
        assert item.get("media-type") == types.get(Path(href).suffix, "application/x-dtbncx+xml")
    assert book.manifest["img/cover.jpg"].get("properties") == "cover-image"
    assert book.manifest["nav.xhtml"].get("properties") == "nav"
    assert book.opf.find(".//opf:meta[@name='cover']", NS).get("content") == book.manifest[
        "img/cover.jpg"
    ].get("id")


def test_a_picture_met_twice_is_one_file_read_once() -> None:
    shelf = Shelf()
    book = book_of(an_issue(every_kind(shelf, "a"), every_kind(shelf, "b")), shelf)
    assert sum(name.endswith(".jpg") for name in book.names) == 3
    assert len(shelf.asked) == 3


# --- essays in, documents out ----------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 40])
def test_as_many_documents_come_out_as_essays_went_in(count: int) -> None:
    essays = tuple(an_article(f"essay-{place}") for place in range(count))
    book = book_of(an_issue(*essays))
    assert book.chapters == [f"text/essay-{place}.xhtml" for place in range(count)]


def test_a_book_of_nothing_is_refused() -> None:
    with pytest.raises(RenderError, match="no essay"):
        render_compilation(replace(an_issue(), articles=()), default_layout(), Shelf())


@pytest.mark.parametrize("id", ["nav", "cover", "title", "colophon", "authors", "toc", "mimetype", "content"])
def test_an_essay_may_be_called_what_a_page_is_called(id: str) -> None:
    book = book_of(an_issue(an_article(id), an_article("other")))
    assert book.chapters == [f"text/{id}.xhtml", "text/other.xhtml"]


def test_ids_alike_unsafe_or_alike_but_for_case_become_files_of_their_own() -> None:
    ids = ("a", "a", "A", "../up", "خرائط", "con cat", "")
    book = book_of(an_issue(*(an_article(id) for id in ids)))
    assert len(set(map(str.lower, book.chapters))) == len(ids)
    assert book.chapters[:3] == ["text/a.xhtml", "text/a-2.xhtml", "text/A-3.xhtml"]
    assert all(re.fullmatch(r"text/[A-Za-z0-9-]+\.xhtml", file) for file in book.chapters)


def test_every_word_of_an_essay_is_in_its_chapter_in_order(book: OpenBook) -> None:
    text = "".join(book.tree(book.chapters[0]).find("h:body", NS).itertext())
    wanted = [
        "Tout l’attirail",
        "Où l’on met tout.",
        "Odile Carnère",
        "Le quai",
        "O. C.",
        "Une péniche",
        "Premier titre",
    ]
    wanted += [
        "deux",
        "trois",
        "sens",
        "dit-il",
        "return 1",
        "Légende",
        "Plus bas",
        "Au fond",
        "Second titre",
        "Fin.",
    ]
    wanted += ["Ailleurs", "Sans adresse", "Archives", "Du même auteur", "Une note.", "Que rien n’appelle."]
    places = [text.find(words) for words in wanted]
    assert -1 not in places
    assert places == sorted(places)


def test_no_white_space_is_put_between_inlines(book: OpenBook) -> None:
    assert "Des <em>mots</em><strong>mots</strong><s>mots</s><sup>e</sup>" in book.text(book.chapters[0])


# --- contents --------------------------------------------------------------------------------


def toc(book: OpenBook) -> list[tuple[int, str, str]]:
    (nav,) = book.tree("nav.xhtml").xpath("//h:nav[@id='toc']", namespaces=NS)
    return list(entries(nav.find("h:ol", NS), 1))


def entries(listed: Any, level: int) -> Iterator[tuple[int, str, str]]:
    for item in listed.findall("h:li", NS):
        link = item.find("h:a", NS)
        yield level, "".join(link.itertext()), link.get("href")
        if (below := item.find("h:ol", NS)) is not None:
            yield from entries(below, level + 1)


def test_the_contents_are_the_headings_in_order_and_three_deep(book: OpenBook) -> None:
    assert [(level, title) for level, title, _ in toc(book)] == [
        (1, "Tout l’attirail"),
        (2, "Premier titre"),
        (3, "Plus bas"),
        (2, "Second titre"),
        (1, "On linked"),
        (2, "Crust"),
        (1, "خرائط تُرسَم بالأقدام"),
        (2, "النقطة الزرقاء"),
        (1, "Auteurs"),
        (1, "Colophon"),
    ]


def test_the_ncx_says_what_the_contents_say(book: OpenBook) -> None:
    ncx = book.tree("toc.ncx")
    points = [
        (point.find("ncx:navLabel/ncx:text", NS).text, point.find("ncx:content", NS).get("src"))
        for point in ncx.iter(f"{{{NS['ncx']}}}navPoint")
    ]
    assert points == [(title, href) for _, title, href in toc(book)]
    assert ncx.find(".//ncx:meta[@name='dtb:uid']", NS).get("content") == book.dc("identifier")[0]
    assert ncx.find(".//ncx:meta[@name='dtb:depth']", NS).get("content") == "3"


def test_the_landmarks_are_hidden_and_lead_to_pages(book: OpenBook) -> None:
    (nav,) = book.tree("nav.xhtml").xpath("//h:nav[@id='landmarks']", namespaces=NS)
    assert nav.get("hidden") == "hidden"
    marks = {link.get(EPUB_TYPE): link.get("href") for link in nav.iter(f"{XHTML}a")}
    assert marks == {
        "cover": "cover.xhtml",
        "titlepage": "title.xhtml",
        "toc": "nav.xhtml",
        "bodymatter": "text/every-kind.xhtml",
        "index": "authors.xhtml",
        "colophon": "colophon.xhtml",
    }
    assert book.spine == [
        "cover.xhtml", "title.xhtml", "nav.xhtml", *book.chapters, "authors.xhtml", "colophon.xhtml",
    ]  # fmt: skip


def test_a_heading_without_words_still_has_an_entry() -> None:
    section = Section(id="s", level=2, heading=(Text(" "),))
    assert ("§", "text/bread.xhtml#s") in [
        (title, href) for _, title, href in toc(book_of(an_issue(an_article(sections=(section,)))))
    ]


def test_authors_are_filed_by_their_last_word_and_only_where_there_are_two() -> None:
    essays = (
        an_article("x", authors=("Zoé Abel", "Élise Bon")),
        an_article("y", authors=("Zoé Abel", "Abel Éric")),
    )
    book = book_of(an_issue(*essays))
    rows = book.tree("authors.xhtml").find(".//h:dl", NS)
    assert ["".join(row.itertext()) for row in rows] == [
        "Zoé Abel", "On x", "On y", "Élise Bon", "On x", "Abel Éric", "On y",
    ]  # fmt: skip
    assert "authors.xhtml" not in book_of(an_issue(an_article(authors=("Zoé Abel",)))).spine


# --- links, notes, pictures ------------------------------------------------------------------


def links(book: OpenBook, file: str) -> dict[str, str]:
    return {"".join(a.itertext()): a.get("href") for a in book.tree(file).iter(f"{XHTML}a")}


def test_links_between_essays_are_links_within_the_book(book: OpenBook) -> None:
    found = links(book, "text/linked.xhtml")
    assert found == {
        "deep": "every-kind.xhtml#deep",
        "whole": "every-kind.xhtml",
        "canonical": "every-kind.xhtml",
        "own": "#crust",
        "Tout l’attirail": "every-kind.xhtml",
    }
    assert "gone" in book.text("text/linked.xhtml")
    assert "<li>No such</li>" in book.text("text/linked.xhtml")


def test_every_link_within_the_book_resolves() -> None:
    shelf = Shelf()
    essays = (hostile(), every_kind(shelf), arabic(), hostile("nav"), an_article("خرائط"))
    book = book_of(an_issue(*essays, imprint=SITE), shelf)
    for file in book.spine:
        for link in book.tree(file).iter(f"{XHTML}a", f"{XHTML}img"):
            href = link.get("href") or link.get("src")
            if re.match(r"[a-z]+:", href):
                continue
            target, _, fragment = href.partition("#")
            landed = os.path.normpath(Path(file).parent / target) if target else file
            assert landed in book.manifest, (file, href)
            assert not fragment or fragment in book.ids(landed), (file, href)


def test_notes_lead_there_and_back(book: OpenBook) -> None:
    page = book.tree(book.chapters[0])
    marks = page.xpath("//h:a[@role='doc-noteref']", namespaces=NS)
    notes = page.xpath("//h:aside[@role='doc-footnote']", namespaces=NS)
    assert [mark.get("href") for mark in marks] == ["#note.1", "#note.2", "#note.1", "#note.1"]
    assert [mark.get(EPUB_TYPE) for mark in marks] == ["noteref"] * 4
    assert [note.get(EPUB_TYPE) for note in notes] == ["footnote"] * 3
    ways = [
        [a.get("href")[1:] for a in note.xpath(".//h:a[@role='doc-backlink']", namespaces=NS)]
        for note in notes
    ]
    assert [len(way) for way in ways] == [3, 1, 0]
    assert ways[0] + ways[1] == [mark.get("id") for mark in marks if mark.get("href") == "#note.1"] + [
        mark.get("id") for mark in marks if mark.get("href") == "#note.2"
    ]
    assert len(page.xpath("//h:section[@role='doc-endnotes']", namespaces=NS)) == 1


def test_a_mark_without_its_note_is_no_link() -> None:
    book = book_of(
        an_issue(
            every_kind(
                Shelf(), notes=(), photo=None, lead=(para("x"),), sections=every_kind(Shelf()).sections[1:]
            )
        )
    )
    assert "noteref" not in book.text(book.chapters[0])
    assert "doc-endnotes" not in book.text(book.chapters[0])


def test_every_picture_has_its_alt_and_its_measures(book: OpenBook) -> None:
    for file in book.spine:
        for picture in book.tree(file).iter(f"{XHTML}img"):
            assert picture.get("alt")
            assert int(picture.get("width")) > 0
            assert int(picture.get("height")) > 0


def test_an_absent_picture_leaves_its_words(book: OpenBook) -> None:
    assert '<span class="absent">Une péniche que l’on n’a plus.</span>' in book.text(book.chapters[0])


def test_a_picture_that_is_gone_is_an_error_that_names_it() -> None:
    gone = Image(sha256="0" * 64, width=1, height=1, media_type="image/jpeg")
    essay = every_kind(Shelf())
    assert essay.photo
    photo = replace(essay.photo, picture=replace(essay.photo.picture, image=gone))
    with pytest.raises(ContentError, match="no such picture"):
        book_of(an_issue(replace(essay, photo=photo)))


# --- languages -------------------------------------------------------------------------------


def test_a_page_says_its_language_and_direction(book: OpenBook) -> None:
    root = book.tree("text/article-1f2e3d4c.xhtml")
    assert (root.get("lang"), root.get("dir")) == ("ar", "rtl")
    assert book.tree("text/linked.xhtml").get("dir") == "ltr"
    (item,) = book.tree("nav.xhtml").xpath("//h:li[@lang='ar']", namespaces=NS)
    assert item.get("dir") == "rtl"
    assert book.opf.find("opf:spine", NS).get("page-progression-direction") is None


def test_a_right_to_left_book_turns_its_pages_so() -> None:
    book = book_of(an_issue(arabic(), list=a_list(language="ar")))
    assert book.opf.find("opf:spine", NS).get("page-progression-direction") == "rtl"
    assert (book.opf.get("dir"), book.opf.get("{http://www.w3.org/XML/1998/namespace}lang")) == ("rtl", "ar")
    assert book.tree("title.xhtml").get("dir") == "rtl"


def test_a_language_that_is_none_is_an_error_that_names_the_essay() -> None:
    with pytest.raises(RenderError, match="no language tag") as caught:
        book_of(an_issue(an_article(language="plain english")))
    assert caught.value.where == "articles/bread.md"


# --- bad input -------------------------------------------------------------------------------


def test_hostile_words_are_words() -> None:
    book = book_of(an_issue(hostile(), hostile(), title=hostile().title))
    for file in book.spine:
        page = book.tree(file)
        assert page.find(".//h:script", NS) is None
        assert len(set(book.ids(file))) == len(book.ids(file))
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe]", book.text(file))
    heading = book.tree(book.chapters[0]).find(".//h:h1", NS)
    assert heading.text == hostile().title
    assert book.dc("title")[0] == hostile().title


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=300), st.text(max_size=300), st.text(min_size=1, max_size=40))
def test_any_title_text_and_id_make_a_book(title: str, words: str, id: str) -> None:
    section = Section(id=id, level=2, heading=(Text(words),), blocks=(para(Link((Text("x"),), f"#{id}")),))
    essay = an_article(id, title=title, lead=(para(words, id=id),), sections=(section,), authors=(title,))
    book = book_of(an_issue(essay, an_article("second"), title=title))
    assert len(book.chapters) == 2
    for file in (book.chapters[0], "nav.xhtml", "title.xhtml"):
        assert len(set(book.ids(file))) == len(book.ids(file))
    for _, _, href in toc(book):
        file, _, fragment = href.partition("#")
        assert not fragment or fragment in book.ids(file)


def test_an_undefined_name_in_a_template_is_an_error_with_file_and_line() -> None:
    text = default_layout().files["chapter.xhtml.j2"].text.replace("{{ heading }}", "{{ headin }}")
    with pytest.raises(LayoutError, match="headin") as caught:
        book_of(an_issue(), layout=with_file("chapter.xhtml.j2", text))
    line = text[: text.index("{{ headin }}")].count("\n") + 1
    assert caught.value.where == f"layouts/own/chapter.xhtml.j2:{line}"


@pytest.mark.parametrize("broken", ["<br>", "&nbsp;", "<p>", "</div>"])
def test_a_template_that_is_no_xml_is_an_error_that_names_the_essay(broken: str) -> None:
    text = default_layout().files["chapter.xhtml.j2"].text.replace("{{ sections }}", broken)
    with pytest.raises(RenderError, match="not well-formed") as caught:
        book_of(an_issue(), layout=with_file("chapter.xhtml.j2", text))
    assert caught.value.where == "articles/bread.md"
    assert "chapter.xhtml.j2" in caught.value.hint


def test_a_layout_without_a_page_is_an_error_that_names_it() -> None:
    files = {name: file for name, file in default_layout().files.items() if name != "colophon.xhtml.j2"}
    with pytest.raises(LayoutError, match=r"colophon\.xhtml\.j2"):
        book_of(an_issue(), layout=replace(default_layout(), files=files, fingerprint="less"))


def test_an_editor_may_change_the_colophon() -> None:
    text = (
        default_layout()
        .files["colophon.xhtml.j2"]
        .text.replace("{{ words.made_with }}", "Imprimé à la main.")
    )
    book = book_of(an_issue(), layout=with_file("colophon.xhtml.j2", text))
    assert "Imprimé à la main." in book.text("colophon.xhtml")


def test_metadata_that_would_be_lost_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def with_a_control(publication: Publication, *, pictures_described: bool) -> list[Statement]:
        said = statements(publication, pictures_described=pictures_described)
        return [*said, Statement(name="publisher", text="a\x00b", dublin=True)]

    monkeypatch.setattr(compilation, "statements", with_a_control)
    with pytest.raises(RenderError, match="metadata"):
        book_of(an_issue())


def test_an_essay_that_would_be_lost_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compilation, "chapter_files", lambda publication: ("text/a.xhtml", "front/b.xhtml"))
    with pytest.raises(RenderError, match="2 essays went in, 1 came out"):
        book_of(an_issue(an_article("a"), an_article("b")))


# --- the look --------------------------------------------------------------------------------


def test_the_style_sheet_leaves_colours_to_the_reader() -> None:
    css = re.sub(r"/\*.*?\*/", "", default_layout().files["epub.css"].text, flags=re.DOTALL)
    said = [(name, value.strip()) for name, value in re.findall(r"([\w-]+):([^;{}]+);", css)]
    assert {value for name, value in said if name in {"color", "background"}} == {"inherit", "none"}
    assert not any(
        name in {"background-color", "font-family"} for name, value in said if value != "monospace"
    )
    assert not any("rem" in value for _, value in said)
    assert {size for _, value in said for size in re.findall(r"(\d+)px", value)} <= {"1", "2", "3"}
    assert all(re.fullmatch(r"[\d.]+", value) for name, value in said if name == "line-height")
    assert "var(" not in book_of(an_issue()).text("css/epub.css")


# --- same input, same bytes ------------------------------------------------------------------

BUILD = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from books import Shelf, arabic, default_layout, every_kind
from builders import a_list, an_issue
from briefpub.render.compilation import render_compilation
shelf = Shelf()
issue = an_issue(every_kind(shelf), arabic(), list=a_list(language="fr"))
print(hashlib.sha256(render_compilation(issue, default_layout(), shelf).data).hexdigest())
"""


@pytest.mark.usefixtures("drawn")
@pytest.mark.slow
def test_two_machines_make_the_same_bytes(tmp_path: Path) -> None:
    tests = str(Path(__file__).parents[2])
    shelf = Shelf()
    here = render_compilation(
        an_issue(every_kind(shelf), arabic(), list=a_list(language="fr")), default_layout(), shelf
    ).sha256
    for zone, seed, locale in (("Pacific/Kiritimati", "1", "C"), ("America/New_York", "42", "fr_FR.UTF-8")):
        where = tmp_path / seed
        where.mkdir()
        world = {**os.environ, "TZ": zone, "PYTHONHASHSEED": seed, "LC_ALL": locale, "LANG": locale}
        done = subprocess.run(
            [sys.executable, "-c", BUILD, tests],
            env=world,
            cwd=where,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == here


def test_a_date_changes_the_moment_of_making_and_nothing_else_does() -> None:
    assert book_of(an_issue(date=None)).metas("dcterms:modified") == ["1980-01-01T00:00:00Z"]
    assert book_of(an_issue(date=None)).dc("date") == []
    dated = an_issue(date=dt.date(2026, 11, 24))
    assert book_of(dated).metas("dcterms:modified") == ["2026-11-24T00:00:00Z"]
    assert book_of(dated).dc("date") == ["2026-11-24"]
    assert book_of(replace(dated, revision=3)).metas("dcterms:modified") == ["2026-11-24T00:00:02Z"]


def test_a_collection_is_a_book_too() -> None:
    book = book_of(
        Collection(slug="w", title="The Winter", imprint=SITE, language="en", articles=(an_article(),))
    )
    assert book.dc("title") == ["The Winter", "Le Long Chemin"]
    assert book.metas("belongs-to-collection") == []
