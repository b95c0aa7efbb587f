import datetime as dt
import hashlib
from dataclasses import dataclass, replace

import pytest
from builders import NOW, a_frozen, a_list, a_manifest, an_article, an_issue, editions_of, subscribers
from fake_post import FakeTransport
from fakes import FakeAudience, FakeBooks, FakeIssues, FakeLedger, FakeOutbox
from newsroom import a_send

from briefpub.domain.audience import List, Subscriber, SubscriptionFormat
from briefpub.domain.delivery import Attempt, Delivery, DeliveryState, Mailing, MailingState
from briefpub.domain.errors import OutboxError
from briefpub.domain.issue import Frozen, IssueState
from briefpub.render.message import Stationery
from briefpub.workflows.send import Send, Sent, made

HOUR = dt.timedelta(hours=1)


@dataclass
class Damaged(FakeOutbox):
    """An outbox in which the issues of one list cannot be proved."""

    slug: str = "weekly"

    def frozen(self, key: str) -> Frozen | None:
        if key.startswith(self.slug):
            raise OutboxError("brief.pdf is not what the manifest says", where=key)
        return super().frozen(key)


@dataclass
class Room:
    """Two lists, each with an issue that is frozen, and perhaps queued."""

    readers: int = 2

    def __post_init__(self) -> None:
        self.books = FakeBooks()
        self.audience = FakeAudience(self.books)
        self.issues = FakeIssues(self.books)
        self.ledger = FakeLedger(self.books)
        self.outbox = FakeOutbox()
        self.transport = FakeTransport(host="smtp.example.org")
        for slug in ("annual", "weekly"):
            self.audience.declare(a_list(slug))
            self.audience.subscribe(slug, subscribers(self.readers), consent="", now=NOW)
            self.freeze(slug)

    def freeze(self, slug: str) -> None:
        issue = replace(an_issue(an_article("bread")), list=a_list(slug))
        key = self.issues.compose(slug, ("bread",), title="", date=NOW.date()).key
        editions = editions_of(issue)
        kept = self.outbox.freeze(key, editions=editions, manifest=a_manifest(issue, editions))
        sha256 = hashlib.sha256(kept.manifest).hexdigest()
        self.issues.freeze(key, manifest_sha256=sha256, editions=kept.editions)

    def send(self, outbox: FakeOutbox | None = None) -> Send:
        return a_send(
            audience=self.audience,
            issues=self.issues,
            ledger=self.ledger,
            outbox=outbox or self.outbox,
            transport=self.transport,
        )

    def run(self, outbox: FakeOutbox | None = None) -> dict[str, Sent]:
        return {one.mailing.issue: one for one in self.send(outbox)(now=lambda: NOW)}

    def queue(self, slug: str) -> Mailing:
        key = f"{slug}/001"
        return self.ledger.queue(key, now=NOW)


def test_what_was_frozen_and_not_queued_is_taken_to_its_end() -> None:
    room = Room()
    sent = room.run()
    assert {key: one.done for key, one in sent.items()} == {"annual/001": 2, "weekly/001": 2}
    assert {record.state for record in room.issues.of()} == {IssueState.PUBLISHED}
    assert room.run() == {}


def test_a_damaged_issue_stops_no_other_list() -> None:
    room = Room()
    broken = Damaged(slug="annual")
    broken.__dict__.update({name: value for name, value in room.outbox.__dict__.items() if name != "slug"})
    sent = room.run(broken)
    assert "brief.pdf" in sent["annual/001"].trouble
    assert sent["weekly/001"].done == 2


def test_a_sender_that_cannot_be_used_stops_no_other_list() -> None:
    room = Room()
    room.audience.declare(replace(a_list("annual"), language="fr"))
    send = room.send()

    def stationery(list: List) -> Stationery:
        if list.slug == "annual":
            raise OutboxError("no key for this list", where="annual")
        return send.stationery(list)

    picky = replace(send, stationery=stationery)
    sent = {one.mailing.issue: one for one in picky(now=lambda: NOW)}
    assert sent["annual/001"].trouble
    assert sent["weekly/001"].done == 2


def test_what_is_retried_on_a_published_issue_goes_out() -> None:
    room = Room()
    room.transport.script = iter(["554 5.6.0 no"] * 2)
    room.run()
    mailing = room.ledger.mailing("annual/001")
    assert mailing is not None
    assert room.ledger.retry(mailing.id, now=NOW) == 2
    assert room.run()["annual/001"].mailing.counts[DeliveryState.ACCEPTED] == 2


def test_a_cancelled_mailing_whose_sender_died_has_an_end() -> None:
    room = Room()
    mailing = room.queue("weekly")
    (one, _) = room.ledger.claim(mailing.id, owner="dead", most=2, lease_until=NOW + HOUR, now=NOW)
    room.ledger.record(owner="dead", handed=[one.id], ended=(), lease_until=NOW + HOUR, now=NOW)
    room.ledger.cancel(mailing.id, reason="a mistake", now=NOW)
    room.issues.published("weekly/001")
    room.run()
    after = room.ledger.mailing("weekly/001")
    assert after is not None
    assert after.state is MailingState.CANCELLED
    assert {state.value: count for state, count in after.counts.items() if count} == {
        "unknown": 1,
        "skipped": 1,
    }


def test_nothing_is_proved_or_compiled_where_nothing_may_go() -> None:
    room = Room()
    for slug in ("annual", "weekly"):
        room.ledger.pause(room.queue(slug).id, reason="a typo", now=NOW)
    broken = Damaged(slug="")
    sent = room.run(broken)
    assert [one.trouble for one in sent.values()] == ["", ""]
    assert all(one.mailing.state is MailingState.PAUSED for one in sent.values())


@pytest.mark.parametrize("address", ["a b@example.org", "x@" + "y" * 300 + ".org"])
def test_an_address_no_envelope_takes_fails_alone(address: str) -> None:
    room = Room()
    make = made(room.send().letters(a_frozen(), a_list()))
    delivery = Delivery(
        id=1,
        mailing=1,
        subscriber=Subscriber(id=1, address=address),
        format=SubscriptionFormat.DIGEST,
        state=DeliveryState.CLAIMED,
    )
    attempt = make(delivery, NOW)
    assert isinstance(attempt, Attempt)
    assert attempt.reply.startswith("553 5.1.3 ")


def test_what_has_no_compilation_fails_with_the_reason() -> None:
    room = Room()
    make = made(room.send().letters(replace(a_frozen(), editions=a_frozen().editions[:2]), a_list()))
    delivery = Delivery(
        id=1,
        mailing=1,
        subscriber=Subscriber(id=1, address="a@example.org"),
        format=SubscriptionFormat.COMPILATION,
        state=DeliveryState.CLAIMED,
    )
    attempt = make(delivery, NOW)
    assert isinstance(attempt, Attempt)
    assert attempt.reply.startswith("552 5.3.4 ")
