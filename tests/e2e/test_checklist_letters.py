"""The checklist of receivers, on a letter to one person (the farewell) as it left the socket."""

import re

import dkim
import pytest
from mailbench import columns, page
from posted import DOMAIN, LETTERBOX, Posted


def test_the_letter_has_each_field_once_no_defects_and_lines_in_their_limits(posted: Posted) -> None:
    letter = posted.letter
    names = [field.partition(b":")[0].decode() for field in letter.fields]
    for name in ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "List-Id"):
        assert names.count(name) == 1
    for part in letter.root.walk():
        assert not part.defects
        assert not any(value.defects for value in part.values())
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", letter.data)
    head, _, body = letter.data.partition(b"\r\n\r\n")
    assert all(len(line) <= 78 for line in head.split(b"\r\n"))
    for row in body.split(b"\r\n"):
        assert len(row) <= 76
        assert not row.startswith((b".", b"From "))


def test_the_letter_answers_a_persons_own_act_and_is_no_bulk_mail(posted: Posted) -> None:
    letter = posted.letter
    assert letter.to == "left@example.net"
    assert letter.field("Auto-Submitted") == "auto-generated"
    assert letter.field("X-Auto-Response-Suppress") == "OOF, AutoReply"
    for name in ("Precedence", "Feedback-ID", "List-Unsubscribe-Post"):
        assert letter.root[name] is None
    assert re.fullmatch(rf"<\S+@{DOMAIN}>", letter.field("Message-ID"))


def test_the_letter_says_the_same_as_text_and_as_a_page(posted: Posted) -> None:
    text, html = posted.letter.text("plain"), posted.letter.text("html")
    assert [part.get_content_type() for part in posted.letter.root.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    (link,) = re.findall(rf"{LETTERBOX}/unsubscribe/[\w-]+", text)
    root = page(html.encode())
    assert root.xpath("//a/@href") == [link]
    assert root.get("lang") == "fr"
    assert len(root.xpath("//h1")) == 1
    assert root.xpath("//meta[@name='color-scheme']/@content") == ["light dark"]
    assert "<style>:root{color-scheme:light dark" in html
    for line in text.splitlines():
        assert columns(line) <= 78 or line == link


def test_the_letter_is_signed_as_the_issues_are(posted: Posted) -> None:
    def verifies(data: bytes, index: int) -> bool:
        records = posted.records
        return bool(dkim.DKIM(data).verify(dnsfunc=lambda name, **_: records.get(name), idx=index))

    assert verifies(posted.letter.data, 0)
    assert verifies(posted.letter.data, 1)
    with pytest.raises(dkim.ValidationError):
        verifies(posted.letter.data + b"more\r\n", 0)
