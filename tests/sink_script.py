"""What the test sink is told to do: which extensions it offers, and which fault it makes at which step."""

import json
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

CERTIFICATE = Path(__file__).parent / "unit" / "transport" / "localhost.pem"

DROP = "drop"  # closed, as by a server that ends: FIN
RESET = "reset"  # closed at once, as by a firewall: RST
STALL = "stall"  # open, and nothing more is said


class Step(StrEnum):
    """A moment of a session at which a fault may be made."""

    CONNECT = "connect"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    TLS = "tls"  # behind the 220 of STARTTLS, before the handshake
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"  # in place of the 354, or of the first BDAT's reply
    BODY = "body"  # when `after` bytes of the body are there
    DOT = "dot"  # in place of the reply to the final dot or BDAT LAST
    RSET = "rset"
    QUIT = "quit"


class Offer(StrEnum):
    """An extension that the sink says it has."""

    PIPELINING = "PIPELINING"
    SIZE = "SIZE"
    EIGHTBITMIME = "8BITMIME"
    SMTPUTF8 = "SMTPUTF8"
    CHUNKING = "CHUNKING"
    ENHANCEDSTATUSCODES = "ENHANCEDSTATUSCODES"


class Tls(StrEnum):
    """How the sink speaks TLS."""

    OFF = "off"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault: at a step, for recipients that match `to`, each `every`th time.

    `do` is a reply with its code (`"451 4.7.1 later"`, lines parted by a line feed), DROP, RESET or STALL;
    empty is the usual reply. `tries` counts by recipient: 1 is greylisting. `times` is the most there are in
    all. `delay` is in seconds. At DOT a fault that is no 4xx or 5xx has taken the message, unless `taken` is
    off: a sink that dies before it wrote the message down.
    """

    at: Step
    do: str = ""
    to: str = "*"
    every: int = 1
    tries: int | None = None
    times: int | None = None
    delay: float = 0.0
    after: int = 200
    taken: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """How the sink behaves; it may be changed while it runs (`sink.script = Script()` makes it well again).

    `rtt` (seconds) is how late everything arrives: a round trip on a real network. `slow` comes before each
    reply. `limit` is how many connections are open at most, the next one hears 421. `per_connection` is how
    many messages one connection may bring. `eager` says 354 even where no recipient was good (RFC 2920 3.1
    lets it). `injected` is said in the clear right behind the 220 of STARTTLS. Where `users` names somebody,
    MAIL needs AUTH; an XOAUTH2 token is looked up like a password.
    """

    faults: tuple[Fault, ...] = ()
    offers: frozenset[Offer] = frozenset(Offer)
    mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN", "XOAUTH2")
    users: dict[str, str] = field(default_factory=dict)
    tls: Tls = Tls.OFF
    certificate: Path = CERTIFICATE
    injected: bytes = b""
    max_size: int = 50_000_000
    limit: int | None = None
    per_connection: int | None = None
    rtt: float = 0.0
    slow: float = 0.0
    split: bool = False
    multiline: bool = False
    eager: bool = False

    def without(self, *offers: Offer) -> "Script":
        """Give the same script with some extensions switched off."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return Script(**{**values, "offers": self.offers - frozenset(offers)})


@dataclass(slots=True)
class Firing:
    """Counts the steps, to know which fault it is the turn of."""

    seen: dict[Fault, int] = field(default_factory=dict)
    fired: dict[Fault, int] = field(default_factory=dict)
    tried: dict[tuple[Fault, str], int] = field(default_factory=dict)

    def at(self, script: Script, step: Step, recipient: str) -> Fault | None:
        """Give the fault to make at a step, if any: the first one in the script whose turn it is."""
        for fault in script.faults:
            if fault.at is step and self._turn(fault, recipient):
                self.fired[fault] = self.fired.get(fault, 0) + 1
                return fault
        return None

    def _turn(self, fault: Fault, recipient: str) -> bool:
        if fault.to != "*" and not fnmatchcase(recipient, fault.to):
            return False
        seen = self.seen[fault] = self.seen.get(fault, 0) + 1
        if fault.times is not None and self.fired.get(fault, 0) >= fault.times:
            return False
        if fault.tries is not None:
            tried = self.tried[fault, recipient] = self.tried.get((fault, recipient), 0) + 1
            if tried > fault.tries:
                return False
        return seen % fault.every == 0


GREYLIST = Fault(at=Step.RCPT, do="451 4.7.1 greylisted, try again in five minutes", tries=1)


def refusing(to: str, reply: str = "550 5.1.1 no such reader", at: Step = Step.RCPT) -> Fault:
    """Refuse recipients that match."""
    return Fault(at=at, do=reply, to=to)


def dying_in_the_body(every: int = 20, do: str = DROP) -> Fault:
    """End a connection in mid-DATA."""
    return Fault(at=Step.BODY, do=do, every=every)


def silent_after_the_dot(every: int = 20, do: str = DROP) -> Fault:
    """Take a message, and end the connection before the 250."""
    return Fault(at=Step.DOT, do=do, every=every)


def script_of(text: str) -> Script:
    """Read a script from JSON, as the sink's own process is given it."""
    values: dict[str, Any] = json.loads(text)
    if "faults" in values:
        values["faults"] = tuple(Fault(**{**each, "at": Step(each["at"])}) for each in values["faults"])
    if "offers" in values:
        values["offers"] = frozenset(Offer(each) for each in values["offers"])
    for name, kind in (("tls", Tls), ("certificate", Path), ("mechanisms", tuple), ("injected", str.encode)):
        if name in values:
            values[name] = kind(values[name])
    return Script(**values)


def json_of(script: Script) -> str:
    """Write a script as JSON; what stands at its default is left out."""

    def changed(made: Script | Fault, default: Script | Fault) -> dict[str, Any]:
        names = made.__dataclass_fields__
        return {
            name: getattr(made, name) for name in names if getattr(made, name) != getattr(default, name, None)
        }

    values = changed(script, Script())
    if "faults" in values:
        values["faults"] = [
            {**changed(each, Fault(at=each.at)), "at": each.at.value} for each in script.faults
        ]
    if "offers" in values:
        values["offers"] = sorted(script.offers)
    if "injected" in values:
        values["injected"] = script.injected.decode()
    if "certificate" in values:
        values["certificate"] = str(script.certificate)
    return json.dumps(values)
