"""Sanitised HTML elements become blocks and inlines of the document tree."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from briefpub.content.characters import FORBIDDEN, prose
from briefpub.content.html_nodes import BLOCKS, HEADINGS, Element, Node, Slots
from briefpub.content.html_tables import table_of
from briefpub.content.reading import Reading
from briefpub.content.runs import is_blank, merged, pictures_alone, stripped
from briefpub.domain.document import (
    NO_ATTRIBUTES,
    Attributes,
    Block,
    Blocks,
    Code,
    CodeBlock,
    DefinitionList,
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
    Paragraph,
    Passage,
    Quotation,
    Rule,
    Strike,
    Strong,
    Subscript,
    Superscript,
    Text,
)
from briefpub.domain.walking import inlines_of, plain, walk

BLANKS = re.compile(r"[ \t\n\r\f]+")
WRAPPERS: dict[str, type[Emphasis | Strong | Strike | Superscript | Subscript | Mark]] = {
    **dict.fromkeys(("em", "i", "cite", "dfn", "var"), Emphasis),
    **dict.fromkeys(("strong", "b"), Strong),
    **dict.fromkeys(("del", "s", "strike"), Strike),
    "sup": Superscript,
    "sub": Subscript,
    "mark": Mark,
}
MACHINE = frozenset({"code", "kbd", "samp", "tt"})


@dataclass(slots=True)
class Flow:
    """Turns elements into the tree; `slots` holds what was a tree before, each to be used once.

    `line` follows the slots that tell on which line the next piece of HTML stood.
    """

    reading: Reading
    slots: Slots
    line: int

    def blocks(self, element: Element, *, markdown: bool = False) -> Blocks:
        """Turn what is within an element into blocks; bare words become paragraphs."""
        markdown = markdown or element.attrs.get("markdown") in {"1", "block", "span"}
        done: list[Block] = []
        run: list[Inline] = []

        def flush() -> None:
            done.extend(paragraphs(run))
            run.clear()

        for child in element.children:
            if isinstance(child, str):
                run.extend(self._words(child, markdown=markdown))
            elif child.tag == "x-slot":
                node = self._taken(child)
                if isinstance(node, Block):
                    flush()
                    done.append(node)
                elif node is not None:
                    run.append(node)
            elif child.tag in BLOCKS:
                flush()
                done.extend(self._block(child, markdown=markdown))
            elif self._holds_blocks(child):
                flush()
                done.extend(self.blocks(child, markdown=markdown))
            else:
                run.extend(self._phrase(child, markdown=markdown))
        flush()
        return tuple(done)

    def phrasing(self, nodes: Iterable[Node], *, markdown: bool = False) -> Iterator[Inline]:
        """Turn nodes into inlines; a block among them becomes its words after a line break."""
        for node in nodes:
            if isinstance(node, str):
                yield from self._words(node, markdown=markdown)
            elif node.tag == "x-slot":
                held = self._taken(node)
                if isinstance(held, Block):
                    for block in walk((held,)):
                        for run in inlines_of(block):
                            yield LineBreak()
                            yield from run
                elif held is not None:
                    yield held
            elif node.tag in BLOCKS:
                yield LineBreak()
                yield from self.phrasing(node.children, markdown=markdown)
            else:
                yield from self._phrase(node, markdown=markdown)

    def words(self, element: Element) -> Inlines:
        """Give what is within an element as one trimmed run of inlines."""
        return stripped(self.phrasing(element.children, markdown="markdown" in element.attrs))

    def attributes(self, element: Element) -> Attributes:
        """Keep of an element's attributes what a tree knows."""
        return self.reading.attributes(element.attrs) if element.attrs else NO_ATTRIBUTES

    def _taken(self, slot: Element) -> Block | Inline | None:
        held = self.slots.pop(slot.attrs.get("n", ""), None)
        if isinstance(held, int):
            self.line = held
            return None
        return held

    def _words(self, text: str, *, markdown: bool) -> Iterator[Inline]:
        if markdown and text.strip():
            if text[0].isspace():
                yield Text(" ")
            yield from self.reading.inline(text.strip(), self.reading, self.line)
            if text[-1].isspace():
                yield Text(" ")
        else:
            yield Text(prose(BLANKS.sub(" ", text)))

    def _holds_blocks(self, element: Element) -> bool:
        return any(
            child.tag in BLOCKS
            or (child.tag == "x-slot" and isinstance(self.slots.get(child.attrs.get("n", "")), Block))
            or self._holds_blocks(child)
            for child in element.elements()
        )

    def _phrase(self, element: Element, *, markdown: bool) -> Inlines:
        tag = element.tag
        if tag == "br":
            return (LineBreak(),)
        if tag == "img":
            return self._picture(element)
        children = merged(self.phrasing(element.children, markdown=markdown and tag not in MACHINE))
        attrs = self.attributes(element)
        if tag == "a":
            if not attrs.id and element.attrs.get("name"):
                attrs = replace(attrs, id=self.reading.claim(element.attrs["name"], fallback="place"))
            if "href" not in element.attrs and not attrs.id:
                self.reading.unsafe(plain(children), self.line)
            href = self.reading.href(element.attrs["href"], self.line) if "href" in element.attrs else ""
            if href and children:
                children = (Link(children, href, prose(element.attrs.get("title", ""))),)
        elif tag in WRAPPERS and children:
            children = (WRAPPERS[tag](children),)
        elif tag in MACHINE and children:
            children = (Code(plain(children)),)
        elif tag == "q":
            children = merged((Text('"'), *children, Text('"')))
        return children if attrs == NO_ATTRIBUTES else (Passage(children, attrs),)

    def _picture(self, element: Element) -> Inlines:
        source = element.attrs.get("src", "")
        if not source:
            return (Text(element.attrs.get("alt", "")),)
        return (InlinePicture(self.reading.picture(source, element.attrs.get("alt", ""), self.line)),)

    def _block(self, element: Element, *, markdown: bool) -> Blocks:
        tag = element.tag
        if tag in HEADINGS:
            words = self.words(element)
            heading = Heading(level=HEADINGS[tag], children=words, attrs=self.attributes(element))
            return (heading,) if words else ()
        if tag == "hr":
            return (Rule(),)
        if tag == "pre":
            return (self._listing(element),)
        if tag == "table":
            table = table_of(element, self.words, self.attributes(element))
            return (table,) if table else ()
        if tag == "figure":
            return self._figure(element, markdown=markdown)
        if tag in {"ul", "ol"}:
            return self._list(element, markdown=markdown)
        if tag == "dl":
            return self._definitions(element)
        if tag == "summary":
            words = self.words(element)
            return (Paragraph(children=(Strong(words),)),) if words else ()
        inner = self.blocks(element, markdown=markdown)
        attrs = self.attributes(element)
        if tag == "blockquote":
            return (Quotation(blocks=inner, attrs=attrs),) if inner else ()
        if attrs == NO_ATTRIBUTES or not inner:
            return inner
        if tag == "p" and len(inner) == 1 and isinstance(inner[0], Paragraph | Figure):
            return (replace(inner[0], attrs=attrs),)
        return (Division(blocks=inner, attrs=attrs),)

    def _listing(self, element: Element) -> CodeBlock:
        text = FORBIDDEN.sub("", element.text()).removeprefix("\n").removesuffix("\n")
        classes = " ".join(code.attrs.get("class", "") for code in element.find("code"))
        language = re.search(r"(?:language|lang)-([\w+#-]+)", classes)
        return CodeBlock(text=text, language=language[1] if language else "", attrs=self.attributes(element))

    def _figure(self, element: Element, *, markdown: bool) -> Blocks:
        captions = [self.words(caption) for caption in element.find("figcaption")]
        caption = next((words for words in captions if words), ())
        others = [c for c in element.children if isinstance(c, str) or c.tag != "figcaption"]
        rest = Element("div", {}, others)
        inner = self.blocks(rest, markdown=markdown)
        attrs = self.attributes(element)
        if len(inner) == 1 and isinstance(inner[0], Figure):
            return (replace(inner[0], caption=caption or inner[0].caption, attrs=attrs),)
        blocks = (*inner, Paragraph(children=caption)) if caption else inner
        return (Division(blocks=blocks, attrs=attrs),) if blocks and attrs != NO_ATTRIBUTES else blocks

    def _list(self, element: Element, *, markdown: bool) -> Blocks:
        inner = (child if child.tag == "li" else Element("li", {}, [child]) for child in element.elements())
        items = tuple(blocks for item in inner if (blocks := self.blocks(item, markdown=markdown)))
        start = element.attrs.get("start", "1")
        tight = all(sum(isinstance(block, Paragraph) for block in item) <= 1 for item in items)
        return (
            (
                ItemList(
                    items=items,
                    ordered=element.tag == "ol",
                    start=int(start) if re.fullmatch(r"[0-9]{1,9}", start) else 1,
                    tight=tight,
                    attrs=self.attributes(element),
                ),
            )
            if items
            else ()
        )

    def _definitions(self, element: Element) -> Blocks:
        items: list[tuple[Inlines, tuple[Blocks, ...]]] = []
        for child in _entries(element):
            term, definitions = items.pop() if items else ((), ())
            if child.tag != "dt":
                items.append((term, (*definitions, self.blocks(child))))
            elif definitions or not term:
                items.extend([(term, definitions)] if definitions else [])
                items.append((self.words(child), ()))
            else:
                # Terms that share a definition stand one below the other.
                items.append(((*term, LineBreak(), *self.words(child)), ()))
        if items and not items[-1][1]:
            items[-1] = (items[-1][0], ((),))
        return (DefinitionList(items=tuple(items), attrs=self.attributes(element)),) if items else ()


def _entries(element: Element) -> Iterator[Element]:
    """Give the terms and definitions of a list; HTML lets a `div` hold each group of them."""
    for child in element.elements():
        if child.tag == "div":
            yield from _entries(child)
        else:
            yield child


def paragraphs(run: Iterable[Inline]) -> Blocks:
    """Give a run as a paragraph, as figures when it holds nothing but pictures, or not at all."""
    inlines = stripped(run)
    if is_blank(inlines):
        return ()
    pictures = pictures_alone(inlines)
    if pictures:
        return tuple(Figure(picture=inline.picture) for inline in pictures)
    return (Paragraph(children=inlines),)
