"""serve: the command, from its first line to a tidy end."""

import http.client
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from briefpub.domain.errors import ConfigError
from briefpub.web.limits import Buckets
from briefpub.web.server import listening

SETTINGS = """\
name = "The Slow Review"
letterbox = "{letterbox}"
contact = "letters@slow.example"
[lists.weekly]
name = "The Slow Review"
"""
SCRIPT = """\
import sys
from briefpub.cli import main
main.COMMANDS["serve"] = ("web", "")
code = main.run(sys.argv[1:])
print("code", code, file=sys.stderr)
sys.exit(code)
"""


def a_publication(folder: Path, letterbox: str) -> Path:
    (folder / "briefpub.toml").write_text(SETTINGS.format(letterbox=letterbox), encoding="utf-8")
    return folder


def begin(folder: Path, *args: str) -> "subprocess.Popen[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BRIEFPUB_")}
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, "-C", str(folder), "serve", *args],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_asked_to_stop(tmp_path: Path, ending: int) -> None:
    with begin(a_publication(tmp_path, "https://l.example/club"), "--port", "0") as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        found = re.search(r"https://l\.example/club at http://127\.0\.0\.1:(\d+)/club", first)
        assert found, first
        connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=20)
        connection.request("GET", "/club/subscribe/weekly")
        answer = connection.getresponse()
        assert answer.status == 200
        assert b"The Slow Review" in answer.read()
        process.send_signal(ending)
        rest = process.stderr.read()
        connection.close()
    assert process.returncode == 0, rest
    assert "Traceback" not in rest


def test_without_a_letterbox_it_says_what_to_write(tmp_path: Path) -> None:
    with begin(a_publication(tmp_path, ""), "--port", "0") as process:
        assert process.stderr is not None
        told = process.stderr.read()
    assert process.returncode == 2
    assert 'letterbox = "https://' in told


def test_a_port_that_is_taken_is_said() -> None:
    with listening("127.0.0.1", 0) as taken, pytest.raises(ConfigError, match="in use"):
        listening("127.0.0.1", taken.getsockname()[1])
    with pytest.raises(ConfigError):
        listening("no-such-host.invalid", 0)


def test_help_loads_no_web_server() -> None:
    script = (
        "import sys\nfrom briefpub.cli.web import serve_command\n"
        "serve_command.main(['--help'], standalone_mode=False)\nprint(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert not loaded & {"starlette", "uvicorn", "anyio", "sqlalchemy", "jinja2"}


def test_a_bucket_fills_and_leaks() -> None:
    bucket = Buckets(burst=2, every=10.0)
    assert [bucket.take("a", at=at) for at in (0.0, 0.0, 0.0, 9.0, 10.0, 10.0, 30.0)] == [
        True,
        True,
        False,
        False,
        True,
        False,
        True,
    ]


def test_buckets_are_bounded() -> None:
    buckets = Buckets(burst=1, every=10.0, most=100)
    for number in range(1000):
        assert buckets.take(str(number), at=0.0)
    assert len(buckets) == 100
    assert not buckets.take("999", at=0.0)
