"""Send test: one message of an issue to one address, as a subscriber would get it, in no ledger."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from briefpub.domain.audience import List, Subscriber, SubscriptionFormat
from briefpub.domain.delivery import Attempt, Delivery, DeliveryState, Message, message_id_ends
from briefpub.domain.issue import Frozen
from briefpub.workflows.ahead import Make

NOBODY = 0  # no subscriber has this id, so no link of the message is anybody's


@dataclass(frozen=True, slots=True, kw_only=True)
class SendTest:
    """Sends tests. `letters` marks each message as a test, `post` hands one over by the transport."""

    letters: Callable[[Frozen, List], Make]
    post: Callable[[Message], Attempt]

    def __call__(
        self, frozen: Frozen, list: List, *, address: str, format: SubscriptionFormat, now: datetime
    ) -> Attempt:
        """Send one test to a checked address and say how it ended; raises RenderError, TransportError.

        Its Message-ID is another one at each moment: a mailbox that knows the last test must show this one.
        """
        sha256 = hashlib.sha256(frozen.manifest).hexdigest()
        before, behind = message_id_ends(issue=frozen.key, manifest_sha256=sha256, sender=list.sender)
        delivery = Delivery(
            id=NOBODY,
            mailing=NOBODY,
            subscriber=Subscriber(id=NOBODY, address=address),
            format=format,
            state=DeliveryState.QUEUED,
            message_id=f"{before}test-{now:%Y%m%d%H%M%S%f}{behind}",
        )
        made = self.letters(frozen, list)(delivery, now)
        return self.post(made) if isinstance(made, Message) else made
