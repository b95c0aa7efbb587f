"""A letterbox for each test, over a database that was migrated once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pages import Stage, a_stage

from briefpub.store.database import open_database


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("web") / "empty.db"
    open_database(str(path)).close()
    return path


@pytest.fixture
def stage(tmp_path: Path, empty_database: Path) -> Iterator[Stage]:
    with a_stage(tmp_path, empty_database) as made:
        yield made
