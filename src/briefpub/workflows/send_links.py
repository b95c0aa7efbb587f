"""Send somebody the links that are theirs alone, when they have only the list's address."""

from dataclasses import dataclass
from datetime import datetime

from briefpub.domain.audience import SubscriptionState
from briefpub.domain.consent import Standing
from briefpub.domain.delivery import Attempt
from briefpub.domain.errors import ConfigError
from briefpub.domain.tokens import Purpose
from briefpub.render.letters import own_links
from briefpub.workflows.subscribe import Subscribe

ANSWERABLE = frozenset({SubscriptionState.CONFIRMED, SubscriptionState.UNSUBSCRIBED})


@dataclass(frozen=True, slots=True, kw_only=True)
class SendLinks:
    """One letter to an address that is on a list, or was; none to any other. Who asks is not told which."""

    subscribe: Subscribe

    def reader(self, list: str, address: str) -> Standing | None:
        """Give the subscription whose links an address may have; None where there is nobody to write to."""
        standing = self.subscribe.consents.standing_of(list, address)
        if standing is None or standing.suppressed or standing.state not in ANSWERABLE:
            return None
        return standing

    def __call__(self, reader: Standing, *, now: datetime) -> Attempt:
        """Send the letter and say how it went.

        How often one address may ask is the caller's to decide. Raises ConfigError where there is no such
        list or no letterbox, TransportError when the server takes nothing.
        """
        list, person = self.subscribe.audience.list(reader.list), reader.subscriber
        if list is None:
            raise ConfigError(f"there is no list {reader.list!r}", where="lists")
        letter = own_links(
            list=list,
            subscriber=person,
            preferences=self.subscribe.link(Purpose.PREFERENCES, list.slug, person.id),
            unsubscribe=self.subscribe.link(Purpose.UNSUBSCRIBE, list.slug, person.id),
            asked_at=now,
        )
        return self.subscribe.post.send(letter)
