"""Many connections on one loop: messages in, dots granted by the ledger in groups, outcomes out.

A raw `selectors` loop: asyncio's own cost is more than all the rest of a message's way. Each turn hears what
came on every connection; then one `work.record` commits how messages ended and which stand before their
dot; then each granted dot is written, with the body in front of it and the next message's envelope behind.

`record` is asked when the 354 is there, and not while it is still on its way: that would hide the commit
behind the round trip, but a crash would leave two messages on each connection in doubt instead of one, and
the second of them needlessly.
"""

import selectors
import time
from collections.abc import Sequence

from briefpub.domain.delivery import Attempt, Message, Trouble, TroubleKind
from briefpub.domain.replies import Outcome
from briefpub.transport.events import Ended, Event, Opened, Standing, Stopped, Untried
from briefpub.transport.plan import Plan
from briefpub.transport.reply import LONGEST_SAID
from briefpub.transport.routes import Finder, NoRoute, Route
from briefpub.transport.session import READ, Session
from briefpub.transport.sites import EACH, Lane, Sites
from briefpub.transport.work import Work

CONNECT = 20.0
IDLE = 10.0
GOODBYE = 2.0
GRACE = 5.0
# How long the loop sleeps at most: by then the work may have more, or want an end.
TURN = 1.0
# Messages taken in one turn: making them takes time, in which nothing is heard.
TAKEN = 64
# So many connections in a row may end without a word on any message before the site is left alone.
BARREN = 3


