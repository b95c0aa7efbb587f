"""Gatherings: what a weekly or monthly one holds, and when a subscriber may go from one frequency to another.

`gathered(records, frequency, *, course, since) -> Gathering | None`: `records` are the list's issues
(`Issues.of(list)`), `course` is `Audience.course(list)`, `since` the schedule's own. Compose with its
`articles`, `through` and `again`; title it with `render.words.gathering_title(gathering, language)`. Pure.

A list's single issues stand in the order in which they were queued, and a *place* is a count of them. Whoever
takes each issue has had all of them; whoever takes a gathering has had them up to the place where the last
gathering ended. Two frequencies that stand at the same place are the same to a reader: only there one may
go from one to the other, and neither get an article twice nor miss one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from briefpub.domain.audience import Frequency
from briefpub.domain.issue import IssueRecord

GATHERED = (Frequency.WEEKLY, Frequency.MONTHLY)
OFTEN = {Frequency.EACH: 0, Frequency.WEEKLY: 1, Frequency.MONTHLY: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """An issue on its way: its mailing and when it was queued, or no mailing yet where it waits.

    `through` is the number of the last single issue that a gathering holds.
    """

    frequency: Frequency
    number: int
    through: int | None = None
    mailing: int = 0
    at: datetime | None = None
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How far a list has come: its issues in the order in which they were queued, and gatherings that wait.

    `takers` tells since when the longest standing subscriber of each frequency has taken it.
    """

    queued: tuple[Queued, ...] = ()
    waiting: tuple[Queued, ...] = ()
    takers: Mapping[Frequency, datetime] = field(default_factory=dict)

    @property
    def singles(self) -> tuple[Queued, ...]:
        """Give the single issues; the first has place 1."""
        return tuple(one for one in self.queued if one.frequency is Frequency.EACH)

    def place(self, through: int | None) -> int:
        """Give the place of a single issue by its number; 0 for none."""
        numbers = [one.number for one in self.singles]
        if through is None or through in numbers:
            return 0 if through is None else numbers.index(through) + 1
        return sum(number <= through for number in numbers)

    @property
    def places(self) -> dict[int, int]:
        """Give, by mailing, the place up to which it has brought whoever got it."""
        by_number = {one.number: place for place, one in enumerate(self.singles, start=1)}
        ends = {
            one.mailing: one.number if one.frequency is Frequency.EACH else one.through for one in self.queued
        }
        return {mailing: by_number.get(end, 0) if end is not None else 0 for mailing, end in ends.items()}

    def stand(self, frequency: Frequency) -> int:
        """Give the place where a frequency stands; 0 before its first issue or gathering."""
        if frequency is Frequency.EACH:
            return len(self.singles)
        return max((self.place(one.through) for one in self._gatherings(frequency)), default=0)

    def ahead(self, frequency: Frequency) -> int:
        """Give the place where a frequency will stand once the gathering that waits is queued, if any."""
        waiting = [self.place(one.through) for one in self.waiting if one.frequency is frequency]
        return max([self.stand(frequency), *waiting])

    def span(self, gathering: Frequency, number: int) -> range:
        """Give the places of the single issues that a gathering holds: those since the one before it."""
        mine = [one for one in (*self.queued, *self.waiting) if one.frequency is gathering]
        ends = [self.place(one.through) for one in mine if one.number == number]
        begins = [self.place(one.through) for one in mine if one.number < number]
        return range(max(begins, default=0) + 1, max(ends, default=0) + 1)

    def held(self, gathering: Frequency, number: int) -> tuple[int, ...]:
        """Give the mailings of the single issues that a gathering holds."""
        singles = self.singles
        return tuple(singles[place - 1].mailing for place in self.span(gathering, number))

    def brought(self, gathering: Frequency, number: int) -> tuple[int, ...]:
        """Give the mailings that brought a part of a gathering: single issues, and other gatherings."""
        mine = self.span(gathering, number)
        others = [one for one in self.queued if (one.frequency, one.number) != (gathering, number)]
        spans = [
            (one.mailing, self.span(one.frequency, one.number))
            for one in others
            if one.frequency is not Frequency.EACH
        ]
        shared = [
            mailing for mailing, span in spans if max(mine.start, span.start) < min(mine.stop, span.stop)
        ]
        return (*self.held(gathering, number), *shared)

    def gap(self, frequency: Frequency) -> bool:
        """Say whether a later gathering went out before one that still waits."""
        last = max((one.number for one in self._gatherings(frequency)), default=0)
        return any(one.frequency is frequency and one.number < last for one in self.waiting)

    def _gatherings(self, frequency: Frequency) -> Iterator[Queued]:
        return (one for one in self.queued if one.frequency is frequency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathering:
    """What a gathering holds: articles by id in their order, each once, and the last single issue of them.

    `again` says that one of them was in a gathering of this frequency before: the list asked for it again.
    `first` and `last` are the dates of the issues gathered.
    """

    frequency: Frequency
    articles: tuple[str, ...]
    through: int
    first: date
    last: date
    again: bool = False


def gathered(
    records: Sequence[IssueRecord], frequency: Frequency, *, course: Course, since: datetime
) -> Gathering | None:
    """Give what the next gathering of a list holds; None where nothing new was mailed.

    That is every article of the single issues queued after the last gathering's, whether that one was mailed
    or still waits. The first one begins with the frequency: with its schedule or with the first who took it,
    whichever was earlier. What an editor cancelled is not gathered behind their back.
    """
    before = [one for one in records if one.frequency is frequency]
    singles = course.singles
    if before:
        after = max(course.place(one.through) for one in before)
    else:
        begin = min(since, course.takers.get(frequency, since))
        after = next((at for at, one in enumerate(singles) if one.at and one.at >= begin), len(singles))
    numbers = [one.number for one in singles[after:] if not one.cancelled]
    by_number = {one.number: one for one in records if one.frequency is Frequency.EACH}
    issues = [by_number[number] for number in numbers if number in by_number]
    articles = tuple(dict.fromkeys(article for issue in issues for article in issue.articles))
    if not articles:
        return None
    had = {article for one in before for article in one.articles}
    return Gathering(
        frequency=frequency,
        articles=articles,
        through=singles[-1].number,
        first=min(issue.date for issue in issues),
        last=max(issue.date for issue in issues),
        again=not had.isdisjoint(articles),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Whoever takes `leaves` and wants `wants` takes `takes` from now on.

    Before that they get the single issues up to the place `upto` that they have not had.
    """

    leaves: Frequency
    wants: Frequency
    takes: Frequency
    upto: int


def moves_before(course: Course) -> Iterator[Move]:
    """Give who may go over before a single issue is queued: to a gathering that gathered all there is.

    One that waits to be mailed counts: they have had what is in it, and it will pass them by.
    """
    here = course.stand(Frequency.EACH)
    for frequency in GATHERED:
        if here and course.ahead(frequency) == here:
            yield Move(leaves=Frequency.EACH, wants=frequency, takes=frequency, upto=0)


def moves_after(course: Course, gathering: Frequency) -> Iterator[Move]:
    """Give who may go over now that a gathering is queued: those who leave it, and those who come to it.

    Where single issues were queued since it was composed, whoever leaves it gets those, and is level with
    the rest.
    """
    here, end = course.stand(gathering), course.stand(Frequency.EACH)
    for other in Frequency if here else ():
        if other is gathering:
            continue
        level = course.stand(other) == here
        if not course.gap(gathering):
            if level and other is not Frequency.EACH:
                yield Move(leaves=gathering, wants=other, takes=other, upto=here)
            elif OFTEN[other] < OFTEN[gathering]:
                # By way of each issue: the other gathering is behind, and will hold what they have had.
                yield Move(leaves=gathering, wants=other, takes=Frequency.EACH, upto=end)
        if course.gap(other):
            continue
        behind = other is not Frequency.EACH and course.stand(other) < here
        if level or (behind and OFTEN[other] < OFTEN[gathering]):
            yield Move(leaves=other, wants=gathering, takes=gathering, upto=here)


def at_once(course: Course, to: Frequency, *, leaves: Frequency | None, had: int, since: datetime) -> bool:
    """Say whether somebody may go to a frequency this very moment.

    `had` is the place up to which they have been brought by what was mailed to them, 0 where nothing was;
    `since` is when their subscription was confirmed. Nothing they had may come again by the new frequency,
    and nothing may be left that it will not bring any more. `leaves` is what they have taken so far: nothing
    where they begin anew.
    """
    if leaves is not None and course.gap(leaves):
        return False
    stand = course.stand(to)
    if not stand and to is not Frequency.EACH:
        # The first gathering will begin with them, unless it is composed already and waits.
        return not had and not missed(course, had=had, since=since, upto=course.ahead(to))
    return had <= stand and not missed(course, had=had, since=since, upto=stand)


def missed(course: Course, *, had: int, since: datetime, upto: int) -> tuple[Queued, ...]:
    """Give the single issues queued since `since` that lie behind the place `had`, up to the place `upto`."""
    behind = course.singles[had:upto]
    return tuple(one for one in behind if not one.cancelled and one.at is not None and one.at >= since)
