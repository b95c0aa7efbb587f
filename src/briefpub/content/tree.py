"""Rewriting a document tree: each run of inlines is given a new form, and blocks are built anew around it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from briefpub.domain.document import (
    Block,
    Blocks,
    CodeBlock,
    DefinitionList,
    Division,
    Figure,
    Heading,
    Inlines,
    ItemList,
    Note,
    Paragraph,
    Quotation,
    Rule,
    Section,
    Table,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """What becomes of a run of inlines, and of a picture's alt text, in a given language."""

    inlines: Callable[[Inlines, str], Inlines]
    alt: Callable[[str, str], str]


def unchanged(text: str, _language: str) -> str:
    """Give `text` back."""
    return text


def rewritten(blocks: Blocks, rewrite: Rewrite, language: str) -> Blocks:
    """Rewrite every run of inlines in `blocks`; `language` holds until a block names its own."""
    return tuple(_block(block, rewrite, language) for block in blocks)


def rewritten_sections(sections: tuple[Section, ...], rewrite: Rewrite, language: str) -> tuple[Section, ...]:
    """Rewrite the headings and the blocks of `sections`."""
    return tuple(
        replace(
            section,
            heading=rewrite.inlines(section.heading, language),
            blocks=rewritten(section.blocks, rewrite, language),
            sections=rewritten_sections(section.sections, rewrite, language),
        )
        for section in sections
    )


def rewritten_notes(notes: tuple[Note, ...], rewrite: Rewrite, language: str) -> tuple[Note, ...]:
    """Rewrite the blocks of `notes`."""
    return tuple(replace(note, blocks=rewritten(note.blocks, rewrite, language)) for note in notes)


def _block(block: Block, rewrite: Rewrite, outer: str) -> Block:
    match block:
        case Rule() | CodeBlock():
            return block
        case _:
            language = block.attrs.lang or outer

    def run(inlines: Inlines) -> Inlines:
        return rewrite.inlines(inlines, language)

    match block:
        case Paragraph() | Heading():
            return replace(block, children=run(block.children))
        case ItemList():
            return replace(block, items=tuple(rewritten(item, rewrite, language) for item in block.items))
        case DefinitionList():
            return replace(
                block,
                items=tuple(
                    (run(term), tuple(rewritten(each, rewrite, language) for each in definitions))
                    for term, definitions in block.items
                ),
            )
        case Quotation() | Division():
            return replace(block, blocks=rewritten(block.blocks, rewrite, language))
        case Figure():
            picture = replace(block.picture, alt=rewrite.alt(block.picture.alt, language))
            return replace(block, picture=picture, caption=run(block.caption))
        case Table():
            return replace(
                block,
                caption=run(block.caption),
                header=tuple(run(cell) for cell in block.header),
                rows=tuple(tuple(run(cell) for cell in row) for row in block.rows),
            )
