"""Real conversations over a socket: aiosmtpd as the honest server, a scripted one for each fault."""

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from builders import NOW

from briefpub.domain.delivery import Attempt, InDoubt, Message, Outcome
from briefpub.domain.errors import TransportError
from briefpub.transport.address import Kind, Tls, TransportAddress
from briefpub.transport.smtp import Smtp, _own_name

CERTIFICATE = Path(__file__).parent / "localhost.pem"
PATIENCE = 5.0


def a_message(number: int = 1, **changes: Any) -> Message:
    values: dict[str, Any] = {
        "delivery": number,
        "message_id": f"<weekly.001.{number}.8c1d0a4e@example.org>",
        "envelope_from": "weekly@example.org",
        "envelope_to": f"reader{number}@example.org",
        "data": b"Subject: Bread\r\n\r\nIt rises.\r\n.\r\n..twice\r\n",
    }
    return Message(**{**values, **changes})


def smtp(port: int, tls: Tls = Tls.OFF, *, user: str = "", host: str = "localhost", **more: Any) -> Smtp:
    address = TransportAddress(kind=Kind.SMTP, host=host, port=port, user=user, tls=tls)
    return Smtp(address=address, patience=PATIENCE, patience_after_dot=PATIENCE, **more)


def send(transport: Smtp, *messages: Message, hand: Callable[[], bool] = lambda: True) -> list[Attempt]:
    with transport.opened("weekly/001") as way:
        return [way.send(message, hand=hand, now=lambda: NOW) for message in messages]


# ---- the honest server


@dataclass
class Sink:
    """Keeps what it accepts; refuses the addresses it is told to refuse."""

    accepted: list[tuple[str, bytes]] = field(default_factory=list)
    sessions: set[int] = field(default_factory=set)
    utf8: bool = False

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address.startswith("gone"):
            return "550 5.1.1 no such reader"
        if address.startswith("greylisted"):
            return "451 4.7.1 try again in five minutes"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        self.sessions.add(id(session))
        self.utf8 = envelope.smtp_utf8
        self.accepted.append((envelope.rcpt_tos[0], envelope.content))
        return f"250 2.0.0 queued as {len(self.accepted)}"


