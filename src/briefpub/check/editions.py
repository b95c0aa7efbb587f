"""Findings over built editions: what a mail program would clip, what got lost on the way."""

from briefpub.domain.finding import Finding, Severity
from briefpub.domain.issue import Edition, Format, Publication

# Gmail clips a message's HTML part at 102 kB (facts gathered in docs/explanation/how-a-mail-travels.md).
CLIPPED_AT = 102_000


def check_editions(publication: Publication, editions: tuple[Edition, ...]) -> tuple[Finding, ...]:
    """Give what there is to remark on the editions of a publication, in the order of the editions."""
    findings: list[Finding] = []
    for edition in editions:
        where = f"{publication.key}/{edition.format.file_name}"
        if not edition.data:
            findings.append(
                Finding(code="E001", severity=Severity.ERROR, message="the edition is empty", where=where)
            )
        if edition.format is Format.DIGEST:
            findings.extend(_digest(edition, where, len(publication.articles)))
    return tuple(findings)


def _digest(edition: Edition, where: str, articles: int) -> list[Finding]:
    findings = []
    if len(edition.data) > CLIPPED_AT:
        findings.append(
            Finding(
                code="D003",
                severity=Severity.ERROR,
                message=f"the mail has {len(edition.data):,} bytes; it is cut off after {CLIPPED_AT:,}",
                where=where,
                hint='put fewer of the articles into the issue, or set digest.body = "lead"',
            )
        )
    if b"mailto:" not in edition.data and b"unsubscribe" not in edition.data and articles:
        findings.append(
            Finding(
                code="D004",
                severity=Severity.NOTE,
                message="the mail names nobody a reader could write to",
                where=where,
                hint="set contact in briefpub.toml",
            )
        )
    return findings
