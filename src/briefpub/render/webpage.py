"""The web page: an issue on one self-contained page, with its fonts, styles and pictures inside."""

from base64 import b64encode
from dataclasses import asdict
from html import escape
from typing import Any

from briefpub.domain.article import Article
from briefpub.domain.document import Block, Code, CodeBlock, Note, NoteRef, Picture, Table
from briefpub.domain.issue import Edition, Format, Publication
from briefpub.domain.layout import Layout
from briefpub.domain.pictures import Pictures, PictureUse
from briefpub.domain.walking import plain
from briefpub.render import words
from briefpub.render.frame import entry_of, frame_of, takes_initial
from briefpub.render.links import anchor, note_anchor, related_items, resolved
from briefpub.render.markup import Markup, Shown
from briefpub.render.outline import outlined, under
from briefpub.render.styles import stylesheet
from briefpub.render.templating import fill, safe
from briefpub.render.webfonts import with_fonts

TEMPLATE = "web.html.j2"
SHEETS = ("tokens.css", "web.css")


def render_webpage(publication: Publication, layout: Layout, pictures: Pictures) -> Edition:
    """Make the web page: no script, nothing fetched, every paragraph once.

    Ids are those that `links.anchor` and `links.note_anchor` give. Raises LayoutError for a template, a
    sheet or a font that cannot be used.
    """
    articles = [_article(publication, article, pictures) for article in publication.articles]
    context: dict[str, Any] = {
        "issue": frame_of(publication),
        "words": words.words(publication.language),
        "articles": articles,
    }
    letters = set(str(context["issue"])).union(*(str(article) for article in articles))
    code = any(_has_code(article) for article in publication.articles)
    tokens, sheet = stylesheet(layout, SHEETS[0]), with_fonts(layout, SHEETS[1], letters=letters, code=code)
    context |= {"style": safe(f"{tokens}\n{sheet}"), "colours": layout.tokens, "dark": layout.dark}
    html = fill(layout, TEMPLATE, context)
    return Edition(format=Format.WEB, data=(html.rstrip() + "\n").encode())


class WebMarkup(Markup):
    """Markup whose pictures wait for the screen, and whose wide blocks can be scrolled from the keyboard."""

    __slots__ = ()

    def picture(self, picture: Picture) -> str:
        """Write a picture that is decoded when it is needed."""
        html = Markup.picture(self, picture)
        return html.replace("<img ", '<img loading="lazy" decoding="async" ', 1)

    def block(self, block: Block) -> str:
        """Write one block; a listing can be reached by keyboard."""
        html = Markup.block(self, block)
        return html.replace("<pre", '<pre tabindex="0"', 1) if isinstance(block, CodeBlock) else html

    def table(self, block: Table) -> str:
        """Write a table as a named region that can be reached by keyboard (WCAG 2.1.1)."""
        name = plain(block.caption) or " · ".join(filter(None, map(plain, block.header)))
        label = f' role="region" aria-label="{escape(name)}"' if name else ""
        html = Markup.table(self, block)
        return html.replace('<div class="table">', f'<div class="table"{label} tabindex="0">', 1)


def _article(publication: Publication, article: Article, pictures: Pictures) -> dict[str, Any]:
    single = len(publication.articles) == 1
    entry = entry_of(publication, article)
    markup = WebMarkup(
        href=lambda href: resolved(publication, article, href, _inside),
        show=lambda picture: _shown(picture, pictures),
        note=lambda ref: _mark(article, ref, entry.speech),
        prefix=f"{article.id}-",
        shift=0 if single else 1,
    )
    marks = _marks(article)
    return {
        **asdict(entry),
        "photo": _photo(article, markup),
        "standfirst": safe(markup.inlines(article.standfirst)),
        "summary": plain(article.standfirst),
        "lead": safe(markup.blocks(under(article.lead, 2))),
        "body": safe(markup.sections(outlined(article.sections))),
        "notes": [
            {
                "id": note_anchor(article.id, note.number),
                "text": safe(_note(article, note, marks, markup, entry.speech)),
            }
            for note in article.notes
        ],
        "related": [
            {
                "title": item.title,
                "address": item.address,
                "alt": item.link.photo_alt,
                "group": item.link.group,
                "tongue": safe(markup.language(item.language, item.direction)),
            }
            for item in related_items(publication, article, _inside)
        ],
        "initial": takes_initial(article),
        "words": words.words(entry.speech),
        "heading": "h1" if single else "h2",
        "subheading": "h2" if single else "h3",
    }


def _inside(article: str, section: str) -> str:
    return f"#{anchor(article, section)}"


def _shown(picture: Picture, pictures: Pictures) -> Shown | None:
    if picture.image is None:
        return None
    made = pictures.rendition(picture.image, PictureUse.WEB)
    source = f"data:{made.media_type};base64,{b64encode(made.data).decode()}"
    return Shown(src=source, width=made.width, height=made.height)


def _photo(article: Article, markup: Markup) -> dict[str, Any] | None:
    if article.photo is None:
        return None
    return {
        "picture": safe(markup.picture(article.photo.picture)),
        "caption": safe(markup.inlines(article.photo.caption)),
        "credit": article.photo.credit,
    }


def _mark_id(article: Article, ref: NoteRef) -> str:
    return f"{article.id}-ref:{ref.number}.{ref.ref}"


def _mark(article: Article, ref: NoteRef, speech: str) -> str:
    number = words.number(ref.number, speech)
    label = words.word(speech, "note", n=number)
    address = f"#{note_anchor(article.id, ref.number)}"
    return (
        f'<sup><a id="{escape(_mark_id(article, ref))}" href="{escape(address)}" '
        f'aria-label="{escape(label)}">{escape(number)}</a></sup>'
    )


def _marks(article: Article) -> dict[str, list[NoteRef]]:
    marks: dict[str, list[NoteRef]] = {}
    for inline in article.inlines():
        if isinstance(inline, NoteRef):
            marks.setdefault(inline.note, []).append(inline)
    return marks


def _note(article: Article, note: Note, marks: dict[str, list[NoteRef]], markup: Markup, speech: str) -> str:
    """Write a note with a link back to each of its marks."""
    label = escape(words.word(speech, "back_to_text"))
    back = marks.get(note.id, [])
    links = " ".join(
        f'<a class="back" href="#{escape(_mark_id(article, ref))}" '
        f'aria-label="{label}{f" {ref.ref}" if len(back) > 1 else ""}">↩\ufe0e</a>'
        for ref in back
    )
    return markup.with_end(note.blocks, links) if links else markup.blocks(note.blocks)


def _has_code(article: Article) -> bool:
    return any(isinstance(block, CodeBlock) for block in article.body()) or any(
        isinstance(inline, Code) for inline in article.inlines()
    )
