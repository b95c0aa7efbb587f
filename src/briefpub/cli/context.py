"""What every command begins with: the newsroom, the time, and the issue a word names."""

import click

from briefpub.bootstrap import Newsroom, moment, open_newsroom
from briefpub.domain.errors import ConfigError
from briefpub.domain.issue import IssueRecord

__all__ = ["issue_named", "moment", "newsroom_of"]


def newsroom_of(ctx: click.Context) -> Newsroom:
    """Open the publication that -C names, or the one around the present folder."""
    return open_newsroom(ctx.obj)


def issue_named(newsroom: Newsroom, word: str | None) -> IssueRecord:
    """Find an issue by `weekly/1`, `weekly/001`, a number, a list's slug (its newest), or nothing.

    Raises ConfigError when there is none, or more than one list it could belong to.
    """
    records = newsroom.issues.of()
    slug, _, number = (word or "").rpartition("/")
    if word and not slug and not number.isdecimal():
        slug, number = word, ""
    chosen = [
        record
        for record in records
        if (not slug or record.list == slug)
        and (not number or str(record.number) == (number.lstrip("0") or "0"))
    ]
    if not chosen:
        known = ", ".join(record.key for record in records[-5:]) or "none yet"
        raise ConfigError(f"there is no issue {word or ''}".rstrip(), hint=f"the newest issues are: {known}")
    if len({record.list for record in chosen}) > 1:
        raise ConfigError(
            f"{word or 'the newest issue'} could be of several lists",
            hint="name it whole: " + ", ".join(record.key for record in chosen[-5:]),
        )
    return chosen[-1]
