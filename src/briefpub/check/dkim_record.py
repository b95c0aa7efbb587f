"""A DKIM key as DNS has it (RFC 6376 3.6.1, RFC 8463): its tags read, its key measured and compared."""

import base64
import binascii
import re

SMALLEST = 2048
KINDS = ("rsa", "ed25519")
ED25519_BYTES = 32
SEQUENCE, INTEGER, BITS = 0x30, 0x02, 0x03


def tags_of(record: str) -> dict[str, str] | None:
    """Part a record into its tags (RFC 6376 3.2); None where it cannot be read, or is of another version."""
    tags: dict[str, str] = {}
    for part in record.split(";"):
        if not part.strip():
            continue
        tag, equals, value = part.partition("=")
        tag = tag.strip()
        if not equals or tag in tags or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", tag):
            return None
        if tag == "v" and (tags or value.strip() != "DKIM1"):
            return None
        tags[tag] = value.strip()
    return tags if "p" in tags else None


def key_of(tags: dict[str, str]) -> str:
    """Give the public key in base64, without the blanks that DNS editors put in."""
    return re.sub(r"\s+", "", tags.get("p", ""))


def trouble_with(tags: dict[str, str]) -> str:
    """Say why a receiver would not take the key, or nothing; a key that was withdrawn is not looked at."""
    kind = tags.get("k", "rsa")
    if kind not in KINDS:
        return f"k={kind} is none of {', '.join(KINDS)}"
    services = {service.strip() for service in tags.get("s", "*").split(":")}
    if not services & {"*", "email"}:
        return f"s={tags['s']} keeps the key from being used for mail"
    hashes = {each.strip() for each in tags.get("h", "sha256").split(":")}
    if "sha256" not in hashes:
        return f"h={tags['h']} does not allow sha256"
    try:
        data = base64.b64decode(key_of(tags), validate=True)
    except (ValueError, binascii.Error):
        return "p= is not base64: it was cut, or something was added"
    if kind == "ed25519":
        return "" if len(data) == ED25519_BYTES else f"an Ed25519 key has 32 bytes, this one {len(data)}"
    return "" if rsa_bits(data) else "p= is no RSA key: it was cut, or something was added"


def rsa_bits(data: bytes) -> int:
    """Measure an RSA public key in DER: SubjectPublicKeyInfo or RSAPublicKey; 0 for what is neither."""
    try:
        inner, rest = _value(data, SEQUENCE)
        if rest:
            return 0
        if inner[0] == SEQUENCE:
            _, after = _value(inner, SEQUENCE)
            string, _ = _value(after, BITS)
            inner, _ = _value(string[1:], SEQUENCE)
        modulus, after = _value(inner, INTEGER)
        _value(after, INTEGER)
    except (IndexError, ValueError):
        return 0
    return int.from_bytes(modulus).bit_length()


def _value(data: bytes, tag: int) -> tuple[bytes, bytes]:
    """Read one value in DER (X.690 8.1); give it, and what follows. Raises ValueError or IndexError."""
    if data[0] != tag:
        raise ValueError(data[0])
    length, start = data[1], 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(data[2:start])
    if start + length > len(data):
        raise ValueError(length)
    return data[start : start + length], data[start + length :]
