"""A message in its transaction: the steps it takes, and how far it has come."""

from enum import Enum, auto

from briefpub.domain.delivery import Message


class Step(Enum):
    """What a reply is awaited for."""

    RSET = auto()
    MAIL = auto()
    RCPT = auto()
    DATA = auto()
    DOT = auto()
    LONE_DOT = auto()
    QUIT = auto()


class Letter:
    """A message in its transaction. `dot_at` counts the connection's bytes up to the end of its dot."""

    __slots__ = ("dot_at", "ended", "envelope", "message", "rcpt_refused", "seen")

    def __init__(self, message: Message, envelope: tuple[bytes, ...]) -> None:
        self.message = message
        self.envelope = envelope
        self.seen = False
        self.rcpt_refused = False
        self.ended = False
        self.dot_at = 0
