"""One suite for frequencies over the fake, SQLite and PostgreSQL: who gets what, and who goes over when."""

import datetime as dt
from dataclasses import replace

import pytest
from builders import NOW, a_list, an_issue, editions_of
from fakes import FakeAudience
from stores import TODAY, Store

from briefpub.domain.audience import Frequency, SubscriberRow, SubscriptionState
from briefpub.domain.consent import Changes
from briefpub.domain.delivery import DeliveryState, Mailing, MailingState
from briefpub.domain.gathering import gathered
from briefpub.domain.issue import IssueRecord, IssueState
from briefpub.store.audience import list_id
from briefpub.store.consents import SqlConsents
from briefpub.store.frequencies import go_over
from briefpub.store.people import SqlPeople

EACH, WEEKLY, MONTHLY = Frequency
MINUTE = dt.timedelta(minutes=1)


class Desk:
    """A list whose issues are queued a minute apart."""

    def __init__(self, store: Store) -> None:
        self.store, self.at = store, NOW

    def tick(self) -> dt.datetime:
        self.at += MINUTE
        return self.at

    def join(self, name: str, frequency: Frequency = EACH) -> None:
        row = SubscriberRow(line=1, address=f"{name}@example.org", frequency=frequency)
        self.store.audience.subscribe("weekly", [row], consent="", now=self.tick())

    def wants(self, name: str, frequency: Frequency) -> None:
        """Write a wish down as it is where it cannot be in force at once."""
        standing = next(one for one in self.store.audience.subscriptions("weekly") if self.is_(one, name))
        if isinstance(self.store.audience, FakeAudience):
            key = "weekly", standing.subscriber.id
            self.store.audience.books.subscriptions[key] = replace(standing, wants=frequency)
            return
        assert self.store.database is not None
        SqlConsents(database=self.store.database).change(
            "weekly", standing.subscriber.id, Changes(frequency=frequency), how="", now=self.tick()
        )

    def articles(self, key: str) -> tuple[str, ...]:
        record = self.store.issues.get(key)
        assert record
        return record.articles

    @staticmethod
    def is_(one, name: str) -> bool:
        return bool(one.subscriber.address == f"{name}@example.org")

    def takes(self, name: str) -> tuple[Frequency, Frequency | None]:
        (one,) = [one for one in self.store.audience.subscriptions("weekly") if self.is_(one, name)]
        return one.frequency, one.wants

    def compose(self, *articles: str, again: bool = False) -> IssueRecord:
        return self.store.issues.compose("weekly", articles, title="", date=TODAY, again=again)

    def gather(self, frequency: Frequency) -> IssueRecord:
        course = self.store.audience.course("weekly")
        made = gathered(self.store.issues.of("weekly"), frequency, course=course, since=NOW)
        assert made is not None
        return self.store.issues.compose(
            "weekly",
            made.articles,
            title="",
            date=TODAY,
            frequency=frequency,
            through=made.through,
            again=made.again,
        )

    def send(self, record: IssueRecord) -> Mailing:
        self.store.issues.freeze(record.key, manifest_sha256="a" * 64, editions=())
        return self.store.ledger.queue(record.key, now=self.tick())

    def each(self, *articles: str) -> Mailing:
        return self.send(self.compose(*articles))

    def gathering(self, frequency: Frequency) -> Mailing:
        return self.send(self.gather(frequency))

    def got(self, name: str) -> list[str]:
        """Give the keys of what was queued to somebody, in the order of the mailings."""
        return [
            mailing.issue
            for mailing in self.store.ledger.mailings("weekly")
            for one in self.store.ledger.deliveries(mailing.id)
            if one.subscriber.address == f"{name}@example.org" and one.state is not DeliveryState.SKIPPED
        ]


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


