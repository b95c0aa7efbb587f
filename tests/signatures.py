"""How tests verify DKIM signatures: with dkimpy, and with a second, quicker reading of RFC 6376."""

import base64
import hashlib
import re
from functools import cache
from types import SimpleNamespace

import dkim
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_public_key,
)

from briefpub.render.dkim import Signer, public_record, signer


class VerifyKey:
    """What dkimpy takes from PyNaCl, on OpenSSL: canonical forms and hashes stay its own work."""

    def __init__(self, text: bytes, encoder: object) -> None:
        self.key = Ed25519PublicKey.from_public_bytes(base64.b64decode(text))

    def verify(self, message: bytes, signature: bytes) -> None:
        self.key.verify(signature, message)


dkim.nacl = SimpleNamespace(
    signing=SimpleNamespace(VerifyKey=VerifyKey),
    encoding=SimpleNamespace(Base64Encoder=None),
    exceptions=SimpleNamespace(BadSignatureError=InvalidSignature, ValueError=ValueError),
)
DOMAIN = "example.org"
SELECTORS = ("s2026", "e2026")


@cache
def rsa_pem(bits: int = 2048) -> bytes:
    """Give an RSA private key, made once for the tests of a process."""
    key = generate_private_key(public_exponent=65537, key_size=bits)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@cache
def ed25519_pem() -> bytes:
    """Give an Ed25519 private key, made once for the tests of a process."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@cache
def two_signatures(domain: str = DOMAIN) -> Signer:
    """Give a signer with both kinds of key."""
    rsa, ed25519 = SELECTORS
    return signer(
        domain=domain,
        selector=rsa,
        key_pem=rsa_pem(),
        ed25519_selector=ed25519,
        ed25519_pem=ed25519_pem(),
    )


@cache
def records(domain: str = DOMAIN) -> dict[bytes, bytes]:
    """Give what DNS says of the keys."""
    rsa, ed25519 = SELECTORS
    return {
        f"{rsa}._domainkey.{domain}.".encode(): public_record(rsa_pem()).encode(),
        f"{ed25519}._domainkey.{domain}.".encode(): public_record(ed25519_pem()).encode(),
    }


def verified_by_dkimpy(data: bytes, *, index: int, domain: str = DOMAIN) -> bool:
    """Let dkimpy verify one of a message's signatures, counted from the top."""
    found = records(domain)
    try:
        return bool(dkim.DKIM(data).verify(dnsfunc=lambda name, **_: found.get(name), idx=index))
    except dkim.DKIMException:
        return False


def verified(data: bytes) -> bool:
    """Verify all signatures of a message, two at least, by the letter of RFC 6376 3.4, 3.5 and 3.7."""
    head, _, body = data.partition(b"\r\n\r\n")
    fields = [field + b"\r\n" for field in re.split(rb"\r\n(?![ \t])", head)]
    signatures = [field for field in fields if field.lower().startswith(b"dkim-signature:")]
    return len(signatures) >= 2 and all(_good(field, fields, body) for field in signatures)


def _good(signature: bytes, fields: list[bytes], body: bytes) -> bool:
    tags = dict(
        re.sub(rb"\s", b"", tag).split(b"=", 1) for tag in signature.partition(b":")[2].strip().split(b";")
    )
    if base64.b64decode(tags[b"bh"]) != hashlib.sha256(_relaxed_body(body)).digest():
        return False
    left = [field for field in fields if field is not signature]
    signed = b""
    for name in tags[b"h"].lower().split(b":"):
        here = [field for field in left if field.partition(b":")[0].strip().lower() == name]
        if here:
            signed += _relaxed_field(here[-1])
            left = [field for field in left if field is not here[-1]]
    signed += _relaxed_field(re.sub(rb"(\sb=)[^;]*", rb"\1", signature)).rstrip(b"\r\n")
    domain = tags[b"d"].decode()
    record = records(domain)[b"%b._domainkey.%b." % (tags[b"s"], tags[b"d"])]
    key = base64.b64decode(record.partition(b"p=")[2])
    value = base64.b64decode(tags[b"b"])
    try:
        if tags[b"a"] == b"ed25519-sha256":
            Ed25519PublicKey.from_public_bytes(key).verify(value, hashlib.sha256(signed).digest())
        else:
            public = load_der_public_key(key)
            assert isinstance(public, RSAPublicKey)
            public.verify(value, signed, PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _relaxed_field(field: bytes) -> bytes:
    name, _, value = field.partition(b":")
    value = re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip(b" \t")
    return name.strip(b" \t").lower() + b":" + value + b"\r\n"


def _relaxed_body(body: bytes) -> bytes:
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)
