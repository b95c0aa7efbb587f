"""One round of a mailing: what is claimed, given to the transport, and recorded in group commits.

The transport asks for the next message when a connection is free; what stands before its final dot, and what
came of those before, is written down in one commit for as many messages as there are at that moment.
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from briefpub.domain.audience import InDoubt
from briefpub.domain.delivery import (
    FINAL,
    Attempt,
    Delivery,
    DeliveryState,
    Mailing,
    Message,
    Trouble,
    TroubleKind,
    ailing,
)
from briefpub.domain.errors import BriefpubError, StoreError
from briefpub.domain.flow import FlowPlan, SiteRules, SiteState, quiet_until
from briefpub.domain.pacing import next_room
from briefpub.domain.replies import status_of
from briefpub.workflows.ahead import Ahead
from briefpub.workflows.ailing import told, why_paused
from briefpub.workflows.bar import Bar
from briefpub.workflows.cleaned import without_person
from briefpub.workflows.grants import Grants, parted
from briefpub.workflows.ports import Ledger, Sites, Transport

# A server may take ten minutes to answer the dot (RFC 5321 4.5.3.2.6); the lease outlasts it.
HANDED_LEASE = timedelta(minutes=20)
# A batch whose lease is nearly over is given back rather than fenced off message by message.
MARGIN = timedelta(minutes=1)
# A site that may be tried again this soon is waited for; for any other the mailing is left to the next run.
PATIENCE = timedelta(seconds=30)
# What cannot be sent at all is written down so many at a time.
MOST_REFUSED = 50
Clock = Callable[[], datetime]


@dataclass(slots=True, kw_only=True)
class Round:
    """What one call of Deliver has to do: claims, gives out, records. It fits port `Work`.

    `most` is how many deliveries it takes in all, None for as many as there are; `patience` is how long it
    waits for a site at most.
    """

    ledger: Ledger
    transport: Transport
    sites: Sites
    plan: FlowPlan
    owner: str
    batch: int
    lease: timedelta
    mailing: Mailing
    ahead: Ahead
    now: Clock
    in_doubt: InDoubt
    stop: Callable[[], bool]
    bar: Bar
    most: int | None = None
    patience: timedelta | None = None
    trouble: Trouble | None = None
    ended: int = 0
    taken: int = 0
    _room: int = 0
    _only: str | None = None
    _waiting: deque[Delivery] = field(default_factory=deque)
    _out: dict[int, Delivery] = field(default_factory=dict)
    _refused: list[tuple[int, Attempt]] = field(default_factory=list)
    _unwritten: list[tuple[Delivery, Attempt]] = field(default_factory=list)
    _resting: dict[str, datetime] = field(default_factory=dict)
    _failed_with: Counter[str] = field(default_factory=Counter)
    _leased_until: datetime | None = None
    _asked_until: datetime | None = None
    _grants: Grants = field(default_factory=Grants)
    _stopped: set[str] = field(default_factory=set)
    _over: bool = False

    def begin(self) -> bool:
        """Claim the first batch; False where nothing may go, so that no connection is opened for nothing."""
        self.bar.tell(0)
        return self._fill() or self._soon() is not None

    def next(self) -> Message | datetime | None:
        """Give the next message; a moment when nothing may go before then; None when nothing is left."""
        while not (self._over or self.stop()):
            at = self.now()
            if self._waiting and self._leased_until and at > self._leased_until - MARGIN:
                self._put_back(list(self._waiting))
                self._waiting.clear()
            if self._asked_until and at < self._asked_until:
                return self._asked_until
            if not self._waiting and not self._fill():
                self._write_refused()
                # The ledger need not be asked again before a site may be tried again.
                self._asked_until = self._soon()
                return self._asked_until
            delivery = self._waiting.popleft()
            self._out[delivery.id] = delivery
            made = self.ahead.message(delivery, self._waiting, at)
            if isinstance(made, Message):
                site = self.transport.site(delivery)
                return made if made.site == site else replace(made, site=site)
            self._refused.append((delivery.id, made))
            if len(self._refused) >= MOST_REFUSED:
                self._write_refused()
        return None

    def record(self, handed: Sequence[int], ended: Sequence[tuple[int, Attempt]]) -> frozenset[int]:
        """Commit how deliveries ended, and `handed` for those whose final dot is to be written next."""
        self._end(ended)
        granted = self._commit([] if self._over or self.stop() else self._to_hand(handed))
        denied = [self._out.pop(id) for id in handed if id not in granted and id in self._out]
        if denied:
            # Somebody paused the mailing or took our lease: ask the ledger anew before anything else goes.
            self._put_back([*denied, *self._waiting])
            self._waiting.clear()
        self._judge()
        return granted

    def _to_hand(self, handed: Sequence[int]) -> list[int]:
        """Leave out what goes to a site that was stopped since, and what waited too long for its rate."""
        site_of, fresh = self.transport.site, self._grants.fresh(handed, self.now())
        if not self._stopped:
            return fresh
        return [id for id in fresh if id in self._out and site_of(self._out[id]) not in self._stopped]

    def back(self, deliveries: Sequence[int], trouble: Trouble | None = None) -> None:
        """Give messages back untried, because their site is in trouble or because time is up."""
        self._put_back([self._out.pop(id) for id in deliveries if id in self._out])
        if trouble is None:
            return
        self.trouble = trouble
        state = self.sites.trouble(trouble, now=self.now())
        self._rest(state)
        if state.stopped and trouble.kind is TroubleKind.LOGIN:
            self._pause(state.stopped)

    @property
    def ready_at(self) -> datetime | None:
        """Give when the first of the sites may be tried again that were left alone."""
        return min(self._resting.values(), default=None)

    def rules(self, site: str) -> SiteRules:
        """Give what a site is given at most."""
        return self.plan.rules(site)

    def end(self) -> None:
        """Give back what is left and write down what is known, as far as the ledger can still be written."""
        self.ahead.close()
        # The cause is what must be told; a ledger that fails now leaves leases, and those run out.
        with suppress(BriefpubError):
            self._write_refused()
            self._commit([])
        with suppress(BriefpubError):
            self._put_back([*self._waiting, *self._out.values()])
        self._waiting.clear()

    # --- claiming ----------------------------------------------------------------------------

    def _fill(self) -> bool:
        """Claim another batch and ask each site whether it may go; False where nothing may go now."""
        at = self.now()
        if self.plan.quiet and quiet_until(self.plan.quiet, at):
            self._over = True
            return False
        most = self.batch if self.most is None else min(self.batch, self.most - self.taken)
        if most <= 0:
            return False
        self._resting = {site: until for site, until in self._resting.items() if until > at}
        self._stopped.clear()
        closed = {site for site, state in self.sites.closed(now=at).items() if self._rest(state)}
        first = set[int]()
        most = min(most, self._room or most)
        room = self._granted_ahead(most, closed)
        while room != 0:
            closed |= set(self._resting)
            batch = self.ledger.claim(
                self.mailing.id,
                owner=self.owner,
                most=most if room is None else room,
                lease_until=at + self.lease,
                now=at,
                closed=frozenset(closed),
            )
            self._leased_until = at + self.lease
            if batch and self.transport.site(batch[0]) not in closed:
                self.trouble = None
            # What the transport still holds is claimed again where its lease ran out: it is not given twice.
            fresh = [one for one in batch if one.id not in self._out]
            granted = self._granted(fresh, closed, at, room)
            self.taken += len(granted)
            self._room = next_room(
                self._room or self.batch, asked=len(fresh), granted=len(granted), batch=self.batch
            )
            self._waiting.extend(granted)
            # Where a batch belongs to sites without room, those behind it may still go: but a smarthost
            # takes everybody's, and then the same batch would come again.
            if self._waiting or not batch or batch[0].id in first:
                return bool(self._waiting)
            first.add(batch[0].id)
        return False

    def _granted_ahead(self, most: int, closed: set[str]) -> int | None:
        """Ask the smarthost's rate before anything is claimed in vain; None where many sites receive."""
        if self._only is None:
            return None
        if self._only in closed or self._only in self._resting:
            return 0
        return self._take(Counter({self._only: most}))[self._only]

    def _take(self, wanted: Counter[str]) -> dict[str, int]:
        """Take from the sites' rates, and leave those alone for a while that have no room."""
        grants = self.sites.take(wanted, plan=self.plan, now=self.now()) if wanted else {}
        for site, grant in grants.items():
            if grant.ready_at and grant.count < wanted[site]:
                self._resting[site] = grant.ready_at + self._grants.longer(self.plan.rules(site), grant.count)
        return {site: grant.count for site, grant in grants.items()}

    def _soon(self) -> datetime | None:
        """Give when a site may be tried again that is worth waiting for."""
        patience = PATIENCE if self.patience is None else self.patience
        soon = self.ready_at
        full = self.most is not None and self.taken >= self.most
        return soon if soon and not (self._over or full) and soon <= self.now() + patience else None

    def _granted(
        self, batch: Sequence[Delivery], closed: set[str], at: datetime, ahead: int | None
    ) -> list[Delivery]:
        """Take from each open site's rate what the batch needs, and give back what is not granted."""
        site_of = self.transport.site
        wanted = Counter(site for one in batch if (site := site_of(one)) not in closed)
        if ahead is None or self._only is None:
            room = self._take(wanted)
        else:
            room = {self._only: ahead}
            if ahead > len(batch):
                self.sites.put_back({self._only: ahead - len(batch)}, plan=self.plan, now=self.now())
        go, left = parted(batch, site_of, room)
        if len(wanted) == 1 and all(site_of(one) != one.site for one in batch):
            self._only = next(iter(wanted))
        self._grants.note((one.id for one in go if self.plan.rules(site_of(one)).rate), at)
        self._give_back(left)
        return go

    def _rest(self, state: SiteState) -> bool:
        """Leave a site alone that is closed or stopped; give whether it is one."""
        if state.open(self.now()):
            return False
        if state.stopped:
            self._stopped.add(state.site)
        elif state.closed_until:
            self._resting[state.site] = state.closed_until
        waiting = [one for one in self._waiting if self.transport.site(one) == state.site]
        self._put_back(waiting)
        for one in waiting:
            self._waiting.remove(one)
        if self.trouble is None:
            message = state.stopped or f"it is left alone until {state.closed_until:%H:%M:%S} UTC"
            self.trouble = Trouble(
                site=state.site,
                kind=TroubleKind.BUSY,
                message=message,
                hint="`briefpub outbox resume` tries it again at once",
            )
        return True

    def _give_back(self, deliveries: Sequence[Delivery]) -> None:
        if deliveries:
            self.ahead.forget(deliveries)
            self.ledger.release([one.id for one in deliveries], owner=self.owner)

    def _put_back(self, deliveries: Sequence[Delivery]) -> None:
        """Give back what was granted and not tried, and with it its part of the rate and of the day."""
        self._give_back(deliveries)
        unused = Counter(self.transport.site(one) for one in deliveries)
        if unused:
            self.sites.put_back(unused, plan=self.plan, now=self.now())

    # --- recording ---------------------------------------------------------------------------

    def _end(self, ended: Sequence[tuple[int, Attempt]]) -> None:
        for id, attempt in ended:
            delivery = self._out.pop(id, None)
            if delivery is None:
                continue
            reply = without_person(attempt.reply, delivery)
            made = attempt if reply == attempt.reply else replace(attempt, reply=reply)
            self._unwritten.append((delivery.after(made, self.in_doubt), made))

    def _write_refused(self) -> None:
        if self._refused:
            refused, self._refused = self._refused, []
            self._end(refused)
            self._commit([])
            self._judge()

    def _commit(self, handed: Sequence[int]) -> frozenset[int]:
        ended = self._unwritten
        if not (handed or ended):
            return frozenset()
        at = self.now()
        granted = self._write(handed, ended, at)
        self._unwritten = []
        self.ended += len(ended)
        self.bar.tell(sum(one.state in FINAL for one, _ in ended))
        for refusing in told(self.sites, self.transport.site, ended, at):
            self._rest(refusing)
        for one, _ in ended:
            self.mailing.counts[one.state] = self.mailing.counts.get(one.state, 0) + 1
            if one.state is DeliveryState.FAILED:
                self._failed_with[status_of(one.reply) or one.reply[:60]] += 1
        return granted

    def _write(
        self, handed: Sequence[int], ended: Sequence[tuple[Delivery, Attempt]], at: datetime
    ) -> frozenset[int]:
        for last in (False, True):
            try:
                return self.ledger.record(
                    owner=self.owner,
                    handed=handed,
                    ended=ended,
                    lease_until=at + HANDED_LEASE,
                    now=at,
                )
            except StoreError:
                # What a server said must not be lost to a database that was busy for a moment.
                if last:
                    raise
        return frozenset()

    def _judge(self) -> None:
        """Pause a mailing of which so many fail that a person should look first."""
        if self._over or not ailing(self.mailing):
            return
        self._pause(why_paused(self.mailing, self._failed_with))

    def _pause(self, reason: str) -> None:
        self.ledger.pause(self.mailing.id, reason=reason, now=self.now())
        self._over = True
