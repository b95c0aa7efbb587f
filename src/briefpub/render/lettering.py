"""Words measured and broken into lines with a layout's own fonts, for pictures that are drawn."""

import struct
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from io import FileIO
from itertools import pairwise
from typing import Any

from fontTools.ttLib import TTFont, TTLibError

from briefpub.domain.errors import LayoutError
from briefpub.domain.layout import Layout

UNSEEN = frozenset({"Cf", "Mn", "Me", "Zl", "Zp"})
RIGHT_TO_LEFT = frozenset({"R", "AL"})
CLOSING = frozenset(",.:;!?»)]}%…،؛؟–—")
OPENING = frozenset("«([{")
LONGEST = 400  # characters: no more could be read on a picture, and each is measured many times
SHORT_END = 0.16  # how much a short word at a line's end weighs against uneven lines
HANGING = 4  # a line should not end on a word this short: it belongs to what follows


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """One font file and what it is called."""

    family: str
    weight: int
    italic: bool
    path: str

    @property
    def advances(self) -> Mapping[int, float]:
        """Say how wide each character is, in thousandths of the font's size."""
        return read_advances(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lettering:
    """A face to set words in, and the others that stand in for the characters it lacks."""

    face: Face
    others: tuple[Face, ...] = ()

    def covers(self, text: str) -> bool:
        """Say whether every character that would be seen has a glyph in one of the faces."""
        faces = (self.face, *self.others)
        return all(
            any(ord(char) in face.advances for face in faces)
            for char in text
            if not char.isspace() and unicodedata.category(char) not in UNSEEN
        )

    def width(self, text: str, size: float, *, tracking: float = 0) -> float:
        """Give the width of `text` in pixels at `size` pixels; joined Arabic forms count as joined."""
        total = 0.0
        for char in _shaped(text):
            if unicodedata.category(char) not in UNSEEN:
                total += self._advance(char) * size / 1000 + tracking
        return total

    def _advance(self, char: str) -> float:
        code = ord(char)
        for face in (self.face, *self.others):
            if code in face.advances:
                return face.advances[code]
        return 500.0

    def lines(self, text: str, size: float, width: float) -> tuple[str, ...]:
        """Break `text` into the fewest lines of at most `width` pixels, as even as they can be."""
        words = _words(text)
        widths = [self.width(word, size) for word in words]
        space = self.width(" ", size)
        # best[i]: (lines, raggedness, the start of the last line) of the first i words.
        best: list[tuple[int, float, int]] = [(0, 0.0, 0)]
        for end in range(1, len(words) + 1):
            choice: tuple[int, float, int] | None = None
            length = -space
            for start in range(end - 1, -1, -1):
                length += widths[start] + space
                if length > width and start < end - 1:
                    break
                count, cost, _ = best[start]
                ragged = ((width - min(length, width)) / width) ** 2
                if end < len(words) and words[end - 1].isalpha() and len(words[end - 1]) < HANGING:
                    ragged += SHORT_END
                if choice is None or (count + 1, cost + ragged) < choice[:2]:
                    choice = (count + 1, cost + ragged, start)
            assert choice is not None
            best.append(choice)
        broken: list[str] = []
        end = len(words)
        while end:
            start = best[end][2]
            broken.append(" ".join(words[start:end]))
            end = start
        return tuple(reversed(broken))

    def fitted(
        self, text: str, *, width: float, height: float, largest: int, smallest: int, leading: float
    ) -> tuple[int, tuple[str, ...]]:
        """Give the largest size, and the lines, at which `text` fits a box; what never fits is cut short."""
        text = _readable(text)
        size = largest
        while size > smallest:
            lines = self.lines(text, size, width)
            fits = all(self.width(line, size) <= width for line in lines)
            if fits and len(lines) * size * leading <= height:
                return size, self._balanced(text, size, width, lines)
            size = max(smallest, size - max(2, size // 24))
        room = max(1, int(height / (smallest * leading)))
        lines = self.lines(text, smallest, width)
        if len(lines) > room:
            lines = (*lines[: room - 1], f"{lines[room - 1]} …")
        return smallest, tuple(self.cut(line, smallest, width) for line in lines)

    def _balanced(self, text: str, size: float, width: float, lines: tuple[str, ...]) -> tuple[str, ...]:
        """Break into as many lines within the narrowest width that allows it: none is left much shorter."""
        for share in (0.94, 0.88, 0.82, 0.76, 0.7, 0.64):
            narrower = self.lines(text, size, width * share)
            if len(narrower) > len(lines) or any(self.width(line, size) > width for line in narrower):
                break
            lines = narrower
        return lines

    def cut(self, text: str, size: float, width: float) -> str:
        """Give `text` as it is where it fits, else cut short with an ellipsis, at a word where possible."""
        kept = text = _readable(text)
        if self.width(text, size) <= width:
            return text
        while kept and self.width(f"{kept}…", size) > width:
            shorter = kept[:-1].rstrip()
            at = shorter.rfind(" ")
            kept = shorter[:at] if at > len(shorter) * 0.6 else shorter
        return f"{kept.rstrip(' ,;:.…')}…"


def lettering(layout: Layout, token: str, *, weight: int = 400, text: str = "") -> Lettering | None:
    """Give the lettering for the families that a token of the layout lists; None without such a font.

    Words in a right-to-left script are led by the first family that has their letters.
    Raises LayoutError for a font file that cannot be read.
    """
    families = [name.strip().strip("'\"") for name in layout.tokens.get(token, "").split(",")]
    upright = [face for face in map(read_face, sorted(layout.fonts.values())) if not face.italic]
    chosen = [
        min(of_family, key=lambda face: (abs(face.weight - weight), -face.weight, face.path))
        for family in families
        if (of_family := [face for face in upright if face.family == family])
    ]
    if letters := {char for char in text if unicodedata.bidirectional(char) in RIGHT_TO_LEFT}:
        chosen.sort(key=lambda face: sum(ord(char) not in face.advances for char in letters))
    return Lettering(face=chosen[0], others=tuple(chosen[1:])) if chosen else None


@lru_cache(maxsize=64)
def read_face(path: str) -> Face:
    """Read a font's names (OpenType name, OS/2); raises LayoutError."""
    with _opened(path) as font:
        return Face(
            family=font["name"].getBestFamilyName() or "",
            weight=font["OS/2"].usWeightClass,
            italic=bool(font["OS/2"].fsSelection & 1),
            path=path,
        )


@lru_cache(maxsize=16)
def read_advances(path: str) -> Mapping[int, float]:
    """Read the advance width of each character of a font (OpenType cmap, hmtx); raises LayoutError."""
    with _opened(path) as font:
        scale, metrics = font["head"].unitsPerEm, font["hmtx"].metrics
        return {code: metrics[glyph][0] * 1000 / scale for code, glyph in font.getBestCmap().items()}


@contextmanager
def _opened(path: str) -> Iterator[Any]:
    try:
        # Opened here: a file that is no font would else be left open by fontTools.
        with FileIO(path) as file, TTFont(file, lazy=True) as font:
            yield font
    except (OSError, TTLibError, KeyError, AttributeError, ValueError, AssertionError, struct.error) as error:
        raise LayoutError(
            "the font cannot be read",
            where=path,
            hint="use a TrueType or OpenType file (.ttf or .otf), or take it out of the layout's fonts",
        ) from error


def is_rtl(text: str) -> bool:
    """Say whether the first strong character is right-to-left (Unicode UAX 9, rules P2 and P3)."""
    for char in text:
        match unicodedata.bidirectional(char):
            case "L":
                return False
            case "R" | "AL":
                return True
    return False


def _readable(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _words(text: str) -> list[str]:
    """Part at plain spaces only, and never before closing or after opening punctuation."""
    words: list[str] = []
    for word in (part for part in text.replace("\n", " ").split(" ") if part):
        lone_close = all(char in CLOSING for char in word)
        if words and (lone_close or all(char in OPENING for char in words[-1])):
            words[-1] = f"{words[-1]}\u00a0{word}"
        else:
            words.append(word)
    return words


def _shaped(text: str) -> Iterator[str]:
    """Give each letter in the form it takes beside its neighbours (Unicode ch. 9.2), others as they are."""
    seen = [char for char in text if unicodedata.category(char) not in UNSEEN]
    forms = _arabic_forms()
    joins = [
        "<initial>" in forms.get(before, ()) and "<final>" in forms.get(after, ())
        for before, after in pairwise(seen)
    ]
    for place, char in enumerate(seen):
        if char not in forms:
            yield char
            continue
        before = place > 0 and joins[place - 1]
        after = place < len(joins) and joins[place]
        form = {(True, True): "<medial>", (True, False): "<final>", (False, True): "<initial>"}.get(
            (before, after), "<isolated>"
        )
        yield forms[char].get(form, char)


@lru_cache(maxsize=1)
def _arabic_forms() -> dict[str, dict[str, str]]:
    forms: dict[str, dict[str, str]] = {}
    for code in (*range(0xFB50, 0xFBB2), *range(0xFBD3, 0xFC00), *range(0xFE70, 0xFEFD)):
        form, _, letters = unicodedata.decomposition(chr(code)).partition(" ")
        if letters and " " not in letters:
            forms.setdefault(chr(int(letters, 16)), {})[form] = chr(code)
    return forms
