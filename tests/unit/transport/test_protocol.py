"""The protocol by itself: whatever a server says, in whatever pieces, no dot goes out that was not granted."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from works import a_message

from briefpub.domain.replies import Outcome
from briefpub.transport.envelope import stuffed
from briefpub.transport.events import Ended, Event, Opened, Standing, Stopped, Untried
from briefpub.transport.opening import Manner, Starttls
from briefpub.transport.protocol import Protocol

GREETED = b"220 hi\r\n"
EXTENDED = b"250-hi\r\n250-PIPELINING\r\n250 SIZE 1000\r\n"
PLAIN = b"250 hi\r\n"
ENVELOPE = b"MAIL FROM:<weekly@example.org> SIZE=43\r\nRCPT TO:<reader%d@example.org>\r\nDATA\r\n"


def written(protocol: Protocol) -> bytes:
    """Write all there is to say, as a socket does."""
    data = b"".join(bytes(piece) for piece in protocol.out)
    protocol.out.clear()
    protocol.sent += len(data)
    return data


def opened(extensions: bytes = EXTENDED, *, chunking: bool = False) -> Protocol:
    protocol = Protocol(Manner(hello="me", chunking=chunking))
    assert protocol.receive(GREETED) == []
    assert written(protocol) == b"EHLO me\r\n"
    assert protocol.receive(extensions) == [Opened()]
    return protocol


def test_the_next_envelope_goes_out_behind_the_dot() -> None:
    protocol = opened()
    protocol.begin(a_message(1))
    assert written(protocol) == ENVELOPE % 1
    assert protocol.receive(b"250 ok\r\n250 ok\r\n354 go\r\n") == []
    assert protocol.flushed() == [Standing(a_message(1))]
    assert written(protocol) == stuffed(a_message(1))
    assert not protocol.room
    protocol.hand()
    protocol.begin(a_message(2))
    assert not protocol.room
    assert written(protocol) == b".\r\n" + ENVELOPE % 2
    told = protocol.receive(b"250 2.0.0 got it\r\n250 ok\r\n250 ok\r\n354 go\r\n")
    assert told == [Ended(a_message(1), Outcome.ACCEPTED, "250 2.0.0 got it")]
    assert protocol.flushed() == [Standing(a_message(2))]


def test_a_lone_dot_ends_a_transaction_without_a_recipient() -> None:
    protocol = opened()
    protocol.begin(a_message(1))
    written(protocol)
    told = protocol.receive(b"250 ok\r\n550 5.1.1 no\r\n354 go\r\n")
    assert told == [Ended(a_message(1), Outcome.FAILED, "550 5.1.1 no")]
    protocol.begin(a_message(2))
    assert written(protocol) == b".\r\n" + ENVELOPE % 2
    assert protocol.receive(b"554 nobody\r\n250 ok\r\n250 ok\r\n354 go\r\n") == []
    assert protocol.flushed() == [Standing(a_message(2))]


@pytest.mark.parametrize("rcpt", [b"200 what", b"250 ok"])
def test_no_lone_dot_where_somebody_might_get_an_empty_message(rcpt: bytes) -> None:
    protocol = opened()
    protocol.begin(a_message(1))
    written(protocol)
    told = protocol.receive(b"451 no\r\n" + rcpt + b"\r\n354 go\r\n")
    assert isinstance(told[-1], Stopped)
    assert written(protocol) == b""


def test_a_refused_transaction_is_reset_before_the_next() -> None:
    protocol = opened()
    protocol.begin(a_message(1))
    written(protocol)
    protocol.receive(b"250 ok\r\n250 ok\r\n451 no\r\n")
    protocol.begin(a_message(2))
    assert written(protocol) == b"RSET\r\n" + ENVELOPE % 2


def test_a_dot_that_never_left_this_machine_is_no_doubt() -> None:
    for leaves, outcome in ((False, Outcome.DEFERRED), (True, Outcome.UNKNOWN)):
        protocol = opened()
        protocol.begin(a_message(1))
        written(protocol)
        protocol.receive(b"250 ok\r\n250 ok\r\n354 go\r\n")
        written(protocol)
        protocol.flushed()
        protocol.hand()
        data = b"".join(bytes(piece) for piece in protocol.out)
        protocol.sent += len(data) - (0 if leaves else 1)
        ended, _ = protocol.lost("gone")
        assert isinstance(ended, Ended)
        assert ended.outcome is outcome


def test_a_reply_that_was_there_before_the_dot_is_none_to_it() -> None:
    protocol = opened()
    protocol.begin(a_message(1))
    written(protocol)
    protocol.receive(b"250 ok\r\n250 ok\r\n354 go\r\n250 ok, got it alrea")
    written(protocol)
    protocol.flushed()
    ended, _ = protocol.hand()
    assert isinstance(ended, Ended)
    assert ended.outcome is Outcome.DEFERRED
    assert written(protocol) == b""


def test_bdat_is_a_dot() -> None:
    protocol = opened(b"250-hi\r\n250-PIPELINING\r\n250 CHUNKING\r\n", chunking=True)
    protocol.begin(a_message(1))
    assert b"DATA" not in written(protocol)
    assert protocol.receive(b"250 ok\r\n250 ok\r\n") == [Standing(a_message(1))]
    protocol.hand()
    data = a_message(1).data
    assert written(protocol) == b"BDAT %d LAST\r\n" % len(data) + data
    ended, _ = protocol.lost("gone")
    assert isinstance(ended, Ended)
    assert ended.outcome is Outcome.UNKNOWN


LINES = st.sampled_from(
    [
        *(
            b"220 hi",
            b"250 ok",
            b"250-more",
            b"250-PIPELINING",
            b"250 PIPELINING",
            b"250-STARTTLS",
            b"250 2.0.0 got it",
        ),
        *(
            b"354 go",
            b"421 bye",
            b"450 busy",
            b"451 later",
            b"503 bad sequence",
            b"550 5.1.1 no",
            b"552 large",
        ),
        *(b"235 in", b"334 ", b"200", b"999 what", b"junk", b"", b"\xff\xfe", b"250\tx"),
    ]
)
SAID = st.lists(st.one_of(LINES, st.binary(max_size=12)), max_size=40).map(
    lambda lines: b"\r\n".join((*lines, b""))
)
WELL = GREETED + EXTENDED + b"250 ok\r\n250 ok\r\n354 go\r\n250 got it\r\n" * 3


@given(
    said=st.one_of(SAID, st.builds(lambda n, junk: WELL[:n] + junk, st.integers(0, len(WELL)), SAID)),
    cuts=st.lists(st.integers(1, 30), max_size=60),
    grants=st.lists(st.booleans(), max_size=6),
    chunking=st.booleans(),
)
def test_whatever_a_server_says(said: bytes, cuts: list[int], grants: list[bool], chunking: bool) -> None:
    protocol = Protocol(Manner(hello="me", starttls=Starttls.NEVER, chunking=chunking))
    waiting = [a_message(number) for number in range(1, 5)]
    allowed = iter(grants)
    dots: set[int] = set()
    settled: list[int] = []

    def heed(events: Iterable[Event]) -> None:
        for event in events:
            match event:
                case Standing(message) if next(allowed, True) and not protocol.over:
                    heed(protocol.hand())
                    if not protocol.over:
                        dots.add(message.delivery)
                case Ended(message, outcome, _):
                    settled.append(message.delivery)
                    if outcome in {Outcome.ACCEPTED, Outcome.UNKNOWN}:
                        assert message.delivery in dots
                case Untried(message):
                    settled.append(message.delivery)
                    assert message.delivery not in dots
                case _:
                    pass

    begun = 0
    at = 0
    heard = bytearray()
    for size in [*cuts, len(said)]:
        while protocol.room and begun < len(waiting):
            heed(protocol.begin(waiting[begun]))
            begun += 1
        heard += written(protocol)
        heed(protocol.receive(said[at : at + size]))
        heard += written(protocol)
        heed(protocol.flushed())
        at += size
    heard += written(protocol)
    if not protocol.over:
        heed(protocol.lost("the end"))
    # Each message that was begun ends, once; no dot went out without its grant.
    assert sorted(settled) == [message.delivery for message in waiting[:begun]]
    assert heard.count(b"\r\n.\r\n") <= len(dots) + heard.count(b"DATA\r\n.\r\n")
