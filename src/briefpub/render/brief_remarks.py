"""What the PDF engine says in its log, as findings and errors: nothing it could not do passes unseen."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from briefpub.domain.article import Article
from briefpub.domain.document import Code, CodeBlock, Text
from briefpub.domain.errors import RenderError
from briefpub.domain.finding import Finding, Severity
from briefpub.domain.issue import Publication
from briefpub.domain.layout import Layout
from briefpub.domain.walking import inlines_of, walk_inlines

PLACE = re.compile(r"\bat (\d+):\d+")
NO_GLYPH = re.compile(r"\.notdef glyph rendered.*\(U\+([0-9A-F]+)\)", re.DOTALL)
ASTRAY = re.compile(r"Anchor defined twice|undefined anchor|No anchor|-weasy-(?:anchor|link)")
NO_SUBSET = "HarfBuzz-Subset"
# What the engine goes on after, and the page would be wrong all the same.
WRONG_PAGE = re.compile(
    r"Failed to load|Failed to render|Failed to apply|cannot be loaded|no required alt|"
    r'Missing required "lang"|Unable to (?:subset|instantiate|save)|Unknown image mode'
)
APT_PANGO = "sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
APT_SUBSET = "sudo apt-get install libharfbuzz-subset0"
# A script as the Unicode Character Database names its letters, and the Debian package with a font for it.
FONTS_FOR = (
    (("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "IDEOGRAPHIC", "BOPOMOFO"), "fonts-noto-cjk"),
    (("EMOJI", "FACE", "HEART", "REGIONAL INDICATOR"), "fonts-noto-color-emoji"),
)
OTHER_FONTS = "fonts-noto-core"
MOST_NAMED = 3


def remarks(heard: Iterable[str], publication: Publication, layout: Layout) -> tuple[Finding, ...]:
    """Turn the engine's warnings into findings, each once, in the order in which they came.

    Raises RenderError for one that means a wrong page.
    """
    findings: dict[Finding, None] = {}
    missing: dict[str, None] = {}
    for message in heard:
        if glyph := NO_GLYPH.search(message):
            missing[chr(int(glyph[1], 16))] = None
        elif NO_SUBSET in message:
            findings[SLOW_SUBSET] = None
        elif ASTRAY.search(message):
            findings[astray(message, publication)] = None
        elif WRONG_PAGE.search(message):
            raise RenderError(
                one_line(message),
                format="pdf",
                where=publication.key,
                hint="a brief shows the pictures of its articles and the fonts of its layout alone",
            )
        else:
            findings[misunderstood(message, layout)] = None
    return (*missing_glyphs(tuple(missing), publication), *findings)


def misunderstood(message: str, layout: Layout) -> Finding:
    """Remark on a style that the engine passed over, at its line where it named one."""
    place = PLACE.search(message)
    sheet = layout.files.get("brief.css")
    return Finding(
        code="R001",
        severity=Severity.WARNING,
        message=f"the PDF engine: {one_line(message)}",
        where=sheet.path if sheet else layout.name,
        line=int(place[1]) if place else None,
        hint="take the declaration out of brief.css, or write it as WeasyPrint's list of CSS features has it",
    )


def astray(message: str, publication: Publication) -> Finding:
    """Remark on a link within the brief that leads nowhere, or to the first of two places of one name."""
    return Finding(
        code="R003",
        severity=Severity.WARNING,
        message=f"a link within the brief may lead astray: {one_line(message)}",
        where=publication.key,
        hint="give every place its own name, of letters, digits and -",
    )


def missing_glyphs(characters: Sequence[str], publication: Publication) -> tuple[Finding, ...]:
    """Remark on characters that no font has: once for each article, and each package that would bring one."""
    missed: dict[tuple[str, str], list[str]] = {}
    texts = [(article.path or article.id, "".join(all_text(article))) for article in publication.articles]
    for character in characters:
        package = fonts_for(unicodedata.name(character, ""))
        holders = [where for where, text in texts if character in text] or [publication.key]
        for where in holders:
            missed.setdefault((where, package), []).append(character)
    return tuple(
        Finding(
            code="R010",
            severity=Severity.ERROR,
            message=f"no font has {named(several)}",
            where=where,
            hint=f"install a font that has it (on Debian: sudo apt-get install {package}), "
            "or put one into the layout's fonts folder and name it in tokens.css",
        )
        for (where, package), several in missed.items()
    )


def named(characters: Sequence[str]) -> str:
    """Name characters by code point and Unicode name, the first few of many."""
    shown = [
        f"“{character}” (U+{ord(character):04X}, {unicodedata.name(character, 'a character without a name')})"
        for character in characters[:MOST_NAMED]
    ]
    rest = len(characters) - len(shown)
    return ", ".join(shown) + (f" and {rest} more characters" if rest else "")


def foreign_fonts(families: Iterable[str], layout: Layout) -> tuple[Finding, ...]:
    """Remark on families that the layout does not bring: another machine may not have them.

    A font's file is taken to be named after its family, as in `SourceSerif4-Regular.ttf`.
    """
    own = {letters(name.rsplit(".", 1)[0].rsplit("-", 1)[0]) for name in layout.fonts}
    return tuple(
        Finding(
            code="R011",
            severity=Severity.NOTE,
            message=f"part of the brief is set in “{family}”, a font of this machine",
            where=layout.name,
            hint="put the font into the layout's fonts folder, so that every machine makes the same file",
        )
        for family in sorted(set(families))
        if own and letters(family) not in own
    )


SLOW_SUBSET = Finding(
    code="R012",
    severity=Severity.WARNING,
    message="libharfbuzz-subset is missing: a brief takes about seven times as long",
    where="pdf",
    hint=APT_SUBSET,
)


def all_text(article: Article) -> Iterable[str]:
    """Give every run of words of an article."""
    yield article.title
    yield from article.authors
    yield from (link.title for link in article.related)
    for inline in article.inlines():
        if isinstance(inline, Text | Code):
            yield inline.text
    for block in article.body():
        if isinstance(block, CodeBlock):
            yield block.text
        for run in inlines_of(block):
            yield from (inline.text for inline in walk_inlines(run) if isinstance(inline, Text | Code))


def fonts_for(name: str) -> str:
    """Name the Debian package with a font for a character, by the character's Unicode name."""
    return next((package for marks, package in FONTS_FOR if any(mark in name for mark in marks)), OTHER_FONTS)


def letters(name: str) -> str:
    """Give the letters and digits of a name alone, in one case, for comparison."""
    return "".join(character for character in name.casefold() if character.isalnum())


def one_line(message: str) -> str:
    """Give a log line without its line breaks, cut where it would fill a screen."""
    flat = " ".join(message.split())
    return flat if len(flat) <= 300 else flat[:299] + "…"
