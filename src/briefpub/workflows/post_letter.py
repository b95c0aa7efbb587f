"""Post a letter: one message that no mailing holds is handed over once, now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from briefpub.domain.audience import Subscriber, SubscriptionFormat
from briefpub.domain.delivery import Attempt, Delivery, DeliveryState, Message, Trouble
from briefpub.domain.errors import TransportError
from briefpub.domain.flow import SiteRules, site_of
from briefpub.domain.replies import Outcome
from briefpub.workflows.ports import Transport

LETTERS = "letters"


def _as_it_is(message: Message, at: datetime) -> Message:  # noqa: ARG001
    return message


@dataclass(frozen=True, slots=True, kw_only=True)
class PostLetter:
    """Hands letters over, signed, by the publication's transport; nothing of them is kept in the ledger."""

    transport: Transport
    now: Callable[[], datetime]
    sign: Callable[[Message, datetime], Message] = _as_it_is

    def send(self, message: Message) -> Attempt:
        """Hand one letter over and say how it went; raises TransportError when the server takes nothing."""
        letter = replace(self.sign(message, self.now()), site=self._site(message))
        work = _OneLetter(message=letter, clock=self.now)
        with self.transport.opened(LETTERS) as transport:
            transport.carry(work)
        if work.attempt:
            return work.attempt
        if work.trouble:
            raise TransportError(work.trouble.message, where=work.trouble.site, hint=work.trouble.hint)
        return Attempt(at=self.now(), outcome=Outcome.DEFERRED, reply="the letter did not go")

    def _site(self, message: Message) -> str:
        return self.transport.site(
            Delivery(
                id=0,
                mailing=0,
                subscriber=Subscriber(id=0, address=message.envelope_to),
                format=SubscriptionFormat.DIGEST,
                state=DeliveryState.CLAIMED,
                site=site_of(message.envelope_to),
            )
        )


@dataclass(slots=True, kw_only=True)
class _OneLetter:
    """Work of one message; it fits port `Work`."""

    message: Message | None
    clock: Callable[[], datetime]
    attempt: Attempt | None = None
    trouble: Trouble | None = None
    _rules: SiteRules = field(default_factory=lambda: SiteRules(connections=1))

    def next(self) -> Message | datetime | None:
        message, self.message = self.message, None
        return message

    def record(self, handed: Sequence[int], ended: Sequence[tuple[int, Attempt]]) -> frozenset[int]:
        for _, attempt in ended:
            self.attempt = attempt
        return frozenset(handed)

    def back(self, deliveries: Sequence[int], trouble: Trouble | None = None) -> None:  # noqa: ARG002
        self.trouble = trouble

    def rules(self, site: str) -> SiteRules:  # noqa: ARG002
        return self._rules

    def now(self) -> datetime:
        return self.clock()
