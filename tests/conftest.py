"""Options that the whole suite knows."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write what was made as the expected result of golden cases, then look at the difference",
    )
