"""Subscribe: from a form to a confirmed subscription and away again, by links that cannot be forged."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from builders import NOW, a_list
from hypothesis import given
from hypothesis import strategies as st

from briefpub.domain.audience import SubscriptionFormat, SubscriptionState
from briefpub.domain.consent import Answer, Asked, Changes, Wish
from briefpub.domain.delivery import Attempt, Message
from briefpub.domain.errors import ConfigError, TransportError
from briefpub.domain.replies import Outcome
from briefpub.domain.tokens import Purpose
from briefpub.store.audience import SqlAudience
from briefpub.store.consents import SqlConsents
from briefpub.store.database import open_database
from briefpub.workflows.subscribe import Subscribe

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
ANA = "ana@example.org"


@dataclass
class FakePost:
    """Keeps letters; answers as it is told to."""

    outcome: Outcome = Outcome.ACCEPTED
    down: bool = False
    letters: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> Attempt:
        if self.down:
            raise TransportError("nobody answers")
        self.letters.append(message)
        return Attempt(at=NOW, outcome=self.outcome, reply="451 4.7.1 later")

    def token(self) -> str:
        """Give the token in the newest letter's link."""
        part = message_from_bytes(self.letters[-1].data, policy=default).get_body(("plain",))
        assert part is not None
        found = re.search(r"https://l\.example/\w+/([\w-]+)", part.get_content())
        assert found
        return found[1]


@pytest.fixture
def post() -> FakePost:
    return FakePost()


@pytest.fixture
def subscribe(tmp_path: Path, post: FakePost) -> Iterator[Subscribe]:
    database = open_database(str(tmp_path / "briefpub.db"))
    audience = SqlAudience(database=database)
    audience.declare(a_list())
    yield Subscribe(
        audience=audience,
        consents=SqlConsents(database=database),
        post=post,
        secret=b"s" * 32,
        letterbox="https://l.example",
    )
    database.close()


def ask(subscribe: Subscribe, address: str = ANA, *, at: dt.datetime = NOW) -> Asked:
    return subscribe.request("weekly", Wish(address=address), how="form", now=at).fate


def a_reader(subscribe: Subscribe, post: FakePost) -> int:
    """Give a confirmed subscriber."""
    ask(subscribe)
    assert subscribe.confirm(post.token(), how="letter", now=NOW + HOUR) is Answer.DONE
    standing = subscribe.consents.standing_of("weekly", ANA)
    assert standing is not None
    return standing.subscriber.id


def token(subscribe: Subscribe, purpose: Purpose, person: int) -> str:
    return subscribe.link(purpose, "weekly", person).rpartition("/")[2]


def test_a_request_sends_one_letter_and_its_link_confirms_once(subscribe: Subscribe, post: FakePost) -> None:
    # With a fraction of a second, which a token does not keep.
    at = NOW + dt.timedelta(microseconds=123_456)
    assert ask(subscribe, "Ana@EXAMPLE.org", at=at) is Asked.ASKED
    assert ask(subscribe, at=at + HOUR / 2) is Asked.TOO_SOON
    (letter,) = post.letters
    assert letter.envelope_to == "Ana@example.org"
    assert subscribe.confirm(post.token(), how="letter", now=NOW + DAY) is Answer.DONE
    assert subscribe.confirm(post.token(), how="letter", now=NOW + DAY) is Answer.ALREADY
    assert ask(subscribe, at=NOW + 2 * DAY) is Asked.HERE
    assert len(post.letters) == 1


def test_a_link_is_good_for_seven_days(subscribe: Subscribe, post: FakePost) -> None:
    ask(subscribe)
    assert subscribe.confirm(post.token(), how="letter", now=NOW + 7 * DAY) is Answer.EXPIRED
    almost = NOW + 7 * DAY - dt.timedelta(seconds=1)
    assert subscribe.confirm(post.token(), how="letter", now=almost) is Answer.DONE


@given(st.text(max_size=80))
def test_no_made_up_token_does_anything(text: str) -> None:
    class Untouchable:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(name)

    nothing: Any = Untouchable()
    subscribe = Subscribe(audience=nothing, consents=nothing, post=nothing, secret=b"s" * 32, letterbox="")
    for answer in (
        subscribe.confirm(text, how="", now=NOW),
        subscribe.unsubscribe(text, how="", now=NOW),
        subscribe.undo(text, how="", now=NOW),
        subscribe.preferences(text, Changes(), how="", now=NOW),
    ):
        assert answer is Answer.FORGED


def test_a_link_does_only_what_it_is_for(subscribe: Subscribe, post: FakePost) -> None:
    ask(subscribe)
    confirm = post.token()
    assert subscribe.unsubscribe(confirm, how="link", now=NOW) is Answer.FORGED
    unsubscribe = token(subscribe, Purpose.UNSUBSCRIBE, 1)
    assert subscribe.confirm(unsubscribe, how="link", now=NOW) is Answer.FORGED
    assert subscribe.preferences(unsubscribe, Changes(name="Eve"), how="page", now=NOW) is Answer.FORGED


