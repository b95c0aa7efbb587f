"""The checklist of receivers, on the bytes that left the socket: header, envelope, signatures (lines 1 to 7)."""

import re
from email.errors import NonASCIILocalPartDefect
from pathlib import Path

import dkim
import pytest
from posted import BEYOND_ASCII, BOUNCES, DOMAIN, LETTERBOX, PEOPLE, SECRET, SETTINGS, Mail, Posted, told
from signatures import ed25519_pem, rsa_pem
from sink import Sink

from briefpub.domain.tokens import Purpose, Token, opened
from briefpub.render.verp import read_verp

ONCE = (
    *("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"),
    *("List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID"),
    *("Precedence", "Auto-Submitted", "X-Auto-Response-Suppress"),
)
NEVER = ("Bcc", "Cc", "Return-Path", "Sender", "Received")
UNSUBSCRIBE = re.compile(
    rf"<{re.escape(LETTERBOX)}/unsubscribe/([A-Za-z0-9_-]+)>, <mailto:(\S+)@{DOMAIN}\?subject=unsubscribe%20(\S+)>"
)


def slug_of(mail: Mail) -> str:
    return "whole" if mail.to == "one@example.net" else "weekly"


def token_of(mail: Mail) -> str:
    found = UNSUBSCRIBE.fullmatch(mail.field("List-Unsubscribe"))
    assert found
    return found[1]


def tags_of(field: bytes) -> dict[str, str]:
    value = re.sub(rb"\s", b"", field.partition(b":")[2]).decode()
    return dict(tag.split("=", 1) for tag in value.rstrip(";").split(";"))


def signatures_of(mail: Mail) -> list[dict[str, str]]:
    return [tags_of(field) for field in mail.fields if field.startswith(b"DKIM-Signature:")]


def verifies(posted: Posted, data: bytes, index: int) -> bool:
    try:
        return bool(dkim.DKIM(data).verify(dnsfunc=lambda name, **_: posted.records.get(name), idx=index))
    except dkim.DKIMException:
        return False


def test_all_formats_are_here_and_no_client_rule_was_broken(posted: Posted) -> None:
    assert posted.violations == ()
    kinds = {mail.field("Feedback-ID").split(":")[2] for mail in posted.mails}
    assert kinds == {"digest", "brief", "compilation", "notice"}


# --- line 1: one of each field, no defects, no bare CR or LF, lines in their limits


def test_line_1_every_field_is_there_once_and_has_no_defects(posted: Posted) -> None:
    for mail in posted.mails:
        names = [field.partition(b":")[0].decode().lower() for field in mail.fields]
        for name in ONCE:
            assert names.count(name.lower()) == 1, name
        for part in mail.root.walk():
            assert not part.defects
            for value in part.values():
                # The library calls every address beyond ASCII a defect; RFC 6532 allows them.
                assert mail.to == BEYOND_ASCII or not value.defects
                assert all(isinstance(one, NonASCIILocalPartDefect) for one in value.defects)
            if not part.is_multipart():
                part.get_content()
                assert not part.defects


def test_line_1_names_and_subjects_arrive_as_they_were_written(posted: Posted) -> None:
    for address in ("solene@example.net", "hanan@example.net", "jane@example.net"):
        (shown,) = posted.mail(address).root["To"].addresses
        assert (shown.display_name, shown.addr_spec) == (PEOPLE[address][0], address)
    for mail in posted.mails:
        (sender,) = mail.root["From"].addresses
        assert sender.domain == DOMAIN
        issue = posted.manifests[slug_of(mail)]["issue"]
        assert str(mail.root["Subject"]).split() == issue["title"].split()


def test_line_1_no_bare_line_end_no_line_too_long_and_none_that_begins_with_a_dot(posted: Posted) -> None:
    for mail in posted.mails:
        assert not re.search(rb"(?<!\r)\n|\r(?!\n)", mail.data)
        head, _, body = mail.data.partition(b"\r\n\r\n")
        for line in head.decode().split("\r\n"):
            assert len(line.encode()) <= 998
            # What has no blank cannot be folded: an address of a page.
            assert len(line) <= 78 or line.startswith("List-Unsubscribe: <https:")
        for row in body.split(b"\r\n"):
            assert len(row) <= 76
            assert not row.startswith((b".", b"From "))
        assert all(len(field) <= 998 for field in mail.fields if not field.startswith(b"DKIM-"))


