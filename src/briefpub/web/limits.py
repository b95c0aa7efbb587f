"""How often somebody may ask: leaky buckets in bounded memory."""

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

from briefpub.web.clients import Client

EVERYBODY = "everybody"


@dataclass(slots=True, kw_only=True)
class Buckets:
    """One bucket a key: `burst` requests at once, then one every `every` seconds.

    No more than `most` keys are remembered; the one unheard of for longest is forgotten first.
    """

    burst: int
    every: float
    most: int = 10_000
    _full: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def take(self, key: str, *, at: float) -> bool:
        """Count a request made at `at` (seconds of a clock that never goes back); False for one too many."""
        with self._lock:
            level, since = self._full.pop(key, (0.0, at))
            level = max(0.0, level - (at - since) / self.every)
            taken = level + 1 <= self.burst
            self._full[key] = (level + 1 if taken else level, at)
            while len(self._full) > self.most:
                self._full.popitem(last=False)
        return taken

    def __len__(self) -> int:
        """Count the keys remembered."""
        return len(self._full)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a stranger may cause: letters asked for from one network, to one address, and in all."""

    network: Buckets = field(default_factory=lambda: Buckets(burst=6, every=120.0))
    address: Buckets = field(default_factory=lambda: Buckets(burst=1, every=3600.0))
    letters: Buckets = field(default_factory=lambda: Buckets(burst=60, every=1.0, most=1))

    def admit(self, client: Client, *, at: float) -> bool:
        """Say whether a caller may have one more letter sent."""
        return self.network.take(client.key, at=at) and self.letters.take(EVERYBODY, at=at)
