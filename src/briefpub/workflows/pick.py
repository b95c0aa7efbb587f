"""Pick: what would go into a schedule's next issue, by its selection or as a gathering."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from briefpub.domain.article import Head
from briefpub.domain.audience import Frequency
from briefpub.domain.finding import Finding
from briefpub.domain.gathering import gathered
from briefpub.domain.schedule import Schedule, Selection
from briefpub.domain.selection import picked
from briefpub.workflows.ports import Audience, Issues


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """Articles by id in their order; without any, the reason why. A gathering says how far it goes."""

    articles: tuple[str, ...]
    reason: str = ""
    title: str = ""
    through: int | None = None
    again: bool = False
    findings: tuple[Finding, ...] = ()

    def too_few(self, selection: Selection) -> str:
        """Say how many are missing; nothing where there are enough."""
        count = len(self.articles)
        if self.through is not None or count >= selection.least:
            return ""
        are = "1 article is" if count == 1 else f"{count} articles are"
        return f"{are} ready, {selection.least} are wanted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """Picks for one schedule at a time. `heads` reads the articles, as far as choosing needs."""

    heads: Callable[[], Sequence[Head]]
    issues: Issues
    audience: Audience

    def __call__(self, schedule: Schedule, *, day: date, besides: frozenset[str] = frozenset()) -> Picked:
        """Give what a run on `day` would hold; `besides` counts as had, where runs in a row are rehearsed."""
        if schedule.frequency is not Frequency.EACH:
            return self._gathered(schedule)
        taken = self.issues.taken(schedule.list) | besides
        heads = picked(self.heads(), schedule.selection, taken=taken, day=day)
        return Picked(
            articles=tuple(head.id for head in heads),
            reason="" if heads else "no article is new",
            findings=tuple(finding for head in heads for finding in head.findings),
        )

    def _gathered(self, schedule: Schedule) -> Picked:
        """Give what the next gathering holds: all that was mailed since the last one."""
        found = gathered(
            self.issues.of(schedule.list),
            schedule.frequency,
            course=self.audience.course(schedule.list),
            since=schedule.since,
        )
        if found is None:
            return Picked(articles=(), reason="no issue went out that was not gathered yet")
        from briefpub.render.words import gathering_title

        list = self.audience.list(schedule.list)
        return Picked(
            articles=found.articles,
            title=gathering_title(found, list.language) if list else "",
            through=found.through,
            again=found.again,
        )
