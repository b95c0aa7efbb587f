"""Markdown becomes a document tree: CommonMark 0.31 with tables, notes, definition lists and attributes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from mdit_py_plugins.attrs import attrs_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.subscript import sub_plugin
from mdit_py_plugins.superscript import superscript_plugin

from briefpub.content.blocks import ATTRIBUTE_LINE, Tokens, named_attributes
from briefpub.content.characters import one_line, without_controls
from briefpub.content.codes import HEADING_JUMP, TOO_DEEP, UNUSED_NOTE
from briefpub.content.inlines import to_inlines
from briefpub.content.reading import FindPicture, Reading, Token, note_id
from briefpub.content.runs import without_notes
from briefpub.content.sections import Settled, linked_places, outline, renumbered, unwrapped
from briefpub.domain.document import Blocks, Heading, Inlines, Note, Paragraph, Section
from briefpub.domain.errors import ContentError
from briefpub.domain.finding import Finding, Severity
from briefpub.domain.walking import blocks_of, plain

DEEPEST = 40
DEEPEST_TREE = 100
CONTAINERS = frozenset({"blockquote_open", "list_item_open", "dd_open", "footnote_reference_open"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """An article's words as a tree. `title` is its leading `#` heading, which the tree no longer holds.

    `articles` names the articles it links to, each with the line in the file of the first such link.
    """

    lead: Blocks
    sections: tuple[Section, ...]
    notes: tuple[Note, ...]
    title: str
    findings: tuple[Finding, ...]
    articles: tuple[tuple[str, int], ...] = ()


def parse(
    text: str,
    *,
    path: str,
    first_line: int = 1,
    language: str,
    pictures: FindPicture,
    title: str = "",
) -> Body:
    """Read Markdown whose first line is line `first_line` of the file `path`.

    `title` is the title known already: a leading `#` heading is then taken off only if it repeats it.
    Raises ContentError where pictures or HTML are nested beyond all sense.
    """
    text, findings = without_controls(text, where=path, first_line=first_line)
    reading = _reading(path, first_line, language, pictures)
    reading.findings.extend(findings)
    environment: dict[str, object] = {}
    try:
        tokens = cast("list[Token]", PARSER.parse(text, environment))
        _remark_depth(tokens, reading)
        _remark_jumps(tokens, reading)
        read = Tokens(tokens, reading)
        blocks = unwrapped(read.blocks(0, len(tokens)))
        known = ""
        if blocks and isinstance(blocks[0], Heading) and blocks[0].level == 1:
            words = one_line(plain(blocks[0].children))
            if not title or _same(words, title):
                known, blocks = words, blocks[1:]
                reading.woven = reading.woven or bool(reading.numbers)
        lead, sections = outline(blocks, reading)
        parts = Settled(lead, sections, _notes(read, environment, reading))
        if reading.woven:
            _check_depth(parts, path)
            parts = renumbered(parts)
        if reading.fragments:
            parts = linked_places(parts, reading)
    except RecursionError:
        raise ContentError(
            "pictures, lists or HTML are nested too deep", path=path, hint="take the inner ones apart"
        ) from None
    return Body(
        lead=parts.lead,
        sections=parts.sections,
        notes=parts.notes,
        title=known,
        findings=tuple(sorted(reading.findings, key=lambda finding: finding.line or 0)),
        articles=tuple(reading.articles.items()),
    )


def parse_line(
    text: str, *, path: str, line: int, language: str, pictures: FindPicture
) -> tuple[Inlines, tuple[Finding, ...]]:
    """Read one line of Markdown (a standfirst, a caption) as inlines; it can hold no notes."""
    reading = _reading(path, line, language, pictures)
    inlines = without_notes(_inline(one_line(text), reading, 0))
    return inlines, tuple(reading.findings)


def _reading(path: str, first_line: int, language: str, pictures: FindPicture) -> Reading:
    return Reading(path=path, first_line=first_line, language=language, pictures=pictures, inline=_inline)


def _inline(text: str, reading: Reading, line: int) -> Inlines:
    tokens = cast("list[Token]", PARSER.parseInline(text, {}))
    return without_notes(to_inlines(tokens[0].children or (), reading, line)) if tokens else ()


def _notes(read: Tokens, environment: dict[str, object], reading: Reading) -> tuple[Note, ...]:
    """Give the notes in order of reference: those that the body names, then those that notes name."""
    footnotes = cast("dict[str, dict[int, dict[str, object]]]", environment.get("footnotes") or {})
    inline = footnotes.get("list", {})
    notes: list[Note] = []
    while len(notes) < len(reading.numbers):
        label = list(reading.numbers)[len(notes)]
        if label in read.notes:
            blocks = read.note(label)
        else:
            tokens = cast("Sequence[Token]", inline[int(label[1:])]["tokens"])
            blocks = (Paragraph(children=to_inlines(tokens, reading, 0)),)
        number = len(notes) + 1
        notes.append(Note(id=note_id(number), number=number, blocks=blocks))
    for label in read.notes:
        if label not in reading.numbers:
            message = f"the note [^{label}] is never referred to and is left out"
            hint = "refer to it with [^name] in the text, or delete it"
            reading.remark(UNUSED_NOTE, Severity.WARNING, message, line=read.line_of_note(label), hint=hint)
    for label, line in read.twice:
        message = f"the note [^{label}] is written twice; the first stands"
        hint = "give one of them another name"
        reading.remark(UNUSED_NOTE, Severity.WARNING, message, line=line, hint=hint)
    return tuple(notes)


def _remark_depth(tokens: Sequence[Token], reading: Reading) -> None:
    """Remark where markdown-it left words out, because quotations or lists were nested too deep."""
    for token in tokens:
        if token.type in CONTAINERS and token.level + 1 >= DEEPEST:
            reading.remark(
                TOO_DEEP,
                Severity.ERROR,
                "quotations or lists are nested so deep that words are lost",
                line=token.map[0] if token.map else None,
                hint=f"nest at most {DEEPEST // 2} of them",
            )
            return


def _remark_jumps(tokens: Sequence[Token], reading: Reading) -> None:
    above: list[int] = []
    for token in tokens:
        if token.type != "heading_open" or token.level:
            continue
        level = int(token.tag[1])
        while above and above[-1] >= level:
            above.pop()
        if level > (above[-1] if above else 1) + 1:
            reading.remark(
                HEADING_JUMP,
                Severity.NOTE,
                f"a heading of level {level} stands under none of level {level - 1}; levels were closed up",
                line=token.map[0] if token.map else None,
                hint="begin with ## and go one level deeper at a time",
            )
            return
        above.append(level)


def _check_depth(parts: Settled, path: str) -> None:
    """Refuse a tree so deep that walking it would exhaust the stack, which HTML can make."""
    waiting = [(parts.lead, 1), *((note.blocks, 1) for note in parts.notes)]
    sections = list(parts.sections)
    while sections:
        section = sections.pop()
        waiting.append((section.blocks, 1))
        sections.extend(section.sections)
    while waiting:
        blocks, depth = waiting.pop()
        if depth > DEEPEST_TREE:
            raise ContentError("HTML and lists are nested too deep", path=path, hint="take them apart")
        waiting.extend((inner, depth + 1) for block in blocks for inner in blocks_of(block))


def _same(heading: str, title: str) -> bool:
    return re.sub(r"\W+", "", heading).casefold() == re.sub(r"\W+", "", title).casefold()


def _attribute_line(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: ARG001
    """Read a line of attributes: it belongs to the block it touches, above it first, else below."""
    if state.is_code_block(start):
        return False
    line = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    found = ATTRIBUTE_LINE.fullmatch(line)
    if not found:
        return False
    if silent:
        return True
    token = state.push("attrs_block", "", 0)
    token.attrs = dict(named_attributes(found[1]))
    token.map = [start, start + 1]
    state.line = start + 1
    return True


def _any_link(url: str) -> bool:  # noqa: ARG001
    return True


def _as_written(url: str) -> str:
    return url


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": DEEPEST, "html": True})
    parser.enable(["table", "strikethrough"])
    parser.use(footnote_plugin, move_to_end=False).use(deflist_plugin)
    parser.use(attrs_plugin, spans=True).use(superscript_plugin).use(sub_plugin)
    parser.block.ruler.before(
        "fence", "attribute_line", _attribute_line, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    # Our own check decides which links stand, and says so; a dropped one must not show as brackets.
    parser.validateLink = _any_link  # type: ignore[method-assign]
    parser.normalizeLink = _as_written  # type: ignore[method-assign]
    return parser


PARSER = _parser()
