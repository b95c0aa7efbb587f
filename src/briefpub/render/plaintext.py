"""The document tree as plain text: the words in their order, and what type would say, said in text."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from briefpub.domain.document import (
    Align,
    Block,
    Blocks,
    Code,
    CodeBlock,
    DefinitionList,
    Division,
    Figure,
    Heading,
    Inline,
    InlinePicture,
    Inlines,
    ItemList,
    LineBreak,
    Link,
    NoteRef,
    Paragraph,
    Picture,
    Quotation,
    Rule,
    Section,
    Strike,
    Subscript,
    Superscript,
    Table,
    Text,
)
from briefpub.domain.walking import children_of
from briefpub.render import words
from briefpub.render.columns import WIDTH, aligned, underlined, wrapped

RAISED = str.maketrans("0123456789+-()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿ")
LOWERED = str.maketrans("0123456789+-()", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎")
BLANKS = re.compile(r"[ \r\n\t]+")
NARROWEST = 20  # however deep lists and quotations go, a line keeps some room


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainText:
    """How one article is written as text. `href` gives a link's address, or None to keep its words alone.

    Addresses are collected in `addresses`, each once, in the order of their numbers.
    """

    language: str
    href: Callable[[str], str | None]
    addresses: list[str] = field(default_factory=list)

    # --- inlines -----------------------------------------------------------------------------

    def inlines(self, inlines: Inlines) -> str:
        """Write inlines as one run of text; a broken line is a line feed."""
        return "".join(self.inline(inline) for inline in inlines)

    def inline(self, inline: Inline) -> str:
        """Write one inline. Stress is left to the reader's voice: stars in mail look like a slip."""
        match inline:
            case Text(text):
                return BLANKS.sub(" ", text)
            case Code(text):
                return text
            case Superscript(children):
                return _moved(self.inlines(children), RAISED)
            case Subscript(children):
                return _moved(self.inlines(children), LOWERED)
            case Strike(children):
                return f"~{self.inlines(children)}~"
            case Link(children, href):
                return self.link(self.inlines(children), href)
            case NoteRef(number=number):
                return raised(number)
            case InlinePicture(picture):
                return self.picture(picture)
            case LineBreak():
                return "\n"
            case _:
                return self.inlines(children_of(inline))

    def link(self, text: str, href: str) -> str:
        """Write a link's words with the number of its address, unless the words are the address."""
        address = self.href(href)
        if address is None or address in {text, f"mailto:{text}"}:
            return text
        return f"{text} {self.numbered(address)}".strip(" ")

    def numbered(self, address: str) -> str:
        """Give the number of an address in the article's list, in brackets."""
        if address not in self.addresses:
            self.addresses.append(address)
        return f"[{self.addresses.index(address) + 1}]"

    def picture(self, picture: Picture) -> str:
        """Write a picture's alt text in brackets; nothing for one that only decorates."""
        alt = " ".join(picture.alt.split())
        return words.word(self.language, "image_alt", alt=alt) if alt else ""

    # --- blocks ------------------------------------------------------------------------------

    def blocks(self, blocks: Blocks, *, width: int = WIDTH, spaced: bool = True) -> list[str]:
        """Write blocks as lines, with an empty line between two unless they are not `spaced`."""
        lines: list[str] = []
        for block in blocks:
            written = self.block(block, width)
            if written:
                lines += [""] if lines and spaced else []
                lines += written
        return lines

    def block(self, block: Block, width: int) -> list[str]:
        """Write one block as lines."""
        match block:
            case Paragraph(children=children) | Heading(children=children):
                return wrapped(self.inlines(children), width=width)
            case ItemList():
                return self.item_list(block, width)
            case DefinitionList(items=items):
                return list(self.definitions(items, width))
            case Quotation(blocks=blocks):
                return [f"> {line}".rstrip(" ") for line in self.blocks(blocks, width=_within(width, 2))]
            case CodeBlock(text=text):
                return [f"    {line}" if line.strip() else "" for line in text.split("\n")]
            case Figure(picture=picture, caption=caption):
                alt = wrapped(self.picture(picture), width=width) if picture.alt.strip() else []
                return alt + (wrapped(self.inlines(caption), width=width) if caption else [])
            case Table():
                return self.table(block, width)
            case Rule():
                return [" " * ((width - 5) // 2) + "* * *"]
            case Division(blocks=blocks):
                return self.blocks(blocks, width=width)

    def item_list(self, block: ItemList, width: int) -> list[str]:
        """Write a list with its marks, and what follows in an item set in under its first word."""
        lines: list[str] = []
        last = block.start + len(block.items) - 1
        room = len(f"{last}. ") if block.ordered else 2
        for number, item in enumerate(block.items, block.start):
            mark = f"{number}.".ljust(room) if block.ordered else "- "
            inner = self.blocks(item, width=_within(width, room), spaced=not block.tight) or [""]
            lines += [""] if lines and not block.tight else []
            lines += set_in(inner, mark, " " * room)
        return lines

    def definitions(self, items: tuple[tuple[Inlines, tuple[Blocks, ...]], ...], width: int) -> Iterator[str]:
        """Write terms, and their definitions set in by four."""
        for index, (term, definitions) in enumerate(items):
            if index:
                yield ""
            yield from wrapped(self.inlines(term), width=width)
            for definition in definitions:
                yield from set_in(self.blocks(definition, width=_within(width, 4)), "    ", "    ")

    def table(self, block: Table, width: int) -> list[str]:
        """Write a table in aligned columns, or row by row as `header: value` where they are too wide."""
        caption = [*wrapped(self.inlines(block.caption), width=width), ""] if block.caption else []
        header = [self.inlines(cell) for cell in block.header]
        rows = [[self.inlines(cell) for cell in row] for row in block.rows]
        named = any(header)
        aligns = block.aligns or tuple(Align.NONE for _ in header)
        columns = aligned([header, *rows] if named else rows, aligns, header=named, width=width)
        if columns is None:
            columns = list(self.table_rows(header, rows, width))
        return caption + columns

    def table_rows(self, header: list[str], rows: list[list[str]], width: int) -> Iterator[str]:
        """Write each row as a small list of `header: value`, the header's words once for each row."""
        colon = words.word(self.language, "colon")
        for index, row in enumerate(rows or [header]):
            if index:
                yield ""
            # A table may have no header; and where it has no rows, the header is the row.
            for name, cell in zip(header if header and rows else [""] * len(row), row, strict=True):
                if cell:
                    yield from wrapped(f"{name}{colon}{cell}" if name else cell, rest="    ", width=width)

    # --- sections ----------------------------------------------------------------------------

    def sections(self, sections: tuple[Section, ...], depth: int = 1) -> list[str]:
        """Write sections: outer headings underlined, inner ones on a line of their own."""
        lines: list[str] = []
        for section in sections:
            heading = wrapped(self.inlines(section.heading))
            lines += ["", ""] if depth == 1 else [""]
            if any(heading):
                lines += underlined(heading, "-") if depth == 1 else heading
            for part in (self.blocks(section.blocks), self.sections(section.sections, depth + 1)):
                if part:
                    lines += ["", *part] if part[0] else part
        return lines


def raised(number: int) -> str:
    """Write a number as the mark of a note."""
    return str(number).translate(RAISED)


def _moved(text: str, table: dict[int, str] | dict[int, int]) -> str:
    """Raise or lower figures; letters stay on the line, as in XXIe."""
    return text.translate(table) if all(ord(character) in table for character in text) else text


def _within(width: int, room: int) -> int:
    return max(NARROWEST, width - room)


def set_in(lines: list[str], first: str, rest: str) -> list[str]:
    """Set lines in: `first` before the first, `rest` before the others, nothing before an empty one."""
    return [
        (f"{rest if index else first}{line}").rstrip(" ") if line or not index else ""
        for index, line in enumerate(lines)
    ]
