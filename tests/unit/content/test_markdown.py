import contextlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefpub.content.markdown import Body, parse, parse_line
from briefpub.content.reading import FindPicture
from briefpub.domain.document import (
    Block,
    Code,
    CodeBlock,
    DefinitionList,
    Emphasis,
    Figure,
    Heading,
    Image,
    Inlines,
    Link,
    NoteRef,
    Paragraph,
    Quotation,
    Text,
)
from briefpub.domain.errors import ContentError
from briefpub.domain.finding import Finding, Severity
from briefpub.domain.walking import inlines_of, plain, walk, walk_inlines, walk_sections


def nothing(source: str, line: int | None) -> tuple[Image | None, tuple[Finding, ...]]:
    return None, ()


def read(text: str, *, title: str = "", first_line: int = 1, pictures: FindPicture = nothing) -> Body:
    return parse(text, path="x.md", language="en", title=title, first_line=first_line, pictures=pictures)


def run_of(block: Block) -> Inlines:
    assert isinstance(block, Paragraph)
    return block.children


def codes(body: Body) -> list[str]:
    return [finding.code for finding in body.findings]


def runs(body: Body) -> Iterator[Inlines]:
    for blocks in (
        body.lead,
        *(s.blocks for s in walk_sections(body.sections)),
        *(n.blocks for n in body.notes),
    ):
        for block in walk(blocks):
            yield from inlines_of(block)
    for section in walk_sections(body.sections):
        yield section.heading


def text_of(body: Body) -> str:
    return " ".join(plain(run) for run in runs(body))


def links(body: Body) -> list[Link]:
    return [i for run in runs(body) for i in walk_inlines(run) if isinstance(i, Link)]


def test_a_leading_heading_is_the_title_and_leaves_the_body() -> None:
    body = read("# A *title*\n\nText.\n")
    assert body.title == "A title"
    assert body.lead == (Paragraph(children=(Text("Text."),)),)
    assert body.sections == ()


def test_a_leading_heading_that_repeats_the_known_title_goes_and_another_stays_a_section() -> None:
    assert read("# A title!\n\nText.", title="A Title").sections == ()
    body = read("# Another\n\nText.", title="A Title")
    assert body.title == ""
    assert [(s.level, plain(s.heading)) for s in body.sections] == [(2, "Another")]


@pytest.mark.parametrize(
    ("headings", "levels"),
    [
        ("## ##", [2, 2]),
        ("### ### ##", [2, 2, 2]),
        ("## #### ###", [2, 3, 3]),
        ("## ### #### ##### ######", [2, 3, 4, 5, 6]),
        ("## # ##", [2, 2, 3]),
    ],
)
def test_levels_never_jump(headings: str, levels: list[int]) -> None:
    body = read("Lead.\n\n" + "\n\n".join(f"{marks} H{n}" for n, marks in enumerate(headings.split())))
    assert [section.level for section in walk_sections(body.sections)] == levels


def test_six_levels_below_a_first_one_stay_within_six() -> None:
    body = read("Lead.\n\n" + "\n\n".join(f"{'#' * n} H{n}" for n in range(1, 7)))
    assert max(section.level for section in walk_sections(body.sections)) == 6
    assert len({section.id for section in walk_sections(body.sections)}) == 6


def test_ids_are_unique_and_names_in_xml() -> None:
    body = read("## 2026\n\n## 2026\n\n## Été à l'œuvre\n\n## 日本\n\n## x {#été}\n\n## !!!\n")
    assert [s.id for s in body.sections] == [
        "section-2026",
        "section-2026-2",
        "ete-a-l-oeuvre",
        "section-4",
        "ete",
        "section-6",
    ]


@pytest.mark.parametrize("place", ["ete-a-paris", "Été-à-Paris", "%C3%89t%C3%A9-%C3%A0-paris", "été-à-paris"])
def test_places_are_found_by_every_usual_name(place: str) -> None:
    body = read(f"[go](#{place})\n\n## Été à Paris\n")
    assert [link.href for link in links(body)] == ["#ete-a-paris"]
    assert not body.findings


