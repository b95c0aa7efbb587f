"""migrate-db: every row comes along, or none does."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from builders import NOW
from postgres import shared_server
from postroom import mailed
from sqlalchemy import insert, select

from briefpub.bootstrap import open_newsroom
from briefpub.domain.delivery import DeliveryState
from briefpub.domain.replies import Outcome
from briefpub.store.copying import ITS_OWN, TABLES
from briefpub.store.database import Database, open_database
from briefpub.store.lock import alone, watching
from briefpub.store.tables import list_, metadata, suppression

REPLIES = (Outcome.ACCEPTED, Outcome.UNKNOWN, Outcome.FAILED, Outcome.DEFERRED)
pytestmark = pytest.mark.slow


@pytest.fixture
def empty() -> Iterator[str]:
    with shared_server().empty_database() as url:
        yield url


def rows_of(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.reading() as connection:
        return {
            table.name: [
                tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in TABLES
        }


def test_every_row_comes_along_and_the_work_goes_on(publication: Path, run, empty: str):
    mailed(publication, *REPLIES, readers=60)
    with open_newsroom(str(publication)).database.writing() as connection:
        connection.execute(insert(suppression).values(address_hash="a" * 64, reason="é “x”", since=NOW))
    ran = run("migrate-db", empty, "--json")
    assert ran.code == 0, ran.err
    told = {one["table"]: one for one in json.loads(ran.out)}
    assert set(told) == {table.name for table in metadata.sorted_tables} - {t.name for t in ITS_OWN}
    assert told["delivery"] == {"table": "delivery", "rows": 60, "copied": 60}
    assert f'database = "{empty}"' in ran.err
    assert "stay in outbox/" in ran.err
    with closing(open_database(empty)) as new:
        assert rows_of(new) == rows_of(open_newsroom(str(publication)).database)
    settings = publication / "briefpub.toml"
    settings.write_text(f'database = "{empty}"\n' + settings.read_text())
    newsroom = open_newsroom(str(publication))
    (mailing,) = newsroom.ledger.mailings()
    assert mailing.counts[DeliveryState.UNKNOWN] == 1
    # The numbers go on behind those that came along.
    added = run("subscribers", "add", "new@example.org", "--list", "weekly", "--consent", "said so")
    assert added.code == 0, added.err
    again = run("migrate-db", empty)
    assert again.code == 2
    assert "on a server already" in again.err
    newsroom.database.close()


def test_frozen_editions_come_along_where_asked_for(subscribed: Path, run, empty: str):
    published = run("publish", "weekly", "--yes", "--expect", 2)
    assert published.code == 0, published.err
    ran = run("migrate-db", empty, "--outbox", "--json")
    assert ran.code == 0, ran.err
    files = next(one["copied"] for one in json.loads(ran.out) if one["table"] == "frozen_file")
    assert files >= 6
    before = open_newsroom(str(subscribed)).outbox.frozen("weekly/001")
    settings = subscribed / "briefpub.toml"
    settings.write_text(f'database = "{empty}"\noutbox = "database"\n' + settings.read_text())
    newsroom = open_newsroom(str(subscribed))
    after = newsroom.outbox.frozen("weekly/001")
    assert before is not None
    assert after is not None
    assert (after.manifest, after.editions, after.pictures) == (
        before.manifest,
        before.editions,
        before.pictures,
    )
    assert run("outbox", "show", "weekly/1").code == 0
    newsroom.database.close()


def test_a_database_that_holds_something_is_refused(publication: Path, run, empty: str):
    mailed(publication, readers=2)
    with closing(open_database(empty)) as target:
        with target.writing() as connection:
            connection.execute(insert(suppression).values(address_hash="a" * 64, reason="", since=NOW))
        ran = run("migrate-db", empty)
        assert ran.code == 2
        assert "not empty" in ran.err
        assert "suppression" in ran.err
        assert len(rows_of(target)["suppression"]) == 1
        assert rows_of(target)["delivery"] == []


def test_a_row_that_the_server_refuses_leaves_nothing_behind(publication: Path, run, empty: str):
    mailed(publication, readers=3)
    newsroom = open_newsroom(str(publication))
    with newsroom.database.writing() as connection:
        connection.execute(list_.update().values(description="half\0a line"))
    ran = run("migrate-db", empty)
    assert ran.code == 75, ran.err
    assert "a row of the table list cannot be kept" in ran.err
    with closing(open_database(empty)) as target:
        assert not any(rows_of(target).values())


def test_while_somebody_sends_or_watches_it_is_refused(publication: Path, run, empty: str):
    mailed(publication, readers=2)
    database = open_newsroom(str(publication)).database
    for held in (alone, watching):
        with held(database):
            ran = run("migrate-db", empty)
            assert ran.code == 5, ran.err
    assert database.path is not None
    assert sqlite3.connect(database.path).execute("SELECT count(*) FROM delivery").fetchone() == (2,)


@pytest.mark.parametrize("url", ["other.db", "mysql://x/y", "sqlite:///x.db"])
def test_only_a_server_is_a_target(publication: Path, run, url: str):
    ran = run("migrate-db", url)
    assert ran.code == 2
    assert "postgresql://" in ran.err
