"""What a book says of itself in its package document: Dublin Core, series, accessibility (EPUB 3.3, 5.5)."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from briefpub.domain.audience import Frequency
from briefpub.domain.errors import RenderError
from briefpub.domain.issue import Issue, Publication, languages_of
from briefpub.domain.language import primary
from briefpub.render.book_page import written
from briefpub.render.words import numbered, word

# BCP 47 (RFC 5646, 2.1) in its common shape; a reading system, and Kindle's post, refuse anything else.
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
# What libraries leave out at the head of a title when they file it.
FILED_BEHIND = {
    "en": re.compile(r"(the|an?)\s+(\S.*)", re.IGNORECASE),
    "fr": re.compile(r"((?:les?|la|une?|des)(?=\s)|l[’'])\s*(\S.*)", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One element of the metadata: `dc:…` by its local name, else `meta`; its text and attributes."""

    name: str
    text: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    dublin: bool = False


def statements(publication: Publication, *, pictures_described: bool) -> list[Statement]:
    """Give what the book says of itself, without its identifier and the date of its making.

    `pictures_described` decides what may be claimed about access without sight: nothing is claimed that the
    pages do not bear out. Raises RenderError for a language that is no language tag.
    """
    return [
        *_titles(publication),
        *_people(publication),
        *_facts(publication),
        *_series(publication),
        *_access(publication, pictures_described=pictures_described),
    ]


def modified(publication: Publication) -> dt.datetime:
    """Give the moment the edition counts as made: its date, a second later for each revision.

    A clock would change the bytes of each build; without a date it is 1980-01-01, the first a zip can hold.
    """
    day = publication.date or dt.date(1980, 1, 1)
    midnight = dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
    return midnight + dt.timedelta(seconds=publication.revision - 1)


def masthead(publication: Publication) -> str:
    """Give the name and the number in one line: `The Slow Review, No. 112`."""
    if publication.number is None:
        return written(publication.name)
    label = numbered(publication.number, publication.frequency, publication.language)
    return written(f"{publication.name}, {label}")


def authors_of(publication: Publication) -> tuple[str, ...]:
    """Give each author's name once, in the order of the essays."""
    names = (written(name).strip() for article in publication.articles for name in article.authors)
    return tuple(name for name in dict.fromkeys(names) if name)


def filed_as(title: str, language: str) -> str:
    """Give a title as a catalogue files it: `Slow Review, The`."""
    leading = FILED_BEHIND.get(primary(language))
    if leading and (parts := leading.fullmatch(title)):
        return f"{parts[2][0].upper()}{parts[2][1:]}, {parts[1]}"
    return title


def _titles(publication: Publication) -> Iterator[Statement]:
    title = written(publication.headline).strip() or publication.key
    yield _dc("title", title, id="title")
    yield _meta("title-type", "main", refines="title")
    yield _meta("display-seq", "1", refines="title")
    yield _meta("file-as", filed_as(title, publication.language), refines="title")
    subtitle = masthead(publication)
    if subtitle != title:
        yield _dc("title", subtitle, id="subtitle")
        yield _meta("title-type", "subtitle", refines="subtitle")
        yield _meta("display-seq", "2", refines="subtitle")


def _people(publication: Publication) -> Iterator[Statement]:
    """Name who wrote one essay as its creator; a gathering of several is its publisher's work."""
    authors = authors_of(publication)
    house = written(publication.imprint.publisher or publication.name).strip()
    creators, role = ((house,), "edt") if len(publication.articles) > 1 or not authors else (authors, "aut")
    for place, name in enumerate(creators, start=1):
        yield _dc("creator", name, id=f"creator-{place}")
        yield _meta("role", role, refines=f"creator-{place}", scheme="marc:relators")
    for place, name in enumerate((name for name in authors if name not in creators), start=1):
        yield _dc("contributor", name, id=f"contributor-{place}")
        yield _meta("role", "aut", refines=f"contributor-{place}", scheme="marc:relators")


def _facts(publication: Publication) -> Iterator[Statement]:
    for language in languages_of(publication):
        if not LANGUAGE.fullmatch(language):
            where = next((a.path or a.id for a in publication.articles if a.language == language), "")
            raise RenderError(
                f"{language!r} is no language tag",
                format="epub",
                where=where or publication.key,
                hint="write it as in BCP 47: fr, en-GB, ar",
            )
        yield _dc("language", language)
    imprint = publication.imprint
    if publication.date:
        yield _dc("date", publication.date.isoformat())
    for name, text in (
        ("publisher", imprint.publisher or imprint.name),
        ("rights", imprint.rights),
        ("source", publication.address),
        ("description", " · ".join(article.title for article in publication.articles)),
    ):
        if shown := written(text).strip():
            yield _dc(name, shown)
    yield Statement(name="meta", attributes={"name": "cover", "content": "cover-image"})
    yield Statement(name="meta", attributes={"name": "generator", "content": "briefpub"})


def _series(publication: Publication) -> Iterator[Statement]:
    if isinstance(publication, Issue):
        yield _meta("belongs-to-collection", written(_series_name(publication)), id="series")
        yield _meta("collection-type", "series", refines="series")
        yield _meta("group-position", str(publication.number), refines="series")


def _series_name(issue: Issue) -> str:
    """Name the series that an issue's number counts in: gatherings are numbered on their own."""
    if issue.frequency is Frequency.EACH:
        return issue.list.name
    return word(issue.language, f"{issue.frequency.value}_series", name=issue.list.name)


def _access(publication: Publication, *, pictures_described: bool) -> Iterator[Statement]:
    """Tell how the book can be read (EPUB Accessibility 1.1, 3); only what the pages bear out."""
    features = [
        "displayTransformability",
        "readingOrder",
        "structuralNavigation",
        "tableOfContents",
        "unlocked",
    ]
    ways = ["textual,visual"]
    if pictures_described:
        features.insert(0, "alternativeText")
        ways.insert(0, "textual")
    summary = "accessibility" if pictures_described else "accessibility_undescribed"
    yield _meta("schema:accessMode", "textual")
    yield _meta("schema:accessMode", "visual")
    for way in ways:
        yield _meta("schema:accessModeSufficient", way)
    for feature in features:
        yield _meta("schema:accessibilityFeature", feature)
    yield _meta("schema:accessibilityHazard", "none")
    yield _meta("schema:accessibilitySummary", word(publication.language, summary))


def _dc(name: str, text: str, *, id: str = "") -> Statement:
    return Statement(name=name, text=text, attributes={"id": id} if id else {}, dublin=True)


def _meta(property: str, text: str, *, refines: str = "", scheme: str = "", id: str = "") -> Statement:
    attributes = {"property": property}
    if refines:
        attributes["refines"] = f"#{refines}"
    if scheme:
        attributes["scheme"] = scheme
    if id:
        attributes["id"] = id
    return Statement(name="meta", text=text, attributes=attributes)
