"""One session of the test sink: SMTP from the server's side (RFC 5321), strict in what it notes down.

Bodies are searched for their end as one buffer, never line by line: the sink must be cheaper than what it
measures. What a client may not do is not refused but kept in `Journal.violations`, for the tests to read.
"""

import asyncio
import base64
import binascii
import contextlib
import hashlib
import os
import re
import ssl
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from sink_script import DROP, RESET, STALL, Fault, Firing, Offer, Script, Step, Tls

MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>\r\n]*>)", re.IGNORECASE | re.MULTILINE)
PATH = re.compile(r"(?:FROM|TO):\s*<(?P<path>[^>]*)>(?P<rest>.*)", re.IGNORECASE)
BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)")
ENHANCED = re.compile(r"(?m)^(\d{3}[ -])[245]\.\d{1,3}\.\d{1,3} ")
LAST_IN_GROUP = frozenset({"EHLO", "HELO", "DATA", "QUIT", "NOOP", "STARTTLS", "AUTH", "VRFY"})
LONGEST_LINE = 998


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A message that the sink took; `acknowledged` says whether the client could hear of it."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    data: bytes
    message_id: str
    session: int
    mail_parameters: dict[str, str]
    acknowledged: bool


@dataclass(slots=True, kw_only=True)
class Visit:
    """One connection: what was said on it, and what it brought."""

    number: int
    commands: list[str] = field(default_factory=list)
    tls: str = ""
    user: str = ""
    messages: int = 0
    open: bool = True
    turned_away: bool = False


@dataclass(slots=True, kw_only=True)
class Journal:
    """All that the sink knows. `keep` off keeps counts only, for measuring; `log` is a file's descriptor."""

    script: Script
    keep: bool = True
    log: int | None = None
    received: list[Received] = field(default_factory=list)
    sessions: list[Visit] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    firing: Firing = field(default_factory=Firing)
    open: int = 0
    most_open: int = 0
    messages: int = 0
    bytes: int = 0

    def take(self, message: Received) -> None:
        """Write a message down: before anything is answered, so that the client can never know more."""
        self.messages += 1
        self.bytes += len(message.data)
        if self.keep:
            self.received.append(message)
        if self.log is not None:
            sha = hashlib.sha256(message.data).hexdigest()
            reply = "250" if message.acknowledged else "-"
            lines = (
                f"{to}\t{message.message_id}\t{sha}\t{reply}\t{time.monotonic():.6f}\n"
                for to in message.rcpt_to
            )
            os.write(self.log, "".join(lines).encode())


