"""An article as the brief sets it: notes and addresses at the foot of the page, page numbers behind links."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from html import escape
from itertools import groupby
from typing import Any

from briefpub.domain.article import Article
from briefpub.domain.document import (
    Attributes,
    Block,
    Blocks,
    CodeBlock,
    DefinitionList,
    Figure,
    Heading,
    Inlines,
    ItemList,
    Link,
    NoteRef,
    Paragraph,
    Passage,
    Picture,
    Rule,
    Section,
    Table,
    Text,
)
from briefpub.domain.issue import Publication
from briefpub.domain.walking import blocks_of, plain
from briefpub.render import links, words
from briefpub.render.markup import Markup, Shown
from briefpub.render.templating import safe

# Letters of the running title that fit beside the publication's name.
ROOM = 50

Show = Callable[[Picture], Shown | None]


def anchor(article: str, section: str = "") -> str:
    """Give the id of an article in the brief, or of one of its sections."""
    return f"a-{article}--{section}" if section else f"a-{article}"


def article_values(publication: Publication, article: Article, show: Show) -> dict[str, Any]:
    """Give every value that brief.html.j2 may use of one article; `render.brief` lists them."""
    markup = markup_of(publication, article, show)
    standfirst = markup.inlines(article.standfirst)
    photo = photo_values(article, markup)
    return {
        "id": anchor(article.id),
        "title": article.title,
        "heading": heading(article.title),
        "short": short(article.title),
        "size": size_of(article.title),
        "kicker": article.tags[0] if article.tags else words.word(article.language, "essay"),
        "standfirst": safe(standfirst),
        "byline": words.joined(article.authors, article.language),
        "date": words.long_date(article.date, article.language),
        "minutes": words.word(
            article.language, "minutes", n=words.number(article.minutes(), article.language)
        ),
        "photo": photo,
        "lead": safe(markup.blocks(article.lead)),
        "sections": safe(markup.sections(levelled(article.sections))),
        "related": related_values(publication, article),
        "words": words.words(article.language),
        "language": article.language,
        "direction": article.direction.value,
    }


def bound(heading: Inlines) -> Inlines:
    """Give a heading whose last two words stay on one line, for one word alone below looks lost."""
    match heading:
        case (*before, Text(text)) if len(ends := text.rsplit(" ", 2)) == 3 and len(ends[1] + ends[2]) <= 24:
            last = Passage((Text(f"{ends[1]} {ends[2]}"),), Attributes(classes=("bound",)))
            return (*before, Text(f"{ends[0]} "), last)
        case _:
            return heading


def heading(title: str) -> str:
    """Give a title as markup, its last two words held together."""
    return safe(Markup().inlines(bound((Text(title),))))


def short(title: str) -> str:
    """Give a title that fits one line above the text: its first part, or the words there is room for."""
    if len(title) <= ROOM:
        return title
    first = re.split(r"\s*[:;–—(]\s", title, maxsplit=1)[0]
    if 8 <= len(first) <= ROOM:
        return first
    return title[:ROOM].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def size_of(title: str) -> str:
    """Say how large a title may be set: a long one is set smaller."""
    length = len(title)
    return "short" if length <= 40 else "medium" if length <= 80 else "long"


def photo_values(article: Article, markup: Markup) -> dict[str, Any] | None:
    """Give the article's photo for the template, or None where it has no file."""
    shown = markup.show(article.photo.picture) if article.photo else None
    if article.photo is None or shown is None:
        return None
    return {
        "src": shown.src,
        "width": shown.width,
        "height": shown.height,
        "alt": described(article.photo.picture, article).alt,
        "caption": safe(markup.inlines(article.photo.caption)),
        "credit": article.photo.credit,
    }


def related_values(publication: Publication, article: Article) -> list[dict[str, Any]]:
    """Give the related links by group, in the order in which they were written."""

    def inside(target: str, section: str) -> str:
        return f"#{anchor(target, section)}"

    return [
        {
            "group": group,
            "links": [
                {
                    "title": links.related_title(publication, link),
                    "address": links.related(publication, link, inside) or "",
                    "photo_alt": link.photo_alt,
                }
                for link in members
            ],
        }
        for group, members in groupby(article.related, key=lambda link: link.group)
    ]


def levelled(sections: tuple[Section, ...], level: int = 2) -> tuple[Section, ...]:
    """Give the sections with levels that follow their depth: PDF/UA-1 (ISO 14289-1, 7.4.2) skips none."""
    return tuple(
        replace(section, level=level, sections=levelled(section.sections, level + 1)) for section in sections
    )


def described(picture: Picture, article: Article, caption: str = "") -> Picture:
    """Give the picture with an alternative text, for PDF/UA-1 (7.3) lets no figure go without one."""
    if picture.alt.strip():
        return picture
    return replace(picture, alt=caption or words.word(article.language, "photo"))


