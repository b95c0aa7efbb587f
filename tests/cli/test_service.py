"""A long run in this process: alarm and sender side by side, what is shown meanwhile, and its tidy end."""

import datetime as dt
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from scripted_send import FakeSend, a_mailing, sent

from briefpub.bootstrap import Newsroom, open_newsroom
from briefpub.bootstrap.watching import heartbeats_of
from briefpub.cli import service
from briefpub.cli.bell import Bell
from briefpub.cli.draining import Drain
from briefpub.cli.service import Offer, run_on
from briefpub.cli.serving import Address
from briefpub.domain.delivery import MailingState
from briefpub.domain.errors import ConfigError
from briefpub.domain.heartbeat import RUN, Heartbeat
from briefpub.kit import logs
from briefpub.kit.systemd import Systemd


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"):
        monkeypatch.delenv(name, raising=False)
    yield
    logs.set_up(level="warning")


def stop() -> None:
    """Ask this process to stop, as a supervisor does."""
    os.kill(os.getpid(), signal.SIGTERM)


@dataclass
class Rings:
    """Schedules whose rings are counted, each of which may do something."""

    each: Callable[[int], Any] = lambda _: ()
    count: int = 0
    rung: threading.Event = field(default_factory=threading.Event)

    def __call__(self, *, now: Any, stop: Any, tell: Callable[[Any], None]) -> tuple[Any, ...]:
        self.count += 1
        self.rung.set()
        self.each(self.count)
        return ()

    def next_due(self, now: dt.datetime) -> dt.datetime | None:
        return now + dt.timedelta(seconds=0.02)


