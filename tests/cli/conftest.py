"""A publication in a fresh folder, and the command run within it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from briefpub.cli.main import run as run_command

SETTINGS = """\
name = "The Slow Review"
site = "https://slow.example"
contact = "The Slow Review <letters@slow.example>"
language = "en"

[lists.weekly]
name = "The Slow Review"
sender = "The Slow Review <letters@slow.example>"
"""
ESSAY = """\
---
title: On reading slowly
date: 2026-11-01
lang: en
authors: [Ada Marlowe]
standfirst: A sentence read at the pace of speech is another sentence.
photo:
  alt: A hand holding a page to the light.
---

There is a kind of sentence that will not end, and one learns to wait for it.

## The pencil

A pencil is a promise to come back.[^1]

[^1]: Some promises are kept.
"""


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def publication(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a publication with one essay and one subscriber, and go there."""
    root = tmp_path / "review"
    (root / "articles").mkdir(parents=True)
    (root / "briefpub.toml").write_text(SETTINGS, encoding="utf-8")
    (root / "articles" / "on-reading-slowly.md").write_text(ESSAY, encoding="utf-8")
    monkeypatch.chdir(root)
    for name in ("BRIEFPUB_TRANSPORT", "BRIEFPUB_DATABASE", "BRIEFPUB_PUBLICATION"):
        monkeypatch.delenv(name, raising=False)
    return root


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Give the command as a function; it must never end in a traceback."""

    def _run(*args: object) -> Ran:
        capsys.readouterr()
        code = run_command([str(arg) for arg in args])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        assert code != 70, err
        return Ran(code, out, err)

    return _run


@pytest.fixture
def subscribed(publication: Path, run: Callable[..., Ran]) -> Path:
    """Give a publication with two confirmed subscribers."""
    for address in ("ana@example.org", "zoe@example.net"):
        ran = run("subscribers", "add", address, "--list", "weekly", "--consent", "said so, in a test")
        assert ran.code == 0, ran.err
    return publication
