"""The abstract compositions of drawn pictures: discs, arcs, hills and tiles in a layout's colours, as SVG."""

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from briefpub.render.palette import Scheme, luminance, mixed

T = TypeVar("T")
TURN = 2 * math.pi


class Seed:
    """Choices drawn from a text by SHA-256: the same text makes the same choices on every machine."""

    def __init__(self, text: str) -> None:
        """Begin the stream of choices that belongs to `text`."""
        self._text = text
        self._drawn = 0

    def between(self, low: float, high: float) -> float:
        """Give a number from `low` up to, not including, `high`."""
        digest = hashlib.sha256(f"{self._drawn}\0{self._text}".encode("utf-8", "replace")).digest()
        self._drawn += 1
        return low + int.from_bytes(digest[:6], "big") / 2**48 * (high - low)

    def one_of(self, choices: Sequence[T]) -> T:
        """Give one of the choices."""
        return choices[int(self.between(0, len(choices)))]

    def shuffled(self, choices: Sequence[T]) -> list[T]:
        """Give the choices in another order."""
        keys = [self.between(0, 1) for _ in choices]
        return [choices[place] for place in sorted(range(len(choices)), key=keys.__getitem__)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The part of a picture that a composition fills, in pixels; mirrored beside right-to-left words."""

    x: float
    y: float
    width: float
    height: float
    mirrored: bool = False


def composition(seed: Seed, frame: Frame, scheme: Scheme) -> str:
    """Draw one of the compositions within a frame; nothing reaches beyond it."""
    drawn = seed.one_of(COMPOSITIONS)(seed, frame, scheme)
    turned = (
        f' transform="translate({2 * frame.x + frame.width:.1f} 0) scale(-1 1)"' if frame.mirrored else ""
    )
    return (
        f'<clipPath id="frame">{_area(frame, "#000000")}</clipPath>'
        f'<g clip-path="url(#frame)"><g{turned}>{drawn}</g></g>'
    )


# --- the compositions ------------------------------------------------------------------------


def tiles(seed: Seed, frame: Frame, scheme: Scheme) -> str:
    """Lay square tiles, each with an arc, a disc, a leaf or lines, turned by quarters."""
    rows = max(1, round(frame.height / (400 if frame.width > frame.height * 0.8 else 213)))
    side = frame.height / rows
    columns = math.ceil(frame.width / side)
    motifs = seed.shuffled(MOTIFS)[:4]
    palette = seed.shuffled(scheme.colours)[:4]
    parts = []
    before = ""
    for row in range(rows):
        for column in range(columns):
            below = seed.one_of((scheme.ground, scheme.ground, *palette))
            shapes = [colour for colour in palette if colour not in (below, before)] or [scheme.ink]
            before = seed.one_of(shapes)
            motif = seed.one_of(motifs)
            x, y = frame.x + column * side, frame.y + row * side
            turn = 90 * int(seed.between(0, 4))
            half = side / 2
            parts.append(
                f'<g transform="translate({x:.1f} {y:.1f}) rotate({turn} {half:.1f} {half:.1f})">'
                f'<rect width="{side + 0.6:.1f}" height="{side + 0.6:.1f}" fill="{below}"/>'
                f"{motif(side, before, below)}</g>"
            )
    return "".join(parts)


def hills(seed: Seed, frame: Frame, scheme: Scheme) -> str:
    """Set a sun over layers of ground, each a wave of its own, with contour lines."""
    x, y, width, height = frame.x, frame.y, frame.width, frame.height
    sky, sun, *rest = seed.shuffled(scheme.colours[:4])
    sky = mixed(sky, scheme.ground, 0.78)
    radius = min(width, height) * seed.between(0.2, 0.3)
    place = seed.between(0.26, 0.74)
    parts = [
        _area(frame, sky),
        disc(x + width * place, y + height * seed.between(0.3, 0.4), radius, sun),
    ]
    layers = 6
    dark = min((scheme.ground, *scheme.colours), key=luminance)
    far, near = mixed(rest[0], sky, 0.3), mixed(dark, scheme.ground, 0.3)
    for layer in range(layers):
        share = layer / (layers - 1)
        base = y + height * (0.44 + 0.5 * share)
        swing, phase, length = (
            height * seed.between(0.03, 0.075),
            seed.between(0, TURN),
            seed.between(0.7, 1.5),
        )
        points = []
        for step in range(33):
            at = step / 32
            wave = math.sin(at * TURN * length + phase) + 0.4 * math.sin(at * TURN * length * 2.3 + phase * 2)
            points.append((x + width * at, base - swing * wave))
        line = " ".join(f"{px:.1f},{py:.1f}" for px, py in points)
        fill = rest[-1] if layer == 2 else mixed(far, near, share)
        parts.append(
            f'<polygon points="{x:.1f},{y + height:.1f} {line} {x + width:.1f},{y + height:.1f}" '
            f'fill="{fill}"/>'
        )
        if layer % 2 == 0:
            for drop in (1, 2, 3):
                shifted = " ".join(f"{px:.1f},{py + drop * height * 0.013:.1f}" for px, py in points)
                parts.append(
                    f'<polyline points="{shifted}" fill="none" stroke="{mixed(fill, scheme.ink, 0.4)}" '
                    f'stroke-width="{height * 0.0016:.1f}"/>'
                )
    return "".join(parts)


def ripples(seed: Seed, frame: Frame, scheme: Scheme) -> str:
    """Draw rings around a point on the edge, of uneven widths, and one disc that crosses them."""
    x, y, width, height = frame.x, frame.y, frame.width, frame.height
    across = seed.one_of((0.0, 0.5, 1.0))
    centre = (x + width * across, y + height)
    radius = math.hypot(width * max(across, 1 - across), height) * 0.98
    palette = seed.shuffled(scheme.colours)[:4]
    parts = []
    before = ""
    while radius > width * 0.05:
        fill = seed.one_of([colour for colour in (*palette, scheme.ground) if colour != before])
        parts.append(disc(*centre, radius, fill))
        before = fill
        if seed.between(0, 1) < 0.4:
            parts.append(ring(*centre, radius - width * 0.016, width * 0.0035, mixed(fill, scheme.ink, 0.55)))
        radius -= width * seed.one_of((0.05, 0.09, 0.13, 0.17))
    side = seed.between(0.2, 0.34) if across else seed.between(0.66, 0.8)
    size = min(width, height) * seed.between(0.11, 0.15)
    spot = (x + width * side, y + height * seed.between(0.2, 0.3))
    parts.append(disc(*spot, size * 1.16, scheme.ground))
    parts.append(disc(*spot, size, seed.one_of([colour for colour in palette if colour != scheme.ground])))
    return "".join(parts)


def orbits(seed: Seed, frame: Frame, scheme: Scheme) -> str:
    """Draw two great discs, the part they share in a third colour, and thin circles around them."""
    x, y, width, height = frame.x, frame.y, frame.width, frame.height
    first, second, third, *_ = seed.shuffled(scheme.colours[:4])
    unit = min(width, height)
    large, small = unit * seed.between(0.4, 0.46), unit * seed.between(0.28, 0.33)
    side = seed.one_of((-1, 1))
    one = (x + width * (0.5 + side * 0.14), y + height * 0.54)
    angle = seed.between(0.35, 1.1)
    reach = large * 0.95
    two = (one[0] - side * math.cos(angle) * reach, one[1] - math.sin(angle) * reach * seed.one_of((-1, 1)))
    parts = [_area(frame, mixed(scheme.ground, scheme.ink, 0.055))]
    parts += [
        ring(*one, large * share, unit * 0.0028, mixed(first, scheme.ground, 0.25))
        for share in (1.14, 1.3, 1.48, 1.68, 1.9, 2.14, 2.4)
    ]
    parts += [
        disc(*one, large, first),
        disc(*two, small, second),
        f'<clipPath id="shared">{disc(*one, large, first)}</clipPath>',
        f'<g clip-path="url(#shared)">{disc(*two, small, third)}</g>',
        ring(*two, small * 0.62, unit * 0.0028, scheme.ground),
        ring(*two, small * 0.3, unit * 0.0028, scheme.ground),
    ]
    far = seed.between(0, TURN)
    path = large * 1.48
    parts.append(disc(one[0] + math.cos(far) * path, one[1] + math.sin(far) * path, unit * 0.035, second))
    return "".join(parts)


def arches(seed: Seed, frame: Frame, scheme: Scheme) -> str:
    """Raise columns that end in round arches at uneven heights, each with arches within."""
    x, y, width, height = frame.x, frame.y, frame.width, frame.height
    columns = 4 if width > height * 0.8 else 3
    step = width / columns
    palette = seed.shuffled(scheme.colours)
    parts = []
    heights = seed.shuffled([0.42, 0.6, 0.78, 0.96][:columns])
    for column in range(columns):
        middle, radius, top = x + step * (column + 0.5), step / 2, y + height * (1 - heights[column])
        inner = [palette[(column + turn) % len(palette)] for turn in range(4)]
        for turn, fill in enumerate(inner):
            size = radius * (1 - turn * 0.24)
            start = top + radius
            parts.append(
                f'<path d="M{middle - size:.1f} {y + height:.1f}V{start:.1f}a{size:.1f} {size:.1f} 0 0 1 '
                f'{2 * size:.1f} 0V{y + height:.1f}z" fill="{fill}"/>'
            )
    low = min(range(columns), key=heights.__getitem__)
    free = height * (1 - heights[low])
    size = min(step * 0.34, free * 0.3)
    parts.append(disc(x + step * (low + 0.5), y + free * 0.5, size, palette[(low + 3) % len(palette)]))
    return "".join(parts)


# --- shapes ----------------------------------------------------------------------------------


def disc(x: float, y: float, radius: float, fill: str) -> str:
    """Draw a disc."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{fill}"/>'


def ring(x: float, y: float, radius: float, thickness: float, stroke: str) -> str:
    """Draw a circle's line."""
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="none" stroke="{stroke}" '
        f'stroke-width="{thickness:.1f}"/>'
    )


