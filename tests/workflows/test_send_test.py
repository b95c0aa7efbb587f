import datetime as dt
from dataclasses import dataclass, field

from builders import NOW, a_frozen, a_list

from briefpub.domain.audience import List, SubscriptionFormat
from briefpub.domain.delivery import Attempt, Delivery, Message
from briefpub.domain.issue import Frozen
from briefpub.domain.replies import Outcome
from briefpub.workflows.ahead import Make
from briefpub.workflows.send_test import SendTest

TAKEN = Attempt(at=NOW, outcome=Outcome.ACCEPTED, reply="250 ok")


@dataclass
class Post:
    """Makes messages, and takes them."""

    asked: list[Delivery] = field(default_factory=list)
    taken: list[Message] = field(default_factory=list)
    too_large: bool = False

    def letters(self, frozen: Frozen, list: List) -> Make:
        def make(delivery: Delivery, at: dt.datetime) -> Message | Attempt:
            self.asked.append(delivery)
            if self.too_large:
                return Attempt(at=at, outcome=Outcome.FAILED, reply="552 5.3.4 too large")
            return Message(
                delivery=delivery.id,
                message_id=delivery.message_id,
                envelope_from=list.sender,
                envelope_to=delivery.recipient,
                data=b"",
            )

        return make

    def post(self, message: Message) -> Attempt:
        self.taken.append(message)
        return TAKEN

    def send(self, *, now: dt.datetime = NOW) -> Attempt:
        send = SendTest(letters=self.letters, post=self.post)
        return send(
            a_frozen(), a_list(), address="ed@example.org", format=SubscriptionFormat.COMPILATION, now=now
        )


def test_one_message_goes_to_the_address_and_is_nobody_s() -> None:
    post = Post()
    assert post.send() == TAKEN
    (message,) = post.taken
    assert message.envelope_to == "ed@example.org"
    (delivery,) = post.asked
    assert (delivery.id, delivery.mailing, delivery.subscriber.id) == (0, 0, 0)
    assert delivery.format is SubscriptionFormat.COMPILATION


def test_each_test_has_a_message_id_of_its_own() -> None:
    post = Post()
    post.send()
    post.send(now=NOW + dt.timedelta(microseconds=1))
    first, second = (message.message_id for message in post.taken)
    assert first != second
    assert first.startswith("<weekly.001.test-20261122090000")
    assert first.endswith("@example.org>")


def test_one_that_cannot_be_made_is_not_posted() -> None:
    post = Post(too_large=True)
    assert post.send().outcome is Outcome.FAILED
    assert post.taken == []
