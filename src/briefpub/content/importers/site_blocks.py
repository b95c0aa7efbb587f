"""The blocks of other generators: `:::` containers and the alerts of code hosts become the house's own.

A container becomes a `div` of its class around Markdown; what it was called stays as a line in bold.
"""

import re
from html import escape as attribute

from briefpub.content.importers.codes import CONTAINER
from briefpub.content.importers.prose import Piece
from briefpub.content.importers.rules import Remarks
from briefpub.content.source import escape

CONTAINER_LINE = re.compile(
    r"(?P<margin>[ >]*)(?P<colons>:{3,})[ \t]*(?P<name>[A-Za-z][\w-]*)?[ \t]*"
    r"(?:\[(?P<label>[^\]]*)\])?[ \t]*(?:\{(?P<attributes>[^{}]*)\})?[ \t]*(?P<title>[^:{}\n]*):*[ \t]*"
)
ALERT = re.compile(r"(?P<margin>[ ]{0,3}>[ ]?)\[!(?P<name>[A-Za-z]{2,20})\][+-]?[ \t]*(?P<title>[^\n]*)")
WORD = re.compile(r"([#.])([\w-]+)|(lang|dir)=\"?([\w-]+)\"?")


class Containers:
    """The containers open at one place of a body; they reach over pieces, for code may stand within."""

    def __init__(self, remarks: Remarks) -> None:
        """Take the place for findings."""
        self._remarks = remarks
        self._open: list[tuple[int, str, int]] = []

    def converted(self, piece: Piece) -> str:
        """Give a piece of prose with its container lines converted."""
        if ":::" not in piece.text and "[!" not in piece.text:
            return piece.text
        lines = [
            self._line(line, number) for number, line in enumerate(piece.text.split("\n"), start=piece.line)
        ]
        return "\n".join(lines)

    def closed(self) -> str:
        """Give what closes the containers that the body left open."""
        rest = ""
        for _, margin, line in reversed(self._open):
            self._remarks.add(CONTAINER, "a container was never closed; it ends with the text", line)
            rest += f"\n\n{margin}</div>"
        self._open.clear()
        return rest

    def _line(self, line: str, number: int) -> str:
        alert = ALERT.fullmatch(line)
        if alert:
            return f"{alert['margin']}**{_title(alert['title'], alert['name'])}**\n{alert['margin'].rstrip()}"
        found = CONTAINER_LINE.fullmatch(line)
        if not found:
            return line
        margin, blank = found["margin"], found["margin"].rstrip()
        named = found["name"] or found["attributes"] is not None
        if named:
            self._open.append((len(found["colons"]), margin, number))
            title = _title(found["label"] or found["title"], "")
            said = f"\n{margin}**{title}**\n{blank}" if title else ""
            return f"{blank}\n{margin}<div{_attributes(found)}>\n{blank}{said}"
        if found["title"].strip():
            return line
        if not self._open:
            self._remarks.add(CONTAINER, "the end of a container that was never opened was left out", number)
            return blank
        self._open.pop()
        return f"{blank}\n{margin}</div>\n{blank}"


def _title(words: str, name: str) -> str:
    return escape(words.strip().strip('"') or name.capitalize())


def _attributes(found: re.Match[str]) -> str:
    classes = [found["name"].lower()] if found["name"] else []
    others: dict[str, str] = {}
    for word in WORD.finditer(found["attributes"] or ""):
        if word[1] == ".":
            classes.append(word[2])
        elif word[1]:
            others["id"] = word[2]
        else:
            others[word[3]] = word[4]
    if classes:
        others["class"] = " ".join(classes)
    return "".join(f' {name}="{attribute(value)}"' for name, value in sorted(others.items()))
