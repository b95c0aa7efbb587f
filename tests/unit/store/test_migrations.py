"""A database of the version before, with rows in every table, is brought to this one whole, or left as it was."""

import datetime as dt
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from postgres import shared_server
from sqlalchemy import Connection, MetaData, insert, inspect, select, text

import briefpub.store.database as module
from briefpub.domain.errors import StoreError
from briefpub.store.database import PATIENCE, Database, open_database
from briefpub.store.tables import REVISION, metadata

AT = "2026-11-22T10:00:00.000000Z"
DAY = dt.date(2026, 11, 22)
# In the order in which they refer to one another. Texts hold what a careless copy would spoil.
ROWS: dict[str, list[dict[str, Any]]] = {
    "list": [
        {"id": id, "slug": slug, "name": "La revue d’été", "sender": "R <r@example.org>", "language": "fr"}
        | {"timezone": "Europe/Paris", "layout": "default", "digest_body": "lead", "description": "'; --"}
        | {"archived": id == 9, "in_doubt": "resend"}
        for id, slug in ((3, "weekly"), (9, "annual"))
    ],
    "subscriber": [
        {"id": id, "address": f"Ada{id}@example.org", "folded": f"ada{id}@example.org", "site": "example.org"}
        | {"address_hash": f"{id:064x}", "name": "Ada 🖋", "since": AT}
        for id in (5, 7)
    ],
    "suppression": [{"address_hash": "f" * 64, "reason": "asked", "since": AT}],
    "issue": [
        {"id": id, "list_id": list_id, "number": number, "date": DAY, "title": "Un\nDeux", "state": state}
        | {"manifest_sha256": sha256}
        for id, list_id, number, state, sha256 in (
            (11, 3, 1, "published", "a" * 64),
            (12, 3, 2, "composed", ""),
            (13, 9, 1, "held", ""),
        )
    ],
    "subscription": [
        {"list_id": list_id, "subscriber_id": person, "state": state, "format": "digest", "consent": "form"}
        | {"since": AT, "device": "ada@kindle.example"}
        for list_id, person, state in ((3, 5, "confirmed"), (3, 7, "unsubscribed"), (9, 5, "pending"))
    ],
    "edition": [
        {"issue_id": 11, "format": "pdf", "media_type": "application/pdf", "size": 9, "sha256": "b" * 64}
    ],
    "issue_article": [
        {"issue_id": issue, "position": position, "list_id": list_id, "article_id": article}
        for issue, position, list_id, article in (
            (11, 1, 3, "bread"),
            (11, 2, 3, "salt"),
            (13, 1, 9, "bread"),
        )
    ],
    "mailing": [
        {"id": 21, "issue_id": 11, "state": "done", "queued_at": AT, "queued": 0, "claimed": 0, "handed": 0}
        | {"accepted": 1, "failed": 0, "skipped": 0, "unknown": 1, "reason": "paused", "forgiven": 2}
    ],
    "delivery": [
        {
            "id": 31,
            "mailing_id": 21,
            "subscriber_id": 5,
            "format": "digest",
            "state": "accepted",
            "attempts": 1,
        }
        | {
            "not_before": AT,
            "lease_owner": None,
            "lease_until": None,
            "message_id": "<1@x>",
            "reply": "250 ok",
        }
        | {"site": "example.org"},
        {
            "id": 32,
            "mailing_id": 21,
            "subscriber_id": 7,
            "format": "digest",
            "state": "unknown",
            "attempts": 1,
        }
        | {"not_before": AT, "lease_owner": "me", "lease_until": AT, "message_id": "<2@x>", "reply": ""}
        | {"site": "example.org"},
    ],
    "attempt": [{"id": 41, "delivery_id": 31, "at": AT, "outcome": "accepted", "reply": "250 ok"}],
    "intake": [{"id": 51, "list_id": 3, "source": "people.csv", "at": AT, "undone_at": None}],
    "consent": [
        {"id": 61, "subscriber_id": 5, "list_id": 3, "event": "confirmed", "at": AT, "how": "a click"}
        | {"address_hash": f"{5:064x}", "intake_id": 51},
    ],
    "site": [
        {"site": "example.org", "tat": AT, "failures": 1, "refusals": 2, "logins": 3, "closed_until": AT}
        | {"stopped": "no", "day": DAY, "sent": 4}
    ],
}
# What the rows of before are in the columns that are new.
NEW: dict[str, dict[str, Any]] = {
    "subscription": {"frequency": "each", "wants": ""},
    "issue": {
        "frequency": "each",
        "through": None,
        "approved_sha256": "",
        "approved_by": "",
        "needs_approval": False,
        "approved_at": None,
    },
    "issue_article": {"frequency": "each", "again": 0},
}
# What stands in the way of the new tables, behind the tables that are made anew.
IN_THE_WAY = {"at its beginning": "schedule", "at its end": "frozen_file"}

