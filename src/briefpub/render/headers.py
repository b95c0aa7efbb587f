"""Header lines of a message (RFC 5322 2.2), folded, and encoded words for what is not ASCII (RFC 2047)."""

import base64
import re

from briefpub.domain.audience import ascii_domain, one_line

WIDTH = 76
ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
# Only these stand for themselves in an encoded word that may be part of a name (RFC 2047 5, rule 3).
PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
ENCODED_WORD = 75


def header(name: str, value: str) -> str:
    """Give a header line whose value is ASCII already, folded at its blanks, with CRLF at its end."""
    lines = [f"{name}:"]
    for word in value.split(" "):
        if len(lines[-1]) + 1 + len(word) > WIDTH and not lines[-1].endswith(":"):
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines) + "\r\n"


def text_header(name: str, text: str) -> str:
    """Give a header line of free text, as a subject is: plain where it can be, else encoded words."""
    text = one_line(text)
    words = text.split(" ")
    if text.isascii() and "=?" not in text and all(len(word) < WIDTH - len(name) - 2 for word in words):
        return header(name, text)
    return header(name, encoded_words(text, used=len(name) + 2))


def mailbox(name: str, address: str) -> str:
    """Give `Name <user@host>`, the name quoted or encoded where it must be (RFC 5322 3.4)."""
    local, _, domain = address.rpartition("@")
    bare = f"{local}@{ascii_domain(domain)}"
    name = one_line(name)
    if not name:
        return bare
    if name.isascii() and len(name) <= 60 and "=?" not in name:
        if not ATOMS.fullmatch(name):
            name = '"' + name.replace("\\", r"\\").replace('"', r"\"") + '"'
        return f"{name} <{bare}>"
    return f"{encoded_words(name, used=len('Reply-To: '))} <{bare}>"


def encoded_words(text: str, *, used: int) -> str:
    """Give UTF-8 encoded words of at most 75 characters parted by blanks; the first leaves `used` free.

    Q encoding where it is the shorter one, else B; no word breaks a character in two (RFC 2047 2 and 5).
    """
    raw = text.encode("utf-8", "replace")
    encode = _q if len(_q(raw)) <= len(_b(raw)) else _b
    words: list[str] = []
    run = b""
    room = ENCODED_WORD - used
    for character in raw.decode():
        longer = run + character.encode()
        if run and len(encode(longer)) > room:
            words.append(encode(run))
            longer, room = character.encode(), ENCODED_WORD
        run = longer
    return " ".join([*words, encode(run)])


def _q(raw: bytes) -> str:
    letters = (chr(byte) if byte in PLAIN else "_" if byte == ord(" ") else f"={byte:02X}" for byte in raw)
    return f"=?utf-8?q?{''.join(letters)}?="


def _b(raw: bytes) -> str:
    return f"=?utf-8?b?{base64.b64encode(raw).decode()}?="
