"""The conversation of `briefpub publish`: what will happen, to how many, and what came of it."""

import sys
from contextlib import ExitStack

import click

from briefpub.bootstrap import Newsroom
from briefpub.cli.asking import ask_for
from briefpub.cli.context import moment
from briefpub.cli.draining import Drain, draining
from briefpub.cli.output import print_findings, progress_bar, say
from briefpub.cli.spans import moment_of
from briefpub.cli.standing import stands
from briefpub.domain.audience import Frequency
from briefpub.domain.delivery import DeliveryState
from briefpub.domain.errors import ConfigError, ConfirmationNeeded
from briefpub.domain.finding import Severity
from briefpub.domain.schedule import ASKING, name_of
from briefpub.domain.walls import instant, wall_of
from briefpub.workflows.publish import Outcome, Published, Sentence

INTERRUPTED = 130
EXIT = {
    Outcome.PUBLISHED: 0,
    Outcome.NOTHING_NEW: 0,
    Outcome.FINDINGS: 1,
    Outcome.PARTLY: 3,
    Outcome.HELD: 4,
    Outcome.WAITING: 4,
}


def run_publish(newsroom: Newsroom, slug: str, *, yes: bool, expect: int | None, jobs: int) -> int:
    """Publish the list's next issue and give the exit code."""
    # A list that is not there is an error of its own, with the names of those that are.
    newsroom.list(slug)
    if yes and expect is None:
        expected = newsroom.audience.confirmed(slug, Frequency.EACH)
        raise ConfirmationNeeded(
            "--yes says yes to a number, and there is none",
            where=slug,
            hint=f"add --expect {expected} if that is how many you mean to mail",
        )

    # Until somebody says yes Ctrl-C ends the command; from then on it lets what is on its way arrive.
    drains: list[Drain] = []
    stack = ExitStack()

    def confirm(sentence: Sentence) -> bool:
        say(sentence.text)
        if yes:
            drains.append(stack.enter_context(draining()))
            return True
        if not sys.stdin.isatty():
            raise ConfirmationNeeded(
                "nobody is here to say yes", where=slug, hint=f"add --yes --expect {sentence.count}"
            )
        typed = click.prompt(f"Type {sentence.count} to send it", default="", show_default=False, err=True)
        if typed.strip() != str(sentence.count):
            return False
        drains.append(stack.enter_context(draining()))
        return True

    with stack, progress_bar() as progress:
        published = newsroom.publish(jobs=jobs)(
            slug,
            now=moment,
            confirm=confirm,
            expect=expect,
            progress=progress,
            stop=lambda: any(drain() for drain in drains),
        )
    least = Severity.ERROR if published.outcome is Outcome.NOTHING_NEW else Severity.WARNING
    print_findings(published.findings, least=least)
    _tell(newsroom, published, slug)
    if any(drain.asked for drain in drains) and published.outcome is Outcome.PARTLY:
        say("Stopped before the end. The same command goes on from there.")
        return INTERRUPTED
    return EXIT[published.outcome]


def run_publish_at(
    newsroom: Newsroom, slug: str, *, at: str, yes: bool, expect: int | None, jobs: int
) -> int:
    """Freeze the list's next issue for a later moment, and give the exit code."""
    zone = newsroom.list(slug).timezone
    asked = moment_of(at, zone).replace(second=0, microsecond=0)
    wall = wall_of(asked, zone)
    if instant(wall, zone) != asked:
        raise ConfigError(
            f"{wall:%H:%M} comes twice in {zone} on {wall:%Y-%m-%d}, and a schedule takes the first",
            where="--at",
            hint="choose another time, or publish by hand then",
        )
    if yes and expect is None:
        raise ConfirmationNeeded("--yes says yes to a number, and there is none", where=slug)

    def confirm(sentence: Sentence) -> bool:
        ask_for(sentence.count, sentence=sentence.text, to="plan it", where=slug, yes=yes, expect=expect)
        return True

    with progress_bar() as progress:
        published, schedule = newsroom.publish_at(jobs=jobs)(
            slug, wall=wall, zone=zone, now=moment, confirm=confirm, progress=progress
        )
    print_findings(published.findings, least=Severity.WARNING)
    if schedule is None:
        _tell(newsroom, published, slug)
        return EXIT[published.outcome]
    click.echo(published.folder)
    say(
        f"Issue {published.key} is frozen in {published.folder}, and goes out at {wall:%Y-%m-%d %H:%M} "
        f"({zone}) where `briefpub run` is on. Stop it: briefpub schedule skip {schedule.name}"
    )
    return 0


def _tell(newsroom: Newsroom, published: Published, slug: str) -> None:
    key = published.key
    match published.outcome:
        case Outcome.NOTHING_NEW:
            say(f"Nothing new for {slug}: every ready article has gone out.")
        case Outcome.HELD:
            say(f"Issue {key} is held. Let it go: briefpub issues approve {key}")
        case Outcome.WAITING:
            say(f"{_waits(newsroom, key)} Nothing was sent now. See `briefpub schedule runs`.")
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
                if published.mailing.reason:
                    say(stands(published.mailing))
            if published.outcome is Outcome.PARTLY:
                say(f"Not everybody has it yet. See why: briefpub outbox show {key}")


def _waits(newsroom: Newsroom, key: str) -> str:
    """Say for what an issue waits that is a run's: for its hour, or for an answer."""
    run = next((one for one in newsroom.runs.of(open_only=True) if one.issue == key), None)
    if run is None:
        return f"Issue {key} is on its way."
    leave = f"`briefpub schedule skip {run.schedule} {run.wall:%Y-%m-%d}` leaves it to you."
    if run.question in ASKING and not run.said:
        return (
            f"Issue {key} waits for an answer: {name_of(run)} asks, since {run.reason}. "
            f"`briefpub schedule send {run.schedule} {run.wall:%Y-%m-%dT%H:%M}` sends it, {leave}"
        )
    return f"Issue {key} goes out by itself at its hour; {leave}"
