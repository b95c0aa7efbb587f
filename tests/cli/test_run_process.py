"""run as a real process: what a supervisor hears and reads, SIGTERM and SIGKILL in the middle of a build."""

import datetime as dt
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from builders import subscribers
from postgres import postgres_url
from prometheus_client.parser import text_string_to_metric_families
from sink import Sink

from briefpub.bootstrap import Newsroom, open_newsroom
from briefpub.bootstrap.watching import heartbeats_of
from briefpub.cli.context import moment
from briefpub.cli.doctor import examine
from briefpub.domain.recurrence import Cron
from briefpub.domain.schedule import Run, RunState, Schedule

MINUTE = dt.timedelta(minutes=1)


@contextmanager
def running(root: Path, *words: str, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """Give `briefpub run` as a process, its log in the publication's folder; it is gone in the end."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BRIEFPUB_")}
    command = [sys.executable, "-m", "briefpub", "-C", str(root), "run", *words]
    with (root / "log").open("a") as log:
        process = subprocess.Popen(command, stderr=log, text=True, env={**kept, **environment})
        try:
            yield process
        finally:
            process.kill()
            process.wait(20)


def log_of(root: Path) -> str:
    return (root / "log").read_text()


def until(what: Callable[[], Any], *, within: float = 60) -> Any:
    """Give what a look finds, as soon as it finds something."""
    ends = time.monotonic() + within
    while time.monotonic() < ends:
        if found := what():
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {within} s")


def place_in(root: Path, event: str) -> str:
    """Give the address that a line of the log tells, once it is there."""
    found = until(lambda: re.search(rf"event='{event}' at=(\S+)", log_of(root)))
    return str(found[1])


def get(address: str) -> tuple[int, str]:
    host, _, path = address.removeprefix("http://").partition("/")
    connection = HTTPConnection(host, timeout=20)
    connection.request("GET", f"/{path}")
    answer = connection.getresponse()
    found = answer.status, answer.read().decode()
    connection.close()
    return found


def children_of(process: int) -> list[int]:
    """Give a process's children and theirs."""
    told = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    by_parent: dict[int, list[int]] = {}
    for line in told.splitlines():
        child, parent = map(int, line.split())
        by_parent.setdefault(parent, []).append(child)
    found, ahead = list[int](), [process]
    while ahead:
        more = by_parent.get(ahead.pop(), [])
        found += more
        ahead += more
    return found


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def scheduled(publication: Path) -> Newsroom:
    """Give a publication of two readers with a schedule whose one run came three minutes ago."""
    newsroom = open_newsroom(str(publication))
    a_schedule(newsroom)
    return newsroom


def a_schedule(newsroom: Newsroom) -> None:
    newsroom.audience.subscribe("weekly", subscribers(2), consent="in a test", now=moment())
    at = moment() - 3 * MINUTE
    rule = Cron(line=f"{at.minute} {at.hour} * * *")
    newsroom.schedules.add(
        Schedule(name="daily", list="weekly", rule=rule, timezone="UTC", since=at - MINUTE)
    )


def the_run(newsroom: Newsroom) -> Run | None:
    return next(iter(newsroom.runs.of(schedule="daily")), None)


def a_build(newsroom: Newsroom, process: "subprocess.Popen[str]") -> list[int]:
    """Wait until an issue is being built, and give the processes that do so."""
    run = the_run(newsroom)
    # The server of forks, its tracker, and at least one child that renders.
    workers = children_of(process.pid)
    return workers if run and run.issue and len(workers) >= 3 else []


@contextmanager
def halted(workers: list[int]) -> Iterator[None]:
    """Let a build take as long as the block does."""
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    try:
        yield
    finally:
        for worker in workers:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGCONT)


def sent(root: Path) -> int:
    box = root / "outbox" / "weekly" / "001" / "maildir" / "new"
    return len(list(box.iterdir())) if box.is_dir() else 0


def left(root: Path) -> list[str]:
    """Name what a writer left half-written."""
    return [str(path) for path in (root / "outbox").rglob("*") if ".partial" in path.name]


def test_a_supervisor_hears_that_it_is_ready_reads_the_figures_and_ends_it(publication: Path) -> None:
    address = f"@briefpub-{os.getpid()}-{publication.parent.name}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(f"\0{address[1:]}")
        heard.settimeout(60)
        with running(publication, "--metrics", "0", NOTIFY_SOCKET=address) as process:
            said = until(lambda: (word := heard.recv(4096).decode()).startswith("READY=1") and word)
            assert said.startswith("READY=1\nSTATUS=Waiting.")
            (seen,) = heartbeats_of(open_newsroom(str(publication))).all()
            assert seen.who.endswith(f"process {process.pid}")
            figures = place_in(publication, "serving the figures")
            assert figures.startswith("http://127.0.0.1:")
            status, text = get(figures)
            assert status == 200
            names = {family.name for family in text_string_to_metric_families(text)}
            assert {"briefpub_mailings", "briefpub_heartbeat_age_seconds", "process_cpu_seconds"} <= names
            assert get(figures.replace("/metrics", "/healthz")) == (200, "ok\n")
            process.send_signal(signal.SIGTERM)
            assert process.wait(40) == 0
        assert heard.recv(4096) == b"STOPPING=1"
    assert heartbeats_of(open_newsroom(str(publication))).all() == ()
    assert log_of(publication).splitlines()[-1].endswith("event=stopped")


