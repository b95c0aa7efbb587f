"""The bell of a long run: rung by the alarm, it does what the schedules say, and tells what it did."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from briefpub.cli.watch import Log
from briefpub.domain.errors import BriefpubError

if TYPE_CHECKING:
    from briefpub.workflows.acted import Acted

# The alarm rings every half minute at least. An issue of a thousand articles takes minutes to build.
SILENT = 5 * 60.0
LONGEST_RING = 60 * 60.0


class Schedules(Protocol):
    """Does what the schedules say; `workflows.run_schedule` is it."""

    def __call__(
        self, *, now: Callable[[], datetime], stop: Callable[[], bool], tell: "Callable[[Acted], None]"
    ) -> "tuple[Acted, ...]":
        """Plan and advance every run that is due; give what was done. Raises StoreError."""
        ...

    def next_due(self, now: datetime) -> datetime | None:
        """Give when something is to be done next. Raises StoreError."""
        ...


@dataclass(slots=True, kw_only=True)
class Bell:
    """Runs in the alarm's thread, so that a long mailing of one list delays no other list's run.

    `wake` is called whenever something was done: there may be something to send. `pulse` is told at each step
    within how many seconds the next one comes; `after` at the end of each ring.
    """

    schedules: Schedules
    now: Callable[[], datetime]
    stop: Callable[[], bool]
    wake: Callable[[], None]
    log: Log
    pulse: Callable[[float], None]
    after: Callable[[], None]
    _ringing: Lock = field(default_factory=Lock)
    _trouble: str = ""
    _told: dict[tuple[str, str], str] = field(default_factory=dict)

    def __call__(self) -> None:
        """Do what is due now; a fault that may pass is logged once, and tried again at the next ring."""
        with self._ringing:
            if self.stop():
                return
            self.pulse(LONGEST_RING)
            try:
                self.schedules(now=self.now, stop=self._stop, tell=self._tell)
                self.after()
            except BriefpubError as error:
                self._hindered(error)
                return
            finally:
                self.pulse(SILENT)
            self._trouble = ""

    def due(self) -> datetime | None:
        """Give when to ring next; where the database cannot say, it is rung as ever."""
        return self.schedules.next_due(self.now())

    def failed(self, error: Exception) -> None:
        """Tell of a ring that failed; the next one is tried all the same."""
        if isinstance(error, BriefpubError):
            self._hindered(error)
            return
        self.log.error("a ring failed", why=f"{type(error).__name__}: {error}", mend="report it: it is a bug")

    def ended(self, *, within: float) -> bool:
        """Say whether no ring is under way, once it has ended or so many seconds are over."""
        if not self._ringing.acquire(timeout=within):
            return False
        self._ringing.release()
        return True

    def _hindered(self, error: BriefpubError) -> None:
        if str(error) != self._trouble:
            self._trouble = str(error)
            self.log.error("the schedules cannot be run", why=str(error), mend=error.hint)

    def _stop(self) -> bool:
        self.pulse(LONGEST_RING)
        return self.stop()

    def _tell(self, one: "Acted") -> None:
        self.pulse(LONGEST_RING)
        values = {"schedule": one.schedule.name}
        if one.run:
            values |= {"wall": f"{one.run.wall:%Y-%m-%dT%H:%M}", "state": one.run.state.value}
            if one.run.issue:
                values["issue"] = one.run.issue
        key = one.schedule.name, values.get("wall", "")
        if one.trouble and self._told.get(key) == one.told:
            return  # it is as it was at the last ring
        self._told[key] = one.told
        tell = self.log.warning if one.trouble else self.log.info
        tell(one.told, **values)
        # Whoever sends may begin while the next run's issue is still built.
        self.wake()