def test_a_link_to_no_place_keeps_its_words_and_says_so() -> None:
    body = read("\n\nSee [there](#nowhere).", first_line=10)
    assert text_of(body) == "See there."
    assert [(f.code, f.line) for f in body.findings] == [("A017", 12)]


@pytest.mark.parametrize(
    ("written", "href"),
    [
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        ("HTTPS://example.org/", "https://example.org/"),
        ("//example.org/x", "https://example.org/x"),
        ("<a b.html>", "a%20b.html"),
        ("https://example.org/100%", "https://example.org/100%25"),
        ("https://example.org/[x]", "https://example.org/%5Bx%5D"),
        ("mailto:a@example.org", "mailto:a@example.org"),
        ("tel:+33123", "tel:+33123"),
        ("/about", "/about"),
        ("article:la-tournee#x", "article:la-tournee"),
        ("../2026-10-23-La-Tournée.md#x", "article:la-tournee"),
        ("les-meandres/index.md", "article:les-meandres"),
    ],
)
def test_links_that_may_stand(written: str, href: str) -> None:
    body = read(f"[w]({written})")
    assert [link.href for link in links(body)] == [href]
    assert not body.findings


@pytest.mark.parametrize(
    "written",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:x",
        "data:text/html,x",
        "file:///etc/passwd",
        "vbscript:x",
        "http://",
        "https:///x",
        "java&#10;script:x",
        "article:",
        "C:/x",
        "http://[bad",
    ],
)
def test_links_that_may_not_stand_keep_their_words(written: str) -> None:
    body = read(f"[*w*]({written})")
    assert links(body) == []
    assert text_of(body) == "w"
    assert codes(body) == ["A010"]


def test_a_picture_alone_is_a_figure_and_its_image_is_asked_for_with_its_line() -> None:
    asked = []
    image = Image(sha256="0" * 64, width=2, height=1, media_type="image/png")

    def find(source: str, line: int | None) -> tuple[Image | None, tuple[Finding, ...]]:
        asked.append((source, line))
        return image, (Finding(code="A020", severity=Severity.NOTE, message="m"),)

    body = read("One\n\n![alt *text*](a%20b.png 'Cap')", pictures=find, first_line=5)
    figure = body.lead[1]
    assert isinstance(figure, Figure)
    assert (figure.picture.source, figure.picture.alt, figure.picture.image) == (
        "a%20b.png",
        "alt text",
        image,
    )
    assert figure.caption == (Text("Cap"),)
    assert asked == [("a%20b.png", 7)]
    assert codes(body) == ["A020"]


@pytest.mark.parametrize("code", ["  a\tb -- 'c' ... \"d\"  ", "`", "x\u00a0y\u202fz", "e\u0301"])
def test_code_is_exact_to_the_letter(code: str) -> None:
    body = read(f"```` py\n{code}\n````\n\nIt is `` {code} ``.")
    assert body.lead[0] == CodeBlock(text=code, language="py")
    assert next(i for i in run_of(body.lead[1]) if isinstance(i, Code)).text.strip(" ") == code.strip(" ")


@pytest.mark.parametrize(
    ("html", "terms"),
    [
        ("<dl><dt>a<dt>b<dd>x<dd>y</dl>", [("a b", 2)]),
        ("<dl><dd>x<dt>a</dl>", [("", 1), ("a", 1)]),
        ("<dl><div><dt>a</dt><dd>x</dd></div><div><dt>b</dt><dd>y</dd></div></dl>", [("a", 1), ("b", 1)]),
    ],
)
def test_each_term_of_a_list_in_html_has_a_definition(html: str, terms: list[tuple[str, int]]) -> None:
    (definitions,) = read(html).lead

    assert isinstance(definitions, DefinitionList)
    assert [(plain(term), len(meanings)) for term, meanings in definitions.items] == terms


