import re
from base64 import b64decode
from dataclasses import replace

import pytest
from books import Shelf, arabic, default_layout, every_kind, hostile, para
from builders import IMPRINT, an_article, an_issue
from hypothesis import given, settings
from hypothesis import strategies as st
from mailbench import contrast, essay_of, flat, headings_skip, made, page, paragraphs_in, words_of

from briefpub.content.layouts import LayoutFolder
from briefpub.domain.article import Photo
from briefpub.domain.document import CodeBlock, Paragraph, Picture, Text
from briefpub.domain.errors import LayoutError
from briefpub.domain.issue import Collection, Format
from briefpub.domain.layout import LayoutFile
from briefpub.domain.walking import plain, walk_sections
from briefpub.render.webpage import render_webpage

SITED = replace(IMPRINT, site="https://example.org", contact="letters@example.org")


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def rich(shelf):
    return an_issue(
        every_kind(shelf), arabic(), an_article("code", lead=(CodeBlock(text="x = 1"),)), imprint=SITED
    )


@pytest.fixture
def root(rich, shelf):
    return page(made(rich, Format.WEB, shelf).data)


# --- one page, whole and alone ---------------------------------------------------------------


def test_nothing_is_fetched_and_nothing_runs(rich, shelf):
    data = made(rich, Format.WEB, shelf).data.decode()
    root = page(data.encode())

    assert not list(root.iter("script", "iframe", "object", "form", "link")) or [
        link.get("rel") for link in root.iter("link")
    ] == ["canonical"]
    for image in root.iter("img"):
        assert image.get("src").startswith("data:image/jpeg;base64,")
    style = root.findtext(".//style")
    assert set(re.findall(r"url\(([a-z]+:[a-z]+/[a-z0-9]+);", style)) == {"data:font/woff2"}
    assert "@import" not in style
    assert not [name for element in root.xpath("//*") for name in element.attrib if name.startswith("on")]
    policy = root.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert "default-src 'none'" in policy


def test_the_head_says_what_the_page_is(root):
    assert root.get("lang") == "en"
    assert root.findtext("head/title") == "Issue 1 — The Weekly"
    assert root.xpath("//link[@rel='canonical']/@href") == ["https://example.org/weekly/001/web.html"]
    assert root.xpath("//meta[@property='og:site_name']/@content") == ["The Weekly"]
    assert 40 <= len(root.xpath("//meta[@name='description']/@content")[0]) <= 130
    assert root.xpath("//meta[@name='color-scheme'][@content='light dark']")


def test_without_a_site_nothing_is_canonical(shelf):
    assert not page(made(an_issue(), Format.WEB, shelf).data).xpath("//link")


def test_an_essay_that_stands_elsewhere_first_says_so():
    essay = an_article(canonical_url="https://old.example/bread")
    root = page(made(an_issue(essay, imprint=SITED), Format.WEB).data)

    assert root.xpath("//link[@rel='canonical']/@href") == ["https://old.example/bread"]


def test_only_the_faces_that_the_page_needs_are_inside(rich, shelf):
    def families(issue) -> set[str]:
        style = page(made(issue, Format.WEB, shelf).data).findtext(".//style")
        return set(re.findall(r'@font-face \{ font-family: "([^"]+)"', style))

    latin = {"Source Serif 4", "Source Serif 4 Display", "Source Sans 3"}
    assert families(an_issue()) == latin
    assert families(an_issue(arabic())) == latin | {"Noto Naskh Arabic"}
    assert families(rich) == latin | {"Noto Naskh Arabic", "Source Code Pro"}


def test_a_font_inside_is_the_layouts(shelf):
    style = page(made(an_issue(), Format.WEB, shelf).data).findtext(".//style")
    fonts = {b64decode(data) for data in re.findall(r"url\(data:font/woff2;base64,([^)]+)\)", style)}

    assert fonts <= set(default_layout().webfonts.values())


# --- structure -------------------------------------------------------------------------------


