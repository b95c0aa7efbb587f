"""Servers that dribble, sites that are slow or refuse us: how long is waited, and how much is taken ahead."""

import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sink import Sink
from sink_script import Fault, Script, Step
from works import Works, a_message

from briefpub.domain.delivery import Attempt, Message, TroubleKind
from briefpub.domain.flow import SiteRules
from briefpub.domain.replies import Outcome
from briefpub.transport import run
from briefpub.transport.address import Kind, Tls, TransportAddress
from briefpub.transport.mx import Mx
from briefpub.transport.sites import EACH, Sites
from briefpub.transport.smtp import AHEAD, Smtp

PATIENCE = 0.3
LONG = 5.0
ONE = SiteRules(connections=1)
REPLIES = (b"220 hi", b"250 hello", b"250 ok", b"250 ok", b"354 go", b"250 got it", b"221 bye")
Speak = Callable[[socket.socket, int, bytes], None]


def smtp(port: int, patience: float = LONG) -> Smtp:
    address = TransportAddress(kind=Kind.SMTP, host="127.0.0.1", port=port, user="", tls=Tls.OFF)
    return Smtp(address=address, patience=patience, patience_after_dot=patience)


def messages(count: int, **changes: object) -> list[Message]:
    return [a_message(number, **changes) for number in range(1, count + 1)]


@contextmanager
def speaking(
    speak: Speak, read: Callable[[socket.socket], bytes] = lambda line: line.recv(65536)
) -> Iterator[int]:
    """Serve plain SMTP; `speak` is given the number of each reply and says it."""

    def serve() -> None:
        while True:
            try:
                line, _ = server.accept()
            except OSError:
                return
            with line:
                try:
                    for step, reply in enumerate(REPLIES):
                        speak(line, step, reply)
                        end, heard = b"\r\n.\r\n" if step == 4 else b"\n", b"-"
                        while heard and not heard.endswith(end):
                            came = read(line)
                            heard = heard[-5:] + came if came else b""
                except OSError:
                    pass

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def dribbling(at: int, piece: bytes) -> Speak:
    """Say one piece of a reply after the other at one step, for far longer than anybody should wait."""

    def speak(line: socket.socket, step: int, reply: bytes) -> None:
        if step == at:
            line.sendall(reply[:3] + b"-")
            for _ in range(200):
                line.sendall(piece % reply[:3] if b"%s" in piece else piece)
                time.sleep(0.02)
            line.sendall(b"\r\n")
        line.sendall(reply + b"\r\n")

    return speak


@pytest.mark.parametrize("piece", [b"x", b"more\r\n%s-"], ids=["bytes", "lines"])
@pytest.mark.parametrize(
    ("step", "outcome"),
    [(3, Outcome.DEFERRED), (4, Outcome.DEFERRED), (5, Outcome.UNKNOWN), (6, Outcome.ACCEPTED)],
    ids=["rcpt", "data", "dot", "quit"],
)
def test_a_reply_that_never_ends_is_not_waited_for(
    step: int, outcome: Outcome, piece: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "GOODBYE", PATIENCE)
    work = Works(messages(1))
    with speaking(dribbling(step, piece)) as port:
        smtp(port, PATIENCE if step != 6 else LONG).carry(work)
    assert work.outcomes == {1: outcome}
    if step != 6:
        assert "no answer in time" in work.replies[1]


@pytest.mark.parametrize("piece", [b"x", b"more\r\n%s-"], ids=["bytes", "lines"])
def test_a_greeting_that_never_ends_is_a_trouble(piece: bytes) -> None:
    work = Works(messages(1))
    with speaking(dribbling(0, piece)) as port:
        smtp(port, 0.1).carry(work)
    assert work.trouble.kind is TroubleKind.UNREACHABLE
    assert work.trouble.message == "no answer in time"
    assert work.back_ids == [1]


def test_a_slow_server_is_waited_for_reply_by_reply() -> None:
    def slowly(line: socket.socket, step: int, reply: bytes) -> None:
        time.sleep(0.1)
        line.sendall(reply + b"\r\n")

    work = Works(messages(1))
    with speaking(slowly) as port:
        smtp(port, 0.4).carry(work)
    assert work.replies == {1: "250 got it"}


def test_a_slow_reader_is_waited_for_while_it_reads() -> None:
    def slowly(line: socket.socket) -> bytes:
        time.sleep(0.02)
        return line.recv(400_000)

    work = Works(messages(1, data=b"Subject: Bread\r\n\r\n" + b"It rises.\r\n" * 1_200_000))
    with speaking(lambda line, _, reply: line.sendall(reply + b"\r\n"), slowly) as port:
        smtp(port, 0.4).carry(work)
    assert work.replies == {1: "250 got it"}


