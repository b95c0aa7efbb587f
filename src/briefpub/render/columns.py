"""Text in columns of a terminal: widths of characters, lines broken at spaces alone, aligned tables."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from briefpub.domain.document import Align

WIDTH = 78  # RFC 5322 2.1.1 advises it, and quotation marks still fit before it
GAP = "  "
WIDE = frozenset({"W", "F"})
INVISIBLE = frozenset({"Mn", "Me", "Cf"})
# Marks that no line begins or ends with (JIS X 4051, in short).
NOT_FIRST = frozenset(
    "、。，．・：；？！゛゜ヽヾゝゞ々ー’”）〕］｝〉》」』】…‥ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ"
)
BLANK = re.compile(r"(?<! ) (?! )")
NOT_LAST = frozenset("‘“（〔［｛〈《「『【")


def width_of(text: str) -> int:
    """Give how many columns a text takes: two for wide characters, none for marks that combine (UAX 11)."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def wrapped(text: str, *, first: str = "", rest: str = "", width: int = WIDTH) -> list[str]:
    """Break one paragraph into lines, `first` before the first and `rest` before the others.

    Lines break at one U+0020, which is dropped, and between ideographs and kana, where nothing is; never
    within a word, at a no-break space, or at a run of blanks, which only code holds. What is wider than the
    line stays whole. Line feeds in `text` are kept.
    """
    lines: list[str] = []
    for part in text.split("\n"):
        lines += _filled(part, rest if lines else first, rest, width)
    return [line.rstrip(" ") for line in lines]


def aligned(
    rows: Sequence[Sequence[str]], aligns: Sequence[Align], *, header: bool, width: int = WIDTH
) -> list[str] | None:
    """Set rows in aligned columns, a line of dashes under the header; None where they are too wide."""
    widths = [max((width_of(row[column]) for row in rows), default=0) for column in range(len(aligns))]
    if sum(widths) + len(GAP) * (len(widths) - 1) > width or any(
        "\n" in cell for row in rows for cell in row
    ):
        return None
    lines = []
    for index, row in enumerate(rows):
        cells = [_set(cell, room, align) for cell, room, align in zip(row, widths, aligns, strict=True)]
        lines.append(GAP.join(cells).rstrip(" "))
        if header and index == 0:
            lines.append(GAP.join("-" * room for room in widths))
    return lines


def underlined(lines: list[str], mark: str) -> list[str]:
    """Give a heading's lines with a line of `mark` beneath, as wide as the widest."""
    return [*lines, mark * max(1, *(width_of(line) for line in lines))]


def _filled(text: str, first: str, rest: str, width: int) -> list[str]:
    lines: list[str] = []
    line, columns, empty = first, width_of(first), True
    for blank, piece in _pieces(text):
        room = width_of(piece)
        between = 0 if empty else blank
        if not empty and columns + between + room > width:
            lines.append(line)
            line, columns, between = rest, width_of(rest), 0
        line += " " * between + piece
        columns += between + room
        empty = False
    return [*lines, line]


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Give what no line may break, each with the number of blanks before it, 0 or 1."""
    for word in filter(None, BLANK.split(text)):
        blank, start = 1, 0
        if not word.isascii():
            for index in range(1, len(word)):
                if _breaks(word[index - 1], word[index]):
                    yield blank, word[start:index]
                    blank, start = 0, index
        yield blank, word[start:]


def _breaks(before: str, after: str) -> bool:
    if before in NOT_LAST or after in NOT_FIRST or _columns(after) == 0:
        return False
    return _unspaced(before) or _unspaced(after)


def _unspaced(character: str) -> bool:
    """Say whether a character belongs to writing without spaces: ideographs, kana and their marks."""
    return (
        unicodedata.east_asian_width(character) in WIDE
        and not unicodedata.name(character, "").startswith("HANGUL")
        and unicodedata.category(character) in {"Lo", "Lm", "Po", "Ps", "Pe", "Nl"}
    )


def _columns(character: str) -> int:
    if unicodedata.category(character) in INVISIBLE:
        return 0
    return 2 if unicodedata.east_asian_width(character) in WIDE else 1


def _set(cell: str, room: int, align: Align) -> str:
    space = room - width_of(cell)
    match align:
        case Align.END:
            return " " * space + cell
        case Align.CENTER:
            return " " * (space // 2) + cell + " " * (space - space // 2)
        case _:
            return cell + " " * space