def test_each_issue_goes_to_those_who_take_each_and_a_gathering_to_the_others(desk: Desk) -> None:
    for name, frequency in (("ana", EACH), ("bo", WEEKLY), ("cy", MONTHLY)):
        desk.join(name, frequency)
    audience = desk.store.audience
    assert [audience.confirmed("weekly", each) for each in Frequency] == [1, 1, 1]
    assert audience.confirmed("weekly") == 3
    desk.each("a")
    desk.each("b", "c")
    assert desk.gathering(WEEKLY).issue == "weekly/weekly-001"
    desk.each("d")
    monthly = desk.gather(MONTHLY)
    assert (monthly.key, monthly.articles, monthly.through) == ("weekly/monthly-001", ("a", "b", "c", "d"), 3)
    mailing = desk.send(monthly)
    assert (mailing.issue, mailing.counts[DeliveryState.QUEUED]) == ("weekly/monthly-001", 1)
    assert desk.got("ana") == ["weekly/001", "weekly/002", "weekly/003"]
    assert desk.got("bo") == ["weekly/weekly-001"]
    assert desk.got("cy") == ["weekly/monthly-001"]
    (delivery,) = desk.store.ledger.deliveries(mailing.id)
    assert delivery.message_id.startswith("<weekly.monthly-001.")
    assert desk.store.ledger.mailing("weekly/monthly-001") == mailing
    assert desk.store.ledger.queue("weekly/monthly-001", now=desk.tick()) == mailing


def test_who_joins_in_mid_month_gets_the_month(desk: Desk) -> None:
    desk.join("ana")
    desk.each("a")
    desk.gathering(MONTHLY)
    desk.each("b")
    desk.join("bo", MONTHLY)
    desk.each("c")
    desk.gathering(MONTHLY)
    assert desk.got("bo") == ["weekly/monthly-002"]
    assert desk.articles("weekly/monthly-002") == ("b", "c")


def test_the_first_gathering_reaches_back_to_the_first_who_took_it(desk: Desk) -> None:
    desk.at = NOW - dt.timedelta(days=9)
    desk.join("ana")
    desk.each("a")
    desk.join("bo", MONTHLY)
    desk.each("b")
    assert desk.store.audience.course("weekly").takers == {MONTHLY: NOW - dt.timedelta(days=9) + 3 * MINUTE}
    assert desk.gather(MONTHLY).articles == ("b",)


def test_a_wish_for_a_gathering_waits_until_it_is_made(desk: Desk) -> None:
    desk.join("ana")
    desk.each("a")
    desk.wants("ana", MONTHLY)
    assert desk.takes("ana") == (EACH, MONTHLY)
    desk.each("b")
    desk.gathering(MONTHLY)
    assert desk.takes("ana") == (MONTHLY, None)
    desk.each("c")
    desk.gathering(MONTHLY)
    assert desk.got("ana") == ["weekly/001", "weekly/002", "weekly/monthly-002"]


def test_a_wish_for_each_issue_waits_for_the_gathering(desk: Desk) -> None:
    desk.join("ana", MONTHLY)
    desk.each("a")
    desk.wants("ana", EACH)
    desk.each("b")
    assert desk.takes("ana") == (MONTHLY, EACH)
    desk.gathering(MONTHLY)
    assert desk.takes("ana") == (EACH, None)
    desk.each("c")
    assert desk.got("ana") == ["weekly/monthly-001", "weekly/003"]


def test_a_gathering_that_waits_for_its_hour_lets_people_in_already(desk: Desk) -> None:
    desk.join("ana")
    desk.each("a")
    waiting = desk.gather(MONTHLY)
    desk.wants("ana", MONTHLY)
    assert desk.store.audience.confirmed("weekly", EACH) == 0
    assert desk.each("b").state is MailingState.DONE
    assert desk.takes("ana") == (MONTHLY, None)
    desk.send(waiting)
    desk.gathering(MONTHLY)
    assert desk.got("ana") == ["weekly/001", "weekly/monthly-002"]


def test_who_leaves_a_gathering_gets_what_went_out_while_it_waited(desk: Desk) -> None:
    desk.join("ana", MONTHLY)
    desk.join("bo")
    desk.each("a")
    waiting = desk.gather(MONTHLY)
    desk.wants("ana", EACH)
    late = desk.each("b")
    desk.store.ledger.cancel(desk.each("c").id, reason="wrong", now=desk.tick())
    desk.send(waiting)
    assert desk.takes("ana") == (EACH, None)
    assert desk.got("ana") == ["weekly/002", "weekly/monthly-001"]
    mailing = desk.store.ledger.mailing(late.issue)
    assert mailing is not None
    assert mailing.counts[DeliveryState.QUEUED] == 2


