"""The first files: they can be read by what reads them, and nothing is written over."""

import tomllib
from pathlib import Path

import pytest

from briefpub.config import read_settings
from briefpub.content.articles import ArticleFolder
from briefpub.content.beginnings import begin, new_article
from briefpub.content.pictures import PictureFolder
from briefpub.domain.article import Gathered, Status
from briefpub.domain.errors import ConfigError, Conflict


def gathered(root: Path) -> Gathered:
    pictures = PictureFolder(root, root / "cache")
    return ArticleFolder(root=root, default_language="en", pictures=pictures).gather()


def test_begins_a_publication_that_can_be_opened(tmp_path: Path) -> None:
    root = tmp_path / "review"
    made = begin(root, name='A "slow" \\ review', language="fr", demo=False)
    assert sorted(path.name for path in made) == [".gitignore", "articles", "briefpub.toml", "layouts"]
    assert all(path.exists() for path in made)
    settings = read_settings(root)
    assert (settings.name, settings.language) == ('A "slow" \\ review', "fr")
    assert settings.lists["weekly"].name == settings.name
    assert gathered(root) == Gathered(articles=(), findings=())


def test_a_publication_without_a_name_takes_its_folder_s(tmp_path: Path) -> None:
    begin(tmp_path / "la-revue", name="", language="fr", demo=False)
    assert tomllib.loads((tmp_path / "la-revue" / "briefpub.toml").read_text())["name"] == "la-revue"


def test_the_demo_s_essays_have_no_faults(tmp_path: Path) -> None:
    begin(tmp_path, name="", language="en", demo=True)
    found = gathered(tmp_path)
    assert found.articles
    assert [finding for finding in found.findings if finding.severity.name == "ERROR"] == []
    assert read_settings(tmp_path).language == "fr"
    assert not list(tmp_path.rglob("*.py"))


def test_a_publication_is_not_begun_twice(tmp_path: Path) -> None:
    begin(tmp_path, name="First", language="en", demo=False)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(Conflict, match="already"):
        begin(tmp_path, name="Second", language="en", demo=True)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_what_was_there_before_stays(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.bak\n")
    begin(tmp_path, name="", language="en", demo=False)
    assert (tmp_path / ".gitignore").read_text() == "*.bak\n"


def test_a_name_of_two_lines_begins_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        begin(tmp_path / "review", name="a\nb", language="en", demo=False)
    assert not (tmp_path / "review").exists()


@pytest.mark.parametrize(("language", "word"), [("fr-CA", "chapeau"), ("en", "lead"), ("ja", "lead")])
def test_a_new_article_is_a_draft_that_reads_back(tmp_path: Path, language: str, word: str) -> None:
    title = "Le pain : « l'année » # 1"
    path = new_article(tmp_path / "articles", title=title, language=language)
    assert path == tmp_path / "articles" / "le-pain-l-annee-1.md"
    assert word in path.read_text(encoding="utf-8")
    (article,) = gathered(tmp_path).articles
    assert (
        article.title.replace("\u00a0", " ").replace("\u202f", " ").replace("’", "'"),
        article.status,
    ) == (
        title,
        Status.DRAFT,
    )
    assert article.language == language
    assert [section.level for section in article.sections] == [2]


def test_a_new_article_takes_nobody_s_place(tmp_path: Path) -> None:
    path = new_article(tmp_path, title="Salt", language="en")
    path.write_text("mine")
    with pytest.raises(Conflict, match="already"):
        new_article(tmp_path, title="Salt", language="en")
    assert path.read_text() == "mine"
    (tmp_path / "bread").mkdir()
    with pytest.raises(Conflict, match="already"):
        new_article(tmp_path, title="Bread", language="en")
