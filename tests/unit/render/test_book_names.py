"""Names of files and places, and addresses that a book may hold."""

import pytest
from books import HOSTILE
from builders import an_article, an_issue
from hypothesis import given
from hypothesis import strategies as st

from briefpub.domain.article import RelatedLink
from briefpub.domain.issue import Imprint
from briefpub.render.book_names import NAME, Crosslinks, chapter_files, followable, xml_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("le-levain", "le-levain"),
        ("النقطة", "النقطة"),
        ("2026", "id-2026"),
        ("a b:c", "id-a-b-c"),
        ("a\x00b", "ab"),
        ("", "id-"),
    ],
)
def test_an_id_stays_as_it_is_where_xml_allows_it(text: str, name: str) -> None:
    assert xml_name(text) == name


@given(st.text())
def test_any_text_becomes_a_name(text: str) -> None:
    assert NAME.fullmatch(xml_name(text))
    assert xml_name(xml_name(text)) == xml_name(text)


@given(st.lists(st.sampled_from(["a", "A", "a-2", "../a", "é", "nav", "CON"]), max_size=8))
def test_files_are_never_alike(ids: list[str]) -> None:
    files = chapter_files(an_issue(*(an_article(id) for id in ids)))
    assert len({file.lower() for file in files}) == len(files)


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("https://example.org", "https://example.org"),
        ("HTTPS://user:pw@EXAMPLE.org:8080/a?b#c", "HTTPS://user:pw@EXAMPLE.org:8080/a?b#c"),
        ("https://example.org/100%#a#b", "https://example.org/100%25#a%23b"),
        ("https://example.org/a[b]", "https://example.org/a%5Bb%5D"),
        ("https://%C3%A9xample.org/", "https://%C3%A9xample.org/"),
        ("https://example.org./", "https://example.org./"),
        ("mailto:a@example.org", "mailto:a@example.org"),
        ("https://", None),
        ("https:example.org", None),
        ("https://x..y/", None),
        ("https://xn--zz/", None),
        ("https://a%2Fb/", None),
        ("https://[::1]/", None),
        ("https://example.org:65536/", None),
        ("mailto:", None),
    ],
)
def test_an_address_is_made_valid_or_refused(address: str, written: str | None) -> None:
    assert followable(address) == written


def test_links_lead_into_the_book_to_the_web_or_nowhere() -> None:
    essay = an_article("a", canonical_url="https://example.org/a/")
    issue = an_issue(essay, an_article("b"), imprint=Imprint(site="https://example.org"))
    links = Crosslinks(publication=issue, files=chapter_files(issue))
    wanted = {
        "article:b": "b.xhtml",
        "article:b#crust": "b.xhtml#crust",
        "article:b#gone": "b.xhtml",
        "article:c": None,
        "#crust": "#crust",
        "#gone": None,
        "https://example.org/a#x": "a.xhtml",
        "/about": "https://example.org/about",
        "javascript:alert(1)": None,
        "http://[::1": None,
        "": "https://example.org/",
    }
    assert {href: links.address(essay, href) for href in wanted} == wanted


def test_related_links_have_words_even_where_they_lead_nowhere() -> None:
    issue = an_issue(an_article("a", canonical_url="https://example.org/a"), an_article("b", title=HOSTILE))
    links = Crosslinks(publication=issue, files=chapter_files(issue))
    cases = {
        RelatedLink(title="", article="b"): ("b.xhtml", HOSTILE),
        RelatedLink(title="Mine", article="b"): ("b.xhtml", "Mine"),
        RelatedLink(title="", article="c"): (None, "c"),
        RelatedLink(title="", address="https://example.org/a/"): ("a.xhtml", "https://example.org/a/"),
        RelatedLink(title="x", address="http://[::1"): (None, "x"),
        RelatedLink(title="x", address="https://example.net/"): ("https://example.net/", "x"),
        RelatedLink(title="x"): (None, "x"),
    }
    assert {link: (links.related(link), links.title(link)) for link in cases} == cases
