"""Drawn pictures: a book's cover, and the typographic picture of an essay that has none (knows resvg)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape

import resvg_py

from briefpub.domain.article import Article
from briefpub.domain.errors import RenderError
from briefpub.domain.issue import Collection, Publication
from briefpub.domain.layout import Layout
from briefpub.render.cover_art import Frame, Seed, composition
from briefpub.render.lettering import Lettering, is_rtl, lettering
from briefpub.render.palette import Scheme, schemes
from briefpub.render.words import joined, long_date, number, numbered, word

COVER = (1600, 2560)
PHOTO = (1600, 1067)
MARGIN = 120
# Arabic letters reach further below the line and above it than Latin ones.
LEADING = {False: 1.06, True: 1.5}
RISE = {False: 0.76, True: 0.95}
MOST_LISTED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of words at its baseline; `x` is the edge it starts from, on the right when `rtl`."""

    text: str
    x: float
    y: float
    size: float
    fill: str
    set_in: Lettering
    rtl: bool = False
    from_end: bool = False
    tracking: float = 0

    def svg(self) -> str:
        """Draw the line; right-to-left words are embedded so that their punctuation falls in place."""
        rtl_words = is_rtl(self.text)
        words = f"\u202b{self.text}\u202c" if rtl_words else self.text
        anchor = "end" if self.rtl != self.from_end else "start"
        face = self.set_in.face
        spacing = f' letter-spacing="{self.tracking:.1f}"' if self.tracking and not rtl_words else ""
        return (
            f'<text x="{self.x:.1f}" y="{self.y:.1f}" font-family="\'{escape(face.family)}\'" '
            f'font-weight="{face.weight}" font-size="{self.size:.1f}" fill="{self.fill}" '
            f'text-anchor="{anchor}"{spacing}>{escape(words, quote=False)}</text>'
        )


def draw_cover(publication: Publication, layout: Layout) -> bytes:
    """Draw a book's cover as a PNG of 1600 by 2560 pixels, the same for the same publication and layout.

    Masthead, number and date, headline, what is inside, and a composition seeded by the identifier. Words
    that the layout's fonts cannot write are left out rather than shown as boxes. Raises LayoutError.
    """
    seed = Seed(publication.identifier.hex)
    scheme = seed.one_of(schemes(layout.tokens, layout.name))
    width, height = COVER
    lines: list[Line] = []
    rules: list[str] = []
    rtl = publication.direction == "rtl"
    start, end = (width - MARGIN, MARGIN) if rtl else (MARGIN, width - MARGIN)
    inside = width - 2 * MARGIN

    y = 190.0
    single = isinstance(publication, Collection) and publication.name == publication.headline
    if not single and (face := _face(layout, "display", publication.name, 600)):
        size, words = face.fitted(
            publication.name, width=inside, height=130, largest=92, smallest=44, leading=1.2
        )
        y = 204.0
        lines.append(Line(text=words[0], x=start, y=y, size=size, fill=scheme.ink, set_in=face, rtl=rtl))
        y += 54
    rules.append(_rule(MARGIN, y, inside, 4, scheme.mark))
    y += 62
    label, date = _number_of(publication), long_date(publication.date, publication.language)
    for text, x, from_end in ((label, start, False), (date, end, True)):
        if text and (face := _face(layout, "sans", text, 600)):
            lines.append(
                Line(text=text, x=x, y=y, size=38, fill=scheme.quiet, set_in=face, rtl=rtl, from_end=from_end)
            )
    y += 90

    rows = list(_contents(publication, layout, scheme, start=start, end=end))
    foot = height - MARGIN - 8 - (len(rows) - 1) * 68
    for place, row in enumerate(rows):
        lines.extend(replace(line, y=foot + place * 68) for line in row)
    below = foot - 92 if rows else height

    if face := _face(layout, "display", publication.headline, 400):
        headline_rtl = is_rtl(publication.headline)
        size, words = face.fitted(
            publication.headline,
            width=inside,
            height=860,
            largest=268,
            smallest=72,
            leading=LEADING[headline_rtl],
        )
        y += size * RISE[headline_rtl]
        for text in words:
            lines.append(Line(text=text, x=start, y=y, size=size, fill=scheme.ink, set_in=face, rtl=rtl))
            y += size * LEADING[headline_rtl]
        y -= size * (LEADING[headline_rtl] - 0.3)
    top = y + 70
    frame = Frame(x=0, y=top, width=width, height=below - top, mirrored=rtl)
    art = composition(seed, frame, scheme)
    return _painted(COVER, scheme.ground, "".join((art, *rules)), lines)


