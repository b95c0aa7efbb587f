"""The fault table, each line a test on the real parts: no mail is lost, none is sent twice.

Each case on SQLite; on PostgreSQL in the default run only those that are about the database or about more
than one process, and the others with `-m slow`, which also kills 200 times.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from fault_cases import CASES, DATABASE, SERVER, Chance
from fault_stage import Stage, a_stage
from judging import Judgement
from postgres import Server, own_server, shared_server

from briefpub.store.database import open_database

RECIPIENTS = 200
KILLS = 10
MANY_KILLS = 200
ON_A_SERVER = ("login", "disk-full", "locked", "kill", "two", "stop")


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "empty.db"
    open_database(str(path)).close()
    return path


@pytest.fixture
def on_sqlite(tmp_path: Path, empty_database: Path) -> Iterator[Stage]:
    path = tmp_path / "briefpub.db"
    path.write_bytes(empty_database.read_bytes())
    with a_stage(str(path), tmp_path, readers=RECIPIENTS) as stage:
        yield stage


@pytest.fixture
def on_postgresql(tmp_path: Path) -> Iterator[Stage]:
    with shared_server().database() as url, a_stage(url, tmp_path, readers=RECIPIENTS) as stage:
        yield stage


@pytest.fixture(scope="module")
def mortal_server() -> Iterator[Server]:
    with own_server() as server:
        yield server


def chance(times: int = 3, server: Server | None = None) -> Chance:
    # Each run at other moments; what fails says its seed by the order's owner and the log of the sink.
    return Chance(times=times, random=random.Random(), server=server)


def kept_its_promises(stage: Stage) -> Judgement:
    stage.drain()
    found = stage.judged()
    assert found.broken == (), stage.told
    assert (found.lost, found.doubled, found.open) == (0, 0, 0)
    assert found.accepted + found.failed + found.unknown == RECIPIENTS
    assert found.unknown <= stage.doubts
    assert stage.sink.violations == []
    return found


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.server_only])
def test_on_sqlite(on_sqlite: Stage, name: str) -> None:
    CASES[name].play(on_sqlite, chance(KILLS if name == "kill" else 3))
    kept_its_promises(on_sqlite)


@pytest.mark.parametrize("name", ON_A_SERVER)
@pytest.mark.slow
def test_on_postgresql(on_postgresql: Stage, name: str) -> None:
    CASES[name].play(on_postgresql, chance(KILLS if name == "kill" else 3))
    kept_its_promises(on_postgresql)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [name for name, case in CASES.items() if not (case.server_only or name in ON_A_SERVER)]
)
def test_the_others_on_postgresql(on_postgresql: Stage, name: str) -> None:
    CASES[name].play(on_postgresql, chance())
    kept_its_promises(on_postgresql)


@pytest.mark.parametrize("times", [1, pytest.param(10, marks=pytest.mark.slow)])
def test_the_database_server_is_killed(mortal_server: Server, tmp_path: Path, times: int) -> None:
    with mortal_server.database() as url, a_stage(url, tmp_path, readers=RECIPIENTS) as stage:
        CASES["db-killed"].play(stage, chance(times, mortal_server))
        kept_its_promises(stage)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["kill", "two-killed", "chaos"])
@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_kill_9_at_200_random_moments(tmp_path: Path, empty_database: Path, store: str, name: str) -> None:
    killed = mailing = 0
    while killed < MANY_KILLS:
        mailing += 1
        folder = tmp_path / str(mailing)
        folder.mkdir()
        if store == "sqlite":
            path = folder / "briefpub.db"
            path.write_bytes(empty_database.read_bytes())
            with a_stage(str(path), folder, readers=RECIPIENTS) as stage:
                CASES[name].play(stage, chance(MANY_KILLS - killed))
                kept_its_promises(stage)
        else:
            with shared_server().database() as url, a_stage(url, folder, readers=RECIPIENTS) as stage:
                CASES[name].play(stage, chance(MANY_KILLS - killed))
                kept_its_promises(stage)
        killed += stage.stops


def test_the_table_has_every_line_of_the_issue() -> None:
    assert {
        "greylist",
        "bad-first",
        "mid-data",
        "after-dot",
        "limit-2",
        "login",
        "disk-full",
        "locked",
        "kill",
        "two",
        "clock-back",
        "db-killed",
        "stop",
    } <= set(CASES)
    assert len(CASES) >= len(SERVER) + len(DATABASE)
