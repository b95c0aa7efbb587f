"""Scraped plain text: the same article from every layout of the same words, and not a block unaccounted for."""

import textwrap
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from briefpub.content import frontmatter, markdown
from briefpub.content.importers.text import ScrapedEssay, parse, read
from briefpub.content.importers.text_blocks import blocks_of, text_of
from briefpub.content.importers.text_language import guess_language
from briefpub.content.importers.text_shape import is_heading_like
from briefpub.content.importers.text_tail import tail_of
from briefpub.domain.document import Image, ItemList, Paragraph
from briefpub.domain.errors import ContentError
from briefpub.domain.finding import Finding
from briefpub.domain.walking import plain

SCRAPED = Path(__file__).parent / "scraped"


@dataclass(frozen=True)
class Expected:
    title: str
    photo: str
    headings: tuple[str, ...]
    paragraphs: tuple[int, ...]
    related: tuple[tuple[str, str, str], ...]
    groups: tuple[tuple[str, int], ...]
    dropped: tuple[str, ...]


EXPECTED = {
    "fr": Expected(
        title="Éclairer sans gardien : La longue nuit des phares automatiques",
        photo="Phare dans la brume",
        headings=(
            "Les gardiens tenaient un registre",
            "ce que la machine ne note pas",
            "Faut-il encore allumer les phares ?",
            "Une dépense qui se voit de loin",
        ),
        paragraphs=(3, 2, 2, 2, 1),
        related=(
            ("Les cloches sous la mer", "Bouée rouge au large", "Du même auteur"),
            ("Qui corrige les cartes marines ?", "Salle des cartes", "Du même auteur"),
        ),
        groups=(("Articles similaires", 0), ("Du même auteur", 2)),
        dropped=(
            "Articles similaires",
            "Du même auteur",
            "Laisser un commentaire",
            "Votre adresse e-mail ne sera pas publiée. Les champs obligatoires sont indiqués avec *",
        ),
    ),
    "en": Expected(
        title="The Quiet Economics of a Public Bench: Who Pays for Sitting Down",
        photo="Reading room at closing time",
        headings=("What a seat is for", "Leaning is not sitting", "the price of a pause"),
        paragraphs=(2, 2, 1, 1),
        related=(
            ("Waiting as a civic skill", "Tram stop in the rain", "Related posts"),
            ("Why Walls Are the Right Height", "Stone wall with a dog", "More from this author"),
        ),
        groups=(("Related posts", 1), ("More from this author", 1)),
        dropped=(
            *("Related posts", "More from this author", "Share this", "Leave a Reply"),
            "Your email address will not be published. Required fields are marked *",
            *("Name *", "Email *", "Post Comment"),
        ),
    ),
    "ar": Expected(
        title="ذاكرة الورق: كيف تعيش المكتبات الصغيرة في المدن الكبيرة",
        photo="سوق الكتب في المساء",
        headings=("الدليل الذي لا يبيع شيئا", "لماذا نحتفظ بالكتب القديمة؟", "مستقبل بحجم رف واحد"),
        paragraphs=(2, 2, 1, 1),
        related=(("الحروف التي صنعت المدينة", "مطبعة قديمة", "مقالات ذات صلة"),),
        groups=(("مقالات ذات صلة", 1),),
        dropped=(
            "مقالات ذات صلة",
            "اترك تعليقاً",
            "لن يتم نشر عنوان بريدك الإلكتروني. الحقول الإلزامية مشار إليها بـ *",
        ),
    ),
}


def scraped(language: str) -> str:
    return (SCRAPED / f"{language}.txt").read_text("utf-8")


def wrapped(text: str, column: int, *, between: str = "\n\n", hyphens: bool = True) -> str:
    blocks = [block for block in text.split("\n") if block]
    lines = [
        textwrap.wrap(block, column, break_long_words=False, break_on_hyphens=hyphens) for block in blocks
    ]
    return between.join("\n".join(block) for block in lines)


