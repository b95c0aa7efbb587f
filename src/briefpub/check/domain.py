"""What DNS says of a sending domain: findings N001 to N063, each with the record that mends it."""

from collections.abc import Iterator

from briefpub.check.answers import Answers, Kind
from briefpub.check.catalogue import CATALOGUE
from briefpub.check.dkim_record import SMALLEST, key_of, rsa_bits, tags_of, trouble_with
from briefpub.check.dmarc import Walk, aligned, walked
from briefpub.check.domain_records import (
    NULL_MX,
    Sending,
    Signature,
    dkim_record,
    dmarc_record,
    mx_record,
    ptr_record,
    spf_record,
)
from briefpub.check.spf import MOST_LOOKUPS, Spf, allows, spf_of
from briefpub.domain.finding import Finding, Severity

WEAK_ENDS = {"": "nothing about", "?": "nothing about", "+": "yes to"}


def check_domain(sending: Sending, answers: Answers) -> tuple[Finding, ...]:
    """Give what there is to remark, as far as `answers` tell; what else they should tell is left in them."""
    findings: list[Finding] = []
    if not sending.sender:
        findings.append(
            _finding("N002", f"no list of this publication sends from {sending.domain}", sending.domain)
        )
    findings += _spf(sending, answers)
    for signature in sending.signatures:
        findings += _dkim(signature, answers)
    walk = walked(sending.domain, answers)
    findings += _dmarc(sending, walk, answers)
    findings += _alignment(sending, walk, answers)
    findings += _mail_hosts(sending, answers)
    if sending.straight:
        findings += _reverse(sending, answers)
    if questions := answers.unanswered:
        asked = ", ".join(str(question) for question in questions)
        findings.append(_finding("N001", f"DNS did not answer about: {asked}", questions[0].name))
    return tuple(findings)


def _spf(sending: Sending, answers: Answers) -> Iterator[Finding]:
    """RFC 7208: the envelope's domain is the one that receivers ask; the sender's own should be sound too."""
    for domain in dict.fromkeys((sending.bounces, sending.domain)):
        found = spf_of(domain, answers)
        if found is None:
            continue
        where, paste = f"{domain} TXT", f"publish: {spf_record(sending, domain, answers).line}"
        if not found.count:
            missing = Severity.ERROR if domain == sending.bounces else Severity.WARNING
            yield _finding("N010", f"{domain} has no SPF record", where, paste, missing)
            continue
        if found.count > 1:
            told = f"{domain} has {found.count} SPF records; receivers take that for an error"
            yield _finding("N011", told, where, f"make one of them; {paste}")
            continue
        yield from _spf_record(found, where)
        if domain == sending.bounces:
            yield from _leaves(sending, found, where, paste, answers)


def _spf_record(found: Spf, where: str) -> Iterator[Finding]:
    for trouble in found.wrong:
        yield _finding("N012", f"the SPF record cannot be used: {trouble}", where)
    if found.lookups > MOST_LOOKUPS:
        told = f"the SPF record takes {found.lookups} lookups or more; after {MOST_LOOKUPS} it is an error"
        yield _finding("N013", told, where)
    for name in found.empty:
        yield _finding("N014", f"the SPF record includes {name}, which has none or several", where)
    sound = not found.wrong and not found.empty and found.lookups <= MOST_LOOKUPS
    if sound and found.whole and found.ends in WEAK_ENDS:
        weight = Severity.ERROR if found.ends == "+" else Severity.WARNING
        told = f"the SPF record says {WEAK_ENDS[found.ends]} everybody else"
        redirected = any(term.name == "redirect" for term in found.terms)
        mend = "" if redirected else f"publish: {where} {_ended(found.record)}"
        yield _finding("N015", told, where, mend, weight)


def _ended(record: str) -> str:
    kept = [term for term in record.split() if term.lower() not in {"?all", "+all", "all"}]
    return f'"{" ".join(kept)} ~all"'


