"""The checklist of receivers, on the bytes that left the socket: parts, text, SMTPUTF8 (lines 8, 9 and 12)."""

import re
import unicodedata
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

import pytest
from posted import BEYOND_ASCII, DEVICE, LETTERBOX, Mail, Posted

PICTURES = ["related", "text/html", "image/jpeg", "image/jpeg"]
TEXTS = ["alternative", "text/plain", "text/html"]
STRUCTURES = {
    "solene@example.net": ["alternative", "text/plain", PICTURES],
    "hanan@example.net": ["mixed", ["alternative", "text/plain", PICTURES], "application/pdf"],
    "told@example.net": TEXTS,
    DEVICE: ["mixed", TEXTS, "application/epub+zip"],
    "one@example.net": ["alternative", "text/plain", PICTURES[:-1]],
}
FORMATS = sorted(STRUCTURES)
# Blanks and joiners that nobody sees; programs put them behind a preheader.
FILLER = re.compile("[\u00ad\u034f\u061c\u115f\u180e\u200b-\u200f\u2060-\u2064\ufeff]")


def structure(part: Any) -> Any:
    if part.is_multipart():
        return [part.get_content_subtype(), *(structure(child) for child in part.iter_parts())]
    return part.get_content_type()


def columns(line: str) -> int:
    """Count the columns of a terminal: none for a mark above a letter, two for a wide letter."""
    marks = sum(unicodedata.category(letter) in {"Mn", "Me", "Cf"} for letter in line)
    return len(line) - marks + sum(unicodedata.east_asian_width(letter) in {"W", "F"} for letter in line)


class Links(HTMLParser):
    """Collects the addresses of a page's links and pictures."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.pictures: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if tag == "a" and name == "href":
                self.links.add(value or "")
            elif name in {"src", "background"}:
                self.pictures.add(value or "")


def attachment(mail: Mail) -> EmailMessage:
    (part,) = mail.root.iter_attachments()
    assert isinstance(part, EmailMessage)
    return part


# --- line 8: how a message is put together


@pytest.mark.parametrize("address", FORMATS)
def test_line_8_text_stands_first_html_last_and_a_file_beside_them(posted: Posted, address: str) -> None:
    mail = posted.mail(address)
    assert structure(mail.root) == STRUCTURES[address]
    for part in mail.root.walk():
        assert part["Content-Transfer-Encoding"] in {None, "quoted-printable", "base64"}
        if part.get_content_maintype() == "text":
            assert part.get_content_charset() == "utf-8"


def test_line_8_the_files_have_their_names_and_their_types(posted: Posted) -> None:
    for address, name, begin in (
        ("hanan@example.net", "weekly-001.pdf", b"%PDF-"),
        (BEYOND_ASCII, "weekly-001.pdf", b"%PDF-"),
        (DEVICE, "weekly-001.epub", b"PK\3\4"),
    ):
        file = attachment(posted.mail(address))
        assert file.get_content_disposition() == "attachment"
        # The name is ASCII whatever the list is called, so RFC 2231 is never needed.
        assert (file.get_filename(), file.get_param("name")) == (name, name)
        data = file.get_content()
        assert data.startswith(begin)
        sizes = {one["file"]: one["size"] for one in posted.manifests["weekly"]["editions"]}
        assert len(data) in sizes.values()


@pytest.mark.parametrize("address", FORMATS)
def test_line_8_every_content_id_is_shown_and_every_one_shown_is_there(posted: Posted, address: str) -> None:
    mail = posted.mail(address)
    inline = {
        f"cid:{str(part['Content-ID']).strip('<>')}": part for part in mail.root.walk() if part["Content-ID"]
    }
    assert Links(mail.text("html")).pictures == set(inline)
    assert len(inline) == len(set(inline))
    for part in inline.values():
        assert part.get_content_disposition() == "inline"
        assert part.get_content_maintype() == "image"
    for part in mail.root.walk():
        if part.get_content_subtype() == "related":
            assert part.get_param("type") == "text/html"


# --- line 9: the text part


@pytest.mark.parametrize("address", FORMATS)
def test_line_9_the_text_has_every_title_every_link_and_the_way_to_leave(
    posted: Posted, address: str
) -> None:
    mail = posted.mail(address)
    text = mail.text("plain")
    words = " ".join(text.split())
    slug = "whole" if address == "one@example.net" else "weekly"
    for article in posted.manifests[slug]["articles"]:
        assert " ".join(article["title"].split()) in words
    assert f"{LETTERBOX}/unsubscribe/" in text
    assert f"{LETTERBOX}/preferences/" in text
    for link in Links(mail.text("html")).links:
        # What a reader can mark in a page has no place in a text: a note, a heading that stands below.
        shown = link.removeprefix("mailto:").partition("#")[0]
        assert shown in text, link


@pytest.mark.parametrize("address", FORMATS)
def test_line_9_the_text_is_78_columns_wide_and_made_for_readers(posted: Posted, address: str) -> None:
    text = posted.mail(address).text("plain")
    for line in text.splitlines():
        # An address cannot be broken, and stands on a line that has nothing else.
        assert columns(line) <= 78 or re.fullmatch(r"(\[\d+\] )?https?://\S+", line), line
    assert not FILLER.search(text)
    assert not re.search(r"^\s*\||\|\s*$", text, re.MULTILINE)
    assert not re.search(r"</?(p|div|table|t[dr]|span|style|br|img|h[1-6]|!)\b", text)
    assert not re.search(r"[{};]\s*$|@media|&(amp|nbsp|lt|#\d+);", text, re.MULTILINE)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)
    assert not re.search(r"\n{4,}", text)


# --- line 12: addresses beyond ASCII


def test_line_12_without_the_extension_that_recipient_alone_fails_for_good(posted: Posted) -> None:
    first = posted.deliveries(posted.first)
    failed = {address: one["reply"] for address, one in first.items() if one["state"] == "failed"}
    assert failed == {BEYOND_ASCII: "550 5.6.7 the server takes no address beyond ASCII"}
    assert sum(one["state"] == "accepted" for one in first.values()) == 8


def test_line_12_with_the_extension_mail_from_carries_it_and_the_mail_arrives(posted: Posted) -> None:
    assert posted.deliveries(posted.last)[BEYOND_ASCII]["state"] == "accepted"
    mail = posted.mail(BEYOND_ASCII)
    assert "SMTPUTF8" in mail.received.mail_parameters
    assert mail.root["To"].addresses[0].addr_spec == BEYOND_ASCII
    for other in posted.mails:
        assert ("SMTPUTF8" in other.received.mail_parameters) == (other.to == BEYOND_ASCII)


def test_line_12_a_domain_beyond_ascii_goes_as_a_label(posted: Posted) -> None:
    mail = posted.mail("idn@xn--bcher-kva.example")
    assert mail.root["To"].addresses[0].addr_spec == mail.to
    for other in posted.mails:
        for address in (*other.received.rcpt_to, other.received.mail_from):
            assert address.rpartition("@")[2].isascii()


# --- line 3, the sender's half: who leaves between queue and send


def test_line_3_who_unsubscribed_between_queue_and_send_is_not_sent_to(posted: Posted) -> None:
    assert posted.deliveries(posted.first)["left@example.net"]["state"] == "queued"
    assert posted.deliveries(posted.last)["left@example.net"]["state"] == "skipped"
    assert posted.sent_to("left@example.net") == []
