"""Characters: bytes become text, and what no edition can hold is taken out."""

import re
import unicodedata

from briefpub.content.codes import CONTROL_CHARACTERS, NOT_UTF8
from briefpub.domain.finding import Finding, Severity

# XML 1.0 section 2.2 allows neither these nor lone surrogates; DEL and C1 are allowed but mean nothing.
# Noncharacters (Unicode, section 23.7) are an error of HTML, and no font has them.
NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF)
)
FORBIDDEN = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff{NONCHARACTERS}]")
# Unicode's own line and paragraph separators: no format and no font knows what to do with them.
SEPARATORS = re.compile("[\u2028\u2029]")
LINE_BREAKING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
COMBINING = re.compile("[\u0300-\u036f]")
DECOMPOSED = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff][\u0300-\u036f]+")
BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def decode(data: bytes, *, where: str) -> tuple[str, tuple[Finding, ...]]:
    """Give the text of a file with LF line ends: UTF-8, UTF-16 by its mark, else windows-1252."""
    encoding = next((name for mark, name in BYTE_ORDER_MARKS.items() if data.startswith(mark)), "utf-8")
    findings: tuple[Finding, ...] = ()
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        text = data.decode("cp1252", errors="replace")
        findings = (
            Finding(
                code=NOT_UTF8,
                severity=Severity.WARNING,
                message="the file is not UTF-8 and was read as windows-1252",
                where=where,
                line=data.count(b"\n", 0, error.start) + 1,
                hint="save it as UTF-8, and check its accents",
            ),
        )
    return text.replace("\r\n", "\n").replace("\r", "\n"), findings


def without_controls(text: str, *, where: str, first_line: int = 1) -> tuple[str, tuple[Finding, ...]]:
    """Take out what XML 1.0 (section 2.2) forbids, and say so once, with the first line.

    Unicode's separators become blanks, without a word, as tabs do.
    """
    if text.replace("\n", "").isprintable():
        return text, ()
    text = SEPARATORS.sub(" ", text)
    found = FORBIDDEN.search(text)
    if not found:
        return text, ()
    kept, count = FORBIDDEN.subn("", text)
    return kept, (
        Finding(
            code=CONTROL_CHARACTERS,
            severity=Severity.WARNING,
            message=f"control characters were left out ({count}; the first is U+{ord(found[0]):04X})",
            where=where,
            line=text.count("\n", 0, found.start()) + first_line,
            hint="delete the invisible character in an editor that shows it",
        ),
    )


def prose(text: str) -> str:
    """Give words as a tree holds them: Latin letters composed (NFC), blanks for tabs, nothing forbidden."""
    if not COMBINING.search(text) and text.isprintable():
        return text  # nothing that is taken out, and no tab, is printable: most words end here
    if COMBINING.search(text):
        text = DECOMPOSED.sub(lambda found: unicodedata.normalize("NFC", found[0]), text)
    if "\t" in text:
        text = text.replace("\t", " ")
    text = SEPARATORS.sub(" ", text)
    return FORBIDDEN.sub("", text)


def one_line(text: str) -> str:
    """Give `text` on one line, each run of white space a single blank, NBSP and its kind kept."""
    return prose(re.sub(r"[ \t\n\r\f\v]+", " ", text).strip(" "))
