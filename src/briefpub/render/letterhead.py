"""The header fields that are the same for everybody on a list: who writes, what about, how to leave.

RFC 5322 3.6, RFC 2369 and 2919 (lists), RFC 8058 (one click), RFC 3834 (answers of machines).
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from email.headerregistry import Address

from briefpub.domain.audience import List, SubscriptionFormat, ascii_domain, checked_mailbox
from briefpub.domain.issue import Imprint
from briefpub.render.headers import header, mailbox, text_header
from briefpub.render.letterbox import served, unsubscribe_mail, unsubscribe_page

# Feedback-ID takes no punctuation in its fields.
KINDS = {
    SubscriptionFormat.DIGEST: "digest",
    SubscriptionFormat.DIGEST_AND_BRIEF: "brief",
    SubscriptionFormat.COMPILATION: "compilation",
    SubscriptionFormat.NOTICE: "notice",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """A list's sender and what stands on all of an issue's mail. `domain` is the sender's, as A-labels."""

    list: List
    key: str
    sender: Address
    domain: str
    letterbox: str

    @property
    def address(self) -> str:
        """Give the sender's bare address."""
        return f"{self.sender.username}@{self.domain}"

    def above(self, *, subject: str, imprint: Imprint) -> Iterator[str]:
        """Give the fields that a reader sees."""
        yield header("From", mailbox(self.sender.display_name or self.list.name, self.address))
        if imprint.contact and "@" in imprint.contact:
            contact = checked_mailbox(imprint.contact, where="contact")
            if contact.addr_spec != self.sender.addr_spec:
                yield header("Reply-To", mailbox(contact.display_name, contact.addr_spec))
        yield text_header("Subject", subject)

    def below(self, format: SubscriptionFormat) -> Iterator[str]:
        """Give the fields for machines; List-Unsubscribe is not here where each reader has their own."""
        yield header("List-Id", f"<{self.list.slug}.{self.domain}>")
        if not self.letterbox:
            yield header("List-Unsubscribe", self._by_mail())
        elif self.letterbox.lower().startswith("https:"):
            yield header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
        yield header("Precedence", "bulk")
        yield header("Auto-Submitted", "auto-generated")
        yield header("X-Auto-Response-Suppress", "OOF, AutoReply")
        issue, kind = f"i.{self.key.replace('/', '.')}", KINDS[format]
        yield header("Feedback-ID", f"{issue}:l.{self.list.slug}:{kind}:{_sender_id(self.domain)}")
        yield text_header("Content-Language", self.list.language)
        yield header("MIME-Version", "1.0")

    def leave(self) -> tuple[bytes, bytes]:
        """Give what stands before and after the token in List-Unsubscribe: the page first, then a mail."""
        page = unsubscribe_page(self.letterbox, "")
        return f"List-Unsubscribe: <{page}".encode(), f">,\r\n {self._by_mail()}\r\n".encode()

    def _by_mail(self) -> str:
        return f"<{unsubscribe_mail(self.address, self.list.slug)}>"


def letterhead(*, list: List, key: str, letterbox: str) -> Letterhead:
    """Give the letterhead of an issue, by its key; raises ConfigError for a sender that is none."""
    sender = checked_mailbox(list.sender, where=list.slug)
    return Letterhead(
        list=list,
        key=key,
        sender=sender,
        domain=ascii_domain(sender.domain),
        letterbox=served(letterbox) if letterbox else "",
    )


def _sender_id(domain: str) -> str:
    """Give the last field of Feedback-ID, 5 to 15 characters, the same for all mail of one domain."""
    return "bp" + hashlib.sha256(domain.encode()).hexdigest()[:10]