def facts(essay: ScrapedEssay) -> Expected:
    return Expected(
        title=essay.title,
        photo=essay.photo_alt,
        headings=tuple(section.heading for section in essay.sections),
        paragraphs=(len(essay.lead), *(len(section.paragraphs) for section in essay.sections)),
        related=tuple((each.title, each.photo_alt, each.group) for each in essay.related),
        groups=tuple((each.label, each.items) for each in essay.groups),
        dropped=tuple(each.text for each in essay.dropped),
    )


def words(essay: ScrapedEssay) -> list[str]:
    sections = [[section.heading, *(each.text for each in section.paragraphs)] for section in essay.sections]
    return [*(each.text for each in essay.lead), *(text for section in sections for text in section)]


@pytest.mark.parametrize("language", EXPECTED)
def test_an_essay_is_understood(language: str) -> None:
    text = scraped(language)
    essay = parse(text.encode(), "", name="page.txt")
    assert facts(essay) == EXPECTED[language]
    assert essay.language == language
    lines = text.split("\n")
    assert (essay.photo_line, essay.title_line) == (1, 3)
    paragraphs = [*essay.lead, *(each for section in essay.sections for each in section.paragraphs)]
    assert all(lines[each.line - 1] == each.text for each in (*paragraphs, *essay.dropped))
    assert all(lines[section.line - 1] == section.heading for section in essay.sections)
    assert all(lines[each.lines[1] - 1] == each.title for each in essay.related)
    assert [block.text for block in essay.blocks] == [line for line in lines if line]
    assert all(block.why for block in essay.blocks)
    assert {finding.code for finding in essay.findings} == {"I015"}


VARIANTS: dict[str, Callable[[str], bytes]] = {
    "crlf": lambda text: text.replace("\n", "\r\n").encode(),
    "cr": lambda text: text.replace("\n", "\r").encode(),
    "bom": lambda text: text.encode("utf-8-sig"),
    "utf-16": lambda text: text.encode("utf-16"),
    "utf-16be": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "utf-32": lambda text: text.encode("utf-32"),
    "nfd": lambda text: unicodedata.normalize("NFD", text).encode(),
    "nbsp between": lambda text: text.replace("\n\n", "\n\u00a0\n").encode(),
    "blanks between": lambda text: text.replace("\n\n", "\n \u202f\t\u200b\n").encode(),
    "entities between": lambda text: text.replace("\n\n", "\n&nbsp;\n").encode(),
    "three lines between": lambda text: text.replace("\n\n", "\n\n\n\n").encode(),
    "paragraph separators": lambda text: text.replace("\n\n", "\u2029").encode(),
    "indented": lambda text: textwrap.indent(text, "   ").encode(),
    "trailing blanks": lambda text: text.replace("\n", "  \n").encode(),
    "no blank lines": lambda text: text.replace("\n\n", "\n").encode(),
    "no blank lines, crlf": lambda text: text.replace("\n\n", "\r\n").encode(),
    "wrapped at 60": lambda text: wrapped(text, 60).encode(),
    "wrapped at 72": lambda text: wrapped(text, 72).encode(),
    "wrapped at 72, crlf, nfd": lambda text: (
        unicodedata.normalize("NFD", wrapped(text, 72)).replace("\n", "\r\n").encode()
    ),
    "wrapped at 80 between words": lambda text: wrapped(text, 80, hyphens=False).encode(),
    "wrapped at 100": lambda text: wrapped(text, 100).encode(),
}
WINDOWS: dict[str, Callable[[str], bytes]] = {
    "windows-1252": lambda text: text.encode("cp1252"),
    "windows-1252, crlf, wrapped": lambda text: wrapped(text, 72).replace("\n", "\r\n").encode("cp1252"),
}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("language", EXPECTED)
def test_every_layout_of_the_same_words_gives_the_same_article(language: str, variant: str) -> None:
    text = scraped(language)
    essay = parse(VARIANTS[variant](text), language)
    assert facts(essay) == EXPECTED[language]
    assert words(essay) == words(parse(text.encode(), language))
    assert (
        read(VARIANTS[variant](text), name="a.txt", language="").source
        == read(text.encode(), name="a.txt", language="").source
    )


