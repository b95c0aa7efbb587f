"""The DNS records a publication's mail needs, each to be copied as it stands (SPF, DKIM, DMARC, MX, PTR)."""

import ipaddress
from dataclasses import dataclass
from enum import StrEnum

from briefpub.check.answers import Answer, Answers, Kind
from briefpub.check.dkim_record import key_of, tags_of
from briefpub.check.dmarc import walked
from briefpub.check.spf import spf_of, with_mechanisms

# A character string of DNS holds 255 bytes (RFC 1035 3.3); longer texts are several (RFC 7208 3.3).
LONGEST_STRING = 255
NULL_MX = (".",)
# What large providers ask their customers to include, by the end of their server's name.
INCLUDES = {
    "amazonaws.com": "amazonses.com",
    "fastmail.com": "spf.messagingengine.com",
    "gandi.net": "_mailcust.gandi.net",
    "gmail.com": "_spf.google.com",
    "infomaniak.com": "spf.infomaniak.ch",
    "mailgun.org": "mailgun.org",
    "mailjet.com": "spf.mailjet.com",
    "office365.com": "spf.protection.outlook.com",
    "ovh.net": "mx.ovh.com",
    "postmarkapp.com": "spf.mtasv.net",
    "sendgrid.net": "sendgrid.net",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One of our DKIM signatures: its domain, its selector, and the TXT record of its public key."""

    domain: str
    selector: str
    record: str

    @property
    def name(self) -> str:
        """Give the name of the record (RFC 6376 3.6.2.1)."""
        return f"{self.selector}._domainkey.{self.domain}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """How mail from a domain leaves: everything DNS has to vouch for.

    `bounces` is the domain of envelope senders. `smarthost` is the server that takes everything; without one
    `addresses` are this host's own, where it is `straight` to the receiving sites, and `hello` its name.
    """

    domain: str
    bounces: str
    smarthost: str = ""
    straight: bool = False
    hello: str = ""
    addresses: tuple[str, ...] = ()
    signatures: tuple[Signature, ...] = ()
    reports: str = ""
    sender: bool = True

    @property
    def include(self) -> str:
        """Give the domain to include for the smarthost's provider, or nothing where it is not known."""
        host = self.smarthost.lower()
        return next(
            (domain for end, domain in INCLUDES.items() if host == end or host.endswith(f".{end}")), ""
        )

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """Give what an SPF record needs so that this mail passes."""
        if self.straight and self.addresses:
            return tuple(f"ip{ipaddress.ip_address(each).version}:{each}" for each in self.addresses)
        if self.straight and self.hello:
            return (f"a:{self.hello}",)
        if self.include:
            return (f"include:{self.include}",)
        return (f"a:{self.smarthost}",) if self.smarthost else ("mx",)


class RecordState(StrEnum):
    """How what DNS has compares with what should be there."""

    PUBLISHED = "published"
    MISSING = "missing"
    DIFFERENT = "different"
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record to publish, and whether it is."""

    name: str
    type: str
    value: str
    state: RecordState

    @property
    def strings(self) -> tuple[str, ...]:
        """Give a TXT record's value in strings of at most 255 bytes; another record's as it is."""
        if self.type != "TXT":
            return (self.value,)
        size = LONGEST_STRING
        return tuple(self.value[at : at + size] for at in range(0, len(self.value), size)) or ("",)

    @property
    def written(self) -> str:
        """Give the value as a zone file has it (RFC 1035 5.1): a text in quotation marks."""
        if self.type != "TXT":
            return self.value
        return " ".join('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' for text in self.strings)

    @property
    def line(self) -> str:
        """Give the whole record on one line."""
        return f"{self.name} {self.type} {self.written}"


def records_for(sending: Sending, answers: Answers) -> tuple[Record, ...]:
    """Give every record to publish; without answers they are those of a domain that has none yet."""
    records = [spf_record(sending, domain, answers) for domain in _envelopes(sending)]
    records += [dkim_record(signature, answers) for signature in sending.signatures]
    records.append(dmarc_record(sending, answers))
    if sending.bounces != sending.domain:
        records.append(mx_record(sending, answers))
    if sending.straight and sending.hello:
        records += [ptr_record(sending, address, answers) for address in sending.addresses]
    return tuple(records)


def _envelopes(sending: Sending) -> tuple[str, ...]:
    return tuple(dict.fromkeys((sending.domain, sending.bounces)))


def spf_record(sending: Sending, domain: str, answers: Answers) -> Record:
    """Give the SPF record of the domain, built on the one it has: two would cancel each other."""
    found = spf_of(domain, answers)
    fresh = with_mechanisms("v=spf1", sending.mechanisms)
    if found is None:
        return Record(name=domain, type="TXT", value=fresh, state=RecordState.UNKNOWN)
    if found.count != 1:
        state = RecordState.DIFFERENT if found.count else RecordState.MISSING
        return Record(name=domain, type="TXT", value=fresh, state=state)
    if domain != sending.bounces or not (sending.include or (sending.straight and sending.addresses)):
        # Nobody looks for our server in it, or nobody but the provider can say what belongs there.
        return Record(name=domain, type="TXT", value=found.record, state=RecordState.PUBLISHED)
    missing = tuple(each for each in sending.mechanisms if each.removeprefix("include:") not in found.domains)
    value = with_mechanisms(found.record, missing)
    same = value.lower().split() == found.record.lower().split()
    return Record(
        name=domain,
        type="TXT",
        value=found.record if same else value,
        state=RecordState.PUBLISHED if same else RecordState.DIFFERENT,
    )


def dkim_record(signature: Signature, answers: Answers) -> Record:
    """Give the record of a public key (RFC 6376 3.6.1)."""
    texts = answers.get(Kind.TXT, signature.name)
    ours = tags_of(signature.record) or {}
    keys = [key_of(tags) for text in texts or () if (tags := tags_of(text)) is not None]
    state = _state(texts, same=key_of(ours) in keys)
    return Record(name=signature.name, type="TXT", value=signature.record, state=state)


def dmarc_record(sending: Sending, answers: Answers) -> Record:
    """Give the DMARC record in force, or the mildest one to begin with (RFC 9989 5.1)."""
    walk = walked(sending.domain, answers)
    if walk.policy is not None:
        name = f"_dmarc.{walk.policy.domain}"
        return Record(name=name, type="TXT", value=walk.policy.record, state=RecordState.PUBLISHED)
    reports = f"; rua=mailto:{sending.reports}" if sending.reports else ""
    state = RecordState.MISSING if walk.ended else RecordState.UNKNOWN
    if sending.domain in walk.several:
        state = RecordState.DIFFERENT
    return Record(
        name=f"_dmarc.{sending.domain}", type="TXT", value=f"v=DMARC1; p=none{reports}", state=state
    )


def mx_record(sending: Sending, answers: Answers) -> Record:
    """Give the MX record by which bounces come back: the one there is, else the sender's own mail host."""
    hosts = answers.get(Kind.MX, sending.bounces)
    own = answers.get(Kind.MX, sending.domain)
    takes = [found[0] for found in (hosts, own) if found and found != NULL_MX]
    host = takes[0] if takes else sending.hello or f"mail.{sending.domain}"
    state = _state(hosts, same=bool(hosts) and hosts != NULL_MX)
    return Record(name=sending.bounces, type="MX", value=f"10 {host}.", state=state)


def ptr_record(sending: Sending, address: str, answers: Answers) -> Record:
    """Give the reverse name of one of this host's addresses; whoever rents the address out publishes it."""
    names = answers.get(Kind.PTR, address)
    reverse = ipaddress.ip_address(address).reverse_pointer
    state = _state(names, same=bool(names))
    return Record(name=reverse, type="PTR", value=f"{sending.hello}.", state=state)


def _state(answer: Answer | None, *, same: bool) -> RecordState:
    if answer is None:
        return RecordState.UNKNOWN
    if same:
        return RecordState.PUBLISHED
    return RecordState.DIFFERENT if answer else RecordState.MISSING
