"""The message: a frozen issue, compiled once for its list, addressed to one subscriber after the other.

What is the same for everybody is encoded and hashed once (`compiled`); a delivery only joins its own header
and its own addresses to it, and signs. The bytes follow RFC 5322, MIME and RFC 6376.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from briefpub.domain.audience import List, SubscriptionFormat, ascii_domain
from briefpub.domain.delivery import Delivery, Message, message_id_ends
from briefpub.domain.errors import ConfigError, RenderError
from briefpub.domain.issue import Frozen, Imprint
from briefpub.domain.tokens import Purpose
from briefpub.render.bodies import bodies
from briefpub.render.headers import header, mailbox
from briefpub.render.letterhead import Letterhead, letterhead
from briefpub.render.segments import Segments, Slot, Tokens, segments
from briefpub.render.tokens import sealing
from briefpub.render.verp import verp

if TYPE_CHECKING:
    from briefpub.render.dkim import Seal, Signer  # its library is loaded where there is a key

# What needs neither quoting nor encoding nor folding, as most names and addresses do not.
PLAIN_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+/^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/^_`{|}~-]+)*")
PLAIN_TO = 69  # characters of name and address that fit into a line with what is around them
# What could end a command or a header line early, and half a surrogate pair, stand in no address.
ATOM = r"[^\s@<>(),:;.\\\"\[\]\x00-\x1f\x7f-\x9f\ud800-\udfff]+"
LOCAL = re.compile(rf"{ATOM}(?:\.{ATOM})*")
LONGEST_LOCAL = 64  # bytes, RFC 5321 4.5.3.1.1
NO_TOKENS = b"", b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stationery:
    """What stands on every message of a list besides its words.

    `letterbox` is where subscribers' pages are served; without one readers leave by mail. `bounces` is the
    mailbox that undeliverable mail returns to, as `b@bounce.example.org`; without one it is the sender's.
    `secret` signs the addresses of both.
    """

    letterbox: str = ""
    bounces: str = ""
    secret: bytes = field(repr=False)
    signer: "Signer | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The constant part of a format's message: header fields up to the empty line, and the body."""

    below: bytes
    body: Segments
    seal: "Seal | None"

    def filled(self, above: bytes, fields: Sequence[bytes], tokens: Tokens, second: int) -> bytes:
        """Join a message out of what is constant and what is one subscriber's own, and sign it."""
        body = self.body.filled(tokens)
        signature = self.seal(fields, body=self.body.hashed(body), when=second) if self.seal else b""
        return b"".join((signature, above, *fields, self.below, *body))


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """What stands around the token in List-Unsubscribe, and the makers of a subscriber's two tokens."""

    before: bytes
    behind: bytes
    unsubscribe: Callable[[int], bytes]
    preferences: Callable[[int], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A frozen issue made ready to be addressed. `leave` is None where no letterbox is served."""

    return_address: Callable[[int, int], str]
    ends: tuple[str, str]
    above: bytes
    leave: Leave | None
    forms: Mapping[SubscriptionFormat, Form]
    refusals: Mapping[SubscriptionFormat, str]

    def __call__(self, delivery: Delivery, sent: datetime) -> Message:
        """Give the message of one delivery, dated `sent`, the same bytes whenever it is asked for.

        Raises ConfigError for an address that no mail can be sent to, and RenderError for a format that
        `refusal` refuses.
        """
        form = self.forms.get(delivery.format)
        if form is None:
            raise RenderError(self.refusal(delivery.format), format=delivery.format)
        subscriber, second = delivery.subscriber, int(sent.timestamp())
        address = envelope_address(delivery.recipient)
        before, behind = self.ends
        message_id = delivery.message_id or f"{before}{subscriber.id}{behind}"
        fields: tuple[bytes, ...] = (
            to_field(subscriber.name, address),
            date_field(second),
            b"Message-ID: %b\r\n" % message_id.encode(),
        )
        tokens = NO_TOKENS
        if self.leave:
            tokens = self.leave.unsubscribe(subscriber.id), self.leave.preferences(subscriber.id)
            fields = (*fields, b"%b%b%b" % (self.leave.before, tokens[Slot.UNSUBSCRIBE], self.leave.behind))
        return Message(
            delivery=delivery.id,
            message_id=message_id,
            envelope_from=self.return_address(delivery.mailing, delivery.id),
            envelope_to=address,
            data=form.filled(self.above, fields, tokens, second),
            dotless=True,
        )

    def refusal(self, format: SubscriptionFormat) -> str:
        """Say in a sentence why an issue cannot go out in a format; nothing where it can."""
        return self.refusals.get(format, "")


def compiled(
    *, frozen: Frozen, list: List, imprint: Imprint, subject: str, stationery: Stationery
) -> Compiled:
    """Encode an issue's messages once; raises RenderError where the digest is missing, too long or broken.

    Raises ConfigError where the sender, the mailbox of bounces or the signing domain cannot be used.
    """
    head = letterhead(list=list, key=frozen.key, letterbox=stationery.letterbox)
    signer = stationery.signer
    if signer and not signer.aligned(head.domain):
        raise ConfigError(
            f"mail from {head.domain} is not vouched for by a signature of {signer.domain}",
            where=list.slug,
            hint="receivers ask for one domain: set dkim.domain to the sender's, or leave it out",
        )
    made = bodies(
        frozen=frozen, list=list, imprint=imprint, letterbox=stationery.letterbox, domain=head.domain
    )
    above = [line.encode() for line in head.above(subject=subject, imprint=imprint)]
    leave = _leave(head, stationery.secret) if head.letterbox else None
    varying = ("to", "date", "message-id", *(("list-unsubscribe",) if head.letterbox else ()))
    forms = {}
    for format, (content_type, _, *pieces) in made.pieces.items():
        assert isinstance(content_type, bytes)
        below = [*(line.encode() for line in head.below(format)), content_type]
        forms[format] = Form(
            below=b"".join(below) + b"\r\n",
            body=segments(pieces),
            seal=signer.seal(constant=[*above, *below], varying=varying) if signer else None,
        )
    address = head.address
    return Compiled(
        return_address=verp(bounces=stationery.bounces, secret=stationery.secret)
        if stationery.bounces
        else lambda _mailing, _delivery: address,
        ends=message_id_ends(
            issue=frozen.key, manifest_sha256=hashlib.sha256(frozen.manifest).hexdigest(), sender=list.sender
        ),
        above=b"".join(above),
        leave=leave,
        forms=forms,
        refusals=made.refusals,
    )


def _leave(head: Letterhead, secret: bytes) -> Leave:
    before, behind = head.leave()
    slug = head.list.slug
    return Leave(
        before=before,
        behind=behind,
        unsubscribe=sealing(purpose=Purpose.UNSUBSCRIBE, list=slug, secret=secret),
        preferences=sealing(purpose=Purpose.PREFERENCES, list=slug, secret=secret),
    )


def envelope_address(address: str) -> str:
    """Give an address as an envelope takes it (RFC 5321, 6531), its domain as A-labels.

    Raises ConfigError for one that would break the envelope or the header: it must not have been kept.
    """
    local, _, domain = address.rpartition("@")
    place = _a_labels(domain)
    longest = len(local) if local.isascii() else len(local.encode("utf-8", "replace"))
    if not place or longest > LONGEST_LOCAL or not LOCAL.fullmatch(local):
        raise ConfigError(
            f"no mail can be sent to {address!r}",
            where="subscribers",
            hint="remove it, and add the right address",
        )
    return f"{local}@{place}"


def to_field(name: str, address: str) -> bytes:
    """Give the To field of an envelope's address, and the name before it."""
    if len(name) + len(address) <= PLAIN_TO and PLAIN_NAME.fullmatch(name):
        return f"To: {name} <{address}>\r\n".encode()
    return header("To", mailbox(name, address)).encode()


@lru_cache(maxsize=64)
def date_field(second: int) -> bytes:
    """Give the Date field of a second since 1970, in UTC."""
    return header("Date", format_datetime(datetime.fromtimestamp(second, UTC))).encode()


@lru_cache(maxsize=4096)
def _a_labels(domain: str) -> str:
    """Give a domain as A-labels; nothing for what is none."""
    try:
        place = ascii_domain(domain)
    except ConfigError:
        return ""
    return place if re.fullmatch(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*", place) and len(place) <= 255 else ""
