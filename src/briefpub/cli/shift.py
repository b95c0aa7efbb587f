"""The sending half of a process among many machines: it does tasks until the drain is asked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Thread

from briefpub.bootstrap import Newsroom
from briefpub.cli.context import moment
from briefpub.cli.draining import Drain

LOOK = 0.2


def nothing() -> None:
    """Show no sign of life."""


@dataclass(slots=True, kw_only=True)
class Shift:
    """Works with the newsroom's engine. `alive` is told now and then that it does."""

    newsroom: Newsroom
    drain: Drain
    alive: Callable[[], None] = nothing
    _fault: list[BaseException] = field(default_factory=list, init=False)

    def keep(self) -> None:
        """Work until the drain is asked and what was begun has ended; raises what ended the engine.

        The engine has a thread of its own, so that a second signal ends this one at once: what the thread
        is at is then left as a crash would leave it.
        """
        thread = Thread(target=self._run, name="engine", daemon=True)
        thread.start()
        while thread.is_alive():
            self.alive()
            thread.join(LOOK)
        if self._fault:
            raise self._fault[0]

    def _run(self) -> None:
        newsroom = self.newsroom
        try:
            newsroom.engine.run(
                newsroom.work(stop=self.drain), sweep=lambda: newsroom.sweep(moment), stop=self.drain
            )
        except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that waits
            self._fault.append(error)
