import hashlib
import os
import re
import subprocess
import sys
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from books import Shelf, arabic, default_layout, every_kind, hostile
from builders import IMPRINT, NOW, a_frozen, a_list, an_article, an_issue, editions_of
from hypothesis import given, settings
from hypothesis import strategies as st
from mailbench import (
    essay_of,
    flat,
    headings_skip,
    in_the_dark,
    made,
    page,
    paragraphs_in,
    poor_contrast,
    words_of,
)

from briefpub.content.layouts import LayoutFolder
from briefpub.domain.article import Photo, RelatedLink
from briefpub.domain.audience import DigestBody, Subscriber, SubscriptionFormat
from briefpub.domain.delivery import Delivery, DeliveryState
from briefpub.domain.document import Align, Direction, Picture, Table, Text
from briefpub.domain.errors import LayoutError
from briefpub.domain.finding import Severity
from briefpub.domain.issue import Collection, Format, Issue
from briefpub.domain.layout import LayoutFile
from briefpub.domain.tokens import opened
from briefpub.domain.walking import inlines_of, plain, walk, walk_sections
from briefpub.render.digest import CLIP, render_digest, sent_size
from briefpub.render.message import Stationery, compiled

TESTS = Path(__file__).parents[2]
SITED = replace(IMPRINT, site="https://example.org", contact="The Weekly <letters@example.org>")


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def a_rich_issue(shelf: Shelf, body: DigestBody = DigestBody.LEAD, **changes: object) -> Issue:
    return an_issue(every_kind(shelf), arabic(), list=a_list(digest_body=body), imprint=SITED, **changes)


def ten_essays(body: DigestBody = DigestBody.FULL, words: int = 1500) -> Issue:
    return an_issue(
        *(essay_of(f"essay{number}", words) for number in range(10)), list=a_list(digest_body=body)
    )


# --- what mail programs and readers ask for --------------------------------------------------


@pytest.mark.parametrize("body", list(DigestBody))
def test_a_digest_passes_the_checklist_of_mail(shelf, body):
    edition = made(a_rich_issue(shelf, body), Format.DIGEST, shelf)
    root, text = page(edition.data), edition.data.decode()

    assert text.startswith("<!DOCTYPE html>")
    assert root.get("lang") == "en"
    assert root.get("dir") == "ltr"
    assert root.findtext("head/title")
    assert root.xpath("//meta[@charset='utf-8']")
    assert root.xpath("//meta[@name='viewport']")
    assert root.xpath("//meta[@name='color-scheme'][@content='light dark']")
    assert root.xpath("//meta[@name='supported-color-schemes']")
    assert "color-scheme:light dark" in text
    for table in root.iter("table"):
        assert table.get("role") == "presentation" or table.get("class") is None
        if table.get("role") != "presentation":
            assert "table" in table.getparent().get("class")
    for image in root.iter("img"):
        assert image.get("alt")
        assert image.get("width").isdigit()
        assert image.get("height").isdigit()
    assert len(list(root.iter("h1"))) == 1
    assert not headings_skip(root)
    assert text.count("<!--[if mso]>") == text.count("<![endif]-->") >= 3
    for banned in ("script", "form", "iframe", "link", "object", "input"):
        assert not list(root.iter(banned))
    assert "position:" not in text.replace("object-position", "")
    assert "@import" not in text
    assert "url(" not in text
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", text)


def test_links_lead_to_the_web_and_say_where(shelf):
    root = page(made(a_rich_issue(shelf), Format.DIGEST, shelf).data)

    for link in root.iter("a"):
        assert link.get("href").startswith(("https://", "mailto:"))
        name = words_of(link) or link.get("aria-label")
        assert name
        assert name.lower() not in {"ici", "here", "click here", "cliquez ici", "link"}


def test_the_style_element_is_small_and_nests_no_at_rule(shelf):
    (style,) = page(made(a_rich_issue(shelf), Format.DIGEST, shelf).data).findall("head/style")

    assert len(style.text.encode()) <= 16_000
    depth = 0
    for match in re.finditer(r"[{}@]", style.text):
        if match[0] == "@":
            assert depth == 0
        depth += {"{": 1, "}": -1}.get(match[0], 0)
    assert depth == 0
    for part in ("@media (prefers-color-scheme:dark)", "@media (max-width:", "[data-ogsc]", "[data-ogsb]"):
        assert part in style.text
    assert "[data-ogsc] [data-ogsc]" not in style.text


