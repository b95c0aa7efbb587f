"""Replies as they are kept: without the person they speak of."""

import re

from briefpub.domain.delivery import Delivery
from briefpub.domain.replies import Outcome, verdict


def without_person(reply: str, delivery: Delivery) -> str:
    """Give a reply without the address it speaks of: what is kept of a reply must not keep a person.

    A local part that is a word of the reply's own, as `spam`, stays: taking it out would change what it says.
    """
    said = reply.casefold()
    for address in (delivery.recipient, delivery.subscriber.address):
        local = address.rpartition("@")[0]
        if local.casefold() not in said:
            continue
        reply = re.sub(re.escape(address), "(the address)", reply, flags=re.IGNORECASE)
        if len(local) > 2:
            bare = re.sub(rf"(?<!\w){re.escape(local)}(?!\w)", "(the address)", reply, flags=re.IGNORECASE)
            if verdict(Outcome.FAILED, bare) == verdict(Outcome.FAILED, reply):
                reply = bare
    return reply
