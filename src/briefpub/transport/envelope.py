"""What a message is wrapped in for a server (RFC 5321 3.3): MAIL, RCPT and DATA, and the stuffed body."""

import re
from dataclasses import dataclass

from briefpub.domain.delivery import Message

# re finds two bytes twice as fast as bytes.find does (CPython 3.11). It also sees a dot behind a bare LF,
# where a careless server might see the end of the message (SMTP smuggling).
DOTTED = re.compile(rb"\n\.").search
STUFF = re.compile(rb"(?m)^\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """What a server offers that we use. `most` is the largest message it takes, in bytes; 0 says nothing."""

    pipelining: bool = False
    eight_bit: bool = False
    utf8: bool = False
    size: bool = False
    most: int = 0
    chunking: bool = False

    def envelope(self, message: Message) -> tuple[bytes, ...] | str:
        """Give MAIL, RCPT and (but for BDAT) DATA, or the reply of a server that cannot take this message.

        SIZE: RFC 1870; SMTPUTF8 only where an address needs it: RFC 6531 3.5; 8BITMIME only where the bytes
        need it: RFC 6152.
        """
        sender, recipient, data = message.envelope_from, message.envelope_to, message.data
        if not (sender.isprintable() and recipient.isprintable()):
            return "553 5.1.3 an address holds control characters"
        mail = f"MAIL FROM:<{sender}>"
        if self.size:
            if self.most and len(data) > self.most:
                return f"552 5.3.4 {len(data)} bytes are more than the server takes ({self.most})"
            mail = f"{mail} SIZE={len(data)}"
        if not (sender.isascii() and recipient.isascii()):
            if not self.utf8:
                return "550 5.6.7 the server takes no address beyond ASCII"
            mail += " SMTPUTF8"
        if self.eight_bit and not data.isascii():
            mail += " BODY=8BITMIME"
        return (
            f"{mail}\r\n".encode(),
            f"RCPT TO:<{recipient}>\r\n".encode(),
            b"" if self.chunking else b"DATA\r\n",
        )


def offers(extensions: dict[str, str], *, chunking: bool) -> Offers:
    """Read what EHLO brought; BDAT only where we want it."""
    most = extensions.get("SIZE", "")
    return Offers(
        pipelining="PIPELINING" in extensions,
        eight_bit="8BITMIME" in extensions,
        utf8="SMTPUTF8" in extensions,
        size="SIZE" in extensions,
        most=int(most) if most.isdecimal() else 0,
        chunking=chunking and "CHUNKING" in extensions,
    )


def stuffed(message: Message) -> bytes:
    """Double the dots that begin a line (RFC 5321 4.5.2), and end the last line."""
    data = message.data
    if message.dotless:
        return data
    if data.startswith(b".") or DOTTED(data):
        data = STUFF.sub(b"..", data)
    return data if data.endswith(b"\r\n") or not data else data + b"\r\n"
