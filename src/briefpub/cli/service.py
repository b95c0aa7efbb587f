"""A long run as one process: alarm and sender, pages and figures if asked, until a signal ends it."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from socket import socket
from typing import Protocol

from briefpub.alarm import Alarm
from briefpub.bootstrap import Newsroom
from briefpub.bootstrap.watching import build_of, count_of, heartbeats_of, own_heartbeat, upcoming_of
from briefpub.cli.bell import SILENT, Bell
from briefpub.cli.context import moment
from briefpub.cli.draining import Drain, draining
from briefpub.cli.signs import Beat, Pulse, ticking
from briefpub.cli.watch import LONGEST_STEP, Log, Watch, nobody
from briefpub.domain.errors import ConfigError
from briefpub.domain.heartbeat import RUN
from briefpub.kit import logs
from briefpub.kit.systemd import Systemd, systemd
from briefpub.store.lock import watching

BEAT_EVERY = 10.0
# Steps of a ring are short but for a build, which is given up: nothing of it is written before it is whole.
RING_ENDS_WITHIN = 5.0
INTERRUPTED = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a long run serves besides: readers' pages, and the operator's figures, each on an address."""

    pages: tuple[str, int] | None = None
    proxy: bool = False
    figures: tuple[str, int] | None = None


class Half(Protocol):
    """The sending half of a run."""

    def keep(self) -> None:
        """Send until the drain is asked."""
        ...


@dataclass(slots=True, kw_only=True)
class Board:
    """One plain sentence or two for whoever asks systemd how we are: what is being sent, what comes next."""

    systemd: Systemd
    sending: str = ""
    coming: str = ""
    _shown: str = ""

    def now_sending(self, told: str) -> None:
        """Write what is being sent; nothing where nothing is."""
        self.sending = told
        self.show()

    def now_coming(self, told: str) -> None:
        """Write what comes next."""
        self.coming = told
        self.show()

    def text(self) -> str:
        """Give what stands on it."""
        return " ".join(filter(None, (self.sending or "Waiting.", self.coming)))

    def show(self) -> None:
        """Show it, if it is news."""
        text = self.text()
        if text != self._shown:
            self._shown = text
            self.systemd.status(text)


@dataclass(slots=True, kw_only=True)
class Service:
    """All parts of one long run, and what they have in common."""

    newsroom: Newsroom
    drain: Drain
    board: Board
    log: Log
    sender: Pulse = field(default_factory=partial(Pulse, name="the sender"))
    alarm: Pulse = field(default_factory=partial(Pulse, name="the alarm"))
    servers: dict[str, Callable[[], bool]] = field(default_factory=dict)
    ring: Callable[[], None] = nobody

    def ails(self) -> str:
        """Say which part is dead or stuck, or nothing; while it ends, nothing is."""
        if self.drain():
            return ""
        dead = [f"{name} no longer answer" for name, alive in self.servers.items() if not alive()]
        return "; ".join(filter(None, (self.sender.ails(), self.alarm.ails(), *dead)))

    @contextmanager
    def sending(self) -> Iterator[Half]:
        """Give the sending half, with the locks it needs held. Raises Locked where another `run` is on.

        Where many machines work there is no lock: all of them may run this, and work by leases.
        """
        if self.newsroom.distributed:
            from briefpub.cli.shift import Shift

            yield Shift(newsroom=self.newsroom, drain=self.drain, alive=partial(self.sender, LONGEST_STEP))
            self.log.info("stopped")
            return
        send = self.newsroom.send()
        with watching(self.newsroom.database) as still_ours:
            yield Watch(
                send=send,
                still_ours=still_ours,
                drain=self.drain,
                now=moment,
                log=self.log,
                pulse=self.sender,
                board=self.board.now_sending,
                ended=self._ended,
            )

    def _ended(self) -> None:
        """Let a run hear at once that its issue was sent."""
        self.ring()

    def bell(self) -> Bell:
        """Give what the alarm rings."""
        return Bell(
            schedules=self.newsroom.run_schedules(jobs=1, shared=self.newsroom.distributed),
            now=moment,
            stop=self.drain,
            wake=self.drain.wake,
            log=logs.logger("clock"),
            pulse=self.alarm,
            after=self.look_ahead,
        )

    def look_ahead(self) -> None:
        """Write on the board what goes out next, and when."""
        soonest = next(iter(upcoming_of(self.newsroom)(moment())), None)
        told = "No schedule has anything coming."
        if soonest:
            schedule, next_ = soonest
            told = f"Next: {schedule.name} on {next_.at:%a %Y-%m-%d %H:%M} {schedule.timezone}."
        self.board.now_coming(told)

    @contextmanager
    def pages(self, place: tuple[str, int], *, proxy: bool) -> Iterator[None]:
        """Serve readers' pages. Raises ConfigError without a letterbox, or where the port is taken."""
        from briefpub.web.app import letterbox_app
        from briefpub.web.letterbox.box import letterbox_of
        from briefpub.web.server import listening, place_of, serving

        box = letterbox_of(self.newsroom)
        app = letterbox_app(box, log=logs.logger("web"), behind_proxy=proxy)
        with (
            listening(*place) as on,
            serving(app, on, name="pages", stop=self.drain) as alive,
        ):
            self.servers["the pages"] = alive
            self.log.info("serving the pages", at=f"{place_of(on)}{box.press.base}", proxy=proxy)
            yield

    @contextmanager
    def figures(self, place: tuple[str, int]) -> Iterator[None]:
        """Serve the operator's figures. Raises ConfigError where the port is taken."""
        from briefpub.web.metrics import Watched, metrics_app
        from briefpub.web.server import place_of, serving

        upcoming = upcoming_of(self.newsroom)

        def coming(now: datetime) -> dict[str, datetime]:
            return {schedule.name: next_.due for schedule, next_ in upcoming(now)}

        watched = Watched(
            count=count_of(self.newsroom),
            heartbeats=heartbeats_of(self.newsroom),
            sites=self.newsroom.sites,
            coming=coming,
            ails=self.ails,
            now=moment,
            build=build_of(self.newsroom),
        )
        with (
            _listening_for_figures(place) as on,
            serving(metrics_app(watched), on, name="figures", stop=self.drain) as alive,
        ):
            self.servers["the figures"] = alive
            self.log.info("serving the figures", at=f"{place_of(on)}/metrics")
            yield


