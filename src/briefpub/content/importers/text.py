"""Scraped plain text becomes an article: title, photo, lead, sections, related links; the rest is told."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from briefpub.content.importers.codes import BODY_PHOTO, NO_LANGUAGE, NO_TITLE, TAIL_LEFT_OUT
from briefpub.content.importers.text_blocks import blocks_of, text_of
from briefpub.content.importers.text_classes import Classified, Kind, classify
from briefpub.content.importers.text_language import guess_language
from briefpub.content.importers.text_shape import photo_alt
from briefpub.content.slugs import slug_of
from briefpub.content.source import escape, write_source
from briefpub.domain.errors import ContentError
from briefpub.domain.finding import Finding, Severity
from briefpub.domain.importing import ClassifiedBlock, Imported

MOST_BYTES = 10_000_000
BULLETED = re.compile(r"[•◦▪‣●]\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class ScrapedParagraph:
    """A paragraph and the line it begins on; the lines of verse are parted by line feeds."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class ScrapedSection:
    """A heading and its paragraphs."""

    heading: str
    line: int
    paragraphs: tuple[ScrapedParagraph, ...]


@dataclass(frozen=True, slots=True)
class ScrapedRelated:
    """A related essay found below the text, with the lines of its photo and its title."""

    title: str
    photo_alt: str
    lines: tuple[int, ...]
    group: str


@dataclass(frozen=True, slots=True)
class RelatedGroup:
    """The label of related essays, and how many were found under it."""

    label: str
    line: int
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrapedEssay:
    """A scraped page, understood. Every block stands in `blocks`, in order, with what it was taken for."""

    title: str
    title_line: int
    photo_alt: str
    photo_line: int
    language: str
    lead: tuple[ScrapedParagraph, ...]
    sections: tuple[ScrapedSection, ...]
    related: tuple[ScrapedRelated, ...]
    groups: tuple[RelatedGroup, ...]
    dropped: tuple[ScrapedParagraph, ...]
    blocks: tuple[ClassifiedBlock, ...]
    findings: tuple[Finding, ...]


def read(data: bytes, *, name: str, language: str) -> Imported:
    """Give the Markdown of a scraped text; `language` is a tag, or empty to guess it.

    Nothing is invented: what the page did not say (date, author, address, the photo's file) stays unsaid.
    Raises ContentError where there is no text at all.
    """
    essay = parse(data, language, name=name)
    front: dict[str, object] = {}
    if essay.title:
        front["title"] = essay.title
    if essay.language:
        front["lang"] = essay.language
    if essay.photo_alt:
        front["photo"] = {"alt": essay.photo_alt}
    related = [
        {"title": each.title, "photo_alt": each.photo_alt, **({"group": each.group} if each.group else {})}
        for each in essay.related
    ]
    if related:
        front["related"] = related
    parts = list(_markdown(essay.lead))
    for section in essay.sections:
        parts.append(f"## {escape(section.heading)}")
        parts.extend(_markdown(section.paragraphs))
    slug = slug_of(essay.title or name.rpartition("/")[2].rpartition(".")[0] or name)
    source = write_source(front, "\n\n".join(parts) + "\n")
    return Imported(slug=slug, source=source, blocks=essay.blocks, findings=essay.findings)


def parse(data: bytes, language: str, *, name: str = "") -> ScrapedEssay:
    """Understand a scraped text; `language` is a tag, or empty to guess it.

    Raises ContentError where there is no text at all, or more than 10 MB of it.
    """
    if len(data) > MOST_BYTES:
        raise ContentError("over 10 MB: no essay is that long", path=name, hint="part it into essays first")
    text, findings = text_of(data, where=name)
    blocks = classify(blocks_of(text))
    if not blocks:
        raise ContentError("there is no text in it", path=name)
    essay_text = "\n".join(each.block.text for each in blocks if each.kind is not Kind.DROPPED)
    tag = language or guess_language(essay_text)
    title = _first(blocks, Kind.TITLE)
    photo = _first(blocks, Kind.PHOTO)
    lead, sections = _body(blocks)
    related, groups = _related(blocks)
    return ScrapedEssay(
        title=title.block.text if title else "",
        title_line=title.block.line if title else 0,
        photo_alt=photo_alt(photo.block.text) if photo else "",
        photo_line=photo.block.line if photo else 0,
        language=tag,
        lead=lead,
        sections=sections,
        related=related,
        groups=groups,
        dropped=tuple(_paragraph(each) for each in blocks if each.kind in {Kind.DROPPED, Kind.GROUP}),
        blocks=tuple(
            ClassifiedBlock(line=each.block.line, kind=each.kind.value, why=each.why, text=each.block.text)
            for each in blocks
        ),
        findings=findings + tuple(_remarks(blocks, tag, title, name)),
    )


