"""Erase a person: the outbox first, then the database, so that whatever a crash leaves can still be found."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from briefpub.domain.audience import address_hash, ascii_domain
from briefpub.domain.person import Receipt, receipt
from briefpub.workflows.ports.audience import People

# Removes messages from the outbox by name and by address, and gives how many there were.
Forget = Callable[[Sequence[str], Sequence[str]], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Erase:
    """Nothing of the person stays but the hash that keeps imports from bringing them back (GDPR 17)."""

    people: People
    forget: Forget

    def __call__(self, address: str, *, now: datetime) -> Receipt:
        """Erase an address and give the receipt; doing it again finishes what a crash cut short.

        A mail that is being handed over at this moment still arrives. Raises StoreError and OutboxError.
        """
        local, _, domain = address.rpartition("@")
        forms = (address, f"{local}@{ascii_domain(domain)}")
        names = self.people.messages(address)
        messages = self.forget(names, forms)
        removed = self.people.erase(address, now=now)
        # What was written between the first look and the commit; after it, nothing more is claimed.
        messages += self.forget(names, forms)
        return receipt(removed, messages=messages, at=now, address_hash=address_hash(address))
