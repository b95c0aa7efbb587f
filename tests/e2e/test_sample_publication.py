"""The sample publication from end to end: published once, proved by its manifest, the same bytes anywhere."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from briefpub.domain.issue import Format

ROOT = Path(__file__).parents[2]
SIX = sorted([*(format.file_name for format in Format), "manifest.json"])


def copy_of_the_sample(folder: Path) -> Path:
    shutil.copytree(ROOT / "articles", folder / "articles")
    shutil.copy(ROOT / "briefpub.toml", folder)
    return folder


def briefpub(folder: Path, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BRIEFPUB_")}
    return subprocess.run(
        [sys.executable, "-m", "briefpub", *args],
        cwd=folder,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_of_the_sample(tmp_path_factory.mktemp("one"))
    people = briefpub(
        folder, "subscribers", "import", "articles/subscribers.csv", "--list", "weekly", "--yes"
    )
    assert people.returncode == 0, people.stderr
    done = briefpub(folder, "publish", "weekly", "--yes", "--expect", "12")
    assert done.returncode == 0, done.stderr
    return folder / "outbox" / "weekly" / "001"


def test_the_six_files_are_what_the_manifest_says(published: Path):
    assert sorted(path.name for path in published.iterdir() if path.is_file()) == SIX
    manifest = json.loads((published / "manifest.json").read_bytes())
    assert len(manifest["articles"]) == 8
    for edition in manifest["editions"]:
        data = (published / edition["file"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (edition["size"], edition["sha256"])
    for picture in manifest["pictures"]:
        assert (published / picture["file"]).stat().st_size == picture["size"]


def test_every_subscriber_has_one_message_without_defects(published: Path):
    paths = [*published.glob("maildir/new/*"), *published.glob("maildir/cur/*")]
    messages = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]
    assert len(messages) == 12
    assert len({str(message["To"]) for message in messages}) == 12
    assert len({str(message["Message-ID"]) for message in messages}) == 12
    for message in messages:
        assert not message.defects
        for part in message.walk():
            assert not part.defects
        assert not any(value.defects for value in message.values() if hasattr(value, "defects"))
        html = message.get_body(("html",))
        assert html is not None
        assert len(str(html.get_payload())) <= 102_000
    briefs = [m for m in messages if any(p.get_content_type() == "application/pdf" for p in m.walk())]
    assert len(briefs) == 3


def test_published_again_nothing_is_sent_twice(published: Path):
    before = {path: path.read_bytes() for path in published.rglob("*") if path.is_file()}
    done = briefpub(published.parents[2], "publish", "weekly", "--yes", "--expect", "12")
    assert done.returncode == 0
    assert "Nothing new" in done.stderr
    assert {path: path.read_bytes() for path in published.rglob("*") if path.is_file()} == before


@pytest.mark.slow
def test_the_same_bytes_in_another_folder_zone_locale_and_hash_seed(published: Path, tmp_path: Path):
    folder = copy_of_the_sample(tmp_path / "quite another/folder name")
    issue = briefpub(folder, "issues", "add", "weekly")
    assert issue.returncode == 0, issue.stderr
    done = briefpub(
        folder,
        "build",
        "weekly/1",
        "-o",
        "out",
        "--jobs",
        "1",
        TZ="Pacific/Apia",
        PYTHONHASHSEED="4242",
        LC_ALL="C",
        LANG="C",
        HOME=str(tmp_path),
    )
    assert done.returncode == 0, done.stderr
    theirs = json.loads((published / "manifest.json").read_bytes())
    ours = json.loads((folder / "out" / "manifest.json").read_bytes())
    if theirs["issue"]["date"] != ours["issue"]["date"]:
        pytest.skip("midnight passed between the two")
    for name in SIX:
        assert (folder / "out" / name).read_bytes() == (published / name).read_bytes(), name
