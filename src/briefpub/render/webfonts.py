"""Web fonts as `data:` addresses within a style sheet, each face only where the page has letters for it."""

import re
from base64 import b64encode

from briefpub.domain.errors import LayoutError
from briefpub.domain.layout import Layout
from briefpub.render.styles import stylesheet

FACE = re.compile(r"@font-face\s*\{[^}]*\}\n?")
ADDRESS = re.compile(r"url\(\s*[\"']?(?:\./)?fonts/([^)\"']+)[\"']?\s*\)")
RANGE = re.compile(r"unicode-range\s*:\s*([^;}]+)")
SPAN = re.compile(r"U\+([0-9A-F?]{1,6})(?:-([0-9A-F]{1,6}))?", re.IGNORECASE)
FAMILY = re.compile(r"font-family\s*:\s*[\"']?([^;\"'}]+)")


def with_fonts(layout: Layout, name: str, *, letters: set[str], code: bool) -> str:
    """Give the sheet `name` with its `url(fonts/….woff2)` embedded.

    A face goes out when its `unicode-range` holds none of `letters`, and the first family of the token
    `--mono` when the page has no `code`. Raises LayoutError with file and line for a font that the
    layout does not have.
    """
    css = stylesheet(layout, name)
    points = sorted(map(ord, letters))
    mono = layout.tokens.get("mono", "").split(",", 1)[0].strip("\"' ")

    def face(match: re.Match[str]) -> str:
        rule = match[0]
        family = FAMILY.search(rule)
        if not code and family and family[1].strip() == mono:
            return ""
        span = RANGE.search(rule)
        if span and not _meets(span[1], points):
            return ""
        line = css.count("\n", 0, match.start()) + 1
        return ADDRESS.sub(lambda found: f"url({_data(layout, name, found[1], line)})", rule)

    return FACE.sub(face, css)


def _meets(ranges: str, points: list[int]) -> bool:
    for match in SPAN.finditer(ranges):
        low = int(match[1].replace("?", "0"), 16)
        high = int(match[2] or match[1].upper().replace("?", "F"), 16)
        if any(low <= point <= high for point in points):
            return True
    return False


def _data(layout: Layout, name: str, font: str, line: int) -> str:
    if font not in layout.webfonts:
        raise LayoutError(
            f"the layout has no font {font!r}",
            where=f"{layout.files[name].path}:{line}",
            hint=f"put it into fonts/ or use one of: {', '.join(sorted(layout.webfonts)) or 'none'}",
        )
    return f"data:font/woff2;base64,{b64encode(layout.webfonts[font]).decode()}"
