"""Links between articles, once all of them are read: each leads to an id that exists, or is words alone."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from briefpub.content.runs import merged, with_children
from briefpub.content.tree import Rewrite, rewritten, rewritten_notes, rewritten_sections, unchanged
from briefpub.domain.article import Article, RelatedLink
from briefpub.domain.document import Inline, Inlines, Link
from briefpub.domain.walking import children_of

SCHEME = "article:"


def resolved(article: Article, *, known: Mapping[str, str], titles: Mapping[str, str]) -> Article:
    """Let links lead to ids: `known` maps each id, and each file's name, to an id; `titles` has theirs.

    A related link without a title takes its article's; one to no article loses the link, or goes.
    """
    article = replace(article, related=tuple(_related(article.related, known, titles)))
    linked = {
        inline.href.removeprefix(SCHEME)
        for inline in article.inlines()
        if isinstance(inline, Link) and inline.href.startswith(SCHEME)
    }
    if all(known.get(name) == name for name in linked):
        return article

    def follow(inlines: Inlines, language: str) -> Inlines:
        done: list[Inline] = []
        for inline in inlines:
            children = follow(children_of(inline), language)
            if isinstance(inline, Link) and inline.href.startswith(SCHEME):
                id = known.get(inline.href.removeprefix(SCHEME))
                done.extend((Link(children, SCHEME + id, inline.title),) if id else children)
            else:
                done.append(with_children(inline, children))
        return merged(done)

    rewrite = Rewrite(inlines=follow, alt=unchanged)
    photo = article.photo
    return replace(
        article,
        standfirst=follow(article.standfirst, ""),
        photo=replace(photo, caption=follow(photo.caption, "")) if photo else None,
        lead=rewritten(article.lead, rewrite, ""),
        sections=rewritten_sections(article.sections, rewrite, ""),
        notes=rewritten_notes(article.notes, rewrite, ""),
    )


def _related(
    links: tuple[RelatedLink, ...], known: Mapping[str, str], titles: Mapping[str, str]
) -> Iterator[RelatedLink]:
    for link in links:
        id = known.get(link.article, "")
        title = link.title or titles.get(id, "")
        if title:
            yield replace(link, article=id, title=title)
