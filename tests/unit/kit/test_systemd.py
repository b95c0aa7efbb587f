"""sd_notify: what arrives on a real socket, by path and by abstract name, and what nobody listens to."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from briefpub.kit.systemd import Systemd, systemd


@contextmanager
def listening(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.settimeout(5)
        heard.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        yield heard


@pytest.fixture(params=["path", "abstract"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return (
        f"@briefpub-test-{tmp_path.name}-{os.getpid()}"
        if request.param == "abstract"
        else str(tmp_path / "n")
    )


def test_each_word_arrives_as_one_datagram(address: str) -> None:
    told = systemd({"NOTIFY_SOCKET": address})
    with listening(address) as heard:
        assert all([told.ready("Waiting."), told.status("Café au lait"), told.alive(), told.stopping()])
        said = [heard.recv(4096).decode() for _ in range(4)]
    assert said == ["READY=1\nSTATUS=Waiting.", "STATUS=Café au lait", "WATCHDOG=1", "STOPPING=1"]


def test_a_status_cannot_say_another_word(address: str) -> None:
    with listening(address) as heard:
        assert systemd({"NOTIFY_SOCKET": address}).status("next:\nSTOPPING=1\r\n\tmainpid")
        assert heard.recv(4096) == b"STATUS=next: STOPPING=1 mainpid"


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2:1"}])
def test_where_nobody_listens_nothing_is_told(environment: dict[str, str]) -> None:
    told = systemd({**environment, "WATCHDOG_USEC": "1000000"})
    assert told == Systemd()
    assert not told.ready("Waiting.")


def test_a_listener_that_went_away_is_no_fault(tmp_path: Path) -> None:
    assert not systemd({"NOTIFY_SOCKET": str(tmp_path / "gone")}).alive()


@pytest.mark.parametrize(
    ("usec", "process", "seconds"),
    [
        ("120000000", "", 120.0),
        ("500000", "7", 0.5),
        ("500000", "8", None),
        ("0", "", None),
        ("soon", "", None),
        ("-5", "", None),
        ("", "7", None),
    ],
)
def test_the_watchdog_is_told_to_the_process_it_is_meant_for(
    usec: str, process: str, seconds: float | None
) -> None:
    environment = {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": usec, "WATCHDOG_PID": process}
    assert systemd(environment, process=7).watchdog == seconds


def test_a_listener_that_does_not_read_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("briefpub.kit.systemd.PATIENCE", 0.02)
    address = str(tmp_path / "full")
    with listening(address):
        told = systemd({"NOTIFY_SOCKET": address})
        assert not all(told.status("x" * 1000) for _ in range(2000))
