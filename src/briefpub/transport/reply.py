"""A server's replies (RFC 5321 4.2), put together from bytes that come in any pieces."""

import re

from briefpub.domain.audience import one_line

# RFC 5321 4.5.3.1.5 allows 512 octets a line; some servers need more to say no.
LONGEST_LINE = 8192
MOST_LINES = 256
LONGEST_SAID = 500
JUNK = 0

CODES = {b"%d" % code: code for code in range(200, 600)}
STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3} ")

# The code, and the text of its lines joined by a line feed. Code 0 stands for what is no reply at all.
Reply = tuple[int, bytes]


class Replies:
    """Gives replies as they become whole; after the first junk it gives nothing more."""

    __slots__ = ("_code", "_junk", "_lines", "_rest")

    def __init__(self) -> None:
        self._rest = b""
        self._code = b""
        self._lines: list[bytes] = []
        self._junk = False

    @property
    def unread(self) -> bool:
        """Say whether a part of a reply has come that is not whole yet."""
        return bool(self._rest or self._lines)

    def feed(self, data: bytes) -> list[Reply]:
        """Take what came, and give the replies that are whole now; junk is one of them, and the last."""
        if self._junk:
            return []
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        found: list[Reply] = []
        for line in lines:
            code = CODES.get(line[:3])
            separator = line[3:4]
            if code is None or len(line) > LONGEST_LINE or (self._lines and line[:3] != self._code):
                return [*found, self._spoilt(line)]
            if separator == b"-":
                self._code = line[:3]
                self._lines.append(line[4:].rstrip(b"\r"))
                if len(self._lines) > MOST_LINES:
                    return [*found, self._spoilt(line)]
            elif separator in {b" ", b"\r", b""}:
                text = line[4:].rstrip(b"\r")
                if self._lines:
                    text = b"\n".join((*self._lines, text))
                    self._lines = []
                found.append((code, text))
            else:
                return [*found, self._spoilt(line)]
        if len(self._rest) > LONGEST_LINE:
            found.append(self._spoilt(self._rest))
        return found

    def _spoilt(self, line: bytes) -> Reply:
        self._junk = True
        self._rest = b""
        self._lines = []
        return JUNK, line[:LONGEST_SAID]


def said(reply: Reply) -> str:
    """Give a reply on one line of at most 500 characters, the code and the enhanced status first.

    The status that stands before each line of a longer reply (RFC 2034 4) is said once.
    """
    code, text = reply
    words = text.decode("utf-8", "replace")
    if code == JUNK:
        return one_line(f"no SMTP reply: {words}")[:LONGEST_SAID]
    if "\n" in words:
        first, *others = words.split("\n")
        status = STATUS.match(first)
        mark = status[0] if status else "\n"
        words = " ".join((first, *(other.removeprefix(mark) for other in others)))
    elif words.isprintable():
        return f"{code} {words}"[:LONGEST_SAID].rstrip()
    return one_line(f"{code} {words}")[:LONGEST_SAID]
