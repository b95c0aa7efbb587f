"""Work for transports, in memory: a list of messages, and what was recorded and given back."""

import datetime as dt
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from builders import NOW

from briefpub.domain.delivery import Attempt, Message, Trouble
from briefpub.domain.flow import SiteRules
from briefpub.domain.replies import Outcome

SOON = dt.timedelta(milliseconds=20)


def a_message(number: int = 1, **changes: Any) -> Message:
    """Give message `number`, to reader<number>, with a dotted body."""
    values: dict[str, Any] = {
        "delivery": number,
        "message_id": f"<weekly.001.{number}.8c1d0a4e@example.org>",
        "envelope_from": "weekly@example.org",
        "envelope_to": f"reader{number}@example.org",
        "data": f"Subject: Bread {number}\r\n\r\nIt rises.\r\n.\r\n..twice\r\n".encode(),
    }
    return Message(**{**values, **changes})


@dataclass
class Works:
    """Gives `messages` one after the other; a moment among them is given as it stands, once.

    `grants` says which dots may be written, `on_record` is called first and may raise. `log` holds the calls
    in their order.
    """

    messages: Iterable[Message | dt.datetime] = ()
    site_rules: SiteRules = field(default_factory=SiteRules)
    grants: Callable[[int], bool] = lambda _: True
    on_record: Callable[[Sequence[int], Sequence[tuple[int, Attempt]]], object] = lambda *_: None
    on_next: Callable[[], object] = lambda: None
    at: dt.datetime = NOW
    handed: list[int] = field(default_factory=list)
    granted: set[int] = field(default_factory=set)
    attempts: dict[int, list[Attempt]] = field(default_factory=dict)
    given_back: list[tuple[list[int], Trouble | None]] = field(default_factory=list)
    log: list[tuple[str, list[int]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.left = deque(self.messages)

    def next(self) -> Message | dt.datetime | None:
        self.on_next()
        return self.left.popleft() if self.left else None

    def record(self, handed: Sequence[int], ended: Sequence[tuple[int, Attempt]]) -> frozenset[int]:
        self.on_record(handed, ended)
        self.log.append(("record", list(handed)))
        self.handed += handed
        for id, attempt in ended:
            self.attempts.setdefault(id, []).append(attempt)
        granted = frozenset(id for id in handed if self.grants(id))
        self.granted |= granted
        return granted

    def back(self, deliveries: Sequence[int], trouble: Trouble | None = None) -> None:
        self.log.append(("back", list(deliveries)))
        self.given_back.append((list(deliveries), trouble))

    def rules(self, site: str) -> SiteRules:
        return self.site_rules

    def now(self) -> dt.datetime:
        return self.at

    # ---- what a test asks

    @property
    def outcomes(self) -> dict[int, Outcome]:
        """Give how each delivery ended; a delivery that ended twice is an error."""
        assert all(len(attempts) == 1 for attempts in self.attempts.values())
        return {id: attempts[0].outcome for id, attempts in self.attempts.items()}

    @property
    def replies(self) -> dict[int, str]:
        """Give what was said of each delivery."""
        return {id: attempts[0].reply for id, attempts in self.attempts.items()}

    @property
    def back_ids(self) -> list[int]:
        """Give what came back untried, whatever the reason."""
        return sorted(id for ids, _ in self.given_back for id in ids)

    @property
    def trouble(self) -> Trouble:
        """Give the one trouble there was."""
        (trouble,) = [trouble for _, trouble in self.given_back if trouble]
        return trouble

    @property
    def accounted(self) -> list[int]:
        """Give every delivery that ended or came back: each that was taken must be here once."""
        return sorted([*self.attempts, *self.back_ids])
