"""Colour schemes made from a layout's tokens, for pictures that are drawn."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from briefpub.domain.errors import LayoutError

HEX = re.compile(r"#(?:[0-9a-f]{3}){1,2}", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """The colours of one picture: its ground, the words on it (loud, quiet, marked) and its shapes."""

    ground: str
    ink: str
    quiet: str
    mark: str
    colours: tuple[str, ...]


def schemes(tokens: Mapping[str, str], where: str) -> tuple[Scheme, ...]:
    """Give the colour schemes that a layout's tokens make; raises LayoutError for what is no `#rrggbb`."""

    def token(name: str) -> str:
        value = tokens.get(name, "").strip()
        if not HEX.fullmatch(value):
            raise LayoutError(
                f"the token --{name} is {value!r}, and drawn pictures need a colour",
                where=f"{where}/tokens.css",
                hint=f"write --{name} as #rrggbb in the :root block",
            )
        return value

    paper, ink, band = token("paper"), token("ink"), token("band")
    accent, ochre, moss, sea = token("accent"), token("ochre"), token("moss"), token("sea")
    dark_sea, dark_moss = mixed(sea, ink, 0.34), mixed(moss, ink, 0.46)
    grounds: tuple[tuple[str, str, tuple[str, ...]], ...] = (
        (
            band,
            ochre,
            (ochre, mixed(accent, ochre, 0.2), mixed(sea, paper, 0.2), paper, mixed(moss, paper, 0.1)),
        ),
        (dark_sea, ochre, (ochre, paper, mixed(accent, ochre, 0.15), mixed(sea, paper, 0.4), band)),
        (dark_moss, ochre, (ochre, paper, mixed(moss, paper, 0.35), mixed(accent, ochre, 0.1), band)),
        (
            mixed(accent, ink, 0.1),
            mixed(ochre, paper, 0.45),
            (ochre, paper, band, mixed(accent, paper, 0.3), sea),
        ),
        (paper, accent, (accent, ochre, sea, moss, band)),
        (
            mixed(ochre, paper, 0.12),
            mixed(accent, ink, 0.2),
            (accent, paper, band, sea, mixed(ochre, ink, 0.3)),
        ),
    )
    made = []
    for ground, mark, colours in grounds:
        words = max((paper, ink), key=lambda colour: contrast(colour, ground))
        made.append(
            Scheme(ground=ground, ink=words, quiet=_quieter(words, ground), mark=mark, colours=colours)
        )
    return tuple(made)


def _quieter(words: str, ground: str) -> str:
    """Stir the ground into the words' colour as far as they stay readable (WCAG 2.2, 1.4.3)."""
    shares = (
        share
        for share in (0.24, 0.2, 0.16, 0.12, 0.08)
        if contrast(mixed(words, ground, share), ground) >= 4.5
    )
    return mixed(words, ground, next(shares, 0))


def mixed(colour: str, other: str, share: float) -> str:
    """Give `colour` with a `share` (0 to 1) of `other` stirred in."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def contrast(colour: str, other: str) -> float:
    """Give the contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    lights = sorted((luminance(colour), luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def luminance(colour: str) -> float:
    """Give how light a colour is, 0 to 1 (WCAG 2.2, relative luminance)."""
    shares = (channel / 255 for channel in _channels(colour))
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(colour: str) -> tuple[int, int, int]:
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
