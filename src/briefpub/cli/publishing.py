"""publish, issues: from editions to a list."""

import click

from briefpub.cli.building import jobs_option
from briefpub.cli.context import issue_named, moment, newsroom_of
from briefpub.cli.output import (
    json_option,
    print_json,
    print_rows,
    say,
)
from briefpub.domain.errors import ConfigError
from briefpub.domain.issue import IssueState
from briefpub.domain.walking import plain


@click.command(name="publish")
@click.argument("slug", metavar="LIST")
@click.option("--yes", is_flag=True, help="Do not ask; needs --expect.")
@click.option("--expect", type=click.IntRange(0), metavar="N", help="How many people you expect to mail.")
@jobs_option
@click.pass_context
def publish_command(ctx: click.Context, *, slug: str, yes: bool, expect: int | None, jobs: int) -> int:
    """Compose, freeze and deliver the next issue of LIST.

    Typed again it goes on where it was interrupted, and publishes nothing twice.
    """
    from briefpub.cli.publish import run_publish

    return run_publish(newsroom_of(ctx), slug, yes=yes, expect=expect, jobs=jobs)


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
@click.pass_context
def issues_add(ctx: click.Context, *, slug: str, names: tuple[str, ...], title: str) -> None:
    """Compose the next issue of LIST without publishing it."""
    from briefpub.workflows.compose import choose, day_of

    newsroom = newsroom_of(ctx)
    found = newsroom.list(slug)
    gathered = newsroom.articles.gather()
    ready = choose(gathered.articles, newsroom.issues.taken(slug))
    by_id = {article.id: article for article in ready}
    unknown = [name for name in names if name not in by_id]
    if unknown or not ready:
        raise ConfigError(
            f"no ready article {', '.join(unknown)}" if unknown else "every ready article was in an issue",
            where=newsroom.settings.articles,
            hint=f"ready for {slug}: {', '.join(by_id) or 'none'}",
        )
    chosen = names or tuple(by_id)
    record = newsroom.issues.compose(slug, chosen, title=title, date=day_of(found, moment()))
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
@click.pass_context
def issues_approve(ctx: click.Context, *, issue: str | None) -> None:
    """Let a held ISSUE go out with the next publish."""
    newsroom = newsroom_of(ctx)
    record = newsroom.issues.set_state(issue_named(newsroom, issue).key, IssueState.COMPOSED)
    say(f"{record.key} may go out: briefpub publish {record.list}")
