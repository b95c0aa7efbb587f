"""The issues of every list in the database, with their articles and the hashes of what was frozen."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from briefpub.domain.errors import Conflict
from briefpub.domain.issue import Edition, IssueRecord, IssueState
from briefpub.store.audience import list_id
from briefpub.store.database import Database
from briefpub.store.tables import edition, issue, issue_article, list_


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

    def compose(self, list: str, articles: Sequence[str], *, title: str, date: dt.date) -> IssueRecord:
        """Insert the list's next issue and claim its articles for the list; raises Conflict."""
        with self.database.writing() as connection:
            owner = list_id(connection, list)
            _refuse_taken(connection, owner, list, articles)
            last = connection.execute(
                select(func.max(issue.c.number)).where(issue.c.list_id == owner)
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
                )
                .returning(issue.c.id)
            ).scalar_one()
            connection.execute(
                insert(issue_article),
                [
                    {"issue_id": row, "position": position, "list_id": owner, "article_id": article}
                    for position, article in enumerate(articles)
                ],
            )
        return IssueRecord(
            list=list,
            number=number,
            date=date,
            title=title,
            state=IssueState.COMPOSED,
            articles=tuple(articles),
        )

    def taken(self, list: str) -> frozenset[str]:
        """Give the ids of the articles that any issue of this list holds."""
        query = (
            select(issue_article.c.article_id)
            .join(list_, list_.c.id == issue_article.c.list_id)
            .where(list_.c.slug == list)
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

    def freeze(self, key: str, *, manifest_sha256: str, editions: Sequence[Edition]) -> IssueRecord:
        """Record the editions' hashes and the manifest's; the same hashes again change nothing."""
        with self.database.writing() as connection:
            record = _existing(connection, key)
            if record.manifest_sha256 == manifest_sha256:
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
            connection.execute(
                insert(edition),
                [
                    {
                        "issue_id": row,
                        "format": made.format.value,
                        "media_type": made.format.media_type,
                        "size": len(made.data),
                        "sha256": made.sha256,
                    }
                    for made in editions
                ],
            )
            return _change(connection, record, state=IssueState.FROZEN, manifest_sha256=manifest_sha256)

    def published(self, key: str) -> IssueRecord:
        """Record that the issue's mailing has ended."""
        with self.database.writing() as connection:
            record = _existing(connection, key)
            if record.state not in {IssueState.FROZEN, IssueState.PUBLISHED}:
                raise Conflict(f"the issue is {record.state}: only a frozen one can be published", where=key)
            return _change(connection, record, state=IssueState.PUBLISHED)


def place_of(key: str) -> tuple[str, int]:
    """Read an issue's key, `weekly/001`, as its list and its number; nonsense names no issue."""
    slug, _, number = key.partition("/")
    return slug, int(number) if number.isascii() and number.isdigit() and len(number) < 10 else -1


def row_of(connection: Connection, key: str) -> int | None:
    """Give the row of an issue by its key, or None."""
    slug, number = place_of(key)
    query = select(issue.c.id).join(list_).where(list_.c.slug == slug, issue.c.number == number)
    return connection.execute(query).scalar()


def _find(connection: Connection, key: str) -> IssueRecord | None:
    slug, number = place_of(key)
    return next(iter(_records(connection, slug=slug, number=number)), None)


def _existing(connection: Connection, key: str) -> IssueRecord:
    record = _find(connection, key)
    if record is None:
        raise Conflict("there is no such issue", where=key, hint="`briefpub issues list` names them all")
    return record


def _records(
    connection: Connection, *, slug: str | None, number: int | None = None
) -> tuple[IssueRecord, ...]:
    issues = select(issue, list_.c.slug).join(list_).order_by(list_.c.slug, issue.c.number)
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


def _refuse_taken(connection: Connection, owner: int, slug: str, articles: Sequence[str]) -> None:
    """Say in words what the unique constraint would only refuse."""
    if not articles or len(set(articles)) < len(articles):
        raise Conflict("an issue needs articles, each of them once", where=slug)
    query = (
        select(issue_article.c.article_id)
        .where(issue_article.c.list_id == owner, issue_article.c.article_id.in_(articles))
        .order_by(issue_article.c.article_id)
    )
    taken = connection.execute(query).scalars().all()
    if taken:
        raise Conflict(f"already in an issue of this list: {', '.join(taken)}", where=slug)
