"""What the workflows ask of an engine: that a task is done soon, by whoever is free. It only carries nudges.

The contract for whoever runs a process (`briefpub run`, `briefpub worker`):

- `newsroom.distributed` says whether many machines work; it is the setting `engine`.
- `newsroom.engine` is the engine: `nudge(tasks)` asks for tasks, `run(do, sweep=, stop=)` does them.
- `newsroom.sweep(moment)` derives every nudge from the rows again, settles leases that ran out, queues what a
  crash left frozen, and marks as published what has ended. Anybody may call it at any time, and twice.
- `newsroom.work(stop=)` gives the `do` of `run`: what a task does.

Embedded: one process holds the publication's lock; its rounds (`newsroom.send()`) are what works, and `nudge`
only wakes `newsroom.engine.wait(seconds)`. Distributed: no lock is held; `newsroom.engine.run(...)` works
until `stop()` is true, calls `sweep` at once and every 30 s, beats its heart, rescues the tasks of workers
that died, and comes back by itself when the database was away. It blocks: `briefpub run` gives it a thread
of its own beside the alarm, `briefpub worker` its main thread. `newsroom.send()` needs no lock in that mode:
it works by leases like everybody else, and `alone` is held by nobody.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Protocol

from briefpub.domain.task import Task


class Engine(Protocol):
    """Carries nudges from whoever knows of work to whoever does it. A lost or doubled one is harmless."""

    def nudge(self, tasks: Sequence[Task], *, after: timedelta | None = None) -> None:
        """Ask that tasks are done, soon or after a while; one that waits already is asked for once.

        A while, and no moment: the clocks of those who ask and those who do may differ.
        """
        ...

    def run(
        self,
        do: Callable[[Task], None],
        *,
        sweep: Callable[[], object],
        stop: Callable[[], bool],
    ) -> None:
        """Do tasks until `stop` says so, and sweep at the beginning and from time to time.

        A task that raises one of our errors is told and forgotten: the next sweep asks for it again. When
        asked to stop it begins nothing new, and comes back when what was begun has ended.
        """
        ...

    def close(self) -> None:
        """Close whatever was opened for nudging."""
        ...

    def wait(self, seconds: float) -> None:
        """Wait so many seconds, or until somebody in this process nudges."""
        ...
