"""publish, issues: from editions to a list."""

from getpass import getuser

import click

from briefpub.bootstrap import Newsroom
from briefpub.cli.asking import ask_for, number_options
from briefpub.cli.building import jobs_option
from briefpub.cli.context import issue_named, moment, newsroom_of
from briefpub.cli.output import (
    json_option,
    print_json,
    print_rows,
    say,
)
from briefpub.cli.schedule_dates import valid
from briefpub.domain.errors import ConfigError, Conflict
from briefpub.domain.issue import IssueState
from briefpub.domain.schedule import ASKING, Run
from briefpub.domain.walking import plain


@click.command(name="publish")
@click.argument("slug", metavar="LIST")
@click.option("--yes", is_flag=True, help="Do not ask; needs --expect.")
@click.option("--expect", type=click.IntRange(0), metavar="N", help="How many people you expect to mail.")
@click.option("--at", metavar="TIME", help="Freeze it now, and let `briefpub run` send it then.")
@jobs_option
@click.pass_context
def publish_command(
    ctx: click.Context, *, slug: str, yes: bool, expect: int | None, at: str | None, jobs: int
) -> int:
    """Compose, freeze and deliver the next issue of LIST.

    Typed again it goes on where it was interrupted, and publishes nothing twice.
    """
    from briefpub.cli.publish import run_publish, run_publish_at

    newsroom = newsroom_of(ctx)
    if at:
        return run_publish_at(newsroom, slug, at=at, yes=yes, expect=expect, jobs=jobs)
    return run_publish(newsroom, slug, yes=yes, expect=expect, jobs=jobs)


@click.group(name="issues")
def issues_command() -> None:
    """Look at issues, compose, hold and approve them."""


@issues_command.command(name="list")
@click.option("--list", "slug", metavar="LIST", help="Only this list's.")
@json_option
@click.pass_context
def issues_list(ctx: click.Context, *, slug: str | None, as_json: bool) -> None:
    """Show every issue, oldest first."""
    newsroom = newsroom_of(ctx)
    if slug:
        newsroom.list(slug)
    rows = [
        (record.key, record.date.isoformat(), record.state, len(record.articles), record.title)
        for record in newsroom.issues.of(slug)
    ]
    print_rows(("issue", "date", "state", "articles", "title"), rows, as_json=as_json)


@issues_command.command(name="show")
@click.argument("issue", required=False)
@json_option
@click.pass_context
def issues_show(ctx: click.Context, *, issue: str | None, as_json: bool) -> None:
    """Show one ISSUE: its articles, and where it stands."""
    newsroom = newsroom_of(ctx)
    record = issue_named(newsroom, issue)
    titles = {article.id: article for article in newsroom.articles.gather().articles}
    if as_json:
        print_json(
            {
                "issue": record.key,
                "date": record.date.isoformat(),
                "title": record.title,
                "state": record.state,
                "articles": [
                    {"id": name, "title": titles[name].title if name in titles else None}
                    for name in record.articles
                ],
                "manifest_sha256": record.manifest_sha256 or None,
            }
        )
        return
    say(f"{record.key} · {record.date.isoformat()} · {record.state.value} · {record.title}")
    rows = [
        (name, titles[name].title, titles[name].minutes(), plain(titles[name].standfirst))
        if name in titles
        else (name, "(not there any more)", "", "")
        for name in record.articles
    ]
    print_rows(("article", "title", "minutes", "standfirst"), rows, as_json=False)


@issues_command.command(name="add")
@click.argument("slug", metavar="LIST")
@click.option(
    "--article", "names", multiple=True, metavar="ID", help="An article, in this order; else all ready."
)
@click.option("--title", default="", help="The issue's own title; else its first article's.")
@click.option("--again", is_flag=True, help="The articles named may be ones the list has had.")
@click.pass_context
def issues_add(ctx: click.Context, *, slug: str, names: tuple[str, ...], title: str, again: bool) -> None:
    """Compose the next issue of LIST without publishing it."""
    from briefpub.workflows.compose import choose, day_of

    newsroom = newsroom_of(ctx)
    found = newsroom.list(slug)
    gathered = newsroom.articles.gather()
    if again and not names:
        raise click.UsageError("--again needs the articles named: --article ID")
    ready = choose(gathered.articles, frozenset() if again else newsroom.issues.taken(slug))
    by_id = {article.id: article for article in ready}
    unknown = [name for name in names if name not in by_id]
    if unknown or not ready:
        raise ConfigError(
            f"no ready article {', '.join(unknown)}" if unknown else "every ready article was in an issue",
            where=newsroom.settings.articles,
            hint=f"ready for {slug}: {', '.join(by_id) or 'none'}",
        )
    chosen = names or tuple(by_id)
    record = newsroom.issues.compose(slug, chosen, title=title, date=day_of(found, moment()), again=again)
    click.echo(record.key)
    say(f"Composed with {len(chosen)} articles. Publish it: briefpub publish {slug}")


