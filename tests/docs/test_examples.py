"""What the pages tell people to type can be typed: settings are valid, commands and their options exist."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from briefpub.cli.main import cli
from briefpub.config import Settings
from briefpub.transport.address import transport_address

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def listings(path: Path, language: str) -> list[str]:
    text = path.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def typed(path: Path) -> Iterator[list[str]]:
    """Give each command line of a page's listings, as words behind `briefpub`."""
    for listing in listings(path, "console"):
        for line in re.findall(r"^\$ (?:.*\| )?briefpub (.+)$", listing, flags=re.MULTILINE):
            words = re.sub(r"\s+#.*| >.*", "", line)
            if not words.startswith("COMMAND"):
                yield re.findall(r"\"[^\"]*\"|'[^']*'|\S+", words)


@pytest.mark.parametrize(
    "path", [page for page in PAGES if listings(page, "toml")], ids=lambda path: path.name
)
def test_settings_in_the_pages_are_valid(path: Path) -> None:
    for listing in listings(path, "toml"):
        transport_address(Settings.model_validate(tomllib.loads(listing)).transport)


@pytest.mark.parametrize("path", [page for page in PAGES if [*typed(page)]], ids=lambda path: path.name)
def test_commands_in_the_pages_exist_with_their_options(path: Path) -> None:
    wrong = []
    for words in typed(path):
        command: click.Command | None = cli
        rest = list(words)
        while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
            command = command.get_command(click.Context(command), rest.pop(0))
        known = {"-h", "--help"}
        for parameter in command.params if command else ():
            known |= set(parameter.opts) if isinstance(parameter, click.Option) else set()
        if command is None or not {word for word in rest if re.match(r"--?[a-z]", word)} <= known | {"-C"}:
            wrong.append(" ".join(words))
    assert not wrong
