"""The conversation of `briefpub publish`: what will happen, to how many, and what came of it."""

import sys

import click

from briefpub.bootstrap import Newsroom
from briefpub.cli.context import moment
from briefpub.cli.output import print_findings, progress_bar, say
from briefpub.domain.delivery import DeliveryState
from briefpub.domain.errors import ConfirmationNeeded
from briefpub.domain.finding import Severity
from briefpub.workflows.publish import Outcome, Published, Sentence

EXIT = {
    Outcome.PUBLISHED: 0,
    Outcome.NOTHING_NEW: 0,
    Outcome.FINDINGS: 1,
    Outcome.PARTLY: 3,
    Outcome.HELD: 4,
}


def run_publish(newsroom: Newsroom, slug: str, *, yes: bool, expect: int | None, jobs: int) -> int:
    """Publish the list's next issue and give the exit code."""
    # A list that is not there is an error of its own, with the names of those that are.
    newsroom.list(slug)
    if yes and expect is None:
        raise ConfirmationNeeded(
            "--yes says yes to a number, and there is none",
            where=slug,
            hint=f"add --expect {newsroom.audience.confirmed(slug)} if that is how many you mean to mail",
        )

    def confirm(sentence: Sentence) -> bool:
        say(sentence.text)
        if yes:
            return True
        if not sys.stdin.isatty():
            raise ConfirmationNeeded(
                "nobody is here to say yes", where=slug, hint=f"add --yes --expect {sentence.count}"
            )
        typed = click.prompt(f"Type {sentence.count} to send it", default="", show_default=False, err=True)
        return bool(typed.strip() == str(sentence.count))

    with progress_bar() as progress:
        published = newsroom.publish(jobs=jobs)(
            slug, now=moment, confirm=confirm, expect=expect, progress=progress
        )
    least = Severity.ERROR if published.outcome is Outcome.NOTHING_NEW else Severity.WARNING
    print_findings(published.findings, least=least)
    _tell(published, slug)
    return EXIT[published.outcome]


def _tell(published: Published, slug: str) -> None:
    key = published.key
    match published.outcome:
        case Outcome.NOTHING_NEW:
            say(f"Nothing new for {slug}: every ready article has gone out.")
        case Outcome.HELD:
            say(f"Issue {key} is held. Let it go: briefpub issues approve {key}")
        case Outcome.FINDINGS:
            say("Nothing was frozen or sent. Mend what is told above, then publish again.")
        case Outcome.PUBLISHED | Outcome.PARTLY:
            click.echo(published.folder)
            if published.mailing:
                counts = published.mailing.counts
                told = ", ".join(
                    f"{counts[state]} {state.value}" for state in DeliveryState if counts.get(state)
                )
                say(f"Issue {key} is frozen in {published.folder}; deliveries: {told}.")
            if published.outcome is Outcome.PARTLY:
                say(f"Not everybody has it yet. See why: briefpub outbox show {key}")
