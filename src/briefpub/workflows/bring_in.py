"""Bring people in from a file: what would happen first, then chunk by chunk, under a number to undo."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from briefpub.domain.audience import RowFate, SubscriberRow
from briefpub.workflows.ports.audience import Audience, Intakes
from briefpub.workflows.ports.content import Progress, silent

CHUNK = 2000
SOME = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtIn:
    """What became of a file's rows, or would: how many of each fate, and the reasons of the bad by line."""

    totals: dict[RowFate, int]
    reasons: dict[int, str] = field(default_factory=dict)
    some: tuple[SubscriberRow, ...] = ()
    intake: int | None = None

    @property
    def rows(self) -> int:
        """Count the rows."""
        return sum(self.totals.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class BringIn:
    """An import never re-subscribes anybody, whatever the file says; memory does not grow with it."""

    audience: Audience
    intakes: Intakes

    def foresee(
        self, slug: str, rows: Iterable[SubscriberRow], *, total: int = 0, progress: Progress = silent
    ) -> BroughtIn:
        """Say what importing would do, and do nothing."""
        totals: Counter[RowFate] = Counter()
        reasons: dict[int, str] = {}
        some: list[SubscriberRow] = []
        for chunk in _chunks(rows):
            fates = self.audience.fates(slug, chunk)
            totals.update(fates)
            for row, fate in zip(chunk, fates, strict=True):
                if fate is RowFate.BAD:
                    reasons[row.line] = row.reason or "it cannot be used"
                    if len(some) < SOME:
                        some.append(row)
            progress("looking", totals.total(), max(total, totals.total()))
        return BroughtIn(totals=_whole(totals), reasons=reasons, some=tuple(some))

    def __call__(
        self,
        slug: str,
        rows: Iterable[SubscriberRow],
        *,
        source: str,
        consent: str,
        total: int = 0,
        now: datetime,
        progress: Progress = silent,
    ) -> BroughtIn:
        """Add a file's people, `consent` saying how they agreed; a crash leaves whole chunks.

        Importing the same file again goes on from there, as another import. Raises StoreError.
        """
        totals: Counter[RowFate] = Counter()
        intake = self.intakes.begin(slug, source=source, now=now)
        for chunk in _chunks(rows):
            totals.update(self.intakes.bring(intake, chunk, consent=consent, now=now))
            progress("adding", totals.total(), max(total, totals.total()))
        return BroughtIn(totals=_whole(totals), intake=intake)


def _chunks(rows: Iterable[SubscriberRow]) -> Iterator[tuple[SubscriberRow, ...]]:
    left = iter(rows)
    while chunk := tuple(islice(left, CHUNK)):
        yield chunk


def _whole(totals: Counter[RowFate]) -> dict[RowFate, int]:
    return {fate: totals[fate] for fate in RowFate}
