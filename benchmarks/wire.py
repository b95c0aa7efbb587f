"""Measure the SMTP client against Postfix's `smtp-source` and Python's smtplib, each ratio within one run.

    .venv/bin/python benchmarks/wire.py [--messages N] [--rounds N]

CPU is the sender's own user + system time; the sink is Postfix's `smtp-sink` (Debian package postfix), the
slow line is a sink of ours that answers 30 ms late. The pairs alternate and the median is quoted.
"""

import argparse
import contextlib
import datetime as dt
import json
import os
import resource
import shutil
import smtplib
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from briefpub.domain.delivery import Attempt, Message, Trouble
from briefpub.domain.flow import SiteRules
from briefpub.domain.replies import Outcome
from briefpub.transport.address import transport_address
from briefpub.transport.smtp import Smtp

ROOT = Path(__file__).parents[1]
SIZE = 20_480


@dataclass
class Work:
    """So many copies of one message, and a ledger that costs nothing."""

    messages: list[Message]
    limits: SiteRules
    ended: list[tuple[int, Attempt]] = field(default_factory=list)

    def next(self) -> Message | None:
        return self.messages.pop() if self.messages else None

    def record(self, handed: Sequence[int], ended: Sequence[tuple[int, Attempt]]) -> frozenset[int]:
        self.ended += ended
        return frozenset(handed)

    def back(self, deliveries: Sequence[int], trouble: Trouble | None = None) -> None:
        raise SystemExit(f"the sink is in trouble: {trouble}")

    def rules(self, site: str) -> SiteRules:
        return self.limits

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)


def a_message(number: int, size: int) -> Message:
    head = f"Message-ID: <{number}@example.org>\r\nSubject: digest\r\n\r\n".encode()
    line = b"Slow reading, once a week, and nothing but essays in the post of a morning.\r\n"
    return Message(
        delivery=number,
        message_id=f"<{number}@example.org>",
        envelope_from="letter@example.org",
        envelope_to=f"reader{number}@example.net",
        data=head + line * ((size - len(head)) // len(line)),
        site="127.0.0.1",
        dotless=True,  # as the message builder makes them
    )


@contextlib.contextmanager
def postfix_sink() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = shutil.which("smtp-sink", path=os.environ["PATH"] + ":/usr/sbin")
    if not program:
        raise SystemExit("smtp-sink is not here: install Debian's package postfix")
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    sink = subprocess.Popen([program, *user, f"127.0.0.1:{port}", "200"], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield port
    finally:
        sink.kill()
        sink.wait()


@contextlib.contextmanager
def late_sink(seconds: float) -> Iterator[int]:
    script = json.dumps({"rtt": seconds})
    sink = subprocess.Popen(
        [sys.executable, ROOT / "tests/sink.py", "--log", os.devnull, "--script", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert sink.stdout
    try:
        yield int(sink.stdout.readline())
    finally:
        sink.kill()
        sink.wait()


def ours(port: int, count: int, connections: int, size: int = SIZE) -> tuple[float, float]:
    """Send and give CPU and wall seconds; the messages are made before the clock starts."""
    rules = SiteRules(connections=connections, messages_per_connection=10**9)
    work = Work([a_message(number, size) for number in range(count)], rules)
    smtp = Smtp(address=transport_address(f"smtp://127.0.0.1:{port}?tls=off"))
    cpu, wall = time.process_time(), time.perf_counter()
    with smtp.opened("weekly/001") as transport:
        transport.carry(work)
    spent = time.process_time() - cpu, time.perf_counter() - wall
    accepted = sum(attempt.outcome is Outcome.ACCEPTED for _, attempt in work.ended)
    if accepted != count:
        raise SystemExit(f"{accepted} of {count} were accepted")
    return spent


def smtp_source(port: int, count: int, connections: int) -> tuple[float, float]:
    program = shutil.which("smtp-source", path=os.environ["PATH"] + ":/usr/sbin")
    assert program
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        [program, "-d", "-s", str(connections), "-l", str(SIZE), "-m", str(count), "-N"]
        + ["-f", "letter@example.org", "-t", "reader@example.net", f"127.0.0.1:{port}"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, time.perf_counter() - wall


def standard(port: int, count: int) -> tuple[float, float]:
    messages = [a_message(number, SIZE) for number in range(count)]
    cpu, wall = time.process_time(), time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as client:
        for message in messages:
            client.sendmail(message.envelope_from, [message.envelope_to], message.data)
    return time.process_time() - cpu, time.perf_counter() - wall


def alternated(
    rounds: int, first: Callable[[], tuple[float, float]], second: Callable[[], tuple[float, float]]
) -> list[tuple[float, float]]:
    pairs = [(first(), second()) for _ in range(rounds + 1)][1:]
    return [
        (statistics.median(pair[i][0] for pair in pairs), statistics.median(pair[i][1] for pair in pairs))
        for i in (0, 1)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    count, rounds = arguments.messages, arguments.rounds
    print("| what | ours | theirs | ratio ours/theirs | target |\n|---|---|---|---|---|")
    with postfix_sink() as port:
        for connections in (1, 10):
            us, them = alternated(
                rounds,
                lambda n=connections: ours(port, count, n),
                lambda n=connections: smtp_source(port, count, n),
            )
            print(
                f"| CPU per 20 KB message, {connections} connection(s), against smtp-source "
                f"| {us[0] / count * 1e6:.0f} us | {them[0] / count * 1e6:.0f} us | {us[0] / them[0]:.2f} | <= 1 |",
                flush=True,
            )
        us, them = alternated(rounds, lambda: ours(port, count, 1), lambda: standard(port, count))
        print(
            f"| CPU per 20 KB message, 1 connection, against smtplib "
            f"| {us[0] / count * 1e6:.0f} us | {them[0] / count * 1e6:.0f} us | {us[0] / them[0]:.2f} | |"
        )
    with late_sink(0.03) as port:
        few = 400
        us, them = alternated(1, lambda: ours(port, few, 1), lambda: standard(port, few))
        print(
            f"| messages a second at 30 ms round trip, 1 connection, against smtplib "
            f"| {few / us[1]:.1f} | {few / them[1]:.1f} | {them[1] / us[1]:.1f}x | >= 4x |"
        )


if __name__ == "__main__":
    main()
