"""A frozen issue's message bodies, one for each format a subscriber may take, encoded once.

The structure is `mixed(alternative(text, related(html, pictures)), file)` (RFC 2046, 2387), as much of it as
there is.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from briefpub.domain.audience import List, SubscriptionFormat
from briefpub.domain.errors import RenderError
from briefpub.domain.issue import Format, Frozen, Imprint
from briefpub.render.cids import with_cids
from briefpub.render.frame import mailbox_of
from briefpub.render.letterbox import preferences_page, unsubscribe_mail, unsubscribe_page
from briefpub.render.notice import Footing, notice
from briefpub.render.parts import file_part, multipart, size_of, text_part
from briefpub.render.personal import Personal, personal
from briefpub.render.segments import Piece

# Gmail clips a message whose HTML part, encoded, is longer than this.
MOST_HTML = 102_000
# What most servers take of one message, encoded, in bytes: Gmail's and Microsoft's limit to senders.
LARGEST = 25_000_000
HEADER = 4_000  # bytes that a message's own header takes at most, its signatures among them
LONGEST_TOKEN = 136
IN_MESSAGE = {
    SubscriptionFormat.DIGEST_AND_BRIEF: Format.PDF,
    SubscriptionFormat.COMPILATION: Format.EPUB,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bodies:
    """Bodies by format, the first piece the Content-Type field; `refusals` says why a format cannot go."""

    pieces: Mapping[SubscriptionFormat, Sequence[Piece]]
    refusals: Mapping[SubscriptionFormat, str]


def bodies(*, frozen: Frozen, list: List, imprint: Imprint, letterbox: str, domain: str) -> Bodies:
    """Encode an issue's bodies; raises RenderError where the digest is missing, too long or broken."""
    editions = {edition.format: edition.data for edition in frozen.editions}
    mark = hashlib.sha256(frozen.manifest).hexdigest()[:16]
    own = personal(list=list, contact=imprint.contact, letterbox=letterbox)
    digest = _digest(frozen, own, domain, mark)
    footing = _footing(list, imprint, letterbox)

    def told(*, with_book: bool) -> Sequence[Piece]:
        said = notice(manifest=frozen.manifest, imprint=imprint, footing=footing, with_book=with_book)
        parts = [text_part("plain", own.in_text(said.text)), text_part("html", own.in_html(said.html))]
        return multipart("alternative", parts, boundary=f"=_{mark}_alternative")

    made: dict[SubscriptionFormat, Sequence[Piece]] = {
        SubscriptionFormat.DIGEST: digest,
        SubscriptionFormat.NOTICE: told(with_book=False),
    }
    refusals: dict[SubscriptionFormat, str] = {}
    for format, file, text in (
        (SubscriptionFormat.DIGEST_AND_BRIEF, Format.PDF, digest),
        (SubscriptionFormat.COMPILATION, Format.EPUB, told(with_book=True)),
    ):
        data = editions.get(file)
        if data is None:
            if format is SubscriptionFormat.COMPILATION:
                refusals[format] = "the issue has no compilation (EPUB) to send"
            else:
                made[format] = text
            continue
        size = size_of(text, token=LONGEST_TOKEN) + _in_base64(len(data)) + HEADER
        if size > LARGEST:
            refusals[format] = (
                f"with its {file.name} of {_megabytes(len(data))} the message takes {_megabytes(size)}, "
                f"and most mail servers take {_megabytes(LARGEST)} at most"
            )
            continue
        name = f"{frozen.key.replace('/', '-')}.{file.value}"
        attached = file_part(file.media_type, name, data, disposition="attachment")
        made[format] = multipart("mixed", [text, attached], boundary=f"=_{mark}_mixed")
    return Bodies(pieces=made, refusals=refusals)


def _digest(frozen: Frozen, own: Personal, domain: str, mark: str) -> Sequence[Piece]:
    editions = {edition.format: edition.data for edition in frozen.editions}
    if Format.DIGEST not in editions or Format.TEXT not in editions:
        raise RenderError("the issue has no digest to mail", format="digest", where=frozen.folder)
    html, pictures = with_cids(editions[Format.DIGEST].decode(), frozen.pictures, domain, mark)
    head, *shown = text_part("html", own.in_html(html))
    size = size_of(shown, token=LONGEST_TOKEN)
    if size > MOST_HTML:
        raise RenderError(
            f"the HTML part is {size} bytes long, encoded; Gmail clips what is over {MOST_HTML}",
            format="digest",
            where=frozen.folder,
            hint="gather fewer articles, or let the digest carry leads only",
        )
    page = [head, *shown]
    if pictures:
        root = ';\r\n type="text/html"'
        page = multipart("related", [page, *pictures], boundary=f"=_{mark}_related", more=root)
    text = text_part("plain", own.in_text(editions[Format.TEXT].decode()))
    return multipart("alternative", [text, page], boundary=f"=_{mark}_alternative")


def _footing(list: List, imprint: Imprint, letterbox: str) -> Footing:
    if letterbox:
        return Footing(
            unsubscribe=unsubscribe_page(letterbox, list.slug),
            preferences=preferences_page(letterbox, list.slug),
        )
    box = mailbox_of(imprint.contact) or mailbox_of(list.sender)
    return Footing(unsubscribe=unsubscribe_mail(box, list.slug))


def _in_base64(size: int) -> int:
    letters = (size + 2) // 3 * 4
    return letters + (letters + 75) // 76 * 2


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"
