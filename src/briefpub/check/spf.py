"""SPF (RFC 7208): a domain's record read, followed through what it includes, and its lookups counted."""

import ipaddress
import re
from dataclasses import dataclass, replace

from briefpub.check.answers import Answers, Kind

MOST_LOOKUPS = 10  # RFC 7208 4.6.4
LOOKS_UP = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})
VERSION = re.compile(r"v=spf1(?= |$)", flags=re.IGNORECASE)
MECHANISM = re.compile(r"([-+?~]?)(all|include|a|mx|ptr|ip4|ip6|exists)([:/].*)?", flags=re.IGNORECASE)
MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)=(.*)")
MACRO = r"%(?:\{[slodiphcrtvSLODIPHCRTV][0-9]*[rR]?[-.+,/_=]*\}|%|_|-)"
MACROS = re.compile(rf"(?:{MACRO}|[!-$&-~])+")
NAME = re.compile(
    r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?\.)+[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?"
)
PREFIX = re.compile(r"(.*?)(?:/(\d{1,2}))?(?://(\d{1,3}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One term of a record: a mechanism with its qualifier, or a modifier. `name` is in small letters."""

    domain: str
    written: str
    name: str
    qualifier: str = "+"
    target: str = ""
    modifier: bool = False

    @property
    def follows(self) -> bool:
        """Say whether another domain's record is read for it, and can be named beforehand."""
        return self.name in {"include", "redirect"} and "%" not in self.target


@dataclass(frozen=True, slots=True, kw_only=True)
class Spf:
    """A record and all it includes: its terms, what is wrong with it, how many lookups it may take.

    `ends` is the qualifier of the `all` that decides about everybody else, or nothing where there is none.
    """

    domain: str
    record: str = ""
    count: int = 0
    terms: tuple[Term, ...] = ()
    wrong: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    lookups: int = 0
    ends: str = ""
    domains: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Say whether every redirect could be followed: who else may send is decided there."""
        return all(term.target in self.domains for term in self.terms if term.name == "redirect")


def spf_of(domain: str, answers: Answers) -> Spf | None:
    """Read a domain's SPF record with all it includes; None until DNS has answered for the domain itself."""
    texts = answers.get(Kind.TXT, domain)
    if texts is None:
        return None
    records = tuple(text for text in texts if VERSION.match(text))
    if len(records) != 1:
        return Spf(domain=domain, count=len(records))
    terms, wrong = terms_of(records[0], domain=domain)
    found = Spf(domain=domain, record=records[0], count=1, wrong=wrong, domains=(domain,))
    return _followed(found, terms, answers)


def _followed(found: Spf, terms: tuple[Term, ...], answers: Answers) -> Spf:
    ends = next((term.qualifier for term in terms if term.name == "all"), "")
    if ends:  # RFC 7208 6.1: a redirect beside an all is not looked at
        terms = tuple(term for term in terms if term.name != "redirect")
    found = replace(found, terms=found.terms + terms, ends=ends or found.ends)
    for term in terms:
        if term.name not in LOOKS_UP:
            continue
        found = replace(found, lookups=found.lookups + 1)
        if not term.follows or found.lookups > MOST_LOOKUPS:
            continue
        texts = answers.get(Kind.TXT, term.target)
        if texts is None:
            continue
        records = [text for text in texts if VERSION.match(text)]
        if len(records) != 1:
            found = replace(found, empty=(*found.empty, term.target))
            continue
        inner, wrong = terms_of(records[0], domain=term.target)
        found = replace(
            found,
            wrong=found.wrong + tuple(f"{term.target}: {each}" for each in wrong),
            domains=(*found.domains, term.target),
        )
        below = _followed(replace(found, ends=""), inner, answers)
        # An include says who may send; what it says about all others ends with it (RFC 7208 5.2).
        found = replace(below, ends=below.ends if term.name == "redirect" else found.ends)
    return found


def terms_of(record: str, *, domain: str) -> tuple[tuple[Term, ...], tuple[str, ...]]:
    """Part a record into its terms (RFC 7208 4.6.1); what is wrong with it comes beside them, in words."""
    terms: list[Term] = []
    wrong: list[str] = []
    for written in record[len("v=spf1") :].split(" "):
        if not written:
            continue
        term = _term(written, domain)
        if term is None:
            wrong.append(f"{written!r} is no term of SPF")
            continue
        if trouble := _trouble(term):
            wrong.append(f"{written!r}: {trouble}")
        elif term.modifier and any(term.name == other.name for other in terms):
            wrong.append(f"{term.name}= stands there twice")
        terms.append(term)
    return tuple(terms), tuple(wrong)


def _term(written: str, domain: str) -> Term | None:
    if found := MODIFIER.fullmatch(written):
        return Term(domain=domain, written=written, name=found[1].lower(), target=found[2], modifier=True)
    if found := MECHANISM.fullmatch(written):
        return Term(
            domain=domain,
            written=written,
            name=found[2].lower(),
            qualifier=found[1] or "+",
            target=(found[3] or "").removeprefix(":"),
        )
    return None


def _trouble(term: Term) -> str:
    match term.name:
        case "all":
            return "nothing may follow all" if ":" in term.written or "/" in term.written else ""
        case "ip4" | "ip6":
            return _wrong_network(term)
        case "include" | "exists" | "redirect" | "exp":
            return "" if _domain(term.target) else "it names no domain"
        case "a" | "mx":
            parts = PREFIX.fullmatch(term.target)
            assert parts
            if parts[1] and not _domain(parts[1]):
                return "it names no domain"
            too_long = int(parts[2] or 0) > 32 or int(parts[3] or 0) > 128
            return "a prefix is at most /32, or //128 for IPv6" if too_long else ""
        case "ptr":
            return "it names no domain" if term.target and not _domain(term.target) else ""
        case _:
            return "" if MACROS.fullmatch(term.target) or not term.target else "it cannot be read"


def _wrong_network(term: Term) -> str:
    kind = ipaddress.IPv4Network if term.name == "ip4" else ipaddress.IPv6Network
    try:
        kind(term.target, strict=False)
    except ValueError:
        return f"it is no {'IPv4' if term.name == 'ip4' else 'IPv6'} address"
    return ""


def _domain(text: str) -> bool:
    """Say whether it is a domain-spec (RFC 7208 7.1)."""
    if "%" in text:
        return MACROS.fullmatch(text) is not None
    return len(text) <= 253 and NAME.fullmatch(text) is not None


def allows(spf: Spf, address: str, answers: Answers) -> bool | None:
    """Say whether a record lets an address send; None where DNS has not told yet, or a macro decides."""
    ip = ipaddress.ip_address(address)
    unsure = False
    for term in spf.terms:
        if term.qualifier != "+" or term.modifier or _trouble(term):
            continue
        match term.name:
            case "all":
                return True
            case "ip4" | "ip6":
                if ip in ipaddress.ip_network(term.target, strict=False):
                    return True
            case "a" | "mx":
                found = _hosts_hold(term, ip, answers)
                if found:
                    return True
                unsure = unsure or found is None
            case "exists" | "ptr":
                unsure = True
            case _:
                pass
    return None if unsure else False


def _hosts_hold(
    term: Term, ip: ipaddress.IPv4Address | ipaddress.IPv6Address, answers: Answers
) -> bool | None:
    parts = PREFIX.fullmatch(term.target)
    assert parts
    name = parts[1] or term.domain
    if "%" in name:
        return None
    hosts = answers.get(Kind.MX, name) if term.name == "mx" else (name,)
    if hosts is None:
        return None
    length = parts[2] or "32" if ip.version == 4 else parts[3] or "128"
    for host in hosts[:MOST_LOOKUPS]:
        addresses = answers.get(Kind.ADDRESS, host)
        if addresses is None:
            return None
        for each in addresses:
            other = ipaddress.ip_address(each)
            if other.version == ip.version and ip in ipaddress.ip_network(f"{each}/{length}", strict=False):
                return True
    return False


def with_mechanisms(record: str, mechanisms: tuple[str, ...]) -> str:
    """Give the record that also lets these send: before what it says about all others, and nowhere twice."""
    terms = record.split()
    new = [each for each in mechanisms if each.lower() not in {term.lower() for term in terms}]
    at = next(
        (
            place
            for place, term in enumerate(terms)
            if re.fullmatch(r"[-+?~]?all|redirect=.*", term, flags=re.IGNORECASE)
        ),
        len(terms),
    )
    closing = terms[at:] or ["~all"]
    return " ".join([*terms[:at], *new, *closing])