def _leaves(sending: Sending, found: Spf, where: str, paste: str, answers: Answers) -> Iterator[Finding]:
    """Say whether the record vouches for the way our mail leaves."""
    if sending.straight:
        for address in sending.addresses:
            if allows(found, address, answers) is False:
                told = f"the SPF record does not let {address}, this host, send"
                yield _finding("N016", told, where, paste)
    elif sending.include:
        if sending.include not in found.domains:
            told = f"the SPF record does not include {sending.include}, from where {sending.smarthost} sends"
            mend = f"look whether your provider says the same; {paste}"
            yield _finding("N016", told, where, mend, Severity.WARNING)
    elif sending.smarthost:
        told = f"whether the SPF record covers {sending.smarthost} only its provider can say"
        yield _finding("N017", told, where)


def _dkim(signature: Signature, answers: Answers) -> Iterator[Finding]:
    """RFC 6376 3.6.1 and 6.1.2, RFC 8301 3.2 (no RSA key under 2048 bits), RFC 8463."""
    where, paste = f"{signature.name} TXT", f"publish: {dkim_record(signature, answers).line}"
    texts = answers.get(Kind.TXT, signature.name)
    if texts is None:
        return
    if not texts:
        yield _finding("N020", f"the public key of selector {signature.selector} is not there", where, paste)
        return
    readable = [tags for text in texts if (tags := tags_of(text)) is not None]
    if len(texts) > 1 or not readable:
        told = (
            f"there are {len(texts)} records, and receivers take any of them"
            if len(texts) > 1
            else "the record cannot be read as a key"
        )
        yield _finding("N021", told, where, f"leave this one alone there; {paste}")
        return
    tags = readable[0]
    if not key_of(tags):
        yield _finding("N022", "the key was withdrawn: p= is empty", where, paste)
        return
    if trouble := trouble_with(tags):
        yield _finding("N021", f"receivers cannot use the key: {trouble}", where, paste)
        return
    yield from _weak(tags, where)
    if key_of(tags) != key_of(tags_of(signature.record) or {}):
        yield _finding("N022", "DNS has another public key than the one we sign with", where, paste)
    if "y" in {flag.strip() for flag in tags.get("t", "").split(":")}:
        yield _finding("N024", "the key is marked as a test (t=y); some receivers ignore it", where, paste)


def _weak(tags: dict[str, str], where: str) -> Iterator[Finding]:
    import base64

    bits = rsa_bits(base64.b64decode(key_of(tags))) if tags.get("k", "rsa") == "rsa" else SMALLEST
    if bits < SMALLEST:
        yield _finding("N023", f"the RSA key has {bits} bits; receivers want {SMALLEST}", where)


def _dmarc(sending: Sending, walk: Walk, answers: Answers) -> Iterator[Finding]:
    paste = f"publish: {dmarc_record(sending, answers).line}"
    for name in walk.several:
        told = f"there are several DMARC records, so receivers take none of them: _dmarc.{name}"
        yield _finding("N031", told, f"_dmarc.{name} TXT", "leave one of them there")
    policy = walk.policy
    if policy is None:
        if walk.ended and not walk.several:
            told = f"{sending.domain} has no DMARC record, nor has any domain above it"
            yield _finding("N030", told, f"_dmarc.{sending.domain} TXT", paste)
        return
    where = f"_dmarc.{policy.domain} TXT"
    for trouble in policy.wrong:
        yield _finding("N032", f"the DMARC record: {trouble}", where)
    if not policy.wrong and (policy.asked(sending.domain) == "none" or policy.tags.get("t") == "y"):
        why = "t=y says that it is a test" if policy.tags.get("t") == "y" else "p=none asks for nothing"
        yield _finding("N033", f"the DMARC record only watches: {why}", where)
    for tag in policy.gone:
        told = f"{tag}= means nothing any more (RFC 9989); some older receivers still heed it"
        yield _finding("N034", told, where, f"take {tag}={policy.tags[tag]} out")
    if not policy.reports:
        mend = f"add rua=mailto:{sending.reports}" if sending.reports else ""
        yield _finding("N035", "the DMARC record names nobody who gets its reports", where, mend)


