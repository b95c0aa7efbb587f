import datetime as dt
import email
import email.policy
import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from builders import IMPRINT, NOW, PICTURE, a_frozen, a_list, an_issue, editions_of
from hypothesis import given
from hypothesis import strategies as st

from briefpub.domain.audience import Frequency, Subscriber, SubscriptionFormat
from briefpub.domain.delivery import Delivery, DeliveryState, Message
from briefpub.domain.errors import ConfigError, RenderError
from briefpub.domain.issue import Edition, EditionPicture, Format, Imprint
from briefpub.domain.tokens import Purpose, Token, opened
from briefpub.render.bodies import LARGEST, MOST_HTML
from briefpub.render.message import Compiled, Stationery, compiled
from briefpub.render.verp import ReturnAddress, read_verp

SUBJECT = "On bread"
SECRET = b"s" * 32
PLAIN = Stationery(secret=SECRET)
LETTERBOX = "https://letters.example.org"
SERVED = Stationery(letterbox=LETTERBOX, bounces="b@bounce.example.org", secret=SECRET)


def a_delivery(**changes: Any) -> Delivery:
    values: dict[str, Any] = {
        "id": 7,
        "mailing": 1,
        "subscriber": Subscriber(id=42, address="ana@example.net", name="Ana Lima"),
        "format": SubscriptionFormat.DIGEST,
        "state": DeliveryState.CLAIMED,
    }
    return Delivery(**{**values, **changes})


def a_message(**changes: Any) -> Message:
    values: dict[str, Any] = {
        "frozen": a_frozen(),
        "list": a_list(),
        "imprint": IMPRINT,
        "subject": SUBJECT,
        "delivery": a_delivery(),
        "sent": NOW,
        "stationery": PLAIN,
    }
    values |= changes
    delivery, sent = values.pop("delivery"), values.pop("sent")
    return compiled(**values)(delivery, sent)


def parsed(message: Message) -> EmailMessage:
    """Parse a message as a receiver does, and refuse the least defect."""
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", message.data)
    for line in message.data.split(b"\r\n"):
        assert len(line) <= 998
    root = email.message_from_bytes(message.data, policy=email.policy.default)
    assert isinstance(root, EmailMessage)
    for part in root.walk():
        assert isinstance(part, EmailMessage)
        assert part.defects == []
        for value in part.values():
            assert value.defects == ()
        if not part.is_multipart():
            part.get_content()
            assert part.defects == []
    return root


def structure(part: Any) -> Any:
    if part.is_multipart():
        return [part.get_content_subtype(), *(structure(child) for child in part.iter_parts())]
    return part.get_content_type()


def with_html(html: str) -> tuple[Edition, ...]:
    _, *others = editions_of(an_issue())
    return (Edition(format=Format.DIGEST, data=html.encode()), *others)


