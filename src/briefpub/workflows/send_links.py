"""Send somebody the links that are theirs alone, when they have only the list's address."""

from dataclasses import dataclass
from datetime import datetime

from briefpub.domain.audience import SubscriptionState
from briefpub.domain.delivery import Attempt
from briefpub.domain.tokens import Purpose
from briefpub.render.letters import own_links
from briefpub.workflows.subscribe import Subscribe

ANSWERABLE = frozenset({SubscriptionState.CONFIRMED, SubscriptionState.UNSUBSCRIBED})


@dataclass(frozen=True, slots=True, kw_only=True)
class SendLinks:
    """One letter to an address that is on a list, or was; none to any other. Who asks is not told which."""

    subscribe: Subscribe

    def __call__(self, list: str, address: str, *, now: datetime) -> Attempt | None:
        """Send the letter and say how it went; None where there is nobody to write to.

        How often one address may ask is the caller's to decide. Raises ConfigError where no letterbox is
        set, TransportError when the server takes nothing.
        """
        found = self.subscribe.audience.list(list)
        standing = self.subscribe.consents.standing_of(list, address)
        if found is None or standing is None or standing.suppressed or standing.state not in ANSWERABLE:
            return None
        person = standing.subscriber
        letter = own_links(
            list=found,
            subscriber=person,
            preferences=self.subscribe.link(Purpose.PREFERENCES, list, person.id),
            unsubscribe=self.subscribe.link(Purpose.UNSUBSCRIBE, list, person.id),
            asked_at=now,
        )
        return self.subscribe.post.send(letter)
