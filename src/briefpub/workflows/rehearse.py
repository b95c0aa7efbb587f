"""Rehearse: make every message of an issue that would go now, and hand it to nobody."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from briefpub.domain.audience import Frequency, List, SubscriptionState
from briefpub.domain.consent import Standing
from briefpub.domain.delivery import Delivery, DeliveryState, Message, message_id_ends
from briefpub.domain.gathering import moves_before
from briefpub.domain.issue import Frozen, place_of
from briefpub.workflows.ahead import Make
from briefpub.workflows.ports import Audience, Ledger, Progress, silent

TELL_EVERY = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """How many messages would go, how many of them were made, and which could not be, with the reason."""

    would_go: int
    made: int
    refused: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearse:
    """Rehearses a mailing. `keep` takes each message; ledger and lists are only read.

    `standings` gives a list's subscriptions by address, suppressed or not.
    """

    audience: Audience
    standings: Callable[[str], Iterator[Standing]]
    ledger: Ledger
    letters: Callable[[Frozen, List], Make]
    keep: Callable[[Message], None]

    def __call__(
        self,
        frozen: Frozen,
        list: List,
        *,
        now: datetime,
        most: int | None = None,
        progress: Progress = silent,
    ) -> Rehearsed:
        """Make the messages of all who would get the issue now, or of the first `most` by address.

        An issue whose mailing is queued would go to those it still owes; any other to every confirmed
        subscriber who takes its frequency, with the Message-IDs that its mailing will have. Raises
        RenderError.
        """
        mailing = self.ledger.mailing(frozen.key)
        if mailing:
            would_go = mailing.counts.get(DeliveryState.QUEUED, 0)
            owed = self.ledger.deliveries(mailing.id, states=frozenset({DeliveryState.QUEUED}))
        else:
            would_go = self.audience.confirmed(list.slug, place_of(frozen.key)[1])
            owed = self._not_queued(frozen, list)
        total = would_go if most is None else min(most, would_go)
        make = self.letters(frozen, list)
        made, refused = 0, []
        for delivery in islice(owed, most):
            message = make(delivery, now)
            if isinstance(message, Message):
                self.keep(message)
                made += 1
            else:
                refused.append((delivery.subscriber.address, message.reply))
            if made % TELL_EVERY == 0:
                progress("rehearse", made + len(refused), total)
        return Rehearsed(would_go=would_go, made=made, refused=tuple(refused))

    def _not_queued(self, frozen: Frozen, list: List) -> Iterator[Delivery]:
        sha256 = hashlib.sha256(frozen.manifest).hexdigest()
        before, behind = message_id_ends(issue=frozen.key, manifest_sha256=sha256, sender=list.sender)
        frequency = place_of(frozen.key)[1]
        each = frequency is Frequency.EACH
        going = {move.wants for move in moves_before(self.audience.course(list.slug))} if each else set()
        for one in self.standings(list.slug):
            takes = one.frequency is frequency and one.wants not in going
            if takes and one.state is SubscriptionState.CONFIRMED and not one.suppressed:
                yield _as_queued(one, f"{before}{one.subscriber.id}{behind}")


def _as_queued(one: Standing, message_id: str) -> Delivery:
    return Delivery(
        id=0,
        mailing=0,
        subscriber=one.subscriber,
        format=one.format,
        device=one.device,
        state=DeliveryState.QUEUED,
        message_id=message_id,
    )
