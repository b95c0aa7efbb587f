"""Stopping tidily: the first signal lets what is on its way end, the second one stops at once."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)
WITHIN = 30.0
TOLD = b"Stopping: what is on its way is finished first, which takes 30 s at most. Once more stops at once.\n"


class Drain:
    """Knows whether somebody asked to stop, and waits until then."""

    def __init__(self) -> None:
        """Begin with nobody asking."""
        self.asked = False
        # Of all that can wake a waiting thread, only a bare lock may be released by a signal's handler.
        self._asleep = Lock()
        self._asleep.acquire()

    def __call__(self) -> bool:
        """Say whether to stop."""
        return self.asked

    def ask(self) -> None:
        """Ask to stop; safe in a signal's handler."""
        self.asked = True
        self.wake()

    def wake(self) -> None:
        """End the wait that is on, or the next one at once; safe in a handler, and from any thread."""
        # Two that wake at the same time, a thread and the handler that interrupts it, both mean the same.
        with suppress(RuntimeError):
            self._asleep.release()

    def wait(self, seconds: float) -> None:
        """Wait so many seconds, or until somebody asks to stop or wakes whoever waits."""
        if not self.asked:
            self._asleep.acquire(timeout=seconds)


@contextmanager
def draining(*, within: float = WITHIN) -> Iterator[Drain]:
    """Turn SIGTERM and SIGINT into a Drain; a second one, or `within` seconds, raises KeyboardInterrupt.

    Only for the main thread.
    """
    drain = Drain()

    def asked(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        if drain.asked:
            raise KeyboardInterrupt
        drain.ask()
        signal.setitimer(signal.ITIMER_REAL, within)
        # A handler may come in the middle of a print: only the bare descriptor is safe.
        if sys.stderr.isatty():
            os.write(2, TOLD)

    before = {number: signal.signal(number, asked) for number in (*SIGNALS, signal.SIGALRM)}
    try:
        yield drain
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
