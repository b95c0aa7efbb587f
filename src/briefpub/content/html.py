"""HTML within Markdown: sanitised by nh3 (the HTML5 tree), then turned into the document tree.

What is already a tree stands in the HTML as numbered `x-slot` elements while it is mended, so that a
`<div>` opened before a paragraph and closed after it holds the paragraph, however badly it is nested.
"""

import re
from collections.abc import Sequence
from html.parser import HTMLParser

import nh3

from briefpub.content.codes import HTML_DROPPED, TOO_DEEP
from briefpub.content.html_blocks import Flow
from briefpub.content.html_nodes import BLOCKS, PHRASING, Element, Slots, names
from briefpub.content.reading import Raw, Reading
from briefpub.domain.document import Block, Inline
from briefpub.domain.finding import Severity

# Before each piece of HTML a slot of this kind tells the line it stood on.
LINE = "line-"
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9-]*)(?=[\s/>])")
DEEPEST = 40
VOID = frozenset({"br", "hr", "img", "wbr", "col"})

# Gone with all they hold. The words of other elements that HTML knows are kept.
DROPPED = names(
    "applet audio button canvas embed form frameset iframe map math noembed noframes noscript object script "
    "select style svg template textarea title video"
)
EMPTY = names("area base frame input link meta param source track")
PASSED = names(
    "abbr acronym address basefont big body datalist dialog fieldset font head html label legend meter nobr "
    "optgroup option output progress search slot"
)
KEPT = BLOCKS | PHRASING | {"x-slot"}
KNOWN = KEPT | DROPPED | EMPTY | PASSED
ATTRIBUTES = {
    "*": {"id", "class", "lang", "dir", "title", "align", "markdown"},
    "a": {"href", "name"},
    "img": {"src", "alt"},
    "ol": {"start"},
    "x-slot": {"n"},
}
SCHEMES = {"http", "https", "mailto", "tel", "article"}


def is_html(tag: str) -> bool:
    """Say whether a piece of inline HTML is a comment, a declaration or an element that HTML knows."""
    found = TAG.match(tag)
    return tag.startswith(("<!", "<?")) or (found is not None and found[1].lower() in KNOWN)


def weave_inlines(items: Sequence[Inline | Raw], reading: Reading, line: int) -> list[Inline]:
    """Turn a run of inlines and raw tags into inlines."""
    root, slots = _mended(items, reading, line)
    return list(Flow(reading, slots, line).phrasing(root.children))


def weave_blocks(items: Sequence[Block | Raw], reading: Reading) -> list[Block]:
    """Turn a run of blocks and raw HTML blocks into blocks."""
    line = next(item.line for item in items if isinstance(item, Raw))
    root, slots = _mended(items, reading, line)
    return list(Flow(reading, slots, line).blocks(root))


def _mended(items: Sequence[Block | Inline | Raw], reading: Reading, line: int) -> tuple[Element, Slots]:
    slots: Slots = {}
    parts: list[str] = []
    for number, item in enumerate(items):
        if isinstance(item, Raw):
            html = _without_comments(item, reading)
            _remark_dropped(html, reading, item.line)
            slots[f"{LINE}{item.line}"] = item.line
            parts.append(f'<x-slot n="{LINE}{item.line}"></x-slot>{html}')
        else:
            slots[str(number)] = item
            parts.append(f'<x-slot n="{number}"></x-slot>')
    clean = nh3.clean(
        "".join(parts),
        tags=set(KEPT),
        clean_content_tags=set(DROPPED),
        attributes={name: set(allowed) for name, allowed in ATTRIBUTES.items()},
        url_schemes=set(SCHEMES),
        link_rel=None,
    )
    builder = _Builder()
    builder.feed(clean)
    builder.close()
    if builder.too_deep:
        reading.remark(TOO_DEEP, Severity.WARNING, "HTML elements are nested too deep", line=line)
    return builder.root, slots


def _without_comments(item: Raw, reading: Reading) -> str:
    html, opened, rest = COMMENT.sub("", item.html).partition("<!--")
    if opened:
        reading.remark(
            HTML_DROPPED,
            Severity.WARNING,
            f"a comment is never closed; what follows is left out ({len(rest.split())} words)",
            line=item.line,
            hint="close it with -->",
        )
    return html


def _remark_dropped(raw: str, reading: Reading, line: int) -> None:
    names = dict.fromkeys(found[1].lower() for found in TAG.finditer(raw))
    dropped = [n for n in names if n not in KEPT and n not in PASSED and n not in reading.dropped]
    reading.dropped.update(dropped)
    if dropped:
        reading.remark(
            HTML_DROPPED,
            Severity.WARNING,
            "HTML was left out: " + ", ".join(f"<{name}>" for name in dropped[:6]),
            line=line,
            hint="scripts, styles, frames, forms and drawings have no place in mail or in a book",
        )


class _Builder(HTMLParser):
    """Builds elements from HTML that nh3 wrote: every element is closed, and none too deep is kept."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("body", {})
        self.open = [self.root]
        self.below = 0
        self.too_deep = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element, or note that it would lie too deep."""
        if tag in VOID:
            self.open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))
        elif len(self.open) >= DEEPEST and tag != "x-slot":
            self.below += 1
            self.too_deep = True
        else:
            element = Element(tag, {name: value or "" for name, value in attrs})
            self.open[-1].children.append(element)
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element."""
        if tag in VOID:
            return
        if self.below and tag != "x-slot":
            self.below -= 1
        elif len(self.open) > 1:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        """Add words."""
        self.open[-1].children.append(data)
