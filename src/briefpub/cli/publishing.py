"""build, publish, issues: from articles to editions, and from editions to a list."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from briefpub.bootstrap import Newsroom
from briefpub.cli.context import issue_named, moment, newsroom_of
from briefpub.cli.output import (
    choice_of,
    json_option,
    print_findings,
    print_json,
    print_rows,
    progress_bar,
    say,
)
from briefpub.domain.article import Article
from briefpub.domain.audience import DigestBody
from briefpub.domain.errors import ConfigError
from briefpub.domain.finding import Finding, Severity, worst
from briefpub.domain.issue import Collection, Format, Issue, IssueState, Publication
from briefpub.domain.manifest import MANIFEST
from briefpub.domain.walking import plain

FINDINGS = 1


def _formats(_: click.Context, __: click.Parameter, text: str) -> tuple[Format, ...]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in set(Format)]
    if unknown or not names:
        raise click.BadParameter(f"{', '.join(unknown) or 'nothing'}: choose from {', '.join(Format)}")
    return tuple(format for format in Format if format in names)


jobs_option = click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=lambda: min(os.cpu_count() or 1, 4),
    show_default="processors, at most 4",
    help="How many processes render at once.",
)


@click.command(name="build")
@click.argument("issue", required=False)
@click.option(
    "--articles", "globs", multiple=True, metavar="GLOB", help="Any article files instead of an issue."
)
@click.option(
    "--to", "formats", default=",".join(Format), show_default=True, callback=_formats, metavar="FORMATS"
)
@click.option("-o", "--output", metavar="DIR", help="Where to write; else build/ in the publication.")
@click.option("--list", "slug", metavar="LIST", help="Take layout, language and digest body from this list.")
@click.option("--title", help="The title of the collection that --articles make.")
@click.option("--layout", "layout_name", help="The layout to use.")
@click.option("--body", type=choice_of(DigestBody), help="How much of each article the digest carries.")
@jobs_option
@click.pass_context
def build_command(
    ctx: click.Context,
    *,
    issue: str | None,
    globs: tuple[str, ...],
    formats: tuple[Format, ...],
    output: str | None,
    slug: str | None,
    title: str | None,
    layout_name: str | None,
    body: str | None,
    jobs: int,
) -> int:
    """Make editions of an ISSUE, or of any articles, as files: nothing is frozen, queued or sent.

    Exit code 1 tells that there were errors among the findings; what could be made is written all the same.
    """
    newsroom = newsroom_of(ctx)
    if issue and globs:
        raise click.UsageError("name an issue or give --articles, not both")
    publication: Publication
    if globs:
        articles, findings, base = _articles_of(newsroom, globs)
        publication = _collection(newsroom, articles, slug=slug, title=title, body=body)
        pictures = None if base is None else newsroom.pictures_of(base)
        target = Path(output) if output else Path.cwd() / "build"
    else:
        record = issue_named(newsroom, issue or slug)
        gathered = newsroom.articles.gather()
        publication = newsroom.issue(record, gathered.articles)
        findings = _about(gathered.findings, publication)
        pictures = None
        target = Path(output) if output else newsroom.root / "build" / record.key
    own = layout_name or (
        publication.list.layout
        if isinstance(publication, Issue)
        else newsroom.list(slug).layout
        if slug
        else newsroom.settings.layout
    )
    layout = newsroom.layouts.read(own)
    with progress_bar() as progress:
        built = newsroom.build(jobs=jobs, pictures=pictures)(publication, layout, formats, progress=progress)
    files = {edition.format.file_name: edition.data for edition in built.editions}
    files |= {picture.path: picture.data for edition in built.editions for picture in edition.pictures}
    _write(target, {**files, MANIFEST: built.manifest})
    remarks = (*findings, *built.findings)
    print_findings(remarks)
    for edition in built.editions:
        click.echo(str(target / edition.format.file_name))
    click.echo(str(target / MANIFEST))
    say(f"{len(built.editions)} editions, {built.rendered} of them rendered now.")
    return FINDINGS if worst(remarks) is Severity.ERROR else 0


def _articles_of(
    newsroom: Newsroom, globs: Sequence[str]
) -> tuple[tuple[Article, ...], tuple[Finding, ...], Path | None]:
    """Read the articles that globs name; their folder is their world when it is no publication's."""
    from briefpub.content.folders import expanded

    base, patterns = expanded(globs, Path.cwd())
    gathered = newsroom.articles_in(base, patterns).gather()
    if not gathered.articles:
        print_findings(gathered.findings)
        raise ConfigError("no article could be read", where=", ".join(globs), hint="see briefpub check")
    inside = base.resolve().is_relative_to(newsroom.root)
    return gathered.articles, gathered.findings, None if inside else base


def _collection(
    newsroom: Newsroom,
    articles: tuple[Article, ...],
    *,
    slug: str | None,
    title: str | None,
    body: str | None,
) -> Collection:
    import hashlib

    found = newsroom.list(slug) if slug else None
    languages = Counter(article.language for article in articles).most_common(1)
    alone = len(articles) == 1
    ids = hashlib.sha256("\n".join(article.id for article in articles).encode()).hexdigest()[:8]
    return Collection(
        slug=articles[0].id if alone else f"collection-{ids}",
        title=title or (articles[0].title if alone else newsroom.settings.name or articles[0].title),
        imprint=newsroom.settings.imprint(),
        language=found.language if found else languages[0][0],
        articles=articles,
        digest_body=DigestBody(body)
        if body
        else found.digest_body
        if found
        else newsroom.settings.digest.body,
    )


def _about(findings: Sequence[Finding], publication: Publication) -> tuple[Finding, ...]:
    """Keep the findings on the publication's own articles: a draft's troubles are not its concern."""
    paths = {article.path for article in publication.articles}
    return tuple(finding for finding in findings if finding.where in paths)


def _write(folder: Path, files: dict[str, bytes]) -> None:
    from briefpub.kit.safeio import write_file

    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, data)


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