def test_the_envelope_and_the_header_say_who_and_what() -> None:
    message = a_message()
    assert (message.delivery, message.envelope_from, message.envelope_to) == (
        7,
        "weekly@example.org",
        "ana@example.net",
    )
    root = parsed(message)
    for name in ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "List-Id", "Feedback-ID"):
        assert len(root.get_all(name, [])) == 1
    assert root["From"].addresses == (Address("The Weekly", addr_spec="weekly@example.org"),)
    assert root["To"].addresses == (Address("Ana Lima", addr_spec="ana@example.net"),)
    assert root["Subject"] == SUBJECT
    assert parsedate_to_datetime(root["Date"]) == NOW
    assert root["Message-ID"] == message.message_id
    assert root["List-Id"] == "<weekly.example.org>"
    assert root["List-Unsubscribe"] == "<mailto:weekly@example.org?subject=unsubscribe%20weekly>"
    assert root["Precedence"] == "bulk"
    assert root["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert root["Content-Language"] == "en"
    assert root["Auto-Submitted"] == "auto-generated"
    for absent in ("List-Unsubscribe-Post", "Bcc", "Return-Path", "Reply-To"):
        assert absent not in root


def test_the_feedback_id_has_four_different_fields() -> None:
    fields = parsed(a_message())["Feedback-ID"].split(":")
    assert len(set(fields)) == 4
    assert 5 <= len(fields[3]) <= 15


def test_the_message_id_is_the_same_on_every_retry() -> None:
    first = a_message()
    assert re.fullmatch(r"<weekly\.001\.42\.[0-9a-f]{8}@example\.org>", first.message_id)
    later = a_message(sent=NOW.replace(day=23), delivery=a_delivery(id=9, attempts=3))
    assert later.message_id == first.message_id
    kept = a_message(delivery=a_delivery(message_id="<weekly.001.42.cafe@old.example>"))
    assert kept.message_id == "<weekly.001.42.cafe@old.example>"


def test_the_same_input_gives_the_same_bytes() -> None:
    assert a_message() == a_message()
    maker = compiled(frozen=a_frozen(), list=a_list(), imprint=IMPRINT, subject=SUBJECT, stationery=PLAIN)
    elsewhere = NOW.astimezone(dt.timezone(dt.timedelta(hours=5)))
    assert maker(a_delivery(), elsewhere) == maker(a_delivery(), NOW) == a_message()


def test_a_digest_is_text_then_html() -> None:
    root = parsed(a_message())
    assert structure(root) == ["alternative", "text/plain", "text/html"]
    text, html = root.iter_parts()
    issue_text, issue_html = editions_of(an_issue())[1].data, editions_of(an_issue())[0].data
    assert text.get_content().splitlines() == issue_text.decode().splitlines()
    assert html.get_content().splitlines() == issue_html.decode().splitlines()
    assert html["Content-Transfer-Encoding"] == "quoted-printable"


def test_the_brief_is_attached_for_those_who_take_it() -> None:
    root = parsed(a_message(delivery=a_delivery(format=SubscriptionFormat.DIGEST_AND_BRIEF)))
    assert structure(root) == ["mixed", ["alternative", "text/plain", "text/html"], "application/pdf"]
    brief = list(root.iter_attachments())[-1]
    assert brief.get_filename() == "weekly-001.pdf"
    assert brief.get_content() == editions_of(an_issue())[3].data


def test_without_a_brief_there_is_none_to_attach() -> None:
    editions = tuple(one for one in editions_of(an_issue()) if one.format is not Format.PDF)
    message = a_message(
        frozen=a_frozen(editions=editions), delivery=a_delivery(format=SubscriptionFormat.DIGEST_AND_BRIEF)
    )
    assert structure(parsed(message)) == ["alternative", "text/plain", "text/html"]


def test_pictures_travel_inside() -> None:
    unused = EditionPicture(path="pictures/web-only.jpg", media_type="image/jpeg", data=b"w")
    odd = EditionPicture(path="pictures/été 1.png", media_type="image/png", data=b"p")
    html = (
        '<img src="pictures/loaf.jpg" srcset="pictures/loaf.jpg 2x"> <a href="https://e.org/pictures/loaf.jpg">'
        "<td background='pictures/été 1.png' style='background:url(pictures/loaf.jpg)'>"
    )
    message = a_message(frozen=a_frozen(editions=with_html(html), pictures=[PICTURE, unused, odd]))
    root = parsed(message)
    assert structure(root) == [
        "alternative",
        "text/plain",
        ["related", "text/html", "image/jpeg", "image/png"],
    ]
    related = list(root.iter_parts())[1]
    shown, *pictures = related.iter_parts()
    content = shown.get_content()
    assert 'href="https://e.org/pictures/loaf.jpg"' in content
    assert content.count("cid:") == 4
    assert {f"cid:{part['Content-ID'].strip('<>')}" for part in pictures} == set(
        re.findall(r"cid:[^\"'\s)]+", content)
    )
    assert pictures[0].get_content() == PICTURE.data
    assert pictures[0].get_content_disposition() == "inline"


@pytest.mark.parametrize("domain", ["example.org", "a-rather-long-domain-name.example.org"])
def test_a_content_id_is_no_longer_than_the_path_it_stands_for(domain: str) -> None:
    picture = EditionPicture(path="pictures/0123456789abcdef-1200.jpg", media_type="image/jpeg", data=b"j")
    frozen = a_frozen(editions=with_html(f'<img src="{picture.path}">'), pictures=[picture])
    root = parsed(a_message(frozen=frozen, list=a_list(sender=f"weekly@{domain}")))
    shown, inline = list(root.iter_parts())[1].iter_parts()
    assert len(shown.get_content().strip()) <= len(f'<img src="{picture.path}">')
    assert f'"cid:{inline["Content-ID"].strip("<>")}"' in shown.get_content()


def test_a_picture_that_is_not_frozen_is_refused() -> None:
    with pytest.raises(RenderError, match=r"pictures/lost\.jpg"):
        a_message(frozen=a_frozen(editions=with_html('<img src="pictures/lost.jpg">')))


def test_an_issue_without_digest_is_refused() -> None:
    with pytest.raises(RenderError, match="no digest"):
        a_message(frozen=a_frozen(editions=editions_of(an_issue())[1:]))


def test_a_digest_that_gmail_would_clip_is_refused() -> None:
    assert len(a_message(frozen=a_frozen(editions=with_html("x" * 97_000))).data) < MOST_HTML + 3_000
    with pytest.raises(RenderError, match="Gmail clips"):
        a_message(frozen=a_frozen(editions=with_html("x" * 102_000)))


def test_each_part_is_encoded_the_shorter_way() -> None:
    greek = a_frozen(editions=with_html("<p>" + "ψωμί " * 500))
    _, html = parsed(a_message(frozen=greek)).iter_parts()
    assert html["Content-Transfer-Encoding"] == "base64"
    assert html.get_content().rstrip() == "<p>" + "ψωμί " * 499 + "ψωμί"


def test_replies_go_to_the_contact_where_it_is_another_mailbox() -> None:
    desk = a_message(imprint=Imprint(contact="The Desk <desk@example.org>"))
    assert parsed(desk)["Reply-To"].addresses[0].addr_spec == "desk@example.org"
    for contact in ("weekly@example.org", "12 Mill Lane"):
        assert "Reply-To" not in parsed(a_message(imprint=Imprint(contact=contact)))


def test_names_beyond_ascii_are_encoded_and_domains_are_a_labels() -> None:
    list = a_list(name="La Gazette d’Été", sender="brève@bücher.example")
    subscriber = Subscriber(id=1, address="hanan@例え.jp", name="حنان المرزوقي")
    message = a_message(list=list, delivery=a_delivery(subscriber=subscriber))
    assert message.envelope_to == "hanan@xn--r8jz45g.jp"
    assert message.envelope_from == "brève@xn--bcher-kva.example"
    assert b"\r\nList-Id: <weekly.xn--bcher-kva.example>\r\n" in message.data
    root = email.message_from_bytes(message.data, policy=email.policy.default)
    assert root["To"].addresses == (Address("حنان المرزوقي", addr_spec="hanan@xn--r8jz45g.jp"),)


def test_an_address_beyond_ascii_stands_in_utf8() -> None:
    subscriber = Subscriber(id=1, address="žofie@example.net", name="Žofie")
    message = a_message(delivery=a_delivery(subscriber=subscriber))
    assert message.envelope_to == "žofie@example.net"
    assert "<žofie@example.net>\r\n".encode() in message.data


# --- with a letterbox ------------------------------------------------------------------------


def footed(leave: str = f"{LETTERBOX}/unsubscribe/weekly") -> tuple[Edition, ...]:
    """Give editions whose footers end a subscription as the frozen ones do."""
    change = f"{LETTERBOX}/preferences/weekly"
    digest, text, *others = editions_of(an_issue())
    return (
        Edition(
            format=Format.DIGEST,
            data=digest.data + f'<a href="{leave}">x</a><a href="{change}">y</a>'.encode(),
        ),
        Edition(format=Format.TEXT, data=text.data + f"{leave}\n{change}\n".encode()),
        *others,
    )


def test_one_click_leaves_and_so_does_a_mail() -> None:
    root = parsed(a_message(stationery=SERVED))
    page, mail = str(root["List-Unsubscribe"]).split(", ")
    token = page.removeprefix(f"<{LETTERBOX}/unsubscribe/").removesuffix(">")
    assert opened(token, secret=SECRET) == Token(purpose=Purpose.UNSUBSCRIBE, list="weekly", subscriber=42)
    assert mail == "<mailto:weekly@example.org?subject=unsubscribe%20weekly>"
    assert root["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_one_click_is_offered_over_https_only() -> None:
    root = parsed(a_message(stationery=Stationery(letterbox="http://localhost:8000", secret=SECRET)))
    assert root["List-Unsubscribe"].startswith("<http://localhost:8000/unsubscribe/")
    assert "List-Unsubscribe-Post" not in root


@pytest.mark.parametrize("format", SubscriptionFormat)
@pytest.mark.parametrize("words", ["On bread.", "ψωμί " * 300])
def test_the_footer_becomes_the_subscribers_own(format: SubscriptionFormat, words: str) -> None:
    digest, text, *others = footed()
    editions = (
        Edition(format=Format.DIGEST, data=f"<p>{words}</p>".encode() + digest.data),
        Edition(format=Format.TEXT, data=words.encode() + text.data),
        *others,
    )
    message = a_message(
        frozen=a_frozen(editions=editions), stationery=SERVED, delivery=a_delivery(format=format)
    )
    texts = [part for part in parsed(message).walk() if part.get_content_maintype() == "text"]
    assert [part.get_content_subtype() for part in texts] == ["plain", "html"]
    for part in texts:
        for word, purpose in (("unsubscribe", Purpose.UNSUBSCRIBE), ("preferences", Purpose.PREFERENCES)):
            (token,) = re.findall(rf"{LETTERBOX}/{word}/([\w-]+)", part.get_content())
            assert opened(token, secret=SECRET) == Token(purpose=purpose, list="weekly", subscriber=42)


def test_an_issue_frozen_before_there_was_a_letterbox_is_left_with_a_click_too() -> None:
    editions = footed("mailto:weekly@example.org?subject=unsubscribe%20weekly")
    root = parsed(a_message(frozen=a_frozen(editions=editions), stationery=SERVED))
    for part in root.iter_parts():
        assert "mailto:" not in part.get_content()
        assert f"{LETTERBOX}/unsubscribe/" in part.get_content()


def test_a_long_list_name_makes_a_token_longer_than_a_line() -> None:
    slug = "a-very-long-" * 5 + "one"
    html = f'<a href="{LETTERBOX}/unsubscribe/{slug}">x</a>'
    message = a_message(list=a_list(slug), frozen=a_frozen(editions=with_html(html)), stationery=SERVED)
    assert all(len(line) <= 76 for line in message.data.partition(b"\r\n\r\n")[2].split(b"\r\n"))
    page = list(parsed(message).iter_parts())[1].get_content()
    (token,) = re.findall(r"/unsubscribe/([\w-]+)", page)
    assert len(token) > 76
    assert opened(token, secret=SECRET) == Token(purpose=Purpose.UNSUBSCRIBE, list=slug, subscriber=42)


def test_bounces_return_to_an_address_of_their_own() -> None:
    message = a_message(stationery=SERVED)
    assert message.envelope_from.startswith("b+1.7.")
    back = read_verp(message.envelope_from, bounces="b@bounce.example.org", secret=SECRET)
    assert back == ReturnAddress(mailing=1, delivery=7)
    assert b"b+1.7." not in message.data


# --- formats ---------------------------------------------------------------------------------


def test_a_compilation_goes_to_the_e_reader() -> None:
    delivery = a_delivery(format=SubscriptionFormat.COMPILATION, device="ana@kindle.example")
    message = a_message(delivery=delivery)
    root = parsed(message)
    assert message.envelope_to == "ana@kindle.example"
    assert root["To"].addresses == (Address("Ana Lima", addr_spec="ana@kindle.example"),)
    assert structure(root) == ["mixed", ["alternative", "text/plain", "text/html"], "application/epub+zip"]
    book = list(root.iter_attachments())[-1]
    assert book.get_filename() == "weekly-001.epub"
    assert book.get_content() == editions_of(an_issue())[4].data
    assert "attached as a book" in root.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_a_notice_only_tells() -> None:
    root = parsed(a_message(delivery=a_delivery(format=SubscriptionFormat.NOTICE)))
    assert structure(root) == ["alternative", "text/plain", "text/html"]
    text = root.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "A new issue of The Weekly is out." in text
    assert "mailto:weekly@example.org?subject=unsubscribe%20weekly" in text


@pytest.mark.parametrize("format", SubscriptionFormat)
def test_each_format_has_its_own_feedback_id(format: SubscriptionFormat) -> None:
    fields = parsed(a_message(delivery=a_delivery(format=format)))["Feedback-ID"].split(":")
    assert len(set(fields)) == 4
    assert 5 <= len(fields[3]) <= 15


def made_of(*editions: Edition) -> Compiled:
    return compiled(
        frozen=a_frozen(editions=editions), list=a_list(), imprint=IMPRINT, subject=SUBJECT, stationery=PLAIN
    )


def test_what_no_server_would_take_is_refused_with_its_size() -> None:
    digest, text, web, _, _ = editions_of(an_issue())
    large = [Edition(format=format, data=bytes(19_000_000)) for format in (Format.PDF, Format.EPUB)]
    make = made_of(digest, text, web, *large)
    for format in (SubscriptionFormat.DIGEST_AND_BRIEF, SubscriptionFormat.COMPILATION):
        assert re.fullmatch(
            r"with its (PDF|EPUB) of 19\.0 MB the message takes 26\.0 MB, and most mail servers take 25\.0 MB at most",
            make.refusal(format),
        )
        with pytest.raises(RenderError, match=r"26\.0 MB"):
            make(a_delivery(format=format), NOW)
    for format in (SubscriptionFormat.DIGEST, SubscriptionFormat.NOTICE):
        assert not make.refusal(format)
        assert make(a_delivery(format=format), NOW).data


def test_what_can_go_is_within_the_limit_to_the_byte() -> None:
    make = made_of(*editions_of(an_issue())[:4], Edition(format=Format.EPUB, data=bytes(18_260_000)))
    assert not make.refusal(SubscriptionFormat.COMPILATION)
    assert len(make(a_delivery(format=SubscriptionFormat.COMPILATION), NOW).data) <= LARGEST


def test_an_issue_without_a_compilation_cannot_be_sent_as_one() -> None:
    make = made_of(*editions_of(an_issue())[:4])
    assert make.refusal(SubscriptionFormat.COMPILATION) == "the issue has no compilation (EPUB) to send"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ana",
        "ana@",
        "@e.org",
        "a\r\nb@e.org",
        "a b@e.org",
        "a@e.org\r\nBcc: x",
        "a@" + "é" * 63 + ".example",
        "a..b@e.org",
        ".@e.org",
    ],
)
def test_an_address_that_no_envelope_takes_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match="no mail can be sent"):
        a_message(delivery=a_delivery(subscriber=Subscriber(id=42, address=address)))


