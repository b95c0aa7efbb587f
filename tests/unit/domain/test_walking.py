"""Walks over an essay of every kind: each block and each word once, in reading order."""

from books import Shelf, every_kind

from briefpub.domain.document import (
    Blocks,
    Code,
    Emphasis,
    Figure,
    Heading,
    InlinePicture,
    LineBreak,
    Link,
    NoteRef,
    Paragraph,
    Picture,
    Quotation,
    Rule,
    Strong,
    Table,
    Text,
)
from briefpub.domain.walking import children_of, inlines_of, plain, walk, walk_inlines, walk_sections

BLOCKS: Blocks = every_kind(Shelf()).sections[0].blocks


def test_every_block_once_outer_before_inner() -> None:
    names = [type(block).__name__ for block in walk(BLOCKS)]
    assert names[:7] == [
        "Heading",
        "ItemList",
        "Paragraph",
        "Paragraph",
        "Paragraph",
        "ItemList",
        "Paragraph",
    ]
    assert names[7:12] == ["DefinitionList", "Paragraph", "Paragraph", "Paragraph", "Quotation"]
    assert (names.count("CodeBlock"), names.count("Rule"), names.count("Division")) == (2, 1, 1)
    assert len([block for block in walk(BLOCKS) if isinstance(block, Heading)]) == 2


def test_the_words_of_a_block_in_the_order_they_are_read() -> None:
    table = next(block for block in BLOCKS if isinstance(block, Table))
    assert [plain(run) for run in inlines_of(table)] == ["mots"] * 7
    figure = next(block for block in BLOCKS if isinstance(block, Figure))
    assert [plain(run) for run in inlines_of(figure)] == ["Légende"]
    assert list(inlines_of(Rule())) == []
    assert list(inlines_of(Quotation(blocks=(Paragraph(children=(Text("x"),)),)))) == []


def test_every_inline_once_outer_before_inner() -> None:
    inner = Emphasis((Text("b"),))
    run = (Text("a"), Strong((inner, NoteRef("n", 1))), Link((Code("c"),), "#x"))
    assert list(walk_inlines(run)) == [
        Text("a"),
        run[1],
        inner,
        Text("b"),
        NoteRef("n", 1),
        run[2],
        Code("c"),
    ]
    assert children_of(LineBreak()) == ()


def test_plain_words() -> None:
    picture = InlinePicture(Picture(source="x.png", alt="a loaf"))
    run = (
        Text("See "),
        Emphasis((Strong((Text("how"),)),)),
        NoteRef("n", 1),
        LineBreak(),
        Code("<b>"),
        picture,
    )
    assert plain(run) == "See how <b>a loaf"
    assert plain(()) == ""


def test_sections_outer_before_inner() -> None:
    assert [section.id for section in walk_sections(every_kind(Shelf()).sections)] == [
        "first",
        "deep",
        "deeper",
        "second",
    ]
