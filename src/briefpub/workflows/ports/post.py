"""What the workflows ask of the ledger, of the transports, and of what is known of receiving sites."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from briefpub.domain.audience import InDoubt
from briefpub.domain.delivery import Attempt, Delivery, DeliveryState, Event, Mailing, Message, Trouble
from briefpub.domain.flow import FlowPlan, Grant, SiteRules, SiteState


class Ledger(Protocol):
    """Who got what: mailings and their deliveries. Each method is one transaction."""

    def queue(self, issue: str, *, now: datetime) -> Mailing:
        """Make the issue's mailing with one queued delivery per confirmed subscriber, once.

        A second call gives the same mailing and adds nobody, also where two processes call at once.
        """
        ...

    def mailing(self, issue: str) -> Mailing | None:
        """Give the mailing of an issue, with its counts."""
        ...

    def mailings(self, list: str | None = None) -> tuple[Mailing, ...]:
        """Give the mailings of a list, or of all, oldest first."""
        ...

    def claim(
        self,
        mailing: int,
        *,
        owner: str,
        most: int,
        lease_until: datetime,
        now: datetime,
        closed: frozenset[str] = frozenset(),
    ) -> tuple[Delivery, ...]:
        """Lease up to `most` due deliveries to `owner`, none of a site in `closed`.

        Those whose subscriber left, was suppressed or erased since become `skipped` instead. Expired leases
        of claimed ones are taken back to `queued`, of handed ones to `unknown`. A mailing that is paused,
        cancelled or done gives none.
        """
        ...

    def record(
        self,
        *,
        owner: str,
        handed: Sequence[int],
        ended: Sequence[tuple[Delivery, Attempt]],
        lease_until: datetime,
        now: datetime,
    ) -> frozenset[int]:
        """Commit, in one transaction, how some deliveries ended and that others are about to be handed over.

        `ended` brings each delivery as it stands after its attempt (`Delivery.after`). One that is no longer
        `owner`'s keeps its state, its attempt is recorded all the same; one whose lease ran out after it was
        handed is still `owner`'s to settle: a late reply is knowledge. `handed` become `handed` where they
        are still `claimed` by `owner`, their lease has not run out and their mailing is not paused: their
        ids are given back, leased until `lease_until`, and no other may be sent.
        """
        ...

    def release(self, deliveries: Sequence[int], *, owner: str, not_before: datetime | None = None) -> None:
        """Give claimed deliveries back to the queue untried, due at once or at `not_before`."""
        ...

    def recover(self, mailing: int, *, in_doubt: InDoubt, now: datetime) -> Mailing:
        """Take back every lease, whoever holds it: only for a caller that holds the publication's lock.

        Claimed deliveries go back to the queue at once; handed ones, and those whose lease ran out after
        they were handed, become `unknown`, go to the queue, or are taken for accepted, as `in_doubt` says.
        """
        ...

    def lapse(self, mailing: int, *, in_doubt: InDoubt, now: datetime) -> Mailing:
        """Take back the leases that ran out, and no other: for whoever works beside others.

        Those of claimed deliveries go back to the queue; handed ones go as `in_doubt` says, and so do those
        whose lease ran out before, and whose worker may still come with the reply.
        """
        ...

    def deliveries(
        self, mailing: int, *, states: frozenset[DeliveryState] | None = None
    ) -> Iterator[Delivery]:
        """Give every delivery of a mailing by address, or those in `states`, with its last reply."""
        ...

    def pause(self, mailing: int, *, reason: str, now: datetime) -> Mailing:
        """Let nothing more of a mailing be claimed or handed over; one that has ended stays as it is."""
        ...

    def resume(self, mailing: int, *, now: datetime) -> Mailing:
        """Let a mailing go on: deferred deliveries are due at once, a paused one's failures are forgiven."""
        ...

    def cancel(self, mailing: int, *, reason: str, now: datetime) -> Mailing:
        """Skip what has not been handed over; what is on its way is still settled."""
        ...

    def retry(self, mailing: int, *, now: datetime) -> int:
        """Queue the failed deliveries again, their attempts counted anew; give how many there were.

        Those whose subscription has bounced since are confirmed again only where a person asked for it.
        """
        ...

    def resolve(
        self, mailing: int, *, to: DeliveryState, addresses: Sequence[str] | None = None, now: datetime
    ) -> int:
        """Settle `unknown` deliveries, all or those of these addresses; give how many there were.

        `queued` sends them again with the same Message-ID, `accepted` and `failed` take somebody's word.
        """
        ...

    def next_due(self, mailing: int, *, now: datetime) -> datetime | None:
        """Give when the next queued delivery of a mailing is due, or None where nothing is queued."""
        ...

    def events(self, *, after: int = 0, mailing: int | None = None, most: int = 1000) -> tuple[Event, ...]:
        """Give the attempts recorded after the one of this number, oldest first; -1 gives the last."""
        ...


