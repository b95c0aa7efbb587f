"""Which addresses of a frozen mail become a subscriber's own: those of a list's letterbox, and no others."""

import html as markup
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from briefpub.domain.audience import List, checked_mailbox
from briefpub.domain.errors import ConfigError
from briefpub.render.letterbox import preferences_page, unsubscribe_mail, unsubscribe_page
from briefpub.render.segments import Run, Slot

HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
# An address goes on with these; with a full stop only where more follows.
GOES_ON = r"(?![\w/?#&=%~-]|\.\w)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """What stands for everybody, each with what is put in its place: an address, and a token after it."""

    addresses: Mapping[str, tuple[str, Slot]]

    def in_html(self, text: str) -> Run:
        """Part a page at the addresses of its links."""
        found = []
        for match in HREF.finditer(text):
            group = 1 if match[1] is not None else 2
            own = self.addresses.get(markup.unescape(match[group]))
            if own:
                found.append((*match.span(group), markup.escape(own[0]), own[1]))
        return tuple(_parted(text, found))

    def in_text(self, text: str) -> Run:
        """Part a plain text at its addresses."""
        if not self.addresses:
            return (text.encode(),)
        longest = sorted(self.addresses, key=len, reverse=True)
        sought = re.compile(f"(?:{'|'.join(map(re.escape, longest))}){GOES_ON}")
        return tuple(
            _parted(text, [(*match.span(), *self.addresses[match[0]]) for match in sought.finditer(text)])
        )


def personal(*, list: List, contact: str, letterbox: str) -> Personal:
    """Give what becomes personal in the mail of a list: nothing where no letterbox is served."""
    if not letterbox:
        return Personal(addresses={})
    leave = (unsubscribe_page(letterbox, ""), Slot.UNSUBSCRIBE)
    change = (preferences_page(letterbox, ""), Slot.PREFERENCES)
    # An issue may have been frozen before there was a letterbox: its footer then asks for a mail.
    mails = {unsubscribe_mail(box, list.slug): leave for box in _mailboxes(contact, list.sender)}
    return Personal(
        addresses={
            unsubscribe_page(letterbox, list.slug): leave,
            preferences_page(letterbox, list.slug): change,
            **mails,
        }
    )


def _mailboxes(*texts: str) -> Iterator[str]:
    for text in texts:
        try:
            yield checked_mailbox(text, where="contact").addr_spec
        except ConfigError:  # a contact may be a postal address
            continue


def _parted(text: str, found: Sequence[tuple[int, int, str, Slot]]) -> Iterator[bytes | Slot]:
    done = 0
    for start, end, address, slot in found:
        yield (text[done:start] + address).encode()
        yield slot
        done = end
    yield text[done:].encode()