def test_there_is_one_h1_no_skipped_level_and_no_doubled_id(root):
    levels = [int(element.tag[1]) for element in root.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    ids = root.xpath("//@id")

    assert levels.count(1) == 1
    assert not headings_skip(root)
    assert len(ids) == len(set(ids))


def test_every_link_within_the_page_arrives(root):
    ids = set(root.xpath("//@id"))

    for href in root.xpath("//a/@href"):
        assert href.startswith(("#", "https://", "mailto:", "brief.pdf", "compilation.epub"))
        if href.startswith("#"):
            assert href[1:] in ids


def test_the_skip_link_comes_first_and_leads_to_the_text(root):
    (first, *_) = root.iter("a")

    assert first.get("href") == "#" + root.xpath("//main/@id")[0]
    assert words_of(first) == "Skip to the text"


def test_sections_and_essays_have_the_ids_that_mail_links_to(root):
    essay = root.xpath("//article[@id='every-kind']")[0]

    assert (essay.get("lang"), essay.get("dir")) == ("fr", "ltr")
    assert essay.xpath(".//section[@id='every-kind-first']/h3")
    assert essay.xpath(".//section[@id='every-kind-first']/section[@id='every-kind-deep']/h4")
    assert essay.xpath(".//*[@id='every-kind-fn:1']")
    assert root.xpath("//article[@lang='ar'][@dir='rtl'][contains(@class, 'arabic')]")


def test_contents_list_every_essay_with_its_standfirst(root):
    entries = root.xpath("//nav//li")

    assert [words_of(entry.find(".//a")) for entry in entries] == [
        "Tout l’attirail",
        "خرائط تُرسَم بالأقدام",
        "On code",
    ]
    assert "Où l’on met tout." in words_of(entries[0])
    assert entries[1].get("dir") == "rtl"


def test_one_essay_alone_is_the_page(shelf):
    root = page(made(an_issue(every_kind(shelf)), Format.WEB, shelf).data)

    assert [words_of(heading) for heading in root.iter("h1")] == ["Tout l’attirail"]
    assert root.findtext("head/title") == "Tout l’attirail — The Weekly"
    assert root.xpath("//section[@id='every-kind-first']/h2")
    assert not list(root.iter("nav"))
    assert words_of(root.find("body")).count("Tout l’attirail") == 1


def test_a_title_of_the_issues_own_is_the_h1(shelf):
    titled = page(made(an_issue(an_article(), an_article("two"), title="Slow winter"), Format.WEB).data)
    collection = Collection(
        slug="w", title="Winter", imprint=IMPRINT, language="en", articles=(an_article(), an_article("two"))
    )

    assert words_of(titled.find(".//h1")) == "Slow winter"
    assert words_of(page(made(collection, Format.WEB).data).find(".//h1")) == "Winter"


def test_notes_lead_there_and_back(root):
    essay = root.xpath("//article[@id='every-kind']")[0]
    notes = essay.xpath(".//section[@class='notes']//li")

    assert [note.get("id") for note in notes] == [f"every-kind-fn:{n}" for n in (1, 2, 3)]
    assert len(notes[0].xpath(".//a[@class='back']")) == 3
    assert notes[0].xpath(".//a[@class='back']/@aria-label")[1] == "Retour au texte 2"
    assert notes[1].xpath(".//a[@class='back']/@aria-label") == ["Retour au texte"]
    assert not notes[2].xpath(".//a")


def test_pictures_are_measured_and_wait(root):
    images = list(root.iter("img"))

    assert len(images) == 3
    for image in images:
        assert image.get("alt")
        assert (image.get("width"), image.get("height")) == ("120", "80")
        assert (image.get("loading"), image.get("decoding")) == ("lazy", "async")
    figure = root.xpath("//figure[@class='photo']")[0]
    assert words_of(figure.find("figcaption")) == "Le quai O. C."
    assert "Une péniche que l’on n’a plus." in words_of(root)


def test_a_photo_without_a_file_is_told_in_words():
    photo = Photo(picture=Picture(source="gone.jpg", alt="A bridge in fog"))
    root = page(made(an_issue(an_article(photo=photo)), Format.WEB).data)

    assert words_of(root.xpath("//figure[@class='photo']")[0]) == "A bridge in fog"


def test_wide_blocks_can_be_reached_and_scrolled_by_keyboard(root):
    assert root.xpath("//div[@class='table'][@role='region'][@tabindex='0'][@aria-label='mots']")
    assert all(block.get("tabindex") == "0" for block in root.iter("pre"))


@pytest.mark.parametrize(
    ("opening", "raised"),
    [
        ("Une barge", True),
        ("Ёлка", True),
        ("Ωmega", True),
        ("« Oui »", False),
        ("سألتُ", False),
        ("春は", False),
        ("", False),
    ],
)
def test_a_large_initial_stands_where_the_script_has_one(opening, raised):
    root = page(made(an_issue(an_article(lead=(para(opening),))), Format.WEB).data)

    assert bool(root.xpath("//div[@class='lead initial']")) is raised


def test_related_links_are_links_only_where_they_lead_somewhere(root):
    essay = root.xpath("//article[@id='every-kind']")[0]
    groups = essay.xpath(".//aside")

    assert {words_of(group[0]) for group in groups} == {"À lire aussi", "Archives"}
    assert essay.xpath(".//aside//a[@href='https://example.org/x']")
    assert not essay.xpath(".//aside//a[.='Sans adresse']")
    assert "Sans adresse" in words_of(essay)


def test_the_page_offers_its_downloads(root):
    assert root.xpath("//footer//a[@href='brief.pdf'][.='The issue as a PDF, to print']")
    assert root.xpath("//footer//a[@href='compilation.epub']")


# --- every word, once ------------------------------------------------------------------------


def test_every_paragraph_heading_note_and_caption_stands_once():
    essays = [essay_of(f"essay{n}", 900) for n in range(3)]
    text = words_of(page(made(an_issue(*essays), Format.WEB).data))

    for essay in essays:
        for section in walk_sections(essay.sections):
            assert text.count(plain(section.heading)) == 1
        assert all(text.count(words) == 1 for words in paragraphs_in(essay.body()))


def test_every_kind_of_block_is_there(rich, root):
    text = words_of(root)

    assert all(words in text for words in paragraphs_in(rich.articles[0].body()))
    for words in ("Légende", "Que rien n’appelle.", "return 1", "a < b && c", "autre"):
        assert text.count(words) == 1


# --- colours ---------------------------------------------------------------------------------


@pytest.mark.parametrize("paper", ["paper", "card", "wash"])
@pytest.mark.parametrize("ink", ["ink", "muted", "accent"])
def test_tokens_can_be_read_in_the_light_and_in_the_dark(ink, paper):
    layout = default_layout()
    dark = {**layout.tokens, **layout.dark}

    assert contrast(layout.tokens[ink], layout.tokens[paper]) >= 4.5
    assert contrast(dark[ink], dark[paper]) >= 4.5


def test_the_dark_scheme_and_print_have_their_rules(root):
    style = root.findtext(".//style")

    assert "@media (prefers-color-scheme: dark)" in style
    assert "@media print" in style


# --- hostile input and layouts ---------------------------------------------------------------


def test_hostile_words_and_addresses_stay_words():
    data = made(an_issue(hostile(), an_article("calm")), Format.WEB).data
    root = page(data)

    assert b"<script" not in data
    assert not list(root.iter("script"))
    assert "{{ 7 * 7 }}" in words_of(root)
    for href in root.xpath("//a/@href"):
        assert not re.match(r"\s*(javascript|data|vbscript|file):", href, re.IGNORECASE)


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), min_size=1)


