import re
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from briefpub.content.characters import prose
from briefpub.content.frontmatter import read
from briefpub.content.markdown import parse
from briefpub.content.source import escape, write_source
from briefpub.domain.document import Paragraph, Text

TRICKY = string.ascii_letters + string.digits + string.punctuation + " \u00a0\u202f«»éα语"


def words_of(markdown: str) -> str:
    body = parse(markdown, path="x.md", language="fr", pictures=lambda source, line: (None, ()))
    assert not body.findings
    assert not body.sections
    assert not body.notes
    if not body.lead:
        return ""
    (block,) = body.lead
    assert isinstance(block, Paragraph), block
    assert all(isinstance(inline, Text) for inline in block.children), block
    return "".join(inline.text for inline in block.children if isinstance(inline, Text))


@pytest.mark.parametrize(
    "line",
    [
        "# h",
        "#",
        "## C#",
        "C #",
        "- x",
        "+ x",
        "-",
        "---",
        "--- x",
        "+++",
        "* * *",
        "1. x",
        "12) x",
        "1986. Une année",
        "> q",
        ": caption",
        "= =",
        "===",
        "_x_ __y__",
        "snake_case",
        "a * b * c",
        "[a](b)",
        "[a]: b",
        "[^1]",
        "[^1]: x",
        "![a](b)",
        "<b>x</b>",
        "<https://a.b>",
        "a < b & c &amp; &#65; AT&T",
        "`x`",
        "```",
        "~~x~~",
        "~ x",
        "x^2^",
        "{.a}",
        "x{#b}",
        "\\",
        "a\\",
        "| a | b |",
        "|--|",
        "    code",
        "\xa0x\u202f",
        "x  ",
        "  x",
        "a://b.c/d_e_f",
        "~~~",
        "^[x]",
        "http://x.y",
        "*",
        "!",
        "(c)",
        "-- x",
    ],
)
def test_plain_words_read_back_as_they_were(line: str) -> None:
    assert words_of(escape(line)) == line


@given(
    st.text(alphabet=TRICKY, min_size=1, max_size=30)
    | st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"]), max_size=20)
)
@example("\ufeffx")
def test_any_line_reads_back_as_it_was(line: str) -> None:
    assert words_of(escape(line)) == (prose(line) if line.strip(" ") else "")


@given(st.lists(st.text(alphabet=TRICKY, min_size=1, max_size=12).filter(str.strip), min_size=2, max_size=4))
def test_lines_read_back_joined_by_blanks(lines: list[str]) -> None:
    read_back = words_of(escape("\n".join(lines)))
    assert read_back.replace(" ", "") == "".join(lines).replace(" ", "")


def test_words_that_need_no_escape_are_left_alone() -> None:
    text = "L’été, c'est (presque) fini : 10 % de moins - ou 3.5 km ! « Oui » ; non… snake_case a@b.c #1"
    assert escape(text) == text


def test_keys_come_in_the_order_of_the_reference() -> None:
    text = write_source(
        {"zebra": 1, "lang": "fr", "title": "T", "alpha": 2, "status": "draft"}, "\n\nBody.\n\n\n"
    )
    assert text == "---\ntitle: T\nlang: fr\nstatus: draft\nzebra: 1\nalpha: 2\n---\n\nBody.\n"


VALUES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cn"]), max_size=40)


@given(VALUES, st.lists(VALUES.filter(str.strip), max_size=3), VALUES)
@example("no", ["true", "~", "2026-01-01"], "1.10")
@example("--- x: [y] #z", ["- a", "&a *b !c"], "%")
@example("é\u202f: « x »", ["'", '"'], "a: b")
def test_what_is_written_reads_back(title: str, authors: list[str], alt: str) -> None:
    text = write_source({"title": title, "authors": authors, "photo": {"alt": alt}, "x-key": title}, "Body.")
    matter = read(text, path="x.md")
    assert re.sub(" +", " ", matter.front.title) == re.sub(" +", " ", prose(title.strip()).strip(" "))
    assert len(matter.front.authors) == len(authors)
    assert dict(matter.front.extra)["x-key"] == title
    assert matter.body.strip() == "Body."
    assert matter.findings == ()