@pytest.fixture
def newsroom(publication: Path, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    """Give a publication whose sender and schedules a test writes."""
    return open_newsroom(str(publication))


def played(monkeypatch: pytest.MonkeyPatch, send: FakeSend, rings: Rings) -> None:
    monkeypatch.setattr(Newsroom, "send", lambda _: send)
    monkeypatch.setattr(Newsroom, "run_schedules", lambda _, **__: rings)


def test_a_long_mailing_delays_no_ring_and_the_heartbeat_goes_on(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "BEAT_EVERY", 0.02)
    seen = list[Heartbeat]()

    def long_mailing() -> tuple[Any, ...]:
        until = time.monotonic() + 20
        while (rings.count < 4 or len({one.seen_at for one in seen}) < 3) and time.monotonic() < until:
            seen.extend(heartbeats_of(newsroom).all())
            time.sleep(0.01)
        stop()
        return ()

    rings = Rings()
    played(monkeypatch, FakeSend(iter([long_mailing])), rings)
    assert run_on(newsroom, Offer()) == 0
    assert rings.count >= 4
    assert {one.kind for one in seen} == {RUN}
    assert len({one.who for one in seen}) == 1
    assert len({one.seen_at for one in seen}) >= 3
    assert heartbeats_of(newsroom).all() == ()


def test_what_a_ring_did_wakes_the_sender(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    began = list[float]()
    going = a_mailing(MailingState.SENDING, queued=1)

    class Sender(FakeSend):
        def __call__(self, *, now: Any, progress: Any, stop: Any) -> tuple[Any, ...]:
            began.append(time.monotonic())
            if len(began) == 2:
                os.kill(os.getpid(), signal.SIGTERM)
            return (sent(going),)

    class Acting(Rings):
        def __call__(self, *, now: Any, stop: Any, tell: Callable[[Any], None]) -> tuple[Any, ...]:
            super().__call__(now=now, stop=stop, tell=tell)
            if self.count == 5:
                waiting.wait(10)
                woken.append(time.monotonic())
                wake[0]()
            return ()

    waiting, woken, wake = threading.Event(), list[float](), list[Callable[[], None]]()
    rings = Acting()
    played(monkeypatch, Sender(iter([])), rings)
    real = service.Service.bell

    def bell(self: service.Service) -> Bell:
        made = real(self)
        wake.append(made.wake)
        waiting.set()
        return made

    monkeypatch.setattr(service.Service, "bell", bell)
    assert run_on(newsroom, Offer()) == 0
    assert len(began) == 2
    assert began[1] - woken[0] < 2  # and not at the end of the five seconds it would have waited


def test_a_ring_that_fails_stops_nothing(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def each(count: int) -> None:
        if count == 1:
            raise KeyError("wall")
        if count == 3:
            stop()

    played(monkeypatch, FakeSend(iter([])), Rings(each))
    assert run_on(newsroom, Offer()) == 0
    told = capsys.readouterr().err
    assert told.count("event='a ring failed'") == 1
    assert "level=error part=clock" in told


def test_systemd_hears_when_all_is_begun_how_it_goes_and_when_it_ends(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    address = str(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    monkeypatch.setenv("WATCHDOG_USEC", "40000")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(address)
        heard.settimeout(10)
        said = list[str]()

        def each(count: int) -> None:
            if count == 6:
                stop()

        played(monkeypatch, FakeSend(iter([])), Rings(each))
        listener = threading.Thread(target=lambda: said.extend(_until_stopping(heard)))
        listener.start()
        assert run_on(newsroom, Offer()) == 0
        listener.join(10)
    assert said[-1] == "STOPPING=1"
    ready = said.index("READY=1\nSTATUS=Waiting. No schedule has anything coming.")
    assert "WATCHDOG=1" in said[ready:]


def _until_stopping(heard: socket.socket) -> Iterator[str]:
    while True:
        said = heard.recv(4096).decode()
        yield said
        if said.startswith("STOPPING"):
            return


def test_a_stuck_part_silences_the_watchdog_and_the_heartbeat(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(service, "BEAT_EVERY", 0.01)
    monkeypatch.setattr("briefpub.cli.watch.LONGEST_STEP", 0.05)

    def stuck() -> tuple[Any, ...]:
        time.sleep(0.3)  # no step, and no question whether to stop
        before = heartbeats_of(newsroom).all()
        time.sleep(0.1)
        assert heartbeats_of(newsroom).all() == before
        stop()
        return ()

    played(monkeypatch, FakeSend(iter([stuck])), Rings())
    assert run_on(newsroom, Offer()) == 0
    told = capsys.readouterr().err
    assert told.count("event=stuck") == 1
    assert "the sender has shown no sign of life" in told
    assert heartbeats_of(newsroom).all() == ()


def test_a_dead_forerunners_row_gives_way(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    at = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    dead = Heartbeat(who="run on old, process 1", kind=RUN, host="old", started_at=at, seen_at=at)
    heartbeats_of(newsroom).beat(dead)

    def look() -> tuple[Any, ...]:
        found.extend(heartbeats_of(newsroom).all())
        stop()
        return ()

    found = list[Heartbeat]()
    played(monkeypatch, FakeSend(iter([look])), Rings())
    assert run_on(newsroom, Offer()) == 0
    assert [one.who for one in found] != [dead.who]
    assert len(found) == 1


def test_a_part_that_died_is_no_longer_well(newsroom: Newsroom) -> None:
    drain = Drain()
    made = service.Service(
        newsroom=newsroom, drain=drain, board=service.Board(systemd=Systemd()), log=logs.logger("send")
    )
    assert made.ails() == ""
    made.servers |= {"the pages": lambda: False, "the figures": lambda: True}
    assert made.ails() == "the pages no longer answer"
    drain.ask()
    assert made.ails() == ""


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("9108", ("127.0.0.1", 9108)),
        ("0", ("127.0.0.1", 0)),
        ("0.0.0.0:9108", ("0.0.0.0", 9108)),
        ("[::1]:9108", ("::1", 9108)),
        ("metrics.example:65535", ("metrics.example", 65535)),
    ],
)
def test_an_address_to_listen_on_is_a_port_or_a_host_and_a_port(text: str, place: tuple[str, int]) -> None:
    assert Address().convert(text, None, None) == place


def test_an_error_that_will_not_pass_ends_the_alarm_too(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    rings = Rings()
    played(monkeypatch, FakeSend(iter([ConfigError("no such list")])), rings)
    with pytest.raises(ConfigError, match="no such list"):
        run_on(newsroom, Offer())
    count = rings.count
    time.sleep(0.1)
    assert rings.count == count
    assert heartbeats_of(newsroom).all() == ()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--port", "8025"), "go with --web"),
        (("--host", "127.0.0.1"), "go with --web"),
        (("--proxy",), "go with --web"),
        (("--once", "--web"), "not with --once"),
        (("--once", "--metrics", "9108"), "not with --once"),
        (("--json",), "goes with --once"),
        (("--metrics", "here"), "no address to listen on"),
        (("--metrics", ":9108"), "no address to listen on"),
        (("--metrics", "127.0.0.1:99999"), "no address to listen on"),
        (("--metrics", "-1"), "no address to listen on"),
        (("--web", "--port", "70000"), "70000"),
    ],
)
def test_words_that_do_not_go_together(publication: Path, run, words: tuple[str, ...], told: str) -> None:
    ran = run("run", *words)
    assert ran.code == 2
    assert told in ran.err


def test_a_port_that_is_taken_is_said_before_anything_is_begun(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    rings = Rings()
    played(monkeypatch, FakeSend(iter([])), rings)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with pytest.raises(ConfigError, match="in use") as raised:
            run_on(newsroom, Offer(figures=("127.0.0.1", taken.getsockname()[1])))
        assert "--metrics" in raised.value.hint
    assert rings.count == 0
    assert heartbeats_of(newsroom).all() == ()


def test_pages_without_a_letterbox_are_refused(newsroom: Newsroom, run) -> None:
    ran = run("run", "--web", "--port", "0")
    assert ran.code == 2
    assert "letterbox = " in ran.err
