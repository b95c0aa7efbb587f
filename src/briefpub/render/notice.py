"""A short mail that stands in front of an issue: for who is only told of it, or gets it as a file."""

import datetime as dt
import html as markup
import json
from collections.abc import Iterator
from dataclasses import dataclass

from briefpub.domain.audience import Frequency
from briefpub.domain.issue import Format, Imprint
from briefpub.domain.language import direction_of
from briefpub.render import words
from briefpub.render.columns import underlined, wrapped

PAGE = """<!DOCTYPE html>
<html lang="{language}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>:root{{color-scheme:light dark}}</style>
</head>
<body style="margin:0;padding:24px 16px;font:17px/1.5 Georgia,'Times New Roman',serif">
<div role="article" aria-roledescription="email" aria-label="{title}" lang="{language}" dir="{direction}"
 style="max-width:560px;margin:0 auto">
{body}
</div>
</body>
</html>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Footing:
    """Where a reader turns: the addresses under a short mail. One that is not known is empty."""

    unsubscribe: str
    preferences: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The short mail in its two forms."""

    html: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a short mail says, before it is set. A text that is not known is empty."""

    language: str
    told: str
    headline: str
    dateline: str
    titles: tuple[tuple[str, str], ...]  # with the language of each
    online: str
    why: str
    publisher: str
    footing: Footing

    def word(self, key: str) -> str:
        """Give one of the layout's own words."""
        return words.word(self.language, key)

    @property
    def links(self) -> tuple[tuple[str, str], ...]:
        """Give the addresses under the mail and the words for them."""
        both = (("unsubscribe", self.footing.unsubscribe), ("preferences", self.footing.preferences))
        return tuple((self.word(key), address) for key, address in both if address)


def notice(*, manifest: bytes, imprint: Imprint, footing: Footing, with_book: bool) -> Notice:
    """Write the short mail of a frozen issue: what it is, the titles of its essays, where to read it.

    `with_book` says that the compilation is attached.
    """
    content = json.loads(manifest)
    issue, articles = content["issue"], content["articles"]
    language, name, headline = str(issue["language"]), str(issue["name"]), str(issue["title"])
    frequency = Frequency(issue.get("frequency", Frequency.EACH))
    dated = (
        words.numbered(issue["number"] or None, frequency, language),
        words.long_date(dt.date.fromisoformat(issue["date"]) if issue["date"] else None, language),
    )
    publisher = imprint.publisher or imprint.name
    said = Said(
        language=language,
        told=words.word(language, "book_attached" if with_book else "issue_out", name=name),
        headline=headline,
        dateline=words.word(language, "dot").join(filter(None, dated)),
        titles=tuple(
            (str(article["title"]), str(article["language"])) for article in articles if len(articles) > 1
        ),
        online=f"{issue['address']}{Format.WEB.file_name}" if issue["address"] else "",
        why=words.word(language, "why", name=name),
        publisher=words.word(language, "published_by", name=publisher) if publisher else "",
        footing=footing,
    )
    page = PAGE.format(
        language=markup.escape(language),
        direction=direction_of(language).value,
        title=markup.escape(headline if headline == name else f"{headline} — {name}"),
        body="\n".join(_body(said)),
    )
    return Notice(html=page, text="\n".join(_lines(said)) + "\n")


def _body(said: Said) -> Iterator[str]:
    yield f'<p style="margin:0 0 8px">{markup.escape(said.told)}</p>'
    yield f'<h1 style="margin:0 0 8px;font-size:26px;line-height:1.2">{markup.escape(said.headline)}</h1>'
    if said.dateline:
        yield f'<p style="margin:0 0 16px">{markup.escape(said.dateline)}</p>'
    if said.titles:
        items = "".join(f"<li>{_title(*titled, around=said.language)}</li>" for titled in said.titles)
        yield f'<ul style="margin:0 0 16px;padding:0 20px">{items}</ul>'
    if said.online:
        yield f'<p style="margin:0 0 24px">{_link(said.word("read_in_browser"), said.online)}</p>'
    links = " · ".join(_link(text, address) for text, address in said.links)
    for line in (markup.escape(said.why), links, markup.escape(said.publisher)):
        if line:
            yield f'<p style="margin:0 0 8px;font-size:14px">{line}</p>'


def _lines(said: Said) -> Iterator[str]:
    colon = said.word("colon").rstrip(" ")
    yield from wrapped(said.told)
    yield ""
    yield from underlined(wrapped(said.headline), "=")
    yield from wrapped(said.dateline) if said.dateline else ()
    if said.titles:
        yield ""
        for title, _ in said.titles:
            yield from wrapped(title, first="- ", rest="  ")
    if said.online:
        yield from ("", f"{said.word('read_in_browser')}{colon}", said.online)
    yield from ("", "=" * 12)
    yield from wrapped(said.why)
    for text, address in said.links:
        yield from (f"{text}{colon}", address)
    yield from wrapped(said.publisher) if said.publisher else ()


def _title(title: str, language: str, *, around: str) -> str:
    text = markup.escape(title)
    if language == around:
        return text
    return f'<span lang="{markup.escape(language)}" dir="{direction_of(language).value}">{text}</span>'


def _link(text: str, address: str) -> str:
    return f'<a href="{markup.escape(address)}">{markup.escape(text)}</a>'
