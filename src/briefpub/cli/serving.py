"""run: do what is due, once or for as long as it is left running."""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from briefpub.bootstrap import Newsroom
from briefpub.cli.context import moment, newsroom_of
from briefpub.cli.draining import Drain, draining
from briefpub.cli.output import print_json, progress_bar, say
from briefpub.cli.standing import full_stop, gone
from briefpub.domain.delivery import DeliveryState, MailingState
from briefpub.domain.errors import Locked

if TYPE_CHECKING:
    from briefpub.workflows.acted import Acted
    from briefpub.workflows.send import Sent

PARTLY = 3
TEMPORARY = 75
INTERRUPTED = 130
SHORT = frozenset({DeliveryState.FAILED, DeliveryState.UNKNOWN})
PORT = click.IntRange(0, 65535)


class Address(click.ParamType[tuple[str, int]]):
    """An address to listen on: `9108` on this machine alone, or `HOST:9108`."""

    name = "address"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        """Read it."""
        host, colon, port = str(value).rpartition(":")
        if not port.isdecimal() or int(port) > 65535 or (colon and not host):
            self.fail(f"{value!r} is no address to listen on: write 9108 or 127.0.0.1:9108", param, ctx)
        return host.removeprefix("[").removesuffix("]") or "127.0.0.1", int(port)


@click.command(name="run")
@click.option("--once", is_flag=True, help="Do what is due now, say what came of it, and end.")
@click.option("--json", "as_json", is_flag=True, help="With --once: print each mailing as JSON (form 1).")
@click.option("--web", is_flag=True, help="Serve the subscribers' pages in the same process.")
@click.option("--host", help="With --web: the address to listen on; else 127.0.0.1.")
@click.option("--port", type=PORT, help="With --web: the port; else 8025, and 0 takes a free one.")
@click.option("--proxy", is_flag=True, help="With --web: your own proxy stands before it.")
@click.option("--metrics", type=Address(), metavar="[HOST:]PORT", help="Serve /metrics and /healthz there.")
@click.pass_context
def run_command(
    ctx: click.Context,
    *,
    once: bool,
    as_json: bool,
    web: bool,
    host: str | None,
    port: int | None,
    proxy: bool,
    metrics: tuple[str, int] | None,
) -> int:
    """Run the schedules and deliver what is due, until it is stopped; one such process at a time.

    Publishing works beside it. What a crash left is taken up first. SIGTERM or Ctrl-C stops tidily: nothing
    new is begun, and what is on its way ends within 30 seconds. With --once the exit code says how it went:
    0 well, 3 some failed or are unknown, 75 the server could not be used at all.
    """
    if not web and (host is not None or port is not None or proxy):
        raise click.UsageError("--host, --port and --proxy go with --web")
    if once and (web or metrics):
        raise click.UsageError("--web and --metrics go with a run that goes on, not with --once")
    if as_json and not once:
        raise click.UsageError("--json goes with --once; what a long run writes are log lines")
    newsroom = newsroom_of(ctx)
    if once:
        return run_once(newsroom, as_json=as_json)
    # The libraries behind it are slow to load, and help must not wait for them.
    from briefpub.cli.service import Offer, run_on

    pages = (host or "127.0.0.1", 8025 if port is None else port) if web else None
    return run_on(newsroom, Offer(pages=pages, proxy=proxy, figures=metrics))


def run_once(newsroom: Newsroom, *, as_json: bool) -> int:
    """Do one round of the schedules, deliver what is due now, tell it, and give the exit code."""
    send = newsroom.send()
    with draining() as drain:
        ring_once(newsroom, drain)
        with send.alone(), progress_bar() as progress:
            sent = send(now=moment, progress=progress, stop=drain)
    now = moment()
    if as_json:
        print_json([_as_json(one) for one in sent])
    for one in sent:
        say(gone(one.mailing, waits_until=one.waits_until, now=now))
        if one.trouble:
            say(f"  {full_stop(one.trouble)}")
        if one.hint:
            say(f"  mend: {one.hint}")
    if drain.asked:
        say("Stopped before the end. The same command goes on from there.")
        return INTERRUPTED
    if not sent:
        say("Nothing is due.")
    return exit_code(sent)


def ring_once(newsroom: Newsroom, drain: Drain) -> None:
    """Do what the schedules say now, and tell it; where another `run` is on, that one does so."""
    if not (newsroom.schedules.all() or newsroom.runs.of(open_only=True)):
        return
    from briefpub.store.lock import watching

    shared = newsroom.distributed
    try:
        with nullcontext() if shared else watching(newsroom.database):
            newsroom.run_schedules(jobs=1, shared=shared)(now=moment, stop=drain, tell=_told)
    except Locked:
        return


def _told(one: "Acted") -> None:
    say(full_stop(one.told))


def exit_code(sent: Sequence["Sent"]) -> int:
    """Say in a number how a run went.

    75: a server could not be used, and nothing went out. 3: of a mailing that this run worked on, some
    failed or are unknown, or it was paused on the way. What is deferred is no fault.
    """
    if any(one.trouble for one in sent) and not any(one.done for one in sent):
        return TEMPORARY
    short = any(one.mailing.counts.get(state) for one in sent for state in SHORT)
    paused = any(one.done and one.mailing.state is MailingState.PAUSED for one in sent)
    return PARTLY if short or paused else 0


def _as_json(one: "Sent") -> dict[str, object]:
    mailing = one.mailing
    return {
        "issue": mailing.issue,
        "state": mailing.state,
        "reason": mailing.reason,
        "ended_now": one.done,
        **{state.value: mailing.counts.get(state, 0) for state in DeliveryState},
        "left": mailing.left,
        "next_due": one.waits_until,
        "trouble": one.trouble,
    }
