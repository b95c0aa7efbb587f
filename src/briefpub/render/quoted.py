"""Quoted-printable (RFC 2045 6.7) that SMTP and DKIM leave as it is.

No line begins with a dot, so there is nothing to stuff (RFC 5321 4.5.2), nor with `From `. No line ends with
a blank and no two blanks follow each other, so relaxed canonicalisation (RFC 6376 3.4.4) changes nothing.
"""

import re

WIDTH = 76
LITERAL = frozenset(b" ").union(range(33, 127)) - frozenset(b"=")
ESCAPES = {byte: f"={byte:02X}" for byte in range(256) if byte not in LITERAL}
BLANK_AFTER_BLANK = re.compile("(?<= ) ")
TOUCHED = (".", "From ")


def quoted(data: bytes, *, spare: int = 0) -> bytes:
    """Encode lines that end in CRLF; the last one leaves `spare` columns free."""
    *lines, last = data.split(b"\r\n")
    return b"\r\n".join((*(_line(line, 0) for line in lines), _line(last, spare)))


def _line(line: bytes, spare: int) -> bytes:
    letters = line.decode("latin-1").translate(ESCAPES)
    if "  " in letters:
        letters = BLANK_AFTER_BLANK.sub("=20", letters)
    if letters.endswith(" "):
        letters = letters[:-1] + "=20"
    return "=\r\n".join(_pieces(letters, spare)).encode("ascii")


def _pieces(letters: str, spare: int) -> list[str]:
    pieces = []
    start, end = 0, len(letters)
    while True:
        first = ""
        if letters.startswith(TOUCHED, start):
            first = f"={ord(letters[start]):02X}"
            start += 1
        room = WIDTH - len(first)
        if end - start <= room - spare:
            pieces.append(first + letters[start:])
            return pieces
        cut = start + room - 1
        escape = letters.rfind("=", cut - 2, cut)  # one that the cut would part
        cut = escape if escape >= 0 else cut
        pieces.append(first + letters[start:cut])
        start = cut