# ---- the dot


def test_two_copies_that_stand_at_once_get_one_dot() -> None:
    def late(*_: object) -> None:
        if not work.log:
            time.sleep(0.15)  # so that all others stand together in the next commit

    sent = [a_message(2), *[a_message(1) for _ in range(15)]]
    work = Works(sent, on_record=late, grants=lambda one: one not in work.granted)
    with Sink() as sink:
        smtp(sink.port).carry(work)
        assert len(sink.sessions) > 2
    assert sink.counts["reader1@example.org"] == 1
    assert work.outcomes[1] is Outcome.ACCEPTED
    assert all(len(ids) == len(set(ids)) for what, ids in work.log if what == "record")


# ---- how much is taken ahead


def test_little_is_taken_before_there_is_room() -> None:
    taken: list[int] = []
    work = Works(messages(200), site_rules=ONE)
    work.on_record = lambda *_: taken.append(200 - len(work.left) - len(work.attempts))
    with Sink() as sink:
        smtp(sink.port).carry(work)
    assert max(taken) <= AHEAD + EACH + 2
    assert set(work.outcomes.values()) == {Outcome.ACCEPTED}


def stopping(work: Works) -> Callable[[Sequence[int], Sequence[tuple[int, Attempt]]], None]:
    """Give nothing more after the third refusal, as a ledger does that has stopped the site."""

    def stop(_: Sequence[int], ended: Sequence[tuple[int, Attempt]]) -> None:
        if len(work.attempts) + len(ended) >= 3:
            work.left.clear()

    return stop


@pytest.mark.parametrize("straight", [False, True], ids=["smarthost", "mx"])
@pytest.mark.parametrize("step", [Step.RCPT, Step.DOT])
def test_a_site_that_refuses_us_gets_nothing_of_what_waits(step: Step, straight: bool) -> None:
    work = Works(messages(300), site_rules=SiteRules(connections=2))
    work.on_record = stopping(work)
    with Sink(Script(faults=(Fault(at=step, do="550 5.7.26 unauthenticated"),))) as sink:
        way = Mx(mx=lambda _: ["127.0.0.1"], port=sink.port) if straight else smtp(sink.port)
        way.carry(work)
    assert 3 <= len(work.attempts) <= 8
    assert work.accounted == list(range(1, len(work.accounted) + 1))


def test_refusals_that_are_not_in_a_row_stop_nothing() -> None:
    refused = Fault(at=Step.RCPT, do="550 5.7.1 not this one", every=3)
    work = Works(messages(30), site_rules=ONE)
    with Sink(Script(faults=(refused,))) as sink:
        smtp(sink.port).carry(work)
    assert len(work.attempts) == 30


def test_a_slow_site_keeps_no_other_from_its_mail() -> None:
    slow = [a_message(number, envelope_to=f"r{number}@slow.example") for number in range(1, 601)]
    quick = [a_message(number, envelope_to=f"r{number}@q{number % 5}.example") for number in range(601, 621)]
    work = Works([*slow, *quick])
    at_the_end: list[int] = []

    def granted(_: int) -> bool:
        if len([id for id in work.attempts if id > 600]) < len(quick):
            return True
        at_the_end.append(len(work.attempts) - len(quick))
        return False

    work.grants = granted
    with Sink(Script(faults=(Fault(at=Step.RCPT, to="*@slow.example", delay=0.15),))) as sink:
        Mx(mx=lambda _: ["127.0.0.1"], port=sink.port).carry(work)
    assert at_the_end[0] < 60
    assert work.accounted == list(range(1, 621))


@given(st.lists(st.tuples(st.integers(0, 2), st.booleans()), max_size=80), st.integers(1, 3))
def test_only_what_a_lane_can_use_soon_counts(moves: list[tuple[int, bool]], connections: int) -> None:
    sites = Sites(lambda _: SiteRules(connections=connections))
    lanes = [sites.lane(name, name)[0] for name in "abc"]
    there: list[deque[Message]] = [deque(), deque(), deque()]
    for index, push in moves:
        if push:
            there[index].append(a_message())
            sites.push(lanes[index], a_message())
        elif there[index]:
            there[index].popleft()
            sites.pop(lanes[index])
    assert sites.soon == sum(min(len(one), 2 * EACH * connections) for one in there)
    assert sites.waiting == sum(map(len, there))
    sites.emptied()
    assert (sites.soon, sites.waiting, sites.size) == (0, 0, 0)
