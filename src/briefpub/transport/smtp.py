"""The SMTP transport: one connection, each step its own, so that we know on which side of the dot it broke.

RFC 5321. A message's crash window lies between the final dot and the server's reply (RFC 1047): a line lost
before the dot was written is `deferred`, after it `unknown`.
"""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from briefpub.domain.audience import one_line
from briefpub.domain.delivery import Attempt, InDoubt, Message, Outcome
from briefpub.domain.errors import TransportError
from briefpub.transport.address import Tls, TransportAddress

PATIENCE = 60.0
# RFC 5321 4.5.3.2.6 asks for ten minutes: a server that is slow to answer the dot has often taken the mail.
PATIENCE_AFTER_DOT = 600.0
LONGEST_REPLY = 500
SIZE_EXCEEDED = 552
LOST = OSError  # smtplib's own exceptions are OSErrors too
Reply = tuple[int, bytes]
# What the first digit of a reply says (RFC 5321 4.2.1).
OUTCOMES = {2: Outcome.ACCEPTED, 4: Outcome.DEFERRED, 5: Outcome.FAILED}


class _Refused(Exception):
    """The server's reply ends this message's transaction before its dot."""

    def __init__(self, outcome: Outcome, reply: str) -> None:
        super().__init__(reply)
        self.outcome = outcome
        self.reply = reply


