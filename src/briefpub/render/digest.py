"""The digest, an issue as HTML for mail (the only file that knows css-inline)."""

import re
from typing import Any

import css_inline

from briefpub.domain.audience import DigestBody
from briefpub.domain.errors import LayoutError
from briefpub.domain.finding import Finding, Severity
from briefpub.domain.issue import Edition, Format, Issue, Publication
from briefpub.domain.layout import Layout
from briefpub.domain.pictures import Pictures
from briefpub.render import words
from briefpub.render.digest_parts import Shelf, article_parts
from briefpub.render.frame import frame_of
from briefpub.render.overflow import Trim, fewest, steps_of, trimmed
from briefpub.render.quoted import quoted
from briefpub.render.styles import parted, resolved
from briefpub.render.templating import fill, safe

CLIP = 102_000  # Gmail clips a part of more, its encoding counted
ROOM = 900  # for a subscriber's own addresses, and for content ids longer than measured here
NEAR = 92_000
STYLE_LIMIT = 16_000  # Gmail drops a style element of more than 16,384 bytes
SCRIPT = re.compile(r"<(?=/?script)", re.IGNORECASE)
NAMED = 12  # essays that a finding names; there may be a thousand
SHEET = "digest.css"
TEMPLATE = "digest.html.j2"


def render_digest(publication: Publication, layout: Layout, pictures: Pictures) -> Edition:
    """Make the HTML part of the mail: at most 102,000 bytes as sent, its footer always inside.

    Finding D001 says that it is near the limit or over it, D002 what was left to the web page.
    Raises LayoutError for a template or a sheet that cannot be used.
    """
    base, kept = parted(resolved(layout, SHEET, tokens=_tokens(layout)))
    if len(kept.encode()) > STYLE_LIMIT:
        raise LayoutError(
            f"the rules that cannot stand in style attributes take {len(kept.encode()):,} bytes; "
            f"mail programs read {STYLE_LIMIT:,} at most",
            where=layout.files[SHEET].path,
            hint="shorten its @media and [data-ogsc] rules",
        )
    inliner = css_inline.CSSInliner(
        extra_css=base,
        inline_style_tags=False,
        keep_style_tags=True,
        load_remote_stylesheets=False,
        minify_css=True,
    )
    shelf = Shelf(pictures=pictures)
    steps = steps_of(publication.articles, publication.digest_body)
    made: dict[int, str] = {}

    def html(taken: int) -> str:
        if taken not in made:
            trim = trimmed(publication.articles, publication.digest_body, steps[:taken])
            context = _context(publication, trim, shelf)
            context |= {"style": safe(kept), "colours": layout.tokens}
            filled = fill(layout, TEMPLATE, context)
            made[taken] = _inlined(inliner, filled, layout)
        return made[taken]

    sender = publication.list.sender if isinstance(publication, Issue) else ""
    taken = fewest(len(steps), lambda count: sent_size(html(count), sender) <= CLIP - ROOM)
    data = html(taken).encode()
    shown = tuple(file for path, file in shelf.files.items() if path.encode() in data)
    trim = trimmed(publication.articles, publication.digest_body, steps[:taken])
    findings = (
        *_size_findings(publication, sent_size(html(taken), sender)),
        *_trim_findings(publication, trim),
    )
    return Edition(format=Format.DIGEST, data=data, findings=findings, pictures=shown)


def sent_size(html: str, sender: str) -> int:
    """Give the bytes of the part in the shorter of quoted-printable and base64 (RFC 2045 6.7, 6.8).

    In a message its pictures stand as `cid:<name>@<domain of the sender>` (RFC 2392).
    """
    domain = sender.rpartition("@")[2]
    posted = html.replace('src="pictures/', f'src="cid:{"x" * (len(domain) + 1)}')
    lines = posted.replace("\n", "\r\n").encode()
    base64 = (len(lines) + 2) // 3 * 4
    return min(len(quoted(lines)), base64 + base64 // 76 * 2 + 2)


def _tokens(layout: Layout) -> dict[str, str]:
    """Give the layout's tokens, and again as `dark-…` what each is in the dark."""
    dark = {f"dark-{name}": layout.dark.get(name, value) for name, value in layout.tokens.items()}
    return {**layout.tokens, **dark}


def _context(publication: Publication, trim: Trim, shelf: Shelf) -> dict[str, Any]:
    full = publication.digest_body is DigestBody.FULL
    left_out = len(publication.articles) - trim.articles
    language = publication.language
    return {
        "issue": frame_of(publication),
        "words": words.words(language),
        "articles": [
            article_parts(publication, article, index, trim, shelf, full=full)
            for index, article in enumerate(publication.articles[: trim.articles])
        ],
        "left_out": words.word(language, "essays", n=words.number(left_out, language)) if left_out else "",
    }


def _inlined(inliner: css_inline.CSSInliner, html: str, layout: Layout) -> str:
    try:
        inlined = str(inliner.inline(html)).rstrip() + "\n"
    except css_inline.InlineError as error:
        raise LayoutError(f"the styles cannot be put in: {error}", where=layout.files[SHEET].path) from error
    # Within an attribute `<` may stand as it is (HTML 13.3), but filters that know no HTML see a script.
    return SCRIPT.sub("&lt;", inlined)


def _size_findings(publication: Publication, size: int) -> tuple[Finding, ...]:
    if size <= NEAR:
        return ()
    over = size > CLIP
    message = f"the mail takes {size:,} bytes as sent; mail programs cut it off after {CLIP:,}"
    return (
        Finding(
            code="D001",
            severity=Severity.ERROR if over else Severity.WARNING,
            message=message,
            where=f"{publication.key}/{Format.DIGEST.file_name}",
            hint='put fewer articles into the issue, or set digest.body = "lead"',
        ),
    )


def _trim_findings(publication: Publication, trim: Trim) -> tuple[Finding, ...]:
    full = publication.digest_body is DigestBody.FULL
    parts: list[str] = []
    for article, sections, lead in zip(
        publication.articles[: trim.articles], trim.sections, trim.leads, strict=False
    ):
        if not lead:
            parts.append(f"{article.id} (all but its standfirst)")
        elif full and sections < len(article.sections):
            count = len(article.sections)
            parts.append(f"{article.id} ({count - sections} of {count} sections)")
    more = len(parts) - NAMED
    parts = [*parts[:NAMED], f"{more} more"] if more > 1 else parts
    parts += ["captions"] if not trim.captions else []
    parts += ["lists of headings and related essays"] if not trim.lists else []
    left_out = publication.articles[trim.articles :]
    parts += [f"{len(left_out)} whole essays, from {left_out[0].id}"] if left_out else []
    if not parts:
        return ()
    gentle = trim.captions and all(trim.leads)
    return (
        Finding(
            code="D002",
            severity=Severity.NOTE if gentle else Severity.WARNING,
            message=f"left to the web page, so that the mail is not cut off: {', '.join(parts)}",
            where=f"{publication.key}/{Format.DIGEST.file_name}",
            hint='put fewer articles into the issue, or set digest.body = "lead"',
        ),
    )