def _area(frame: Frame, fill: str) -> str:
    return (
        f'<rect x="{frame.x:.1f}" y="{frame.y:.1f}" width="{frame.width:.1f}" '
        f'height="{frame.height:.1f}" fill="{fill}"/>'
    )


def _quarter(side: float, fill: str, _: str) -> str:
    return f'<path d="M0 0H{side:.1f}A{side:.1f} {side:.1f} 0 0 1 0 {side:.1f}z" fill="{fill}"/>'


def _rings(side: float, fill: str, below: str) -> str:
    turns = ((1.0, fill), (0.75, below), (0.5, fill), (0.25, below))
    return "".join(_quarter(side * share, colour, below) for share, colour in turns)


def _half(side: float, fill: str, _: str) -> str:
    return f'<path d="M0 0A{side / 2:.1f} {side / 2:.1f} 0 0 0 {side:.1f} 0z" fill="{fill}"/>'


def _whole(side: float, fill: str, below: str) -> str:
    return disc(side / 2, side / 2, side * 0.5, fill) + disc(side / 2, side / 2, side * 0.22, below)


def _leaf(side: float, fill: str, _: str) -> str:
    arc = f"A{side:.1f} {side:.1f} 0 0 1"
    return f'<path d="M0 0{arc} {side:.1f} {side:.1f}{arc} 0 0z" fill="{fill}"/>'


def _lines(side: float, fill: str, _: str) -> str:
    step = side / 8
    return "".join(
        f'<rect x="0" y="{step * (2 * n + 0.5):.1f}" width="{side:.1f}" height="{step:.1f}" fill="{fill}"/>'
        for n in range(4)
    )


MOTIFS: tuple[Callable[[float, str, str], str], ...] = (_quarter, _rings, _half, _whole, _leaf, _lines)
COMPOSITIONS: tuple[Callable[[Seed, Frame, Scheme], str], ...] = (tiles, hills, ripples, orbits, arches)
