"""What may be wrong with a picture, and the finding that says so."""

from enum import StrEnum

from briefpub.domain.finding import Finding, Severity


class Absence(StrEnum):
    """Why there is no file to read."""

    REMOTE = "remote"
    EMBEDDED = "embedded"
    OUTSIDE = "outside"
    MISSING = "missing"
    LARGE = "large"


class Flaw(StrEnum):
    """Why a picture's bytes cannot be used."""

    KIND = "kind"
    HUGE = "huge"
    BROKEN = "broken"


# code, severity, message, hint. In the editions the alt text stands in for a picture that does not come.
REMARKS: dict[Absence | Flaw, tuple[str, Severity, str, str]] = {
    Absence.MISSING: (
        "A003",
        Severity.WARNING,
        "the picture is not there; its alt text stands in",
        "put the file beside the article, or give its path from the publication's root with a leading slash",
    ),
    Absence.OUTSIDE: (
        "A020",
        Severity.ERROR,
        "the picture lies outside the publication",
        "copy it into the article's folder",
    ),
    Absence.REMOTE: (
        "A021",
        Severity.WARNING,
        "remote picture: not fetched; its alt text stands in",
        "save the picture beside the article and name that file",
    ),
    Absence.EMBEDDED: (
        "A022",
        Severity.WARNING,
        "a picture written into the text (data:) is not used; its alt text stands in",
        "save the picture beside the article and name that file",
    ),
    Absence.LARGE: ("A023", Severity.ERROR, "the picture is over 60 MB", "export it smaller"),
    Flaw.KIND: (
        "A022",
        Severity.WARNING,
        "not a JPEG, PNG, WebP, GIF, TIFF or AVIF picture; its alt text stands in",
        "export it as PNG or JPEG",
    ),
    Flaw.HUGE: (
        "A023",
        Severity.ERROR,
        "the picture is over 64 million pixels, or over 30,000 on a side",
        "export it smaller: 3,000 pixels across is plenty",
    ),
    Flaw.BROKEN: (
        "A024",
        Severity.ERROR,
        "the picture's data is broken",
        "export it again from its original",
    ),
}


def message_of(wrong: Absence | Flaw) -> str:
    """Give what is wrong, in words."""
    return REMARKS[wrong][2]


def finding_of(wrong: Absence | Flaw, source: str, *, where: str, line: int | None) -> Finding:
    """Give the finding about the picture that an article names `source`."""
    code, severity, message, hint = REMARKS[wrong]
    shown = source if len(source) <= 200 else source[:200] + "…"
    return Finding(
        code=code, severity=severity, message=f"{message}: {shown}", where=where, line=line, hint=hint
    )
