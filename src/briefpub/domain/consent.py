"""Consent: what a person said yes or no to, when and how, and what follows from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from briefpub.domain.audience import Frequency, Subscriber, SubscriptionFormat, SubscriptionState


class ConsentEvent(StrEnum):
    """What happened to a subscription; together they prove consent (GDPR 7(1))."""

    REQUESTED = "requested"  # a confirmation letter went out
    UNSENT = "unsent"  # that letter could not be handed over
    CONFIRMED = "confirmed"
    IMPORTED = "imported"
    ADDED = "added"  # by an editor, who says how they agreed
    UNSUBSCRIBED = "unsubscribed"
    DECLINED = "declined"  # unsubscribed before they ever confirmed
    RESUBSCRIBED = "resubscribed"
    CHANGED = "changed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    SUPPRESSED = "suppressed"
    ERASED = "erased"


ENDINGS = frozenset(
    {
        ConsentEvent.UNSUBSCRIBED,
        ConsentEvent.DECLINED,
        ConsentEvent.BOUNCED,
        ConsentEvent.COMPLAINED,
        ConsentEvent.SUPPRESSED,
        ConsentEvent.ERASED,
    }
)
OFF = frozenset({SubscriptionState.UNSUBSCRIBED, SubscriptionState.BOUNCED, SubscriptionState.COMPLAINED})
ERASED = "erased"  # the reason of a suppression that only keeps imports from bringing a person back
CONFIRM, FAREWELL = "confirm", "farewell"  # the kinds of letters
LETTER_EVERY = timedelta(hours=1)
CONFIRM_WITHIN = timedelta(days=7)
UNDO_WITHIN = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRecord:
    """One event: when, how, and the hash of the address it concerned; no list means every list."""

    id: int
    event: ConsentEvent
    at: datetime
    how: str
    list: str | None = None
    address_hash: str = ""
    intake: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one subscription stands, since when, and why its address is suppressed, if it is.

    `wants` is a frequency that was chosen and is not in force yet.
    """

    subscriber: Subscriber
    list: str
    state: SubscriptionState
    since: datetime
    format: SubscriptionFormat = SubscriptionFormat.DIGEST
    device: str = ""
    consent: str = ""
    suppressed: str = ""
    frequency: Frequency = Frequency.EACH
    wants: Frequency | None = None

    @property
    def chosen(self) -> Frequency:
        """Give the frequency they last chose, in force or not."""
        return self.wants or self.frequency


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody who asks to subscribe typed; the address is not theirs until they confirm."""

    address: str
    name: str = ""
    format: SubscriptionFormat = SubscriptionFormat.DIGEST
    device: str = ""
    frequency: Frequency = Frequency.EACH
    language: str = ""


class Asked(StrEnum):
    """What became of a request. Whoever asked is told the same whichever it is, except of BAD."""

    ASKED = "asked"  # a letter goes out
    HERE = "already here"
    TOO_SOON = "asked less than an hour ago"
    OFF = "suppressed"
    UNSENT = "the letter could not be sent"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """A request's fate; the subscriber where a letter goes out, the reason where the wish is bad."""

    fate: Asked
    subscriber: Subscriber | None = None
    reason: str = ""


class Answer(StrEnum):
    """What became of a link that was pressed."""

    DONE = "done"
    ALREADY = "already"
    EXPIRED = "expired"
    STALE = "overtaken"  # they left after that letter was written: they have to ask anew
    GONE = "gone"  # no such subscription, any more
    FORGED = "forged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """New preferences; None leaves what is."""

    name: str | None = None
    format: SubscriptionFormat | None = None
    device: str | None = None
    frequency: Frequency | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """People brought in together: from where, when, how many are still there, whether it was taken back."""

    id: int
    list: str
    source: str
    at: datetime
    added: int
    undone_at: datetime | None = None


class Kept(StrEnum):
    """Why an undone import left somebody where they are."""

    MAILED = "a mail to them is queued or sent"
    CHANGED = "their subscription changed since"


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What an undo did: how many it took back now, and whom it left, by reason; `some` names a few."""

    intake: Intake
    taken_back: int
    kept: dict[Kept, int]
    some: tuple[tuple[str, Kept], ...] = ()


def asked(
    state: SubscriptionState | None, events: Sequence[ConsentRecord], *, suppressed: str, now: datetime
) -> Asked:
    """Decide on a request: at most one letter an hour, none to whom would not be mailed anyway.

    Who was erased may ask anew: the suppression that is left of them only keeps imports out.
    """
    if suppressed not in {"", ERASED}:
        return Asked.OFF
    if state is SubscriptionState.CONFIRMED and not suppressed:
        return Asked.HERE
    if state is SubscriptionState.COMPLAINED:
        return Asked.OFF
    last = next((one for one in reversed(events) if one.event is ConsentEvent.REQUESTED), None)
    unsent = events and events[-1].event is ConsentEvent.UNSENT
    if last is not None and not unsent and now - last.at < LETTER_EVERY:
        return Asked.TOO_SOON
    return Asked.ASKED


def answered(
    state: SubscriptionState | None,
    since: datetime,
    events: Sequence[ConsentRecord],
    *,
    asked_at: datetime,
    suppressed: str,
) -> Answer:
    """Decide on a confirmation link of a letter asked for at `asked_at`, to the second.

    It is good for the request it came from, and void once they left after it: a link that lies in an old
    letter brings nobody back.
    """
    if state is None or suppressed not in {"", ERASED}:
        return Answer.GONE
    request = next(
        (
            one
            for one in reversed(events)
            if one.event is ConsentEvent.REQUESTED and whole_second(one.at) == asked_at
        ),
        None,
    )
    if request is None:
        return Answer.GONE
    left = any(one.id > request.id and one.event in ENDINGS for one in events)
    if left or (state in OFF and since > request.at):
        return Answer.STALE
    return Answer.ALREADY if state is SubscriptionState.CONFIRMED and not suppressed else Answer.DONE


def undoable(state: SubscriptionState, events: Sequence[ConsentRecord], *, now: datetime) -> Answer:
    """Decide whether somebody who left a moment ago may be put back at one press.

    Only who was confirmed and left by their own hand within a day: everybody else has to ask anew.
    """
    if state is SubscriptionState.CONFIRMED:
        return Answer.ALREADY
    last = events[-1] if events else None
    if state is not SubscriptionState.UNSUBSCRIBED or last is None:
        return Answer.GONE
    if last.event is not ConsentEvent.UNSUBSCRIBED:
        return Answer.STALE
    return Answer.DONE if now - last.at < UNDO_WITHIN else Answer.EXPIRED


def whole_second(moment: datetime) -> datetime:
    """Give the whole second at or after a moment: tokens keep no more."""
    whole = moment.replace(microsecond=0)
    return whole if whole == moment else whole + timedelta(seconds=1)


def letter_name(kind: str, *, list: str, subscriber: int, at: datetime) -> str:
    """Give what stands before the @ of a letter's Message-ID: from it, an erasure finds the letter again."""
    return f"{kind}.{list}.{subscriber}.{int(at.timestamp() * 1000)}"