# --- line 2: one click, by a page first and by mail


def test_line_2_list_unsubscribe_names_an_https_page_then_a_mail_and_takes_one_click(posted: Posted) -> None:
    for mail in posted.mails:
        found = UNSUBSCRIBE.fullmatch(mail.field("List-Unsubscribe"))
        assert found
        assert found[3] == slug_of(mail)
        assert mail.field("List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"


def test_line_2_both_signatures_cover_the_fields_that_matter(posted: Posted) -> None:
    covered = (
        *("from", "to", "subject", "date", "message-id", "mime-version", "content-type"),
        *("list-id", "list-unsubscribe", "list-unsubscribe-post", "feedback-id"),
    )
    for mail in posted.mails:
        for tags in signatures_of(mail):
            names = tags["h"].lower().split(":")
            # Once more than it is there: a second one cannot be put in (RFC 6376 8.15).
            assert all(names.count(name) == 2 for name in covered)


def test_line_2_the_token_is_opaque_and_one_for_each_list_and_subscriber(posted: Posted) -> None:
    tokens: dict[str, set[str]] = {}
    for mail in posted.mails:
        token = token_of(mail)
        tokens.setdefault(token, set()).add(f"{slug_of(mail)} {mail.to}")
        said = opened(token, secret=SECRET.encode())
        assert said
        assert said == Token(purpose=Purpose.UNSUBSCRIBE, list=slug_of(mail), subscriber=said.subscriber)
        assert mail.to.partition("@")[0] not in token
        assert opened(token, secret=b"another secret of thirty-two characters") is None
        for place, letter in enumerate(token[:-1]):
            other = "A" if letter != "A" else "B"
            forged = opened(f"{token[:place]}{other}{token[place + 1 :]}", secret=SECRET.encode())
            assert forged in {None, said}
        for kind in ("plain", "html"):
            assert f"{LETTERBOX}/unsubscribe/{token}" in mail.text(kind)
    assert all(len(whose) == 1 for whose in tokens.values())
    assert len(tokens) == len({mail.to for mail in posted.mails})


# --- line 4: what lists and machines are told


def test_line_4_lists_and_machines_are_told_what_this_is(posted: Posted) -> None:
    sender_ids = set()
    for mail in posted.mails:
        slug = slug_of(mail)
        assert mail.field("List-Id") == f"<{slug}.{DOMAIN}>"
        assert mail.field("Precedence") == "bulk"
        assert mail.field("Auto-Submitted") == "auto-generated"
        assert mail.field("X-Auto-Response-Suppress") == "OOF, AutoReply"
        fields = mail.field("Feedback-ID").split(":")
        assert len(fields) == len(set(fields)) == 4
        assert all(re.fullmatch(r"[A-Za-z0-9.-]+", field) for field in fields)
        assert 5 <= len(fields[3]) <= 15
        sender_ids.add(fields[3])
        names = {field.partition(b":")[0].decode().lower() for field in mail.fields}
        assert names.isdisjoint(name.lower() for name in NEVER)
    assert len(sender_ids) == 1


# --- line 5: the Message-ID


def test_line_5_the_message_id_is_the_same_on_every_retry(posted: Posted) -> None:
    first, last = posted.deliveries(posted.first), posted.deliveries(posted.last)
    assert first["grey@example.net"]["reply"].startswith("451")
    assert first["lost@example.net"]["state"] == "unknown"
    assert {address: one["message_id"] for address, one in first.items()} == {
        address: one["message_id"] for address, one in last.items()
    }
    for address in ("grey@example.net", "lost@example.net", "solene@example.net", BEYOND_ASCII):
        for mail in posted.sent_to(address):
            assert mail.field("Message-ID") == first[address]["message_id"]
    one, two = posted.sent_to("lost@example.net")
    assert [one.received.acknowledged, two.received.acknowledged] == [False, True]


def test_line_5_each_subscriber_has_a_message_id_of_the_senders_domain(posted: Posted) -> None:
    ids = {mail.field("Message-ID"): mail.to for mail in posted.mails}
    assert len(ids) == len({mail.to for mail in posted.mails})
    assert all(re.fullmatch(rf"<[a-z0-9.-]+@{DOMAIN}>", id) for id in ids)


# --- line 6: the envelope sender


def test_line_6_a_bounce_says_by_its_own_address_whose_it_is(posted: Posted) -> None:
    found = {}
    for mail in posted.mails:
        sender = mail.received.mail_from
        local, _, domain = sender.partition("@")
        assert len(local) <= 64
        # Relaxed alignment of SPF: the organisation's domain is the one of From (RFC 9989).
        assert domain == "bounce.example.org"
        back = read_verp(sender.upper(), bounces=BOUNCES, secret=SECRET.encode())
        assert back is not None
        found[back.mailing, back.delivery] = mail.to
        for place, letter in enumerate(local):
            other = "0" if letter != "0" else "1"
            forged = f"{local[:place]}{other}{local[place + 1 :]}@{domain}"
            assert read_verp(forged, bounces=BOUNCES, secret=SECRET.encode()) is None
        assert read_verp(sender, bounces=BOUNCES, secret=b"another secret") is None
    assert len(found) == len({mail.to for mail in posted.mails})


# --- line 7: DKIM


def test_line_7_another_program_verifies_both_signatures(posted: Posted) -> None:
    for mail in posted.mails:
        rsa, ed25519 = signatures_of(mail)
        assert (rsa["a"], ed25519["a"]) == ("rsa-sha256", "ed25519-sha256")
        assert (rsa["c"], ed25519["c"]) == ("relaxed/relaxed", "relaxed/relaxed")
        assert "l" not in {**rsa, **ed25519}
        for tags in (rsa, ed25519):
            assert mail.root["From"].addresses[0].domain == tags["d"]
        assert verifies(posted, mail.data, 0)
        assert verifies(posted, mail.data, 1)


@pytest.mark.parametrize("address", ["told@example.net", "one@example.net", "idn@xn--bcher-kva.example"])
def test_line_7_a_message_that_was_changed_verifies_no_more(posted: Posted, address: str) -> None:
    data = posted.mail(address).data
    end = data.index(b"\r\n\r\n")
    changes = {
        "a letter of the body": data[: end + 400] + bytes([data[end + 400] ^ 1]) + data[end + 401 :],
        "more body": data + b"<p>more</p>\r\n",
        "another subject": data.replace(b"\r\nSubject: ", b"\r\nSubject: Buy! ", 1),
        "a second sender": data[:end] + b"\r\nFrom: eve@example.com" + data[end:],
        "a second subject": data[:end] + b"\r\nSubject: Buy!" + data[end:],
        "another way to leave": data.replace(b"/unsubscribe/", b"/unsubscribe/x", 1),
        "a Reply-To" if b"\r\nReply-To:" not in data else "another Reply-To": data[:end]
        + b"\r\nReply-To: eve@example.com"
        + data[end:],
    }
    for what, changed in changes.items():
        assert changed != data
        for index in (0, 1):
            assert not verifies(posted, changed, index), what


def test_line_7_a_key_of_fewer_than_2048_bits_is_refused_and_nothing_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "one.md").write_text(
        "---\ntitle: One\nlang: en\ndate: 2026-11-01\nstandfirst: A short one.\n---\n\nWords.\n",
        encoding="utf-8",
    )
    (tmp_path / "briefpub.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "rsa.pem").write_bytes(rsa_pem(1024))
    (tmp_path / "ed25519.pem").write_bytes(ed25519_pem())
    monkeypatch.chdir(tmp_path)
    with Sink() as sink:
        monkeypatch.setenv("BRIEFPUB_TRANSPORT", f"smtp://127.0.0.1:{sink.port}?tls=off")
        assert told("subscribers", "add", "a@example.net", "--list", "whole", "--consent", "yes")[0] == 0
        code, said = told("publish", "whole", "--yes", "--expect", "1", "--jobs", "1")
        assert code not in {0, 3}
        assert "1024 bits" in said
        assert sink.received == []
        assert not (tmp_path / "outbox" / "whole" / "001").exists()
