"""What every command begins with: the newsroom, the time, and the issue a word names."""

import click

from briefpub.bootstrap import Newsroom, moment, open_newsroom
from briefpub.domain.audience import Frequency
from briefpub.domain.errors import ConfigError
from briefpub.domain.issue import IssueRecord, place_of

__all__ = ["issue_named", "moment", "newsroom_of"]


def newsroom_of(ctx: click.Context) -> Newsroom:
    """Open the publication that -C names, or the one around the present folder; it is closed with `ctx`."""
    newsroom = open_newsroom(ctx.obj)
    ctx.call_on_close(newsroom.close)
    return newsroom


def issue_named(newsroom: Newsroom, word: str | None) -> IssueRecord:
    """Find an issue by `weekly/1`, `weekly/001`, a number, a list's slug (its newest), or nothing.

    A gathering is always named as one: `weekly/monthly-1`, `monthly-001`. Raises ConfigError when there is
    none, or more than one list it could belong to.
    """
    records = newsroom.issues.of()
    slug, _, folder = (word or "").rpartition("/")
    _, frequency, number = place_of(f"{slug}/{folder}")
    if word and not slug and (number < 0 or any(record.list == word for record in records)):
        slug, folder, frequency = word, "", Frequency.EACH
    chosen = [
        record
        for record in records
        if (not slug or record.list == slug)
        and record.frequency is frequency
        and (not folder or record.number == number)
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