def only_editors(server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    assert isinstance(data, LoginPassword)
    return AuthResult(success=data.password == b"hunter2", handled=False)


@contextlib.contextmanager
def served(sink: Sink, *, implicit: bool = False, **options: Any) -> Iterator[int]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    if implicit:
        options["ssl_context"] = context
    elif options.pop("starttls", False):
        options["tls_context"] = context
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(sink, hostname="127.0.0.1", port=port, loop=asyncio.new_event_loop(), **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()
        controller.loop.close()


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(CERTIFICATE))


def test_sends_every_message_over_one_connection() -> None:
    sink = Sink()
    with served(sink) as port:
        attempts = send(smtp(port), a_message(1), a_message(2), a_message(3))
    assert [attempt.reply for attempt in attempts] == [f"250 2.0.0 queued as {n}" for n in (1, 2, 3)]
    assert {attempt.outcome for attempt in attempts} == {Outcome.ACCEPTED}
    assert sink.accepted == [(f"reader{n}@example.org", a_message(n).data) for n in (1, 2, 3)]
    assert len(sink.sessions) == 1


def test_a_refused_recipient_does_not_stop_the_others() -> None:
    sink = Sink()
    with served(sink) as port:
        gone, later, fine = send(
            smtp(port),
            a_message(envelope_to="gone@example.org"),
            a_message(envelope_to="greylisted@example.org"),
            a_message(3),
        )
    assert (gone.outcome, gone.reply) == (Outcome.FAILED, "550 5.1.1 no such reader")
    assert (later.outcome, later.reply) == (Outcome.DEFERRED, "451 4.7.1 try again in five minutes")
    assert fine.outcome is Outcome.ACCEPTED
    assert len(sink.sessions) == 1


def test_what_is_no_longer_ours_never_arrives() -> None:
    sink = Sink()
    with served(sink) as port:
        answers = iter([False, True])
        attempts = send(smtp(port), a_message(1), a_message(2), hand=lambda: next(answers))
    assert [attempt.outcome for attempt in attempts] == [Outcome.DEFERRED, Outcome.ACCEPTED]
    assert [to for to, _ in sink.accepted] == ["reader2@example.org"]


def test_a_failing_ledger_keeps_the_message_back() -> None:
    def broken() -> bool:
        raise ZeroDivisionError

    sink = Sink()
    with served(sink) as port, pytest.raises(ZeroDivisionError):
        send(smtp(port), a_message(), hand=broken)
    assert sink.accepted == []


def test_starttls_and_a_login() -> None:
    sink = Sink()
    with served(sink, starttls=True, authenticator=only_editors, auth_required=True) as port:
        (attempt,) = send(
            smtp(port, Tls.STARTTLS, user="editor", password="hunter2", context=trusting()), a_message()
        )
    assert attempt.outcome is Outcome.ACCEPTED


def test_implicit_tls() -> None:
    sink = Sink()
    with served(sink, implicit=True) as port:
        (attempt,) = send(smtp(port, Tls.IMPLICIT, context=trusting()), a_message())
    assert attempt.outcome is Outcome.ACCEPTED


def test_a_wrong_password_stops_the_mailing_and_is_not_told() -> None:
    with (
        served(Sink(), starttls=True, authenticator=only_editors) as port,
        pytest.raises(TransportError, match="login is refused: 535") as caught,
    ):
        send(smtp(port, Tls.STARTTLS, user="editor", password="hunter3", context=trusting()), a_message())
    assert "hunter3" not in f"{caught.value} {caught.value.hint}"
    assert caught.value.exit_code == 75


def test_no_password_stops_the_mailing() -> None:
    with (
        served(Sink(), starttls=True, authenticator=only_editors) as port,
        pytest.raises(TransportError, match="no password") as caught,
    ):
        send(smtp(port, Tls.STARTTLS, user="editor", context=trusting()), a_message())
    assert "BRIEFPUB_SMTP_PASSWORD" in caught.value.hint


def test_a_certificate_nobody_vouches_for_is_refused() -> None:
    with (
        served(Sink(), starttls=True) as port,
        pytest.raises(TransportError, match="certificate is not valid"),
    ):
        send(smtp(port, Tls.STARTTLS), a_message())


def test_starttls_is_never_left_out() -> None:
    with served(Sink()) as port, pytest.raises(TransportError, match="does not offer"):
        send(smtp(port, Tls.STARTTLS, context=trusting()), a_message())


def test_tls_where_there_is_none_is_told() -> None:
    with served(Sink()) as port, pytest.raises(TransportError, match="no TLS"):
        send(smtp(port, Tls.IMPLICIT, context=trusting()), a_message())


def test_addresses_beyond_ascii_need_a_server_that_takes_them() -> None:
    abroad = a_message(envelope_to="žofie@example.org", data="To: žofie@example.org\r\n\r\nx\r\n".encode())
    sink = Sink()
    with served(sink, enable_SMTPUTF8=True) as port:
        attempts = send(smtp(port), abroad, a_message(2))
    assert [attempt.outcome for attempt in attempts] == [Outcome.ACCEPTED] * 2
    assert sink.accepted[0] == ("žofie@example.org", abroad.data)
    with served(Sink(), enable_SMTPUTF8=False) as port:
        refused, fine = send(smtp(port), abroad, a_message(2))
    assert (refused.outcome, fine.outcome) == (Outcome.FAILED, Outcome.ACCEPTED)
    assert "5.6.7" in refused.reply


def test_no_such_host_and_no_server() -> None:
    with pytest.raises(TransportError, match="no such host"):
        send(smtp(25, host="mail.invalid"), a_message())
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(TransportError, match="no connection"):
        send(smtp(port), a_message())


def test_plain_smtp_holds_what_is_in_doubt() -> None:
    assert smtp(25).in_doubt is InDoubt.HOLD
    assert "hunter2" not in repr(smtp(25, password="hunter2"))


# ---- the scripted server: one list of answers per connection


DROP = "drop"
STALL = "stall"


@dataclass
class Script:
    """Answers each step of each connection: MAIL, RCPT, DATA, the dot; then begins again with MAIL."""

    connections: list[dict[str, str | list[str]]]
    greeting: str = "220 ready"
    seen: list[str] = field(default_factory=list)
    dots: int = 0

    def answer(self, connection: int, step: str) -> str:
        answers = self.connections[min(connection, len(self.connections) - 1)]
        given = answers.get(step, "354 go on" if step == "DATA" else "250 ok")
        if isinstance(given, list):
            return given.pop(0) if given else "250 ok"
        return given


@contextlib.contextmanager
def scripted(script: Script) -> Iterator[int]:
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, script, stop))
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            stop.set()
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(server: socket.socket, script: Script, stop: threading.Event) -> None:
    number = 0
    while not stop.is_set():
        try:
            line, _ = server.accept()
        except OSError:
            return
        with line, line.makefile("rwb") as file, contextlib.suppress(OSError):
            _converse(file, script, number, stop)
        number += 1