@given(title=words, opening=words)
@settings(max_examples=25)
def test_any_words_come_back_as_they_were(title, opening):
    issue = an_issue(an_article(title=title, lead=(Paragraph(children=(Text(opening),)),)), an_article("two"))
    root = page(made(issue, Format.WEB).data)

    assert flat(root.xpath("//article//h2")[0].text_content()) == flat(title)
    assert flat(root.xpath("//div[contains(@class, 'lead')]/p")[0].text_content()) == flat(opening)


def test_a_font_that_is_not_there_is_an_error_with_file_and_line():
    layout = default_layout()
    sheet = LayoutFile(
        path="house/web.css", text="\n@font-face { font-family: X; src: url(fonts/X.woff2) }\n"
    )
    broken = replace(layout, files={**layout.files, "web.css": sheet}, fingerprint="w")

    with pytest.raises(LayoutError) as caught:
        render_webpage(an_issue(), broken, Shelf())
    assert caught.value.where == "house/web.css:2"
    assert "X.woff2" in caught.value.message


def test_an_editors_tokens_reach_the_page(tmp_path):
    (tmp_path / "house").mkdir()
    tokens = (LayoutFolder(None).read("default")).files["tokens.css"].text
    (tmp_path / "house" / "tokens.css").write_text(tokens.replace("#9c2a18", "#0b5a4a"))
    edition = render_webpage(an_issue(), LayoutFolder(tmp_path).read("house"), Shelf())

    assert b"--accent: #0b5a4a" in edition.data
    assert b"On bread" in edition.data


def test_an_undefined_name_is_an_error_with_file_and_line():
    layout = default_layout()
    template = LayoutFile(path="layouts/house/web.html.j2", text="<html>\n\n{{ issue.unknown }}")
    broken = replace(layout, files={**layout.files, "web.html.j2": template}, fingerprint="x")

    with pytest.raises(LayoutError) as caught:
        render_webpage(an_issue(), broken, Shelf())
    assert caught.value.where == "layouts/house/web.html.j2:3"
