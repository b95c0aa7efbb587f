import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from builders import NOW
from sqlalchemy import delete, insert, select, text

import briefpub.store.database as module
import briefpub.store.sqlite as sqlite_file
from briefpub.domain.errors import ConfigError, Locked, StoreError
from briefpub.store.database import Database, open_database
from briefpub.store.lock import alone
from briefpub.store.moments import Moment
from briefpub.store.sqlite import journal_for, path_of, sqlite_module
from briefpub.store.tables import REVISION, metadata, suppression

AT_ONCE = timedelta(0)


def suppress(database: Database, *hashes: str, pragma: str = "user_version") -> None:
    """Write a row for each hash in one transaction."""
    with database.writing() as connection:
        connection.exec_driver_sql(f"PRAGMA {pragma}")
        for one in hashes:
            connection.execute(insert(suppression).values(address_hash=one, reason="", since=NOW))


def test_a_new_database_has_the_tables_of_this_version(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/briefpub.db")
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
    database.close()


def test_the_revision_of_the_tables_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(module.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == REVISION


def test_every_connection_is_durable(tmp_path: Path) -> None:
    database = open_database(str(tmp_path / "briefpub.db"))
    with database.writing() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("foreign_keys", "synchronous", "busy_timeout", "journal_mode", "secure_delete")
        }
    database.close()
    journal = journal_for(sqlite_module().sqlite_version_info)
    assert pragmas == {
        "foreign_keys": 1,
        "synchronous": 2,
        "busy_timeout": 30_000,
        "journal_mode": journal,
        "secure_delete": 1,
    }


@pytest.mark.parametrize(
    ("version", "journal"),
    [
        ((3, 40, 1), "truncate"),
        ((3, 44, 5), "truncate"),
        ((3, 44, 6), "wal"),
        ((3, 45, 0), "truncate"),
        ((3, 50, 6), "truncate"),
        ((3, 50, 7), "wal"),
        ((3, 51, 2), "truncate"),
        ((3, 51, 3), "wal"),
        ((3, 53, 4), "wal"),
    ],
)
def test_write_ahead_only_where_it_loses_nothing(version: tuple[int, ...], journal: str) -> None:
    assert journal_for(version) == journal


def test_works_with_the_sqlite_of_python_and_the_rollback_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "sqlite_module", lambda: sqlite3)
    monkeypatch.setattr(sqlite_file, "journal_for", lambda _: "truncate")
    database = open_database(str(tmp_path / "briefpub.db"))
    with database.writing() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "truncate"
    database.close()


def test_opening_again_loads_no_migrations_and_no_other_database(tmp_path: Path) -> None:
    path = tmp_path / "briefpub.db"
    open_database(str(path)).close()
    code = (
        "import sys; from briefpub.store.database import open_database;"
        f"open_database({str(path)!r}).close(); sys.exit('alembic' in sys.modules or 'psycopg' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_transaction_is_whole_or_absent(tmp_path: Path) -> None:
    database = open_database(str(tmp_path / "briefpub.db"))
    with pytest.raises(StoreError, match="UNIQUE"):
        suppress(database, "a", "b", "a")
    with database.reading() as connection:
        assert connection.execute(select(suppression)).all() == []
    database.close()


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "briefpub.db"
    create_all = "CREATE TABLE delivery (x)"  # will stand in the migration's way half-way through

    def stumble(connection: object, revision: str | None, where: str) -> None:
        connection.exec_driver_sql(create_all)  # type: ignore[attr-defined]
        migrate(connection, revision, where)  # type: ignore[arg-type]

    migrate = module._migrate
    monkeypatch.setattr(module, "_migrate", stumble)
    with pytest.raises(StoreError, match="already exists"):
        open_database(str(path))
    monkeypatch.undo()
    open_database(str(path)).close()


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("briefpub.db", "briefpub.db"),
        ("/var/lib/briefpub.db", "/var/lib/briefpub.db"),
        ("sqlite:///briefpub.db", "briefpub.db"),
        ("sqlite:////var/lib/briefpub.db", "/var/lib/briefpub.db"),
    ],
)
def test_reads_addresses(url: str, path: str) -> None:
    assert path_of(url) == Path(path)


