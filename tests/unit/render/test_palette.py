"""Colours of drawn pictures."""

import pytest
from books import default_layout

from briefpub.render.cover_art import COMPOSITIONS, Frame, Seed
from briefpub.render.palette import contrast, mixed, schemes


def test_words_can_be_read_on_every_ground() -> None:
    for scheme in schemes(default_layout().tokens, "default"):
        assert contrast(scheme.ink, scheme.ground) >= 4.5
        assert contrast(scheme.quiet, scheme.ground) >= 4.5
        assert contrast(scheme.mark, scheme.ground) >= 3


def test_colours_are_mixed_by_shares() -> None:
    assert mixed("#000", "#ffffff", 0.5) == "#808080"
    assert mixed("#102030", "#ffffff", 0) == "#102030"
    assert contrast("#000000", "#fff") == pytest.approx(21)


def test_a_seed_makes_the_same_choices_again() -> None:
    def choices(text: str) -> list[float]:
        seed = Seed(text)
        return [seed.between(0, 10) for _ in range(5)] + [float(x) for x in seed.shuffled(range(9))]

    assert choices("a") == choices("a")
    assert choices("a") != choices("b")
    assert sorted(Seed("a").shuffled([1, 2, 3])) == [1, 2, 3]
    assert {Seed(str(n)).one_of("abc") for n in range(40)} == set("abc")


@pytest.mark.parametrize("draw", COMPOSITIONS)
@pytest.mark.parametrize("size", [(1600, 900), (620, 1067), (1600, 40), (50, 2000)])
def test_every_composition_fills_any_frame(draw: object, size: tuple[int, int]) -> None:
    for scheme in schemes(default_layout().tokens, "default"):
        assert callable(draw)
        svg = draw(Seed("x"), Frame(x=0, y=0, width=size[0], height=size[1]), scheme)
        assert svg.startswith("<")
        assert "nan" not in svg
        assert "inf" not in svg
