"""The sink itself: what it takes, what it says, and each fault it can make."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sink import (
    DROP,
    GREYLIST,
    RESET,
    STALL,
    Fault,
    Offer,
    Script,
    Sink,
    Step,
    Tls,
    dying_in_the_body,
    refusing,
    served_apart,
    silent_after_the_dot,
)
from sink_script import CERTIFICATE, json_of, script_of

BODY = "Message-ID: <1@example.org>\r\nSubject: Bread\r\n\r\nIt rises.\r\n.\r\n..twice\r\n"


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(CERTIFICATE))


def send(client: smtplib.SMTP, to: str = "a@example.org", body: str = BODY) -> None:
    client.sendmail("weekly@example.org", [to], body)


@contextmanager
def said(port: int) -> Iterator[Any]:
    """Give a bare connection as a file, behind its greeting."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line, line.makefile("rwb", 0) as file:
        answers(file, 1)
        yield file


def answers(file: Any, count: int) -> list[bytes]:
    """Read so many replies, and give the last line of each."""
    found: list[bytes] = []
    while len(found) < count:
        line = file.readline()
        if not line or line[3:4] == b" ":
            found.append(line.strip())
    return found


def test_keeps_envelope_and_bytes() -> None:
    with Sink() as sink, smtplib.SMTP("localhost", sink.port) as client:
        send(client)
        send(client, "b@example.org", "")
    first, second = sink.received
    assert (first.mail_from, first.rcpt_to, first.data) == (
        "weekly@example.org",
        ("a@example.org",),
        BODY.encode(),
    )
    assert (first.message_id, first.session, first.acknowledged) == ("<1@example.org>", 1, True)
    assert first.mail_parameters == {"size": str(len(BODY))}
    assert (second.data, second.message_id) == (b"\r\n", "")
    assert sink.sessions[0].messages == 2
    assert [command.split()[0] for command in sink.sessions[0].commands][:4] == [
        "ehlo",
        "mail",
        "rcpt",
        "data",
    ]
    assert sink.violations == []


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("multiline", [False, True])
def test_a_pipelined_session_on_one_write(split: bool, multiline: bool) -> None:
    body = b"Message-ID: <1@x>\r\n\r\n..dot\r\n"
    with Sink(script=Script(split=split, multiline=multiline)) as sink, said(sink.port) as file:
        file.write(b"EHLO me\r\n")
        assert answers(file, 1)[0].startswith(b"250 ")
        file.write(b"MAIL FROM:<w@x> BODY=8BITMIME\r\nRCPT TO:<a@x>\r\nDATA\r\n")
        assert [reply[:3] for reply in answers(file, 3)] == [b"250", b"250", b"354"]
        file.write(body + b".\r\nMAIL FROM:<w@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n")
        assert [reply[:3] for reply in answers(file, 4)] == [b"250", b"250", b"250", b"354"]
        for piece in (b"x\r", b"\n", b".", b"\r\nQU", b"IT\r\n"):
            file.write(piece)
        assert [reply[:3] for reply in answers(file, 2)] == [b"250", b"221"]
        assert file.readline() == b""
    assert [message.data for message in sink.received] == [b"Message-ID: <1@x>\r\n\r\n.dot\r\n", b"x\r\n"]
    assert sink.violations == []


def test_chunks() -> None:
    with Sink() as sink, said(sink.port) as file:
        file.write(b"EHLO me\r\n")
        answers(file, 1)
        file.write(b"MAIL FROM:<w@x>\r\nRCPT TO:<a@x>\r\nBDAT 3\r\n.\r\nBDAT 5 LAST\r\nfour\n")
        assert [reply[:3] for reply in answers(file, 4)] == [b"250"] * 4
        file.write(b"MAIL FROM:<w@x>\r\nBDAT 4 LAST\r\nfourQUIT\r\n")
        assert [reply[:3] for reply in answers(file, 3)] == [b"250", b"503", b"221"]
    assert [message.data for message in sink.received] == [b".\r\nfour\n"]


def test_notes_what_may_not_be() -> None:
    with Sink(script=Script().without(Offer.PIPELINING)) as sink, said(sink.port) as file:
        file.write(b"EHLO me\r\nNOOP\r\n")
        answers(file, 2)
        file.write(b"MAIL FROM:<w@x>\n")
        file.write(b"RCPT TO:<a@x>\r\n")
        answers(file, 2)
        file.write(b"DATA\r\n")
        answers(file, 1)
        file.write(b"caf\xc3\xa9\nx" + b"y" * 999 + b"\r\n.\r\n")
        answers(file, 1)
    told = " ".join(sink.violations)
    for what in ("not waited for", "bare line feed", "bare b'\\n'", "eight bits", "998"):
        assert what in told


