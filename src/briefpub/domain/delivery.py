"""The ledger's words: mailings, deliveries, attempts, and what follows an attempt."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from briefpub.domain.audience import Subscriber, SubscriptionFormat, ascii_domain, checked_mailbox


class MailingState(StrEnum):
    """Where one issue's way to one list stands."""

    QUEUED = "queued"
    SENDING = "sending"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


class DeliveryState(StrEnum):
    """Where one message to one subscriber stands."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    HANDED = "handed"
    ACCEPTED = "accepted"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


FINAL = frozenset({DeliveryState.ACCEPTED, DeliveryState.FAILED, DeliveryState.SKIPPED})


class Outcome(StrEnum):
    """How one try ended, in the words of RFC 3464 and of the crash window (RFC 1047)."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNKNOWN = "unknown"


class InDoubt(StrEnum):
    """What becomes of a delivery that was handed over when its worker died (RFC 1047's gap).

    Held, it waits as `unknown` for a person; a transport that writes the same message over itself may
    have it sent again.
    """

    HOLD = "hold"
    RESEND = "resend"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of a delivery: when, how it ended, and the server's own words."""

    at: datetime
    outcome: Outcome
    reply: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """One issue going to one list."""

    id: int
    list: str
    issue: str
    state: MailingState
    counts: dict[DeliveryState, int]

    @property
    def left(self) -> int:
        """Count the deliveries that have not ended."""
        return sum(count for state, count in self.counts.items() if state not in FINAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One mailing's message to one subscriber."""

    id: int
    mailing: int
    subscriber: Subscriber
    format: SubscriptionFormat
    state: DeliveryState
    attempts: int = 0
    not_before: datetime | None = None
    reply: str = ""
    message_id: str = ""

    def after(self, attempt: Attempt) -> "Delivery":
        """Say where the delivery stands after an attempt: a deferred one is due again later.

        Waits double from 5 minutes up to 4 hours; after 12 tries a deferral is a failure
        (RFC 5321 4.5.4.1 asks for retries over 4 to 5 days at most).
        """
        tried = replace(self, attempts=self.attempts + 1, reply=attempt.reply, not_before=None)
        match attempt.outcome:
            case Outcome.ACCEPTED:
                return replace(tried, state=DeliveryState.ACCEPTED)
            case Outcome.FAILED:
                return replace(tried, state=DeliveryState.FAILED)
            case Outcome.UNKNOWN:
                return replace(tried, state=DeliveryState.UNKNOWN)
            case Outcome.DEFERRED if tried.attempts >= MOST_ATTEMPTS:
                return replace(tried, state=DeliveryState.FAILED)
            case Outcome.DEFERRED:
                wait = min(FIRST_WAIT * 2 ** (tried.attempts - 1), LONGEST_WAIT)
                return replace(tried, state=DeliveryState.QUEUED, not_before=attempt.at + wait)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message ready to be handed over: the envelope (RFC 5321) and the bytes (RFC 5322)."""

    delivery: int
    message_id: str
    envelope_from: str
    envelope_to: str
    data: bytes


def message_id_ends(*, issue: str, manifest_sha256: str, sender: str) -> tuple[str, str]:
    """Give what stands before and after the subscriber's id in an issue's Message-IDs (RFC 5322 3.6.4).

    The whole is `<weekly.001.42.8c1d0a4e@example.org>`: the same on every retry of a delivery, and another
    one when another manifest was frozen.
    """
    domain = ascii_domain(checked_mailbox(sender, where=issue).domain)
    return f"<{issue.replace('/', '.')}.", f".{manifest_sha256[:8]}@{domain}>"


MOST_ATTEMPTS = 12
FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=4)
