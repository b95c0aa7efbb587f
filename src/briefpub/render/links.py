"""Where a link leads in a format: within the publication, to the web, or nowhere."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from briefpub.domain.article import Article, RelatedLink
from briefpub.domain.document import Direction
from briefpub.domain.issue import Publication, article_of
from briefpub.domain.walking import walk_sections

WEB_SCHEMES = frozenset({"http", "https", "mailto", "tel"})

Inside = Callable[[str, str], str]
"""Gives the address of an article of the publication by its id, and of a section of it by its id."""


def anchor(article: str, section: str = "") -> str:
    """Give the id, on the web page, of an article or of one of its sections."""
    return f"{article}-{section}" if section else article


def note_anchor(article: str, number: int) -> str:
    """Give the id, on the web page, of a note; the colon keeps it apart from every section's."""
    return f"{article}-fn:{number}"


def web_address(publication: Publication, fragment: str = "") -> str:
    """Give the address of the web page; without a site it is relative and works beside the files."""
    page = f"{publication.address}web.html"
    return f"{page}#{encoded(fragment)}" if fragment else page


def on_the_web(publication: Publication) -> Inside:
    """Give the addresses of articles and sections on the web page."""
    return lambda article, section: web_address(publication, anchor(article, section))


def resolved(publication: Publication, article: Article, href: str, inside: Inside) -> str | None:
    """Give the address of `href` as written in `article`, or None where it leads nowhere.

    `article:<id>[#section]` and `#section` lead inside where the target is there; a relative address is
    read against the publication's site; only the schemes a reader can follow are let through.
    """
    if href.startswith("article:"):
        target, _, section = href.removeprefix("article:").partition("#")
        return _article(publication, target, section, inside)
    if href.startswith("#"):
        section = href[1:]
        return inside(article.id, section) if section in ids_of(article) else None
    scheme = _scheme(href)
    if scheme is None:
        return None
    if scheme:
        return encoded(href) if scheme in WEB_SCHEMES else None
    if publication.imprint.site:
        return encoded(urljoin(publication.imprint.site + "/", href))
    return None


def related(publication: Publication, link: RelatedLink, inside: Inside) -> str | None:
    """Give the address of a related link, or None: a title without an address never becomes a link."""
    if link.article:
        return _article(publication, link.article, "", inside)
    return encoded(link.address) if _scheme(link.address) in WEB_SCHEMES else None


def related_title(publication: Publication, link: RelatedLink) -> str:
    """Give the words of a related link: its own, else the title of the article it names."""
    target = article_of(publication, link.article) if link.article else None
    return link.title or (target.title if target else link.article or link.address)


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedItem:
    """A related link as a format sets it. `address` is empty where it leads nowhere.

    `language` and `direction` stand only where the title is another article's in another language.
    """

    link: RelatedLink
    title: str
    address: str
    language: str = ""
    direction: Direction | None = None


def related_items(publication: Publication, article: Article, inside: Inside) -> tuple[RelatedItem, ...]:
    """Give the related links that have words; an id of an article that is not here is no title."""
    items = []
    for link in article.related:
        target = article_of(publication, link.article) if link.article else None
        if not link.title and target is None and not link.address:
            continue
        foreign = target is not None and target.language != article.language
        items.append(
            RelatedItem(
                link=link,
                title=related_title(publication, link),
                address=related(publication, link, inside) or "",
                language=target.language if target and foreign else "",
                direction=target.direction if target and foreign else None,
            )
        )
    return tuple(items)


def ids_of(article: Article) -> frozenset[str]:
    """Give every id a `#fragment` may name within the article."""
    sections = (section.id for section in walk_sections(article.sections))
    blocks = (block.attrs.id for block in article.body() if hasattr(block, "attrs"))
    return frozenset({*sections, *blocks} - {""})


def encoded(address: str) -> str:
    """Percent-encode what RFC 3986 does not allow in an address, leaving what is encoded alone."""
    return quote(address, safe="%/:?#[]@!$&'()*+,;=-._~", errors="replace")


def _scheme(address: str) -> str | None:
    """Give an address's scheme, nothing where it is relative, None where it is no address at all."""
    try:
        return urlsplit(address).scheme.lower()
    except ValueError:  # `http://[` and its like
        return None


def _article(publication: Publication, target: str, section: str, inside: Inside) -> str | None:
    article = article_of(publication, target)
    if article is None:
        return None
    return inside(target, section if section in ids_of(article) else "")
