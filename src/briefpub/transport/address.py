"""The address of a transport, as `transport` in briefpub.toml or BRIEFPUB_TRANSPORT writes it."""

import ipaddress
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from briefpub.domain.errors import ConfigError

HINT = 'write transport = "maildir", "mx" or "smtp://user@host:587?tls=starttls"'


class Kind(StrEnum):
    """The transports there are."""

    MAILDIR = "maildir"
    SMTP = "smtp"
    MX = "mx"


class Tls(StrEnum):
    """How an SMTP connection is protected: by STARTTLS (RFC 3207), from its first byte (RFC 8314), or not."""

    STARTTLS = "starttls"
    IMPLICIT = "implicit"
    OFF = "off"


class Auth(StrEnum):
    """What the password proves: itself, or, with XOAUTH2, it is a bearer token."""

    PASSWORD = "password"  # noqa: S105 - a word, and no password
    XOAUTH2 = "xoauth2"


OPTIONS = {"tls", "auth", "chunking"}
PORTS = {Tls.STARTTLS: 587, Tls.IMPLICIT: 465, Tls.OFF: 25}


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportAddress:
    """Where messages are handed over; the password never stands in it.

    `chunking` sends bodies by BDAT (RFC 3030) where the server offers it.
    """

    kind: Kind
    host: str = ""
    port: int = 0
    user: str = ""
    tls: Tls = Tls.STARTTLS
    auth: Auth = Auth.PASSWORD
    chunking: bool = False

    def __str__(self) -> str:
        """Say it in a sentence: `maildir`, `mx`, or `smtp.example.org`."""
        return self.host if self.kind is Kind.SMTP else self.kind.value


def transport_address(text: str) -> TransportAddress:
    """Read `maildir`, `mx`, `smtp://user@host:587?tls=starttls|implicit|off` or `smtps://user@host`.

    Without an option a server on this machine is spoken to in the clear, any other by STARTTLS. Further
    options are `auth=xoauth2` and `chunking=yes`.
    Raises ConfigError for anything else, for a password in the address, and for `tls=off` to a host that is
    not this machine: what a line without TLS carries, anybody on the way can read and change.
    """
    text = text.strip()
    if text in {Kind.MAILDIR, Kind.MX}:
        return TransportAddress(kind=Kind(text))
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise _wrong(f"the address cannot be read: {error}") from error
    if parts.scheme not in {"smtp", "smtps"}:
        raise _wrong(
            f"{parts.scheme or text!r} is not a transport" if "@" not in text else "no such transport"
        )
    if parts.password is not None:
        raise _wrong(
            "a password does not belong into the address",
            hint="take it out, and set BRIEFPUB_SMTP_PASSWORD or the password's file",
        )
    if not parts.hostname or parts.path.strip("/") or parts.fragment:
        raise _wrong("the address names no host, or more than a host")
    options = _options(parts.query)
    # Nobody listens between this machine and itself, and its certificate names no `localhost`.
    tls = _tls(parts.scheme, options.get("tls", Tls.OFF if _is_near(parts) else None))
    if tls is Tls.OFF and not is_loopback(parts.hostname):
        raise _wrong(
            f"mail to {parts.hostname} would go over the network in the clear",
            hint="use tls=starttls or tls=implicit; tls=off is for this machine only (localhost)",
        )
    if port == 0:
        raise _wrong("port 0 cannot be reached")
    return TransportAddress(
        kind=Kind.SMTP,
        host=parts.hostname,
        port=port or PORTS[tls],
        user=unquote(parts.username or ""),
        tls=tls,
        auth=_auth(options.get("auth"), parts.username),
        chunking=_chunking(options.get("chunking", "no")),
    )


def _is_near(parts: SplitResult) -> bool:
    return parts.scheme == "smtp" and is_loopback(parts.hostname or "")


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine, by its name or its literal address; nothing is looked up."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _options(query: str) -> dict[str, str]:
    given = parse_qsl(query, keep_blank_values=True)
    options = dict(given)
    if len(options) != len(given) or not options.keys() <= OPTIONS:
        raise _wrong(f"the options of an SMTP address are {', '.join(sorted(OPTIONS))}, each once")
    return options


def _tls(scheme: str, said: str | None) -> Tls:
    default = Tls.IMPLICIT if scheme == "smtps" else Tls.STARTTLS
    try:
        tls = default if said is None else Tls(said)
    except ValueError as error:
        raise _wrong(f"tls={said} is none of starttls, implicit, off") from error
    if scheme == "smtps" and tls is not Tls.IMPLICIT:
        raise _wrong("smtps:// means tls=implicit")
    return tls


def _auth(said: str | None, user: str | None) -> Auth:
    try:
        auth = Auth.PASSWORD if said is None else Auth(said)
    except ValueError as error:
        raise _wrong(f"auth={said} is none of password, xoauth2") from error
    if said is not None and not user:
        raise _wrong("auth needs a user, as in smtp://user@host")
    return auth


def _chunking(said: str) -> bool:
    if said not in {"yes", "no"}:
        raise _wrong(f"chunking={said} is neither yes nor no")
    return said == "yes"


def _wrong(message: str, *, hint: str = HINT) -> ConfigError:
    return ConfigError(message, where="transport", hint=hint)
