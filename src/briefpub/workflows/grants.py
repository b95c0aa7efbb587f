"""What a site's rate granted, and whether it is still good: a grant that was not used soon is given back.

Else what a stalled database or a cut line held up would all go at once behind it, on top of what is granted
by then.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from briefpub.domain.delivery import Delivery
from briefpub.domain.flow import SiteRules

FRESH = timedelta(seconds=2)
# So much longer than for its next message a site's rate is waited for at most, and so often doubled.
PAUSE = 0.25
MOST_LOST = 3


@dataclass(slots=True)
class Grants:
    """When each delivery was granted, of those whose site has a rate."""

    _at: dict[int, datetime] = field(default_factory=dict)
    _lost: int = 0

    def note(self, deliveries: Iterable[int], at: datetime) -> None:
        """Write down that deliveries were granted."""
        self._at.update(dict.fromkeys(deliveries, at))

    def fresh(self, deliveries: Iterable[int], at: datetime) -> list[int]:
        """Give those that may still go, and forget them all; a clock that jumped back makes none stale."""
        return [id for id in deliveries if at - self._at.pop(id, at) <= FRESH]

    def longer(self, rules: SiteRules, count: int) -> timedelta:
        """Give how much longer to wait than for the next message, so that several may go at once.

        Whoever asked in vain waits longer still, by chance: many who share a rate must not all ask at once.
        """
        self._lost = 0 if count else min(self._lost + 1, MOST_LOST)
        if not rules.rate or rules.burst < 2:
            return timedelta(0)
        spread = random.uniform(0.5, 1.0) if self._lost else 1.0  # noqa: S311 - no secret
        return timedelta(seconds=min(PAUSE, (rules.burst - 1) / rules.rate) * spread * 2**self._lost)


def parted(
    batch: Iterable[Delivery], site_of: Callable[[Delivery], str], room: dict[str, int]
) -> tuple[list[Delivery], list[Delivery]]:
    """Part deliveries into those for which their sites have room, and those left; `room` is used up."""
    go: list[Delivery] = []
    left: list[Delivery] = []
    for one in batch:
        site = site_of(one)
        room[site] = room.get(site, 0) - 1
        (go if room[site] >= 0 else left).append(one)
    return go, left