# --- text ------------------------------------------------------------------------------------


@given(st.text(max_size=400))
def test_every_text_comes_back_as_it_went(text: str) -> None:
    digest, _, *others = editions_of(an_issue())
    frozen = a_frozen(editions=(digest, Edition(format=Format.TEXT, data=text.encode()), *others))
    plain = next(parsed(a_message(frozen=frozen)).iter_parts())
    sent = re.split(r"\r\n|\r|\n", text)
    got = re.split(r"\r\n|\r|\n", plain.get_content())
    assert got[: len(sent)] == sent


def test_a_gathering_s_key_stands_in_its_headers_and_breaks_none() -> None:
    delivery = a_delivery(message_id="<weekly.monthly-003.42.8c1d0a4e@example.org>")
    issue = an_issue(number=3, frequency=Frequency.MONTHLY)
    message = a_message(frozen=a_frozen(issue), delivery=delivery, stationery=SERVED)
    mail = parsed(message)
    assert mail["Message-ID"] == "<weekly.monthly-003.42.8c1d0a4e@example.org>"
    assert "weekly" in mail["List-ID"]
    assert "monthly" not in mail["List-ID"]
    assert str(mail["Feedback-ID"]).startswith("i.weekly.monthly-003:l.weekly:")
    told = read_verp(message.envelope_from, bounces="b@bounce.example.org", secret=SECRET)
    assert told == ReturnAddress(mailing=1, delivery=7)
    token = str(mail["List-Unsubscribe"]).partition("/unsubscribe/")[2].partition(">")[0]
    assert opened(token, secret=SECRET) == Token(purpose=Purpose.UNSUBSCRIBE, list="weekly", subscriber=42)
