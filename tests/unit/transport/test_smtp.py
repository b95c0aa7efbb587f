"""Real conversations with the test sink over a socket: each fault at each step, logins, TLS, limits."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sink import Sink
from sink_script import CERTIFICATE, DROP, RESET, STALL, Fault, Offer, Script, Step
from sink_script import Tls as SinkTls
from works import SOON, Works, a_message

from briefpub.domain.audience import InDoubt
from briefpub.domain.delivery import Message, TroubleKind
from briefpub.domain.errors import StoreError
from briefpub.domain.flow import SiteRules
from briefpub.domain.replies import Outcome
from briefpub.transport.address import Auth, Kind, Tls, TransportAddress
from briefpub.transport.smtp import AHEAD, Smtp, own_name

PATIENCE = 5.0
LARGE = b"Subject: Bread\r\n\r\n" + b"It rises.\r\n" * 30_000 + b".\r\n"
PLAIN = Script().without(Offer.PIPELINING)
ONE = SiteRules(connections=1)


def smtp(
    port: int,
    tls: Tls = Tls.OFF,
    *,
    user: str = "",
    host: str = "localhost",
    auth: Auth = Auth.PASSWORD,
    chunking: bool = False,
    **more: Any,
) -> Smtp:
    address = TransportAddress(
        kind=Kind.SMTP, host=host, port=port, user=user, tls=tls, auth=auth, chunking=chunking
    )
    return Smtp(address=address, **{"patience": PATIENCE, "patience_after_dot": PATIENCE, **more})


def messages(count: int, **changes: Any) -> list[Message]:
    return [a_message(number, **changes) for number in range(1, count + 1)]


def carried(transport: Smtp, *sent: Message, **work: Any) -> Works:
    """Carry messages; whatever happens, each of them ends or comes back, once."""
    works = Works(sent, **work)
    with transport.opened("weekly/001") as way:
        way.carry(works)
    assert works.accounted == sorted(message.delivery for message in sent)
    return works


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(CERTIFICATE))


def arrived(sink: Sink) -> list[tuple[str, bytes]]:
    return sorted((message.rcpt_to[0], message.data) for message in sink.received)


ALL_WELL = [Script(), PLAIN, Script(split=True, multiline=True), Script(eager=True)]


@pytest.mark.parametrize("script", ALL_WELL, ids=["pipelining", "plain", "in pieces", "eager"])
@pytest.mark.parametrize("chunking", [False, True], ids=["data", "bdat"])
@pytest.mark.parametrize("data", [None, LARGE, b"Subject: x\r\n\r\nno end", b".\r\n.\r\n"])
def test_every_byte_arrives_once(script: Script, data: bytes | None, chunking: bool) -> None:
    changes = {} if data is None else {"data": data}
    sent = messages(7, **changes)
    with Sink(script) as sink:
        work = carried(smtp(sink.port, chunking=chunking), *sent)
    assert set(work.outcomes.values()) == {Outcome.ACCEPTED}
    assert [(to, body.rstrip()) for to, body in arrived(sink)] == sorted(
        (one.envelope_to, one.data.rstrip()) for one in sent
    )
    assert sink.violations == []


def test_one_round_trip_for_each_message() -> None:
    with Sink() as sink:
        carried(smtp(sink.port), *messages(4))
        (visit,) = sink.sessions
    assert [word.split()[0] for word in visit.commands] == ["EHLO", *["MAIL", "RCPT", "DATA"] * 4, "QUIT"]


def test_results_and_grants_are_committed_together() -> None:
    with Sink() as sink:
        work = carried(smtp(sink.port), *messages(3), site_rules=ONE)
    assert work.log == [("record", [1]), ("record", [2]), ("record", [3]), ("record", [])]


@pytest.mark.parametrize(
    "script", [Script(), PLAIN, Script(eager=True)], ids=["pipelining", "plain", "eager"]
)
@pytest.mark.parametrize("chunking", [False, True], ids=["data", "bdat"])
@pytest.mark.parametrize("first", [1, 2])
def test_a_refused_recipient_does_not_stop_the_others(script: Script, first: int, chunking: bool) -> None:
    bad = Fault(at=Step.RCPT, do="550 5.1.1 no such reader", to="gone*")
    later = Fault(at=Step.RCPT, do="451 4.7.1 try again in five minutes", to="grey*")
    sent = messages(5)
    sent[first - 1] = a_message(first, envelope_to="gone@example.org")
    sent[first] = a_message(first + 1, envelope_to="grey@example.org")
    values = {name: getattr(script, name) for name in script.__dataclass_fields__}
    with Sink(Script(**{**values, "faults": (bad, later)})) as sink:
        work = carried(smtp(sink.port, chunking=chunking), *sent, site_rules=ONE)
    assert work.replies[first] == "550 5.1.1 no such reader"
    assert work.replies[first + 1] == "451 4.7.1 try again in five minutes"
    assert work.outcomes[first] is Outcome.FAILED
    assert work.outcomes[first + 1] is Outcome.DEFERRED
    assert len(sink.received) == 3
    assert len(sink.sessions) == 1
    assert sink.violations == []


FAULTS = [
    (Step.MAIL, "451 later", Outcome.DEFERRED),
    (Step.MAIL, "552 5.3.4 too large", Outcome.FAILED),
    (Step.RCPT, "421 closing", Outcome.DEFERRED),
    (Step.RCPT, "450 mailbox busy", Outcome.DEFERRED),
    (Step.RCPT, "553 bad name", Outcome.FAILED),
    (Step.RCPT, "200 what", Outcome.DEFERRED),
    (Step.DATA, "451 later", Outcome.DEFERRED),
    (Step.DATA, "554 no", Outcome.FAILED),
    (Step.DATA, "250 what", Outcome.DEFERRED),
    (Step.DOT, "250 queued", Outcome.ACCEPTED),
    (Step.DOT, "421 closing", Outcome.DEFERRED),
    (Step.DOT, "452 no room", Outcome.DEFERRED),
    (Step.DOT, "554 spam", Outcome.FAILED),
    (Step.DOT, "354 what", Outcome.UNKNOWN),
    (Step.DOT, DROP, Outcome.UNKNOWN),
    (Step.DOT, RESET, Outcome.UNKNOWN),
    (Step.BODY, DROP, Outcome.DEFERRED),
]


@pytest.mark.parametrize(("step", "reply", "outcome"), FAULTS)
@pytest.mark.parametrize("offers", [frozenset(Offer), PLAIN.offers], ids=["pipelining", "plain"])
def test_each_fault_at_each_step_and_the_next_messages_go_through(
    step: Step, reply: str, outcome: Outcome, offers: frozenset[Offer]
) -> None:
    fault = Fault(at=step, do=reply, times=1, after=10)
    with Sink(Script(faults=(fault,), offers=offers)) as sink:
        # As a commit does, the pause lets a line that was lost in the body be seen before the dot.
        pause = {"on_record": lambda *_: time.sleep(0.02)} if step is Step.BODY else {}
        work = carried(smtp(sink.port), *messages(4), site_rules=ONE, **pause)
    assert work.outcomes == {1: outcome, 2: Outcome.ACCEPTED, 3: Outcome.ACCEPTED, 4: Outcome.ACCEPTED}
    if reply not in {DROP, RESET}:
        assert work.replies[1] == reply
    assert len(sink.received) <= 4
    assert work.given_back == []


@pytest.mark.parametrize("step", [Step.MAIL, Step.RCPT, Step.DATA])
def test_a_line_lost_before_the_dot_is_no_doubt(step: Step) -> None:
    with Sink(Script(faults=(Fault(at=step, do=DROP, times=1),))) as sink:
        work = carried(smtp(sink.port), *messages(3), site_rules=ONE)
    assert Outcome.UNKNOWN not in work.outcomes.values()
    assert len(sink.received) == list(work.outcomes.values()).count(Outcome.ACCEPTED) >= 2
    assert all(
        "before the final dot" in r for id, r in work.replies.items() if work.outcomes[id] is Outcome.DEFERRED
    )


def test_a_message_that_ends_two_connections_is_put_off_and_the_next_goes() -> None:
    fault = Fault(at=Step.CONNECT, do="", times=0)
    script = Script(faults=(fault, Fault(at=Step.MAIL, do=DROP, times=2)))
    with Sink(script) as sink:
        work = carried(smtp(sink.port), *messages(2), site_rules=ONE)
    assert work.outcomes == {1: Outcome.DEFERRED, 2: Outcome.ACCEPTED}


def test_a_server_that_always_drops_is_left_alone() -> None:
    with Sink(Script(faults=(Fault(at=Step.MAIL, do=DROP),))) as sink:
        work = carried(smtp(sink.port), *messages(AHEAD), site_rules=ONE)
        assert len(sink.sessions) <= 4
    assert work.trouble.kind is TroubleKind.UNREACHABLE
    assert len(work.back_ids) >= AHEAD - 1


def test_a_reply_that_never_comes_leaves_the_message_in_doubt() -> None:
    with Sink(Script(faults=(Fault(at=Step.DOT, do=STALL, times=1),))) as sink:
        work = carried(smtp(sink.port, patience_after_dot=0.05), *messages(1))
    assert work.outcomes == {1: Outcome.UNKNOWN}
    assert "after the final dot" in work.replies[1]


def test_replies_are_kept_on_one_short_line() -> None:
    reply = "550-5.1.1 no\n550 5.1.1 such\x07reader " + "x" * 600
    with Sink(Script(faults=(Fault(at=Step.RCPT, do=reply),))) as sink:
        work = carried(smtp(sink.port), a_message())
    assert work.replies[1].startswith("550 5.1.1 no such reader xxx")
    assert len(work.replies[1]) == 500


# ---- the ledger's word


def test_what_is_no_longer_ours_never_arrives() -> None:
    with Sink() as sink:
        work = carried(smtp(sink.port), *messages(3), site_rules=ONE, grants=lambda number: number != 2)
    assert 2 in work.back_ids
    assert "reader2@example.org" not in sink.counts
    assert work.outcomes[1] is Outcome.ACCEPTED


@pytest.mark.parametrize("size", [1, 20_000])
def test_a_failing_ledger_keeps_every_message_back(size: int) -> None:
    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    work = Works(messages(9, data=LARGE * size if size == 1 else b"x\r\n"), on_record=full)
    with Sink() as sink, pytest.raises(StoreError):
        smtp(sink.port).carry(work)
    assert sink.received == []


def test_an_interruption_waits_for_what_is_out_and_gives_back_the_rest() -> None:
    work = Works(messages(200), site_rules=ONE)

    def interrupted() -> None:
        if work.granted:
            raise KeyboardInterrupt

    work.on_next = interrupted
    with Sink(Script(slow=0.01)) as sink, pytest.raises(KeyboardInterrupt):
        smtp(sink.port).carry(work)
    assert len(sink.received) == len(work.outcomes)
    assert set(work.outcomes.values()) <= {Outcome.ACCEPTED}
    assert set(work.outcomes).isdisjoint(work.back_ids)


def test_a_moment_is_waited_for() -> None:
    work = Works([a_message(1), Works().at + SOON, a_message(2)])
    with Sink() as sink:
        smtp(sink.port).carry(work)
        assert len(sink.sessions) == 1
    assert set(work.outcomes) == {1, 2}


# ---- how many connections


def test_a_connection_carries_so_many_messages() -> None:
    rules = SiteRules(connections=1, messages_per_connection=2)
    with Sink(Script(per_connection=2)) as sink:
        work = carried(smtp(sink.port), *messages(5), site_rules=rules)
        assert [visit.messages for visit in sink.sessions] == [2, 2, 1]
    assert set(work.outcomes.values()) == {Outcome.ACCEPTED}


def test_a_server_that_takes_two_connections_gets_two() -> None:
    with Sink(Script(limit=2)) as sink:
        work = carried(smtp(sink.port), *messages(60), site_rules=SiteRules(connections=8))
    assert set(work.outcomes.values()) == {Outcome.ACCEPTED}
    assert len(work.outcomes) == 60


def test_a_server_that_takes_no_connection_is_busy() -> None:
    with Sink(Script(limit=0)) as sink:
        work = carried(smtp(sink.port), *messages(3))
    assert work.trouble.kind is TroubleKind.BUSY
    assert "421" in work.trouble.message


def test_an_idle_connection_that_was_closed_costs_nobody_a_try() -> None:
    fault = Fault(at=Step.MAIL, do="421 4.4.2 idle too long", every=2, times=1)
    with Sink(Script(faults=(fault,))) as sink:
        work = carried(smtp(sink.port), *messages(3), site_rules=ONE)
        assert len(sink.sessions) == 2
    assert set(work.outcomes.values()) == {Outcome.ACCEPTED}


# ---- who we are, and who they are


@pytest.mark.parametrize(
    ("offered", "auth", "said"),
    [
        (("PLAIN", "LOGIN", "XOAUTH2"), Auth.PASSWORD, "AUTH PLAIN"),
        (("LOGIN",), Auth.PASSWORD, "AUTH LOGIN"),
        (("PLAIN", "XOAUTH2"), Auth.XOAUTH2, "AUTH XOAUTH2"),
    ],
)
def test_logs_in_by_the_best_way_offered(offered: tuple[str, ...], auth: Auth, said: str) -> None:
    script = Script(tls=SinkTls.STARTTLS, users={"editor": "hunter2"}, mechanisms=offered)
    with Sink(script) as sink:
        transport = smtp(
            sink.port, Tls.STARTTLS, user="editor", password="hunter2", auth=auth, context=trusting()
        )
        work = carried(transport, *messages(2))
        (visit,) = sink.sessions
    assert work.outcomes == {1: Outcome.ACCEPTED, 2: Outcome.ACCEPTED}
    assert visit.user == "editor"
    assert any(command.startswith(said) for command in visit.commands)


@pytest.mark.parametrize("auth", list(Auth))
def test_a_wrong_password_is_a_trouble_and_is_not_told(auth: Auth) -> None:
    with Sink(Script(tls=SinkTls.STARTTLS, users={"editor": "hunter2"})) as sink:
        transport = smtp(
            sink.port, Tls.STARTTLS, user="editor", password="hunter3", auth=auth, context=trusting()
        )
        work = carried(transport, *messages(3))
    assert work.trouble.kind is TroubleKind.LOGIN
    assert "login is refused: 535" in work.trouble.message
    assert "hunter3" not in f"{work.trouble} {transport!r}"
    assert work.trouble.site == "localhost"


def test_no_password_and_no_mechanism_are_troubles() -> None:
    with Sink(Script(tls=SinkTls.IMPLICIT, users={"editor": "x"}, mechanisms=("CRAM-MD5",))) as sink:
        transport = smtp(sink.port, Tls.IMPLICIT, user="editor", context=trusting())
        assert "BRIEFPUB_SMTP_PASSWORD" in carried(transport, a_message()).trouble.hint
        transport = smtp(sink.port, Tls.IMPLICIT, user="editor", password="x", context=trusting())
        assert "does not offer" in carried(transport, a_message()).trouble.message


@pytest.mark.parametrize("tls", [SinkTls.STARTTLS, SinkTls.IMPLICIT])
def test_tls_carries_small_and_large(tls: SinkTls) -> None:
    with Sink(Script(tls=tls)) as sink:
        sent = [a_message(1), a_message(2, data=LARGE), a_message(3)]
        work = carried(smtp(sink.port, Tls(tls.value), context=trusting()), *sent)
        assert all(visit.tls for visit in sink.sessions)
    assert set(work.outcomes.values()) == {Outcome.ACCEPTED}
    assert arrived(sink) == [(one.envelope_to, one.data) for one in sent]


@pytest.mark.parametrize("tls", [SinkTls.STARTTLS, SinkTls.IMPLICIT])
def test_a_certificate_nobody_vouches_for_is_refused(tls: SinkTls) -> None:
    with Sink(Script(tls=tls)) as sink:
        work = carried(smtp(sink.port, Tls(tls.value)), a_message())
    assert work.trouble.kind is TroubleKind.TLS
    assert "certificate is not valid" in work.trouble.message


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.IMPLICIT])
def test_tls_is_never_left_out(tls: Tls) -> None:
    with Sink() as sink:
        work = carried(smtp(sink.port, tls, context=trusting(), patience=0.5), a_message())
    assert work.trouble.kind is TroubleKind.TLS
    assert sink.received == []


def test_what_is_said_before_tls_is_no_answer_behind_it() -> None:
    injected = b"250-localhost\r\n250 AUTH PLAIN\r\n"
    with Sink(Script(tls=SinkTls.STARTTLS, injected=injected)) as sink:
        work = carried(smtp(sink.port, Tls.STARTTLS, context=trusting()), a_message())
    assert work.trouble.kind is TroubleKind.TLS
    assert sink.received == []


def test_addresses_beyond_ascii_need_a_server_that_takes_them() -> None:
    abroad = a_message(1, envelope_to="žofie@example.org", data="To: žofie@example.org\r\n\r\nx\r\n".encode())
    with Sink() as sink:
        assert set(carried(smtp(sink.port), abroad, a_message(2)).outcomes.values()) == {Outcome.ACCEPTED}
        first = next(one for one in sink.received if not one.rcpt_to[0].isascii())
    assert first.mail_parameters.keys() >= {"SMTPUTF8", "BODY"}
    with Sink(Script().without(Offer.SMTPUTF8)) as sink:
        work = carried(smtp(sink.port), abroad, a_message(2))
    assert work.outcomes == {1: Outcome.FAILED, 2: Outcome.ACCEPTED}
    assert "550 5.6.7" in work.replies[1]


def test_what_is_too_large_is_not_even_begun() -> None:
    with Sink(Script(max_size=500)) as sink:
        work = carried(smtp(sink.port), a_message(1, data=b"x" * 501), a_message(2))
    assert work.outcomes == {1: Outcome.FAILED, 2: Outcome.ACCEPTED}
    assert work.replies[1].startswith("552 5.3.4")


def test_no_such_host_and_no_server() -> None:
    assert "cannot be found" in carried(smtp(25, host="mail.invalid"), a_message()).trouble.message
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    trouble = carried(smtp(port), *messages(3)).trouble
    assert trouble.kind is TroubleKind.UNREACHABLE
    assert "no connection" in trouble.message


def test_a_server_that_refuses_the_sender_or_us() -> None:
    for step in (Step.MAIL, Step.CONNECT):
        with Sink(Script(faults=(Fault(at=step, do="550 5.7.1 not you"),))) as sink:
            work = carried(smtp(sink.port), *messages(3))
        assert work.trouble.kind is TroubleKind.REFUSED
        assert "550 5.7.1 not you" in work.trouble.message
        assert work.back_ids == [1, 2, 3]


@contextmanager
def saying(*words: bytes) -> Iterator[int]:
    """Serve these bytes one after the other, whatever is said, and close."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)

        def serve() -> None:
            for _ in range(3):
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                with line:
                    try:
                        for word in words:
                            line.sendall(word)
                            heard = line.recv(65536)
                            # The dot may come with the body, or behind it.
                            if word.startswith(b"354") and not heard.endswith(b"\r\n.\r\n"):
                                line.recv(65536)
                    except OSError:
                        pass

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_helo_where_ehlo_is_not_understood() -> None:
    with saying(
        b"220 hi\r\n", b"502 what\r\n", *[b"250 ok\r\n"] * 3, b"354 go\r\n", b"250 got it\r\n"
    ) as port:
        work = carried(smtp(port), a_message())
    assert work.replies == {1: "250 got it"}


@pytest.mark.parametrize(
    "junk", [b"HTTP/1.1 400 Bad Request\r\n", b"x" * 100_000, b"220-" + b"y\r\n220-" * 999]
)
def test_what_is_no_smtp_server_is_told(junk: bytes) -> None:
    with saying(junk) as port:
        assert carried(smtp(port), a_message()).trouble.kind is TroubleKind.UNREACHABLE


def test_plain_smtp_holds_what_is_in_doubt() -> None:
    assert smtp(25).in_doubt is InDoubt.HOLD
    assert "hunter2" not in repr(smtp(25, password="hunter2"))


def test_the_name_said_at_ehlo_is_a_domain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, said in (
        ("desk.example.org", "desk.example.org"),
        ("ana's desk", "localhost"),
        ("", "localhost"),
    ):
        monkeypatch.setattr(socket, "gethostname", lambda name=name: name)
        assert own_name() == said
