import datetime as dt
import string

import pytest

from briefpub.domain.audience import Frequency
from briefpub.domain.gathering import Gathering
from briefpub.render.words import WORDS, gathering_title, joined, long_date, number, spoken, word, words

DAY = dt.date(2026, 11, 22)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", sorted(set(WORDS) - {"en"}))
def test_every_language_says_the_same_things(language):
    assert WORDS[language].keys() == WORDS["en"].keys()
    for key, text in WORDS[language].items():
        assert fields(text) == fields(WORDS["en"][key]), key
        assert text.strip(" ") or key == "dot"


def test_english_stands_in_for_a_language_without_words_of_its_own():
    assert word("de", "notes") == "Notes"
    assert word("fr-CA", "related") == "À lire aussi"
    assert words("xx")["skip"] == "Skip to the text"
    assert spoken("fr-CH", "en") == "fr-CH"
    assert spoken("el", "fr") == "fr"


def test_words_take_their_values():
    assert word("fr", "issue", n=12) == "N° 12"
    assert word("en", "image_alt", alt="{x}") == "[Picture: {x}]"


def test_the_words_given_are_a_copy():
    words("en")["skip"] = "changed"

    assert word("en", "skip") == "Skip to the text"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "22 November 2026"),
        ("en-US", "November 22, 2026"),
        ("fr", "22 novembre 2026"),
        ("ar", "٢٢ نوفمبر ٢٠٢٦"),
        ("fa", "۲۲ نوامبر ۲۰۲۶"),
        ("ja", "2026年11月22日"),
        ("xx-nonsense", "22 November 2026"),
    ],
)
def test_dates_are_written_out_in_the_language_and_its_digits(language, text):
    assert long_date(DAY, language) == text


def test_no_date_is_written_as_nothing():
    assert long_date(None, "fr") == ""


@pytest.mark.parametrize(
    ("value", "language", "text"),
    [(12, "en", "12"), (12, "ar", "١٢"), (1234, "fr", "1\u202f234"), (7, "xx", "7"), (5, "ar-MA", "5")],
)
def test_numbers_take_the_languages_own_digits(value, language, text):
    assert number(value, language) == text


@pytest.mark.parametrize(
    ("names", "language", "text"),
    [
        ((), "en", ""),
        (("A",), "en", "A"),
        (("A", "B"), "fr", "A et B"),
        (("A", "B", "C"), "en", "A, B and C"),
        (("أ", "ب", "ج"), "ar", "أ، ب وج"),
    ],
)
def test_names_are_joined(names, language, text):
    assert joined(names, language) == text


@pytest.mark.parametrize(
    ("frequency", "days", "language", "title"),
    [
        (Frequency.MONTHLY, 20, "en", "November 2026"),
        (Frequency.MONTHLY, 28, "fr", "Novembre 2026"),  # the last of its issues is of 1 December
        (Frequency.MONTHLY, 0, "ar", "نوفمبر ٢٠٢٦"),
        (Frequency.MONTHLY, 90, "fr", "Novembre 2026 – février 2027"),
        (Frequency.WEEKLY, 0, "en", "Week of 3 November 2026"),
        (Frequency.WEEKLY, 6, "fr", "Semaine du 3 novembre 2026"),
        (Frequency.WEEKLY, 14, "en", "3 November 2026 – 17 November 2026"),
    ],
)
def test_a_gathering_is_named_by_the_time_of_its_issues(frequency, days, language, title):
    first = dt.date(2026, 11, 3)
    last = first + dt.timedelta(days=days)
    gathering = Gathering(frequency=frequency, articles=("a",), through=1, first=first, last=last)
    assert gathering_title(gathering, language) == title
