"""subscribers: the people on the lists, one by one."""

import sys

import click

from briefpub.cli.context import moment, newsroom_of
from briefpub.cli.imports import export_command, import_command, imports_command
from briefpub.cli.output import choice_of, json_option, print_json, print_rows, say
from briefpub.domain.audience import Frequency, RowFate, SubscriberRow, SubscriptionFormat, SubscriptionState
from briefpub.domain.consent import Answer
from briefpub.domain.errors import ConfigError, ConfirmationNeeded
from briefpub.domain.person import Person, told
from briefpub.domain.replies import Outcome

FINDINGS = 1


@click.group(name="subscribers")
def subscribers_command() -> None:
    """Look at the people on the lists, add and remove them."""


subscribers_command.add_command(import_command)
subscribers_command.add_command(imports_command)
subscribers_command.add_command(export_command)
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
    found = (s for s in newsroom.audience.subscriptions(slug) if status is None or s.state == status)
    if count:
        click.echo(sum(1 for _ in found))
        return
    rows = [
        (
            s.subscriber.address,
            s.subscriber.name,
            s.state,
            s.format,
            s.frequency,
            s.wants or "",
            s.device,
            s.consent,
        )
        for s in found
    ]
    columns = ("address", "name", "status", "format", "frequency", "wants", "device", "consent")
    print_rows(columns, rows, as_json=as_json)


@subscribers_command.command(name="add")
@click.argument("address")
@list_option
@click.option("--name", default="", help="The person's name.")
@click.option("--format", type=choice_of(SubscriptionFormat), default=SubscriptionFormat.DIGEST.value)
@click.option(
    "--frequency",
    type=choice_of(Frequency),
    default=Frequency.EACH.value,
    help="Each issue, or a gathering of them.",
)
@click.option("--device", default="", metavar="ADDRESS", help="Their e-reader's own address.")
@click.option("--consent", required=True, help="How and when they agreed, in your words.")
@click.pass_context
def subscribers_add(
    ctx: click.Context,
    *,
    address: str,
    slug: str,
    name: str,
    format: str,
    frequency: str,
    device: str,
    consent: str,
) -> int:
    """Put one person, who agreed to it, on a list."""
    from briefpub.content.importers.subscribers import checked_row

    newsroom = newsroom_of(ctx)
    newsroom.list(slug)
    row = checked_row(
        SubscriberRow(
            line=1,
            address=address,
            name=name,
            format=SubscriptionFormat(format),
            device=device,
            frequency=Frequency(frequency),
        )
    )
    if row.reason:
        raise ConfigError(row.reason, where=address)
    fate = newsroom.intakes.add(slug, row, consent=consent, now=moment())
    say(f"{address}: {fate.value}")
    if fate is RowFate.NEW and row.frequency not in newsroom.audience.frequencies(slug):
        say(f"Nothing is sent to them yet: no schedule makes a {row.frequency} gathering of {slug}.")
        say(f"briefpub schedule add NAME --list {slug} --gather {row.frequency} … makes one.")
    return FINDINGS if fate is RowFate.OFF else 0


@subscribers_command.command(name="remove")
@click.argument("address")
@list_option
@click.option("--how", default="removed by an editor", help="How they asked for it, for the record.")
@click.option("--tell", is_flag=True, help="Write to them that they are off the list.")
@click.pass_context
def subscribers_remove(ctx: click.Context, *, address: str, slug: str, how: str, tell: bool) -> int:
    """End one person's subscription to a list; what waits to be sent to them is not sent."""
    newsroom = newsroom_of(ctx)
    newsroom.list(slug)
    now = moment()
    # Not by the workflow of signed links: a broken transport must not keep anybody on a list.
    standing = newsroom.consents.standing_of(slug, address)
    answer = (
        newsroom.consents.unsubscribe(slug, standing.subscriber.id, how=how, now=now)
        if standing
        else Answer.GONE
    )
    say(f"{address}: {'unsubscribed' if answer is Answer.DONE else 'was not subscribed'}")
    if standing is None or answer is not Answer.DONE:
        return FINDINGS
    if tell:
        attempt = newsroom.subscribe.farewell(standing, left_at=now)
        if attempt.outcome not in {Outcome.ACCEPTED, Outcome.UNKNOWN}:
            say(f"{address}: the letter could not be sent: {attempt.reply}")
            return FINDINGS
    return 0


@subscribers_command.command(name="show")
@click.argument("address")
@json_option
@click.pass_context
def subscribers_show(ctx: click.Context, *, address: str, as_json: bool) -> int:
    """Show all that is held of one person: subscriptions, consent, deliveries, suppression."""
    person = newsroom_of(ctx).people.person(address)
    if person is None:
        say(f"Nothing is held of {address}.")
        return FINDINGS
    if as_json:
        print_json(told(person))
    else:
        _show(person)
    return 0


def _show(person: Person) -> None:
    if person.since is None:
        say(f"Of {person.address} only a hash is held.")
    else:
        name = f" ({person.name})" if person.name else ""
        say(f"{person.address}{name}, known since {person.since.isoformat()}.")
    if person.suppressed and person.suppressed_since:
        say(f"Suppressed since {person.suppressed_since.isoformat()}: {person.suppressed}.")
    print_rows(
        ("when", "list", "what", "how"),
        sorted(
            [
                *(
                    (one.at.isoformat(), one.list or "every list", one.event, one.how)
                    for one in person.consent
                ),
                *(
                    (
                        one.at.isoformat() if one.at else "",
                        one.issue.partition("/")[0],
                        f"{one.issue} {one.state.value}",
                        one.reply,
                    )
                    for one in person.deliveries
                ),
            ]
        ),
        as_json=False,
    )
    for standing in person.subscriptions:
        device = f" to {standing.device}" if standing.device else ""
        often = "" if standing.frequency is Frequency.EACH else f", {standing.frequency.value}"
        wants = f"; {standing.wants.value} from the next turn on" if standing.wants else ""
        say(f"{standing.list}: {standing.state.value}, takes {standing.format.value}{device}{often}{wants}.")


@subscribers_command.command(name="erase")
@click.argument("address")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_context
def subscribers_erase(ctx: click.Context, *, address: str, yes: bool, as_json: bool) -> int:
    """Erase one person and print a receipt. Only a hash stays, so that no import brings them back."""
    newsroom = newsroom_of(ctx)
    person = newsroom.people.person(address)
    if person is None:
        say(f"Nothing is held of {address}.")
        return FINDINGS
    if not yes and person.since is not None:
        lists = ", ".join(standing.list for standing in person.subscriptions) or "no list"
        sentence = f"{person.address} is on {lists}, with {len(person.deliveries)} deliveries"
        if not sys.stdin.isatty():
            raise ConfirmationNeeded(
                f"{sentence}; erasing cannot be undone", where=address, hint="look at it, then add --yes"
            )
        click.confirm(f"{sentence}. Erase them for ever?", abort=True, err=True)
    receipt = newsroom.erase(address, now=moment())
    if as_json:
        print_json(
            {
                "address_sha256": receipt.address_hash,
                "at": receipt.at.isoformat(),
                "removed": list(receipt.removed),
                "kept": list(receipt.kept),
                "beyond": list(receipt.beyond),
            }
        )
        return 0
    rows = [
        *(("removed", what) for what in receipt.removed),
        *(("kept", what) for what in receipt.kept),
        *(("out of reach", what) for what in receipt.beyond),
    ]
    say(f"Erased at {receipt.at.isoformat()}; the hash that stays is {receipt.address_hash}.")
    print_rows(("what became of it", "what"), rows, as_json=False)
    return 0
