"""What can be said of an article as a whole, as findings."""

from briefpub.content.codes import (
    DUPLICATE_ID,
    MISSING_PICTURE,
    NO_ALT,
    NO_LANGUAGE,
    NO_TITLE,
    UNKNOWN_ARTICLE,
    UNREADABLE,
)
from briefpub.domain.errors import ContentError
from briefpub.domain.finding import Finding, Severity


def duplicate_id(id: str, first: str, second: str) -> Finding:
    """Say that two files, by their paths, have one id."""
    return Finding(
        code=DUPLICATE_ID,
        severity=Severity.ERROR,
        message=f"{first} has the id {id!r} already",
        where=second,
        hint="rename one of the files, or give one of them a slug of its own",
    )


def no_match(pattern: str, where: str) -> Finding:
    """Say that no article was found where one was asked for."""
    return Finding(
        code=UNREADABLE,
        severity=Severity.ERROR,
        message=f"no article matches {pattern!r}",
        where=where,
        hint="name files that end in .md",
    )


def unknown_article(article: str, where: str, line: int | None) -> Finding:
    """Say that a link leads to no article."""
    return Finding(
        code=UNKNOWN_ARTICLE,
        severity=Severity.WARNING,
        message=f"there is no article {article[:80]!r} to link to",
        where=where,
        line=line,
        hint="an article's id is its file's name without .md",
    )


def unreadable(error: ContentError) -> Finding:
    """Say that a file cannot be read, and why."""
    return Finding(
        code=UNREADABLE,
        severity=Severity.ERROR,
        message=error.message,
        where=error.path,
        line=error.line,
        hint=error.hint,
    )


def missing_picture(source: str, where: str, line: int | None) -> Finding:
    """Say that a picture is not there."""
    return Finding(
        code=MISSING_PICTURE,
        severity=Severity.WARNING,
        message=f"the picture {source[:80]!r} is not there",
        where=where,
        line=line,
        hint="put the file beside the article",
    )


def no_alt(where: str, line: int) -> Finding:
    """Say that the photo has no alternative text."""
    return Finding(
        code=NO_ALT,
        severity=Severity.WARNING,
        message="the photo has no alternative text",
        where=where,
        line=line,
        hint="say in a few words what it shows: photo: {alt: …}",
    )


def no_title(where: str) -> Finding:
    """Say that the article has no title."""
    return Finding(
        code=NO_TITLE,
        severity=Severity.ERROR,
        message="the article has no title",
        where=where,
        line=1,
        hint="write `title: …` between two lines of ---, or begin the text with `# …`",
    )


def no_language(where: str, language: str) -> Finding:
    """Say which language was taken, since none is named."""
    return Finding(
        code=NO_LANGUAGE,
        severity=Severity.NOTE,
        message=f"the article names no language; it is taken to be {language!r}",
        where=where,
        line=1,
        hint=f"write `lang: {language}` in its front matter",
    )
