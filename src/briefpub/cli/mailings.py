"""The mailing that a command is about: the one named, else the one that is on its way."""

from collections.abc import Callable

from briefpub.bootstrap import Newsroom
from briefpub.cli.context import issue_named
from briefpub.domain.delivery import ENDED, Mailing
from briefpub.domain.errors import ConfigError


def under_way(mailing: Mailing) -> bool:
    """Say whether a mailing has not ended."""
    return mailing.state not in ENDED


def newest(mailings: tuple[Mailing, ...]) -> Mailing | None:
    """Give the newest mailing that has not ended, else the newest."""
    return next((one for one in reversed(mailings) if under_way(one)), mailings[-1] if mailings else None)


def mailing_named(
    newsroom: Newsroom, word: str | None, *, meant: Callable[[Mailing], bool] = under_way
) -> Mailing:
    """Find the mailing of the issue a word names; without a word, the one under way that may be `meant`.

    Where none of those is meant, the newest that is; where none is at all, the newest, for the command to
    say why it has nothing to do. Raises ConfigError where there is no mailing, and where several are under
    way: an order must not go to another.
    """
    if word:
        key = issue_named(newsroom, word).key
        found = newsroom.ledger.mailing(key)
        if found is None:
            raise ConfigError(
                "the issue has not been published, so there is no mailing of it",
                where=key,
                hint=f"briefpub publish {key.partition('/')[0]}",
            )
        return found
    mailings = newsroom.ledger.mailings()
    chosen = [one for one in mailings if meant(one)] or [*mailings[-1:]]
    running = [one for one in chosen if under_way(one)]
    if not chosen:
        raise ConfigError("nothing has been published yet", hint="briefpub publish LIST")
    if len(running) > 1:
        raise ConfigError(
            "there are several mailings it could be",
            hint="name one: " + ", ".join(one.issue for one in running[-5:]),
        )
    return (running or chosen)[-1]
