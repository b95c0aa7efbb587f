"""init, new, import, check: the editor's side of a publication."""

from collections.abc import Iterator
from pathlib import Path

import click

from briefpub.check.articles import heads_of
from briefpub.cli.context import moment, newsroom_of
from briefpub.cli.output import findings_json, json_option, print_findings, print_json, print_rows, say
from briefpub.domain.errors import Conflict, ContentError
from briefpub.domain.finding import Finding, Severity
from briefpub.domain.importing import Imported

FINDINGS = 1


@click.command(name="init")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option("--demo", is_flag=True, help="Put the sample essays and subscribers in.")
@click.option("--name", default="", help="The publication's name.")
@click.option("--lang", "language", default="en", show_default=True, help="The language of its own words.")
def init_command(*, folder: Path, demo: bool, name: str, language: str) -> None:
    """Begin a new publication in DIR, or here. Nothing that is there already is touched."""
    from briefpub.content.beginnings import begin

    for path in begin(folder, name=name, language=language, demo=demo):
        click.echo(str(path))
    say(f"The publication is there. Next: cd {folder} && briefpub new “A first essay”")


@click.command(name="new")
@click.argument("title")
@click.option("--lang", "language", help="The article's language.")
@click.pass_context
def new_command(ctx: click.Context, *, title: str, language: str | None) -> None:
    """Begin an article called TITLE, as a draft."""
    from briefpub.content.beginnings import new_article

    newsroom = newsroom_of(ctx)
    path = new_article(
        newsroom.root / newsroom.settings.articles,
        title=title,
        language=language or newsroom.settings.language,
    )
    click.echo(str(path))
    say("Write it; when it may go out, change status: draft to status: ready.")


@click.command(name="import")
@click.argument("sources", metavar="SOURCE…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what each block was taken for, and write nothing.")
@click.option("--lang", "language", default="", help="The language of the essays; else it is looked for.")
@click.option("--into", type=click.Path(path_type=Path), help="The folder to write to; else articles/.")
@json_option
@click.pass_context
def import_command(
    ctx: click.Context,
    *,
    sources: tuple[Path, ...],
    dry_run: bool,
    language: str,
    into: Path | None,
    as_json: bool,
) -> int:
    """Turn each SOURCE (scraped plain text, Markdown, or a folder of them) into an article.

    Importing the same source again changes nothing; an article that was edited since is never overwritten.
    """
    from briefpub.content.importers.by_name import importer_of
    from briefpub.content.inbox import file_article

    newsroom = newsroom_of(ctx)
    folder = into or newsroom.root / newsroom.settings.articles
    troubled = False
    told: list[dict[str, object]] = []
    for path in _files(sources):
        try:
            imported = importer_of(path.name)(_bytes_of(path), name=path.name, language=language)
        except ContentError as error:
            # One bad source among many stops nobody else; it is told, and the exit code says so.
            if len(sources) == 1 and not sources[0].is_dir():
                raise
            say(f"{error}")
            troubled = True
            continue
        findings = [_of(finding, path) for finding in imported.findings]
        if dry_run:
            _tell_blocks(path, imported, told=told, findings=findings, as_json=as_json)
        else:
            try:
                filed = file_article(folder, imported)
            except Conflict as error:
                say(f"{error}\n  mend: {error.hint}")
                troubled = True
                continue
            if as_json:
                told.append(
                    {"source": str(path), "article": str(filed.path), "fate": filed.fate.value}
                    | {"findings": findings_json(findings)}
                )
            else:
                click.echo(str(filed.path))
                say(f"{path.name}: {filed.fate.value}")
        print_findings(findings)
        troubled = troubled or any(finding.severity is Severity.ERROR for finding in findings)
    if as_json:
        print_json(told)
    return FINDINGS if troubled else 0


def _files(sources: tuple[Path, ...]) -> Iterator[Path]:
    for source in sources:
        if source.is_dir():
            yield from sorted(
                path
                for path in source.rglob("*")
                if path.suffix.lower() in {".txt", ".md", ".markdown"} and path.is_file()
            )
        else:
            yield source


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ContentError("there is no such file or folder", path=str(path)) from None
    except OSError as error:
        raise ContentError(f"it cannot be read: {error.strerror}", path=str(path)) from error


def _of(finding: Finding, path: Path) -> Finding:
    from dataclasses import replace

    return finding if finding.where else replace(finding, where=str(path))


def _tell_blocks(
    path: Path,
    imported: Imported,
    *,
    told: list[dict[str, object]],
    findings: list[Finding],
    as_json: bool,
) -> None:
    if as_json:
        blocks = [
            {"line": block.line, "kind": block.kind, "why": block.why, "text": block.text}
            for block in imported.blocks
        ]
        told.append(
            {
                "source": str(path),
                "slug": imported.slug,
                "blocks": blocks,
                "findings": findings_json(findings),
            }
        )
        return
    say(f"{path} would become {imported.slug}.md")
    rows = [
        (block.line, block.kind, block.text if len(block.text) < 60 else block.text[:57] + "…", block.why)
        for block in imported.blocks
    ]
    print_rows(("line", "kind", "text", "why"), rows, as_json=False)


@click.command(name="check")
@click.argument("paths", metavar="[PATH…]", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Tell notes too.")
@json_option
@click.pass_context
def check_command(ctx: click.Context, *, paths: tuple[str, ...], everything: bool, as_json: bool) -> int:
    """Tell what should be mended: in the settings, the layouts and the articles, or in PATHs alone.

    Exit code 1 says that there are warnings or errors. Each finding's number is explained in the reference.
    """
    from briefpub.content.folders import expanded

    newsroom = newsroom_of(ctx)
    if paths:
        base, patterns = expanded(paths, Path.cwd())
        heads = heads_of(newsroom.articles_in(base, patterns).gather())
    else:
        newsroom.layouts.read(newsroom.settings.layout)
        for stated in newsroom.settings.lists.values():
            newsroom.layouts.read(stated.layout or newsroom.settings.layout)
        heads = newsroom.heads.heads()
    findings = (*heads.findings, *(finding for head in heads.heads for finding in head.findings))
    least = Severity.NOTE if everything else Severity.WARNING
    shown = sorted(
        (finding for finding in findings if finding.severity >= least),
        key=lambda finding: (finding.where, finding.line or 0, finding.code),
    )
    if as_json:
        print_json(findings_json(shown))
    else:
        print_findings(shown, least=least)
        say(f"{len(heads.heads)} articles, {len(shown)} findings, on {moment().date().isoformat()}.")
    return FINDINGS if any(finding.severity >= Severity.WARNING for finding in findings) else 0
