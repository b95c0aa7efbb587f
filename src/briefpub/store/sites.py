"""What is known of receiving sites, in the database: one row a site, locked while it is changed.

Every process draws from the same bucket and sees the same breaker. A site without a limit and without
trouble costs no transaction: which sites had trouble is remembered from the last look (`closed`).
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Row, or_, select, update

from briefpub.domain.breaker import after_refusal, after_success, after_trouble, reopened
from briefpub.domain.delivery import Trouble
from briefpub.domain.flow import FlowPlan, Grant, SiteState, put_back, take
from briefpub.store.clock import NO_GAP, gap
from briefpub.store.database import Database
from briefpub.store.tables import site as table
from briefpub.store.upserts import upsert

SHUT = or_(table.c.stopped != "", table.c.closed_until.is_not(None))
TROUBLED = or_(SHUT, table.c.failures > 0, table.c.refusals > 0, table.c.logins > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlSites:
    """The receiving sites of a publication; each method is one transaction or none."""

    database: Database
    _troubled: set[str] = field(default_factory=set, init=False, repr=False, compare=False)

    def states(self) -> tuple[SiteState, ...]:
        """Give every site that is not as good as new, by name."""
        return self._look(None)[0]

    def _look(self, now: dt.datetime | None) -> tuple[tuple[SiteState, ...], dt.timedelta]:
        """Give the sites in trouble, and how far ahead the clock is that their moments are of."""
        with self.database.reading() as connection:
            rows = connection.execute(select(table).where(TROUBLED).order_by(table.c.site)).all()
            ahead = gap(self.database, connection, now) if now and rows else NO_GAP
        states = tuple(_state(row) for row in rows)
        # In two steps, since others look at the same time: no site is left out for a moment.
        names = {state.site for state in states}
        self._troubled.update(names)
        self._troubled.intersection_update(names)
        return states, ahead

    def closed(self, *, now: dt.datetime) -> dict[str, SiteState]:
        """Give the sites that may not be tried now, and until when by the caller's own clock."""
        states, ahead = self._look(now)
        return {state.site: _told(state, ahead) for state in states if not state.open(now + ahead)}

    def take(self, wanted: Mapping[str, int], *, plan: FlowPlan, now: dt.datetime) -> dict[str, Grant]:
        """Take from each site's rate, and from the day's warm-up cap, what messages need."""
        cap = plan.cap(now)
        grants = {name: Grant(count=max(0, count)) for name, count in wanted.items()}
        limited = [
            name
            for name in sorted(wanted)
            if cap is not None or plan.rules(name).rate is not None or name in self._troubled
        ]
        if not limited:
            return grants
        with self.database.sharing() as connection:
            states = _locked(connection, limited)
            ahead = gap(self.database, connection, now)
            cap = plan.cap(now + ahead)
            for state in states:
                grant, after = take(
                    state, plan.rules(state.site), wanted[state.site], now=now + ahead, cap=cap
                )
                _write(connection, state, after)
                ready_at = grant.ready_at - ahead if grant.ready_at else None
                grants[state.site] = replace(grant, ready_at=ready_at)
        return grants

    def put_back(self, unused: Mapping[str, int], *, plan: FlowPlan, now: dt.datetime) -> None:
        """Give back what was taken for messages that were not tried."""
        capped = plan.cap(now) is not None
        names = [name for name in sorted(unused) if capped or plan.rules(name).rate is not None]
        if names:
            with self.database.sharing() as connection:
                for state in _locked(connection, names):
                    after = put_back(state, plan.rules(state.site), unused[state.site])
                    _write(connection, state, after)

    def trouble(self, trouble: Trouble, *, now: dt.datetime) -> SiteState:
        """Write down that a site took nothing, and give how it stands now."""
        return self._changed(trouble.site, lambda state, at: after_trouble(state, trouble, now=at), now)

    def refused(self, site: str, reply: str, *, now: dt.datetime) -> SiteState:
        """Write down that a site refused a message because of us, and give how it stands now."""
        return self._changed(site, lambda state, at: after_refusal(state, reply, now=at), now)

    def success(self, sites: Sequence[str], *, now: dt.datetime) -> None:  # noqa: ARG002
        """Write down that sites took something; those as good as new cost nothing."""
        names = sorted(self._troubled.intersection(sites))
        if not names:
            return
        with self.database.sharing() as connection:
            after = [(state, after_success(state)) for state in _locked(connection, names)]
            for before, then in after:
                _write(connection, before, then)
        self._troubled.difference_update(then.site for _, then in after if not then.troubled)

    def reopen(self, site: str | None = None) -> int:
        """Let a stopped or closed site, or all, be tried again at once; give how many there were."""
        query = select(table).where(SHUT).order_by(table.c.site).with_for_update()
        if site is not None:
            query = query.where(table.c.site == site)
        with self.database.sharing() as connection:
            shut = [_state(row) for row in connection.execute(query)]
            for state in shut:
                _write(connection, state, reopened(state))
        self._troubled.difference_update(state.site for state in shut)
        return len(shut)

    def _changed(
        self, name: str, change: Callable[[SiteState, dt.datetime], SiteState], now: dt.datetime
    ) -> SiteState:
        with self.database.sharing() as connection:
            (before,) = _locked(connection, [name])
            ahead = gap(self.database, connection, now)
            after = change(before, now + ahead)
            _write(connection, before, after)
        if after.troubled:
            self._troubled.add(name)
        return _told(after, ahead)


def _locked(connection: Connection, names: Sequence[str]) -> list[SiteState]:
    """Lock the rows of sites, making those that are missing, in one order for everybody: no deadlock."""
    query = select(table).where(table.c.site.in_(names)).order_by(table.c.site).with_for_update()
    rows = connection.execute(query).all()
    if len(rows) < len(names):
        missing = sorted(set(names) - {row.site for row in rows})
        connection.execute(
            upsert(connection, table).on_conflict_do_nothing(), [{"site": name} for name in missing]
        )
        rows = connection.execute(query).all()
    return [_state(row) for row in rows]


def _told(state: SiteState, ahead: dt.timedelta) -> SiteState:
    """Give a site's state with its moment as the caller's clock will show it."""
    return replace(state, closed_until=state.closed_until - ahead) if state.closed_until else state


def _write(connection: Connection, before: SiteState, after: SiteState) -> None:
    if after != before:
        connection.execute(update(table).where(table.c.site == after.site).values(asdict(after)))


def _state(row: Row[*tuple[Any, ...]]) -> SiteState:
    return SiteState(**row._mapping)  # noqa: SLF001 - the row's own public way to be read by name
