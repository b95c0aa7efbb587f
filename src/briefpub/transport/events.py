"""What a conversation with a server comes to: the words between protocol, session and pool."""

from dataclasses import dataclass

from briefpub.domain.delivery import Message, TroubleKind
from briefpub.domain.replies import Outcome


@dataclass(slots=True)
class Standing:
    """A message stands right before its final dot: the next byte is the one that hands it over."""

    message: Message


@dataclass(slots=True)
class Ended:
    """A message's try is over, with the server's words."""

    message: Message
    outcome: Outcome
    reply: str


@dataclass(slots=True)
class Untried:
    """The server said nothing about a message: it may be begun again elsewhere at no cost."""

    message: Message


@dataclass(slots=True)
class Upgrade:
    """TLS begins now, before another byte is said (RFC 3207)."""


@dataclass(slots=True)
class Opened:
    """The server takes messages on this connection."""


@dataclass(slots=True)
class Stopped:
    """The connection is of no more use: why, in plain words or the server's own.

    `lasting` where another connection would fare no better.
    """

    kind: TroubleKind
    words: str
    hint: str = ""
    lasting: bool = False


Event = Standing | Ended | Untried | Upgrade | Opened | Stopped
