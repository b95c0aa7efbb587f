"""The `briefpub` command: which module holds which command, and how an error is told."""

import errno
import os
import sys
from importlib import import_module
from importlib.metadata import version
from typing import Any, NoReturn

import click

from briefpub.domain.errors import BriefpubError

INTERRUPTED = 130
TEMPORARY = 75
BUG = 70

# Each command's module and its line of help: `briefpub --help` loads none of the modules.
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("editorial", "Begin a new publication."),
    "new": ("editorial", "Begin an article from a template."),
    "import": ("editorial", "Turn essays from elsewhere into articles."),
    "check": ("editorial", "Tell what should be mended before publishing."),
    "build": ("building", "Make editions of an issue or of any articles."),
    "publish": ("publishing", "Compose, freeze and deliver a list's next issue."),
    "issues": ("publishing", "Look at issues, compose, hold and approve them."),
    "lists": ("audience", "The lists that issues go to."),
    "subscribers": ("subscribers", "The people on the lists."),
    "schedule": ("schedules", "When issues go out by themselves, and what will go out."),
    "outbox": ("post", "What was frozen, who got it, and what to do about the rest."),
    "send": ("sending", "Try an issue out: one test message, or all of them into a folder."),
    "run": ("serving", "Deliver what is due, once or for as long as it runs."),
    "worker": ("worker", "Deliver beside others, one of many on any machines."),
    "serve": ("web", "Serve the pages on which readers subscribe, leave and choose."),
    "doctor": ("upkeep", "Examine this machine and this publication."),
    "migrate-db": ("migrating", "Bring the publication from its file to a PostgreSQL server."),
    "config": ("upkeep", "Show the settings in force."),
    "completion": ("upkeep", "Print the completion script of a shell."),
}


class Commands(click.Group):
    """A group that loads a command's module when the command is used, not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Name the commands in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load one command."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"briefpub.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, f"{cmd_name.replace('-', '_')}_command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one may have been meant."""
        from difflib import get_close_matches

        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"there is no command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "BRIEFPUB"},
    epilog="Data goes to stdout, talk to stderr. Exit codes: 0 ok, 1 findings, 2 usage or settings, "
    "3 partly sent, 4 confirmation needed, 5 locked, 75 temporary, 130 interrupted.",
)
@click.option(
    "-C",
    "--publication",
    metavar="DIR",
    envvar="BRIEFPUB_PUBLICATION",
    help="The publication's folder; else the nearest one with a briefpub.toml.",
)
@click.version_option(version("briefpub"), message="briefpub %(version)s")
@click.pass_context
def cli(ctx: click.Context, publication: str | None) -> None:
    """Turn essays into a newsletter: e-mail digest, PDF brief, EPUB compilation, web page."""
    ctx.obj = publication


def main(args: list[str] | None = None) -> NoReturn:
    """Run the command and leave with its exit code; every error on purpose is told, none is a traceback."""
    # An editor's terminal may be set to any locale; what we print is UTF-8.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    sys.exit(run(args))


def run(args: list[str] | None) -> int:
    """Run the command and give its exit code."""
    try:
        result: Any = cli.main(args, prog_name="briefpub", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("Stopped. What was recorded stays; the same command goes on from there.", err=True)
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BriefpubError as error:
        tell(error)
        return error.exit_code
    except BrokenPipeError:
        # The reader of our pipe has gone (`| head`): nothing to say, and nothing to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        where = os.fspath(error.filename) if isinstance(error.filename, str | os.PathLike) else ""
        hint = "make room on the disk" if full else "see whether you may read and write there"
        tell(BriefpubError(error.strerror or str(error), where=where, hint=f"{hint}, then try again"))
        return TEMPORARY
    except Exception as error:
        if os.environ.get("BRIEFPUB_DEBUG"):
            raise
        click.echo(f"briefpub met a bug of its own: {type(error).__name__}: {error}", err=True)
        click.echo("Run it again with BRIEFPUB_DEBUG=1 to see where, and report it.", err=True)
        return BUG
    return result if isinstance(result, int) else 0


def tell(error: BriefpubError) -> None:
    """Print an error in its parts: where, what, how to mend."""
    click.echo(f"{click.style('error', fg='red', bold=True)}: {error}", err=True)
    if error.hint:
        click.echo(f"  mend: {error.hint}", err=True)
