"""An article as the brief sets it: notes and addresses at the foot of the page, page numbers behind links."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from briefpub.domain.article import Article
from briefpub.domain.document import (
    Attributes,
    Block,
    Figure,
    Heading,
    InlinePicture,
    Inlines,
    Link,
    NoteRef,
    Passage,
    Picture,
    Section,
    Table,
    Text,
)
from briefpub.domain.issue import Publication
from briefpub.domain.walking import plain, walk_inlines
from briefpub.render import links, words
from briefpub.render.brief_notes import Footnotes, behind_link, note_body
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
        "alt": article.photo.picture.alt.strip()
        or plain(article.photo.caption).strip()
        or words.word(article.language, "photo"),
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


# --- markup ----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class BriefMarkup(Markup):
    """The markup of paper: pictures always described, and no heading that the bookmarks do not know.

    `pictured` describes a picture for which the author found no words: PDF/UA-1 (7.3) lets none go without.
    """

    pictured: str

    def block(self, block: Block) -> str:
        """Write one block; a heading within a quotation is a paragraph that looks like one."""
        match block:
            case Heading(children=children, attrs=attrs):
                marked = replace(attrs, classes=(*attrs.classes, "heading"))
                return f"<p{self.attributes(marked)}>{self.inlines(children)}</p>"
            case Table(header=header, rows=()):
                # A body without rows is no table to PDF/UA-1 (7.2): the header becomes its one row.
                return super().table(replace(block, header=(), rows=(header,))) if header else ""
            case Figure(picture=picture, caption=caption) if not picture.alt.strip():
                told = replace(picture, alt=plain(caption).strip() or self.pictured)
                return super().block(replace(block, picture=told))
            case _:
                return super().block(block)

    def link(self, link: Link) -> str:
        """Write a link; around a picture its note alone, for WeasyPrint tags it twice (PDF/UA-1, 7.18.5)."""
        address = self.href(link.href)
        if address is not None and any(
            isinstance(part, InlinePicture) for part in walk_inlines(link.children)
        ):
            return self.inlines(link.children) + self.behind(link, address)
        return super().link(link)

    def picture(self, picture: Picture) -> str:
        """Write a picture, described."""
        return super().picture(picture if picture.alt.strip() else replace(picture, alt=self.pictured))

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
            if ref.note in footnotes.open:
                return ""
            return f" [{footnotes.within(ref.note, lambda: note_body(within, found.blocks))}]"
        return footnotes.write(ref.note, lambda: note_body(within, found.blocks))

    def behind(link: Link, address: str) -> str:
        return behind_link(footnotes, link, address)

    within = BriefMarkup(
        href=href,
        show=show,
        note=note,
        behind=behind,
        prefix=f"{anchor(article.id)}--",
        pictured=words.word(article.language, "photo"),
    )
    return within
