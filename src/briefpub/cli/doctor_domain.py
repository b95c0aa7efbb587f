"""The doctor's look at a sending domain: the DNS records to publish, and what DNS says of them."""

import ipaddress
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from briefpub.bootstrap import Newsroom
from briefpub.check.answers import Answer, Answers, Kind, Question
from briefpub.check.domain import check_domain
from briefpub.check.domain_records import Record, Sending, Signature, records_for
from briefpub.domain.audience import ascii_domain, checked_mailbox
from briefpub.domain.errors import BriefpubError, ConfigError, TransportError
from briefpub.domain.finding import Finding
from briefpub.transport.address import Kind as Way
from briefpub.transport.address import is_loopback, transport_address
from briefpub.transport.dns import Dns

# An address of a network for documentation (RFC 5737): asking for the way there sends nothing.
AWAY = "192.0.2.1"
AT_ONCE = 8
PATIENCE = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What to publish, what there is to remark, and whether DNS answered every question."""

    domain: str
    records: tuple[Record, ...]
    findings: tuple[Finding, ...]
    answered: bool


def resolver(nameserver: str | None) -> Dns:
    """Give what asks DNS: the name server `ADDRESS` or `ADDRESS:PORT`, else this machine's own.

    Raises ConfigError for what is no address.
    """
    if nameserver is None:
        return Dns(timeout=PATIENCE)
    host, colon, port = nameserver.rpartition(":")
    if not colon or nameserver.count(":") > 1:
        host, port = nameserver, "53"
    try:
        ipaddress.ip_address(host)
        return Dns([host], port=int(port), timeout=PATIENCE)
    except ValueError as error:
        raise ConfigError(
            f"{nameserver!r} is no name server",
            where="--nameserver",
            hint="write its address, as 192.0.2.53 or 192.0.2.53:5353",
        ) from error


def look(newsroom: Newsroom, domain: str, dns: Dns) -> Looked:
    """Ask DNS until the checks want to know nothing more; raises ConfigError for what is no domain."""
    sending = sending_of(newsroom, domain, dns)
    known: dict[Question, Answer | None] = {}
    while True:
        answers = Answers(known=known)
        findings, records = check_domain(sending, answers), records_for(sending, answers)
        if not answers.wanted:
            break
        wanted = tuple(answers.wanted)
        if known and not any(answer is not None for answer in known.values()):
            known |= dict.fromkeys(wanted)  # nobody answered anything: nobody is waited for again
            continue
        with ThreadPoolExecutor(max_workers=AT_ONCE) as askers:
            known |= zip(wanted, askers.map(partial(_asked, dns), wanted), strict=True)
    return Looked(domain=sending.domain, records=records, findings=findings, answered=not answers.unanswered)


def _asked(dns: Dns, question: Question) -> Answer | None:
    try:
        match question.kind:
            case Kind.TXT:
                return dns.txt(question.name)
            case Kind.MX:
                return dns.mx(question.name)
            case Kind.ADDRESS:
                return dns.addresses(question.name)
            case Kind.PTR:
                return dns.ptr(question.name)
    except TransportError:
        return None


def sending_of(newsroom: Newsroom, domain: str, dns: Dns) -> Sending:
    """Say how mail from a domain leaves, as the settings have it."""
    settings = newsroom.settings
    domain = ascii_domain(domain.strip().strip(".").lower())
    if "." not in domain:
        raise ConfigError(
            f"{domain!r} is no domain mail can come from", where="--domain", hint="write it as example.org"
        )
    address = transport_address(settings.transport)
    hello = (settings.sending.hello or socket.getfqdn()).lower()
    straight = address.kind is Way.MX
    smarthost = hello if is_loopback(address.host) else address.host
    return Sending(
        domain=domain,
        bounces=ascii_domain(settings.sending.bounces.rpartition("@")[2].lower() or domain),
        smarthost=smarthost,
        straight=straight,
        hello=hello if straight else "",
        addresses=_own_addresses(hello, dns) if straight else (),
        signatures=tuple(_signatures(newsroom, domain)),
        reports=_reports(settings.contact, domain),
        sender=domain in _senders(newsroom, domain),
    )


def _signatures(newsroom: Newsroom, domain: str) -> Iterator[Signature]:
    from briefpub.render.dkim import public_record

    dkim = newsroom.settings.dkim
    for selector, file, key in (
        (dkim.selector, dkim.key_file, "dkim.key_file"),
        (dkim.ed25519_selector, dkim.ed25519_key_file, "dkim.ed25519_key_file"),
    ):
        if not selector:
            continue
        if not file:
            raise ConfigError(
                f"the selector {selector} has no key",
                where=key,
                hint="docs/howto/dns.md says how to make one",
            )
        try:
            pem = (newsroom.root / file).read_bytes()
        except OSError as error:
            raise ConfigError(
                f"the private key cannot be read: {error.strerror}",
                where=str(newsroom.root / file),
                hint="docs/howto/dns.md says how to make one",
            ) from error
        yield Signature(
            domain=(dkim.domain or domain).lower(), selector=selector.lower(), record=public_record(pem)
        )


def _reports(contact: str, domain: str) -> str:
    """Give the mailbox for DMARC's reports: the contact's where it is of this domain."""
    if contact:
        mailbox = checked_mailbox(contact, where="contact")
        if mailbox.addr_spec.isascii() and ascii_domain(mailbox.domain) == domain:
            return mailbox.addr_spec
    return f"postmaster@{domain}"


def _senders(newsroom: Newsroom, domain: str) -> frozenset[str]:
    """Give the domains of the lists' senders; where the database cannot tell, nothing is to be remarked."""
    if not newsroom.found:
        return frozenset({domain})
    try:
        lists = newsroom.audience.lists()
    except BriefpubError:
        return frozenset({domain})
    return frozenset(ascii_domain(checked_mailbox(list.sender, where=list.slug).domain) for list in lists)


def _own_addresses(hello: str, dns: Dns) -> tuple[str, ...]:
    """Give this host's addresses on the internet: those of its name, and the one it is routed by."""
    found = list[str]()
    with suppress(TransportError):
        found += dns.addresses(hello)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line, suppress(OSError):
        line.connect((AWAY, 9))
        found.append(line.getsockname()[0])
    return tuple(dict.fromkeys(each for each in found if ipaddress.ip_address(each).is_global))
