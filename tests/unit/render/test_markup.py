from typing import Any

import pytest
from books import Shelf, every_kind, para
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from briefpub.domain.document import (
    Align,
    Attributes,
    Code,
    CodeBlock,
    Direction,
    Figure,
    Heading,
    InlinePicture,
    ItemList,
    LineBreak,
    Link,
    Mark,
    NoteRef,
    Passage,
    Picture,
    Quotation,
    Section,
    Strike,
    Strong,
    Subscript,
    Superscript,
    Table,
    Text,
)
from briefpub.render.markup import Markup, Shown, no_note

WORDS = (Text("a < b & c"),)
ESCAPED = "a &lt; b &amp; c"
SHOWING = Markup(show=lambda picture: Shown(src=f"{picture.source}?a&b", width=4, height=3))


@pytest.mark.parametrize(
    ("inline", "html"),
    [
        (Text('"<&>"'), '"&lt;&amp;&gt;"'),
        (Strong(WORDS), f"<strong>{ESCAPED}</strong>"),
        (Strike(WORDS), f"<s>{ESCAPED}</s>"),
        (Superscript(WORDS), f"<sup>{ESCAPED}</sup>"),
        (Subscript(WORDS), f"<sub>{ESCAPED}</sub>"),
        (Mark(WORDS), f"<mark>{ESCAPED}</mark>"),
        (Code("x  <y>"), "<code>x  &lt;y&gt;</code>"),
        (LineBreak(), "<br/>"),
        (NoteRef("n", 1), ""),
        (
            Passage(WORDS, Attributes(lang="la", dir=Direction.LTR, classes=("term",))),
            f'<span class="term" lang="la" dir="ltr">{ESCAPED}</span>',
        ),
    ],
)
def test_inlines_are_written_with_their_words_escaped(inline, html):
    assert Markup().inline(inline) == html


def test_a_link_that_leads_nowhere_is_its_words():
    assert Markup().link(Link(WORDS, "https://a.example")) == ESCAPED


def test_a_link_carries_its_title_and_what_stands_behind_it():
    markup = Markup(href=lambda href: f"{href}&x", behind=lambda link, address: f"[{address}]")
    written = markup.link(Link(WORDS, "/a", 'say "x"'))

    assert written == f'<a href="/a&amp;x" title="say &quot;x&quot;">{ESCAPED}</a>[/a&x]'


def test_a_note_is_marked_as_its_format_says():
    assert Markup(note=lambda ref: f"({ref.number})").inline(NoteRef("n", 7)) == "(7)"
    assert no_note(NoteRef("n", 7)) == ""


def test_pictures_are_shown_or_told():
    picture = Picture(source="p.jpg", alt='A "bridge"')

    assert SHOWING.inline(InlinePicture(picture)) == (
        '<img src="p.jpg?a&amp;b" alt="A &quot;bridge&quot;" width="4" height="3"/>'
    )
    assert Markup().picture(picture) == '<span class="absent">A "bridge"</span>'
    assert Markup().picture(Picture(source="p.jpg", alt="")) == ""


def test_one_lone_paragraph_of_an_item_needs_no_tags():
    block = ItemList(items=((para("one"),), (para("two"), para("three"))), ordered=True, start=4)

    assert Markup().block(block) == (
        '<ol start="4">\n<li>one</li>\n<li>\n<p>two</p>\n<p>three</p>\n</li>\n</ol>'
    )
    assert "<p" in Markup().block(ItemList(items=((para("one", id="x"),),)))


def test_code_blocks_are_exact_and_run_from_left_to_right():
    written = Markup().block(CodeBlock(text="\n  if a < b:\n", language='p"y'))

    assert written == ('<pre dir="ltr"><code class="language-p&quot;y">\n  if a &lt; b:\n</code></pre>')


def test_tables_have_header_cells_and_classes_for_their_columns():
    table = Table(
        header=(WORDS, WORDS), rows=((WORDS, ()),), aligns=(Align.NONE, Align.END), caption=(Text("C"),)
    )
    written = Markup().block(table)

    assert written.startswith('<div class="table"><table>\n<caption>C</caption>\n<thead>')
    assert f'<th scope="col" class="align-end">{ESCAPED}</th>' in written
    assert '<td class="align-end"></td>' in written
    assert "<thead>" not in Markup().block(Table(header=((),), rows=((WORDS,),), aligns=(Align.NONE,)))


def test_ids_take_the_prefix_and_levels_the_shift():
    markup = Markup(prefix="bread-", shift=2, xml=True)
    section = Section(id="a", level=2, heading=WORDS, blocks=(para("x", id="b", lang="fr"),))
    written = markup.section(section)

    assert written.startswith(f'<section id="bread-a">\n<h4>{ESCAPED}</h4>\n')
    assert '<p id="bread-b" lang="fr" xml:lang="fr">x</p>' in written
    assert markup.block(Heading(level=6, children=())) == "<h6></h6>"


def test_an_ending_closes_the_last_paragraph():
    assert Markup().with_end((para("a"), para("b")), "<i/>") == "<p>a</p>\n<p>b <i/></p>"
    quoted = Quotation(blocks=(para("a"),))
    assert Markup().with_end((quoted,), "<i/>").endswith("</blockquote>\n<p><i/></p>")


def test_figures_hold_their_captions():
    figure = Figure(picture=Picture(source="p", alt="x"), caption=WORDS)

    assert SHOWING.block(figure).endswith(f"<figcaption>{ESCAPED}</figcaption>\n</figure>")
    assert "figcaption" not in SHOWING.block(Figure(picture=Picture(source="p", alt="x")))


def test_every_kind_is_well_formed_xml():
    article = every_kind(Shelf())
    markup = Markup(href=lambda href: href, show=SHOWING.show, prefix="x-")
    body = markup.blocks(article.lead) + markup.sections(article.sections)

    tree: Any = etree.fromstring(f"<body>{body}</body>")
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")))


@given(words=TEXTS, href=TEXTS, alt=TEXTS, code=TEXTS)
def test_whatever_is_written_can_be_read_again(words, href, alt, code):
    markup = Markup(href=lambda href: href, show=lambda picture: Shown(src=picture.source, width=1, height=1))
    paragraph = para(
        Link((Text(words),), href, words), Code(code), InlinePicture(Picture(source=href, alt=alt))
    )
    tree: Any = etree.fromstring(f"<body>{markup.block(paragraph)}</body>")

    assert "".join(tree.itertext()) == words + code
    assert tree.find(".//img").get("alt") == alt
    assert tree.find(".//a").get("href") == href
