"""The first signal lets what is on its way end; the second one, or the time, stops at once."""

import signal
import threading
import time

import pytest

from briefpub.cli.draining import Drain, draining


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_first_signal_asks_and_a_second_one_stops(number: signal.Signals) -> None:
    with draining() as drain:
        assert not drain()
        signal.raise_signal(number)
        assert drain()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)


def test_the_handlers_and_the_timer_are_put_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)]
    with draining():
        signal.raise_signal(signal.SIGTERM)
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)] == before


def test_what_does_not_end_in_time_is_stopped() -> None:
    with draining(within=0.05):
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            threading.Event().wait(30)


def test_a_signal_wakes_who_waits() -> None:
    with draining() as drain:
        timer = threading.Timer(0.05, signal.pthread_kill, (threading.main_thread().ident, signal.SIGTERM))
        timer.start()
        drain.wait(30)
        timer.join()
        assert drain.asked


def test_who_was_asked_does_not_wait() -> None:
    drain = Drain()
    drain.ask()
    drain.ask()
    drain.wait(30)
    drain.wait(30)
    assert drain()


def test_nobody_asking_the_wait_ends_by_itself() -> None:
    drain = Drain()
    began = time.monotonic()
    drain.wait(0.02)
    assert time.monotonic() > began
    assert not drain()
