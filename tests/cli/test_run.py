"""run: what it does once, what it says, how it ends; and how it goes on until it is stopped."""

import datetime as dt
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from mailbox import Maildir
from pathlib import Path
from typing import Any

import pytest
from postroom import frozen, mailed
from sink import Sink
from sink_script import STALL, Fault, Script, Step

from briefpub.bootstrap import Newsroom, open_newsroom
from briefpub.cli import serving
from briefpub.cli.context import moment
from briefpub.cli.draining import Drain
from briefpub.domain.delivery import DeliveryState, Mailing, MailingState
from briefpub.domain.errors import ConfigError, Locked, StoreError
from briefpub.domain.replies import Outcome
from briefpub.kit import logs
from briefpub.workflows.send import Sent

NOW = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
ACCEPTED, FAILED, UNKNOWN = Outcome.ACCEPTED, Outcome.FAILED, Outcome.UNKNOWN


def a_mailing(state: MailingState = MailingState.DONE, reason: str = "", **counts: int) -> Mailing:
    return Mailing(
        id=1,
        list="weekly",
        issue="weekly/001",
        state=state,
        reason=reason,
        counts={DeliveryState(name): count for name, count in counts.items()},
    )


def sent(mailing: Mailing, *, done: int = 1, **more: Any) -> Sent:
    return Sent(mailing=mailing, done=done, **more)


@dataclass
class FakeSend:
    """Gives the answers one after another, then none; an exception is raised."""

    answers: Iterator[tuple[Sent, ...] | Exception | Callable[[], tuple[Sent, ...]]]
    alone: Callable[[], AbstractContextManager[None]] = nullcontext
    calls: int = 0

    def __call__(self, *, now: Any, progress: Any, stop: Callable[[], bool]) -> tuple[Sent, ...]:
        self.calls += 1
        answer = next(self.answers, ())
        if isinstance(answer, Exception):
            raise answer
        return answer() if callable(answer) else answer


@pytest.fixture
def once(publication: Path, run, monkeypatch: pytest.MonkeyPatch):
    """Give `run --once` over a scripted sender."""

    def _once(*answers: Any, words: tuple[str, ...] = (), **fields: Any):
        send = FakeSend(iter(answers), **fields)
        monkeypatch.setattr(Newsroom, "send", lambda _: send)
        return run("run", "--once", *words)

    return _once


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((), 0),
        ((sent(a_mailing(accepted=5)),), 0),
        ((sent(a_mailing(MailingState.SENDING, accepted=5, queued=2), waits_until=NOW),), 0),
        ((sent(a_mailing(accepted=5, failed=1)),), 3),
        ((sent(a_mailing(accepted=5, unknown=1)),), 3),
        ((sent(a_mailing(MailingState.PAUSED, "three logins failed", accepted=5, queued=1)),), 3),
        ((sent(a_mailing(MailingState.PAUSED, "by hand", accepted=5, queued=1), done=0),), 0),
        ((sent(a_mailing(MailingState.SENDING, queued=3), done=0, trouble="no such host"),), 75),
        ((sent(a_mailing(MailingState.SENDING, queued=3, failed=1), done=0, trouble="no such host"),), 75),
    ],
)
def test_the_exit_code_says_how_it_went(once, answer: tuple[Sent, ...], code: int):
    assert once(answer).code == code


def test_each_mailing_is_told_in_a_sentence(once):
    when = moment() + dt.timedelta(days=2)
    ran = once(
        (
            sent(
                a_mailing(MailingState.SENDING, accepted=143, queued=52, failed=3, unknown=2),
                waits_until=when,
            ),
            sent(a_mailing(MailingState.PAUSED, "12 of 20 were refused", accepted=8, failed=12, queued=80)),
            sent(a_mailing(MailingState.SENDING, queued=3), trouble="no such host", hint="look at transport"),
            sent(a_mailing(MailingState.SENDING, queued=4), waits_until=moment()),
        )
    )
    assert (
        f"sent 143 of 200, 52 deferred until {when.astimezone():%Y-%m-%d %H:%M}, 3 failed, 2 unknown."
        in ran.err
    )
    assert "sent 8 of 100, 80 left, 12 failed. It is paused: 12 of 20 were refused." in ran.err
    assert "sent 0 of 4, 4 left.\n" in ran.err
    assert "  no such host.\n  mend: look at transport" in ran.err
    assert ran.out == ""


