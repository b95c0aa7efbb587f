"""The SMTP transport: everything goes to one server, the smarthost, which takes it from there."""

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Self

from briefpub.domain.audience import InDoubt
from briefpub.domain.delivery import Delivery, Message
from briefpub.transport.address import Auth, Tls, TransportAddress
from briefpub.transport.login import Login
from briefpub.transport.opening import Manner, Starttls
from briefpub.transport.plan import Plan
from briefpub.transport.pool import carry
from briefpub.transport.routes import NoRoute, Route, addresses_of
from briefpub.transport.session import Line
from briefpub.transport.work import Work

# RFC 5321 4.5.3.2 asks for five minutes at most steps; a server that is silent for one is as good as gone.
PATIENCE = 60.0
# RFC 5321 4.5.3.2.6 asks for ten minutes: a server that is slow to answer the dot has often taken the mail.
PATIENCE_AFTER_DOT = 600.0
# Messages taken ahead of the connections' room: what a stop would have to give back.
AHEAD = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Smtp:
    """A smarthost; `patience` is in seconds, for every reply but the one to the final dot.

    `password` is the bearer token where the address says `auth=xoauth2`. `context` decides which
    certificates are good; without one the system's authorities do. `hello` is our name (RFC 5321 4.1.1.1).
    """

    address: TransportAddress
    password: str | None = field(default=None, repr=False)
    patience: float = PATIENCE
    patience_after_dot: float = PATIENCE_AFTER_DOT
    context: ssl.SSLContext | None = field(default=None, repr=False)
    hello: str = ""

    @property
    def in_doubt(self) -> InDoubt:
        """Hold it: plain SMTP cannot be asked whether it has a message."""
        return InDoubt.HOLD

    def site(self, delivery: Delivery) -> str:  # noqa: ARG002 - one server receives everything
        """Name the smarthost."""
        return self.address.host

    @contextmanager
    def opened(self, issue: str) -> Iterator[Self]:  # noqa: ARG002 - one server takes every issue
        """Give itself: connections are made when there is something to send."""
        yield self

    def carry(self, work: Work) -> None:
        """Hand over all that `work` gives."""
        plan = Plan(
            key=self._key,
            look_up=partial(self._look_up, self._line()),
            patience=self.patience,
            patience_after_dot=self.patience_after_dot,
            ahead=AHEAD,
            held=AHEAD,
        )
        carry(plan, work)

    def _key(self, message: Message) -> str:  # noqa: ARG002 - all go one way
        return self.address.host

    def _look_up(self, line: Line, host: str) -> Route | NoRoute:
        try:
            return Route(line=line, addresses=addresses_of(host, self.address.port))
        except socket.gaierror as error:
            return NoRoute(
                words=f"the address of {host} cannot be found: {error.strerror or error}".lower(),
                hint="check the host name in the transport's address, and that this machine is online",
            )

    def _line(self) -> Line:
        address = self.address
        login = None
        if address.user:
            login = Login(user=address.user, secret=self.password, bearer=address.auth is Auth.XOAUTH2)
        return Line(
            manner=Manner(
                hello=self.hello or own_name(),
                starttls=Starttls.REQUIRED if address.tls is Tls.STARTTLS else Starttls.NEVER,
                login=login,
                chunking=address.chunking,
            ),
            context=None if address.tls is Tls.OFF else self.context or ssl.create_default_context(),
            implicit=address.tls is Tls.IMPLICIT,
        )


def own_name() -> str:
    """Give this host's name for EHLO where it is a domain (RFC 5321 4.1.1.1), else `localhost`."""
    name = socket.gethostname()
    return name if re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?", name) else "localhost"
