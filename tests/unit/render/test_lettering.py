"""Words measured and broken into lines."""

import pytest
from books import default_layout
from hypothesis import given
from hypothesis import strategies as st

from briefpub.render.lettering import Lettering, is_rtl, lettering


def display(text: str = "") -> Lettering:
    found = lettering(default_layout(), "display", text=text)
    assert found
    return found


def test_the_family_is_the_first_the_token_lists_that_the_layout_has() -> None:
    assert display().face.family == "Source Serif 4 Display"
    assert [face.family for face in display().others] == ["Source Serif 4", "Noto Naskh Arabic"]
    assert display("خرائط").face.family == "Noto Naskh Arabic"
    semibold = lettering(default_layout(), "sans", weight=600)
    assert semibold
    assert semibold.face.weight == 600
    assert lettering(default_layout(), "no-such-token") is None


def test_joined_letters_are_narrower_than_lone_ones() -> None:
    set_in = display("ب")
    joined, apart = set_in.width("ببب", 100), set_in.width("ب\u200cب\u200cب", 100)
    assert 0 < joined < 3 * set_in.width("ب", 100)
    assert apart >= joined
    assert set_in.width("بَ", 100) == set_in.width("ب", 100)


def test_width_grows_with_size_and_tracking() -> None:
    assert display().width("Levain", 200) == pytest.approx(2 * display().width("Levain", 100))
    assert display().width("Levain", 100, tracking=2) == pytest.approx(display().width("Levain", 100) + 12)
    assert display().width("\ue000", 100) == 50


def test_what_is_covered_is_what_would_be_seen() -> None:
    assert display().covers("Éloge\u202f! خرائط\u200f\n")
    assert not display().covers("長い道")


def test_a_line_never_begins_with_a_closing_mark_and_lines_are_even() -> None:
    text = (
        "Une rivière fait trois lieues pour en avancer d’une : on a voulu la corriger , et « l’on » comprend"
    )
    for width in range(500, 2000, 75):
        lines = display().lines(text, 100, width)
        assert " ".join(lines).replace("\u00a0", " ") == text
        assert not any(line[0] in ":;,!»" or line[-1] == "«" for line in lines)
    _, lines = display().fitted(
        "On Reading Slowly, or: What the Margins Know",
        width=1360, height=860, largest=268, smallest=72, leading=1.06,
    )  # fmt: skip
    assert lines == ("On Reading", "Slowly, or:", "What the", "Margins Know")


@given(st.text(max_size=200), st.integers(80, 2000), st.integers(60, 1200))
def test_what_is_fitted_fits(text: str, width: int, height: int) -> None:
    size, lines = display().fitted(text, width=width, height=height, largest=200, smallest=40, leading=1.1)
    assert 40 <= size <= 200
    assert all(display().width(line, size) <= width for line in lines)
    assert len(lines) <= 1 or len(lines) * size * 1.1 <= height


def test_a_cut_falls_between_words_where_it_can() -> None:
    assert display().cut("Levain", 100, 1000) == "Levain"
    assert display().cut("Éloge du plus long chemin", 100, 700) == "Éloge du plus…"


def test_a_title_without_end_is_cut_before_it_is_measured() -> None:
    endless = "mot " * 250_000
    assert display().cut(endless, 40, 800).endswith("…")
    _, lines = display().fitted(endless, width=800, height=600, largest=200, smallest=40, leading=1.1)
    assert lines[-1].endswith("…")


@pytest.mark.parametrize(("text", "rtl"), [("", False), ("12", False), ("12 خ a", True), ("a خ", False)])
def test_the_first_strong_letter_decides(text: str, rtl: bool) -> None:
    assert is_rtl(text) is rtl
