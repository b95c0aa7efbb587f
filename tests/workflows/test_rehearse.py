import datetime as dt
from collections.abc import Callable, Iterator

from builders import NOW, a_frozen, a_list, an_issue, editions_of, subscribers
from fakes import FakeAudience, FakeBooks, FakeIssues, FakeLedger

from briefpub.domain.audience import Frequency, SubscriberRow, SubscriptionState, address_hash
from briefpub.domain.consent import Standing
from briefpub.domain.delivery import Attempt, Delivery, Mailing, Message
from briefpub.domain.replies import Outcome
from briefpub.workflows.rehearse import Rehearse, Rehearsed


class Desk:
    """A list with some readers, and a rehearsal that keeps what it made."""

    def __init__(self, readers: int = 4) -> None:
        self.books = FakeBooks()
        self.audience = FakeAudience(self.books)
        self.audience.declare(a_list())
        self.audience.subscribe("weekly", subscribers(readers), consent="", now=NOW)
        self.ledger = FakeLedger(self.books)
        self.kept: list[Message] = []
        self.told: list[tuple[str, int, int]] = []

    def queued(self) -> Mailing:
        issues = FakeIssues(self.books)
        key = issues.compose("weekly", ("bread",), title="", date=NOW.date()).key
        issues.freeze(key, manifest_sha256="a" * 64, editions=editions_of(an_issue()))
        return self.ledger.queue(key, now=NOW)

    def standings(self, list: str) -> Iterator[Standing]:
        for one in self.audience.subscriptions(list):
            hashed = address_hash(one.subscriber.address)
            yield Standing(
                subscriber=one.subscriber,
                list=list,
                state=one.state,
                since=NOW,
                format=one.format,
                frequency=one.frequency,
                wants=one.wants,
                suppressed="asked to" if hashed in self.books.suppressed else "",
            )

    def rehearse(
        self, *, most: int | None = None, refuse: str = "", frequency: Frequency = Frequency.EACH
    ) -> Rehearsed:
        def letters(frozen: object, list: object) -> Callable[[Delivery, dt.datetime], Message | Attempt]:
            def make(delivery: Delivery, at: dt.datetime) -> Message | Attempt:
                address = delivery.subscriber.address
                if address == refuse:
                    return Attempt(at=at, outcome=Outcome.FAILED, reply="552 5.3.4 too large")
                return Message(
                    delivery=delivery.id,
                    message_id=delivery.message_id,
                    envelope_from="weekly@example.org",
                    envelope_to=address,
                    data=b"Subject: hello\r\n\r\n",
                )

            return make

        self.kept.clear()
        rehearse = Rehearse(
            audience=self.audience,
            standings=self.standings,
            ledger=self.ledger,
            letters=letters,
            keep=self.kept.append,
        )
        return rehearse(
            a_frozen(an_issue(frequency=frequency)),
            a_list(),
            now=NOW,
            most=most,
            progress=lambda *told: self.told.append(told),
        )


def test_every_confirmed_subscriber_s_message_is_made_and_nothing_is_queued() -> None:
    desk = Desk()
    pending = SubscriberRow(line=9, address="zoe@example.org", state=SubscriptionState.PENDING)
    desk.audience.subscribe("weekly", [pending], consent="", now=NOW)
    desk.audience.unsubscribe("weekly", "reader0001@example.org", now=NOW)
    desk.audience.suppress("reader0003@example.org", reason="asked to", now=NOW)
    assert desk.rehearse() == Rehearsed(would_go=2, made=2)
    assert [one.envelope_to for one in desk.kept] == ["reader0000@example.org", "reader0002@example.org"]
    assert len({one.message_id for one in desk.kept}) == 2
    assert desk.ledger.mailings() == ()


def test_at_most_so_many_are_made() -> None:
    assert Desk().rehearse(most=2) == Rehearsed(would_go=4, made=2)


def test_the_message_ids_are_those_the_mailing_will_have() -> None:
    desk = Desk()
    desk.rehearse()
    ends = {one.message_id.partition("@")[2] for one in desk.kept}
    assert ends == {"example.org>"}
    assert all(one.message_id.startswith("<weekly.001.") for one in desk.kept)


def test_a_queued_mailing_is_rehearsed_for_those_it_still_owes() -> None:
    desk = Desk()
    mailing = desk.queued()
    rows = list(desk.ledger.deliveries(mailing.id))
    desk.audience.subscribe("weekly", subscribers(9), consent="", now=NOW)
    assert desk.rehearse() == Rehearsed(would_go=4, made=4)
    assert [one.message_id for one in desk.kept] == [one.message_id for one in rows]
    assert list(desk.ledger.deliveries(mailing.id)) == rows


def test_one_that_cannot_be_made_is_told_with_its_reason() -> None:
    done = Desk().rehearse(refuse="reader0002@example.org")
    assert (done.made, done.refused) == (3, (("reader0002@example.org", "552 5.3.4 too large"),))


def test_a_long_rehearsal_says_how_far_it_is() -> None:
    desk = Desk(readers=230)
    desk.rehearse()
    assert desk.told == [("rehearse", 100, 230), ("rehearse", 200, 230)]


def test_an_issue_is_rehearsed_for_those_who_take_its_frequency() -> None:
    desk = Desk(readers=1)
    row = SubscriberRow(line=9, address="zoe@example.org", frequency=Frequency.MONTHLY)
    desk.audience.subscribe("weekly", [row], consent="", now=NOW)
    assert desk.rehearse() == Rehearsed(would_go=1, made=1)
    assert [one.envelope_to for one in desk.kept] == ["reader0000@example.org"]
    assert desk.rehearse(frequency=Frequency.MONTHLY) == Rehearsed(would_go=1, made=1)
    assert [one.envelope_to for one in desk.kept] == ["zoe@example.org"]
