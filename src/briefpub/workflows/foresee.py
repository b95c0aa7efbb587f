"""Foresee: what a schedule has coming, and what each run would hold if it ran as things are now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import takewhile

from briefpub.domain.article import Head
from briefpub.domain.coming import Walls, coming, walls_after
from briefpub.domain.finding import Finding
from briefpub.domain.flow import Quiet
from briefpub.domain.issue import IssueState
from briefpub.domain.schedule import Occurrence, Policy, Schedule, Selection
from briefpub.workflows.pick import Pick
from briefpub.workflows.ports import Audience, Issues

MINUTE = timedelta(minutes=1)
OPEN = frozenset({IssueState.COMPOSED, IssueState.HELD, IssueState.AWAITING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What one run would hold: articles by id and title, or why it would not go out; findings on them."""

    articles: tuple[tuple[str, str], ...]
    told: str
    people: int
    findings: tuple[Finding, ...] = ()
    issue: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresee:
    """Looks ahead, and changes nothing. `quiet` are the hours in which nothing is sent."""

    walls: Walls
    pick: Pick
    heads: Callable[[], tuple[Head, ...]]
    issues: Issues
    audience: Audience
    quiet: Quiet | None = None

    def coming(self, schedule: Schedule, *, after: datetime, most: int) -> tuple[Occurrence, ...]:
        """Give the next occurrences after a moment; raises ConfigError for a rule that cannot be read."""
        return coming(schedule, self.walls, after=after, most=most)

    def walls_on(self, schedule: Schedule, day: date) -> tuple[datetime, ...]:
        """Give the wall times that the rule has on a day, whatever was changed about it."""
        begin = datetime.combine(day, time()) - MINUTE
        found = walls_after(schedule, self.walls, begin)
        return tuple(takewhile(lambda wall: wall.date() == day, found))

    def remarks(self, schedule: Schedule, *, after: datetime) -> tuple[str, ...]:
        """Give what an editor should know of a new schedule: clock changes, quiet hours, nobody to mail."""
        remarks = [
            f"Mind {one.at:%Y-%m-%d}: {one.note}."
            for one in self.coming(schedule, after=after, most=60)
            if one.note
        ][:3]
        if self.quiet and any(
            self.quiet.holds(one.due) for one in self.coming(schedule, after=after, most=7)
        ):
            remarks.append(
                f"Its hour is a quiet one: the issue is frozen then, and mailed from {self.quiet.ends:%H:%M}."
            )
        if not self.audience.confirmed(schedule.list):
            remarks.append(f"{schedule.list} has no confirmed subscriber: until then its runs are left out.")
        return tuple(remarks)

    def contents(self, schedule: Schedule, ahead: tuple[Occurrence, ...]) -> tuple[Contents, ...]:
        """Say what each of these runs would hold, one after the other, if each ran as things are now."""
        titles = {head.id: head.title for head in self.heads()}
        people = self.audience.confirmed(schedule.list, schedule.frequency)
        waiting = [
            one
            for one in self.issues.of(schedule.list)
            if one.frequency is schedule.frequency and one.state in OPEN
        ]
        besides: set[str] = set()
        found = []
        for one in ahead:
            if waiting:
                record = waiting.pop(0)
                named = tuple((id, titles.get(id, id)) for id in record.articles)
                told = f"{record.key}, which is {record.state.value} already"
                found.append(Contents(articles=named, told=told, people=people, issue=record.key))
                continue
            picked = self.pick(schedule, day=one.at.date(), besides=frozenset(besides))
            told = _fate(picked.reason, picked.too_few(schedule.selection), schedule.selection)
            goes = not told or not told.startswith("left out")
            if goes:
                besides |= set(picked.articles)
            found.append(
                Contents(
                    articles=tuple((id, titles.get(id, id)) for id in picked.articles),
                    told=told,
                    people=people,
                    findings=picked.findings,
                )
            )
        return tuple(found)


def _fate(nothing: str, short: str, selection: Selection) -> str:
    if selection.by_hand:
        return "left out: no editor composed an issue"
    if nothing:
        return f"left out: {nothing}"
    if not short:
        return ""
    match selection.too_few:
        case Policy.SEND:
            return f"goes out all the same: {short}"
        case Policy.ASK:
            return f"asks an editor: {short}"
    return f"left out: {short}"