KILLED = """
import os, signal, sys
from alembic import op
from briefpub.store.database import open_database
create = op.create_table
def create_table(name, *given):
    if name == "frozen_file":
        os.kill(os.getpid(), signal.SIGKILL)
    create(name, *given)
op.create_table = create_table
open_database(sys.argv[1])
"""


@contextmanager
def sqlite(path: Path) -> Iterator[str]:
    yield str(path / "briefpub.db")


@contextmanager
def postgresql(_path: Path) -> Iterator[str]:
    with shared_server().empty_database() as url:
        yield url


@pytest.fixture(params=[sqlite, postgresql], ids=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with request.param(tmp_path) as made:
        yield made


@contextmanager
def unmigrated(url: str) -> Iterator[Database]:
    """Give the database as it stands."""
    database = module._opened(url, PATIENCE, keeps_time=False)
    try:
        yield database
    finally:
        database.close()


def make_old(url: str, *, revision: str = "0002") -> None:
    """Make a database of an earlier version by its own migrations, and fill its tables."""
    config = Config()
    config.set_main_option("script_location", str(Path(module.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    with unmigrated(url) as database, database.migrating() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    with unmigrated(url) as database, database.writing() as connection:
        tables = reflected(connection)
        for name, rows in ROWS.items():
            if name in tables.tables:
                table = tables.tables[name]
                kept = [{key: value for key, value in row.items() if key in table.c} for row in rows]
                connection.execute(insert(table), kept)


def reflected(connection: Connection) -> MetaData:
    tables = MetaData()
    tables.reflect(connection)
    return tables


def contents(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """Give every row of every table, in the order of its key."""
    return {
        name: [dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()]
        for name, table in reflected(connection).tables.items()
    }


def shape(connection: Connection) -> dict[str, Any]:
    """Give what holds the rows together: columns, keys, constraints and indexes of every table."""
    look = inspect(connection)

    def by_name(found: list[Any]) -> list[dict[str, Any]]:
        return sorted((dict(each) for each in found), key=lambda each: str(each["name"]))

    return {
        table: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"])
                for column in look.get_columns(table)
            },
            "key": look.get_pk_constraint(table),
            "foreign keys": by_name(list(look.get_foreign_keys(table))),
            "unique": by_name(list(look.get_unique_constraints(table))),
            "checks": by_name(list(look.get_check_constraints(table))),
            "indexes": [
                {key: value for key, value in each.items() if key != "dialect_options"}
                | {
                    "where": {
                        key: str(value)
                        for key, value in each.get("dialect_options", {}).items()
                        if key.endswith("_where")
                    }
                }
                for each in by_name(list(look.get_indexes(table)))
            ],
        }
        for table in look.get_table_names()
    }


def refused(database: Database, words: str) -> bool:
    try:
        with database.writing() as connection:
            connection.execute(text(words))
    except StoreError:
        return True
    return False


def test_rows_in_every_table_of_the_version_before(url: str) -> None:
    make_old(url)
    with unmigrated(url) as database, database.reading() as connection:
        found = contents(connection)
    assert found.pop("alembic_version") == [{"version_num": "0002"}]
    assert found == ROWS


def test_the_rows_of_before_are_all_there_afterwards(url: str) -> None:
    make_old(url)
    open_database(url).close()
    with unmigrated(url) as database, database.reading() as connection:
        found = contents(connection)
    assert found.pop("alembic_version") == [{"version_num": REVISION}]
    fresh = {name for name in metadata.tables if name not in ROWS}
    assert {name: found.pop(name) for name in fresh} == {name: [] for name in fresh}
    assert found == {name: [row | NEW.get(name, {}) for row in rows] for name, rows in ROWS.items()}


def test_the_tables_are_those_that_this_version_makes(url: str, tmp_path: Path) -> None:
    """A table made anew keeps its keys and indexes; nothing of the copying is left behind."""
    make_old(url)
    open_database(url).close()
    with unmigrated(url) as database, database.reading() as connection:
        migrated = shape(connection)
        del migrated["alembic_version"]
    with unmigrated(url) as database, database.migrating() as connection:
        old = MetaData()
        old.reflect(connection)
        old.drop_all(connection)
        metadata.create_all(connection)
    with unmigrated(url) as database, database.reading() as connection:
        assert shape(connection) == migrated


def test_what_held_before_holds_afterwards_too(url: str) -> None:
    make_old(url)
    database = open_database(url)
    issue = (
        "INSERT INTO issue (id, list_id, number, date, title, state, manifest_sha256, frequency) VALUES"
        " ({id}, {list}, {number}, '2026-11-22', '', 'composed', '', '{frequency}')"
    )
    edition = (
        "INSERT INTO edition (issue_id, format, media_type, size, sha256) VALUES ({issue}, 'web', '', 0, '')"
    )
    article = (
        "INSERT INTO issue_article (issue_id, position, list_id, article_id, frequency, again) VALUES"
        " (12, {position}, 3, '{article}', '{frequency}', {again})"
    )
    assert refused(database, issue.format(id=90, list=4, number=1, frequency="each"))
    assert refused(database, issue.format(id=90, list=3, number=2, frequency="each"))
    assert not refused(database, issue.format(id=90, list=3, number=2, frequency="weekly"))
    assert refused(database, edition.format(issue=99))
    assert not refused(database, edition.format(issue=12))
    assert refused(database, article.format(position=1, article="bread", frequency="each", again=0))
    assert not refused(database, article.format(position=1, article="bread", frequency="each", again=1))
    assert not refused(database, article.format(position=2, article="bread", frequency="weekly", again=0))
    assert refused(database, "DELETE FROM issue WHERE id = 11")
    assert refused(database, "DELETE FROM subscriber WHERE id = 5")
    assert refused(database, "UPDATE mailing SET queued = -1")
    assert not refused(database, "DELETE FROM subscription WHERE subscriber_id = 7")
    database.close()


@pytest.mark.parametrize("table", IN_THE_WAY.values(), ids=IN_THE_WAY)
def test_a_migration_that_fails_leaves_the_database_as_it_was(url: str, table: str) -> None:
    make_old(url)
    with unmigrated(url) as database:
        with database.writing() as connection:
            connection.execute(text(f'CREATE TABLE "{table}" (x integer)'))
        with database.reading() as connection:
            before = contents(connection), shape(connection)
    with pytest.raises(StoreError, match="already exists"):
        open_database(url)
    with unmigrated(url) as database:
        with database.reading() as connection:
            assert (contents(connection), shape(connection)) == before
        with database.writing() as connection:
            connection.execute(text(f'DROP TABLE "{table}"'))
    open_database(url).close()
    with unmigrated(url) as database, database.reading() as connection:
        assert contents(connection)["alembic_version"] == [{"version_num": REVISION}]


def test_a_migration_that_is_killed_at_its_last_table_leaves_the_database_as_it_was(url: str) -> None:
    make_old(url)
    with unmigrated(url) as database, database.reading() as connection:
        before = contents(connection), shape(connection)
    killed = subprocess.run([sys.executable, "-c", KILLED, url], check=False)
    assert killed.returncode == -signal.SIGKILL
    with unmigrated(url) as database, database.reading() as connection:
        assert (contents(connection), shape(connection)) == before
    open_database(url).close()


def test_two_that_open_it_at_once_migrate_it_once(url: str) -> None:
    make_old(url)
    with ThreadPoolExecutor(2) as pool:
        for opened in [pool.submit(open_database, url) for _ in range(2)]:
            opened.result().close()
    with unmigrated(url) as database, database.reading() as connection:
        found = contents(connection)
    assert found["alembic_version"] == [{"version_num": REVISION}]
    assert found["delivery"] == ROWS["delivery"]


def test_a_row_that_refers_to_nothing_stops_the_migration(tmp_path: Path) -> None:
    """SQLite copies tables with its foreign keys off: what it would let pass then is looked for."""
    path = str(tmp_path / "briefpub.db")
    make_old(path)
    with unmigrated(path) as database, database.migrating() as connection:
        connection.execute(text("UPDATE issue SET list_id = 77 WHERE id = 13"))
    with unmigrated(path) as database, database.reading() as connection:
        before = contents(connection), shape(connection)
    with pytest.raises(StoreError, match="refer to others"):
        open_database(path)
    with unmigrated(path) as database, database.reading() as connection:
        assert (contents(connection), shape(connection)) == before


def test_the_first_version_is_brought_all_the_way(url: str) -> None:
    make_old(url, revision="0001")
    database = open_database(url)
    with database.reading() as connection:
        found = contents(connection)
    database.close()
    assert {row["site"] for row in found["subscriber"]} == {"example.org"}
    assert [row["in_doubt"] for row in found["list"]] == ["hold", "hold"]
    assert [row["article_id"] for row in found["issue_article"]] == ["bread", "salt", "bread"]
