"""At home: whether this machine may send by itself from this database, or has to ask first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from briefpub.domain.errors import OutboxError
from briefpub.domain.home import JUMP, Home, Jump, ahead, elsewhere, older

# Seconds for which an answer holds: every run of every ring asks.
LOOK_EVERY = 10.0


class Homes(Protocol):
    """Where the database lives, and where it lived when it was last used to send by itself."""

    def here(self) -> Home:
        """Give where it lives."""
        ...

    def recorded(self) -> Home | None:
        """Give where it was used last."""
        ...

    def record(self, home: Home, *, now: datetime) -> None:
        """Write down that it is used here."""
        ...


class MarkFile(Protocol):
    """The marks kept outside the database; losing them costs a warning and nothing else."""

    def read(self) -> Mapping[str, str]:
        """Give them; none where there is no file."""
        ...

    def write(self, marks: Mapping[str, str]) -> None:
        """Keep them."""
        ...


@dataclass(slots=True, kw_only=True)
class AtHome:
    """Knows of copies, restored backups, and clocks that jump. `ticks` counts seconds, sleep included."""

    homes: Homes
    marks: Callable[[], Mapping[str, str]]
    kept: MarkFile
    now: Callable[[], datetime]
    ticks: Callable[[], float]
    _seen: tuple[datetime, float] | None = field(default=None, init=False)
    _found: tuple[float, str] | None = field(default=None, init=False)
    _jump: Jump | None = field(default=None, init=False)

    def doubt(self, due: datetime | None = None) -> str:
        """Say why nothing may be sent from here by itself; nothing where it may.

        With `due`, say so too of what is due only because the clock jumped.
        """
        self._look()
        if due and self._jump and self._jump.reached(due):
            begins, ends = self._jump.begins, self._jump.ends
            return f"the clock jumped from {begins:%Y-%m-%d %H:%M} to {ends:%Y-%m-%d %H:%M} UTC"
        at = self.ticks()
        if self._found is None or at - self._found[0] > LOOK_EVERY:
            self._found = at, self._place()
        return self._found[1]

    def _place(self) -> str:
        here, recorded = self.homes.here(), self.homes.recorded()
        older_copy = self.older()
        if recorded is None and not older_copy:
            self.homes.record(here, now=self.now())
        return elsewhere(recorded, here) or older_copy

    def older(self) -> str:
        """Say that more was sent from here than the database knows of."""
        try:
            return older(self.kept.read(), self.marks())
        except OutboxError as error:
            return error.message  # what cannot be read proves nothing: a person has to look

    def mark(self) -> None:
        """Keep how far things have come, outside the database."""
        try:
            kept, found = self.kept.read(), self.marks()
        except OutboxError:
            return  # `older` tells of it; only adopting writes them anew
        further = ahead(kept, found)
        if further != dict(kept):
            self.kept.write(further)

    def adopt(self) -> tuple[str, ...]:
        """Take this place for home, and the database for the truth; give what was doubted."""
        here, recorded = self.homes.here(), self.homes.recorded()
        doubts = tuple(filter(None, (elsewhere(recorded, here), self.older())))
        self.homes.record(here, now=self.now())
        self.kept.write(self.marks())
        self._found = None
        return doubts

    def _look(self) -> None:
        """See whether the wall clock gained on the one that only counts."""
        at, ticks = self.now(), self.ticks()
        if self._seen:
            before, ticked = self._seen
            gained = (at - before) - timedelta(seconds=ticks - ticked)
            if gained > JUMP:
                self._jump = Jump(begins=before, ends=at)
        self._seen = at, ticks
