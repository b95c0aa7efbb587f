"""A sending domain: each fault DNS can have is one finding, and the record that mends it makes it go away."""

import base64
from collections.abc import Mapping
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from briefpub.check.answers import Answer, Answers, Question
from briefpub.check.domain import check_domain
from briefpub.check.domain_records import Record, RecordState, Sending, Signature, records_for
from briefpub.domain.finding import Finding, Severity


def public(bits: int, odd: int = 1) -> str:
    key = rsa.RSAPublicNumbers(65537, (1 << (bits - 1)) + odd).public_key()
    data = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(data).decode()}"


KEY = public(2048)
HOST = "mail.quarterly.example"
SENDING = Sending(
    domain="quarterly.example",
    bounces="bounce.quarterly.example",
    smarthost="smtp.eu.mailgun.org",
    signatures=(Signature(domain="quarterly.example", selector="s2026", record=KEY),),
    reports="editor@quarterly.example",
)
STRAIGHT = replace(SENDING, smarthost="", straight=True, hello=HOST, addresses=("5.9.1.2", "2a01:4f8::2"))
Zone = Mapping[str, str | tuple[str, ...]]
SOUND: dict[str, str | tuple[str, ...]] = {
    "TXT quarterly.example": ("v=spf1 include:mailgun.org ~all", "google-site-verification=x"),
    "TXT bounce.quarterly.example": "v=spf1 include:mailgun.org -all",
    "TXT mailgun.org": "v=spf1 ip4:192.0.2.0/24 ~all",
    "TXT s2026._domainkey.quarterly.example": KEY,
    "TXT _dmarc.quarterly.example": "v=DMARC1; p=quarantine; rua=mailto:dmarc@quarterly.example",
    "MX quarterly.example": HOST,
    "MX bounce.quarterly.example": HOST,
    f"ADDRESS {HOST}": ("5.9.1.2", "2a01:4f8::2"),
    "PTR 5.9.1.2": HOST,
    "PTR 2a01:4f8::2": HOST,
}
SOUND_STRAIGHT = {
    **SOUND,
    "TXT bounce.quarterly.example": "v=spf1 ip4:5.9.1.2 ip6:2a01:4f8::2 -all",
    "TXT quarterly.example": "v=spf1 mx -all",
}


def settled(sending: Sending, zone: Zone, silent: frozenset[str] = frozenset()) -> Answers:
    """Answer whatever the checks want to know, until they want nothing more."""
    known: dict[Question, Answer | None] = {}
    for _ in range(30):
        answers = Answers(known=known)
        check_domain(sending, answers)
        records_for(sending, answers)
        if not answers.wanted:
            return answers
        for question in answers.wanted:
            found = zone.get(f"{question.kind.name} {question.name}", ())
            answer = (found,) if isinstance(found, str) else tuple(found)
            known[question] = None if question.name in silent else answer
    raise AssertionError("the checks never stop asking")


def found(sending: Sending, zone: Zone, silent: frozenset[str] = frozenset()) -> dict[str, Finding]:
    findings = check_domain(sending, settled(sending, zone, silent))
    assert all(finding.hint and finding.where for finding in findings)
    return {finding.code: finding for finding in findings}


def records(sending: Sending, zone: Zone) -> dict[str, Record]:
    return {f"{r.type} {r.name}": r for r in records_for(sending, settled(sending, zone))}


@pytest.mark.parametrize(("sending", "zone"), [(SENDING, SOUND), (STRAIGHT, SOUND_STRAIGHT)])
def test_a_sound_domain_has_nothing_to_be_remarked(sending: Sending, zone: Zone) -> None:
    assert found(sending, zone) == {}
    assert {record.state for record in records(sending, zone).values()} == {RecordState.PUBLISHED}