class Run:
    """One `carry`: `all` is its loop, `stop` its early end, `close` drops every connection."""

    def __init__(self, plan: Plan, work: Work) -> None:
        self.recording = False
        self._plan = plan
        self._work = work
        self._selector = selectors.DefaultSelector()
        self._finder = Finder(plan.look_up)
        self._selector.register(self._finder.fileno(), selectors.EVENT_READ, None)
        self._sites = Sites(work.rules)
        self._sessions: dict[Session, Lane] = {}
        self._touched: dict[Session, None] = {}
        self._standing: list[tuple[Session, int]] = []
        self._ended: list[tuple[int, Attempt]] = []
        self._untried: dict[int, int] = {}
        self._exhausted = False
        self._more = False
        self._refusing = False
        self._clock = time.monotonic()
        self._ask_at = 0.0
        self._check_at = self._clock + TURN

    def all(self) -> None:
        """Turn until nothing is left."""
        while True:
            self._record()
            self._pull()
            self._connect()
            self._fill()
            if not (self._sessions or self._sites.waiting or self._ended or self._finder.asked) and (
                self._exhausted
            ):
                return
            self._wait()

    def stop(self) -> None:
        """Wait for the replies to dots that are out, and give back the rest."""
        back = self._sites.emptied()
        for session in list(self._sessions):
            back += session.protocol.withdraw()
            if not session.protocol.after_dot:
                self._drop(session)
        self._give_back(back)
        self._clock = time.monotonic()
        until = self._clock + GRACE
        while self._clock < until and any(one.protocol.after_dot for one in self._sessions):
            self._wait()
        for session in list(self._sessions):
            self._heed(session, session.lost("sending was stopped"))
        if self._ended:
            self._work.record([], self._ended)

    def close(self) -> None:
        """Drop every connection."""
        for session in list(self._sessions):
            self._drop(session)
        self._finder.close()
        self._selector.close()

    # ---- the parts of a turn

    def _record(self) -> None:
        """Commit what ended, and write the dots that are granted."""
        standing = [(session, id) for session, id in self._standing if not session.protocol.over]
        ended, self._ended, self._standing = self._ended, [], []
        if not (standing or ended):
            return
        # The ledger grants a message, not a copy: of two that stand at once the first gets the dot.
        first = {id: session for session, id in reversed(standing)}
        self.recording = True
        granted = self._work.record(list(first), ended)
        self.recording = False
        denied: list[Message] = []
        for session, id in standing:
            if first[id] is not session:
                session.protocol.withdraw()
                self._drop(session)
            elif id in granted:
                self._touched[session] = None
                # A line that was lost while the commit was made is seen here, before the dot.
                self._heed(session, session.ready(READ))
                if not session.protocol.over:
                    self._heed(session, session.protocol.hand())
            else:
                # Closing the line before the dot is the one way to take a body back.
                denied += session.protocol.withdraw()
                self._drop(session)
        if denied:
            # What waits may not be ours any more either; the ledger knows, and it costs no connection each.
            self._give_back([*denied, *self._sites.emptied()])
        elif self._refusing:
            self._give_back(self._sites.refused())
        self._refusing = False

    def _pull(self) -> None:
        """Take messages while there is use for them."""
        sites = self._sites
        room = EACH * len(self._sessions)
        ahead, held = self._plan.ahead + room, self._plan.held + room
        self._more, taken = False, 0
        while not (self._exhausted or self._clock < self._ask_at or sites.enough(ahead, held)):
            self._more = taken == TAKEN
            if self._more:
                return
            taken += 1
            match self._work.next():
                case None:
                    self._exhausted = True
                    self._touched.update(dict.fromkeys(self._sessions))
                case Message() as message:
                    key = self._plan.key(message)
                    lane, new = sites.lane(message.site or key, key)
                    if new:
                        self._finder.ask(key)
                    if lane.refusal:
                        self._end(message, Outcome.FAILED, lane.refusal)
                    else:
                        sites.push(lane, message)
                case moment:
                    pause = (moment - self._work.now()).total_seconds()
                    self._ask_at = self._clock + min(max(pause, 0.01), TURN)

    def _connect(self) -> None:
        """Make the connections that are worth it, and wake the idle ones."""
        for lane in self._sites.hungry():
            for session in list(lane.idle)[: len(lane.waiting)]:
                lane.idle.discard(session)
                self._touched[session] = None
            while lane.wants_connection:
                session = Session(lane.line(), lane.addresses(), self._selector)
                self._sessions[session] = lane
                lane.sessions.add(session)
                lane.site.sessions.add(session)
                self._patient(session, CONNECT)
                self._heed(session, session.connect())

    def _fill(self) -> None:
        """Give messages to the connections that have room, and write what there is to say."""
        touched, self._touched = self._touched, {}
        for session in touched:
            lane = self._sessions.get(session)
            if lane is not None:
                self._begin(session, lane)
                self._heed(session, session.flush())
                progress = session.progress
                if progress != session.noted and session.protocol.busy and not session.leaving:
                    session.noted = progress
                    after = session.protocol.after_dot
                    self._patient(session, self._plan.patience_after_dot if after else self._plan.patience)

    def _begin(self, session: Session, lane: Lane) -> None:
        """Begin the next message on a connection, or let it rest, or say goodbye."""
        protocol, site = session.protocol, lane.site
        while protocol.room and not session.leaving:
            enough = protocol.begun >= site.most or len(site.sessions) > site.limit
            if lane.waiting and not enough:
                lane.idle.discard(session)
                for event in protocol.begin(self._sites.pop(lane)):
                    self._heed(session, [event])
            elif protocol.busy:
                return
            elif enough or self._exhausted:
                session.leaving = True
                lane.idle.discard(session)
                protocol.leave()
                self._patient(session, GOODBYE)
            else:
                if session not in lane.idle:
                    lane.idle.add(session)
                    self._patient(session, IDLE)
                return

    def _wait(self) -> None:
        """Sleep until something happens, and hear it."""
        until = self._check_at
        if not self._exhausted and self._ask_at > self._clock:
            until = min(until, self._ask_at)
        if self._ended or self._standing or self._touched or self._more:
            until = 0.0
        for key, mask in self._selector.select(max(0.0, until - self._clock)):
            session = key.data
            if session is None:
                self._hear_routes()
            else:
                self._touched[session] = None
                self._heed(session, session.ready(mask))
                if session.protocol.out:
                    # A body goes at once, so that its grant is asked for in the commit of what just ended.
                    self._heed(session, session.flush())
        self._clock = time.monotonic()
        if self._clock >= self._check_at:
            self._check()

    def _check(self) -> None:
        """End the connections that have been silent for too long."""
        self._check_at = self._clock + TURN
        for session, lane in list(self._sessions.items()):
            if session.deadline > self._clock:
                self._check_at = min(self._check_at, session.deadline)
            elif session.leaving:
                self._drop(session)
            elif session in lane.idle:
                lane.idle.discard(session)
                session.leaving = True
                session.protocol.leave()
                self._patient(session, GOODBYE)
                self._heed(session, session.flush())
            else:
                self._touched[session] = None
                self._heed(session, session.lost("no answer in time"))
                if session in self._sessions:
                    self._patient(session, CONNECT)  # it tries the next address

    # ---- what is heard

    def _heed(self, session: Session, events: Sequence[Event]) -> None:
        """Do what events ask for."""
        for event in events:
            match event:
                case Standing(message):
                    self._standing.append((session, message.delivery))
                case Ended(message, outcome, reply):
                    self._end(message, outcome, reply)
                    site = self._sessions[session].site
                    if outcome is Outcome.ACCEPTED:
                        site.took()
                    else:
                        site.declined(outcome, reply)
                        self._refusing |= site.refusing
                case Opened():
                    self._sessions[session].answered = session.address
                    self._touched[session] = None
                case Untried(message):
                    self._go_round(session, message, events[-1])
                case Stopped():
                    self._stopped(session, event)
                case _:
                    pass

    def _go_round(self, session: Session, message: Message, last: Event) -> None:
        """Let a message the server said nothing about be begun again, but not for ever."""
        assert isinstance(last, Stopped)
        if last.kind is TroubleKind.UNREACHABLE and not last.lasting:
            times = self._untried[message.delivery] = self._untried.get(message.delivery, 0) + 1
            if times > 1:
                words = f"connection lost before the final dot: {last.words}"
                self._end(message, Outcome.DEFERRED, words[:LONGEST_SAID])
                return
        self._sites.push(self._sessions[session], message, again=True)

    def _stopped(self, session: Session, stopped: Stopped) -> None:
        """Take a connection away, and decide whether the site is to be left alone."""
        lane = self._sessions[session]
        site = lane.site
        self._drop(session)
        if session.leaving or not lane.waiting:
            return
        assert lane.route is not None
        if stopped.kind is TroubleKind.TLS and lane.route.fallback and not lane.in_the_clear:
            lane.in_the_clear = True
        elif stopped.lasting or stopped.kind is TroubleKind.TLS:
            self._trouble(lane, stopped)
        elif session.protocol.ended:
            pass  # it took something: the next connection goes on
        elif site.sessions:
            site.fewer(len(site.sessions))
        else:
            site.barren += 1
            if stopped.kind is TroubleKind.BUSY or not session.connected or site.barren >= BARREN:
                site.barren = 0
                self._trouble(lane, stopped)

    def _hear_routes(self) -> None:
        for key, answer in self._finder.answers():
            match answer:
                case Route():
                    self._sites.found(key, answer)
                case NoRoute(reply=""):
                    for lane in self._sites.lost(key):
                        self._trouble(lane, Stopped(answer.kind, answer.words, answer.hint))
                case NoRoute(reply=reply):
                    for lane in self._sites.of(key):
                        lane.refusal = reply
                        for message in self._sites.emptied(lane):
                            self._end(message, Outcome.FAILED, reply)

    # ---- what is done

    def _end(self, message: Message, outcome: Outcome, reply: str) -> None:
        self._ended.append((message.delivery, Attempt(at=self._work.now(), outcome=outcome, reply=reply)))

    def _trouble(self, lane: Lane, stopped: Stopped) -> None:
        """Give back all that waits for a site, and say why."""
        trouble = Trouble(site=lane.site.name, kind=stopped.kind, message=stopped.words, hint=stopped.hint)
        self._give_back(self._sites.emptied(lane), trouble)

    def _give_back(self, messages: Sequence[Message], trouble: Trouble | None = None) -> None:
        if messages:
            self._work.back([message.delivery for message in messages], trouble)

    def _drop(self, session: Session) -> None:
        session.close()
        lane = self._sessions.pop(session)
        lane.sessions.discard(session)
        lane.idle.discard(session)
        lane.site.sessions.discard(session)

    def _patient(self, session: Session, seconds: float) -> None:
        session.deadline = self._clock + seconds
        self._check_at = min(self._check_at, session.deadline)
