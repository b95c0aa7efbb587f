"""Who reads: lists, subscribers and their subscriptions."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from email.headerregistry import Address
from enum import StrEnum

from briefpub.domain.errors import ConfigError

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# Folders of the outbox that hold something else: the letters that no mailing holds.
TAKEN = frozenset({"letters"})
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class DigestBody(StrEnum):
    """How much of each article the digest carries."""

    LEAD = "lead"
    FULL = "full"


class SubscriptionState(StrEnum):
    """Where a subscription stands; only a confirmed one is mailed."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


class SubscriptionFormat(StrEnum):
    """What a subscriber takes of an issue."""

    DIGEST = "digest"
    DIGEST_AND_BRIEF = "digest+brief"
    COMPILATION = "compilation"
    NOTICE = "notice"


class Frequency(StrEnum):
    """How often a subscriber takes a list: each issue, or a gathering of its issues each week or month."""

    EACH = "each"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class InDoubt(StrEnum):
    """What becomes of a delivery that may have arrived: nobody heard the reply to its dot (RFC 1047's gap).

    Held, it waits as `unknown` for a person; it may also be sent again with the same Message-ID, or be
    taken for accepted. A list says which; a transport that writes the same message over itself resends.
    """

    HOLD = "hold"
    RESEND = "resend"
    ASSUME_SENT = "assume-sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """Who gets an issue: a name, a sender, a language, a layout. `slug` names its outbox folder."""

    slug: str
    name: str
    sender: str
    language: str = "en"
    timezone: str = "UTC"
    layout: str = "default"
    digest_body: DigestBody = DigestBody.LEAD
    description: str = ""
    in_doubt: InDoubt = InDoubt.HOLD
    archived: bool = False

    def __post_init__(self) -> None:
        """Refuse a list that could not be mailed or written to its own folder."""
        checked_slug(self.slug, what="list name")
        if self.slug in TAKEN:
            raise ConfigError(
                f"{self.slug!r} cannot be a list name: its folder in the outbox is used already",
                hint="choose another word",
            )
        checked_line(self.name, what="name of the list", where=self.slug)
        checked_mailbox(self.sender, where=self.slug)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A person with one address."""

    id: int
    address: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A subscriber's place on one list, and how they consented to it.

    `device` is the e-reader's own address, where the compilation goes instead of the subscriber's.
    `wants` is a frequency that was chosen and is not in force yet.
    """

    subscriber: Subscriber
    list: str
    state: SubscriptionState
    format: SubscriptionFormat = SubscriptionFormat.DIGEST
    device: str = ""
    consent: str = ""
    frequency: Frequency = Frequency.EACH
    wants: Frequency | None = None


class RowFate(StrEnum):
    """What became of one row of an import: import never re-subscribes anybody."""

    NEW = "new"
    HERE = "already here"
    OFF = "unsubscribed, stays off"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberRow:
    """One row of an import, checked: where it stood, and the reason when it cannot be used."""

    line: int
    address: str
    name: str = ""
    state: SubscriptionState = SubscriptionState.CONFIRMED
    format: SubscriptionFormat = SubscriptionFormat.DIGEST
    device: str = ""
    frequency: Frequency = Frequency.EACH
    reason: str = ""


def checked_slug(text: str, *, what: str) -> str:
    """Give `text` back when it can name a folder and an address; else raise ConfigError."""
    if not SLUG.fullmatch(text):
        raise ConfigError(
            f"{text!r} cannot be a {what}",
            hint="use 1 to 63 of a-z, 0-9 and -, beginning and ending with a letter or a digit",
        )
    return text


def checked_line(text: str, *, what: str, where: str) -> str:
    """Give `text` back when it is one line of printable text; else raise ConfigError."""
    if not text.strip() or CONTROL.search(text):
        raise ConfigError(
            f"the {what} is empty or holds a line break or a control character",
            where=where,
            hint="write it on one line of plain text",
        )
    return text


def checked_mailbox(text: str, *, where: str) -> Address:
    """Read `Name <user@host>` (RFC 5322 3.4); raise ConfigError when it is not one mailbox."""
    checked_line(text, what="mailbox", where=where)
    bracketed = re.fullmatch(r'\s*"?(?P<name>[^"<>]*?)"?\s*<(?P<address>[^<>]+)>\s*', text)
    name, address = (bracketed["name"], bracketed["address"]) if bracketed else ("", text)
    local, _, domain = checked_address(address, where=where).rpartition("@")
    return Address(display_name=name, username=local, domain=domain)


def checked_address(text: str, *, where: str) -> str:
    """Give an address back with its domain in lower case; raise ConfigError when it is not one.

    The form is RFC 5321's Mailbox, without quoted local parts and address literals; RFC 6531 letters
    beyond ASCII are let through.
    """
    local, at, domain = text.strip().rpartition("@")
    wrong = (
        not at
        or not local
        or len(local.encode()) > 64
        or len(domain) > 255
        or not re.fullmatch(r"[^\s@<>(),:;\\\"\[\]]+", local)
        or local.startswith(".")
        or local.endswith(".")
        or ".." in local
        or CONTROL.search(text)
        or not all(re.fullmatch(r"\w(?:[\w-]{0,61}\w)?", label) for label in domain.split("."))
        or "_" in domain
        or ("." not in domain and domain.lower() != "localhost")
    )
    if wrong:
        raise ConfigError(
            f"{text!r} is not an e-mail address", where=where, hint="write it as name@example.org"
        )
    return f"{local}@{domain.lower()}"


def ascii_domain(domain: str) -> str:
    """Give a domain as it travels in envelopes and identifiers: A-labels (RFC 3490) where it is not ASCII."""
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise ConfigError(f"{domain!r} cannot be a domain", hint="write it as example.org") from error


def folded(address: str) -> str:
    """Give the form under which an address is one person: composed (NFC), without regard to case."""
    return unicodedata.normalize("NFC", address).casefold()


def address_hash(address: str) -> str:
    """Give the SHA-256 under which an address stays suppressed after it was erased."""
    return hashlib.sha256(folded(address).encode()).hexdigest()


def one_line(text: str) -> str:
    """Give `text` on one line: control characters and line breaks become blanks, runs of blanks one."""
    return " ".join(CONTROL.sub(" ", text).split())