def _converse(file: Any, script: Script, number: int, stop: threading.Event) -> None:
    def say(text: str) -> bool:
        if text == DROP:
            return False
        if text == STALL:
            stop.wait(PATIENCE)
            return False
        file.write(text.encode() + b"\r\n")
        file.flush()
        return True

    if not say(script.greeting):
        return
    while words := file.readline():
        step = words.split()[0].decode().upper()
        script.seen.append(step)
        if not say("250 hello" if step == "EHLO" else script.answer(number, step)):
            return
        if step == "QUIT":
            return
        if step == "DATA" and script.answer(number, step).startswith("354"):
            while (body := file.readline()) not in {b".\r\n", b""}:
                pass
            if not body:
                return
            script.dots += 1
            if not say(script.answer(number, "DOT")):
                return


@pytest.mark.parametrize(
    ("step", "reply", "outcome"),
    [
        ("MAIL", "451 later", Outcome.DEFERRED),
        ("MAIL", "552 5.3.4 too large", Outcome.FAILED),
        ("RCPT", "421 closing", Outcome.DEFERRED),
        ("RCPT", "450 mailbox busy", Outcome.DEFERRED),
        ("RCPT", "553 bad name", Outcome.FAILED),
        ("RCPT", "200 what", Outcome.DEFERRED),
        ("DATA", "451 later", Outcome.DEFERRED),
        ("DATA", "554 no", Outcome.FAILED),
        ("DATA", "250 what", Outcome.DEFERRED),
        ("DOT", "250 queued", Outcome.ACCEPTED),
        ("DOT", "421 closing", Outcome.DEFERRED),
        ("DOT", "452 no room", Outcome.DEFERRED),
        ("DOT", "554 spam", Outcome.FAILED),
        ("DOT", "nonsense", Outcome.UNKNOWN),
        ("DOT", "354 what", Outcome.UNKNOWN),
        ("MAIL", DROP, Outcome.DEFERRED),
        ("RCPT", DROP, Outcome.DEFERRED),
        ("DATA", DROP, Outcome.DEFERRED),
        ("DOT", DROP, Outcome.UNKNOWN),
    ],
)
def test_each_fault_at_each_step_and_the_next_message_goes_through(
    step: str, reply: str, outcome: Outcome
) -> None:
    good = "354 go on" if step == "DATA" else "250 ok"
    replies = [reply, reply, *[good] * 4] if (step, reply) == ("MAIL", DROP) else [reply, *[good] * 4]
    # `answer` is asked twice for DATA: once to say it, once to see whether a body follows.
    if step == "DATA":
        replies = [reply, *([reply] if reply != DROP else []), *[good] * 4]
    script = Script(connections=[{step: replies}])
    with scripted(script) as port:
        first, second = send(smtp(port), a_message(1), a_message(2))
    assert (first.outcome, second.outcome) == (outcome, Outcome.ACCEPTED)
    assert script.dots == (2 if step == "DOT" else 1)
    if reply not in {DROP, "nonsense"}:
        assert first.reply == reply


