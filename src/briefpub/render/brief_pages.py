"""Pages as WeasyPrint laid them out, looked at for two things it does that a compositor would not.

Notes: where the third line of a paragraph is the first that does not fit, WeasyPrint 70 carries the page's
notes over rather than break the paragraph a line earlier (layout/block.py, `_linebox_layout`). Lines: where
an emphasised word follows, it may leave a word alone on a line (text/line_break.py, `split_first_line`).
Each is mended by a hint on the paragraph, and the pages are laid out anew. The boxes are WeasyPrint's own.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

MOST_ROUNDS = 4
# What is asked of a paragraph: that two lines may stay behind, or none; that its blanks be a hair wider.
KEEP_NOTES = ("orphans:2", "orphans:99")
BREAK_ANEW = ("word-spacing:0.01em", "word-spacing:0.03em")
# A line of justified text that ends before this share of its measure, with room for the word that follows.
LEAST_FILLED = 0.6


def mend(document: Any) -> bool:
    """Leave hints on the paragraphs that went wrong; say whether there is anything to lay out anew."""
    changed = False
    for page in document.pages:
        text, *others = page._page_box.children  # noqa: SLF001
        paragraphs = [box for box in _descendants(text) if _lines(box)]
        if paragraphs and _lost_notes(text, others):
            changed |= _hint(paragraphs[-1].element, KEEP_NOTES)
        for paragraph in paragraphs:
            if _broken_early(paragraph):
                changed |= _hint(paragraph.element, BREAK_ANEW)
    return changed


def _lost_notes(text: Any, others: list[Any]) -> bool:
    called = [box.footnote.element for box in _descendants(text) if getattr(box, "footnote", None)]
    held = {id(box.element) for other in others for box in _descendants(other)}
    return any(id(element) not in held for element in called)


def _broken_early(paragraph: Any) -> bool:
    if paragraph.style["text_align_all"] != "justify":
        return False
    lines = _lines(paragraph)
    for line, following in pairwise(lines):
        boxes = list(_descendants(line))
        if any(box.element_tag == "br" for box in boxes):
            continue
        filled = sum(box.margin_width() for box in line.children if box.is_in_normal_flow())
        words = _words(following)
        if not words:
            continue
        # The word that follows, by the share of its line's letters.
        needed = following.width * (len(words.split(maxsplit=1)[0]) + 1) / len(words)
        if filled < LEAST_FILLED * paragraph.width and filled + needed < paragraph.width:
            return True
    return False


def _hint(element: Any, hints: tuple[str, ...]) -> bool:
    style = element.get("style", "")
    for hint in hints:
        if hint not in style:
            element.set("style", f"{style};{hint}".lstrip(";"))
            return True
    return False


def _lines(box: Any) -> list[Any]:
    return [child for child in getattr(box, "children", ()) if type(child).__name__ == "LineBox"]


def _words(line: Any) -> str:
    return "".join(getattr(box, "text", "") for box in _descendants(line)).strip()


def _descendants(box: Any) -> Iterator[Any]:
    yield box
    for child in getattr(box, "children", ()):
        if not hasattr(child, "is_in_normal_flow") or child.is_in_normal_flow():
            yield from _descendants(child)
