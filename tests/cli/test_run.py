"""run --once: what it does, what it says, how it ends."""

import datetime as dt
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from mailbox import Maildir
from pathlib import Path
from typing import Any

import pytest
from postroom import frozen, mailed
from scripted_send import FakeSend, a_mailing, sent
from sink import Sink
from sink_script import STALL, Fault, Script, Step

from briefpub.bootstrap import Newsroom, open_newsroom
from briefpub.cli.context import moment
from briefpub.domain.delivery import MailingState
from briefpub.domain.errors import Locked, StoreError
from briefpub.domain.replies import Outcome
from briefpub.workflows.send import Sent

NOW = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
ACCEPTED, FAILED, UNKNOWN = Outcome.ACCEPTED, Outcome.FAILED, Outcome.UNKNOWN


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


@pytest.mark.slow
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
