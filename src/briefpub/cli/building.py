"""build: any articles, or an issue, as files to look at."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from briefpub.bootstrap import Newsroom, code_fingerprint
from briefpub.cli.context import issue_named, newsroom_of
from briefpub.cli.output import choice_of, print_findings, progress_bar, say
from briefpub.content.folders import expanded
from briefpub.content.freshness import BuildRecords, key_of, stamp_of
from briefpub.domain.article import Article
from briefpub.domain.audience import DigestBody
from briefpub.domain.errors import ConfigError
from briefpub.domain.finding import Finding, Severity, worst
from briefpub.domain.issue import Collection, Format, Issue, Publication
from briefpub.domain.manifest import MANIFEST
from briefpub.workflows.ports import PictureShelf

FINDINGS = 1
# Findings that another file than those read could mend.
ABSENT = frozenset({"A001", "A003", "A020", "A024"})


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
    fresh: Fresh | None = None
    pictures: PictureShelf = newsroom.pictures
    if globs:
        target = Path(output) if output else Path.cwd() / "build"
        base, patterns = expanded(globs, Path.cwd())
        if not slug:
            # A list's values lie in the database; without one, bytes alone say whether there is work.
            fresh = Fresh(
                newsroom,
                base=base,
                patterns=patterns,
                target=target,
                formats=formats,
                options=(title, layout_name, body),
            )
            if (known := fresh.unchanged()) is not None:
                return _told(target, formats, known, "Nothing changed: the editions are as they were.")
        articles, findings = _articles_of(newsroom, base, patterns)
        publication = _collection(newsroom, articles, slug=slug, title=title, body=body)
        pictures = newsroom.pictures_for(base)
    else:
        record = issue_named(newsroom, issue or slug)
        gathered = newsroom.articles.gather()
        publication = newsroom.issue(record, gathered.articles)
        findings = _about(gathered.findings, publication)
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
    files[MANIFEST] = built.manifest
    _write(target, files)
    remarks = (*findings, *built.findings)
    if fresh:
        fresh.record(files, remarks)
    rendered = f"{len(built.editions)} editions, {built.rendered} of them rendered now."
    return _told(target, formats, remarks, rendered)


def _told(target: Path, formats: Sequence[Format], findings: Sequence[Finding], sentence: str) -> int:
    print_findings(findings)
    for format in formats:
        click.echo(str(target / format.file_name))
    click.echo(str(target / MANIFEST))
    say(sentence)
    return FINDINGS if worst(tuple(findings)) is Severity.ERROR else 0


class Fresh:
    """One way of building, and whether the files it read and wrote are still the same."""

    def __init__(
        self,
        newsroom: Newsroom,
        *,
        base: Path,
        patterns: Sequence[str],
        target: Path,
        formats: Sequence[Format],
        options: tuple[str | None, ...],
    ) -> None:
        """Hash everything but the sources that decides what comes out."""
        self.newsroom, self.base, self.target = newsroom, base, target
        self.sources = [base / name for name in patterns]
        self.records = BuildRecords(folder=newsroom.cache / "builds")
        self.key = key_of(
            {
                "settings": repr(newsroom.settings),
                "publication": newsroom.root if newsroom.found else None,
                "sources": [str(path) for path in self.sources],
                "target": target.absolute(),
                "formats": formats,
                "options": options,
                "layouts": stamp_of(newsroom.layout_folders),
                "engines": newsroom.engines,
                "code": code_fingerprint(),
            }
        )

    def unchanged(self) -> tuple[Finding, ...] | None:
        """Give the findings of the build that made what lies there, or None when there is work to do."""
        return self.records.unchanged(self.key)

    def record(self, written: Mapping[str, bytes], findings: Sequence[Finding]) -> None:
        """Remember this build, unless a picture was not to be had: it may be there next time."""
        if not any(finding.code in ABSENT for finding in findings):
            read = [*self.sources, *self.newsroom.pictures_for(self.base).places]
            self.records.record(self.key, [*read, *(self.target / name for name in written)], findings)


def _articles_of(
    newsroom: Newsroom, base: Path, patterns: Sequence[str]
) -> tuple[tuple[Article, ...], tuple[Finding, ...]]:
    """Read the articles that globs named; their folder is their world when it is no publication's."""
    gathered = newsroom.articles_in(base, patterns).gather()
    if not gathered.articles:
        print_findings(gathered.findings)
        raise ConfigError("no article could be read", where=str(base), hint="see briefpub check")
    return gathered.articles, gathered.findings


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
