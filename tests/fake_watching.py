"""Heartbeats in memory, held to the same contract suite as the stored ones; figures as a test wants them."""

from dataclasses import dataclass, field

from briefpub.domain.figures import Figures
from briefpub.domain.heartbeat import FORGOTTEN, Heartbeat

NOTHING = Figures(deliveries={}, mailings={}, runs={}, oldest_due=None, questions=0)


@dataclass
class FakeHeartbeats:
    """Keeps every heartbeat in a dict."""

    rows: dict[str, Heartbeat] = field(default_factory=dict)

    def beat(self, heartbeat: Heartbeat) -> None:
        self.rows[heartbeat.who] = heartbeat
        at = heartbeat.seen_at
        for one in list(self.rows.values()):
            same = (one.kind, one.host) == (heartbeat.kind, heartbeat.host)
            if at - one.seen_at > FORGOTTEN or (same and one.silent(at)):
                del self.rows[one.who]

    def only(self, heartbeat: Heartbeat) -> None:
        self.rows = {who: one for who, one in self.rows.items() if one.kind != heartbeat.kind}
        self.beat(heartbeat)

    def stop(self, who: str) -> None:
        self.rows.pop(who, None)

    def all(self) -> tuple[Heartbeat, ...]:
        return tuple(sorted(self.rows.values(), key=lambda one: (one.kind, one.who)))
