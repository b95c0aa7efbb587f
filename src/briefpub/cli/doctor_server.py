"""The doctor's call on the mail server: all that a message takes up to its final dot, and never the dot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from briefpub.cli.context import moment
from briefpub.domain.audience import ascii_domain, checked_mailbox
from briefpub.domain.delivery import Attempt, Message, Trouble
from briefpub.domain.flow import SiteRules
from briefpub.workflows.ports import Transport

BODY = (
    "From: <{0}>\r\nTo: <{0}>\r\nSubject: briefpub doctor\r\nMessage-ID: <doctor@{1}>\r\n"
    "\r\nThis line was never ended: it only asks whether mail would be taken.\r\n"
)


@dataclass(slots=True, kw_only=True)
class Called:
    """What a call came to: the server was ready for the dot, said no, or could not be talked to."""

    ready: bool = False
    attempt: Attempt | None = None
    trouble: Trouble | None = None


class Call:
    """The work of a call (`workflows.ports.Work`): one message, whose dot is never granted."""

    def __init__(self, message: Message) -> None:
        """Hold the message."""
        self.called = Called()
        self._messages = [message]

    def next(self) -> Message | datetime | None:
        """Give the one message, once."""
        return self._messages.pop() if self._messages else None

    def record(self, handed: Sequence[int], ended: Sequence[tuple[int, Attempt]]) -> frozenset[int]:
        """Hear that the dot might be written, and grant none: the transport drops the line before it."""
        self.called.ready = self.called.ready or bool(handed)
        for _, attempt in ended:
            self.called.attempt = attempt
        return frozenset()

    def back(self, deliveries: Sequence[int], trouble: Trouble | None = None) -> None:  # noqa: ARG002
        """Hear why the server took nothing."""
        self.called.trouble = trouble or self.called.trouble

    def rules(self, site: str) -> SiteRules:  # noqa: ARG002
        """Ask for one connection."""
        return SiteRules(connections=1)

    def now(self) -> datetime:
        """Give the present moment."""
        return moment()


def call(transport: Transport, sender: str) -> Called:
    """Log in and offer a message from the sender to itself, as far as its final dot (RFC 5321 4.1.1.4).

    A server forgets a message without one. Raises ConfigError for a sender that is no mailbox.
    """
    mailbox = checked_mailbox(sender, where="contact")
    domain = ascii_domain(mailbox.domain)
    address = f"{mailbox.username}@{domain}"
    message = Message(
        delivery=0,
        message_id=f"<doctor@{domain}>",
        envelope_from=address,
        envelope_to=address,
        data=BODY.format(address, domain).encode(),
    )
    errand = Call(message)
    with transport.opened("doctor") as opened:
        opened.carry(errand)
    return errand.called
