"""outbox pause, resume, retry, cancel: what an editor orders while a mailing is on its way."""

import click

from briefpub.bootstrap import Newsroom
from briefpub.cli.asking import ask_for, number_options
from briefpub.cli.context import moment, newsroom_of
from briefpub.cli.mailings import mailing_named, under_way
from briefpub.cli.output import say
from briefpub.cli.standing import counted, left_of, stands
from briefpub.domain.audience import folded
from briefpub.domain.delivery import Delivery, DeliveryState, Mailing
from briefpub.domain.errors import ConfigError
from briefpub.workflows.steer import KNOWN, Steer, rest

SHOWN = 20
ON = "A running `briefpub run` goes on with it by itself; else type: briefpub run --once"

issue_argument = click.argument("issue", required=False)
address_option = click.option(
    "--address", "addresses", multiple=True, metavar="ADDRESS", help="With --unknown: only this subscriber's."
)


@click.command(name="pause")
@issue_argument
@click.option("--reason", default="paused by hand", show_default=True, help="Why, for whoever looks later.")
@click.pass_context
def pause_command(ctx: click.Context, *, issue: str | None, reason: str) -> None:
    """Hand over nothing more of ISSUE until it is resumed; what is on its way is still settled."""
    newsroom = newsroom_of(ctx)
    mailing = mailing_named(newsroom, issue)
    paused = _steer(newsroom).pause(mailing, reason=reason, now=moment())
    say(f"{paused.issue} is paused, with {left_of(paused)}. Go on: briefpub outbox resume {paused.issue}")


@click.command(name="resume")
@issue_argument
@click.pass_context
def resume_command(ctx: click.Context, *, issue: str | None) -> None:
    """Go on with ISSUE: nobody who has it gets it twice.

    What was deferred is due at once, servers that were left alone are tried again, and the failures so far
    do not pause it a second time. They are not tried again: that is `outbox retry`.
    """
    newsroom = newsroom_of(ctx)
    mailing = mailing_named(newsroom, issue)
    resumed = _steer(newsroom).resume(mailing, now=moment())
    say(f"{resumed.mailing.issue} goes on: {left_of(resumed.mailing)}. Nobody who has it gets it twice.")
    if resumed.reopened:
        say(f"Servers that are tried again at once: {resumed.reopened}.")
    if unknown := resumed.mailing.counts.get(DeliveryState.UNKNOWN, 0):
        say(f"{unknown} unknown are left alone: briefpub outbox show {resumed.mailing.issue}")
    say(ON)


@click.command(name="retry")
@issue_argument
@click.option(
    "--unknown",
    "--retry-unknown",
    "unknown",
    is_flag=True,
    help="Those in doubt instead: the server may have them, and did not say so.",
)
@address_option
@number_options
@click.pass_context
def retry_command(
    ctx: click.Context,
    *,
    issue: str | None,
    unknown: bool,
    addresses: tuple[str, ...],
    yes: bool,
    expect: int | None,
) -> None:
    """Try the failed deliveries of ISSUE again; with --unknown, those in doubt instead.

    Those in doubt go out with the same Message-ID: some mailboxes show such a message once, most twice.
    """
    newsroom = newsroom_of(ctx)
    state = DeliveryState.UNKNOWN if unknown else DeliveryState.FAILED
    mailing = mailing_named(newsroom, issue, meant=lambda one: bool(one.counts.get(state)))
    if unknown:
        count = len(_in_doubt(newsroom, mailing, addresses))
        sentence = (
            f"{_deliveries(count)} of {mailing.issue} {_are(count)} unknown and would be sent again: "
            f"{count} of those subscribers may have it already, and would get it twice."
        )
    else:
        _only_with_unknown(addresses)
        count = mailing.counts.get(state, 0)
        sentence = f"{_deliveries(count)} of {mailing.issue} failed and would be tried again."
    if not count:
        say(f"Nothing of {mailing.issue} is {state.value}.")
        return
    ask_for(count, sentence=sentence, to="send again", where=mailing.issue, yes=yes, expect=expect)
    steer, now = _steer(newsroom), moment()
    done = steer.resend(mailing, addresses=addresses, now=now) if unknown else steer.retry(mailing, now=now)
    after = newsroom.ledger.mailing(mailing.issue) or mailing
    say(f"{_deliveries(done)} of {mailing.issue} {_are(done)} queued again: {left_of(after)}.")
    say(ON if under_way(after) and not after.reason else stands(after))


