"""What DNS answers, in plain values: mail hosts, texts, addresses, names. Only this file knows dnspython."""

import ipaddress
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import dns.exception
import dns.flags
import dns.name
import dns.rdatatype
import dns.resolver
import dns.reversename

from briefpub.domain.errors import TransportError

# RFC 7505 3: one MX record that names the root says that the domain takes no mail.
NULL_MX = (".",)
# The largest answer that crosses every network in one piece (DNS flag day 2020); longer ones come by TCP.
PAYLOAD = 1232
REMEMBERED = 10_000


class Dns:
    """A stub resolver that remembers answers for as long as they say they hold.

    A name that is not there, or has no record of the kind asked for, is an empty tuple. No answer at all
    (nobody reachable, SERVFAIL, REFUSED) raises TransportError: it may be another one in a minute.
    """

    def __init__(
        self, nameservers: Sequence[str] | None = None, *, port: int = 53, timeout: float = 10.0
    ) -> None:
        """Ask these servers, by their addresses, or those the machine is set up with; at most `timeout` s."""
        self._nameservers = nameservers
        self._port = port
        self._timeout = timeout

    def mx(self, domain: str) -> tuple[str, ...]:
        """Give the hosts that receive a domain's mail, the most preferred first; `NULL_MX` for none at all.

        Hosts of one preference stand by name; RFC 5321 5.1 wants the sender to spread its load over them.
        No record is an empty tuple: then the domain itself may receive (RFC 5321 5.1).
        """
        found = sorted((record.preference, _text(record.exchange)) for record in self._ask(domain, "MX"))
        return tuple(dict.fromkeys(host for _, host in found))

    def txt(self, name: str) -> tuple[str, ...]:
        """Give a name's TXT records, the strings of each joined (RFC 7208 3.3, RFC 6376 3.6.2.2)."""
        return tuple(b"".join(record.strings).decode("utf-8", "replace") for record in self._ask(name, "TXT"))

    def addresses(self, name: str) -> tuple[str, ...]:
        """Give a host's addresses, IPv4 before IPv6; a literal address is its own answer.

        Raises TransportError only where neither kind could be had.
        """
        try:
            return (str(ipaddress.ip_address(name)),)
        except ValueError:
            pass
        found: list[str] = []
        failure: TransportError | None = None
        for kind in ("A", "AAAA"):
            try:
                found += sorted(str(record.address) for record in self._ask(name, kind))
            except TransportError as error:
                failure = error
        if failure is not None and not found:
            raise failure
        return tuple(found)

    def ptr(self, ip: str) -> tuple[str, ...]:
        """Give the names an address goes by (RFC 1035 3.3.12); raises ValueError for what is no address."""
        address = ipaddress.ip_address(ip)
        records = self._ask(_text(dns.reversename.from_address(str(address))), "PTR")
        return tuple(sorted(_text(record.target) for record in records))

    @cached_property
    def _resolver(self) -> dns.resolver.Resolver:
        resolver = dns.resolver.Resolver(configure=self._nameservers is None)
        if self._nameservers is not None:
            resolver.nameservers = list(self._nameservers)
            resolver.port = self._port
        resolver.lifetime = self._timeout
        resolver.timeout = min(2.0, self._timeout)
        resolver.use_edns(0, 0, PAYLOAD)
        resolver.cache = dns.resolver.LRUCache(REMEMBERED)
        return resolver

    def _ask(self, name: str, kind: str) -> Iterator[Any]:
        try:
            asked = dns.name.from_text(name)
        except (dns.exception.DNSException, UnicodeError):
            return iter(())  # what cannot be a name has no record
        try:
            answer = self._resolver.resolve(
                asked, dns.rdatatype.from_text(kind), raise_on_no_answer=False, search=False
            )
        except (dns.resolver.NXDOMAIN, dns.resolver.YXDOMAIN):
            return iter(())
        except (dns.exception.DNSException, OSError) as error:
            raise TransportError(
                f"DNS does not answer ({type(error).__name__})",
                where=f"{name} {kind}",
                hint="try again in a minute; look whether this machine reaches the network",
            ) from error
        return iter(answer.rrset or ())


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()
