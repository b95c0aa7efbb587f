"""What the tests of mail and web page look with: a page as a reader's program sees it, and its contrast."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Any

import css_inline
from books import Shelf, default_layout
from builders import an_article
from lxml import html as lxml_html

from briefpub.domain.article import Article
from briefpub.domain.document import Block, NoteRef, Paragraph, Section, Text
from briefpub.domain.issue import Edition, Format, Publication
from briefpub.domain.walking import plain
from briefpub.render.press import render

COLOUR = re.compile(r"#[0-9a-f]{6}")


def made(publication: Publication, format: Format, shelf: Shelf | None = None) -> Edition:
    """Give an edition in the default layout."""
    return render(publication, default_layout(), format, shelf or Shelf())


def page(data: bytes) -> Any:
    """Parse a page as HTML."""
    return lxml_html.fromstring(data.decode(), parser=lxml_html.HTMLParser(encoding="utf-8"))


def words_of(element: Any) -> str:
    """Give an element's text on one line, without style sheets and what is hidden from everybody."""
    parts: list[str] = []

    def gather(node: Any) -> None:
        if not isinstance(node.tag, str) or node.tag in {"style", "title", "script"}:
            return
        parts.append(node.text or "")
        for child in node:
            gather(child)
            parts.append(child.tail or "")

    gather(element)
    return flat("".join(parts))


def flat(text: str) -> str:
    """Give text with each run of blanks and line feeds as one blank."""
    return re.sub(r"[ \n\t]+", " ", text).strip()


def essay_of(id: str, words: int, sections: int = 4, **changes: Any) -> Article:
    """Give an essay of about so many words; each of its paragraphs is unlike any other."""
    each = words // (sections + 1)

    def paragraphs(part: str) -> tuple[Paragraph, ...]:
        half = each // 2
        return tuple(
            Paragraph(children=(Text(" ".join(f"{id}{part}{side}é{n}" for n in range(half)) + "."),))
            for side in "ab"
        )

    values: dict[str, Any] = {
        "lead": paragraphs("l"),
        "standfirst": (Text(f"What {id} has to say, in one line of some length."),),
        "sections": tuple(
            Section(
                id=f"s{number}",
                level=2,
                heading=(Text(f"Heading {number} of {id}"),),
                blocks=paragraphs(f"s{number}"),
            )
            for number in range(sections)
        ),
    }
    return an_article(id, **{**values, **changes})


def paragraphs_in(blocks: Iterable[Block]) -> list[str]:
    """Give the words of each paragraph of `blocks` that no note's mark parts."""
    return [
        flat(plain(block.children))
        for block in blocks
        if isinstance(block, Paragraph) and not any(isinstance(child, NoteRef) for child in block.children)
    ]


def headings_skip(root: Any) -> bool:
    """Say whether a heading of the page stands more than one level under the one before it."""
    levels = [int(element.tag[1]) for element in root.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    return any(after > before + 1 for before, after in pairwise(levels))


def contrast(one: str, other: str) -> float:
    """Give the contrast of two colours (WCAG 2.2, 1.4.3)."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def poor_contrast(root: Any) -> list[str]:
    """Give every element whose own text has a contrast under 4.5, by its inline styles."""
    return list(_poor(root.find("body"), "#000000", "#ffffff"))


def in_the_dark(data: bytes) -> bytes:
    """Give the mail as a program in a dark scheme draws it: its dark rules put into the styles."""
    sheet = page(data).find("head/style").text
    start = sheet.index("{", sheet.index("@media (prefers-color-scheme:dark)"))
    depth, end = 1, start + 1
    while depth:
        depth += {"{": 1, "}": -1}.get(sheet[end], 0)
        end += 1
    inliner = css_inline.CSSInliner(
        extra_css=sheet[start + 1 : end - 1],
        inline_style_tags=False,
        keep_style_tags=True,
        load_remote_stylesheets=False,
    )
    return inliner.inline(data.decode()).encode()


def unbreakable(line: str) -> bool:
    """Say whether a line of text is one piece behind its mark."""
    return " " not in line.strip(" ->0123456789.[]")


def columns(text: str) -> int:
    """Give the columns of a terminal that a text takes, counted apart from the renderer."""
    return sum(
        0
        if unicodedata.combining(c) or unicodedata.category(c) == "Cf"
        else 2
        if unicodedata.east_asian_width(c) in "WF"
        else 1
        for c in text
    )


@lru_cache(maxsize=64)
def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _poor(element: Any, ink: str, paper: str) -> Iterator[str]:
    if not isinstance(element.tag, str):
        return
    styles = {
        part.split(":", 1)[0].strip(): part.split(":", 1)[1].strip()
        for part in element.get("style", "").split(";")
        if ":" in part
    }
    if styles.get("display") == "none":
        return
    ink = _colour(styles.get("color", ink))
    paper = _colour(styles.get("background-color") or element.get("bgcolor") or paper)
    if (element.text or "").strip(" \n\xa0") and contrast(ink, paper) < 4.5:
        yield f"<{element.tag} class={element.get('class')!r}> {ink} on {paper}: {element.text!r}"
    for child in element:
        yield from _poor(child, ink, paper)


def _colour(value: str) -> str:
    match = COLOUR.search(value)
    assert match, value
    return match[0]
