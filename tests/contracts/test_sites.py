"""The suite of port Sites, against the fake, SQLite and PostgreSQL."""

import datetime as dt
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from builders import NOW
from fake_sites import FakeSites
from postgres import postgres_url
from sqlalchemy import event

from briefpub.domain.delivery import Trouble, TroubleKind
from briefpub.domain.flow import FlowPlan, SiteRules
from briefpub.store.database import Database, open_database
from briefpub.store.sites import SqlSites
from briefpub.workflows.ports import Sites

SECOND = dt.timedelta(seconds=1)
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)
SLOW = FlowPlan(default=SiteRules(rate=1, burst=3), sites={"free": SiteRules()})
POLICY = "550 5.7.1 suspicious"


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sites") / "empty.db"
    open_database(str(path)).close()
    return path


@contextmanager
def sqlite(request: pytest.FixtureRequest) -> Iterator[str]:
    path = request.getfixturevalue("tmp_path") / "briefpub.db"
    path.write_bytes(request.getfixturevalue("empty_database").read_bytes())
    yield str(path)


@contextmanager
def postgresql(_request: pytest.FixtureRequest) -> Iterator[str]:
    with postgres_url() as url:
        yield url


@pytest.fixture(params=[sqlite, postgresql], ids=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    with request.param(request) as found:
        yield found


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    made = open_database(address)
    yield made
    made.close()


@pytest.fixture(params=[None, sqlite, postgresql], ids=["fake", "sqlite", "postgresql"])
def sites(request: pytest.FixtureRequest) -> Iterator[Sites]:
    if request.param is None:
        yield FakeSites()
        return
    with request.param(request) as found:
        made = open_database(found)
        yield SqlSites(database=made)
        made.close()


def a_trouble(site: str = "gmail", kind: TroubleKind = TroubleKind.UNREACHABLE) -> Trouble:
    return Trouble(site=site, kind=kind, message="421 4.3.2 not now")


def test_a_site_nobody_knows_is_as_good_as_new(sites: Sites) -> None:
    assert sites.states() == ()
    assert sites.closed(now=NOW) == {}
    assert sites.reopen() == 0
    sites.success(["gmail"], now=NOW)
    assert sites.states() == ()


def test_takes_from_each_sites_own_rate(sites: Sites) -> None:
    grants = sites.take({"gmail": 10, "yahoo": 2, "free": 500}, plan=SLOW, now=NOW)
    assert {site: grant.count for site, grant in grants.items()} == {"gmail": 3, "yahoo": 2, "free": 500}
    assert grants["gmail"].ready_at == NOW + SECOND
    assert grants["yahoo"].ready_at is None
    again = sites.take({"gmail": 10, "yahoo": 10}, plan=SLOW, now=NOW + SECOND)
    assert {site: grant.count for site, grant in again.items()} == {"gmail": 1, "yahoo": 2}
    assert sites.states() == ()
    assert sites.take({}, plan=SLOW, now=NOW) == {}


def test_takes_from_each_sites_cap_of_the_day(sites: Sites) -> None:
    plan = FlowPlan(warm_up_from=NOW.date())
    grants = sites.take({"gmail": 150, "yahoo": 10}, plan=plan, now=NOW)
    assert (grants["gmail"].count, grants["yahoo"].count) == (150, 10)
    grants = sites.take({"gmail": 150, "yahoo": 10}, plan=plan, now=NOW + MINUTE)
    assert (grants["gmail"].count, grants["yahoo"].count) == (50, 10)
    assert grants["gmail"].ready_at == dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    assert sites.take({"gmail": 300}, plan=plan, now=NOW + DAY)["gmail"].count == 230


def test_trouble_closes_a_site_for_a_while(sites: Sites) -> None:
    state = sites.trouble(a_trouble(), now=NOW)
    assert state.failures == 1
    assert sites.closed(now=NOW) == {"gmail": state}
    assert sites.states() == (state,)
    assert state.closed_until
    assert sites.closed(now=state.closed_until) == {}
    assert sites.states() == (state,)
    grant = sites.take({"gmail": 5, "yahoo": 5}, plan=FlowPlan(), now=NOW)
    assert (grant["gmail"].count, grant["gmail"].ready_at) == (0, state.closed_until)
    assert grant["yahoo"].count == 5


def test_a_site_that_takes_something_is_as_good_as_new(sites: Sites) -> None:
    sites.trouble(a_trouble(), now=NOW)
    sites.refused("yahoo", POLICY, now=NOW)
    sites.success(["yahoo", "gmail", "orange"], now=NOW)
    assert sites.states() == ()
    assert sites.take({"gmail": 5}, plan=FlowPlan(), now=NOW)["gmail"].count == 5


def test_an_open_breaker_lets_one_message_through(sites: Sites) -> None:
    at = NOW
    for _ in range(4):
        state = sites.trouble(a_trouble(), now=at)
        assert state.closed_until
        at = state.closed_until
    assert sites.closed(now=at) == {}
    assert sites.take({"gmail": 50}, plan=FlowPlan(), now=at)["gmail"].count == 1
    assert sites.take({"gmail": 50}, plan=FlowPlan(), now=at + SECOND)["gmail"].count == 0
    sites.success(["gmail"], now=at + SECOND)
    assert sites.take({"gmail": 50}, plan=FlowPlan(), now=at + SECOND)["gmail"].count == 50


def test_three_refusals_stop_a_site_until_a_person_lets_it_go_on(sites: Sites) -> None:
    for _ in range(2):
        assert not sites.refused("gmail", POLICY, now=NOW).stopped
    state = sites.refused("gmail", POLICY, now=NOW)
    assert POLICY in state.stopped
    assert sites.closed(now=NOW + 400 * DAY) == {"gmail": state}
    sites.success(["gmail"], now=NOW)
    assert sites.closed(now=NOW)["gmail"].stopped == state.stopped
    assert sites.take({"gmail": 1}, plan=FlowPlan(), now=NOW)["gmail"].count == 0
    assert sites.reopen("yahoo") == 0
    assert sites.reopen("gmail") == 1
    assert sites.states() == ()
    assert sites.take({"gmail": 1}, plan=FlowPlan(), now=NOW)["gmail"].count == 1


def test_reopens_all_that_are_stopped_or_closed(sites: Sites) -> None:
    sites.trouble(a_trouble("yahoo"), now=NOW)
    sites.refused("gmail", "550 5.7.26 unauthenticated", now=NOW)
    sites.refused("free", POLICY, now=NOW)
    assert [state.site for state in sites.states()] == ["free", "gmail", "yahoo"]
    assert sites.reopen() == 2
    assert [state.site for state in sites.states()] == ["free"]
    assert sites.closed(now=NOW) == {}


def test_a_site_may_have_any_name(sites: Sites) -> None:
    for name in ("", "a'b\"; DROP TABLE site", "smtp.example.org:587", "bücher.example"):
        assert sites.take({name: 9}, plan=SLOW, now=NOW)[name].count == 3
        assert sites.trouble(a_trouble(name), now=NOW).site == name


def test_no_limit_and_no_trouble_cost_no_transaction(database: Database) -> None:
    sites, seen = SqlSites(database=database), list[str]()
    event.listen(database.engine, "begin", lambda _connection: seen.append("begin"))
    assert sites.take({"gmail": 500}, plan=FlowPlan(), now=NOW)["gmail"].count == 500
    sites.success(["gmail", "yahoo"], now=NOW)
    assert seen == []
    sites.take({"gmail": 5, "yahoo": 5, "free": 5}, plan=SLOW, now=NOW)
    assert seen == ["begin"]


def test_what_one_process_writes_another_one_sees(database: Database) -> None:
    one, other = SqlSites(database=database), SqlSites(database=database)
    state = one.trouble(a_trouble(), now=NOW)
    assert other.closed(now=NOW) == {"gmail": state}
    other.success(["gmail"], now=NOW)
    assert one.closed(now=NOW) == {}
    one.success(["gmail"], now=NOW)  # it knows that all is well: nothing is written
    one.take({"gmail": 3}, plan=SLOW, now=NOW)
    assert other.take({"gmail": 3}, plan=SLOW, now=NOW)["gmail"].count == 0


def test_threads_together_take_no_more_than_the_rate(database: Database) -> None:
    plan, counted = FlowPlan(default=SiteRules(rate=1, burst=5)), list[int]()
    started = threading.Barrier(3)

    def draw(sites: SqlSites) -> None:
        started.wait()
        for second in range(10):
            names = {"gmail": 4, "yahoo": 4} if second % 2 else {"yahoo": 4, "gmail": 4}
            grants = sites.take(names, plan=plan, now=NOW + second * SECOND)
            counted.append(grants["gmail"].count)

    threads = [threading.Thread(target=draw, args=(SqlSites(database=database),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(counted) == 30
    assert 5 <= sum(counted) <= 5 + 9


DRAW = """
import datetime as dt, sys
from briefpub.domain.flow import FlowPlan, SiteRules
from briefpub.store.database import open_database
from briefpub.store.sites import SqlSites

sites = SqlSites(database=open_database(sys.argv[1]))
plan = FlowPlan(default=SiteRules(rate=2, burst=5))
now = dt.datetime.fromisoformat(sys.argv[2])
for step in range(20):
    print(sites.take({"gmail": 3}, plan=plan, now=now + dt.timedelta(seconds=step / 2))["gmail"].count)
sites.database.close()
"""


def test_processes_together_take_no_more_than_the_rate(address: str) -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", DRAW, address, NOW.isoformat()], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    told = [process.communicate(timeout=60)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0]
    counts = [int(line) for text in told for line in text.split()]
    assert len(counts) == 40
    assert 5 <= sum(counts) <= 5 + 2 * 9.5
