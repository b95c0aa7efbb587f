"""One suite for the engine port: the one in this process, and Procrastinate on PostgreSQL."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Self

import psycopg
import pytest
from postgres import own_server, postgres_url

from briefpub.domain.errors import StoreError
from briefpub.domain.task import Task
from briefpub.engine.distributed import Distributed, Pace
from briefpub.engine.embedded import Embedded
from briefpub.store.database import open_database
from briefpub.workflows.ports import Engine

QUICK = Pace(sweep=0.5, heartbeat=0.3, stalled=1.0, rescue=0.3, poll=0.2, again=0.1, longest=0.5)
ONE, TWO = Task("weekly/001"), Task("weekly/001", 1)
PATIENCE = 20.0


class Running:
    """An engine at work in a thread; what it did is written down."""

    def __init__(self, engine: Engine, do: Callable[[Task], None] = lambda _: None) -> None:
        self.done: list[Task] = []
        self.sweeps = 0
        self._engine, self._do = engine, do
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        self._engine.run(self._one, sweep=self._swept, stop=self._stop.is_set)

    def _one(self, task: Task) -> None:
        self._do(task)
        self.done.append(task)

    def _swept(self) -> None:
        self.sweeps += 1

    def until(self, said: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not said():
            assert time.monotonic() < end, (self.done, self.sweeps)
            time.sleep(0.01)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()


@contextmanager
def embedded() -> Iterator[Engine]:
    yield Embedded(sweep_every=0.5)


@contextmanager
def postgresql() -> Iterator[Engine]:
    with postgres_url() as url, closing(distributed(url)) as engine:
        yield engine


def distributed(url: str, **changes: object) -> Distributed:
    return Distributed(server=url, where="postgresql://…", pace=QUICK, **changes)  # type: ignore[arg-type]


@pytest.fixture(params=[embedded, postgresql], ids=["embedded", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with request.param() as made:
        yield made


def test_does_what_was_asked_for_before_and_since(engine: Engine) -> None:
    engine.nudge([ONE])
    with Running(engine) as running:
        running.until(lambda: ONE in running.done)
        engine.nudge([TWO])
        running.until(lambda: TWO in running.done)


def test_a_task_that_waits_is_asked_for_once(engine: Engine) -> None:
    engine.nudge([ONE])
    engine.nudge([ONE, TWO])
    engine.nudge([TWO])
    engine.nudge([])
    with Running(engine) as running:
        running.until(lambda: len(running.done) >= 2 and running.sweeps >= 2)
        assert sorted(running.done) == [ONE, TWO]


def test_a_task_may_ask_for_itself(engine: Engine) -> None:
    def again(task: Task) -> None:
        if len(running.done) < 2:
            engine.nudge([task])

    running = Running(engine, again)
    engine.nudge([ONE])
    with running:
        running.until(lambda: len(running.done) == 3)


def test_a_task_is_not_done_before_its_moment(engine: Engine) -> None:
    began = time.monotonic()
    engine.nudge([ONE], after=timedelta(seconds=1))
    with Running(engine) as running:
        running.until(lambda: ONE in running.done)
        assert time.monotonic() - began >= 0.9


def test_a_task_that_fails_ends_nothing(engine: Engine) -> None:
    def fail(task: Task) -> None:
        if task == ONE:
            raise StoreError("the disk is full")

    engine.nudge([ONE, TWO])
    with Running(engine, fail) as running:
        running.until(lambda: running.done == [TWO])
        running.until(lambda: running.sweeps >= 2)


def test_when_stopped_what_was_begun_ends(engine: Engine) -> None:
    begun = threading.Event()

    def slow(_: Task) -> None:
        begun.set()
        time.sleep(0.5)

    engine.nudge([ONE])
    with Running(engine, slow) as running:
        assert begun.wait(PATIENCE)
    assert running.done == [ONE]


def test_waiting_ends_with_a_nudge(engine: Engine) -> None:
    engine.nudge([ONE])
    began = time.monotonic()
    engine.wait(PATIENCE)
    assert time.monotonic() - began < PATIENCE / 2


@pytest.mark.slow
class TestDistributed:
    def test_its_tables_stand_apart_and_are_made_once(self) -> None:
        with postgres_url() as url:
            engines = [distributed(url) for _ in range(4)]
            threads = [threading.Thread(target=each.nudge, args=([ONE],)) for each in engines]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            for each in engines:
                each.close()
            with psycopg.connect(url) as connection:
                rows = connection.execute("SELECT count(*) FROM procrastinate.procrastinate_jobs").fetchone()
                assert rows == (1,)
                ours = connection.execute(
                    "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename ~ 'procrastinate'"
                ).fetchone()
                assert ours == (0,)
            open_database(url).close()  # it is still ours

    def test_a_nudge_comes_to_pass_with_its_transaction(self) -> None:
        with postgres_url() as url, closing(distributed(url)) as engine:
            with psycopg.connect(url) as connection:
                engine.nudge_within(connection, [ONE, TWO])
                connection.rollback()
                assert self.waiting(url) == 0
                engine.nudge_within(connection, [ONE])
                connection.commit()
                assert self.waiting(url) == 1
                path = connection.execute("SHOW search_path").fetchone()
                assert path is not None
                assert "procrastinate" not in path[0]
                with pytest.raises(StoreError), connection.transaction():
                    engine.nudge_within(connection, [ONE])  # it waits already
                connection.execute("SELECT 1")
            assert self.waiting(url) == 1

    def test_two_share_the_work(self) -> None:
        with postgres_url() as url, closing(distributed(url)) as one, closing(distributed(url)) as two:
            one.nudge([Task("weekly/001", slot) for slot in range(20)])

            def slow(_: Task) -> None:
                time.sleep(0.05)

            with Running(one, slow) as first, Running(two, slow) as second:
                first.until(lambda: len(first.done) + len(second.done) == 20)
            assert first.done
            assert second.done
            assert len({*first.done, *second.done}) == 20

    def test_what_a_dead_worker_was_at_is_taken_up(self) -> None:
        with postgres_url() as url, closing(distributed(url)) as engine:
            engine.nudge([ONE, TWO])
            with psycopg.connect(url, autocommit=True, options="-c search_path=procrastinate") as connection:
                connection.execute(
                    "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')"
                )
                connection.execute(
                    "UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT max(id) FROM procrastinate_workers)"
                )
            engine.nudge([TWO], after=timedelta(hours=1))  # one of them waits again by now
            with Running(engine) as running:
                running.until(lambda: running.done == [ONE])
                running.until(lambda: self.waiting(url, "doing") == 0)
            assert self.waiting(url) == 1

    def test_a_server_that_is_away_is_come_back_to(self) -> None:
        with own_server() as server, server.database() as url, closing(distributed(url)) as engine:
            engine.nudge([ONE])
            with Running(engine) as running:
                running.until(lambda: ONE in running.done)
                server.stop(immediate=True)
                time.sleep(1)
                server.start()
                sweeps = running.sweeps
                running.until(lambda: running.sweeps > sweeps)
                engine.nudge([TWO])
                running.until(lambda: TWO in running.done)

    def test_a_server_that_is_away_is_told(self) -> None:
        with own_server() as server, server.database() as url, closing(distributed(url)) as engine:
            server.stop(immediate=True)
            with pytest.raises(StoreError, match="tasks"):
                engine.nudge([ONE])
            server.start()

    @staticmethod
    def waiting(url: str, status: str = "todo") -> int:
        with psycopg.connect(url, options="-c search_path=procrastinate") as connection:
            row = connection.execute(
                "SELECT count(*) FROM procrastinate_jobs WHERE status::text = %s", [status]
            ).fetchone()
            assert row is not None
            return int(row[0])
