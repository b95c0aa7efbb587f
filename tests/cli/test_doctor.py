"""The doctor: one look at each thing, and one that fails hides no other."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from briefpub.bootstrap import Newsroom, open_newsroom
from briefpub.cli.doctor import Result, examine
from briefpub.domain.errors import RenderError
from briefpub.render import brief

NAMES = ["python", "pango", "harfbuzz", "fonts", "database", "outbox", "transport"]


def found(newsroom: Newsroom) -> dict[str, Result]:
    results = examine(newsroom)
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
    assert sorted(ill) == ["database", "harfbuzz", "pango", "transport"]
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


def test_the_command_says_it_in_json_and_by_its_exit_code(
    publication: Path, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = run("doctor", "--json")
    assert ran.code == 0, ran.out + ran.err
    assert [each["what"] for each in json.loads(ran.out)] == NAMES
    monkeypatch.setenv("BRIEFPUB_TRANSPORT", "pigeon://loft")
    assert run("doctor").code == 1
