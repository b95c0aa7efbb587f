import string
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from books import Shelf, arabic, every_kind, para
from builders import IMPRINT, an_article, an_issue
from hypothesis import given
from hypothesis import strategies as st

from briefpub.domain.article import RelatedLink
from briefpub.domain.document import Direction
from briefpub.render.links import (
    anchor,
    encoded,
    ids_of,
    note_anchor,
    on_the_web,
    related,
    related_items,
    related_title,
    resolved,
    web_address,
)

BREAD = an_article("bread", lead=(para("x", id="loaf"),))
MILK = an_article("milk")
HERE = an_issue(BREAD, MILK)
THERE = replace(HERE, imprint=replace(IMPRINT, site="https://example.org/paper"))


def inside(article: str, section: str) -> str:
    return f"<{article}|{section}>"


@pytest.mark.parametrize(
    ("href", "address"),
    [
        ("https://a.example/b c?d=é", "https://a.example/b%20c?d=%C3%A9"),
        ("HTTP://a.example", "HTTP://a.example"),
        ("mailto:a@b.example?subject=x%20y", "mailto:a@b.example?subject=x%20y"),
        ("tel:+33123", "tel:+33123"),
        ("javascript:alert(1)", None),
        ("JaVaScRiPt:alert(1)", None),
        ("data:text/html,x", None),
        ("file:///etc/passwd", None),
        ("vbscript:x", None),
        ("http://[::1", None),
        ("article:milk", "<milk|>"),
        ("article:milk#crust", "<milk|crust>"),
        ("article:milk#gone", "<milk|>"),
        ("article:gone", None),
        ("#crust", "<bread|crust>"),
        ("#loaf", "<bread|loaf>"),
        ("#gone", None),
        ("/archive", None),
        ("next/page", None),
    ],
)
def test_a_link_leads_inside_to_the_web_or_nowhere(href, address):
    assert resolved(HERE, BREAD, href, inside) == address


def test_a_relative_address_is_read_against_the_site():
    assert resolved(THERE, BREAD, "/archive", inside) == "https://example.org/archive"
    assert resolved(THERE, BREAD, "next page", inside) == "https://example.org/paper/next%20page"


def test_a_related_link_is_a_link_only_where_it_leads_somewhere():
    assert related(HERE, RelatedLink(title="x", article="milk"), inside) == "<milk|>"
    assert related(HERE, RelatedLink(title="x", article="gone"), inside) is None
    assert (
        related(HERE, RelatedLink(title="x", address="https://a.example/é"), inside)
        == "https://a.example/%C3%A9"
    )
    assert related(HERE, RelatedLink(title="x", address="javascript:x"), inside) is None
    assert related(HERE, RelatedLink(title="x", address="http://["), inside) is None
    assert related(HERE, RelatedLink(title="x"), inside) is None


def test_a_related_link_has_its_own_words_or_its_articles():
    assert related_title(HERE, RelatedLink(title="Own", article="milk")) == "Own"
    assert related_title(HERE, RelatedLink(title="", article="milk")) == "On milk"
    assert related_title(HERE, RelatedLink(title="", article="gone")) == "gone"
    assert related_title(HERE, RelatedLink(title="", address="https://a.example")) == "https://a.example"


def test_related_items_say_when_a_title_is_in_another_language():
    links = tuple(RelatedLink(title="", article=id) for id in ("maps", "milk", "gone"))
    essay = an_article("bread", related=links)
    items = related_items(an_issue(essay, arabic("maps"), MILK), essay, inside)

    assert [(item.title, item.language, item.direction) for item in items] == [
        ("خرائط تُرسَم بالأقدام", "ar", Direction.RTL),
        ("On milk", "", None),
    ]


def test_ids_are_those_of_sections_and_of_blocks():
    assert ids_of(every_kind(Shelf())) >= {"first", "deep", "deeper", "second", "anchor", "loose"}
    assert "" not in ids_of(BREAD)


def test_the_web_page_lies_at_the_site_or_beside():
    assert web_address(HERE) == "web.html"
    assert web_address(THERE, "a b") == "https://example.org/paper/weekly/001/web.html#a%20b"
    assert on_the_web(HERE)("bread", "crust") == "web.html#bread-crust"
    assert on_the_web(HERE)("bread", "") == f"web.html#{anchor('bread')}"
    assert note_anchor("bread", 2) == "bread-fn:2"


@given(address=st.text())
def test_encoding_leaves_only_what_an_address_may_hold_and_is_done_once(address):
    once = encoded(address)

    assert set(once) <= set(string.ascii_letters + string.digits + "%/:?#[]@!$&'()*+,;=-._~")
    assert encoded(once) == once


@given(href=st.text())
def test_no_other_scheme_is_ever_let_through(href):
    address = resolved(THERE, BREAD, href, inside)

    assert address is None or urlsplit(address).scheme.lower() in {"http", "https", "mailto", "tel"}
