"""The engine of one process: tasks wait in memory, and whoever runs it does them one by one."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from briefpub.domain.errors import BriefpubError
from briefpub.domain.task import Task
from briefpub.engine.telling import Tell, nobody

SWEEP_EVERY = 30.0
SLICE = 0.2  # so long a wait does not see that it is asked to stop


@dataclass(slots=True, kw_only=True)
class Embedded:
    """Nudges within one process. What is lost with it, the next sweep finds in the rows."""

    tell: Tell = nobody
    sweep_every: float = SWEEP_EVERY
    _waiting: dict[str, tuple[Task, float]] = field(default_factory=dict, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _nudged: threading.Event = field(default_factory=threading.Event, init=False)

    def nudge(self, tasks: Sequence[Task], *, after: timedelta | None = None) -> None:
        """Ask that tasks are done; one that waits already is asked for once, at the earlier moment."""
        at = time.monotonic() + (after.total_seconds() if after else 0.0)
        with self._lock:
            for task in tasks:
                _, known = self._waiting.get(task.key, (task, at))
                self._waiting[task.key] = task, min(known, at)
        if tasks:
            self._nudged.set()

    def run(
        self, do: Callable[[Task], None], *, sweep: Callable[[], object], stop: Callable[[], bool]
    ) -> None:
        """Do tasks in this thread until `stop` says so, and sweep now and then."""
        swept = None
        while not stop():
            if swept is None or time.monotonic() - swept >= self.sweep_every:
                self._try(sweep, "sweep")
                swept = time.monotonic()
            task = self._next()
            if task:
                self._try(lambda: do(task), task.key)  # noqa: B023 - it is called at once
            else:
                self.wait(SLICE)

    def wait(self, seconds: float) -> None:
        """Wait so many seconds, or until somebody in this process nudges."""
        self._nudged.wait(seconds)
        self._nudged.clear()

    def close(self) -> None:
        """Do nothing: nothing was opened."""

    def _next(self) -> Task | None:
        now = time.monotonic()
        with self._lock:
            for key, (task, at) in self._waiting.items():
                if at <= now:
                    del self._waiting[key]
                    return task
        return None

    def _try(self, act: Callable[[], object], what: str) -> None:
        try:
            act()
        except BriefpubError as error:
            self.tell("error", "a task failed", task=what, why=str(error), mend=error.hint)