def test_separators_of_lines_become_blanks_and_noncharacters_go() -> None:
    body = read("a\u2028b\u2029c\ufdd0\U0001fffed `e\u2028f`")

    assert isinstance(body.lead[0], Paragraph)
    assert plain(body.lead[0].children) == "a b cd e f"
    assert [finding.code for finding in body.findings] == ["A011"]


def test_control_characters_go_with_a_finding_and_invisible_ones_that_matter_stay() -> None:
    body = read("a\x07b\ud800\n\nc\x0c\u200d\u200c\u00a0\u202f\u200f\u2067d\ufffe")
    assert [plain(b.children) for b in body.lead if isinstance(b, Paragraph)] == [
        "ab",
        "c\u200d\u200c\u00a0\u202f\u200f\u2067d",
    ]
    assert [(f.code, f.line) for f in body.findings] == [("A011", 1)]
    assert "(4;" in body.findings[0].message


def test_decomposed_latin_is_composed_and_other_scripts_are_left() -> None:
    assert text_of(read("e\u0301te\u0301 \uf900 \u05d1\u05bc")) == "\u00e9t\u00e9 \uf900 \u05d1\u05bc"


def test_a_soft_break_is_a_blank_but_not_between_cjk() -> None:
    assert text_of(read("one\ntwo")) == "one two"
    assert text_of(read("日本\n語")) == "日本語"
    assert text_of(read("日本\nword")) == "日本 word"
    assert text_of(read("한국\n어")) == "한국 어"
    assert text_of(read("**日本**\n*語*")) == "日本語"


def test_the_note_of_a_dropped_title_leaves_no_hole_in_the_numbers() -> None:
    body = read("# T[^a]\n\nText[^b].\n\n[^a]: A.\n[^b]: B.\n")
    assert [(n.number, plain(run_of(n.blocks[0]))) for n in body.notes] == [(1, "B.")]
    assert run_of(body.lead[0])[1] == NoteRef(note=body.notes[0].id, number=1, ref=1)


def test_notes_within_links_are_lifted_out_of_them() -> None:
    body = read("<a href='https://example.org'>word[^1] more</a>\n\n[^1]: N.")
    link, ref = run_of(body.lead[0])
    assert isinstance(link, Link)
    assert plain(link.children) == "word more"
    assert isinstance(ref, NoteRef)


def test_an_unused_note_is_remarked_with_its_line() -> None:
    body = read("Text.\n\n[^x]: Note.", first_line=4)
    assert [(f.code, f.line) for f in body.findings] == [("A008", 6)]
    assert body.notes == ()


def test_headings_in_quotations_open_no_section() -> None:
    body = read("> ## Quoted\n>\n> Text")
    quotation = body.lead[0]
    assert isinstance(quotation, Quotation)
    assert isinstance(quotation.blocks[0], Heading)
    assert body.sections == ()


def test_liquid_and_other_braces_stay_words() -> None:
    for text in ("{% include x.html %}", "{{ page.title }}", "{}", "{x}"):
        assert text_of(read(text)) == text


@pytest.mark.parametrize(
    ("html", "names"),
    [
        ("<script>alert(1)</script>", "<script>"),
        ("<style>p{}</style>", "<style>"),
        ("<iframe src='x'></iframe>", "<iframe>"),
        ("<form action='x'><input name=a></form>", "<form><input>"),
        ("<svg onload=alert(1)><script>x</script></svg>", "<svg><script>"),
        ("<object data='x'></object>", "<object>"),
    ],
)
def test_html_that_has_no_place_is_dropped_with_a_finding(html: str, names: str) -> None:
    body = read(f"Before.\n\n{html}\n\nAfter.")
    assert text_of(body) == "Before. After."
    assert {(f.code, f.line) for f in body.findings} == {("A009", 3)}
    assert (
        "".join(f.message.removeprefix("HTML was left out: ") for f in body.findings).replace(", ", "")
        == names
    )