@pytest.mark.slow
def test_a_run_is_composed_built_and_sent_without_anybody(scheduled: Newsroom) -> None:
    root = scheduled.root
    with running(root) as process:
        until(lambda: (run := the_run(scheduled)) and run.state is RunState.DONE, within=120)
        process.send_signal(signal.SIGTERM)
        assert process.wait(40) == 0
    assert sent(root) == 2
    told = re.findall(r"level=info part=(\w+) event=('[^']*'|\S+)", log_of(root))
    story = " / ".join(event for _, event in told)
    order = [
        "is frozen for daily",
        "goes to its subscribers",
        "done",
        "is done: weekly/001 was sent",
        "stopped",
    ]
    at = [story.index(each) for each in order]
    assert at == sorted(at), story
    assert "@" not in story


@pytest.mark.slow
def test_sigterm_gives_a_build_up_and_the_next_start_takes_it_up(scheduled: Newsroom) -> None:
    root = scheduled.root
    with running(root) as process:
        workers = until(lambda: a_build(scheduled, process))
        with halted(workers):
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
    assert "given up" in log_of(root)
    until(lambda: not any(map(alive, workers)), within=10)
    assert (sent(root), left(root)) == (0, [])
    assert heartbeats_of(scheduled).all() == ()
    with running(root):
        until(lambda: sent(root) == 2, within=120)
    assert [record.key for record in scheduled.issues.of()] == ["weekly/001"]


@pytest.mark.slow
def test_a_second_signal_ends_it_at_once_whatever_is_under_way(scheduled: Newsroom) -> None:
    root = scheduled.root
    with running(root) as process:
        workers = until(lambda: a_build(scheduled, process))
        with halted(workers):
            process.send_signal(signal.SIGINT)
            until(lambda: "event=stopped" in log_of(root))
            process.send_signal(signal.SIGINT)
            assert process.wait(4) == 130  # less than it would wait for the build
    until(lambda: not any(map(alive, workers)), within=10)
    assert (sent(root), left(root)) == (0, [])


@pytest.mark.slow
def test_sigkill_in_a_build_leaves_nobody_behind_and_the_doctor_sees_it(scheduled: Newsroom) -> None:
    root = scheduled.root
    with running(root) as process:
        workers = until(lambda: a_build(scheduled, process))
        with halted(workers):
            process.kill()
            process.wait(20)
    until(lambda: not any(map(alive, workers)), within=10)
    assert sent(root) == 0
    found = {result.name: result for result in examine(scheduled, now=moment() + 3 * MINUTE)}
    assert not found["scheduler"].well
    assert "last seen" in found["scheduler"].told
    with running(root) as process:
        until(lambda: sent(root) == 2, within=120)
        (seen,) = heartbeats_of(scheduled).all()
        assert seen.who.endswith(f"process {process.pid}")
    assert left(root) == []
    assert [record.key for record in scheduled.issues.of()] == ["weekly/001"]


@pytest.mark.slow
def test_once_does_a_round_of_the_schedules_and_then_sends(scheduled: Newsroom, run) -> None:
    ran = run("run", "--once", "--json")
    assert ran.code == 0, ran.err
    assert sent(scheduled.root) == 2
    assert "is frozen for daily" in ran.err
    assert '"issue": "weekly/001"' in ran.out
    assert heartbeats_of(scheduled).all() == ()


@pytest.mark.slow
def test_pages_and_figures_are_served_by_the_same_process_on_two_sockets(publication: Path) -> None:
    settings = publication / "briefpub.toml"
    settings.write_text(f'letterbox = "https://l.example/club"\n{settings.read_text()}')
    with running(publication, "--web", "--port", "0", "--metrics", "0") as process:
        pages, figures = (
            place_in(publication, "serving the pages"),
            place_in(publication, "serving the figures"),
        )
        status, text = get(f"{pages}/subscribe/weekly")
        assert status == 200
        assert "The Slow Review" in text
        assert get(f"{pages}/metrics")[0] == 404
        assert get(figures)[0] == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(40) == 0


@pytest.mark.slow
def test_on_a_server_several_run_at_once_and_an_issue_goes_out_once(publication: Path) -> None:
    with postgres_url() as url:
        environment = {
            "BRIEFPUB_DATABASE": url,
            "BRIEFPUB_ENGINE": "distributed",
            "BRIEFPUB_OUTBOX": "database",
            "BRIEFPUB_SECRET": "s" * 40,
        }
        with Sink() as sink, pytest.MonkeyPatch.context() as patch:
            environment["BRIEFPUB_TRANSPORT"] = f"smtp://localhost:{sink.port}?tls=off"
            for name, value in environment.items():
                patch.setenv(name, value)
            newsroom = open_newsroom(str(publication))
            a_schedule(newsroom)
            with (
                running(publication, **environment) as one,
                running(publication, **environment) as other,
            ):
                until(lambda: len(heartbeats_of(newsroom).all()) == 2)
                until(lambda: len(sink.received) == 2, within=120)
                one.send_signal(signal.SIGTERM)
                other.send_signal(signal.SIGTERM)
                assert (one.wait(40), other.wait(40)) == (0, 0)
            assert heartbeats_of(newsroom).all() == ()
            assert [record.key for record in newsroom.issues.of()] == ["weekly/001"]
            assert len(sink.received) == 2
            newsroom.database.close()
    assert log_of(publication).count("weekly/001 goes to its subscribers") == 1
    assert "Traceback" not in log_of(publication)
