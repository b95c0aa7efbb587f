"""The brief: one tagged PDF, hermetic, the same bytes anywhere; nothing the engine could not do goes unsaid."""

import builtins
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pypdf
import pytest
from books import HOSTILE, Shelf, arabic, default_layout, every_kind, hostile, para
from builders import an_article, an_issue

from briefpub.content.fonts import prepare_fonts
from briefpub.domain.article import Article, Photo, RelatedLink
from briefpub.domain.document import (
    Align,
    CodeBlock,
    DefinitionList,
    Emphasis,
    Figure,
    Image,
    InlinePicture,
    ItemList,
    Link,
    Note,
    NoteRef,
    Paragraph,
    Passage,
    Picture,
    Quotation,
    Rule,
    Section,
    Table,
    Text,
)
from briefpub.domain.errors import ContentError, LayoutError, RenderError
from briefpub.domain.finding import Severity
from briefpub.domain.issue import Collection, Edition, Format, Imprint, Publication
from briefpub.domain.layout import Layout, LayoutFile
from briefpub.domain.walking import plain, walk_sections
from briefpub.render import brief, brief_article, brief_remarks
from briefpub.render.brief import render_brief

SITE = Imprint(name="La Revue", site="https://example.org", publisher="La Marge", rights="CC BY 4.0")
TESTS = Path(__file__).resolve().parents[2]
FAMILIES = ("Source-Serif-4", "Source-Sans-3", "Source-Code-Pro", "Noto-Naskh-Arabic")


@pytest.fixture(scope="module", autouse=True)
def _fonts() -> Iterator[None]:
    before = os.environ.get("FONTCONFIG_FILE")
    with tempfile.TemporaryDirectory() as folder:
        prepare_fonts(default_layout(), Path(folder))
        yield
    os.environ.pop("FONTCONFIG_FILE")
    if before is not None:
        os.environ["FONTCONFIG_FILE"] = before


