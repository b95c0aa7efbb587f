"""DKIM keys in DNS: read with all their tags, and measured without a library of cryptography."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from briefpub.check.dkim_record import key_of, rsa_bits, tags_of, trouble_with

N = (1 << 2047) + 12345 * 2 + 1
PUBLIC = rsa.RSAPublicNumbers(65537, N).public_key()
DER = PUBLIC.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
KEY = base64.b64encode(DER).decode()


def test_a_key_is_measured_in_both_forms() -> None:
    assert rsa_bits(DER) == 2048
    assert rsa_bits(PUBLIC.public_bytes(Encoding.DER, PublicFormat.PKCS1)) == 2048
    small = rsa.RSAPublicNumbers(65537, (1 << 1023) + 1).public_key()
    assert rsa_bits(small.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)) == 1024


@given(st.binary(max_size=300) | st.integers(0, len(DER) - 1).map(lambda cut: DER[:cut]))
def test_what_is_no_key_measures_nothing(data: bytes) -> None:
    assert rsa_bits(data) in range(2400)


def test_blanks_in_a_record_mean_nothing() -> None:
    tags = tags_of(f" v=DKIM1 ; k=rsa; p = {KEY[:60]} \t{KEY[60:]} ; ")
    assert tags is not None
    assert key_of(tags) == KEY
    assert trouble_with(tags) == ""


@pytest.mark.parametrize(
    "record",
    ["", "hello", "v=DKIM2; p=abc", "k=rsa; v=DKIM1; p=abc", "v=DKIM1; k=rsa", "p=a; p=b", "v=spf1 -all"],
)
def test_what_cannot_be_read_as_a_key(record: str) -> None:
    assert tags_of(record) is None


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (f"p={KEY}", ""),
        (f"v=DKIM1; h=sha1:sha256; s=email; t=s; p={KEY}", ""),
        ("v=DKIM1; k=ed25519; p=" + base64.b64encode(bytes(32)).decode(), ""),
        ("v=DKIM1; k=ed25519; p=" + base64.b64encode(bytes(44)).decode(), "32 bytes"),
        (f"v=DKIM1; k=dsa; p={KEY}", "k=dsa"),
        (f"v=DKIM1; h=sha1; p={KEY}", "sha256"),
        (f"v=DKIM1; s=tlsrpt; p={KEY}", "s=tlsrpt"),
        (f"v=DKIM1; p={KEY[:-20]}", "no RSA key"),
        (f"v=DKIM1; p={KEY[:-21]}", "not base64"),
        ('v=DKIM1; p="' + KEY + '"', "not base64"),
    ],
)
def test_what_keeps_a_key_from_being_used(record: str, told: str) -> None:
    tags = tags_of(record)
    assert tags is not None
    assert told in trouble_with(tags)
    assert bool(told) == bool(trouble_with(tags))
