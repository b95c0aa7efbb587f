"""The document tree as HTML that is well-formed XML too: the words of every format but plain text.

Each format says through `Markup` how it resolves links, pictures and notes; the rest is the same for all,
so that an essay has one markup wherever it is read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from briefpub.domain.document import (
    Align,
    Attributes,
    Block,
    Blocks,
    Code,
    CodeBlock,
    DefinitionList,
    Direction,
    Division,
    Emphasis,
    Figure,
    Heading,
    Inline,
    InlinePicture,
    Inlines,
    ItemList,
    LineBreak,
    Link,
    Mark,
    NoteRef,
    Paragraph,
    Passage,
    Picture,
    Quotation,
    Rule,
    Section,
    Strike,
    Strong,
    Subscript,
    Superscript,
    Table,
    Text,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Where a picture is to be found, and its measures in pixels."""

    src: str
    width: int
    height: int


def no_address(_: str) -> str | None:
    """Lead nowhere: the words of the link stay."""
    return None


def no_picture(_: Picture) -> Shown | None:
    """Show nothing: the alt text stays."""
    return None


def no_note(_: NoteRef) -> str:
    """Mark no note."""
    return ""


def nothing_after(_: Link, __: str) -> str:
    """Write nothing behind a link."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Markup:
    """How one format writes an article.

    `href` gives a link's address there, or None to keep its words alone; `show` a picture's place, or None
    to set its alt text instead; `note` the mark of a note; `behind` what follows a link (link, address).
    `prefix` goes before every id, `shift` is added to every heading level, `xml` adds xml:lang to lang.
    """

    href: Callable[[str], str | None] = no_address
    show: Callable[[Picture], Shown | None] = no_picture
    note: Callable[[NoteRef], str] = no_note
    behind: Callable[[Link, str], str] = nothing_after
    prefix: str = ""
    shift: int = 0
    xml: bool = False

    # --- inlines -----------------------------------------------------------------------------

    def inlines(self, inlines: Inlines) -> str:
        """Write inlines one behind another, with no white space added."""
        return "".join(self.inline(inline) for inline in inlines)

    def inline(self, inline: Inline) -> str:
        """Write one inline."""
        match inline:
            case Text(text):
                return escape(text, quote=False)
            case Emphasis(children):
                return f"<em>{self.inlines(children)}</em>"
            case Strong(children):
                return f"<strong>{self.inlines(children)}</strong>"
            case Strike(children):
                return f"<s>{self.inlines(children)}</s>"
            case Superscript(children):
                return f"<sup>{self.inlines(children)}</sup>"
            case Subscript(children):
                return f"<sub>{self.inlines(children)}</sub>"
            case Mark(children):
                return f"<mark>{self.inlines(children)}</mark>"
            case Code(text):
                return f"<code>{escape(text, quote=False)}</code>"
            case Passage(children, attrs):
                return f"<span{self.attributes(attrs)}>{self.inlines(children)}</span>"
            case Link():
                return self.link(inline)
            case NoteRef():
                return self.note(inline)
            case InlinePicture(picture):
                return self.picture(picture)
            case LineBreak():
                return "<br/>"

    def link(self, link: Link) -> str:
        """Write a link, or its words alone where it leads nowhere."""
        address = self.href(link.href)
        words = self.inlines(link.children)
        if address is None:
            return words
        title = f' title="{escape(link.title)}"' if link.title else ""
        return f'<a href="{escape(address)}"{title}>{words}</a>{self.behind(link, address)}'

    def picture(self, picture: Picture) -> str:
        """Write a picture with its alt text, or the alt text alone where there is no file."""
        shown = self.show(picture)
        if shown is None:
            return f'<span class="absent">{escape(picture.alt, quote=False)}</span>' if picture.alt else ""
        return (
            f'<img src="{escape(shown.src)}" alt="{escape(picture.alt)}" '
            f'width="{shown.width}" height="{shown.height}"/>'
        )

    # --- blocks ------------------------------------------------------------------------------

    def blocks(self, blocks: Blocks) -> str:
        """Write blocks, each on a line of its own."""
        return "\n".join(self.block(block) for block in blocks)

    def block(self, block: Block) -> str:
        """Write one block."""
        match block:
            case Paragraph(children=children, attrs=attrs):
                return f"<p{self.attributes(attrs)}>{self.inlines(children)}</p>"
            case Heading(level=level, children=children, attrs=attrs):
                tag = f"h{self.level(level)}"
                return f"<{tag}{self.attributes(attrs)}>{self.inlines(children)}</{tag}>"
            case ItemList():
                return self.item_list(block)
            case DefinitionList(items=items, attrs=attrs):
                rows = "\n".join(
                    f"<dt>{self.inlines(term)}</dt>\n"
                    + "\n".join(f"<dd>{self.item(definition)}</dd>" for definition in definitions)
                    for term, definitions in items
                )
                return f"<dl{self.attributes(attrs)}>\n{rows}\n</dl>"
            case Quotation(blocks=blocks, attrs=attrs):
                return f"<blockquote{self.attributes(attrs)}>\n{self.blocks(blocks)}\n</blockquote>"
            case CodeBlock(text=text, language=language, attrs=attrs):
                kind = f' class="language-{escape(language)}"' if language else ""
                words = escape(text, quote=False)
                # Code reads from left to right in every language; an attribute must not stand twice.
                side = "" if attrs.dir else ' dir="ltr"'
                return f"<pre{self.attributes(attrs)}{side}><code{kind}>{words}</code></pre>"
            case Figure(picture=picture, caption=caption, attrs=attrs):
                below = f"\n<figcaption>{self.inlines(caption)}</figcaption>" if caption else ""
                return f"<figure{self.attributes(attrs)}>\n{self.picture(picture)}{below}\n</figure>"
            case Table():
                return self.table(block)
            case Rule():
                return "<hr/>"
            case Division(blocks=blocks, attrs=attrs):
                return f"<div{self.attributes(attrs)}>\n{self.blocks(blocks)}\n</div>"

    def item_list(self, block: ItemList) -> str:
        """Write a list; a number to start from stands only where it is not 1."""
        tag = "ol" if block.ordered else "ul"
        start = f' start="{block.start}"' if block.ordered and block.start != 1 else ""
        items = "\n".join(f"<li>{self.item(item)}</li>" for item in block.items)
        return f"<{tag}{self.attributes(block.attrs)}{start}>\n{items}\n</{tag}>"

    def item(self, blocks: Blocks) -> str:
        """Write an item's blocks; one lone paragraph needs no tags of its own."""
        match blocks:
            case (Paragraph(children=children, attrs=attrs),) if attrs == Attributes():
                return self.inlines(children)
            case _:
                return "\n" + self.blocks(blocks) + "\n"

    def table(self, block: Table) -> str:
        """Write a table within a division that may scroll on a narrow screen."""
        caption = f"<caption>{self.inlines(block.caption)}</caption>\n" if block.caption else ""
        head = ""
        if any(block.header):
            cells = "".join(
                f'<th scope="col"{_align(align)}>{self.inlines(cell)}</th>'
                for cell, align in zip(block.header, block.aligns, strict=True)
            )
            head = f"<thead>\n<tr>{cells}</tr>\n</thead>\n"
        rows = "\n".join(
            "<tr>"
            + "".join(
                f"<td{_align(align)}>{self.inlines(cell)}</td>"
                for cell, align in zip(row, block.aligns, strict=True)
            )
            + "</tr>"
            for row in block.rows
        )
        inside = f"{caption}{head}<tbody>\n{rows}\n</tbody>"
        return f'<div class="table"><table{self.attributes(block.attrs)}>\n{inside}\n</table></div>'

    # --- sections ----------------------------------------------------------------------------

    def sections(self, sections: tuple[Section, ...]) -> str:
        """Write sections within sections, each with its heading and its id."""
        return "\n".join(self.section(section) for section in sections)

    def section(self, section: Section) -> str:
        """Write one section and those under it."""
        tag = f"h{self.level(section.level)}"
        parts = [f"<{tag}>{self.inlines(section.heading)}</{tag}>"]
        if section.blocks:
            parts.append(self.blocks(section.blocks))
        if section.sections:
            parts.append(self.sections(section.sections))
        return f'<section id="{escape(self.prefix + section.id)}">\n' + "\n".join(parts) + "\n</section>"

    def with_end(self, blocks: Blocks, end: str) -> str:
        """Write blocks with `end`, markup of the format's own, closing the last paragraph."""
        match blocks:
            case (*before, Paragraph(children=children, attrs=attrs)):
                opening = self.blocks(tuple(before)) + "\n" if before else ""
                return f"{opening}<p{self.attributes(attrs)}>{self.inlines(children)} {end}</p>"
            case _:
                return f"{self.blocks(blocks)}\n<p>{end}</p>"

    # --- attributes --------------------------------------------------------------------------

    def level(self, level: int) -> int:
        """Give the heading level in this format, at most 6."""
        return min(6, level + self.shift)

    def attributes(self, attrs: Attributes) -> str:
        """Write id, class, language and direction, each with a blank before it."""
        parts = []
        if attrs.id:
            parts.append(f' id="{escape(self.prefix + attrs.id)}"')
        if attrs.classes:
            parts.append(f' class="{escape(" ".join(attrs.classes))}"')
        parts.append(self.language(attrs.lang, attrs.dir))
        return "".join(parts)

    def language(self, lang: str, direction: Direction | None) -> str:
        """Write a language and a direction, each with a blank before it, where there is one."""
        parts = ""
        if lang:
            parts += f' lang="{escape(lang)}"'
            if self.xml:
                parts += f' xml:lang="{escape(lang)}"'
        if direction:
            parts += f' dir="{direction.value}"'
        return parts


def _align(align: Align) -> str:
    return f' class="align-{align.value}"' if align else ""
