"""Whatever stands in a name, a subject or an address: the message is whole, and nothing else gets in."""

import email
import email.policy
import re
from email.errors import NonASCIILocalPartDefect
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest
from builders import IMPRINT, NOW, PICTURE, a_frozen, a_list, an_issue, editions_of
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from signatures import two_signatures, verified, verified_by_dkimpy

from briefpub.domain.audience import Subscriber, SubscriptionFormat, one_line
from briefpub.domain.delivery import Delivery, DeliveryState
from briefpub.domain.errors import ConfigError
from briefpub.domain.issue import Edition, Format
from briefpub.domain.tokens import Purpose, Token, opened
from briefpub.render.message import Stationery, compiled
from briefpub.render.verp import ReturnAddress, read_verp

SECRET = b"s" * 32
LETTERBOX = "https://letters.example.org"
BOUNCES = "b@bounce.example.org"
FOOT = f"{LETTERBOX}/unsubscribe/weekly", f"{LETTERBOX}/preferences/weekly"
ONCE = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "List-Unsubscribe", "List-Id")

HOSTILE = st.one_of(
    st.text(max_size=120),
    st.text(alphabet='a \t\r\n\0=?_<>"\\,;:@()éЖ日🍞\u2028\u200f\x85', max_size=200),
    st.text(alphabet='"\\', min_size=20, max_size=80),
    st.text(alphabet=st.characters(min_codepoint=0xD7F0, max_codepoint=0xE010), max_size=20),
    st.sampled_from(
        [
            *(
                "x\r\nBcc: eve@example.org",
                "x\r\n\r\n<h1>",
                "=?utf-8?q?Bcc?=",
                "a" * 500,
                "é" * 500,
                "\r",
                "\n",
            ),
            *(
                "Ana, Bo & Co. <x@y.z>",
                'quo"te\\',
                "J. R. R.",
                "two  blanks",
                ".",
                "..",
                "From x",
                "ana\r\n.\r\n",
            ),
        ]
    ),
)
LOCAL = st.one_of(
    st.from_regex(r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}", fullmatch=True),
    st.text(alphabet="aéЖ日.+-_", min_size=1, max_size=30),
    st.text(max_size=20),
    st.sampled_from(
        ["a\r\nRCPT TO:<eve@example.org>", "a> SIZE=1", "a b", '"a b"', "a" * 64, "é" * 33, "\ud800"]
    ),
)
DOMAIN = st.one_of(
    st.sampled_from(
        ["example.net", "bücher.example", "xn--bcher-kva.example", "localhost", "例え.jp", "A.EXAMPLE"]
    ),
    st.sampled_from(
        ["", "a..b", "-", "²é.example", "a b.c", "e.org\r\nBcc: x", "é" * 63 + ".org", "x" * 64 + ".org"]
    ),
    st.text(max_size=12),
)


def readable(text: str) -> str:
    return one_line(text).encode("utf-8", "replace").decode()


def editions(html: str, text: str) -> tuple[Edition, ...]:
    return (
        Edition(format=Format.DIGEST, data=html.encode()),
        Edition(format=Format.TEXT, data=text.encode()),
        *editions_of(an_issue())[2:],
    )


def a_page(words: str) -> str:
    leave, change = FOOT
    return (
        f'<!doctype html><html lang="en"><title>x</title><p>{words}</p><img src="{PICTURE.path}" alt="">'
        f'<a href="{leave}">Leave</a> <a href="{change}">Change</a></html>\n'
    )


FROZEN = [
    a_frozen(editions=editions(a_page(words), f"{words}\n\n{FOOT[0]}\n{FOOT[1]}\n"), pictures=[PICTURE])
    for words in ("On  bread. " * 20, "ψωμί " * 200)
]


