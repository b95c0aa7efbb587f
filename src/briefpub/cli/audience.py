"""lists: what issues go to."""

from collections import Counter
from dataclasses import replace

import click

from briefpub.bootstrap import Newsroom
from briefpub.cli.context import newsroom_of
from briefpub.cli.output import choice_of, json_option, print_rows, say
from briefpub.config import FILE
from briefpub.domain.audience import DigestBody, InDoubt, List, SubscriptionState, checked_slug
from briefpub.domain.errors import ConfigError, Conflict


@click.group(name="lists")
def lists_command() -> None:
    """Look at the lists that issues go to, make and change them."""


in_doubt_option = click.option(
    "--in-doubt", type=choice_of(InDoubt), help="What becomes of a message that may have arrived."
)


@lists_command.command(name="list")
@click.option("--archived", is_flag=True, help="Archived ones too.")
@json_option
@click.pass_context
def lists_list(ctx: click.Context, *, archived: bool, as_json: bool) -> None:
    """Show every list."""
    newsroom = newsroom_of(ctx)
    rows = [
        (found.slug, found.name, found.sender, found.language, newsroom.audience.confirmed(found.slug))
        for found in newsroom.audience.lists(archived=archived)
    ]
    print_rows(("list", "name", "sender", "language", "confirmed"), rows, as_json=as_json)


@lists_command.command(name="add")
@click.argument("slug")
@click.option("--name", required=True, help="The list's name, as on a masthead.")
@click.option(
    "--from", "sender", required=True, metavar="MAILBOX", help='Who it comes from: "Name <user@host>".'
)
@click.option("--lang", "language", help="The language of its own words.")
@click.option("--timezone", help="Where its issues are dated, as Europe/Paris.")
@click.option("--layout", help="The layout of its editions.")
@click.option("--digest-body", type=choice_of(DigestBody), help="How much the digest carries.")
@in_doubt_option
@click.pass_context
def lists_add(
    ctx: click.Context,
    *,
    slug: str,
    name: str,
    sender: str,
    language: str | None,
    timezone: str | None,
    layout: str | None,
    digest_body: str | None,
    in_doubt: str | None,
) -> None:
    """Make a list. Made again with the same values, nothing changes."""
    newsroom = newsroom_of(ctx)
    settings = newsroom.settings
    wanted = List(
        slug=checked_slug(slug, what="list name"),
        name=name,
        sender=sender,
        language=language or settings.language,
        timezone=_zone(timezone or settings.timezone),
        layout=layout or settings.layout,
        digest_body=DigestBody(digest_body) if digest_body else DigestBody.LEAD,
        in_doubt=InDoubt(in_doubt) if in_doubt else InDoubt.HOLD,
    )
    known = newsroom.stored.list(slug)
    if known is not None and replace(known, archived=False, description="") != wanted:
        raise Conflict(
            f"there is a list {slug!r} already, with other values",
            hint=f"change it: briefpub lists edit {slug}",
        )
    newsroom.layouts.read(wanted.layout)
    newsroom.stored.declare(wanted)
    say(f"The list {slug} is there. Add people: briefpub subscribers import FILE.csv --list {slug}")


@lists_command.command(name="show")
@click.argument("slug")
@json_option
@click.pass_context
def lists_show(ctx: click.Context, *, slug: str, as_json: bool) -> None:
    """Show one list: its values, and its subscriptions by state."""
    newsroom = newsroom_of(ctx)
    found = newsroom.list(slug)
    states = Counter(subscription.state for subscription in newsroom.audience.subscriptions(slug))
    rows: list[tuple[str, object]] = [
        ("list", found.slug),
        ("name", found.name),
        ("sender", found.sender),
        ("language", found.language),
        ("timezone", found.timezone),
        ("layout", found.layout),
        ("digest_body", found.digest_body),
        ("in_doubt", found.in_doubt),
        ("archived", found.archived),
        *((state.value, states[state]) for state in SubscriptionState),
    ]
    if as_json:
        print_rows([key for key, _ in rows], [[value for _, value in rows]], as_json=True)
    else:
        print_rows(("setting", "value"), rows, as_json=False)


@lists_command.command(name="edit")
@click.argument("slug")
@click.option("--name", help="The list's name.")
@click.option("--from", "sender", metavar="MAILBOX", help="Who it comes from.")
@click.option("--lang", "language", help="The language of its own words.")
@click.option("--timezone", help="Where its issues are dated.")
@click.option("--layout", help="The layout of its editions.")
@click.option("--digest-body", type=choice_of(DigestBody), help="How much the digest carries.")
@in_doubt_option
@click.option("--description", help="One sentence on the list.")
@click.pass_context
def lists_edit(ctx: click.Context, /, *, slug: str, **values: str | None) -> None:
    """Change what is given, and leave the rest."""
    newsroom = newsroom_of(ctx)
    newsroom.list(slug)
    stated = newsroom.settings.lists.get(slug)
    changes = {key: value for key, value in values.items() if value is not None}
    for key in changes:
        fixed = stated is not None and (
            stated.digest.body if key == "digest_body" else getattr(stated, key, None)
        )
        if fixed or (key == "digest_body" and "digest" in newsroom.settings.model_fields_set):
            raise Conflict(
                f"{key.replace('_', '.')} of {slug} is stated in {FILE}, and the file wins",
                where=str(newsroom.root / FILE),
                hint="change it there, or take the line out",
            )
    if "timezone" in changes:
        _zone(changes["timezone"])
    if "layout" in changes:
        newsroom.layouts.read(changes["layout"])
    kinds = {"digest_body": DigestBody, "in_doubt": InDoubt}
    values = {key: kinds[key](value) if key in kinds else value for key, value in changes.items()}
    newsroom.stored.declare(replace(_stored(newsroom, slug), **values))  # type: ignore[arg-type]
    say(f"The list {slug} is changed.")


@lists_command.command(name="archive")
@click.argument("slug")
@click.pass_context
def lists_archive(ctx: click.Context, *, slug: str) -> None:
    """Put a list away: nothing is published to it, nothing of it is lost."""
    newsroom = newsroom_of(ctx)
    newsroom.list(slug)
    newsroom.stored.declare(replace(_stored(newsroom, slug), archived=True))
    say(f"The list {slug} is archived.")


def _stored(newsroom: Newsroom, slug: str) -> List:
    """Give the list without what the settings lay over it, so that none of that is written down."""
    stored = newsroom.stored.list(slug)
    assert stored is not None, "newsroom.list found it a moment ago"
    return stored


def _zone(name: str) -> str:
    from zoneinfo import available_timezones

    if name not in available_timezones():
        raise ConfigError(f"{name!r} is no IANA time zone", hint="write it as Europe/Paris")
    return name
