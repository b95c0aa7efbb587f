"""Mailing rows as the domain's mailings."""

from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.sql import Select

from briefpub.domain.audience import Frequency
from briefpub.domain.delivery import DeliveryState, Mailing, MailingState
from briefpub.domain.errors import Conflict
from briefpub.domain.issue import folder_of
from briefpub.store.claims import lock
from briefpub.store.issues import row_of
from briefpub.store.tables import issue, list_, mailing


def select_mailings() -> Select[*tuple[Any, ...]]:
    """Select mailings, oldest first; `mailing_of` reads the rows."""
    return (
        select(mailing, list_.c.slug, issue.c.frequency, issue.c.number)
        .select_from(mailing.join(issue).join(list_))
        .order_by(mailing.c.id)
    )


def mailing_of(row: Row[*tuple[Any, ...]]) -> Mailing:
    """Read a row of `select_mailings`."""
    return Mailing(
        id=row.id,
        list=row.slug,
        issue=f"{row.slug}/{folder_of(Frequency(row.frequency), row.number)}",
        state=MailingState(row.state),
        counts={state: getattr(row, state.value) for state in DeliveryState},
        reason=row.reason,
        forgiven=row.forgiven,
    )


def by_issue(connection: Connection, key: str) -> Mailing | None:
    """Give the mailing of an issue's key, or None."""
    row = connection.execute(select_mailings().where(mailing.c.issue_id == row_of(connection, key))).first()
    return mailing_of(row) if row else None


def by_id(connection: Connection, one: int) -> Mailing:
    """Give a mailing that is there."""
    return mailing_of(connection.execute(select_mailings().where(mailing.c.id == one)).one())


def held(connection: Connection, one: int) -> tuple[str, int]:
    """Take hold of a mailing; give its state and its list, or raise Conflict where there is none."""
    found = lock(connection, one)
    if found is None:
        raise Conflict("there is no such mailing", where=str(one))
    return found[0], found[1]
