"""Runs of inlines: joined, trimmed at their ends, and rid of links within links."""

from collections.abc import Iterable

from briefpub.domain.document import (
    Emphasis,
    Inline,
    InlinePicture,
    Inlines,
    LineBreak,
    Link,
    Mark,
    NoteRef,
    Passage,
    Strike,
    Strong,
    Subscript,
    Superscript,
    Text,
)
from briefpub.domain.walking import children_of


def merged(inlines: Iterable[Inline]) -> Inlines:
    """Join neighbouring Text, and drop what is empty."""
    kept: list[Inline] = []
    for inline in inlines:
        if isinstance(inline, Text):
            if not inline.text:
                continue
            if kept and isinstance(kept[-1], Text):
                kept[-1] = Text(kept[-1].text + inline.text)
                continue
        kept.append(inline)
    return tuple(kept)


def trimmed(inlines: Inlines) -> Inlines:
    """Take line breaks, and the blanks beside them, from both ends of a run."""
    start, end = 0, len(inlines)
    while start < end and isinstance(inlines[start], LineBreak):
        start += 1
    while end > start and isinstance(inlines[end - 1], LineBreak):
        end -= 1
    return inlines[start:end]


def unlinked(inlines: Inlines) -> tuple[Inlines, Inlines]:
    """Part a link's words from the note marks among them, and undo links within: none may nest."""
    kept: list[Inline] = []
    notes: list[Inline] = []
    for inline in inlines:
        if isinstance(inline, NoteRef):
            notes.append(inline)
            continue
        inner, lifted = unlinked(children_of(inline))
        notes.extend(lifted)
        if isinstance(inline, Link):
            kept.extend(inner)
        else:
            kept.append(with_children(inline, inner))
    return merged(kept), tuple(notes)


def relinked(inlines: Inlines) -> Inlines:
    """Undo links within links, which only HTML and Markdown mixed can make."""
    kept: list[Inline] = []
    for inline in inlines:
        if isinstance(inline, Link):
            children, notes = unlinked(inline.children)
            kept.append(Link(children, inline.href, inline.title))
            kept.extend(notes)
        else:
            kept.append(inline)
    return merged(kept)


def with_children(inline: Inline, children: Inlines) -> Inline:
    """Give `inline` with other children; one that holds none is given back."""
    match inline:
        case Link():
            return Link(children, inline.href, inline.title)
        case Passage():
            return Passage(children, inline.attrs)
        case Emphasis() | Strong() | Strike() | Superscript() | Subscript() | Mark():
            return type(inline)(children)
        case _:
            return inline


def without_notes(inlines: Inlines) -> Inlines:
    """Give the inlines without their note marks."""
    kept = (i for i in inlines if not isinstance(i, NoteRef))
    return merged(with_children(i, without_notes(children_of(i))) for i in kept)


def stripped(inlines: Iterable[Inline]) -> Inlines:
    """Join a run and take blanks and line breaks from both its ends."""
    run = list(trimmed(merged(inlines)))
    if run and isinstance(run[0], Text):
        run[0] = Text(run[0].text.lstrip(" "))
    if run and isinstance(run[-1], Text):
        run[-1] = Text(run[-1].text.rstrip(" "))
    return trimmed(merged(run))


def is_blank(inlines: Inlines) -> bool:
    """Say whether a run shows nothing: blanks and line breaks alone."""
    return all(
        isinstance(inline, LineBreak) or (isinstance(inline, Text) and not inline.text.strip(" "))
        for inline in inlines
    )


def pictures_alone(inlines: Inlines) -> tuple[InlinePicture, ...]:
    """Give the pictures of a run that holds nothing else; else nothing."""
    pictures = tuple(inline for inline in inlines if isinstance(inline, InlinePicture))
    rest = tuple(inline for inline in inlines if not isinstance(inline, InlinePicture))
    return pictures if pictures and is_blank(rest) else ()