def test_a_mailing_that_was_done_goes_on_for_who_comes_late(desk: Desk) -> None:
    desk.join("ana", MONTHLY)
    desk.each("a")
    waiting = desk.gather(MONTHLY)
    desk.wants("ana", EACH)
    assert desk.each("b").state is MailingState.DONE
    desk.send(waiting)
    mailing = desk.store.ledger.mailing("weekly/002")
    assert mailing is not None
    assert (mailing.state, mailing.left) == (MailingState.SENDING, 1)


def test_from_one_gathering_to_another(desk: Desk) -> None:
    desk.join("ana", WEEKLY)
    desk.join("bo", MONTHLY)
    desk.each("a")
    desk.gathering(WEEKLY)
    desk.each("b")
    desk.wants("ana", MONTHLY)
    desk.wants("bo", WEEKLY)
    desk.gathering(MONTHLY)
    # To the rarer one by the single issues between; to the other by way of each issue.
    assert desk.takes("ana") == (MONTHLY, None)
    assert desk.takes("bo") == (EACH, WEEKLY)
    desk.gathering(WEEKLY)
    assert desk.takes("bo") == (WEEKLY, None)
    desk.each("c")
    desk.gathering(WEEKLY)
    desk.gathering(MONTHLY)
    assert desk.got("ana") == ["weekly/weekly-001", "weekly/002", "weekly/monthly-002"]
    assert desk.got("bo") == ["weekly/monthly-001", "weekly/weekly-003"]


def test_a_withdrawn_gathering_costs_nobody_an_article(desk: Desk) -> None:
    desk.join("ana")
    desk.each("a")
    waiting = desk.gather(MONTHLY)
    desk.wants("ana", MONTHLY)
    desk.each("b")
    desk.store.issues.withdraw(waiting.key)
    desk.gathering(MONTHLY)
    # The gathering holds what she has had: she gets the rest of it singly.
    assert desk.articles("weekly/monthly-001") == ("a", "b")
    assert desk.got("ana") == ["weekly/001", "weekly/002"]


def test_nobody_is_mailed_a_gathering_of_what_they_have_had_whatever_its_row_says(desk: Desk) -> None:
    desk.join("ana")
    desk.join("bo", MONTHLY)
    desk.each("a")
    if isinstance(desk.store.audience, FakeAudience):
        for key, one in desk.store.audience.books.subscriptions.items():
            desk.store.audience.books.subscriptions[key] = replace(one, frequency=MONTHLY)
    else:
        assert desk.store.database
        with desk.store.database.writing() as connection:
            connection.exec_driver_sql("UPDATE subscription SET frequency = 'monthly'")
    desk.gathering(MONTHLY)
    assert desk.got("ana") == ["weekly/001"]
    assert desk.got("bo") == ["weekly/monthly-001"]


def test_an_article_that_was_asked_for_again_comes_again(desk: Desk) -> None:
    desk.join("ana")
    desk.join("bo", WEEKLY)
    desk.each("a")
    desk.gathering(WEEKLY)
    desk.send(desk.compose("a", "b", again=True))
    again = desk.gather(WEEKLY)
    assert again.articles == ("a", "b")
    desk.send(again)
    assert desk.got("ana") == ["weekly/001", "weekly/002"]
    assert desk.got("bo") == ["weekly/weekly-001", "weekly/weekly-002"]


def test_who_left_gets_no_gathering_and_no_late_issue(desk: Desk) -> None:
    desk.join("ana", MONTHLY)
    desk.each("a")
    waiting = desk.gather(MONTHLY)
    desk.wants("ana", EACH)
    desk.each("b")
    desk.store.audience.unsubscribe("weekly", "ana@example.org", now=desk.tick())
    assert desk.send(waiting).state is MailingState.DONE
    assert desk.got("ana") == []


def test_two_lists_have_nothing_to_do_with_one_another(desk: Desk) -> None:
    desk.store.audience.declare(a_list("annual"))
    desk.join("ana", MONTHLY)
    desk.each("a")
    assert desk.store.audience.course("annual").singles == ()
    assert desk.store.audience.frequencies("annual") == (EACH,)