@pytest.mark.parametrize("variant", WINDOWS)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_windows_1252_is_recognised_and_told(language: str, variant: str) -> None:
    essay = parse(WINDOWS[variant](scraped(language)), language)
    assert facts(essay) == EXPECTED[language]
    assert "I012" in {finding.code for finding in essay.findings}


@pytest.mark.parametrize("language", EXPECTED)
def test_wrapped_without_blank_lines_still_gives_title_tail_and_every_word(language: str) -> None:
    # Where a paragraph happens to end in a full line nothing tells it from the next.
    text = scraped(language)
    essay = parse(wrapped(text, 72, between="\n").encode(), language)
    expected = EXPECTED[language]
    got = facts(essay)
    assert (got.title, got.photo, got.related, got.dropped) == (
        expected.title,
        expected.photo,
        expected.related,
        expected.dropped,
    )
    assert " ".join(words(essay)).split() == " ".join(words(parse(text.encode(), language))).split()


@pytest.mark.parametrize("language", EXPECTED)
def test_the_markdown_reads_back_as_the_same_article(language: str) -> None:
    text = scraped(language)
    imported = read(text.encode(), name="page.txt", language=language)
    matter = frontmatter.read(imported.source, path="a.md")
    expected = EXPECTED[language]
    assert matter.front.title == expected.title
    assert matter.front.lang == language
    assert matter.front.photo
    assert (matter.front.photo.alt, matter.front.photo.file) == (expected.photo, "")
    assert (
        tuple((each.title, each.photo_alt, each.group) for each in matter.front.related) == expected.related
    )
    assert (matter.front.date, matter.front.authors, matter.front.canonical_url, matter.front.slug) == (
        None,
        (),
        "",
        "",
    )
    assert read_back(matter.body) == words(parse(text.encode(), language))


def no_pictures(source: str, line: int | None) -> tuple[Image | None, tuple[Finding, ...]]:
    raise AssertionError(f"line {line} shows a picture: {source}")


def read_back(body: str) -> list[str]:
    tree = markdown.parse(body, path="a.md", language="fr", pictures=no_pictures)
    said: list[str] = []
    for heading, blocks in [
        ((), tree.lead),
        *((section.heading, section.blocks) for section in tree.sections),
    ]:
        said.extend([plain(heading)] if heading else [])
        for block in blocks:
            if isinstance(block, ItemList):
                said.extend(
                    plain(inner.children)
                    for item in block.items
                    for inner in item
                    if isinstance(inner, Paragraph)
                )
            else:
                assert isinstance(block, Paragraph)
                said.append(plain(block.children))
    return said


@pytest.mark.parametrize(
    "line",
    [
        "# 1 est un titre, * et _ sont des marques, `code` et <b>gras</b> aussi, n’est-ce pas vraiment ainsi.",
        "1. Premier point d’une liste qui n’en est pas une, car elle est seule dans sa page, hélas pour elle.",
        "- Bonjour, dit-il, et il s’en alla vers le port sans regarder derrière lui, comme toujours le matin.",
        "Un lien [nommé](https://example.org) et une note[^1] ne sont ici que des mots, rien d’autre que cela.",
        "{.classe} des accolades, un | tableau | et ~~deux~~ tildes, H~2~O, x^2^ et $math$ à la fin du texte.",
        "&amp; reste &amp;, \\ reste \\, et une adresse https://example.org/a_b_c reste ce qu’elle est, en somme.",
    ],
)
def test_marks_in_the_text_stay_words(line: str) -> None:
    text = f"Un titre\n\n{line}\n\nUn intertitre\n\n{line}"
    assert read_back(
        frontmatter.read(read(text.encode(), name="a.txt", language="fr").source, path="a").body
    ) == [
        line,
        "Un intertitre",
        line,
    ]


