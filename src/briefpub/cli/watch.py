"""The sending half of a long run: delivers what is due, round after round, until it is asked to stop."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from briefpub.cli.draining import Drain
from briefpub.domain.delivery import ENDED, MailingState
from briefpub.domain.errors import BriefpubError, Locked

if TYPE_CHECKING:
    from briefpub.workflows.send import Send, Sent

TEMPORARY = 75
# New mailings are looked for this often, in seconds; after an error the wait doubles up to the longest.
EVERY = 5.0
LONGEST = 300.0
LEAST = 0.05
TELL_EVERY = 10.0
# While another process sends, this one looks again so often; every so many looks it says that it waits.
KEPT_OUT = 1.0
PATIENT = 60
# A server may think for ten minutes about one message (RFC 5321 4.5.3.2.6), and a large mailing is queued in
# one transaction: only who shows no sign for longer than that is stuck.
LONGEST_STEP = 20 * 60.0
LOOK = 60.0


def no_sign(patience: float) -> None:
    """Show nobody that one is alive."""


def no_board(told: str) -> None:
    """Write on no board what is being sent."""


def nobody() -> None:
    """Call nobody."""


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
    `still_ours` raises Locked when another process keeps watch by now. `pulse` is told at each step within
    how many seconds the next one comes; `board` what is being sent; `ended` is called when a mailing ended.
    """

    send: "Send"
    still_ours: Callable[[], None]
    drain: Drain
    now: Callable[[], datetime]
    log: Log
    pulse: Callable[[float], None] = no_sign
    board: Callable[[str], None] = no_board
    ended: Callable[[], None] = nobody
    _known: dict[str, object] = field(default_factory=dict)
    _told: float = 0.0
    _patience: float = EVERY
    _kept_out: int = 0

    def keep(self) -> None:
        """Send until the drain is asked; a fault that may pass is logged, and tried again ever later."""
        self.log.info("watching for mailings")
        while not self.drain():
            wait = self._round()
            self.pulse(wait + LOOK)
            self.drain.wait(wait)
        self.log.info("stopped")

    def _round(self) -> float:
        """Send what is due, log what is new, and give the seconds until the next round."""
        self._told = time.monotonic()
        self.pulse(LONGEST_STEP)
        try:
            self.still_ours()
            sent = self._sent()
        except BriefpubError as error:
            if error.exit_code != TEMPORARY:
                raise
            return self._wait_after(error)
        self._patience = EVERY
        self.board("")
        if sent is None:
            return KEPT_OUT
        for one in sent:
            self._tell(one)
        if any(one.mailing.state in ENDED for one in sent):
            self.ended()
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
            return self.send(now=self.now, progress=self._progress, stop=self._stop)

    def _stop(self) -> bool:
        """Say whether to stop; whoever asks is alive."""
        self.pulse(LONGEST_STEP)
        return self.drain()

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
        self.pulse(LONGEST_STEP)
        if time.monotonic() - self._told >= TELL_EVERY:
            self._told = time.monotonic()
            self.board(f"Sending: {done:,} of {total:,} done.")
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
