"""Read a layout's tokens: the custom properties of `tokens.css`, for day and for dark.

The only file that knows tinycss2. Sources: CSS Syntax 3, CSS Custom Properties 1 (`var()` and its fallback).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import tinycss2  # type: ignore[import-untyped]

from briefpub.domain.errors import LayoutError

DARK = re.compile(r"\(\s*prefers-color-scheme\s*:\s*dark\s*\)", re.IGNORECASE)
BRACKETS = {"() block": ("(", ")"), "[] block": ("[", "]"), "{} block": ("{", "}")}
END = "@end-of-tokens;"


@dataclass(frozen=True, slots=True)
class _Token:
    """A custom property as written: its component values and its line."""

    values: list[Any]
    line: int


def read_tokens(text: str, *, path: str) -> tuple[dict[str, str], dict[str, str]]:
    """Give the tokens of the first `:root` block, and those that the dark scheme changes, by bare name.

    Every `var()` is resolved; a token that refers to one the dark scheme changes counts as changed too.
    Raises LayoutError with `path` and line for what is malformed, refers to nothing, or refers to itself.
    """
    day: dict[str, _Token] | None = None
    dark: dict[str, _Token] | None = None
    for rule in _rules(text, path):
        if rule.type == "qualified-rule" and day is None and _is_root(rule):
            day = _declared(rule, path)
        elif rule.type == "at-rule" and rule.lower_at_keyword == "media" and dark is None:
            dark = _dark(rule, path)
    light = {name: _resolved(name, day or {}, (), path) for name in day or {}}
    night = {**(day or {}), **(dark or {})}
    changed = {name: _resolved(name, night, (), path) for name in night}
    return light, {
        name: value for name, value in changed.items() if name in (dark or {}) or light[name] != value
    }


def _rules(text: str, path: str) -> list[Any]:
    """Give the rules at the top, and see that each was closed: CSS itself closes them silently at the end."""
    rules = list(tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True))
    for node in rules:
        if node.type == "error":
            raise _malformed(node.message, path, node.source_line)
    *_, last = tinycss2.parse_stylesheet(f"{text}\n{END}")
    if last.type != "at-rule" or last.at_keyword != END[1:-1]:
        raise _malformed("a block, string or comment is not closed", path, last.source_line)
    return rules


def _dark(rule: Any, path: str) -> dict[str, _Token] | None:
    if rule.content is None or not DARK.search(tinycss2.serialize(rule.prelude)):
        return None
    for inner in tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True):
        if inner.type == "error":
            raise _malformed(inner.message, path, inner.source_line)
        if inner.type == "qualified-rule" and _is_root(inner):
            return _declared(inner, path)
    return None


def _is_root(rule: Any) -> bool:
    return str(tinycss2.serialize(rule.prelude)).strip().lower() == ":root"


def _declared(rule: Any, path: str) -> dict[str, _Token]:
    tokens: dict[str, _Token] = {}
    for node in tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True):
        if node.type == "error":
            raise _malformed(node.message, path, node.source_line)
        if node.type == "declaration" and node.name.startswith("--") and len(node.name) > 2:
            tokens[node.name[2:]] = _Token(node.value, node.source_line)
    return tokens


def _resolved(name: str, tokens: Mapping[str, _Token], trail: tuple[str, ...], path: str) -> str:
    token = tokens[name]
    if name in trail:
        circle = " → ".join(f"--{step}" for step in (*trail[trail.index(name) :], name))
        raise LayoutError(
            f"tokens that refer to each other in a circle: {circle}", where=f"{path}:{token.line}"
        )
    return _text(token.values, tokens, (*trail, name), path, token.line).strip()


def _text(
    values: list[Any], tokens: Mapping[str, _Token], trail: tuple[str, ...], path: str, line: int
) -> str:
    parts: list[str] = []
    for value in values:
        if value.type in {"whitespace", "comment"}:
            parts.append(" ")
        elif value.type == "error":
            raise _malformed(value.message, path, value.source_line)
        elif value.type == "function" and value.lower_name == "var":
            parts.append(_variable(value.arguments, tokens, trail, path, line))
        elif value.type == "function":
            parts.append(f"{value.name}({_text(value.arguments, tokens, trail, path, line)})")
        elif value.type in BRACKETS:
            opening, closing = BRACKETS[value.type]
            parts.append(f"{opening}{_text(value.content, tokens, trail, path, line)}{closing}")
        else:
            parts.append(str(value.serialize()))
    # A run of spaces and comments is one space; the spaces within a string are its own.
    return "".join(part for at, part in enumerate(parts) if part != " " or parts[at - 1 : at] != [" "])


def _variable(
    arguments: list[Any], tokens: Mapping[str, _Token], trail: tuple[str, ...], path: str, line: int
) -> str:
    comma = next((i for i, node in enumerate(arguments) if node == ","), len(arguments))
    name = str(tinycss2.serialize(arguments[:comma])).strip()
    if name.startswith("--") and name[2:] in tokens:
        return _resolved(name[2:], tokens, trail, path)
    if comma < len(arguments):
        return _text(arguments[comma + 1 :], tokens, trail, path, line).strip()
    raise LayoutError(
        f"var({name}) refers to a token that is not there",
        where=f"{path}:{line}",
        hint=f"declare {name} in the :root block, or give a fallback: var({name}, …)",
    )


def _malformed(message: str, path: str, line: int) -> LayoutError:
    return LayoutError(f"the style sheet is malformed: {message}", where=f"{path}:{line}")
