from books import Shelf, every_kind, para
from builders import an_article

from briefpub.domain.article import Photo
from briefpub.domain.document import (
    Direction,
    Figure,
    Heading,
    InlinePicture,
    ItemList,
    Note,
    NoteRef,
    Picture,
    Section,
    Text,
)
from briefpub.domain.walking import plain


def picture(name: str) -> Picture:
    return Picture(source=name, alt=name)


def test_the_body_is_lead_sections_and_notes() -> None:
    article = an_article(
        lead=(para("one"), ItemList(items=((para("two"),),))),
        sections=(
            Section(
                id="s",
                level=2,
                heading=(Text("not a block"),),
                blocks=(para("three"),),
                sections=(Section(id="t", level=3, heading=(), blocks=(para("four"),)),),
            ),
            Section(id="u", level=2, heading=(), blocks=(Heading(level=4, children=(Text("five"),)),)),
        ),
        notes=(Note(id="n", number=1, blocks=(para("six"),)),),
    )
    words = [plain(block.children) for block in article.body() if not isinstance(block, ItemList)]  # type: ignore[union-attr]
    assert words == ["one", "two", "three", "four", "five", "six"]


def test_inlines_are_found_wherever_words_may_stand() -> None:
    article = every_kind(Shelf())
    notes = {inline.note for inline in article.inlines() if isinstance(inline, NoteRef)}
    assert notes == {"a", "b"}
    words = [inline.text for inline in article.inlines() if isinstance(inline, Text)]
    assert words[:3] == ["Où l’on met ", "tout", "."]
    assert {"Le quai", "Plus bas", "Au fond", "Légende", "Que rien n’appelle."} <= set(words)


def test_pictures_come_photo_first_then_figures_then_those_in_lines() -> None:
    article = an_article(
        photo=Photo(picture=picture("photo")),
        lead=(para(InlinePicture(picture("line"))), Figure(picture=picture("figure"))),
        notes=(Note(id="n", number=1, blocks=(Figure(picture=picture("note")),)),),
    )
    assert [each.source for each in article.pictures()] == ["photo", "figure", "note", "line"]
    assert list(an_article().pictures()) == []


def test_words_are_those_one_reads_and_notes_are_left_out() -> None:
    note = Note(id="n", number=1, blocks=(para("never counted"),))
    article = an_article(
        standfirst=(Text("Nor this."),),
        lead=(para("one two", NoteRef("n", 1)),),
        sections=(Section(id="s", level=2, heading=(Text("three"),), blocks=(para("four  five"),)),),
        notes=(note,),
    )
    assert article.words() == 5
    assert article.minutes() == 1


def test_minutes_follow_the_language() -> None:
    assert an_article(lead=(para("word " * 2280),), sections=()).minutes() == 10
    assert an_article(lead=(para("道" * 2550),), sections=(), language="zh").minutes() == 10
    arabic = {"language": "ar", "direction": Direction.RTL}
    assert an_article(lead=(para("كلمة " * 1380),), sections=(), **arabic).minutes() == 10
