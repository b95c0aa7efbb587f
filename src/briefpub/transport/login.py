"""What is said to log in (RFC 4954): PLAIN, LOGIN or, with a bearer token, XOAUTH2."""

import json
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum


class Mechanism(StrEnum):
    """The SASL mechanisms we speak."""

    PLAIN = "PLAIN"
    LOGIN = "LOGIN"
    XOAUTH2 = "XOAUTH2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A user and what proves it: a password, or a bearer token. Without a secret there is no login."""

    user: str
    secret: str | None = field(default=None, repr=False)
    bearer: bool = False

    @property
    def mechanisms(self) -> tuple[Mechanism, ...]:
        """Give what may be used, the best first; a password is never shown to a mechanism for tokens."""
        return (Mechanism.XOAUTH2,) if self.bearer else (Mechanism.PLAIN, Mechanism.LOGIN)

    def choose(self, offered: Collection[str]) -> Mechanism | None:
        """Give the best mechanism that the server offers too."""
        return next((mechanism for mechanism in self.mechanisms if mechanism in offered), None)

    def begin(self, mechanism: Mechanism) -> bytes:
        """Give the AUTH command with its initial response (RFC 4954 4)."""
        match mechanism:
            case Mechanism.PLAIN:  # RFC 4616
                return b"AUTH PLAIN " + _base64(f"\0{self.user}\0{self.secret or ''}")
            case Mechanism.XOAUTH2:
                token = f"user={self.user}\x01auth=Bearer {self.secret or ''}\x01\x01"
                return b"AUTH XOAUTH2 " + _base64(token)
            case Mechanism.LOGIN:  # an initial response is not understood everywhere
                return b"AUTH LOGIN"

    def answer(self, mechanism: Mechanism, turn: int) -> bytes | None:
        """Give the answer to the server's challenge number `turn`, from 0; None where none is due.

        XOAUTH2's challenge is its error: it is answered with nothing, and the refusal follows.
        """
        match mechanism, turn:
            case Mechanism.LOGIN, 0:
                return _base64(self.user)
            case Mechanism.LOGIN, 1:
                return _base64(self.secret or "")
            case Mechanism.XOAUTH2, 0:
                return b""
            case _:
                return None


def error_in(challenge: bytes) -> str:
    """Give what XOAUTH2's error challenge says, as far as it can be read."""
    try:
        told = json.loads(b64decode(challenge, validate=True))
    except (NotBase64, ValueError):
        return ""
    return str(told.get("status", "")) if isinstance(told, dict) else ""


def _base64(text: str) -> bytes:
    return b64encode(text.encode())