@issues_command.command(name="hold")
@click.argument("issue", required=False)
@click.pass_context
def issues_hold(ctx: click.Context, *, issue: str | None) -> None:
    """Keep a composed ISSUE back until it is approved."""
    newsroom = newsroom_of(ctx)
    record = newsroom.issues.set_state(issue_named(newsroom, issue).key, IssueState.HELD)
    say(f"{record.key} is held. Approve it: briefpub issues approve {record.key}")


@issues_command.command(name="approve")
@click.argument("issue", required=False)
@click.option("--hash", "sha256", metavar="SHA256", help="The manifest's hash that you looked at.")
@click.option("--by", metavar="NAME", help="Who approves; else your name on this machine.")
@number_options
@click.pass_context
def issues_approve(
    ctx: click.Context,
    *,
    issue: str | None,
    sha256: str | None,
    by: str | None,
    yes: bool,
    expect: int | None,
) -> None:
    """Approve ISSUE: let a held one be published, or say yes to the frozen bytes of one that awaits it.

    The approval is of these very bytes: should they be made anew, somebody has to look again.
    """
    newsroom = newsroom_of(ctx)
    found = issue_named(newsroom, issue)
    if found.state is not IssueState.AWAITING:
        record = newsroom.issues.set_state(found.key, IssueState.COMPOSED)
        say(f"{record.key} may go out: briefpub publish {record.list}")
        return
    run = next((one for one in newsroom.runs.of(open_only=True) if one.issue == found.key), None)
    count = newsroom.audience.confirmed(found.list, found.frequency)
    if not newsroom.audience.confirmed(found.list):
        raise Conflict(
            "the list has nobody to mail", where=found.key, hint="approve it once there is somebody"
        )
    people = "1 subscriber" if count == 1 else f"{count} subscribers"
    ask_for(
        count,
        sentence=f"{found.key}, {len(found.articles)} articles, manifest {found.manifest_sha256[:12]}, "
        f"goes to {people} {_when(newsroom, run)}.",
        to="approve it",
        where=found.key,
        yes=yes,
        expect=expect,
    )
    newsroom.issues.approve(
        found.key,
        manifest_sha256=sha256 or found.manifest_sha256,
        by=by or getuser(),
        now=moment(),
    )
    say(f"{found.key} is approved.")


@issues_command.command(name="withdraw")
@click.argument("issue")
@click.pass_context
def issues_withdraw(ctx: click.Context, *, issue: str) -> None:
    """Take back an ISSUE that nobody was mailed: its articles are free for another one.

    What was frozen of it moves to the folder `withdrawn` of its list's outbox.
    """
    newsroom = newsroom_of(ctx)
    if newsroom.issues.get(issue) is None and newsroom.outbox.frozen(issue):
        key, free = issue, ""  # a crash came between the two steps below
    else:
        record = newsroom.issues.withdraw(issue_named(newsroom, issue).key)
        key, free = record.key, f"; its {len(record.articles)} articles are free again"
    moved = newsroom.outbox.withdraw(key)
    say(f"{key} is withdrawn{free}." + (f" Its files are kept: {moved}" if moved else ""))


def _when(newsroom: Newsroom, run: Run | None) -> str:
    """Say when the issue of a run goes out once it is approved."""
    schedule = newsroom.schedules.get(run.schedule) if run else None
    if run is None or schedule is None:
        return "with the next run of a schedule, or `briefpub publish`"
    if run.question in ASKING and not run.said:
        return f"once `briefpub schedule send {run.schedule}` says yes to its run too"
    at, due = valid(schedule, run)
    return f"at {at:%Y-%m-%d %H:%M} ({run.schedule})" if due > moment() else "at once"
