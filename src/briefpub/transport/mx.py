"""The MX transport: each message straight to the server that receives its recipient's mail, on port 25.

RFC 5321 5.1 (which server), RFC 7505 (a domain that takes no mail), RFC 7435 (TLS where it is offered, with
any certificate: who could read the mail on the way could also have taken the offer out). MTA-STS (RFC 8461)
and DANE (RFC 7672), which would demand more, are not looked at.
"""

import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Self

from briefpub.domain.audience import InDoubt
from briefpub.domain.delivery import Delivery, Message
from briefpub.transport.opening import Manner, Starttls
from briefpub.transport.plan import Plan
from briefpub.transport.pool import carry
from briefpub.transport.routes import NoRoute, Route, addresses_of
from briefpub.transport.session import Address, Line
from briefpub.transport.smtp import PATIENCE, PATIENCE_AFTER_DOT, own_name
from briefpub.transport.work import Work

PORT = 25
# More than a smarthost's, as they are for many sites; and what waits for a slow one must not keep the others
# from their mail.
AHEAD = 64
HELD = 1000
MOST_HOSTS = 5
NOT_THERE = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mx:
    """Straight to the receiving sites. `mx` gives a domain's mail hosts, the preferred first.

    It gives none where the domain itself receives, and `.` alone where nobody does; it raises TransportError
    where it cannot say. It is called in threads. `patience` is in seconds.
    """

    mx: Callable[[str], Sequence[str]]
    port: int = PORT
    patience: float = PATIENCE
    patience_after_dot: float = PATIENCE_AFTER_DOT
    hello: str = ""
    context: ssl.SSLContext | None = field(default=None, repr=False)

    @property
    def in_doubt(self) -> InDoubt:
        """Hold it: plain SMTP cannot be asked whether it has a message."""
        return InDoubt.HOLD

    def site(self, delivery: Delivery) -> str:
        """Name the receiving site: the provider where it is known, else the domain."""
        return delivery.site or _domain(delivery.recipient)

    @contextmanager
    def opened(self, issue: str) -> Iterator[Self]:  # noqa: ARG002 - sites know no issues
        """Give itself: connections are made when there is something to send."""
        yield self

    def carry(self, work: Work) -> None:
        """Hand over all that `work` gives."""
        hello = self.hello or own_name()
        context = self.context or _any_certificate()
        line = Line(manner=Manner(hello=hello, starttls=Starttls.OFFERED), context=context)
        clear = Line(manner=Manner(hello=hello), context=None)
        plan = Plan(
            key=_key,
            look_up=partial(self._look_up, line, clear),
            patience=self.patience,
            patience_after_dot=self.patience_after_dot,
            ahead=AHEAD,
            held=HELD,
        )
        carry(plan, work)

    def _look_up(self, line: Line, clear: Line, domain: str) -> Route | NoRoute:
        literal = _literal(domain)
        hosts = [literal] if literal else [host.rstrip(".") for host in self.mx(domain)]
        if hosts and not any(hosts):
            return NoRoute(reply="556 5.1.10 the domain takes no mail (null MX)")
        addresses: list[Address] = []
        missing = 0
        tried = [host for host in hosts if host][:MOST_HOSTS] or [domain]
        for host in tried:
            try:
                addresses += addresses_of(host, self.port)
            except socket.gaierror as error:
                missing += error.errno in NOT_THERE
        if addresses:
            return Route(line=line, addresses=tuple(addresses), fallback=clear)
        if not hosts and missing:
            return NoRoute(reply="550 5.1.2 there is no such domain, or nothing in it takes mail")
        return NoRoute(words=f"the mail hosts of {domain} have no address", hint="it is tried again later")


def _key(message: Message) -> str:
    return _domain(message.envelope_to)


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


def _literal(domain: str) -> str:
    """Give the address that a domain literal (RFC 5321 4.1.3) names, or nothing."""
    with suppress(ValueError):
        if domain.startswith("[") and domain.endswith("]"):
            return str(ipaddress.ip_address(domain[1:-1].removeprefix("ipv6:")))
    return ""


def _any_certificate() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
