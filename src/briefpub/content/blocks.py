"""Block tokens of markdown-it become the blocks of a document tree."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from briefpub.content.characters import FORBIDDEN
from briefpub.content.html import weave_blocks
from briefpub.content.inlines import to_inlines
from briefpub.content.reading import Raw, Reading, Token
from briefpub.content.runs import is_blank, merged, pictures_alone
from briefpub.domain.document import (
    NO_ATTRIBUTES,
    Align,
    Attributes,
    Block,
    Blocks,
    CodeBlock,
    DefinitionList,
    Figure,
    Heading,
    Inlines,
    ItemList,
    Paragraph,
    Picture,
    Quotation,
    Rule,
    Table,
    Text,
)

ALIGNS = {
    "text-align:left": Align.START,
    "text-align:center": Align.CENTER,
    "text-align:right": Align.END,
}
# `#id`, `.class` and `key=value`, as they stand between braces.
WORD = r"""(?:[#.][^\s{}#.="']+|[A-Za-z][\w-]*=(?:"[^"{}]*"|[\w:-]+))"""
BRACED = rf"\{{:?\s*({WORD}(?:\s*{WORD})*)\s*\}}"
ATTRIBUTE_LINE = re.compile(rf"{BRACED}\s*")
TAIL = re.compile(rf"\s*{BRACED}$")
UNESCAPED_TAIL = re.compile(r"(?<!\\)\{[^{}]*\}$")
ATTRIBUTE = re.compile(r"""([#.])([^\s{}#.="']+)|([A-Za-z][\w-]*)=(?:"([^"{}]*)"|([\w:-]+))""")


@dataclass(frozen=True, slots=True)
class _Item:
    """A block, or HTML still to be woven, with the lines it came from (the last one not included)."""

    block: Block | Raw
    start: int
    end: int


@dataclass(slots=True)
class Tokens:
    """The tokens of one body: which closes which, and where each note is defined."""

    tokens: Sequence[Token]
    reading: Reading
    close: dict[int, int] = field(default_factory=dict)
    notes: dict[str, tuple[int, int]] = field(default_factory=dict)
    twice: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Pair the tokens, and collect the notes wherever they are defined."""
        opened: list[int] = []
        for index, token in enumerate(self.tokens):
            if token.nesting == 1:
                opened.append(index)
            elif token.nesting == -1:
                start = opened.pop()
                self.close[start] = index
                if token.type == "footnote_reference_close":
                    label = str(self.tokens[start].meta["label"])
                    if label in self.notes:
                        self.twice.append((label, self._line(start)))
                    else:
                        self.notes[label] = (start, index)

    def note(self, label: str) -> Blocks:
        """Give the blocks of a note's definition."""
        start, end = self.notes[label]
        return self.blocks(start + 1, end)

    def line_of_note(self, label: str) -> int:
        """Give the line, counted from 0, where a note is defined."""
        return self._line(self.notes[label][0])

    def blocks(self, start: int, end: int) -> Blocks:
        """Give the blocks that the tokens from `start` up to `end` stand for."""
        items: list[_Item] = []
        waiting: tuple[Attributes, int] | None = None
        line = self._line(start)
        index = start
        while index < end:
            token = self.tokens[index]
            after = self.close.get(index, index) + 1
            first, last = token.map or (line, line + 1)
            line = last
            if token.type == "attrs_block":
                attrs = self.reading.attributes(token.attrs)
                above = items[-1].block if items and items[-1].end == first else None
                touched = _with_attributes(above, attrs) if above else None
                if touched:
                    items[-1] = replace(items[-1], block=touched, end=last)
                else:
                    waiting = (attrs, last)
            else:
                for found in self._blocks(index, after, first, items):
                    block = found
                    if waiting and waiting[1] == first:
                        block = _with_attributes(found, waiting[0]) or found
                        waiting = None
                    items.append(_Item(block, first, last))
            index = after
        if any(isinstance(item.block, Raw) for item in items):
            self.reading.woven = True
            return tuple(weave_blocks([item.block for item in items], self.reading))
        return tuple(item.block for item in items if not isinstance(item.block, Raw))

    def _blocks(self, index: int, after: int, line: int, items: list[_Item]) -> Sequence[Block | Raw]:
        """Give what one block token stands for; a caption is added to the last of `items` instead."""
        token = self.tokens[index]
        match token.type:
            case "paragraph_open":
                return self._paragraph(index, line, items)
            case "heading_open":
                heading = self._heading(index, line)
                return (heading,) if heading else ()
            case "bullet_list_open" | "ordered_list_open":
                return (self._list(index, after),)
            case "blockquote_open":
                return (Quotation(blocks=self.blocks(index + 1, after - 1)),)
            case "fence" | "code_block":
                return (_listing(token),)
            case "hr":
                return (Rule(),)
            case "html_block":
                return (Raw(token.content, line),)
            case "table_open":
                return (self._table(index, after, line),)
            case "dl_open":
                return (self._definitions(index, after, line),)
            case _:
                return ()

    def _inlines(self, index: int, line: int) -> Inlines:
        token = self.tokens[index]
        return to_inlines(token.children or (), self.reading, token.map[0] if token.map else line)

    def _paragraph(self, index: int, line: int, items: list[_Item]) -> Sequence[Block]:
        inlines = self._inlines(index + 1, line)
        if is_blank(inlines):
            return ()
        images = [t for t in self.tokens[index + 1].children or () if t.type == "image"]
        pictures = pictures_alone(inlines)
        if pictures and len(images) == len(pictures):
            return [self._figure(p.picture, t, line) for p, t in zip(pictures, images, strict=True)]
        caption = _caption(inlines, self.tokens[index + 1].content)
        last = items[-1].block if items else None
        if caption and isinstance(last, Table | Figure) and not last.caption:
            items[-1] = replace(items[-1], block=replace(last, caption=caption))
            return ()
        return (Paragraph(children=inlines),)

    def _figure(self, picture: Picture, token: Token, line: int) -> Figure:
        title = str(token.attrs.get("title") or "")
        attrs = {key: value for key, value in token.attrs.items() if key in {"id", "class", "lang", "dir"}}
        return Figure(
            picture=picture,
            caption=self.reading.inline(title, self.reading, line) if title else (),
            attrs=self.reading.attributes(attrs) if attrs else NO_ATTRIBUTES,
        )

    def _heading(self, index: int, line: int) -> Heading | None:
        inlines = self._inlines(index + 1, line)
        attrs = NO_ATTRIBUTES
        last = inlines[-1] if inlines else None
        written = UNESCAPED_TAIL.search(self.tokens[index + 1].content)
        tail = TAIL.search(last.text) if written and isinstance(last, Text) else None
        if tail and isinstance(last, Text):
            inlines = merged((*inlines[:-1], Text(last.text[: tail.start()])))
            attrs = self.reading.attributes(named_attributes(tail[1]))
        if is_blank(inlines):
            return None
        return Heading(level=int(self.tokens[index].tag[1]), children=inlines, attrs=attrs)

    def _list(self, index: int, after: int) -> ItemList:
        token = self.tokens[index]
        items: list[Blocks] = []
        inner = index + 1
        while inner < after - 1:
            end = self.close[inner]
            items.append(self.blocks(inner + 1, end))
            inner = end + 1
        level = token.level + 2
        tight = all(
            t.hidden for t in self.tokens[index:after] if t.type == "paragraph_open" and t.level == level
        )
        start = str(token.attrs.get("start", 1))
        return ItemList(
            items=tuple(items),
            ordered=token.type == "ordered_list_open",
            start=int(start) if start.isdecimal() else 1,
            tight=tight,
        )

    def _table(self, index: int, after: int, line: int) -> Table:
        rows: list[list[Inlines]] = []
        aligns: list[Align] = []
        caption: Inlines = ()
        written = ""
        for inner in range(index, after):
            token = self.tokens[inner]
            if token.type == "tr_open":
                rows.append([])
                written = self.tokens[inner + 2].content
            elif token.type in {"th_open", "td_open"}:
                if token.type == "th_open":
                    aligns.append(ALIGNS.get(str(token.attrs.get("style", "")), Align.NONE))
                rows[-1].append(self._inlines(inner + 1, line))
        # A line `: words` right under a table is its caption, though GFM reads it as one more row.
        if len(rows) > 1 and not any(rows[-1][1:]):
            caption = _caption(rows[-1][0], written)
            rows = rows[:-1] if caption else rows
        return Table(
            header=tuple(rows[0]),
            rows=tuple(tuple(row) for row in rows[1:]),
            aligns=tuple(aligns),
            caption=caption,
        )

    def _definitions(self, index: int, after: int, line: int) -> Block:
        items: list[tuple[Inlines, list[Blocks]]] = []
        images = [t for t in self.tokens[index + 2].children or () if t.type == "image"]
        inner = index + 1
        while inner < after - 1:
            if self.tokens[inner].type == "dt_open":
                items.append((self._inlines(inner + 1, line), []))
            else:
                items[-1][1].append(self.blocks(inner + 1, self.close[inner]))
            inner = self.close[inner] + 1
        term, definitions = items[0]
        pictures = pictures_alone(term)
        if len(items) == len(pictures) == len(images) == len(definitions) == len(definitions[0]) == 1:
            words = definitions[0][0]
            if isinstance(words, Paragraph):
                return replace(self._figure(pictures[0].picture, images[0], line), caption=words.children)
        return DefinitionList(items=tuple((term, tuple(each)) for term, each in items))

    def _line(self, index: int) -> int:
        place = self.tokens[index].map if index < len(self.tokens) else None
        return place[0] if place else 0


def named_attributes(text: str) -> dict[str, str]:
    """Read `#id .class key=value` (the words between braces)."""
    found: dict[str, str] = {}
    for match in ATTRIBUTE.finditer(text):
        mark, name, key, quoted, bare = match.groups(default="")
        if mark == "#":
            found["id"] = name
        elif mark == ".":
            found["class"] = f"{found.get('class', '')} {name}".strip()
        else:
            found[key] = quoted or bare
    return found


def _with_attributes(block: Block | Raw, attrs: Attributes) -> Block | None:
    """Give the block with these attributes over its own, or None where it can have none."""
    if isinstance(block, Raw | Rule):
        return None
    own = block.attrs
    return replace(
        block,
        attrs=Attributes(
            id=attrs.id or own.id,
            classes=own.classes + attrs.classes,
            lang=attrs.lang or own.lang,
            dir=attrs.dir or own.dir,
        ),
    )


def _caption(inlines: Inlines, written: str) -> Inlines:
    """Give the words of a caption, `written` with a colon and a blank before them; else nothing."""
    first = inlines[0] if inlines else None
    if written.startswith(": ") and isinstance(first, Text):
        return merged((Text(first.text[2:].lstrip(" ")), *inlines[1:]))
    return ()


def _listing(token: Token) -> CodeBlock:
    words = re.split(r"[\s,{]", token.info.strip(), maxsplit=1)
    return CodeBlock(text=FORBIDDEN.sub("", token.content).removesuffix("\n"), language=words[0])
