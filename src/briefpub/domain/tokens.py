"""Signed tokens of subscribers' links and of bounce addresses: opaque, short, and worth nothing forged.

HMAC-SHA256 (RFC 2104) over purpose, list, subscriber and expiry, cut to 128 bits (RFC 2104 5).
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

MAC = 16


class Purpose(StrEnum):
    """What a link is for; its letter stands first in the token."""

    UNSUBSCRIBE = "u"
    PREFERENCES = "p"
    CONFIRM = "c"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a token says once its signature is good; `expires` is None for one that lasts."""

    purpose: Purpose
    list: str
    subscriber: int
    expires: datetime | None = None


def sealed(token: Token, *, secret: bytes) -> str:
    """Write a token for a URL: 27 characters and more of A-Z, a-z, 0-9, - and _."""
    until = int(token.expires.timestamp()) if token.expires else 0
    said = f"{token.purpose.value}{token.subscriber:x}.{until:x}.{token.list}".encode()
    return _letters(said + b"." + _mac(said, secret))


def opened(text: str, *, secret: bytes) -> Token | None:
    """Read a token; None for one that is forged, cut or of another publication. Expiry is the caller's."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        said, point, mac = raw[: -MAC - 1], raw[-MAC - 1 : -MAC], raw[-MAC:]
        if point != b"." or not hmac.compare_digest(mac, _mac(said, secret)):
            return None
        first, until, slug = said.decode().split(".", 2)
        seconds = int(until, 16)
        return Token(
            purpose=Purpose(first[0]),
            list=slug,
            subscriber=int(first[1:], 16),
            expires=datetime.fromtimestamp(seconds, UTC) if seconds else None,
        )
    except (ValueError, binascii.Error, UnicodeDecodeError, IndexError):
        return None


def _mac(said: bytes, secret: bytes) -> bytes:
    return hmac.new(secret, said, hashlib.sha256).digest()[:MAC]


def _letters(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
