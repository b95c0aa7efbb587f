"""The issues of every list in the database, with their articles and the hashes of what was frozen."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from briefpub.domain.audience import Frequency
from briefpub.domain.errors import Conflict
from briefpub.domain.issue import Edition, IssueRecord, IssueState, place_of
from briefpub.store.audience import list_id
from briefpub.store.database import Database
from briefpub.store.tables import edition, issue, issue_article, list_, mailing, run


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlIssues:
    """The issues of a publication; each method is one transaction."""

    database: Database

    def of(self, list: str | None = None) -> tuple[IssueRecord, ...]:
        """Give the issues of one list, or of all, oldest first."""
        with self.database.reading() as connection:
            return _records(connection, slug=list)

    def get(self, key: str) -> IssueRecord | None:
        """Give one issue by its key, `weekly/001`."""
        with self.database.reading() as connection:
            return _find(connection, key)

    def compose(
        self,
        list: str,
        articles: Sequence[str],
        *,
        title: str,
        date: dt.date,
        frequency: Frequency = Frequency.EACH,
        through: int | None = None,
        again: bool = False,
    ) -> IssueRecord:
        """Insert the list's next issue and claim its articles for the list; raises Conflict."""
        with self.database.writing() as connection:
            record, _ = compose(
                connection,
                list,
                articles,
                title=title,
                date=date,
                frequency=frequency,
                through=through,
                again=again,
            )
        return record

    def taken(self, list: str, frequency: Frequency = Frequency.EACH) -> frozenset[str]:
        """Give the ids of the articles that any issue of this list at this frequency holds."""
        query = (
            select(issue_article.c.article_id)
            .join(list_, list_.c.id == issue_article.c.list_id)
            .where(list_.c.slug == list, issue_article.c.frequency == frequency.value)
        )
        with self.database.reading() as connection:
            return frozenset(connection.execute(query).scalars())

    def set_state(self, key: str, state: IssueState) -> IssueRecord:
        """Hold or approve a composed issue; raises Conflict when it is frozen already."""
        if state not in {IssueState.COMPOSED, IssueState.HELD}:
            raise Conflict(f"an issue cannot be set to {state} by hand", where=key)
        with self.database.writing() as connection:
            record = _existing(connection, key)
            if record.state not in {IssueState.COMPOSED, IssueState.HELD}:
                raise Conflict(f"the issue is {record.state} and cannot change any more", where=key)
            return _change(connection, record, state=state)

    def freeze(
        self,
        key: str,
        *,
        manifest_sha256: str,
        editions: Sequence[Edition],
        state: IssueState = IssueState.FROZEN,
    ) -> IssueRecord:
        """Record the editions' hashes and the manifest's; the same hashes again change nothing.

        As `AWAITING` nobody has said yes to it yet; freezing the same as `FROZEN` is that yes.
        """
        with self.database.writing() as connection:
            record = _existing(connection, key)
            if record.manifest_sha256 == manifest_sha256:
                if record.state is IssueState.AWAITING and state is IssueState.FROZEN:
                    return _change(connection, record, state=state)
                return record
            if record.manifest_sha256:
                raise Conflict(
                    "the issue is frozen with other bytes than these",
                    where=key,
                    hint="what was frozen is never changed: mend it in the next issue",
                )
            if record.state is IssueState.HELD:
                raise Conflict(
                    "the issue is held", where=key, hint=f"`briefpub issues approve {key}` frees it"
                )
            row = row_of(connection, key)
            hashes = [
                {
                    "issue_id": row,
                    "format": made.format.value,
                    "media_type": made.format.media_type,
                    "size": len(made.data),
                    "sha256": made.sha256,
                }
                for made in editions
            ]
            if hashes:
                connection.execute(insert(edition), hashes)
            return _change(connection, record, state=state, manifest_sha256=manifest_sha256)

    def approve(self, key: str, *, manifest_sha256: str, by: str, now: dt.datetime) -> IssueRecord:
        """Record that somebody approves these very bytes; raises Conflict where others are frozen."""
        with self.database.writing() as connection:
            record = _existing(connection, key)
            if not record.manifest_sha256 or record.manifest_sha256 != manifest_sha256:
                raise Conflict(
                    "these are not the bytes that are frozen",
                    where=key,
                    hint=f"look at the issue again: briefpub issues show {key}",
                )
            if record.state is not IssueState.AWAITING:
                raise Conflict(f"the issue is {record.state}: it waits for nobody", where=key)
            connection.execute(
                update(issue)
                .where(issue.c.id == row_of(connection, key))
                .values(approved_sha256=manifest_sha256, approved_by=by, approved_at=now)
            )
            return replace(record, approved_sha256=manifest_sha256)

    def withdraw(self, key: str) -> IssueRecord:
        """Take back an issue that nobody was mailed: its articles are free again. Raises Conflict."""
        with self.database.writing() as connection:
            record = _existing(connection, key)
            row = row_of(connection, key)
            mailed = connection.execute(select(mailing.c.id).where(mailing.c.issue_id == row)).first()
            if mailed or record.state in {IssueState.FROZEN, IssueState.PUBLISHED}:
                raise Conflict(
                    "the issue is on its way to its readers, or was sent",
                    where=key,
                    hint=f"`briefpub outbox cancel {key}` stops what has not gone out",
                )
            later = [one for one in _records(connection, slug=record.list) if one.number > record.number]
            if any(one.frequency is record.frequency for one in later):
                raise Conflict("a later issue of the list is there already", where=key)
            connection.execute(update(run).where(run.c.issue_id == row).values(issue_id=None))
            for table in (edition, issue_article):
                connection.execute(delete(table).where(table.c.issue_id == row))
            connection.execute(delete(issue).where(issue.c.id == row))
            return record

    def published(self, key: str) -> IssueRecord:
        """Record that the issue's mailing has ended."""
        with self.database.writing() as connection:
            record = _existing(connection, key)
            if record.state not in {IssueState.FROZEN, IssueState.PUBLISHED}:
                raise Conflict(f"the issue is {record.state}: only a frozen one can be published", where=key)
            return _change(connection, record, state=IssueState.PUBLISHED)


