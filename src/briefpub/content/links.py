"""Link targets: which may stand in an edition, and which name another article."""

import re
from urllib.parse import unquote, urlsplit

from briefpub.content.slugs import slug_of_path

WEB = frozenset({"http", "https"})
ALLOWED = WEB | {"mailto", "tel"}
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
# Browsers skip these before and inside a scheme (WHATWG URL, section 4.4), so they must not hide one.
SKIPPED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
# What RFC 3986 lets stand nowhere; brackets may stand in a host alone.
UNSAFE_IN_HREF = re.compile(r'[ "<>\\^`{|}]|%(?![0-9A-Fa-f]{2})')
HOST = re.compile(r"[a-z]+://[^/?#]*")
MARKDOWN_FILE = re.compile(r"\.(?:md|markdown)$", re.IGNORECASE)


def checked_href(raw: str) -> str:
    """Give a link's target as an edition may carry it, or nothing when it may not.

    Allowed are http, https, mailto and tel, a `#fragment`, a relative address and `article:<id>`;
    a relative link to a Markdown file becomes `article:` and that file's slug.
    """
    href = SKIPPED.sub("", raw).strip()
    if not href or href == "#":
        return ""
    if href.startswith("#"):
        return href
    if href.startswith("//"):
        href = f"https:{href}"
    scheme = SCHEME.match(href)
    if scheme:
        name = scheme[1].lower()
        rest = href[scheme.end() :]
        if name == "article":
            article = rest.partition("#")[0].strip("/ ")
            return f"article:{article}" if article else ""
        if name not in ALLOWED or not rest.strip("/") or (name in WEB and not _has_host(href)):
            return ""
        href = f"{name}:{rest}"
    else:
        path = unquote(re.split(r"[?#]", href, maxsplit=1)[0])
        if MARKDOWN_FILE.search(path):
            return f"article:{slug_of_path(tuple(part for part in path.split('/') if part))}"
    host = HOST.match(href)
    start = host.end() if host else 0
    rest = href[start:].replace("[", "%5B").replace("]", "%5D")
    return href[:start] + UNSAFE_IN_HREF.sub(lambda found: f"%{ord(found[0]):02X}", rest)


def is_web(address: str) -> bool:
    """Say whether an address can be followed in a browser: http or https, with a host."""
    return bool(re.match(r"https?://", address, re.IGNORECASE)) and _has_host(address)


def _has_host(href: str) -> bool:
    try:
        parts = urlsplit(href)
        return bool(parts.hostname) and not UNSAFE_IN_HREF.search(parts.netloc)
    except ValueError:
        return False