# --- the issues ----------------------------------------------------------------------------------


def test_each_frequency_counts_its_own_issues(store: Store) -> None:
    compose = store.issues.compose
    first = compose("weekly", ("a",), title="", date=TODAY)
    monthly = compose("weekly", ("a",), title="November", date=TODAY, frequency=MONTHLY, through=1)
    second = compose("weekly", ("b",), title="", date=TODAY)
    assert [one.key for one in (first, monthly, second)] == [
        "weekly/001",
        "weekly/monthly-001",
        "weekly/002",
    ]
    assert store.issues.get("weekly/monthly-001") == monthly
    assert (monthly.frequency, monthly.through, monthly.title) == (MONTHLY, 1, "November")
    assert store.issues.of("weekly") == (first, second, monthly)
    assert store.issues.taken("weekly") == {"a", "b"}
    assert store.issues.taken("weekly", MONTHLY) == {"a"}
    assert store.issues.get("weekly/weekly-001") is None
    assert store.issues.get("weekly/each-001") is None


def test_an_awaiting_issue_is_frozen_approved_and_let_go(store: Store) -> None:
    key = store.issues.compose("weekly", ("a",), title="", date=TODAY).key
    editions = editions_of(an_issue())
    awaiting = store.issues.freeze(
        key, manifest_sha256="a" * 64, editions=editions, state=IssueState.AWAITING
    )
    assert (awaiting.state, awaiting.approved) == (IssueState.AWAITING, False)
    approved = store.issues.approve(key, manifest_sha256="a" * 64, by="Ana", now=NOW)
    assert approved.approved
    assert store.issues.get(key) == approved
    gone = store.issues.freeze(key, manifest_sha256="a" * 64, editions=editions)
    assert gone.state is IssueState.FROZEN


def test_a_withdrawn_issue_gives_its_articles_and_its_number_back(store: Store) -> None:
    compose = store.issues.compose
    compose("weekly", ("a",), title="", date=TODAY)
    last = compose("weekly", ("b",), title="", date=TODAY)
    assert store.issues.withdraw(last.key) == last
    assert store.issues.get(last.key) is None
    assert compose("weekly", ("b",), title="", date=TODAY).key == last.key


# --- what is only in a database ------------------------------------------------------------------


def test_a_wish_is_in_force_at_once_where_it_can_be(real: Store) -> None:
    desk = Desk(real)
    desk.join("ana")
    desk.wants("ana", MONTHLY)
    assert desk.takes("ana") == (MONTHLY, None)
    desk.each("a")
    desk.wants("ana", EACH)
    assert desk.takes("ana") == (MONTHLY, EACH)
    desk.wants("ana", MONTHLY)
    assert desk.takes("ana") == (MONTHLY, None)


def test_what_is_held_of_a_person_tells_their_frequency(real: Store) -> None:
    desk = Desk(real)
    desk.join("ana", MONTHLY)
    desk.each("a")
    desk.gathering(MONTHLY)
    desk.wants("ana", WEEKLY)
    assert real.database is not None
    person = SqlPeople(database=real.database).person("ana@example.org")
    assert person is not None
    (standing,) = person.subscriptions
    assert (standing.frequency, standing.wants, standing.state) == (
        MONTHLY,
        WEEKLY,
        SubscriptionState.CONFIRMED,
    )
    assert [one.issue for one in person.deliveries] == ["weekly/monthly-001"]


def test_the_few_who_wait_are_found_by_their_index(real: Store) -> None:
    assert real.database is not None
    with real.database.reading() as connection:
        if connection.dialect.name != "sqlite":
            pytest.skip("a server decides by its statistics")
        plans: list[str] = []
        go_over(connection, list_id(connection, "weekly"), lambda _: (), now=NOW)
        query = "EXPLAIN QUERY PLAN SELECT subscriber_id FROM subscription WHERE list_id = 1 AND wants != ''"
        plans = [row[-1] for row in connection.exec_driver_sql(query)]
    assert any("ix_subscription_wants" in plan for plan in plans)
