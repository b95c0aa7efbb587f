"""Start-up stays light: help loads no renderer, no database, no settings."""

import subprocess
import sys

HEAVY = {
    "weasyprint",
    "ebooklib",
    "sqlalchemy",
    "alembic",
    "PIL",
    "pydantic",
    "jinja2",
    "rich",
    "lxml",
    "babel",
    "starlette",
    "uvicorn",
    "anyio",
    "cryptography",
    "dns",
    "psycopg",
}


def loaded_by(*args: str) -> set[str]:
    script = (
        "import sys\nfrom briefpub.cli.main import run\n"
        f"code = run({list(args)!r})\nprint(code, *sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stderr.split()}


def test_help_loads_no_renderer_and_no_database():
    assert not loaded_by("--help") & HEAVY
    assert not loaded_by("--version") & HEAVY


def test_help_of_a_command_loads_no_renderer_and_no_database():
    assert not loaded_by("publish", "--help") & (HEAVY - {"pydantic"})


def test_a_rehearsal_of_articles_that_have_not_changed_loads_no_reader_and_no_renderer(subscribed, run):
    assert run("schedule", "add", "weekly", "--list", "weekly", "--on", "sun", "--at", "08:00").code == 0
    words = ("schedule", "next", "weekly", "--from", "2026-11-02T00:00:00Z", "--contents", "--json")
    first = run(*words)
    assert "on-reading-slowly" in first.out
    needless = {"markdown_it", "nh3", "yaml", *HEAVY} - {"pydantic", "sqlalchemy"}
    assert not loaded_by(*words) & needless
    assert not loaded_by("check", "--json") & (needless | {"sqlalchemy"})
    assert run(*words).out == first.out


def test_a_misspelled_command_is_guessed(run):
    ran = run("publsh")
    assert ran.code == 2
    assert "Did you mean 'publish'" in ran.err