@click.command(name="cancel")
@issue_argument
@click.option(
    "--unknown", is_flag=True, help="Only close those in doubt: the server may have them, and did not say so."
)
@address_option
@click.option(
    "--as",
    "known",
    type=click.Choice(sorted(state.value for state in KNOWN)),
    help="With --unknown: what you know of them; else they are given up as failed.",
)
@number_options
@click.pass_context
def cancel_command(
    ctx: click.Context,
    *,
    issue: str | None,
    unknown: bool,
    addresses: tuple[str, ...],
    known: str | None,
    yes: bool,
    expect: int | None,
) -> None:
    """Stop the rest of ISSUE for good: whoever has not got it does not get it any more.

    With --unknown the mailing goes on, and only those in doubt are closed: `--as accepted` where you found
    out that they arrived, `--as failed` where they did not or you give them up.
    """
    newsroom = newsroom_of(ctx)
    if unknown:
        close = DeliveryState(known or DeliveryState.FAILED)
        _settle(newsroom, issue, addresses=addresses, known=close, yes=yes, expect=expect)
        return
    _only_with_unknown(addresses, known)
    mailing = mailing_named(newsroom, issue)
    count = rest(mailing)
    if under_way(mailing):
        ask_for(
            count,
            sentence=f"{mailing.issue} is stopped for good: {count} of {sum(mailing.counts.values())} "
            "subscribers do not get it, now or later.",
            to="stop the rest",
            where=mailing.issue,
            yes=yes,
            expect=expect,
        )
    stopped = _steer(newsroom).cancel(mailing, reason="stopped by hand", now=moment())
    say(f"The rest of {stopped.issue} is stopped: {counted(stopped)}.")


def _settle(
    newsroom: Newsroom,
    issue: str | None,
    *,
    addresses: tuple[str, ...],
    known: DeliveryState,
    yes: bool,
    expect: int | None,
) -> None:
    state = DeliveryState.UNKNOWN
    mailing = mailing_named(newsroom, issue, meant=lambda one: bool(one.counts.get(state)))
    count = len(_in_doubt(newsroom, mailing, addresses))
    if not count:
        say(f"Nothing of {mailing.issue} is unknown.")
        return
    ask_for(
        count,
        sentence=f"{_deliveries(count)} of {mailing.issue} {_are(count)} unknown and would be written down "
        f"as {known.value}; nothing is sent.",
        to="write it down",
        where=mailing.issue,
        yes=yes,
        expect=expect,
    )
    done = _steer(newsroom).settle(mailing, known=known, addresses=addresses, now=moment())
    say(f"{_deliveries(done)} of {mailing.issue} {_are(done)} {known.value} now, by your word.")


def _in_doubt(newsroom: Newsroom, mailing: Mailing, addresses: tuple[str, ...]) -> list[Delivery]:
    """Give the unknown deliveries, all or those of these addresses, and say whose they are.

    Raises ConfigError for an address without one.
    """
    found = list(newsroom.ledger.deliveries(mailing.id, states=frozenset({DeliveryState.UNKNOWN})))
    if addresses:
        wanted = {folded(address): address for address in addresses}
        found = [one for one in found if folded(one.subscriber.address) in wanted]
        lost = wanted.keys() - {folded(one.subscriber.address) for one in found}
        if lost:
            raise ConfigError(
                f"no unknown delivery is to {', '.join(wanted[one] for one in sorted(lost))}",
                where=mailing.issue,
                hint=f"see them all: briefpub outbox show {mailing.issue}",
            )
    for one in found[:SHOWN]:
        say(f"  {one.subscriber.address}")
    if len(found) > SHOWN:
        say(f"  and {len(found) - SHOWN} more: briefpub outbox show {mailing.issue}")
    return found


def _only_with_unknown(*given: object) -> None:
    if any(given):
        raise click.UsageError("--address and --as go with --unknown")


def _deliveries(count: int) -> str:
    return "1 delivery" if count == 1 else f"{count} deliveries"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _steer(newsroom: Newsroom) -> Steer:
    return Steer(issues=newsroom.issues, ledger=newsroom.ledger, sites=newsroom.sites)
