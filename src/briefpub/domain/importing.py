"""What an importer gives: an article's Markdown source, and what it took each block of the original for."""

from dataclasses import dataclass

from briefpub.domain.finding import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifiedBlock:
    """One block of a source and what it was taken for, with the reason; `line` counts from 1."""

    line: int
    kind: str
    why: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """An article's Markdown source made from something else, under the slug it would be filed by."""

    slug: str
    source: str
    blocks: tuple[ClassifiedBlock, ...] = ()
    findings: tuple[Finding, ...] = ()
