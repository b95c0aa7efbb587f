"""Who opens a page, as far as we want to know: a network for the proof, a key for counting requests."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

UNKNOWN = "an unknown network"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A caller. `network` is coarse enough to be kept as proof; `key` stays in memory and is forgotten."""

    network: str
    key: str


def client_of(peer: str, *, forwarded: str | None = None) -> Client:
    """Tell a caller by the peer's address, or by X-Forwarded-For where a proxy of ours stands before us.

    The last address of that header is the one our proxy wrote; those before it are the caller's own words.
    """
    address = _address(forwarded.rpartition(",")[2] if forwarded else peer)
    if address is None:
        return Client(network=UNKNOWN, key=UNKNOWN)
    # A household has a /64 (RFC 6177 2), so that single addresses of it say nothing.
    kept, counted = (24, 32) if address.version == 4 else (48, 64)
    return Client(
        network=str(ip_network((address, kept), strict=False)),
        key=str(ip_network((address, counted), strict=False)),
    )


def _address(text: str) -> IPv4Address | IPv6Address | None:
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
