"""What the end-to-end tests share: one publication, sent once in a run of the suite."""

import os

import pytest
from posted import Posted, posted_once


@pytest.fixture(scope="session")
def posted(tmp_path_factory: pytest.TempPathFactory) -> Posted:
    """Give every message that left the socket when the publication of `posted` was sent."""
    folder = tmp_path_factory.getbasetemp()
    # Below pytest-xdist each process has a folder of its own, in the one that the run has.
    return posted_once(folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder)
