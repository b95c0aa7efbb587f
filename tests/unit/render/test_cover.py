"""Drawn pictures: the right size, the same bytes, and words only where the fonts can write them."""

import hashlib
import io
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from books import HOSTILE, arabic, default_layout
from builders import a_list, an_article, an_issue
from PIL import Image as Pillow

from briefpub.domain.errors import LayoutError, RenderError
from briefpub.domain.issue import Collection, Imprint
from briefpub.domain.layout import Layout
from briefpub.render import cover
from briefpub.render.cover import draw_cover, draw_photo

LONG = (
    "Une rivière de plaine fait trois lieues pour en avancer d’une : on a voulu la corriger, et l’on commence à "
    "comprendre ce qu’elle disait"
)


def size_of(png: bytes) -> tuple[int, int]:
    with Pillow.open(io.BytesIO(png)) as picture:
        assert picture.format == "PNG"
        return picture.size


def drawn_words(monkeypatch: pytest.MonkeyPatch) -> list[cover.Line]:
    """Record the lines instead of painting them: where they stand is what a test can ask."""
    lines: list[cover.Line] = []

    def painted(size: tuple[int, int], ground: str, shapes: str, words: list[cover.Line]) -> bytes:
        lines.extend(words)
        return b""

    monkeypatch.setattr(cover, "_painted", painted)
    return lines


def tokens(**changed: str) -> Layout:
    return replace(default_layout(), tokens={**default_layout().tokens, **changed})


def test_a_cover_and_a_photo_have_their_sizes() -> None:
    assert size_of(draw_cover(an_issue(), default_layout())) == (1600, 2560)
    assert size_of(draw_photo(an_article(), default_layout())) == (1600, 1067)


def test_another_identifier_makes_another_cover() -> None:
    first, second = (draw_cover(an_issue(number=number), default_layout()) for number in (1, 2))
    assert first != second


TITLES = ["Levain", "La tournée", LONG, "W" * 200, HOSTILE, "", "a\x00\ud800b", "日本の長い道", "🜁 alchimie"]


@pytest.mark.parametrize("title", TITLES)
def test_any_title_is_drawn(title: str, monkeypatch: pytest.MonkeyPatch) -> None:
    essay = an_article(title=title, authors=(title,), tags=(title,))
    assert size_of(draw_photo(essay, default_layout())) == (1600, 1067)
    lines = drawn_words(monkeypatch)
    draw_photo(essay, default_layout())
    draw_cover(an_issue(essay, title=title), default_layout())
    for line in lines:
        width = line.set_in.width(line.text, line.size, tracking=line.tracking)
        assert width <= 1600 - 92
        start = line.x - width if line.rtl != line.from_end else line.x
        assert start >= 0
        assert start + width <= 1600
        assert 0 < line.y < 2560


def test_lines_stand_one_below_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = drawn_words(monkeypatch)
    draw_photo(an_article(title=LONG, tags=("rivières",), authors=("Odile Carnère",)), default_layout())
    assert [line.text for line in lines[:1]] == ["RIVIÈRES"]
    assert " ".join(line.text for line in lines[2:]).replace("\u00a0", " ") == LONG
    heights = [line.y for line in lines[2:]]
    assert heights == sorted(heights)
    assert heights[-1] < lines[1].y - lines[1].size


def test_arabic_stands_on_the_right(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = drawn_words(monkeypatch)
    draw_photo(arabic(), default_layout())
    assert all(line.rtl and line.x == 1508 for line in lines)
    assert {line.set_in.face.family for line in lines} == {"Noto Naskh Arabic"}
    lines.clear()
    draw_cover(an_issue(arabic(), list=a_list(language="ar", name="مجلة القراءة")), default_layout())
    assert {line.x for line in lines} == {1480, 120}


def test_what_no_font_can_write_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = drawn_words(monkeypatch)
    japanese = an_article(title="日本の長い道", language="ja", authors=("山田",))
    draw_photo(japanese, default_layout())
    assert lines == []
    draw_cover(an_issue(japanese, list=a_list(language="ja", name="長い道")), default_layout())
    assert not any("道" in line.text for line in lines)


def test_a_layout_without_fonts_draws_shapes_alone() -> None:
    bare = replace(default_layout(), fonts={})
    assert size_of(draw_cover(an_issue(), bare)) == (1600, 2560)


def test_a_cover_lists_what_is_inside_or_how_much(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = drawn_words(monkeypatch)
    essays = tuple(an_article(f"essay-{place}", authors=(f"Author {place}",)) for place in range(9))
    draw_cover(an_issue(*essays[:3]), default_layout())
    assert [line.text for line in lines][-5:] == [
        "On essay-1", "Author 1", "On essay-2", "Author 2", "On essay-0",
    ]  # fmt: skip
    lines.clear()
    draw_cover(an_issue(*essays), default_layout())
    assert "9 essays" in [line.text for line in lines]
    lines.clear()
    draw_cover(an_issue(*essays[:1]), default_layout())
    assert "Author 0" in [line.text for line in lines]


def test_a_collection_named_as_its_house_says_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = drawn_words(monkeypatch)
    draw_cover(
        Collection(slug="w", title="Winter", imprint=Imprint(), language="en", articles=(an_article(),)),
        default_layout(),
    )
    assert [line.text for line in lines].count("Winter") == 1


def test_a_long_entry_is_cut_and_its_author_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = drawn_words(monkeypatch)
    draw_cover(an_issue(an_article(), an_article("b", title=LONG, authors=("Odile",))), default_layout())
    (entry,) = [line.text for line in lines if line.text.startswith("Une rivière")]
    assert entry.endswith("…")
    assert "Odile" not in [line.text for line in lines]


@pytest.mark.parametrize("value", ["tomato", "rgb(1 2 3)", "", "#12345"])
def test_a_token_that_is_no_colour_is_an_error_that_names_it(value: str) -> None:
    with pytest.raises(LayoutError, match="--ochre") as caught:
        draw_photo(an_article(), tokens(ochre=value))
    assert caught.value.where == "default/tokens.css"


def test_a_font_that_is_none_is_an_error_that_names_it(tmp_path: Path) -> None:
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"\x00\x01\x00\x00 no font")
    with pytest.raises(LayoutError, match="font cannot be read") as caught:
        draw_cover(an_issue(), replace(default_layout(), fonts={"broken.ttf": str(broken)}))
    assert caught.value.where == str(broken)
    with pytest.raises(LayoutError, match="font cannot be read"):
        draw_cover(an_issue(), replace(default_layout(), fonts={"gone.ttf": str(tmp_path / "gone.ttf")}))


def test_a_drawing_that_fails_is_our_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cover, "composition", lambda *_: "<broken")
    with pytest.raises(RenderError, match="cannot be drawn"):
        draw_photo(an_article(), default_layout())


DRAW = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from books import arabic, default_layout
from builders import an_issue
from briefpub.render.cover import draw_cover, draw_photo
layout = default_layout()
print(hashlib.sha256(draw_cover(an_issue(), layout) + draw_photo(arabic(), layout)).hexdigest())
"""


@pytest.mark.slow
def test_two_machines_draw_the_same_bytes(tmp_path: Path) -> None:
    layout = default_layout()
    here = hashlib.sha256(draw_cover(an_issue(), layout) + draw_photo(arabic(), layout)).hexdigest()
    world = {**os.environ, "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "7", "LC_ALL": "C"}
    there = subprocess.run(
        [sys.executable, "-c", DRAW, str(Path(__file__).parents[2])],
        env=world, cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert there.stdout.strip() == here
