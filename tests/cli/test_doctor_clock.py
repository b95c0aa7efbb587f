"""The doctor and the clock: a dead scheduler, runs that are late or ask, old zones, deliveries in doubt."""

import datetime as dt
import zoneinfo
from collections.abc import Callable
from pathlib import Path

import pytest
from postroom import mailed

from briefpub.bootstrap import Newsroom, open_newsroom
from briefpub.bootstrap.watching import heartbeats_of
from briefpub.cli.doctor_clock import deliveries, scheduler, zones
from briefpub.cli.doctor_results import Result
from briefpub.domain.heartbeat import RUN, WORKER, Heartbeat
from briefpub.domain.recurrence import Weekly
from briefpub.domain.replies import Outcome
from briefpub.domain.schedule import Fate, Occurrence, Question, Run, RunState, Schedule

NOW = dt.datetime(2026, 11, 27, 9, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def newsroom(publication: Path) -> Newsroom:
    return open_newsroom(str(publication))


@pytest.fixture
def schedule(newsroom: Newsroom) -> Schedule:
    newsroom.audience.lists()  # declares the lists of the settings
    return newsroom.schedules.add(
        Schedule(
            name="sundays",
            list="weekly",
            rule=Weekly(days=("sun",), at=dt.time(7)),
            timezone="UTC",
            since=NOW,
        )
    )


def seen(newsroom: Newsroom, *, ago: dt.timedelta, kind: str = RUN, host: str = "paper") -> None:
    heartbeats_of(newsroom).beat(
        Heartbeat(who=f"{kind} on {host}, process 7", kind=kind, host=host, started_at=NOW, seen_at=NOW - ago)
    )


def due(newsroom: Newsroom, schedule: Schedule, at: dt.datetime) -> Run:
    wall = at.replace(tzinfo=None)
    (run,) = newsroom.runs.plan(schedule, [Occurrence(wall=wall, at=wall, due=at)], now=NOW)
    return run


def found(newsroom: Newsroom) -> Result:
    return scheduler(newsroom, NOW)


def test_nobody_need_keep_watch_where_nothing_is_scheduled(newsroom: Newsroom) -> None:
    result = found(newsroom)
    assert (result.well, result.told, result.mend) == (True, "no `briefpub run` is on", "")


def test_a_schedule_that_nobody_runs_is_ill(newsroom: Newsroom, schedule: Schedule) -> None:
    result = found(newsroom)
    assert not result.well
    assert result.told == "no `briefpub run` is on; 1 schedule will not be run"
    assert "run-as-a-service" in result.mend
    newsroom.schedules.pause("sundays", paused=True, now=NOW)
    assert found(newsroom).well


def test_who_lives_is_well(newsroom: Newsroom, schedule: Schedule) -> None:
    seen(newsroom, ago=dt.timedelta(seconds=9))
    seen(newsroom, ago=dt.timedelta(seconds=12), kind=WORKER)
    result = found(newsroom)
    assert result.well
    assert result.told == "run on paper, process 7, seen 9 s ago; worker on paper, process 7, seen 12 s ago"


@pytest.mark.parametrize("kind", [RUN, WORKER])
def test_whoever_died_is_ill_even_where_nothing_is_scheduled(newsroom: Newsroom, kind: str) -> None:
    seen(newsroom, ago=3 * MINUTE, kind=kind)
    result = found(newsroom)
    assert not result.well
    assert result.told == f"{kind} on paper, process 7, last seen 3 min ago"
    assert "start it again" in result.mend


def test_a_run_that_is_late_is_ill_whoever_lives(newsroom: Newsroom, schedule: Schedule) -> None:
    due(newsroom, schedule, NOW - 9 * MINUTE)
    seen(newsroom, ago=dt.timedelta(seconds=9))
    assert found(newsroom).well
    due(newsroom, schedule, NOW - 130 * MINUTE)
    result = found(newsroom)
    assert not result.well
    assert "a run is 2 h 10 min late" in result.told
    assert "schedule runs" in result.mend
    heartbeats_of(newsroom).stop("run on paper, process 7")
    assert "run-as-a-service" in found(newsroom).mend


def test_a_run_that_asks_is_told_and_no_illness(newsroom: Newsroom, schedule: Schedule) -> None:
    run = due(newsroom, schedule, NOW - 600 * MINUTE)
    claimed = newsroom.runs.claim(run, owner="me", now=NOW, lease_until=NOW + MINUTE)
    assert claimed
    fate = Fate(state=RunState.HELD, reason="it is 10 h late", question=Question.LATE)
    newsroom.runs.settle(claimed, fate, owner="me", now=NOW)
    seen(newsroom, ago=dt.timedelta(0))
    result = found(newsroom)
    assert result.well
    assert result.told.endswith("1 run waits for an editor")
    assert "schedule runs" in result.mend


def test_a_copy_of_the_database_is_told_and_not_taken_for_home(newsroom: Newsroom) -> None:
    assert found(newsroom).well
    assert newsroom.at_home.homes.recorded() is None
    newsroom.at_home.doubt()
    newsroom.database.close()
    copy = newsroom.root.with_name("copy")
    newsroom.root.rename(copy)
    result = found(open_newsroom(str(copy)))
    assert not result.well
    assert result.told.startswith("nothing is sent by itself: this database was last used at")
    assert "schedule adopt" in result.mend
    assert not found(open_newsroom(str(copy))).well


def test_deliveries_in_doubt_are_counted(newsroom: Newsroom) -> None:
    assert deliveries(newsroom).told == "none is in doubt"
    mailed(newsroom.root, Outcome.UNKNOWN, Outcome.UNKNOWN, Outcome.ACCEPTED)
    result = deliveries(newsroom)
    assert result.well
    assert result.told == "2 are unknown: they may have arrived, or not"
    assert "a-stuck-mailing" in result.mend


@pytest.mark.parametrize("look", [lambda room: scheduler(room, NOW), deliveries])
def test_outside_a_publication_nothing_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, look: Callable[[Newsroom], Result]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert look(open_newsroom(None)).well
    assert list(tmp_path.iterdir()) == []


def a_folder(path: Path, **files: str) -> str:
    (path / "Europe").mkdir(parents=True)
    (path / "Europe" / "Paris").write_bytes(b"TZif")
    for name, text in files.items():
        (path / name.replace("_", ".").replace("VERSION", "+VERSION")).write_text(text)
    return str(path)


@pytest.mark.parametrize(
    "case",
    [
        (
            {"tzdata_zi": "# version 2025b\nR ..."},
            "2026.6",
            "2025b, from {}; the package tzdata has 2026f",
            True,
        ),
        ({"tzdata_zi": "# version 2026f\n"}, "2026.6", "2026f, from {}", False),
        ({"tzdata_zi": "# version 2027a\n"}, "2026.6", "2027a, from {}", False),
        ({"VERSION": "2026a\n"}, "2026.2", "2026a, from {}; the package tzdata has 2026b", True),
        ({}, "2026.6", "of an unknown version, from {}", False),
    ],
)
def test_the_zones_rules_are_told_with_their_age(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    newsroom: Newsroom,
    case: tuple[dict[str, str], str, str, bool],
) -> None:
    files, package, told, mended = case
    folder = a_folder(tmp_path / "zones", **files)
    monkeypatch.setattr(zoneinfo, "TZPATH", (str(tmp_path / "none"), folder))
    monkeypatch.setattr("importlib.metadata.version", lambda _: package)
    result = zones(newsroom)
    assert result.well
    assert result.told == told.format(folder)
    assert bool(result.mend) == mended


def test_zones_may_come_from_the_package_or_be_missing(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    from importlib.metadata import PackageNotFoundError

    monkeypatch.setattr(zoneinfo, "TZPATH", ())
    assert zones(newsroom).told.endswith(", from the package tzdata")

    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.version", missing)
    assert not zones(newsroom).well
