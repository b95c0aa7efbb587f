"""Elements of sanitised HTML, and which of them are blocks."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from briefpub.domain.document import Block, Inline


def names(words: str) -> frozenset[str]:
    """Give the names in a line of words."""
    return frozenset(words.split())


HEADINGS = {f"h{level}": level for level in range(1, 7)}
DIVISIONS = names("div section aside article main header footer center details nav hgroup")
BLOCKS = DIVISIONS.union(
    HEADINGS,
    names("p ul ol li blockquote figure figcaption table caption colgroup col thead tbody tfoot tr th td"),
    names("pre hr dl dt dd summary"),
)
PHRASING = names(
    "a b bdi bdo br cite code data del dfn em i img ins kbd mark picture q rb rp rt rtc ruby s samp small "
    "span strike strong sub sup time tt u var wbr"
)

Node: TypeAlias = "Element | str"
Slots: TypeAlias = dict[str, Block | Inline | int]


@dataclass(slots=True)
class Element:
    """An element that nh3 let through."""

    tag: str
    attrs: dict[str, str]
    children: list[Node] = field(default_factory=list)

    def elements(self) -> Iterator["Element"]:
        """Give the elements directly within."""
        return (child for child in self.children if isinstance(child, Element))

    def find(self, tag: str) -> Iterator["Element"]:
        """Give every element of that name within, at any depth, in order."""
        for child in self.elements():
            if child.tag == tag:
                yield child
            yield from child.find(tag)

    def text(self) -> str:
        """Give the words within, as they are."""
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)
