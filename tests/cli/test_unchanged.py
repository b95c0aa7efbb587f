"""A build with nothing changed does nothing; the smallest change is seen."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

BUILD = ("build", "--articles", "articles/*.md", "--to", "digest,text", "-o", "out", "--jobs", 1)
UNCHANGED = "Nothing changed"


@pytest.fixture
def built(publication: Path, run) -> Path:
    essay = publication / "articles" / "on-reading-slowly.md"
    essay.write_text(essay.read_text().replace("photo:\n", "photo:\n  file: p.png\n"))
    Image.new("RGB", (60, 40), "#9c2a18").save(publication / "articles" / "p.png")
    assert run(*BUILD).code == 0
    return publication


def test_nothing_changed_writes_nothing_and_tells_the_same(built: Path, run):
    before = {path: path.stat().st_mtime_ns for path in (built / "out").rglob("*")}
    first = run(*BUILD)
    assert (first.code, UNCHANGED in first.err) == (0, True)
    assert first.out.splitlines() == ["out/digest.html", "out/digest.txt", "out/manifest.json"]
    assert {path: path.stat().st_mtime_ns for path in (built / "out").rglob("*")} == before


def rewritten(path: str, old: str, new: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        text = (root / path).read_text()
        assert old in text
        (root / path).write_text(text.replace(old, new))

    return change


def another_picture(root: Path) -> None:
    Image.new("RGB", (60, 40), "#1c1917").save(root / "articles" / "p.png")


def another_article(root: Path) -> None:
    (root / "articles" / "second.md").write_text("---\ntitle: Second\nlang: en\n---\n\nText.\n")


def own_layout(root: Path) -> None:
    (root / "layouts" / "default").mkdir(parents=True)
    (root / "layouts" / "default" / "tokens.css").write_text(":root { --accent: #123456; }")


@pytest.mark.parametrize(
    "change",
    [
        rewritten("articles/on-reading-slowly.md", "will not end", "ends"),
        rewritten("briefpub.toml", "https://slow.example", "https://other.example"),
        rewritten("out/digest.txt", "pencil", "pen"),
        another_picture,
        another_article,
        lambda root: (root / "articles" / "p.png").unlink(),
        lambda root: (root / "out" / "digest.html").unlink(),
        lambda root: next((root / "out" / "pictures").iterdir()).unlink(),
    ],
    ids=[
        "article",
        "setting",
        "edition",
        "picture",
        "added",
        "picture gone",
        "edition gone",
        "its picture gone",
    ],
)
def test_the_smallest_change_is_seen(built: Path, run, change):
    change(built)
    assert UNCHANGED not in run(*BUILD).err
    assert "pencil" in (built / "out" / "digest.txt").read_text()


def test_a_changed_layout_is_seen(built: Path, run):
    own_layout(built)
    assert UNCHANGED not in run(*BUILD).err


def test_a_picture_that_was_missing_is_taken_when_it_comes(built: Path, run):
    (built / "articles" / "p.png").unlink()
    assert "A003" in run(*BUILD).err
    assert "A003" in run(*BUILD).err
    another_picture(built)
    ran = run(*BUILD)
    assert "A003" not in ran.err
    assert UNCHANGED not in ran.err


def test_other_options_are_another_build(built: Path, run):
    assert UNCHANGED not in run(*BUILD, "--body", "full").err
    assert "promise to come back" in (built / "out" / "digest.txt").read_text()
