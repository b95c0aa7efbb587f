"""Slugs: the names that articles, sections and folders go by in addresses."""

import hashlib
import re
import unicodedata

LONGEST = 60
# Letters that NFKD leaves whole although every reader of Latin script has a spelling for them.
SPELLED = str.maketrans(
    {"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i"}
)
DATED = re.compile(r"(\d{4}-\d{2}-\d{2})[-_ ]+(?=\S)")


def ascii_slug(text: str) -> str:
    """Give lower-case ASCII letters and digits joined by single hyphens; nothing when there are none.

    Accents are taken off (NFKD); a script other than Latin leaves nothing. Apostrophes and other marks
    part words.
    """
    plain = unicodedata.normalize("NFKD", text.lower().translate(SPELLED))
    kept = "".join(char for char in plain if not unicodedata.combining(char))
    return "-".join(re.findall(r"[a-z0-9]+", kept))


def slug_of(title: str) -> str:
    """Give the slug of a title: ASCII, at most 60 characters, cut between words where it can be.

    A title that is mostly in another script than Latin becomes `article-` and eight hexadecimal digits.
    """
    words = ascii_slug(title)
    letters = sum(char.isalpha() for char in title)
    latin = sum(char.isalpha() for char in words)
    if not words or latin * 2 < letters:
        return f"article-{hashlib.sha256(title.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    return shortened(words)


def shortened(words: str) -> str:
    """Cut a slug to 60 characters, after a whole word where there is one."""
    if len(words) <= LONGEST:
        return words
    cut = words[: LONGEST + 1].rpartition("-")[0]
    return cut or words[:LONGEST]


def slug_of_path(parts: tuple[str, ...]) -> str:
    """Give the slug that a file's path stands for: its own name, or its folder's for `index.md`.

    A date before the name, as in `2026-11-02-la-tournee.md`, is no part of it.
    """
    name = parts[-1].rpartition(".")[0] or parts[-1]
    if name == "index" and len(parts) > 1:
        name = parts[-2]
    return slug_of(DATED.sub("", name, count=1))


def date_of_path(parts: tuple[str, ...]) -> str:
    """Give the date (YYYY-MM-DD) that stands before a file's or its folder's name, or nothing."""
    names = [parts[-1]] + ([parts[-2]] if parts[-1].startswith("index.") and len(parts) > 1 else [])
    return next((found[1] for name in names if (found := DATED.match(name))), "")
