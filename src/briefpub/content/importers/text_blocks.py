"""Bytes of a scraped text become blocks: decoded, unwrapped, parted at blank lines or at every line."""

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

from briefpub.content.importers.codes import CONTROL_CHARACTERS, CUT_SHORT, GUESSED_ENCODING
from briefpub.content.importers.text_language import SMALL_WORDS
from briefpub.content.importers.text_shape import WIDE_LETTER, is_list_item, is_photo, width
from briefpub.content.importers.text_tail import tail_of
from briefpub.domain.finding import Finding, Severity

MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
LINE_ENDS = re.compile("\r\n|[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# XML 1.0 section 2.2, and marks that mean nothing within a text (U+FEFF is a byte order mark gone astray).
FORBIDDEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
WRONG = re.compile("[\udc80-\udcff]")  # bytes that were not UTF-8, as surrogateescape keeps them
INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\u00ad\u202a-\u202e\u2066-\u2069"
BLANK = re.compile(rf"(?:[\s{INVISIBLE}]|&nbsp;)*")
ENDS_PIECE = re.compile(r"(?<=\w)-\Z")
SMALL = {word for small in SMALL_WORDS.values() for word in small.split()}
WIDEST = 130
NARROWEST = 30
VERSE = 80


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a text: the line it begins on, counted from 1, and its lines (verse has several)."""

    line: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """Give the block's words; the lines of verse stay apart."""
        return "\n".join(self.lines)


def text_of(data: bytes, *, where: str) -> tuple[str, tuple[Finding, ...]]:
    """Give the text of a file, composed (NFC), its lines ended by line feeds, no forbidden characters.

    By its byte order mark; else UTF-8, where a few wrong bytes are read as windows-1252; else windows-1252.
    """
    mark = next((name for start, name in MARKS if data.startswith(start)), "")
    findings: list[Finding] = []
    if mark:
        text = data.decode(mark, "replace")
    else:
        text = data.decode("utf-8", "surrogateescape")
        wrong = len(WRONG.findall(text))
        if wrong and _is_cut(data):
            text = WRONG.sub("", text)
            findings.append(_remark(CUT_SHORT, "the file ends in the middle of a character", where))
        elif wrong:
            mostly_right = wrong * 4 < sum(char > "\x7f" for char in text) - wrong
            text = WRONG.sub(_as_windows, text) if mostly_right else data.decode("cp1252", "ignore")
            findings.append(_remark(GUESSED_ENCODING, "not UTF-8; read as windows-1252", where))
    text = LINE_ENDS.sub("\n", text)
    kept, count = FORBIDDEN.subn("", text)
    if count > text.count("\ufeff"):
        findings.append(_remark(CONTROL_CHARACTERS, "control characters were left out", where))
    return unicodedata.normalize("NFC", kept.replace("\t", " ")), tuple(findings)


def blocks_of(text: str) -> tuple[Block, ...]:
    """Part a text into blocks, whichever way it was laid out.

    A hard-wrapped text is unwrapped; where no blank lines part it, each line is a block, or, wrapped as
    well, each run of full lines and the line that ends it.
    """
    chunks = _chunks(text)
    column = _wrapped_at(chunks)
    crowded = max((len(chunk) for chunk in chunks), default=0) * 2 > sum(len(chunk) for chunk in chunks)
    blocks: list[Block] = []
    for place, chunk in enumerate(chunks):
        if len(chunk) == 1:
            blocks.append(_block(chunk))
        elif not column:
            # Short lines held together are verse, but hardly so at the very top.
            verse = place > 0 and not crowded and _is_verse(chunk)
            blocks.extend([_block(chunk)] if verse else [_block([line]) for line in chunk])
        elif not crowded and _is_verse(chunk) and all(width(line) < 0.7 * column for _, line in chunk):
            blocks.append(_block(chunk))
        else:
            blocks.extend(_unwrapped(chunk, column, crowded=crowded))
    return tuple(blocks)


def _chunks(text: str) -> list[list[tuple[int, str]]]:
    chunks: list[list[tuple[int, str]]] = [[]]
    for number, line in enumerate(text.split("\n"), start=1):
        if BLANK.fullmatch(line):
            chunks.append([])
        else:
            chunks[-1].append((number, line.strip()))
    return [chunk for chunk in chunks if chunk]


def _wrapped_at(chunks: list[list[tuple[int, str]]]) -> int:
    """Give the column at which a text was wrapped by a machine, or 0.

    A machine breaks a line where the next word would not have fitted; a few that set evenly come close to
    the column all the same, so a median near the widest line counts too.
    """
    pairs = [(a, b) for chunk in chunks for (_, a), (_, b) in pairwise(chunk)]
    if len(pairs) < 3:
        return 0
    widths = sorted(width(line) for line, _ in pairs)
    column = widths[len(widths) * 97 // 100]
    if not NARROWEST <= column <= WIDEST or widths[-1] > 2 * WIDEST:
        return 0
    pieces = any(ENDS_PIECE.search(line) for line, _ in pairs)
    full = sum(not _would_fit(a, b, column, pieces=pieces) for a, b in pairs)
    median = widths[len(widths) // 2]
    return (
        round(column)
        if full * 4 >= len(pairs) * 3 or (full * 2 >= len(pairs) and median >= 0.9 * column)
        else 0
    )


def _unwrapped(chunk: list[tuple[int, str]], column: int, *, crowded: bool) -> list[Block]:
    pieces = any(ENDS_PIECE.search(line) for _, line in chunk)
    runs = [[chunk[0]]]
    for before, after in pairwise(chunk):
        ends = crowded and (
            _would_fit(before[1], after[1], column, pieces=pieces)
            or (len(runs[-1]) < 3 and _starts_anew([line for _, line in runs[-1]], after[1]))
        )
        if ends or is_list_item(after[1]):
            runs.append([])
        runs[-1].append(after)
    return [Block(run[0][0], (_joined([line for _, line in run]),)) for run in runs]


def _starts_anew(run: list[str], after: str) -> bool:
    """Say whether `after` begins a block although the line or two above it are full, as chance will have it.

    A photo line and the strings of a tail do. So does a capital article or preposition below lines
    that hold no sentence mark: that was a heading.
    """
    words = after.split()
    if not words[0][0].isupper():
        return False
    if is_photo(after) or tail_of(after) or (len(run) == 1 and tail_of(run[0])):
        return True
    above = " ".join(run)
    return not re.search(r"[.!?…:;,]", above) and words[0].lower() in SMALL


def _would_fit(line: str, after: str, column: float, *, pieces: bool) -> bool:
    """Say whether the first word of `after`, or its part before a hyphen, had room on `line`."""
    # Only plain white space is a place to break: a no-break space holds its words together.
    word = re.match(r"[^ ]*?\w-(?=\w)|[^ ]+", after) if pieces else re.match(r"[^ ]+", after)
    first = word[0] if word else after
    if _is_cjk(first[:1]):
        first = first[0]
    gap = 0 if (_is_cjk(first[0]) and _is_cjk(line[-1:])) or ENDS_PIECE.search(line) else 1
    return width(line) + gap + width(first) <= column


def _joined(lines: list[str]) -> str:
    parts = [lines[0]]
    for before, after in pairwise(lines):
        tight = ENDS_PIECE.search(before) or (_is_cjk(before[-1:]) and _is_cjk(after[:1]))
        parts.append(after if tight else f" {after}")
    return "".join(parts)


def _is_verse(chunk: list[tuple[int, str]]) -> bool:
    return all(
        len(line) <= VERSE and not is_photo(line) and not is_list_item(line) and tail_of(line) is None
        for _, line in chunk
    )


def _block(chunk: list[tuple[int, str]]) -> Block:
    return Block(chunk[0][0], tuple(line for _, line in chunk))


def _is_cjk(char: str) -> bool:
    return bool(WIDE_LETTER.match(char))


def _is_cut(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(data) - 3 and error.end == len(data)
    return False


def _as_windows(found: re.Match[str]) -> str:
    return bytes([ord(found[0]) - 0xDC00]).decode("cp1252", "ignore")


def _remark(code: str, message: str, where: str) -> Finding:
    return Finding(
        code=code,
        severity=Severity.WARNING,
        message=message,
        where=where,
        hint="look at its accents, and save it as UTF-8"
        if code == GUESSED_ENCODING
        else "compare it with the page",
    )
