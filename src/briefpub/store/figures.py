"""What an operator watches, counted by the database; deliveries are never counted, their mailings know."""

from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, or_, select

from briefpub.domain.delivery import DeliveryState, MailingState
from briefpub.domain.figures import Figures
from briefpub.domain.schedule import Question, RunState
from briefpub.store.database import Database
from briefpub.store.tables import issue, list_, mailing, run, schedule

# What should have gone out by itself at its hour; a run that waits for an editor is a question, not late.
WAITING = or_(
    run.c.state.in_([RunState.PLANNED.value, RunState.COMPOSING.value]),
    and_(run.c.state == RunState.HELD.value, run.c.question == Question.NONE.value),
)
ASKS = and_(run.c.state == RunState.HELD.value, run.c.question != Question.NONE.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlFigures:
    """Counts a publication in one reading transaction of four small queries."""

    database: Database

    def __call__(self) -> Figures:
        """Give the figures as they stand; raises StoreError."""
        with self.database.reading() as connection:
            questions = connection.execute(select(func.count()).select_from(run).where(ASKS)).scalar_one()
            return Figures(
                deliveries=_deliveries(connection),
                mailings=_mailings(connection),
                runs=_runs(connection),
                oldest_due=connection.execute(select(func.min(run.c.due)).where(WAITING)).scalar(),
                questions=questions,
            )


def _deliveries(connection: Connection) -> dict[tuple[str, DeliveryState], int]:
    sums = [func.sum(mailing.c[state.value]) for state in DeliveryState]
    query = (
        select(list_.c.slug, *sums)
        .select_from(mailing.join(issue).join(list_, issue.c.list_id == list_.c.id))
        .group_by(list_.c.slug)
    )
    return {
        (row[0], state): int(count)
        for row in connection.execute(query)
        for state, count in zip(DeliveryState, row[1:], strict=True)
    }


def _mailings(connection: Connection) -> dict[MailingState, int]:
    query = select(mailing.c.state, func.count()).group_by(mailing.c.state)
    found: dict[str, int] = {state: count for state, count in connection.execute(query)}  # noqa: C416 - typed
    return {each: found.get(each.value, 0) for each in MailingState}


def _runs(connection: Connection) -> dict[tuple[str, RunState], int]:
    query = (
        select(schedule.c.name, run.c.state, func.count())
        .select_from(run.join(schedule, run.c.schedule_id == schedule.c.id))
        .where(schedule.c.removed.is_(False))
        .group_by(schedule.c.name, run.c.state)
    )
    found: dict[tuple[str, str], int] = {}
    for name, state, count in connection.execute(query):
        found[name, state] = count
    names = sorted({name for name, _ in found})
    return {(name, state): found.get((name, state.value), 0) for name in names for state in RunState}