def test_leaving_coming_back_and_asking_anew(subscribe: Subscribe, post: FakePost) -> None:
    person = a_reader(subscribe, post)
    old, link = post.token(), token(subscribe, Purpose.UNSUBSCRIBE, person)
    assert subscribe.unsubscribe(link, how="one click", now=NOW + DAY) is Answer.DONE
    assert subscribe.unsubscribe(link, how="one click", now=NOW + DAY) is Answer.ALREADY
    assert subscribe.confirm(old, how="letter", now=NOW + DAY) is Answer.STALE
    assert subscribe.undo(link, how="page", now=NOW + DAY) is Answer.DONE
    assert subscribe.remove("weekly", ANA.upper(), how="by mail", now=NOW + 2 * DAY) is Answer.DONE
    assert subscribe.undo(link, how="page", now=NOW + 3 * DAY) is Answer.EXPIRED
    assert ask(subscribe, at=NOW + 4 * DAY) is Asked.ASKED
    assert subscribe.confirm(post.token(), how="letter", now=NOW + 4 * DAY) is Answer.DONE


def test_preferences_change_by_their_link(subscribe: Subscribe, post: FakePost) -> None:
    link = token(subscribe, Purpose.PREFERENCES, a_reader(subscribe, post))
    changes = Changes(format=SubscriptionFormat.COMPILATION, device="Ana@READER.example")
    assert subscribe.preferences(link, changes, how="page", now=NOW + DAY) is Answer.DONE
    standing = subscribe.standing(link)
    assert standing is not None
    assert (standing.format, standing.device) == (SubscriptionFormat.COMPILATION, "Ana@reader.example")
    for bad in (Changes(device="no"), Changes(name="Ana\r\nBcc: eve@example.org")):
        with pytest.raises(ConfigError):
            subscribe.preferences(link, bad, how="page", now=NOW + DAY)


@pytest.mark.parametrize(
    "wish",
    [
        Wish(address="nobody"),
        Wish(address="a@b.org\r\nBcc: c@d.org"),
        Wish(address=ANA, name="Ana\r\nBcc: eve@example.org"),
        Wish(address=ANA, device="reader"),
        Wish(address="a@" + "x" * 64 + ".org"),
    ],
)
def test_a_bad_wish_is_told_and_writes_nothing(subscribe: Subscribe, post: FakePost, wish: Wish) -> None:
    requested = subscribe.request("weekly", wish, how="form", now=NOW)
    assert requested.fate is Asked.BAD
    assert requested.reason
    assert post.letters == []
    assert list(subscribe.audience.subscriptions("weekly")) == []


@pytest.mark.parametrize("post", [FakePost(outcome=Outcome.DEFERRED), FakePost(down=True)])
def test_a_letter_that_waits_may_be_asked_for_again(subscribe: Subscribe, post: FakePost) -> None:
    assert ask(subscribe) is Asked.UNSENT
    post.outcome, post.down = Outcome.ACCEPTED, False
    assert ask(subscribe, at=NOW + dt.timedelta(minutes=1)) is Asked.ASKED


def test_an_address_that_takes_no_mail_is_left_alone(subscribe: Subscribe, post: FakePost) -> None:
    post.outcome = Outcome.FAILED
    assert ask(subscribe) is Asked.UNSENT
    assert ask(subscribe, at=NOW + HOUR / 2) is Asked.TOO_SOON


def test_a_farewell_leads_to_the_page_that_undoes_it(subscribe: Subscribe, post: FakePost) -> None:
    a_reader(subscribe, post)
    subscribe.remove("weekly", ANA, how="by phone", now=NOW + DAY)
    standing = subscribe.consents.standing_of("weekly", ANA)
    assert standing is not None
    assert subscribe.farewell(standing, left_at=NOW + DAY).outcome is Outcome.ACCEPTED
    assert subscribe.undo(post.token(), how="page", now=NOW + DAY) is Answer.DONE
    assert standing.state is SubscriptionState.UNSUBSCRIBED


@pytest.mark.parametrize("lacking", [{"secret": b""}, {"letterbox": ""}])
def test_without_pages_or_secret_nobody_is_asked(
    subscribe: Subscribe, post: FakePost, lacking: dict[str, object]
) -> None:
    values = {name: getattr(subscribe, name) for name in Subscribe.__dataclass_fields__}
    with pytest.raises(ConfigError):
        ask(Subscribe(**values | lacking))
    assert list(subscribe.audience.subscriptions("weekly")) == []
    assert post.letters == []
