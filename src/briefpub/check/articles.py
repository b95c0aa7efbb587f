"""Findings over articles that can be read: what a careful editor would mend before sending."""

import re
from collections.abc import Sequence

from briefpub.domain.article import Article, Gathered, Heads, Status, head_of, told
from briefpub.domain.document import Link, Text
from briefpub.domain.finding import Finding, Severity
from briefpub.domain.walking import walk_sections

# "TK" is the printers' mark for what is still to come, since no English word holds the two letters.
UNFINISHED = re.compile(r"\b(TK{1,3}|TODO|FIXME|XXX)\b|\[\?\]|Lorem ipsum")
LONG_TITLE = 150
MANY_WORDS = 800


def heads_of(gathered: Gathered) -> Heads:
    """Give the heads of articles that were read, each with all there is to remark on it."""
    findings = (*gathered.findings, *check_articles(gathered.articles))
    return told(map(head_of, gathered.articles), findings)


def check_articles(articles: Sequence[Article]) -> tuple[Finding, ...]:
    """Give what there is to remark on each article, in their order."""
    return tuple(finding for article in articles for finding in check_article(article))


def check_article(article: Article) -> tuple[Finding, ...]:
    """Give what there is to remark on one article."""
    findings: list[Finding] = []

    def remark(code: str, severity: Severity, message: str, hint: str) -> None:
        findings.append(Finding(code=code, severity=severity, message=message, where=article.path, hint=hint))

    if len(article.title) > LONG_TITLE:
        remark(
            "A030",
            Severity.WARNING,
            f"the title has {len(article.title)} characters",
            f"keep it under {LONG_TITLE}: inboxes show 60",
        )
    if article.status is Status.READY:
        for inline in article.inlines():
            if isinstance(inline, Text) and (found := UNFINISHED.search(inline.text)):
                remark(
                    "A031",
                    Severity.WARNING,
                    f"{found[0]!r} looks like something still to be written",
                    "write it, or set status: draft",
                )
    seen = set()
    for inline in article.inlines():
        if isinstance(inline, Link) and inline.href.startswith("http://") and inline.href not in seen:
            seen.add(inline.href)
            remark("A032", Severity.NOTE, f"{inline.href} is not encrypted", "use https where it answers")
    if not article.lead and not article.sections:
        remark("A033", Severity.ERROR, "the article has no text", "write it, or set status: draft")
    if article.words() > MANY_WORDS and not any(walk_sections(article.sections)):
        remark(
            "A034",
            Severity.NOTE,
            f"{article.words()} words without a heading",
            "part it by ## headings: they become the digest's links and the book's contents",
        )
    for link in article.related:
        if not link.article and not link.address:
            remark(
                "A035",
                Severity.NOTE,
                f"the related title “{link.title}” leads nowhere",
                "add its address, or the id of an article",
            )
    return tuple(findings)
