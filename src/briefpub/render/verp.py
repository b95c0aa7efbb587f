"""The envelope sender of one message (VERP): a bounce says by its own address whose it is.

`b+<mailing>.<delivery>.<mac>@bounce.example.org`, all in hexadecimal, the MAC 80 bits of HMAC-SHA256. Relays
may change the case of letters (RFC 5321 2.4), so nothing hangs on it.
"""

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass

from briefpub.domain.audience import ascii_domain, checked_address
from briefpub.domain.errors import ConfigError
from briefpub.render.tokens import Hashed, hmac_sha256

MAC = 10
LONGEST_LOCAL = 64  # RFC 5321 4.5.3.1.1
LONGEST_TAG = 1 + 16 + 1 + 16 + 1 + 2 * MAC  # two numbers of 64 bits
TAG = re.compile(r"([0-9a-f]{1,16})\.([0-9a-f]{1,16})\.([0-9a-f]{20})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnAddress:
    """What a bounce's address says: which delivery of which mailing came back."""

    mailing: int
    delivery: int


def verp(*, bounces: str, secret: bytes) -> Callable[[int, int], str]:
    """Give the maker of return addresses, by mailing and delivery, at the mailbox `bounces`.

    Raises ConfigError where the mailbox is not ASCII, or is so long that 64 bytes do not hold the rest.
    """
    local, domain = _mailbox(bounces)
    head, tail, hashed = f"{local}+", f"@{domain}", hmac_sha256(secret)

    def address(mailing: int, delivery: int) -> str:
        tag = b"%x.%x" % (mailing, delivery)
        return f"{head}{tag.decode()}.{_mac(hashed, tag)}{tail}"

    return address


def read_verp(address: str, *, bounces: str, secret: bytes) -> ReturnAddress | None:
    """Read the address that a bounce came to; None for a forged one, and for one that is not ours."""
    local, domain = _mailbox(bounces)
    text = address.strip().strip("<>").lower()
    head, tail = f"{local}+".lower(), f"@{domain}".lower()
    if not (text.startswith(head) and text.endswith(tail)):
        return None
    found = TAG.fullmatch(text[len(head) : -len(tail)])
    if not found:
        return None
    tag = f"{found[1]}.{found[2]}".encode()
    if not hmac.compare_digest(found[3], _mac(hmac_sha256(secret), tag)):
        return None
    return ReturnAddress(mailing=int(found[1], 16), delivery=int(found[2], 16))


def _mailbox(bounces: str) -> tuple[str, str]:
    local, _, domain = checked_address(bounces, where="sending.bounces").rpartition("@")
    if not local.isascii() or len(local) + LONGEST_TAG > LONGEST_LOCAL:
        raise ConfigError(
            f"{bounces!r} cannot be the mailbox of bounces: before the @ stand plain letters, "
            f"{LONGEST_LOCAL - LONGEST_TAG} at most",
            where="sending.bounces",
            hint="name it b@bounce.example.org",
        )
    return local, ascii_domain(domain)


def _mac(hashed: Hashed, tag: bytes) -> str:
    # No token of a link begins like this, so neither can stand for the other.
    return hashed(b"bounce " + tag)[:MAC].hex()
