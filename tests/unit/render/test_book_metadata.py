"""What a book says of itself: complete, in order, and never more than its pages bear out."""

import pytest
from books import Shelf, arabic, every_kind
from builders import a_list, an_article, an_issue

from briefpub.domain.issue import Collection, Imprint, Publication
from briefpub.render.book_metadata import filed_as, masthead, statements

HOUSE = Imprint(name="Le Long Chemin", site="https://example.org", publisher="La Marge", rights="CC BY 4.0")


def said(publication: Publication, *, described: bool = True) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for statement in statements(publication, pictures_described=described):
        name = statement.name if statement.dublin else statement.attributes.get("property", "")
        found.setdefault(name, []).append(statement.text or "")
    return found


def test_an_issue_tells_its_house_its_authors_and_its_place_in_the_series() -> None:
    issue = an_issue(every_kind(Shelf()), arabic(), imprint=HOUSE, number=12, list=a_list(language="fr"))
    facts = said(issue)
    assert facts["title"] == ["Tout l’attirail", "The Weekly, N° 12"]
    assert facts["title-type"] == ["main", "subtitle"]
    assert (facts["creator"], facts["contributor"]) == (["La Marge"], ["Odile Carnère", "ريم الصفدي"])
    assert facts["role"] == ["edt", "aut", "aut"]
    assert facts["language"] == ["fr", "ar"]
    assert (facts["publisher"], facts["rights"]) == (["La Marge"], ["CC BY 4.0"])
    assert facts["source"] == ["https://example.org/weekly/012/"]
    assert facts["belongs-to-collection"] == ["The Weekly"]
    assert (facts["collection-type"], facts["group-position"]) == (["series"], ["12"])


def test_one_essay_is_its_authors_work() -> None:
    facts = said(an_issue(an_article(authors=("A", "B", "A"))))
    assert (facts["creator"], facts["role"]) == (["A", "B"], ["aut", "aut"])
    assert "contributor" not in facts


def test_a_collection_is_in_no_series_and_nothing_is_invented() -> None:
    bare = Collection(slug="w", title="Winter", imprint=Imprint(), language="en", articles=(an_article(),))
    facts = said(bare)
    assert facts["creator"] == ["Winter"]
    assert not {"belongs-to-collection", "date", "publisher", "rights", "source"} & facts.keys()
    assert masthead(bare) == "Winter"


def test_alt_texts_are_claimed_only_where_every_picture_has_one() -> None:
    whole, part = said(an_issue()), said(an_issue(), described=False)
    assert "alternativeText" in whole["schema:accessibilityFeature"]
    assert whole["schema:accessModeSufficient"] == ["textual", "textual,visual"]
    assert "every picture is described" in whole["schema:accessibilitySummary"][0]
    assert "alternativeText" not in part["schema:accessibilityFeature"]
    assert part["schema:accessModeSufficient"] == ["textual,visual"]
    assert "not described" in part["schema:accessibilitySummary"][0]
    for facts in (whole, part):
        assert facts["schema:accessMode"] == ["textual", "visual"]
        assert facts["schema:accessibilityHazard"] == ["none"]


@pytest.mark.parametrize(
    ("title", "language", "filed"),
    [
        ("The Slow Review", "en", "Slow Review, The"),
        ("An essay", "en-GB", "Essay, An"),
        ("Theory", "en", "Theory"),
        ("The", "en", "The"),
        ("L’éloge", "fr", "Éloge, L’"),
        ("Les méandres", "fr", "Méandres, Les"),
        ("Lavande", "fr", "Lavande"),
        ("The", "ar", "The"),
    ],
)
def test_titles_are_filed_behind_their_article(title: str, language: str, filed: str) -> None:
    assert filed_as(title, language) == filed
