"""The tokens of many subscribers, as `domain.tokens.sealed` writes them, with the secret hashed once."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import TypeAlias

from briefpub.domain.tokens import MAC, Purpose

Hashed: TypeAlias = Callable[[bytes], bytes]
BLOCK = 64
INNER, OUTER = bytes(byte ^ 0x36 for byte in range(256)), bytes(byte ^ 0x5C for byte in range(256))


def hmac_sha256(secret: bytes) -> Hashed:
    """Give HMAC-SHA256 (RFC 2104) under one key; the key's two blocks are hashed once, for all messages."""
    key = hashlib.sha256(secret).digest() if len(secret) > BLOCK else secret
    padded = key.ljust(BLOCK, b"\0")
    inner, outer = hashlib.sha256(padded.translate(INNER)), hashlib.sha256(padded.translate(OUTER))

    def hashed(message: bytes) -> bytes:
        within, around = inner.copy(), outer.copy()
        within.update(message)
        around.update(within.digest())
        return around.digest()

    return hashed


def sealing(*, purpose: Purpose, list: str, secret: bytes) -> Callable[[int], bytes]:
    """Give the maker of tokens that last, by subscriber, for one purpose on one list."""
    hashed = hmac_sha256(secret)
    begin, end = purpose.value.encode(), f".0.{list}".encode()

    def sealed(subscriber: int) -> bytes:
        said = b"%b%x%b" % (begin, subscriber, end)
        return urlsafe_b64encode(b"%b.%b" % (said, hashed(said)[:MAC])).rstrip(b"=")

    return sealed
