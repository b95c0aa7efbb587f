"""What stands in deploy/ can be used: units that systemd takes, words that briefpub knows, files that are there."""

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from briefpub.cli.draining import WITHIN
from briefpub.cli.main import cli
from briefpub.config import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted(path.name for path in DEPLOY.glob("*.service"))
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
NEEDED = ("BRIEFPUB_DB_PASSWORD", "BRIEFPUB_SECRET")
OURS = sorted(name for name in COMPOSE["services"] if name != "db")


def unit(name: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (DEPLOY / name).read_text().splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


def understood(words: list[str]) -> None:
    """Fail where a command line is not one of briefpub's."""
    command = cli.get_command(click.Context(cli), words[0])
    assert command is not None, words
    command.make_context(words[0], list(words[1:]))


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Give the units in a folder, with a program that is there in place of one that is not yet."""
    program = tmp_path / "briefpub"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for name in UNITS:
        text = (DEPLOY / name).read_text()
        text = text.replace("/opt/briefpub/bin/briefpub", str(program)).replace(
            "/srv/briefpub", str(tmp_path)
        )
        (tmp_path / name.replace("@.", "@1.")).write_text(text)
    return tmp_path


def analyzed(*words: str) -> "subprocess.CompletedProcess[str]":
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze on this machine (on Debian: apt-get install systemd)")
    environment = {**os.environ, "SYSTEMD_COLORS": "0"}
    return subprocess.run(
        ["systemd-analyze", *words], capture_output=True, text=True, check=False, env=environment
    )


@pytest.mark.parametrize("name", UNITS)
def test_systemd_takes_each_unit_and_remarks_nothing(installed: Path, name: str) -> None:
    done = analyzed("verify", "--man=no", str(installed / name.replace("@.", "@1.")))
    ours = [line for line in done.stderr.splitlines() if "briefpub" in line]
    assert (done.returncode, ours) == (0, [])


def test_a_slip_in_a_unit_would_be_seen(installed: Path) -> None:
    path = installed / "briefpub.service"
    path.write_text(path.read_text().replace("WatchdogSec=2min", "WatchdogSec=soon"))
    assert "ignoring: soon" in analyzed("verify", "--man=no", str(path)).stderr


@pytest.mark.parametrize("name", UNITS)
def test_each_unit_lets_a_service_do_little_else(installed: Path, name: str) -> None:
    path = str(installed / name.replace("@.", "@1."))
    done = analyzed("security", "--offline=true", "--threshold=20", "--no-pager", path)
    if "unrecognized option" in done.stderr or "Unknown operation" in done.stderr:
        pytest.skip("this systemd-analyze cannot look at a unit that is not loaded (it is older than 250)")
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


@pytest.mark.parametrize("name", UNITS)
def test_each_unit_starts_what_briefpub_knows_and_gives_it_time_to_end(name: str) -> None:
    stated = unit(name)
    (start,) = stated["ExecStart"]
    program, *words = shlex.split(start)
    assert program == "/opt/briefpub/bin/briefpub"
    understood(words)
    assert int(stated["TimeoutStopSec"][0]) > WITHIN
    assert stated["KillSignal"] == ["SIGTERM"]
    assert stated["KillMode"] == [
        "mixed"
    ]  # a rendering process is not asked to end by anybody but its parent
    assert stated["RestartPreventExitStatus"] == ["2"]
    assert stated["ReadWritePaths"] == stated["WorkingDirectory"]
    assert stated["User"] == ["briefpub"]


def test_only_what_tells_systemd_is_waited_for() -> None:
    assert {name: unit(name)["Type"] for name in UNITS} == {
        "briefpub-web.service": ["exec"],
        "briefpub-worker@.service": ["exec"],
        "briefpub.service": ["notify"],
    }
    assert unit("briefpub.service")["WatchdogSec"] == ["2min"]


def test_the_container_is_made_of_pinned_packages_and_runs_as_nobody_special() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    lines = re.sub(r"\\\n\s*", " ", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    orders = [line.partition(" ") for line in lines if line]
    installs = [line for line in lines if "pip install" in line]
    assert "--require-hashes --no-deps -r requirements/run.txt" in installs[0]
    assert "--no-deps --no-build-isolation ." in installs[1]
    copied = [
        word
        for order, _, rest in orders
        if order == "COPY" and "--from" not in rest
        for word in rest.split()[:-1]
    ]
    assert [word for word in copied if not (ROOT / word).exists()] == []
    kept = (DEPLOY / "Containerfile.dockerignore").read_text().splitlines()
    assert [word for word in copied if f"!{word}" not in kept] == []
    words = {order: rest for order, _, rest in orders}
    assert words["USER"] == "briefpub"
    assert words["VOLUME"] == words["WORKDIR"] == "/publication"
    assert words["ENTRYPOINT"] == '["briefpub"]'
    understood(json.loads(words["CMD"]))
    assert "/healthz" in words["HEALTHCHECK"]
    libraries = (ROOT / "scripts" / "system.sh").read_text()
    for package in ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fontconfig"):
        assert package in text
        assert package in libraries


def test_the_container_keeps_databases_secrets_and_lists_out() -> None:
    text = (DEPLOY / "Containerfile.dockerignore").read_text()
    kept = [line for line in text.splitlines() if not line.startswith("#")]
    assert kept[0] == "*"
    assert "articles/*.csv" in kept
    assert not any(word in line for line in kept for word in (".briefpub", ".db", "outbox", "!."))


@pytest.mark.parametrize("name", OURS)
def test_each_service_runs_what_briefpub_knows(name: str) -> None:
    service = COMPOSE["services"][name]
    understood(service["command"])
    assert int(service["stop_grace_period"].removesuffix("s")) > WITHIN
    assert service["depends_on"] == {"db": {"condition": "service_healthy"}}
    fields = {"BRIEFPUB_DB_PASSWORD", *(f"BRIEFPUB_{field.upper()}" for field in Settings.model_fields)}
    assert {key for key in service["environment"] if key.startswith("BRIEFPUB_")} <= fields


def test_only_the_readers_pages_have_a_port_and_only_on_this_machine() -> None:
    ports = {name: service["ports"] for name, service in COMPOSE["services"].items() if "ports" in service}
    assert ports == {"web": ["127.0.0.1:8025:8025"]}


def test_every_variable_of_compose_stands_in_the_example() -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    example = (DEPLOY / "compose.env.example").read_text()
    stated = set(re.findall(r"^(\w+)=", example, flags=re.MULTILINE))
    assert set(re.findall(r"\$\{(\w+)", text)) == stated


@pytest.mark.slow
def test_compose_takes_the_file(tmp_path: Path) -> None:
    command = composer()
    path = tmp_path / "deploy" / "compose.yaml"
    path.parent.mkdir()
    text = (DEPLOY / "compose.yaml").read_text()
    if command == ["docker-compose"]:  # its first version does not know the key
        text = text.replace("name: briefpub\n", "")
    path.write_text(text)
    words = [*command, "-f", str(path), "config", "-q"]
    without = {name: value for name, value in os.environ.items() if not name.startswith("BRIEFPUB_")}
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, env={**without, **dict.fromkeys(NEEDED, "x")}
    )
    assert (done.returncode, done.stderr) == (0, "")
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=without)
    assert done.returncode != 0
    assert any(f"write {name} into .env" in done.stderr for name in NEEDED)


def composer() -> list[str]:
    """Give the command that reads compose files, of whatever version; none of them needs an engine for that."""
    for words in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(words[0]):
            done = subprocess.run([*words, "version"], capture_output=True, check=False)
            if done.returncode == 0:
                return words
    pytest.skip("no docker compose on this machine (on Debian: apt-get install docker-compose)")
