"""outbox: what was frozen, and who got it."""

import click

from briefpub.cli.context import issue_named, newsroom_of
from briefpub.cli.output import json_option, print_json, print_rows, say
from briefpub.domain.delivery import DeliveryState

LOOKED_AT = (DeliveryState.UNKNOWN, DeliveryState.FAILED)


@click.group(name="outbox")
def outbox_command() -> None:
    """See what was frozen, and who got it."""


@outbox_command.command(name="list")
@click.option("--list", "slug", metavar="LIST", help="Only this list's.")
@json_option
@click.pass_context
def outbox_list(ctx: click.Context, *, slug: str | None, as_json: bool) -> None:
    """Show every mailing with its counts, oldest first."""
    newsroom = newsroom_of(ctx)
    if slug:
        newsroom.list(slug)
    rows = [
        (
            mailing.issue,
            mailing.state,
            *(mailing.counts.get(state, 0) for state in DeliveryState),
            mailing.left,
        )
        for mailing in newsroom.ledger.mailings(slug)
    ]
    print_rows(("issue", "state", *DeliveryState, "left"), rows, as_json=as_json)


@outbox_command.command(name="show")
@click.argument("issue", required=False)
@click.option("--all", "everyone", is_flag=True, help="Every delivery, not only those to look at.")
@json_option
@click.pass_context
def outbox_show(ctx: click.Context, *, issue: str | None, everyone: bool, as_json: bool) -> None:
    """Show one ISSUE: its editions, proved against their manifest, and its deliveries."""
    newsroom = newsroom_of(ctx)
    record = issue_named(newsroom, issue)
    frozen = newsroom.outbox.frozen(record.key)
    mailing = newsroom.ledger.mailing(record.key)
    counts = {state: mailing.counts.get(state, 0) if mailing else 0 for state in DeliveryState}
    shown = [
        delivery
        for delivery in (newsroom.ledger.deliveries(mailing.id) if mailing else ())
        if everyone or delivery.state in LOOKED_AT
    ]
    if as_json:
        print_json(
            {
                "issue": record.key,
                "folder": frozen.folder if frozen else None,
                "state": mailing.state if mailing else None,
                **{state.value: count for state, count in counts.items()},
                "left": mailing.left if mailing else 0,
                "editions": [
                    {"file": e.format.file_name, "size": len(e.data), "sha256": e.sha256}
                    for e in (frozen.editions if frozen else ())
                ],
                "deliveries": [
                    {
                        "address": d.subscriber.address,
                        "state": d.state,
                        "attempts": d.attempts,
                        "not_before": d.not_before,
                        "reply": d.reply,
                    }
                    for d in shown
                ],
            }
        )
        return
    if frozen:
        say(f"{record.key} is frozen in {frozen.folder}; every file is what its manifest says.")
        print_rows(
            ("file", "bytes", "sha256"),
            [(e.format.file_name, len(e.data), e.sha256) for e in frozen.editions],
            as_json=False,
        )
    else:
        say(f"{record.key} is not frozen yet.")
    if mailing:
        told = ", ".join(f"{count} {state.value}" for state, count in counts.items() if count)
        say(f"Deliveries: {told or 'none'}; {mailing.left} left. The mailing is {mailing.state.value}.")
    if shown:
        print_rows(
            ("address", "state", "attempts", "not_before", "reply"),
            [(d.subscriber.address, d.state, d.attempts, d.not_before, d.reply) for d in shown],
            as_json=False,
        )
