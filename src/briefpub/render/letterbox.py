"""Where a subscriber leaves a list or changes what they get: the same addresses in footers and headers.

What is frozen for all carries the list's slug at the end of an address; in a message a token stands there,
so that one click is enough. Where no letterbox is served, a mail to the editors has to do.
"""

from urllib.parse import quote, urlsplit, urlunsplit

from briefpub.domain.audience import ascii_domain
from briefpub.domain.errors import ConfigError
from briefpub.render.links import encoded

LONGEST = 600  # a header line holds 998 bytes (RFC 5322 2.1.1), the token among them


def unsubscribe_page(letterbox: str, end: str) -> str:
    """Give the address of the page that ends a subscription; `end` is the list's slug or a token."""
    return f"{served(letterbox)}/unsubscribe/{end}"


def preferences_page(letterbox: str, end: str) -> str:
    """Give the address of the page where a subscriber says what they want, and how often."""
    return f"{served(letterbox)}/preferences/{end}"


def unsubscribe_mail(mailbox: str, slug: str) -> str:
    """Give the address that writes a mail asking to leave (RFC 6068)."""
    return f"mailto:{quote(mailbox, safe='@+', errors='replace')}?subject=unsubscribe%20{slug}"


def served(letterbox: str) -> str:
    """Give a letterbox's address in ASCII: its host as A-labels, the rest percent-encoded.

    Raises ConfigError for one that cannot be written into a header.
    """
    parts = urlsplit(letterbox)
    host = parts.hostname or ""
    place = host if ":" in host else ascii_domain(host)
    place = f"[{place}]" if ":" in place else place
    netloc = f"{place}:{parts.port}" if parts.port else place
    address = encoded(urlunsplit((parts.scheme, netloc, parts.path.rstrip("/"), "", "")))
    if not host or len(address) > LONGEST:
        raise ConfigError(
            "the letterbox has no address that a mail could name",
            where="letterbox",
            hint="write it as https://letters.example.org",
        )
    return address
