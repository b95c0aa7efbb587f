"""How a run carries messages: by which routes, with how much patience, and how many it takes ahead."""

from collections.abc import Callable
from dataclasses import dataclass

from briefpub.domain.delivery import Message
from briefpub.transport.routes import LookUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How messages are carried: `key` names a message's route, `look_up` finds it, beside the loop.

    `patience` is in seconds, for each reply but the one to the final dot (RFC 5321 4.5.3.2). `ahead` messages
    are taken from the work before a connection has room for them; `held` are, where most wait for sites that
    have no use for so many, so that those behind them are found.
    """

    key: Callable[[Message], str]
    look_up: LookUp
    patience: float
    patience_after_dot: float
    ahead: int
    held: int
