"""One suite for the outbox port, against the fake and against the folder."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from builders import PICTURE, a_list, a_manifest, an_issue, editions_of
from fakes import FakeOutbox

from briefpub.domain.errors import Conflict
from briefpub.domain.issue import Frozen, Issue
from briefpub.outbox import OutboxFolder
from briefpub.workflows.ports import Outbox

MAKERS: dict[str, Callable[[Path], Outbox]] = {
    "fake": lambda _: FakeOutbox(),
    "folder": lambda path: OutboxFolder(path / "outbox"),
}


@pytest.fixture(params=MAKERS)
def outbox(request: pytest.FixtureRequest, tmp_path: Path) -> Outbox:
    return MAKERS[request.param](tmp_path)


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
