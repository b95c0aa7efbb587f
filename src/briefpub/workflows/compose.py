"""Compose: choose the articles of a list's next issue, and claim them for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from briefpub.domain.article import Article, Status
from briefpub.domain.audience import Frequency, List
from briefpub.domain.errors import ConfigError, Conflict
from briefpub.domain.issue import Imprint, Issue, IssueRecord, IssueState
from briefpub.workflows.ports import Issues


def choose(articles: Sequence[Article], taken: frozenset[str]) -> tuple[Article, ...]:
    """Give the ready articles no issue of the list holds: newest date first, undated last, then by id."""
    fresh = [article for article in articles if article.status is Status.READY and article.id not in taken]
    return tuple(
        sorted(fresh, key=lambda article: (-article.date.toordinal() if article.date else 0, article.id))
    )


def day_of(list: List, now: datetime) -> date:
    """Give the day it is where the list lives; raises ConfigError for a time zone that is not one."""
    try:
        return now.astimezone(ZoneInfo(list.timezone)).date()
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(
            f"{list.timezone!r} is not a time zone",
            where=list.slug,
            hint="write it as in the IANA database, for example Europe/Paris",
        ) from error


def issue_of(record: IssueRecord, *, list: List, imprint: Imprint, articles: Sequence[Article]) -> Issue:
    """Give the issue that a record tells of; raises Conflict when one of its articles is gone."""
    by_id = {article.id: article for article in articles}
    gone = [id for id in record.articles if id not in by_id]
    if gone:
        raise Conflict(
            f"the articles of this issue are no longer there: {', '.join(gone)}",
            where=record.key,
            hint="put their files back into articles/ under the same names",
        )
    return Issue(
        list=list,
        imprint=imprint,
        number=record.number,
        date=record.date,
        title=record.title,
        articles=tuple(by_id[id] for id in record.articles),
        frequency=record.frequency,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Compose:
    """Makes a list's next issue out of what is ready."""

    issues: Issues

    def plan(
        self, list: List, articles: Sequence[Article], *, now: datetime, title: str = ""
    ) -> IssueRecord | None:
        """Give the issue that would come next, recording nothing; None where no article is new."""
        chosen = choose(articles, self.issues.taken(list.slug))
        if not chosen:
            return None
        of_list = self.issues.of(list.slug)
        last = max((one.number for one in of_list if one.frequency is Frequency.EACH), default=0)
        return IssueRecord(
            list=list.slug,
            number=last + 1,
            date=day_of(list, now),
            title=title,
            state=IssueState.COMPOSED,
            articles=tuple(article.id for article in chosen),
        )

    def record(self, plan: IssueRecord) -> IssueRecord:
        """Record a planned issue; raises Conflict when another one came in between."""
        made = self.issues.compose(plan.list, plan.articles, title=plan.title, date=plan.date)
        if made.number != plan.number:
            raise Conflict(
                f"another issue was composed meanwhile; this one is {made.key}",
                where=plan.key,
                hint=f"look at it, then `briefpub publish {plan.list}`",
            )
        return made

    def __call__(
        self, list: List, articles: Sequence[Article], *, now: datetime, title: str = ""
    ) -> IssueRecord | None:
        """Compose the next issue; None where no article is new."""
        plan = self.plan(list, articles, now=now, title=title)
        return self.record(plan) if plan else None