def test_a_reply_that_never_comes_leaves_the_message_in_doubt() -> None:
    script = Script(connections=[{"DOT": STALL}])
    with scripted(script) as port:
        transport = smtp(port)
        transport.patience_after_dot = 0.05
        (attempt,) = send(transport, a_message())
    assert attempt.outcome is Outcome.UNKNOWN
    assert "after the final dot" in attempt.reply


def test_an_idle_connection_that_was_closed_costs_nobody_a_try() -> None:
    script = Script(connections=[{"MAIL": ["250 ok", "421 idle too long"]}, {}])
    with scripted(script) as port:
        attempts = send(smtp(port), a_message(1), a_message(2))
    assert [attempt.outcome for attempt in attempts] == [Outcome.ACCEPTED] * 2
    assert script.seen.count("EHLO") == 2


def test_a_server_that_refuses_the_sender_stops_the_mailing() -> None:
    script = Script(connections=[{"MAIL": "550 5.7.1 not your domain"}])
    with scripted(script) as port, pytest.raises(TransportError, match="refuses the sender: 550"):
        send(smtp(port), a_message())
    assert script.dots == 0


def test_a_server_that_greets_with_a_refusal() -> None:
    with (
        scripted(Script(connections=[{}], greeting="554 go away")) as port,
        pytest.raises(TransportError, match="refuses us: 554 go away"),
    ):
        send(smtp(port), a_message())


def test_replies_are_kept_on_one_short_line() -> None:
    script = Script(connections=[{"RCPT": "550-5.1.1 no\r\n550 such\x07reader " + "x" * 600}])
    with scripted(script) as port:
        (attempt,) = send(smtp(port), a_message())
    assert attempt.reply.startswith("550 5.1.1 no such reader xxx")
    assert len(attempt.reply) == 500


def test_an_interruption_closes_the_line_before_the_dot() -> None:
    def interrupted() -> bool:
        raise KeyboardInterrupt

    script = Script(connections=[{}])
    with scripted(script) as port, pytest.raises(KeyboardInterrupt):
        send(smtp(port), a_message(), hand=interrupted)
    assert script.dots == 0


class Slow:
    """A socket on which nothing can be written any more."""

    def __init__(self, real: Any) -> None:
        self.real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def sendall(self, data: bytes) -> None:
        raise TimeoutError("timed out")


def test_a_line_that_was_gone_before_the_dot_is_no_doubt() -> None:
    script = Script(connections=[{}])
    with scripted(script) as port:
        transport = smtp(port)

        def hand() -> bool:
            assert transport._client is not None
            assert transport._client.sock is not None
            transport._client.sock.shutdown(socket.SHUT_WR)
            return True

        (attempt,) = send(transport, a_message(), hand=hand)
    assert attempt.outcome is Outcome.DEFERRED
    assert "before the final dot" in attempt.reply
    assert script.dots == 0


def test_a_dot_that_may_be_half_written_leaves_the_message_in_doubt() -> None:
    with scripted(Script(connections=[{}])) as port:
        transport = smtp(port)

        def hand() -> bool:
            assert transport._client is not None
            transport._client.sock = Slow(transport._client.sock)  # type: ignore[assignment]
            return True

        (attempt,) = send(transport, a_message(), hand=hand)
    assert attempt.outcome is Outcome.UNKNOWN
    assert "while the dot was written" in attempt.reply


def test_an_idle_connection_that_is_lost_for_good_is_told() -> None:
    script = Script(connections=[{"MAIL": ["250 ok", DROP]}, {"EHLO": DROP}], greeting="220 ready")
    with scripted(script) as port:
        transport = smtp(port)
        with transport.opened("weekly/001") as way:
            way.send(a_message(1), hand=lambda: True, now=lambda: NOW)
            script.greeting = "554 closed for today"
            with pytest.raises(TransportError, match="closed for today"):
                way.send(a_message(2), hand=lambda: True, now=lambda: NOW)


def test_the_name_said_at_ehlo_is_a_domain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, said in (
        ("desk.example.org", "desk.example.org"),
        ("ana's desk", "localhost"),
        ("", "localhost"),
    ):
        monkeypatch.setattr(socket, "gethostname", lambda name=name: name)
        assert _own_name() == said
