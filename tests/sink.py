"""An SMTP server for tests, over a real socket: keeps envelope and bytes, and makes faults by script.

In a test: `with Sink(script=Script(faults=(GREYLIST,))) as sink:` gives `sink.port`, `sink.received`,
`sink.sessions`, `sink.violations`. As a process of its own, for senders that are killed and for measuring:
`python tests/sink.py --log FILE [--script JSON]` prints its port, and appends a line (recipient, Message-ID,
SHA-256, 250 or -, seconds, parted by tabs) to FILE for each message it took, before it answers. The log is the oracle:
a message whose 250 was lost on the way stands in it.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sink_script import (
    DROP,
    GREYLIST,
    RESET,
    STALL,
    Fault,
    Offer,
    Script,
    Step,
    Tls,
    dying_in_the_body,
    json_of,
    refusing,
    script_of,
    silent_after_the_dot,
)
from sink_session import Journal, Received, Session, Visit

__all__ = [
    "DROP",
    "GREYLIST",
    "RESET",
    "STALL",
    "Fault",
    "Offer",
    "Receipt",
    "Received",
    "Script",
    "Sink",
    "SinkProcess",
    "Step",
    "Tls",
    "Visit",
    "dying_in_the_body",
    "receipts",
    "refusing",
    "served_apart",
    "silent_after_the_dot",
]


class Sink:
    """The server in a thread of this process. `script` may be changed at any time."""

    def __init__(self, script: Script | None = None, *, keep: bool = True, port: int = 0) -> None:
        self.journal = Journal(script=script or Script(), keep=keep)
        self.port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()
        self._stop = asyncio.Event()

    @property
    def script(self) -> Script:
        """Give what the sink is told to do."""
        return self.journal.script

    @script.setter
    def script(self, script: Script) -> None:
        self.journal.script = script

    @property
    def received(self) -> list[Received]:
        """Give what was taken, in its order: acknowledged, or lost on the way to that."""
        return self.journal.received

    @property
    def sessions(self) -> list[Visit]:
        """Give every connection there was."""
        return self.journal.sessions

    @property
    def violations(self) -> list[str]:
        """Give what a client did that it may not do; a good one leaves this empty."""
        return self.journal.violations

    @property
    def counts(self) -> Counter[str]:
        """Give how often each recipient was mailed."""
        return Counter(to for message in self.received for to in message.rcpt_to)

    def __enter__(self) -> Self:
        self._socket = _listening(self.port)
        self.port = self._socket.getsockname()[1]
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(serve(self._socket, self.journal, self._stop, self._ready.set))


async def serve(
    listening: socket.socket, journal: Journal, stop: asyncio.Event, ready: Callable[[], object]
) -> None:
    """Serve until `stop`, then end every connection."""
    loop = asyncio.get_running_loop()
    context = _context(journal.script)
    sessions: set[Session] = set()

    def session() -> Session:
        made = Session(journal, context)
        sessions.add(made)
        if len(sessions) > 1000:
            sessions.difference_update([each for each in sessions if each.over])
        return made

    implicit = context if journal.script.tls is Tls.IMPLICIT else None
    server = await loop.create_server(session, sock=listening, ssl=implicit, backlog=1024)
    ready()
    await stop.wait()
    server.close()
    for each in sessions:
        each.end()
    # Each transport tells its protocol in a later turn of the loop that it is closed.
    for _ in range(3):
        await asyncio.sleep(0)


def _listening(port: int, host: str = "127.0.0.1") -> socket.socket:
    return socket.create_server((host, port), backlog=1024)


def _context(script: Script) -> ssl.SSLContext | None:
    if script.tls is Tls.OFF:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(script.certificate)
    return context


# ---- as a process of its own


@dataclass(frozen=True, slots=True)
class Receipt:
    """One line of the log: a recipient that the sink took a message for."""

    recipient: str
    message_id: str
    sha256: str
    acknowledged: bool
    at: float = 0.0  # by the sink's own clock, which nobody sets


def receipts(log: Path) -> list[Receipt]:
    """Read a sink's log; a line that is being written is left out."""
    if not log.exists():
        return []
    rows = [line.split("\t") for line in log.read_text(encoding="utf-8").split("\n")[:-1]]
    return [
        Receipt(to, message_id, sha256, reply == "250", float(at))
        for to, message_id, sha256, reply, at in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkProcess:
    """A sink in a process of its own."""

    port: int
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def receipts(self) -> list[Receipt]:
        """Give what it took until now."""
        return receipts(self.log)


@contextlib.contextmanager
def served_apart(log: Path, script: Script | None = None, *, port: int = 0) -> Iterator[SinkProcess]:
    """Run a sink in a process of its own, that goes on writing in `log` where it exists."""
    command = [sys.executable, __file__, "--port", str(port), "--log", str(log)]
    command += ["--script", json_of(script or Script())]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield SinkProcess(port=int(process.stdout.readline()), log=log, process=process)
        finally:
            process.terminate()


def main(arguments: list[str] | None = None) -> None:
    """Serve until SIGTERM, SIGINT or the end of the process that started it; then tell what there was."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="another only within a namespace of one's own")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path, help="append a line for each message taken")
    parser.add_argument("--script", type=script_of, default=Script(), help="JSON: see sink_script.Script")
    asked = parser.parse_args(arguments)
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    log = os.open(asked.log, flags, 0o644) if asked.log else None
    journal = Journal(script=asked.script, keep=False, log=log)
    asyncio.run(_until_told(journal, _listening(asked.port, asked.host)))
    told = {"messages": journal.messages, "bytes": journal.bytes, "sessions": len(journal.sessions)}
    print(json.dumps({**told, "most_open": journal.most_open}), flush=True)  # noqa: T201 - a program's output


async def _until_told(journal: Journal, listening: socket.socket) -> None:
    stop = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    watch = asyncio.create_task(_orphaned(os.getppid(), stop))
    port = listening.getsockname()[1]
    await serve(listening, journal, stop, lambda: print(port, flush=True))  # noqa: T201 - its port
    watch.cancel()


async def _orphaned(parent: int, stop: asyncio.Event) -> None:
    while os.getppid() == parent:  # noqa: ASYNC110 - nobody tells us
        await asyncio.sleep(2)
    stop.set()


if __name__ == "__main__":
    main()
