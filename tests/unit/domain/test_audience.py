import re

import pytest
from builders import a_list
from hypothesis import given
from hypothesis import strategies as st

from briefpub.domain.audience import (
    CONTROL,
    address_hash,
    ascii_domain,
    checked_address,
    checked_line,
    checked_mailbox,
    checked_slug,
    folded,
    one_line,
)
from briefpub.domain.errors import ConfigError


@pytest.mark.parametrize("slug", ["weekly", "w", "a-b-2", "9", "x" * 63])
def test_takes_slugs(slug: str) -> None:
    assert checked_slug(slug, what="list name") == slug


@pytest.mark.parametrize(
    "slug", ["", "../../x", "a/b", "-a", "a-", "Weekly", "é", "a b", "x" * 64, "a\n", "."]
)
def test_refuses_what_could_leave_its_folder(slug: str) -> None:
    with pytest.raises(ConfigError) as caught:
        checked_slug(slug, what="list name")
    assert caught.value.hint
    with pytest.raises(ConfigError):
        a_list(slug)


@pytest.mark.parametrize("name", ["", "  ", "a\r\nBcc: b", "a\0b", "a\x85b", "a\u2028b"])
def test_refuses_names_with_breaks(name: str) -> None:
    with pytest.raises(ConfigError):
        checked_line(name, what="name", where="weekly")
    with pytest.raises(ConfigError):
        a_list(name=name)


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("weekly@example.org", "", "weekly@example.org"),
        ("The Weekly <weekly@Example.ORG>", "The Weekly", "weekly@example.org"),
        ('"Weekly, The" <weekly@example.org>', "Weekly, The", "weekly@example.org"),
        ("La Gazette d’Été <été@bücher.example>", "La Gazette d’Été", "été@bücher.example"),
    ],
)
def test_reads_mailboxes(text: str, name: str, address: str) -> None:
    mailbox = checked_mailbox(text, where="weekly")
    assert (mailbox.display_name, f"{mailbox.username}@{mailbox.domain}") == (name, address)


@pytest.mark.parametrize(
    "text",
    ["", "weekly", "a@b@c", "A <a@example.org> B", "<>", "a@example.org\nBcc: b@c.d", "A <a b@example.org>"],
)
def test_refuses_what_is_no_mailbox(text: str) -> None:
    with pytest.raises(ConfigError):
        checked_mailbox(text, where="weekly")
    with pytest.raises(ConfigError):
        a_list(sender=text)


@pytest.mark.parametrize(
    "address",
    [
        "a@example.org",
        "a.b+c@sub.example.org",
        "o'hara@example.org",
        "用户@例え.jp",
        "a@localhost",
        " a@example.org ",
    ],
)
def test_takes_addresses(address: str) -> None:
    assert checked_address(address, where="") == address.strip()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "@example.org",
        "a@",
        "a",
        ".a@example.org",
        "a.@example.org",
        "a..b@example.org",
        "a b@example.org",
        "a@exam ple.org",
        "a@-example.org",
        "a@example-.org",
        "a@exa_mple.org",
        "a@org",
        "a@example..org",
        "a@[127.0.0.1]",
        "a@b@example.org",
        "<a@example.org>",
        '"a"@example.org',
        "a,b@example.org",
        "x" * 65 + "@example.org",
        "a@" + "x" * 64 + ".org",
        "a@" + "abcdefgh." * 30 + "org",
        "a\x00@example.org",
    ],
)
def test_refuses_what_is_no_address(address: str) -> None:
    with pytest.raises(ConfigError):
        checked_address(address, where="")


@given(st.text(max_size=80))
def test_an_address_that_is_taken_fits_into_an_envelope(text: str) -> None:
    try:
        address = checked_address(text, where="")
    except ConfigError:
        return
    assert not re.search(r"[\s<>\x00-\x1f\x7f]", address)
    assert address.count("@") == 1


def test_one_person_is_one_address_however_it_is_written() -> None:
    assert folded("JOSÉ@Example.org") == folded("josé@example.org")
    assert address_hash("JOSÉ@Example.org") == address_hash("josé@example.org")
    assert len(address_hash("a@example.org")) == 64


def test_domains_travel_as_a_labels() -> None:
    assert ascii_domain("example.org") == "example.org"
    assert ascii_domain("bücher.example") == "xn--bcher-kva.example"
    with pytest.raises(ConfigError):
        ascii_domain("a" * 64 + ".example")


@given(st.text())
def test_one_line_is_one_line(text: str) -> None:
    line = one_line(text)
    assert not CONTROL.search(line)
    assert line == line.strip()
    assert one_line(line) == line
