"""doctor, config, completion: the machine and the settings."""

import sys

import click

from briefpub.cli.context import newsroom_of
from briefpub.cli.output import json_option, print_json, print_rows

FINDINGS = 1


@click.command(name="doctor")
@json_option
@click.pass_context
def doctor_command(ctx: click.Context, *, as_json: bool) -> int:
    """Examine what briefpub needs: Python, Pango, fonts, database, outbox, transport."""
    from briefpub.cli.doctor import examine

    results = examine(newsroom_of(ctx))
    rows = [(result.name, "ok" if result.well else "ill", result.told, result.mend) for result in results]
    print_rows(("what", "state", "found", "mend"), rows, as_json=as_json)
    return 0 if all(result.well for result in results) else FINDINGS


@click.group(name="config")
def config_command() -> None:
    """Look at the settings in force."""


@config_command.command(name="show")
@json_option
@click.pass_context
def config_show(ctx: click.Context, *, as_json: bool) -> None:
    """Show every setting as it stands now; secrets are masked."""
    newsroom = newsroom_of(ctx)
    values = newsroom.settings.model_dump(mode="json")
    if as_json:
        print_json({"publication": str(newsroom.root) if newsroom.found else None, **values})
        return
    rows = [("publication", str(newsroom.root) if newsroom.found else "(none here: these are the defaults)")]
    rows += _flat(values)
    print_rows(("setting", "value"), rows, as_json=False)


def _flat(values: dict[str, object], prefix: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for key, value in values.items():
        if isinstance(value, dict):
            rows += _flat(value, f"{prefix}{key}.")
        elif value is not None:
            rows.append((prefix + key, str(value).lower() if isinstance(value, bool) else str(value)))
    return rows


@click.command(name="completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion_command(*, shell: str) -> None:
    """Print what makes SHELL complete briefpub's commands: eval "$(briefpub completion bash)"."""
    from click.shell_completion import get_completion_class

    from briefpub.cli.main import cli

    kind = get_completion_class(shell)
    if kind is None:
        sys.exit(2)
    click.echo(kind(cli, {}, "briefpub", "_BRIEFPUB_COMPLETE").source())
