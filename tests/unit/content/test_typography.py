import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefpub.content.markdown import parse
from briefpub.content.typography import bound, set_article, set_inlines, set_text
from briefpub.domain.article import Article, RelatedLink
from briefpub.domain.document import (
    Attributes,
    Code,
    CodeBlock,
    Direction,
    Emphasis,
    Inlines,
    Link,
    Paragraph,
    Passage,
    Text,
)
from briefpub.domain.walking import plain, walk_inlines


def shown(text: str) -> str:
    return text.replace("\u00a0", "_").replace("\u202f", "~")


def inlines(markdown: str, language: str = "fr") -> Inlines:
    body = parse(markdown, path="x.md", language=language, pictures=lambda source, line: (None, ()))
    block = body.lead[0]
    assert isinstance(block, Paragraph)
    return block.children


def setting(markdown: str, language: str = "fr") -> str:
    return shown(plain(set_inlines(inlines(markdown, language), language)))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Oui ! Non ? Si ; enfin : voilà.", "Oui~! Non~? Si~; enfin_: voilà."),
        ("Quoi ?! Ah\u00a0! Oh  ! Oh\u202f:", "Quoi~?! Ah~! Oh~! Oh_:"),
        ("nucléaire: La relation! (oui;non)", "nucléaire: La relation! (oui;non)"),
        ("« mot » «mot» «\u00a0mot\u00a0»", "«~mot~» «~mot~» «~mot~»"),
        ('Il dit "oui", puis "non".', "Il dit «~oui~», puis «~non~»."),
        ('" espacé "', "«~espacé~»"),
        ('« il a dit "oui" »', "«~il a dit “oui”~»"),
        ('"a "b" c"', "«~a “b” c~»"),
        ('"ouvert sans fin', "«~ouvert sans fin"),
        ('un "ouvert sans fin', 'un "ouvert sans fin'),
        ("L'un, l'\"autre\" et aujourd'hui", "L’un, l’«~autre~» et aujourd’hui"),
        ("les 'mots' d'un autre", "les ‘mots’ d’un autre"),
        ("5' et 6\" de haut", "5' et 6\" de haut"),
        ("attendre... encore... .... fin", "attendre… encore… .... fin"),
        ("-- dit-il -- et --- fin ---- --option <!--x-->", "– dit-il – et — fin ---- --option <!--x-->"),
        (
            "10 km, 5 %, 3 h, 18 h 30, 18 h, 12 mai, 1er mai",
            "10_km, 5_%, 3_h, 18_h_30, 18_h, 12_mai, 1er_mai",
        ),
        (
            "n° 4, p. 12, pp. 3-4, chap. II, fig. 2",
            "n°_4, p._12, pp. 3-4, chap._II, fig._2".replace("pp. 3", "pp._3"),
        ),
        ("M. Dupont, Mme Roux, Dr Who, M. le maire", "M._Dupont, Mme_Roux, Dr_Who, M. le maire"),
        ("12 345 678 francs, en 1830 250 foyers, 2 000", "12~345~678_francs, en 1830 250 foyers, 2~000"),
        ("au XVIIIe siècle", "au XVIIIe_siècle"),
        ("12:30, 16 : 9, https://x.y, un : deux", "12:30, 16 : 9, https://x.y, un_: deux"),
    ],
)
def test_french(written: str, expected: str) -> None:
    assert shown(set_text(written, "fr")) == expected
    assert shown(set_text(written, "fr-CA")) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("\"It's 'fine',\" she said.", "“It’s ‘fine’,” she said."),
        ("'Quoted' words, the '90s, 'tis, dogs' tails", "‘Quoted’ words, the ’90s, ’tis, dogs’ tails"),
        ('("in") ["in"] \u2014"in"', "(“in”) [“in”] \u2014“in”"),
        (
            "pages 10-12, 1914-18, 9-10, 2026-11-02, 555-1234, a-b, 3-2",
            "pages 10–12, 1914–18, 9–10, 2026-11-02, 555-1234, a-b, 3-2",
        ),
        ("wait... what---no -- yes", "wait… what—no – yes"),
        ("6'2\" tall", "6'2\" tall"),
        ("Really ? Yes : 10 km", "Really ? Yes : 10 km"),
    ],
)
def test_english(written: str, expected: str) -> None:
    assert shown(set_text(written, "en")) == expected


@pytest.mark.parametrize(
    ("language", "written", "expected"),
    [
        ("de", 'Wie geht\'s... "gut" -- ja ?', 'Wie geht’s… "gut" -- ja ?'),
        ("ar", 'l\'x ... "x" -- !', 'l\'x ... "x" -- !'),
        ("he", "צה'ל ...", "צה'ל ..."),
        ("ja", "待って...", "待って…"),
    ],
)
def test_other_languages_get_what_all_share(language: str, written: str, expected: str) -> None:
    assert set_text(written, language) == expected


