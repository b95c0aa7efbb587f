import re
from dataclasses import replace
from typing import Any

import pytest
from books import Shelf, arabic, default_layout, every_kind, hostile, para
from builders import IMPRINT, a_list, an_article, an_issue
from hypothesis import given
from hypothesis import strategies as st
from mailbench import columns, essay_of, flat, made, paragraphs_in, unbreakable

from briefpub.content.layouts import LayoutFolder
from briefpub.domain.article import Article, Photo
from briefpub.domain.audience import DigestBody
from briefpub.domain.document import (
    Align,
    Code,
    CodeBlock,
    ItemList,
    Link,
    Picture,
    Quotation,
    Section,
    Table,
    Text,
)
from briefpub.domain.errors import LayoutError
from briefpub.domain.issue import Format
from briefpub.domain.layout import LayoutFile
from briefpub.domain.walking import plain, walk_sections
from briefpub.render.text import render_text

SITED = replace(IMPRINT, site="https://example.org", contact="letters@example.org")


def text_of(*articles: Article, body: DigestBody = DigestBody.FULL, **changes: Any) -> str:
    issue = an_issue(*articles, list=a_list(digest_body=body), imprint=SITED, **changes)
    return made(issue, Format.TEXT).data.decode()


def of_blocks(*blocks, **changes: Any) -> str:
    """Give what stands between an essay's byline and the footer."""
    text = text_of(an_article(lead=blocks, sections=(), **changes))
    return text.split("1 min read\n\n", 1)[1].split("\n\n\n" + "=" * 78, 1)[0]


# --- the frame -------------------------------------------------------------------------------


@pytest.mark.parametrize("body", list(DigestBody))
def test_lines_are_short_and_clean(body):
    issue = an_issue(
        every_kind(Shelf()), arabic(), essay_of("long", 1500), list=a_list(digest_body=body), imprint=SITED
    )
    data = made(issue, Format.TEXT, Shelf()).data
    text = data.decode()

    assert data.endswith(b"\n")
    assert not data.endswith(b"\n\n")
    assert b"\r" not in data
    assert "\n\n\n\n" not in text
    assert not re.search("[\u200b\ufeff\u034f]|[|]", text)
    for line in text.split("\n"):
        assert line == line.rstrip()
        assert columns(line) <= 78 or unbreakable(line)


def test_masthead_and_footer_say_who_when_why_and_how_to_leave():
    text = text_of(an_article(), an_article("two"), title="Slow winter")

    assert text.startswith(
        "The Weekly\n==========\nSlow winter\nNo. 1 · 22 November 2026\n2 essays · 2 min read\n"
    )
    assert "Read this issue in a browser:\nhttps://example.org/weekly/001/web.html\n" in text
    assert " 1. On bread (1\u00a0min)\n 2. On two" in text.replace("(1 min)", "(1\u00a0min)")
    assert "because you subscribed to The Weekly." in text
    assert "mailto:letters@example.org?subject=unsubscribe%20weekly" in text
    assert "Published by The Weekly Press" in text


def test_the_letterbox_is_in_the_footer_where_there_is_one():
    letterbox = "https://letters.example.org"
    issue = an_issue(imprint=replace(IMPRINT, letterbox=letterbox))
    text = made(issue, Format.TEXT).data.decode()

    assert f"Unsubscribe:\n{letterbox}/unsubscribe/weekly\n" in text
    assert f"Choose what you receive:\n{letterbox}/preferences/weekly\n" in text
    assert "subject=unsubscribe" not in text


def test_a_lone_essay_needs_no_list_of_contents():
    text = text_of(an_article())

    assert text.count("On bread") == 1
    assert "In this issue" not in text


# --- the two bodies --------------------------------------------------------------------------


def test_leads_come_with_their_headings_as_links_and_no_more():
    text = text_of(every_kind(Shelf()), body=DigestBody.LEAD)

    assert "Ancré" in text
    assert "- Premier titre [2]\n  - Plus bas [3]\n    - Au fond [4]\n- Second titre [5]" in text
    assert "[2] https://example.org/weekly/001/web.html#every-kind-first" in text
    assert "Fin." not in text
    assert "Lire la suite" in text
    assert "[Image\u00a0: Un quai vide.]\nLe quai — O. C." in text
    assert "- Sans adresse\n" in text


def test_a_full_text_can_be_joined_again_into_every_paragraph():
    essays = [essay_of(f"essay{n}", 1200) for n in range(3)]
    text = flat(text_of(*essays))

    for essay in essays:
        for section in walk_sections(essay.sections):
            assert plain(section.heading) in text
        assert all(words in text for words in paragraphs_in(essay.body()))
    assert "Continue reading" not in text


def test_a_full_text_is_never_trimmed():
    essays = [essay_of(f"essay{n}", 1800) for n in range(10)]  # a digest of them would be trimmed

    assert "Heading 3 of essay9" in text_of(*essays)


# --- blocks and inlines ----------------------------------------------------------------------


def test_links_are_numbered_once_for_each_address():
    link = lambda words, href: Link((Text(words),), href)  # noqa: E731
    text = of_blocks(
        para(link("one", "https://a.example/"), ", ", link("two", "https://b.example/")),
        para(link("again", "https://a.example/"), " and ", link("https://b.example/", "https://b.example/")),
        para(link("a@b.example", "mailto:a@b.example"), link(" bad", "javascript:alert(1)")),
    )

    assert "one [1], two [2]\n\nagain [1] and https://b.example/\n\na@b.example bad\n" in text
    assert text.endswith("[1] https://a.example/\n[2] https://b.example/")


