"""What each block of a scraped text is: title, photo, heading, paragraph, related, or none of the essay's."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from briefpub.content.importers.text_blocks import Block
from briefpub.content.importers.text_shape import (
    NUMBER,
    asks,
    has_letter,
    is_address,
    is_heading_like,
    is_list_item,
    is_numbered,
    is_photo,
    is_short,
    length,
)
from briefpub.content.importers.text_tail import opens_comments, tail_of
from briefpub.content.importers.text_tail_lines import Tail

LONG_BODY = 150
SHORT_LINE = 80
MOSTLY_SHORT = 0.6
ABOVE_TITLE = 3


class Kind(StrEnum):
    """What a block is, in the words of `briefpub import --dry-run`."""

    PHOTO = "photo"
    TITLE = "title"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    BODY_PHOTO = "photo in the text"
    GROUP = "label of related essays"
    RELATED_PHOTO = "photo of a related essay"
    RELATED = "related essay"
    DROPPED = "left out"


@dataclass(frozen=True, slots=True)
class Classified:
    """A block, what it was taken for, and why."""

    block: Block
    kind: Kind
    why: str


def classify(blocks: Sequence[Block]) -> tuple[Classified, ...]:
    """Say of every block what it is, in their order."""
    head = _head(blocks)
    start = len(head)
    verse, cut = _tail_start(blocks, start)
    body = [_of_body(blocks, place, start, cut, verse=verse) for place in range(start, cut)]
    return (*head, *body, *_tail(blocks[cut:]))


# --- the head -----------------------------------------------------------------------------------


def _head(blocks: Sequence[Block]) -> list[Classified]:
    """Classify what stands above the lead: photo lines and the title."""
    head: list[Classified] = []
    for place, block in enumerate(blocks):
        why = _why_title(blocks, place)
        if is_photo(block.text):
            first = not any(each.kind is Kind.PHOTO for each in head)
            head.append(
                Classified(block, Kind.PHOTO, "a photo's alt text at the top")
                if first
                else Classified(block, Kind.DROPPED, "a second photo's alt text at the top")
            )
        elif why:
            head.append(Classified(block, Kind.TITLE, why))
            break
        elif len(head) < ABOVE_TITLE and is_short(block.text) and not has_letter(block.text):
            head.append(Classified(block, Kind.DROPPED, "above the title, and without a letter"))
        else:
            return [each for each in head if each.kind is Kind.PHOTO or not has_letter(each.block.text)]
    below = len(head)
    no_photo = not any(each.kind is Kind.PHOTO for each in head)
    if no_photo and head and below < len(blocks) and is_photo(blocks[below].text):
        head.append(Classified(blocks[below], Kind.PHOTO, "a photo's alt text right below the title"))
    return head


def _why_title(blocks: Sequence[Block], place: int) -> str:
    text = blocks[place].text
    if is_heading_like(text):
        return "the first block with the shape of a heading"
    below = blocks[place + 1].text if place + 1 < len(blocks) else ""
    fit = is_short(text) and has_letter(text) and not is_address(text)
    if fit and (is_numbered(text) or not is_list_item(text)) and length(below) > 2 * length(text):
        return "the first block, short, above a much longer one, though it ends like a sentence"
    return ""


# --- the body -----------------------------------------------------------------------------------


def _of_body(blocks: Sequence[Block], place: int, start: int, cut: int, *, verse: bool) -> Classified:
    block = blocks[place]
    if is_photo(block.text):
        return Classified(block, Kind.BODY_PHOTO, "a photo's alt text within the text; its file did not come")
    if not _may_head(blocks, place, start, cut):
        return Classified(block, Kind.PARAGRAPH, _why_body(block.text))
    # Alt texts of photos do not part a heading from its text.
    after = list(islice((each for each in range(place + 1, cut) if not is_photo(blocks[each].text)), 2))
    is_body = [not _may_head(blocks, each, start, cut) for each in after]
    long_next = bool(after) and is_body[0] and length(blocks[after[0]].text) >= LONG_BODY
    if verse:
        long_before = place == start or (
            not _may_head(blocks, place - 1, start, cut) and length(blocks[place - 1].text) >= LONG_BODY
        )
        if long_before and long_next:
            return Classified(block, Kind.HEADING, "a short line between two long paragraphs")
        return Classified(block, Kind.PARAGRAPH, "a short line among short lines: verse or dialogue")
    if asks(block.text):
        if long_next:
            return Classified(block, Kind.HEADING, "a question, with a long paragraph right below")
        return Classified(block, Kind.PARAGRAPH, "a question with no long paragraph right below")
    if is_body[:1] == [True]:
        return Classified(block, Kind.HEADING, "the shape of a heading, with a paragraph below")
    if is_body[1:] == [True]:
        return Classified(block, Kind.HEADING, "the shape of a heading, with a subheading and its text below")
    return Classified(block, Kind.PARAGRAPH, "the shape of a heading, but no paragraph below")


def _may_head(blocks: Sequence[Block], place: int, start: int, cut: int) -> bool:
    """Say whether a block has the shape of a heading; `1. …` has, unless it is one of a list."""
    text = blocks[place].text
    if not is_numbered(text):
        return is_heading_like(text)
    beside = [blocks[each].text for each in (place - 1, place + 1) if start <= each < cut]
    return not any(is_numbered(each) for each in beside) and is_heading_like(NUMBER.sub("", text, count=1))


def _why_body(text: str) -> str:
    if "\n" in text:
        return "several short lines held together: verse"
    if is_list_item(text):
        return "a list item"
    if is_address(text):
        return "an address"
    if not is_short(text):
        return "longer than a heading"
    return "ends like a sentence" if has_letter(text) else "has no letter"


# --- the tail -----------------------------------------------------------------------------------


def _tail_start(blocks: Sequence[Block], start: int) -> tuple[bool, int]:
    """Say whether the body is verse or dialogue, and give the place where what is not the essay's begins."""
    end = len(blocks)
    cut = _up(blocks, start, end)
    lines = [
        each.text for each in blocks[start:cut] if not is_photo(each.text) and not is_list_item(each.text)
    ]
    short = sum(length(text) < SHORT_LINE for text in lines)
    verse = cut == start or short > MOSTLY_SHORT * len(lines)
    if verse:
        # Here an unpunctuated last line is likely the poet's: only what is known for a tail goes.
        cut = next((each for each in range(cut, end) if _is_known(blocks, each)), end)
    total = sum(length(each.text) for each in blocks[start:cut])
    seen = 0.0
    for place in range(start, cut):
        text = blocks[place].text
        left = total - seen
        if (opens_comments(text) and left <= total / 2) or (
            tail_of(text) is Tail.RELATED and left <= total / 4
        ):
            return verse, place if verse else _up(blocks, start, place)
        seen += length(text)
    return verse, cut


