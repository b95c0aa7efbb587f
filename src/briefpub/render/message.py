"""The message: a frozen issue's digest, and its brief for those who take it, addressed to one subscriber.

What is the same for everybody is encoded once (`prepared`); a delivery adds its header. The bytes follow
RFC 5322 and MIME (RFC 2045 to 2047), the structure RFC 2046 and 2387, the list headers RFC 2369 and 2919.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote

from briefpub.domain.audience import List, SubscriptionFormat, ascii_domain, checked_mailbox
from briefpub.domain.delivery import Delivery, Message, message_id_ends
from briefpub.domain.errors import RenderError
from briefpub.domain.issue import EditionPicture, Format, Frozen, Imprint
from briefpub.render.headers import header, mailbox, text_header

# Gmail clips a message whose HTML part, encoded, is longer than this.
MOST_HTML = 102_000
Maker = Callable[[Delivery, datetime], Message]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A frozen issue made ready to be addressed: header fields and bodies that are the same for all."""

    envelope_from: str
    ends: tuple[str, str]
    above: str
    below: str
    bodies: dict[SubscriptionFormat, bytes]

    def __call__(self, delivery: Delivery, sent: datetime) -> Message:
        """Give the message of one delivery, dated `sent`, the same bytes whenever it is asked for."""
        before, behind = self.ends
        message_id = delivery.message_id or f"{before}{delivery.subscriber.id}{behind}"
        local, _, domain = delivery.subscriber.address.rpartition("@")
        head = "".join(
            (
                self.above,
                header("To", mailbox(delivery.subscriber.name, delivery.subscriber.address)),
                header("Date", format_datetime(sent)),
                header("Message-ID", message_id),
                self.below,
            )
        )
        return Message(
            delivery=delivery.id,
            message_id=message_id,
            envelope_from=self.envelope_from,
            envelope_to=f"{local}@{ascii_domain(domain)}",
            data=head.encode() + self.bodies[delivery.format],
        )


def prepared(*, frozen: Frozen, list: List, imprint: Imprint, subject: str) -> Prepared:
    """Encode an issue's parts once; raises RenderError where the digest is missing, too long or broken."""
    sender = checked_mailbox(list.sender, where=list.slug)
    domain = ascii_domain(sender.domain)
    address = f"{sender.username}@{domain}"
    ends = message_id_ends(
        issue=frozen.key, manifest_sha256=hashlib.sha256(frozen.manifest).hexdigest(), sender=list.sender
    )
    from_name = sender.display_name or list.name
    fields = [header("From", mailbox(from_name, address))]
    if imprint.contact and "@" in imprint.contact:
        contact = checked_mailbox(imprint.contact, where="contact")
        if contact.addr_spec != sender.addr_spec:
            fields.append(header("Reply-To", mailbox(contact.display_name, contact.addr_spec)))
    fields.append(text_header("Subject", subject))
    key = frozen.key.replace("/", ".")
    unsubscribe = f"mailto:{quote(address, safe='@')}?subject={quote(f'unsubscribe {list.slug}')}"
    below = (
        header("List-Id", f"<{list.slug}.{domain}>"),
        header("List-Unsubscribe", f"<{unsubscribe}>"),
        header("Precedence", "bulk"),
        header("X-Auto-Response-Suppress", "OOF, AutoReply"),
        header("Feedback-ID", f"i.{key}:l.{list.slug}:digest:{_sender_id(domain)}"),
        text_header("Content-Language", list.language),
        header("MIME-Version", "1.0"),
    )
    return Prepared(
        envelope_from=address,
        ends=ends,
        above="".join(fields),
        below="".join(below),
        bodies=_bodies(frozen, domain),
    )


def message_for(
    *, frozen: Frozen, list: List, imprint: Imprint, subject: str, delivery: Delivery, sent: datetime
) -> Message:
    """Give one subscriber's message; who has many of them uses `prepared`."""
    return prepared(frozen=frozen, list=list, imprint=imprint, subject=subject)(delivery, sent)


def _sender_id(domain: str) -> str:
    """Give the last field of Feedback-ID, 5 to 15 characters, the same for all mail of one domain."""
    return "bp" + hashlib.sha256(domain.encode()).hexdigest()[:10]


