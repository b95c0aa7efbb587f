"""Receiving sites within one run: who waits for which route, and over how many connections it goes."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from briefpub.domain.breaker import MOST_REFUSALS
from briefpub.domain.delivery import Message
from briefpub.domain.flow import SiteRules
from briefpub.domain.replies import Blame, Outcome, verdict
from briefpub.transport.protocol import CROWDED
from briefpub.transport.routes import Route
from briefpub.transport.session import Address, Line, Session

# One connection for each so many waiting messages: a small mailing needs no crowd.
EACH = 4
MOST_BYTES = 32_000_000


@dataclass(slots=True, eq=False)
class Site:
    """A receiving site: at most `limit` connections, fewer than its rules allow where it says so."""

    name: str
    most: int  # messages on each connection
    limit: int
    sessions: set[Session] = field(default_factory=set)
    barren: int = 0  # connections in a row that ended without a word on any message
    refusals: int = 0  # messages in a row that were refused because of us

    @property
    def refusing(self) -> bool:
        """Say whether it refused so often that it is stopped: what waits would only hear the same."""
        return self.refusals >= MOST_REFUSALS

    @property
    def soon(self) -> int:
        """Give how many messages a lane has use for soon."""
        return 2 * EACH * self.limit

    def took(self) -> None:
        """Take in that it took a message: whatever there was, is over."""
        self.barren = self.refusals = 0

    def declined(self, outcome: Outcome, reply: str) -> None:
        """Take in what it said of a message that it did not take."""
        self.barren = 0
        if verdict(outcome, reply).blame is Blame.US:
            self.refusals += 1
        if outcome is Outcome.DEFERRED and CROWDED.search(reply):
            self.fewer(len(self.sessions) - 1)

    def fewer(self, count: int) -> None:
        """Make do with `count` connections from now on."""
        self.limit = max(1, min(self.limit, count))


@dataclass(slots=True, eq=False)
class Lane:
    """Messages that may share a connection: one site, one route; until it is known they only wait."""

    site: Site
    soon: int
    route: Route | None = None
    refusal: str = ""
    waiting: deque[Message] = field(default_factory=deque)
    sessions: set[Session] = field(default_factory=set)
    idle: set[Session] = field(default_factory=set)
    in_the_clear: bool = False
    answered: Address | None = None

    @property
    def wants_connection(self) -> bool:
        """Say whether another connection is worth its making."""
        return (
            self.route is not None
            and len(self.waiting) > EACH * len(self.sessions)
            and len(self.site.sessions) < self.site.limit
        )

    def line(self) -> Line:
        """Give how to connect: without TLS only where that is allowed and TLS has failed."""
        assert self.route is not None
        return (self.in_the_clear and self.route.fallback) or self.route.line

    def addresses(self) -> tuple[Address, ...]:
        """Give where to connect, first the address that answered last time."""
        assert self.route is not None
        if self.answered in {None, self.route.addresses[0]}:
            return self.route.addresses
        assert self.answered is not None
        return (self.answered, *(one for one in self.route.addresses if one != self.answered))


class Sites:
    """All lanes of a run, and what waits in them.

    `waiting` counts all of it, `soon` in each lane only what it has use for soon: a slow site's crowd is no
    reason to take nothing for the others. `size` is in bytes.
    """

    def __init__(self, rules: Callable[[str], SiteRules]) -> None:
        self.waiting = 0
        self.soon = 0
        self.size = 0
        self._rules = rules
        self._sites: dict[str, Site] = {}
        self._lanes: dict[tuple[str, str], Lane] = {}
        self._routed: dict[tuple[str, tuple[Address, ...]], Lane] = {}
        self._hungry: dict[Lane, None] = {}

    def lane(self, name: str, key: str) -> tuple[Lane, bool]:
        """Give the lane of a site and a route's key, and whether it is a new one."""
        lane = self._lanes.get((name, key))
        if lane is not None:
            return lane, False
        site = self._sites.get(name)
        if site is None:
            rules = self._rules(name)
            site = Site(name, most=max(1, rules.messages_per_connection), limit=max(1, rules.connections))
            self._sites[name] = site
        lane = self._lanes[name, key] = Lane(site, soon=site.soon)
        return lane, True

    def enough(self, ahead: int, held: int) -> bool:
        """Say whether nothing more need be taken: lanes have what they can use, or too much waits."""
        return self.soon >= ahead or self.waiting >= held or self.size >= MOST_BYTES

    def push(self, lane: Lane, message: Message, *, again: bool = False) -> None:
        """Let a message wait; one that goes round again waits first in its lane."""
        (lane.waiting.appendleft if again else lane.waiting.append)(message)
        self.waiting += 1
        if len(lane.waiting) <= lane.soon:
            self.soon += 1
        self.size += len(message.data)
        self._hungry[lane] = None

    def pop(self, lane: Lane) -> Message:
        """Take the next message of a lane."""
        message = lane.waiting.popleft()
        self.waiting -= 1
        if len(lane.waiting) < lane.soon:
            self.soon -= 1
        self.size -= len(message.data)
        if not lane.waiting:
            self._hungry.pop(lane, None)
        return message

    def hungry(self) -> list[Lane]:
        """Give the lanes in which messages wait."""
        return list(self._hungry)

    def emptied(self, lane: Lane | None = None) -> list[Message]:
        """Take all that waits in a lane, or everywhere."""
        lanes = self.hungry() if lane is None else [lane]
        return [self.pop(one) for one in lanes for _ in range(len(one.waiting))]

    def refused(self) -> list[Message]:
        """Take all that waits for sites that refuse us."""
        return [message for lane in self.hungry() if lane.site.refusing for message in self.emptied(lane)]

    def found(self, key: str, route: Route) -> None:
        """Let those who wait for a route go; lanes of one site that lead to the same hosts become one."""
        for (name, other), lane in list(self._lanes.items()):
            if other != key or lane.route is not None:
                continue
            lane.route = route
            shared = self._routed.setdefault((name, route.addresses), lane)
            if shared is not lane:
                self._lanes[name, key] = shared
                for message in self.emptied(lane):
                    self.push(shared, message)

    def of(self, key: str) -> list[Lane]:
        """Give the lanes of a route's key."""
        return [lane for (_, other), lane in self._lanes.items() if other == key]

    def lost(self, key: str) -> list[Lane]:
        """Give the lanes whose route was not found; who comes next asks again."""
        names = [name for name, other in self._lanes if other == key]
        return [self._lanes.pop((name, key)) for name in names]