class Work(Protocol):
    """What a transport is given: messages to hand over, and a ledger to write in before and behind."""

    def next(self) -> Message | datetime | None:
        """Give the next message; a moment when nothing may go before then; None when nothing is left."""
        ...

    def record(self, handed: Sequence[int], ended: Sequence[tuple[int, Attempt]]) -> frozenset[int]:
        """Commit how deliveries ended, and `handed` for those whose final dot is to be written next.

        Gives the ids among `handed` whose dot may be written; the others' connections must be dropped before
        the dot. Raises StoreError when nothing could be committed: then no dot may be written.
        """
        ...

    def back(self, deliveries: Sequence[int], trouble: Trouble | None = None) -> None:
        """Give messages back untried, because their site is in trouble or because time is up."""
        ...

    def rules(self, site: str) -> SiteRules:
        """Give what a site is given at most: connections, messages on each."""
        ...

    def now(self) -> datetime:
        """Give the present moment."""
        ...


class Transport(Protocol):
    """Hands messages over."""

    @property
    def in_doubt(self) -> InDoubt:
        """Say what may be done with a message that was being handed over when its worker died.

        A transport that can safely repeat itself says `resend`; where it says `hold`, the list decides.
        """
        ...

    def site(self, delivery: Delivery) -> str:
        """Name the site that receives a delivery by this transport."""
        ...

    def opened(self, issue: str) -> AbstractContextManager["Transport"]:
        """Open the way for the messages of one issue, and close it behind them."""
        ...

    def carry(self, work: Work) -> None:
        """Hand over all that `work.next()` gives, on as few connections as it can, and come back.

        `work.record` is asked right before each step that cannot be taken back, for as many messages at once
        as stand before it; every message taken from `next` ends in `record`'s `ended` or in `back`.
        Raises what `work.record` raises, with every connection dropped before its dot.
        """
        ...


class Sites(Protocol):
    """What is known of receiving sites, shared by all processes. Each method is one transaction."""

    def states(self) -> tuple[SiteState, ...]:
        """Give every site that is not as good as new, by name."""
        ...

    def closed(self, *, now: datetime) -> dict[str, SiteState]:
        """Give the sites that may not be tried now."""
        ...

    def take(self, wanted: Mapping[str, int], *, plan: FlowPlan, now: datetime) -> dict[str, Grant]:
        """Take from each site's rate, and from the day's warm-up cap, what messages need.

        Where neither limits a site and it is not being tried again after trouble, this costs nothing.
        """
        ...

    def put_back(self, unused: Mapping[str, int], *, plan: FlowPlan, now: datetime) -> None:
        """Give back what was taken for messages that were not tried."""
        ...

    def trouble(self, trouble: Trouble, *, now: datetime) -> SiteState:
        """Write down that a site took nothing, and give how it stands now."""
        ...

    def refused(self, site: str, reply: str, *, now: datetime) -> SiteState:
        """Write down that a site refused a message because of us (`Blame.US`), and give how it stands now."""
        ...

    def success(self, sites: Sequence[str], *, now: datetime) -> None:
        """Write down that sites took something; those as good as new cost nothing."""
        ...

    def reopen(self, site: str | None = None) -> int:
        """Let a stopped or closed site, or all, be tried again at once; give how many there were."""
        ...
