"""The words around the essays, the same in mail, text and web page: masthead, bylines, footer."""

import re
import unicodedata
from dataclasses import dataclass

from briefpub.domain.article import Article
from briefpub.domain.audience import checked_mailbox
from briefpub.domain.errors import ConfigError
from briefpub.domain.issue import Issue, Publication
from briefpub.domain.language import primary
from briefpub.domain.walking import inlines_of, plain, walk
from briefpub.render import words
from briefpub.render.letterbox import preferences_page, unsubscribe_mail, unsubscribe_page
from briefpub.render.links import anchor, encoded, web_address

ARABIC_SCRIPT = frozenset({"ar", "ckb", "fa", "ks", "ps", "sd", "ug", "ur"})
SUMMARY_LENGTH = 110  # a preview line shows 40 to 130 characters
SUMMARY_SHORTEST = 40
LONG_TITLE = 64  # characters; a longer title is set smaller
CAPPED = ("LATIN ", "GREEK ", "CYRILLIC ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A publication's own words. A text that is not known is empty, and so is an address.

    `headline` is the page's heading where it has more than one essay; with one, that essay's title is.
    `brand` is the name where it is not the heading itself; `titled` says that there is another heading.
    """

    name: str
    brand: str
    title: str
    headline: str
    titled: bool
    number: str
    number_long: str
    dateline: str
    date: str
    date_iso: str
    extent: str
    language: str
    direction: str
    script: str
    summary: str
    web: str
    address: str
    canonical: str
    contact: str
    mailto: str
    unsubscribe: str
    preferences: str
    why: str
    rights: str
    publisher: str
    made_with: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An essay's own words. `speech` is the language of the layout's words around it.

    `long` says that the title is set smaller, `minutes_short` is for places with little room.
    """

    id: str
    title: str
    long: bool
    language: str
    direction: str
    script: str
    speech: str
    kicker: str
    byline: str
    names: str
    date: str
    date_iso: str
    minutes: str
    minutes_short: str
    web: str


def frame_of(publication: Publication) -> Frame:
    """Give the words around a publication's essays."""
    language = publication.language
    single = publication.articles[0] if len(publication.articles) == 1 else None
    name, number = publication.name, publication.number
    title = publication.title
    headline = single.title if single else title or name
    box = mailbox_of(publication.contact)
    number_long = words.numbered(number, publication.frequency, language, long=True)
    top = headline if single or title else number_long or name
    date = words.long_date(publication.date, language)
    issue_number = words.numbered(number, publication.frequency, language)
    return Frame(
        name=name,
        brand="" if single and name == headline else name,
        title=top if top == name else f"{top} — {name}",
        headline=headline,
        titled=bool(single or (title and title != name)),
        number=issue_number,
        number_long=number_long,
        dateline=dotted(language, issue_number, date),
        date=date,
        date_iso=publication.date.isoformat() if publication.date else "",
        extent=_extent(publication),
        language=language,
        direction=publication.direction.value,
        script=script_of(language),
        summary=summary_of(publication),
        web=web_address(publication),
        address=publication.address,
        canonical=_canonical(publication, single),
        contact=box or publication.contact,
        mailto=f"mailto:{encoded(box)}" if box else "",
        unsubscribe=_unsubscribe(publication, box),
        preferences=_preferences(publication),
        why=words.word(language, "why", name=name) if isinstance(publication, Issue) else "",
        rights=publication.imprint.rights,
        publisher=_published_by(publication),
        made_with=words.word(language, "made_with"),
    )


def entry_of(publication: Publication, article: Article) -> Entry:
    """Give the words around one essay, in its own language where the layout speaks it."""
    speech = words.spoken(article.language, publication.language)
    minutes = words.number(article.minutes(), speech)
    names = words.joined(article.authors, speech)
    date = words.long_date(article.date, article.language)
    reading = words.word(speech, "minutes", n=minutes)
    return Entry(
        id=article.id,
        title=article.title,
        long=len(article.title) > LONG_TITLE,
        language=article.language,
        direction=article.direction.value,
        script=script_of(article.language),
        speech=speech,
        kicker=article.tags[0] if article.tags else words.word(speech, "essay"),
        byline=dotted(speech, names, date, reading),
        names=names,
        date=date,
        date_iso=article.date.isoformat() if article.date else "",
        minutes=reading,
        minutes_short=words.word(speech, "minutes_short", n=minutes),
        web=web_address(publication, anchor(article.id)),
    )


def summary_of(publication: Publication) -> str:
    """Give 40 to 110 characters from the first essay, cut at a space: preview lines, descriptions."""
    text = ""
    for article in publication.articles:
        runs = [article.standfirst, *(run for block in walk(article.lead) for run in inlines_of(block))]
        for run in runs:
            if len(text) >= SUMMARY_SHORTEST:
                break
            text = _one_line(f"{text} {plain(run)}")
    if len(text) < SUMMARY_SHORTEST:
        titles = (article.title for article in publication.articles)
        text = _one_line(" · ".join(dict.fromkeys([text, publication.name, *titles])))
    return shortened(text.strip(" ·"), SUMMARY_LENGTH)


def shortened(text: str, length: int) -> str:
    """Give at most `length` characters of `text`, cut at a space where there is one, with an ellipsis."""
    if len(text) <= length:
        return text
    head, space, _ = text[:length].rpartition(" ")
    return f"{head if space and len(head) >= SUMMARY_SHORTEST else text[: length - 1]}…"


def dotted(language: str, *parts: str) -> str:
    """Give the parts that are not empty, with a language's dot between them."""
    return words.word(language, "dot").join(part for part in parts if part)


def script_of(language: str) -> str:
    """Give `arabic` for languages in Arabic letters, whose type is set larger and looser, else nothing."""
    return "arabic" if primary(language) in ARABIC_SCRIPT else ""


def takes_initial(article: Article) -> bool:
    """Say whether the text opens with a letter that can be set as a large initial."""
    first = next((plain(run) for block in article.lead[:1] for run in inlines_of(block)), "")
    return bool(first) and unicodedata.name(first[0], "").startswith(CAPPED)


def _one_line(text: str) -> str:
    # Only plain blanks fold: no-break spaces are the author's.
    return re.sub(r"[ \t\n]+", " ", text).strip(" ")


def _extent(publication: Publication) -> str:
    language, articles = publication.language, publication.articles
    if len(articles) < 2:
        return ""
    count = words.number(len(articles), language)
    minutes = words.number(sum(article.minutes() for article in articles), language)
    essays = words.word(language, "essays", n=count)
    return dotted(language, essays, words.word(language, "minutes", n=minutes))


def _canonical(publication: Publication, single: Article | None) -> str:
    if single and single.canonical_url.startswith(("https://", "http://")):
        return encoded(single.canonical_url)
    return web_address(publication) if publication.address else ""


def mailbox_of(text: str) -> str:
    """Give the bare address a reader may write to, or nothing where `text` is no mailbox."""
    try:
        return checked_mailbox(text, where="contact").addr_spec
    except ConfigError:
        return ""


def _unsubscribe(publication: Publication, box: str) -> str:
    if not isinstance(publication, Issue):
        return ""
    if publication.imprint.letterbox:
        return unsubscribe_page(publication.imprint.letterbox, publication.list.slug)
    box = box or checked_mailbox(publication.list.sender, where=publication.list.slug).addr_spec
    return unsubscribe_mail(box, publication.list.slug)


def _preferences(publication: Publication) -> str:
    if not isinstance(publication, Issue) or not publication.imprint.letterbox:
        return ""
    return preferences_page(publication.imprint.letterbox, publication.list.slug)


def _published_by(publication: Publication) -> str:
    name = publication.imprint.publisher or publication.imprint.name
    return words.word(publication.language, "published_by", name=name) if name else ""