def test_the_preheader_is_short_and_hidden_in_seven_ways(shelf):
    (hidden,) = page(made(a_rich_issue(shelf), Format.DIGEST, shelf).data).xpath("//*[@class='preheader']")

    assert 40 <= len(hidden.text) <= 130
    style = hidden.get("style")
    for way in (
        "display:none",
        "visibility:hidden",
        "mso-hide:all",
        "max-height:0",
        "max-width:0",
        "overflow:hidden",
        "opacity:0",
        "font-size:1px",
        "line-height:1px",
    ):
        assert way in style
    assert not re.search("[\u200b-\u200f\u00ad\u034f\u2007]", hidden.text)


@pytest.mark.parametrize("body", list(DigestBody))
def test_every_word_can_be_read_in_the_light_and_in_the_dark(shelf, body):
    data = made(a_rich_issue(shelf, body), Format.DIGEST, shelf).data

    assert poor_contrast(page(data)) == []
    assert poor_contrast(page(in_the_dark(data))) == []


def test_styles_are_inline_and_fonts_are_everybodys(shelf):
    root = page(made(a_rich_issue(shelf), Format.DIGEST, shelf).data)

    (cell,) = root.xpath("//td[@lang='fr']")
    assert "Georgia" in cell.get("style")
    assert "var(" not in root.text_content()
    assert all("var(" not in element.get("style", "") for element in root.xpath("//*"))
    assert all(element.get("style") for element in root.iter("h1", "h2"))


# --- what is in it ---------------------------------------------------------------------------


def test_a_digest_of_leads_holds_photo_title_lead_headings_and_related_links(shelf):
    issue = a_rich_issue(shelf)
    essay = issue.articles[0]
    edition = made(issue, Format.DIGEST, shelf)
    root = page(edition.data)
    web = "https://example.org/weekly/001/web.html"

    assert root.xpath("//img[@class='photo']/@alt") == ["Un quai vide."]
    assert root.xpath("//h2[1]/a/@href")[0] == f"{web}#every-kind"
    assert words_of(root.xpath("//h2")[0]) == essay.title
    for heading, section in (("Premier titre", "first"), ("Plus bas", "deep"), ("Second titre", "second")):
        assert root.xpath(f"//a[@href='{web}#every-kind-{section}'][contains(., '{heading}')]")
    assert "Ancré" in words_of(root)
    assert "Fin." not in words_of(root)
    assert root.xpath(f"//a[@href='{web}#every-kind-fn:1'][@aria-label='Note 1']")
    assert root.xpath("//a[@href='https://example.org/x'][.='Ailleurs']")
    assert "Sans adresse" in words_of(root)
    assert not root.xpath("//a[.='Sans adresse']")
    assert "Archives" in words_of(root)
    assert root.xpath(f"//a[starts-with(@href, '{web}')][contains(., 'Lire la suite (1\u00a0min)')]")
    assert root.xpath(f"//a[@href='{web}'][.='Read this issue in a browser']")
    assert root.xpath("//a[@href='mailto:letters@example.org?subject=unsubscribe%20weekly'][.='Unsubscribe']")


def test_the_letterbox_is_in_the_footer_where_there_is_one(shelf):
    imprint = replace(SITED, letterbox="https://letters.example.org")
    root = page(made(an_issue(imprint=imprint), Format.DIGEST, shelf).data)

    for place, words in (("unsubscribe", "Unsubscribe"), ("preferences", "Choose what you receive")):
        address = f"https://letters.example.org/{place}/weekly"
        assert root.xpath("//a[@href=$address][.=$words]", address=address, words=words)
    assert not root.xpath("//a[contains(@href, 'subject=unsubscribe')]")
    assert root.xpath("//a[@href='mailto:letters@example.org'][.='Write to us']")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_in_the_default_layouts_message_every_reader_has_links_of_their_own(shelf, language):
    letterbox = "https://letters.example.org"
    issue = an_issue(
        every_kind(shelf),
        arabic(),
        list=a_list(language=language),
        imprint=replace(SITED, letterbox=letterbox),
    )
    editions = (made(issue, Format.DIGEST, shelf), made(issue, Format.TEXT, shelf), *editions_of(issue)[2:])
    make = compiled(
        frozen=a_frozen(issue, editions, pictures=editions[0].pictures),
        list=issue.list,
        imprint=issue.imprint,
        subject=issue.headline,
        stationery=Stationery(letterbox=letterbox, secret=b"s" * 32),
    )
    for id in (1, 2**40):
        subscriber = Subscriber(id=id, address="ana@example.net")
        delivery = Delivery(
            id=1,
            mailing=1,
            subscriber=subscriber,
            format=SubscriptionFormat.DIGEST,
            state=DeliveryState.CLAIMED,
        )
        root = message_from_bytes(make(delivery, NOW).data, policy=policy.default)
        bodies = [part.get_content() for part in root.walk() if part.get_content_maintype() == "text"]
        assert len(bodies) == 2
        for text in bodies:
            tokens = re.findall(rf"{letterbox}/(?:unsubscribe|preferences)/([\w-]+)", text)
            said = [opened(token, secret=b"s" * 32) for token in tokens]
            assert [token and token.subscriber for token in said] == [id, id]


