"""Receiving sites in memory, held to the same contract suite as the stored ones."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from briefpub.domain.breaker import after_refusal, after_success, after_trouble, reopened
from briefpub.domain.delivery import Trouble
from briefpub.domain.flow import FlowPlan, Grant, SiteState, put_back, take


@dataclass
class FakeSites:
    """Keeps every site's state in a dict."""

    rows: dict[str, SiteState] = field(default_factory=dict)

    def states(self) -> tuple[SiteState, ...]:
        return tuple(self.rows[name] for name in sorted(self.rows) if self.rows[name].troubled)

    def closed(self, *, now: dt.datetime) -> dict[str, SiteState]:
        return {state.site: state for state in self.states() if not state.open(now)}

    def take(self, wanted: Mapping[str, int], *, plan: FlowPlan, now: dt.datetime) -> dict[str, Grant]:
        grants: dict[str, Grant] = {}
        for name, count in wanted.items():
            grants[name], self.rows[name] = take(
                self._of(name), plan.rules(name), count, now=now, cap=plan.cap(now)
            )
        return grants

    def put_back(self, unused: Mapping[str, int], *, plan: FlowPlan, now: dt.datetime) -> None:
        for name, count in unused.items():
            if plan.cap(now) is not None or plan.rules(name).rate is not None:
                self._put(put_back(self._of(name), plan.rules(name), count))

    def trouble(self, trouble: Trouble, *, now: dt.datetime) -> SiteState:
        return self._put(after_trouble(self._of(trouble.site), trouble, now=now))

    def refused(self, site: str, reply: str, *, now: dt.datetime) -> SiteState:
        return self._put(after_refusal(self._of(site), reply, now=now))

    def success(self, sites: Sequence[str], *, now: dt.datetime) -> None:
        for name in sites:
            self._put(after_success(self._of(name)))

    def reopen(self, site: str | None = None) -> int:
        shut = [
            state
            for state in self.rows.values()
            if site in {None, state.site} and (state.stopped or state.closed_until)
        ]
        for state in shut:
            self._put(reopened(state))
        return len(shut)

    def _of(self, name: str) -> SiteState:
        return self.rows.get(name, SiteState(site=name))

    def _put(self, state: SiteState) -> SiteState:
        self.rows[state.site] = state
        return state
