"""`doctor --domain`: the records to publish, and what a real name server on the loopback says of them."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from nameserver import Nameserver, nameserver

from briefpub.render.dkim import public_record

# Made once: a key of 2048 bits takes longer than everything else here.
RSA = rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
EDDSA = ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
DKIM = """
[dkim]
selector = "s2026"
key_file = "dkim.pem"
ed25519_selector = "e2026"
ed25519_key_file = "ed25519.pem"

[sending]
bounces = "b@bounce.slow.example"
hello = "mail.slow.example"
"""


@pytest.fixture
def server() -> Iterator[Nameserver]:
    with nameserver() as running:
        yield running


@pytest.fixture
def look(server: Nameserver, run: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: run(
        "doctor", "--domain", "slow.example", "--nameserver", f"{server.host}:{server.port}", *args
    )


@pytest.fixture
def signing(publication: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (publication / "dkim.pem").write_bytes(RSA)
    (publication / "ed25519.pem").write_bytes(EDDSA)
    with (publication / "briefpub.toml").open("a", encoding="utf-8") as file:
        file.write(DKIM)
    monkeypatch.setenv("BRIEFPUB_TRANSPORT", "mx")
    return publication


def publish(server: Nameserver, records: list[dict[str, Any]]) -> None:
    """Do what the doctor's lines say, with nothing but what they say."""
    for record in records:
        kind, value = record["type"], record["value"]
        if kind == "TXT":
            assert "".join(record["strings"]) == value
            assert all(len(text) <= 255 for text in record["strings"])
        server.put(record["name"], kind, value)


def test_records_are_printed_and_once_published_all_is_well(
    signing: Path, server: Nameserver, look: Callable[..., Any]
) -> None:
    server.put("mail.slow.example", "A", "5.9.1.2")
    server.put("slow.example", "MX", "10 mail.slow.example.")
    ran = look("--json")
    assert ran.code == 1
    told = json.loads(ran.out)
    assert [(record["name"], record["type"], record["state"]) for record in told["records"]] == [
        ("slow.example", "TXT", "missing"),
        ("bounce.slow.example", "TXT", "missing"),
        ("s2026._domainkey.slow.example", "TXT", "missing"),
        ("e2026._domainkey.slow.example", "TXT", "missing"),
        ("_dmarc.slow.example", "TXT", "missing"),
        ("bounce.slow.example", "MX", "missing"),
        ("2.1.9.5.in-addr.arpa", "PTR", "missing"),
    ]
    values = {record["name"]: record["value"] for record in told["records"] if record["type"] == "TXT"}
    assert values["s2026._domainkey.slow.example"] == public_record(RSA)
    assert values["bounce.slow.example"] == "v=spf1 ip4:5.9.1.2 ~all"
    assert values["_dmarc.slow.example"] == "v=DMARC1; p=none; rua=mailto:letters@slow.example"
    publish(server, told["records"])
    ran = look("--json")
    told = json.loads(ran.out)
    assert {record["state"] for record in told["records"]} == {"published"}
    assert [finding["code"] for finding in told["findings"]] == ["N033"]
    assert ran.code == 0


def test_a_person_sees_a_table_on_stdout_and_findings_on_stderr(
    signing: Path, server: Nameserver, look: Callable[..., Any]
) -> None:
    server.put("mail.slow.example", "A", "5.9.1.2")
    server.put("slow.example", "TXT", "v=spf1 -all")
    ran = look()
    assert ran.code == 1
    lines = [line.split("\t") for line in ran.out.splitlines()]
    assert lines[0] == ["name", "type", "value", "state"]
    assert ["slow.example", "TXT", '"v=spf1 -all"', "published"] in lines
    assert "s2026._domainkey.slow.example TXT: error N020" in ran.err
    assert 'mend: publish: _dmarc.slow.example TXT "v=DMARC1; p=none' in ran.err


def test_on_a_terminal_a_value_can_be_copied_in_one_piece(
    signing: Path, look: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    lines = look().out.splitlines()
    at = lines.index("s2026._domainkey.slow.example  TXT  (missing)")
    first, second = lines[at + 1].strip().strip('"').split('" "')
    assert first + second == public_record(RSA)


def test_when_dns_is_silent_that_is_said_and_the_records_stand_all_the_same(
    publication: Path, server: Nameserver, look: Callable[..., Any]
) -> None:
    server.ill = True
    ran = look("--json")
    first = len(server.asked)
    assert ran.code == 75
    told = json.loads(ran.out)
    assert told["answered"] is False
    assert {record["state"] for record in told["records"]} == {"not known"}
    assert [finding["code"] for finding in told["findings"]] == ["N025", "N001"]
    assert first <= 4, "after a first round without any answer nothing more is asked"


def test_a_fault_that_was_found_weighs_more_than_one_question_without_an_answer(
    publication: Path, server: Nameserver, look: Callable[..., Any]
) -> None:
    server.put("slow.example", "TXT", "v=spf1 +all")
    server.broken.add("_dmarc.slow.example")
    assert look().code == 1


def test_outside_a_publication_any_domain_can_be_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Nameserver, look: Callable[..., Any]
) -> None:
    monkeypatch.chdir(tmp_path)
    server.put("slow.example", "TXT", "v=spf1 mx -all")
    ran = look("--json")
    assert json.loads(ran.out)["domain"] == "slow.example"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("--domain", "localhost"), "is no domain mail can come from"),
        (("--domain", "a" * 64 + ".example"), "cannot be a domain"),
        (("--domain", "slow.example", "--nameserver", "ns.example"), "is no name server"),
        (("--domain", "slow.example", "--nameserver", "127.0.0.1:dns"), "is no name server"),
    ],
)
def test_what_cannot_be_looked_at(
    publication: Path, run: Callable[..., Any], args: tuple[str, ...], told: str
) -> None:
    ran = run("doctor", *args)
    assert ran.code == 2
    assert told in ran.err


def test_a_key_that_is_not_there_is_told_with_the_page_that_says_how_to_make_one(
    signing: Path, look: Callable[..., Any]
) -> None:
    (signing / "dkim.pem").unlink()
    ran = look()
    assert ran.code == 2
    assert "dkim.pem" in ran.err
    assert "docs/howto/dns.md" in ran.err


def test_a_domain_nobody_here_sends_from_is_remarked(
    publication: Path, run: Callable[..., Any], server: Nameserver
) -> None:
    ran = run("doctor", "--domain", "other.example", "--nameserver", f"{server.host}:{server.port}")
    assert "N002: no list of this publication sends from other.example" in ran.err