def test_extensions_can_be_switched_off() -> None:
    with (
        Sink(script=Script().without(Offer.SIZE, Offer.CHUNKING, Offer.ENHANCEDSTATUSCODES)) as sink,
        smtplib.SMTP("localhost", sink.port) as client,
    ):
        client.ehlo()
        assert set(client.esmtp_features) == {"pipelining", "8bitmime", "smtputf8"}
        assert client.noop() == (250, b"still here")
        assert client.docmd("BDAT", "0 LAST")[0] == 502


def test_starttls_implicit_tls_and_logins() -> None:
    users = {"editor": "hunter2"}
    with Sink(script=Script(tls=Tls.STARTTLS, users=users)) as sink:
        with smtplib.SMTP("localhost", sink.port) as client:
            client.ehlo()
            assert not client.has_extn("auth")
            client.starttls(context=trusting())
            client.ehlo()
            assert client.docmd("MAIL", "FROM:<w@x>")[0] == 530
            client.login("editor", "hunter2")
            send(client)
        for mechanism in ("auth_plain", "auth_login"):
            with smtplib.SMTP("localhost", sink.port) as client:
                client.starttls(context=trusting())
                client.ehlo()
                client.user, client.password = "editor", "hunter2"
                assert client.auth(mechanism[5:], getattr(client, mechanism))[0] == 235
                client.password = "hunter3"
                with pytest.raises(smtplib.SMTPAuthenticationError):
                    client.auth(mechanism[5:], getattr(client, mechanism))
    assert sink.sessions[0].tls.startswith("TLSv1")
    assert sink.sessions[0].user == "editor"
    with (
        Sink(script=Script(tls=Tls.IMPLICIT)) as sink,
        smtplib.SMTP_SSL("localhost", sink.port, context=trusting()) as secure,
    ):
        send(secure)
    assert sink.counts == {"a@example.org": 1}


@pytest.mark.parametrize(("token", "code"), [("good", 235), ("bad", 535)])
def test_xoauth2(token: str, code: int) -> None:
    with Sink(script=Script(users={"me": "good"})) as sink, smtplib.SMTP("localhost", sink.port) as client:
        client.ehlo()
        given = client.auth if code == 235 else None
        if given:
            assert given("XOAUTH2", lambda _=None: f"user=me\1auth=Bearer {token}\1\1")[0] == code
        else:
            with pytest.raises(smtplib.SMTPAuthenticationError) as caught:
                client.auth(
                    "XOAUTH2", lambda asked=None: "" if asked else f"user=me\1auth=Bearer {token}\1\1"
                )
            assert caught.value.smtp_code == code


def test_greylists_each_recipient_once_and_refuses_whom_it_is_told_to() -> None:
    with (
        Sink(script=Script(faults=(GREYLIST, refusing("bad*")))) as sink,
        smtplib.SMTP("localhost", sink.port) as client,
    ):
        codes = []
        for to in ("a@x", "bad@x", "a@x", "bad@x", "b@x"):
            try:
                send(client, to)
            except smtplib.SMTPRecipientsRefused as refused:
                codes.append(refused.recipients[to][0])
            else:
                codes.append(250)
    assert codes == [451, 451, 250, 550, 451]
    assert sink.counts == {"a@x": 1}


@pytest.mark.parametrize("do", [DROP, RESET])
@pytest.mark.parametrize(
    ("fault", "taken"),
    [
        (Fault(at=Step.DATA, do=DROP), 0),
        (dying_in_the_body(every=1), 0),
        (silent_after_the_dot(every=1), 1),
        (Fault(at=Step.DOT, do=DROP, taken=False), 0),
    ],
)
def test_dies_at_each_side_of_the_dot(fault: Fault, taken: int, do: str) -> None:
    with Sink(script=Script(faults=(Fault(**{**_values(fault), "do": do}),))) as sink:
        client = smtplib.SMTP("localhost", sink.port)
        with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
            send(client, body=BODY + "long " * 100)
        client.close()
    assert [message.acknowledged for message in sink.received] == [False] * taken


def _values(fault: Fault) -> dict[str, Any]:
    return {name: getattr(fault, name) for name in fault.__dataclass_fields__}