def test_each_heading_stands_once_as_a_link_and_no_link_holds_another(shelf):
    root = page(made(a_rich_issue(shelf), Format.DIGEST, shelf).data)

    assert not root.xpath("//a//a")
    assert len(root.xpath("//a[contains(., 'Premier titre')]")) == 1


def test_a_full_digest_holds_every_paragraph_heading_cell_and_note_once(shelf):
    edition = made(a_rich_issue(shelf, DigestBody.FULL), Format.DIGEST, shelf)
    text = words_of(page(edition.data))

    for article in a_rich_issue(shelf).articles:
        for words in paragraphs_in(article.body()):
            assert words in text
        for section in walk_sections(article.sections):
            assert flat(plain(section.heading)) in text
    assert text.count("Premier titre") == 1
    assert text.count("Légende") == 1
    assert "Que rien n’appelle." in text
    assert "return 1" in edition.data.decode()
    assert not edition.findings


def test_a_table_of_the_author_stays_a_table_of_data(shelf):
    root = page(made(a_rich_issue(shelf, DigestBody.FULL), Format.DIGEST, shelf).data)

    first = root.xpath("//div[@class='table']/table")[0]
    assert first.get("role") is None
    assert [cell.get("scope") for cell in first.iter("th")] == ["col"] * 3
    assert first.find("caption") is not None
    assert "text-align:right" in first.xpath(".//td")[2].get("style")


def test_pictures_lie_beside_the_digest_under_the_hash_of_their_bytes(shelf):
    large = shelf.photo("#445566", size=(1040, 520))
    small = shelf.photo("#665544", size=(120, 80))
    photos = [Photo(picture=Picture(source="x", alt="A bridge", image=image)) for image in (large, small)]
    issue = an_issue(an_article("one", photo=photos[0]), an_article("two", photo=photos[1]))
    edition = made(issue, Format.DIGEST, shelf)
    images = page(edition.data).xpath("//img")

    assert [(image.get("width"), image.get("height")) for image in images] == [("520", "260"), ("120", "80")]
    assert [image.get("src") for image in images] == [picture.path for picture in edition.pictures]
    for picture in edition.pictures:
        digest = hashlib.sha256(picture.data).hexdigest()[:16]
        assert re.fullmatch(rf"pictures/{digest}-(1040|120)\.jpg", picture.path)
        assert picture.media_type == "image/jpeg"


def test_a_photo_without_a_file_is_told_in_words():
    photo = Photo(picture=Picture(source="gone.jpg", alt="A bridge in fog"), caption=(Text("At dawn"),))
    root = page(made(an_issue(an_article(photo=photo)), Format.DIGEST).data)

    assert not list(root.iter("img"))
    assert "A bridge in fog" in words_of(root)


def test_without_a_site_links_lead_to_the_page_beside_the_mail(shelf):
    issue = replace(a_rich_issue(shelf), imprint=IMPRINT)
    links = page(made(issue, Format.DIGEST, shelf).data).xpath("//a/@href")

    assert "web.html" in links
    assert "web.html#every-kind-first" in links


def test_an_issue_with_a_title_carries_it_and_one_essay_alone_is_the_page(shelf):
    titled = page(made(a_rich_issue(shelf, title="Slow winter"), Format.DIGEST, shelf).data)
    alone = page(made(an_issue(every_kind(shelf)), Format.DIGEST, shelf).data)
    plain_issue = page(made(a_rich_issue(shelf), Format.DIGEST, shelf).data)

    assert titled.xpath("string(//h1)") == "Slow winter"
    assert titled.findtext("head/title") == "Slow winter — The Weekly"
    assert alone.xpath("string(//h1)") == "Tout l’attirail"
    assert not alone.xpath("//h2[contains(@class, 'title')]")
    assert plain_issue.xpath("string(//h1)") == "The Weekly"


