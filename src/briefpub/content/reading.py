"""A reading: what is gathered while one article's words become a tree (notes, ids, links, findings)."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import unquote

from briefpub.content.characters import one_line
from briefpub.content.codes import NO_ALT, UNSAFE_LINK
from briefpub.content.links import checked_href
from briefpub.content.slugs import ascii_slug, shortened
from briefpub.domain.document import Attributes, Direction, Image, Inlines, NoteRef, Picture
from briefpub.domain.finding import Finding, Severity

LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
CLASS = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")

FindPicture = Callable[[str, int | None], tuple[Image | None, tuple[Finding, ...]]]


class Token(Protocol):
    """What is asked of a token of markdown-it, so that one file alone imports it."""

    type: str
    tag: str
    nesting: int
    level: int
    content: str
    info: str
    hidden: bool
    attrs: dict[str, str | int | float]
    meta: dict[str, object]

    @property
    def map(self) -> list[int] | None:
        """Give the first line of a block and the line after its last, counted from 0."""

    @property
    def children(self) -> "Sequence[Token] | None":
        """Give the inline tokens of a block."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A piece of HTML as the author wrote it, among what is already a tree."""

    html: str
    line: int


@dataclass(slots=True, kw_only=True)
class Reading:
    """What one article's parse knows and gathers; `inline` turns a line of Markdown into inlines."""

    path: str
    first_line: int
    language: str
    pictures: FindPicture
    inline: Callable[[str, "Reading", int], Inlines]
    findings: list[Finding] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    places: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    references: dict[int, int] = field(default_factory=dict)
    fragments: dict[str, int] = field(default_factory=dict)
    articles: dict[str, int] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    woven: bool = False

    def remark(
        self, code: str, severity: Severity, message: str, *, line: int | None, hint: str = ""
    ) -> None:
        """Note a finding; `line` counts from 0 within the body."""
        finding = Finding(
            code=code,
            severity=severity,
            message=message,
            where=self.path,
            line=None if line is None else line + self.first_line,
            hint=hint,
        )
        if finding not in self.findings[-3:]:
            self.findings.append(finding)

    def note_ref(self, label: str) -> NoteRef:
        """Give the mark of a note, numbered in order of reference."""
        number = self.numbers.setdefault(label, len(self.numbers) + 1)
        self.references[number] = self.references.get(number, 0) + 1
        return NoteRef(note=note_id(number), number=number, ref=self.references[number])

    def href(self, raw: str, line: int) -> str:
        """Give a link's target, or nothing (and a finding) where it may not stand in an edition."""
        href = checked_href(raw)
        if href.startswith("#"):
            self.fragments.setdefault(unquote(href[1:]), line)
            href = unquote(href)
        elif href.startswith("article:"):
            self.articles.setdefault(href.removeprefix("article:"), line + self.first_line)
        elif not href:
            self.unsafe(raw, line)
        return href

    def unsafe(self, raw: str, line: int) -> None:
        """Remark that a link was dropped, and its words kept."""
        self.remark(
            UNSAFE_LINK,
            Severity.WARNING,
            f"a link to {one_line(raw)[:60]!r} was left out; its words stay",
            line=line,
            hint="links may go to http, https, mailto, tel, #places, files and article:<id>",
        )

    def picture(self, source: str, alt: str, line: int) -> Picture:
        """Find a picture and remark what it lacks."""
        image, findings = self.pictures(source, line + self.first_line)
        self.findings.extend(findings)
        alt = one_line(alt)
        if not alt:
            self.remark(
                NO_ALT,
                Severity.WARNING,
                f"the picture {one_line(source)[:80]!r} has no alternative text",
                line=line,
                hint="say in a few words what it shows: ![words](file)",
            )
        return Picture(source=source, alt=alt, image=image)

    def attributes(self, raw: Mapping[str, object]) -> Attributes:
        """Keep of an author's attributes what a tree knows: id, class, lang and dir."""
        direction = str(raw.get("dir", "")).lower()
        wanted = str(raw.get("id") or "")
        return Attributes(
            id=self.claim(wanted, fallback="place") if wanted else "",
            classes=tuple(CLASS.findall(str(raw.get("class") or ""))),
            lang=language_tag(str(raw.get("lang") or "")),
            dir=Direction(direction) if direction in {"ltr", "rtl"} else None,
        )

    def claim(self, wanted: str, *, fallback: str) -> str:
        """Give an id that no other part of the article has, and remember what it was asked for as.

        Ids are lower-case ASCII letters, digits and hyphens, beginning with a letter: valid in HTML, in
        XML (NCName) and in an address.
        """
        words = shortened(ascii_slug(wanted))
        latin = sum(char.isalpha() for char in words) * 3 >= sum(char.isalpha() for char in wanted)
        base = words if words and latin else fallback
        base = base if base[0].isalpha() else f"section-{base}"
        free = base
        count = 2
        while free in self.ids:
            free = f"{base}-{count}"
            count += 1
        self.ids.add(free)
        for name in (wanted, wanted.lower(), place_name(wanted), free):
            self.places.setdefault(name, free)
        return free


def note_id(number: int) -> str:
    """Give the id of a note. The low line keeps it apart from every id an author can have."""
    return f"note_{number}"


def place_name(heading: str) -> str:
    """Give the fragment that other tools make of a heading: lower case, marks dropped, hyphens for blanks."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def language_tag(text: str) -> str:
    """Give a language tag in the usual letter case (BCP 47, section 2.1.1), or nothing if it is none."""
    tag = text.strip().replace("_", "-")
    if not LANGUAGE_TAG.fullmatch(tag):
        return ""
    first, *rest = tag.split("-")
    cased = [part.title() if len(part) == 4 else part.upper() if len(part) == 2 else part for part in rest]
    return "-".join([first.lower(), *cased])
