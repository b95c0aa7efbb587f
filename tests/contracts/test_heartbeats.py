"""The suite of port Heartbeats, against the fake, SQLite and PostgreSQL."""

import datetime as dt
import threading
from dataclasses import replace

import pytest
from builders import NOW
from fake_watching import FakeHeartbeats
from stores import Store

from briefpub.domain.heartbeat import RUN, WORKER, Heartbeat
from briefpub.store.heartbeats import SqlHeartbeats
from briefpub.workflows.ports import Heartbeats

SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def heartbeats(store: Store) -> Heartbeats:
    return SqlHeartbeats(database=store.database) if store.database else FakeHeartbeats()


def a_heartbeat(number: int = 1, *, kind: str = RUN, host: str = "paper", at: dt.datetime = NOW) -> Heartbeat:
    return Heartbeat(
        who=f"{kind} on {host}, process {number}", kind=kind, host=host, started_at=NOW, seen_at=at
    )


def test_nobody_is_seen_before_they_came(heartbeats: Heartbeats) -> None:
    assert heartbeats.all() == ()
    heartbeats.stop("run on paper, process 1")
    assert heartbeats.all() == ()


def test_who_is_seen_again_has_one_row(heartbeats: Heartbeats) -> None:
    for second in range(0, 30, 10):
        heartbeats.beat(a_heartbeat(at=NOW + second * SECOND))
    (found,) = heartbeats.all()
    assert found == a_heartbeat(at=NOW + 20 * SECOND)
    assert not found.silent(NOW + 140 * SECOND)
    assert found.silent(NOW + 141 * SECOND)


def test_who_ends_tidily_is_gone_and_nobody_else(heartbeats: Heartbeats) -> None:
    heartbeats.beat(a_heartbeat(1))
    heartbeats.beat(a_heartbeat(2, kind=WORKER))
    heartbeats.stop(a_heartbeat(1).who)
    heartbeats.stop(a_heartbeat(1).who)
    assert [one.kind for one in heartbeats.all()] == [WORKER]


def test_a_silent_forerunner_on_the_same_host_is_forgotten_and_no_other(heartbeats: Heartbeats) -> None:
    heartbeats.beat(a_heartbeat(1))
    heartbeats.beat(a_heartbeat(2, kind=WORKER))
    heartbeats.beat(a_heartbeat(3, host="ink"))
    heartbeats.beat(a_heartbeat(4, at=NOW + 60 * SECOND))
    assert len(heartbeats.all()) == 4
    heartbeats.beat(a_heartbeat(4, at=NOW + 121 * SECOND))
    assert [one.who for one in heartbeats.all()] == [
        "run on ink, process 3",
        "run on paper, process 4",
        "worker on paper, process 2",
    ]


def test_what_was_not_seen_for_a_day_is_forgotten(heartbeats: Heartbeats) -> None:
    heartbeats.beat(a_heartbeat(1, host="ink"))
    heartbeats.beat(a_heartbeat(2, at=NOW + 86_400 * SECOND))
    assert len(heartbeats.all()) == 2
    heartbeats.beat(a_heartbeat(2, at=NOW + 86_401 * SECOND))
    assert [one.host for one in heartbeats.all()] == ["paper"]


def test_the_only_one_of_its_kind_takes_the_place_of_all_others(heartbeats: Heartbeats) -> None:
    for number, host in enumerate(("ink", "paper", "glue")):
        heartbeats.beat(a_heartbeat(number, host=host))
    heartbeats.beat(a_heartbeat(7, kind=WORKER))
    heartbeats.only(a_heartbeat(9, at=NOW + SECOND))
    assert [one.who for one in heartbeats.all()] == ["run on paper, process 9", "worker on paper, process 7"]
    heartbeats.only(a_heartbeat(9, at=NOW + 2 * SECOND))
    assert heartbeats.all()[0].seen_at == NOW + 2 * SECOND


def test_many_that_beat_at_once_do_not_stop_one_another(real: Store) -> None:
    assert real.database
    heartbeats, failed = SqlHeartbeats(database=real.database), list[Exception]()
    for number in range(20, 40):
        heartbeats.beat(a_heartbeat(number, host=f"host{number}"))

    def beat(number: int) -> None:
        try:
            for step in range(10):
                heartbeats.beat(a_heartbeat(number, at=NOW + (86_400 + step) * SECOND))
        except Exception as error:  # noqa: BLE001 - it is shown below
            failed.append(error)

    threads = [threading.Thread(target=beat, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(heartbeats.all()) == 4


def test_a_clock_that_was_set_back_forgets_nobody(heartbeats: Heartbeats) -> None:
    heartbeats.beat(a_heartbeat(1))
    heartbeats.beat(a_heartbeat(2, at=NOW - 3600 * SECOND))
    assert len(heartbeats.all()) == 2
    assert not replace(a_heartbeat(), seen_at=NOW + 3600 * SECOND).silent(NOW)
