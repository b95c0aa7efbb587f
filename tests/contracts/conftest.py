"""The store for contract tests: each runs on the fake, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import a_list
from stores import Store, fake, postgresql, sqlite

from briefpub.store.database import open_database


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "empty.db"
    open_database(str(path)).close()
    return path


@pytest.fixture(params=[fake, sqlite, postgresql], ids=["fake", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path, empty_database: Path) -> Iterator[Store]:
    with request.param(tmp_path, empty_database) as made:
        made.audience.declare(a_list())
        yield made


@pytest.fixture(params=[sqlite, postgresql], ids=["sqlite", "postgresql"])
def real(request: pytest.FixtureRequest, tmp_path: Path, empty_database: Path) -> Iterator[Store]:
    with request.param(tmp_path, empty_database) as made:
        made.audience.declare(a_list())
        yield made
