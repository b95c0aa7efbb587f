import pytest

from briefpub.content.importers import markdown, text
from briefpub.content.importers.by_name import IMPORTERS, importer_of
from briefpub.domain.errors import ContentError


def test_the_ending_chooses_the_importer_whatever_its_case() -> None:
    assert importer_of("essays/le-pain.txt") is text.read
    assert importer_of("LE PAIN.MD") is markdown.read
    assert importer_of("a.b.markdown") is markdown.read


@pytest.mark.parametrize(
    ("name", "told"), [("a.docx", ".docx"), ("README", "without an ending"), (".md", "without an ending")]
)
def test_a_kind_that_none_reads_is_told(name: str, told: str) -> None:
    with pytest.raises(ContentError, match=told) as caught:
        importer_of(name)
    assert caught.value.where == name
    assert all(ending in caught.value.hint for ending in IMPORTERS)


@pytest.mark.parametrize("name", [f"a{ending}" for ending in IMPORTERS])
def test_every_importer_gives_an_article(name: str) -> None:
    essay = (
        "Le pain\n\nIl lève toute la nuit, et personne ne le voit faire. On attend.\n\nOn attend encore.\n"
    )
    imported = importer_of(name)(essay.encode(), name=name, language="fr")
    assert imported.slug
    assert "lève toute la nuit" in imported.source
