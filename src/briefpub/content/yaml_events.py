"""YAML as front matter uses it: mappings, lists and words; no tags, no aliases, no guessing of types.

It is built from parser events, so that nothing in a file can make an object, grow like an alias bomb, or
exhaust the stack. A plain `no`, `1.10` or `2026-11-02` stays the words that the author wrote; only a plain
`true`, `false` or `null` means more.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, NoReturn

from briefpub.domain.errors import ContentError

DEEPEST = 12
PLAIN: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}


class Kind(Enum):
    """What a parser can meet."""

    DOCUMENT = auto()
    MAPPING = auto()
    LIST = auto()
    END = auto()
    WORDS = auto()
    ALIAS = auto()


@dataclass(frozen=True, slots=True)
class Event:
    """One thing met, and its line in the file; `plain` words stood without quotation marks."""

    kind: Kind
    line: int
    tag: str = ""
    value: str = ""
    plain: bool = field(default=False, kw_only=True)


@dataclass(slots=True)
class _Level:
    """A list or a mapping still open; `key` waits for its value."""

    value: "list[Any] | dict[str, Any]"
    key: str | None = None


@dataclass(slots=True)
class Document:
    """A document's value, and the line in the file of each of its outermost keys."""

    path: str
    value: Any = None
    lines: dict[str, int] = field(default_factory=dict)
    levels: list[_Level] = field(default_factory=list)

    def place(self, value: Any, line: int) -> None:
        """Put a value where it belongs: into the innermost open level, else it is the document."""
        if not self.levels:
            self.value = value
            return
        level = self.levels[-1]
        if isinstance(level.value, list):
            level.value.append(value)
        elif level.key is None:
            level.key = self._key(value, level.value, line)
        else:
            level.value[level.key] = value
            level.key = None

    def _key(self, value: Any, taken: dict[str, Any], line: int) -> str:
        if not isinstance(value, str | bool | None):
            self.refuse("a list or a mapping as a key", line)
        key = value if isinstance(value, str) else str(value).lower()
        if key in taken:
            raise ContentError(
                f"the key {key!r} is given twice", path=self.path, line=line, hint="keep one of the two"
            )
        if len(self.levels) == 1:
            self.lines[key] = line
        return key

    def refuse(self, what: str, line: int) -> NoReturn:
        """Raise ContentError for what plain keys and values never need."""
        raise ContentError(
            f"{what} has no place in front matter",
            path=self.path,
            line=line,
            hint="write plain keys and values",
        )


def read_document(events: Iterable[Event], *, path: str) -> Document:
    """Build one document of `path`; raises ContentError, with the line, for tags, aliases, double keys."""
    document = Document(path)
    documents = 0
    for event in events:
        if event.tag:
            document.refuse(f"the tag {event.tag!r}", event.line)
        match event.kind:
            case Kind.ALIAS:
                document.refuse("an alias (*name)", event.line)
            case Kind.DOCUMENT:
                documents += 1
                if documents > 1:
                    document.refuse("a second document", event.line)
            case Kind.WORDS:
                value: Any = event.value
                if event.plain:
                    value = PLAIN.get(value.lower(), value)
                document.place(value, event.line)
            case Kind.LIST | Kind.MAPPING:
                if len(document.levels) >= DEEPEST:
                    document.refuse("nesting this deep", event.line)
                document.levels.append(_Level([] if event.kind is Kind.LIST else {}))
            case Kind.END:
                document.place(document.levels.pop().value, event.line)
    return document
