"""run: how it goes on until it is stopped, alone and beside others."""

import datetime as dt
import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from mailbox import Maildir
from pathlib import Path
from typing import Any

import pytest
from postgres import own_server, postgres_url
from postroom import frozen
from scripted_send import FakeSend, a_mailing, sent

from briefpub.bootstrap import open_newsroom
from briefpub.cli.context import moment
from briefpub.cli.draining import Drain
from briefpub.cli.watch import Watch
from briefpub.domain.delivery import MailingState
from briefpub.domain.errors import ConfigError, Locked, StoreError
from briefpub.kit import logs
from briefpub.store.database import Database, open_database
from briefpub.store.lock import alone, watching
from briefpub.workflows.send import Sent

NOW = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


def ours() -> None:
    """Say that no other process keeps watch."""


class Counting(Drain):
    """A drain that waits for nothing, and is asked after so many waits."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most
        self.waits: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        if len(self.waits) == self.most:
            self.ask()


@dataclass
class Clerk:
    """A Watch over a scripted sender, for as many rounds as there are answers, or `rounds` of them."""

    answers: list[Any]
    level: str = "info"
    rounds: int = 0
    alone: Callable[[], AbstractContextManager[None]] = nullcontext
    still_ours: Callable[[], None] = ours
    waits: list[float] = field(default_factory=list)

    def keep(self) -> str:
        drain, text = Counting(self.rounds or len(self.answers)), io.StringIO()
        self.waits = drain.waits
        logs.set_up(level=self.level, stream=text)
        self.send = FakeSend(iter(self.answers), alone=self.alone)
        Watch(
            send=self.send,  # type: ignore[arg-type]
            still_ours=self.still_ours,
            drain=drain,
            now=lambda: NOW,
            log=logs.logger("send"),
        ).keep()
        return text.getvalue()


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    yield
    logs.set_up(level="warning")


def test_it_wakes_for_the_next_delivery_and_every_five_seconds_at_least() -> None:
    going = a_mailing(MailingState.SENDING, queued=1)
    paused = a_mailing(MailingState.PAUSED, queued=1)
    clerk = Clerk(
        [
            (),
            (sent(going, waits_until=NOW + 2 * SECOND), sent(going, waits_until=NOW + 9 * SECOND)),
            (sent(going, waits_until=NOW - SECOND),),
            (sent(paused, waits_until=NOW + SECOND),),
            (sent(going, waits_until=NOW + SECOND / 1000),),
        ]
    )
    clerk.keep()
    assert clerk.waits == [5, 2, 5, 5, 0.05]


def test_the_log_says_what_is_new_and_nothing_twice() -> None:
    stuck = sent(a_mailing(MailingState.SENDING, queued=3), done=0, trouble="no such host", hint="look")
    paused = sent(a_mailing(MailingState.PAUSED, "by hand", queued=3), done=0)
    told = Clerk([(sent(a_mailing(accepted=3), done=3),), (stuck,), (stuck,), (paused,), (paused,)]).keep()
    events = [line.partition(" event=")[2] for line in told.splitlines()]
    assert [event.partition(" ")[0] for event in events] == [
        "'watching",
        "done",
        "'held",
        "paused",
        "stopped",
    ]
    assert "accepted=3 ended_now=3 issue=weekly/001" in events[1]
    assert "mend=look queued=3 why='no such host'" in events[2]
    assert "reason='by hand'" in events[3]
    assert all("part=send" in line for line in told.splitlines())


def test_a_fault_that_may_pass_is_tried_again_ever_later() -> None:
    full = StoreError("the disk is full", hint="make room")
    clerk = Clerk([full] * 8 + [(), full])
    told = clerk.keep()
    assert clerk.waits == [5, 10, 20, 40, 80, 160, 300, 300, 5, 5]
    assert "the disk is full" in told
    assert "mend='make room'" in told


def test_a_fault_that_will_not_pass_ends_it() -> None:
    with pytest.raises(ConfigError):
        Clerk([ConfigError("no such list")]).keep()


def test_it_says_every_ten_seconds_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter([0.0, 4.0, 11.0, 11.0, 12.0])
    monkeypatch.setattr("briefpub.cli.watch.time.monotonic", lambda: next(ticks))
    text = io.StringIO()
    logs.set_up(level="info", stream=text)

    class Telling(FakeSend):
        def __call__(self, *, now: Any, progress: Any, stop: Any) -> tuple[Sent, ...]:
            for done in (1, 2, 3):
                progress("deliver", done, 9)
            return ()

    Watch(
        send=Telling(iter([])),  # type: ignore[arg-type]
        still_ours=ours,
        drain=Counting(1),
        now=lambda: NOW,
        log=logs.logger("send"),
    ).keep()
    assert [line.partition("event=")[2] for line in text.getvalue().splitlines()] == [
        "'watching for mailings'",
        "deliver done=2 of=9",
        "stopped",
    ]


# --- beside others ---------------------------------------------------------------------------


@contextmanager
def taken() -> Iterator[None]:
    raise Locked("another briefpub process is sending this publication (process 7 on paper)")
    yield


def test_while_another_sends_it_looks_again_each_second_and_says_so_to_who_looks_for_it() -> None:
    clerk = Clerk([()], rounds=3, alone=taken)
    assert "waiting" not in clerk.keep()
    assert (clerk.waits, clerk.send.calls) == ([1, 1, 1], 0)
    assert Clerk([()], rounds=3, alone=taken, level="debug").keep().count("process 7 on paper") == 3


def test_a_wait_that_takes_minutes_is_told_to_everybody() -> None:
    assert Clerk([()], rounds=130, alone=taken, level="warning").keep().count("waiting for another") == 2


def test_when_another_keeps_watch_by_now_it_ends() -> None:
    def theirs() -> None:
        raise Locked("another `briefpub run` is on for this publication")

    with pytest.raises(Locked):
        Clerk([()], still_ours=theirs).keep()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Give a publication's database."""
    with ExitStack() as stack:
        served = request.param == "postgresql"
        url = stack.enter_context(postgres_url()) if served else str(tmp_path / "briefpub.db")
        yield stack.enter_context(closing(open_database(url)))


