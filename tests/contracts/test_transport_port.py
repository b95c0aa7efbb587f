"""One suite for the transport port: the fake, the maildir, and SMTP to a server in this process."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from builders import NOW
from fakes import FakeTransport

from briefpub.domain.delivery import Attempt, InDoubt, Message, Outcome
from briefpub.transport.address import Kind, Tls, TransportAddress
from briefpub.transport.maildir import Maildir
from briefpub.transport.smtp import Smtp
from briefpub.workflows.ports import Transport


@dataclass
class Way:
    """A transport, and what has arrived at its other end."""

    transport: Transport
    box: Path | None = None
    arrived_here: list[bytes] = field(default_factory=list)

    def arrived(self) -> list[bytes]:
        if isinstance(self.transport, FakeTransport):
            return sorted(message.data for message in self.transport.sent)
        if self.box:
            return sorted(
                path.read_bytes().replace(b"\n", b"\r\n") for path in self.box.glob("*/*/maildir/new/*")
            )
        return sorted(self.arrived_here)

    def send(self, *messages: Message, ours: bool = True) -> list[Attempt]:
        with self.transport.opened("weekly/001") as way:
            return [way.send(message, hand=lambda: ours, now=lambda: NOW) for message in messages]

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.arrived_here.append(envelope.content)
        return "250 OK"


@contextmanager
def fake(_: Path) -> Iterator[Way]:
    yield Way(FakeTransport())


@contextmanager
def maildir(path: Path) -> Iterator[Way]:
    yield Way(Maildir(path), box=path)


@contextmanager
def smtp(_: Path) -> Iterator[Way]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    address = TransportAddress(kind=Kind.SMTP, host="127.0.0.1", port=port, user="", tls=Tls.OFF)
    way = Way(Smtp(address=address, patience=5.0, patience_after_dot=5.0))
    server = Controller(way, hostname="127.0.0.1", port=port, loop=asyncio.new_event_loop())
    server.start()
    try:
        yield way
    finally:
        server.stop()
        server.loop.close()


@pytest.fixture(params=[fake, maildir, smtp], ids=["fake", "maildir", "smtp"])
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Way]:
    made: AbstractContextManager[Way] = request.param(tmp_path)
    with made as way:
        yield way


def a_message(number: int = 1) -> Message:
    return Message(
        delivery=number,
        message_id=f"<weekly.001.{number}.8c1d0a4e@example.org>",
        envelope_from="weekly@example.org",
        envelope_to=f"reader{number}@example.org",
        data=f"Subject: Bread {number}\r\n\r\nIt rises.\r\n.\r\n..twice\r\n".encode(),
    )


def test_every_message_arrives_once_to_the_byte(way: Way) -> None:
    messages = [a_message(number) for number in (1, 2, 3)]
    attempts = way.send(*messages)
    assert [(attempt.outcome, attempt.at) for attempt in attempts] == [(Outcome.ACCEPTED, NOW)] * 3
    assert all(attempt.reply for attempt in attempts)
    assert way.arrived() == [message.data for message in messages]


def test_what_is_no_longer_ours_is_put_off_and_never_arrives(way: Way) -> None:
    (attempt,) = way.send(a_message(), ours=False)
    assert (attempt.outcome, attempt.at) == (Outcome.DEFERRED, NOW)
    assert way.arrived() == []


def test_it_asks_once_and_before_anything_arrives(way: Way) -> None:
    asked: list[list[bytes]] = []

    def hand() -> bool:
        asked.append(way.arrived())
        return True

    with way.transport.opened("weekly/001") as opened:
        opened.send(a_message(), hand=hand, now=lambda: NOW)
    assert asked == [[]]


def test_a_way_that_was_closed_can_be_opened_again(way: Way) -> None:
    way.send(a_message(1))
    way.send(a_message(2))
    assert way.arrived() == [a_message(1).data, a_message(2).data]


def test_a_way_that_says_resend_makes_one_of_two(way: Way) -> None:
    way.send(a_message())
    way.send(a_message())
    assert len(way.arrived()) == (1 if way.transport.in_doubt is InDoubt.RESEND else 2)
