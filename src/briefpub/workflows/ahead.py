"""Messages made ahead of their turn on threads: a signature takes longer than all the rest of sending.

The RSA signature and the hash of a message leave Python's lock, so as many threads as there are processors
sign at once while the transport talks to its servers. Only a few messages stand ready at a time: each may
carry a brief of half a megabyte.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from itertools import islice

from briefpub.domain.delivery import Attempt, Delivery, Message

Made = Message | Attempt
Make = Callable[[Delivery, datetime], Made]
CHUNK = 8
AHEAD = 48


class Ahead:
    """Makes messages in the order in which they wait; close it when done."""

    def __init__(self, make: Make, *, threads: int) -> None:
        """Take what makes a message, and how many threads may."""
        self._make = make
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="letters") if threads > 1 else None
        self._made: dict[int, Future[dict[int, Made]]] = {}

    def message(self, delivery: Delivery, behind: Iterable[Delivery], at: datetime) -> Made:
        """Give a delivery's message, and see to it that those of the ones behind it are begun.

        Raises what making the message raises.
        """
        if self._pool is None:
            return self._make(delivery, at)
        future = self._made.pop(delivery.id, None)
        if len(self._made) < AHEAD - CHUNK:
            self._begin(islice(behind, AHEAD), at)
        return future.result().pop(delivery.id) if future else self._make(delivery, at)

    def close(self) -> None:
        """Make nothing more."""
        self._made.clear()
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def forget(self, deliveries: Iterable[Delivery]) -> None:
        """Let go of what was made for deliveries that are given back: it may be another message next time."""
        for delivery in deliveries:
            self._made.pop(delivery.id, None)

    def _begin(self, deliveries: Iterable[Delivery], at: datetime) -> None:
        assert self._pool
        new = (delivery for delivery in deliveries if delivery.id not in self._made)
        while chunk := tuple(islice(new, CHUNK)):
            future = self._pool.submit(self._all, chunk, at)
            # The generator looks into the dictionary that grows here: each delivery is asked for once.
            self._made.update({delivery.id: future for delivery in chunk})

    def _all(self, deliveries: tuple[Delivery, ...], at: datetime) -> dict[int, Made]:
        return {delivery.id: self._make(delivery, at) for delivery in deliveries}