@dataclass(slots=True, kw_only=True)
class Smtp:
    """An SMTP server and the one connection to it; `patience` is in seconds, for every reply but the last.

    `context` decides which certificates are good; without one the system's authorities do.
    """

    address: TransportAddress
    password: str | None = field(default=None, repr=False)
    patience: float = PATIENCE
    patience_after_dot: float = PATIENCE_AFTER_DOT
    context: ssl.SSLContext | None = field(default=None, repr=False)
    _client: smtplib.SMTP | None = field(default=None, init=False, repr=False)

    @property
    def in_doubt(self) -> InDoubt:
        """Hold it: plain SMTP cannot be asked whether it has a message."""
        return InDoubt.HOLD

    @contextmanager
    def opened(self, issue: str) -> Iterator[Self]:  # noqa: ARG002 - one server takes every issue
        """Connect, and say goodbye at the end; raises TransportError when the server cannot be used."""
        self._connection()
        try:
            yield self
        finally:
            client, self._client = self._client, None
            if client is not None:
                with suppress(LOST):
                    client.quit()
                client.close()

    def send(self, message: Message, *, hand: Callable[[], bool], now: Callable[[], datetime]) -> Attempt:
        """Send one message; raises TransportError when the server refuses us and not this message."""
        try:
            self._begin(message)
        except _Refused as refused:
            self._reset()
            return Attempt(at=now(), outcome=refused.outcome, reply=refused.reply)
        except LOST as error:
            self._drop()
            return Attempt(at=now(), outcome=Outcome.DEFERRED, reply=_lost(error, "before the final dot"))
        except BaseException:
            self._drop()
            raise
        return self._end(hand, now)

    def _begin(self, message: Message) -> None:
        """Take a message up to its final dot, which is not written."""
        self._mail(message)
        _expect(self._connection().docmd("RCPT", f"TO:<{message.envelope_to}>"), 250, 251, 252)
        _expect(self._connection().docmd("DATA"), 354)
        self._connection().send(_stuffed(message.data))

    def _mail(self, message: Message) -> None:
        """Begin the transaction, on a new connection where the idle one was closed on us meanwhile."""
        utf8 = not (message.envelope_to.isascii() and message.envelope_from.isascii())
        reused = self._client is not None
        try:
            reply = self._say_mail(message, utf8=utf8)
        except LOST:
            if not reused:
                raise
            reply = 421, b""
        if reply[0] == 421 and reused:
            self._drop()  # nothing of this message was said yet, so it may be begun again
            reply = self._say_mail(message, utf8=utf8)
        if reply[0] >= 500 and reply[0] != SIZE_EXCEEDED:
            raise TransportError(
                f"the server refuses the sender: {_said(reply)}",
                where=self.address.host,
                hint="check the list's sender, the user name and the server's rules",
            )
        _expect(reply, 250)

    def _say_mail(self, message: Message, *, utf8: bool) -> Reply:
        client = self._connection()
        if utf8 and not client.has_extn("smtputf8"):
            # RFC 6531 3.5: such an address needs the extension; the reply is the one a server would give.
            raise _Refused(Outcome.FAILED, "550 5.6.7 the server takes no address beyond ASCII")
        client.command_encoding = "utf-8" if utf8 else "ascii"
        size = f" SIZE={len(message.data)}" if client.has_extn("size") else ""
        extended = " SMTPUTF8 BODY=8BITMIME" if utf8 else ""
        return client.docmd("MAIL", f"FROM:<{message.envelope_from}>{size}{extended}")

    def _end(self, hand: Callable[[], bool], now: Callable[[], datetime]) -> Attempt:
        """Commit `handed`, write the dot, and hear what the server says."""
        client = self._connection()
        try:
            if not hand():
                self._drop()  # closing the line before the dot is the one way to take a message back
                return Attempt(at=now(), outcome=Outcome.DEFERRED, reply="no longer ours to send")
            return self._write_dot(client, now)
        except BaseException:
            self._drop()
            raise

    def _write_dot(self, client: smtplib.SMTP, now: Callable[[], datetime]) -> Attempt:
        assert client.sock is not None
        try:
            client.sock.sendall(b".\r\n")
        except ConnectionError as error:
            # The line was already gone and the dot never left this machine.
            self._drop()
            return Attempt(at=now(), outcome=Outcome.DEFERRED, reply=_lost(error, "before the final dot"))
        except OSError as error:
            self._drop()
            return Attempt(at=now(), outcome=Outcome.UNKNOWN, reply=_lost(error, "while the dot was written"))
        return self._hear(client, now)

    def _hear(self, client: smtplib.SMTP, now: Callable[[], datetime]) -> Attempt:
        """Wait for the reply to the dot; whatever is not a reply leaves the message in doubt."""
        assert client.sock is not None
        try:
            client.sock.settimeout(self.patience_after_dot)
            reply = client.getreply()
            client.sock.settimeout(self.patience)
        except LOST as error:
            self._drop()
            return Attempt(at=now(), outcome=Outcome.UNKNOWN, reply=_lost(error, "after the final dot"))
        outcome = OUTCOMES.get(reply[0] // 100, Outcome.UNKNOWN)
        if reply[0] == 421 or outcome is Outcome.UNKNOWN:
            self._drop()
        return Attempt(at=now(), outcome=outcome, reply=_said(reply))

    def _connection(self) -> smtplib.SMTP:
        """Give the open connection, or open one; raises TransportError."""
        if self._client is None:
            self._client = self._connect()
        return self._client

    def _connect(self) -> smtplib.SMTP:
        where = f"{self.address.host}:{self.address.port}"
        context = self.context or ssl.create_default_context()
        name = _own_name()
        try:
            client: smtplib.SMTP
            if self.address.tls is Tls.IMPLICIT:
                client = smtplib.SMTP_SSL(
                    self.address.host,
                    self.address.port,
                    local_hostname=name,
                    timeout=self.patience,
                    context=context,
                )
            else:
                client = smtplib.SMTP(
                    self.address.host, self.address.port, local_hostname=name, timeout=self.patience
                )
        except LOST as error:
            raise _no_way(error, where) from error
        try:
            client.ehlo_or_helo_if_needed()
            if self.address.tls is Tls.STARTTLS:
                client.starttls(context=context)
                client.ehlo_or_helo_if_needed()
            self._log_in(client, where)
        except LOST as error:
            client.close()
            raise _no_way(error, where) from error
        except BaseException:
            client.close()
            raise
        return client

    def _log_in(self, client: smtplib.SMTP, where: str) -> None:
        if not self.address.user:
            return
        if self.password is None:
            raise TransportError(
                f"no password for {self.address.user}",
                where=where,
                hint="set BRIEFPUB_SMTP_PASSWORD, or name the file that holds it",
            )
        client.login(self.address.user, self.password)

    def _reset(self) -> None:
        """Bring the connection back to where the next message may begin (RFC 5321 4.1.1.5), or drop it."""
        if self._client is None:
            return
        try:
            code, _ = self._client.rset()
        except LOST:
            code = 0
        if code != 250:
            self._drop()

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()


def _own_name() -> str:
    """Give this host's name for EHLO where it is a domain (RFC 5321 4.1.1.1), else `localhost`."""
    name = socket.gethostname()
    return name if re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?", name) else "localhost"


def _stuffed(data: bytes) -> bytes:
    """Double the dots that begin a line (RFC 5321 4.5.2) and end the last line."""
    stuffed = re.sub(rb"(?m)^\.", b"..", data)
    return stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n"


def _expect(reply: Reply, *wanted: int) -> None:
    """Go on where the reply is one of `wanted`; one out of place is taken for a passing trouble."""
    if reply[0] not in wanted:
        refused = reply[0] // 100 == 5
        raise _Refused(Outcome.FAILED if refused else Outcome.DEFERRED, _said(reply))


def _said(reply: Reply) -> str:
    return one_line(f"{reply[0]} {reply[1].decode('utf-8', 'replace')}")[:LONGEST_REPLY]


def _lost(error: Exception, when: str) -> str:
    return one_line(f"connection lost {when}: {error}")[:LONGEST_REPLY]


def _no_way(error: Exception, where: str) -> TransportError:
    """Say why there is no usable connection; a certificate, a name and a login each have their own mend."""
    match error:
        case smtplib.SMTPAuthenticationError():
            message = f"the login is refused: {_said((error.smtp_code, _bytes(error.smtp_error)))}"
            hint = "check the user name in the transport's address and the password"
        case smtplib.SMTPNotSupportedError():
            message = f"the server does not offer what is asked of it: {error}"
            hint = "is it the right port? 587 speaks STARTTLS, 465 speaks TLS at once (smtps://)"
        case smtplib.SMTPResponseException():
            message = f"the server refuses us: {_said((error.smtp_code, _bytes(error.smtp_error)))}"
            hint = "wait and try again, or ask the server's operator"
        case ssl.SSLCertVerificationError():
            message = f"the server's certificate is not valid: {error.verify_message}"
            hint = "write the host name that the certificate names"
        case ssl.SSLError():
            message = f"no TLS with the server: {error.reason or error}"
            hint = "587 speaks STARTTLS (tls=starttls), 465 speaks TLS at once (tls=implicit)"
        case socket.gaierror():
            message, hint = "there is no such host", "check the host name in the transport's address"
        case _:
            message, hint = f"no connection: {error}", "is the server running, and the port right?"
    return TransportError(one_line(message), where=where, hint=hint)


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode()
