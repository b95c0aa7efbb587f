"""The doctor: one look at each thing, and one that fails hides no other."""

import json
import os
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sink import Script, Sink, refusing

from briefpub.bootstrap import Newsroom, open_newsroom
from briefpub.cli.context import moment
from briefpub.cli.doctor import examine
from briefpub.cli.doctor_results import Result
from briefpub.domain.errors import RenderError
from briefpub.render import brief
from briefpub.store.database import open_database

NAMES = [
    "python",
    "pango",
    "harfbuzz",
    "fonts",
    "database",
    "outbox",
    "disk",
    "clock",
    "zones",
    "scheduler",
    "deliveries",
    "transport",
]


def found(newsroom: Newsroom, now: datetime | None = None) -> dict[str, Result]:
    results = examine(newsroom, now=now or moment())
    assert [result.name for result in results] == NAMES
    return {result.name: result for result in results}


def test_a_sound_publication_is_well(publication: Path) -> None:
    results = found(open_newsroom(None))
    assert [name for name, result in results.items() if not result.well] == []
    assert "1 lists" in results["database"].told
    assert str(publication / "outbox") in results["outbox"].told
    assert not (publication / "outbox").exists()


def test_outside_a_publication_there_is_no_database_to_look_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    results = found(open_newsroom(None))
    assert results["database"].well
    assert "no publication" in results["database"].told
    assert list(tmp_path.iterdir()) == []


def test_what_is_broken_is_told_with_its_mend_and_hides_nothing(
    publication: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (publication / "briefpub.db").write_bytes(b"no database at all, but long enough to be read as one" * 20)
    monkeypatch.setenv("BRIEFPUB_TRANSPORT", "pigeon://loft")

    def missing() -> Any:
        raise RenderError("cannot load library 'libpango'", format="pdf", hint="apt-get install libpango")

    monkeypatch.setattr(brief, "weasyprint", missing)
    results = found(open_newsroom(None))
    ill = {name: result for name, result in results.items() if not result.well}
    assert sorted(ill) == ["database", "deliveries", "harfbuzz", "pango", "scheduler", "transport"]
    assert all(result.mend for result in ill.values())
    assert "apt-get" in ill["pango"].mend


def test_a_missing_subsetter_is_told_with_the_command(
    publication: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brief.weasyprint().text.ffi, "harfbuzz_subset", None)
    result = found(open_newsroom(None))["harfbuzz"]
    assert not result.well
    assert "libharfbuzz-subset0" in result.mend


def test_an_outbox_that_cannot_be_written(publication: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and real(path, mode))
    result = found(open_newsroom(None))["outbox"]
    assert not result.well
    assert str(publication) in result.mend


def test_a_database_that_cannot_be_written(publication: Path) -> None:
    open_newsroom(None).audience.lists()
    held = open_newsroom(None).database
    with held.writing():
        newsroom = open_newsroom(None)
        object.__setattr__(newsroom, "database", open_database(str(held.path), patience=timedelta()))
        result = found(newsroom)["database"]
        newsroom.database.close()
    held.close()
    assert not result.well
    assert "another process is writing" in result.told


def test_a_disk_that_is_nearly_full(publication: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=150_000_000))
    result = found(open_newsroom(None))["disk"]
    assert not result.well
    assert "0.1 GB" in result.told or "0.2 GB" in result.told


def test_a_clock_that_was_set_back(publication: Path) -> None:
    result = found(open_newsroom(None), moment() - timedelta(hours=3))["clock"]
    assert not result.well
    assert "briefpub.toml was written" in result.told
    assert "timedatectl" in result.mend


@pytest.mark.parametrize(
    ("transport", "told"),
    [
        ("maildir", "maildir"),
        ("smtp://editor:hunter2@mail.example:587?tls=starttls", "smtp://mail.example:587?tls=starttls"),
    ],
)
def test_the_way_is_told_without_who_goes_it(
    publication: Path, monkeypatch: pytest.MonkeyPatch, transport: str, told: str
) -> None:
    monkeypatch.setenv("BRIEFPUB_TRANSPORT", transport)
    result = found(open_newsroom(None))["transport"]
    assert "hunter2" not in result.told + result.mend
    if result.well:
        assert result.told == told


def test_a_server_is_asked_up_to_the_final_dot_and_gets_no_mail(
    publication: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sink() as sink:
        monkeypatch.setenv("BRIEFPUB_TRANSPORT", f"smtp://localhost:{sink.port}?tls=off")
        result = found(open_newsroom(None))["transport"]
        assert result.well, result
        assert "takes mail from The Slow Review <letters@slow.example>; none was sent" in result.told
        assert len(sink.sessions) == 1
        assert sink.received == []


def test_a_server_that_refuses_the_sender(publication: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Sink(Script(faults=(refusing("letters@slow.example", "550 5.7.1 not your address"),))) as sink:
        monkeypatch.setenv("BRIEFPUB_TRANSPORT", f"smtp://localhost:{sink.port}?tls=off")
        result = found(open_newsroom(None))["transport"]
    assert not result.well
    assert "550 5.7.1 not your address" in result.told
    assert result.mend


def test_a_server_without_tls_or_that_is_not_there(
    publication: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sink() as sink:
        port = sink.port
        monkeypatch.setenv("BRIEFPUB_TRANSPORT", f"smtp://localhost:{port}?tls=starttls")
        result = found(open_newsroom(None))["transport"]
        assert not result.well
        assert "TLS" in (result.told + result.mend).upper()
    monkeypatch.setenv("BRIEFPUB_TRANSPORT", f"smtp://localhost:{port}?tls=off")
    result = found(open_newsroom(None))["transport"]
    assert not result.well
    assert result.mend


def test_the_command_says_it_in_json_and_by_its_exit_code(
    publication: Path, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = run("doctor", "--json")
    assert ran.code == 0, ran.out + ran.err
    assert [each["what"] for each in json.loads(ran.out)] == NAMES
    monkeypatch.setenv("BRIEFPUB_TRANSPORT", "pigeon://loft")
    assert run("doctor").code == 1
