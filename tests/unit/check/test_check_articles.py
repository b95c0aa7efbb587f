"""What a careful editor would mend: each finding where it belongs, and none on a sound article."""

from typing import Any

import pytest
from builders import an_article

from briefpub.check.articles import check_article, check_articles
from briefpub.domain.article import RelatedLink, Status
from briefpub.domain.document import Emphasis, ItemList, Link, Note, Paragraph, Section, Text
from briefpub.domain.finding import Severity


def para(words: str) -> Paragraph:
    return Paragraph(children=(Text(words),))


def codes(**changes: Any) -> list[str]:
    return [finding.code for finding in check_article(an_article(**changes))]


def test_a_sound_article_has_no_remark() -> None:
    assert codes() == []
    assert codes(related=(RelatedLink(title="There", address="https://example.org"),)) == []
    assert codes(related=(RelatedLink(title="Here", article="salt"),)) == []


@pytest.mark.parametrize(("length", "found"), [(150, []), (151, ["A030"])])
def test_a_title_longer_than_an_inbox_is_wide(length: int, found: list[str]) -> None:
    assert codes(title="x" * length) == found


@pytest.mark.parametrize(
    "words", ["TK", "TKK", "a TODO: b", "FIXME", "XXX", "in 1893 [?]", "Lorem ipsum dolor"]
)
def test_what_looks_unfinished_is_remarked_wherever_it_stands(words: str) -> None:
    assert codes(lead=(para(words),)) == ["A031"]
    assert codes(standfirst=(Emphasis((Text(words),)),)) == ["A031"]
    assert codes(notes=(Note(id="n", number=1, blocks=(ItemList(items=((para(words),),)),)),)) == ["A031"]
    assert codes(lead=(para(words),), status=Status.DRAFT) == []


@pytest.mark.parametrize("words", ["ATKIN", "todo", "XXXII", "mastodon TODOS", "Lorem", "[!]"])
def test_words_that_only_resemble_it_are_left_alone(words: str) -> None:
    assert codes(lead=(para(words),)) == []


def test_a_link_in_the_clear_is_remarked_once_for_each_address() -> None:
    one, other = (Link((Text("here"),), f"http://{name}.example") for name in "ab")
    secret = Link((Text("here"),), "https://a.example")
    findings = check_article(an_article(lead=(Paragraph(children=(one, other, one, secret)),)))
    assert [(f.code, f.severity, f.message.split()[0]) for f in findings] == [
        ("A032", Severity.NOTE, "http://a.example"),
        ("A032", Severity.NOTE, "http://b.example"),
    ]


def test_an_article_without_text_may_not_be_published() -> None:
    (finding,) = check_article(an_article(lead=(), sections=()))
    assert (finding.code, finding.severity, finding.where) == ("A033", Severity.ERROR, "articles/bread.md")
    assert codes(lead=()) == []


@pytest.mark.parametrize(("words", "found"), [(800, []), (801, ["A034"])])
def test_a_long_essay_wants_headings(words: int, found: list[str]) -> None:
    assert codes(lead=(para("word " * words),), sections=()) == found
    heading = Section(id="s", level=2, heading=(Text("A heading"),))
    assert codes(lead=(para("word " * words),), sections=(heading,)) == []


def test_a_related_title_that_leads_nowhere() -> None:
    (finding,) = check_article(an_article(related=(RelatedLink(title="Salt"),)))
    assert (finding.code, finding.severity) == ("A035", Severity.NOTE)
    assert "“Salt”" in finding.message


def test_articles_are_remarked_in_their_order() -> None:
    findings = check_articles([an_article("b", lead=(), sections=()), an_article("a", title="x" * 151)])
    assert [(finding.where, finding.code) for finding in findings] == [
        ("articles/b.md", "A033"),
        ("articles/a.md", "A030"),
    ]
    assert all(finding.hint for finding in findings)
