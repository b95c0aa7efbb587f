"""Where a message is handed over: hosts and addresses, looked up beside the loop so that it never waits."""

import socket
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from briefpub.domain.delivery import TroubleKind
from briefpub.domain.errors import TransportError
from briefpub.transport.session import Address, Line

AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The addresses of the hosts that take a message, the preferred first. `fallback` does without TLS."""

    line: Line
    addresses: tuple[Address, ...]
    fallback: Line | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoRoute:
    """There is no way there: for now (`kind`), or for ever, as the `reply` of a server would say."""

    words: str = ""
    hint: str = ""
    kind: TroubleKind = TroubleKind.UNREACHABLE
    reply: str = ""


LookUp = Callable[[str], Route | NoRoute]


def addresses_of(host: str, port: int) -> tuple[Address, ...]:
    """Give a host's addresses in the system's order (RFC 6724); raises OSError where there are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(Address(host=host, family=family, place=place) for family, _, _, _, place in found)


class Finder:
    """Looks routes up in threads; `found` collects the answers, and each one wakes the loop at `fileno`."""

    def __init__(self, look_up: LookUp) -> None:
        self.found: deque[tuple[str, Route | NoRoute]] = deque()
        self.asked = 0
        self._look_up = look_up
        self._threads: ThreadPoolExecutor | None = None
        self._ear, self._mouth = socket.socketpair()
        self._ear.settimeout(0)

    def fileno(self) -> int:
        """Give what to watch."""
        return self._ear.fileno()

    def ask(self, key: str) -> None:
        """Begin to look for a route."""
        self._threads = self._threads or ThreadPoolExecutor(AT_ONCE, thread_name_prefix="briefpub-route")
        self.asked += 1
        self._threads.submit(self._look_up, key).add_done_callback(partial(self._answered, key))

    def answers(self) -> list[tuple[str, Route | NoRoute]]:
        """Take the answers that are there; raises what a lookup raised that it should not have."""
        with suppress(BlockingIOError):
            self._ear.recv(4096)
        answers = []
        while self.found:
            answers.append(self.found.popleft())
            self.asked -= 1
        return answers

    def close(self) -> None:
        """Wait for no answer any more."""
        if self._threads:
            self._threads.shutdown(wait=False, cancel_futures=True)
        self._ear.close()
        self._mouth.close()

    def _answered(self, key: str, future: "Future[Route | NoRoute]") -> None:
        if future.cancelled():
            return
        match future.exception():
            case None:
                answer = future.result()
            case TransportError() as error:
                answer = NoRoute(words=error.message, hint=error.hint)
            case error:
                answer = NoRoute(words=f"no address: {error}")
        self.found.append((key, answer))
        with suppress(OSError):  # nobody may listen any more
            self._mouth.send(b"!")
