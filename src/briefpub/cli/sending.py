"""send: one issue to one address as a test, or into a folder to be looked at."""

from functools import partial
from pathlib import Path
from urllib.parse import quote

import click

from briefpub.bootstrap import Newsroom
from briefpub.cli.building import jobs_option
from briefpub.cli.context import issue_named, moment, newsroom_of
from briefpub.cli.output import choice_of, print_findings, progress_bar, say
from briefpub.domain.audience import List, SubscriptionFormat, checked_address
from briefpub.domain.delivery import Message
from briefpub.domain.errors import ConfigError
from briefpub.domain.finding import Severity, worst
from briefpub.domain.issue import Frozen
from briefpub.domain.replies import Outcome

FINDINGS = 1
EXIT = {Outcome.ACCEPTED: 0, Outcome.DEFERRED: 75, Outcome.FAILED: 3, Outcome.UNKNOWN: 3}
TOLD = {
    Outcome.ACCEPTED: "The test went to {address}",
    Outcome.DEFERRED: "The server does not take it now for {address}",
    Outcome.FAILED: "The server refuses it for {address}",
    Outcome.UNKNOWN: "The line was lost after the last byte: {address} may have it, or not",
}
SHOWN = 20


@click.command(name="send")
@click.argument("issue")
@click.option(
    "--test", "address", metavar="ADDRESS", help="Send one message, marked [Test], to this address."
)
@click.option("--format", type=choice_of(SubscriptionFormat), help="With --test: the format to send.")
@click.option("--dry-run", is_flag=True, help="Make every message that would go, and send none.")
@click.option("--eml", "folder", metavar="DIR", type=click.Path(path_type=Path), help="Where to write them.")
@click.option("--most", type=click.IntRange(1), metavar="N", help="With --dry-run: at most so many.")
@jobs_option
@click.pass_context
def send_command(
    ctx: click.Context,
    *,
    issue: str,
    address: str | None,
    format: str | None,
    dry_run: bool,
    folder: Path | None,
    most: int | None,
    jobs: int,
) -> int:
    """Try ISSUE out: to one address with --test, into a folder with --dry-run --eml DIR.

    A frozen issue is taken as it is; any other is built now and stays as it was. Nothing is written into the
    ledger, and no subscriber gets anything.
    """
    if bool(address) == dry_run:
        raise click.UsageError("give either --test ADDRESS or --dry-run --eml DIR")
    if dry_run != bool(folder) or (most and not dry_run) or (format and dry_run):
        raise click.UsageError("--dry-run and --eml go together; --most goes with them, --format with --test")
    to = checked_address(address, where="--test") if address else ""
    newsroom = newsroom_of(ctx)
    frozen, list = _proved(newsroom, issue, jobs=jobs)
    if folder:
        return _rehearse(newsroom, frozen, list, folder=folder, most=most)
    return _test(newsroom, frozen, list, address=to, format=SubscriptionFormat(format or "digest"))


def _proved(newsroom: Newsroom, word: str, *, jobs: int) -> tuple[Frozen, List]:
    from briefpub.workflows.proof import Proof

    record = issue_named(newsroom, word)
    found = newsroom.list(record.list)
    proof = Proof(
        articles=newsroom.articles,
        layouts=newsroom.layouts,
        outbox=newsroom.outbox,
        build=newsroom.build(jobs=jobs),
        imprint=newsroom.settings.imprint(),
    )
    with progress_bar() as progress:
        proved = proof(record, found, progress=progress)
    print_findings(proved.findings)
    if worst(proved.findings) is Severity.ERROR:
        say(f"With these errors {record.key} would not be published.")
    return proved.frozen, found


def _test(newsroom: Newsroom, frozen: Frozen, list: List, *, address: str, format: SubscriptionFormat) -> int:
    from briefpub.workflows.send_test import SendTest

    send = SendTest(letters=partial(newsroom.maker, test=True), post=newsroom.post_one)
    attempt = send(frozen, list, address=address, format=format, now=moment())
    told = TOLD[attempt.outcome].format(address=address)
    say(f"{told}: {attempt.reply}" if attempt.reply else f"{told}.")
    if attempt.outcome is Outcome.DEFERRED:
        say("Nothing was kept of it: try again later.")
    return EXIT[attempt.outcome]


def _rehearse(newsroom: Newsroom, frozen: Frozen, list: List, *, folder: Path, most: int | None) -> int:
    from briefpub.kit.safeio import place_file
    from briefpub.workflows.rehearse import Rehearse

    _must_be_empty(folder)

    def keep(message: Message) -> None:
        place_file(folder / f"{quote(message.message_id.strip('<>'), safe='@.-')}.eml", message.data)

    rehearse = Rehearse(
        audience=newsroom.audience,
        standings=newsroom.intakes.standings,
        ledger=newsroom.ledger,
        letters=newsroom.maker,
        keep=keep,
    )
    with progress_bar() as progress:
        done = rehearse(frozen, list, now=moment(), most=most, progress=progress)
    for address, reason in done.refused[:SHOWN]:
        say(f"{address}: {reason}")
    click.echo(str(folder))
    not_made = f", {len(done.refused)} cannot be made" if done.refused else ""
    say(
        f"{frozen.key} would go to {done.would_go}: {done.made} written to {folder}{not_made}; none was sent."
    )
    if done.made:
        say("They hold subscribers' own links to unsubscribe: keep them to yourself.")
    return FINDINGS if done.refused else 0


def _must_be_empty(folder: Path) -> None:
    """Raise ConfigError for a folder that holds something: what lies there might be taken for a message."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(
            "there is something in the folder already", where=str(folder), hint="name a new one, or empty it"
        )
