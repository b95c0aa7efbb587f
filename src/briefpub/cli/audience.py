"""lists and subscribers: who reads."""

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import click

from briefpub.bootstrap import Newsroom
from briefpub.cli.context import moment, newsroom_of
from briefpub.cli.output import choice_of, json_option, print_rows, say
from briefpub.config import FILE
from briefpub.domain.audience import (
    DigestBody,
    List,
    RowFate,
    SubscriberRow,
    SubscriptionFormat,
    SubscriptionState,
    checked_slug,
)
from briefpub.domain.errors import ConfigError, ConfirmationNeeded, Conflict

FINDINGS = 1


@click.group(name="lists")
def lists_command() -> None:
    """Look at the lists that issues go to, make and change them."""


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
    body = {"digest_body": DigestBody(changes.pop("digest_body"))} if "digest_body" in changes else {}
    newsroom.stored.declare(replace(_stored(newsroom, slug), **changes, **body))  # type: ignore[arg-type]
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


@click.group(name="subscribers")
def subscribers_command() -> None:
    """Look at the people on the lists, add and remove them."""


list_option = click.option("--list", "slug", required=True, metavar="LIST", help="The list.")


@subscribers_command.command(name="list")
@list_option
@click.option("--status", type=choice_of(SubscriptionState), help="Only these.")
@click.option("--count", is_flag=True, help="Print only how many there are.")
@json_option
@click.pass_context
def subscribers_list(
    ctx: click.Context, *, slug: str, status: str | None, count: bool, as_json: bool
) -> None:
    """Show a list's subscribers by address."""
    newsroom = newsroom_of(ctx)
    newsroom.list(slug)
    if count and status == SubscriptionState.CONFIRMED:
        click.echo(newsroom.audience.confirmed(slug))
        return
    rows = [
        (s.subscriber.address, s.subscriber.name, s.state, s.format, s.consent)
        for s in newsroom.audience.subscriptions(slug)
        if status is None or s.state == status
    ]
    if count:
        click.echo(len(rows))
    else:
        print_rows(("address", "name", "status", "format", "consent"), rows, as_json=as_json)


@subscribers_command.command(name="add")
@click.argument("address")
@list_option
@click.option("--name", default="", help="The person's name.")
@click.option("--format", type=choice_of(SubscriptionFormat), default=SubscriptionFormat.DIGEST.value)
@click.option("--consent", required=True, help="How and when they agreed, in your words.")
@click.pass_context
def subscribers_add(
    ctx: click.Context, *, address: str, slug: str, name: str, format: str, consent: str
) -> int:
    """Put one person, who agreed to it, on a list."""
    from briefpub.content.importers.subscribers import checked_row

    newsroom = newsroom_of(ctx)
    newsroom.list(slug)
    row = checked_row(SubscriberRow(line=1, address=address, name=name, format=SubscriptionFormat(format)))
    if row.reason:
        raise ConfigError(row.reason, where=address)
    (fate,) = newsroom.audience.subscribe(slug, [row], consent=consent, now=moment())
    say(f"{address}: {fate.value}")
    return FINDINGS if fate is RowFate.OFF else 0


@subscribers_command.command(name="remove")
@click.argument("address")
@list_option
@click.pass_context
def subscribers_remove(ctx: click.Context, *, address: str, slug: str) -> int:
    """End one person's subscription to a list."""
    newsroom = newsroom_of(ctx)
    newsroom.list(slug)
    ended = newsroom.audience.unsubscribe(slug, address, now=moment())
    say(f"{address}: {'unsubscribed' if ended else 'was not subscribed'}")
    return 0 if ended else FINDINGS


@subscribers_command.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
@list_option
@click.option("--dry-run", is_flag=True, help="Say what would happen, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--consent", help="How these people agreed; else the file's name and today's date.")
@click.option("--rejects", type=click.Path(path_type=Path), help="Write the bad rows there, with the reason.")
@json_option
@click.pass_context
def subscribers_import(
    ctx: click.Context,
    *,
    file: Path,
    slug: str,
    dry_run: bool,
    yes: bool,
    consent: str | None,
    rejects: Path | None,
    as_json: bool,
) -> int:
    """Add the people of a CSV file (columns email, name, status, format) to a list.

    Whoever unsubscribed stays off, whatever the file says.
    """
    from briefpub.content.importers.subscribers import read_rows, write_rejects

    newsroom = newsroom_of(ctx)
    newsroom.list(slug)
    try:
        rows = read_rows(file.read_bytes(), name=file.name)
    except OSError as error:
        raise ConfigError(f"the file cannot be read: {error.strerror}", where=str(file)) from error
    now = moment()
    fates = newsroom.audience.fates(slug, rows)
    totals = Counter(fates)
    bad = [row for row, fate in zip(rows, fates, strict=True) if fate is RowFate.BAD]
    for row in bad[:20]:
        say(f"{file}:{row.line}: {row.reason or 'cannot be used'}: {row.address}")
    if len(bad) > 20:
        say(f"{file}: and {len(bad) - 20} more bad rows")
    sentence = ", ".join(f"{totals[fate]} {fate.value}" for fate in RowFate)
    if not dry_run and totals[RowFate.NEW]:
        if not yes:
            if not sys.stdin.isatty():
                raise ConfirmationNeeded(f"{sentence}", where=str(file), hint="look at it, then add --yes")
            click.confirm(f"{sentence}. Add them to {slug}?", abort=True, err=True)
        words = consent or f"imported from {file.name} on {now.date().isoformat()}"
        newsroom.audience.subscribe(slug, rows, consent=words, now=now)
    if rejects is not None and bad:
        from briefpub.kit.safeio import write_file

        write_file(rejects, write_rejects(bad))
    if as_json:
        print_rows(
            [fate.name.lower() for fate in RowFate], [[totals[fate] for fate in RowFate]], as_json=True
        )
    else:
        say(f"{'Would be' if dry_run else 'Now'} on {slug}: {sentence}.")
    return FINDINGS if bad else 0


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
