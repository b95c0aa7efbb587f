import datetime as dt
from dataclasses import replace

import pytest
from books import arabic, para
from builders import IMPRINT, a_list, an_article, an_issue
from mailbench import made, page, words_of

from briefpub.domain.document import Text
from briefpub.domain.issue import Collection, Format
from briefpub.render.frame import entry_of, frame_of, shortened, summary_of


def test_the_masthead_counts_essays_and_minutes():
    frame = frame_of(an_issue(an_article(), arabic(), list=a_list(language="fr", name="La Revue")))

    assert (frame.number, frame.number_long) == ("N° 1", "Numéro 1")
    assert frame.dateline == "N° 1 · 22 novembre 2026"
    assert frame.extent == "2 essais · 2 min de lecture"
    assert frame.date_iso == "2026-11-22"


def test_an_arabic_masthead_has_its_own_digits_and_no_dot_that_reads_as_a_nought():
    frame = frame_of(an_issue(arabic(), number=12, list=a_list(language="ar")))

    assert frame.dateline == "العدد ١٢، ٢٢ نوفمبر ٢٠٢٦"
    assert (frame.direction, frame.script) == ("rtl", "arabic")


def test_nothing_is_invented_that_is_not_known():
    bare = Collection(
        slug="x", title="X", imprint=replace(IMPRINT, name="", publisher=""), language="en", articles=()
    )
    frame = frame_of(bare)

    assert {
        frame.number, frame.date, frame.date_iso, frame.extent, frame.mailto, frame.unsubscribe,
        frame.preferences, frame.why, frame.publisher, frame.canonical, frame.rights, frame.dateline,
    } == {""}  # fmt: skip
    assert frame.title == "X"


@pytest.mark.parametrize(
    ("contact", "mailto", "unsubscribe"),
    [
        (
            "Us <us@example.org>",
            "mailto:us@example.org",
            "mailto:us@example.org?subject=unsubscribe%20weekly",
        ),
        ("", "mailto:weekly@example.org", "mailto:weekly@example.org?subject=unsubscribe%20weekly"),
        ("not a mailbox", "", "mailto:weekly@example.org?subject=unsubscribe%20weekly"),
    ],
)
def test_a_reader_can_always_leave_an_issue(contact, mailto, unsubscribe):
    frame = frame_of(an_issue(imprint=replace(IMPRINT, contact=contact)))

    assert (frame.mailto, frame.unsubscribe) == (mailto, unsubscribe)


def test_where_a_letterbox_is_served_it_is_where_one_leaves():
    frame = frame_of(an_issue(imprint=replace(IMPRINT, letterbox="https://letters.example.org")))

    assert frame.unsubscribe == "https://letters.example.org/unsubscribe/weekly"
    assert frame.preferences == "https://letters.example.org/preferences/weekly"
    assert frame_of(an_issue()).preferences == ""


def test_an_essays_words_are_in_its_language_where_the_layout_speaks_it():
    french = an_article(language="fr", authors=("A", "B"), date=dt.date(2026, 1, 2), tags=("pain", "x"))
    greek = an_article("g", language="el", authors=("A", "B"), date=dt.date(2026, 1, 2))
    issue = an_issue(french, greek)

    assert entry_of(issue, french).byline == "A et B · 2 janvier 2026 · 1 min de lecture"
    assert entry_of(issue, french).kicker == "pain"
    assert entry_of(issue, greek).byline == "A and B · 2 Ιανουαρίου 2026 · 1 min read"
    assert entry_of(issue, greek).kicker == "Essay"
    assert entry_of(issue, arabic()).minutes == "القراءة في ١ د"


@pytest.mark.parametrize(
    "article",
    [
        an_article(standfirst=(Text("word " * 60),)),
        an_article(standfirst=(Text("Short."),), lead=(para("And then the lead goes on for a while. " * 5),)),
        an_article(title="A title of some length, since nothing else is said here", lead=(), sections=()),
        an_article(standfirst=(Text("x" * 500),)),
    ],
)
def test_the_summary_is_forty_to_a_hundred_and_ten_characters_long(article):
    assert 40 <= len(summary_of(an_issue(article))) <= 110


def test_a_text_is_cut_at_a_space():
    assert shortened("short", 10) == "short"
    assert shortened("a" * 45 + " " + "b" * 60, 80) == "a" * 45 + "…"
    assert shortened("a" * 100, 80) == "a" * 79 + "…"


def test_an_essay_that_gives_its_publication_its_name_is_named_once():
    essay = an_article(standfirst=(Text("A standfirst that is long enough for the preview line."),))
    lone = Collection(
        slug="x", title=essay.title, imprint=replace(IMPRINT, name=""), language="en", articles=(essay,)
    )

    assert (frame_of(lone).brand, frame_of(lone).title) == ("", "On bread")
    assert frame_of(an_issue(essay)).brand == "The Weekly"
    for format in (Format.DIGEST, Format.WEB):
        assert words_of(page(made(lone, format).data).find("body")).count("On bread") == 1
    assert made(lone, Format.TEXT).data.count(b"On bread") == 1
