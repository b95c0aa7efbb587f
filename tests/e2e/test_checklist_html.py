"""The checklist of receivers, line 10: the HTML part, as it left the socket."""

import re

import pytest
from mailbench import headings_skip, in_the_dark, page, poor_contrast, words_of
from posted import DEVICE, Mail, Posted

DIGESTS = ("solene@example.net", "one@example.net")
PAGES = (*DIGESTS, "told@example.net", DEVICE)
WARNED, CLIPPED = 92_000, 102_000  # bytes as sent: Gmail clips what is longer
STYLE = 16_000  # bytes: Gmail drops a longer style element
BANNED = ("script", "form", "iframe", "input", "button", "object", "embed", "link", "base", "svg", "video")
VAGUE = {"ici", "cliquez ici", "lire", "here", "click here", "link", "lien", "more", "plus", "هنا"}
HIDDEN = (
    *("display:none", "visibility:hidden", "mso-hide:all", "max-height:0", "max-width:0"),
    *("overflow:hidden", "opacity:0", "font-size:1px", "line-height:1px"),
)


@pytest.fixture(params=PAGES)
def mail(posted: Posted, request: pytest.FixtureRequest) -> Mail:
    """Give the mail of each format."""
    return posted.mail(request.param)


@pytest.fixture(params=DIGESTS)
def digest(posted: Posted, request: pytest.FixtureRequest) -> Mail:
    """Give a digest of leads, and one of whole essays."""
    return posted.mail(request.param)


def test_line_10_the_page_says_its_language_title_characters_width_and_schemes(mail: Mail) -> None:
    text = mail.text("html")
    root = page(text.encode())
    assert text.lower().startswith("<!doctype html>")
    assert root.get("lang") in {"fr", "en"}
    assert root.get("dir") == "ltr"
    assert words_of(root.find("head/title")) == "" != root.findtext("head/title").strip()
    assert root.xpath("//meta[@charset='utf-8']")
    (viewport,) = root.xpath("//meta[@name='viewport']/@content")
    assert "width=device-width" in viewport
    assert not re.search(r"user-scalable|maximum-scale", viewport)
    assert root.xpath("//meta[@name='color-scheme']/@content") == ["light dark"]
    assert re.search(r"<style>:root\{color-scheme:light dark", text)


def test_line_10_a_title_in_another_language_says_so(posted: Posted) -> None:
    (title,) = (one["title"] for one in posted.manifests["weekly"]["articles"] if one["language"] == "ar")
    for address in ("solene@example.net", "told@example.net", DEVICE):
        root = page(posted.mail(address).text("html").encode())
        places = [each for each in root.find("body").iter() if each.text == title]
        assert places
        for each in places:
            assert each.xpath("ancestor-or-self::*[@lang][1]/@lang") == ["ar"]
            assert each.xpath("ancestor-or-self::*[@dir][1]/@dir") == ["rtl"]


def test_line_10_tables_that_lay_out_say_so(mail: Mail) -> None:
    for table in page(mail.text("html").encode()).iter("table"):
        if table.get("role") != "presentation":
            # The author's own: it has heads, each with its scope.
            heads = list(table.iter("th"))
            assert heads
            assert all(head.get("scope") in {"col", "row"} for head in heads)


def test_line_10_pictures_have_words_and_measures(mail: Mail) -> None:
    for image in page(mail.text("html").encode()).iter("img"):
        assert image.get("alt", "").strip()
        assert int(image.get("width")) <= 600
        assert int(image.get("height")) > 0


def test_line_10_there_is_one_h1_and_no_level_of_headings_is_skipped(mail: Mail) -> None:
    root = page(mail.text("html").encode())
    assert len(list(root.iter("h1"))) == 1
    assert not headings_skip(root)


def test_line_10_links_say_where_they_lead_and_go_by_https(mail: Mail) -> None:
    for link in page(mail.text("html").encode()).iter("a"):
        assert re.match(r"https://[^\s\"'<>]+$|mailto:[^\s@]+@[^\s@]+$", link.get("href"))
        name = link.get("aria-label") or words_of(link)
        assert name.strip(" .…→").casefold() not in VAGUE | {""}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_line_10_every_word_has_a_contrast_of_4_5_in_the_light_and_in_the_dark(
    digest: Mail, scheme: str
) -> None:
    data = digest.text("html").encode()
    assert poor_contrast(page(data if scheme == "light" else in_the_dark(data))) == []


def test_line_10_a_short_mail_leaves_its_colours_to_the_program(posted: Posted) -> None:
    for address in ("told@example.net", DEVICE):
        text = posted.mail(address).text("html")
        assert not re.search(r"(?<!-)color\s*:|background|bgcolor", text.replace("color-scheme:", ""))


def test_line_10_the_preheader_is_40_to_130_characters_long_and_hidden_seven_ways(digest: Mail) -> None:
    body = page(digest.text("html").encode()).find("body")
    first = body[0]
    assert first.get("class") == "preheader"
    assert 40 <= len(words_of(first)) <= 130
    assert all(way in first.get("style") for way in HIDDEN)


def test_line_10_a_short_mail_opens_with_words_for_the_preview(posted: Posted) -> None:
    for address in ("told@example.net", DEVICE):
        shown = words_of(page(posted.mail(address).text("html").encode()).find("body"))
        assert len(shown) >= 40


def test_line_10_conditional_comments_are_balanced(mail: Mail) -> None:
    text = mail.text("html")
    marks = re.findall(r"<!--\[if [^\]]*\]>|<!\[endif\]-->", text)
    assert marks[::2] == ["<!--[if mso]>"] * (len(marks) // 2)
    assert marks[1::2] == ["<![endif]-->"] * (len(marks) // 2)
    # In all of them together every tag that is opened is closed.
    inside = "".join(re.findall(r"<!--\[if mso\]>(.*?)<!\[endif\]-->", text, re.DOTALL))
    opened = re.findall(r"<([a-z:]+)\b(?![^>]*/>)", inside, re.IGNORECASE)
    closed = re.findall(r"</([a-z:]+)", inside, re.IGNORECASE)
    assert sorted(opened) == sorted(closed)


def test_line_10_nothing_runs_nothing_is_loaded_and_nothing_floats_about(mail: Mail) -> None:
    text = mail.text("html")
    root = page(text.encode())
    for name in BANNED:
        assert not list(root.iter(name)), name
    assert not re.search(r"\bposition\s*:", text)
    assert not re.search(r"@import|@font-face|url\(|expression\(", text)
    assert not re.search(r"javascript:|data:|http://(?!www\.w3\.org/1999/xhtml)", text)
    for element in root.iter():
        assert not [name for name in element.keys() if name.startswith("on")]  # noqa: SIM118 - lxml
    for image in root.iter("img"):
        assert image.get("src").startswith("cid:")


def test_line_10_the_page_and_its_styles_are_small_enough(mail: Mail) -> None:
    assert len(mail.encoded("html")) <= WARNED < CLIPPED
    for style in page(mail.text("html").encode()).iter("style"):
        assert len(style.text.encode()) <= STYLE


def test_line_10_no_control_character_is_in_the_page(mail: Mail) -> None:
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd\ufdd0-\ufdef]", mail.text("html"))
