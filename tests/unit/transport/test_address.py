import pytest

from briefpub.domain.errors import ConfigError
from briefpub.transport.address import Auth, Kind, Tls, TransportAddress, is_loopback, transport_address


def smtp(host: str, port: int, tls: Tls, user: str = "") -> TransportAddress:
    return TransportAddress(kind=Kind.SMTP, host=host, port=port, user=user, tls=tls)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("maildir", TransportAddress(kind=Kind.MAILDIR)),
        ("mx", TransportAddress(kind=Kind.MX)),
        (
            "smtps://me@mail.example.org?auth=xoauth2&chunking=yes",
            TransportAddress(
                kind=Kind.SMTP,
                host="mail.example.org",
                port=465,
                user="me",
                tls=Tls.IMPLICIT,
                auth=Auth.XOAUTH2,
                chunking=True,
            ),
        ),
        ("smtp://mail.example.org", smtp("mail.example.org", 587, Tls.STARTTLS)),
        ("smtp://me@mail.example.org:2525?tls=starttls", smtp("mail.example.org", 2525, Tls.STARTTLS, "me")),
        (
            "smtp://me%40example.org@mail.example.org",
            smtp("mail.example.org", 587, Tls.STARTTLS, "me@example.org"),
        ),
        ("smtp://mail.example.org?tls=implicit", smtp("mail.example.org", 465, Tls.IMPLICIT)),
        ("smtps://mail.example.org", smtp("mail.example.org", 465, Tls.IMPLICIT)),
        ("smtp://localhost", smtp("localhost", 25, Tls.OFF)),
        ("smtp://127.0.0.1:2525", smtp("127.0.0.1", 2525, Tls.OFF)),
        ("smtp://localhost:587?tls=starttls", smtp("localhost", 587, Tls.STARTTLS)),
        ("smtp://localhost:2525?tls=off", smtp("localhost", 2525, Tls.OFF)),
        ("smtp://127.0.0.1?tls=off", smtp("127.0.0.1", 25, Tls.OFF)),
        ("smtp://[::1]:25/?tls=off", smtp("::1", 25, Tls.OFF)),
    ],
)
def test_reads_addresses(text: str, address: TransportAddress) -> None:
    assert transport_address(f" {text}\n") == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Maildir",
        "mail.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://mail.example.org:x",
        "smtp://mail.example.org:0",
        "smtp://mail.example.org:99999",
        "smtp://mail.example.org/path",
        "smtp://mail.example.org?tls=maybe",
        "smtp://mail.example.org?tls=off&tls=off",
        "smtp://localhost?tls",
        "smtp://me@localhost?auth=kerberos",
        "smtp://localhost?auth=xoauth2",
        "smtp://localhost?chunking",
        "mx://",
        "smtp://localhost?tls=off&verify=no",
        "smtps://mail.example.org?tls=starttls",
        "smtp://mail.example.org?tls=off",
        "smtp://192.0.2.1?tls=off",
        "smtp://localhost.example.org?tls=off",
        "smtp://[::1",
    ],
)
def test_refuses_nonsense_with_a_hint(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        transport_address(text)
    assert caught.value.hint
    assert caught.value.where == "transport"


@pytest.mark.parametrize("text", ["smtp://me:hunter2@mail.example.org", "http://me:hunter2@mail.example.org"])
def test_never_takes_or_tells_a_password(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        transport_address(text)
    assert "hunter2" not in f"{caught.value}{caught.value.hint}"


def test_says_itself_in_a_sentence() -> None:
    assert str(transport_address("maildir")) == "maildir"
    assert str(transport_address("mx")) == "mx"
    assert str(transport_address("smtp://me@mail.example.org")) == "mail.example.org"


def test_knows_this_machine() -> None:
    assert is_loopback("127.3.2.1")
    assert not is_loopback("example.org")
