import re

import pytest
from builders import IMPRINT, NOW, a_frozen, a_list
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as elliptic
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from signatures import ed25519_pem, rsa_pem, two_signatures, verified, verified_by_dkimpy

from briefpub.domain.audience import Subscriber, SubscriptionFormat
from briefpub.domain.delivery import Delivery, DeliveryState
from briefpub.domain.errors import ConfigError
from briefpub.render.dkim import public_record, signer
from briefpub.render.message import Stationery, compiled

DELIVERY = Delivery(
    id=7,
    mailing=1,
    subscriber=Subscriber(id=42, address="ana@example.net", name="Ana  Lima, à Ölüdeniz " * 4),
    format=SubscriptionFormat.DIGEST_AND_BRIEF,
    state=DeliveryState.CLAIMED,
)


def a_signed_message(sender: str = "The Weekly <weekly@example.org>") -> bytes:
    stationery = Stationery(
        letterbox="https://letters.example.org", secret=b"s" * 32, signer=two_signatures()
    )
    make = compiled(
        frozen=a_frozen(),
        list=a_list(sender=sender),
        imprint=IMPRINT,
        subject="On bread, " * 30,
        stationery=stationery,
    )
    message = make(DELIVERY, NOW)
    assert message == make(DELIVERY, NOW)
    return message.data


def test_both_signatures_are_verified_by_another_program() -> None:
    data = a_signed_message()
    assert verified_by_dkimpy(data, index=0)
    assert verified_by_dkimpy(data, index=1)
    assert verified(data)


def test_a_relay_may_fold_and_space_a_message_anew() -> None:
    head, _, body = a_signed_message().partition(b"\r\n\r\n")
    unfolded = re.sub(rb"\r\n ", b" \t", head).replace(b"Subject:", b"SUBJECT:  ")
    assert verified_by_dkimpy(unfolded + b"\r\n\r\n" + body + b"\r\n\r\n", index=1)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Subject: On", b"Subject: No"),
        (b"To: ", b"To: eve@example.net, "),
        (b"\r\nMIME-Version", b"\r\nFrom: eve@example.net\r\nMIME-Version"),
        (b"\r\nMIME-Version", b"\r\nReply-To: eve@example.net\r\nMIME-Version"),
        (b"List-Unsubscribe: <https://letters", b"List-Unsubscribe: <https://enemies"),
        (b"<!doctype html>", b"<!doctype htm1>"),
        (b"t=", b"t=1"),
    ],
)
def test_what_is_tampered_with_is_found_out(old: bytes, new: bytes) -> None:
    data = a_signed_message()
    assert old in data
    changed = data.replace(old, new, 1)
    assert not verified(changed)
    assert not verified_by_dkimpy(changed, index=0)


def test_every_field_that_matters_is_signed_twice() -> None:
    signature = re.sub(rb"\s", b"", a_signed_message().partition(b"bh=")[0])
    names = signature.partition(b";h=")[2].rstrip(b";").split(b":")
    for name in (
        *(b"from", b"to", b"subject", b"date", b"message-id", b"list-id", b"list-unsubscribe"),
        *(b"list-unsubscribe-post", b"feedback-id", b"mime-version", b"content-type"),
    ):
        assert names.count(name) == 2
    assert names.count(b"reply-to") == 1
    assert b"l=" not in signature.split(b";")[:5]


def test_the_signatures_lines_are_short() -> None:
    head = a_signed_message().partition(b"\r\nFrom:")[0]
    assert head.count(b"DKIM-Signature:") == 2
    assert all(len(line) <= 78 for line in head.split(b"\r\n"))


def test_a_signature_says_when() -> None:
    assert f" t={int(NOW.timestamp())};\r\n".encode() in a_signed_message()


@pytest.mark.parametrize("sender", ["a@example.org", "a@news.example.org", "a@EXAMPLE.org"])
def test_a_signature_speaks_for_its_domain_and_those_below(sender: str) -> None:
    assert verified(a_signed_message(sender))


@pytest.mark.parametrize("sender", ["a@example.net", "a@notexample.org"])
def test_a_signature_of_another_domain_is_refused(sender: str) -> None:
    with pytest.raises(ConfigError, match="not vouched for") as caught:
        a_signed_message(sender)
    assert "dkim.domain" in caught.value.hint


def locked() -> bytes:
    key = load_pem_private_key(rsa_pem(), password=None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))


def on_a_curve() -> bytes:
    return elliptic(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    ("pem", "message"),
    [
        (lambda: rsa_pem(1024), "1024 bits; receivers ask for 2048"),
        (lambda: b"", "not a private key in PEM"),
        (lambda: b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "not a private key"),
        (locked, "locked with a password"),
        (ed25519_pem, "no RSA key"),
        (on_a_curve, "neither RSA nor Ed25519"),
    ],
)
def test_a_key_that_will_not_do_is_refused_with_its_mend(pem, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        signer(domain="example.org", selector="s2026", key_pem=pem())
    assert "openssl" in caught.value.hint
    assert caught.value.where.startswith("dkim")


@pytest.mark.parametrize(
    ("selector", "second", "pem", "message"),
    [
        ("s 2026", "", b"", "cannot be a DKIM selector"),
        ("s2026", "S2026", ed25519_pem(), "under one selector"),
        ("s2026", "e;x", ed25519_pem(), "cannot be a DKIM selector"),
        ("s2026", "e2026", rsa_pem(), "no Ed25519 key"),
        ("s2026", "e2026", b"", "not a private key"),
    ],
)
def test_selectors_are_names_and_differ(selector: str, second: str, pem: bytes, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        signer(
            domain="example.org",
            selector=selector,
            key_pem=rsa_pem(),
            ed25519_selector=second,
            ed25519_pem=pem,
        )


def test_the_record_for_dns_holds_the_public_key_only() -> None:
    assert re.fullmatch(r"v=DKIM1; k=rsa; p=MII[A-Za-z0-9+/]{380,}=*", public_record(rsa_pem()))
    assert re.fullmatch(r"v=DKIM1; k=ed25519; p=[A-Za-z0-9+/]{43}=", public_record(ed25519_pem()))


def test_a_domain_beyond_ascii_signs_as_a_labels() -> None:
    assert signer(domain="Bücher.example", selector="s", key_pem=rsa_pem()).domain == "xn--bcher-kva.example"
