"""The figures over a real socket, read by Prometheus' own parser; and whether the process is well."""

import datetime as dt
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from typing import Any

import prometheus_client
import pytest
from builders import NOW
from fake_sites import FakeSites
from fake_watching import NOTHING, FakeHeartbeats
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from briefpub.domain.delivery import DeliveryState, MailingState, Trouble, TroubleKind
from briefpub.domain.errors import StoreError
from briefpub.domain.figures import Figures
from briefpub.domain.heartbeat import RUN, Heartbeat
from briefpub.domain.schedule import RunState
from briefpub.web.metrics import Watched, metrics_app
from briefpub.web.server import listening, serving

SECOND = dt.timedelta(seconds=1)
STANDING = Figures(
    deliveries={("weekly", state): number for number, state in enumerate(DeliveryState)},
    mailings=dict.fromkeys(MailingState, 2),
    runs={('sun"days\\\n', RunState.DONE): 40, ('sun"days\\\n', RunState.HELD): 1},
    oldest_due=NOW - 90 * SECOND,
    questions=1,
)


@dataclass
class Place:
    """What is watched, as a test changes it, and its answers."""

    figures: Figures = STANDING
    trouble: str = ""
    broken: bool = False
    heartbeats: FakeHeartbeats = field(default_factory=FakeHeartbeats)
    sites: FakeSites = field(default_factory=FakeSites)
    port: int = 0

    def count(self) -> Figures:
        if self.broken:
            raise StoreError("the database does not answer")
        return self.figures

    def get(self, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        found = answer.status, dict(answer.getheaders()), answer.read().decode()
        connection.close()
        return found

    def values(self) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
        status, _, text = self.get("/metrics")
        assert status == 200
        return {
            (sample.name.removeprefix("briefpub_"), tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }


def watched_at(place: Place) -> Watched:
    return Watched(
        count=place.count,
        heartbeats=place.heartbeats,
        sites=place.sites,
        coming=lambda now: {"sundays": now + 60 * SECOND},
        ails=lambda: place.trouble,
        now=lambda: NOW,
        build={"version": "1.2", "database": "sqlite"},
    )


@contextmanager
def served(place: Place) -> Iterator[Place]:
    app = metrics_app(watched_at(place))
    with listening("127.0.0.1", 0) as on, serving(app, on, name="t", stop=lambda: False):
        place.port = on.getsockname()[1]
        yield place


@pytest.fixture
def place() -> Iterator[Place]:
    with served(Place()) as made:
        yield made


def test_every_figure_is_read_by_prometheus_own_parser(place: Place) -> None:
    place.heartbeats.beat(
        Heartbeat(
            who="run on paper, process 7", kind=RUN, host="paper", started_at=NOW, seen_at=NOW - 4 * SECOND
        )
    )
    place.sites.trouble(Trouble(site="gmail", kind=TroubleKind.UNREACHABLE, message="421"), now=NOW)
    values = place.values()
    assert values["deliveries", (("list", "weekly"), ("state", "unknown"))] == list(DeliveryState).index(
        DeliveryState.UNKNOWN
    )
    assert values["mailings", (("state", "paused"),)] == 2
    assert values["runs", (("schedule", 'sun"days\\\n'), ("state", "done"))] == 40
    assert values["run_overdue_seconds", ()] == 90
    assert values["run_questions", ()] == 1
    assert values["heartbeat_age_seconds", (("who", "run on paper, process 7"),)] == 4
    assert values["schedule_next_timestamp_seconds", (("schedule", "sundays"),)] == NOW.timestamp() + 60
    assert values["sites_closed", ()] == 1
    assert values["database_up", ()] == 1
    build = next(dict(labels) for name, labels in values if name == "build_info")
    assert (build["version"], build["database"]) == ("1.2", "sqlite")
    if sys.platform == "linux":
        assert values["process_start_time_seconds", ()] > 0


def test_it_speaks_openmetrics_where_that_is_asked_for(place: Place) -> None:
    _, headers, text = place.get("/metrics", Accept="application/openmetrics-text; version=1.0.0")
    assert headers["content-type"].startswith("application/openmetrics-text")
    names = {family.name for family in openmetrics.text_string_to_metric_families(text)}
    assert {"briefpub_deliveries", "briefpub_build", "process_cpu_seconds"} <= names


def test_rows_are_read_anew_for_each_scrape(place: Place) -> None:
    assert place.values()["run_questions", ()] == 1
    place.figures = replace(NOTHING, questions=5)
    values = place.values()
    assert values["run_questions", ()] == 5
    assert not any(name == "deliveries" for name, _ in values)
    assert values["run_overdue_seconds", ()] == 0


def test_a_database_that_does_not_answer_is_a_figure(place: Place) -> None:
    place.broken = True
    values = place.values()
    assert values["database_up", ()] == 0
    assert not any(name == "mailings" for name, _ in values)


def test_nothing_is_registered_for_the_whole_process(place: Place) -> None:
    with served(Place()) as other:
        assert other.values().keys() == place.values().keys()
    everybody = {family.name for family in prometheus_client.REGISTRY.collect()}
    assert not any(name.startswith("briefpub") for name in everybody)


def test_health_is_that_of_the_process_and_its_database(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert place.get("/healthz")[::2] == (200, "ok\n")
    place.trouble = "the sender has shown no sign of life for 1300 s"
    assert place.get("/healthz")[::2] == (503, f"not well: {place.trouble}\n")
    place.trouble = ""

    def broken() -> Any:
        raise StoreError("the database does not answer")

    monkeypatch.setattr(place.heartbeats, "all", broken)
    assert place.get("/healthz")[::2] == (503, "not well: the database does not answer\n")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("GET", "/metrics/", 404), ("POST", "/metrics", 405), ("HEAD", "/metrics", 200)],
)
def test_there_is_nothing_else(place: Place, method: str, path: str, status: int) -> None:
    found, headers, text = place.get(path, method)
    assert found == status
    assert headers["cache-control"] == "no-store"
    assert (text == "") == (method == "HEAD")


def test_it_ends_while_whoever_started_it_is_busy() -> None:
    stop = threading.Event()
    with (
        listening("127.0.0.1", 0) as on,
        serving(metrics_app(watched_at(Place())), on, name="t", stop=stop.is_set) as alive,
    ):
        assert alive()
        stop.set()
        until = time.monotonic() + 10
        while alive() and time.monotonic() < until:
            time.sleep(0.01)
        assert not alive()


@pytest.mark.skipif(
    shutil.which("promtool") is None, reason="no promtool on this machine (Debian: prometheus)"
)
def test_promtool_finds_nothing_to_remark(place: Place) -> None:
    text = place.get("/metrics")[2]
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
