"""The figures an operator's monitoring reads, in Prometheus' text form (knows prometheus_client).

Rows are read when somebody asks; nothing is kept between two scrapes, and nothing is registered for the whole
process. The page is for whoever runs the machine: it has a socket of its own, never the readers' one.
"""

import asyncio
import platform
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from briefpub.domain.errors import BriefpubError
from briefpub.workflows.ports import Count, Heartbeats, Sites

# What an ASGI application is made of (its specification, version 3).
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]
PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What the figures are read from. `coming` gives when each schedule comes next.

    `ails` says why the process that answers is not well, or nothing; `build` names what it was made from.
    """

    count: Count
    heartbeats: Heartbeats
    sites: Sites
    coming: Callable[[datetime], Mapping[str, datetime]]
    ails: Callable[[], str]
    now: Callable[[], datetime]
    build: Mapping[str, str]


def metrics_app(watched: Watched) -> Application:
    """Give `/metrics` and `/healthz` as an ASGI application."""
    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    registry.register(_Rows(watched))

    def answer(method: str, path: str, accept: str) -> tuple[int, str, bytes]:
        if path not in {"/metrics", "/healthz"}:
            return 404, PLAIN, b"there is /metrics and /healthz\n"
        if method not in {"GET", "HEAD"}:
            return 405, PLAIN, b"only GET\n"
        if path == "/metrics":
            encode, kind = choose_encoder(accept)
            return 200, kind, encode(registry)
        trouble = watched.ails() or _unread(watched)
        return (503, PLAIN, f"not well: {trouble}\n".encode()) if trouble else (200, PLAIN, b"ok\n")

    async def app(scope: Message, receive: Receive, send: Send) -> None:  # noqa: ARG001 - no body is read
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        accept = headers.get(b"accept", b"").decode("latin-1")
        status, kind, body = await asyncio.to_thread(answer, scope["method"], scope["path"], accept)
        told = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
        told += [(b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": status, "headers": told})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    return app


def _unread(watched: Watched) -> str:
    try:
        watched.heartbeats.all()
    except BriefpubError as error:
        return error.message
    return ""


class _Rows(Collector):
    """Reads the rows anew for each scrape."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched

    def collect(self) -> Iterator[Metric]:
        """Give every figure; where the database does not answer, only that it does not."""
        build = {"python": platform.python_version(), **self._watched.build}
        yield InfoMetricFamily("briefpub_build", "What answers here", value=build)
        up = GaugeMetricFamily("briefpub_database_up", "Whether the database answered this scrape")
        try:
            found = tuple(self._found())
        except BriefpubError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from found

    def _found(self) -> Iterator[Metric]:
        watched, now = self._watched, self._watched.now()
        figures = watched.count()
        yield _gauge(
            "deliveries",
            "Messages to subscribers, by list and by where they stand",
            ("list", "state"),
            {(list, state.value): count for (list, state), count in figures.deliveries.items()},
        )
        yield _gauge(
            "mailings",
            "Issues that go or went to their list, by where they stand",
            ("state",),
            {(state.value,): count for state, count in figures.mailings.items()},
        )
        yield _gauge(
            "runs",
            "Firings of schedules, by where they stand",
            ("schedule", "state"),
            {(name, state.value): count for (name, state), count in figures.runs.items()},
        )
        late = figures.overdue(now).total_seconds()
        yield _gauge("run_overdue_seconds", "By how much the run that waited longest is late", (), {(): late})
        yield _gauge("run_questions", "Runs that wait for an editor", (), {(): figures.questions})
        yield _gauge(
            "schedule_next_timestamp_seconds",
            "When a schedule's next issue goes out",
            ("schedule",),
            {(name,): due.timestamp() for name, due in watched.coming(now).items()},
        )
        yield _gauge(
            "heartbeat_age_seconds",
            "How long ago a process was last seen at work",
            ("who",),
            {(one.who,): max((now - one.seen_at).total_seconds(), 0.0) for one in watched.heartbeats.all()},
        )
        closed = len(watched.sites.closed(now=now))
        yield _gauge("sites_closed", "Receiving sites that are left alone at the moment", (), {(): closed})


def _gauge(
    name: str, told: str, labels: tuple[str, ...], values: Mapping[tuple[str, ...], float]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"briefpub_{name}", told, labels=labels)
    for each, value in sorted(values.items()):
        family.add_metric(list(each), value)
    return family
