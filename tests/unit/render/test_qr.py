"""The QR code: an SVG of its own size, described, and the same each time."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefpub.render.qr import QUIET_ZONE, qr_svg

ADDRESS = "https://example.org/weekly/012/"


def _svg(address: str = ADDRESS, title: str = "Read on the web") -> ET.Element:
    return ET.fromstring(qr_svg(address, title=title, dark="#1c1917"))


def test_it_is_square_scales_with_its_box_and_has_a_quiet_zone() -> None:
    left, top, width, height = (float(part) for part in _svg().attrib["viewBox"].split())
    assert (left, top) == (0, 0)
    assert width == height == 29 + 2 * QUIET_ZONE  # version 3: 29 modules a side hold the address at level M
    assert "width" not in _svg().attrib


def test_its_title_is_its_alternative_text() -> None:
    svg = _svg(title="Read <on> the web & elsewhere")
    assert [element.text for element in svg.iter() if element.tag.endswith("title")] == [
        "Read <on> the web & elsewhere"
    ]


def test_it_is_drawn_in_the_ink_of_the_layout() -> None:
    assert [element.get("stroke") for element in _svg().iter() if element.get("stroke")] == ["#1c1917"]


def test_two_addresses_give_two_codes_and_one_address_one() -> None:
    assert qr_svg(ADDRESS, title="") == qr_svg(ADDRESS, title="")
    assert qr_svg(ADDRESS, title="") != qr_svg(ADDRESS + "x", title="")


@given(st.text(min_size=1, max_size=300))
def test_any_address_can_be_drawn(address: str) -> None:
    assert _svg(address).attrib["viewBox"]


@pytest.mark.parametrize("length", [1, 1000, 2000])
def test_long_addresses_grow_the_code(length: int) -> None:
    assert _svg("https://example.org/" + "a" * length).attrib["viewBox"]


def test_an_address_too_long_for_any_code_gives_none() -> None:
    assert qr_svg("https://example.org/" + "a" * 3000, title="") == ""
