from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from builders import NOW, a_list
from postgres import own_server, postgres_url, shared_server
from sqlalchemy import insert, select, text

from briefpub.domain.errors import ConfigError, Locked, StoreError
from briefpub.store.audience import SqlAudience
from briefpub.store.database import Database, open_database
from briefpub.store.lock import alone
from briefpub.store.postgresql import place_of, server_url
from briefpub.store.tables import metadata, suppression

AT_ONCE = timedelta(milliseconds=1)


def suppress(database: Database, *hashes: str) -> None:
    with database.writing() as connection:
        for one in hashes:
            connection.execute(insert(suppression).values(address_hash=one, reason="", since=NOW))


def test_a_new_database_has_the_tables_of_this_version() -> None:
    with shared_server().empty_database() as url:
        database = open_database(url)
        with database.reading() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, metadata) == []
            partial = text("SELECT count(*) FROM pg_indexes WHERE indexdef LIKE '%WHERE%'")
            assert connection.execute(partial).scalar() == 3
        database.close()


def test_opened_by_several_at_once_it_is_migrated_once() -> None:
    with shared_server().empty_database() as url, ThreadPoolExecutor(3) as pool:
        for database in pool.map(open_database, [url] * 3):
            database.close()


def test_every_address_of_it_opens_it() -> None:
    with postgres_url() as url:
        for scheme in ("postgresql", "postgresql+psycopg", "postgres"):
            open_database(f"{scheme}://{url.partition('://')[2]}").close()


def test_a_place_is_shown_without_a_password() -> None:
    url = server_url("postgresql://ana:s3cret@db:5433/briefpub?password=s3cret&sslmode=require")
    assert place_of(url) == "postgresql://ana@db:5433/briefpub"
    socket = server_url("postgresql://ana@/briefpub?host=/run/postgresql")
    assert place_of(socket) == "postgresql://ana@/briefpub (/run/postgresql)"


@pytest.mark.parametrize(
    "url", ["postgresql://host", "postgresql://ana:s3cret@host/", "postgresql://ana:s3cret@h:port/x"]
)
def test_refuses_other_addresses_and_tells_no_secret(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        open_database(url)
    assert "s3cret" not in f"{caught.value} {caught.value.hint}"


def test_troubles_are_told_with_a_way_out_and_no_password() -> None:
    server = shared_server()
    server.execute("DROP ROLE IF EXISTS guarded")
    server.execute("CREATE ROLE guarded LOGIN PASSWORD 'right'")
    with postgres_url() as url:
        name = url.rpartition("/")[2]
        cases = {
            server.url(name, user="guarded", password="s3cret"): "refuses the password",
            server.url(name, user="guarded"): "asks for a password",
            server.url("nowhere"): "no such database",
            f"postgresql://s3cret:s3cret@127.0.0.1:1/{name}": "does not answer",
            f"postgresql://ana:s3cret@nowhere.invalid/{name}": "name is not known",
            f"postgresql://ana@/{name}?host=/nowhere": "does not answer",
        }
        for address, words in cases.items():
            with pytest.raises(StoreError, match=words) as caught:
                open_database(address)
            assert caught.value.hint
            assert ":s3cret" not in f"{caught.value} {caught.value.hint}"


def test_what_the_server_refuses_is_told_without_the_row() -> None:
    with postgres_url() as url:
        database = open_database(url)
        with pytest.raises(StoreError, match=r"uq|pk") as caught:
            suppress(database, "ana@example.org", "ana@example.org")
        assert "ana@example.org" not in str(caught.value)
        with database.reading() as connection:
            assert connection.execute(select(suppression)).all() == []
        with pytest.raises(StoreError, match="may only be read"), database.reading() as connection:
            connection.execute(text("DELETE FROM suppression"))
        database.close()


def test_a_writer_that_waits_too_long_is_told() -> None:
    with postgres_url() as url:
        first, second = open_database(url), open_database(url, patience=AT_ONCE)
        with first.writing():
            with pytest.raises(StoreError, match="another process is writing"), second.writing():
                raise AssertionError
            with second.sharing():
                pass
        first.close()
        second.close()


def test_a_database_of_another_program_is_left_alone() -> None:
    with shared_server().empty_database() as url:
        shared_server().execute("CREATE TABLE recipes (name text)", database=url.rpartition("/")[2])
        with pytest.raises(StoreError, match="another program"):
            open_database(url)


def test_the_lock_is_held_by_one_session_and_freed_with_it() -> None:
    with postgres_url() as url:
        first, second = open_database(url), open_database(url)
        for _ in range(2):
            with alone(first), pytest.raises(Locked) as caught, alone(second):
                raise AssertionError
            assert caught.value.exit_code == 5
        first.close()
        second.close()


def test_scrubbing_writes_the_tables_anew() -> None:
    with postgres_url() as url:
        database = open_database(url)
        SqlAudience(database=database).declare(a_list())
        database.scrub()
        assert SqlAudience(database=database).list("weekly") == a_list()
        database.close()


def test_a_killed_server_is_told_and_found_again() -> None:
    with own_server() as server, server.database() as url:
        database = open_database(url)
        audience = SqlAudience(database=database)
        audience.declare(a_list())
        for stop in (server.kill, lambda: server.stop(immediate=True)):
            with alone(database):
                stop()
                with pytest.raises(StoreError, match=r"went away|does not answer|was stopped") as caught:
                    audience.declare(a_list("annual"))
                assert caught.value.exit_code == 75
                with pytest.raises(StoreError):
                    audience.lists()
                server.start()
                assert audience.list("weekly") == a_list()
        database.close()
