from pathlib import Path

import pytest

from briefpub.content.folders import expanded
from briefpub.domain.errors import ConfigError


@pytest.fixture
def here(tmp_path: Path) -> Path:
    for name in ("a.md", "b.txt", "deep/c.md", "deep/er/d.md", "deep/er/e.md", "other/f.md"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    ("globs", "base", "names"),
    [
        (["*.md"], "", ["a.md"]),
        (["deep/**/*.md"], "deep", ["c.md", "er/d.md", "er/e.md"]),
        (["deep/er"], "deep/er", ["d.md", "e.md"]),
        (["deep/er/e.md", "deep/er/../er/d.md"], "deep/er", ["d.md", "e.md"]),
        (["other/*.md", "deep/c.md"], "", ["deep/c.md", "other/f.md"]),
        (["b.*", "b.txt"], "", ["b.txt"]),
        (["gone", "a.md"], "", ["a.md"]),
    ],
)
def test_gives_the_common_folder_and_the_files_in_it(
    here: Path, globs: list[str], base: str, names: list[str]
) -> None:
    assert expanded(globs, here) == (here / base, tuple(names))


def test_an_absolute_glob_leads_elsewhere(here: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert expanded([f"{here}/deep/*.md"], elsewhere) == (here / "deep", ("c.md",))


@pytest.mark.parametrize("globs", [["*.pdf"], [], ["gone/*.md"], ["[a"]])
def test_what_matches_nothing_is_told(here: Path, globs: list[str]) -> None:
    with pytest.raises(ConfigError, match="no file matches") as caught:
        expanded(globs, here)
    assert caught.value.where == ", ".join(globs)
