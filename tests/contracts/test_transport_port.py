"""One suite for the transport port: the fake, the maildir, SMTP to a smarthost, and straight to a site."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from builders import NOW
from fake_post import FakeTransport
from sink import Sink
from works import Works, a_message

from briefpub.domain.audience import InDoubt
from briefpub.domain.delivery import Message
from briefpub.domain.errors import StoreError
from briefpub.domain.replies import Outcome
from briefpub.transport.address import Kind, Tls, TransportAddress
from briefpub.transport.maildir import Maildir
from briefpub.transport.mx import Mx
from briefpub.transport.smtp import Smtp
from briefpub.workflows.ports import Transport


@dataclass
class Way:
    """A transport, and what has arrived at its other end."""

    transport: Transport
    box: Path | None = None
    sink: Sink | None = None

    def arrived(self) -> list[bytes]:
        if self.box:
            return sorted(
                path.read_bytes().replace(b"\n", b"\r\n") for path in self.box.glob("*/*/maildir/new/*")
            )
        if self.sink:
            return sorted(message.data for message in self.sink.received)
        return sorted(message.data for message in self.transport.sent)  # type: ignore[attr-defined]

    def carry(self, *messages: Message, **options: Any) -> Works:
        work = Works(messages, **options)
        with self.transport.opened("weekly/001") as way:
            way.carry(work)
        return work


@contextmanager
def fake(_: Path) -> Iterator[Way]:
    yield Way(FakeTransport())


@contextmanager
def maildir(path: Path) -> Iterator[Way]:
    yield Way(Maildir(path), box=path)


@contextmanager
def smtp(_: Path) -> Iterator[Way]:
    with Sink() as sink:
        address = TransportAddress(kind=Kind.SMTP, host="127.0.0.1", port=sink.port, tls=Tls.OFF)
        yield Way(Smtp(address=address, patience=5.0, patience_after_dot=5.0), sink=sink)


@contextmanager
def mx(_: Path) -> Iterator[Way]:
    with Sink() as sink:
        yield Way(Mx(mx=lambda _: ("127.0.0.1",), port=sink.port, patience=5.0), sink=sink)


WAYS = [maildir, smtp, mx, fake]


@pytest.fixture(params=WAYS, ids=[way.__name__ for way in WAYS])
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Way]:
    made: AbstractContextManager[Way] = request.param(tmp_path)
    with made as way:
        yield way


def test_every_message_arrives_once_to_the_byte(way: Way) -> None:
    messages = [a_message(number) for number in range(1, 10)]
    work = way.carry(*messages)
    assert set(work.outcomes.values()) == {Outcome.ACCEPTED}
    assert {attempts[0].at for attempts in work.attempts.values()} == {NOW}
    assert all(work.replies.values())
    assert work.accounted == list(range(1, 10))
    assert way.arrived() == [message.data for message in messages]


def test_what_is_not_granted_never_arrives_and_is_no_try(way: Way) -> None:
    work = way.carry(a_message(1), a_message(2), grants=lambda _: False)
    assert work.attempts == {}
    assert work.back_ids == [1, 2]
    assert way.arrived() == []


def test_it_asks_before_anything_arrives(way: Way) -> None:
    asked: list[tuple[Sequence[int], list[bytes]]] = []
    way.carry(a_message(), on_record=lambda handed, _: asked.append((handed, way.arrived())))
    assert asked[0] == ([1], [])


def test_a_ledger_that_fails_lets_nothing_out(way: Way) -> None:
    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    with pytest.raises(StoreError):
        way.carry(a_message(1), a_message(2), on_record=full)
    assert way.arrived() == []


def test_a_way_that_was_closed_can_be_opened_again(way: Way) -> None:
    way.carry(a_message(1))
    way.carry(a_message(2))
    assert way.arrived() == [a_message(1).data, a_message(2).data]


def test_a_way_that_says_resend_makes_one_of_two(way: Way) -> None:
    way.carry(a_message())
    way.carry(a_message())
    assert len(way.arrived()) == (1 if way.transport.in_doubt is InDoubt.RESEND else 2)