def test_an_arabic_essay_runs_from_right_to_left_among_others(shelf):
    root = page(made(a_rich_issue(shelf), Format.DIGEST, shelf).data)
    (cell,) = root.xpath("//td[@lang='ar']")

    assert cell.get("dir") == "rtl"
    assert "Naskh" in cell.get("style")
    assert "تابع القراءة" in words_of(cell)


def test_a_collection_has_no_list_and_so_nothing_to_unsubscribe_from(shelf):
    shelfful = Collection(
        slug="winter", title="Winter", imprint=SITED, language="en", articles=(every_kind(shelf), arabic())
    )
    edition = made(shelfful, Format.DIGEST, shelf)

    assert b"nsubscribe" not in edition.data
    assert b"mailto:letters@example.org" in edition.data


def test_an_issue_without_essays_is_still_a_page():
    root = page(made(an_issue(articles=()), Format.DIGEST).data)

    assert words_of(root.find(".//h1")) == "The Weekly"


def test_a_related_id_that_is_not_in_the_issue_and_has_no_title_is_left_out():
    links = (RelatedLink(title="", article="elsewhere"), RelatedLink(title="Told", article="elsewhere"))
    text = words_of(page(made(an_issue(an_article(related=links)), Format.DIGEST).data))

    assert "elsewhere" not in text
    assert "Told" in text


# --- the clip --------------------------------------------------------------------------------


def test_ten_full_essays_are_trimmed_at_headings_under_the_clip_with_the_footer_inside():
    issue = ten_essays()
    edition = made(issue, Format.DIGEST)
    text = words_of(page(edition.data))

    assert len(edition.data) <= CLIP
    assert sent_size(edition.data.decode(), issue.list.sender) <= CLIP
    assert b"subject=unsubscribe%20weekly" in edition.data
    assert edition.data.rstrip().endswith(b"</html>")
    codes = {finding.code: finding for finding in edition.findings}
    assert codes["D001"].severity is Severity.WARNING
    assert codes["D002"].severity is Severity.NOTE
    assert codes["D002"].where == "weekly/001/digest.html"
    for article in issue.articles:
        kept = [flat(plain(s.heading)) in text for s in article.sections]
        assert kept == sorted(kept, reverse=True)
        for section, here in zip(article.sections, kept, strict=True):
            for block in walk(section.blocks):
                for run in inlines_of(block):
                    assert (flat(plain(run)) in text) is here
        assert all(words in text for words in paragraphs_in(article.lead))
        if not all(kept):
            first_gone = article.sections[kept.index(False)]
            assert f'web.html#{article.id}-{first_gone.id}"'.encode() in edition.data
    assert "Continue reading (" in text


def test_a_trimmed_digest_fits_into_its_message(shelf):
    issue = an_issue(
        *(
            essay_of(
                f"essay{n}",
                1500,
                photo=Photo(picture=Picture(source="x", alt="x", image=shelf.photo(f"#{n}{n}4455"))),
            )
            for n in range(10)
        ),
        list=a_list(
            digest_body=DigestBody.FULL, sender=f"Weekly <a@{'long-' * 11}x.{'name-' * 11}x.example>"
        ),
    )
    edition = made(issue, Format.DIGEST, shelf)
    editions = (edition, *editions_of(issue)[1:])
    frozen = a_frozen(issue, editions, pictures=edition.pictures)
    letters = Stationery(letterbox=f"https://{'long-' * 11}x.example", secret=b"s" * 32)
    assert compiled(
        frozen=frozen, list=issue.list, imprint=issue.imprint, subject="x", stationery=letters
    ).forms


def test_the_longest_essay_is_trimmed_first():
    issue = an_issue(
        essay_of("short", 400), essay_of("long", 16_000, 12), list=a_list(digest_body=DigestBody.FULL)
    )
    edition = made(issue, Format.DIGEST)

    assert "long (" in edition.findings[-1].message
    assert "short" not in edition.findings[-1].message
    assert "Heading 3 of short" in words_of(page(edition.data))