def test_nothing_due_is_said(once):
    ran = once(())
    assert (ran.code, "Nothing is due." in ran.err) == (0, True)


def test_json_tells_the_same(once):
    ran = once((sent(a_mailing(accepted=2, failed=1), done=3, waits_until=None),), words=("--json",))
    (told,) = json.loads(ran.out)
    assert (told["issue"], told["state"], told["ended_now"]) == ("weekly/001", "done", 3)
    assert (told["accepted"], told["failed"], told["unknown"], told["next_due"]) == (2, 1, 0, None)


def test_another_process_at_it_is_exit_5(once):
    @contextmanager
    def held() -> Iterator[None]:
        raise Locked("another briefpub process is sending this publication")
        yield

    assert once((), alone=held).code == 5


def test_a_database_that_fails_is_exit_75(once):
    assert once(StoreError("the disk is full")).code == 75


def test_stopped_once_it_says_so(once):
    def stopped() -> tuple[Sent, ...]:
        signal.raise_signal(signal.SIGTERM)
        return (sent(a_mailing(MailingState.SENDING, accepted=1, queued=4)),)

    ran = once(stopped)
    assert (ran.code, "Stopped before the end." in ran.err) == (130, True)


def test_json_is_for_once(publication: Path, run):
    assert run("run", "--json").code == 2


# --- for as long as it is left running -------------------------------------------------------


@dataclass
class Clerk:
    """A Watch over a scripted sender, whose drain counts the waits and is asked after so many."""

    answers: list[Any]
    level: str = "info"
    waits: list[float] = field(default_factory=list)
    text: io.StringIO = field(default_factory=io.StringIO)

    def keep(self) -> str:
        drain, waits, most = Drain(), self.waits, len(self.answers)

        class Counting(Drain):
            def wait(self, seconds: float) -> None:
                waits.append(seconds)
                if len(waits) == most:
                    self.ask()

        drain = Counting()
        logs.set_up(level=self.level, stream=self.text)
        self.send = FakeSend(iter(self.answers))
        log = logs.logger("send")
        serving.Watch(send=self.send, drain=drain, now=lambda: NOW, log=log).keep()  # type: ignore[arg-type]
        return self.text.getvalue()


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
    monkeypatch.setattr("briefpub.cli.serving.time.monotonic", lambda: next(ticks))
    text = io.StringIO()
    logs.set_up(level="info", stream=text)

    def send(*, now: Any, progress: Any, stop: Any) -> tuple[Sent, ...]:
        for done in (1, 2, 3):
            progress("deliver", done, 9)
        drain.ask()
        return ()

    drain = Drain()
    log = logs.logger("send")
    serving.Watch(send=send, drain=drain, now=lambda: NOW, log=log).keep()  # type: ignore[arg-type]
    assert [line.partition("event=")[2] for line in text.getvalue().splitlines()] == [
        "'watching for mailings'",
        "deliver done=2 of=9",
        "stopped",
    ]


# --- with real parts -------------------------------------------------------------------------


def test_once_queues_what_was_frozen_and_delivers_it(publication: Path, run):
    frozen(publication, readers=3)
    ran = run("run", "--once")
    assert ran.code == 0, ran.err
    assert "weekly/001: sent 3 of 3." in ran.err
    assert len(Maildir(publication / "outbox" / "weekly" / "001" / "maildir")) == 3
    again = run("run", "--once")
    assert (again.code, "Nothing is due." in again.err) == (0, True)


def test_once_takes_up_what_a_crash_left(publication: Path, run, monkeypatch: pytest.MonkeyPatch):
    with Sink() as sink:
        monkeypatch.setenv("BRIEFPUB_TRANSPORT", f"smtp://127.0.0.1:{sink.port}?tls=off")
        mailing = mailed(publication, ACCEPTED, readers=4)
        newsroom = open_newsroom(None)
        at = moment()
        lease = at + dt.timedelta(minutes=20)
        batch = newsroom.ledger.claim(mailing.id, owner="dead", most=2, lease_until=lease, now=at)
        newsroom.ledger.record(owner="dead", handed=[batch[0].id], ended=[], lease_until=lease, now=at)
        ran = run("run", "--once")
    assert ran.code == 3, ran.err
    assert "weekly/001: sent 3 of 4, 1 unknown." in ran.err
    assert len(sink.received) == 2
    assert batch[0].subscriber.address not in sink.counts


