"""The parts of a mail digest: each essay's markup, for programs that know tables and little else."""

from dataclasses import asdict, dataclass, field, replace
from html import escape
from typing import Any

from briefpub.domain.article import Article
from briefpub.domain.document import Block, Blocks, Figure, Note, NoteRef, Picture, Section
from briefpub.domain.issue import EditionPicture, Publication
from briefpub.domain.pictures import Pictures, PictureUse
from briefpub.domain.walking import inlines_of, walk, walk_inlines, walk_sections
from briefpub.render import words
from briefpub.render.frame import entry_of
from briefpub.render.links import (
    anchor,
    note_anchor,
    on_the_web,
    related_items,
    resolved,
    web_address,
)
from briefpub.render.markup import Markup, Shown
from briefpub.render.outline import depths, outlined, under
from briefpub.render.overflow import Trim
from briefpub.render.templating import safe

COLUMN = 520  # the sheet's 600 pixels without its margins; pictures come twice as wide


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The pictures a digest shows, each a file beside it, named by what it holds."""

    pictures: Pictures
    files: dict[str, EditionPicture] = field(default_factory=dict)

    def show(self, picture: Picture) -> Shown | None:
        """Give a picture's place and its measures in the column, or None where it has no file."""
        if picture.image is None:
            return None
        made = self.pictures.rendition(picture.image, PictureUse.DIGEST)
        path = f"pictures/{made.sha256[:16]}-{made.width}{made.extension}"
        self.files[path] = EditionPicture(path=path, media_type=made.media_type, data=made.data)
        width = min(COLUMN, made.width)
        return Shown(src=path, width=width, height=max(1, round(made.height * width / made.width)))


class MailMarkup(Markup):
    """Markup without `section` and `figure`, which mail programs' style rules do not reach."""

    __slots__ = ()

    def block(self, block: Block) -> str:
        """Write one block, a figure as a division."""
        if not isinstance(block, Figure):
            return Markup.block(self, block)
        caption = f'\n<p class="caption">{self.inlines(block.caption)}</p>' if block.caption else ""
        return f'<div class="figure">{self.picture(block.picture)}{caption}</div>'

    def section(self, section: Section) -> str:
        """Write one section as its heading and its blocks."""
        tag = f"h{self.level(section.level)}"
        depth = ' class="sub"' if section.level > 2 else ""
        parts = [f"<{tag}{depth}>{self.inlines(section.heading)}</{tag}>"]
        if section.blocks:
            parts.append(self.blocks(section.blocks))
        if section.sections:
            parts.append(self.sections(section.sections))
        return "\n".join(parts)


def article_parts(
    publication: Publication, article: Article, index: int, trim: Trim, shelf: Shelf, *, full: bool
) -> dict[str, Any]:
    """Give what the template sets of one essay after `trim`: its words, its markup, its links to the web."""
    entry = entry_of(publication, article)
    single = len(publication.articles) == 1
    inside = on_the_web(publication)
    markup = MailMarkup(
        href=lambda href: resolved(publication, article, href, inside),
        show=shelf.show,
        note=lambda ref: _note_mark(publication, article, ref),
        prefix=f"{article.id}-",
        shift=0 if single else 1,
    )
    sections = outlined(article.sections[: trim.sections[index]])
    lead = under(article.lead, 2) if trim.leads[index] else ()
    if not trim.captions:
        sections, lead = _captionless(sections), tuple(map(_without_caption, lead))
    cut = len(sections) < len(article.sections) or not trim.leads[index]
    rest = replace(article, lead=() if lead else article.lead, sections=article.sections[len(sections) :])
    return {
        **asdict(entry),
        "photo": _photo(article, markup, captions=trim.captions),
        "standfirst": safe(markup.inlines(article.standfirst)),
        "lead": safe(markup.blocks(lead)),
        "body": safe(markup.sections(sections)),
        "notes": [
            {"number": words.number(note.number, entry.speech), "text": safe(markup.item(note.blocks))}
            for note in _notes_of(article, lead, sections, full=full)
        ],
        "headings": [
            {
                "text": safe(Markup().inlines(section.heading)),  # it becomes a link: none within
                "depth": min(depth, 3),
                "address": web_address(publication, anchor(article.id, section.id)),
            }
            for section, depth in depths(article.sections)
        ]
        if trim.lists and not full
        else [],
        "rest": web_address(publication, anchor(article.id, rest.sections[0].id))
        if cut and lead and rest.sections
        else entry.web
        if cut
        else "",
        "rest_minutes": _minutes(rest, entry.speech),
        "related": _related(publication, article, markup) if trim.lists else [],
        "words": words.words(entry.speech),
        "heading": "h1" if single else "h2",
    }


def _minutes(article: Article, speech: str) -> str:
    return words.word(speech, "minutes_short", n=words.number(article.minutes(), speech))


def _note_mark(publication: Publication, article: Article, ref: NoteRef) -> str:
    address = web_address(publication, note_anchor(article.id, ref.number))
    speech = words.spoken(article.language, publication.language)
    number = words.number(ref.number, speech)
    label = words.word(speech, "note", n=number)
    return f'<sup><a href="{escape(address)}" aria-label="{escape(label)}">{escape(number)}</a></sup>'


def _photo(article: Article, markup: MailMarkup, *, captions: bool) -> dict[str, Any] | None:
    if article.photo is None:
        return None
    picture = article.photo.picture
    shown = markup.show(picture)
    return {
        "src": shown.src if shown else "",
        "width": shown.width if shown else 0,
        "height": shown.height if shown else 0,
        "alt": picture.alt,
        "caption": safe(markup.inlines(article.photo.caption)) if captions else "",
        "credit": article.photo.credit if captions else "",
    }


def _related(publication: Publication, article: Article, markup: Markup) -> list[dict[str, Any]]:
    return [
        {
            "title": item.title,
            "address": item.address,
            "alt": item.link.photo_alt,
            "group": item.link.group,
            "tongue": safe(markup.language(item.language, item.direction)),
        }
        for item in related_items(publication, article, on_the_web(publication))
    ]


def _notes_of(
    article: Article, lead: Blocks, sections: tuple[Section, ...], *, full: bool
) -> tuple[Note, ...]:
    """Give the notes whose marks are still there; a digest of leads sends to the web page's."""
    if not full:
        return ()
    runs = [article.standfirst, *(section.heading for section in walk_sections(sections))]
    if article.photo:
        runs.append(article.photo.caption)
    for blocks in (lead, *(section.blocks for section in walk_sections(sections))):
        runs.extend(run for block in walk(blocks) for run in inlines_of(block))
    whole = len(sections) == len(article.sections)
    marked = {ref.note for run in runs for ref in walk_inlines(run) if isinstance(ref, NoteRef)}
    return tuple(note for note in article.notes if whole or note.id in marked)


def _captionless(sections: tuple[Section, ...]) -> tuple[Section, ...]:
    return tuple(
        replace(
            section,
            blocks=tuple(map(_without_caption, section.blocks)),
            sections=_captionless(section.sections),
        )
        for section in sections
    )


def _without_caption(block: Block) -> Block:
    return replace(block, caption=()) if isinstance(block, Figure) else block
