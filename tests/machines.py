"""Several machines at one mailing, for tests: workers in namespaces, one database, one sink, one judge.

Each machine is a real `briefpub worker` with a clock of its own, wrong by up to 90 seconds. PostgreSQL and the
sink stand in the hub; the judge reads the ledger through the server's own socket and the sink's book from its
file, so that no cut of a cable stands in its way.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from judging import Judgement, Row, judge
from lan import HUB, NETWORK, Lan, a_lan
from postgres import OPTIONS, USER, Server
from postroom import frozen
from sink import Receipt, receipts
from sink_script import Script, json_of

from briefpub.bootstrap import Newsroom
from briefpub.cli.context import moment
from briefpub.domain.delivery import DeliveryState, Mailing

HERE = Path(__file__).parent
SKEWS = (0.0, 90.0, -90.0, 45.0)
OPEN = (DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.HANDED)
PATIENCE = 180.0
ISSUE = "weekly/001"
SETTINGS = """\
name = "The Weekly"
database = "postgresql://{user}@{hub}:{port}/{name}"
engine = "distributed"
outbox = "database"
transport = "smtp://{hub}:{sink}?tls=off"
secret_file = "secret"
log = "info"

[sending]
connections = {connections}
{rate}

[lists.weekly]
name = "The Weekly"
sender = "The Weekly <weekly@example.org>"
"""


@dataclass(frozen=True)
class HubServer(Server):
    """A PostgreSQL server in the hub's namespace, reached by its socket from here and by TCP from the hosts."""

    inside: tuple[str, ...] = ()

    def url(self, database: str, *, user: str = USER, password: str = "") -> str:
        return f"postgresql://{user}@/{database}?host={self.folder / 'own'}&port={self.port}"

    def start(self) -> None:
        options = f"{OPTIONS} -p {self.port} -c listen_addresses={HUB},127.0.0.1 -k {self.folder / 'own'}"
        log = str(self.folder / "own" / "log")
        self._run("pg_ctl", "-w", "-l", log, "-o", options, "start")

    def words(self, program: str, *arguments: str) -> list[str]:
        return [*self.inside, *super().words(program, *arguments)]


@contextlib.contextmanager
def hub_server(lan: Lan) -> Iterator[HubServer]:
    """Run a server in the hub, for the hosts of this network."""
    with tempfile.TemporaryDirectory(prefix="briefpub-hub-", ignore_cleanup_errors=True) as folder:
        made = HubServer.made(Path(folder))
        server = HubServer(folder=made.folder, port=made.port, inside=tuple(lan.hub))
        access = server.data / "pg_hba.conf"
        access.write_text(f"host all all {NETWORK}.0/24 trust\n{access.read_text()}")
        try:
            server.start()
            server.prepare()
            yield server
        finally:
            server.stop(immediate=True)


