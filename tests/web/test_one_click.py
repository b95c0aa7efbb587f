"""One click on a real socket (RFC 8058): what mail providers send, and that the sender heeds it at once."""

import datetime as dt
import http.client
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from pages import Said
from postroom import frozen

from briefpub.bootstrap import Newsroom, moment
from briefpub.domain.audience import SubscriptionState
from briefpub.domain.delivery import DeliveryState
from briefpub.domain.tokens import Purpose
from briefpub.web.app import letterbox_app
from briefpub.web.letterbox.box import letterbox_of
from briefpub.web.server import listening, serve

SETTINGS = """\
name = "The Slow Review"
site = "https://slow.example"
letterbox = "https://letters.slow.example"
contact = "The Slow Review <letters@slow.example>"

[lists.weekly]
name = "The Slow Review"
"""
URLENCODED = ("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click")
MULTIPART = (
    "multipart/form-data; boundary=----b9",
    b'------b9\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n------b9--\r\n',
)


@dataclass
class Served:
    newsroom: Newsroom
    port: int
    mailing: int

    def path(self, reader: int) -> str:
        """Give the path of a reader's one-click link, as their mail has it."""
        link = self.newsroom.subscribe.link(Purpose.UNSUBSCRIBE, "weekly", reader)
        return link.removeprefix("https://letters.slow.example")

    def ask(
        self, method: str, path: str, kind: str = "", body: bytes | None = None
    ) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body=body, headers={"Content-Type": kind} if kind else {})
            answer = connection.getresponse()
            answer.read()
        finally:
            connection.close()
        return answer

    def state(self, reader: int) -> SubscriptionState:
        standing = self.newsroom.consents.standing("weekly", reader)
        assert standing is not None
        return standing.state

    def claimed(self) -> set[int]:
        """Give whom the sender would mail next."""
        now = moment()
        batch = self.newsroom.ledger.claim(
            self.mailing, owner="a test", most=10, lease_until=now + dt.timedelta(minutes=5), now=now
        )
        return {one.subscriber.id for one in batch}


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    for name in ("BRIEFPUB_TRANSPORT", "BRIEFPUB_DATABASE", "BRIEFPUB_SECRET"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "briefpub.toml").write_text(SETTINGS, encoding="utf-8")
    newsroom = frozen(tmp_path, readers=4)
    mailing = newsroom.ledger.queue("weekly/001", now=moment())
    stop = threading.Event()
    app = letterbox_app(letterbox_of(newsroom), log=Said())
    with listening("127.0.0.1", 0) as socket:
        port = socket.getsockname()[1]
        thread = threading.Thread(
            target=serve, args=(app, socket), kwargs={"wait": stop.wait, "stop": stop.is_set}
        )
        thread.start()
        yield Served(newsroom, port, mailing.id)
        stop.set()
        thread.join()
    newsroom.database.close()


def test_one_click_acts_at_once_and_what_was_queued_is_not_sent(served: Served) -> None:
    readers = [one.subscriber.id for one in served.newsroom.audience.subscriptions("weekly")]
    for reader, (kind, body) in zip(readers, (URLENCODED, MULTIPART), strict=False):
        for _ in range(2):  # providers repeat themselves
            answer = served.ask("POST", served.path(reader), kind, body)
            assert answer.status == 200
            assert answer.getheader("Set-Cookie") is None
            assert answer.getheader("Location") is None
            assert served.state(reader) is SubscriptionState.UNSUBSCRIBED
    bare = served.ask("POST", served.path(readers[2]))
    assert (bare.status, served.state(readers[2])) == (200, SubscriptionState.UNSUBSCRIBED)
    assert served.claimed() == {readers[3]}
    mailing = served.newsroom.ledger.mailing("weekly/001")
    assert mailing is not None
    assert mailing.counts[DeliveryState.SKIPPED] == 3


def test_looking_never_unsubscribes(served: Served) -> None:
    readers = [one.subscriber.id for one in served.newsroom.audience.subscriptions("weekly")]
    for method in ("GET", "HEAD"):
        answer = served.ask(method, served.path(readers[0]))
        assert answer.status == 200
        assert answer.getheader("Set-Cookie") is None
        assert answer.getheader("Server") is None
    assert served.ask("OPTIONS", served.path(readers[0])).status == 405
    assert served.state(readers[0]) is SubscriptionState.CONFIRMED
    assert served.claimed() == set(readers)


def test_a_forged_link_takes_nobody_off(served: Served) -> None:
    path = served.path(1)
    forged = path[:-1] + ("A" if path[-1] != "A" else "B")
    # The last letter may hold bits that are not read: the one before it never does.
    forged = forged[:-2] + ("A" if forged[-2] != "A" else "B") + forged[-1]
    answer = served.ask("POST", forged, *URLENCODED)
    assert answer.status == 404
    assert len(served.claimed()) == 4


def test_the_links_of_the_mail_itself_lead_to_the_pages(served: Served) -> None:
    assert served.ask("GET", "/unsubscribe/weekly").status == 200
    assert served.ask("GET", "/preferences/weekly").status == 200
    assert served.ask("GET", "/healthz").status == 200


def test_many_clicks_at_once_are_all_heeded(served: Served) -> None:
    readers = [one.subscriber.id for one in served.newsroom.audience.subscriptions("weekly")]
    with ThreadPoolExecutor(12) as pool:
        answers = [pool.submit(served.ask, "POST", served.path(one), *URLENCODED) for one in readers * 6]
        assert {answer.result().status for answer in answers} == {200}
    assert served.claimed() == set()
