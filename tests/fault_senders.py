"""Senders as processes of their own, to be killed and stopped: forked by one that has everything imported."""

import atexit
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any, Self

from fault_stage import Stage

HERE = Path(__file__).parent


class Senders:
    """The senders of one stage; those that are left in the end are killed."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.alive: set[int] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for sender in list(self.alive):
            self.kill(sender)
        errors = Path(f"{self.stage.order.clock}.errors")
        if errors.exists():
            self.stage.told += errors.read_text(encoding="utf-8").splitlines()

    def start(self, **changes: Any) -> int:
        """Start a sender, and give its process."""
        sender = int(_ask("go " + json.dumps(asdict(replace(self.stage.order, **changes)))))
        self.alive.add(sender)
        return sender

    def started(self, messages: int, seconds: float, **changes: Any) -> int:
        """Start a sender, and let it come so far: so many messages behind its first connection, and a moment."""
        sessions, taken = self.stage.sink.sessions, self.stage.sink.received
        begun, before = len(sessions), len(taken)
        sender = self.start(**changes)
        self.stage.until(
            lambda: (len(sessions) > begun and len(taken) >= before + messages) or not self.running(sender),
            "somebody sends",
        )
        time.sleep(seconds)
        return sender

    def running(self, sender: int) -> bool:
        """Say whether a sender still works."""
        if sender in self.alive and _ask(f"poll {sender}") != "running":
            self.alive.discard(sender)
        return sender in self.alive

    def wait(self, sender: int) -> None:
        """Wait for the end of a sender."""
        if sender in self.alive:
            _ask(f"wait {sender}")
            self.alive.discard(sender)

    def kill(self, sender: int) -> bool:
        """Kill a sender (`kill -9`); False where it had ended before."""
        if sender not in self.alive:
            return False
        os.kill(sender, signal.SIGKILL)
        self.alive.discard(sender)
        return _ask(f"wait {sender}") == str(-signal.SIGKILL)

    def hold(self, sender: int) -> None:
        """Stop a sender, as a machine that sleeps (SIGSTOP)."""
        os.kill(sender, signal.SIGSTOP)

    def go_on(self, sender: int) -> None:
        """Let it go on (SIGCONT)."""
        os.kill(sender, signal.SIGCONT)


@cache
def _nursery() -> "subprocess.Popen[bytes]":
    command = [sys.executable, str(HERE / "sender_process.py")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)

    def close() -> None:
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.wait()

    atexit.register(close)
    return process


def _ask(text: str) -> str:
    process = _nursery()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(text.encode() + b"\n")
    return process.stdout.readline().decode().strip()