def compose(
    connection: Connection,
    list: str,
    articles: Sequence[str],
    *,
    title: str,
    date: dt.date,
    frequency: Frequency = Frequency.EACH,
    through: int | None = None,
    again: bool = False,
) -> tuple[IssueRecord, int]:
    """Insert a list's next issue within a transaction; give it, and its row. Raises Conflict."""
    owner = list_id(connection, list)
    rounds = _rounds(connection, owner, list, articles, frequency, again=again)
    last = connection.execute(
        select(func.max(issue.c.number)).where(issue.c.list_id == owner, issue.c.frequency == frequency.value)
    ).scalar()
    number = (last or 0) + 1
    row = connection.execute(
        insert(issue)
        .values(
            list_id=owner,
            number=number,
            date=date,
            title=title,
            state=IssueState.COMPOSED.value,
            manifest_sha256="",
            frequency=frequency.value,
            through=through,
        )
        .returning(issue.c.id)
    ).scalar_one()
    connection.execute(
        insert(issue_article),
        [
            {
                "issue_id": row,
                "position": position,
                "list_id": owner,
                "article_id": article,
                "frequency": frequency.value,
                "again": rounds.get(article, 0),
            }
            for position, article in enumerate(articles)
        ],
    )
    record = IssueRecord(
        list=list,
        number=number,
        date=date,
        title=title,
        state=IssueState.COMPOSED,
        articles=tuple(articles),
        frequency=frequency,
        through=through,
    )
    return record, int(row)


def row_of(connection: Connection, key: str) -> int | None:
    """Give the row of an issue by its key, or None."""
    slug, frequency, number = place_of(key)
    query = (
        select(issue.c.id)
        .join(list_)
        .where(list_.c.slug == slug, issue.c.frequency == frequency.value, issue.c.number == number)
    )
    return connection.execute(query).scalar()


def _find(connection: Connection, key: str) -> IssueRecord | None:
    slug, _, number = place_of(key)
    found = _records(connection, slug=slug, number=number)
    return next((record for record in found if record.key == key), None)


def _existing(connection: Connection, key: str) -> IssueRecord:
    record = _find(connection, key)
    if record is None:
        raise Conflict("there is no such issue", where=key, hint="`briefpub issues list` names them all")
    return record


def _records(
    connection: Connection, *, slug: str | None, number: int | None = None
) -> tuple[IssueRecord, ...]:
    issues = select(issue, list_.c.slug).join(list_).order_by(list_.c.slug, issue.c.frequency, issue.c.number)
    articles = select(issue_article.c.issue_id, issue_article.c.article_id).order_by(
        issue_article.c.issue_id, issue_article.c.position
    )
    if slug is not None:
        issues = issues.where(list_.c.slug == slug)
        articles = articles.join(list_, list_.c.id == issue_article.c.list_id).where(list_.c.slug == slug)
    if number is not None:
        issues = issues.where(issue.c.number == number)
        articles = articles.join(issue, issue.c.id == issue_article.c.issue_id).where(
            issue.c.number == number
        )
    held: dict[int, list[str]] = {}
    for row in connection.execute(articles):
        held.setdefault(row.issue_id, []).append(row.article_id)
    return tuple(_record(row, held.get(row.id, [])) for row in connection.execute(issues))


def _record(row: Row[*tuple[Any, ...]], articles: Sequence[str]) -> IssueRecord:
    return IssueRecord(
        list=row.slug,
        number=row.number,
        date=row.date,
        title=row.title,
        state=IssueState(row.state),
        articles=tuple(articles),
        manifest_sha256=row.manifest_sha256,
        frequency=Frequency(row.frequency),
        through=row.through,
        approved_sha256=row.approved_sha256,
    )


def _change(
    connection: Connection, record: IssueRecord, *, state: IssueState, manifest_sha256: str = ""
) -> IssueRecord:
    changed = replace(record, state=state, manifest_sha256=manifest_sha256 or record.manifest_sha256)
    connection.execute(
        update(issue)
        .where(issue.c.id == row_of(connection, record.key))
        .values(state=changed.state.value, manifest_sha256=changed.manifest_sha256)
    )
    return changed


def _rounds(
    connection: Connection,
    owner: int,
    slug: str,
    articles: Sequence[str],
    frequency: Frequency,
    *,
    again: bool,
) -> dict[str, int]:
    """Give how often each article was in an issue before; say in words what the constraint would refuse."""
    if not articles or len(set(articles)) < len(articles):
        raise Conflict("an issue needs articles, each of them once", where=slug)
    query = (
        select(issue_article.c.article_id, func.max(issue_article.c.again))
        .where(
            issue_article.c.list_id == owner,
            issue_article.c.frequency == frequency.value,
            issue_article.c.article_id.in_(articles),
        )
        .group_by(issue_article.c.article_id)
        .order_by(issue_article.c.article_id)
    )
    taken = {article: count + 1 for article, count in connection.execute(query)}
    if taken and not again:
        raise Conflict(f"already in an issue of this list: {', '.join(taken)}", where=slug)
    return taken