def test_comments_go_silently_and_an_open_one_does_not() -> None:
    assert not read("a <!-- b --> c\n\n<!-- d\n\n-->\n\ne").findings
    body = read("a\n\n<!-- b\n\nc")
    assert codes(body) == ["A009"]
    assert text_of(body) == "a"


def test_html_findings_name_the_line_of_their_own_piece() -> None:
    body = read("<div>\n\ntext\n\n<img src=a.png>\n\n</div>\n\n<p><a href='javascript:x'>w</a></p>\n")
    assert [(f.code, f.line) for f in body.findings] == [("A004", 5), ("A010", 9)]


def test_a_thousand_quotations_are_an_error_and_no_crash() -> None:
    body = read(">" * 1000 + " deep\n\nAfter.")
    assert [(f.code, f.severity) for f in body.findings] == [("A015", Severity.ERROR)]


@pytest.mark.parametrize(
    "text",
    [
        "*a **b " * 2000,
        "[" * 3000,
        "<b>" * 3000 + "x",
        "<div>\n\n" * 500 + "x",
        "<i>" * 500 + "\n\n*x*",
        "- " * 1000 + "x",
        "<blockquote>\n\n> " * 60 + "x",
        "*" * 5000,
        "`" * 3000,
        "![" * 1000 + "](x)" * 1000,
        "<x-slot n=0>" * 50 + "*a* <b>",
    ],
)
def test_monsters_are_read_or_refused_but_never_crash(text: str) -> None:
    with contextlib.suppress(ContentError):
        assert list(runs(read(text))) is not None


def test_blocks_forged_in_html_are_ignored() -> None:
    assert "a" in text_of(read('*a* <b>x</b> <x-slot n="0"></x-slot><x-slot n="line-9"></x-slot>'))


def test_one_line_of_markdown_is_inlines_without_notes() -> None:
    inlines, findings = parse_line(
        "An *idea*^[note]\nand [x](javascript:1)", path="x.md", line=3, language="en", pictures=nothing
    )
    assert inlines == (Text("An "), Emphasis((Text("idea"),)), Text(" and x"))
    assert [(f.code, f.line) for f in findings] == [("A010", 3)]


MARKUP = st.lists(
    st.sampled_from(
        [
            "*",
            "_",
            "**",
            "`",
            "[",
            "](",
            ")",
            "<b>",
            "</b>",
            "<div>",
            "</div>",
            "<p>",
            "\n",
            "\n\n",
            "> ",
            "- ",
            "1. ",
        ]
    )
    | st.sampled_from(
        [
            "[^1]",
            "[^1]: ",
            "# ",
            "## ",
            "| a | b |\n|--|--|\n",
            ": ",
            "```\n",
            "![a](b)",
            "{#a .b}",
            "~",
            "^",
            "&amp;",
            "    ",
        ]
    )
    | st.sampled_from(
        [
            "<a href='#x'>",
            "</a>",
            "<li>",
            "<td>",
            "<figure>",
            "<img src=x>",
            "<script>",
            "<!--",
            "-->",
            "\\",
            "<q>",
            "#x)",
        ]
    )
    | st.text(max_size=5),
    max_size=40,
).map("".join)


@given(MARKUP)
def test_any_text_becomes_a_sound_tree(text: str) -> None:
    body = read(text)
    refs = [i for run in runs(body) for i in walk_inlines(run) if isinstance(i, NoteRef)]
    assert {ref.note for ref in refs} == {note.id for note in body.notes}
    assert len({(ref.number, ref.ref) for ref in refs}) == len(refs)
    assert [note.number for note in body.notes] == list(range(1, len(body.notes) + 1))
    ids = [s.id for s in walk_sections(body.sections)]
    assert len(ids) == len(set(ids))
    for run in runs(body):
        for inline in walk_inlines(run):
            if isinstance(inline, Link):
                assert not any(isinstance(i, Link | NoteRef) for i in walk_inlines(inline.children))
            if isinstance(inline, Text):
                assert not any(ord(char) < 32 or 0xD800 <= ord(char) <= 0xDFFF for char in inline.text)
    assert read(text) == body