def _up(blocks: Sequence[Block], start: int, end: int) -> int:
    """Go up from `end` over what has the shape of headings, photo lines, their titles and known strings."""
    place = end
    while place > start and (
        is_heading_like(blocks[place - 1].text)
        or _is_known(blocks, place - 1)
        or (place - 1 > start and _is_pair(blocks, place - 2))
    ):
        place -= 1
    return place


def _is_known(blocks: Sequence[Block], place: int) -> bool:
    text = blocks[place].text
    return is_photo(text) or any(tail_of(line) is not None for line in text.split("\n"))


def _is_pair(blocks: Sequence[Block], place: int) -> bool:
    """Say whether `Photo X` at `place` is followed by a title."""
    if not is_photo(blocks[place].text) or place + 1 >= len(blocks):
        return False
    title = blocks[place + 1].text
    return is_short(title) and has_letter(title) and not is_photo(title) and tail_of(title) is None


def _tail(blocks: Sequence[Block]) -> list[Classified]:
    tail: list[Classified] = []
    for place, block in enumerate(blocks):
        kind = tail_of(block.text)
        if tail and tail[-1].kind is Kind.RELATED_PHOTO:
            tail.append(
                Classified(block, Kind.RELATED, "the title below a photo's alt text, under the essay")
            )
        elif _is_pair(blocks, place):
            tail.append(
                Classified(block, Kind.RELATED_PHOTO, "a photo's alt text with a title, under the essay")
            )
        elif kind is Tail.RELATED:
            tail.append(Classified(block, Kind.GROUP, f"below the essay: {kind}"))
        elif is_photo(block.text):
            tail.append(
                Classified(block, Kind.DROPPED, "below the essay: a photo's alt text without a title")
            )
        elif kind is not None:
            tail.append(Classified(block, Kind.DROPPED, f"below the essay: {kind}"))
        elif place + 1 < len(blocks) and _is_pair(blocks, place + 1) and is_heading_like(block.text):
            tail.append(Classified(block, Kind.GROUP, "below the essay, above a related essay"))
        elif is_heading_like(block.text):
            tail.append(
                Classified(block, Kind.DROPPED, "the shape of a heading, with no text of the essay below")
            )
        else:
            tail.append(Classified(block, Kind.DROPPED, "below the comment form or the related essays"))
    return tail