def test_leads_that_overflow_are_trimmed_to_their_standfirsts():
    issue = an_issue(*(essay_of(f"essay{n}", 6000, 1) for n in range(10)))
    edition = made(issue, Format.DIGEST)
    text = words_of(page(edition.data))

    assert sent_size(edition.data.decode(), issue.list.sender) <= CLIP
    warning = edition.findings[-1]
    assert (warning.code, warning.severity) == ("D002", Severity.WARNING)
    for article in issue.articles:
        assert plain(article.standfirst) in text
    assert "(all but its standfirst)" in warning.message


def test_a_thousand_essays_still_end_in_a_footer():
    issue = an_issue(*(essay_of(f"e{n}", 60, 1) for n in range(1000)))
    edition = made(issue, Format.DIGEST)
    text = words_of(page(edition.data))

    assert sent_size(edition.data.decode(), issue.list.sender) <= CLIP
    assert re.search(r"Continue reading \(\d+ essays\)", text)
    assert b"unsubscribe%20weekly" in edition.data
    assert len(edition.findings[-1].message) < 1000


def test_what_cannot_be_made_to_fit_is_an_error():
    issue = an_issue(an_article(), an_article("two"), title="x" * 110_000)
    edition = made(issue, Format.DIGEST)

    assert edition.findings[0].code == "D001"
    assert edition.findings[0].severity is Severity.ERROR


def test_notes_stay_with_the_sections_that_call_them(shelf):
    essay = every_kind(shelf)
    long = essay_of("long", 16_000, 10)
    issue = an_issue(
        replace(long, sections=(*long.sections, *essay.sections), notes=essay.notes),
        list=a_list(digest_body=DigestBody.FULL),
    )
    text = words_of(page(made(issue, Format.DIGEST, shelf).data))

    assert "Une note." not in text
    assert "Premier titre" not in text


def test_captions_go_before_whole_essays(shelf):
    picture = Picture(source="x", alt="x", image=shelf.photo())
    photo = Photo(picture=picture, caption=(Text("caption " * 60),))
    issue = an_issue(*(essay_of(f"e{n}", 20, 1, photo=photo) for n in range(60)))
    edition = made(issue, Format.DIGEST, shelf)

    assert "captions" in edition.findings[-1].message
    assert "caption caption" not in words_of(page(edition.data))


def test_only_pictures_that_are_shown_travel(shelf):
    photo = lambda n: Photo(picture=Picture(source="x", alt="x", image=shelf.photo(f"#{n:06x}")))  # noqa: E731
    issue = an_issue(*(essay_of(f"e{n}", 40, 1, photo=photo(n)) for n in range(400)))
    edition = made(issue, Format.DIGEST, shelf)
    shown = page(edition.data).xpath("//img/@src")

    assert 0 < len(shown) < 400
    assert {picture.path for picture in edition.pictures} == set(shown)
    assert len(edition.pictures) == len(set(shown))


def test_the_size_is_that_of_the_shorter_encoding():
    assert sent_size("a" * 100, "") == 103
    assert sent_size("α" * 1000, "") < 2.8 * 1000
    assert sent_size('<img src="pictures/x.jpg">', "a@example.org") > sent_size("", "") + 24


# --- hostile input ---------------------------------------------------------------------------


@pytest.mark.parametrize("body", list(DigestBody))
def test_hostile_words_and_addresses_stay_words(body):
    issue = an_issue(hostile(), an_article("calm"), list=a_list(digest_body=body))
    edition = made(issue, Format.DIGEST)
    root = page(edition.data)

    assert b"<script" not in edition.data
    assert not list(root.iter("script"))
    assert "{{ 7 * 7 }}" in words_of(root)
    for link in root.iter("a"):
        assert link.get("href").startswith(("web.html", "https://", "mailto:"))
    assert not [name for element in root.xpath("//*") for name in element.attrib if name.startswith("on")]


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), min_size=1)


@given(title=words)
@settings(max_examples=40)
def test_any_title_comes_back_as_it_was(title):
    root = page(made(an_issue(an_article(title=title), an_article("two")), Format.DIGEST).data)

    assert flat(root.xpath("//h2")[0].text_content()) == flat(title)


# --- same input, same bytes ------------------------------------------------------------------

