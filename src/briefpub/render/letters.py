"""Letters to one person that no mailing holds: confirm a subscription, farewell, one's own links. Pure.

RFC 5322, RFC 2046 5.1.4 (text and HTML), RFC 2919 (List-Id), RFC 3834 5 (Auto-Submitted). They answer a
person's own act, so they carry no List-Unsubscribe, and never the name somebody typed: a form would else
let strangers write to anybody under our sender's name.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from briefpub.domain.audience import Frequency, List, Subscriber, ascii_domain, checked_mailbox, one_line
from briefpub.domain.consent import CONFIRM, CONFIRM_WITHIN, FAREWELL, Wish, letter_name
from briefpub.domain.delivery import Message
from briefpub.domain.language import direction_of
from briefpub.render.columns import wrapped
from briefpub.render.headers import header, mailbox, text_header
from briefpub.render.letter_words import letter_word, written_in
from briefpub.render.letterbox import served
from briefpub.render.parts import multipart, text_part
from briefpub.render.words import long_date

if TYPE_CHECKING:
    from briefpub.render.dkim import Signer  # its library is loaded where there is a key

LINKS = "links"
PAGE = """<!DOCTYPE html>
<html lang="{language}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>:root{{color-scheme:light dark}}</style>
</head>
<body style="margin:0;padding:24px 16px;font:17px/1.5 Georgia,'Times New Roman',serif">
<div style="max-width:560px;margin:0 auto" lang="{language}" dir="{direction}">
<h1 style="margin:0 0 16px;font-size:22px;line-height:1.3">{title}</h1>
{body}
</div>
</body>
</html>
"""
LINK = (
    '<p style="margin:24px 0"><a href="{address}" style="display:inline-block;padding:10px 18px;'
    'border:1px solid currentColor;text-decoration:none;color:inherit">{words}</a></p>\n'
    '<p style="font-size:14px;word-break:break-all">{address}</p>'
)
FIELD = re.compile(rb"\r\n(?![ \t])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An address to open, and the words of its button."""

    address: str
    words: str


def confirm_page(letterbox: str, end: str) -> str:
    """Give the address of the page where a subscription is confirmed; `end` is the token."""
    return f"{served(letterbox)}/confirm/{end}"


def confirmation(
    *,
    list: List,
    subscriber: Subscriber,
    wish: Wish,
    link: str,
    asked_at: dt.datetime,
) -> Message:
    """Write the letter that asks an address to confirm; the same request gives the same bytes."""
    language = written_in(wish.language or list.language)
    wanted = letter_word(language, wish.format)
    if wish.frequency is not Frequency.EACH:
        wanted = letter_word(language, wish.frequency, wish=wanted)
    if wish.device:
        wanted = letter_word(language, "device", wish=wanted, device=wish.device)
    until = long_date((asked_at + CONFIRM_WITHIN).astimezone(ZoneInfo(list.timezone)).date(), language)
    return _letter(
        kind=CONFIRM,
        list=list,
        subscriber=subscriber,
        language=language,
        sent=asked_at,
        subject=letter_word(language, "confirm_subject", name=list.name),
        parts=(
            letter_word(language, "confirm_asked", name=list.name, address=subscriber.address),
            letter_word(language, "confirm_press"),
            Link(address=link, words=letter_word(language, "confirm_link")),
            letter_word(language, "confirm_wish", wish=wanted),
            letter_word(language, "confirm_until", until=until),
            letter_word(language, "confirm_not_you"),
        ),
    )


def farewell(
    *,
    list: List,
    subscriber: Subscriber,
    link: str,
    left_at: dt.datetime,
) -> Message:
    """Write the letter that says a subscription has ended; `link` opens the page that undoes it, if any."""
    language = written_in(list.language)
    undo: Sequence[str | Link] = (
        (
            letter_word(language, "farewell_undo"),
            Link(address=link, words=letter_word(language, "farewell_link")),
        )
        if link
        else (letter_word(language, "farewell_again"),)
    )
    return _letter(
        kind=FAREWELL,
        list=list,
        subscriber=subscriber,
        language=language,
        sent=left_at,
        subject=letter_word(language, "farewell_subject", name=list.name),
        parts=(
            letter_word(language, "farewell_off", name=list.name, address=subscriber.address),
            *undo,
        ),
    )


