"""The store's ports together, over the fake, SQLite or PostgreSQL, and the steps its contract tests take."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from builders import NOW, a_list, an_issue, editions_of, subscribers
from fakes import FakeAudience, FakeBooks, FakeIssues, FakeLedger
from postgres import postgres_url

from briefpub.domain.audience import InDoubt
from briefpub.domain.delivery import Attempt, Delivery, DeliveryState, MailingState
from briefpub.domain.issue import IssueRecord
from briefpub.domain.replies import Outcome
from briefpub.store.audience import SqlAudience
from briefpub.store.database import Database, open_database
from briefpub.store.issues import SqlIssues
from briefpub.store.mailings import SqlLedger
from briefpub.workflows.ports import Audience, Issues, Ledger

MINUTE = dt.timedelta(minutes=1)
TODAY = dt.date(2026, 11, 22)
REPLIES = {
    Outcome.ACCEPTED: "250 2.0.0 ok",
    Outcome.DEFERRED: "451 4.3.0 later",
    Outcome.FAILED: "554 5.6.0 no",
    Outcome.UNKNOWN: "",
}


@dataclass
class Store:
    audience: Audience
    issues: Issues
    ledger: Ledger
    database: Database | None = None


def over(database: Database) -> Store:
    return Store(
        SqlAudience(database=database), SqlIssues(database=database), SqlLedger(database=database), database
    )


@contextmanager
def fake(_path: Path, _empty: Path) -> Iterator[Store]:
    books = FakeBooks()
    yield Store(FakeAudience(books), FakeIssues(books), FakeLedger(books))


@contextmanager
def sqlite(path: Path, empty: Path) -> Iterator[Store]:
    (path / "briefpub.db").write_bytes(empty.read_bytes())
    database = open_database(str(path / "briefpub.db"))
    yield over(database)
    database.close()


@contextmanager
def postgresql(_path: Path, _empty: Path) -> Iterator[Store]:
    with postgres_url() as url:
        database = open_database(url)
        yield over(database)
        database.close()


def composed(store: Store, *articles: str, list: str = "weekly") -> IssueRecord:
    return store.issues.compose(list, articles or ("bread",), title="", date=TODAY)


def frozen(store: Store, *articles: str, sha256: str = "a" * 64, list: str = "weekly") -> IssueRecord:
    record = composed(store, *articles, list=list)
    return store.issues.freeze(record.key, manifest_sha256=sha256, editions=editions_of(an_issue()))


def queued(store: Store, count: int) -> int:
    """Give the mailing of `weekly/001` to so many."""
    store.audience.subscribe("weekly", subscribers(count, briefs=1), consent="", now=NOW)
    return store.ledger.queue(frozen(store).key, now=NOW).id


def queued_elsewhere(store: Store, count: int) -> int:
    """Give the mailing of `annual/001` to the same people."""
    store.audience.declare(a_list("annual"))
    store.audience.subscribe("annual", subscribers(count), consent="", now=NOW)
    return store.ledger.queue(frozen(store, list="annual").key, now=NOW).id


def claim(
    store: Store,
    mailing: int,
    *,
    owner: str = "me",
    most: int = 100,
    at: dt.datetime = NOW,
    closed: Iterable[str] = (),
) -> tuple[Delivery, ...]:
    return store.ledger.claim(
        mailing, owner=owner, most=most, lease_until=at + 5 * MINUTE, now=at, closed=frozenset(closed)
    )


def hand(store: Store, ids: Sequence[int], *, owner: str = "me", at: dt.datetime = NOW) -> frozenset[int]:
    return store.ledger.record(owner=owner, handed=ids, ended=(), lease_until=at + 20 * MINUTE, now=at)


def attempt(outcome: Outcome, at: dt.datetime = NOW, reply: str | None = None) -> Attempt:
    return Attempt(at=at, outcome=outcome, reply=REPLIES[outcome] if reply is None else reply)


def settle(
    store: Store,
    deliveries: Sequence[Delivery],
    *made: Attempt,
    owner: str = "me",
    in_doubt: InDoubt = InDoubt.HOLD,
) -> list[Delivery]:
    """Record an attempt of each delivery, the last one of all that are left; give them as they then stand."""
    tries = [*made, *[made[-1]] * (len(deliveries) - len(made))]
    ended = [(one.after(each, in_doubt), each) for one, each in zip(deliveries, tries, strict=True)]
    at = tries[0].at
    store.ledger.record(owner=owner, handed=(), ended=ended, lease_until=at + MINUTE, now=at)
    return [after for after, _ in ended]


def counts(store: Store, issue: str = "weekly/001") -> dict[str, int]:
    """Give the counts that are not nought, which the rows bear out."""
    mailing = store.ledger.mailing(issue)
    assert mailing is not None
    rows = [one.state for one in store.ledger.deliveries(mailing.id)]
    assert {state: rows.count(state) for state in DeliveryState} == mailing.counts
    return {state.value: count for state, count in mailing.counts.items() if count}


def state(store: Store, issue: str = "weekly/001") -> MailingState:
    mailing = store.ledger.mailing(issue)
    assert mailing is not None
    return mailing.state
