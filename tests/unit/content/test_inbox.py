from pathlib import Path

import pytest

from briefpub.content.inbox import Fate, file_article
from briefpub.domain.errors import Conflict
from briefpub.domain.importing import Imported

IMPORTED = Imported(slug="le-pain", source="---\ntitle: Le pain\n---\n\nIl lève. 🍞\n")


def test_files_an_article_once(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "articles"
    filed = file_article(folder, IMPORTED)
    assert (filed.path, filed.fate) == (folder / "le-pain.md", Fate.NEW)
    assert filed.path.read_text(encoding="utf-8") == IMPORTED.source
    before = filed.path.stat().st_mtime_ns
    assert file_article(folder, IMPORTED).fate is Fate.SAME
    assert filed.path.stat().st_mtime_ns == before
    assert [path.name for path in folder.iterdir()] == ["le-pain.md"]


def test_what_an_editor_changed_is_never_overwritten(tmp_path: Path) -> None:
    path = file_article(tmp_path, IMPORTED).path
    path.write_text("mine")
    with pytest.raises(Conflict, match="another text") as caught:
        file_article(tmp_path, IMPORTED)
    assert path.read_text() == "mine"
    assert caught.value.where == str(path)
    assert caught.value.hint
