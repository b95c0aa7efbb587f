"""outbox: what was frozen, and who got it."""

import time
from collections.abc import Iterator
from datetime import datetime

import click

from briefpub.bootstrap import Newsroom
from briefpub.cli import orders
from briefpub.cli.context import issue_named, moment, newsroom_of
from briefpub.cli.mailings import newest, under_way
from briefpub.cli.output import json_option, print_json, print_line, print_rows, say
from briefpub.cli.standing import clock, counted, left_of, site_stands, stands
from briefpub.domain.delivery import Delivery, DeliveryState, Event, Mailing
from briefpub.domain.flow import SiteState
from briefpub.domain.issue import Frozen
from briefpub.workflows.ports import Ledger

LOOKED_AT = frozenset({DeliveryState.UNKNOWN, DeliveryState.FAILED})
# Deferred ones are found among the queued; among more than these nobody looks without asking for all.
MOST_QUEUED = 10_000
FOLLOW_EVERY = 1.0
DUE = "What is left is due now: a running `briefpub run` sends it; else type: briefpub run --once"
EVENT = ("at", "issue", "address", "outcome", "reply")


@click.group(name="outbox")
def outbox_command() -> None:
    """See what was frozen and who got it; hold a mailing, go on with it, or stop it.

    Without an ISSUE, a command is about the mailing that is on its way.
    """


for order in (orders.pause_command, orders.resume_command, orders.retry_command, orders.cancel_command):
    outbox_command.add_command(order)


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
            mailing.reason,
        )
        for mailing in newsroom.ledger.mailings(slug)
    ]
    print_rows(("issue", "state", *DeliveryState, "left", "reason"), rows, as_json=as_json)


@outbox_command.command(name="show")
@click.argument("issue", required=False)
@click.option("--all", "everyone", is_flag=True, help="Every delivery, not only those to look at.")
@json_option
@click.pass_context
def outbox_show(ctx: click.Context, *, issue: str | None, everyone: bool, as_json: bool) -> None:
    """Show one ISSUE: its editions, proved against their manifest, and how its mailing stands.

    Deliveries to look at are listed: the unknown and the failed ones, and those that are tried again later.
    """
    newsroom = newsroom_of(ctx)
    mailing = newest(newsroom.ledger.mailings()) if issue is None else None
    key = mailing.issue if mailing else issue_named(newsroom, issue).key
    mailing = mailing or newsroom.ledger.mailing(key)
    frozen = newsroom.outbox.frozen(key)
    now = moment()
    closed = tuple(site for site in newsroom.sites.states() if not site.open(now)) if mailing else ()
    shown = tuple(_to_look_at(newsroom, mailing, everyone=everyone)) if mailing else ()
    due = newsroom.ledger.next_due(mailing.id, now=now) if mailing and under_way(mailing) else None
    if as_json:
        print_json(
            {
                "issue": key,
                "folder": frozen.folder if frozen else None,
                "state": mailing.state if mailing else None,
                "reason": mailing.reason if mailing else "",
                **{state.value: mailing.counts.get(state, 0) if mailing else 0 for state in DeliveryState},
                "left": mailing.left if mailing else 0,
                "next_due": due,
                "sites": [_site(site) for site in closed],
                "editions": [
                    {"file": e.format.file_name, "size": len(e.data), "sha256": e.sha256}
                    for e in (frozen.editions if frozen else ())
                ],
                "deliveries": [_delivery(one) for one in shown],
            }
        )
        return
    _say_frozen(key, frozen)
    if mailing:
        say(f"Deliveries: {counted(mailing)}; {left_of(mailing)}. {stands(mailing)}")
        for site in closed:
            say(site_stands(site, now=now))
        _advise(mailing, due=due, held=bool(closed), now=now)
    if shown:
        columns = ("address", "state", "attempts", "not_before", "reply")
        print_rows(columns, [[_delivery(one)[name] for name in columns] for one in shown], as_json=False)


