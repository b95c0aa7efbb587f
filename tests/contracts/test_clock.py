"""Whose clock counts: on a server that keeps time, callers with clocks wrong by 90 s do no harm."""

import datetime as dt
from collections.abc import Iterator
from contextlib import closing

import pytest
from builders import a_list
from postgres import postgres_url
from stores import Store, over, queued

from briefpub.domain.audience import InDoubt
from briefpub.domain.delivery import Attempt, Delivery, DeliveryState, Trouble, TroubleKind
from briefpub.domain.flow import FlowPlan, SiteRules
from briefpub.domain.replies import Outcome
from briefpub.store.clock import NO_GAP, gap, gap_to
from briefpub.store.database import Database, open_database
from briefpub.store.sites import SqlSites

SKEW = dt.timedelta(seconds=90)
LEASE = dt.timedelta(seconds=60)
SECOND = dt.timedelta(seconds=1)
WRONG = pytest.mark.parametrize("skew", [SKEW, -SKEW], ids=["ahead", "behind"])


@pytest.fixture
def served() -> Iterator[Database]:
    with postgres_url() as url, closing(open_database(url, keeps_time=True)) as database:
        yield database


@pytest.fixture
def store(served: Database) -> Store:
    made = over(served)
    made.audience.declare(a_list())
    return made


def now(skew: dt.timedelta = NO_GAP) -> dt.datetime:
    return dt.datetime.now(dt.UTC) + skew  # noqa: TID251


def claimed(
    store: Store, mailing: int, *, skew: dt.timedelta, owner: str = "me", lease: dt.timedelta = LEASE
) -> tuple[Delivery, ...]:
    at = now(skew)
    return store.ledger.claim(mailing, owner=owner, most=10, lease_until=at + lease, now=at)


def test_in_a_file_the_callers_clock_counts(tmp_path) -> None:
    with closing(open_database(str(tmp_path / "x.db"), keeps_time=True)) as database:
        with database.reading() as connection:
            assert not database.keeps_time
            assert gap(database, connection, now(SKEW)) == NO_GAP
        assert gap_to(database, None, now()) == NO_GAP


@pytest.mark.slow
class TestOnAServer:
    @WRONG
    def test_a_lease_is_as_long_as_it_is(self, store: Store, skew: dt.timedelta) -> None:
        mailing = queued_now(store)
        mine = claimed(store, mailing, skew=skew)
        assert len(mine) == 2
        assert claimed(store, mailing, skew=-skew, owner="other") == ()
        assert (
            store.ledger.lapse(mailing, in_doubt=InDoubt.HOLD, now=now(-skew)).counts[DeliveryState.CLAIMED]
            == 2
        )
        at = now(skew)
        handed = store.ledger.record(
            owner="me", handed=[one.id for one in mine], ended=(), lease_until=at + LEASE, now=at
        )
        assert len(handed) == 2

    @WRONG
    def test_a_lease_that_ran_out_is_over_for_whoever_held_it(self, store: Store, skew: dt.timedelta) -> None:
        mailing = queued_now(store)
        mine = claimed(store, mailing, skew=skew, lease=-SECOND)
        at = now(skew)
        ids = [one.id for one in mine]
        assert not store.ledger.record(
            owner="me", handed=ids, ended=(), lease_until=at + LEASE, now=at - 10 * SECOND
        )
        assert len(claimed(store, mailing, skew=-skew, owner="other")) == 2

    @WRONG
    def test_what_is_deferred_is_due_by_the_servers_clock(self, store: Store, skew: dt.timedelta) -> None:
        mailing = queued_now(store)
        mine = claimed(store, mailing, skew=skew)
        at = now(skew)
        made = Attempt(at=at, outcome=Outcome.DEFERRED, reply="451 4.7.1 later")
        ended = [(one.after(made, InDoubt.HOLD), made) for one in mine]
        store.ledger.record(
            owner="me", handed=[one.id for one in mine], ended=(), lease_until=at + LEASE, now=at
        )
        store.ledger.record(owner="me", handed=(), ended=ended, lease_until=at + LEASE, now=at)
        waits = min(one.not_before for one, _ in ended if one.not_before) - at
        for clock in (NO_GAP, skew, -skew):
            due = store.ledger.next_due(mailing, now=now(clock))
            assert due is not None
            assert abs(due - now(clock) - waits) < 5 * SECOND

    @WRONG
    def test_a_bucket_is_one_whatever_clocks_say(self, served: Database, skew: dt.timedelta) -> None:
        sites, others = SqlSites(database=served), SqlSites(database=served)
        plan = FlowPlan(default=SiteRules(rate=1.0, burst=5))
        assert sites.take({"x": 5}, plan=plan, now=now())["x"].count == 5
        grant = others.take({"x": 5}, plan=plan, now=now(skew))["x"]
        assert grant.count <= 1
        assert grant.ready_at is not None
        assert abs(grant.ready_at - now(skew)) < 10 * SECOND

    @WRONG
    def test_a_site_rests_as_long_for_everybody(self, served: Database, skew: dt.timedelta) -> None:
        sites, others = SqlSites(database=served), SqlSites(database=served)
        trouble = Trouble(site="x", kind=TroubleKind.UNREACHABLE, message="no route")
        state = sites.trouble(trouble, now=now(skew))
        assert state.closed_until is not None
        rests = state.closed_until - now(skew)
        assert dt.timedelta(0) < rests < 2 * SECOND
        for clock in (NO_GAP, skew, -skew):
            found = others.closed(now=now(clock))["x"]
            assert found.closed_until is not None
            assert abs(found.closed_until - now(clock) - rests) < 2 * SECOND


def queued_now(store: Store) -> int:
    """Give a mailing to two, queued by a clock that is right."""
    mailing = queued(store, 2)
    store.ledger.resume(mailing, now=now())
    assert store.ledger.mailings()[0].counts[DeliveryState.QUEUED] == 2
    return mailing
