"""Draw the illustrations of the sample essays: engraved-looking plates, the same bytes on every run.

Each plate is composed as SVG from seeded strokes, rendered with resvg and saved as a JPEG file
beside the essay that shows it. Run it from anywhere: ``python articles/draw_pictures.py``.
Names given on the command line (``les-meandres/picture.jpg``) limit the run to those plates.
"""

# A tone is asked at a point and may need only one of its two numbers; a stroke reads best as a row of figures.
# ruff: noqa: ARG005, PLR0917

from __future__ import annotations

import io
import itertools
import math
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import resvg_py
from PIL import Image, ImageFilter

WIDTH, HEIGHT = 1600, 1067

PAPER = "#fcf9f2"
INK = "#1c1917"
VERMILION = "#9c2a18"
BLUE = "#24415c"
NIGHT = "#152a3f"
MOSS = "#5d6a3b"
OCHRE = "#cf9440"
SAND = "#ecdcbc"
CLAY = "#c9683f"

Point = tuple[float, float]
Tone = Callable[[float, float], float]


def clamp(value: float, low: float = 0.0, high: float = 1.0) -> float:
    """Keep a value between two bounds."""
    return max(low, min(high, value))


def mix(first: str, second: str, part: float) -> str:
    """Return the colour that lies `part` of the way from the first colour to the second."""
    part = clamp(part)
    channels = []
    for at in (1, 3, 5):
        start, end = int(first[at : at + 2], 16), int(second[at : at + 2], 16)
        channels.append(round(start + (end - start) * part))
    return "#{:02x}{:02x}{:02x}".format(*channels)


def even(depth: float) -> Tone:
    """Return a tone that is the same everywhere."""
    return lambda x, y: depth


def folds(depth: float, base: float, swell: float, width: float, height: float, top: float = -1e4) -> Tone:
    """Return a tone that comes and goes like the folds of a hillside, none above its top."""
    return lambda x, y: depth * (base + swell * math.sin(x / width + y / height) ** 2) * clamp((y - top) / 60)


def round_shade(cx: float, cy: float, radius: float) -> Tone:
    """Return the shade of a round cloud that is lit from the upper right."""
    return lambda x, y: clamp(((cx - x) * 0.7 + (y - cy) * 1.1) / radius - 0.12) * 0.85


def glass(depth: float, cx: float) -> Tone:
    """Return the tone of one bay of the glass roof, darker near us and to the left."""
    return lambda x, y: clamp(0.10 + 0.42 * depth * clamp((cx + 160 - x) / 700 + 0.3))


def right_of(cx: float) -> Tone:
    """Return the light on the right-hand side of a small tree."""
    return lambda x, y: 0.55 * clamp((x - cx) / 30)


