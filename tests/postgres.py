"""A real PostgreSQL for tests: the system's own server, started once in a run, with a database for each test.

It keeps its commits as a server in use does (fsync on). A small watcher stops it when the run has ended,
however that ended. Where the machine has no server, tests that ask for one are skipped and say so.
"""

import fcntl
import getpass
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg
import pytest

from briefpub.store.database import open_database

USER = "postgres"
TEMPLATE = "briefpub_template"
# Who logs in as `guarded` is asked for a password; everybody else on this machine is let in.
ACCESS = "host all guarded 127.0.0.1/32 scram-sha-256\n"
OPTIONS = "-c max_connections=60 -c shared_buffers=32MB -c log_min_messages=fatal"
WATCH = """
while kill -0 {watched} 2>/dev/null; do sleep 1; done
{stop} >/dev/null 2>&1
rm -rf {folder}
"""


def programs() -> Path | None:
    """Give the folder of the newest server's programs, or None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if found:
        return found[-1]
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server of its own in `folder`."""

    folder: Path
    port: int

    @classmethod
    def made(cls, folder: Path) -> "Server":
        """Make a server's files in a new folder under a short path that its user may enter."""
        server = cls(folder=folder, port=_free_port())
        folder.chmod(0o755)
        (folder / "own").mkdir()
        if os.geteuid() == 0:
            shutil.chown(folder / "own", _user())
        server._run("initdb", "--username", USER, "--auth", "trust", "--encoding", "UTF8", "--no-locale")
        access = server.data / "pg_hba.conf"
        access.write_text(ACCESS + access.read_text())
        return server

    @property
    def data(self) -> Path:
        return self.folder / "own" / "data"

    def url(self, database: str, *, user: str = USER, password: str = "") -> str:
        """Give the address of one of its databases, by TCP."""
        who = f"{user}:{password}" if password else user
        return f"postgresql://{who}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it and wait until it answers; also after `kill`, when it first mends itself."""
        options = f"{OPTIONS} -p {self.port} -c listen_addresses=127.0.0.1 -k {self.folder / 'own'}"
        for _ in range(50):
            done = self._run(
                "pg_ctl", "-w", "-l", str(self.folder / "own" / "log"), "-o", options, "start", check=False
            )
            if done.returncode == 0:
                return
            time.sleep(0.1)  # a killed server's children may still hold its memory
        raise RuntimeError(f"PostgreSQL does not start: {done.stdout}")

    def stop(self, *, immediate: bool = False) -> None:
        """Stop it tidily, or at once with every connection cut, as when it crashes."""
        self._run("pg_ctl", "-w", "-m", "immediate" if immediate else "fast", "stop", check=False)

    def kill(self) -> None:
        """Kill the server's first process with SIGKILL; its children see it and end."""
        with suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int((self.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def execute(self, words: str, *, database: str = "postgres") -> None:
        """Execute one statement outside of any transaction."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(words.encode())

    @contextmanager
    def database(self) -> Iterator[str]:
        """Give the address of a new database with this version's tables, and drop it in the end."""
        name = f"test_{secrets.token_hex(8)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        try:
            yield self.url(name)
        finally:
            with suppress(psycopg.OperationalError):  # a test may have stopped the server
                self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def empty_database(self) -> Iterator[str]:
        """Give the address of a new database without tables, and drop it in the end."""
        name = f"test_{secrets.token_hex(8)}"
        self.execute(f"CREATE DATABASE {name}")
        try:
            yield self.url(name)
        finally:
            with suppress(psycopg.OperationalError):
                self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def prepare(self) -> None:
        """Make the database that the tests' databases are copied from."""
        self.execute(f"CREATE DATABASE {TEMPLATE}")
        open_database(self.url(TEMPLATE)).close()

    def words(self, program: str, *arguments: str) -> list[str]:
        """Give the command line of one of the server's programs, as the user it may run as."""
        folder = programs()
        assert folder is not None
        words = [str(folder / program), "-D", str(self.data), *arguments]
        if os.geteuid() != 0:
            return words
        return ["setpriv", f"--reuid={_user()}", f"--regid={_user_group()}", "--clear-groups", *words]

    def _run(self, program: str, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        # Files, not pipes: the server inherits them and would keep a pipe open for ever.
        with tempfile.TemporaryFile("w+") as said:
            done = subprocess.run(
                self.words(program, *arguments),
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                cwd="/",
                text=True,
            )
            said.seek(0)
            done.stdout = said.read()
        if check and done.returncode:
            raise RuntimeError(f"{program}: {done.stdout}")
        return done


@contextmanager
def postgres_url() -> Iterator[str]:
    """Give the address of a database with this version's tables, for one test; skip without a server."""
    with shared_server().database() as url:
        yield url


@contextmanager
def own_server() -> Iterator[Server]:
    """Give a running server for one test to stop and kill; skip where there is none."""
    skip_without()
    folder = Path(tempfile.mkdtemp(prefix="briefpub-pg-"))
    server = Server.made(folder)
    try:
        server.start()
        server.prepare()
        yield server
    finally:
        server.stop(immediate=True)
        shutil.rmtree(folder, ignore_errors=True)


@cache
def shared_server() -> Server:
    """Give the run's server, started by whichever worker first asks; skip where there is none."""
    skip_without()
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"{os.getpid()}")
    watched = os.getppid() if "PYTEST_XDIST_TESTRUNUID" in os.environ else os.getpid()
    folder = Path(tempfile.gettempdir()) / f"briefpub-pg-{run}"
    with (Path(tempfile.gettempdir()) / f"briefpub-pg-{run}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ready = folder / "port"
        if ready.exists():
            return Server(folder=folder, port=int(ready.read_text()))
        folder.mkdir()
        server = Server.made(folder)
        _watch(server, watched, lock.name)
        server.start()
        server.prepare()
        ready.write_text(str(server.port))
    return server


def skip_without() -> None:
    """Skip the test where no PostgreSQL server is installed."""
    if sys.platform == "win32" or programs() is None:
        pytest.skip("no PostgreSQL server on this machine (on Debian: apt-get install postgresql)")


def _watch(server: Server, watched: int, lock: str) -> None:
    stop = " ".join(server.words("pg_ctl", "-m", "immediate", "stop"))
    words = WATCH.format(watched=watched, stop=stop, folder=f"{server.folder} {lock}")
    subprocess.run(
        ["/bin/sh", "-c", f"({words}) &"],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _user() -> str:
    """Give whom the server runs as: itself refuses to run as root."""
    if os.geteuid() != 0:
        return getpass.getuser()
    users = Path("/etc/passwd").read_text().splitlines()
    return USER if any(line.startswith(f"{USER}:") for line in users) else "nobody"


def _user_group() -> str:
    import grp
    import pwd

    return grp.getgrgid(pwd.getpwnam(_user()).pw_gid).gr_name


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
