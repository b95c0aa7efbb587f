"""One connection: a non-blocking socket, TLS where it is asked for, and the conversation on it."""

import os
import selectors
import socket
import ssl
from dataclasses import dataclass
from typing import Any

from briefpub.domain.audience import one_line
from briefpub.domain.delivery import TroubleKind
from briefpub.transport.events import Event, Upgrade
from briefpub.transport.opening import Manner
from briefpub.transport.protocol import Protocol

CHUNK = 64 * 1024
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
TLS_HINT = "587 speaks STARTTLS (tls=starttls), 465 speaks TLS at once (tls=implicit)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One address of a host, as getaddrinfo gives it; certificates are checked against `host`."""

    host: str
    family: int
    place: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How a connection is made: `context` says which certificates are good, `implicit` is RFC 8314's TLS."""

    manner: Manner
    context: ssl.SSLContext | None = None
    implicit: bool = False


class Session:
    """Drives one conversation over the first of `addresses` that answers.

    What it is told to watch for stands in `selector`, with the session as data. `deadline`, `noted` and
    `leaving` are the run's own notes.
    """

    def __init__(self, line: Line, addresses: tuple[Address, ...], selector: selectors.BaseSelector) -> None:
        self.protocol = Protocol(line.manner)
        self.deadline = 0.0
        self.noted = 0
        self.leaving = False
        self.connected = False
        self._line = line
        self._addresses = list(addresses)
        self._address = addresses[0]
        self._selector = selector
        self._socket: socket.socket | None = None
        self._tls: ssl.SSLSocket | None = None
        self._shaking = False
        self._watched = 0
        self._steps = 0

    @property
    def progress(self) -> int:
        """Give a number that grows as it goes on: by bytes written, whole replies, the steps of connecting.

        Bytes that came and make no whole reply are none: a server could dribble them for ever.
        """
        return self._steps + self.protocol.heard + self.protocol.sent

    @property
    def address(self) -> Address:
        """Give the address in use, or the last that was tried."""
        return self._address

    def connect(self) -> list[Event]:
        """Begin to connect to the next address; give what it comes to where there is none left."""
        words = "it has no address"
        while self._addresses:
            self._address = self._addresses.pop(0)
            try:
                self._socket = socket.socket(self._address.family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._socket.connect(self._address.place)
            except BlockingIOError:
                pass
            except OSError as error:
                words = (error.strerror or str(error)).lower()
                self.close()
                continue
            self._watch(WRITE)
            return []
        return self._unreachable(words)

    def ready(self, mask: int) -> list[Event]:
        """Go on where the socket can be read or written, and give what that comes to."""
        if self._shaking:
            return self._shake()
        if not self.connected:
            return self._arrive()
        events: list[Event] = []
        if mask & WRITE:
            events = self.flush()
        if mask & READ and not self.protocol.over:
            events += self._read()
        return events

    def flush(self) -> list[Event]:
        """Write what there is to say, as far as the socket takes it."""
        if self._shaking or not self.connected or self._socket is None:
            return []
        out = self.protocol.out
        try:
            if self._tls is None:
                while out:
                    self._written(self._socket.sendmsg(out))
            else:
                if len(out) > 1 and sum(map(len, out)) <= CHUNK:
                    out[:] = [b"".join(out)]  # one TLS record and one packet rather than two
                while out:
                    self._written(self._tls.send(out[0]))
        except (BlockingIOError, ssl.SSLWantWriteError):
            self._watch(READ | WRITE)
            return []
        except ssl.SSLWantReadError:
            return []
        except OSError as error:
            return self._broken(error)
        self._watch(READ)
        return self.protocol.flushed()

    def lost(self, why: str) -> list[Event]:
        """Hear that the connection is of no more use; one that was not even made is tried elsewhere."""
        if not self.connected and self._addresses:
            self.close()
            return self.connect()
        return self.protocol.lost(why) if self.connected else self._unreachable(why)

    def close(self) -> None:
        """Close the socket; what was not written never will be."""
        if self._watched and self._socket is not None:
            self._selector.unregister(self._socket.fileno())
            self._watched = 0
        if self._socket is not None:
            self._socket.close()
        self._socket = self._tls = None
        self._shaking = False

    def _arrive(self) -> list[Event]:
        """Hear whether the connection stands (connect(2): SO_ERROR says)."""
        assert self._socket is not None
        error = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            return self.lost(os.strerror(error).lower())
        self.connected = True
        self._steps += 1
        if self._line.implicit:
            return self._secure()
        self._watch(READ)
        return []

    def _unreachable(self, why: str) -> list[Event]:
        words, hint = f"no connection: {why}", "is the server running, and the port right?"
        return self.protocol.lost(words, hint=hint)

    def _secure(self) -> list[Event]:
        assert self._socket is not None
        assert self._line.context is not None
        try:
            self._tls = self._line.context.wrap_socket(
                self._socket, server_hostname=self._address.host, do_handshake_on_connect=False
            )
        except OSError as error:
            return self._broken(error)
        self._socket = self._tls
        self._shaking = True
        return self._shake()

    def _shake(self) -> list[Event]:
        assert self._tls is not None
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._watch(READ)
            return []
        except ssl.SSLWantWriteError:
            self._watch(WRITE)
            return []
        except OSError as error:
            return self._broken(error)
        self._shaking = False
        self._steps += 1
        if not self._line.implicit:
            self.protocol.secured()
        self._watch(READ)
        # The server's greeting may have come with the end of the handshake.
        return self.flush() + self._read()

    def _read(self) -> list[Event]:
        events: list[Event] = []
        while self._socket is not None:
            try:
                data = self._socket.recv(CHUNK)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return events
            except OSError as error:
                return events + self._broken(error)
            if not data:
                return events + self.protocol.lost("the server closed it")
            events += self.protocol.receive(data)
            if events and isinstance(events[-1], Upgrade):
                return [*events[:-1], *self._secure()]
            if self.protocol.over or self._tls is None or not self._tls.pending():
                return events
        return events

    def _broken(self, error: OSError) -> list[Event]:
        """Say in plain words what broke the connection; a certificate has its own mend."""
        match error:
            case ssl.SSLCertVerificationError():
                words = f"the server's certificate is not valid: {error.verify_message}"
                return self._without_tls(words, "write the host name that the certificate names")
            case ssl.SSLError() if self._shaking:
                return self._without_tls(f"no TLS with the server: {error.reason or error}", TLS_HINT)
            case _ if self._shaking:
                return self._without_tls(f"no TLS with the server: {_words(error)}", TLS_HINT)
            case _:
                return self.protocol.lost(_words(error))

    def _without_tls(self, words: str, hint: str) -> list[Event]:
        return self.protocol.lost(one_line(words), TroubleKind.TLS, hint)

    def _written(self, count: int) -> None:
        self.protocol.sent += count
        out = self.protocol.out
        while out and count >= len(out[0]):
            count -= len(out.pop(0))
        if count:
            out[0] = memoryview(out[0])[count:]

    def _watch(self, mask: int) -> None:
        if mask == self._watched or self._socket is None:
            return
        if self._watched:
            self._selector.modify(self._socket.fileno(), mask, self)
        else:
            self._selector.register(self._socket.fileno(), mask, self)
        self._watched = mask


def _words(error: OSError) -> str:
    return one_line(error.strerror or str(error)).lower()