def _first(blocks: Sequence[Classified], kind: Kind) -> Classified | None:
    return next((each for each in blocks if each.kind is kind), None)


def _paragraph(each: Classified) -> ScrapedParagraph:
    return ScrapedParagraph(each.block.text, each.block.line)


def _body(blocks: Sequence[Classified]) -> tuple[tuple[ScrapedParagraph, ...], tuple[ScrapedSection, ...]]:
    lead: list[ScrapedParagraph] = []
    sections: list[tuple[Classified, list[ScrapedParagraph]]] = []
    for each in blocks:
        if each.kind is Kind.HEADING:
            sections.append((each, []))
        elif each.kind in {Kind.PARAGRAPH, Kind.BODY_PHOTO}:
            (sections[-1][1] if sections else lead).append(_paragraph(each))
    return tuple(lead), tuple(
        ScrapedSection(heading.block.text, heading.block.line, tuple(paragraphs))
        for heading, paragraphs in sections
    )


def _related(blocks: Sequence[Classified]) -> tuple[tuple[ScrapedRelated, ...], tuple[RelatedGroup, ...]]:
    related: list[ScrapedRelated] = []
    groups: list[RelatedGroup] = []
    for place, each in enumerate(blocks):
        if each.kind is Kind.GROUP:
            groups.append(RelatedGroup(each.block.text, each.block.line, 0))
        elif each.kind is Kind.RELATED:
            photo = blocks[place - 1].block
            group = groups[-1].label if groups else ""
            lines = (photo.line, each.block.line)
            related.append(ScrapedRelated(each.block.text, photo_alt(photo.text), lines, group))
            if groups:
                groups[-1] = replace(groups[-1], items=groups[-1].items + 1)
    return tuple(related), tuple(groups)


def _remarks(
    blocks: Sequence[Classified], language: str, title: Classified | None, name: str
) -> Iterator[Finding]:
    if title is None:
        yield Finding(
            code=NO_TITLE,
            severity=Severity.WARNING,
            message="no line at the top has the shape of a title",
            where=name,
            hint="write `title:` into the article's front matter",
        )
    if not language:
        yield Finding(
            code=NO_LANGUAGE,
            severity=Severity.WARNING,
            message="the language could not be told from the words",
            where=name,
            hint="name it: briefpub import --lang fr",
        )
    for each in blocks:
        if each.kind is Kind.BODY_PHOTO:
            yield Finding(
                code=BODY_PHOTO,
                severity=Severity.WARNING,
                message=f"a photo's alt text stands in the text: {each.block.text[:80]}",
                where=name,
                line=each.block.line,
                hint="put the picture there, or delete the line",
            )
    dropped = [each for each in blocks if each.kind in {Kind.DROPPED, Kind.GROUP}]
    if dropped:
        yield Finding(
            code=TAIL_LEFT_OUT,
            severity=Severity.NOTE,
            message=f"{len(dropped)} lines that are not the essay's were left out",
            where=name,
            line=dropped[0].block.line,
            hint="see which: briefpub import --dry-run",
        )


def _markdown(paragraphs: Sequence[ScrapedParagraph]) -> Iterator[str]:
    """Write paragraphs; a run of bullets becomes a list, the lines of verse keep their breaks."""
    items: list[str] = []
    for place, each in enumerate(paragraphs):
        beside = paragraphs[max(0, place - 1) : place + 2]
        if BULLETED.match(each.text) and sum(bool(BULLETED.match(one.text)) for one in beside) > 1:
            items.append(f"- {escape(BULLETED.sub('', each.text, count=1))}")
            continue
        if items:
            yield "\n".join(items)
            items = []
        yield "\\\n".join(escape(line) for line in each.text.split("\n"))
    if items:
        yield "\n".join(items)