@dataclass(slots=True, kw_only=True)
class Yard:
    """A mailing that several machines are to send, and what was done to them."""

    lan: Lan
    root: Path
    newsroom: Newsroom
    log: Path
    group: int
    lease: tuple[float, float]
    threads: int
    recipients: tuple[str, ...]
    disturbed: int = 0
    began: float = field(default_factory=time.monotonic)
    story: list[str] = field(default_factory=list)
    workers: dict[int, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def on_their_way(self) -> int:
        """Give how many messages of one machine may be granted and not yet have arrived: ten a task wait."""
        return self.group + 10 * self.threads

    def start(self, number: int) -> None:
        """Start a machine's worker, or start it again."""
        lease, handed = self.lease
        words = [sys.executable, str(HERE / "machine_process.py"), str(lease), str(handed)]
        words += ["--skew", str(SKEWS[number % len(SKEWS)])]
        words += ["-C", str(self.root), "worker", "--threads", str(self.threads), "--name", f"host {number}"]
        with (self.root / f"worker-{number}.log").open("ab") as told:
            self.workers[number] = subprocess.Popen(
                [*self.lan.host(number), *words], stderr=told, stdout=told, stdin=subprocess.DEVNULL
            )

    def kill(self, number: int) -> None:
        """Kill a worker at once; as many messages as it had before their dot may be in doubt."""
        self.workers[number].kill()
        assert self.workers[number].wait() == -signal.SIGKILL, self.told(number)
        self.disturbed += 1
        self._note(f"host {number} killed")

    def cut(self, number: int) -> None:
        """Pull a machine's cable."""
        self.lan.cut(number)
        self.disturbed += 1
        self._note(f"host {number} cut off")

    def mend(self, number: int) -> None:
        """Plug it in again."""
        self.lan.mend(number)
        self._note(f"host {number} back")

    def _note(self, what: str) -> None:
        self.story.append(f"{time.monotonic() - self.began:.1f} s: {what}, {len(self.taken())} taken")

    def told(self, number: int) -> str:
        """Give the end of what a worker logged."""
        return (self.root / f"worker-{number}.log").read_text()[-2000:]

    def taken(self) -> list[Receipt]:
        """Give what the sink took."""
        return receipts(self.log)

    def mailing(self) -> Mailing:
        """Give the mailing as the ledger has it."""
        found = self.newsroom.ledger.mailing(ISSUE)
        assert found is not None
        return found

    def until(self, said: Callable[[], bool], what: str, *, patience: float = PATIENCE) -> None:
        """Wait until something is so; a worker that ended by itself is an error."""
        end = time.monotonic() + patience
        while not said():
            for number, process in self.workers.items():
                assert process.poll() is None, f"worker {number} ended: {self.told(number)}"
            logs = "\n".join(self.told(number) for number in self.workers)
            assert time.monotonic() < end, f"waited in vain until {what}; {self.mailing()}\n{logs}"
            time.sleep(0.05)

    def until_taken(self, part: float) -> None:
        """Wait until the sink took such a part of all messages."""
        self.until(lambda: len(self.taken()) >= part * len(self.recipients), f"{part:.0%} were taken")

    def until_settled(self) -> None:
        """Wait until nothing is left to send and every lease was settled: by workers, by nobody else."""
        self.until(lambda: not self.mailing().counts[DeliveryState.QUEUED], "nothing is queued")
        self._note("nothing is queued")
        self.until(lambda: not any(self.mailing().counts[each] for each in OPEN), "all is settled")
        self._note("all is settled")

    def stop(self) -> list[int]:
        """Let every worker drain, and give their exit codes."""
        for process in self.workers.values():
            process.terminate()
        return [process.wait(40) for process in self.workers.values()]

    def judged(self) -> Judgement:
        """Judge what was done to everybody."""
        mailing = self.mailing()
        rows = [
            Row(recipient=one.recipient, state=one.state, message_id=one.message_id)
            for one in self.newsroom.ledger.deliveries(mailing.id)
        ]
        return judge(
            recipients=self.recipients,
            rows=rows,
            receipts=[(one.recipient, one.message_id) for one in self.taken()],
            counts=mailing.counts,
            doubts=self.disturbed * self.group,
        )


@contextlib.contextmanager
def a_yard(
    machines: int,
    *,
    readers: int,
    rate: str = "",
    lease: float = 12.0,
    handed: float = 16.0,
    connections: int = 4,
    threads: int = 2,
    script: Script | None = None,
) -> Iterator[Yard]:
    """Set everything up; no worker works yet, and all is taken away in the end."""
    with contextlib.ExitStack() as stack:
        lan = stack.enter_context(a_lan())
        for number in range(machines):
            lan.add(number)
        server = stack.enter_context(hub_server(lan))
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="briefpub-yard-")))
        log = root / "sink.log"
        port = stack.enter_context(_a_sink(lan, log, script or Script(slow=0.001)))
        url = stack.enter_context(server.database())
        (root / "secret").write_text("s" * 64)
        settings = SETTINGS.format(
            user=USER,
            hub=HUB,
            port=server.port,
            name=url.partition("@/")[2].partition("?")[0],
            sink=port,
            connections=connections,
            rate=f'rate = "{rate}"' if rate else "",
        )
        (root / "briefpub.toml").write_text(settings)
        with _environment(BRIEFPUB_DATABASE=url):
            newsroom = frozen(root, readers=readers)
        stack.callback(newsroom.close)
        newsroom.ledger.queue(ISSUE, now=moment())
        people = tuple(f"reader{number:04d}@example.org" for number in range(readers))
        yard = Yard(
            lan=lan,
            root=root,
            newsroom=newsroom,
            log=log,
            group=connections * threads,
            lease=(lease, handed),
            threads=threads,
            recipients=people,
        )
        stack.callback(_end, yard)
        yield yard


def disturb(yard: Yard, machines: int, *, cut: float = 30.0) -> None:
    """Let machines send, pull the first one's cable for so long, kill the last one; wait until all is settled."""
    for number in range(machines):
        yard.start(number)
    yard.until_taken(0.1)
    yard.cut(0)
    mended = time.monotonic() + cut
    if machines > 1:
        yard.until_taken(0.2)
        yard.kill(machines - 1)
        time.sleep(1)
        yard.start(machines - 1)  # as systemd would
    yard.until(lambda: time.monotonic() >= mended, "the cable is mended")
    yard.mend(0)
    if machines == 1:
        yard.until_taken(0.5)
        yard.kill(0)
        time.sleep(1)
        yard.start(0)
    yard.until_settled()


def fullest(moments: Sequence[float], window: float) -> int:
    """Give the most moments that lie within any window of so many seconds."""
    most = first = 0
    for last, at in enumerate(ordered := sorted(moments)):
        while ordered[first] <= at - window:
            first += 1
        most = max(most, last - first + 1)
    return most


@contextlib.contextmanager
def _a_sink(lan: Lan, log: Path, script: Script) -> Iterator[int]:
    words = [*lan.hub, sys.executable, str(HERE / "sink.py"), "--host", HUB, "--log", str(log)]
    with subprocess.Popen([*words, "--script", json_of(script)], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.terminate()
            process.communicate()  # what it tells in the end


@contextlib.contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _end(yard: Yard) -> None:
    for process in yard.workers.values():
        if process.poll() is None:
            process.kill()
            process.wait()