class Session(asyncio.Protocol):
    """Answers one connection."""

    def __init__(self, journal: Journal, context: ssl.SSLContext | None) -> None:
        self.journal = journal
        self._context = context
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._late: deque[bytes] = deque()
        self._saying: deque[bytes] = deque()
        self._said: list[bytes] = []
        self._busy = self._gone = False
        self._greeted = False
        self._login: Callable[[str], None] | None = None
        self._forget()

    def _forget(self) -> None:
        self._sender: str | None = None
        self._parameters: dict[str, str] = {}
        self._recipients: list[str] = []
        self._refused = False
        self._in_body = False
        self._scanned = 0
        self._chunk: tuple[int, bool] | None = None
        self._chunks: list[bytes] = []
        self._dying: Fault | None = None

    # ---- the connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet, or turn away whom the limit leaves no room for."""
        self.transport = cast("asyncio.Transport", transport)
        journal = self.journal
        self.visit = Visit(number=len(journal.sessions) + 1)
        journal.sessions.append(self.visit)
        journal.open += 1
        if tls := self.transport.get_extra_info("ssl_object"):
            self.visit.tls = tls.version()
        limit = journal.script.limit
        if limit is not None and journal.open > limit:
            self.visit.turned_away = True
            self._say("421 4.7.0 too many connections from you")
            self._close()
            return
        journal.most_open = max(journal.most_open, journal.open)
        self._answer(Step.CONNECT, "220 sink.invalid ESMTP", late=journal.script.rtt)
        self._flush()

    def connection_lost(self, error: Exception | None) -> None:
        """Note that the connection is over."""
        self._gone = True
        self.visit.open = False
        self.journal.open -= 1

    def data_received(self, data: bytes) -> None:
        """Take bytes, after the round trip that a real network would need."""
        if rtt := self.journal.script.rtt:
            self._late.append(data)
            self._loop.call_later(rtt, lambda: self._arrived(self._late.popleft()))
        else:
            self._arrived(data)

    def _arrived(self, data: bytes) -> None:
        self._buffer += data
        self._work()

    def _work(self) -> None:
        self._take_turns()
        self._flush()

    def _take_turns(self) -> None:
        while not (self._busy or self._gone):
            if self._in_body:
                if not self._body():
                    return
            elif self._chunk is not None:
                if not self._one_chunk(*self._chunk):
                    return
            else:
                end = self._buffer.find(b"\n")
                if end < 0:
                    return
                line = bytes(self._buffer[: end + 1])
                del self._buffer[: end + 1]
                self._line(line)

    @property
    def over(self) -> bool:
        """Say whether the connection has ended."""
        return not self.visit.open

    def end(self) -> None:
        """End the connection at once, because the server ends."""
        self._gone = True
        if hasattr(self, "transport"):  # one that is only just being accepted has none yet
            self.transport.abort()

    def _close(self) -> None:
        self._gone = True
        self._flush()
        if not self._saying:
            self.transport.close()

    # ---- what is said

    def _say(self, reply: str) -> None:
        script = self.journal.script
        if Offer.ENHANCEDSTATUSCODES not in script.offers:
            reply = ENHANCED.sub(r"\1", reply)
        if script.multiline and "\n" not in reply and not reply.startswith(("354", "334")):
            reply = f"{reply[:3]}-said at length\n{reply}"
        said = reply.replace("\n", "\r\n").encode() + b"\r\n"
        if script.split:
            quiet = not self._saying
            self._saying.extend(said[i : i + 1] for i in range(len(said)))
            if quiet:
                self._spell()
        else:
            self._said.append(said)

    def _flush(self) -> None:
        """Write what was said to one piece of input in one piece, as a busy server does."""
        if self._said:
            self.transport.write(b"".join(self._said))
            self._said.clear()

    def _spell(self) -> None:
        """Say one byte, and the next one when the client had its turn."""
        if self.transport.is_closing():
            self._saying.clear()
        elif self._saying:
            self.transport.write(self._saying.popleft())
            self._loop.call_soon(self._spell)
        elif self._gone:
            self.transport.close()

    def _answer(
        self, step: Step, usual: str, then: Callable[[str], None] | None = None, *, late: float = 0.0
    ) -> None:
        recipient = self._recipients[0] if self._recipients else ""
        self._carry_out(self.journal.firing.at(self.journal.script, step, recipient), usual, then, late)

    def _carry_out(
        self, fault: Fault | None, usual: str, then: Callable[[str], None] | None = None, late: float = 0.0
    ) -> None:
        reply = (fault and fault.do) or usual
        late += self.journal.script.slow + (fault.delay if fault else 0.0)
        if not late:
            self._finish(reply, then)
            return

        def finish() -> None:
            self._busy = False
            if not self._gone:
                self._finish(reply, then)
                self._work()

        self._busy = True
        self._loop.call_later(late, finish)

    def _finish(self, reply: str, then: Callable[[str], None] | None) -> None:
        if reply == DROP:
            self._close()
        elif reply == RESET:
            self._gone = True
            self._flush()
            self.transport.abort()
        elif reply == STALL:
            self._busy = True
        else:
            if reply:
                self._say(reply)
            if then is not None:
                then(reply)
            if reply.startswith(("421", "221")):
                self._close()

    # ---- commands

    def _violation(self, what: str) -> None:
        self.journal.violations.append(f"session {self.visit.number}: {what}")

    def _line(self, line: bytes) -> None:
        if not line.endswith(b"\r\n"):
            self._violation(f"a command ends in a bare line feed: {line[:60]!r}")
        text = line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
        if self._login is not None:
            login, self._login = self._login, None
            login(text)
            return
        verb, _, rest = text.partition(" ")
        verb = verb.upper()
        if self.journal.keep:
            self.visit.commands.append(text if verb != "AUTH" else "AUTH " + rest.partition(" ")[0])
        if self._buffer and verb != "BDAT":
            if Offer.PIPELINING not in self.journal.script.offers:
                self._violation(f"{verb} was not waited for, and PIPELINING is not offered")
            elif verb in LAST_IN_GROUP:
                self._violation(f"something was sent behind {verb} (RFC 2920 3.1)")
        self._command(verb, rest.strip())

    def _command(self, verb: str, rest: str) -> None:
        match verb:
            case "EHLO":
                self._forget()
                self._answer(Step.EHLO, self._extensions(), self._greet)
            case "HELO":
                self._forget()
                self._answer(Step.EHLO, "250 sink.invalid", self._greet)
            case "STARTTLS" if self._may_start_tls():
                self._answer(Step.STARTTLS, "220 2.0.0 go on", self._start_tls)
            case "AUTH" if self._greeted and self._mechanisms():
                self._auth(rest)
            case "MAIL":
                self._mail(rest)
            case "RCPT":
                self._rcpt(rest)
            case "DATA":
                self._data()
            case "BDAT" if Offer.CHUNKING in self.journal.script.offers:
                self._bdat(rest)
            case "RSET":
                self._answer(Step.RSET, "250 2.0.0 forgotten", lambda _: self._forget())
            case "NOOP":
                self._say("250 2.0.0 still here")
            case "QUIT":
                self._answer(Step.QUIT, "221 2.0.0 goodbye")
            case _:
                self._violation(f"no such command here: {verb[:40]}")
                self._say("502 5.5.1 no such command here")

    def _greet(self, reply: str) -> None:
        self._greeted = reply.startswith("250")

    def _extensions(self) -> str:
        script = self.journal.script
        names = [
            f"SIZE {script.max_size}" if offer is Offer.SIZE else offer.value
            for offer in Offer
            if offer in script.offers
        ]
        if self._may_start_tls():
            names.append("STARTTLS")
        if mechanisms := self._mechanisms():
            names.append("AUTH " + " ".join(mechanisms))
        lines = ["sink.invalid", *names]
        return "\n".join(f"250{'-' if n < len(lines) else ' '}{line}" for n, line in enumerate(lines, 1))

    def _may_start_tls(self) -> bool:
        return self.journal.script.tls is Tls.STARTTLS and not self.visit.tls

    def _start_tls(self, reply: str) -> None:
        if not reply.startswith("220"):
            return
        if self._buffer:
            self._violation("something was sent in the clear behind STARTTLS (RFC 3207 4.2)")
        self._flush()
        if injected := self.journal.script.injected:
            self.transport.write(injected)
        fault = self.journal.firing.at(self.journal.script, Step.TLS, "")
        if fault is not None:
            self._carry_out(fault, "")
            return
        self._busy = True
        self._shaking = self._loop.create_task(self._shake_hands())

    async def _shake_hands(self) -> None:
        assert self._context is not None
        try:
            made = await self._loop.start_tls(self.transport, self, self._context, server_side=True)
        except (OSError, ssl.SSLError):
            self._gone = True
            self.transport.abort()
            return
        assert made is not None
        self.transport = made
        self.visit.tls = made.get_extra_info("ssl_object").version()
        self._buffer.clear()
        self._greeted = False
        self._forget()
        self._busy = False
        self._work()

    # ---- who may send

    def _mechanisms(self) -> tuple[str, ...]:
        script = self.journal.script
        guarded = script.tls is Tls.OFF or self.visit.tls
        return script.mechanisms if script.users and guarded else ()

    def _auth(self, rest: str) -> None:
        mechanism, _, first = rest.partition(" ")
        match mechanism.upper():
            case "PLAIN" if first:
                self._plain(first)
            case "PLAIN":
                self._ask("", self._plain)
            case "LOGIN" if first:
                self._ask("Password:", lambda password: self._judge(_text(first), _text(password)))
            case "LOGIN":
                self._ask("Username:", lambda user: self._auth(f"LOGIN {user}"))
            case "XOAUTH2" if first:
                self._bearer(first)
            case "XOAUTH2":
                self._ask("", self._bearer)
            case _:
                self._say("504 5.5.4 no such mechanism")

    def _ask(self, challenge: str, then: Callable[[str], None]) -> None:
        self._login = then
        self._say("334 " + base64.b64encode(challenge.encode()).decode())

    def _plain(self, response: str) -> None:
        parts = _text(response).split("\0")
        self._judge(*(parts[1:] if len(parts) == 3 else ("", "")))

    def _bearer(self, response: str) -> None:
        found = re.fullmatch("user=(.*)\1auth=Bearer (.*)\1\1", _text(response))
        user, token = found.groups() if found else ("", "")
        if self.journal.script.users.get(user) == token:
            self._judge(user, token)
        else:
            self._ask('{"status":"401"}', lambda _: self._judge(user, token))

    def _judge(self, user: str, password: str) -> None:
        good = self.journal.script.users.get(user) == password

        def note(reply: str) -> None:
            self.visit.user = user if reply.startswith("235") else ""

        usual = "235 2.7.0 welcome" if good else "535 5.7.8 the user name or the password is wrong"
        self._answer(Step.AUTH, usual, note)

    # ---- the envelope

    def _mail(self, rest: str) -> None:
        script = self.journal.script
        found = PATH.fullmatch(rest)
        if not self._greeted or found is None:
            self._violation(f"MAIL out of place, or not to be read: {rest[:60]}")
            self._say("503 5.5.1 not now")
            return
        parameters = dict(part.partition("=")[::2] for part in found["rest"].split())
        usual = "250 2.1.0 sender ok"
        if script.users and not self.visit.user:
            usual = "530 5.7.0 log in first"
        elif self._sender is not None:
            self._violation("MAIL inside a transaction")
            usual = "503 5.5.1 one at a time"
        elif script.per_connection is not None and self.visit.messages >= script.per_connection:
            usual = "421 4.7.0 enough on this connection"
        elif int(parameters.get("SIZE") or 0) > script.max_size:
            usual = "552 5.3.4 too large"
        elif unknown := self._unknown(parameters):
            self._violation(f"MAIL with {unknown}, which is not offered")
            usual = f"555 5.5.4 no {unknown} here"
        elif not found["path"].isascii() and "SMTPUTF8" not in parameters:
            usual = "553 5.6.7 an address beyond ASCII"

        def begin(reply: str) -> None:
            if reply.startswith("250"):
                self._forget()
                self._sender, self._parameters = found["path"], parameters

        self._answer(Step.MAIL, usual, begin)

    def _unknown(self, parameters: dict[str, str]) -> str:
        needs = {"SIZE": Offer.SIZE, "BODY": Offer.EIGHTBITMIME, "SMTPUTF8": Offer.SMTPUTF8}
        offers = self.journal.script.offers
        return next((name for name in parameters if needs.get(name.upper()) not in offers), "")

    def _rcpt(self, rest: str) -> None:
        found = PATH.fullmatch(rest)
        if self._sender is None or found is None:
            self._say("503 5.5.1 MAIL first")
            return
        address = found["path"]
        usual = "250 2.1.5 recipient ok"
        if not address.isascii() and "SMTPUTF8" not in self._parameters:
            usual = "553 5.6.7 an address beyond ASCII"
        fault = self.journal.firing.at(self.journal.script, Step.RCPT, address)

        def note(reply: str) -> None:
            if reply.startswith("25"):
                self._recipients.append(address)

        self._carry_out(fault, usual, note)

    # ---- the message

    def _data(self) -> None:
        usual, self._refused = "354 go on", not self._recipients
        if not self._recipients and not self.journal.script.eager:
            self._say("554 5.5.1 no valid recipients" if self._sender is not None else "503 5.5.1 MAIL first")
            return

        def begin(reply: str) -> None:
            if reply.startswith("354"):
                self._in_body, self._scanned = True, 0
                self._dying = self.journal.firing.at(self.journal.script, Step.BODY, self._first())

        self._answer(Step.DATA, usual, begin)

    def _first(self) -> str:
        return self._recipients[0] if self._recipients else ""

    def _body(self) -> bool:
        """Look for the final dot; say whether it, or the end of the connection, is there."""
        buffer = self._buffer
        if self._dying is not None and len(buffer) >= self._dying.after:
            self._carry_out(self._dying, "")
            return True
        if buffer[:3] == b".\r\n":
            end, after = 0, 3
        else:
            found = buffer.find(b"\r\n.\r\n", max(0, self._scanned - 4))
            if found < 0:
                self._scanned = len(buffer)
                return False
            end, after = found + 2, found + 5
        data = bytes(buffer[:end])
        del buffer[:after]
        if data.startswith(b"."):
            data = data[1:]
        self._in_body = False
        self._message(data.replace(b"\r\n.", b"\r\n"))
        return True

    def _bdat(self, rest: str) -> None:
        size, _, last = rest.partition(" ")
        if not self._chunks:
            self._dying = self.journal.firing.at(self.journal.script, Step.BODY, self._first())
        self._chunk = int(size), last.strip().upper() == "LAST"

    def _one_chunk(self, size: int, last: bool) -> bool:
        if self._dying is not None and len(self._buffer) >= min(self._dying.after, size):
            self._carry_out(self._dying, "")
            return True
        if len(self._buffer) < size:
            return False
        self._chunks.append(bytes(self._buffer[:size]))
        del self._buffer[:size]
        self._chunk = None
        if not self._recipients:
            self._say("503 5.5.1 no valid recipients")
            self._chunks = []
            if last:
                self._forget()
        elif last:
            self._message(b"".join(self._chunks))
        else:
            self._answer(Step.DATA, "250 2.0.0 go on")
        return True

    def _message(self, data: bytes) -> None:
        if self._refused:
            self._say("554 5.5.1 no valid recipients")
            self._forget()
            return
        if self.journal.keep:
            self._inspect(data)
        fault = self.journal.firing.at(self.journal.script, Step.DOT, self._first())
        do = (fault and fault.do) or f"250 2.0.0 taken as {self.journal.messages + 1}"
        if do.startswith("2") or (fault is not None and fault.taken and not do.startswith(("4", "5"))):
            found = MESSAGE_ID.search(data[:16384])
            self.visit.messages += 1
            self.journal.take(
                Received(
                    mail_from=self._sender or "",
                    rcpt_to=tuple(self._recipients),
                    data=data,
                    message_id=found[1].decode("ascii", "replace") if found else "",
                    session=self.visit.number,
                    mail_parameters=self._parameters,
                    acknowledged=do.startswith("2"),
                )
            )
        self._forget()
        self._carry_out(fault, do)

    def _inspect(self, data: bytes) -> None:
        """Note what RFC 5322 2.3 and 6152 forbid on the wire."""
        if bare := BARE.search(data):
            self._violation(f"a bare {bare[0]!r} in the message")
        if not data.isascii() and self._parameters.get("BODY", "").upper() != "8BITMIME":
            self._violation("eight bits without BODY=8BITMIME")
        if any(len(line) > LONGEST_LINE for line in data.split(b"\r\n")):
            self._violation("a line of more than 998 bytes")
        said = self._parameters.get("SIZE")
        if said is not None and abs(int(said) - len(data)) > 2:
            self._violation(f"SIZE={said} for {len(data)} bytes")


def _text(response: str) -> str:
    with contextlib.suppress(binascii.Error, UnicodeDecodeError):
        return base64.b64decode(response, validate=True).decode()
    return ""