FAULTS: list[tuple[str, dict[str, str | tuple[str, ...]], str, Severity]] = [
    ("N010", {"TXT bounce.quarterly.example": ()}, "no SPF", Severity.ERROR),
    ("N010", {"TXT quarterly.example": ()}, "no SPF", Severity.WARNING),
    ("N011", {"TXT quarterly.example": ("v=spf1 -all", "v=spf1 mx -all")}, "2 SPF", Severity.ERROR),
    ("N012", {"TXT quarterly.example": "v=spf1 ipv4:192.0.2.1 -all"}, "'ipv4:192.0.2.1'", Severity.ERROR),
    (
        "N013",
        {"TXT quarterly.example": "v=spf1" + " a:b.example" * 11 + " -all"},
        "11 lookups",
        Severity.ERROR,
    ),
    ("N014", {"TXT quarterly.example": "v=spf1 include:gone.example -all"}, "gone.example", Severity.ERROR),
    ("N015", {"TXT quarterly.example": "v=spf1 mx ?all"}, "nothing about", Severity.WARNING),
    ("N015", {"TXT quarterly.example": "v=spf1 mx"}, "nothing about", Severity.WARNING),
    ("N015", {"TXT quarterly.example": "v=spf1 mx +all"}, "yes to", Severity.ERROR),
    ("N016", {"TXT bounce.quarterly.example": "v=spf1 mx -all"}, "mailgun.org", Severity.WARNING),
    ("N020", {"TXT s2026._domainkey.quarterly.example": ()}, "s2026", Severity.ERROR),
    ("N021", {"TXT s2026._domainkey.quarterly.example": "hello"}, "cannot be read", Severity.ERROR),
    ("N021", {"TXT s2026._domainkey.quarterly.example": (KEY, KEY + ";t=s")}, "2 records", Severity.ERROR),
    ("N021", {"TXT s2026._domainkey.quarterly.example": KEY[:200]}, "cut", Severity.ERROR),
    ("N022", {"TXT s2026._domainkey.quarterly.example": "v=DKIM1; p="}, "withdrawn", Severity.ERROR),
    ("N022", {"TXT s2026._domainkey.quarterly.example": public(2048, 3)}, "another", Severity.ERROR),
    ("N023", {"TXT s2026._domainkey.quarterly.example": public(1024)}, "1024 bits", Severity.ERROR),
    ("N024", {"TXT s2026._domainkey.quarterly.example": KEY + "; t=y:s"}, "t=y", Severity.WARNING),
    ("N030", {"TXT _dmarc.quarterly.example": ()}, "no DMARC", Severity.ERROR),
    ("N031", {"TXT _dmarc.quarterly.example": ("v=DMARC1; p=none",) * 2}, "several", Severity.ERROR),
    (
        "N032",
        {"TXT _dmarc.quarterly.example": "v=DMARC1; p=maybe; rua=mailto:d@q.example"},
        "p=maybe",
        Severity.WARNING,
    ),
    (
        "N033",
        {"TXT _dmarc.quarterly.example": "v=DMARC1; p=none; rua=mailto:d@q.example"},
        "p=none",
        Severity.NOTE,
    ),
    (
        "N033",
        {"TXT _dmarc.quarterly.example": "v=DMARC1; p=reject; t=y; rua=mailto:d@q.example"},
        "t=y",
        Severity.NOTE,
    ),
    (
        "N034",
        {"TXT _dmarc.quarterly.example": "v=DMARC1; p=reject; pct=20; rua=mailto:d@q.example"},
        "pct=",
        Severity.NOTE,
    ),
    ("N035", {"TXT _dmarc.quarterly.example": "v=DMARC1; p=reject"}, "reports", Severity.NOTE),
    ("N050", {"MX quarterly.example": "."}, "replies", Severity.ERROR),
    ("N050", {"MX bounce.quarterly.example": "."}, "bounces", Severity.ERROR),
    ("N051", {"MX quarterly.example": (), "ADDRESS quarterly.example": "5.9.1.2"}, "no MX", Severity.WARNING),
    ("N052", {"MX bounce.quarterly.example": ()}, "no host", Severity.ERROR),
    ("N052", {f"ADDRESS {HOST}": ()}, "no host", Severity.ERROR),
    ("N053", {"MX quarterly.example": (HOST, "old.quarterly.example")}, "old.quarterly", Severity.WARNING),
]


@pytest.mark.parametrize(("code", "change", "told", "severity"), FAULTS)
def test_each_fault_is_one_finding(
    code: str, change: dict[str, str | tuple[str, ...]], told: str, severity: Severity
) -> None:
    findings = found(SENDING, {**SOUND, **change})
    assert told in findings[code].message
    assert findings[code].severity is severity
    assert set(findings) <= {code, "N022", "N034"}


STRAIGHT_FAULTS: list[tuple[str, dict[str, str | tuple[str, ...]], str]] = [
    ("N016", {"TXT bounce.quarterly.example": "v=spf1 ip4:5.9.1.2 -all"}, "2a01:4f8::2"),
    ("N061", {"PTR 5.9.1.2": ()}, "no reverse name"),
    ("N062", {"PTR 5.9.1.2": "static.provider.example"}, "does not lead back"),
    (
        "N063",
        {"PTR 5.9.1.2": "v5.provider.example", "ADDRESS v5.provider.example": "5.9.1.2"},
        "says mail.quarterly.example",
    ),
]


@pytest.mark.parametrize(("code", "change", "told"), STRAIGHT_FAULTS)
def test_who_goes_straight_is_looked_at_more_closely(
    code: str, change: dict[str, str | tuple[str, ...]], told: str
) -> None:
    findings = found(STRAIGHT, {**SOUND_STRAIGHT, **change})
    assert list(findings) == [code]
    assert told in findings[code].message


def test_a_host_without_an_address_on_the_internet() -> None:
    assert "N060" in found(replace(STRAIGHT, addresses=()), SOUND_STRAIGHT)


@pytest.mark.parametrize(("sending", "weight"), [(SENDING, Severity.NOTE), (STRAIGHT, Severity.ERROR)])
def test_who_signs_when_we_do_not(sending: Sending, weight: Severity) -> None:
    zone = SOUND_STRAIGHT if sending.straight else SOUND
    assert found(replace(sending, signatures=()), zone)["N025"].severity is weight


