"""Signs of life of a long run: who is alive, and small things done every so often in threads of their own."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Event, Thread

from briefpub.cli.watch import Log
from briefpub.domain.errors import BriefpubError
from briefpub.domain.heartbeat import Heartbeat
from briefpub.workflows.ports import Heartbeats

GOODBYE = 2.0


@dataclass(slots=True, kw_only=True)
class Pulse:
    """When one part of a run last showed that it lives, and how long it may be silent from then on.

    A part at work says so at each step, and how long the longest step may take: who sends for hours lives,
    who waits for a lock that never comes does not.
    """

    name: str
    _beaten: float = field(default_factory=time.monotonic)
    _patience: float = float("inf")

    def __call__(self, patience: float) -> None:
        """Show a sign of life; the next one comes within so many seconds."""
        self._beaten, self._patience = time.monotonic(), patience

    def ails(self) -> str:
        """Say that there was no sign for too long, or nothing."""
        silent = time.monotonic() - self._beaten
        if silent <= self._patience:
            return ""
        return f"{self.name} has shown no sign of life for {int(silent)} s"


@contextmanager
def ticking(name: str, every: float, do: Callable[[], None]) -> Iterator[None]:
    """Do something now, and every so many seconds until the block ends, in a thread of its own.

    It must raise nothing. The block's end waits for it a moment, and no longer.
    """
    over = Event()

    def tick() -> None:
        while not over.wait(every):
            do()

    do()
    thread = Thread(target=tick, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(GOODBYE)


@dataclass(slots=True, kw_only=True)
class Beat:
    """Writes the heartbeat of a run that is well; a row that cannot be written is told once, and harmless."""

    heartbeats: Heartbeats
    heartbeat: Heartbeat
    ails: Callable[[], str]
    now: Callable[[], datetime]
    log: Log
    _told: str = ""

    def __call__(self) -> None:
        """Write it, if all is well."""
        trouble = self.ails()
        if trouble:
            self._tell("stuck", trouble, "systemd restarts the service, or do so yourself")
            return
        try:
            self.heartbeats.beat(replace(self.heartbeat, seen_at=self.now()))
        except BriefpubError as error:
            self._tell("the heartbeat cannot be written", error.message, error.hint)
            return
        if self._told:
            self._told = ""
            self.log.info("the heartbeat is written again")

    def stop(self) -> None:
        """Take the row away: this process ended tidily, nobody need look for it."""
        try:
            self.heartbeats.stop(self.heartbeat.who)
        except BriefpubError as error:
            self._tell("the heartbeat stays behind", error.message, error.hint)

    def _tell(self, event: str, why: str, mend: str) -> None:
        if self._told != event:
            self._told = event
            self.log.error(event, why=why, mend=mend)
