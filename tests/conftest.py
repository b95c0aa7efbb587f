"""Options that the whole suite knows, and how far its property tests search."""

import os

import pytest
from hypothesis import settings

# `--hypothesis-profile=thorough` searches far, for a night or after a change to typography or Markdown.
settings.register_profile("default", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=50, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=1500, deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "default")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write what was made as the expected result of golden cases, then look at the difference",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave what runs on a second database too to the slow suite: the first has shown the same just before."""
    for item in items:
        if "postgresql" in getattr(getattr(item, "callspec", None), "id", ""):
            item.add_marker(pytest.mark.slow)
