"""The question before something that cannot be taken back: one plain sentence, and its number to be typed."""

import sys
from collections.abc import Callable
from typing import Any

import click

from briefpub.cli.output import say
from briefpub.domain.errors import ConfirmationNeeded


def number_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command --yes and --expect."""
    command = click.option(
        "--expect", type=click.IntRange(0), metavar="N", help="How many subscribers you expect it to touch."
    )(command)
    return click.option("--yes", is_flag=True, help="Do not ask; needs --expect.")(command)


def ask_for(count: int, *, sentence: str, to: str, where: str, yes: bool, expect: int | None) -> None:
    """Say the sentence, and come back only when somebody has said yes to its number.

    `to` ends the question: `Type 12 to …`. Raises ConfirmationNeeded, among others where nobody can be asked.
    """
    if yes and expect is None:
        raise ConfirmationNeeded(
            "--yes says yes to a number, and there is none",
            where=where,
            hint=f"add --expect {count} if you mean this: {sentence}",
        )
    if expect is not None and expect != count:
        raise ConfirmationNeeded(f"{expect} were expected, but there are {count}", where=where, hint=sentence)
    say(sentence)
    if yes:
        return
    if not sys.stdin.isatty():
        raise ConfirmationNeeded("nobody is here to say yes", where=where, hint=f"add --yes --expect {count}")
    typed = click.prompt(f"Type {count} to {to}", default="", show_default=False, err=True)
    if typed.strip() != str(count):
        raise ConfirmationNeeded("nobody said yes; nothing was changed", where=where)