@pytest.mark.parametrize("url", ["mysql://root:secret@host/db", "sqlite://", "", "sqlite://host/x", "a\0b"])
def test_refuses_other_addresses_and_tells_no_secret(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        path_of(url)
    assert "secret" not in f"{caught.value} {caught.value.hint}"


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    with sqlite3.connect(path) as theirs:
        theirs.execute("CREATE TABLE recipes (name TEXT)")
    theirs.close()
    with pytest.raises(StoreError, match="another program"):
        open_database(str(path))


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "briefpub.db"
    database = open_database(str(path))
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(StoreError, match="newer than this briefpub") as caught:
        open_database(str(path))
    assert caught.value.hint


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "essay.md"
    path.write_text("# An essay\n" * 200)
    with pytest.raises(StoreError, match="not a database"):
        open_database(str(path))
    assert path.read_text().startswith("# An essay")


def test_a_missing_folder_and_a_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="folder of the database does not exist"):
        open_database(str(tmp_path / "nowhere" / "briefpub.db"))
    with pytest.raises(StoreError, match="cannot be opened"):
        open_database(str(tmp_path))


def test_a_writer_that_waits_too_long_is_told(tmp_path: Path) -> None:
    first = open_database(str(tmp_path / "briefpub.db"))
    second = open_database(str(tmp_path / "briefpub.db"), patience=AT_ONCE)
    with (
        first.writing(),
        pytest.raises(StoreError, match="another process is writing") as caught,
        second.writing(),
    ):
        raise AssertionError
    assert caught.value.exit_code == 75
    for database in (first, second):
        database.close()


def test_a_full_disk_is_told_and_nothing_is_half_written(tmp_path: Path) -> None:
    database = open_database(str(tmp_path / "briefpub.db"))
    with database.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    with pytest.raises(StoreError, match="disk is full"):
        suppress(database, "a", "b" * 100_000, pragma=f"max_page_count = {pages + 2}")
    with database.reading() as connection:
        assert connection.execute(select(suppression)).all() == []
    database.close()


def test_a_database_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    database = open_database(str(tmp_path / "briefpub.db"))
    with pytest.raises(StoreError, match="may not be written"):
        suppress(database, "a", pragma="query_only = ON")
    database.close()


def test_what_else_the_driver_says_is_told_without_parameters(tmp_path: Path) -> None:
    database = open_database(str(tmp_path / "briefpub.db"))
    with pytest.raises(StoreError, match="no such table") as caught, database.reading() as connection:
        connection.execute(text("SELECT * FROM absent WHERE address = :a"), {"a": "ana@example.org"})
    assert "ana@example.org" not in str(caught.value)
    database.close()


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Moment().process_bind_param(NOW.replace(tzinfo=None), None)  # type: ignore[arg-type]


def test_what_was_erased_is_in_none_of_the_files(tmp_path: Path) -> None:
    path = tmp_path / "briefpub.db"
    database = open_database(str(path))
    hashes = [f"secret-{number:05d}" for number in range(2_000)]
    suppress(database, *hashes)
    with database.writing() as connection:
        connection.execute(delete(suppression))
    database.scrub()
    for file in tmp_path.iterdir():
        assert b"secret-" not in file.read_bytes(), file.name
    database.close()


def test_scrubbing_beside_a_reader_says_that_something_may_remain(tmp_path: Path) -> None:
    path = str(tmp_path / "briefpub.db")
    database, other = open_database(path, patience=AT_ONCE), open_database(path)
    suppress(database, "a")
    with other.reading() as connection:
        connection.execute(select(suppression)).all()
        with pytest.raises(StoreError, match=r"being read|busy"):
            database.scrub()
    database.scrub()
    for one in (database, other):
        one.close()


def test_the_lock_is_held_by_one_process(tmp_path: Path) -> None:
    database = open_database(str(tmp_path / "briefpub.db"))
    with alone(database), pytest.raises(Locked) as caught, alone(database):
        raise AssertionError
    assert caught.value.exit_code == 5
    with alone(database):
        pass
    database.close()


def test_a_lock_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "briefpub.db.lock").mkdir()
    database = open_database(str(tmp_path / "briefpub.db"))
    with pytest.raises(StoreError, match="lock"), alone(database):
        raise AssertionError
    database.close()
