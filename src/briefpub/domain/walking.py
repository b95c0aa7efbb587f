"""Walks through the document tree: its blocks, inlines and sections in reading order, and its plain words."""

from collections.abc import Iterator

from briefpub.domain.document import (
    Block,
    Blocks,
    Code,
    DefinitionList,
    Division,
    Figure,
    Heading,
    Inline,
    InlinePicture,
    Inlines,
    ItemList,
    LineBreak,
    NoteRef,
    Paragraph,
    Quotation,
    Section,
    Table,
    Text,
)


def children_of(inline: Inline) -> Inlines:
    """Give the inlines within `inline`, or none."""
    match inline:
        case Text() | Code() | NoteRef() | InlinePicture() | LineBreak():
            return ()
        case _:
            return inline.children


def plain(inlines: Inlines) -> str:
    """Give the words of `inlines` alone: no note marks, a space for a line break, alt for a picture."""
    parts: list[str] = []
    for inline in inlines:
        match inline:
            case Text(text) | Code(text):
                parts.append(text)
            case LineBreak():
                parts.append(" ")
            case InlinePicture(picture):
                parts.append(picture.alt)
            case NoteRef():
                pass
            case _:
                parts.append(plain(children_of(inline)))
    return "".join(parts)


def blocks_of(block: Block) -> Iterator[Blocks]:
    """Give each run of blocks directly within `block`."""
    match block:
        case ItemList():
            yield from block.items
        case DefinitionList():
            for _, definitions in block.items:
                yield from definitions
        case Quotation() | Division():
            yield block.blocks
        case _:
            return


def inlines_of(block: Block) -> Iterator[Inlines]:
    """Give each run of inlines directly within `block`, in reading order."""
    match block:
        case Paragraph() | Heading():
            yield block.children
        case DefinitionList():
            for term, _ in block.items:
                yield term
        case Figure():
            yield block.caption
        case Table():
            yield block.caption
            yield from block.header
            for row in block.rows:
                yield from row
        case _:
            return


def walk(blocks: Blocks) -> Iterator[Block]:
    """Give every block of `blocks`, outer before inner, in reading order."""
    for block in blocks:
        yield block
        for inner in blocks_of(block):
            yield from walk(inner)


def walk_inlines(inlines: Inlines) -> Iterator[Inline]:
    """Give every inline of `inlines`, outer before inner, in reading order."""
    for inline in inlines:
        yield inline
        yield from walk_inlines(children_of(inline))


def walk_sections(sections: tuple[Section, ...]) -> Iterator[Section]:
    """Give every section, outer before inner, in reading order."""
    for section in sections:
        yield section
        yield from walk_sections(section.sections)
