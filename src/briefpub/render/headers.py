"""Header lines of a message (RFC 5322 2.2): folded, in encoded words (RFC 2047), and as DKIM reads them."""

import base64
import re

from briefpub.domain.audience import ascii_domain, one_line

WIDTH = 76
ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
# Only these stand for themselves in an encoded word that may be part of a name (RFC 2047 5, rule 3).
PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
ENCODED_WORD = 75
FRAME = "=?utf-8?q??="
LETTERS = tuple("_" if byte == 32 else chr(byte) if byte in PLAIN else f"={byte:02X}" for byte in range(256))
BLANKS = re.compile(rb"[ \t]+")


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
    quoted = name if ATOMS.fullmatch(name) else '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    if name.isascii() and len(quoted) <= 60 and "=?" not in name:
        return f"{quoted} <{bare}>"
    return f"{encoded_words(name, used=len('Reply-To: '))} <{bare}>"


def encoded_words(text: str, *, used: int) -> str:
    """Give UTF-8 encoded words of at most 75 characters parted by blanks; the first leaves `used` free.

    Q encoding where it is the shorter one, else B; no word breaks a character in two (RFC 2047 2 and 5).
    """
    raw = text.encode("utf-8", "replace")
    whole, room = len(_q(raw)), ENCODED_WORD - used - len(FRAME)
    in_q = whole <= 4 * -(-len(raw) // 3)
    if in_q and whole <= room:
        return _word(raw, in_q=True)
    words: list[str] = []
    run, length = bytearray(), 0
    for character in raw.decode():
        new = character.encode()
        longer = length + len(_q(new)) if in_q else 4 * -(-(len(run) + len(new)) // 3)
        if run and longer > room:
            words.append(_word(bytes(run), in_q=in_q))
            run.clear()
            longer, room = len(_q(new)) if in_q else 4 * -(-len(new) // 3), ENCODED_WORD - len(FRAME)
        run += new
        length = longer
    return " ".join([*words, _word(bytes(run), in_q=in_q)])


def _q(raw: bytes) -> str:
    return "".join([LETTERS[byte] for byte in raw])


def _word(raw: bytes, *, in_q: bool) -> str:
    return f"=?utf-8?q?{_q(raw)}?=" if in_q else f"=?utf-8?b?{base64.b64encode(raw).decode()}?="


def relaxed(line: bytes) -> bytes:
    """Give a header line as DKIM signs it (RFC 6376 3.4.2): name in lower case, unfolded, blanks single."""
    name, _, value = line.partition(b":")
    unfolded = BLANKS.sub(b" ", value.replace(b"\r\n", b""))
    return b"%b:%b\r\n" % (name.rstrip().lower(), unfolded.strip(b" "))
