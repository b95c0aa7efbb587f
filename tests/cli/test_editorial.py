"""The editor's commands: new, import, check; and what config and completion print."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
SCRAPED = """\
Le levain

Par Odile Carnère

Il lève toute la nuit, et personne ne le voit faire. On attend, et l'on recommence.

On attend encore : la patience est un ingrédient que l'on n'achète pas.
"""


@pytest.fixture
def scraped(tmp_path: Path) -> Path:
    folder = tmp_path / "scraped"
    folder.mkdir()
    (folder / "levain.txt").write_text(SCRAPED, encoding="utf-8")
    return folder


def test_new_begins_a_draft_that_check_reads_and_publish_leaves(publication: Path, run: Run) -> None:
    ran = run("new", "On salt")
    assert (ran.code, Path(ran.out.strip())) == (0, publication / "articles" / "on-salt.md")
    assert run("check").code == 0
    again = run("new", "On salt")
    assert again.code == 2
    assert "already" in again.err


def test_import_files_an_article_once_and_never_over_an_editor_s(
    publication: Path, run: Run, scraped: Path
) -> None:
    first = run("import", scraped, "--lang", "fr", "--json")
    assert first.code == 0, first.err
    (told,) = json.loads(first.out)
    article = Path(told["article"])
    assert article.parent == publication / "articles"
    assert "lève toute la nuit" in article.read_text(encoding="utf-8")
    assert run("import", scraped, "--lang", "fr").code == 0
    article.write_text("mine", encoding="utf-8")
    refused = run("import", scraped, "--lang", "fr")
    assert refused.code == 1
    assert "another text" in refused.err
    assert article.read_text(encoding="utf-8") == "mine"


def test_a_dry_run_tells_each_block_and_writes_nothing(publication: Path, run: Run, scraped: Path) -> None:
    before = sorted(publication.rglob("*"))
    ran = run("import", scraped, "--lang", "fr", "--dry-run", "--json")
    (told,) = json.loads(ran.out)
    assert told["slug"] == "le-levain"
    assert {"line", "kind", "why", "text"} == set(told["blocks"][0])
    shown = run("import", scraped / "levain.txt", "--lang", "fr", "--dry-run")
    assert "Le levain" in shown.out
    assert sorted(publication.rglob("*")) == before


def test_a_bad_source_stops_nobody_but_is_told(publication: Path, run: Run, scraped: Path) -> None:
    (scraped / "empty.txt").write_bytes(b"")
    ran = run("import", scraped, "--lang", "fr")
    assert ran.code == 1
    assert "empty.txt" in ran.err
    assert len(list((publication / "articles").glob("*.md"))) == 2
    alone = run("import", scraped / "gone.txt")
    assert alone.code == 2
    assert "no such file" in alone.err


def test_check_tells_by_its_exit_code_and_notes_on_request(publication: Path, run: Run) -> None:
    (publication / "articles" / "salt.md").write_text(
        "---\ntitle: Salt\nlang: en\n---\n\nSee [this](http://a.example).\n", encoding="utf-8"
    )
    quiet = run("check", "--json")
    assert quiet.code == 0
    everything = run("check", "--all", "articles/salt.md")
    assert "A032" in everything.out + everything.err
    (publication / "articles" / "salt.md").write_text(
        "---\ntitle: Salt\nlang: en\n---\n\nTK\n", encoding="utf-8"
    )
    assert run("check").code == 1
    assert run("check", "articles/on-*.md").code == 0


def test_config_shows_what_is_in_force(publication: Path, run: Run) -> None:
    assert json.loads(run("config", "show", "--json").out)["name"] == "The Slow Review"
    assert "lists.weekly.sender" in run("config", "show").out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_can_complete(publication: Path, run: Run, shell: str) -> None:
    ran = run("completion", shell)
    assert ran.code == 0
    assert "_BRIEFPUB_COMPLETE" in ran.out