def test_a_provider_nobody_knows_is_said_to_be_unknown() -> None:
    sending = replace(SENDING, smarthost="smtp.provider.example")
    assert list(found(sending, SOUND)) == ["N017"]


def test_a_domain_that_nobody_sends_from() -> None:
    assert list(found(replace(SENDING, sender=False), SOUND)) == ["N002"]


def test_signatures_and_bounces_belong_to_the_sender() -> None:
    alien = replace(
        SENDING,
        bounces="provider.example",
        signatures=(Signature(domain="provider.example", selector="s2026", record=KEY),),
    )
    zone = {
        **SOUND,
        "TXT provider.example": "v=spf1 include:mailgun.org -all",
        "TXT s2026._domainkey.provider.example": KEY,
        "MX provider.example": HOST,
    }
    findings = found(alien, zone)
    assert list(findings) == ["N040", "N041"]
    assert 'dkim.domain = "quarterly.example"' in findings["N040"].hint


def test_strict_alignment_wants_the_very_same_domain() -> None:
    record = "v=DMARC1; p=reject; aspf=s; adkim=s; rua=mailto:d@quarterly.example"
    assert list(found(SENDING, {**SOUND, "TXT _dmarc.quarterly.example": record})) == ["N041"]


def test_a_policy_of_the_organisation_holds_for_a_letters_domain() -> None:
    sending = replace(SENDING, domain="letters.quarterly.example", bounces="letters.quarterly.example")
    zone = {
        "TXT letters.quarterly.example": "v=spf1 include:mailgun.org -all",
        "TXT mailgun.org": "v=spf1 -all",
        "TXT s2026._domainkey.quarterly.example": KEY,
        "TXT _dmarc.quarterly.example": "v=DMARC1; p=reject; sp=none; rua=mailto:d@quarterly.example",
        "MX letters.quarterly.example": HOST,
        f"ADDRESS {HOST}": "5.9.1.2",
    }
    assert list(found(sending, zone)) == ["N033"]
    assert records(sending, zone)["TXT _dmarc.quarterly.example"].state is RecordState.PUBLISHED


def test_when_dns_is_silent_the_records_are_printed_all_the_same() -> None:
    names = frozenset({"quarterly.example", "bounce.quarterly.example", "_dmarc.quarterly.example"})
    findings = found(SENDING, SOUND, names)
    assert list(findings) == ["N001"]
    assert "quarterly.example TXT" in findings["N001"].message
    printed = records_for(SENDING, settled(SENDING, SOUND, names))
    assert [(record.type, record.name) for record in printed if record.state is not RecordState.UNKNOWN] == [
        ("TXT", "s2026._domainkey.quarterly.example")
    ]
    assert printed[0].line == 'quarterly.example TXT "v=spf1 include:mailgun.org ~all"'


@pytest.mark.parametrize(
    "sending", [SENDING, STRAIGHT, replace(SENDING, smarthost="relay.quarterly.example")]
)
def test_publishing_what_is_printed_leaves_no_error(sending: Sending) -> None:
    zone: dict[str, str | tuple[str, ...]] = {
        "MX quarterly.example": HOST,
        f"ADDRESS {HOST}": ("5.9.1.2", "2a01:4f8::2"),
        "TXT mailgun.org": "v=spf1 ip4:192.0.2.0/24 ~all",
    }
    before = check_domain(sending, settled(sending, zone))
    assert {finding.code for finding in before} >= {"N010", "N020", "N030", "N052"}
    for record in records_for(sending, settled(sending, zone)):
        if record.type == "PTR":
            for address in sending.addresses:
                zone[f"PTR {address}"] = record.value.rstrip(".")
        else:
            zone[f"{record.type} {record.name}"] = record.value.removeprefix("10 ").rstrip(".")
    after = check_domain(sending, settled(sending, zone))
    assert [finding for finding in after if finding.severity > Severity.NOTE] == []


def test_an_spf_record_grows_and_is_never_doubled() -> None:
    zone = {**SOUND, "TXT bounce.quarterly.example": "v=spf1 include:_spf.google.com -all"}
    zone["TXT _spf.google.com"] = "v=spf1 -all"
    record = records(SENDING, zone)["TXT bounce.quarterly.example"]
    assert record.state is RecordState.DIFFERENT
    assert record.value == "v=spf1 include:_spf.google.com include:mailgun.org -all"


def test_a_long_key_is_cut_into_strings_of_255_bytes() -> None:
    record = records(SENDING, SOUND)["TXT s2026._domainkey.quarterly.example"]
    assert [len(text) for text in record.strings] == [255, len(KEY) - 255]
    assert "".join(record.strings) == record.value == KEY
    assert record.written == f'"{KEY[:255]}" "{KEY[255:]}"'
    assert Record(name="a", type="TXT", value='a\\"b', state=RecordState.MISSING).written == '"a\\\\\\"b"'
