"""A publication's clock for tests: real rows, real decisions, and a press of paper."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from builders import NOW, a_list, subscribers

from briefpub.alarm import walls
from briefpub.domain.article import Head
from briefpub.domain.recurrence import Weekly
from briefpub.domain.schedule import Run, Schedule
from briefpub.store.audience import SqlAudience
from briefpub.store.database import Database, open_database
from briefpub.store.issues import SqlIssues
from briefpub.store.mailings import SqlLedger
from briefpub.store.runs import SqlRuns
from briefpub.store.schedules import SqlSchedules
from briefpub.workflows.acted import Acted
from briefpub.workflows.pick import Pick
from briefpub.workflows.run_schedule import RunSchedule
from briefpub.workflows.simulate import on_paper

MINUTE = dt.timedelta(minutes=1)
SUNDAY = dt.datetime(2026, 11, 29, 7, 30, tzinfo=dt.UTC)


def a_head(id: str = "bread", **changes: object) -> Head:
    """Give a ready English article, undated."""
    values: dict[str, object] = {"id": id, "title": f"On {id}", "language": "en", "path": f"articles/{id}.md"}
    return Head(**{**values, **changes})  # type: ignore[arg-type]


def a_schedule(name: str = "sundays", **changes: object) -> Schedule:
    """Give a schedule of Sundays at half past seven, UTC, since NOW (a Sunday at nine)."""
    values: dict[str, object] = {
        "name": name,
        "list": "weekly",
        "rule": Weekly(days=("sun",), at=dt.time(7, 30)),
        "timezone": "UTC",
        "since": NOW,
    }
    return Schedule(**{**values, **changes})  # type: ignore[arg-type]


@dataclass
class Clockwork:
    """A database, and the clock over it; `hinder` makes freezing fail with these words."""

    database: Database
    heads: list[Head] = field(default_factory=lambda: [a_head()])
    at: dt.datetime = NOW
    hinder: str = ""
    doubt: str = ""
    marked: int = 0

    def __post_init__(self) -> None:
        self.schedules = SqlSchedules(database=self.database)
        self.runs = SqlRuns(database=self.database)
        self.issues = SqlIssues(database=self.database)
        self.audience = SqlAudience(database=self.database)
        self.ledger = SqlLedger(database=self.database)

    def begin(self, *schedules: Schedule, people: int = 3) -> "Clockwork":
        """Declare the list with so many subscribers, and keep the schedules."""
        self.audience.declare(a_list())
        self.audience.subscribe("weekly", subscribers(people), consent="", now=NOW)
        for schedule in schedules or (a_schedule(),):
            self.schedules.add(schedule)
        return self

    def workflow(self, owner: str = "me") -> RunSchedule:
        """Give the workflow, as a process that has just begun has it."""
        paper = on_paper(self.issues)
        return RunSchedule(
            schedules=self.schedules,
            runs=self.runs,
            issues=self.issues,
            audience=self.audience,
            ledger=self.ledger,
            pick=Pick(heads=lambda: self.heads, issues=self.issues, audience=self.audience),
            freeze=lambda record, to: self.hinder or paper(record, to),
            walls=walls,
            owner=owner,
            doubt=lambda _: self.doubt,
            mark=self._mark,
        )

    def ring(self, at: dt.datetime | None = None, *, owner: str = "me") -> tuple[Acted, ...]:
        """Let the clock show a moment, and ring once."""
        self.at = at or self.at
        return self.workflow(owner)(now=lambda: self.at)

    def run(self, number: int = -1) -> Run:
        """Give one of the runs there were, by its place."""
        return self.runs.of()[number]

    def states(self) -> list[str]:
        """Give the state of each run, in the order of their moments."""
        return [run.state.value for run in self.runs.of()]

    def sent(self) -> list[tuple[str, ...]]:
        """Give the articles of each issue that has a mailing."""
        mailed = {mailing.issue for mailing in self.ledger.mailings()}
        return [record.articles for record in self.issues.of() if record.key in mailed]

    def deliver(self) -> None:
        """Let every mailing end."""
        for mailing in self.ledger.mailings():
            self.issues.published(mailing.issue)

    def _mark(self) -> None:
        self.marked += 1


def opened(folder: Path, empty: Path) -> Database:
    """Open a copy of an empty database."""
    (folder / "briefpub.db").write_bytes(empty.read_bytes())
    return open_database(str(folder / "briefpub.db"))


def heads(ids: Sequence[str], make: Callable[..., Head] = a_head) -> list[Head]:
    """Give ready articles of these ids."""
    return [make(id) for id in ids]
