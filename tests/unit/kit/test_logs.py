"""Logs: one line an event, no whole address above DEBUG, nothing foreign can forge a line."""

import io
from collections.abc import Iterator

import pytest
import structlog

from briefpub.kit import logs


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def said(level: str, method: str, event: str, **values: object) -> str:
    stream = io.StringIO()
    logs.set_up(level=level, stream=stream)
    getattr(logs.logger("sender"), method)(event, **values)
    return stream.getvalue()


def test_an_event_is_one_line_of_keys_and_values() -> None:
    line = said("info", "info", "issue frozen", issue="weekly/001", bytes=12)
    assert line.endswith("level=info part=sender event='issue frozen' bytes=12 issue=weekly/001\n")
    assert line.startswith("timestamp=2")


def test_addresses_are_masked_wherever_they_stand() -> None:
    line = said(
        "info",
        "warning",
        "no such user <rose@example.org>",
        to="élise.martin@exämple.org",
        all=["a@b.example", {"deep@c.example": b"raw@d.example"}],
    )
    assert "r***@example.org" in line
    assert "é***@exämple.org" in line
    for whole in ("rose@", "martin@", "deep@", "raw@"):
        assert whole not in line


def test_exceptions_are_masked_and_stay_one_line() -> None:
    stream = io.StringIO()
    logs.set_up(stream=stream)
    try:
        int("rose@example.org")
    except ValueError:
        logs.logger("x").exception("failed")
    assert stream.getvalue().count("\n") == 1
    assert "rose@" not in stream.getvalue()


def test_debug_events_keep_addresses_and_are_told_only_when_asked() -> None:
    assert "rose@example.org" in said("debug", "debug", "rcpt", to="rose@example.org")
    assert said("info", "debug", "rcpt", to="rose@example.org") == ""


def test_line_breaks_in_a_reply_cannot_forge_an_event() -> None:
    line = said("info", "info", "reply", text="250 ok\r\nlevel=error event=forged\x1b[31m")
    assert line.count("\n") == 1
    assert "\x1b" not in line
    assert "\r" not in line


def test_a_terminal_gets_a_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    logs.set_up(stream=stream)
    logs.logger("x").info("hello", to="rose@example.org")
    assert "hello" in stream.getvalue()
    assert "rose@" not in stream.getvalue()
