"""A publication as the brief names it: every value that its template may use."""

from typing import Any

from briefpub.domain.issue import Publication
from briefpub.domain.layout import Layout
from briefpub.render import words
from briefpub.render.brief_article import Show, article_values, heading, size_of
from briefpub.render.qr import qr_svg
from briefpub.render.templating import safe


def brief_values(publication: Publication, layout: Layout, show: Show) -> dict[str, Any]:
    """Give everything that brief.html.j2 may use: the table at the head of `render.brief`."""
    articles = [article_values(publication, article, show) for article in publication.articles]
    language, imprint = publication.language, publication.imprint
    own = words.words(language)
    single = len(articles) == 1
    leads = bool(articles) and publication.headline == articles[0]["title"]
    return {
        "publication": {
            # An essay that gives its collection its name is not named three times on one page.
            "name": publication.name if publication.name != publication.headline else "",
            "headline": publication.headline,
            "heading": heading(publication.headline),
            "title": articles[0]["title"] if single else publication.headline,
            "size": size_of(publication.headline),
            "number": words.numbered(publication.number or None, publication.frequency, language),
            "date": words.long_date(publication.date, language),
            "created": publication.date.isoformat() if publication.date else "",
            "language": language,
            "direction": publication.direction.value,
            "address": publication.address,
            "identifier": publication.identifier.urn,
            "count": own["essays"].format(n=words.number(len(articles), language)),
            "publisher": imprint.publisher,
            "rights": imprint.rights,
            "contact": publication.contact,
            "authors": list(
                dict.fromkeys(author for article in publication.articles for author in article.authors)
            ),
            "standfirst": articles[0]["standfirst"] if leads else safe(""),
            "also": articles[1:] if leads else articles,
        },
        "single": single,
        "articles": articles,
        "photo": cover_photo(publication, articles),
        "words": own,
        "qr": safe(
            qr_svg(
                publication.address,
                title=f"{own['scan_to_read']}: {publication.address}",
                dark=layout.tokens.get("ink", "#000000"),
            )
            if publication.address
            else ""
        ),
    }


def cover_photo(publication: Publication, articles: list[dict[str, Any]]) -> Any:
    """Give the photo for the cover: the first that was found; a drawn one says its title again."""
    pairs = list(zip(publication.articles, articles, strict=True))
    found = (values for article, values in pairs if article.photo and article.photo.picture.source)
    return next((values["photo"] for values in [*found, *articles] if values["photo"]), None)
