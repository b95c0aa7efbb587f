"""Inline tokens of markdown-it become the inlines of a document tree."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from briefpub.content.characters import FORBIDDEN, prose
from briefpub.content.codes import HTML_DROPPED, TOO_DEEP
from briefpub.content.html import COMMENT, is_html, weave_inlines
from briefpub.content.reading import Raw, Reading, Token
from briefpub.content.runs import merged, relinked, trimmed, unlinked
from briefpub.domain.document import (
    NO_ATTRIBUTES,
    Code,
    Emphasis,
    Inline,
    InlinePicture,
    Inlines,
    LineBreak,
    Link,
    Passage,
    Strike,
    Strong,
    Subscript,
    Superscript,
    Text,
)
from briefpub.domain.finding import Severity

DEEPEST = 40
KINDS: dict[str, type[Emphasis | Strong | Strike | Superscript | Subscript]] = {
    "em": Emphasis,
    "strong": Strong,
    "s": Strike,
    "sup": Superscript,
    "sub": Subscript,
}


@dataclass(slots=True)
class _Frame:
    """One open element: its token, and what has been read within it."""

    token: Token | None
    items: list[Inline | Raw] = field(default_factory=list)


def to_inlines(tokens: Sequence[Token], reading: Reading, line: int) -> Inlines:
    """Turn the children of one inline token into inlines; `line` is its first, counted from 0."""
    frames = [_Frame(None)]
    depth = 0
    for index, token in enumerate(tokens):
        items = frames[-1].items
        match token.type:
            case "text" | "text_special":
                items.append(Text(prose(token.content)))
            case "softbreak":
                line += 1
                if _blank_between(items, tokens, index):
                    items.append(Text(" "))
            case "hardbreak":
                line += 1
                items.append(LineBreak())
            case "code_inline":
                code: Inline = Code(FORBIDDEN.sub("", token.content))
                attrs = reading.attributes(token.attrs) if token.attrs else NO_ATTRIBUTES
                items.append(code if attrs == NO_ATTRIBUTES else Passage((code,), attrs))
            case "html_inline":
                _html(token.content, items, reading, line)
            case "image":
                source = str(token.attrs.get("src", ""))
                items.append(InlinePicture(reading.picture(source, alt_text(token.children or ()), line)))
            case "footnote_ref":
                label = token.meta.get("label")
                key = str(label) if label is not None else f"^{token.meta['id']}"
                items.append(reading.note_ref(key))
            case _ if token.nesting == 1:
                depth += 1
                if depth == DEEPEST:
                    reading.remark(TOO_DEEP, Severity.WARNING, "marks are nested too deep", line=line)
                if depth < DEEPEST:
                    frames.append(_Frame(token))
            case _ if token.nesting == -1:
                if depth < DEEPEST:
                    frame = frames.pop()
                    frames[-1].items.extend(_closed(frame, reading, line))
                depth -= 1
            case _:
                items.append(Text(prose(token.content)))
    return trimmed(_finished(frames[0].items, reading, line))


def alt_text(tokens: Iterable[Token]) -> str:
    """Give the words of a picture's description, its marks left out."""
    return "".join(
        " "
        if token.type in {"softbreak", "hardbreak"}
        else alt_text(token.children or ())
        if token.type == "image"
        else ""
        if token.type == "html_inline"
        else token.content
        for token in tokens
    )


def _closed(frame: _Frame, reading: Reading, line: int) -> Inlines:
    children = _finished(frame.items, reading, line)
    token = frame.token
    assert token is not None
    name = token.type.removesuffix("_open")
    if not children and name != "span":
        return ()
    if name in KINDS:
        return (KINDS[name](children),)
    attrs = reading.attributes(token.attrs)
    if name == "link":
        children, notes = unlinked(children)
        href = reading.href(str(token.attrs.get("href", "")), line)
        if href:
            link = Link(children, href, prose(str(token.attrs.get("title", ""))))
            children = (link,)
        if attrs != NO_ATTRIBUTES:
            children = (Passage(children, attrs),)
        return children + notes
    return children if attrs == NO_ATTRIBUTES else (Passage(children, attrs),)


def _finished(items: list[Inline | Raw], reading: Reading, line: int) -> Inlines:
    if any(isinstance(item, Raw) for item in items):
        reading.woven = True
        woven = weave_inlines(items, reading, line)
        return relinked(merged(woven))
    return merged(item for item in items if not isinstance(item, Raw))


def _html(content: str, items: list[Inline | Raw], reading: Reading, line: int) -> None:
    if COMMENT.fullmatch(content):
        return
    if is_html(content):
        items.append(Raw(content, line))
        return
    # `Vec<T>` outside code looks like a tag to CommonMark; its words must not vanish.
    items.append(Text(prose(content)))
    reading.remark(
        HTML_DROPPED,
        Severity.NOTE,
        f"{content[:40]!r} is no HTML and was kept as words",
        line=line,
        hint="write `code` between backticks, or &lt; for the sign <",
    )


def _blank_between(items: list[Inline | Raw], tokens: Sequence[Token], index: int) -> bool:
    """Say whether a line's end stands for a blank: not after a break, nor between CJK characters."""
    if items and isinstance(items[-1], LineBreak):
        return False
    before = next((t.content for t in reversed(tokens[:index]) if t.content), "")
    after = next((t.content for t in tokens[index + 1 :] if t.content), "")
    if re.fullmatch(r"<br\s*/?>", before, re.IGNORECASE):
        return False
    return not (before and after and _unspaced(before[-1]) and _unspaced(after[0]))


def _unspaced(char: str) -> bool:
    """Say whether a character belongs to a script that puts no blanks between words: Han or kana."""
    return unicodedata.east_asian_width(char) in "WF" and not (
        "\uac00" <= char <= "\ud7af" or "\U0001f000" <= char <= "\U0001faff"
    )
