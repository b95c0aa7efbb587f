"""Article sources: front matter and Markdown written so that they read back as the same words."""

import re
from collections.abc import Mapping

from briefpub.content.frontmatter import dump

ORDER = (
    *("title", "date", "lang", "authors", "standfirst", "photo", "tags", "related"),
    *("status", "canonical_url", "slug", "typography"),
)
# Whatever may open a mark anywhere in a line. A low line within a word opens nothing.
ANYWHERE = re.compile(r"[\\`*\[\]<{}~^|]|(?<![^\W_])_|_(?![^\W_])|&(?=#|\w)|!(?=\[)")
# Whatever means something at a line's start alone: headings, rules, items, quotations, captions.
AT_START = re.compile(r"(?:#{1,6}(?=\s|$)|[-+](?=\s|$|[-+])|=+(?=\s*$)|>|:|\d{1,9}[.)](?=\s|$))")
CLOSING_HASHES = re.compile(r"(?<=[\s])#+$")


def write_source(front: Mapping[str, object], body: str) -> str:
    """Write an article: YAML front matter in the order of the reference, unknown keys last, then the body."""
    order = {key: number for number, key in enumerate(ORDER)}
    keys = sorted(front, key=lambda key: order.get(key, len(order)))
    words = body.strip("\n")
    return f"---\n{dump({key: front[key] for key in keys})}---\n" + (f"\n{words}\n" if words else "")


def escape(text: str) -> str:
    """Write plain words as Markdown that reads back as exactly these words, on one line or several.

    White space at a line's ends is written as a character reference, for Markdown takes it off.
    """
    return "\n".join(_line(line) for line in text.split("\n"))


def _line(line: str) -> str:
    core = line.strip()
    if not core:
        return "".join(_reference(char) for char in line)
    start = line.index(core[0])
    before, after = line[:start], line[start + len(core) :]
    safe = ANYWHERE.sub(lambda found: f"\\{found[0]}", core)
    opening = AT_START.match(core)
    if opening:
        # Of `12.` the mark is escaped, of all others the first character.
        at = opening.end() - 1 if opening[0][0].isdigit() else 0
        safe = f"{core[:at]}\\{core[at]}" + ANYWHERE.sub(lambda found: f"\\{found[0]}", core[at + 1 :])
    safe = CLOSING_HASHES.sub(lambda found: f"\\{found[0]}", safe)
    return "".join(map(_reference, before)) + safe + "".join(map(_reference, after))


def _reference(char: str) -> str:
    return f"&#{ord(char)};"
