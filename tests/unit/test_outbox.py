import errno
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from builders import PICTURE, a_manifest, an_issue, editions_of

import briefpub.outbox as module
from briefpub.domain.errors import Conflict, OutboxError
from briefpub.domain.issue import Edition, Format, Frozen, Issue
from briefpub.outbox import OutboxFolder

FILES = [
    "brief.pdf",
    "compilation.epub",
    "digest.html",
    "digest.txt",
    "manifest.json",
    "pictures",
    "web.html",
]


def freeze(outbox: OutboxFolder, issue: Issue | None = None) -> Frozen:
    issue = issue or an_issue()
    editions = editions_of(issue, pictures=[PICTURE])
    return outbox.freeze(issue.key, editions=editions, manifest=a_manifest(issue, editions))


@pytest.fixture
def outbox(tmp_path: Path) -> OutboxFolder:
    return OutboxFolder(tmp_path / "outbox")


def test_freezes_a_folder_of_editions(outbox: OutboxFolder) -> None:
    frozen = freeze(outbox)
    folder = outbox.root / "weekly" / "001"
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert frozen.folder == str(folder)
    assert [(e.format, e.data) for e in frozen.editions] == [
        (e.format, e.data) for e in editions_of(an_issue(), pictures=[PICTURE])
    ]
    assert frozen.pictures == (PICTURE,)
    assert outbox.frozen("weekly/001") == frozen


def test_what_is_not_frozen_is_absent(outbox: OutboxFolder) -> None:
    assert outbox.frozen("weekly/001") is None
    (outbox.root / "weekly").mkdir(parents=True)
    (outbox.root / "weekly" / "001").write_text("a file in the way")
    assert outbox.frozen("weekly/001") is None


def test_freezing_the_same_bytes_again_touches_nothing(outbox: OutboxFolder) -> None:
    first = freeze(outbox)
    maildir = Path(first.folder) / "maildir"
    maildir.mkdir()
    before = {path: path.stat().st_mtime_ns for path in Path(first.folder).rglob("*")}
    assert freeze(outbox) == first
    assert {path: path.stat().st_mtime_ns for path in Path(first.folder).rglob("*")} == before


def test_other_bytes_are_refused(outbox: OutboxFolder) -> None:
    first = freeze(outbox)
    with pytest.raises(Conflict, match="other bytes"):
        freeze(outbox, an_issue(title="Renamed"))
    assert outbox.frozen("weekly/001") == first


@pytest.mark.parametrize("name", ["digest.html", "brief.pdf", "pictures/loaf.jpg"])
def test_a_file_that_was_changed_is_found(outbox: OutboxFolder, name: str) -> None:
    path = Path(freeze(outbox).folder) / name
    path.write_bytes(path.read_bytes() + b"!")
    with pytest.raises(OutboxError, match="not what the manifest says") as caught:
        outbox.frozen("weekly/001")
    assert caught.value.where == str(path)
    assert caught.value.hint


@pytest.mark.parametrize("name", ["digest.html", "pictures/loaf.jpg"])
def test_a_file_that_is_gone_is_found(outbox: OutboxFolder, name: str) -> None:
    (Path(freeze(outbox).folder) / name).unlink()
    with pytest.raises(OutboxError, match="no such file"):
        outbox.frozen("weekly/001")


@pytest.mark.parametrize(
    "manifest",
    [
        b"{",
        b"[]",
        b'{"briefpub": 2}',
        b'{"briefpub": 1}',
        json.dumps(
            {"briefpub": 1, "pictures": [], "editions": [{"file": "../../secret", "format": "web"}]}
        ).encode(),
        json.dumps(
            {"briefpub": 1, "pictures": [{"file": "/etc/passwd", "size": 1}], "editions": []}
        ).encode(),
    ],
)
def test_a_manifest_that_makes_no_sense_is_found(outbox: OutboxFolder, manifest: bytes) -> None:
    (Path(freeze(outbox).folder) / "manifest.json").write_bytes(manifest)
    with pytest.raises(OutboxError, match="manifest"):
        outbox.frozen("weekly/001")


@pytest.mark.parametrize(
    "key",
    ["", "weekly", "weekly/", "../../x", "weekly/../x", "weekly/001/..", "/etc/001", "weekly/x1", "a/b/1"],
)
def test_a_key_leads_nowhere_else(outbox: OutboxFolder, key: str) -> None:
    with pytest.raises(OutboxError, match="names no issue"):
        outbox.frozen(key)


def test_an_outbox_that_cannot_be_written_is_told(outbox: OutboxFolder) -> None:
    outbox.root.write_text("a file in the way")
    with pytest.raises(OutboxError) as caught:
        freeze(outbox)
    assert caught.value.hint
    assert caught.value.exit_code == 75


def test_a_folder_without_a_manifest_is_not_overwritten(outbox: OutboxFolder) -> None:
    stray = outbox.root / "weekly" / "001" / "notes.txt"
    stray.parent.mkdir(parents=True)
    stray.write_text("mine")
    with pytest.raises(OutboxError):
        freeze(outbox)
    assert stray.read_text() == "mine"


def test_a_full_disk_leaves_nothing_half_written(
    outbox: OutboxFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, files: Mapping[str, bytes]) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(module, "write_folder", full)
    with pytest.raises(OutboxError, match="no space left") as caught:
        freeze(outbox)
    assert "make room" in caught.value.hint
    assert outbox.frozen("weekly/001") is None


def test_what_a_killed_writer_left_is_swept(outbox: OutboxFolder) -> None:
    left = outbox.root / "weekly" / ".0123456789abcdef.partial"
    left.mkdir(parents=True)
    (left / "digest.html").write_text("half")
    freeze(outbox)
    assert sorted(path.name for path in (outbox.root / "weekly").iterdir()) == [".lock", "001"]


def test_a_few_formats_are_enough(outbox: OutboxFolder) -> None:
    issue = an_issue()
    editions: tuple[Edition, ...] = editions_of(issue)[:2]
    frozen = outbox.freeze(issue.key, editions=editions, manifest=a_manifest(issue, editions))
    assert [edition.format for edition in frozen.editions] == [Format.DIGEST, Format.TEXT]
