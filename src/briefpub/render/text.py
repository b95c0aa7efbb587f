"""The digest's plain text: written from the tree, never scraped from HTML; 78 columns, words whole."""

from dataclasses import asdict
from typing import Any

from briefpub.domain.article import Article
from briefpub.domain.audience import DigestBody
from briefpub.domain.issue import Edition, Format, Publication
from briefpub.domain.layout import Layout
from briefpub.domain.pictures import Pictures
from briefpub.domain.walking import plain
from briefpub.render import words
from briefpub.render.columns import WIDTH, underlined, wrapped
from briefpub.render.frame import entry_of, frame_of
from briefpub.render.links import anchor, on_the_web, related_items, resolved, web_address
from briefpub.render.outline import depths
from briefpub.render.plaintext import PlainText, raised, set_in
from briefpub.render.templating import fill

TEMPLATE = "digest.txt.j2"


def render_text(publication: Publication, layout: Layout, pictures: Pictures) -> Edition:  # noqa: ARG001
    """Make the text part of the mail, with the same body as the digest but never trimmed.

    Lines end in LF and take 78 columns at most, but for what cannot be broken: an address, a line of
    code. Raises LayoutError for a template that cannot be used.
    """
    context: dict[str, Any] = {
        "issue": frame_of(publication),
        "words": words.words(publication.language),
        "articles": [_article(publication, article) for article in publication.articles],
        "width": WIDTH,
        "wrap": lambda text, first="", rest="": "\n".join(wrapped(str(text), first=first, rest=rest)),
        "underline": lambda text, mark: "\n".join(underlined(wrapped(str(text)), mark)),
    }
    text = fill(layout, TEMPLATE, context).strip("\n") + "\n"
    return Edition(format=Format.TEXT, data=text.encode())


def _article(publication: Publication, article: Article) -> dict[str, Any]:
    """Give what the template sets of one article, each part as lines joined."""
    entry = entry_of(publication, article)
    full = publication.digest_body is DigestBody.FULL
    inside = on_the_web(publication)
    writer = PlainText(language=entry.speech, href=lambda href: resolved(publication, article, href, inside))
    parts = {
        "photo": "\n".join(_photo(article, writer)),
        "standfirst": "\n".join(wrapped(writer.inlines(article.standfirst))) if article.standfirst else "",
        "lead": "\n".join(writer.blocks(article.lead)),
        "body": "\n".join(writer.sections(article.sections)).strip("\n") if full else "",
        "notes": "\n".join(_notes(article, writer)) if full else "",
        "headings": "" if full else "\n".join(_headings(publication, article, writer)),
        "related": _related(publication, article, writer),
        "rest": "" if full or not article.sections else web_address(publication, anchor(article.id)),
    }
    return {
        **asdict(entry),
        **parts,
        "links": "\n".join(f"[{number}] {address}" for number, address in enumerate(writer.addresses, 1)),
        "words": words.words(entry.speech),
    }


def _photo(article: Article, writer: PlainText) -> list[str]:
    if article.photo is None:
        return []
    lines = wrapped(writer.picture(article.photo.picture)) if article.photo.picture.alt.strip() else []
    below = " — ".join(filter(None, (writer.inlines(article.photo.caption), article.photo.credit)))
    return lines + (wrapped(below) if below else [])


def _headings(publication: Publication, article: Article, writer: PlainText) -> list[str]:
    lines = []
    for section, depth in depths(article.sections):
        number = writer.numbered(web_address(publication, anchor(article.id, section.id)))
        margin = "  " * (min(depth, 4) - 1)
        lines += wrapped(f"{plain(section.heading)} {number}", first=f"{margin}- ", rest=f"{margin}  ")
    return lines


def _notes(article: Article, writer: PlainText) -> list[str]:
    lines: list[str] = []
    for note in article.notes:
        mark = f"{raised(note.number)} "
        lines += set_in(writer.blocks(note.blocks, width=WIDTH - len(mark)) or [""], mark, " " * len(mark))
    return lines


def _related(publication: Publication, article: Article, writer: PlainText) -> list[dict[str, str]]:
    """Give the related links by their groups, each group as one text."""
    groups: dict[str, list[str]] = {}
    for item in related_items(publication, article, on_the_web(publication)):
        words_of = f"{item.title} {writer.numbered(item.address)}" if item.address else item.title
        lines = groups.setdefault(item.link.group or words.word(writer.language, "related"), [])
        lines += wrapped(words_of, first="- ", rest="  ")
        if item.link.photo_alt:
            alt = words.word(writer.language, "image_alt", alt=item.link.photo_alt)
            lines += wrapped(alt, first="  ", rest="  ")
    return [{"label": label, "text": "\n".join(lines)} for label, lines in groups.items()]
