import pytest
from builders import IMPRINT, a_frozen, a_list, an_article, an_issue
from mailbench import columns, page, words_of

from briefpub.domain.issue import Imprint, Issue
from briefpub.render.notice import Footing, Notice, notice

FOOTING = Footing(
    unsubscribe="https://l.example/unsubscribe/weekly", preferences="https://l.example/preferences/weekly"
)
SITED = Imprint(name="The Weekly", site="https://example.org")


def a_notice(issue: Issue | None = None, footing: Footing = FOOTING, *, with_book: bool = False) -> Notice:
    issue = issue or an_issue(an_article("bread"), an_article("salt"), imprint=SITED)
    return notice(
        manifest=a_frozen(issue).manifest, imprint=issue.imprint, footing=footing, with_book=with_book
    )


def test_a_notice_says_what_is_out_and_where() -> None:
    made = a_notice()
    for words in (words_of(page(made.html.encode())), made.text):
        for said in (
            "A new issue of The Weekly is out.",
            "No. 1 · 22 November 2026",
            "On bread",
            "On salt",
            "Read this issue in a browser",
            "You receive this because you subscribed to The Weekly.",
            "Unsubscribe",
            "Choose what you receive",
            "Published by The Weekly",
        ):
            assert said in words
        assert "It rises overnight" not in words
    web = "https://example.org/weekly/001/web.html"
    for address in (web, FOOTING.unsubscribe, FOOTING.preferences):
        assert f"\n{address}\n" in made.text
        assert page(made.html.encode()).xpath("//a[@href=$address]", address=address)


def test_a_book_is_announced() -> None:
    assert "attached as a book" in a_notice(with_book=True).text
    assert "attached as a book" in a_notice(with_book=True).html


def test_what_is_not_known_is_left_out() -> None:
    bare = a_notice(
        an_issue(imprint=Imprint(), date=None), Footing(unsubscribe="mailto:us@example.org?subject=x")
    )
    assert "Read this issue" not in bare.text
    assert "Choose what" not in bare.text
    assert "Published by" not in bare.html
    assert "<ul" not in bare.html


def test_nothing_in_a_title_is_markup() -> None:
    made = a_notice(an_issue(an_article(title='<b>&"x"'), list=a_list(name="<i>"), imprint=IMPRINT))
    assert "<b>" not in made.html
    assert "<i>" not in made.html
    assert '<b>&"x"' in made.text


@pytest.mark.parametrize(
    ("language", "direction"), [("en", "ltr"), ("fr", "ltr"), ("ar", "rtl"), ("de", "ltr")]
)
def test_a_notice_is_a_mail_as_programs_like_them(language: str, direction: str) -> None:
    issue = an_issue(
        *(an_article(f"essay-{n}", title="A title of some length " * 5) for n in range(5)),
        list=a_list(language=language),
        imprint=SITED,
    )
    made = a_notice(issue)
    root = page(made.html.encode())
    assert (root.get("lang"), root.get("dir")) == (language, direction)
    assert len(root.xpath("//h1")) == 1
    assert root.xpath("//title[text()]")
    assert root.xpath("//meta[@name='viewport']")
    assert "color-scheme" in made.html
    assert all(columns(line) <= 78 for line in made.text.splitlines() if "://" not in line)
    assert made.text.endswith("\n")
