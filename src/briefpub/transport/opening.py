"""How a conversation is opened: greeting, EHLO, STARTTLS, login. Bytes and values only, no socket.

RFC 5321 3.1 to 3.2, 4.1.1.1 (HELO where EHLO is not understood); RFC 3207; RFC 4954.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from briefpub.domain.delivery import TroubleKind
from briefpub.transport.events import Opened, Stopped, Upgrade
from briefpub.transport.login import Login, Mechanism, error_in
from briefpub.transport.reply import Reply, said

PORTS_HINT = "is it the right port? 587 speaks STARTTLS, 465 speaks TLS at once (smtps://)"


class Starttls(StrEnum):
    """When a connection that began in the clear is protected by STARTTLS (RFC 3207)."""

    NEVER = "never"
    OFFERED = "offered"  # RFC 7435: where the server can
    REQUIRED = "required"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How we speak to a server. `hello` is our name (RFC 5321 4.1.1.1), `chunking` allows BDAT (RFC 3030)."""

    hello: str
    starttls: Starttls = Starttls.NEVER
    login: Login | None = None
    chunking: bool = False


class _Step(Enum):
    GREETING = auto()
    EHLO = auto()
    HELO = auto()
    STARTTLS = auto()
    HANDSHAKE = auto()
    AUTH = auto()


class Opening:
    """Says one thing after the other until the server takes messages; then `extensions` is what it offers."""

    __slots__ = ("_challenges", "_manner", "_mechanism", "_secured", "_step", "_told", "extensions")

    def __init__(self, manner: Manner) -> None:
        self.extensions: dict[str, str] = {}
        self._manner = manner
        self._step = _Step.GREETING
        self._secured = False
        self._mechanism: Mechanism | None = None
        self._challenges = 0
        self._told = ""

    def hear(self, reply: Reply) -> bytes | Upgrade | Opened | Stopped:
        """Give what is to be said next, or how the opening ended."""
        code, text = reply
        if code == 421:
            return _busy(reply)
        match self._step:
            case _Step.GREETING if code == 220:
                return self._ehlo()
            case _Step.EHLO if code == 250:
                self.extensions = extensions(text)
                return self._protect_or_log_in()
            case _Step.EHLO if code in {500, 502, 504}:
                self._step = _Step.HELO
                return b"HELO " + self._manner.hello.encode()
            case _Step.HELO if code == 250:
                self.extensions = {}
                return self._protect_or_log_in()
            case _Step.STARTTLS if code == 220:
                self._step = _Step.HANDSHAKE
                return Upgrade()
            case _Step.STARTTLS if self._manner.starttls is Starttls.OFFERED:
                return self._log_in()
            case _Step.STARTTLS:
                return Stopped(
                    TroubleKind.TLS, f"the server begins no TLS: {said(reply)}", PORTS_HINT, lasting=True
                )
            case _Step.AUTH:
                return self._authenticated(reply)
            case _ if 400 <= code < 500:
                return _busy(reply)
            case _:
                return Stopped(
                    TroubleKind.REFUSED,
                    f"the server refuses us: {said(reply)}",
                    "ask the server's operator, and tell them these words",
                    lasting=True,
                )

    def secured(self) -> bytes:
        """Go on behind TLS; what the server offered before it is forgotten (RFC 3207 4.2)."""
        self._secured = True
        self.extensions = {}
        return self._ehlo()

    def _ehlo(self) -> bytes:
        self._step = _Step.EHLO
        return b"EHLO " + self._manner.hello.encode()

    def _protect_or_log_in(self) -> bytes | Opened | Stopped:
        if not self._secured and self._manner.starttls is not Starttls.NEVER:
            if "STARTTLS" in self.extensions:
                self._step = _Step.STARTTLS
                return b"STARTTLS"
            if self._manner.starttls is Starttls.REQUIRED:
                return Stopped(
                    TroubleKind.TLS, "the server does not offer STARTTLS", PORTS_HINT, lasting=True
                )
        return self._log_in()

    def _log_in(self) -> bytes | Opened | Stopped:
        login = self._manner.login
        if login is None:
            return Opened()
        if login.secret is None:
            return Stopped(
                TroubleKind.LOGIN,
                f"no password for {login.user}",
                "set BRIEFPUB_SMTP_PASSWORD, or name the file that holds it",
                lasting=True,
            )
        self._mechanism = login.choose(self.extensions.get("AUTH", "").upper().split())
        if self._mechanism is None:
            return Stopped(
                TroubleKind.LOGIN,
                f"the server does not offer a login by {' or '.join(login.mechanisms)}",
                PORTS_HINT if not login.bearer else "take ?auth=xoauth2 out of the transport's address",
                lasting=True,
            )
        self._step = _Step.AUTH
        return login.begin(self._mechanism)

    def _authenticated(self, reply: Reply) -> bytes | Opened | Stopped:
        code, text = reply
        assert self._manner.login is not None
        assert self._mechanism is not None
        if code == 235:
            return Opened()
        if code == 334:
            if self._mechanism is Mechanism.XOAUTH2:
                self._told = error_in(text)
            answer = self._manner.login.answer(self._mechanism, self._challenges)
            self._challenges += 1
            # RFC 4954 4: a lone asterisk takes the exchange back, and the server refuses it.
            return b"*" if answer is None else answer
        if 400 <= code < 500:
            return _busy(reply)
        told = f" (the token's status is {self._told})" if self._told else ""
        return Stopped(
            TroubleKind.LOGIN,
            f"the login is refused: {said(reply)}{told}",
            "check the user name in the transport's address and the password",
            lasting=True,
        )


def extensions(text: bytes) -> dict[str, str]:
    """Read what an EHLO reply offers (RFC 5321 4.1.1.1): keywords in capitals, with their parameters.

    `AUTH=LOGIN`, as servers wrote it before RFC 2554, is read as AUTH.
    """
    found: dict[str, str] = {}
    for line in text.decode("ascii", "replace").split("\n")[1:]:
        keyword, _, parameters = line.strip().replace("AUTH=", "AUTH ", 1).partition(" ")
        keyword = keyword.upper()
        found[keyword] = f"{found[keyword]} {parameters}" if keyword in found else parameters
    return found


def _busy(reply: Reply) -> Stopped:
    return Stopped(
        TroubleKind.BUSY, f"the server takes nothing now: {said(reply)}", "it is tried again later"
    )
