"""doctor, config, completion: the machine and the settings."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from briefpub.cli.context import moment, newsroom_of
from briefpub.cli.output import findings_json, json_option, print_findings, print_json, print_rows
from briefpub.domain.finding import Severity

if TYPE_CHECKING:
    from briefpub.check.domain_records import Record

FINDINGS = 1
TEMPORARY = 75
SILENCE = "N001"


@click.command(name="doctor")
@click.option("--domain", metavar="DOMAIN", help="Look at what DNS says of a sending domain instead.")
@click.option("--nameserver", metavar="ADDRESS", help="Ask this name server; else this machine's own.")
@json_option
@click.pass_context
def doctor_command(ctx: click.Context, *, domain: str | None, nameserver: str | None, as_json: bool) -> int:
    """Examine this machine and this publication; with --domain, what DNS says of a sending domain."""
    if domain is not None:
        return _doctor_domain(ctx, domain, nameserver, as_json=as_json)
    from briefpub.cli.doctor import examine

    results = examine(newsroom_of(ctx), now=moment())
    rows = [(result.name, "ok" if result.well else "ill", result.told, result.mend) for result in results]
    print_rows(("what", "state", "found", "mend"), rows, as_json=as_json)
    return 0 if all(result.well for result in results) else FINDINGS


def _doctor_domain(ctx: click.Context, domain: str, nameserver: str | None, *, as_json: bool) -> int:
    from briefpub.cli.doctor_domain import look, resolver

    looked = look(newsroom_of(ctx), domain, resolver(nameserver))
    if as_json:
        print_json(
            {
                "domain": looked.domain,
                "answered": looked.answered,
                "records": [
                    {
                        "name": record.name,
                        "type": record.type,
                        "value": record.value,
                        "strings": record.strings,
                        "state": record.state,
                    }
                    for record in looked.records
                ],
                "findings": findings_json(looked.findings),
            }
        )
    else:
        _print_records(looked.records)
        print_findings(looked.findings, least=Severity.NOTE)
    ill = [found for found in looked.findings if found.severity >= Severity.WARNING and found.code != SILENCE]
    if ill:
        return FINDINGS
    return 0 if looked.answered else TEMPORARY


def _print_records(records: "Sequence[Record]") -> None:
    """Print records to be copied: on a terminal a value stands whole below its name, never in a column."""
    if not sys.stdout.isatty():
        rows = [(record.name, record.type, record.written, record.state) for record in records]
        print_rows(("name", "type", "value", "state"), rows, as_json=False)
        return
    for record in records:
        click.echo(f"{record.name}  {record.type}  ({record.state})\n    {record.written}")
    click.echo()


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
