"""Micro-typography: quotation marks, dashes, ellipses and no-break spaces, by each passage's language.

Letters and digits are never changed, nor code, nor addresses. French follows the Imprimerie nationale's
"Lexique des règles typographiques"; a space is made no-break where the author wrote one, never added,
but within « ». Setting twice is the same as setting once.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate, cycle

from briefpub.content.punctuation import Edit, marked, spaced
from briefpub.content.runs import with_children
from briefpub.content.tree import Rewrite, rewritten, rewritten_notes, rewritten_sections
from briefpub.domain.article import Article
from briefpub.domain.document import (
    Code,
    Inline,
    InlinePicture,
    Inlines,
    LineBreak,
    Passage,
    Text,
)
from briefpub.domain.language import RIGHT_TO_LEFT, primary
from briefpub.domain.walking import children_of

VERSION = 1
# Stands for what has no words of its own (code, a picture) while its neighbours are judged.
OBJECT = "\ufffc"
BOUND_LANGUAGES = frozenset({"fr", "en"})
LAST_WORDS = re.compile(r" (?=[^ ]{1,9}$)")


def set_article(article: Article) -> Article:
    """Give the article with its marks and spaces set; the same article where nothing was to do."""
    language = article.language
    rewrite = Rewrite(inlines=set_inlines, alt=set_text)
    photo = article.photo
    if photo:
        picture = replace(photo.picture, alt=set_text(photo.picture.alt, language))
        photo = replace(photo, picture=picture, caption=set_inlines(photo.caption, language))
    return replace(
        article,
        title=bound(set_text(article.title, language), language),
        standfirst=set_inlines(article.standfirst, language),
        photo=photo,
        lead=rewritten(article.lead, rewrite, language),
        sections=rewritten_sections(article.sections, rewrite, language),
        notes=rewritten_notes(article.notes, rewrite, language),
        related=tuple(
            replace(link, title=set_text(link.title, language), photo_alt=set_text(link.photo_alt, language))
            for link in article.related
        ),
    )


def set_text(text: str, language: str) -> str:
    """Set one line of words."""
    return _set([_Piece(text, language)])[0]


def set_inlines(inlines: Inlines, language: str) -> Inlines:
    """Set one run of inlines: a mark is judged by its neighbours, whatever element they stand in."""
    pieces = list(_pieces(inlines, language))
    if not pieces:
        return inlines
    return _rebuilt(inlines, iter(_set(pieces)), language)


def bound(title: str, language: str) -> str:
    """Bind a title's last two words where they are short, so that no word ends up alone on a line."""
    if primary(language) not in BOUND_LANGUAGES or title.count(" ") < 3:
        return title
    return LAST_WORDS.sub("\u00a0", title)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Neighbouring words in one language; those without a language are context and stay as they are."""

    text: str
    language: str


def _pieces(inlines: Inlines, language: str) -> Iterator[_Piece]:
    for inline in inlines:
        match inline:
            case Text(text):
                yield _Piece(text, language)
            case Code():
                yield _Piece(OBJECT, "")
            case InlinePicture():
                yield _Piece(OBJECT, "")
            case LineBreak():
                yield _Piece("\n", "")
            case Passage(children, attrs):
                yield from _pieces(children, attrs.lang or language)
            case _:
                yield from _pieces(children_of(inline), language)


def _set(pieces: list[_Piece]) -> list[str]:
    """Give the new text of each piece.

    A mark that was set changes what its neighbours are judged by, so the rules run until nothing is left
    to do; each round leaves fewer straight marks, so it ends.
    """
    texts = [piece.text for piece in pieces]
    known = [_known(piece.language) for piece in pieces]
    if not any(known):
        return texts
    unchanged = 0
    for rules in cycle((marked, spaced)):
        ends = list(accumulate(map(len, texts)))
        edits = rules("".join(texts), _languages(known, ends))
        if edits:
            texts = _edited(texts, ends, edits)
        unchanged = 0 if edits else unchanged + 1
        if unchanged == 2:
            break
    return texts


def _known(tag: str) -> str:
    """Give the primary language that the rules go by; nothing for words that they leave alone."""
    language = primary(tag)
    return "" if language in RIGHT_TO_LEFT else language


def _languages(known: list[str], ends: list[int]) -> list[tuple[int, str]]:
    """Give the end and the language of each stretch."""
    stretches: list[tuple[int, str]] = []
    for language, end in zip(known, ends, strict=True):
        if stretches and stretches[-1][1] == language:
            stretches[-1] = (end, language)
        else:
            stretches.append((end, language))
    return stretches


def _edited(texts: list[str], ends: list[int], edits: list[Edit]) -> list[str]:
    """Apply edits (start, end, new words) to joined pieces; one across pieces goes to where it starts."""
    done: list[str] = []
    start = 0
    waiting = iter(edits)
    edit = next(waiting, None)
    for text, end in zip(texts, ends, strict=True):
        parts: list[str] = []
        at = start
        while edit and edit[0] < end:
            first, last, new = edit
            if first >= start:
                parts.extend((text[at - start : first - start], new))
            at = min(max(at, last), end)
            if last > end:
                break
            edit = next(waiting, None)
        parts.append(text[at - start :])
        done.append("".join(parts))
        start = end
    return done


def _rebuilt(inlines: Inlines, texts: Iterator[str], language: str) -> Inlines:
    done: list[Inline] = []
    for inline in inlines:
        match inline:
            case Text():
                done.append(Text(next(texts)))
            case InlinePicture(picture):
                next(texts)
                done.append(InlinePicture(replace(picture, alt=set_text(picture.alt, language))))
            case Code() | LineBreak():
                next(texts)
                done.append(inline)
            case _:
                inner = inline.attrs.lang or language if isinstance(inline, Passage) else language
                done.append(with_children(inline, _rebuilt(children_of(inline), texts, inner)))
    return tuple(done)
