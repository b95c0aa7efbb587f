"""Signs of life: who is alive, the heartbeat's row, the bell, and what each tells an operator."""

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from fake_watching import FakeHeartbeats

from briefpub.bootstrap.watching import own_heartbeat
from briefpub.cli.bell import LONGEST_RING, SILENT, Bell
from briefpub.cli.draining import Drain
from briefpub.cli.service import Board
from briefpub.cli.signs import Beat, Pulse, ticking
from briefpub.domain.errors import StoreError
from briefpub.domain.heartbeat import RUN
from briefpub.domain.recurrence import Weekly
from briefpub.domain.schedule import Run, RunState, Schedule
from briefpub.kit.systemd import Systemd
from briefpub.workflows.acted import Acted

NOW = dt.datetime(2026, 11, 29, 6, 30, tzinfo=dt.UTC)
WALL = dt.datetime(2026, 11, 29, 7, 30)  # noqa: DTZ001 - a wall time has no zone
SCHEDULE = Schedule(
    name="sundays", list="weekly", rule=Weekly(days=("sun",), at=dt.time(7, 30)), timezone="UTC", since=NOW
)


@dataclass
class Told:
    """A log that keeps what it is told."""

    lines: list[tuple[str, str, dict[str, object]]] = field(default_factory=list)

    def debug(self, event: str, **values: object) -> None:
        self.lines.append(("debug", event, values))

    def info(self, event: str, **values: object) -> None:
        self.lines.append(("info", event, values))

    def warning(self, event: str, **values: object) -> None:
        self.lines.append(("warning", event, values))

    def error(self, event: str, **values: object) -> None:
        self.lines.append(("error", event, values))

    def events(self) -> list[str]:
        return [event for _, event, _ in self.lines]


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Give what moves the clock that nobody sets."""
    at = [1000.0]
    monkeypatch.setattr("briefpub.cli.signs.time.monotonic", lambda: at[0])

    def move(seconds: float) -> None:
        at[0] += seconds

    return move


def test_a_part_is_alive_as_long_as_its_step_may_take(ticks: Callable[[float], None]) -> None:
    pulse = Pulse(name="the sender")
    ticks(1e6)
    assert pulse.ails() == ""  # it has not begun
    pulse(1200)
    ticks(1199)
    assert pulse.ails() == ""
    ticks(2)
    assert pulse.ails() == "the sender has shown no sign of life for 1201 s"
    pulse(60)
    assert pulse.ails() == ""


def test_a_small_thing_is_done_at_once_and_again_and_ends_with_its_block() -> None:
    done = threading.Semaphore(0)
    before = threading.active_count()
    with ticking("test", 0.001, done.release):
        for _ in range(3):
            assert done.acquire(timeout=10)
    assert threading.active_count() == before


def test_a_block_does_not_wait_for_a_small_thing_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("briefpub.cli.signs.GOODBYE", 0.01)
    hangs, free = threading.Event(), threading.Event()

    def hang() -> None:
        if threading.current_thread() is not threading.main_thread():
            hangs.set()
            free.wait(10)

    with ticking("test", 0.001, hang):
        assert hangs.wait(10)
    free.set()


@dataclass
class Broken(FakeHeartbeats):
    """Heartbeats in a database that does not answer, until it does."""

    broken: bool = True

    def beat(self, heartbeat: Any) -> None:
        if self.broken:
            raise StoreError("the disk is full", hint="make room")
        super().beat(heartbeat)

    def stop(self, who: str) -> None:
        if self.broken:
            raise StoreError("the disk is full", hint="make room")
        super().stop(who)


def a_beat(heartbeats: FakeHeartbeats, told: Told, ails: Callable[[], str] = str) -> Beat:
    return Beat(
        heartbeats=heartbeats, heartbeat=own_heartbeat(RUN, now=NOW), ails=ails, now=lambda: NOW, log=told
    )


def test_a_heartbeat_that_cannot_be_written_is_told_once_and_its_return_too() -> None:
    rows, told = Broken(), Told()
    beat = a_beat(rows, told)
    for _ in range(3):
        beat()
    assert told.lines == [
        ("error", "the heartbeat cannot be written", {"why": "the disk is full", "mend": "make room"})
    ]
    beat.stop()
    assert told.events()[-1] == "the heartbeat stays behind"
    rows.broken = False
    beat()
    beat()
    assert told.events()[2:] == ["the heartbeat is written again"]
    assert len(rows.all()) == 1
    beat.stop()
    assert rows.all() == ()


def test_a_run_that_is_stuck_writes_none_and_says_so_once() -> None:
    rows, told, trouble = FakeHeartbeats(), Told(), ["the alarm has shown no sign of life for 400 s"]
    beat = a_beat(rows, told, lambda: trouble[0])
    beat()
    beat()
    assert rows.all() == ()
    assert [(level, event) for level, event, _ in told.lines] == [("error", "stuck")]
    trouble[0] = ""
    beat()
    assert len(rows.all()) == 1


# --- the bell ----------------------------------------------------------------------------------


def acted(state: RunState, told: str, *, issue: str = "", trouble: bool = False) -> Acted:
    run = Run(id=1, schedule="sundays", list="weekly", wall=WALL, due=NOW, state=state, issue=issue)
    return Acted(schedule=SCHEDULE, run=run, told=told, trouble=trouble)


@dataclass
class Script:
    """Schedules that play a script: what each ring does or raises."""

    answers: list[Any]

    def __call__(
        self, *, now: Any, stop: Callable[[], bool], tell: Callable[[Acted], None]
    ) -> tuple[Acted, ...]:
        assert not stop()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        for one in answer:
            tell(one)
        return tuple(answer)

    def next_due(self, now: dt.datetime) -> dt.datetime:
        return now + dt.timedelta(minutes=1)


def a_bell(told: Told, *answers: Any, **parts: Any) -> Bell:
    fields = {"stop": Drain(), "wake": lambda: None, "pulse": lambda _: None, "after": lambda: None, **parts}
    return Bell(schedules=Script(list(answers)), now=lambda: NOW, log=told, **fields)


def test_each_thing_done_is_a_line_and_wakes_the_sender() -> None:
    told, woken = Told(), list[str]()
    bell = a_bell(
        told,
        [
            acted(RunState.PUBLISHING, "weekly/007 goes to its subscribers", issue="weekly/007"),
            acted(RunState.MISSED, "sundays was missed: it is 2 days late", trouble=True),
        ],
        (),
        wake=lambda: woken.append(told.events()[-1]),
    )
    bell()
    bell()
    values = {"schedule": "sundays", "wall": "2026-11-29T07:30"}
    assert told.lines == [
        (
            "info",
            "weekly/007 goes to its subscribers",
            {**values, "state": "publishing", "issue": "weekly/007"},
        ),
        ("warning", "sundays was missed: it is 2 days late", {**values, "state": "missed"}),
    ]
    assert woken == told.events()
    assert bell.due() == NOW + dt.timedelta(minutes=1)


def test_a_fault_that_stays_is_told_once_and_anew_when_it_comes_back() -> None:
    told = Told()
    fault = StoreError("the disk is full", hint="make room")
    bell = a_bell(told, fault, fault, (), fault)
    for _ in range(4):
        bell()
    assert told.events() == ["the schedules cannot be run"] * 2
    bell.failed(fault)
    assert len(told.lines) == 2
    bell.failed(KeyError("wall"))
    assert told.lines[-1][1:] == (
        "a ring failed",
        {"why": "KeyError: 'wall'", "mend": "report it: it is a bug"},
    )


def test_a_ring_shows_that_it_lives_and_says_when_the_next_sign_comes() -> None:
    signs = list[float]()
    bell = a_bell(Told(), (), StoreError("the disk is full"), pulse=signs.append)
    bell()
    bell()
    assert signs == [LONGEST_RING, LONGEST_RING, SILENT] * 2


def test_a_ring_that_comes_while_it_ends_does_nothing() -> None:
    drain, told = Drain(), Told()
    drain.ask()
    a_bell(told, KeyError("never asked for"), stop=drain)()
    assert told.lines == []


def test_who_ends_waits_for_a_ring_so_long_and_no_longer() -> None:
    began, free = threading.Event(), threading.Event()

    def look_ahead() -> None:
        began.set()
        assert free.wait(10)

    bell = a_bell(Told(), (), after=look_ahead)
    assert bell.ended(within=0)
    ring = threading.Thread(target=bell)
    ring.start()
    assert began.wait(10)
    assert not bell.ended(within=0.01)
    free.set()
    assert bell.ended(within=10)
    ring.join()


def test_the_board_shows_what_is_news() -> None:
    shown = list[str]()

    class Shown(Systemd):
        def status(self, text: str) -> bool:
            shown.append(text)
            return True

    board = Board(systemd=Shown())
    board.now_coming("Next: sundays on Sun 2026-11-29 07:30 UTC.")
    board.now_sending("Sending: 120 of 4,500 done.")
    board.now_sending("Sending: 120 of 4,500 done.")
    board.now_sending("")
    assert shown == [
        "Waiting. Next: sundays on Sun 2026-11-29 07:30 UTC.",
        "Sending: 120 of 4,500 done. Next: sundays on Sun 2026-11-29 07:30 UTC.",
        "Waiting. Next: sundays on Sun 2026-11-29 07:30 UTC.",
    ]


def test_a_drain_is_woken_from_any_thread_and_loses_no_wake() -> None:
    drain = Drain()
    drain.wake()
    drain.wake()
    drain.wait(30)  # it was woken before: at once
    waker = threading.Timer(0.02, drain.wake)
    waker.start()
    drain.wait(30)
    waker.join()
    assert not drain.asked

    def wake_often() -> None:
        for _ in range(500):
            drain.wake()

    threads = [threading.Thread(target=wake_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(100):
        drain.wait(0.0001)
    for thread in threads:
        thread.join()
    drain.ask()
    drain.wait(30)