def test_marks_are_judged_across_elements() -> None:
    assert setting('Il dit "*oui*" et "non *peut-être*" ; l\'*homme* **« mot** » !') == (
        "Il dit «~oui~» et «~non peut-être~»~; l’homme «~mot~»~!"
    )
    assert setting("L'*été* <i>qu'</i>il") == "L’été qu’il"
    assert setting("`x` ; `y` !") == "x~; y~!"
    assert setting('"[^1]a"\n\n[^1]: n') == "«~a~»"


def test_code_addresses_and_pictures_files_are_never_touched() -> None:
    markdown = (
        "`'a' -- \"b\" ... c !` et [l'un](https://example.org/l'un--x...y \"T\") <https://e.org/a--b...c>"
    )
    done = set_inlines(inlines(markdown), "fr")
    code = next(i for i in done if isinstance(i, Code))
    links = [i for i in done if isinstance(i, Link)]
    assert code.text == "'a' -- \"b\" ... c !"
    assert [link.href for link in links] == ["https://example.org/l'un--x...y", "https://e.org/a--b...c"]


def test_a_passage_has_its_own_language() -> None:
    assert (
        setting("Oui ! [\"No ! it's\"]{lang=en} et [l'x !]{lang=ar} non !")
        == "Oui~! “No ! it’s” et l'x ! non~!"
    )
    assert setting('She said ["oui !"]{lang=fr} !', "en") == "She said «~oui~!~» !"


def test_the_letters_of_an_ordinal_stay_as_they_are() -> None:
    text = "Le 1er et la 2e, au XVIIIe, XXIes, Ier, 3ème, 1re, 2nde."
    assert set_inlines(inlines(text), "fr") == (Text(text),)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Le gris de la page", "Le gris de la_page"),
        ("Cinq minutes", "Cinq minutes"),
        ("Une histoire de la constitutionnalité", "Une histoire de la constitutionnalité"),
    ],
)
def test_the_last_two_words_of_a_title_are_bound(title: str, expected: str) -> None:
    assert shown(bound(title, "fr")) == expected
    assert bound(title, "ru") == title


def test_every_part_of_an_article_is_set_and_code_is_not() -> None:
    body = parse(
        "L'un ![l'alt](x.png)\n\n## L'a [l'x](#l-a)\n\n```\nl'x ...\n```\n\n> L'b\n\n- L'c\n\nL'd\n: L'e\n\n"
        "| L'f |\n|--|\n| L'g |\n: L'h\n\n![L'i](y.png \"L'j\")\n\n{lang=en}\n\"k\"\n\nL'm[^1]\n\n[^1]: L'n\n",
        path="x.md",
        language="fr",
        pictures=lambda source, line: (None, ()),
    )
    article = Article(
        id="x",
        title="L'o",
        language="fr",
        direction=Direction.LTR,
        lead=body.lead,
        sections=body.sections,
        notes=body.notes,
        standfirst=(Text("L'p"),),
        related=(RelatedLink(title="L'q", photo_alt="L'r"),),
    )
    done = set_article(article)
    text = repr(done)
    assert sorted(re.findall(r"[Ll]’(\w+)", text)) == sorted(["un", "alt", "x", *"abcdefghijmnopqr"])
    assert "“k”" in text
    assert [b.text for b in done.body() if isinstance(b, CodeBlock)] == ["l'x ..."]
    assert set_article(done) == done


CHARS = st.text(alphabet="ab1 2e XVI.-'\"«»“”’:;!?%,()°nhkm\u00a0\u202f…–—/\n", max_size=40)
LANGUAGES = st.sampled_from(["fr", "en", "de", "ar", "fr-CH", "zh"])
TREES = st.recursive(
    st.builds(Text, CHARS.map(lambda text: text.replace("\n", " "))) | st.builds(Code, CHARS),
    lambda inner: (
        st.builds(Emphasis, st.lists(inner, max_size=3).map(tuple))
        | st.builds(
            Passage, st.lists(inner, max_size=3).map(tuple), LANGUAGES.map(lambda tag: Attributes(lang=tag))
        )
    ),
    max_leaves=8,
)


def bare(text: str) -> str:
    return re.sub(r"[\s.…'\"«»“”‘’–—-]", "", text)


def codes(run: Inlines) -> list[str]:
    return [i.text for i in walk_inlines(run) if isinstance(i, Code)]


@given(CHARS, LANGUAGES)
def test_setting_twice_is_setting_once_and_no_letter_changes(text: str, language: str) -> None:
    once = set_text(text, language)
    assert set_text(once, language) == once
    assert bare(once) == bare(text)
    assert not any(unicodedata.category(char) == "Cc" for char in once if char not in text)


@given(st.lists(TREES, max_size=5).map(tuple), LANGUAGES)
def test_the_same_holds_for_trees(run: Inlines, language: str) -> None:
    once = set_inlines(run, language)
    assert set_inlines(once, language) == once
    assert bare(plain(once)) == bare(plain(run))
    assert codes(once) == codes(run)


@given(st.text(max_size=60), LANGUAGES)
def test_any_words_keep_their_letters(text: str, language: str) -> None:
    assert bare(set_text(text, language)) == bare(text)