SCRIPT = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from books import Shelf, arabic, default_layout, every_kind
from builders import a_list, an_issue
from mailbench import essay_of, flat, headings_skip, in_the_dark, made, page, paragraphs_in, poor_contrast, words_of
from briefpub.domain.audience import DigestBody, Subscriber, SubscriptionFormat
from briefpub.domain.delivery import Delivery, DeliveryState
from briefpub.domain.issue import Format
from briefpub.render.press import render
shelf = Shelf()
for body in DigestBody:
    issue = an_issue(
        every_kind(shelf), arabic(), *(essay_of(f"e{n}", 1500) for n in range(8)), list=a_list(digest_body=body)
    )
    for format in (Format.DIGEST, Format.TEXT, Format.WEB):
        edition = render(issue, default_layout(), format, shelf)
        print(format, edition.sha256, edition.findings, [picture.path for picture in edition.pictures])
"""


def test_bytes_depend_on_nothing_but_the_input(tmp_path):
    def run(**environment: str) -> str:
        result = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(TESTS)],
            env={**os.environ, **environment},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        return result.stdout

    one = run(TZ="Pacific/Kiritimati", PYTHONHASHSEED="1", LC_ALL="C", LANG="C")
    other = run(TZ="America/Noronha", PYTHONHASHSEED="4242", LC_ALL="C.UTF-8", LANG="fr_FR.UTF-8")
    assert one.count("\n") == 6
    assert one == other


# --- layouts of the editor's own -------------------------------------------------------------


def test_an_editors_file_stands_over_the_default_one(tmp_path):
    (tmp_path / "house").mkdir()
    (tmp_path / "house" / "digest.html.j2").write_text(
        "<!DOCTYPE html><html><head><title>{{ issue.title }}</title></head><body>\n"
        "{% for article in articles %}\n<p class=kicker>{{ article.title }}</p>\n{% endfor %}\n</body></html>\n"
    )
    edition = render_digest(an_issue(), LayoutFolder(tmp_path).read("house"), Shelf())

    root = page(edition.data)
    assert words_of(root) == "On bread"
    assert "text-transform:uppercase" in root.find(".//p").get("style")


def test_an_undefined_name_is_an_error_with_file_and_line():
    layout = default_layout()
    template = LayoutFile(path="layouts/house/digest.html.j2", text="<html>\n<p>{{ isue.title }}</p>")
    broken = replace(layout, files={**layout.files, "digest.html.j2": template}, fingerprint="b")

    with pytest.raises(LayoutError) as caught:
        render_digest(an_issue(), broken, Shelf())
    assert caught.value.where == "layouts/house/digest.html.j2:2"
    assert "isue" in caught.value.message


def test_a_style_element_that_mail_programs_would_drop_is_an_error():
    layout = default_layout()
    sheet = LayoutFile(path="house/digest.css", text="@media print{a{color:red}}" * 800)
    heavy = replace(layout, files={**layout.files, "digest.css": sheet}, fingerprint="c")

    with pytest.raises(LayoutError, match="16,000") as caught:
        render_digest(an_issue(), heavy, Shelf())
    assert caught.value.where == "house/digest.css"


def test_dark_tokens_are_those_of_the_dark_scheme():
    layout = default_layout()
    sheet = LayoutFile(
        path="house/digest.css",
        text="p{color:var(--ink)}@media (prefers-color-scheme: dark){p{color:var(--dark-ink)}}",
    )
    house = replace(
        layout,
        files={**layout.files, "digest.css": sheet},
        tokens={**layout.tokens, "ink": "#010203"},
        dark={"ink": "#f0f1f2"},
        fingerprint="d",
    )
    data = render_digest(an_issue(), house, Shelf()).data

    assert b"color:#010203" in data
    assert b"@media (prefers-color-scheme:dark){p{color:#f0f1f2}}" in data


@pytest.mark.parametrize(("direction", "sides"), [("ltr", ["left", "right"]), ("rtl", ["right", "left"])])
def test_a_column_is_set_the_same_in_its_head_and_its_rows(direction, sides):
    words = (Text("x"),)
    table = Table(header=(words,) * 3, rows=((words,) * 3,), aligns=(Align.START, Align.CENTER, Align.END))
    essay = an_article(
        language="ar" if direction == "rtl" else "en", direction=Direction(direction), lead=(table,)
    )
    root = page(made(an_issue(essay), Format.DIGEST).data)

    start, end = sides
    for row in root.xpath("//div[contains(@class,'table')]//tr"):
        set_to = [dict(re.findall(r"([a-z-]+):([^;]+)", cell.get("style"))).get("text-align") for cell in row]
        assert set_to[1:] == ["center", end]
        assert set_to[0] in {start, None}