# --- markup ----------------------------------------------------------------------------------


@dataclass(slots=True)
class Footnotes:
    """The notes of one article as they come: author's notes and printed addresses in one row of numbers."""

    article: Article
    numbers: dict[str, int] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)

    def write(self, key: str, body: Callable[[], str]) -> str:
        """Write a note where it is first called for, and its number alone from then on."""
        if key in self.numbers:
            number = self.numbers[key]
            shown = words.number(number, self.article.language)
            return f'<sup class="again"><a href="#{self._id(number)}">{shown}</a></sup>'
        number = self.numbers[key] = len(self.numbers) + 1
        self.open.append(key)
        inside = body()
        self.open.pop()
        shown = words.number(number, self.article.language)
        return f'<span class="note" id="{self._id(number)}" data-n="{shown}">{inside}</span>'

    def _id(self, number: int) -> str:
        return f"n-{self.article.id}-{number}"


class BriefMarkup(Markup):
    """The markup of paper: figures always described, and no heading that the bookmarks do not know."""

    def block(self, block: Block) -> str:
        """Write one block; a heading within a quotation is a paragraph that looks like one."""
        match block:
            case Heading(children=children, attrs=attrs):
                marked = replace(attrs, classes=(*attrs.classes, "heading"))
                return f"<p{self.attributes(marked)}>{self.inlines(children)}</p>"
            case _:
                return super().block(block)

    def section(self, section: Section) -> str:
        """Write one section and those under it, the last words of its heading held together."""
        return super().section(replace(section, heading=bound(section.heading)))


def markup_of(publication: Publication, article: Article, show: Show) -> Markup:
    """Give the markup that writes `article`, its notes numbered from 1."""
    footnotes = Footnotes(article)
    notes = {note.id: note for note in article.notes}

    def inside(target: str, section: str) -> str:
        return f"#{anchor(target, section)}"

    def href(address: str) -> str | None:
        return links.resolved(publication, article, address, inside)

    def note(ref: NoteRef) -> str:
        found = notes.get(ref.note)
        if found is None:
            return ""
        if footnotes.open:  # a note within a note has no foot of its own to go to
            return "" if ref.note in footnotes.open else f" [{note_body(within, found.blocks)}]"
        return footnotes.write(ref.note, lambda: note_body(within, found.blocks))

    def behind(link: Link, address: str) -> str:
        return behind_link(footnotes, link, address)

    def shown(picture: Picture) -> Shown | None:
        return show(picture)

    within = BriefMarkup(href=href, show=shown, note=note, behind=behind, prefix=f"{anchor(article.id)}--")
    return within


def behind_link(footnotes: Footnotes, link: Link, address: str) -> str:
    """Write what paper needs behind a link: the page it leads to, or its address as a note."""
    if address.startswith("#"):
        return f'<a class="page" href="{escape(address)}"></a>'
    printed = printed_address(address)
    if plain(link.children).strip().rstrip("/") in {printed.rstrip("/"), printed.rstrip("/").split("//")[-1]}:
        return ""
    link_to = f'<a class="address" href="{escape(address)}">{escape(printed, quote=False)}</a>'
    if footnotes.open:
        return f" ({link_to})"
    return footnotes.write(address, lambda: link_to)


def printed_address(address: str) -> str:
    """Give an address as a reader would type it."""
    for scheme in ("mailto:", "tel:"):
        if address.lower().startswith(scheme):
            return address[len(scheme) :]
    return address


def note_body(markup: Markup, blocks: Blocks) -> str:
    """Write a note's blocks as inlines: it stands within a paragraph, which HTML lets hold no block."""
    return " ".join(part for block in blocks for part in _note_parts(markup, block))


def _note_parts(markup: Markup, block: Block) -> Iterator[str]:
    match block:
        case Paragraph(children=children) | Heading(children=children):
            yield f'<span class="part">{markup.inlines(children)}</span>'
        case CodeBlock(text=text):
            yield f'<code class="part">{escape(text, quote=False)}</code>'
        case Figure(picture=picture, caption=caption):
            yield f'<span class="part">{markup.picture(picture)} {markup.inlines(caption)}</span>'
        case Table(header=header, rows=rows):
            for row in (header, *rows):
                cells = " · ".join(markup.inlines(cell) for cell in row)
                yield f'<span class="part">{cells}</span>'
        case DefinitionList(items=items):
            for term, definitions in items:
                told = " ".join(note_body(markup, definition) for definition in definitions)
                yield f'<span class="part"><strong>{markup.inlines(term)}</strong> {told}</span>'
        case ItemList(items=items):
            for item in items:
                yield f'<span class="part item">– {note_body(markup, item)}</span>'
        case Rule():
            return
        case _:
            for inner in blocks_of(block):
                yield note_body(markup, inner)
