"""run: deliver what is due, once or for as long as it is left running."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import click

from briefpub.bootstrap import Newsroom
from briefpub.cli.context import moment, newsroom_of
from briefpub.cli.draining import Drain, draining
from briefpub.cli.output import print_json, progress_bar, say
from briefpub.cli.standing import full_stop, gone
from briefpub.domain.delivery import DeliveryState, MailingState
from briefpub.domain.errors import BriefpubError, Locked

if TYPE_CHECKING:
    from briefpub.workflows.send import Send, Sent

PARTLY = 3
TEMPORARY = 75
INTERRUPTED = 130
# New mailings are looked for this often, in seconds; after an error the wait doubles up to the longest.
EVERY = 5.0
LONGEST = 300.0
LEAST = 0.05
TELL_EVERY = 10.0
# While another process sends, this one looks again so often; every so many looks it says that it waits.
KEPT_OUT = 1.0
PATIENT = 60
SHORT = frozenset({DeliveryState.FAILED, DeliveryState.UNKNOWN})


@click.command(name="run")
@click.option("--once", is_flag=True, help="Deliver what is due now, say what came of it, and end.")
@click.option("--json", "as_json", is_flag=True, help="With --once: print each mailing as JSON (form 1).")
@click.pass_context
def run_command(ctx: click.Context, *, once: bool, as_json: bool) -> int:
    """Deliver what is due, and go on delivering until it is stopped; one such process at a time.

    Publishing works beside it. What a crash left is taken up first. SIGTERM or Ctrl-C stops tidily: nothing
    new is begun, and what is on its way ends within 30 seconds. With --once the exit code says how it went:
    0 well, 3 some failed or are unknown, 75 the server could not be used at all.
    """
    newsroom = newsroom_of(ctx)
    if once:
        return run_once(newsroom.send(), as_json=as_json)
    if as_json:
        raise click.UsageError("--json goes with --once; what a long run writes are log lines")
    return run_on(newsroom)


def run_once(send: "Send", *, as_json: bool) -> int:
    """Deliver what is due now, tell it, and give the exit code."""
    with draining() as drain, send.alone(), progress_bar() as progress:
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


def run_on(newsroom: Newsroom) -> int:
    """Deliver what is due whenever it is, until a signal asks to stop."""
    # The library behind it is slow to load, and help must not wait for it.
    from briefpub.kit import logs
    from briefpub.store.lock import watching

    settings = newsroom.settings
    logs.set_up(level=settings.log if "log" in settings.model_fields_set else "info")
    send = newsroom.send()
    with draining() as drain, watching(newsroom.database) as still_ours:
        log = logs.logger("send")
        Watch(send=send, still_ours=still_ours, drain=drain, now=moment, log=log).keep()
    return 0


class Log(Protocol):
    """What a long run tells its operator; `kit.logs` gives one."""

    def debug(self, event: str, **values: object) -> object:
        """Tell what only somebody who looks for a fault wants to know."""
        ...

    def info(self, event: str, **values: object) -> object:
        """Tell what went as it should."""
        ...

    def warning(self, event: str, **values: object) -> object:
        """Tell what a person should look at."""
        ...

    def error(self, event: str, **values: object) -> object:
        """Tell what went wrong and is tried again."""
        ...


@dataclass(slots=True, kw_only=True)
class Watch:
    """One process that sends: what it did last for each mailing, so that it logs only what is new.

    It holds the publication only while it sends, so that others get their turn between two rounds.
    `still_ours` raises Locked when another process keeps watch by now.
    """

    send: "Send"
    still_ours: Callable[[], None]
    drain: Drain
    now: Callable[[], datetime]
    log: Log
    _known: dict[str, object] = field(default_factory=dict)
    _told: float = 0.0
    _patience: float = EVERY
    _kept_out: int = 0

    def keep(self) -> None:
        """Send until the drain is asked; a fault that may pass is logged, and tried again ever later."""
        self.log.info("watching for mailings")
        while not self.drain():
            self.drain.wait(self._round())
        self.log.info("stopped")

    def _round(self) -> float:
        """Send what is due, log what is new, and give the seconds until the next round."""
        self._told = time.monotonic()
        try:
            self.still_ours()
            sent = self._sent()
        except BriefpubError as error:
            if error.exit_code != TEMPORARY:
                raise
            return self._wait_after(error)
        self._patience = EVERY
        if sent is None:
            return KEPT_OUT
        for one in sent:
            self._tell(one)
        return wait_for(sent, now=self.now())

    def _wait_after(self, fault: BriefpubError) -> float:
        wait, self._patience = self._patience, min(self._patience * 2, LONGEST)
        self.log.error(str(fault), mend=fault.hint, again_in=f"{wait:.0f} s")
        return wait

    def _sent(self) -> "tuple[Sent, ...] | None":
        """Send what is due; None while another process, which publishes perhaps, holds the publication."""
        with ExitStack() as stack:
            try:
                stack.enter_context(self.send.alone())
            except Locked as error:
                self._kept_out += 1
                tell = self.log.debug if self._kept_out % PATIENT else self.log.warning
                tell("waiting for another process", why=str(error))
                return None
            self._kept_out = 0
            return self.send(now=self.now, progress=self._progress, stop=self.drain)

    def _tell(self, one: "Sent") -> None:
        mailing = one.mailing
        known = (mailing.state, mailing.reason, one.trouble)
        if not one.done and self._known.get(mailing.issue) == known:
            return
        self._known[mailing.issue] = known
        counts = {state.value: count for state, count in mailing.counts.items() if count}
        if mailing.state is MailingState.PAUSED:
            self.log.warning("paused", issue=mailing.issue, reason=mailing.reason, **counts)
        elif one.trouble:
            self.log.warning("held up", issue=mailing.issue, why=one.trouble, mend=one.hint, **counts)
        else:
            when = {"next": one.waits_until.isoformat(timespec="seconds")} if one.waits_until else {}
            self.log.info(mailing.state.value, issue=mailing.issue, ended_now=one.done, **counts, **when)

    def _progress(self, step: str, done: int, total: int) -> None:
        if time.monotonic() - self._told >= TELL_EVERY:
            self._told = time.monotonic()
            self.log.info(step, done=done, of=total)


def wait_for(sent: Sequence["Sent"], *, now: datetime) -> float:
    """Give the seconds to the next delivery that comes due, EVERY at most.

    One that is due and did not go is held up by its site or its hours: that is looked at as often.
    """
    coming = [
        (one.waits_until - now).total_seconds()
        for one in sent
        if one.waits_until and one.waits_until > now and one.mailing.state is not MailingState.PAUSED
    ]
    return max(min([EVERY, *coming]), LEAST)


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
