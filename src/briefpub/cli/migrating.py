"""migrate-db: from the file to a server, all of it or nothing."""

from collections.abc import Iterator
from contextlib import closing

import click

from briefpub.bootstrap import Newsroom
from briefpub.cli.context import newsroom_of
from briefpub.cli.output import json_option, print_rows, progress_bar, say
from briefpub.domain.errors import ConfigError
from briefpub.domain.issue import Frozen


@click.command(name="migrate-db")
@click.argument("url", metavar="postgresql://USER@HOST/NAME")
@click.option("--outbox", is_flag=True, help="Keep the frozen editions of the outbox there too.")
@json_option
@click.pass_context
def migrate_db_command(ctx: click.Context, *, url: str, outbox: bool, as_json: bool) -> int:
    """Bring lists, subscribers, issues and deliveries from the publication's file to an empty PostgreSQL.

    All of it in one transaction: whatever fails, the server's database stays empty and the file as it was.
    Nobody may send meanwhile. The file is not touched; set `database` afterwards, and keep it as a backup.
    """
    newsroom = newsroom_of(ctx)
    from briefpub.store.copying import copy
    from briefpub.store.database import open_database
    from briefpub.store.lock import alone, watching
    from briefpub.store.postgresql import is_postgresql, server_url

    if not is_postgresql(url):
        raise ConfigError(
            f"{url.partition('://')[0]!r} is no PostgreSQL server's address",
            where="migrate-db",
            hint="write postgresql://user@host/name",
        )
    if newsroom.database.path is None:
        raise ConfigError(
            "the publication is on a server already",
            where=newsroom.database.where,
            hint="pg_dump and pg_restore bring it to another one",
        )
    # Both locks: neither a run that keeps watch nor a publish may write what would stay behind.
    with (
        watching(newsroom.database),
        alone(newsroom.database),
        closing(open_database(url)) as target,
        progress_bar() as progress,
    ):
        frozen = _frozen(newsroom) if outbox else iter(())
        copied = copy(newsroom.database, target, frozen=frozen, progress=progress)
        where = target.where
    rows = [(one.table, one.rows, one.copied) for one in copied]
    print_rows(("table", "rows", "copied"), rows, as_json=as_json)
    say(f"{sum(one.copied for one in copied)} rows of {len(copied)} tables are in {where}.")
    server = server_url(url)
    shown = where if server.password or "password" in server.query else url
    say(f'Now write in briefpub.toml: database = "{shown}"')
    if outbox:
        say('The frozen editions are there too: write outbox = "database" as well.')
    else:
        say(f"The frozen editions stay in {newsroom.settings.outbox}/; --outbox would have brought them too.")
    say(f"{newsroom.database.where} was not touched: keep it until you are sure.")
    return 0


def _frozen(newsroom: Newsroom) -> Iterator[Frozen]:
    """Give every frozen issue of the outbox, each proved by its manifest."""
    for record in newsroom.issues.of():
        frozen = newsroom.outbox.frozen(record.key)
        if frozen:
            yield frozen
