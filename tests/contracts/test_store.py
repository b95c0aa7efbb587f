"""One suite per port of the store, against the fake and against the real SQLite adapter."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from builders import NOW, a_list, an_issue, editions_of, subscribers
from fakes import FakeAudience, FakeBooks, FakeIssues, FakeLedger

from briefpub.domain.audience import DigestBody, RowFate, SubscriberRow, SubscriptionFormat, SubscriptionState
from briefpub.domain.delivery import Attempt, Delivery, DeliveryState, InDoubt, MailingState, Outcome
from briefpub.domain.errors import ConfigError, Conflict
from briefpub.domain.issue import IssueRecord, IssueState
from briefpub.store.audience import SqlAudience
from briefpub.store.database import Database, open_database
from briefpub.store.issues import SqlIssues
from briefpub.store.mailings import SqlLedger
from briefpub.workflows.ports import Audience, Issues, Ledger

MINUTE = dt.timedelta(minutes=1)
TODAY = dt.date(2026, 11, 22)


@dataclass
class Store:
    audience: Audience
    issues: Issues
    ledger: Ledger


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "empty.db"
    open_database(str(path)).close()
    return path


def fake(_path: Path, _empty: Path) -> tuple[Store, Callable[[], None]]:
    books = FakeBooks()
    return Store(FakeAudience(books), FakeIssues(books), FakeLedger(books)), lambda: None


def sqlite(path: Path, empty: Path) -> tuple[Store, Callable[[], None]]:
    (path / "briefpub.db").write_bytes(empty.read_bytes())
    database: Database = open_database(str(path / "briefpub.db"))
    store = Store(SqlAudience(database=database), SqlIssues(database=database), SqlLedger(database=database))
    return store, database.close


@pytest.fixture(params=[fake, sqlite], ids=["fake", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path, empty_database: Path) -> Iterator[Store]:
    made, close = request.param(tmp_path, empty_database)
    made.audience.declare(a_list())
    yield made
    close()


class TestAudience:
    def test_declaring_a_list_again_brings_it_to_the_new_values(self, store: Store) -> None:
        changed = a_list(name="Renamed", language="fr", timezone="Europe/Paris", digest_body=DigestBody.FULL)
        store.audience.declare(changed)
        assert store.audience.list("weekly") == changed
        assert store.audience.lists() == (changed,)

    def test_lists_come_by_slug_and_archived_ones_only_when_asked(self, store: Store) -> None:
        store.audience.declare(a_list("old", archived=True))
        store.audience.declare(a_list("annual"))
        assert [one.slug for one in store.audience.lists()] == ["annual", "weekly"]
        assert [one.slug for one in store.audience.lists(archived=True)] == ["annual", "old", "weekly"]
        assert store.audience.list("old") == a_list("old", archived=True)
        assert store.audience.list("nowhere") is None

    def test_subscribes_rows_once_whatever_their_case(self, store: Store) -> None:
        rows = (
            SubscriberRow(line=2, address="Ana@Example.org", name="Ana"),
            SubscriberRow(line=3, address="ana@example.org"),
            SubscriberRow(line=4, address="bo@example.org", format=SubscriptionFormat.DIGEST_AND_BRIEF),
        )
        fates = store.audience.subscribe("weekly", rows, consent="at the fair", now=NOW)
        assert fates == (RowFate.NEW, RowFate.HERE, RowFate.NEW)
        ana, bo = store.audience.subscriptions("weekly")
        assert (ana.subscriber.address, ana.subscriber.name, ana.consent) == (
            "Ana@example.org",
            "Ana",
            "at the fair",
        )
        assert (ana.format, bo.format) == (SubscriptionFormat.DIGEST, SubscriptionFormat.DIGEST_AND_BRIEF)
        assert store.audience.confirmed("weekly") == 2

    def test_subscribing_twice_is_the_same_as_once(self, store: Store) -> None:
        rows = subscribers(3)
        store.audience.subscribe("weekly", rows, consent="", now=NOW)
        before = list(store.audience.subscriptions("weekly"))
        assert store.audience.subscribe("weekly", rows, consent="x", now=NOW) == (RowFate.HERE,) * 3
        assert list(store.audience.subscriptions("weekly")) == before

    def test_an_import_never_resubscribes_anybody(self, store: Store) -> None:
        rows = subscribers(2)
        store.audience.subscribe("weekly", rows, consent="", now=NOW)
        assert store.audience.unsubscribe("weekly", "READER0000@example.org", now=NOW)
        assert store.audience.fates("weekly", rows) == (RowFate.OFF, RowFate.HERE)
        assert store.audience.subscribe("weekly", rows, consent="", now=NOW) == (RowFate.OFF, RowFate.HERE)
        assert store.audience.confirmed("weekly") == 1

    def test_a_row_may_bring_somebody_who_already_left(self, store: Store) -> None:
        row = SubscriberRow(line=2, address="ana@example.org", state=SubscriptionState.UNSUBSCRIBED)
        assert store.audience.subscribe("weekly", [row], consent="", now=NOW) == (RowFate.NEW,)
        assert store.audience.confirmed("weekly") == 0

    def test_suppressed_addresses_stay_off_every_list(self, store: Store) -> None:
        store.audience.subscribe("weekly", subscribers(2), consent="", now=NOW)
        for _ in range(2):
            store.audience.suppress("Reader0001@EXAMPLE.org", reason="bounced", now=NOW)
        store.audience.suppress("late@example.org", reason="complained", now=NOW)
        late = SubscriberRow(line=9, address="late@example.org")
        assert store.audience.subscribe("weekly", [late], consent="", now=NOW) == (RowFate.OFF,)
        assert store.audience.confirmed("weekly") == 1

    @pytest.mark.parametrize(
        "row",
        [
            SubscriberRow(line=2, address="ana@example.org", reason="no consent"),
            SubscriberRow(line=2, address="nobody"),
            SubscriberRow(line=2, address="ana@example.org\r\nBcc: eve@example.org"),
            SubscriberRow(line=2, address="ana@example.org", name="Ana\r\nBcc: eve@example.org"),
        ],
        ids=["reason", "no address", "break in address", "break in name"],
    )
    def test_bad_rows_are_told_and_left_out(self, store: Store, row: SubscriberRow) -> None:
        assert store.audience.subscribe("weekly", [row], consent="", now=NOW) == (RowFate.BAD,)
        assert list(store.audience.subscriptions("weekly")) == []

    def test_one_person_may_be_on_two_lists(self, store: Store) -> None:
        store.audience.declare(a_list("annual"))
        for slug in ("weekly", "annual"):
            store.audience.subscribe(slug, subscribers(1), consent="", now=NOW)
        (weekly,), (annual,) = (list(store.audience.subscriptions(slug)) for slug in ("weekly", "annual"))
        assert weekly.subscriber == annual.subscriber
        store.audience.unsubscribe("weekly", weekly.subscriber.address, now=NOW)
        assert (store.audience.confirmed("weekly"), store.audience.confirmed("annual")) == (0, 1)

    def test_ending_what_is_not_there_says_so(self, store: Store) -> None:
        store.audience.subscribe("weekly", subscribers(1), consent="", now=NOW)
        assert not store.audience.unsubscribe("weekly", "stranger@example.org", now=NOW)
        assert store.audience.unsubscribe("weekly", "reader0000@example.org", now=NOW)
        assert not store.audience.unsubscribe("weekly", "reader0000@example.org", now=NOW)

    def test_an_unknown_list_is_refused(self, store: Store) -> None:
        with pytest.raises(ConfigError, match="no list 'daily'"):
            store.audience.subscribe("daily", subscribers(1), consent="", now=NOW)
        with pytest.raises(ConfigError, match="no list 'daily'"):
            store.audience.confirmed("daily")

    def test_many_subscribers_come_by_address(self, store: Store) -> None:
        rows = subscribers(2_500)
        store.audience.subscribe("weekly", tuple(reversed(rows)), consent="", now=NOW)
        found = [one.subscriber.address for one in store.audience.subscriptions("weekly")]
        assert found == [row.address for row in rows]


def composed(store: Store, *articles: str) -> IssueRecord:
    return store.issues.compose("weekly", articles or ("bread",), title="", date=TODAY)


def frozen(store: Store, *articles: str, sha256: str = "a" * 64) -> IssueRecord:
    record = composed(store, *articles)
    return store.issues.freeze(record.key, manifest_sha256=sha256, editions=editions_of(an_issue()))


class TestIssues:
    def test_numbers_each_list_on_its_own(self, store: Store) -> None:
        store.audience.declare(a_list("annual"))
        first = store.issues.compose("weekly", ("a", "b"), title="One", date=TODAY)
        other = store.issues.compose("annual", ("a",), title="", date=TODAY)
        second = store.issues.compose("weekly", ("c",), title="", date=TODAY)
        assert [first.key, other.key, second.key] == ["weekly/001", "annual/001", "weekly/002"]
        assert first == IssueRecord(
            list="weekly", number=1, date=TODAY, title="One", state=IssueState.COMPOSED, articles=("a", "b")
        )
        assert store.issues.get("weekly/001") == first
        assert store.issues.of("weekly") == (first, second)
        assert store.issues.of() == (other, first, second)
        assert store.issues.taken("weekly") == {"a", "b", "c"}
        assert store.issues.taken("annual") == {"a"}

    @pytest.mark.parametrize("articles", [(), ("x", "x"), ("new", "bread")], ids=["none", "twice", "taken"])
    def test_refuses_an_article_that_was_in_an_issue(self, store: Store, articles: tuple[str, ...]) -> None:
        composed(store, "bread")
        with pytest.raises(Conflict):
            store.issues.compose("weekly", articles, title="", date=TODAY)
        assert len(store.issues.of()) == 1
        assert store.issues.taken("weekly") == {"bread"}

    def test_refuses_an_unknown_list(self, store: Store) -> None:
        with pytest.raises(ConfigError):
            store.issues.compose("daily", ("a",), title="", date=TODAY)

    @pytest.mark.parametrize(
        "key", ["weekly/002", "daily/001", "weekly", "weekly/x", "weekly/-1", "", "a/b/c"]
    )
    def test_an_unknown_key_names_nothing(self, store: Store, key: str) -> None:
        composed(store)
        assert store.issues.get(key) is None
        with pytest.raises(Conflict):
            store.issues.published(key)

    def test_holds_and_approves_what_is_not_frozen(self, store: Store) -> None:
        key = composed(store).key
        for state in (IssueState.HELD, IssueState.HELD, IssueState.COMPOSED):
            assert store.issues.set_state(key, state).state is state
        with pytest.raises(Conflict):
            store.issues.set_state(key, IssueState.PUBLISHED)

    def test_a_held_issue_is_not_frozen(self, store: Store) -> None:
        key = composed(store).key
        store.issues.set_state(key, IssueState.HELD)
        with pytest.raises(Conflict):
            store.issues.freeze(key, manifest_sha256="a" * 64, editions=())

    def test_freezes_once_and_for_good(self, store: Store) -> None:
        record = frozen(store)
        assert (record.state, record.manifest_sha256) == (IssueState.FROZEN, "a" * 64)
        again = store.issues.freeze(record.key, manifest_sha256="a" * 64, editions=editions_of(an_issue()))
        assert again == record == store.issues.get(record.key)
        with pytest.raises(Conflict):
            store.issues.freeze(record.key, manifest_sha256="b" * 64, editions=())
        with pytest.raises(Conflict):
            store.issues.set_state(record.key, IssueState.HELD)

    def test_publishes_only_what_is_frozen(self, store: Store) -> None:
        with pytest.raises(Conflict):
            store.issues.published(composed(store, "other").key)
        record = frozen(store)
        for _ in range(2):
            assert store.issues.published(record.key).state is IssueState.PUBLISHED
        again = store.issues.freeze(record.key, manifest_sha256="a" * 64, editions=())
        assert again.state is IssueState.PUBLISHED


def queued(store: Store, count: int) -> int:
    store.audience.subscribe("weekly", subscribers(count, briefs=1), consent="", now=NOW)
    return store.ledger.queue(frozen(store).key, now=NOW).id


def claim(
    store: Store, mailing: int, *, owner: str = "me", most: int = 100, at: dt.datetime = NOW
) -> tuple[Delivery, ...]:
    return store.ledger.claim(mailing, owner=owner, most=most, lease_until=at + 5 * MINUTE, now=at)


def counts(store: Store, issue: str = "weekly/001") -> dict[str, int]:
    mailing = store.ledger.mailing(issue)
    assert mailing is not None
    rows = [one.state for one in store.ledger.deliveries(mailing.id)]
    assert {state: rows.count(state) for state in DeliveryState} == mailing.counts
    return {state.value: count for state, count in mailing.counts.items() if count}


def state(store: Store) -> MailingState:
    mailing = store.ledger.mailing("weekly/001")
    assert mailing is not None
    return mailing.state


def attempt(outcome: Outcome, at: dt.datetime = NOW, reply: str = "250 ok") -> Attempt:
    return Attempt(at=at, outcome=outcome, reply=reply)


class TestLedger:
    def test_queues_every_confirmed_subscriber_once(self, store: Store) -> None:
        rows = subscribers(4, briefs=1)
        store.audience.subscribe("weekly", tuple(reversed(rows)), consent="", now=NOW)
        store.audience.unsubscribe("weekly", rows[1].address, now=NOW)
        store.audience.suppress(rows[2].address, reason="bounced", now=NOW)
        key = frozen(store, sha256="0123456789" * 6 + "abcd").key
        mailing = store.ledger.queue(key, now=NOW)
        store.audience.subscribe(
            "weekly", [SubscriberRow(line=9, address="late@example.org")], consent="", now=NOW
        )
        assert store.ledger.queue(key, now=NOW + MINUTE) == mailing == store.ledger.mailing(key)
        assert (mailing.list, mailing.issue, mailing.state, mailing.left) == (
            "weekly",
            key,
            MailingState.QUEUED,
            2,
        )
        first, last = store.ledger.deliveries(mailing.id)
        assert [first.subscriber.address, last.subscriber.address] == [rows[0].address, rows[3].address]
        assert (first.format, last.format) == (SubscriptionFormat.DIGEST_AND_BRIEF, SubscriptionFormat.DIGEST)
        assert first.message_id == f"<weekly.001.{first.subscriber.id}.01234567@example.org>"
        assert first.id < last.id
        assert counts(store) == {"queued": 2}

    def test_a_mailing_to_nobody_is_done(self, store: Store) -> None:
        mailing = store.ledger.queue(frozen(store).key, now=NOW)
        assert (mailing.state, mailing.left) == (MailingState.DONE, 0)

    def test_only_a_frozen_issue_is_mailed(self, store: Store) -> None:
        with pytest.raises(Conflict):
            store.ledger.queue(composed(store).key, now=NOW)
        with pytest.raises(Conflict):
            store.ledger.queue("weekly/007", now=NOW)
        assert store.ledger.mailing("weekly/001") is None
        assert store.ledger.mailings() == ()

    def test_mailings_come_oldest_first(self, store: Store) -> None:
        store.audience.declare(a_list("annual"))
        first = store.ledger.queue(frozen(store).key, now=NOW)
        record = store.issues.compose("annual", ("a",), title="", date=TODAY)
        store.issues.freeze(record.key, manifest_sha256="c" * 64, editions=editions_of(an_issue()))
        second = store.ledger.queue(record.key, now=NOW)
        assert store.ledger.mailings() == (first, second)
        assert store.ledger.mailings("annual") == (second,)

    def test_leases_a_delivery_to_one_owner_only(self, store: Store) -> None:
        mailing = queued(store, 3)
        mine = claim(store, mailing, most=2)
        theirs = claim(store, mailing, owner="they")
        assert [one.id for one in (*mine, *theirs)] == sorted(
            one.id for one in store.ledger.deliveries(mailing)
        )
        assert claim(store, mailing) == ()
        assert {one.state for one in mine} == {DeliveryState.CLAIMED}
        assert state(store) is MailingState.SENDING
        assert counts(store) == {"claimed": 3}

    def test_those_who_left_since_are_skipped_and_others_take_their_place(self, store: Store) -> None:
        mailing = queued(store, 5)
        store.audience.unsubscribe("weekly", "reader0000@example.org", now=NOW)
        store.audience.suppress("reader0001@example.org", reason="complained", now=NOW)
        claimed = claim(store, mailing, most=2)
        assert [one.subscriber.address[:10] for one in claimed] == ["reader0002", "reader0003"]
        assert counts(store) == {"skipped": 2, "claimed": 2, "queued": 1}

    def test_a_mailing_whose_last_subscribers_left_is_done(self, store: Store) -> None:
        mailing = queued(store, 1)
        store.audience.unsubscribe("weekly", "reader0000@example.org", now=NOW)
        assert claim(store, mailing) == ()
        assert counts(store) == {"skipped": 1}
        assert state(store) is MailingState.DONE

    def test_hands_only_what_is_still_leased(self, store: Store) -> None:
        mailing = queued(store, 3)
        one, two, three = claim(store, mailing)
        assert store.ledger.hand([one.id], owner="they", now=NOW) == frozenset()
        assert store.ledger.hand([one.id], owner="me", now=NOW) == {one.id}
        assert store.ledger.hand([one.id], owner="me", now=NOW) == frozenset()
        assert store.ledger.hand([two.id], owner="me", now=NOW + 5 * MINUTE) == frozenset()
        store.audience.unsubscribe("weekly", three.subscriber.address, now=NOW)
        assert store.ledger.hand([two.id, three.id], owner="me", now=NOW) == {two.id}
        assert counts(store) == {"handed": 2, "claimed": 1}

    def test_settles_each_outcome(self, store: Store) -> None:
        mailing = queued(store, 4)
        claimed = claim(store, mailing)
        ids = [one.id for one in claimed]
        store.ledger.hand(ids, owner="me", now=NOW)
        outcomes = (Outcome.ACCEPTED, Outcome.FAILED, Outcome.UNKNOWN, Outcome.DEFERRED)
        results = [
            (one, attempt(made, reply=made.value)) for one, made in zip(claimed, outcomes, strict=True)
        ]
        store.ledger.settle(results, owner="me")
        assert counts(store) == {"accepted": 1, "failed": 1, "unknown": 1, "queued": 1}
        found = list(store.ledger.deliveries(mailing))
        assert found == [one.after(made) for one, made in results]
        assert state(store) is MailingState.SENDING
        assert claim(store, mailing, at=NOW + 4 * MINUTE) == ()
        (again,) = claim(store, mailing, at=NOW + 5 * MINUTE)
        assert (again.id, again.attempts, again.reply) == (ids[3], 1, "deferred")

    def test_settling_twice_is_the_same_as_once(self, store: Store) -> None:
        mailing = queued(store, 1)
        (one,) = claim(store, mailing)
        store.ledger.hand([one.id], owner="me", now=NOW)
        for _ in range(2):
            store.ledger.settle([(one, attempt(Outcome.ACCEPTED))], owner="me")
        assert counts(store) == {"accepted": 1}
        assert next(store.ledger.deliveries(mailing)).attempts == 1
        assert state(store) is MailingState.DONE

    def test_settling_nothing_does_nothing(self, store: Store) -> None:
        queued(store, 1)
        store.ledger.settle([], owner="me")
        store.ledger.release([], owner="me")
        assert store.ledger.hand([], owner="me", now=NOW) == frozenset()
        assert counts(store) == {"queued": 1}

    def test_who_lost_the_lease_settles_nothing(self, store: Store) -> None:
        mailing = queued(store, 1)
        (mine,) = claim(store, mailing)
        (theirs,) = claim(store, mailing, owner="they", at=NOW + 6 * MINUTE)
        assert theirs.id == mine.id
        store.ledger.settle([(mine, attempt(Outcome.DEFERRED))], owner="me")
        assert counts(store) == {"claimed": 1}
        assert store.ledger.hand([mine.id], owner="me", now=NOW + 6 * MINUTE) == frozenset()

    def test_expired_leases_are_taken_back(self, store: Store) -> None:
        mailing = queued(store, 2)
        one, two = claim(store, mailing)
        store.ledger.hand([one.id], owner="me", now=NOW)
        (again,) = claim(store, mailing, owner="they", at=NOW + 5 * MINUTE)
        assert again.id == two.id
        assert counts(store) == {"unknown": 1, "claimed": 1}
        store.ledger.settle([(one, attempt(Outcome.ACCEPTED))], owner="me")  # a late reply is knowledge
        assert counts(store) == {"accepted": 1, "claimed": 1}

    @pytest.mark.parametrize(
        ("in_doubt", "left"), [(InDoubt.HOLD, {"unknown": 2, "queued": 1}), (InDoubt.RESEND, {"queued": 3})]
    )
    def test_recovers_what_a_dead_process_held(
        self, store: Store, in_doubt: InDoubt, left: dict[str, int]
    ) -> None:
        mailing = queued(store, 3)
        (first,) = claim(store, mailing, most=1)
        store.ledger.hand([first.id], owner="me", now=NOW)
        (second, _) = claim(store, mailing, at=NOW + 5 * MINUTE)  # `first` becomes unknown by its lease
        store.ledger.hand([second.id], owner="me", now=NOW + 5 * MINUTE)
        recovered = store.ledger.recover(mailing, in_doubt=in_doubt, now=NOW + 6 * MINUTE)
        assert counts(store) == left
        assert recovered == store.ledger.mailing("weekly/001")
        assert len(claim(store, mailing, at=NOW + 6 * MINUTE)) == left["queued"]

    def test_a_settled_unknown_is_never_sent_again_by_itself(self, store: Store) -> None:
        mailing = queued(store, 1)
        (one,) = claim(store, mailing)
        store.ledger.hand([one.id], owner="me", now=NOW)
        store.ledger.settle([(one, attempt(Outcome.UNKNOWN))], owner="me")
        assert state(store) is MailingState.DONE
        store.ledger.recover(mailing, in_doubt=InDoubt.RESEND, now=NOW)
        assert counts(store) == {"unknown": 1}

    def test_releases_what_was_not_tried(self, store: Store) -> None:
        mailing = queued(store, 3)
        one, two, three = claim(store, mailing)
        store.ledger.hand([one.id], owner="me", now=NOW)
        store.ledger.release([two.id], owner="they")
        store.ledger.release([one.id, two.id, three.id], owner="me")
        assert counts(store) == {"handed": 1, "queued": 2}
        assert [again.id for again in claim(store, mailing)] == [two.id, three.id]

    def test_deferrals_end_in_failure(self, store: Store) -> None:
        mailing = queued(store, 1)
        at = NOW
        for _ in range(12):
            (one,) = claim(store, mailing, at=at)
            store.ledger.settle([(one, attempt(Outcome.DEFERRED, at=at, reply="451 later"))], owner="me")
            at += dt.timedelta(hours=4)
        assert counts(store) == {"failed": 1}
        assert state(store) is MailingState.DONE

    def test_a_large_mailing_is_drained_in_order(self, store: Store) -> None:
        mailing = queued(store, 1_200)
        seen: list[str] = []
        while claimed := claim(store, mailing, most=500):
            store.ledger.hand([one.id for one in claimed], owner="me", now=NOW)
            store.ledger.settle([(one, attempt(Outcome.ACCEPTED)) for one in claimed], owner="me")
            seen += [one.subscriber.address for one in claimed]
        assert seen == [row.address for row in subscribers(1_200)]
        assert counts(store) == {"accepted": 1_200}