def run_on(newsroom: Newsroom, offer: Offer) -> int:
    """Do what is due whenever it is, until a signal asks to stop; give the exit code."""
    settings = newsroom.settings
    logs.set_up(level=settings.log if "log" in settings.model_fields_set else "info")
    bell: Bell | None = None
    code = 0
    try:
        with ExitStack() as stack:
            board = Board(systemd=systemd())
            service = Service(
                newsroom=newsroom,
                drain=stack.enter_context(draining()),
                board=board,
                log=logs.logger("send"),
            )
            half = stack.enter_context(service.sending())
            if offer.figures:
                stack.enter_context(service.figures(offer.figures))
            if offer.pages:
                stack.enter_context(service.pages(offer.pages, proxy=offer.proxy))
            stack.enter_context(_beating(service))
            bell = service.bell()
            stack.enter_context(_alarm(service, bell))
            half.keep()
    except KeyboardInterrupt:
        # The second signal, or the time: what still runs in other threads is left as a crash would leave it.
        if bell is None or bell.ended(within=0):
            raise
        code = INTERRUPTED
    if not bell.ended(within=0):
        _leave(code)
    return code


@contextmanager
def _alarm(service: Service, bell: Bell) -> Iterator[None]:
    """Ring from now on, tell systemd that all is begun, and end both behind the block."""
    told = service.board.systemd
    service.look_ahead()
    service.alarm(SILENT)
    alarm = Alarm(next_due=bell.due, ring=bell, now=moment, on_error=bell.failed)
    alarm.start()
    service.ring = alarm.wake
    service.log.info(
        "begun", **build_of(service.newsroom), at=service.newsroom.database.where, next=service.board.coming
    )
    told.ready(service.board.text())
    try:
        yield
    finally:
        told.stopping()
        service.drain.ask()  # also where it was an error that ended the sender: no ring begins any more
        alarm.stop(wait=False)
        bell.ended(within=RING_ENDS_WITHIN)


@contextmanager
def _beating(service: Service) -> Iterator[None]:
    """Write the heartbeat, and tell systemd's watchdog, as long as every part of the run lives."""
    heartbeats = heartbeats_of(service.newsroom)
    beat = Beat(
        heartbeats=heartbeats,
        heartbeat=own_heartbeat(RUN, now=moment()),
        ails=service.ails,
        now=moment,
        log=service.log,
    )
    told = service.board.systemd

    def ping() -> None:
        if not service.ails():
            told.alive()

    with ExitStack() as stack:
        # Whoever holds the lock is the only one; a row of another is a dead one's.
        (heartbeats.beat if service.newsroom.distributed else heartbeats.only)(beat.heartbeat)
        stack.callback(beat.stop)
        stack.enter_context(ticking("heartbeat", BEAT_EVERY, beat))
        if told.watchdog:
            stack.enter_context(ticking("watchdog", told.watchdog / 2, ping))
        yield


@contextmanager
def _listening_for_figures(place: tuple[str, int]) -> Iterator[socket]:
    from briefpub.web.server import listening

    try:
        on = listening(*place)
    except ConfigError as error:
        hint = "name another with --metrics, or end the program that serves there"
        raise ConfigError(error.message, where=error.where, hint=hint) from error
    with on:
        yield on


def _leave(code: int) -> None:
    """End now, with a build under way in another thread.

    Python would wait for that thread. Nothing of a build is written before it is whole, and what is under way
    in the database is rolled back: it is a tidy crash, and the next start takes it up.
    """
    logs.logger("clock").warning("a build under way is given up; the next start takes it up")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
