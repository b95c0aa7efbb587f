import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefpub.content.slugs import ascii_slug, date_of_path, slug_of, slug_of_path
from briefpub.domain.audience import SLUG


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Jusqu’à la dernière maison", "jusqu-a-la-derniere-maison"),
        ("Le cœur, l'Œuvre & la Straße", "le-coeur-l-oeuvre-la-strasse"),
        ("  ../../etc/passwd ", "etc-passwd"),
        ("x" * 80, "x" * 60),
        ("mot " * 30, "-".join(["mot"] * 15)),
    ],
)
def test_slugs(title: str, slug: str) -> None:
    assert slug_of(title) == slug


@pytest.mark.parametrize("title", ["خرائط تُرسَم بالأقدام", "日本語 2026", "!!!", "", "Мир и war"])
def test_other_scripts_get_a_hash(title: str) -> None:
    assert slug_of(title).startswith("article-")
    assert len(slug_of(title)) == 16
    assert slug_of(title) == slug_of(title)


@given(st.text(max_size=100))
def test_a_slug_can_always_name_a_folder(title: str) -> None:
    assert SLUG.fullmatch(slug_of(title))
    assert ascii_slug(slug_of(title)) == slug_of(title)


def test_paths() -> None:
    assert slug_of_path(("articles", "la-tournee", "index.md")) == "la-tournee"
    assert slug_of_path(("articles", "2026-11-02-Une Idée.md")) == "une-idee"
    assert slug_of_path(("index.md",)) == "index"
    assert date_of_path(("a", "2026-11-02-x.md")) == "2026-11-02"
    assert date_of_path(("2026-11-02-x", "index.md")) == "2026-11-02"
    assert date_of_path(("2026-11-02-x", "y.md")) == ""
