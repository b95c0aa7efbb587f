"""The engine of many machines: tasks on PostgreSQL, carried by Procrastinate. No other file knows it.

Its tables lie in a schema of their own beside ours, made once by whoever comes first. Three things it leaves
to us are done here: the tasks of workers that died are taken up again, what has ended is swept away, and a
database that was away is come back to.
"""

import asyncio
import logging
import random
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg
import psycopg_pool
from procrastinate import App, PsycopgConnector, SyncPsycopgConnector, exceptions
from procrastinate.jobs import Job, Status
from procrastinate.schema import SchemaManager

from briefpub.domain.errors import BriefpubError, StoreError
from briefpub.domain.task import Task
from briefpub.engine.telling import Tell, nobody

QUEUE = "deliver"
NAME = "deliver"
SCHEMA = "procrastinate"
SCHEMA_LOCK = 0x627269656610  # beside the store's own locks
# The catalogue itself is asked: what a session remembers of it may be older than a lock it waited for.
THERE = b"SELECT count(*) FROM pg_tables WHERE schemaname = %s AND tablename = 'procrastinate_jobs'"
# A caller's own connection finds the tables by it; ours stay first, and it ends with the transaction.
PATH = f"SELECT set_config('search_path', current_setting('search_path') || ', {SCHEMA}', true)".encode()
TROUBLES = (exceptions.ProcrastinateException, psycopg.Error, psycopg_pool.PoolTimeout, OSError)
KEEP_HOURS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often an engine looks, in seconds. A worker that was silent for `stalled` is taken for dead."""

    sweep: float = 30.0
    heartbeat: float = 10.0
    stalled: float = 30.0
    rescue: float = 15.0
    tidy: float = 3600.0
    poll: float = 5.0
    again: float = 1.0
    longest: float = 30.0


@dataclass(slots=True, kw_only=True)
class Distributed:
    """Nudges as rows of PostgreSQL; any number of processes and machines `run` it at once.

    `server` is a libpq address, `where` the same as it may be shown.
    """

    server: str = field(repr=False)
    where: str
    name: str = "briefpub"
    threads: int = 2
    tell: Tell = nobody
    pace: Pace = Pace()
    _nudger: App | None = field(default=None, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _nudged: threading.Event = field(default_factory=threading.Event, init=False, repr=False)

    # --- nudging -----------------------------------------------------------------------------

    def nudge(self, tasks: Sequence[Task], *, after: timedelta | None = None) -> None:
        """Ask that tasks are done, by whichever worker is free; raises StoreError."""
        if not tasks:
            return
        with self._errors():
            app = self._app()
            at = _now(app) + after if after else None
            try:
                app.job_manager.batch_defer_jobs([_job(task, at) for task in self._not_waiting(app, tasks)])
            except exceptions.AlreadyEnqueued:
                for task in tasks:  # somebody was quicker with one of them: the others go one by one
                    with suppress(exceptions.AlreadyEnqueued):
                        app.job_manager.defer_job(_job(task, at))
        self._nudged.set()

    def nudge_within(self, connection: Any, tasks: Sequence[Task]) -> None:
        """Ask for tasks on a caller's own connection, so that they come to pass with its transaction.

        The caller has a savepoint around it. Raises StoreError.
        """
        with self._errors():
            app = self._app()
            connection.execute(PATH)
            app.job_manager.batch_defer_jobs([_job(task, None) for task in tasks], connection=connection)

    def wait(self, seconds: float) -> None:
        """Wait so many seconds, or until somebody in this process nudges."""
        self._nudged.wait(seconds)
        self._nudged.clear()

    def close(self) -> None:
        """Close the connections for nudging."""
        with self._lock:
            app, self._nudger = self._nudger, None
        if app:
            app.close()

    def _not_waiting(self, app: App, tasks: Sequence[Task]) -> list[Task]:
        waiting = {job.queueing_lock for job in app.job_manager.list_jobs(queue=QUEUE, status="todo")}
        return [task for task in tasks if task.key not in waiting]

    def _app(self) -> App:
        """Give what nudges, opened at its first use with the tables made."""
        with self._lock:
            if self._nudger is None:
                pool: dict[str, Any] = {"min_size": 0, "max_size": 2, "kwargs": self._options()}
                app = App(connector=SyncPsycopgConnector(conninfo=self.server, **pool))
                make_tables(self.server)
                app.open()
                self._nudger = app
            return self._nudger

    # --- working -----------------------------------------------------------------------------

    def run(
        self, do: Callable[[Task], None], *, sweep: Callable[[], object], stop: Callable[[], bool]
    ) -> None:
        """Work until `stop` says so; a database that is away is waited for."""
        for noisy in ("procrastinate", "psycopg.pool"):  # their tracebacks say nothing that we do not tell
            logging.getLogger(noisy).setLevel(logging.CRITICAL + 1)
        asyncio.run(self._until_stopped(do, sweep, stop))

    async def _until_stopped(
        self, do: Callable[[Task], None], sweep: Callable[[], object], stop: Callable[[], bool]
    ) -> None:
        loop = asyncio.get_running_loop()
        # What a part of the work ended with is told below; its other parts end by the same.
        loop.set_exception_handler(lambda _, context: self.tell("debug", str(context.get("message"))))
        # Beside each task the sweep needs a thread, whatever else is on.
        loop.set_default_executor(ThreadPoolExecutor(self.threads + 2, thread_name_prefix="tasks"))
        wait = self.pace.again
        while not stop():
            began = loop.time()
            try:
                await loop.run_in_executor(None, make_tables, self.server)
                await self._shift(do, sweep, stop)
            except TROUBLES as error:
                if loop.time() - began > self.pace.longest:
                    wait = self.pace.again
                why = str(error.__cause__ or error).strip().partition("\n")[0]
                self.tell("error", "the database is away", why=why, again_in=f"{wait:.0f} s")
                await _sleep(wait, stop)
                wait = min(wait * 2, self.pace.longest)

    async def _shift(
        self, do: Callable[[Task], None], sweep: Callable[[], object], stop: Callable[[], bool]
    ) -> None:
        """Work until asked to stop, or until one of the parts of work ends by a fault."""
        pool: dict[str, Any] = {
            "min_size": 1,
            "max_size": self.threads + 3,
            "timeout": 10.0,
            "kwargs": self._options(),
        }
        app = App(connector=PsycopgConnector(conninfo=self.server, **pool))

        @app.task(name=NAME, queue=QUEUE)
        def deliver(issue: str, slot: int) -> None:
            self._try(lambda: do(Task(issue, slot)), Task(issue, slot).key)

        async with app.open_async():
            worker = asyncio.create_task(
                app.run_worker_async(
                    queues=[QUEUE],
                    name=self.name,
                    concurrency=self.threads,
                    fetch_job_polling_interval=self.pace.poll,
                    update_heartbeat_interval=self.pace.heartbeat,
                    stalled_worker_timeout=self.pace.stalled,
                    delete_jobs="successful",
                    install_signal_handlers=False,
                )
            )
            beside = [
                asyncio.create_task(self._every(self.pace.sweep, lambda: self._swept(sweep))),
                asyncio.create_task(self._every(self.pace.rescue, lambda: self._rescued(app))),
                asyncio.create_task(self._every(self.pace.tidy, lambda: _tidied(app))),
                asyncio.create_task(_sleep(None, stop)),
            ]
            try:
                ended, _ = await asyncio.wait([worker, *beside], return_when=asyncio.FIRST_COMPLETED)
                for one in ended:
                    one.result()
            finally:
                for one in beside:
                    one.cancel()
                # What was begun ends first; the worker takes nothing new.
                worker.cancel()
                await asyncio.gather(worker, *beside, return_exceptions=True)

    async def _every(self, seconds: float, act: Callable[[], Awaitable[None]]) -> None:
        while True:
            await act()
            # Machines that were started together do not look together.
            await asyncio.sleep(seconds * random.uniform(0.8, 1.2))  # noqa: S311 - no secret

    async def _swept(self, sweep: Callable[[], object]) -> None:
        await asyncio.get_running_loop().run_in_executor(None, self._try, sweep, "sweep")

    async def _rescued(self, app: App) -> None:
        """Put the tasks of workers that died back; where the same waits again by now, they are dropped."""
        manager = app.job_manager
        for job in await manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=self.pace.stalled):
            try:
                await manager.retry_job(job)
                self.tell("warning", "a worker died, its task is taken up", task=job.queueing_lock)
            except exceptions.UniqueViolation:
                await manager.finish_job(job, status=Status.FAILED, delete_job=True)

    def _try(self, act: Callable[[], object], what: str) -> None:
        """Do something whose failure is told and costs time alone: the next sweep asks for it again."""
        try:
            act()
        except BriefpubError as error:
            self.tell("error", "a task failed", task=what, why=str(error), mend=error.hint)
        except Exception as error:  # noqa: BLE001 - one task must not end the worker
            self.tell("error", "a task failed", task=what, why=f"{type(error).__name__}: {error}")

    def _options(self) -> dict[str, object]:
        return {
            "options": f"-c search_path={SCHEMA}",
            "application_name": f"briefpub {self.name}",
            "connect_timeout": 10,
            "keepalives_idle": 30,
            # A cable that was pulled must be seen before others take this worker for dead.
            "tcp_user_timeout": int(self.pace.stalled * 1000),
        }

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except TROUBLES as error:
            raise StoreError(
                "the tasks' tables cannot be used",
                where=self.where,
                hint="is the server running? Nothing is lost: the next sweep asks for the work again",
            ) from error


def make_tables(server: str) -> None:
    """Make the schema of the tasks where it is not there yet, once, whoever asks; raises psycopg.Error."""
    with psycopg.connect(server, connect_timeout=10) as connection:
        if _there(connection):
            return
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [SCHEMA_LOCK])
        if _there(connection):  # another one was quicker
            return
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}".encode())
        connection.execute(f"SET LOCAL search_path TO {SCHEMA}".encode())
        connection.execute(SchemaManager.get_schema().encode())


def _there(connection: "psycopg.Connection[Any]") -> bool:
    row = connection.execute(THERE, [SCHEMA]).fetchone()
    return row is not None and row[0] > 0


def _now(app: App) -> datetime:
    """Give the server's moment: by its clock tasks are due."""
    row = app.connector.get_sync_connector().execute_query_one("SELECT clock_timestamp() AS now")
    now: datetime = row["now"]
    return now


def _job(task: Task, at: datetime | None) -> Job:
    return Job(
        id=None,
        queue=QUEUE,
        lock=None,
        queueing_lock=task.key,
        task_name=NAME,
        task_kwargs={"issue": task.issue, "slot": task.slot},
        scheduled_at=at,
    )


async def _tidied(app: App) -> None:
    await app.job_manager.delete_old_jobs(
        nb_hours=KEEP_HOURS, queue=QUEUE, include_failed=True, include_cancelled=True, include_aborted=True
    )


async def _sleep(seconds: float | None, stop: Callable[[], bool]) -> None:
    """Sleep so long, or for ever, and look whether to stop."""
    loop = asyncio.get_running_loop()
    end = None if seconds is None else loop.time() + seconds
    while not stop() and (end is None or loop.time() < end):  # noqa: ASYNC110 - a signal sets no event
        await asyncio.sleep(0.1)