def polygon(points: Sequence[Point]) -> str:
    """Return the path data of a closed polygon."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"


def curve(points: Sequence[Point], closed: bool = False) -> str:
    """Return the path data of a smooth line through the points (Catmull-Rom)."""
    count = len(points)
    parts = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for i in range(count if closed else count - 1):
        if closed:
            p0, p1, p2, p3 = (points[(i + k) % count] for k in (-1, 0, 1, 2))
        else:
            p0, p1, p2, p3 = (points[min(max(i + k, 0), count - 1)] for k in (-1, 0, 1, 2))
        ax, ay = p1[0] + (p2[0] - p0[0]) / 6, p1[1] + (p2[1] - p0[1]) / 6
        bx, by = p2[0] - (p3[0] - p1[0]) / 6, p2[1] - (p3[1] - p1[1]) / 6
        parts.append(f"C{ax:.1f} {ay:.1f} {bx:.1f} {by:.1f} {p2[0]:.1f} {p2[1]:.1f}")
    return "".join(parts) + ("Z" if closed else "")


def smooth(points: Sequence[Point], pieces: int = 8) -> list[Point]:
    """Return a finer line that passes through the points without corners (Catmull-Rom)."""
    out: list[Point] = []
    last = len(points) - 1
    for i in range(last):
        p0, p1, p2, p3 = (points[min(max(i + k, 0), last)] for k in (-1, 0, 1, 2))
        for k in range(pieces):
            t = k / pieces
            x, y = (
                0.5
                * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3)
                for a, b, c, d in zip(p0, p1, p2, p3, strict=True)
            )
            out.append((x, y))
    return [*out, points[-1]]


def ellipse(cx: float, cy: float, rx: float, ry: float, steps: int = 48) -> list[Point]:
    """Return points on an ellipse."""
    turn = math.tau / steps
    return [(cx + rx * math.cos(i * turn), cy + ry * math.sin(i * turn)) for i in range(steps)]


def box(x: float, y: float, width: float, height: float) -> list[Point]:
    """Return the corners of a rectangle."""
    return [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]


class Plate:
    """One picture: a list of SVG elements and the seeded hand that draws them."""

    def __init__(self, seed: str, ground: str = PAPER) -> None:
        """Start an empty plate on a ground colour."""
        self.random = random.Random(seed)
        self.defs: list[str] = []
        self.body: list[str] = []
        self.fill(box(0, 0, WIDTH, HEIGHT), ground, rough=0)

    def jitter(self, amount: float) -> float:
        """Return a small random shift."""
        return self.random.uniform(-amount, amount)

    def rough(self, points: Sequence[Point], amount: float, step: float = 22) -> list[Point]:
        """Return the closed outline resampled with the irregularity of a hand-cut edge."""
        out: list[Point] = []
        for (x0, y0), (x1, y1) in zip(points, [*points[1:], points[0]], strict=True):
            pieces = max(1, int(math.hypot(x1 - x0, y1 - y0) / step))
            for i in range(pieces):
                part = i / pieces
                out.append(
                    (
                        x0 + (x1 - x0) * part + self.jitter(amount),
                        y0 + (y1 - y0) * part + self.jitter(amount),
                    )
                )
        return out

    def path(self, data: str, colour: str, opacity: float = 1, clip: str = "") -> None:
        """Add a filled path."""
        veil = "" if opacity >= 1 else f' fill-opacity="{opacity:.3f}"'
        guard = f' clip-path="url(#{clip})"' if clip else ""
        self.body.append(f'<path d="{data}" fill="{colour}"{veil}{guard}/>')

    def fill(
        self,
        points: Sequence[Point],
        colour: str,
        opacity: float = 1,
        rough: float = 1.4,
        clip: str = "",
    ) -> None:
        """Fill a shape, with slightly uneven edges."""
        outline = self.rough(points, rough) if rough else list(points)
        self.path(polygon(outline), colour, opacity, clip)

    def clip(self, *outlines: Sequence[Point]) -> str:
        """Define a clipping shape and return its name."""
        name = f"c{len(self.defs)}"
        data = "".join(polygon(outline) for outline in outlines)
        self.defs.append(f'<clipPath id="{name}"><path d="{data}"/></clipPath>')
        return name

    def brush(
        self,
        points: Sequence[Point],
        width: float,
        colour: str = INK,
        opacity: float = 1,
        taper: float = 1,
        clip: str = "",
    ) -> None:
        """Draw a line that swells in its middle and thins at both ends."""
        if 3 <= len(points) <= 7:
            points = smooth(points)
        count = len(points) - 1
        uneven = min(0.14, 1.3 / max(width, 1))
        left: list[Point] = []
        right: list[Point] = []
        for i, (x, y) in enumerate(points):
            before, after = points[max(i - 1, 0)], points[min(i + 1, count)]
            dx, dy = after[0] - before[0], after[1] - before[1]
            length = math.hypot(dx, dy) or 1
            swell = (1 - taper) + taper * math.sin(math.pi * (0.04 + 0.92 * i / count)) ** 0.7
            half = width / 2 * swell * (1 + self.jitter(uneven))
            left.append((x - dy / length * half, y + dx / length * half))
            right.append((x + dy / length * half, y - dx / length * half))
        self.path(polygon(left + right[::-1]), colour, opacity, clip)

    def line(
        self,
        start: Point,
        end: Point,
        width: float,
        colour: str = INK,
        opacity: float = 1,
        taper: float = 0.6,
        bend: float = 0,
        clip: str = "",
    ) -> None:
        """Draw one brush line between two points."""
        steps = max(4, int(math.hypot(end[0] - start[0], end[1] - start[1]) / 30))
        dx, dy = end[0] - start[0], end[1] - start[1]
        length = math.hypot(dx, dy) or 1
        points = []
        for i in range(steps + 1):
            part = i / steps
            off = bend * math.sin(math.pi * part) + self.jitter(0.7)
            points.append(
                (start[0] + dx * part - dy / length * off, start[1] + dy * part + dx / length * off)
            )
        self.brush(points, width, colour, opacity, taper, clip)

    def engrave(
        self,
        area: tuple[float, float, float, float],
        tone: Tone,
        colour: str = INK,
        gap: float = 9,
        angle: float = 0,
        opacity: float = 1,
        clip: str = "",
        wave: float = 2.2,
        bow: float = 0,
    ) -> None:
        """Shade an area with parallel lines whose thickness follows the tone (0 none, 1 full)."""
        x0, y0, x1, y1 = area
        cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
        reach = math.hypot(x1 - x0, y1 - y0) / 2
        ux, uy = math.cos(angle), math.sin(angle)
        step = 13.0
        data: list[str] = []
        offset = -reach
        while offset < reach:
            phase, shift = self.random.uniform(0, 6.28), self.jitter(gap * 0.16)
            top: list[Point] = []
            bottom: list[Point] = []
            along = -reach
            while along <= reach + step:
                off = offset + shift + wave * math.sin(along / 95 + phase)
                off += bow * (along / reach) ** 2
                x, y = cx + ux * along - uy * off, cy + uy * along + ux * off
                inside = x0 - step <= x <= x1 + step and y0 - step <= y <= y1 + step
                half = gap * 0.5 * clamp(tone(x, y) + self.jitter(0.05)) if inside else 0
                if half > 0.22:
                    top.append((x + uy * half, y - ux * half))
                    bottom.append((x - uy * half, y + ux * half))
                elif top:
                    if len(top) > 1:
                        data.append(polygon(top + bottom[::-1]))
                    top, bottom = [], []
                along += step
            if len(top) > 1:
                data.append(polygon(top + bottom[::-1]))
            offset += gap
        if data:
            self.path("".join(data), colour, opacity, clip)

    def specks(
        self,
        count: int,
        area: tuple[float, float, float, float],
        colour: str,
        opacity: float,
        size: float,
        clip: str = "",
    ) -> None:
        """Scatter short strokes, the grain of the paper and the misses of the ink."""
        data = []
        for _ in range(count):
            x, y = self.random.uniform(area[0], area[2]), self.random.uniform(area[1], area[3])
            turn, length = self.random.uniform(0, math.pi), size * self.random.uniform(0.5, 2.4)
            dx, dy = math.cos(turn) * length, math.sin(turn) * length
            thick = size * 0.32
            data.append(
                f"M{x:.1f} {y:.1f}l{dx:.1f} {dy:.1f}l{-dy / length * thick:.1f} "
                f"{dx / length * thick:.1f}l{-dx:.1f} {-dy:.1f}z"
            )
        self.path("".join(data), colour, opacity, clip)

    def svg(self) -> str:
        """Return the whole plate, with its paper grain, as SVG."""
        whole = (0.0, 0.0, float(WIDTH), float(HEIGHT))
        self.specks(1700, whole, PAPER, 0.15, 2.8)
        self.specks(900, whole, INK, 0.10, 2.2)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}"><defs>{"".join(self.defs)}</defs>'
            f"{''.join(self.body)}</svg>"
        )


def ridge(plate: Plate, base: float, height: float, scale: float) -> list[Point]:
    """Return the outline of a range of hills, closed along the bottom of the plate."""
    waves = [
        (plate.random.uniform(0.7, 1.3) * scale * k, plate.random.uniform(0, 6.28), 1 / k)
        for k in (1, 2.1, 4.3)
    ]
    points: list[Point] = []
    for x in range(-20, WIDTH + 41, 20):
        y = sum(a * math.sin(x / WIDTH * f + p) for f, p, a in waves)
        points.append((x, base - height * (0.5 + 0.32 * y)))
    return [*points, (WIDTH + 40, HEIGHT + 20), (-20, HEIGHT + 20)]


def meander(length: float, omega: float, run: float, step: float) -> list[Point]:
    """Return a sine-generated curve, the shape that free rivers take: forward first, side second."""
    forward = side = at = 0.0
    out: list[Point] = []
    while at < run:
        turn = omega * math.sin(math.tau * at / length)
        forward += math.cos(turn) * step
        side += math.sin(turn) * step
        at += step
        out.append((forward, side))
    return out


def offset_line(points: Sequence[Point], distance: float) -> list[Point]:
    """Return the line shifted sideways."""
    out = []
    for i, (x, y) in enumerate(points):
        before, after = points[max(i - 1, 0)], points[min(i + 1, len(points) - 1)]
        dx, dy = after[0] - before[0], after[1] - before[1]
        length = math.hypot(dx, dy) or 1
        out.append((x - dy / length * distance, y + dx / length * distance))
    return out


def draw_river() -> Plate:
    """Draw the winding river between its meadows, hills and a low sun."""
    plate = Plate("river", SAND)
    horizon = 372.0
    # Sky: light low down, engraved bands higher.
    plate.fill(box(0, 0, WIDTH, 400), "#f3e3c3", rough=0)
    plate.fill(box(-10, 250, WIDTH + 20, 160), "#f0cf9c", rough=5)
    sun = ellipse(1180, 288, 98, 98)
    plate.engrave(
        (0, 0, WIDTH, 400),
        lambda x, y: 0.62 * clamp(1 - y / 330) * clamp(math.hypot(x - 1180, y - 288) / 520 - 0.25),
        BLUE,
        11,
        0,
        0.75,
        wave=3.5,
    )
    plate.fill(sun, VERMILION, rough=1.6)
    plate.engrave(
        (1080, 180, 1290, 400), lambda x, y: clamp((y - 270) / 150), "#f0cf9c", 9, clip=plate.clip(sun)
    )
    # Hills, from far to near.
    for base, height, colour, scale, dark in (
        (372, 120, "#8fa0a8", 5.0, 0.35),
        (384, 92, "#5f7a8d", 7.5, 0.45),
        (396, 58, BLUE, 11.0, 0.6),
    ):
        hills = ridge(plate, base, height, scale)
        plate.fill(hills, colour, rough=1)
        name = plate.clip(hills)
        top = base - height
        plate.engrave(
            (0, top - 20, WIDTH, 420),
            folds(dark, 0.35, 0.5, 90, 40, top),
            NIGHT,
            8,
            0.9,
            0.8,
            name,
        )

    def project(forward: float, side: float) -> Point:
        return 800 + side * 860 / forward, horizon + 20 + 905 / (forward + 0.25)

    # The plain and its meadows.
    plate.fill(box(-10, horizon + 18, WIDTH + 20, HEIGHT), "#6f7a45", rough=0)
    plate.fill(box(-10, horizon + 10, WIDTH + 20, 34), "#46583f", rough=3)
    rows = [1.0 * 1.21**k for k in range(16)]
    greens = ["#66733f", "#77804a", "#596838", "#8b8a4b", "#a8924c", "#4f6040", "#6d7a48", "#7f8449"]
    for near, far in zip(rows[-2::-1], rows[:0:-1], strict=True):
        side = -1.25 * far - plate.random.uniform(0, 0.6)
        while side < 1.25 * far:
            wide = plate.random.uniform(0.45, 1.1) * (0.6 + 0.22 * near)
            lean = 0.12
            corner = [
                project(near, side + lean * near),
                project(near, side + wide + lean * near),
                project(far, side + wide + lean * far),
                project(far, side + lean * far),
            ]
            plate.fill(corner, plate.random.choice(greens), rough=1.2)
            name = plate.clip(corner)
            xs, ys = [p[0] for p in corner], [p[1] for p in corner]
            if max(xs) > 0 and min(xs) < WIDTH and max(ys) - min(ys) > 6:
                plate.engrave(
                    (max(0, min(xs)), min(ys), min(WIDTH, max(xs)), min(HEIGHT, max(ys))),
                    even(plate.random.uniform(0.12, 0.34)),
                    plate.random.choice([INK, "#33421f", "#f0dca4"]),
                    clamp((max(ys) - min(ys)) / 12, 4, 11),
                    plate.random.choice([0.05, -0.12, 0.5, -0.6]),
                    0.55,
                    name,
                    wave=1,
                )
            side += wide
    # The river: true meanders on the plain, then put in perspective.
    plan = [(z + 0.62, x - 0.62 - 0.03 * z) for z, x in meander(6.6, 1.86, 46, 0.03)]
    trees: list[tuple[float, float]] = []
    for width, colour in ((0.40, "#2c3a22"), (0.335, "#d9c79a"), (0.29, "#f7efdd")):
        left = [project(*p) for p in offset_line(plan, width / 2)]
        right = [project(*p) for p in offset_line(plan, -width / 2)]
        for i in range(len(plan) - 1, 0, -1):
            quad = [left[i], left[i - 1], right[i - 1], right[i]]
            mid = ((quad[0][0] + quad[2][0]) / 2, (quad[0][1] + quad[2][1]) / 2)
            grown = [(x + (x - mid[0]) * 0.04, y + (y - mid[1]) * 0.04) for x, y in quad]
            plate.path(polygon(grown), colour)
    for shift, colour, shade in ((0.085, "#8fa9b5", 0.9), (-0.06, "#c98a5a", 0.55), (0.015, BLUE, 0.5)):
        at = 0
        line = [project(*p) for p in offset_line(plan, shift)]
        while at < len(line) - 12:
            run = plate.random.randint(8, 34)
            piece = line[at : at + run]
            if len(piece) > 3:
                plate.brush(piece, 900 * 0.022 / plan[at][0], colour, shade)
            at += run + plate.random.randint(2, 20)
    # Poplars on the banks, far ones first, each with its shadow.
    for i in range(30, len(plan) - 1, 9):
        if plate.random.random() < 0.5 and plan[i][0] > 1.75:
            spot = offset_line(
                plan[i - 1 : i + 2], plate.random.choice([-1, 1]) * plate.random.uniform(0.3, 0.42)
            )
            trees.append(spot[1])
    for forward, side in sorted(trees, reverse=True):
        x, y = project(forward, side)
        tall = 330 / forward * plate.random.uniform(0.75, 1.15)
        wide = tall * 0.13
        plate.fill(
            [
                (x, y - 2),
                (x - tall * 0.72, y + tall * 0.20),
                (x - tall * 0.66, y + tall * 0.26),
                (x + 2, y + 3),
            ],
            INK,
            0.4,
        )
        crown = [
            (
                x + side_ * wide * math.sin(math.pi * k / 12) ** 0.75 * (1.1 - 0.35 * k / 12),
                y - tall * (0.05 + 0.95 * k / 12),
            )
            for side_, ks in ((1, range(13)), (-1, range(12, -1, -1)))
            for k in ks
        ]
        plate.fill(crown, mix("#26351f", BLUE, clamp(forward / 16)), rough=max(0.5, wide * 0.10))
        if tall > 26:
            for k in range(7):
                yy = y - tall * (0.14 + 0.11 * k)
                plate.line(
                    (x + wide * 0.15, yy),
                    (x + wide * 0.72, yy - tall * 0.07),
                    max(1, tall * 0.016),
                    "#d9b567",
                    0.85,
                )
    # The near slope from which the valley is seen.
    slope = [(-10, 905), (160, 930), (360, 985), (560, 1040), (700, 1080), (-10, 1080)]
    plate.fill(slope, "#1f2a1b", rough=3)
    for _ in range(170):
        x = plate.random.uniform(-10, 640)
        y = 905 + max(0, x) * 0.245 + plate.random.uniform(-6, 110)
        plate.line(
            (x, y),
            (x + plate.jitter(16), y - plate.random.uniform(18, 56)),
            3.6,
            plate.random.choice(["#1f2a1b", "#1f2a1b", "#7d7a3c", OCHRE]),
            1,
            bend=6,
        )
    return plate


def draw_river_map() -> Plate:
    """Draw the plan of a river among the beds that it has left."""
    plate = Plate("river-map", "#f7efdc")
    plate.engrave((0, 0, WIDTH, HEIGHT), lambda x, y: 0.07, OCHRE, 7, 0.02, 0.6, wave=1)

    def bed(seed: int, start: float, end: float, scale: float, low: float, high: float) -> list[Point]:
        """Draw one free course: bends of unequal length and swing, turned to join two heights."""
        hand = random.Random(seed)
        x = y = 0.0
        line: list[Point] = []
        sign = hand.choice([-1, 1])
        while x < 2300 / scale and len(line) < 6000:
            length, swing = hand.uniform(2.7, 4.3), hand.uniform(low, high)
            for k in range(int(length / 0.05)):
                turn = sign * swing * math.sin(math.pi * k * 0.05 / length)
                x, y = x + math.cos(turn) * 0.05, y + math.sin(turn) * 0.05
                line.append((x, y))
            sign = -sign
        tilt = math.atan2((end - start) / scale - y * 1720 / 2300, 1720 / scale)
        return [
            (
                -80 + (px * math.cos(tilt) - py * math.sin(tilt)) * scale,
                start + (px * math.sin(tilt) + py * math.cos(tilt)) * scale,
            )
            for px, py in line
        ]

    def clear(line: list[Point], room: float) -> bool:
        """Tell whether a course stays in the valley and never meets itself."""
        seen = [p for p in line if -80 < p[0] < WIDTH + 80][::6]
        if any(not 190 < y < 880 for _, y in seen):
            return False
        return all(
            math.hypot(a[0] - b[0], a[1] - b[1]) > room for i, a in enumerate(seen) for b in seen[i + 14 :]
        )

    def find(
        first: int, start: float, end: float, scale: float, low: float, high: float, room: float
    ) -> list[Point]:
        """Return the first course, from a seed on, that is clear."""
        for seed in range(first, first + 4000):
            line = bed(seed, start, end, scale, low, high)
            if clear(line, room):
                return line
        raise ValueError("no clear course found")

    # Valley edges with hachures.
    for sign, base in ((1, 96.0), (-1, 985.0)):
        edge = [
            (float(x), base + 34 * math.sin(x / 210 + sign) + 16 * math.sin(x / 77))
            for x in range(-20, WIDTH + 40, 20)
        ]
        border = -20 if sign == 1 else HEIGHT + 20
        land = [*edge, (WIDTH + 20, border), (-20, border)]
        plate.fill(land, "#e3c690", rough=0)
        plate.engrave((0, 0, WIDTH, HEIGHT), lambda x, y: 0.2, MOSS, 10, 0.7, 0.7, plate.clip(land))
        plate.brush(edge, 3.4, INK, taper=0)
        for x, y in edge:
            for extra in (0, 7, 13):
                plate.line(
                    (x + extra, y),
                    (x + extra + plate.jitter(4), y + sign * plate.random.uniform(16, 40)),
                    3,
                    INK,
                    0.85,
                )
    beds = [
        (1, 660, 420, 112, "#f0deb2", "#cdae68"),
        (900, 330, 640, 118, "#ead29a", "#bb9249"),
        (1800, 540, 700, 108, "#e2c284", "#a97d39"),
        (2700, 430, 400, 120, "#d8a873", "#8f5d2f"),
        (3600, 600, 560, 114, "#cbb9a0", "#66727a"),
    ]
    for first, start, end, scale, tint, edge_tint in beds:
        line = find(first, start, end, scale, 1.35, 1.95, 58)[::3]
        plate.brush(line, 57, edge_tint, 0.8, taper=0)
        plate.brush(line, 51, tint, 1, taper=0)
        for off in (-17, -6, 6, 17):
            side = offset_line(line, off)
            at = plate.random.randint(0, 10)
            while at < len(side) - 8:
                run = plate.random.randint(8, 22)
                plate.brush(side[at : at + run], 2.2, edge_tint, 0.7)
                at += run + plate.random.randint(3, 14)
    # Two oxbow lakes, cut off for good.
    for cx, cy, turn in ((340, 214, 0.5), (1165, 838, 3.5)):
        arc = [
            (cx + 86 * math.cos(turn + a / 20 * 4.3), cy + 80 * math.sin(turn + a / 20 * 4.3))
            for a in range(21)
        ]
        plate.brush(arc, 62, INK, 1, taper=1.28)
        plate.brush(arc, 52, "#6f93a6", 1, taper=1.3)
        for off in (-9, 0, 9):
            plate.brush(offset_line(arc, off)[4:-4], 2.6, NIGHT, 0.8)
        for x, y in offset_line(arc, 46)[1::2] + offset_line(arc, -44)[2:-2:3]:
            plate.fill(ellipse(x + plate.jitter(7), y + plate.jitter(7), 8, 8, 12), MOSS, rough=1.5)
            plate.line((x - 7, y + 9), (x + 12, y + 9), 3)
    # The living bed, in deep blue, with its beaches and its cut banks.
    live = find(5200, 560, 480, 122, 1.5, 2.0, 74)[::2]
    for i in range(4, len(live) - 4):
        (ax, ay), (bx, by), (ex, ey) = live[i - 4], live[i], live[i + 4]
        bend = ((bx - ax) * (ey - by) - (by - ay) * (ex - bx)) / 600
        if abs(bend) > 0.055:
            inner = offset_line(live[i - 1 : i + 2], 38 if bend > 0 else -38)[1]
            outer = offset_line(live[i - 1 : i + 2], -36 if bend > 0 else 36)[1]
            for _ in range(3):
                x = inner[0] + plate.jitter(13)
                y = inner[1] + plate.jitter(13)
                plate.fill(ellipse(x, y, 2.6, 2.6, 8), VERMILION, rough=0.4)
            if i % 2 == 0:
                dx, dy = outer[0] - bx, outer[1] - by
                plate.line(
                    (outer[0] - dx * 0.1, outer[1] - dy * 0.1),
                    (outer[0] + dx * 0.36, outer[1] + dy * 0.36),
                    3.6,
                    INK,
                )
    plate.brush(live, 62, "#f7efdc", 1, taper=0)
    plate.brush(live, 54, INK, 1, taper=0)
    plate.brush(live, 47, BLUE, 1, taper=0)
    for off in (-16, -8, 0, 8, 16):
        side = offset_line(live, off)
        at = plate.random.randint(0, 8)
        while at < len(side) - 10:
            run = plate.random.randint(10, 40)
            plate.brush(side[at : at + run], 3.2, "#b9cdd3", 0.85)
            at += run + plate.random.randint(4, 16)
    # A village of red roofs, on the one dry spot.
    for dx, dy in ((0, 0), (34, 12), (12, 34), (52, 40), (-24, 26), (30, 58), (76, 22)):
        x, y = 968 + dx, 172 + dy
        plate.fill(box(x, y, 22, 15), VERMILION, rough=1.2)
        plate.fill(
            [(x + 22, y), (x + 30, y + 8), (x + 30, y + 23), (x + 8, y + 23), (x, y + 15), (x + 22, y + 15)],
            INK,
            rough=0.6,
        )
    return plate


def draw_bread() -> Plate:
    """Draw a loaf, a jar of leaven, a blue jug and ears of wheat on a table."""
    plate = Plate("bread", "#e9d5ad")
    # Wall: light falls from the upper left.
    plate.engrave(
        (0, 0, WIDTH, 720),
        lambda x, y: clamp(0.06 + 0.75 * ((x / WIDTH) * 0.9 + (y / 720) * 0.25 - 0.25)),
        "#a9794a",
        16,
        0.62,
        0.9,
        wave=3,
    )
    plate.engrave(
        (0, 0, WIDTH, 720), lambda x, y: clamp((x - 1130) / 800) * 0.7, NIGHT, 20, -0.62, 0.62, wave=3
    )
    pane = [(70, -10), (420, -10), (700, 520), (330, 520)]
    plate.fill(pane, "#fbf1d8", 0.85, rough=2)
    plate.line((250, -10), (520, 520), 16, "#d9bd88", 0.9, taper=0)
    plate.line((180, 215), (560, 250), 14, "#d9bd88", 0.9, taper=0)
    # Table.
    table = [(-10, 655), (WIDTH + 10, 640), (WIDTH + 10, HEIGHT + 10), (-10, HEIGHT + 10)]
    plate.fill(table, "#b9713a", rough=1)
    name = plate.clip(table)
    for edge in (655, 742, 868, 1030):
        plate.line((-20, edge + 4), (WIDTH + 20, edge - 12), 6, "#3c2012", 0.9, taper=0.1, clip=name)
    plate.engrave(
        (0, 640, WIDTH, HEIGHT),
        lambda x, y: (
            0.10 + 0.22 * abs(math.sin(y / 31 + math.sin(x / 240) * 1.5)) + 0.35 * clamp((x - 1000) / 700)
        ),
        "#4a2614",
        17,
        -0.008,
        0.9,
        name,
        wave=4,
    )
    plate.engrave(
        (0, 640, 900, 900),
        lambda x, y: 0.28 * clamp(1 - abs(x - 380) / 420),
        "#f0c282",
        12,
        -0.008,
        0.8,
        name,
    )

    def shadow(cx: float, cy: float, rx: float, ry: float, length: float) -> None:
        shape = [
            (cx - rx * 0.9, cy),
            (cx, cy - ry),
            (cx + length * 0.7, cy - ry * 0.9 + length * 0.06),
            (cx + length, cy - ry * 0.2 + length * 0.09),
            (cx + length * 0.96, cy + ry * 0.5 + length * 0.1),
            (cx + length * 0.6, cy + ry * 0.95 + length * 0.06),
            (cx + rx * 0.3, cy + ry * 1.05),
        ]
        plate.path(curve(shape, closed=True), "#2a140c", 0.72, name)

    # Jug, behind on the left.
    shadow(395, 742, 120, 34, 420)
    jug_right = [(462, 300), (452, 352), (470, 400), (518, 470), (540, 560), (528, 660), (486, 738)]
    jug_left = [(304, 738), (262, 660), (250, 560), (272, 470), (318, 400), (336, 352), (318, 292)]
    jug = [*jug_right, (440, 752), (350, 752), *jug_left, (300, 280), (390, 262)]
    outline = list(jug)
    handle = [(462, 340), (560, 330), (612, 400), (604, 500), (532, 580)]
    plate.brush(handle, 40, INK, taper=0.15)
    plate.brush([(x - 4, y - 2) for x, y in handle], 27, BLUE, taper=0.15)
    plate.path(curve(outline, closed=True), INK)
    inner = [(395 + (x - 395) * 0.968, 510 + (y - 510) * 0.982) for x, y in outline]
    plate.path(curve(inner, closed=True), BLUE)
    jug_clip = plate.clip(inner)
    plate.engrave(
        (230, 270, 560, 760), lambda x, y: clamp((x - 350) / 190) * 0.95, NIGHT, 9, 0.12, 1, jug_clip, bow=26
    )
    plate.engrave(
        (230, 270, 560, 760),
        lambda x, y: 0.62 * clamp(1 - abs(x - 312 - 0.02 * y) / 44),
        "#a9c3cf",
        9,
        0.12,
        1,
        jug_clip,
        bow=26,
    )
    plate.path(polygon(ellipse(391, 292, 74, 17)), INK)
    plate.path(polygon(ellipse(391, 295, 62, 10)), "#0e1a26")
    plate.brush([(262, 560), (330, 582), (420, 584), (536, 562)], 9, PAPER, 0.9, taper=0.3)
    plate.brush([(262, 580), (330, 602), (420, 604), (536, 582)], 4, PAPER, 0.9, taper=0.3)

    # Jar on the right.
    shadow(1220, 800, 120, 36, 380)
    glass = [
        (1108, 372),
        (1332, 372),
        (1342, 412),
        (1352, 470),
        (1352, 760),
        (1330, 806),
        (1110, 806),
        (1088, 760),
        (1088, 470),
        (1098, 412),
    ]
    plate.fill(glass, "#f4ead2", 0.62, rough=1)
    level = 520
    dough = [
        (1094, level + 12),
        (1130, level - 10),
        (1190, level - 26),
        (1250, level - 24),
        (1310, level - 8),
        (1346, level + 14),
        (1346, 700),
        (1345, 752),
        (1322, 794),
        (1240, 800),
        (1180, 800),
        (1118, 794),
        (1095, 752),
        (1094, 700),
    ]
    plate.path(curve(dough, closed=True), "#efe0bd")
    dough_clip = plate.clip(dough)
    plate.engrave(
        (1080, 490, 1360, 810),
        lambda x, y: clamp((x - 1180) / 240) * 0.75,
        "#8a6238",
        9,
        0.9,
        0.9,
        dough_clip,
    )
    for _ in range(64):
        x, y = plate.random.uniform(1104, 1336), plate.random.uniform(level + 18, 786)
        size = plate.random.uniform(3, 13) * (1.25 - (y - level) / 520)
        plate.fill(ellipse(x, y, size, size * 0.8, 16), "#7b5330", 0.9, rough=0.5)
        plate.fill(
            ellipse(x - size * 0.15, y + size * 0.18, size * 0.72, size * 0.55, 16), "#fbf1d8", rough=0.4
        )
    plate.brush([*glass, glass[0]], 8, INK, taper=0)
    plate.brush([(1112, 440), (1108, 520), (1108, 700), (1118, 772)], 12, PAPER, 0.85)
    plate.brush([(1330, 470), (1334, 600), (1328, 740)], 5, PAPER, 0.6)
    plate.brush(
        [(1084, level - 62), (1160, level - 56), (1280, level - 56), (1356, level - 64)],
        9,
        VERMILION,
        taper=0,
    )
    cloth = [
        (1084, 376),
        (1100, 318),
        (1160, 300),
        (1290, 298),
        (1342, 320),
        (1358, 378),
        (1372, 436),
        (1330, 412),
        (1290, 432),
        (1240, 408),
        (1190, 434),
        (1140, 410),
        (1070, 440),
    ]
    plate.fill(cloth, INK, rough=2)
    plate.fill([(1221 + (x - 1221) * 0.965, 368 + (y - 368) * 0.93) for x, y in cloth], VERMILION, rough=2)
    cloth_clip = plate.clip(cloth)
    plate.engrave(
        (1060, 290, 1380, 450), lambda x, y: clamp((x - 1120) / 330) * 0.8, "#3a0d08", 9, 1.35, 1, cloth_clip
    )
    plate.engrave(
        (1060, 290, 1380, 450),
        lambda x, y: 0.4 * clamp(1 - abs(x - 1130) / 60),
        "#e9a98c",
        9,
        1.2,
        1,
        cloth_clip,
    )
    plate.line((1092, 384), (1350, 384), 11, "#f0dca4", taper=0.1, bend=8)

    # Loaf, in front.
    shadow(760, 905, 300, 80, 560)
    loaf = [
        (418, 874),
        (428, 768),
        (510, 654),
        (650, 590),
        (790, 582),
        (940, 628),
        (1046, 728),
        (1076, 850),
        (1052, 922),
        (960, 948),
        (760, 956),
        (540, 948),
        (448, 926),
    ]
    plate.path(curve(loaf, closed=True), "#24110a")
    crust = [(745 + (x - 745) * 0.977, 770 + (y - 770) * 0.966) for x, y in loaf]
    plate.path(curve(crust, closed=True), "#c47a34")
    loaf_clip = plate.clip(crust)
    plate.engrave(
        (400, 570, 1090, 960),
        lambda x, y: 0.7 * clamp(1 - math.hypot((x - 590) / 250, (y - 690) / 130)),
        "#f4cd86",
        12,
        0.35,
        1,
        loaf_clip,
        bow=50,
    )
    plate.engrave(
        (400, 570, 1090, 960),
        lambda x, y: clamp(math.hypot((x - 630) / 380, (y - 700) / 230) - 0.42) * 1.25,
        "#4a1f0d",
        12,
        -0.35,
        1,
        loaf_clip,
        bow=-60,
    )
    plate.engrave(
        (400, 780, 1090, 960),
        lambda x, y: clamp((y - 800) / 150 + (x - 800) / 500),
        "#24110a",
        9,
        0.05,
        0.9,
        loaf_clip,
        bow=-50,
    )
    for cut in (
        [(548, 770), (650, 716), (770, 690), (890, 700), (960, 736)],
        [(640, 838), (700, 756), (760, 694), (800, 640), (822, 600)],
    ):
        plate.brush(cut, 62, "#3a180b", clip=loaf_clip)
        plate.brush([(x + 3, y + 4) for x, y in cut], 48, "#f6e3b6", clip=loaf_clip)
        for k in range(24):
            part = k / 23 * (len(cut) - 1)
            i = min(int(part), len(cut) - 2)
            f = part - i
            x = cut[i][0] + (cut[i + 1][0] - cut[i][0]) * f
            y = cut[i][1] + (cut[i + 1][1] - cut[i][1]) * f
            plate.line((x - 9, y + 14), (x + 7 + plate.jitter(5), y - 6), 3.4, "#b77a3a", 0.9, clip=loaf_clip)
    plate.specks(420, (470, 590, 1000, 800), "#fbf1d8", 0.75, 3.2, loaf_clip)
    # Ears of wheat and crumbs in front.
    for x0, y0, turn in ((120, 985, -0.16), (150, 1020, -0.05), (95, 945, -0.27)):
        x1, y1 = x0 + 330 * math.cos(turn), y0 + 330 * math.sin(turn)
        plate.line((x0 - 180, y0 + 30), (x1, y1), 7, "#2a140c", bend=8)
        plate.line((x0 - 180, y0 + 27), (x1, y1 - 2), 4, "#e8bb62", bend=8)
        for k in range(11):
            bx, by = x0 + (90 + k * 24) * math.cos(turn), y0 + (90 + k * 24) * math.sin(turn) + 4
            for sign in (-1, 1):
                tip = turn + sign * 0.55
                plate.line(
                    (bx, by), (bx + 44 * math.cos(tip), by + 44 * math.sin(tip)), 19, "#2a140c", taper=1
                )
                plate.line(
                    (bx + 2, by - 1),
                    (bx + 40 * math.cos(tip), by + 40 * math.sin(tip)),
                    12,
                    "#edc476",
                    taper=1,
                )
                plate.line(
                    (bx + 40 * math.cos(tip), by + 40 * math.sin(tip)),
                    (bx + 96 * math.cos(turn + sign * 0.3), by + 96 * math.sin(turn + sign * 0.3)),
                    2.4,
                    "#f3d796",
                )
    for _ in range(46):
        x, y = plate.random.gauss(930, 130), plate.random.gauss(1000, 26)
        size = plate.random.uniform(2, 7)
        plate.fill(ellipse(x + 4, y + 3, size, size * 0.7, 9), "#2a140c", 0.7, rough=0.6)
        plate.fill(ellipse(x, y, size, size * 0.7, 9), "#f0d59a", rough=0.8)
    return plate


def draw_station() -> Plate:
    """Draw the deserted station: the vault, the rails, the clock."""
    plate = Plate("station", "#f0b877")
    vx, vy = 640.0, 690.0

    def arch(scale: float) -> list[Point]:
        half, spring, rise = 1000 * scale, vy - 120 * scale, 720 * scale
        points = [(vx - half, vy + 420 * scale), (vx - half, spring)]
        points += [
            (vx - half * math.cos(a * math.pi / 40), spring - rise * math.sin(a * math.pi / 40))
            for a in range(1, 40)
        ]
        return [*points, (vx + half, spring), (vx + half, vy + 420 * scale)]

    # Evening at the end of the hall.
    plate.fill(box(0, 0, WIDTH, HEIGHT), "#2b3a48", rough=0)
    mouth = arch(0.30)
    plate.fill(mouth, "#f2b56e", rough=1)
    mouth_clip = plate.clip(mouth)
    plate.fill(ellipse(730, 640, 62, 62), VERMILION, clip=mouth_clip)
    plate.engrave(
        (330, 400, 960, 840), lambda x, y: 0.7 * clamp((y - 560) / 160), CLAY, 8, 0, 0.9, mouth_clip
    )
    plate.engrave(
        (330, 400, 960, 840), lambda x, y: 0.5 * clamp((560 - y) / 160), "#fbe6bd", 9, 0, 0.9, mouth_clip
    )
    town = [
        (330, 700),
        (420, 690),
        (430, 664),
        (470, 664),
        (475, 690),
        (560, 684),
        (566, 640),
        (574, 612),
        (582, 640),
        (590, 684),
        (800, 690),
        (812, 668),
        (860, 668),
        (866, 690),
        (960, 696),
        (960, 830),
        (330, 830),
    ]
    plate.fill(town, "#3b3037", clip=mouth_clip)
    # Glass and ribs, from far to near.
    scales = [0.30, 0.37, 0.46, 0.58, 0.74, 0.95, 1.22]
    for far, near in itertools.pairwise(scales):
        outer, inner = arch(near), arch(far)
        depth = (far - 0.3) / 0.92
        for i in range(1, 40):
            j = i + 1
            quad = [outer[i], outer[j], inner[j], inner[i]]
            side = i / 40
            if 9 <= i <= 30:
                glow = clamp(1 - abs(side - 0.55) * 2.4)
                tint = mix(
                    mix("#f3c585", "#5d7f94", clamp(depth * 0.9 + 0.25)),
                    "#f6e6c4",
                    glow * 0.42 * (1 - depth * 0.5),
                )
                tint = mix(tint, NIGHT, plate.random.uniform(0, 0.13))
            else:
                tint = mix("#6b3c26", "#26191a", clamp(depth * 0.8 + 0.2))
            plate.path(polygon(quad), tint)
        for i in range(9, 32, 1):
            plate.line(inner[i], outer[i], 1.4 + 5 * depth + (2.5 if i % 3 == 0 else 0), INK, 0.95, taper=0)
        part = [(a[0] * 0.5 + b[0] * 0.5, a[1] * 0.5 + b[1] * 0.5) for a, b in zip(inner, outer, strict=True)]
        plate.brush(part[9:32], 1.5 + 3 * depth, INK, 0.9, taper=0)
        plate.engrave(
            (0, 0, WIDTH, 700),
            glass(depth, vx),
            NIGHT,
            8,
            0.8,
            0.55,
            plate.clip([*outer[9:32], *inner[31:8:-1]]),
            wave=1.5,
        )
    for scale in scales:
        ring = arch(scale)
        plate.brush(ring[1:-1], 9 + 26 * scale, INK, taper=0)
        plate.brush(
            [(vx + (x - vx) * 0.985, vy + (y - vy) * 0.985) for x, y in ring[12:32]], 1 + 4 * scale, CLAY, 0.9
        )
        for sign in (-1, 1):
            x = vx + sign * 1000 * scale * 0.985
            plate.fill(box(x - 17 * scale, vy - 130 * scale, 34 * scale, 580 * scale), INK)
            plate.line(
                (x - sign * 9 * scale, vy - 110 * scale),
                (x - sign * 9 * scale, vy + 300 * scale),
                6 * scale,
                "#b8744a",
                0.8,
            )
    for sign in (-1, 1):
        wall = [
            (vx + sign * 300, vy - 36),
            (vx + sign * 1250, vy - 150),
            (vx + sign * 1250, 1000),
            (vx + sign * 300, 790),
        ]
        plate.engrave(
            (0, 450, WIDTH, 900),
            lambda x, y: clamp(0.12 + abs(x - vx) / 1700),
            "#10202e",
            10,
            1.57,
            0.85,
            plate.clip(wall),
            wave=1,
        )

    # The platforms and the track bed, in perspective.
    def ground(side: float, depth: float) -> Point:
        return vx + side * depth, vy + 300 * depth

    far, near = 0.12, 1.7
    plate.fill(
        [ground(-1000, 0.3), ground(1000, 0.3), ground(1000, near), ground(-1000, near)], "#35281f", rough=0
    )
    plate.fill([ground(-70, far), ground(420, far), ground(420, near), ground(-70, near)], "#4a3a2c", rough=0)
    bed_clip = plate.clip([ground(-70, far), ground(420, far), ground(420, near), ground(-70, near)])
    plate.specks(1500, (500, 720, 1400, HEIGHT), "#a98a5e", 0.6, 4, bed_clip)
    plate.specks(900, (500, 720, 1400, HEIGHT), INK, 0.8, 5, bed_clip)
    depth = 0.16
    while depth < near:
        plate.fill(
            [ground(20, depth), ground(330, depth), ground(330, depth * 1.045), ground(20, depth * 1.045)],
            "#1f1510",
            rough=0.8,
        )
        depth *= 1.115
    for side in (80, 262):
        plate.fill(
            [ground(side, far), ground(side + 14, far), ground(side + 14, near), ground(side, near)],
            INK,
            rough=0,
        )
        plate.fill(
            [ground(side + 2, far), ground(side + 7, far), ground(side + 7, near), ground(side + 2, near)],
            "#f6d49b",
            rough=0,
        )
    for edge, way in ((-70, -1), (420, 1)):
        rim = [
            ground(edge, far),
            ground(edge + way * 1500, far),
            ground(edge + way * 1500, near),
            ground(edge, near),
        ]
        lifted = [(x, y - 62 * ((y - vy) / 300)) for x, y in rim]
        plate.fill([lifted[0], lifted[3], rim[3], rim[0]], "#17110e", rough=0)
        plate.fill(lifted, "#c08a54", rough=0)
        deck = plate.clip(lifted)
        plate.engrave(
            (0, 690, WIDTH, HEIGHT),
            lambda x, y: clamp(0.18 + (y - 720) / 520 + 0.2 * (x > 1200)),
            "#3a2114",
            10,
            0,
            0.9,
            deck,
            wave=1,
        )
        for k in range(1, 9):
            plate.line(
                (lifted[0][0] + way * 22 * k, lifted[0][1]),
                (lifted[3][0] + way * 310 * k, lifted[3][1]),
                4,
                INK,
                0.55,
                taper=0.2,
                clip=deck,
            )
        stripe = [(x + way * 18 * ((y - vy) / 300), y) for x, y in (lifted[0], lifted[3])]
        plate.fill(
            [lifted[0], stripe[0], (stripe[1][0] + way * 20, stripe[1][1]), lifted[3]], "#f8e7c6", rough=0.6
        )
    # The clock, hung near us.
    cx, cy, radius = 1130.0, 402.0, 236.0
    plate.line((cx, -20), (cx, cy - radius), 26, INK, taper=0)
    plate.line((cx - 4, -20), (cx - 4, cy - radius), 5, "#b8744a", taper=0)
    for sign in (-1, 1):
        plate.brush(
            [(cx, 40), (cx + sign * 70, 70), (cx + sign * 120, 130), (cx + sign * 104, 196)],
            11,
            INK,
            taper=0.3,
        )
    plate.fill(ellipse(cx + 15, cy + 13, radius + 22, radius + 22, 90), INK, 0.55)
    plate.fill(ellipse(cx, cy, radius + 24, radius + 24, 90), INK)
    plate.fill(ellipse(cx, cy, radius + 10, radius + 10, 90), "#8d5a35")
    plate.fill(ellipse(cx, cy, radius, radius, 90), INK)
    dial = ellipse(cx, cy, radius - 7, radius - 7, 90)
    plate.fill(dial, "#fbf2dc")
    dial_clip = plate.clip(dial)
    plate.engrave(
        (cx - radius, cy - radius, cx + radius, cy + radius),
        lambda x, y: 0.62 * clamp((x - cx + y - cy) / (2 * radius) + 0.02),
        "#b98b55",
        9,
        0.78,
        0.75,
        dial_clip,
    )
    for k in range(60):
        a = k / 60 * math.tau
        inner_r, thick = (
            (radius - 62, 15) if k % 15 == 0 else (radius - 52, 10) if k % 5 == 0 else (radius - 32, 3.4)
        )
        plate.line(
            (cx + inner_r * math.sin(a), cy - inner_r * math.cos(a)),
            (cx + (radius - 20) * math.sin(a), cy - (radius - 20) * math.cos(a)),
            thick,
            INK,
            taper=0,
        )
    for turn, length, back, thick, tint in (
        (6.42 / 12, 118, 34, 22, INK),
        (25 / 60, 178, 44, 13, INK),
        (31 / 60, 186, 60, 5, VERMILION),
    ):
        a = turn * math.tau
        plate.line(
            (cx - back * math.sin(a), cy + back * math.cos(a)),
            (cx + length * math.sin(a), cy - length * math.cos(a)),
            thick,
            tint,
            taper=0.25,
        )
    plate.fill(ellipse(cx, cy, 18, 18), INK)
    plate.fill(ellipse(cx, cy, 8, 8), VERMILION)
    return plate


def draw_round() -> Plate:
    """Draw the lane that climbs to the last house, with the letter box in front."""
    plate = Plate("round", "#dfe3da")
    plate.fill(box(0, 0, WIDTH, 620), "#e9e2cc", rough=0)
    plate.engrave(
        (0, 0, WIDTH, 560), lambda x, y: 0.55 * clamp(1 - y / 460), "#5f7f92", 10, 0.03, 0.9, wave=4
    )
    # Clouds: heaps of round masses, lit from the right.
    for cx, cy, size in ((430, 215, 1.25), (1290, 165, 0.95), (860, 330, 0.7), (80, 380, 0.8)):
        puffs = [
            (
                plate.jitter(190) * size,
                plate.random.uniform(-70, 22) * size,
                plate.random.uniform(46, 92) * size,
            )
            for _ in range(13)
        ]
        puffs.sort(key=lambda p: p[1])
        shapes = [
            ellipse(cx + x, cy + min(y, 40 * size - r * 0.8), r * 1.2, r * 0.86, 40) for x, y, r in puffs
        ]
        for shape in shapes:
            plate.fill([(x - 3, y + 4) for x, y in shape], "#3f5a6c", rough=2)
            plate.fill(shape, "#fbf5e6", rough=2)
            name = plate.clip(shape)
            xs, ys = [p[0] for p in shape], [p[1] for p in shape]
            mx, my, rr = sum(xs) / len(xs), sum(ys) / len(ys), (max(xs) - min(xs)) / 2
            plate.engrave(
                (min(xs), min(ys), max(xs), max(ys)),
                round_shade(mx, my, rr),
                "#4f6d80",
                8,
                -0.45,
                0.95,
                name,
                bow=12,
            )
    # Far hills.
    for base, height, tint, dark in ((585, 190, "#9aaeb4", 0.4), (625, 130, "#6f8a8d", 0.5)):
        hills = ridge(plate, base, height, 4.2)
        plate.fill(hills, tint, rough=1)
        plate.engrave(
            (0, 360, WIDTH, 700),
            folds(dark, 0.3, 0.6, 130, 55),
            BLUE,
            9,
            1.0,
            0.8,
            plate.clip(hills),
        )
    # The great hill, with the lane climbing it.
    hill: list[Point] = [
        (-20, 760),
        (150, 700),
        (380, 600),
        (640, 470),
        (860, 392),
        (1010, 372),
        (1150, 396),
        (1340, 480),
        (1620, 640),
    ]
    top = [hill[0]]
    for i in range(len(hill) - 1):
        top += [
            (
                hill[i][0] + (hill[i + 1][0] - hill[i][0]) * k / 4,
                hill[i][1] + (hill[i + 1][1] - hill[i][1]) * k / 4,
            )
            for k in range(1, 5)
        ]
    mound = [*top, (WIDTH + 20, HEIGHT + 20), (-20, HEIGHT + 20)]
    plate.path(curve(top) + f"L{WIDTH + 20} {HEIGHT + 20}L-20 {HEIGHT + 20}Z", "#8c8d4c")
    hill_clip = plate.clip(mound)
    plate.engrave(
        (0, 370, WIDTH, HEIGHT),
        lambda x, y: clamp(
            max(0.16 + 0.12 * clamp((y - 700) / 300), 0.62 - (x - 200) / 1500)
            + 0.10 * math.sin(x / 150 + y / 90)
        ),
        "#39451f",
        12,
        0.62,
        0.9,
        hill_clip,
        bow=60,
    )
    plate.engrave(
        (700, 370, WIDTH, 900),
        lambda x, y: 0.45 * clamp((x - 850) / 500) * clamp(1 - (y - 400) / 420),
        "#ecd08a",
        11,
        0.5,
        0.9,
        hill_clip,
        bow=50,
    )
    # Lane: a zigzag narrowing toward the top.
    spine: list[Point] = [
        (690, 1110),
        (760, 985),
        (1010, 900),
        (1180, 838),
        (1130, 770),
        (900, 724),
        (760, 676),
        (800, 628),
        (960, 592),
        (1030, 560),
        (990, 525),
        (930, 498),
        (940, 470),
        (985, 446),
    ]
    fine = smooth(spine, 10)

    def lane_width(y: float) -> float:
        return 8 + 150 * math.pow(clamp((y - 430) / 640), 1.35)

    def ribbon(factor: float, drop: float) -> list[Point]:
        left, right = [], []
        for i, (x, y) in enumerate(fine):
            before, after = fine[max(i - 1, 0)], fine[min(i + 1, len(fine) - 1)]
            dx, dy = after[0] - before[0], after[1] - before[1]
            length = math.hypot(dx, dy * 1.0) or 1
            half = lane_width(y) / 2 * factor
            left.append((x - dy / length * half, y + dx / length * half * 0.62 + drop))
            right.append((x + dy / length * half, y - dx / length * half * 0.62 + drop))
        return left + right[::-1]

    plate.fill(ribbon(1.5, 5), "#2b3019", 0.85, rough=1.6)
    lane = ribbon(1.0, 0)
    plate.fill(lane, "#f4e6c6", rough=1.2)
    lane_clip = plate.clip(lane)
    plate.engrave(
        (600, 440, 1300, HEIGHT),
        lambda x, y: 0.26 + 0.12 * math.sin(y / 30),
        "#b78a4e",
        9,
        0.02,
        0.8,
        lane_clip,
    )
    # Dry-stone walls on both sides.
    count = len(fine)
    for half_line in (ribbon(1.28, 0)[:count], ribbon(1.28, 0)[count:][::-1]):
        walls = sorted(range(count - 1), key=lambda i: half_line[i][1])
        for i in walls:
            (x0, y0), (x1, y1) = half_line[i], half_line[i + 1]
            size = 5 + 44 * clamp((y0 - 430) / 640) ** 1.25
            pieces = max(1, int(math.hypot(x1 - x0, y1 - y0) / (size * 0.6)))
            for k in range(pieces):
                x, y = x0 + (x1 - x0) * k / pieces, y0 + (y1 - y0) * k / pieces
                w, h = size * plate.random.uniform(0.7, 1.05), size * plate.random.uniform(0.5, 0.8)
                plate.fill(box(x - w / 2, y - h, w, h * 1.1), INK, rough=size * 0.06)
                plate.fill(
                    box(x - w / 2 + size * 0.1, y - h + size * 0.06, w * 0.78, h * 0.72),
                    plate.random.choice(["#b9ad94", "#cfc2a4", "#9b927e", "#d8c8a2"]),
                    rough=size * 0.05,
                )
    # The house.
    hx, hy = 1010.0, 436.0
    plate.fill(
        [(hx - 4, hy + 4), (hx - 150, hy + 26), (hx - 120, hy + 44), (hx + 50, hy + 16)], "#232a14", 0.7
    )
    plate.fill(box(hx - 46, hy - 60, 104, 68), INK)
    plate.fill(box(hx - 42, hy - 57, 60, 62), "#d9c7a0")
    plate.fill(box(hx + 18, hy - 57, 37, 62), "#fbf3df")
    plate.fill([(hx - 56, hy - 56), (hx - 34, hy - 102), (hx + 44, hy - 102), (hx + 66, hy - 56)], INK)
    plate.fill([(hx - 49, hy - 60), (hx - 31, hy - 97), (hx + 40, hy - 97), (hx + 58, hy - 60)], "#54616b")
    plate.fill(box(hx + 20, hy - 128, 17, 36), INK)
    plate.fill(box(hx - 28, hy - 38, 13, 18), INK, rough=0.5)
    plate.fill(box(hx - 4, hy - 34, 14, 38), VERMILION, rough=0.5)
    plate.fill(box(hx + 29, hy - 40, 13, 17), OCHRE, rough=0.5)
    plate.brush(
        [
            (hx + 28, hy - 130),
            (hx + 40, hy - 160),
            (hx + 22, hy - 190),
            (hx + 44, hy - 226),
            (hx + 30, hy - 258),
        ],
        12,
        "#fbf5e6",
        0.95,
    )
    for x, y, tall in ((1120, 420, 118), (1152, 432, 92), (905, 436, 70)):
        plate.line((x, y + 6), (x, y - tall * 0.3), tall * 0.09, INK)
        crown = ellipse(x, y - tall * 0.6, tall * 0.30, tall * 0.42, 26)
        plate.fill(crown, "#27321a", rough=tall * 0.035)
        plate.engrave(
            (x - 50, y - tall * 1.1, x + 50, y),
            right_of(x),
            "#c8a952",
            7,
            -0.6,
            1,
            plate.clip(crown),
        )
    # Sheep in the field.
    for x, y, s in ((1385, 742, 1.0), (1450, 770, 1.1), (1320, 790, 1.15), (470, 742, 0.9), (545, 722, 0.85)):
        plate.fill(ellipse(x - 10, y + 15 * s, 38 * s, 7 * s, 20), "#232a14", 0.6)
        for leg in (-14, -6, 8, 15):
            plate.line((x + leg * s, y), (x + leg * s, y + 20 * s), 4 * s, INK, taper=0)
        plate.fill(ellipse(x, y - 4 * s, 28 * s, 18 * s, 20), INK, rough=1.6)
        plate.fill(ellipse(x + 1, y - 5 * s, 25 * s, 15 * s, 20), "#f7ecd2", rough=1.8)
        plate.fill(ellipse(x + 27 * s, y - 9 * s, 9 * s, 7 * s, 14), INK, rough=0.6)
    # Foreground bank and letter box.
    bank: list[Point] = [
        (-20, 850),
        (120, 842),
        (300, 872),
        (470, 930),
        (600, 1010),
        (660, 1090),
        (-20, 1090),
    ]
    plate.fill(bank, "#232d18", rough=3)
    plate.line((300, 1080), (300, 640), 46, INK, taper=0)
    plate.line((290, 1080), (290, 640), 9, "#8a6a44", taper=0)
    plate.line((306, 1080), (306, 640), 5, "#5c4530", taper=0)
    dome = [(262 - 94 * math.cos(a * math.pi / 24), 506 - 94 * math.sin(a * math.pi / 24)) for a in range(25)]
    back = [(x + 88, y - 26) for x, y in dome]
    front = [(168, 702), *dome, (356, 702)]
    side = [(356, 702), *dome[:7:-1], *back[8:], (444, 676)]
    plate.fill(
        [
            (x + (-8 if x < 300 else 8), y + (8 if y > 600 else -8))
            for x, y in [(168, 702), *dome[:9], *back[8:], (444, 676), (356, 702)]
        ],
        INK,
        rough=1.5,
    )
    plate.fill(side, "#b4402a", rough=1)
    plate.fill(front, VERMILION, rough=1)
    front_clip, side_clip = plate.clip(front), plate.clip(side)
    plate.engrave(
        (150, 400, 370, 710), lambda x, y: clamp(0.75 - (x - 160) / 230), "#3a0d08", 9, 0.95, 1, front_clip
    )
    plate.engrave(
        (350, 390, 450, 710), lambda x, y: 0.40 * clamp((x - 330) / 110), "#f1b591", 9, 0.95, 1, side_clip
    )
    plate.brush([(356, 702), (356, 600), *dome[:7:-1]], 7, INK, taper=0.2)
    plate.fill(box(206, 506, 114, 24), INK)
    plate.fill(box(214, 512, 98, 10), "#0b0908", rough=0.5)
    plate.fill([(232, 520), (298, 512), (303, 484), (238, 491)], INK, rough=0.6)
    plate.fill([(236, 518), (294, 510), (299, 488), (242, 494)], "#fdf8ec", rough=0.6)
    plate.fill(box(222, 572, 82, 84), INK)
    plate.fill(box(228, 578, 70, 72), "#c9683f", rough=0.8)
    plate.fill(ellipse(286, 616, 6, 8, 14), INK, rough=0.4)
    for _ in range(260):
        x = plate.random.uniform(-10, 640)
        base = 850 + max(0, x - 120) ** 1.35 * 0.055 + plate.random.uniform(-4, 200)
        plate.line(
            (x, base),
            (x + plate.jitter(26), base - plate.random.uniform(26, 92)),
            4.2,
            plate.random.choice(["#232d18", "#39451f", "#161c0f", "#a39a4e", "#d8b765"]),
            1,
            bend=9,
        )
    for _ in range(16):
        x = plate.random.uniform(20, 560)
        y = 850 + max(0, x - 120) ** 1.35 * 0.055 + plate.random.uniform(-60, 40)
        plate.line((x, y + 60), (x, y), 3, "#161c0f")
        plate.fill(ellipse(x, y, 8, 6, 12), plate.random.choice([OCHRE, PAPER, OCHRE]), rough=1.2)
    return plate


def draw_reader_desk() -> Plate:
    """Draw the lamp, the open book and the night city behind the window."""
    plate = Plate("desk", "#3a2a22")
    plate.engrave(
        (0, 0, WIDTH, HEIGHT),
        lambda x, y: 0.75 * clamp(math.hypot(x - 1130, y - 620) / 700 - 0.1),
        "#1a1412",
        10,
        1.25,
        1,
        wave=3,
    )
    plate.engrave(
        (0, 0, WIDTH, HEIGHT),
        lambda x, y: 0.62 * clamp(1 - math.hypot(x - 1130, y - 640) / 560),
        "#b5763a",
        10,
        1.25,
        0.9,
        wave=3,
    )
    # Window and the city.
    wx, wy, ww, wh = 190.0, 46.0, 620.0, 700.0
    plate.fill(box(wx - 44, wy - 60, ww + 88, wh + 104), INK)
    plate.fill(box(wx - 30, wy - 60, ww + 60, wh + 90), "#7a4f30")
    plate.engrave(
        (wx - 30, 0, wx + ww + 30, wy + wh + 30),
        lambda x, y: 0.6 - 0.35 * clamp(x / 900),
        INK,
        8,
        1.57,
        0.8,
        plate.clip(box(wx - 30, 0, ww + 60, wh + 76)),
        wave=1,
    )
    view = box(wx, wy - 60, ww, wh + 60)
    plate.fill(view, "#2d5374", rough=0)
    name = plate.clip(view)
    plate.engrave(
        (wx, 0, wx + ww, wy + wh), lambda x, y: clamp(0.85 - y / 620), NIGHT, 9, 0.02, 1, name, wave=4
    )
    plate.engrave(
        (wx, 250, wx + ww, wy + wh),
        lambda x, y: 0.42 * clamp((y - 260) / 300),
        "#7fa0b0",
        10,
        0.02,
        0.8,
        name,
        wave=3,
    )
    plate.fill(ellipse(348, 156, 58, 58), "#f6e9c9", clip=name)
    plate.fill(ellipse(374, 142, 52, 52), "#22435f", clip=name)
    for _ in range(26):
        x, y = plate.random.uniform(wx, wx + ww), plate.random.uniform(0, 330)
        plate.fill(ellipse(x, y, 2.2, 2.2, 6), "#f6e9c9", rough=0.3, clip=name)
    for layer, (base, tint) in enumerate(((420, "#294a66"), (500, "#1d3850"), (590, "#13273a"))):
        x = wx - 40
        while x < wx + ww:
            wide = plate.random.uniform(62, 132)
            top = base - plate.random.uniform(0, 120)
            kind = plate.random.random()
            block = box(x, top, wide, 800)
            plate.fill(block, tint, clip=name)
            if kind < 0.55:
                plate.fill(
                    [
                        (x - 4, top + 1),
                        (x + wide * 0.2, top - 42),
                        (x + wide * 0.8, top - 42),
                        (x + wide + 4, top + 1),
                    ],
                    tint,
                    clip=name,
                )
            elif kind < 0.72:
                plate.fill(
                    [(x + wide * 0.2, top), (x + wide * 0.5, top - 110), (x + wide * 0.8, top)],
                    tint,
                    clip=name,
                )
            plate.fill(box(x + wide * 0.66, top - 66, 15, 60), tint, clip=name)
            plate.line((x + wide, top), (x + wide, 800), 3, "#0a1520", 0.8, clip=name)
            for row in range(8):
                for col in range(3):
                    px, py = x + 14 + col * (wide - 22) / 3, top + 24 + row * 42
                    lit = plate.random.random() < 0.10 + 0.05 * layer
                    if py < 735:
                        plate.fill(
                            box(px, py, 12 + 2 * layer, 20 + 3 * layer),
                            "#f0bd5c" if lit else mix(tint, "#0a1520", 0.45),
                            rough=0.9,
                            clip=name,
                        )
            x += wide - 4
    for k in (1, 2):
        plate.line((wx + ww * k / 3, -20), (wx + ww * k / 3, wy + wh), 18, INK, taper=0)
        plate.line((wx + ww * k / 3 + 5, -20), (wx + ww * k / 3 + 5, wy + wh), 4, "#b5763a", taper=0)
    for y in (250, 505):
        plate.line((wx, y), (wx + ww, y), 16, INK, taper=0)
        plate.line((wx, y + 4), (wx + ww, y + 4), 3, "#b5763a", taper=0)
    # Curtain.
    curtain = [(-10, -10), (206, -10), (232, 180), (196, 380), (150, 560), (176, 800), (-10, 810)]
    plate.fill(curtain, "#5d1a10", rough=1)
    plate.engrave(
        (-10, -10, 240, 810),
        lambda x, y: clamp(0.5 + 0.5 * math.sin(x / 13 + y / 190)),
        "#240906",
        8,
        1.52,
        1,
        plate.clip(curtain),
        wave=5,
    )
    plate.engrave(
        (100, -10, 240, 810),
        lambda x, y: 0.35 * clamp((x - 120) / 90),
        "#c9683f",
        12,
        1.50,
        1,
        plate.clip(curtain),
        wave=5,
    )
    # Desk.
    desk = [(-10, 775), (WIDTH + 10, 775), (WIDTH + 10, HEIGHT + 10), (-10, HEIGHT + 10)]
    plate.fill(desk, "#8a4f28", rough=1)
    desk_clip = plate.clip(desk)
    plate.engrave(
        (0, 775, WIDTH, HEIGHT),
        lambda x, y: clamp(math.hypot((x - 1010) / 640, (y - 900) / 250) - 0.38) * 1.1,
        "#1f0f08",
        9,
        0.004,
        1,
        desk_clip,
        wave=3,
    )
    plate.engrave(
        (0, 775, WIDTH, HEIGHT),
        lambda x, y: 0.72 * clamp(1 - math.hypot((x - 1010) / 520, (y - 905) / 165)),
        "#f6cf86",
        10,
        0.004,
        1,
        desk_clip,
        wave=3,
    )
    plate.line((-10, 778), (WIDTH + 10, 778), 8, INK, taper=0)
    # Lamp.
    lx = 1250.0
    cone = [(lx - 200, 490), (lx + 200, 490), (lx + 350, 775), (lx - 470, 775)]
    cone_clip = plate.clip(cone)
    plate.fill(cone, "#e3a552", 0.34, rough=3)
    plate.engrave(
        (lx - 480, 480, lx + 350, 780),
        lambda x, y: 0.75 * clamp(1.05 - (y - 490) / 420),
        "#f6d48e",
        13,
        1.25,
        0.9,
        cone_clip,
        wave=3,
    )
    plate.fill(ellipse(lx + 34, 846, 132, 26), "#1a0b06", 0.85, rough=2)
    plate.fill(ellipse(lx, 836, 122, 27), INK)
    plate.fill(ellipse(lx, 828, 114, 22), "#a8803a")
    plate.engrave(
        (lx - 120, 800, lx + 120, 860),
        lambda x, y: clamp((x - lx) / 110),
        "#3a2810",
        7,
        0,
        1,
        plate.clip(ellipse(lx, 828, 114, 22)),
    )
    plate.line((lx, 826), (lx, 470), 25, INK, taper=0)
    plate.line((lx - 3, 826), (lx - 3, 470), 9, "#d8a94e", taper=0)
    plate.fill(ellipse(lx, 720, 24, 15), INK)
    plate.fill(ellipse(lx - 2, 718, 17, 9), "#d8a94e")
    shade = [
        (lx + 220 * math.cos(a * math.pi / 30), 482 - 176 * math.sin(a * math.pi / 30) ** 0.9)
        for a in range(30, -1, -1)
    ]
    plate.fill([(lx + (x - lx) * 1.035, 400 + (y - 400) * 1.06) for x, y in shade], INK)
    plate.fill(shade, "#4f6b3c")
    shade_clip = plate.clip(shade)
    plate.engrave(
        (lx - 230, 300, lx + 230, 490),
        lambda x, y: clamp((x - lx + 60) / 240) * 0.95,
        "#182312",
        9,
        1.2,
        1,
        shade_clip,
        bow=30,
    )
    plate.engrave(
        (lx - 230, 300, lx + 230, 490),
        lambda x, y: 0.6 * clamp(1 - abs(x - lx + 110) / 60),
        "#c7d49a",
        9,
        1.9,
        1,
        shade_clip,
        bow=-20,
    )
    plate.fill(ellipse(lx, 484, 222, 24), INK)
    plate.fill(ellipse(lx, 487, 208, 16), "#fdf1c9")
    plate.fill(box(lx - 14, 284, 28, 34), INK)
    plate.line((lx + 70, 500), (lx + 70, 566), 3, "#f0dca4", taper=0)
    plate.fill(ellipse(lx + 70, 572, 8, 9, 12), "#f0dca4")
    # Book.
    plate.fill(
        [(560, 990), (900, 1030), (1250, 1000), (1300, 1030), (900, 1064), (540, 1026)],
        "#1a0b06",
        0.7,
        rough=3,
    )
    cover = [(560, 975), (648, 828), (905, 846), (1160, 822), (1262, 968), (912, 1012)]
    plate.fill(cover, INK, rough=1)
    plate.fill(
        [(568, 968), (652, 830), (905, 850), (1156, 824), (1252, 962), (912, 1002)], VERMILION, rough=1
    )
    left = [
        (584, 950),
        (664, 818),
        (720, 798),
        (790, 796),
        (860, 812),
        (906, 838),
        (911, 984),
        (850, 950),
        (760, 936),
        (670, 940),
    ]
    right = [
        (906, 838),
        (950, 808),
        (1020, 790),
        (1090, 790),
        (1146, 812),
        (1236, 944),
        (1150, 932),
        (1060, 932),
        (970, 950),
        (911, 984),
    ]
    for page in (left, right):
        plate.fill([(x, y + 9) for x, y in page], INK, rough=0.6)
        plate.fill([(x, y + 5) for x, y in page], "#d8bf8c", rough=0.6)
    plate.path(curve(left, closed=True), "#fdf5dd")
    plate.path(curve(right, closed=True), "#fff8e4")
    plate.engrave(
        (580, 790, 915, 990),
        lambda x, y: clamp((x - 800) / 150) * 0.55,
        "#b98b55",
        7,
        1.45,
        0.9,
        plate.clip(left),
    )
    plate.engrave(
        (905, 790, 1240, 990),
        lambda x, y: clamp((960 - x) / 70) * 0.5,
        "#b98b55",
        7,
        1.7,
        0.9,
        plate.clip(right),
    )
    for row in range(10):
        part = row / 9
        if row != 4:
            x0, x1 = 690 - 58 * part, 868 + 8 * part
            y0 = 822 + 104 * part
            end = x1 - (70 if row in (3, 9) else plate.random.uniform(0, 10))
            plate.brush(
                [
                    (x0 + (end - x0) * k / 8, y0 + 22 * (k / 8) ** 2 - 7 * math.sin(k / 8 * 3.1))
                    for k in range(9)
                ],
                4.2,
                "#4a3a30",
                0.85,
                taper=0.15,
            )
        x0, x1 = 948 + 6 * part, 1130 + 62 * part
        y0 = 836 + 104 * part
        end = x1 - (90 if row in (6, 9) else plate.random.uniform(0, 12))
        plate.brush(
            [(x0 + (end - x0) * k / 8, y0 - 20 * (k / 8) - 8 * math.sin(k / 8 * 3.1)) for k in range(9)],
            4.2,
            "#4a3a30",
            0.85,
            taper=0.15,
        )
    plate.brush([(906, 840), (909, 905), (911, 984)], 7, INK, taper=0.4)
    plate.brush([(911, 980), (918, 1010), (904, 1036), (916, 1070)], 13, "#c9683f", taper=0.1)
    # A cup.
    plate.fill(ellipse(390, 948, 142, 30), "#1a0b06", 0.75, rough=2)
    plate.fill(ellipse(372, 936, 122, 30), INK)
    plate.fill(ellipse(372, 931, 114, 25), "#cfd6cf")
    plate.brush([(446, 856), (496, 850), (504, 890), (448, 912)], 16, INK, taper=0.1)
    plate.brush([(448, 857), (494, 853), (500, 888), (450, 908)], 8, "#dfe2d6", taper=0.1)
    cup = smooth(
        [(458, 826), (452, 874), (430, 914), (392, 938), (352, 938), (314, 914), (292, 874), (286, 826)], 6
    )
    plate.fill([(372 + (x - 372) * 1.05, 880 + (y - 880) * 1.05) for x, y in cup], INK, rough=1)
    plate.fill(cup, "#e6e6d8", rough=0.8)
    plate.engrave(
        (280, 820, 465, 945),
        lambda x, y: clamp(0.75 - (x - 290) / 130),
        BLUE,
        8,
        1.4,
        0.95,
        plate.clip(cup),
        bow=14,
    )
    plate.fill(ellipse(372, 826, 90, 17), INK)
    plate.fill(ellipse(372, 828, 80, 12), "#5d2c14")
    for shift in (-26, 20):
        plate.brush(
            [
                (372 + shift, 806),
                (384 + shift, 770),
                (360 + shift, 730),
                (386 + shift, 690),
                (372 + shift, 650),
            ],
            9,
            "#f4ead2",
            0.6,
        )
    return plate


def draw_city() -> Plate:
    """Draw the stacked roofs of an old city and the white lane that climbs through them."""
    plate = Plate("city", "#f1c78b")
    plate.fill(box(0, 0, WIDTH, 170), "#e6a565", rough=4)
    plate.engrave(
        (0, 0, WIDTH, 420), lambda x, y: 0.75 * clamp(1 - y / 300), VERMILION, 10, 0.015, 0.85, wave=4
    )
    plate.engrave(
        (0, 150, WIDTH, 520), lambda x, y: 0.5 * clamp((y - 170) / 170), "#fbecc8", 11, 0.015, 0.9, wave=4
    )
    sun = ellipse(430, 236, 104, 104, 60)
    plate.fill(sun, "#fbf1d4", rough=1.5)
    far = ridge(plate, 440, 130, 5)
    plate.fill(far, "#8b6a72", rough=1)
    plate.engrave((0, 300, WIDTH, 480), lambda x, y: 0.4, BLUE, 8, 0.8, 0.7, plate.clip(far))

    def lane_x(y: float) -> float:
        t = clamp((y - 360) / 707)
        return 1010 - 190 * t + (40 + 300 * t) * math.sin(2.9 + 8.2 * (1 - t) ** 1.3)

    def lane_half(y: float) -> float:
        return 9 + 88 * math.pow(clamp((y - 360) / 707), 1.15)

    light = ["#f3dcb0", "#eccb94", "#f7e8c8", "#e6b878", "#efd2a2", "#f0c99a", "#dfae84"]

    def house(x: float, y: float, w: float, h: float, size: float, dome: bool) -> None:
        wall = plate.random.choice(light)
        dark = mix(wall, "#6d3a34", 0.62)
        skew, rise = w * 0.42, size * 0.30
        roof = mix(wall, PAPER, 0.55)
        part = w * 0.62
        front = [(x, y), (x + part, y + rise * 0.35), (x + part, y - h + rise * 0.35), (x, y - h)]
        side = [
            (x + part, y + rise * 0.35),
            (x + part + skew, y - rise * 0.3),
            (x + part + skew, y - h - rise * 0.3),
            (x + part, y - h + rise * 0.35),
        ]
        top = [
            (x, y - h),
            (x + part, y - h + rise * 0.35),
            (x + part + skew, y - h - rise * 0.3),
            (x + skew, y - h - rise * 0.65),
        ]
        hull = [front[0], front[1], side[1], side[2], top[3], front[3]]
        cx, cy = sum(p[0] for p in hull) / 6, sum(p[1] for p in hull) / 6
        grow = 1 + 3.2 / max(24, w)
        plate.fill([(cx + (px - cx) * grow, cy + (py - cy) * grow) for px, py in hull], INK, rough=0.8)
        plate.fill(front, wall, rough=0.8)
        plate.fill(side, dark, rough=0.8)
        plate.fill(top, roof, rough=0.8)
        area = (x, y - h - size, x + part + skew, y + size)
        plate.engrave(
            area,
            lambda px, py: 0.42 + 0.25 * clamp((py - (y - h)) / h),
            "#3b2030",
            max(4, size * 0.075),
            1.15,
            0.9,
            plate.clip(side),
            wave=0.8,
        )
        plate.engrave(
            area,
            lambda px, py: 0.38 * clamp((py - (y - h * 0.55)) / h),
            "#a55f35",
            max(4, size * 0.08),
            -0.5,
            0.9,
            plate.clip(front),
            wave=0.8,
        )
        # Parapet.
        plate.brush([top[0], top[1], top[2]], max(2, size * 0.06), INK, taper=0.1)
        if dome:
            r = w * 0.27
            dx, dy = x + part * 0.5 + skew * 0.5, y - h - rise * 0.12
            tint = plate.random.choice(["#3d6a78", "#2d5570", "#f5e7c7"])
            shape = [
                (dx - r, dy),
                *[
                    (dx - r * math.cos(a * math.pi / 18), dy - r * 1.08 * math.sin(a * math.pi / 18))
                    for a in range(1, 18)
                ],
                (dx + r, dy),
            ]
            plate.fill(
                [(dx + (px - dx) * 1.07, dy + (py - dy) * 1.06 + 1) for px, py in shape], INK, rough=0.6
            )
            plate.fill(shape, tint, rough=0.6)
            clip = plate.clip(shape)
            plate.engrave(
                (dx - r, dy - r * 1.2, dx + r, dy),
                lambda px, py: clamp((px - dx) / r + 0.15) * 0.9,
                NIGHT,
                max(4, size * 0.07),
                1.3,
                0.95,
                clip,
                bow=r * 0.2,
            )
            plate.engrave(
                (dx - r, dy - r * 1.2, dx + r, dy),
                lambda px, py: 0.6 * clamp(1 - abs(px - dx + r * 0.5) / (r * 0.3)),
                "#fdf3d8",
                max(4, size * 0.07),
                1.8,
                0.9,
                clip,
            )
            plate.line((dx, dy - r), (dx, dy - r * 1.42), max(2, size * 0.05), INK)
        else:
            # A shadow thrown across the terrace, sometimes a line of washing.
            plate.fill(
                [
                    top[1],
                    top[2],
                    (top[2][0] - skew * 0.35, top[2][1]),
                    (top[1][0] - part * 0.2, top[1][1] - rise * 0.1),
                ],
                "#a98a86",
                0.55,
                rough=0.5,
            )
            if size > 44 and plate.random.random() < 0.07:
                ax, ay, bx, by = x + w * 0.1, y - h - rise * 0.05, x + w * 0.82, y - h - rise * 0.3
                for px, py in ((ax, ay), (bx, by)):
                    plate.line((px, py), (px, py - size * 0.62), 4, INK, taper=0)
                plate.line((ax, ay - size * 0.6), (bx, by - size * 0.6), 2, INK, taper=0, bend=5)
                for k in range(4):
                    px, py = (
                        ax + (bx - ax) * (0.12 + 0.2 * k),
                        ay + (by - ay) * (0.12 + 0.2 * k) - size * 0.56,
                    )
                    plate.fill(
                        box(px, py, (bx - ax) * 0.14, size * plate.random.uniform(0.25, 0.42)),
                        plate.random.choice([VERMILION, BLUE, PAPER, OCHRE]),
                        rough=1.4,
                    )
        # Openings.
        columns = max(1, int(part / (size * 0.55)))
        for k in range(columns):
            if plate.random.random() < 0.78:
                ox = x + part * (k + 0.5) / columns
                oy = y - h * plate.random.choice([0.52, 0.58, 0.64]) + rise * 0.2
                ow, oh = size * 0.10, size * 0.26
                plate.fill(
                    [
                        (ox - ow, oy + oh),
                        (ox - ow, oy),
                        (ox - ow * 0.6, oy - oh * 0.35),
                        (ox, oy - oh * 0.55),
                        (ox + ow * 0.6, oy - oh * 0.35),
                        (ox + ow, oy),
                        (ox + ow, oy + oh),
                    ],
                    plate.random.choice([INK, INK, BLUE, "#5a2418"]),
                    rough=0.5,
                )
        if plate.random.random() < 0.5:
            ox, oy = x + part + skew * 0.5, y - h * 0.6
            plate.fill(
                box(ox - size * 0.06, oy, size * 0.13, size * 0.3),
                plate.random.choice([INK, "#f0bd5c"]),
                rough=0.5,
            )

    def palm(x: float, y: float, tall: float) -> None:
        plate.brush([(x, y), (x + tall * 0.05, y - tall * 0.5), (x, y - tall)], tall * 0.07, INK, taper=0.2)
        for k in range(12):
            a = math.pi * (1.02 + 0.96 * k / 11)
            reach = tall * plate.random.uniform(0.42, 0.56)
            knee = (x + reach * 0.62 * math.cos(a), y - tall + reach * 0.7 * math.sin(a) - reach * 0.12)
            tip = (x + reach * 1.08 * math.cos(a), y - tall + reach * 0.75 * math.sin(a) + reach * 0.42)
            plate.brush(
                [(x, y - tall), knee, tip],
                tall * 0.075,
                plate.random.choice(["#22331f", "#2f4527", "#3c5430"]),
            )

    def minaret(x: float, y: float, tall: float) -> None:
        w = tall * 0.115
        for bottom, top_, wide in ((0, 0.62, 1.0), (0.62, 0.84, 0.66)):
            plate.fill(box(x - w * wide - 4, y - tall * top_, 2 * w * wide + 8, tall * (top_ - bottom)), INK)
            plate.fill(
                box(x - w * wide, y - tall * top_, w * wide * 1.15, tall * (top_ - bottom)),
                "#f7e8c8",
                rough=0.8,
            )
            plate.fill(
                box(x + w * wide * 0.15, y - tall * top_, w * wide * 0.85, tall * (top_ - bottom)),
                "#a8655a",
                rough=0.8,
            )
            plate.engrave(
                (x, y - tall * top_, x + w, y - tall * bottom),
                lambda px, py: 0.5,
                "#3b2030",
                6,
                1.2,
                0.9,
                plate.clip(
                    box(x + w * wide * 0.15, y - tall * top_, w * wide * 0.85, tall * (top_ - bottom))
                ),
                wave=0.6,
            )
        for level in (0.62, 0.84):
            plate.fill(box(x - w * 1.25, y - tall * level - 8, w * 2.5, 15), INK)
            plate.fill(box(x - w * 1.15, y - tall * level - 4, w * 2.3, 6), OCHRE, rough=0.5)
        cap = [
            (x - w * 0.62, y - tall * 0.85),
            (x - w * 0.66, y - tall * 0.90),
            (x - w * 0.3, y - tall * 0.955),
            (x, y - tall * 1.0),
            (x + w * 0.3, y - tall * 0.955),
            (x + w * 0.66, y - tall * 0.90),
            (x + w * 0.62, y - tall * 0.85),
        ]
        plate.fill([(x + (px - x) * 1.14, py - 1) for px, py in cap], INK)
        plate.fill(cap, "#2d5570", rough=0.6)
        plate.line((x, y - tall), (x, y - tall * 1.09), 5, INK)
        for k in (0.24, 0.44):
            plate.fill(box(x - w * 0.55, y - tall * k, w * 0.5, tall * 0.07), INK, rough=0.6)
        plate.fill(box(x - w * 0.42, y - tall * 0.77, w * 0.42, tall * 0.08), INK, rough=0.6)

    # The ground of the hill, then the rows of houses from the back to the front.
    ground = [
        (-10, 470),
        (300, 430),
        (760, 372),
        (1060, 356),
        (1330, 392),
        (WIDTH + 10, 450),
        (WIDTH + 10, HEIGHT + 10),
        (-10, HEIGHT + 10),
    ]
    plate.fill(ground, "#b98058", rough=2)
    ground_clip = plate.clip(ground)
    minaret(lane_x(372) + 26, 430, 330)
    plate.engrave(
        (0, 360, WIDTH, HEIGHT),
        lambda x, y: 0.16 + 0.12 * math.sin(x / 60 + y / 35),
        "#6d3a2a",
        13,
        0.25,
        0.75,
        ground_clip,
    )
    # The lane, whole, with its steps; the houses then leave it in sight.
    levels = [364 + k * 6.0 for k in range(124)]
    for grow, tint in ((1.22, "#6d4236"), (1.0, "#fdf6e3")):
        left = [(lane_x(v) - lane_half(v) * grow, v) for v in levels]
        right = [(lane_x(v) + lane_half(v) * grow, v) for v in levels]
        plate.fill(left + right[::-1], tint, rough=0.8)
    v = 372.0
    while v < HEIGHT:
        t = clamp((v - 360) / 707)
        plate.line(
            (lane_x(v) - lane_half(v), v),
            (lane_x(v) + lane_half(v), v + 3),
            1.4 + 3.4 * t,
            "#b98b6a",
            0.95,
            bend=7 * t,
        )
        v += 5 + 20 * t
    y = 404.0
    while y < HEIGHT + 210:
        t = clamp((y - 380) / 700)
        size = 34 + 124 * t
        drop = 58 * (1 - t)
        x = -80.0 - plate.random.uniform(0, size)
        while x < WIDTH + 40:
            w = size * plate.random.uniform(0.9, 1.7)
            h = size * plate.random.uniform(0.75, 1.55)
            foot = y + plate.jitter(size * 0.12) + drop * ((x - 1000) / 1000) ** 2
            span = w * 1.04
            # How high may this house rise before it hides the lane behind it?
            for k in range(40):
                level = foot + size * 0.1 - size * 1.9 * k / 40
                if level < 380:
                    break
                edge = lane_half(level) * 1.02
                if x + span > lane_x(level) - edge and x < lane_x(level) + edge:
                    h = min(h, foot - level - size * 0.25)
                    break
            if h > size * 0.34:
                house(x, foot, w, h, size, plate.random.random() < 0.13 and h > size * 0.7)
                if plate.random.random() < 0.035 and h > size * 0.7 and size < 120:
                    palm(x + w, foot - size * 0.2, size * 1.9)
                x += span * plate.random.uniform(0.9, 1.0)
            else:
                x += size * 0.22
        y += size * 0.56
    return plate


PLATES: dict[str, Callable[[], Plate]] = {
    "le-levain/picture.jpg": draw_bread,
    "les-meandres/picture.jpg": draw_river,
    "les-meandres/figure.jpg": draw_river_map,
    "cinq-minutes-de-retard/picture.jpg": draw_station,
    "la-tournee/picture.jpg": draw_round,
    "the-estimated-minute/picture.jpg": draw_reader_desk,
    "kharait-al-mashi/picture.jpg": draw_city,
}


def save(plate: Plate, target: Path) -> int:
    """Render a plate, write it as a baseline JPEG file and return its size in bytes."""
    png = resvg_py.svg_to_bytes(svg_string=plate.svg(), skip_system_fonts=True)
    with Image.open(io.BytesIO(bytes(png))) as rendered:
        flat = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
        layer = rendered.convert("RGBA")
        flat.paste(layer, mask=layer.getchannel("A"))
    # A trace of ink spread: it rounds the razor edges of the vector shapes.
    flat = flat.filter(ImageFilter.GaussianBlur(0.75))
    flat.save(target, "JPEG", quality=82, progressive=False, optimize=True)
    return target.stat().st_size


def main(names: Sequence[str]) -> None:
    """Draw the plates asked for, or all of them."""
    here = Path(__file__).resolve().parent
    for name, draw in PLATES.items():
        if names and name not in names:
            continue
        target = here / name
        target.parent.mkdir(parents=True, exist_ok=True)
        print(f"{name}: {save(draw(), target) / 1000:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