class Opened:
    """A brief as a reader's program sees it."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self.pdf = pypdf.PdfReader(io.BytesIO(edition.data))

    @property
    def root(self) -> Any:
        return self.pdf.trailer["/Root"]

    def words(self) -> str:
        text = " ".join(page.extract_text() for page in self.pdf.pages)
        return re.sub(r"\s+", " ", text.replace("-\n", ""))

    def bookmarks(self) -> list[tuple[int, str]]:
        def told(outline: list[Any], depth: int) -> Iterator[tuple[int, str]]:
            for entry in outline:
                if isinstance(entry, list):
                    yield from told(entry, depth + 1)
                else:
                    yield depth, entry.title

        return list(told(self.pdf.outline, 1))

    def addresses(self) -> set[str]:
        return {
            str(note.get_object()["/A"]["/URI"])
            for page in self.pdf.pages
            for note in page.get("/Annots", ())
            if "/URI" in note.get_object().get("/A", {})
        }

    def fonts(self) -> set[str]:
        with pikepdf.open(io.BytesIO(self.edition.data)) as pdf:
            fonts = [thing for thing in pdf.objects if isinstance(thing, pikepdf.Dictionary)]
            return {
                str(font.FontName).split("+")[-1] for font in fonts if font.get("/Type") == "/FontDescriptor"
            }


def brief_of(publication: Publication, *, layout: Layout | None = None, shelf: Shelf | None = None) -> Opened:
    return Opened(render_brief(publication, layout or default_layout(), shelf or Shelf()))


def long_essay(id: str = "long", **changes: Any) -> Article:
    """Give an essay of several pages, each paragraph and heading of its own words."""
    text = "The river takes its time and the plain lets it, for there is nowhere else to be today. "
    sections = tuple(
        Section(
            id=f"part-{part}",
            level=2,
            heading=(Text(f"Part {part}"),),
            blocks=tuple(para(f"Paragraph {part}.{row} opens. " + text * 4) for row in range(1, 7)),
        )
        for part in range(1, 5)
    )
    return an_article(id, **{"title": "A long way round", "sections": sections, **changes})


def changed(name: str, edit: Any) -> Layout:
    layout = default_layout()
    file = layout.files[name]
    files = {**layout.files, name: LayoutFile(path=file.path, text=edit(file.text))}
    return replace(layout, files=files, fingerprint="")


def css(rule: str) -> Layout:
    return changed("brief.css", lambda text: f"{text}\n{rule}\n")


def template(markup: str) -> Layout:
    return changed("brief.html.j2", lambda text: text.replace("</body>", f"{markup}\n</body>"))


# --- what the file is ------------------------------------------------------------------------


def test_it_is_tagged_titled_and_says_its_language_and_standards() -> None:
    made = brief_of(an_issue(an_article(title="Pain & levain", language="fr"), imprint=SITE))
    assert made.edition.format is Format.PDF
    assert made.root["/MarkInfo"]["/Marked"]
    assert made.root["/Lang"] == "en"  # the publication's own words are English
    assert made.root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "/StructTreeRoot" in made.root
    assert made.pdf.metadata is not None
    assert made.pdf.metadata.title == "Pain & levain"
    about = made.root["/Metadata"].get_data().decode()
    assert "pdfuaid:part>1<" in about
    assert re.search(r'pdfaid:part="3"', about)
    assert re.search(r'pdfaid:conformance="A"', about)


def test_its_dates_are_the_publications_and_none_are_invented() -> None:
    dated = brief_of(an_issue()).pdf.metadata
    assert dated is not None
    assert str(dated["/CreationDate"]).startswith("D:20261122")
    undated = brief_of(an_issue(date=None)).pdf.metadata
    assert undated is not None
    assert "/CreationDate" not in undated
    assert "/ModDate" not in undated


def test_its_identifier_stays_and_its_second_half_follows_the_bytes() -> None:
    first: Any = brief_of(an_issue()).pdf.trailer["/ID"]
    second: Any = brief_of(an_issue(an_article(title="Another"))).pdf.trailer["/ID"]
    assert first[0] == second[0]
    assert first[1] != second[1]


def test_every_font_is_embedded_and_the_layouts_own() -> None:
    made = brief_of(an_issue(every_kind(shelf := Shelf()), arabic()), shelf=shelf)
    assert made.fonts()
    assert all(font.startswith(FAMILIES) for font in made.fonts())
    assert made.edition.findings == ()


def test_bookmarks_are_the_titles_and_sections_nested() -> None:
    article = every_kind(shelf := Shelf())
    made = brief_of(an_issue(article), shelf=shelf)
    expected = [(1, article.title)]
    expected += [(section.level, plain(section.heading)) for section in walk_sections(article.sections)]
    assert made.bookmarks() == expected


def test_sections_that_skip_a_level_are_drawn_together() -> None:
    deep = Section(id="b", level=5, heading=(Text("Deep"),), blocks=(para("x"),))
    top = Section(id="a", level=3, heading=(Text("Top"),), sections=(deep,))
    made = brief_of(an_issue(an_article(sections=(top,))))
    assert made.bookmarks() == [(1, "On bread"), (2, "Top"), (3, "Deep")]


def test_an_issue_has_a_contents_bookmark_and_one_for_each_essay() -> None:
    made = brief_of(an_issue(an_article("a", title="First"), an_article("b", title="Second")))
    assert [title for depth, title in made.bookmarks() if depth == 1] == ["Contents", "First", "Second"]


# --- what stands on the pages ----------------------------------------------------------------


def test_every_paragraph_is_there_in_reading_order_once() -> None:
    article = long_essay()
    words = brief_of(an_issue(article)).words()
    marks = [f"Part {part}" for part in range(1, 5)]
    marks += [f"Paragraph {part}.{row} opens" for part in range(1, 5) for row in range(1, 7)]
    assert all(words.count(mark) == 1 for mark in marks)
    assert sorted(marks, key=words.index) == [
        mark for part in range(1, 5) for mark in marks if mark == f"Part {part}" or f" {part}." in mark
    ]


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is not installed")
def test_words_broken_at_the_end_of_a_line_come_out_whole(tmp_path: Path) -> None:
    file = tmp_path / "brief.pdf"
    text = "extraordinarily incomprehensible institutionalisation notwithstanding " * 12
    file.write_bytes(brief_of(an_issue(an_article(lead=(para(text),)))).edition.data)
    done = subprocess.run(["pdftotext", str(file), "-"], capture_output=True, text=True, check=True)
    assert text.strip().casefold() in " ".join(done.stdout.split()).casefold()


def test_one_essay_begins_on_its_first_page_and_pages_are_counted() -> None:
    made = brief_of(an_issue(long_essay()))
    assert 3 <= len(made.pdf.pages) <= 6
    first = made.pdf.pages[0].extract_text()
    assert "A long way round" in first
    assert "It rises overnight." in re.sub(r"\s+", " ", first).replace("IT RISES", "It rises")
    pages = len(made.pdf.pages)
    assert all(f"{number} / {pages}" in page.extract_text() for number, page in enumerate(made.pdf.pages, 1))


def test_running_heads_stand_on_later_pages_alone() -> None:
    made = brief_of(an_issue(long_essay(), imprint=SITE))
    later = [page.extract_text() for page in made.pdf.pages[1:]]
    assert all("The Weekly · No. 1" in text and "A long way round" in text for text in later)
    assert made.pdf.pages[0].extract_text().count("A long way round") == 1


def test_an_issue_opens_with_a_cover_and_contents_whose_numbers_are_true() -> None:
    issue = an_issue(
        long_essay("a", title="Alpha"), an_article("b", title="Beta"), long_essay("c", title="Gamma")
    )
    made = brief_of(issue)
    assert " / " not in made.pdf.pages[0].extract_text()
    contents = made.pdf.pages[1].extract_text()
    for title in ("Alpha", "Beta", "Gamma"):
        told = re.search(rf"{title}[ .]+(\d)", contents)
        assert told, contents
        assert title in made.pdf.pages[int(told[1]) - 1].extract_text()
    assert not re.search(r"[ .]0\b", contents)


def test_the_headline_of_its_own_is_followed_by_the_titles() -> None:
    made = brief_of(
        an_issue(an_article("a", title="Alpha"), an_article("b", title="Beta"), title="Two letters")
    )
    cover = made.pdf.pages[0].extract_text()
    assert all(words in cover for words in ("Two letters", "Alpha", "Beta"))


def test_no_page_holds_a_single_last_line() -> None:
    for length in range(2, 12, 2):
        blocks = tuple(para("Word after word goes by. " * 12) for _ in range(8 + length))
        made = brief_of(an_issue(an_article(lead=blocks, sections=())))
        lines = [line for line in made.pdf.pages[-1].extract_text().splitlines() if line.strip()]
        assert len(lines) >= 6, length


def test_links_lead_out_and_their_addresses_are_printed_as_notes() -> None:
    lead = para(
        Link((Text("a map"),), "https://example.org/map?a=1&b=2"),
        Link((Text("the same"),), "https://example.org/map?a=1&b=2"),
        Link((Text("example.org/plain"),), "https://example.org/plain"),
        Link((Text("write"),), "mailto:a@example.org"),
        Link((Text("run"),), "javascript:alert(1)"),
    )
    made = brief_of(an_issue(an_article(lead=(lead,)), imprint=SITE))
    words = made.words()
    assert words.count("https://example.org/map?a=1&b=2") == 1
    assert words.count("example.org/plain") == 1
    assert "a@example.org" in words
    assert "javascript" not in words
    assert {"https://example.org/map?a=1&b=2", "https://example.org/plain", "mailto:a@example.org"} <= (
        made.addresses()
    )


def test_links_between_essays_say_the_page_and_lead_there() -> None:
    pointing = an_article(
        "a", lead=(para("See ", Link((Text("the other"),), "article:b#crust")),),
        related=(RelatedLink(title="", article="b"),),
    )  # fmt: skip
    made = brief_of(an_issue(pointing, an_article("b", title="Beta")))
    opening = made.pdf.pages[2].extract_text()
    assert re.search(r"the other\s*\(p\. 4\)", opening)
    assert re.search(r"Beta\s*\(p\. 4\)", opening)
    assert made.edition.findings == ()


def test_a_related_link_without_an_address_is_words_alone() -> None:
    related = (
        RelatedLink(
            title="Somewhere", address="https://example.org/x", group="Elsewhere", photo_alt="A boat"
        ),
        RelatedLink(title="Nowhere"),
    )
    made = brief_of(an_issue(an_article(related=related)))
    words = made.words()
    assert all(part in words for part in ("Elsewhere", "Somewhere", "https://example.org/x", "Nowhere"))
    assert "A boat" not in words
    assert made.addresses() == {"https://example.org/x"}


def test_notes_stand_at_the_foot_of_the_page_that_calls_them() -> None:
    notes = tuple(Note(id=f"n{k}", number=k, blocks=(para(f"Note body {k}."),)) for k in range(1, 30))
    lead = tuple(
        Paragraph(
            children=(Text(f"Call {k}. " + "word " * (20 + 7 * k % 60)), NoteRef(f"n{k}", k), Text(" end."))
        )
        for k in range(1, 30)
    )
    made = brief_of(an_issue(an_article(lead=lead, notes=notes)))
    pages = [page.extract_text() for page in made.pdf.pages]
    for k in range(1, 30):
        body = next(n for n, text in enumerate(pages) if f"Note body {k}." in text)
        call = next(n for n, text in enumerate(pages) if f"Call {k}." in text)
        assert body in {call, call + 1}  # a paragraph may run over with its mark
        assert sum(f"Note body {k}." in text for text in pages) == 1


def test_a_note_may_hold_any_block_and_a_note() -> None:
    blocks = (
        para(
            "Told ", Link((Text("there"),), "https://example.org/there"), NoteRef("b", 2), NoteRef("gone", 3)
        ),
        CodeBlock(text="x = 1"),
        Figure(picture=Picture(source="gone.jpg", alt="A barge"), caption=(Text("Seen"),)),
        Table(header=(), rows=(((Text("left"),), (Text("right"),)),), aligns=(Align.NONE, Align.NONE)),
        DefinitionList(items=(((Text("term"),), ((para("meaning"),),)),)),
        ItemList(items=((para("item"),),)),
        Rule(),
        Quotation(blocks=(para("quoted ", NoteRef("a", 1)),)),
    )
    notes = (Note(id="a", number=1, blocks=blocks), Note(id="b", number=2, blocks=(para("within"),)))
    made = brief_of(an_issue(an_article(lead=(para("Call", NoteRef("a", 1)),), notes=notes)))
    words = made.words()
    assert "Told there (https://example.org/there) [within]" in words
    for part in ("x = 1", "A barge", "Seen", "left · right", "term", "meaning", "– item", "quoted"):
        assert part in words, part
    assert made.edition.findings == ()


def test_a_link_around_a_picture_is_its_note() -> None:
    picture = Picture(source="p.jpg", alt="A map", image=(shelf := Shelf()).photo())
    lead = para("See ", Link((InlinePicture(picture),), "https://example.org/map"))
    made = brief_of(an_issue(an_article(lead=(lead,))), shelf=shelf)
    assert "https://example.org/map" in made.words()
    assert made.addresses() == {"https://example.org/map"}


def test_a_figure_without_words_is_described_by_its_caption() -> None:
    shelf = Shelf()
    picture = Picture(source="p.jpg", alt="", image=shelf.photo())
    figures = (Figure(picture=picture, caption=(Text("The quay"),)), Figure(picture=picture))
    made = brief_of(an_issue(an_article(lead=figures)), shelf=shelf)
    with pikepdf.open(io.BytesIO(made.edition.data)) as pdf:
        things = [thing for thing in pdf.objects if isinstance(thing, pikepdf.Dictionary)]
        assert {str(thing.Alt) for thing in things if thing.get("/S") == "/Figure"} == {"The quay", "Picture"}


def test_a_word_left_alone_on_a_line_is_taken_in() -> None:
    text = (
        "Only the first of these has a pace. The second is as long as the argument is good, and the third may be "
        "put off for eleven years. Psychologists have their terms for the difference, and the French, who distrust "
        "terms, have the word "
    )
    lead = (
        para("First."),
        Paragraph(children=(Text(text), Emphasis((Text("lenteur"),)), Text(", which is translated."))),
    )
    lines = brief_of(an_issue(an_article(lead=lead))).pdf.pages[0].extract_text().splitlines()
    assert "terms" not in {line.strip() for line in lines}


def test_a_photo_without_a_file_leaves_no_trace_of_a_picture() -> None:
    absent = Photo(picture=Picture(source="gone.jpg", alt="Political summit"))
    made = brief_of(an_issue(an_article(photo=absent)))
    assert "Political summit" not in made.words()
    assert not list(made.pdf.pages[0].images)


def test_a_picture_without_words_is_described_all_the_same() -> None:
    shelf = Shelf()
    mute = Photo(picture=Picture(source="a.jpg", alt="", image=shelf.photo()))
    assert brief_of(an_issue(an_article(photo=mute)), shelf=shelf).edition.findings == ()


def test_the_qr_code_stands_only_where_there_is_an_address() -> None:
    assert "/weekly/001/" in " ".join(brief_of(an_issue(imprint=SITE)).addresses())
    assert brief_of(an_issue()).addresses() == set()


def test_an_arabic_essay_has_its_own_digits_and_face() -> None:
    made = brief_of(an_issue(arabic()))
    assert any(font.startswith("Noto-Naskh-Arabic") for font in made.fonts())
    assert "١" in made.words()


def test_a_collection_without_dates_or_number_is_a_brief_too() -> None:
    made = brief_of(
        Collection(
            slug="w", title="The Winter", imprint=SITE, language="en", articles=(an_article("a"), arabic())
        )
    )
    assert "The Winter" in made.pdf.pages[0].extract_text()
    assert "None" not in made.words()


def test_an_issue_without_articles_is_a_cover_and_no_crash() -> None:
    assert brief_of(replace(an_issue(), articles=())).pdf.pages


def test_notes_that_lead_back_to_each_other_end() -> None:
    def calling(*names: str) -> tuple[Paragraph, ...]:
        refs = tuple(NoteRef(name, int(name)) for name in names)
        return (Paragraph(children=(Text("A note"), *refs)),)

    article = replace(
        an_article("circle"),
        lead=calling("1"),
        notes=(
            Note(id="1", number=1, blocks=calling("2", "1")),
            Note(id="2", number=2, blocks=calling("3")),
            Note(id="3", number=3, blocks=calling("2")),
        ),
    )
    assert brief_of(an_issue(article)).words().count("A note") == 4


def test_emoji_have_a_font_of_ours() -> None:
    article = replace(an_article("party"), lead=(Paragraph(children=(Text("Done 🎉 and 🚧, since 2026."),)),))
    made = brief_of(an_issue(article))
    assert not [finding for finding in made.edition.findings if finding.code in {"R010", "R011"}]


def test_many_characters_without_a_font_are_one_remark() -> None:
    article = replace(
        an_article("old"), path="articles/old.md", lead=(Paragraph(children=(Text("漢字𓂀𓂁𓂂𓂃𓂄"),)),)
    )
    found = brief_remarks.missing_glyphs("漢字𓂀𓂁𓂂𓂃𓂄", an_issue(article))
    assert [finding.where for finding in found] == ["articles/old.md"] * 2
    assert "fonts-noto-cjk" in found[0].hint
    assert found[1].message.endswith("and 2 more characters")


# --- hostile input ---------------------------------------------------------------------------


def test_hostile_words_stay_words() -> None:
    made = brief_of(an_issue(hostile(), imprint=SITE))
    assert made.pdf.metadata is not None
    assert made.pdf.metadata.title == HOSTILE
    assert "/JavaScript" not in made.root.get("/Names", {})
    assert not any(address.startswith(("javascript", "data", "file")) for address in made.addresses())
    assert all(finding.code in {"R003", "R010"} for finding in made.edition.findings)


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="file:///etc/hostname" alt="x"/>',
        '<img src="http://127.0.0.1:9/x.png" alt="x"/>',
        '<img src="../../etc/hostname" alt="x"/>',
        '<img src="data:image/png;base64,AAAA" alt="x"/>',
        '<link rel="stylesheet" href="file:///etc/hostname"/>',
        '<link rel="attachment" href="file:///etc/hostname"/>',
        '<a rel="attachment" href="file:///etc/hostname">x</a>',
        '<object data="http://127.0.0.1:9/x.svg"></object>',
        '<embed src="file:///etc/hostname"/>',
        '<base href="file:///etc/"/><img src="hostname" alt="x"/>',
        '<style>@import "http://127.0.0.1:9/x.css";</style>',
        '<p style="background: url(file:///etc/hostname)">x</p>',
        '<svg><title>x</title><image href="file:///etc/hostname" width="9" height="9"/></svg>',
    ],
)
def test_a_template_reaches_for_nothing_but_the_pictures_it_is_given(markup: str) -> None:
    with pytest.raises(RenderError, match=r"reaches for what the brief does not hold|Failed to render SVG"):
        brief_of(an_issue(), layout=template(markup))


@pytest.mark.parametrize(
    "rule",
    [
        '@import "http://127.0.0.1:9/x.css";',
        '@font-face { font-family: X; src: url("file:///etc/hostname") }',
        "@font-face { font-family: X; src: url(fonts/gone.woff2) }",
        ".body { background: url(http://127.0.0.1:9/x.png) }",
    ],
)
def test_a_style_sheet_reaches_for_nothing_either(rule: str) -> None:
    with pytest.raises(RenderError, match="reaches for what the brief does not hold"):
        brief_of(an_issue(), layout=changed("brief.css", lambda text: f"{rule}\n{text}"))


def test_a_web_font_of_the_layout_may_be_named() -> None:
    layout = css(
        "@font-face { font-family: Mine; src: url(fonts/SourceSerif4-It.woff2) } .kicker { font-family: Mine }"
    )
    assert brief_of(an_issue(), layout=layout).pdf.pages


def test_a_picture_that_is_not_there_is_an_error() -> None:
    gone = Image(sha256="0" * 64, width=10, height=10, media_type="image/jpeg")
    photo = Photo(picture=Picture(source="gone.jpg", alt="x", image=gone))
    with pytest.raises(ContentError):
        brief_of(an_issue(an_article(photo=photo)))


def test_a_picture_that_cannot_be_read_is_an_error() -> None:
    shelf = Shelf()
    image = shelf.photo()
    shelf.files[image.sha256] = b"not a picture"
    photo = Photo(picture=Picture(source="bad.jpg", alt="x", image=image))
    with pytest.raises(RenderError, match="Failed to load image"):
        brief_of(an_issue(an_article(photo=photo)), shelf=shelf)


# --- what is remarked ------------------------------------------------------------------------


def test_a_style_that_is_not_understood_is_a_finding_at_its_line() -> None:
    layout = css("p { colour: red }")
    line = layout.files["brief.css"].text[: layout.files["brief.css"].text.rindex("colour")].count("\n") + 1
    (finding,) = brief_of(an_issue(), layout=layout).edition.findings
    assert (finding.code, finding.severity, finding.line) == ("R001", Severity.WARNING, line)
    assert finding.where == layout.files["brief.css"].path
    assert "colour" in finding.message


def test_remarks_on_a_style_sheet_are_made_for_every_brief() -> None:
    layout = replace(css("p { colour: red }"), fingerprint="a sheet kept between briefs")
    assert [brief_of(an_issue(), layout=layout).edition.findings[0].code for _ in range(2)] == [
        "R001",
        "R001",
    ]


def test_a_token_that_is_not_there_is_an_error_at_its_line() -> None:
    with pytest.raises(LayoutError, match=r"brief\.css:\d+: the token --nope"):
        brief_of(an_issue(), layout=css("p { color: var(--nope) }"))


def test_an_undefined_name_in_the_template_is_an_error_at_its_line() -> None:
    layout = template("{{ publication.colour }}")
    line = (
        layout.files["brief.html.j2"].text[: layout.files["brief.html.j2"].text.index("colour")].count("\n")
        + 1
    )
    with pytest.raises(LayoutError, match=rf"brief\.html\.j2:{line}: "):
        brief_of(an_issue(), layout=layout)


def test_a_style_that_the_engine_stumbles_over_is_our_error() -> None:
    with pytest.raises(RenderError, match="the PDF engine gave up") as caught:
        brief_of(
            an_issue(an_article(lead=(para("a ", Emphasis((Text("b"),))),))),
            layout=css("em { float: inline-end }"),
        )
    assert caught.value.format == "pdf"


def test_a_character_without_a_font_is_an_error_with_its_article_and_a_remedy() -> None:
    nobody = "\U000f1234"  # for private use: no machine has a font for it
    article = an_article("egypt", lead=(para(f"An eye: {nobody}."),))
    findings = brief_of(an_issue(article, an_article())).edition.findings
    assert [(finding.code, finding.severity, finding.where) for finding in findings] == [
        ("R010", Severity.ERROR, "articles/egypt.md")
    ]
    assert "U+F1234" in findings[0].message
    assert "fonts-noto-core" in findings[0].hint


def test_a_font_of_the_machine_is_noted() -> None:
    notes = brief_remarks.foreign_fonts(
        ["DejaVu Sans", "Source Serif 4", "Source Serif 4 Display"], default_layout()
    )
    assert [(note.code, note.severity) for note in notes] == [("R011", Severity.NOTE)]
    assert "DejaVu Sans" in notes[0].message
    assert brief_remarks.foreign_fonts(["DejaVu Sans"], replace(default_layout(), fonts={})) == ()


def test_the_hint_names_the_package_with_the_script() -> None:
    assert brief_remarks.fonts_for("CJK UNIFIED IDEOGRAPH-4E2D") == "fonts-noto-cjk"
    assert brief_remarks.fonts_for("GRINNING FACE") == "fonts-noto-color-emoji"
    assert brief_remarks.fonts_for("HEBREW LETTER ALEF") == "fonts-noto-core"


@pytest.mark.slow
def test_a_missing_harfbuzz_subset_is_remarked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brief.weasyprint().text.ffi, "harfbuzz_subset", None)
    monkeypatch.setattr(brief.weasyprint().pdf.fonts, "harfbuzz_subset", None)
    findings = brief_of(an_issue()).edition.findings
    assert [finding.code for finding in findings] == ["R012"]
    assert "libharfbuzz-subset0" in findings[0].hint


def test_a_missing_pango_is_one_error_with_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = builtins.__import__

    def missing(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "weasyprint":
            sys.stdout.write("WeasyPrint could not import some external libraries.")  # as it does
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *args, **kwargs)

    brief.weasyprint.cache_clear()
    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(RenderError, match="libpango") as caught:
        brief.weasyprint()
    assert "apt-get install libpango-1.0-0 libpangoft2-1.0-0" in caught.value.hint
    assert capsys.readouterr().out == ""


def test_nothing_is_said_on_the_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    brief_of(an_issue(), layout=css("p { colour: red }"))
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")


def test_links_astray_within_the_brief_are_warned_of() -> None:
    twice = (para("a", id="same"), para("b", id="same"))
    findings = brief_of(
        an_issue(an_article(lead=(*twice, para(Link((Text("x"),), "#same")))))
    ).edition.findings
    assert [(finding.code, finding.severity) for finding in findings] == [("R003", Severity.WARNING)]


# --- small parts -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Short", "Short"),
        (
            "A first part that says enough: and then a second part that goes on",
            "A first part that says enough",
        ),
        ("one " * 20, ("one " * 12).strip() + "…"),
    ],
)
def test_the_running_title_fits_its_line(title: str, expected: str) -> None:
    assert brief_article.short(title.strip()) == expected


def test_the_last_two_words_of_a_heading_stay_together() -> None:
    assert plain(brief_article.bound((Text("From here to the sea"),))) == "From here to the sea"
    assert isinstance(brief_article.bound((Text("From here to the sea"),))[-1], Passage)
    assert brief_article.bound((Text("Sea"),)) == (Text("Sea"),)
    assert brief_article.bound((Emphasis((Text("a b c"),)),)) == (Emphasis((Text("a b c"),)),)


# --- same input, same bytes ------------------------------------------------------------------

BUILD = """
import sys, hashlib, tempfile
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from books import Shelf, arabic, default_layout, every_kind
from builders import an_issue
from briefpub.content.fonts import prepare_fonts
from briefpub.domain.issue import Imprint
from briefpub.render.brief import render_brief
prepare_fonts(default_layout(), Path.cwd() / "cache")
shelf = Shelf()
issue = an_issue(every_kind(shelf), arabic(), imprint=Imprint(site="https://example.org"))
print(hashlib.sha256(render_brief(issue, default_layout(), shelf).data).hexdigest())
"""


@pytest.mark.slow
def test_the_bytes_are_the_same_in_any_place_zone_locale_and_hash_seed(tmp_path: Path) -> None:
    worlds = [
        {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1", "LC_ALL": "C"},
        {"TZ": "America/Caracas", "PYTHONHASHSEED": "77", "LC_ALL": "fr_FR.UTF-8"},
    ]
    digests = set()
    for number, world in enumerate(worlds):
        where = tmp_path / f"somewhere-{number}" / ("deep" * number)
        where.mkdir(parents=True)
        done = subprocess.run(
            [sys.executable, "-c", BUILD, str(TESTS)],
            env={**os.environ, **world},
            cwd=where,
            capture_output=True,
            text=True,
            check=True,
        )
        digests.add(done.stdout.strip())
    assert len(digests) == 1
    shelf = Shelf()
    issue = an_issue(every_kind(shelf), arabic(), imprint=Imprint(site="https://example.org"))
    assert {render_brief(issue, default_layout(), shelf).sha256} == digests