def _alignment(sending: Sending, walk: Walk, answers: Answers) -> Iterator[Finding]:
    """RFC 9989 4.4: SPF or DKIM has to vouch for the sender's own domain; some receivers want both."""
    signed = [_vouches(each.domain, "adkim", sending, walk, answers) for each in sending.signatures]
    if signed and not any(each is not False for each in signed):
        domains = ", ".join(dict.fromkeys(signature.domain for signature in sending.signatures))
        told = f"mail is signed as {domains}, which does not vouch for {sending.domain}"
        yield _finding("N040", told, "dkim.domain", f'set dkim.domain = "{sending.domain}", or leave it out')
    if not signed:
        told = "briefpub signs nothing: your mail server has to"
        weight = Severity.ERROR if sending.straight else Severity.NOTE
        yield _finding("N025", told, "dkim.selector", "", weight)
    if _vouches(sending.bounces, "aspf", sending, walk, answers) is False:
        told = f"bounces return to {sending.bounces}, so SPF does not vouch for {sending.domain}"
        mend = f"set sending.bounces to a mailbox at {sending.domain} or, where aspf=r, below it"
        yield _finding("N041", told, "sending.bounces", mend)


def _vouches(domain: str, tag: str, sending: Sending, walk: Walk, answers: Answers) -> bool | None:
    if walk.policy is None:  # without a record nobody knows where the organisation ends: kinship has to do
        return f".{domain}".endswith(f".{sending.domain}") or f".{sending.domain}".endswith(f".{domain}")
    return aligned(domain, sending.domain, strict=walk.policy.strict(tag), answers=answers)


def _mail_hosts(sending: Sending, answers: Answers) -> Iterator[Finding]:
    for domain in dict.fromkeys((sending.domain, sending.bounces)):
        who = "replies" if domain == sending.domain else "bounces"
        hosts = answers.get(Kind.MX, domain)
        if hosts is None:
            continue
        where = f"{domain} MX"
        paste = f"publish: {mx_record(sending, answers).line}" if domain == sending.bounces else ""
        if hosts == NULL_MX:
            told = f"{domain} says that it takes no mail (a null MX); {who} cannot arrive"
            yield _finding("N050", told, where, paste)
            continue
        addresses = {host: answers.get(Kind.ADDRESS, host) for host in hosts or (domain,)}
        if None in addresses.values():
            continue
        if not any(addresses.values()):
            told = f"no host takes mail for {domain}; {who} cannot arrive"
            yield _finding("N052", told, where, paste)
        elif not hosts:
            yield _finding("N051", f"{domain} has no MX record; its own address is taken", where, paste)
        else:
            for host in (host for host, found in addresses.items() if not found):
                yield _finding("N053", f"the mail host {host} has no address", where)


def _reverse(sending: Sending, answers: Answers) -> Iterator[Finding]:
    """Check the forward-confirmed reverse name of this host, which large receivers insist on."""
    if not sending.addresses:
        told = f"{sending.hello or 'this host'} has no address on the internet that DNS knows of"
        yield _finding("N060", told, "sending.hello")
    for address in sending.addresses:
        paste = f"at whoever gave you {address}: {ptr_record(sending, address, answers).line}"
        names = answers.get(Kind.PTR, address)
        if names is None:
            continue
        if not names:
            yield _finding("N061", f"{address} has no reverse name", address, paste)
            continue
        back = {name: answers.get(Kind.ADDRESS, name) for name in names}
        if None in back.values():
            continue
        confirmed = [name for name, found in back.items() if found is not None and address in found]
        if not confirmed:
            told = f"{address} is called {', '.join(names)}, and that name does not lead back to it"
            yield _finding("N062", told, address, paste)
        elif sending.hello and sending.hello.lower() not in confirmed:
            told = f"{address} is called {confirmed[0]}, but says {sending.hello} to other servers"
            yield _finding("N063", told, "sending.hello", f'set sending.hello = "{confirmed[0]}"')


def _finding(
    code: str, message: str, where: str, hint: str = "", severity: Severity | None = None
) -> Finding:
    kind = CATALOGUE[code]
    return Finding(
        code=code,
        severity=kind.severity if severity is None else severity,
        message=message,
        where=where,
        hint=hint or kind.mend,
    )