# --- single rules -----------------------------------------------------------------------------

BODY = (
    "Un paragraphe assez long pour ne pas passer pour un titre, avec un point à la fin, et même un peu plus. "
    * 2
)


def kinds(*blocks: str) -> list[str]:
    return [block.kind for block in parse("\n\n".join(blocks).encode(), "fr").blocks]


def test_a_page_without_a_tail_loses_nothing() -> None:
    assert kinds("Titre", BODY, "Intertitre", BODY) == ["title", "paragraph", "heading", "paragraph"]


def test_a_section_may_hold_a_subheading() -> None:
    assert kinds("Titre", BODY, "Partie", "Chapitre", BODY)[2:4] == ["heading", "heading"]


def test_a_question_needs_a_long_paragraph_below() -> None:
    assert kinds("Titre", BODY, "Pourquoi ?", BODY)[2] == "heading"
    assert kinds("Titre", BODY, "Pourquoi ?", "Parce que c’est ainsi.", BODY)[2] == "paragraph"


def test_a_title_may_end_like_a_sentence() -> None:
    assert kinds("Prenez soin de vous !", BODY)[0] == "title"
    assert kinds("12.05.2024", "Titre", BODY) == ["left out", "title", "paragraph"]


def test_without_a_title_none_is_invented() -> None:
    imported = read(f"{BODY}\n\n{BODY}".encode(), name="dossier/ma page.txt", language="fr")
    assert "title:" not in imported.source
    assert imported.slug == "ma-page"
    assert "I010" in {finding.code for finding in imported.findings}


def test_the_photo_may_stand_below_the_title() -> None:
    essay = parse(f"Titre\n\nPhoto Un pont\n\n{BODY}".encode(), "fr")
    assert (essay.photo_alt, essay.photo_line, essay.title_line) == ("Un pont", 3, 1)


def test_a_photo_within_the_text_stays_and_is_told() -> None:
    essay = parse(f"Titre\n\n{BODY}\n\nPhoto Un pont\n\n{BODY}".encode(), "fr")
    assert [each.text for each in essay.lead] == [BODY.strip(), "Photo Un pont", BODY.strip()]
    assert [(each.code, each.line) for each in essay.findings] == [("I014", 5)]


def test_comments_below_the_form_are_not_the_essay() -> None:
    essay = parse(
        f"Titre\n\n{BODY}\n\n{BODY}\n\n{BODY}\n\nLaisser un commentaire\n\n{BODY}\n\nAna dit\n\n{BODY}".encode(),
        "fr",
    )
    assert len(essay.lead) == 3
    assert [each.text for each in essay.dropped] == [
        "Laisser un commentaire",
        BODY.strip(),
        "Ana dit",
        BODY.strip(),
    ]


def test_verse_keeps_its_lines_and_gets_no_headings() -> None:
    stanza = "Sur le pont du matin\nla brume se défait\nun bateau sans marin\ns’en va comme il était"
    essay = parse(f"Le Pont\n\n{stanza}\n\n{stanza}\n\n{stanza}".encode(), "fr")
    assert facts(essay).headings == ()
    assert [each.text for each in essay.lead] == [stanza] * 3
    source = read(f"Le Pont\n\n{stanza}\n\n{stanza}\n\n{stanza}".encode(), name="a.txt", language="fr").source
    assert "matin\\\nla brume" in source


def test_dialogue_gets_no_headings_between_short_lines() -> None:
    lines = [
        "— Tu viens ?",
        "— Non.",
        "Il sortit",
        "Elle resta.",
        "La nuit tomba sur eux",
        "Personne ne parla.",
    ]
    assert "heading" not in kinds("Le départ", *lines, *lines)