def _bodies(frozen: Frozen, domain: str) -> dict[SubscriptionFormat, bytes]:
    editions = {edition.format: edition.data for edition in frozen.editions}
    if Format.DIGEST not in editions or Format.TEXT not in editions:
        raise RenderError("the issue has no digest to mail", format="digest", where=frozen.folder)
    # Quoted-printable and base64 can never hold `=_`, so no boundary is ever found inside a part.
    mark = hashlib.sha256(frozen.manifest).hexdigest()[:16]
    html, pictures = _with_cids(editions[Format.DIGEST].decode(), frozen.pictures, domain, mark)
    shown = _text_part("html", html.encode())
    size = len(shown) - shown.index(b"\r\n\r\n") - 4
    if size > MOST_HTML:
        raise RenderError(
            f"the HTML part is {size} bytes long, encoded; Gmail clips what is over {MOST_HTML}",
            format="digest",
            where=frozen.folder,
            hint="gather fewer articles, or let the digest carry leads only",
        )
    if pictures:
        root = '; type="text/html"'
        shown = _multipart("related", [shown, *pictures], boundary=f"=_{mark}_related", more=root)
    digest = _multipart(
        "alternative",
        [_text_part("plain", editions[Format.TEXT]), shown],
        boundary=f"=_{mark}_alternative",
    )
    with_brief = digest
    if Format.PDF in editions:
        brief = _file_part(
            Format.PDF.media_type, Format.PDF.file_name, editions[Format.PDF], disposition="attachment"
        )
        with_brief = _multipart("mixed", [digest, brief], boundary=f"=_{mark}_mixed")
    return {SubscriptionFormat.DIGEST: digest, SubscriptionFormat.DIGEST_AND_BRIEF: with_brief}


def _with_cids(
    html: str, pictures: Sequence[EditionPicture], domain: str, mark: str
) -> tuple[str, Sequence[bytes]]:
    """Let the digest's pictures travel inside the message (RFC 2392), those only that it shows."""
    parts = []
    for picture in pictures:
        short = hashlib.sha256(picture.path.encode()).hexdigest()[:8]
        # No longer than the path it stands for: the digest may fill its budget to the last byte.
        fits = len(f"cid:{short}@{domain}") <= len(picture.path)
        id = f"{short}@{domain if fits else mark[:8]}"
        shown = re.compile(rf"""(?<=["'(\s,]){re.escape(picture.path)}(?=["')\s,])""")
        html, count = shown.subn(f"cid:{id}", html)
        if count:
            name = re.sub(r"[^A-Za-z0-9._-]", "-", picture.path.rpartition("/")[2])
            more = f"Content-ID: <{id}>\r\n"
            parts.append(_file_part(picture.media_type, name, picture.data, disposition="inline", more=more))
    lost = re.search(r"""(?:src|background)=["']?(pictures/[^"'\s>]+)""", html)
    if lost:
        raise RenderError(f"the digest shows {lost[1]}, which is not frozen with it", format="digest")
    return html, parts


def _text_part(subtype: str, data: bytes) -> bytes:
    """Give a text part in quoted-printable or base64, whichever is shorter: both survive every relay."""
    lines = b"\r\n".join(data.splitlines()) + b"\r\n"
    quoted = binascii.b2a_qp(lines, istext=True)
    encoding = "quoted-printable"
    if len(quoted) > len(lines) * 1.37:
        quoted, encoding = _base64(lines), "base64"
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode() + quoted


def _file_part(media_type: str, name: str, data: bytes, *, disposition: str, more: str = "") -> bytes:
    head = (
        f'Content-Type: {media_type}; name="{name}"\r\n'
        "Content-Transfer-Encoding: base64\r\n"
        f'{more}Content-Disposition: {disposition}; filename="{name}"\r\n\r\n'
    )
    return head.encode() + _base64(data)


def _multipart(subtype: str, parts: Sequence[bytes], *, boundary: str, more: str = "") -> bytes:
    edge = f"--{boundary}".encode()
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"{more}\r\n\r\n'.encode()
    body = b"".join(edge + b"\r\n" + part + b"\r\n" for part in parts)
    return head + body + edge + b"--\r\n"


def _base64(data: bytes) -> bytes:
    text = base64.b64encode(data)
    return b"".join(text[start : start + 76] + b"\r\n" for start in range(0, len(text), 76))
