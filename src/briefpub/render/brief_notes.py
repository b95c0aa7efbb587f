"""Notes at the foot of the page: the author's, and the addresses that paper cannot follow."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape

from briefpub.domain.article import Article
from briefpub.domain.document import (
    Block,
    Blocks,
    CodeBlock,
    DefinitionList,
    Figure,
    Heading,
    ItemList,
    Link,
    Paragraph,
    Rule,
    Table,
)
from briefpub.domain.walking import blocks_of, plain
from briefpub.render import words
from briefpub.render.markup import Markup


@dataclass(slots=True)
class Footnotes:
    """The notes of one article as they come: author's notes and printed addresses in one row of numbers."""

    article: Article
    numbers: dict[str, int] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)

    def write(self, key: str, body: Callable[[], str]) -> str:
        """Write a note where it is first called for, and its number alone from then on."""
        if key in self.numbers:
            number = self.numbers[key]
            shown = words.number(number, self.article.language)
            return f'<sup class="again"><a href="#{self._id(number)}">{shown}</a></sup>'
        number = self.numbers[key] = len(self.numbers) + 1
        inside = self.within(key, body)
        shown = words.number(number, self.article.language)
        return f'<span class="note" id="{self._id(number)}" data-n="{shown}">{inside}</span>'

    def within(self, key: str, body: Callable[[], str]) -> str:
        """Write a note's words while it counts as open: a note that comes back to itself ends there."""
        self.open.append(key)
        try:
            return body()
        finally:
            self.open.pop()

    def _id(self, number: int) -> str:
        return f"n-{self.article.id}-{number}"


def behind_link(footnotes: Footnotes, link: Link, address: str) -> str:
    """Write what paper needs behind a link: the page it leads to, or its address as a note."""
    if address.startswith("#"):
        return f'<a class="page" href="{escape(address)}"></a>'
    printed = printed_address(address)
    if plain(link.children).strip().rstrip("/") in {printed.rstrip("/"), printed.rstrip("/").split("//")[-1]}:
        return ""
    link_to = f'<a class="address" href="{escape(address)}">{escape(printed, quote=False)}</a>'
    if footnotes.open:
        return f" ({link_to})"
    return footnotes.write(address, lambda: link_to)


def printed_address(address: str) -> str:
    """Give an address as a reader would type it."""
    for scheme in ("mailto:", "tel:"):
        if address.lower().startswith(scheme):
            return address[len(scheme) :]
    return address


def note_body(markup: Markup, blocks: Blocks) -> str:
    """Write a note's blocks as inlines: it stands within a paragraph, which HTML lets hold no block."""
    return " ".join(part for block in blocks for part in _note_parts(markup, block))


def _note_parts(markup: Markup, block: Block) -> Iterator[str]:
    match block:
        case Paragraph(children=children) | Heading(children=children):
            yield f'<span class="part">{markup.inlines(children)}</span>'
        case CodeBlock(text=text):
            yield f'<code class="part">{escape(text, quote=False)}</code>'
        case Figure(picture=picture, caption=caption):
            yield f'<span class="part">{markup.picture(picture)} {markup.inlines(caption)}</span>'
        case Table(header=header, rows=rows):
            for row in (header, *rows):
                cells = " · ".join(markup.inlines(cell) for cell in row)
                yield f'<span class="part">{cells}</span>'
        case DefinitionList(items=items):
            for term, definitions in items:
                told = " ".join(note_body(markup, definition) for definition in definitions)
                yield f'<span class="part"><strong>{markup.inlines(term)}</strong> {told}</span>'
        case ItemList(items=items):
            for item in items:
                yield f'<span class="part item">– {note_body(markup, item)}</span>'
        case Rule():
            return
        case _:
            for inner in blocks_of(block):
                yield note_body(markup, inner)