def test_bullets_become_a_list_and_numbered_lines_stay() -> None:
    source = read(f"Titre\n\n{BODY}\n\n• un\n\n• deux\n\n{BODY}".encode(), name="a.txt", language="fr").source
    assert "\n- un\n- deux\n" in source
    assert kinds("Titre", BODY, "1. Un", "2. Deux", "3. Trois", BODY)[2:5] == ["paragraph"] * 3
    assert kinds("Titre", BODY, "1. Origines", BODY, "2. Suites", BODY)[2::2] == ["heading", "heading"]


@pytest.mark.parametrize(
    ("line", "is_like"),
    [
        ("Une fin ouverte", True),
        ("Fin.", False),
        ("« Fin. »", False),
        ("Fin. [3]", False),
        ("Fin.²", False),
        ("« Une citation »", True),
        ("終わり。", False),
        ("終わりの章", True),
        ("अंत।", False),
        ("النهاية۔", False),
        ("Pourquoi ?", True),
        ("Τι είναι αυτό;", True),
        ("Voici :", False),
        ("https://example.org/page", False),
        ("rose@example.org", False),
        ("• un point", False),
        ("— Un tiret", False),
        ("* * *", False),
        ("1234", False),
        ("mot " * 23, False),
        ("x" * 151, False),
        ("字" * 68, True),
        ("字" * 69, False),
        ("Photo Un pont", False),
    ],
)
def test_the_shape_of_a_heading(line: str, is_like: bool) -> None:
    assert is_heading_like(line.strip()) is is_like


@pytest.mark.parametrize(
    "line",
    [
        *("LAISSER UN COMMENTAIRE", "Laisser un commentaire :", "Commentaires (3)", "Partager sur Mastodon"),
        *("Leave a Reply", "Your email address will not be published.", "Related Posts:", "Share this:"),
        *("Schreibe einen Kommentar", "Ähnliche Beiträge", "Deja un comentario", "Articoli correlati"),
        *("Deixe um comentário", "Geef een reactie", "Dodaj komentarz", "اترك تعليقاً", "כתיבת תגובה"),
        *("Добавить комментарий", "コメントを残す", "发表评论", "댓글 남기기", "Σχετικά άρθρα"),
    ],
)
def test_known_lines_of_a_tail(line: str) -> None:
    assert tail_of(line) is not None


def test_a_paragraph_that_begins_like_a_button_is_a_paragraph() -> None:
    assert (
        tail_of(
            "Subscribe to the view that a city is a machine for meeting, and much of what follows in this essay comes easily."
        )
        is None
    )
    assert tail_of("") is None
    assert tail_of("123 !") is None


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("Der Hund ist nicht mit der Katze auf dem Dach, und das ist gut für sie und auch für ihn.", "de"),
        (
            "El perro no es de los vecinos, pero los niños lo quieren como si fuera muy suyo y está bien.",
            "es",
        ),
        (
            "Il cane non è della vicina, ma i bambini gli vogliono bene come se fosse il loro, anche di più.",
            "it",
        ),
        ("O cão não é dos vizinhos, mas as crianças também gostam dele como se fosse seu, e é bom.", "pt"),
        ("De hond is niet van de buren, maar het is wel een goede hond en dat zijn er niet veel meer.", "nl"),
        (
            "Pies nie jest od sąsiadów, ale dzieci go lubią i jest to dobre, bo nie ma tak dużo psów w mieście.",
            "pl",
        ),
        ("Собака не соседская, но дети её любят.", "ru"),
        ("犬は隣の家のものではないが、子どもたちに好かれている。", "ja"),
        ("这只狗不是邻居的，但孩子们都喜欢它。", "zh"),
        ("그 개는 이웃의 것이 아니지만 아이들이 좋아한다.", "ko"),
        ("Ο σκύλος δεν είναι των γειτόνων.", "el"),
        ("הכלב אינו של השכנים אבל הילדים אוהבים אותו.", "he"),
        ("این سگ مال همسایه نیست ولی بچه‌ها او را دوست دارند و گاهی با او بازی می‌کنند.", "fa"),
        ("Lorem ipsum dolor sit amet consectetur.", ""),
        ("", ""),
    ],
)
def test_the_language_is_told_by_script_and_small_words(text: str, tag: str) -> None:
    assert guess_language(text) == tag


