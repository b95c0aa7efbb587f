"""Sections: headings among blocks become a nested outline without jumps, each with an id of its own."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from briefpub.content.codes import UNKNOWN_PLACE
from briefpub.content.reading import Reading, note_id, place_name
from briefpub.content.runs import merged, with_children
from briefpub.content.slugs import ascii_slug
from briefpub.content.tree import (
    Rewrite,
    rewritten,
    rewritten_notes,
    rewritten_sections,
    unchanged,
)
from briefpub.domain.document import (
    Block,
    Blocks,
    Division,
    Heading,
    Inline,
    Inlines,
    Link,
    Note,
    NoteRef,
    Section,
)
from briefpub.domain.finding import Severity
from briefpub.domain.walking import children_of, inlines_of, plain, walk, walk_inlines, walk_sections

DEEPEST_LEVEL = 6


@dataclass(slots=True)
class _Open:
    """A section still open: its level as the author wrote it, and what it holds so far."""

    written: int
    section: Section
    blocks: list[Block] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)

    def closed(self) -> Section:
        """Give the section with all it holds."""
        return replace(self.section, blocks=tuple(self.blocks), sections=tuple(self.sections))


def unwrapped(blocks: Iterable[Block]) -> Blocks:
    """Open the divisions that hold headings, so that `<div dir=rtl>` round an essay hides no section."""
    done: list[Block] = []
    for block in blocks:
        if isinstance(block, Division) and any(isinstance(inner, Heading) for inner in block.blocks):
            done.extend(unwrapped(block.blocks))
        else:
            done.append(block)
    return tuple(done)


def outline(blocks: Blocks, reading: Reading) -> tuple[Blocks, tuple[Section, ...]]:
    """Part blocks into what comes before the first heading, and the sections.

    The first level is 2, whatever the author's first heading was; each deeper one is one more.
    """
    lead: list[Block] = []
    done: list[Section] = []
    path: list[_Open] = []
    count = 0

    def close() -> None:
        section = path.pop().closed()
        (path[-1].sections if path else done).append(section)

    for block in blocks:
        if not isinstance(block, Heading):
            (path[-1].blocks if path else lead).append(block)
            continue
        count += 1
        while path and (path[-1].written >= block.level or len(path) >= DEEPEST_LEVEL - 1):
            close()
        words = plain(block.children)
        id = block.attrs.id or reading.claim(words, fallback=f"section-{count}")
        for name in (place_name(words), ascii_slug(words)):
            reading.places.setdefault(name, id)
        path.append(_Open(block.level, Section(id=id, level=len(path) + 2, heading=block.children)))
    while path:
        close()
    return tuple(lead), tuple(done)


@dataclass(frozen=True, slots=True)
class Settled:
    """The parts of a body whose links and notes agree with each other."""

    lead: Blocks
    sections: tuple[Section, ...]
    notes: tuple[Note, ...]

    def rewritten(self, rewrite: Rewrite) -> "Settled":
        """Rewrite every run of inlines."""
        return Settled(
            rewritten(self.lead, rewrite, ""),
            rewritten_sections(self.sections, rewrite, ""),
            rewritten_notes(self.notes, rewrite, ""),
        )


def linked_places(parts: Settled, reading: Reading) -> Settled:
    """Let links to `#places` lead to the ids that the article has; drop those that lead nowhere.

    Headings are also found by the name that other tools would make of them.
    """
    places = reading.places
    targets = {
        place: places.get(place) or places.get(place.lower()) or places.get(ascii_slug(place) or place)
        for place in reading.fragments
    }
    for place, line in reading.fragments.items():
        if not targets[place]:
            reading.remark(
                UNKNOWN_PLACE,
                Severity.WARNING,
                f"a link leads to #{place[:60]}, which the article does not have; its words stay",
                line=line,
                hint="give the heading that name: ## Heading {#name}",
            )

    def follow(inlines: Inlines, language: str) -> Inlines:
        done: list[Inline] = []
        for inline in inlines:
            children = follow(children_of(inline), language)
            if isinstance(inline, Link) and inline.href.startswith("#"):
                target = targets.get(inline.href[1:])
                if target:
                    done.append(Link(children, f"#{target}", inline.title))
                else:
                    done.extend(children)
            else:
                done.append(with_children(inline, children))
        return merged(done)

    return parts.rewritten(Rewrite(inlines=follow, alt=unchanged))


def renumbered(parts: Settled) -> Settled:
    """Give the notes numbers in order of the marks that the tree really holds; drop those with none."""
    numbers: dict[int, int] = {}
    counts: dict[int, int] = {}
    by_number = {note.number: note for note in parts.notes}

    def mark(ref: NoteRef) -> None:
        numbers.setdefault(ref.number, len(numbers) + 1)

    for run in _runs(parts):
        for inline in walk_inlines(run):
            if isinstance(inline, NoteRef):
                mark(inline)
    waiting = list(numbers)
    for old in waiting:
        for block in walk(by_number[old].blocks):
            for run in inlines_of(block):
                for inline in walk_inlines(run):
                    if isinstance(inline, NoteRef) and inline.number not in numbers:
                        mark(inline)
                        waiting.append(inline.number)

    def renew(inlines: Inlines, language: str) -> Inlines:
        done: list[Inline] = []
        for inline in inlines:
            if isinstance(inline, NoteRef):
                number = numbers[inline.number]
                counts[number] = counts.get(number, 0) + 1
                done.append(NoteRef(note=note_id(number), number=number, ref=counts[number]))
            else:
                done.append(with_children(inline, renew(children_of(inline), language)))
        return tuple(done)

    notes = tuple(
        replace(by_number[old], id=note_id(new), number=new)
        for old, new in sorted(numbers.items(), key=lambda pair: pair[1])
    )
    return Settled(parts.lead, parts.sections, notes).rewritten(Rewrite(inlines=renew, alt=unchanged))


def _runs(parts: Settled) -> Iterable[Inlines]:
    for block in walk(parts.lead):
        yield from inlines_of(block)
    for section in walk_sections(parts.sections):
        yield section.heading
        for block in walk(section.blocks):
            yield from inlines_of(block)
