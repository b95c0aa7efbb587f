"""An article's sections with levels that go down one at a time, whatever marks the author chose."""

from dataclasses import replace

from briefpub.domain.document import (
    Block,
    Blocks,
    DefinitionList,
    Division,
    Heading,
    ItemList,
    Quotation,
    Section,
)


def outlined(sections: tuple[Section, ...], level: int = 2) -> tuple[Section, ...]:
    """Give the sections with `level` for the outermost and one more for each depth: readers' tools count."""
    return tuple(
        replace(
            section,
            level=level,
            blocks=under(section.blocks, level + 1),
            sections=outlined(section.sections, level + 1),
        )
        for section in sections
    )


def under(blocks: Blocks, level: int) -> Blocks:
    """Give the blocks with every heading that opens no section, as within a quotation, set to `level`."""
    return tuple(_under(block, level) for block in blocks)


def depths(sections: tuple[Section, ...], depth: int = 1) -> tuple[tuple[Section, int], ...]:
    """Give every section with its depth, counted from 1, in reading order."""
    return tuple(
        entry for section in sections for entry in ((section, depth), *depths(section.sections, depth + 1))
    )


def _under(block: Block, level: int) -> Block:
    match block:
        case Heading():
            return replace(block, level=level)
        case Quotation() | Division():
            return replace(block, blocks=under(block.blocks, level))
        case ItemList():
            return replace(block, items=tuple(under(item, level) for item in block.items))
        case DefinitionList():
            items = tuple(
                (term, tuple(under(definition, level) for definition in definitions))
                for term, definitions in block.items
            )
            return replace(block, items=items)
        case _:
            return block