def test_notes_are_raised_figures():
    text = text_of(every_kind(Shelf()))

    assert "Légende²" in text
    assert "Notes\n-----\n\n¹ Une note.\n² Deux.\n\n  Voir ¹\n³ Que rien" in text


def test_code_is_exact_and_never_broken():
    code = "if a  < b:\n\n\tx = '" + "long " * 30 + "'"
    text = of_blocks(CodeBlock(text=code), para("say ", Code("a   b"), " twice"))

    assert "    if a  < b:\n\n    \tx = '" + "long " * 30 + "'" in text
    assert "say a   b twice" in text


def test_lists_stand_under_their_marks():
    inner = ItemList(items=((para("deep"),),), ordered=True, start=9)
    text = of_blocks(
        ItemList(items=((para("word " * 20),), (para("two"), inner)), tight=True),
        ItemList(items=((para("a"),), (para("b"), para("c"))), tight=False, ordered=True),
    )

    assert "- word word" in text
    assert "\n  word word" in text
    assert "- two\n  9. deep" in text
    assert "1. a\n\n2. b\n\n   c" in text


def test_quotations_carry_their_mark_and_nest():
    text = of_blocks(Quotation(blocks=(para("word " * 30), Quotation(blocks=(para("inner"),)))))

    lines = text.split("\n")
    assert all(line.startswith(">") and len(line) <= 78 for line in lines)
    assert lines[-2:] == [">", "> > inner"]


def cells(*words: str) -> tuple[tuple[Text, ...], ...]:
    return tuple((Text(word),) for word in words)


def test_a_narrow_table_stands_in_columns():
    table = Table(
        header=cells("City", "Minutes"),
        rows=(cells("Brest", "27"), cells("東京", "1")),
        aligns=(Align.NONE, Align.END),
        caption=(Text("By longitude"),),
    )

    assert of_blocks(table) == (
        "By longitude\n\nCity   Minutes\n-----  -------\nBrest       27\n東京         1"
    )


def test_a_wide_table_stands_row_by_row():
    table = Table(
        header=cells("City", "What is said of it"),
        rows=(cells("Brest", "word " * 20), cells("Lyon", "")),
        aligns=(Align.NONE, Align.CENTER),
    )
    text = of_blocks(table)

    assert text.startswith("City: Brest\nWhat is said of it: word word")
    assert text.endswith("\n\nCity: Lyon")
    assert "\n    word" in text


def test_a_wide_header_without_rows_is_not_lost():
    table = Table(header=cells("x " * 40, "y " * 40), rows=(), aligns=(Align.NONE, Align.NONE))

    assert flat(of_blocks(table)) == flat("x " * 40 + "y " * 40)


def test_a_wide_table_without_header_stands_row_by_row():
    table = Table(header=(), rows=(cells("x " * 40, "y " * 40),), aligns=(Align.NONE, Align.NONE))

    assert flat(of_blocks(table)) == flat("x " * 40 + "y " * 40)


def test_columns_can_be_centred_and_rows_need_no_header():
    table = Table(
        header=((), ()),
        rows=(cells("aaaa", "b"), cells("c", "ddd")),
        aligns=(Align.CENTER, Align.START),
    )

    assert of_blocks(table) == "aaaa  b\n c    ddd"


def test_nothing_is_written_for_a_picture_that_only_decorates():
    photo = Photo(picture=Picture(source="x", alt=" "))

    assert "[Picture" not in text_of(an_article(photo=photo))


def test_arabic_stays_in_its_own_order_and_language():
    text = text_of(arabic(), body=DigestBody.LEAD)

    assert "سألتُ يومًا بقّالًا¹" in text
    assert "في هذه المقالة:\n\n- النقطة الزرقاء [1]" in text
    assert not re.search("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", text)


def test_a_heading_without_words_draws_no_line():
    section = Section(id="x", level=2, heading=(), blocks=(para("y"),))
    text = text_of(an_article(sections=(section,)))

    assert "\n-\n" not in text


def test_hostile_words_stay_words():
    text = made(an_issue(hostile()), Format.TEXT).data.decode()

    assert "<script>alert(1)</script>" in text  # words, in text: nothing is escaped
    assert "{{ 7 * 7 }}" in text
    assert "javascript:" not in text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1)


@given(words=st.lists(words, min_size=1, max_size=60))
def test_any_paragraph_comes_back_whole(words):
    paragraph = " ".join(words)
    text = made(an_issue(an_article(lead=(para(paragraph),), sections=())), Format.TEXT).data.decode()

    # Ideographs may part without a blank, so blanks are left out on both sides.
    assert re.sub(r"[ \n\t]", "", paragraph) in re.sub(r"[ \n\t]", "", text)


# --- layouts ---------------------------------------------------------------------------------


def test_nothing_is_escaped_in_an_editors_template_either(tmp_path):
    (tmp_path / "house").mkdir()
    (tmp_path / "house" / "digest.txt.j2").write_text("{{ articles[0].title }}   {{ width }}\n")
    edition = render_text(
        an_issue(an_article(title="A < B & C")), LayoutFolder(tmp_path).read("house"), Shelf()
    )

    assert edition.data == b"A < B & C   78\n"


def test_an_undefined_name_is_an_error_with_file_and_line():
    layout = default_layout()
    template = LayoutFile(path="layouts/house/digest.txt.j2", text="\n\n{{ issue.nombre }}")
    broken = replace(layout, files={**layout.files, "digest.txt.j2": template}, fingerprint="t")

    with pytest.raises(LayoutError) as caught:
        render_text(an_issue(), broken, Shelf())
    assert caught.value.where == "layouts/house/digest.txt.j2:3"