def own_links(
    *, list: List, subscriber: Subscriber, preferences: str, unsubscribe: str, asked_at: dt.datetime
) -> Message:
    """Write the letter that brings somebody the links which stand at the foot of their mails."""
    language = written_in(list.language)
    return _letter(
        kind=LINKS,
        list=list,
        subscriber=subscriber,
        language=language,
        sent=asked_at,
        subject=letter_word(language, "links_subject", name=list.name),
        parts=(
            letter_word(language, "links_asked", name=list.name),
            letter_word(language, "links_choose"),
            Link(address=preferences, words=letter_word(language, "links_choose_link")),
            letter_word(language, "links_leave"),
            Link(address=unsubscribe, words=letter_word(language, "links_leave_link")),
            letter_word(language, "links_not_you"),
        ),
    )


def signed(letter: Message, signer: "Signer", *, sent: dt.datetime) -> Message:
    """Sign a letter of this file (RFC 6376): a domain's mail is judged by all of it, letters too."""
    head, _, body = letter.data.partition(b"\r\n\r\n")
    fields = [field + b"\r\n" for field in FIELD.split(head)]
    seal = signer.seal(constant=fields, varying=())
    # Its lines are written as canonicalisation leaves them.
    signature = seal((), body=hashlib.sha256(body).digest(), when=int(sent.timestamp()))
    return replace(letter, data=signature + letter.data)


def _letter(
    *,
    kind: str,
    list: List,
    subscriber: Subscriber,
    language: str,
    sent: dt.datetime,
    subject: str,
    parts: Sequence[str | Link],
) -> Message:
    sender = checked_mailbox(list.sender, where=list.slug)
    domain = ascii_domain(sender.domain)
    address = f"{sender.username}@{domain}"
    message_id = f"<{letter_name(kind, list=list.slug, subscriber=subscriber.id, at=sent)}@{domain}>"
    content_type, _, *pieces = _body(subject, parts, language, message_id)
    head = [
        line.encode()
        for line in (
            header("From", mailbox(sender.display_name or list.name, address)),
            header("To", mailbox("", subscriber.address)),
            text_header("Subject", subject),
            header("Date", format_datetime(sent)),
            header("Message-ID", message_id),
            header("List-Id", f"<{list.slug}.{domain}>"),
            header("Auto-Submitted", "auto-generated"),
            header("X-Auto-Response-Suppress", "OOF, AutoReply"),
            text_header("Content-Language", language),
            header("MIME-Version", "1.0"),
        )
    ]
    head.append(content_type)
    local, _, receiving = subscriber.address.rpartition("@")
    return Message(
        delivery=0,
        message_id=message_id,
        envelope_from=address,
        envelope_to=f"{local}@{ascii_domain(receiving)}",
        data=b"".join((*head, b"\r\n", *pieces)),
    )


def _body(subject: str, parts: Sequence[str | Link], language: str, message_id: str) -> tuple[bytes, ...]:
    text = "\n\n".join(
        part.address if isinstance(part, Link) else "\n".join(wrapped(one_line(part))) for part in parts
    )
    html = "\n".join(
        LINK.format(address=escape(part.address), words=escape(part.words))
        if isinstance(part, Link)
        else f"<p>{escape(one_line(part))}</p>"
        for part in parts
    )
    page = PAGE.format(
        language=escape(language),
        direction=direction_of(language).value,
        title=escape(one_line(subject)),
        body=html,
    )
    # Neither encoding can ever hold `=_`, so the boundary is never found inside a part.
    boundary = f"=_{hashlib.sha256(message_id.encode()).hexdigest()[:16]}"
    both = [text_part("plain", (f"{text}\n".encode(),)), text_part("html", (page.encode(),))]
    made = multipart("alternative", both, boundary=boundary)
    return tuple(piece for piece in made if isinstance(piece, bytes))
