"""worker: one of many; with one process it says so."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from postgres import postgres_url
from sink import Sink

from briefpub.bootstrap import open_newsroom
from briefpub.domain.delivery import DeliveryState, MailingState
from briefpub.store.database import open_database

READERS = 60


def test_with_the_embedded_engine_it_says_what_to_do(publication: Path, run):
    ran = run("worker")
    assert ran.code == 2
    assert "one process sends this publication" in ran.err
    assert 'engine = "distributed"' in ran.err


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('engine = "distributed"\n', "database on a server"),
        ('engine = "distributed"\ndatabase = "postgresql://x/y"\n', "maildir"),
        ('engine = "distributed"\ndatabase = "postgresql://x/y"\ntransport = "mx"\n', "one secret"),
        ('engine = "many"\n', "embedded"),
    ],
)
def test_what_many_machines_cannot_share_is_one_clear_error(publication: Path, run, lines: str, said: str):
    settings = publication / "briefpub.toml"
    settings.write_text(lines + settings.read_text())
    ran = run("worker")
    assert ran.code == 2
    assert said in ran.err
    assert "briefpub.toml:1" in ran.err


@pytest.mark.slow
class TestOnAServer:
    @pytest.fixture
    def sink(self) -> Iterator[Sink]:
        with Sink() as sink:
            yield sink

    @pytest.fixture
    def shared(self, publication: Path, sink: Sink) -> Iterator[Path]:
        """Give a publication that many machines work, with an issue that was frozen and is queued."""
        with postgres_url() as url:
            settings = publication / "briefpub.toml"
            settings.write_text(
                f'engine = "distributed"\noutbox = "database"\ndatabase = "{url}"\n'
                f'transport = "smtp://127.0.0.1:{sink.port}?tls=off"\nsecret_file = "secret"\n'
                + settings.read_text()
            )
            (publication / "secret").write_text("s" * 64)
            yield publication
            open_database(url).close()

    def worker(self, *more: str) -> "subprocess.Popen[str]":
        words = [sys.executable, "-m", "briefpub", "worker", *more]
        return subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env={**os.environ})

    def publish(self, run) -> None:
        people = "".join(f"reader{number:04}@example.org\n" for number in range(READERS))
        Path("people.csv").write_text("address\n" + people)
        ran = run("subscribers", "import", "people.csv", "--list", "weekly", "--consent", "said so", "--yes")
        assert ran.code == 0, ran.err

    def test_publishing_delivers_by_leases_like_everybody_else(self, shared: Path, sink: Sink, run):
        self.publish(run)
        newsroom = open_newsroom(str(shared))
        ran = run("publish", "weekly", "--yes", "--expect", READERS)
        assert ran.code == 0, ran.err
        assert len(sink.received) == READERS
        newsroom.database.close()

    def test_sigterm_drains_and_says_so(self, shared: Path, sink: Sink, run):
        with self.worker("--threads", "1", "--name", "north") as process:
            assert process.stderr is not None
            first = process.stderr.readline()
            assert "working" in first
            assert "north" in first
            time.sleep(1.5)
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
            assert "stopped" in process.stderr.read()
        newsroom = open_newsroom(str(shared))
        with closing(newsroom.database), newsroom.database.reading() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM heartbeat").scalar() == 0

    def test_two_workers_send_what_was_queued(self, shared: Path, sink: Sink, run):
        self.publish(run)
        newsroom = open_newsroom(str(shared))
        publish = newsroom.publish(jobs=1)
        object.__setattr__(publish.send, "deliver", NotNow())
        from briefpub.cli.context import moment

        with pytest.raises(NotNowError):
            publish("weekly", now=moment, confirm=lambda _: True)
        with self.worker() as one, self.worker() as two:
            end = time.monotonic() + 30
            while time.monotonic() < end:
                (mailing,) = newsroom.ledger.mailings()
                if mailing.state is MailingState.DONE and newsroom.issues.of()[0].state == "published":
                    break
                time.sleep(0.1)
            for process in (one, two):
                process.terminate()
                assert process.wait(20) == 0
        assert mailing.counts[DeliveryState.ACCEPTED] == READERS
        assert sink.counts.total() == len(sink.counts) == READERS
        newsroom.database.close()


class NotNowError(Exception):
    pass


class NotNow:
    """A way of delivering that does nothing: the workers have to."""

    def __call__(self, *_: object, **__: object) -> None:
        raise NotNowError
