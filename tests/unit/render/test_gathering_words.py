"""A gathering is shown as one, wherever an issue's number is shown."""

import datetime as dt
import json

import pytest
from builders import a_list, a_manifest, an_article, an_issue, editions_of

from briefpub.domain.audience import Frequency
from briefpub.domain.issue import Imprint
from briefpub.render.book_metadata import masthead, statements
from briefpub.render.frame import frame_of
from briefpub.render.notice import Footing, notice
from briefpub.render.words import numbered


def gathering(language="en", frequency=Frequency.MONTHLY, **changes):
    articles = (an_article(), an_article("salt"))
    name = {"name": "La Revue"} if language == "fr" else {}
    return an_issue(
        *articles, list=a_list(language=language, **name), number=3, frequency=frequency, **changes
    )


@pytest.mark.parametrize(
    ("language", "frequency", "short", "long"),
    [
        ("en", Frequency.EACH, "No. 3", "Issue 3"),
        ("en", Frequency.WEEKLY, "Weekly no. 3", "Weekly gathering 3"),
        ("en", Frequency.MONTHLY, "Monthly no. 3", "Monthly gathering 3"),
        ("fr", Frequency.EACH, "N° 3", "Numéro 3"),
        ("fr", Frequency.WEEKLY, "La semaine n° 3", "La semaine n° 3"),
        ("fr", Frequency.MONTHLY, "Le mois n° 3", "Le mois n° 3"),
        ("ar", Frequency.MONTHLY, "حصاد الشهر ٣", "حصاد الشهر، العدد ٣"),
        ("de", Frequency.MONTHLY, "Monthly no. 3", "Monthly gathering 3"),
    ],
)
def test_a_number_says_what_it_counts(language, frequency, short, long):
    assert numbered(3, frequency, language) == short
    assert numbered(3, frequency, language, long=True) == long
    assert numbered(None, frequency, language) == ""


def test_pages_and_mails_name_a_gathering():
    frame = frame_of(gathering(title="November 2026"))
    assert (frame.number, frame.number_long) == ("Monthly no. 3", "Monthly gathering 3")
    assert frame.title == "November 2026 — The Weekly"
    assert "Monthly no. 3" in frame.dateline
    assert frame_of(gathering("fr")).number == "Le mois n° 3"


def test_a_book_names_a_gathering_and_its_own_series():
    assert masthead(gathering()) == "The Weekly, Monthly no. 3"
    assert gathering().key == "weekly/monthly-003"
    assert gathering().identifier != an_issue(number=3).identifier
    series = [one.text for one in statements(gathering(), pictures_described=True)]
    assert "The Weekly: monthly gatherings" in series


@pytest.mark.parametrize(("language", "label"), [("en", "Weekly no. 3"), ("fr", "La semaine n° 3")])
def test_a_notice_names_a_gathering(language, label):
    issue = gathering(language, Frequency.WEEKLY)
    said = notice(
        manifest=a_manifest(issue, editions_of(issue)),
        imprint=Imprint(),
        footing=Footing(unsubscribe="mailto:x@example.org"),
        with_book=False,
    )
    assert label in said.text
    assert label in said.html


def test_a_manifest_says_how_often_a_gathering_comes_and_is_silent_of_an_issue():
    issue = gathering()
    told = json.loads(a_manifest(issue, editions_of(issue)))["issue"]
    assert (told["key"], told["number"], told["frequency"]) == ("weekly/monthly-003", 3, "monthly")
    plain = an_issue(date=dt.date(2026, 11, 22))
    assert "frequency" not in json.loads(a_manifest(plain, editions_of(plain)))["issue"]
