"""The house around the code: dependencies are pinned by hash, scripts can be run, make explains itself."""

import os
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def pinned(name: str) -> dict[str, str]:
    """Give each package of a requirements file with its block of hashes."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    blocks = re.split(r"^(?=\S)", re.sub(r"^ *#.*\n", "", text, flags=re.MULTILINE), flags=re.MULTILINE)
    return {re.split(r"[=<> ;\[]", block, maxsplit=1)[0].lower(): block for block in blocks if block.strip()}


def named(requirements: list[str]) -> set[str]:
    return {re.split(r"[=<> ;\[]", requirement, maxsplit=1)[0].lower() for requirement in requirements}


@pytest.mark.parametrize("name", ["run.txt", "dev.txt"])
def test_every_requirement_is_pinned_by_version_and_hash(name: str) -> None:
    packages = pinned(name)
    assert packages
    assert [
        package
        for package, block in packages.items()
        if not re.match(r"[\w.-]+(\[[\w,-]+\])?==[\w.]+", block) or "--hash=sha256:" not in block
    ] == []


def test_the_requirement_files_hold_no_address() -> None:
    for path in (ROOT / "requirements").iterdir():
        assert not re.search(r"://|--(extra-)?index|--find-links|file:", path.read_text(encoding="utf-8")), (
            path
        )


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    run, dev = set(pinned("run.txt")), set(pinned("dev.txt"))
    assert named(project["project"]["dependencies"] + groups["install"]) <= run
    assert named([text for group in groups.values() for text in group if isinstance(text, str)]) <= dev
    assert run <= dev


@pytest.mark.parametrize("script", [".ci/run", "scripts/setup.sh", "scripts/system.sh", "scripts/lock.sh"])
def test_scripts_can_be_run(script: str) -> None:
    path = ROOT / script
    assert os.access(path, os.X_OK)
    assert path.read_text(encoding="utf-8").startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in path.read_text(encoding="utf-8")


def test_every_target_of_make_is_explained() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.+)$", text, flags=re.MULTILINE)
    assert phony
    explained = set(re.findall(r"^([a-z-]+):.*## \S", text, flags=re.MULTILINE))
    assert set(phony[1].split()) - explained == {"system-test"}
