"""Part a Markdown body into code, which stays exactly as written, and prose.

Blocks by CommonMark 0.31, sections 4.4 (indented code) and 4.5 (fences), spans by section 6.1; the
`highlight` tags of Jekyll and Hugo become fences here, for what they hold is code too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# What may stand before a block within quotations and lists.
PREFIX = re.compile(r"(?:[ ]{0,3}(?:>|[-*+](?=\s)|\d{1,9}[.)](?=\s)))*[ \t]*")
FENCE = re.compile(r"(`{3,})[^`]*$|(~{3,})")
LIST_ITEM = re.compile(r"[ >]*(?:[-*+]|\d{1,9}[.)])(?:\s|$)")
HIGHLIGHT = re.compile(
    r"[ \t]*(?:\{%-?\s*highlight\s+([\w+#-]+)[^%]*%\}"
    r"|\{\{[<%]\s*highlight\s+\"?([\w+#-]+)\"?[^>%]*[>%]\}\})[ \t]*"
)
HIGHLIGHT_END = re.compile(
    r"[ \t]*(?:\{%-?\s*endhighlight\s*-?%\}|\{\{[<%]\s*/\s*highlight\s*[>%]\}\})[ \t]*"
)
RUN = re.compile(r"`+")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some whole lines of a body, from `line` on (counted from 1)."""

    line: int
    text: str
    is_code: bool


def pieces_of(body: str, *, first_line: int) -> Iterator[Piece]:
    """Give the body's lines in order, parted where code begins and ends."""
    run: list[str] = []
    start = first_line
    was_code = False
    for number, line, is_code in _lines(body, first_line):
        if run and is_code != was_code:
            yield Piece(start, "\n".join(run), was_code)
            run, start = [], number
        was_code = is_code
        run.append(line)
    if run:
        yield Piece(start, "\n".join(run), was_code)


def masked(text: str) -> tuple[str, list[str]]:
    """Put a mark for each code span of some prose, and give the spans; `unmasked` puts them back."""
    spans: list[str] = []
    parts: list[str] = []
    for block in re.split(r"(\n[ \t>]*\n)", text):
        at = 0
        for begin, end in _code_spans(block):
            parts.extend((block[at:begin], f"\0{len(spans)}\1"))
            spans.append(block[begin:end])
            at = end
        parts.append(block[at:])
    return "".join(parts), spans


def unmasked(text: str, spans: list[str]) -> str:
    """Put code spans back where `masked` took them."""
    return re.sub("\0(\\d+)\1", lambda found: spans[int(found[1])], text)


def _lines(body: str, first_line: int) -> Iterator[tuple[int, str, bool]]:
    fence = ""
    depth = 0
    highlighted: list[str] | None = None
    language = ""
    blank_before, in_list, indented = True, False, False
    for number, line in enumerate(body.split("\n"), start=first_line):
        if highlighted is not None:
            if not HIGHLIGHT_END.fullmatch(line):
                highlighted.append(line)
                continue
            yield from _as_fence(number, highlighted, language)
            highlighted = None
            continue
        prefix = PREFIX.match(line)
        assert prefix is not None
        rest = line[prefix.end() :]
        if fence and prefix[0].count(">") >= depth:
            yield number, line, True
            closing = re.match(r"(`{3,}|~{3,})\s*$", line[len(prefix[0]) :])
            if closing and closing[1].startswith(fence):
                fence = ""
            blank_before = False
            continue
        fence = ""
        opened = FENCE.match(rest)
        tag = HIGHLIGHT.fullmatch(line)
        if opened:
            fence, depth = opened[1] or opened[2], prefix[0].count(">")
            yield number, line, True
        elif tag:
            highlighted, language = [], tag[1] or tag[2]
        elif not line.strip():
            yield number, line, indented
            blank_before = True
            continue
        else:
            width = len(line) - len(line.lstrip(" ")) if not line.startswith("\t") else 4
            indented = width >= (8 if in_list else 4) and (blank_before or indented)
            if width < 2:
                in_list = bool(LIST_ITEM.match(line))
            yield number, line, indented
        blank_before = False
    if highlighted is not None:
        yield from _as_fence(first_line + body.count("\n"), highlighted, language)


def _as_fence(number: int, lines: list[str], language: str) -> Iterator[tuple[int, str, bool]]:
    longest = max((len(run) for line in lines for run in RUN.findall(line)), default=0)
    mark = "`" * max(3, longest + 1)
    for line in (f"{mark}{language}", *lines, mark):
        yield number, line, True


def _code_spans(text: str) -> Iterator[tuple[int, int]]:
    """Give where the code spans of one paragraph begin and end (CommonMark 0.31, 6.1)."""
    runs = [(found.start(), found.end()) for found in RUN.finditer(text)]
    later: dict[int, list[int]] = {}
    for index, (begin, end) in enumerate(runs):
        later.setdefault(end - begin, []).append(index)
    for positions in later.values():
        positions.reverse()
    index = 0
    while index < len(runs):
        begin, end = runs[index]
        if _is_escaped(text, begin):
            begin += 1
        width = end - begin
        same = later.get(width, [])
        while same and same[-1] <= index:
            same.pop()
        if width and same:
            index = same[-1]
            yield begin, runs[index][1]
        index += 1


def _is_escaped(text: str, at: int) -> bool:
    before = text[:at] if at < 40 else text[at - 40 : at]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1
