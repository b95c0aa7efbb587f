"""DNS: what is asked over a real socket comes back as plain values; no answer is never taken for 'no'."""

import socket
from collections.abc import Iterator

import pytest
from nameserver import Nameserver, nameserver

from briefpub.domain.errors import TransportError
from briefpub.transport.dns import NULL_MX, Dns


@pytest.fixture
def server() -> Iterator[Nameserver]:
    with nameserver() as running:
        yield running


@pytest.fixture
def dns(server: Nameserver) -> Dns:
    return Dns([server.host], port=server.port, timeout=1.0)


def test_mail_hosts_stand_by_preference_and_then_by_name(server: Nameserver, dns: Dns) -> None:
    server.put("example.org", "MX", "20 C.example.org.", "10 b.example.org.", "10 a.example.org.")
    assert dns.mx("example.org") == ("a.example.org", "b.example.org", "c.example.org")


def test_a_domain_that_takes_no_mail_says_so(server: Nameserver, dns: Dns) -> None:
    server.put("example.org", "MX", "0 .")
    assert dns.mx("example.org") == NULL_MX


def test_a_text_of_several_strings_is_one(server: Nameserver, dns: Dns) -> None:
    long = "v=DKIM1; p=" + "A" * 400
    server.put("s._domainkey.example.org", "TXT", long, 'a "quoted" one')
    assert sorted(dns.txt("s._domainkey.example.org")) == sorted([long, 'a "quoted" one'])


def test_bytes_that_are_no_text_do_not_stop_it(server: Nameserver, dns: Dns) -> None:
    server.zone["example.org", "TXT"] = ['"\\255\\254"']
    assert dns.txt("example.org") == ("\N{REPLACEMENT CHARACTER}" * 2,)


def test_a_long_answer_comes_by_tcp(server: Nameserver, dns: Dns) -> None:
    server.put("example.org", "TXT", *(f"{number:03} " + "x" * 100 for number in range(20)))
    server.long.add("example.org")
    assert len(dns.txt("example.org")) == 20
    assert server.asked == [("example.org", "TXT")] * 2


def test_addresses_are_of_both_kinds_and_a_literal_is_its_own(server: Nameserver, dns: Dns) -> None:
    server.put("mx.example.org", "A", "192.0.2.7", "192.0.2.5")
    server.put("mx.example.org", "AAAA", "2001:DB8::1")
    assert dns.addresses("mx.example.org") == ("192.0.2.5", "192.0.2.7", "2001:db8::1")
    assert dns.addresses("2001:0db8::0001") == ("2001:db8::1",)


def test_an_alias_is_followed(server: Nameserver, dns: Dns) -> None:
    server.put("mail.example.org", "CNAME", "mx.example.org.")
    server.put("mx.example.org", "A", "192.0.2.7")
    assert dns.addresses("mail.example.org") == ("192.0.2.7",)


@pytest.mark.parametrize(
    ("ip", "reverse"),
    [
        ("192.0.2.5", "5.2.0.192.in-addr.arpa"),
        ("2001:db8::1", ".".join(reversed("20010db8000000000000000000000001")) + ".ip6.arpa"),
    ],
)
def test_an_address_has_a_name(server: Nameserver, dns: Dns, ip: str, reverse: str) -> None:
    server.put(reverse, "PTR", "Mail.Example.ORG.")
    assert dns.ptr(ip) == ("mail.example.org",)


def test_what_is_no_address_has_no_reverse(dns: Dns) -> None:
    with pytest.raises(ValueError, match=r"example\.org"):
        dns.ptr("example.org")


@pytest.mark.parametrize(
    "name", ["nobody.example", "example.org", "", "a" * 64 + ".example", "a..b", "x" * 300]
)
def test_no_such_name_and_no_such_record_are_both_nothing(server: Nameserver, dns: Dns, name: str) -> None:
    server.put("example.org", "HINFO", '"cpu" "os"')
    assert dns.txt(name) == ()
    assert dns.mx(name) == ()
    assert dns.addresses(name) == ()


def test_a_name_with_accents_is_asked_for_in_ascii(server: Nameserver, dns: Dns) -> None:
    server.put("xn--caf-dma.example", "TXT", "v=spf1 -all")
    assert dns.txt("café.example") == ("v=spf1 -all",)


def test_a_server_that_fails_is_a_temporary_trouble(server: Nameserver, dns: Dns) -> None:
    server.broken.add("example.org")
    with pytest.raises(TransportError, match="DNS does not answer") as raised:
        dns.mx("example.org")
    assert raised.value.exit_code == 75
    assert raised.value.where == "example.org MX"
    with pytest.raises(TransportError):
        dns.addresses("example.org")


def test_a_server_that_says_nothing_is_waited_for_no_longer_than_told(server: Nameserver) -> None:
    server.silent.add("example.org")
    with pytest.raises(TransportError, match="DNS does not answer"):
        Dns([server.host], port=server.port, timeout=0.1).txt("example.org")


def test_nobody_there(server: Nameserver) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as idle:
        idle.bind(("127.0.0.1", 0))
        with pytest.raises(TransportError):
            Dns(["127.0.0.1"], port=idle.getsockname()[1], timeout=0.1).mx("example.org")


def test_the_same_question_is_asked_once(server: Nameserver, dns: Dns) -> None:
    server.put("example.org", "MX", "10 mx.example.org.")
    assert dns.mx("example.org") == dns.mx("Example.ORG.")
    assert server.asked == [("example.org", "MX")]


def test_a_machine_without_name_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    import dns.resolver

    def none(*args: object, **more: object) -> None:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver.Resolver, "read_resolv_conf", none)
    with pytest.raises(TransportError, match="NoResolverConfiguration"):
        Dns(timeout=0.1).mx("example.org")
