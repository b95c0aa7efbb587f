import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefpub.domain.errors import ConfigError
from briefpub.render.verp import ReturnAddress, read_verp, verp

SECRET = b"s" * 32
MAILBOX = "b@bounce.example.org"
IDS = st.integers(min_value=1, max_value=2**63 - 1)


@given(mailing=IDS, delivery=IDS)
def test_a_bounce_is_read_back(mailing: int, delivery: int) -> None:
    address = verp(bounces=MAILBOX, secret=SECRET)(mailing, delivery)
    local, _, domain = address.rpartition("@")
    assert (local[:2], domain) == ("b+", "bounce.example.org")
    assert len(local) <= 64
    found = ReturnAddress(mailing=mailing, delivery=delivery)
    for seen in (address, address.upper(), f"<{address}>"):
        assert read_verp(seen, bounces=MAILBOX, secret=SECRET) == found


def test_the_same_message_always_returns_to_the_same_address() -> None:
    make = verp(bounces=MAILBOX, secret=SECRET)
    assert make(1, 2) == verp(bounces=MAILBOX, secret=SECRET)(1, 2)
    assert len({make(1, 2), make(2, 1), make(1, 3), make(1, 0x21)}) == 4


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("b+1.", "b+2."),
        (".2.", ".3."),
        (".2.", ".02."),
        (".2.", ".2..."),
        ("@bounce", "@bounces"),
        ("b+", "c+"),
        ("b+1", "b+\r\n1"),
    ],
)
def test_a_forged_address_is_nobodys(old: str, new: str) -> None:
    address = verp(bounces=MAILBOX, secret=SECRET)(1, 2)
    assert old in address
    assert read_verp(address.replace(old, new), bounces=MAILBOX, secret=SECRET) is None


@pytest.mark.parametrize(
    "address", ["", "b@bounce.example.org", "b+1.2@bounce.example.org", "ana@example.net"]
)
def test_mail_to_anybody_else_is_nobodys(address: str) -> None:
    assert read_verp(address, bounces=MAILBOX, secret=SECRET) is None


def test_another_publications_address_is_nobodys() -> None:
    address = verp(bounces=MAILBOX, secret=b"t" * 32)(1, 2)
    assert read_verp(address, bounces=MAILBOX, secret=SECRET) is None


@pytest.mark.parametrize(
    "mailbox", ["bounces-of-the-weekly@example.org", "é@example.org", "no mailbox", "b@exa mple.org"]
)
def test_a_mailbox_that_leaves_no_room_is_refused(mailbox: str) -> None:
    with pytest.raises(ConfigError) as caught:
        verp(bounces=mailbox, secret=SECRET)
    assert caught.value.where == "sending.bounces"


def test_a_mailbox_in_any_script_of_domains() -> None:
    address = verp(bounces="b@bücher.example", secret=SECRET)(1, 2)
    assert address.endswith("@xn--bcher-kva.example")
    assert read_verp(address, bounces="b@bücher.example", secret=SECRET)
