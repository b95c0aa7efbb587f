"""The shelf of editions: what is damaged is not there, and what cannot be kept is made again."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import PICTURE

from briefpub.content.editions import EditionShelf
from briefpub.domain.finding import Finding, Severity
from briefpub.domain.issue import Edition, Format

KEY = "ab" + "0" * 62
EDITION = Edition(
    format=Format.DIGEST,
    data="Où l’on lit.".encode(),
    findings=(
        Finding(code="D001", severity=Severity.WARNING, message="long", where="weekly/001", line=3, hint="x"),
        Finding(code="D004", severity=Severity.NOTE, message="nobody"),
    ),
    pictures=(PICTURE,),
)


@pytest.fixture
def shelf(tmp_path: Path) -> EditionShelf:
    return EditionShelf(folder=tmp_path / "editions")


def kept(shelf: EditionShelf, ending: str) -> Path:
    (path,) = shelf.folder.rglob(f"*{ending}")
    return path


def test_gives_back_what_was_kept_whole(shelf: EditionShelf) -> None:
    assert shelf.get(KEY, Format.DIGEST) is None
    shelf.put(KEY, EDITION)
    shelf.put(KEY, EDITION)
    assert shelf.get(KEY, Format.DIGEST) == EDITION
    assert shelf.get("cd" + KEY[2:], Format.DIGEST) is None


def test_two_editions_share_a_picture(shelf: EditionShelf) -> None:
    web = Edition(format=Format.WEB, data=b"<html>", pictures=(PICTURE,))
    shelf.put(KEY, EDITION)
    shelf.put("cd" + KEY[2:], web)
    assert len(list(shelf.folder.rglob("*.pic"))) == 1
    assert shelf.get("cd" + KEY[2:], Format.WEB) == web


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut short": lambda data: data[:-1],
    "zeros, as a power cut leaves them": lambda data: b"\0" * len(data),
    "longer": lambda data: data + b"{",
    "a byte turned": lambda data: bytes([data[0] ^ 0x80]) + data[1:],
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("ending", [".json", ".bin", ".pic"])
def test_what_is_damaged_is_not_there_and_may_be_kept_anew(
    shelf: EditionShelf, ending: str, damage: Callable[[bytes], bytes]
) -> None:
    shelf.put(KEY, EDITION)
    path = kept(shelf, ending)
    path.write_bytes(damage(path.read_bytes()))
    assert shelf.get(KEY, Format.DIGEST) is None
    shelf.put(KEY, EDITION)
    assert shelf.get(KEY, Format.DIGEST) == EDITION


@pytest.mark.parametrize("ending", [".json", ".bin", ".pic"])
def test_what_is_gone_is_not_there(shelf: EditionShelf, ending: str) -> None:
    shelf.put(KEY, EDITION)
    kept(shelf, ending).unlink()
    assert shelf.get(KEY, Format.DIGEST) is None


@pytest.mark.parametrize(
    "change",
    [
        {"pictures": None},
        {"pictures": [1]},
        {"pictures": [{"sha256": "gone", "path": "x", "media_type": "y"}]},
        {"findings": {"code": "D001"}},
        {"findings": [{"code": "D001", "severity": 9, "message": ""}]},
        {"findings": [{"colour": "red", "severity": 1}]},
        {"sha256": None},
    ],
)
def test_a_record_that_says_something_else_is_not_there(
    shelf: EditionShelf, change: dict[str, object]
) -> None:
    shelf.put(KEY, EDITION)
    path = kept(shelf, ".json")
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    assert shelf.get(KEY, Format.DIGEST) is None


def test_a_shelf_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "editions").write_text("a file in the way")
    shelf = EditionShelf(folder=tmp_path / "editions")
    shelf.put(KEY, EDITION)
    assert shelf.get(KEY, Format.DIGEST) is None
    assert (tmp_path / "editions").read_text() == "a file in the way"
