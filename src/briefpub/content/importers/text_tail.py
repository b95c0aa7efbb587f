"""Tell the lines that sites put below an essay from the essay's own."""

import re
import unicodedata
from functools import cache

from briefpub.content.importers.text_tail_lines import LINES, Tail

LONGEST = 300
LONGEST_BUTTON = 90
SURE = 14  # letters: `commentaires` may be a heading of the essay's own, `laisser un commentaire` is not


def tail_of(line: str) -> Tail | None:
    """Give what a line below an essay belongs to, in whatever language, or nothing."""
    words = _bare(line) if len(line) <= LONGEST else ""
    if not words:
        return None
    whole, beginnings = _known()
    if words in whole:
        return whole[words]
    kind = next((kind for kind, starts in beginnings.items() if words.startswith(starts)), None)
    # A paragraph may well begin with the words of a button.
    return kind if kind is Tail.COMMENTS or len(line) <= LONGEST_BUTTON else None


def opens_comments(line: str) -> bool:
    """Say whether a line opens the comments for certain: nothing below it is the essay's."""
    return tail_of(line) is Tail.COMMENTS and len(_bare(line)) >= SURE


@cache
def _known() -> tuple[dict[str, Tail], dict[Tail, tuple[str, ...]]]:
    whole: dict[str, Tail] = {}
    beginnings: dict[Tail, tuple[str, ...]] = {}
    for kinds in LINES.values():
        for kind, lines in kinds.items():
            for line in lines.split(" | "):
                if line.endswith("*"):
                    beginnings[kind] = (*beginnings.get(kind, ()), _bare(line))
                else:
                    whole.setdefault(_bare(line), kind)
    return whole, beginnings


def _bare(line: str) -> str:
    """Leave letters alone: no case, accents, digits, punctuation, and single blanks between words."""
    letters = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", line).casefold())
    kept = "".join(char for char in letters if not unicodedata.combining(char) and char != "\u0640")
    return " ".join(re.findall(r"[^\W\d_]+", kept))