def check(
    *, name: str, subject: str, local: str, domain: str, format: SubscriptionFormat, greek: bool, id: int
) -> str:
    """Make a message and look at every byte of it; give it as dkimpy would want it, or nothing if refused."""
    make = compiled(
        frozen=FROZEN[greek],
        list=a_list(),
        imprint=IMPRINT,
        subject=subject,
        stationery=Stationery(letterbox=LETTERBOX, bounces=BOUNCES, secret=SECRET, signer=two_signatures()),
    )
    subscriber = Subscriber(id=id, address=f"{local}@{domain}", name=name)
    delivery = Delivery(id=7, mailing=3, subscriber=subscriber, format=format, state=DeliveryState.CLAIMED)
    try:
        message = make(delivery, NOW)
    except ConfigError:
        event("address refused")
        return ""
    assert not re.search(r"[\s<>\x00-\x1f]", message.envelope_to)
    assert message.envelope_to.rpartition("@")[2].isascii()
    back = read_verp(message.envelope_from, bounces=BOUNCES, secret=SECRET)
    assert back == ReturnAddress(mailing=3, delivery=7)
    data = message.data
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", data)
    assert message.dotless
    assert not re.search(rb"(?m)^\.", data)
    assert data.endswith(b"\r\n")
    head, _, body = data.partition(b"\r\n\r\n")
    assert body.startswith(b"--=_")
    for line in head.decode().split("\r\n"):
        # Characters, as RFC 6532 3.4 counts; what has no blank cannot be folded.
        assert len(line) <= 78 or " " not in line.strip() or line.startswith(("List-Unsubscribe:", "To:"))
        assert len(line.encode()) <= 998
    for row in body.split(b"\r\n"):
        assert len(row) <= 78
        assert not row.startswith((b".", b"From "))
        assert not row.endswith((b" ", b"\t"))
        assert b"  " not in row
    root = email.message_from_string(data.decode(), policy=email.policy.SMTPUTF8)
    for part in root.walk():
        assert part.defects == []
        for value in part.values():
            # The library calls every address beyond ASCII a defect; RFC 6532 allows them.
            assert all(isinstance(defect, NonASCIILocalPartDefect) for defect in value.defects)
            assert not value.defects or not message.envelope_to.isascii()
        if not part.is_multipart():
            part.get_content()
            assert part.defects == []
    assert all(len(root.get_all(field, [])) == 1 for field in ONCE)
    for absent in ("Bcc", "Cc", "Return-Path", "Sender"):
        assert absent not in root
    assert root["Subject"] == readable(subject)
    to = re.search(r"\r\nTo: (.*?)\r\n(?! )", head.decode(), re.DOTALL)
    assert to is not None
    # Python's own parser keeps the blanks between encoded words of a name; RFC 2047 6.2 drops them.
    shown, address = parseaddr(to[1].replace("\r\n", ""))
    assert address == message.envelope_to
    assert str(make_header(decode_header(shown))) == readable(name)
    tokens(root, id)
    assert verified(data)
    return data.decode("latin-1")


def tokens(root: email.message.EmailMessage, id: int) -> None:
    for part in root.walk():
        if part.get_content_type() in {"text/plain", "text/html"}:
            text = part.get_content()
            for word, purpose in (("unsubscribe", Purpose.UNSUBSCRIBE), ("preferences", Purpose.PREFERENCES)):
                found = re.findall(rf"{LETTERBOX}/{word}/([A-Za-z0-9_-]+)", text)
                assert len(found) == 1
                assert opened(found[0], secret=SECRET) == Token(purpose=purpose, list="weekly", subscriber=id)


WHOLE = given(
    name=HOSTILE,
    subject=HOSTILE,
    local=LOCAL,
    domain=DOMAIN,
    format=st.sampled_from(SubscriptionFormat),
    greek=st.booleans(),
    id=st.integers(min_value=1, max_value=2**63 - 1),
)


@settings(max_examples=200)
@WHOLE
def test_a_message_is_whole_whatever_is_written_into_it(**hostile) -> None:
    check(**hostile)


@pytest.mark.slow
@settings(max_examples=20_000, suppress_health_check=list(HealthCheck))
@WHOLE
def test_twenty_thousand_messages_are_whole(**hostile) -> None:
    check(**hostile)


@settings(max_examples=15)
@WHOLE
def test_another_program_verifies_them(**hostile) -> None:
    data = check(**hostile).encode("latin-1")
    if data:
        assert verified_by_dkimpy(data, index=0)
        assert verified_by_dkimpy(data, index=1)
