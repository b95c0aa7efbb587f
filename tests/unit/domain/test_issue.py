import dataclasses
import datetime as dt
import hashlib

import pytest
from builders import IMPRINT, a_list, an_article, an_issue

from briefpub.domain.audience import DigestBody
from briefpub.domain.document import Direction
from briefpub.domain.issue import (
    Collection,
    Edition,
    Format,
    Imprint,
    IssueRecord,
    IssueState,
    article_of,
    languages_of,
)


def a_collection(**changes: object) -> Collection:
    values: dict[str, object] = {
        "slug": "bread",
        "title": "All on bread",
        "imprint": Imprint(),
        "language": "fr",
        "articles": (an_article("crust", date=dt.date(2026, 1, 2)), an_article("crumb")),
    }
    return Collection(**{**values, **changes})  # type: ignore[arg-type]


def test_an_issue_says_its_place_and_its_words() -> None:
    issue = an_issue(
        an_article("bread"), imprint=Imprint(site="https://example.org", contact="desk@example.org")
    )
    assert (issue.key, issue.folder, issue.name) == ("weekly/001", "001", "The Weekly")
    assert issue.headline == "On bread"
    assert issue.address == "https://example.org/weekly/001/"
    assert issue.contact == "desk@example.org"
    assert (issue.language, issue.direction) == ("en", Direction.LTR)
    assert issue.digest_body is DigestBody.LEAD


def test_an_issue_without_title_site_or_contact_makes_do() -> None:
    issue = an_issue(imprint=IMPRINT)
    assert issue.address == ""
    assert issue.contact == issue.list.sender
    assert dataclasses.replace(issue, title="Own words").headline == "Own words"
    assert dataclasses.replace(issue, articles=()).headline == "The Weekly"
    assert dataclasses.replace(issue, number=1234).key == "weekly/1234"


def test_an_identifier_stays_over_revisions_and_differs_between_issues() -> None:
    issue = an_issue()
    assert issue.identifier == dataclasses.replace(issue, revision=2, title="Other").identifier
    assert issue.identifier != dataclasses.replace(issue, number=2).identifier
    assert issue.identifier.version == 5


def test_a_collection_is_undated_and_unnumbered() -> None:
    collection = a_collection()
    assert (collection.key, collection.number, collection.revision) == ("library/bread", None, 1)
    assert (collection.name, collection.headline, collection.contact) == ("All on bread", "All on bread", "")
    assert collection.date == dt.date(2026, 1, 2)
    assert a_collection(articles=()).date is None
    assert collection.address == ""
    assert a_collection(imprint=Imprint(site="https://e.org")).address == "https://e.org/library/bread/"
    assert collection.direction is Direction.LTR
    assert collection.identifier == a_collection(title="Other").identifier


def test_finds_articles_and_languages() -> None:
    issue = an_issue(an_article("a"), an_article("b", language="fr"), an_article("c", language="fr"))
    found = article_of(issue, "b")
    assert found is not None
    assert found.id == "b"
    assert article_of(issue, "z") is None
    assert list(languages_of(issue)) == ["en", "fr"]


@pytest.mark.parametrize("format", Format)
def test_every_format_has_a_file_and_a_media_type(format: Format) -> None:
    assert "." in format.file_name
    assert "/" in format.media_type


def test_an_edition_knows_its_hash() -> None:
    assert Edition(format=Format.WEB, data=b"x").sha256 == hashlib.sha256(b"x").hexdigest()


def test_a_list_decides_direction() -> None:
    assert an_issue(list=a_list(language="ar")).direction is Direction.RTL


def test_a_record_has_the_key_of_its_issue() -> None:
    record = IssueRecord(
        list="weekly",
        number=1,
        date=dt.date(2026, 11, 22),
        title="",
        state=IssueState.COMPOSED,
        articles=("bread",),
    )
    assert record.key == an_issue().key
