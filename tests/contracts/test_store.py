"""One suite for the audience and the issues: the fake, SQLite and PostgreSQL."""

import pytest
from builders import NOW, a_list, an_issue, editions_of, subscribers
from stores import TODAY, Store, composed, frozen

from briefpub.domain.audience import (
    DigestBody,
    InDoubt,
    RowFate,
    SubscriberRow,
    SubscriptionFormat,
    SubscriptionState,
)
from briefpub.domain.errors import ConfigError, Conflict
from briefpub.domain.issue import IssueRecord, IssueState


class TestAudience:
    def test_declaring_a_list_again_brings_it_to_the_new_values(self, store: Store) -> None:
        changed = a_list(
            name="Renamed",
            language="fr",
            timezone="Europe/Paris",
            digest_body=DigestBody.FULL,
            in_doubt=InDoubt.RESEND,
        )
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
