"""A person: all that is held of one address, told to them and erased for them (GDPR 15, 17 and 20)."""

from dataclasses import dataclass
from datetime import datetime

from briefpub.domain.audience import SubscriptionFormat
from briefpub.domain.consent import ConsentRecord, Standing
from briefpub.domain.delivery import DeliveryState


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One delivery as a person's history tells it; `at` is the last attempt's time."""

    issue: str
    format: SubscriptionFormat
    state: DeliveryState
    at: datetime | None = None
    reply: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """All that is held of one address; a suppression may be all of it."""

    address: str
    name: str = ""
    since: datetime | None = None
    subscriptions: tuple[Standing, ...] = ()
    consent: tuple[ConsentRecord, ...] = ()
    deliveries: tuple[Received, ...] = ()
    suppressed: str = ""
    suppressed_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What an erasure took out of the database, counted; nothing where nobody of that address was known."""

    subscriber: int | None = None
    lists: tuple[str, ...] = ()
    events: int = 0
    deliveries: int = 0
    skipped: int = 0
    known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What an erasure removed, what it keeps and why, and what no program here can reach."""

    address_hash: str
    at: datetime
    known: bool
    removed: tuple[str, ...]
    kept: tuple[str, ...]
    beyond: tuple[str, ...]


def told(person: Person) -> dict[str, object]:
    """Give all that is held of a person as plain values, for a machine to read (GDPR 20); times RFC 3339."""
    return {
        "address": person.address,
        "name": person.name,
        "since": _moment(person.since),
        "suppressed": person.suppressed or None,
        "suppressed_since": _moment(person.suppressed_since),
        "subscriptions": [
            {
                "list": one.list,
                "status": one.state.value,
                "since": _moment(one.since),
                "format": one.format.value,
                "device": one.device,
                "frequency": one.frequency.value,
                "wants": one.wants.value if one.wants else None,
                "consent": one.consent,
            }
            for one in person.subscriptions
        ],
        "consent": [
            {
                "at": _moment(one.at),
                "list": one.list,
                "event": one.event.value,
                "how": one.how,
                "import": one.intake,
                "address_sha256": one.address_hash,
            }
            for one in person.consent
        ],
        "deliveries": [
            {
                "issue": one.issue,
                "format": one.format.value,
                "state": one.state.value,
                "at": _moment(one.at),
                "reply": one.reply,
            }
            for one in person.deliveries
        ],
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def receipt(removed: Removed, *, messages: int, at: datetime, address_hash: str) -> Receipt:
    """Write down what an erasure did, in words an editor can send to the person."""
    counted = (
        (len(removed.lists), f"subscriptions: {', '.join(removed.lists)}"),
        (removed.events, f"{removed.events} records of consent"),
        (removed.deliveries, f"the server's replies in {removed.deliveries} delivery records"),
        (removed.skipped, f"{removed.skipped} mails that were waiting to be sent"),
        (messages, f"{messages} message files in the outbox"),
    )
    gone = ("the address and the name",) if removed.subscriber is not None else ()
    counts = "the number of mails sent, without address or name: the ledger has to add up"
    return Receipt(
        address_hash=address_hash,
        at=at,
        known=removed.known,
        removed=(*gone, *(words for count, words in counted if count)),
        kept=(
            "the SHA-256 of the address: without it a later import would bring the person back",
            *((counts,) if removed.deliveries else ()),
        ),
        beyond=(
            "mail that has already been sent, and what the receiving servers keep of it",
            "CSV files, spreadsheets and exports outside briefpub",
            "backups of the database and of the outbox made before now",
            "logs of the mail server that relays for you",
        ),
    )
