"""DKIM signatures (the only file that knows cryptography): RFC 6376, relaxed/relaxed, without `l=`.

RSA with SHA-256 (RFC 8301) is what receivers verify; Ed25519 (RFC 8463) may stand beside it as a second
signature. What is constant in a mailing is made canonical and hashed once.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from briefpub.domain.audience import ascii_domain
from briefpub.domain.errors import ConfigError
from briefpub.render.headers import relaxed

if TYPE_CHECKING:
    from hashlib import _Hash

LEAST_BITS = 2048  # RFC 8301 3.2 asks signers for as many
WIDTH = 76
LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
SELECTOR = re.compile(rf"{LABEL}(?:\.{LABEL})*")
MAKE_RSA = "make one: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out dkim.pem"
MAKE_ED25519 = "make one: openssl genpkey -algorithm ed25519 -out dkim-ed25519.pem"
# Named though they may be absent, as all others are named once more than they are there: none can be put in
# afterwards (RFC 6376 8.15). Relays rightly add a Sender or a Content-Transfer-Encoding, so these are free.
KEPT_OUT = ("reply-to", "cc")
PADDING, PREHASHED = PKCS1v15(), Prehashed(hashes.SHA256())
PrivateKey: TypeAlias = RSAPrivateKey | Ed25519PrivateKey


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A private key and the selector under which DNS holds its public half; `sign` takes a SHA-256."""

    selector: str
    algorithm: str
    sign: Callable[[bytes], bytes] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Signs for one domain, with one key or two. A key is rotated by giving the new one a new selector."""

    domain: str
    keys: tuple[SigningKey, ...]

    def seal(self, *, constant: Sequence[bytes], varying: Sequence[str]) -> "Seal":
        """Prepare for messages that share the header fields `constant`, whole lines with CRLF.

        `varying` names the other fields, in lower case, in the order in which the seal will be given them.
        """
        canonical = [relaxed(line) for line in constant]
        names = [line.partition(b":")[0].decode() for line in canonical] + [*varying]
        absent = [name for name in KEPT_OUT if name not in names]
        begun = hashlib.sha256(b"".join(canonical))
        return Seal(
            begun=begun,
            moulds=tuple(_mould(self.domain, key, [*names, *names, *absent]) for key in self.keys),
        )

    def aligned(self, domain: str) -> bool:
        """Say whether a signature speaks for a sender of `domain` (RFC 9989, relaxed alignment).

        It does for the same domain, and where one of the two is a subdomain of the other.
        """
        ours, theirs = f".{self.domain}", f".{domain.lower()}"
        return ours.endswith(theirs) or theirs.endswith(ours)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mould:
    """A signature's header field but for its time, its body's hash and itself; as sent, and as hashed."""

    key: SigningKey
    sent: tuple[bytes, bytes]
    hashed: tuple[bytes, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """Signs the messages of one mailing. `begun` is the SHA-256 over the constant header fields."""

    begun: "_Hash" = field(repr=False)
    moulds: tuple[Mould, ...]

    def __call__(self, varying: Sequence[bytes], *, body: bytes, when: int) -> bytes:
        """Give the DKIM-Signature fields of a message, to be put before all others.

        `varying` are the fields that were named for it, in that order; `body` is the SHA-256 of the body in
        its canonical form, `when` the second since 1970 for `t=`. The same input gives the same bytes.
        """
        fields = self.begun.copy()
        fields.update(b"".join(map(relaxed, varying)))
        time, body_hash = b"%d" % when, base64.b64encode(body)
        lines: list[bytes] = []
        for mould in self.moulds:
            hash = fields.copy()
            above, below = mould.hashed
            hash.update(b"%b%b%b%b; b=" % (above, time, below, body_hash))
            signature = base64.b64encode(mould.key.sign(hash.digest()))
            above, below = mould.sent
            lines += (above, time, below, body_hash, b";\r\n b=", signature[: WIDTH - 3])
            for start in range(WIDTH - 3, len(signature), WIDTH - 1):
                lines += (b"\r\n ", signature[start : start + WIDTH - 1])
            lines.append(b"\r\n")
        return b"".join(lines)


def signer(
    *, domain: str, selector: str, key_pem: bytes, ed25519_selector: str = "", ed25519_pem: bytes = b""
) -> Signer:
    """Make a signer out of PEM keys (RFC 7468); raises ConfigError for a key or a name that will not do."""
    key = _private(key_pem, what="the DKIM key", hint=MAKE_RSA)
    if not isinstance(key, RSAPrivateKey):
        raise ConfigError("the DKIM key is no RSA key", where="dkim.key_file", hint=MAKE_RSA)
    if key.key_size < LEAST_BITS:
        raise ConfigError(
            f"the DKIM key has {key.key_size} bits; receivers ask for {LEAST_BITS} or more",
            where="dkim.key_file",
            hint=MAKE_RSA,
        )
    keys = [SigningKey(selector=_selector(selector), algorithm="rsa-sha256", sign=_rsa(key))]
    if ed25519_selector or ed25519_pem:
        second = _private(ed25519_pem, what="the second DKIM key", hint=MAKE_ED25519)
        if not isinstance(second, Ed25519PrivateKey):
            raise ConfigError(
                "the second DKIM key is no Ed25519 key", where="dkim.ed25519_key_file", hint=MAKE_ED25519
            )
        if ed25519_selector.lower() == selector.lower():
            raise ConfigError(
                "two keys cannot stand under one selector in DNS",
                where="dkim.ed25519_selector",
                hint=f"name it {selector}-ed25519",
            )
        name = _selector(ed25519_selector)
        keys.append(SigningKey(selector=name, algorithm="ed25519-sha256", sign=second.sign))
    return Signer(domain=ascii_domain(domain.strip(".")).lower(), keys=tuple(keys))


def public_record(key_pem: bytes) -> str:
    """Give the text of the TXT record at `<selector>._domainkey.<domain>` for a private key, as PEM.

    RFC 6376 3.6.1, RFC 8463 4. It may be longer than 255 bytes: DNS then takes it in several strings.
    """
    public = _private(key_pem, what="the DKIM key", hint=MAKE_RSA).public_key()
    if isinstance(public, Ed25519PublicKey):
        name, data = "ed25519", public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    else:
        name, data = "rsa", public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k={name}; p={base64.b64encode(data).decode()}"


def _private(pem: bytes, *, what: str, hint: str) -> PrivateKey:
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        locked = isinstance(error, TypeError)
        reason = "it is locked with a password" if locked else "it is not a private key in PEM"
        raise ConfigError(
            f"{what} cannot be read: {reason}",
            where="dkim",
            hint="take the password off: openssl pkey -in locked.pem -out dkim.pem" if locked else hint,
        ) from error
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise ConfigError(f"{what} is neither RSA nor Ed25519", where="dkim", hint=hint)
    return key


def _rsa(key: RSAPrivateKey) -> Callable[[bytes], bytes]:
    return lambda digest: key.sign(digest, PADDING, PREHASHED)


def _selector(text: str) -> str:
    if not SELECTOR.fullmatch(text):
        raise ConfigError(
            f"{text!r} cannot be a DKIM selector", where="dkim", hint="name it by its year, as s2026"
        )
    return text


def _mould(domain: str, key: SigningKey, names: Sequence[str]) -> Mould:
    above = (
        f"DKIM-Signature: v=1; a={key.algorithm}; c=relaxed/relaxed;\r\n"
        f" d={domain};\r\n s={key.selector};\r\n t="
    ).encode()
    below = (";\r\n h=" + _folded_names(names) + ";\r\n bh=").encode()
    whole = relaxed(above + b"\0" + below).rstrip(b"\r\n")
    first, _, last = whole.partition(b"\0")
    return Mould(key=key, sent=(above, below), hashed=(first, last))


def _folded_names(names: Sequence[str]) -> str:
    lines = [" h="]
    for name in names:
        if len(lines[-1]) + len(name) + 2 > WIDTH:
            lines.append(" ")
        lines[-1] += f"{name}:"
    return "\r\n".join(lines)[3:-1]
