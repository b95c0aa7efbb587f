"""One suite for the outbox port: against the fake, the folder, and the rows of both databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from builders import PICTURE, a_list, a_manifest, an_issue, editions_of
from fakes import FakeOutbox
from postgres import postgres_url
from sqlalchemy import delete, update

from briefpub.domain.errors import Conflict, OutboxError
from briefpub.domain.issue import Frozen, Issue
from briefpub.outbox import OutboxFolder
from briefpub.store.database import open_database
from briefpub.store.frozen_files import SqlOutbox
from briefpub.store.tables import frozen_file
from briefpub.workflows.ports import Outbox


@contextmanager
def fake(_: Path) -> Iterator[Outbox]:
    yield FakeOutbox()


@contextmanager
def folder(path: Path) -> Iterator[Outbox]:
    yield OutboxFolder(path / "outbox")


@contextmanager
def rows(path: Path) -> Iterator[Outbox]:
    with closing(open_database(str(path / "briefpub.db"))) as database:
        yield SqlOutbox(database=database)


@contextmanager
def postgresql(_: Path) -> Iterator[Outbox]:
    with postgres_url() as url, closing(open_database(url)) as database:
        yield SqlOutbox(database=database)


@pytest.fixture(params=[fake, folder, rows, postgresql], ids=["fake", "folder", "rows", "postgresql"])
def outbox(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Outbox]:
    with request.param(tmp_path) as made:
        yield made


def freeze(outbox: Outbox, issue: Issue) -> Frozen:
    editions = editions_of(issue, pictures=[PICTURE])
    return outbox.freeze(issue.key, editions=editions, manifest=a_manifest(issue, editions))


def test_what_was_frozen_is_given_back(outbox: Outbox) -> None:
    assert outbox.frozen("weekly/001") is None
    issue = an_issue()
    frozen = freeze(outbox, issue)
    assert outbox.frozen("weekly/001") == frozen
    assert frozen.key == "weekly/001"
    assert frozen.folder.endswith("outbox/weekly/001")
    assert frozen.manifest == a_manifest(issue, editions_of(issue, pictures=[PICTURE]))
    assert frozen.pictures == (PICTURE,)
    # Findings and pictures are the build's to tell; frozen editions are bytes alone.
    given = editions_of(issue, pictures=[PICTURE])
    assert frozen.editions == tuple(replace(one, findings=(), pictures=()) for one in given)


def test_the_same_bytes_again_change_nothing(outbox: Outbox) -> None:
    assert freeze(outbox, an_issue()) == freeze(outbox, an_issue())


def test_other_bytes_are_refused_and_the_first_stay(outbox: Outbox) -> None:
    first = freeze(outbox, an_issue())
    with pytest.raises(Conflict):
        freeze(outbox, an_issue(title="Renamed"))
    assert outbox.frozen("weekly/001") == first


def test_issues_lie_apart(outbox: Outbox) -> None:
    one = freeze(outbox, an_issue())
    two = freeze(outbox, an_issue(number=2))
    other = freeze(outbox, an_issue(list=a_list("monthly")))
    assert [outbox.frozen(key) for key in ("weekly/001", "weekly/002", "monthly/001")] == [one, two, other]
    assert outbox.frozen("weekly/003") is None


@pytest.mark.parametrize(
    "key", ["weekly", "../001", "weekly/../001", "weekly/one", "weekly/001/digest.html", ""]
)
def test_a_key_leads_nowhere_else(outbox: Outbox, key: str) -> None:
    if isinstance(outbox, FakeOutbox):
        return
    with pytest.raises(OutboxError):
        outbox.frozen(key)


class TestRows:
    def test_half_an_issue_is_none(self, tmp_path: Path) -> None:
        with rows(tmp_path) as outbox:
            assert isinstance(outbox, SqlOutbox)
            freeze(outbox, an_issue())
            with outbox.database.writing() as connection:
                connection.execute(delete(frozen_file).where(frozen_file.c.path == "manifest.json"))
            assert outbox.frozen("weekly/001") is None

    @pytest.mark.parametrize("data", [b"", b"other"])
    def test_what_was_changed_by_hand_is_refused(self, tmp_path: Path, data: bytes) -> None:
        with rows(tmp_path) as outbox:
            assert isinstance(outbox, SqlOutbox)
            freeze(outbox, an_issue())
            change = update(frozen_file).where(frozen_file.c.path == "digest.html").values(data=data)
            with outbox.database.writing() as connection:
                connection.execute(change)
            with pytest.raises(OutboxError, match="not what the manifest says"):
                outbox.frozen("weekly/001")
            with outbox.database.writing() as connection:
                connection.execute(delete(frozen_file).where(frozen_file.c.path == "digest.html"))
            with pytest.raises(OutboxError, match="missing"):
                outbox.frozen("weekly/001")

    @pytest.mark.slow
    def test_of_several_at_once_one_freezes(self) -> None:
        issue, other = an_issue(), an_issue(title="Renamed")
        with postgres_url() as url, ThreadPoolExecutor(4) as pool:
            databases = [open_database(url) for _ in range(4)]

            def try_(number: int) -> str:
                try:
                    return freeze(SqlOutbox(database=databases[number]), (issue, other)[number % 2]).folder
                except Conflict:
                    return ""

            done = list(pool.map(try_, range(4)))
            assert len([one for one in done if one]) == 2
            for database in databases:
                database.close()