def test_retried_deliveries_go_out_with_the_next_run(publication: Path, run, monkeypatch: pytest.MonkeyPatch):
    refuse = Fault(at=Step.RCPT, do="550 5.1.1 no such mailbox", times=1)
    with Sink(Script(faults=(refuse,))) as sink:
        monkeypatch.setenv("BRIEFPUB_TRANSPORT", f"smtp://127.0.0.1:{sink.port}?tls=off")
        frozen(publication, readers=2)
        assert run("run", "--once").code == 3
        assert run("outbox", "retry", "--yes", "--expect", 1).code == 0
        ran = run("run", "--once")
    assert ran.code == 0, ran.err
    assert sink.counts == {"reader0000@example.org": 1, "reader0001@example.org": 1}


def test_no_server_at_all_is_exit_75(publication: Path, run, monkeypatch: pytest.MonkeyPatch):
    with Sink() as sink:
        port = sink.port
    monkeypatch.setenv("BRIEFPUB_TRANSPORT", f"smtp://127.0.0.1:{port}?tls=off")
    frozen(publication, readers=2)
    ran = run("run", "--once")
    assert ran.code == 75, ran.err
    assert json.loads(run("outbox", "show", "--json").out)["queued"] == 2


@pytest.mark.parametrize(("order", "ends"), [("drain", (130, "sending")), ("pause", (3, "paused"))])
def test_stopped_on_the_way_nothing_is_left_in_doubt_and_the_rest_goes_later(
    publication: Path, run, monkeypatch: pytest.MonkeyPatch, order: str, ends: tuple[int, str]
):
    readers = 200
    mailing = mailed(publication, readers=readers)

    def stop() -> None:
        while len(sink.received) < 5:
            time.sleep(0.01)
        if order == "drain":
            os.kill(os.getpid(), signal.SIGTERM)
        else:
            open_newsroom(str(publication)).ledger.pause(mailing.id, reason="by hand", now=moment())

    with Sink(Script(rtt=0.01)) as sink:
        monkeypatch.setenv("BRIEFPUB_TRANSPORT", f"smtp://127.0.0.1:{sink.port}?tls=off")
        monkeypatch.setenv("BRIEFPUB_SENDING__CONNECTIONS", "2")
        thread = threading.Thread(target=stop)
        thread.start()
        ran = run("run", "--once")
        thread.join()
        assert ran.code == ends[0], ran.err
        told = json.loads(run("outbox", "show", "--json").out)
        assert told["state"] == ends[1]
        assert told["accepted"] == len(sink.received)
        assert told["queued"] == readers - len(sink.received) > 0
        resumed = run("outbox", "resume")
        assert f"{told['queued']} left of {readers}" in resumed.err
        again = run("run", "--once")
    assert again.code == 0, again.err
    assert set(sink.counts.values()) == {1}
    assert len(sink.counts) == readers


def test_a_second_signal_stops_at_once_and_the_next_run_says_what_is_in_doubt(
    publication: Path, run, monkeypatch: pytest.MonkeyPatch
):
    stall = Fault(at=Step.DOT, do=STALL, times=1)
    with Sink(Script(faults=(stall,))) as sink:
        monkeypatch.setenv("BRIEFPUB_TRANSPORT", f"smtp://127.0.0.1:{sink.port}?tls=off")
        frozen(publication, readers=1)

        def interrupt() -> None:
            while not sink.received:
                time.sleep(0.02)
            for _ in range(2):
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.05)

        thread = threading.Thread(target=interrupt)
        thread.start()
        ran = run("run", "--once")
        thread.join()
        again = run("run", "--once")
    assert ran.code == 130
    assert (again.code, "sent 0 of 1, 1 unknown" in again.err) == (3, True), again.err
    assert len(sink.received) == 1


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
        assert run("run", "--once").code == 5
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 0, told
    assert "accepted=2" in told
    assert told.splitlines()[-1].endswith("event=stopped")
