"""Builders: small, valid nouns with only the difference a test cares about spelled out."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from briefpub.domain.article import Article
from briefpub.domain.audience import List, SubscriberRow, SubscriptionFormat
from briefpub.domain.document import Direction, Paragraph, Section, Text
from briefpub.domain.issue import Edition, EditionPicture, Format, Frozen, Imprint, Issue
from briefpub.domain.manifest import manifest_of

NOW = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)
IMPRINT = Imprint(name="The Weekly", publisher="The Weekly Press")


def an_article(id: str = "bread", **changes: Any) -> Article:
    """Give a ready English article of two paragraphs and one section."""
    values: dict[str, Any] = {
        "id": id,
        "title": f"On {id}",
        "language": "en",
        "direction": Direction.LTR,
        "lead": (Paragraph(children=(Text("It rises overnight."),)),),
        "sections": (
            Section(
                id="crust",
                level=2,
                heading=(Text("Crust"),),
                blocks=(Paragraph(children=(Text("It sings."),)),),
            ),
        ),
        "path": f"articles/{id}.md",
        "content_hash": "0" * 64,
    }
    return Article(**{**values, **changes})


def a_list(slug: str = "weekly", **changes: Any) -> List:
    """Give an English list with a sender at an example domain."""
    values: dict[str, Any] = {"slug": slug, "name": "The Weekly", "sender": "The Weekly <weekly@example.org>"}
    return List(**{**values, **changes})


def an_issue(*articles: Article, **changes: Any) -> Issue:
    """Give issue 1 of a list, with one article unless others are given."""
    values: dict[str, Any] = {
        "list": a_list(),
        "imprint": IMPRINT,
        "number": 1,
        "date": dt.date(2026, 11, 22),
        "articles": articles or (an_article(),),
    }
    return Issue(**{**values, **changes})


def subscribers(count: int, *, briefs: int = 0) -> tuple[SubscriberRow, ...]:
    """Give import rows of so many confirmed subscribers, by address; the first `briefs` take the brief too."""
    return tuple(
        SubscriberRow(
            line=number + 2,
            address=f"reader{number:04d}@example.org",
            name=f"Reader {number}",
            format=SubscriptionFormat.DIGEST_AND_BRIEF if number < briefs else SubscriptionFormat.DIGEST,
        )
        for number in range(count)
    )


PICTURE = EditionPicture(path="pictures/loaf.jpg", media_type="image/jpeg", data=b"\xff\xd8 loaf")
PAGE = '<!doctype html><html lang="en"><title>{title}</title><p>{words}</p>{picture}</html>\n'


def editions_of(issue: Issue, *, pictures: Sequence[EditionPicture] = ()) -> tuple[Edition, ...]:
    """Give small editions in every format that say the issue's titles; no renderer takes part."""
    words = " — ".join(article.title for article in issue.articles)
    shown = "".join(f'<img src="{picture.path}" alt="">' for picture in pictures)
    page = PAGE.format(title=issue.headline, words=words, picture=shown).encode()
    return (
        Edition(format=Format.DIGEST, data=page, pictures=tuple(pictures)),
        Edition(format=Format.TEXT, data=f"{issue.name}\n\n{words}\n".encode()),
        Edition(format=Format.WEB, data=page),
        Edition(format=Format.PDF, data=b"%PDF-1.7 " + words.encode()),
        Edition(format=Format.EPUB, data=b"PK " + words.encode()),
    )


def a_manifest(issue: Issue, editions: tuple[Edition, ...]) -> bytes:
    """Give the manifest of an issue's editions."""
    return manifest_of(issue, editions, layout="f" * 64, engines={"test": "1"})


def a_frozen(
    issue: Issue | None = None,
    editions: tuple[Edition, ...] | None = None,
    *,
    pictures: Sequence[EditionPicture] = (),
) -> Frozen:
    """Give a frozen issue that lies in no folder."""
    issue = issue or an_issue()
    editions = editions or editions_of(issue, pictures=pictures)
    return Frozen(
        key=issue.key,
        folder="outbox/" + issue.key,
        manifest=a_manifest(issue, editions),
        editions=editions,
        pictures=tuple(pictures),
    )
