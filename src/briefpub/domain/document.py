"""The document tree of an article: blocks and inlines from which every format is rendered.

The kinds follow CommonMark 0.31 and the usual extensions (tables, notes, definition lists, figures,
attributes). A tree holds words, never markup: escaping is the renderer's business.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Direction(StrEnum):
    """The direction of writing."""

    LTR = "ltr"
    RTL = "rtl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """What an author may say about a block or a passage: an id, classes, a language, a direction."""

    id: str = ""
    classes: tuple[str, ...] = ()
    lang: str = ""
    dir: Direction | None = None


NO_ATTRIBUTES = Attributes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture file that was found and measured. Its bytes are fetched by `sha256` from Pictures."""

    sha256: str
    width: int
    height: int
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture as the author wrote it; `image` is None when its file is absent."""

    source: str
    alt: str
    image: Image | None = None


# --- inlines ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """Words. May hold no-break spaces and directional marks; never control characters."""

    text: str


@dataclass(frozen=True, slots=True)
class Emphasis:
    """Stressed words, set in italic."""

    children: "Inlines"


@dataclass(frozen=True, slots=True)
class Strong:
    """Important words, set in bold."""

    children: "Inlines"


@dataclass(frozen=True, slots=True)
class Strike:
    """Words that no longer hold."""

    children: "Inlines"


@dataclass(frozen=True, slots=True)
class Superscript:
    """Raised words, such as the `e` of XXIe."""

    children: "Inlines"


@dataclass(frozen=True, slots=True)
class Subscript:
    """Lowered words."""

    children: "Inlines"


@dataclass(frozen=True, slots=True)
class Mark:
    """Highlighted words."""

    children: "Inlines"


@dataclass(frozen=True, slots=True)
class Code:
    """Words of a machine, the same in every edition to the letter."""

    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """Words in another language, in another direction, or in a class of the layout's."""

    children: "Inlines"
    attrs: Attributes


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead elsewhere: an address, a `#fragment`, or `article:<id>`."""

    children: "Inlines"
    href: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class NoteRef:
    """The mark of a note; `number` counts from 1 within the article, `ref` from 1 within the note."""

    note: str
    number: int
    ref: int = 1


@dataclass(frozen=True, slots=True)
class InlinePicture:
    """A picture within a line."""

    picture: Picture


@dataclass(frozen=True, slots=True)
class LineBreak:
    """A line broken on purpose."""


Inline: TypeAlias = (
    Text
    | Emphasis
    | Strong
    | Strike
    | Superscript
    | Subscript
    | Mark
    | Code
    | Passage
    | Link
    | NoteRef
    | InlinePicture
    | LineBreak
)
Inlines: TypeAlias = tuple[Inline, ...]


# --- blocks ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """One paragraph."""

    children: Inlines
    attrs: Attributes = NO_ATTRIBUTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading that opens no section, as within a quotation; sections carry their own."""

    level: int
    children: Inlines
    attrs: Attributes = NO_ATTRIBUTES


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemList:
    """Items, numbered from `start` when `ordered`; `tight` items hold no spaced paragraphs."""

    items: tuple["Blocks", ...]
    ordered: bool = False
    start: int = 1
    tight: bool = True
    attrs: Attributes = NO_ATTRIBUTES


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionList:
    """Terms, each with one definition or more."""

    items: tuple[tuple[Inlines, tuple["Blocks", ...]], ...]
    attrs: Attributes = NO_ATTRIBUTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotation:
    """Words of another; with the class `pullquote`, the article's own words set large."""

    blocks: "Blocks"
    attrs: Attributes = NO_ATTRIBUTES


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeBlock:
    """A listing, the same in every edition to the letter; `text` ends without a newline."""

    text: str
    language: str = ""
    attrs: Attributes = NO_ATTRIBUTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A picture on its own, with its caption."""

    picture: Picture
    caption: Inlines = ()
    attrs: Attributes = NO_ATTRIBUTES


class Align(StrEnum):
    """How a table's column is set."""

    NONE = ""
    START = "start"
    CENTER = "center"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One header row (may be empty), body rows, and as many alignments as columns."""

    header: tuple[Inlines, ...]
    rows: tuple[tuple[Inlines, ...], ...]
    aligns: tuple[Align, ...]
    caption: Inlines = ()
    attrs: Attributes = NO_ATTRIBUTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A change of scene: a thematic break."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """Blocks held together by a class, a language or a direction."""

    blocks: "Blocks"
    attrs: Attributes = NO_ATTRIBUTES


Block: TypeAlias = (
    Paragraph | Heading | ItemList | DefinitionList | Quotation | CodeBlock | Figure | Table | Rule | Division
)
Blocks: TypeAlias = tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note; `id` is unique within the article, `number` counts from 1 in order of reference."""

    id: str
    number: int
    blocks: Blocks


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and its blocks, and the sections under it; `id` is unique within the article."""

    id: str
    level: int
    heading: Inlines
    blocks: Blocks = ()
    sections: tuple["Section", ...] = ()
