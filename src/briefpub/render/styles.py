"""Style sheets of a layout: tokens put in for readers that know no custom properties."""

import re
from collections.abc import Iterator, Mapping

from briefpub.domain.errors import LayoutError
from briefpub.domain.layout import Layout

VARIABLE = re.compile(r"var\(\s*--([A-Za-z0-9_-]+)\s*(?:,\s*([^()]*))?\)")

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
BRACE_OR_END = re.compile(r"[{};]")
STAYS = re.compile(r"^\s*@|\[data-og|::|:(?:hover|focus|active|visited)")
AROUND = re.compile(r"\s*([{};,])\s*|(:)\s+")


def stylesheet(layout: Layout, name: str) -> str:
    """Give a style sheet's text as it stands; raises LayoutError when the layout has none of that name."""
    if name not in layout.files:
        raise LayoutError(f"the layout has no file {name!r}", where=layout.name)
    return layout.files[name].text


def resolved(layout: Layout, name: str, *, tokens: Mapping[str, str] | None = None) -> str:
    """Give a style sheet with every `var(--token)` replaced by its value.

    Raises LayoutError with file and line for a token that `tokens.css` does not hold.
    """
    known = layout.tokens if tokens is None else tokens
    text = stylesheet(layout, name)

    def value(match: re.Match[str]) -> str:
        token, fallback = match[1], match[2]
        if token in known:
            return known[token]
        if fallback is not None:
            return fallback.strip()
        line = text.count("\n", 0, match.start()) + 1
        raise LayoutError(
            f"the token --{token} is not in tokens.css",
            where=f"{layout.files[name].path}:{line}",
            hint=f"add --{token} to the :root block of tokens.css, or use one of: {', '.join(sorted(known))}",
        )

    return VARIABLE.sub(value, text)


def parted(css: str) -> tuple[str, str]:
    """Part a sheet into what can stand in `style` attributes, and what only a style element can hold.

    The second part holds at-rules, and rules about states, pseudo-elements and Outlook's `data-ogsc` and
    `data-ogsb`; it comes back with its white space squeezed, since mail programs count its bytes.
    """
    inline: list[str] = []
    kept: list[str] = []
    for rule in _rules(COMMENT.sub("", css)):
        (kept if STAYS.search(rule.partition("{")[0]) else inline).append(rule)
    return "\n".join(inline), "\n".join(_squeezed(rule) for rule in kept)


def _rules(css: str) -> Iterator[str]:
    """Give each rule at the top level, with the braces within it."""
    start = depth = 0
    for match in BRACE_OR_END.finditer(css):
        if match[0] == ";" and depth:
            continue
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth == 0:
            yield css[start : match.end()].strip()
            start = match.end()


def _squeezed(rule: str) -> str:
    return AROUND.sub(r"\1\2", " ".join(rule.split())).replace(";}", "}")