def test_every_nth_and_a_reply_behind_the_dot() -> None:
    with (
        Sink(script=Script(faults=(Fault(at=Step.DOT, do="452 4.3.1 full", every=3),))) as sink,
        smtplib.SMTP("localhost", sink.port) as client,
    ):
        outcomes = []
        for number in range(6):
            try:
                send(client, f"{number}@x")
            except smtplib.SMTPDataError as error:
                outcomes.append(error.smtp_code)
            else:
                outcomes.append(250)
    assert outcomes == [250, 250, 452] * 2
    assert len(sink.received) == 4


def test_silence_and_delays() -> None:
    with Sink(script=Script(faults=(Fault(at=Step.DOT, do=STALL),))) as sink:
        client = smtplib.SMTP("localhost", sink.port, timeout=0.1)
        with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
            send(client)
        client.close()
        sink.script = Script(rtt=0.01, slow=0.01, faults=(Fault(at=Step.CONNECT, delay=0.01),))
        with smtplib.SMTP("localhost", sink.port) as client:
            send(client)
    assert [message.acknowledged for message in sink.received] == [False, True]


def test_takes_so_many_connections_and_messages_on_each() -> None:
    with (
        Sink(script=Script(limit=1, per_connection=1)) as sink,
        smtplib.SMTP("localhost", sink.port) as client,
    ):
        with pytest.raises(smtplib.SMTPConnectError, match="too many"):
            smtplib.SMTP("localhost", sink.port)
        send(client)
        assert client.docmd("MAIL", "FROM:<w@x>")[0] == 421
        client.close()
    assert sink.journal.most_open == 1
    assert [visit.turned_away for visit in sink.sessions] == [False, True]


def test_what_is_said_in_the_clear_behind_starttls() -> None:
    with (
        Sink(script=Script(tls=Tls.STARTTLS, injected=b"250 injected\r\n")) as sink,
        said(sink.port) as file,
    ):
        file.write(b"EHLO me\r\n")
        answers(file, 1)
        file.write(b"STARTTLS\r\n")
        assert answers(file, 2) == [b"220 2.0.0 go on", b"250 injected"]
    with Sink(script=Script(tls=Tls.STARTTLS, faults=(Fault(at=Step.TLS, do=DROP),))) as sink:
        client = smtplib.SMTP("localhost", sink.port)
        with pytest.raises((ssl.SSLError, OSError)):
            client.starttls(context=trusting())
        client.close()


def test_a_354_without_anybody_to_send_to() -> None:
    script = Script(eager=True, faults=(refusing("*"),))
    with Sink(script=script) as sink, said(sink.port) as file:
        file.write(b"EHLO me\r\n")
        answers(file, 1)
        file.write(b"MAIL FROM:<w@x>\r\nRCPT TO:<a@x>\r\nDATA\r\n")
        assert [reply[:3] for reply in answers(file, 3)] == [b"250", b"550", b"354"]
        file.write(b".\r\nQUIT\r\n")
        assert [reply[:3] for reply in answers(file, 2)] == [b"554", b"221"]
    assert sink.received == []


def test_a_script_survives_json() -> None:
    for script in (
        Script(),
        Script(
            faults=(GREYLIST, Fault(at=Step.BODY, do=RESET, after=7, delay=0.5)),
            offers=frozenset({Offer.SIZE}),
            tls=Tls.STARTTLS,
            injected=b"x",
            users={"a": "b"},
            mechanisms=("PLAIN",),
            limit=2,
        ),
    ):
        assert script_of(json_of(script)) == script


def test_a_process_of_its_own_goes_on_with_its_log(tmp_path: Path) -> None:
    log = tmp_path / "sink.log"
    with served_apart(log, Script(faults=(silent_after_the_dot(every=2),))) as sink:
        with smtplib.SMTP("localhost", sink.port) as client:
            send(client)
        client = smtplib.SMTP("localhost", sink.port)
        with pytest.raises(smtplib.SMTPServerDisconnected):
            send(client, "b@example.org")
        client.close()
        assert [(each.recipient, each.acknowledged) for each in sink.receipts] == [
            ("a@example.org", True),
            ("b@example.org", False),
        ]
        assert len({each.sha256 for each in sink.receipts}) == 1
    with served_apart(log, port=sink.port) as again, smtplib.SMTP("localhost", again.port) as client:
        send(client, "c@example.org")
        assert [each.recipient[0] for each in again.receipts] == ["a", "b", "c"]