def test_between_two_rounds_the_publication_is_free(database: Database) -> None:
    free: list[bool] = []

    class Looking(Counting):
        def wait(self, seconds: float) -> None:
            with alone(database):
                free.append(True)
            super().wait(seconds)

    def held() -> tuple[Sent, ...]:
        with pytest.raises(Locked), alone(database):
            raise AssertionError
        return ()

    with watching(database) as still_ours:
        Watch(
            send=FakeSend(iter([held, held]), alone=partial(alone, database)),  # type: ignore[arg-type]
            still_ours=still_ours,
            drain=Looking(2),
            now=lambda: NOW,
            log=logs.logger("send"),
        ).keep()
    assert free == [True, True]


def test_a_second_one_is_kept_out(publication: Path, run):
    with watching(open_newsroom(str(publication)).database):
        ran = run("run")
        once = run("run", "--once")
    assert (ran.code, once.code) == (5, 0)
    assert f"another `briefpub run` is on for this publication (process {os.getpid()} on" in ran.err


def test_publishing_works_while_one_waits_for_mailings(subscribed: Path, run):
    newsroom = open_newsroom(str(subscribed))
    idle = threading.Event()

    def keep() -> None:
        send = newsroom.send()
        with watching(newsroom.database) as still_ours:
            Watch(send=send, still_ours=still_ours, drain=drain, now=moment, log=logs.logger("send")).keep()

    class Told(Drain):
        def wait(self, seconds: float) -> None:
            idle.set()
            super().wait(max(seconds, 600))

    drain = Told()
    thread = threading.Thread(target=keep)
    thread.start()
    try:
        assert idle.wait(60)
        ran = run("publish", "weekly", "--yes", "--expect", 2, "--jobs", 1)
    finally:
        drain.ask()
        thread.join()
    assert ran.code == 0, ran.err
    assert len(Maildir(subscribed / "outbox" / "weekly" / "001" / "maildir")) == 2


def test_a_server_that_was_restarted_is_watched_again_and_nobody_else_gets_in() -> None:
    with own_server() as server, server.database() as url:
        mine = open_database(url)

        def restarted() -> tuple[Sent, ...]:
            server.stop(immediate=True)
            server.start()
            raise StoreError("the database server went away")

        def guarded() -> tuple[Sent, ...]:
            theirs = open_database(url)
            for lock in (watching, alone):
                with pytest.raises(Locked), lock(theirs):
                    raise AssertionError
            theirs.close()
            return ()

        with watching(mine) as still_ours:
            clerk = Clerk([restarted, guarded], alone=partial(alone, mine), still_ours=still_ours)
            told = clerk.keep()
        assert (clerk.waits, clerk.send.calls) == ([5, 5], 2)
        assert told.count("level=error") == 1
        mine.close()


@pytest.mark.slow
def test_a_run_delivers_as_issues_come_and_ends_tidily_on_sigterm(publication: Path, run):
    environment = {**os.environ, "BRIEFPUB_TRANSPORT": "maildir"}
    frozen(publication, readers=2)
    words = [sys.executable, "-m", "briefpub", "-C", str(publication), "run"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=environment) as process:
        box = publication / "outbox" / "weekly" / "001" / "maildir" / "new"
        for _ in range(300):
            if box.is_dir() and len(list(box.iterdir())) == 2:
                break
            time.sleep(0.1)
        assert run("run").code == 5
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 0, told
    assert "accepted=2" in told
    assert told.splitlines()[-1].endswith("event=stopped")