@outbox_command.command(name="tail")
@click.argument("issue", required=False)
@click.option("-n", "--number", "count", type=click.IntRange(0, 1000), default=20, show_default=True)
@click.option("--follow", "-f", is_flag=True, help="Go on with new ones as they come, until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line (form 1).")
@click.pass_context
def outbox_tail(ctx: click.Context, *, issue: str | None, count: int, follow: bool, as_json: bool) -> None:
    """Show the last attempts of ISSUE, or of all: when, to whom, how it ended, and what the server said."""
    newsroom = newsroom_of(ctx)
    mailing = None
    if issue:
        key = issue_named(newsroom, issue).key
        found = newsroom.ledger.mailing(key)
        if found is None:
            say(f"{key} has not been published yet.")
            return
        mailing = found.id
    if not as_json:
        print_line(EVENT, EVENT, as_json=False)
    for event in _events(newsroom.ledger, mailing, count, follow=follow):
        made = event.attempt
        values = (made.at, event.issue, event.address, made.outcome, made.reply)
        print_line(EVENT, values, as_json=as_json)


def _events(ledger: Ledger, mailing: int | None, count: int, *, follow: bool) -> Iterator[Event]:
    """Give the last `count` attempts and, when following, each that comes."""
    newest_one = ledger.events(after=-1, mailing=mailing)
    seen = newest_one[-1].number if newest_one else 0
    yield from _last(ledger, mailing, count, number=seen)
    while follow:
        for event in ledger.events(after=seen, mailing=mailing):
            seen = event.number
            yield event
        time.sleep(FOLLOW_EVERY)


def _last(ledger: Ledger, mailing: int | None, count: int, *, number: int) -> tuple[Event, ...]:
    """Give the last `count` attempts up to that of a number: further back where others lie in between."""
    found: tuple[Event, ...] = ()
    back = count
    while count:
        after = max(number - back, 0)
        found = ledger.events(after=after, mailing=mailing, most=back)
        if len(found) >= count or not after:
            return found[-count:]
        back *= 4
    return found


def _to_look_at(newsroom: Newsroom, mailing: Mailing, *, everyone: bool) -> Iterator[Delivery]:
    if everyone:
        yield from newsroom.ledger.deliveries(mailing.id)
        return
    yield from newsroom.ledger.deliveries(mailing.id, states=LOOKED_AT)
    queued = frozenset({DeliveryState.QUEUED})
    if 0 < mailing.counts.get(DeliveryState.QUEUED, 0) <= MOST_QUEUED:
        yield from (one for one in newsroom.ledger.deliveries(mailing.id, states=queued) if one.attempts)


def _say_frozen(key: str, frozen: Frozen | None) -> None:
    if frozen is None:
        say(f"{key} is not frozen yet.")
        return
    say(f"{key} is frozen in {frozen.folder}; every file is what its manifest says.")
    print_rows(
        ("file", "bytes", "sha256"),
        [(e.format.file_name, len(e.data), e.sha256) for e in frozen.editions],
        as_json=False,
    )


def _advise(mailing: Mailing, *, due: datetime | None, held: bool, now: datetime) -> None:
    """Say what comes next, and what an editor may type."""
    key, count = mailing.issue, mailing.counts.get
    if under_way(mailing) and (mailing.reason or held):
        say(f"Mend that, then: briefpub outbox resume {key}")
    elif due and due > now:
        say(f"The next is due at {clock(due, now)}.")
    elif due:
        say(DUE)
    if (queued := count(DeliveryState.QUEUED, 0)) > MOST_QUEUED:
        say(f"Which of the {queued} queued were tried already: briefpub outbox show {key} --all")
    if count(DeliveryState.UNKNOWN, 0):
        say("Unknown means that the line was lost after the last byte: the server may have it, or not.")
        say(f"  It arrived:  briefpub outbox cancel {key} --unknown --as accepted")
        say(f"  Send again:  briefpub outbox retry {key} --unknown")
    if count(DeliveryState.FAILED, 0):
        say(f"Try the failed ones again: briefpub outbox retry {key}")


def _site(site: SiteState) -> dict[str, object]:
    return {"site": site.site, "stopped": site.stopped or None, "closed_until": site.closed_until}


def _delivery(one: Delivery) -> dict[str, object]:
    return {
        "address": one.subscriber.address,
        "state": one.state,
        "attempts": one.attempts,
        "not_before": one.not_before,
        "reply": one.reply,
        "message_id": one.message_id,
    }
