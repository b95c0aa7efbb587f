"""The locks of a publication: who is kept out, for how long, and what a cut session changes."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Self

import pytest
from postgres import own_server, postgres_url
from sqlalchemy import text

from briefpub.domain.errors import Locked, StoreError
from briefpub.store.database import Database, open_database
from briefpub.store.lock import WATCHER_LOCK, alone, watching

TICK = timedelta(milliseconds=150)
LONG = timedelta(seconds=60)
Twice = tuple[Database, Database]


@pytest.fixture(params=["sqlite", "postgresql"])
def two(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Twice]:
    """Give a publication's database, opened by two."""
    if request.param == "sqlite":
        yield from opened(str(tmp_path / "briefpub.db"))
    else:
        with postgres_url() as url:
            yield from opened(url)


@pytest.fixture
def served() -> Iterator[Twice]:
    with postgres_url() as url:
        yield from opened(url)


def opened(url: str) -> Iterator[Twice]:
    pair = open_database(url), open_database(url)
    yield pair
    for one in pair:
        one.close()


def cut(database: Database, key: int = WATCHER_LOCK) -> None:
    """End the session that holds a lock, as an operator or a firewall does."""
    with database.engine.connect() as connection:
        words = (
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks"
            " WHERE locktype = 'advisory' AND objid = :key & 4294967295"
        )
        assert connection.execute(text(words), {"key": key}).scalars().all() == [True]


class Relay:
    """A way to a server that can break on the near side alone."""

    def __init__(self, host: str, port: int) -> None:
        self.far = host, port
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.door.getsockname()[1]
        self.near: list[socket.socket] = []
        self.kept: list[socket.socket] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self.door, *self.near, *self.kept):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def cut(self) -> None:
        for one in self.near:
            one.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self.door.accept()
                far = socket.create_connection(self.far)
                self.near.append(near)
                self.kept.append(far)
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=pair, daemon=True).start()

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)


@pytest.mark.parametrize("lock", [alone, watching])
def test_it_is_held_by_one_and_says_by_whom(two: Twice, lock: Callable[..., object]) -> None:
    first, second = two
    for _ in range(2):
        with lock(first), pytest.raises(Locked) as caught, lock(second):  # type: ignore[attr-defined]
            raise AssertionError
        assert caught.value.exit_code == 5
        assert f"(process {os.getpid()} on {socket.gethostname()}" in str(caught.value)


def test_who_keeps_watch_keeps_nobody_from_sending(two: Twice) -> None:
    first, second = two
    with watching(first) as look, alone(second):
        look()
    with alone(first), watching(second) as look:
        look()


def test_the_patient_get_it_when_it_is_given_back(two: Twice) -> None:
    first, second = two
    waiting, got = threading.Event(), threading.Event()

    def wait() -> None:
        waiting.set()
        with alone(second, patience=LONG):
            got.set()

    with alone(first):
        thread = threading.Thread(target=wait)
        thread.start()
        assert waiting.wait(60)
        assert not got.wait(0.15)
    thread.join()
    assert got.is_set()


def test_patience_ends(two: Twice) -> None:
    first, second = two
    with alone(first), pytest.raises(Locked), alone(second, patience=TICK):
        raise AssertionError


def test_a_lock_whose_words_cannot_be_read_still_holds(tmp_path: Path) -> None:
    for first, second in opened(str(tmp_path / "briefpub.db")):
        with watching(first):
            (tmp_path / "briefpub.db.run.lock").write_bytes(b"\xff" * 1000)
            with pytest.raises(Locked) as caught, watching(second):
                raise AssertionError
            assert len(caught.value.message) < 200


def test_a_cut_session_takes_its_lock_again(served: Twice) -> None:
    first, second = served
    with watching(first) as look:
        for _ in range(2):
            cut(second)
            look()
            with pytest.raises(Locked), watching(second):
                raise AssertionError


def test_a_cut_session_whose_lock_another_has_taken_is_told(served: Twice) -> None:
    first, second = served
    with watching(first) as look:
        cut(second)
        with watching(second):
            for _ in range(2):
                with pytest.raises(Locked, match="briefpub run"):
                    look()
        look()
        with pytest.raises(Locked), watching(second):
            raise AssertionError


def test_while_the_server_is_away_it_is_a_fault_that_passes() -> None:
    with own_server() as server, server.database() as url:
        for first, second in opened(url):
            with watching(first) as look:
                server.stop(immediate=True)
                for _ in range(2):
                    with pytest.raises(StoreError) as caught:
                        look()
                    assert caught.value.exit_code == 75
                server.start()
                look()
                with suppress(StoreError), second.reading():
                    pass  # its pool still holds a connection to the old server
                with pytest.raises(Locked), watching(second):
                    raise AssertionError


def test_our_own_cut_connection_is_no_other_process(served: Twice) -> None:
    # The server has not heard that the line was cut, and keeps the old session with its lock for a while.
    _, second = served
    url = second.engine.url
    with Relay("127.0.0.1", url.port or 5432) as relay:
        first = open_database(url.set(port=relay.port).render_as_string(hide_password=False))
        with watching(first) as look:
            relay.cut()
            for _ in range(2):
                with pytest.raises(StoreError, match="not yet seen") as caught:
                    look()
                assert caught.value.exit_code == 75
            cut(second)
            look()
            with pytest.raises(Locked), watching(second):
                raise AssertionError
        first.close()
