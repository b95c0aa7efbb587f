"""Several machines at one mailing: the fault table, and what more workers, tasks and a server cost.

`python benchmarks/machines.py faults [--machines 1,2,4] [--readers N]` pulls a cable for 30 s and kills a
worker, and ends with 1 where anything was lost or doubled. `python benchmarks/machines.py speed [--count N]
[--rounds N]` prints ratios, each within one run. Needs root, `ip` and a PostgreSQL server; no packet leaves
the namespaces that are made.
"""

import argparse
import contextlib
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from lan import unable
from machines import a_yard, disturb, fullest
from postgres import Server, own_server
from postroom import frozen
from sink import served_apart

from briefpub.bootstrap import open_newsroom
from briefpub.cli.context import moment
from briefpub.domain.delivery import DeliveryState

RATE = 50
SETTINGS = """\
name = "The Weekly"
database = "{database}"
engine = "{engine}"
outbox = "database"
transport = "smtp://127.0.0.1:{sink}?tls=off"
secret_file = "secret"
log = "error"

[sending]
connections = {connections}

[lists.weekly]
name = "The Weekly"
sender = "The Weekly <weekly@example.org>"
"""


def faults(machines: list[int], readers: int) -> int:
    print("| workers | recipients | disturbed | lost | doubled | unknown (delivered; at most) ", end="")
    print(f"| most in 10 s (at most {10 * RATE}) | s |\n|---|---|---|---|---|---|---|---|")
    broken = 0
    for count in machines:
        began = time.perf_counter()
        with a_yard(count, readers=readers, rate=f"{RATE}/second") as yard:
            disturb(yard, count)
            codes = yard.stop()
            found = yard.judged()
            most = fullest([one.at for one in yard.taken()], 10.0)
            print(
                f"| {count} | {found.recipients:,} | {yard.disturbed} | {found.lost} | {found.doubled} "
                f"| {found.unknown} ({found.unknown_delivered}; {yard.disturbed * yard.group}) | {most} "
                f"| {time.perf_counter() - began:.0f} |",
                flush=True,
            )
            for said in (*found.broken, *yard.story):
                print(f"  {said}", file=sys.stderr)
            broken += bool(found.broken or any(codes) or most > 10 * RATE)
    return 1 if broken else 0


@contextlib.contextmanager
def prepared(database: str, engine: str, sink: int, readers: int, connections: int = 8) -> Iterator[Path]:
    """Give a publication with a frozen issue that is queued."""
    with tempfile.TemporaryDirectory(prefix="briefpub-speed-") as name:
        root = Path(name)
        (root / "secret").write_text("s" * 64)
        settings = SETTINGS.format(database=database, engine=engine, sink=sink, connections=connections)
        (root / "briefpub.toml").write_text(settings)
        newsroom = frozen(root, readers=readers)
        newsroom.ledger.queue("weekly/001", now=moment())
        newsroom.close()
        yield root


def sent_by(root: Path, words: list[str], workers: int, readers: int) -> tuple[float, float]:
    """Let so many processes send all, and give their CPU seconds and the seconds from the first to the last.

    A process that only starts and stops is taken off: what is measured is the sending.
    """
    newsroom = open_newsroom(str(root))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "briefpub", "-C", str(root), *words]
    processes = [subprocess.Popen(command, stdin=subprocess.DEVNULL) for _ in range(workers)]
    began = end = 0.0
    while True:
        accepted = newsroom.ledger.mailings()[0].counts[DeliveryState.ACCEPTED]
        if accepted and not began:
            began, first = time.perf_counter(), accepted
        if accepted == readers:
            end = time.perf_counter()
            break
        time.sleep(0.02)
    for process in processes:
        if "run" not in words:
            process.terminate()
        process.wait()
    newsroom.close()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, (end - began) * readers / (readers - first)


def speed(count: int, rounds: int, connections: int) -> None:
    rows: dict[str, list[tuple[float, float]]] = {}
    ways = [
        ("one process, SQLite", "sqlite", "embedded", ["run", "--once"], 1),
        ("one process, PostgreSQL", "server", "embedded", ["run", "--once"], 1),
        ("1 worker, PostgreSQL", "server", "distributed", ["worker", "--threads", "1"], 1),
        ("2 workers, PostgreSQL", "server", "distributed", ["worker", "--threads", "1"], 2),
    ]
    with contextlib.ExitStack() as outer:
        server = outer.enter_context(own_server())
        folder = Path(outer.enter_context(tempfile.TemporaryDirectory()))
        sink = outer.enter_context(served_apart(folder / "log"))
        idle = started(server, sink.port)
        for number in range(rounds):
            for name, store, engine, words, workers in ways if number % 2 else ways[::-1]:
                with contextlib.ExitStack() as stack:
                    url = stack.enter_context(server.database()) if store == "server" else "briefpub.db"
                    root = stack.enter_context(prepared(url, engine, sink.port, count, connections))
                    cpu, wall = sent_by(root, words, workers, count)
                rows.setdefault(name, []).append((cpu - idle * workers, wall))
                print(f"  {name}: {cpu:.2f} s CPU, {count / wall:.0f}/s", file=sys.stderr, flush=True)
    middle = {name: tuple(map(statistics.median, zip(*found, strict=True))) for name, found in rows.items()}
    print("| way | messages/s | CPU per message |\n|---|---|---|")
    for name, (cpu, wall) in middle.items():
        print(f"| {name} | {count / wall:.0f} | {cpu / count * 1e6:.0f} us |")
    lite, post, one, two = (middle[name] for name, *_ in ways)
    print("\n| ratio | | target |\n|---|---|---|")
    print(f"| messages/s, 2 workers against 1 | {one[1] / two[1]:.2f}x | >= 1.7x |")
    print(
        f"| CPU per message, tasks against the loop of one process | {one[0] / post[0] - 1:+.0%} | <= +15 % |"
    )
    print(f"| CPU per message, PostgreSQL ledger against SQLite | {post[0] / lite[0]:.2f}x | |")
    print(f"| messages/s, PostgreSQL ledger against SQLite | {lite[1] / post[1]:.2f}x | |")


def started(server: Server, sink: int) -> float:
    """Give the CPU seconds of a process that opens all and sends nothing."""
    with server.database() as url, prepared(url, "embedded", sink, 1) as root:
        subprocess.run([sys.executable, "-m", "briefpub", "-C", str(root), "run", "--once"], check=False)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "briefpub", "-C", str(root), "run", "--once"], check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=("faults", "speed"))
    parser.add_argument("--machines", default="1,2,4", help="numbers of workers, by commas")
    parser.add_argument("--readers", type=int, default=1500)
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=8, help="of each process")
    asked = parser.parse_args()
    for name in [name for name in os.environ if name.startswith("BRIEFPUB_")]:
        del os.environ[name]
    if asked.what == "speed":
        speed(asked.count, asked.rounds, asked.connections)
        return 0
    if why := unable():
        print(f"THE MACHINES CANNOT BE TESTED HERE: {why}", file=sys.stderr)
        return 2
    return faults([int(each) for each in asked.machines.split(",")], asked.readers)


if __name__ == "__main__":
    sys.exit(main())
