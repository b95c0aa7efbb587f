"""What the files of a book and the places in them are called, and where a link leads within it."""

import hashlib
import re
from dataclasses import dataclass, field

from briefpub.domain.article import Article, RelatedLink
from briefpub.domain.issue import Publication
from briefpub.render import links

# Kobo's e-readers take ASCII file names only.
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
# XML 1.0 (fifth edition) productions 4 and 4a, without the colon.
NAME_START = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
NAME = re.compile(f"[{NAME_START}][{NAME_START}.0-9\u00b7\u0300-\u036f\u203f\u2040-]*")
NOT_NAME = re.compile(f"[^{NAME_START}.0-9\u00b7\u0300-\u036f\u203f\u2040-]+")
# What XML 1.0 (production 2) cannot hold at all, and the C1 controls that HTML cannot.
UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
# A label of a host name, where letters beyond ASCII may stand percent-encoded (WHATWG URL 3.5).
LABEL = re.compile(r"(?:[\w~-]|%[89A-Fa-f][0-9A-Fa-f]){1,63}")
PORT = re.compile(r":(\d{0,5})$")


def xml_name(text: str) -> str:
    """Give an id that XML allows (NCName): `text` itself where it is one."""
    text = UNWRITABLE.sub("", text)
    if NAME.fullmatch(text):
        return text
    return f"id-{NOT_NAME.sub('-', text)}"


def chapter_files(publication: Publication) -> tuple[str, ...]:
    """Give each article's file below the book's folder, in the articles' order, no two alike.

    An id that is no safe file name is replaced by a digest of it; the same id twice is numbered. Files that
    differ in nothing but case would be one file on some machines.
    """
    taken: set[str] = set()
    files = []
    for article in publication.articles:
        stem = article.id
        if not FILE_NAME.fullmatch(stem):
            stem = f"essay-{hashlib.sha256(stem.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"
        name, count = stem, 1
        while name.lower() in taken:
            count += 1
            name = f"{stem}-{count}"
        taken.add(name.lower())
        files.append(f"text/{name}.xhtml")
    return tuple(files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crosslinks:
    """Where links lead from the chapters of one book: between its essays, or out to the web."""

    publication: Publication
    files: tuple[str, ...]
    _by_id: dict[str, tuple[Article, str]] = field(init=False)
    _by_address: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Note down every article once: a book of a thousand essays must not be searched for each link."""
        by_id: dict[str, tuple[Article, str]] = {}
        by_address: dict[str, str] = {}
        for article, file in zip(self.publication.articles, self.files, strict=True):
            name = file.removeprefix("text/")
            by_id.setdefault(article.id, (article, name))
            if article.canonical_url:
                by_address.setdefault(_bare(article.canonical_url), name)
        object.__setattr__(self, "_by_id", by_id)
        object.__setattr__(self, "_by_address", by_address)

    def address(self, article: Article, href: str) -> str | None:
        """Give the address of `href` as written in `article`, seen from its chapter; None for nowhere."""
        if href.startswith("#"):
            return f"#{xml_name(href[1:])}" if href[1:] in links.ids_of(article) else None
        if href.startswith("article:"):
            target, _, section = href.removeprefix("article:").partition("#")
            return self._chapter(target, section)
        if inside := self._by_address.get(_bare(href)):
            return inside
        try:
            address = links.resolved(self.publication, article, href, _nowhere)
        except ValueError:
            return None
        return followable(address) if address else None

    def related(self, link: RelatedLink) -> str | None:
        """Give the address of a related link, seen from a chapter; None where it has none."""
        if link.article:
            return self._chapter(link.article, "")
        if inside := self._by_address.get(_bare(link.address)):
            return inside
        try:
            address = links.related(self.publication, link, _nowhere)
        except ValueError:
            return None
        return followable(address) if address else None

    def title(self, link: RelatedLink) -> str:
        """Give the words of a related link: its own, else the title of the article it names."""
        target = self._by_id.get(link.article)
        return link.title or (target[0].title if target else link.article or link.address)

    def _chapter(self, target: str, section: str) -> str | None:
        if target not in self._by_id:
            return None
        article, file = self._by_id[target]
        return f"{file}#{xml_name(section)}" if section and section in links.ids_of(article) else file


def followable(address: str) -> str | None:
    """Give an address as a valid URL string (WHATWG URL 4.3), or None for what cannot be made one.

    Stray `%`, `[`, `]` and a second `#` are encoded; a web address without a host that can be is refused.
    """
    scheme, _, rest = address.partition(":")
    if scheme.lower() not in {"http", "https"}:
        return f"{scheme}:{_strictly(rest)}" if rest else None
    parts = re.fullmatch(r"//([^/?#]*)(.*)", rest)
    if parts is None or not _is_host(parts[1].rpartition("@")[2]):
        return None
    return f"{scheme}://{parts[1]}{_strictly(parts[2])}"


def _strictly(rest: str) -> str:
    before, hash, fragment = rest.partition("#")
    strict = before + hash + fragment.replace("#", "%23")
    strict = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", strict)
    return strict.replace("[", "%5B").replace("]", "%5D")


def _is_host(host: str) -> bool:
    if port := PORT.search(host):
        host = host[: port.start()]
    labels = host.removesuffix(".").split(".")
    try:
        for label in labels:
            if label.lower().startswith("xn--"):
                label.encode("ascii").decode("idna")
    except UnicodeError:
        return False
    return all(map(LABEL.fullmatch, labels)) and int((port and port[1]) or 0) <= 65535


def _bare(address: str) -> str:
    return address.partition("#")[0].rstrip("/")


def _nowhere(_: str, __: str) -> str:
    return ""