def draw_photo(article: Article, layout: Layout) -> bytes:
    """Draw an essay's picture from its title as a PNG of 1600 by 1067 pixels, the same for the same essay.

    Words that the layout's fonts cannot write are left out: the composition then fills the picture.
    Raises LayoutError.
    """
    seed = Seed(f"{article.id}\0{article.title}")
    scheme = seed.one_of(schemes(layout.tokens, layout.name))
    width, height = PHOTO
    face = _face(layout, "display", article.title, 400)
    if face is None:
        return _painted(
            PHOTO, scheme.ground, composition(seed, Frame(x=0, y=0, width=width, height=height), scheme), []
        )
    rtl = is_rtl(article.title)
    margin = 92
    # A brief shows the picture cut to a wider shape: what is written keeps clear of its upper and lower edge.
    clear = 172
    wide = 980 if len(article.title) > 40 else 900
    panel = width - wide
    start = width - margin if rtl else margin
    frame = Frame(x=0 if rtl else wide, y=0, width=panel, height=height, mirrored=rtl)
    room = wide - 2 * margin + 20
    lines: list[Line] = []
    kicker = article.tags[0] if article.tags else word(article.language, "essay")
    if small := _face(layout, "sans", kicker, 600):
        text = small.cut(kicker if is_rtl(kicker) else kicker.upper(), 30, room)
        lines.append(
            Line(
                text=text,
                x=start,
                y=clear + 34,
                size=30,
                fill=scheme.mark,
                set_in=small,
                rtl=rtl,
                tracking=3,
            )
        )
    by = joined(article.authors, article.language)
    if by and (small := _face(layout, "sans", by, 400)):
        text = small.cut(by, 34, room)
        lines.append(
            Line(text=text, x=start, y=height - clear, size=34, fill=scheme.quiet, set_in=small, rtl=rtl)
        )
    size, words = face.fitted(
        article.title,
        width=room,
        height=height - 2 * clear - 170,
        largest=170,
        smallest=48,
        leading=LEADING[rtl],
    )
    y = clear + 92 + size * RISE[rtl]
    for text in words:
        lines.append(Line(text=text, x=start, y=y, size=size, fill=scheme.ink, set_in=face, rtl=rtl))
        y += size * LEADING[rtl]
    return _painted(PHOTO, scheme.ground, composition(seed, frame, scheme), lines)


def _contents(
    publication: Publication, layout: Layout, scheme: Scheme, *, start: float, end: float
) -> Iterator[tuple[Line, ...]]:
    """Give the rows at a cover's foot, still without their height: titles and authors, or a count."""
    rtl = start > end
    width = abs(start - end)
    others = [article for article in publication.articles if article.title != publication.headline]
    if not others:
        names = tuple(dict.fromkeys(name for article in publication.articles for name in article.authors))
        text = joined(names, publication.language)
        if text and (face := _face(layout, "serif", text, 400)):
            text = face.cut(text, 46, width)
            yield (Line(text=text, x=start, y=0, size=46, fill=scheme.ink, set_in=face, rtl=rtl),)
        return
    shown = others if len(others) <= MOST_LISTED else others[: MOST_LISTED - 1]
    for article in shown:
        face = _face(layout, "serif", article.title, 400)
        if face is None:
            continue
        title = face.cut(article.title, 44, width)
        row = [Line(text=title, x=start, y=0, size=44, fill=scheme.ink, set_in=face, rtl=rtl)]
        by = joined(article.authors, article.language)
        small = _face(layout, "sans", by, 400) if by else None
        if small and face.width(title, 44) + small.width(by, 32) + 60 <= width:
            row.append(
                Line(text=by, x=end, y=0, size=32, fill=scheme.quiet, set_in=small, rtl=rtl, from_end=True)
            )
        yield tuple(row)
    if len(shown) < len(others) and publication.number is not None:
        count = number(len(publication.articles), publication.language)
        text = word(publication.language, "essays", n=count)
        if face := _face(layout, "sans", text, 600):
            yield (Line(text=text, x=start, y=0, size=34, fill=scheme.mark, set_in=face, rtl=rtl),)


def _number_of(publication: Publication) -> str:
    if publication.number is None:
        count = number(len(publication.articles), publication.language)
        return word(publication.language, "essays", n=count) if len(publication.articles) > 1 else ""
    return numbered(publication.number, publication.frequency, publication.language)


def _face(layout: Layout, token: str, text: str, weight: int) -> Lettering | None:
    """Give the lettering for `text`, or None where the layout's fonts cannot write all of it."""
    found = lettering(layout, token, weight=weight, text=text)
    return found if found and found.covers(text) else None


def _rule(x: float, y: float, width: float, thickness: float, fill: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{thickness:.1f}" fill="{fill}"/>'


def _painted(size: tuple[int, int], ground: str, shapes: str, lines: list[Line]) -> bytes:
    width, height = size
    words = "".join(line.svg() for line in lines)
    faces = {face.path for line in lines for face in (line.set_in.face, *line.set_in.others)}
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}"><rect width="{width}" height="{height}" fill="{ground}"/>'
        f"{shapes}{words}</svg>"
    )
    try:
        # Only the layout's own fonts: what the machine has installed must not change a cover.
        return bytes(resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True, font_files=sorted(faces)))
    except ValueError as error:
        raise RenderError(f"the picture cannot be drawn: {error}", format="epub") from error