def test_an_unknown_language_is_a_finding_and_stays_unsaid() -> None:
    imported = read(b"Lorem\n\nLorem ipsum dolor sit amet.", name="a.txt", language="")
    assert "I011" in {finding.code for finding in imported.findings}
    assert "lang:" not in imported.source


@pytest.mark.parametrize("data", [b"", b"\n \n", "\ufeff\u00a0\n".encode(), b"\x00\x01"])
def test_nothing_to_read_is_an_error(data: bytes) -> None:
    with pytest.raises(ContentError, match="no text"):
        read(data, name="a.txt", language="fr")


def test_a_file_cut_in_a_character_and_one_of_mixed_encodings() -> None:
    text, findings = text_of("Été à Noël".encode()[:-2], where="a")
    assert (text, [finding.code for finding in findings]) == ("Été à No", ["I013"])
    mixed = "Éééé été ééé".encode() + b" no\xebl"
    assert text_of(mixed, where="a")[0] == "Éééé été ééé noël"
    assert text_of("caf\x00é \x1b[1m".encode(), where="a")[0] == "café [1m"


# --- properties -------------------------------------------------------------------------------


@given(st.binary(max_size=600))
@example(b"\xff\xfe\x00")
@example(b"\xef\xbb\xbf- \n\n-")
def test_any_bytes_give_an_article_or_one_clear_error(data: bytes) -> None:
    try:
        imported = read(data, name="any.txt", language="")
    except ContentError:
        assert not blocks_of(text_of(data, where="")[0])
    else:
        assert imported.slug
        assert imported.source.startswith("---\n")


LINE = st.one_of(
    st.sampled_from(
        [
            "Photo Un pont",
            "Intertitre",
            BODY.strip(),
            "Pourquoi ?",
            "• un",
            "Partager",
            "Articles similaires",
            "Laisser un commentaire",
            "Du même auteur",
            "Court.",
            "1. Un",
            "字" * 40,
        ]
    ),
    st.text(
        alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Zl", "Zp", "Cs")),
        min_size=1,
        max_size=200,
    ),
)


@given(st.lists(LINE, min_size=1, max_size=25), st.sampled_from(["\n\n", "\n"]))
def test_no_block_is_ever_lost(lines: list[str], between: str) -> None:
    text = between.join(lines)
    blocks = blocks_of(text_of(text.encode(), where="")[0])
    if not blocks:
        return
    essay = parse(text.encode(), "fr")
    told = Counter(block.text for block in essay.blocks)
    assert told == Counter(block.text for block in blocks)
    accounted = Counter(words(essay)) + Counter(each.text for each in essay.dropped)
    accounted += Counter([essay.title] if essay.title else [])
    accounted += Counter(each.title for each in essay.related)
    photos = [block.text for block in essay.blocks if block.kind in {"photo", "photo of a related essay"}]
    assert accounted + Counter(photos) == told


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cf"))),
        min_size=1,
        max_size=6,
    )
)
def test_whatever_is_kept_reads_back(lines: list[str]) -> None:
    text = "Titre de la page\n\n" + "\n\n".join(f"{line} et voilà la fin de ce paragraphe." for line in lines)
    essay = parse(text.encode(), "fr")
    source = read(text.encode(), name="a.txt", language="fr").source
    assert [" ".join(each.split()) for each in read_back(frontmatter.read(source, path="a").body)] == [
        " ".join(each.split()) for each in words(essay)
    ]
