"""Callers and forms: what is read of a header or a body that anybody may have written."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefpub.web.clients import UNKNOWN, client_of
from briefpub.web.forms import MOST_FIELDS, fields_of

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("peer", "forwarded", "network", "key"),
    [
        ("192.0.2.77", None, "192.0.2.0/24", "192.0.2.77/32"),
        ("2001:db8:1:2:3::4", None, "2001:db8:1::/48", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.77", None, "192.0.2.0/24", "192.0.2.77/32"),
        ("fe80::1%eth0", None, "fe80::/48", "fe80::/64"),
        ("127.0.0.1", "10.1.1.1, 203.0.113.8", "203.0.113.0/24", "203.0.113.8/32"),
        ("127.0.0.1", '203.0.113.8, "[2001:db8::1]:4711"', "2001:db8::/48", "2001:db8::/64"),
        ("127.0.0.1", "203.0.113.8:4711", "203.0.113.0/24", "203.0.113.8/32"),
        ("127.0.0.1", "unknown", UNKNOWN, UNKNOWN),
        ("127.0.0.1", "", "127.0.0.0/24", "127.0.0.1/32"),
        ("", None, UNKNOWN, UNKNOWN),
    ],
)
def test_a_caller_is_known_by_its_network(peer: str, forwarded: str | None, network: str, key: str) -> None:
    client = client_of(peer, forwarded=forwarded)
    assert (client.network, client.key) == (network, key)


@given(st.text(alphabet=string.printable, max_size=60))
def test_any_forwarded_header_is_read(text: str) -> None:
    assert client_of("192.0.2.1", forwarded=text).network


def multipart(*parts: tuple[str, str]) -> bytes:
    body = b"".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in parts
    )
    return body + b"--x--\r\n"


@given(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs", "Cc"]), max_size=60))
def test_both_kinds_of_form_say_the_same(text: str) -> None:
    body = multipart(("address", text), ("name", "b"))
    if "--x" not in text:
        fields = fields_of('multipart/form-data; charset=utf-8; boundary="x"', body)
        assert fields == {"address": text, "name": "b"}


def test_a_file_is_a_field_like_any_other() -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="name"; filename="a.txt"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n\xff\x00\r\n--x--\r\n"
    )
    assert fields_of("multipart/form-data; boundary=x", body) == {"name": "\ufffd\0"}


def test_more_fields_than_any_form_has_are_no_form() -> None:
    body = b"&".join(b"a%d=1" % n for n in range(MOST_FIELDS + 1))
    assert fields_of(FORM, body) == {}
    assert len(
        fields_of("multipart/form-data; boundary=x", multipart(*[(f"a{n}", "1") for n in range(99)]))
    ) == (MOST_FIELDS)


@given(st.text(st.characters(max_codepoint=255), max_size=80), st.binary(max_size=300))
def test_any_body_of_any_kind_is_read(kind: str, body: bytes) -> None:
    for content_type in (kind, f"multipart/form-data; boundary={kind}", f"multipart/form-data; {kind}"):
        assert isinstance(fields_of(content_type, body), dict)


@pytest.mark.parametrize(
    "part",
    [
        "Content-Disposition: form-data; name*=a; name*1=b\r\n\r\nx",  # RFC 2231 with a number missing
        "Content-Disposition: form-data\r\n\r\nx",
        "Content-Type: multipart/mixed; boundary=y\r\nContent-Disposition: form-data; name=a\r\n\r\n--y\r\n\r\nx\r\n--y--",
        "Content-Type: message/rfc822\r\nContent-Disposition: form-data; name=a\r\n\r\nSubject: x\r\n\r\nx",
    ],
)
def test_a_part_that_is_no_field_hides_no_other(part: str) -> None:
    body = f"--x\r\n{part}\r\n".encode() + multipart(("name", "b"))
    assert fields_of("multipart/form-data; boundary=x", body) == {"name": "b"}
