"""Whatever is done in whatever order: counts equal rows, a row ends or waits, nothing is granted twice."""

import datetime as dt
import pathlib
import tempfile
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
from builders import NOW, a_list, subscribers
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from stores import REPLIES, frozen, postgresql, sqlite

from briefpub.domain.audience import InDoubt
from briefpub.domain.delivery import Attempt, DeliveryState, MailingState
from briefpub.domain.errors import Conflict
from briefpub.domain.replies import Outcome

OWNERS = st.sampled_from(["a", "b"])
KINDS = [("sqlite", sqlite), ("postgresql", postgresql)]


@pytest.fixture(params=KINDS, ids=[k for k, _ in KINDS])
def opener(request):
    return request.param[1]


@pytest.mark.slow
def test_counts_equal_rows_after_anything(opener, tmp_path, empty_database):
    class Machine(RuleBasedStateMachine):
        @initialize()
        def begin(self):
            self.cm = opener(pathlib.Path(tempfile.mkdtemp(dir=tmp_path)), empty_database)
            self.s = self.cm.__enter__()
            self.s.audience.declare(a_list())
            self.s.audience.declare(a_list("annual"))
            for name in ("weekly", "annual"):
                self.s.audience.subscribe(name, subscribers(6), consent="", now=NOW)
            self.m = [
                self.s.ledger.queue(frozen(self.s, list=n).key, now=NOW).id for n in ("weekly", "annual")
            ]
            self.at = NOW
            self.held: dict[str, dict[int, Any]] = {"a": {}, "b": {}}
            self.out: dict[str, dict[int, Any]] = {"a": {}, "b": {}}
            self.granted: Counter[int] = Counter()

        def teardown(self):
            if hasattr(self, "cm"):
                self.cm.__exit__(None, None, None)

        @rule(minutes=st.integers(-70, 90))
        def pass_time(self, minutes):
            self.at += dt.timedelta(minutes=minutes, microseconds=7)

        @rule(o=OWNERS, m=st.integers(0, 1), most=st.integers(1, 5))
        def claim(self, o, m, most):
            for d in self.s.ledger.claim(
                self.m[m], owner=o, most=most, lease_until=self.at + dt.timedelta(minutes=5), now=self.at
            ):
                self.held[o][d.id] = d

        @rule(o=OWNERS, data=st.data())
        def hand(self, o, data):
            ids = sorted(self.held[o])
            if not ids:
                return
            picked = data.draw(st.lists(st.sampled_from(ids), min_size=1, max_size=4, unique=True))
            ok = self.s.ledger.record(
                owner=o, handed=picked, ended=(), lease_until=self.at + dt.timedelta(minutes=20), now=self.at
            )
            for i in picked:
                d = self.held[o].pop(i)
                if i in ok:
                    self.out[o][i] = d

        @rule(
            o=OWNERS,
            data=st.data(),
            outcome=st.sampled_from([*Outcome, "gone"]),
            hold=st.sampled_from([*InDoubt]),
        )
        def end(self, o, data, outcome, hold):
            pool = {**self.held[o], **self.out[o]}
            if not pool:
                return
            picked = data.draw(st.lists(st.sampled_from(sorted(pool)), min_size=1, max_size=4))
            self.at += dt.timedelta(microseconds=1)
            a = (
                Attempt(at=self.at, outcome=Outcome.FAILED, reply="550 5.1.1 no")
                if outcome == "gone"
                else Attempt(at=self.at, outcome=outcome, reply=REPLIES[outcome])
            )
            if outcome in {Outcome.ACCEPTED, Outcome.UNKNOWN}:
                picked = [i for i in picked if i in self.out[o]]
            self.s.ledger.record(
                owner=o,
                handed=(),
                ended=[(pool[i].after(a, hold), a) for i in picked],
                lease_until=self.at,
                now=self.at,
            )
            for i in picked:
                self.held[o].pop(i, None)
                self.out[o].pop(i, None)

        @rule(o=OWNERS, data=st.data())
        def release(self, o, data):
            pool = sorted({**self.held[o], **self.out[o]})
            if pool:
                self.s.ledger.release(data.draw(st.lists(st.sampled_from(pool), max_size=4)), owner=o)

        @rule(m=st.integers(0, 1), d=st.sampled_from([*InDoubt]))
        def recover(self, m, d):
            self.s.ledger.recover(self.m[m], in_doubt=d, now=self.at)

        @rule(m=st.integers(0, 1))
        def pause(self, m):
            self.s.ledger.pause(self.m[m], reason="x", now=self.at)

        @rule(m=st.integers(0, 1))
        def resume(self, m):
            self.s.ledger.resume(self.m[m], now=self.at)

        @rule(m=st.integers(0, 1), rare=st.integers(0, 4))
        def cancel(self, m, rare):
            if not rare:
                self.s.ledger.cancel(self.m[m], reason="x", now=self.at)

        @rule(m=st.integers(0, 1))
        def retry(self, m):
            with suppress(Conflict):
                self.s.ledger.retry(self.m[m], now=self.at)

        @rule(
            m=st.integers(0, 1),
            to=st.sampled_from([DeliveryState.QUEUED, DeliveryState.ACCEPTED, DeliveryState.FAILED]),
        )
        def resolve(self, m, to):
            with suppress(Conflict):
                self.s.ledger.resolve(self.m[m], to=to, now=self.at)

        @rule(n=st.integers(0, 5), how=st.integers(0, 3))
        def leave(self, n, how):
            address = subscribers(6)[n].address
            if how == 0:
                self.s.audience.unsubscribe("weekly", address, now=self.at)

        @invariant()
        def agree(self):
            if not hasattr(self, "s"):
                return
            for m in self.s.ledger.mailings():
                rows = list(self.s.ledger.deliveries(m.id))
                c = Counter(r.state for r in rows)
                assert {s: c[s] for s in DeliveryState} == m.counts, (c, m.counts)
                open_ = c[DeliveryState.QUEUED] + c[DeliveryState.CLAIMED] + c[DeliveryState.HANDED]
                assert (m.state is MailingState.DONE) <= (open_ == 0)
                if open_ == 0:
                    assert m.state in {MailingState.DONE, MailingState.CANCELLED}, (m.state, c)
                if m.state is MailingState.CANCELLED:
                    assert not c[DeliveryState.QUEUED] + c[DeliveryState.CLAIMED]

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=60 if opener is sqlite else 12,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
