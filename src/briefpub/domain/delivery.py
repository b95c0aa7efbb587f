"""The ledger's words: mailings, deliveries, attempts, and what follows an attempt."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from briefpub.domain.audience import InDoubt, Subscriber, SubscriptionFormat, ascii_domain, checked_mailbox
from briefpub.domain.replies import Outcome, verdict


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


ENDED = frozenset({MailingState.DONE, MailingState.CANCELLED})
FINAL = frozenset({DeliveryState.ACCEPTED, DeliveryState.FAILED, DeliveryState.SKIPPED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of a delivery: when, how it ended, and the server's own words."""

    at: datetime
    outcome: Outcome
    reply: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """One issue going to one list; `reason` says why it is paused.

    `forgiven` counts the failures that somebody knew of when they resumed it (see `ailing`).
    """

    id: int
    list: str
    issue: str
    state: MailingState
    counts: dict[DeliveryState, int]
    reason: str = ""
    forgiven: int = 0

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
    site: str = ""
    device: str = ""

    @property
    def recipient(self) -> str:
        """Give the address the message goes to: the e-reader's for a compilation, where there is one."""
        return (self.format is SubscriptionFormat.COMPILATION and self.device) or self.subscriber.address

    def after(self, attempt: Attempt, in_doubt: InDoubt = InDoubt.HOLD) -> "Delivery":
        """Say where the delivery stands after an attempt: a deferred one is due again later.

        How long it waits, and whether a refusal is the recipient's, is read from the reply (`verdict`);
        waits double up to 4 hours. After 48 hours' worth of tries a deferral is a failure: a newsletter
        that comes later is not wanted any more (RFC 5321 4.5.4.1 lets the sender decide).
        """
        attempts = self.attempts + 1
        not_before = None
        found = verdict(attempt.outcome, attempt.reply)
        match found.outcome:
            case Outcome.ACCEPTED:
                state = DeliveryState.ACCEPTED
            case Outcome.FAILED:
                state = DeliveryState.FAILED
            case Outcome.UNKNOWN if in_doubt is InDoubt.ASSUME_SENT:
                state = DeliveryState.ACCEPTED
            case Outcome.UNKNOWN if in_doubt is InDoubt.HOLD:
                state = DeliveryState.UNKNOWN
            case _ if attempts >= MOST_ATTEMPTS:
                state = DeliveryState.FAILED
            case _:
                state = DeliveryState.QUEUED
                wait = min(found.first_wait * 2 ** (attempts - 1), LONGEST_WAIT)
                not_before = attempt.at + wait * jitter(f"{self.id}:{attempts}")
        return replace(self, state=state, attempts=attempts, reply=attempt.reply, not_before=not_before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An attempt as a tail of the ledger tells it; `number` only ever grows."""

    number: int
    issue: str
    address: str
    attempt: Attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message ready to be handed over: the envelope (RFC 5321) and the bytes (RFC 5322).

    `site` is where it is received: the receiving provider, or the smarthost that takes everything. `dotless`
    says that no line of it begins with a dot and that its last line is ended: it needs no dot-stuffing
    (RFC 5321 4.5.2).
    """

    delivery: int
    message_id: str
    envelope_from: str
    envelope_to: str
    data: bytes
    site: str = ""
    dotless: bool = False


class TroubleKind(StrEnum):
    """What keeps a site from taking anything; no delivery is to blame."""

    UNREACHABLE = "unreachable"
    TLS = "tls"
    LOGIN = "login"
    BUSY = "busy"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A site that takes nothing now: which, why, in its own words, and how to mend it."""

    site: str
    kind: TroubleKind
    message: str
    hint: str = ""


def ailing(mailing: Mailing) -> bool:
    """Say whether so many deliveries failed that a person should look before the next one goes out.

    Five in a hundred of those that ended, and at least ten, not counting what was known at the last resume.
    """
    failed = mailing.counts.get(DeliveryState.FAILED, 0) - mailing.forgiven
    ended = failed + mailing.counts.get(DeliveryState.ACCEPTED, 0)
    return failed >= LEAST_FAILURES and failed >= ended * MOST_FAILING


def jitter(key: str) -> float:
    """Give a factor between 0.8 and 1.2, the same for the same key, so that waits do not end all at once."""
    return 0.8 + 0.4 * int.from_bytes(hashlib.sha256(key.encode()).digest()[:4]) / 2**32


def message_id_ends(*, issue: str, manifest_sha256: str, sender: str) -> tuple[str, str]:
    """Give what stands before and after the subscriber's id in an issue's Message-IDs (RFC 5322 3.6.4).

    The whole is `<weekly.001.42.8c1d0a4e@example.org>`: the same on every retry of a delivery, and another
    one when another manifest was frozen.
    """
    domain = ascii_domain(checked_mailbox(sender, where=issue).domain)
    return f"<{issue.replace('/', '.')}.", f".{manifest_sha256[:8]}@{domain}>"


MOST_ATTEMPTS = 16  # 10 min, doubling to 4 h: 48 hours
LONGEST_WAIT = timedelta(hours=4)
LEAST_FAILURES = 10
MOST_FAILING = 0.05
