"""Letters to one person: what they say, in whose language, and what a stranger cannot put into them."""

import datetime as dt
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from builders import NOW, a_list
from hypothesis import given
from hypothesis import strategies as st
from signatures import two_signatures, verified_by_dkimpy

from briefpub.domain.audience import Subscriber, SubscriptionFormat
from briefpub.domain.consent import Wish
from briefpub.render.letter_words import LETTERS
from briefpub.render.letters import confirm_page, confirmation, farewell, signed

ANA = Subscriber(id=42, address="ana@example.org", name="Ana")
LINK = "https://letters.example.org/confirm/" + "a" * 60


def a_letter(language: str = "en", **wish: Any) -> EmailMessage:
    message = confirmation(
        list=a_list(language=language),
        subscriber=ANA,
        wish=Wish(address=ANA.address, **wish),
        link=LINK,
        asked_at=NOW,
    )
    return read(message.data)


def read(data: bytes) -> EmailMessage:
    parsed = message_from_bytes(data, policy=default)
    assert not parsed.defects
    assert not [part for part in parsed.walk() if part.defects]
    assert all(len(line) <= 998 for line in data.split(b"\r\n"))
    assert b"\n" not in data.replace(b"\r\n", b"")
    return parsed


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


@pytest.mark.parametrize("language", sorted(LETTERS))
def test_both_parts_say_the_same_with_the_link(language: str) -> None:
    letter = a_letter(language)
    text, html = body(letter, "plain"), body(letter, "html")
    assert LINK in text
    assert f'href="{LINK}"' in html
    assert f'lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in html
    assert all(" ".join(paragraph.split("\n")) in html for paragraph in text.strip().split("\n\n"))
    assert letter["Content-Language"] == language


def test_the_header_says_what_it_is() -> None:
    letter = a_letter()
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["List-Id"] == "<weekly.example.org>"
    assert letter["To"] == "ana@example.org"
    assert letter["Message-ID"].startswith("<confirm.weekly.42.")
    assert letter["List-Unsubscribe"] is None
    assert letter["Precedence"] is None


def test_all_languages_know_the_same_words() -> None:
    assert len({frozenset(words) for words in LETTERS.values()}) == 1


def test_a_language_without_words_is_written_in_english() -> None:
    letter = a_letter("de")
    assert letter["Content-Language"] == "en"
    assert "If it was not you" in body(letter, "plain")


def test_it_says_what_was_asked_for_and_until_when() -> None:
    letter = a_letter("fr", format=SubscriptionFormat.COMPILATION, device="ana@reader.example")
    text = body(letter, "plain")
    assert "l’EPUB pour liseuse, à l’adresse ana@reader.example" in text
    assert "29 novembre 2026" in text


@given(st.text(max_size=60))
def test_a_typed_name_is_never_sent(name: str) -> None:
    letter = confirmation(
        list=a_list(),
        subscriber=ANA,
        wish=Wish(address=ANA.address, name=name),
        link=LINK,
        asked_at=NOW,
    )
    assert letter == confirmation(
        list=a_list(), subscriber=ANA, wish=Wish(address=ANA.address), link=LINK, asked_at=NOW
    )


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=80))
def test_any_name_of_a_list_gives_a_whole_message(name: str) -> None:
    if not name.strip():
        return
    message = confirmation(
        list=a_list(name=name), subscriber=ANA, wish=Wish(address="a@b.org"), link=LINK, asked_at=NOW
    )
    assert len(read(message.data)["Subject"].splitlines()) == 1


def test_addresses_beyond_ascii_travel_as_they_must() -> None:
    reader = Subscriber(id=7, address="jörg@bücher.example")
    message = confirmation(
        list=a_list(), subscriber=reader, wish=Wish(address=reader.address), link=LINK, asked_at=NOW
    )
    assert message.envelope_to == "jörg@xn--bcher-kva.example"


def test_a_farewell_tells_how_to_undo_it() -> None:
    left = NOW + dt.timedelta(days=3)
    with_page = farewell(list=a_list(), subscriber=ANA, link="https://l.example/u", left_at=left)
    without = farewell(list=a_list(), subscriber=ANA, link="", left_at=left)
    assert "https://l.example/u" in body(read(with_page.data), "plain")
    assert "answer this letter" in body(read(without.data), "plain")
    assert with_page.message_id.startswith("<farewell.weekly.42.")


def test_the_page_to_confirm_on() -> None:
    assert confirm_page("https://bücher.example/", "x") == "https://xn--bcher-kva.example/confirm/x"


@pytest.mark.parametrize("language", sorted(LETTERS))
@pytest.mark.parametrize("name", ["The Weekly", ". Été  là", "\N{BREAD}" * 30])
def test_a_signed_letter_verifies_and_a_changed_one_does_not(language: str, name: str) -> None:
    letter = farewell(list=a_list(language=language, name=name), subscriber=ANA, link=LINK, left_at=NOW)
    made = signed(letter, two_signatures(), sent=NOW)
    assert (made.message_id, made.envelope_to) == (letter.message_id, letter.envelope_to)
    assert made.data.endswith(letter.data)
    read(made.data)
    for index in (0, 1):
        assert verified_by_dkimpy(made.data, index=index)
        assert not verified_by_dkimpy(made.data + b"more", index=index)
        assert not verified_by_dkimpy(made.data.replace(b"\nSubject: ", b"\nSubject: x"), index=index)
