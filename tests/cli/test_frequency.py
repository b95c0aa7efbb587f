"""Frequencies on the command line, and gatherings named wherever an issue is."""

import csv
import datetime as dt
import io
import json
from pathlib import Path

import pytest
from gatherings import scheduled

from briefpub.bootstrap import open_newsroom
from briefpub.cli.context import issue_named
from briefpub.domain.audience import Frequency
from briefpub.domain.errors import ConfigError

ARTICLE = "on-reading-slowly"
DAY = dt.date(2026, 11, 30)


def listed(run) -> dict[str, tuple[str, str]]:
    people = json.loads(run("subscribers", "list", "--list", "weekly", "--json").out)
    return {person["address"]: (person["frequency"], person["wants"]) for person in people}


def gathering(publication: Path) -> str:
    """Compose a gathering of the one essay, as a schedule does."""
    newsroom = open_newsroom(str(publication))
    try:
        newsroom.list("weekly")
        single = newsroom.issues.compose("weekly", [ARTICLE], title="", date=DAY)
        monthly = newsroom.issues.compose(
            "weekly",
            single.articles,
            title="November 2026",
            date=DAY,
            frequency=Frequency.MONTHLY,
            through=single.number,
        )
        return monthly.key
    finally:
        newsroom.close()


def test_adds_somebody_at_a_frequency_and_says_when_nothing_would_come(publication: Path, run) -> None:
    add = ("subscribers", "add", "ana@example.org", "--list", "weekly", "--consent", "x")
    added = run(*add, "--frequency", "monthly")
    assert added.code == 0
    assert "no schedule makes a monthly gathering of weekly" in added.err
    assert "briefpub schedule add NAME --list weekly --gather monthly" in added.err
    assert listed(run) == {"ana@example.org": ("monthly", "")}
    shown = json.loads(run("subscribers", "show", "ana@example.org", "--json").out)
    assert (shown["subscriptions"][0]["frequency"], shown["subscriptions"][0]["wants"]) == ("monthly", None)
    assert "takes digest, monthly." in run("subscribers", "show", "ana@example.org").err


def test_a_scheduled_gathering_is_no_surprise(publication: Path, run) -> None:
    newsroom = open_newsroom(str(publication))
    newsroom.list("weekly")
    scheduled(newsroom.database, Frequency.MONTHLY)
    newsroom.close()
    added = run(
        "subscribers", "add", "a@example.org", "--list", "weekly", "--consent", "x", "--frequency", "monthly"
    )
    assert added.err == "a@example.org: new\n"


def test_an_unknown_frequency_is_a_usage_error(publication: Path, run) -> None:
    added = run(
        "subscribers", "add", "a@example.org", "--list", "weekly", "--consent", "x", "--frequency", "daily"
    )
    assert added.code == 2


def test_frequencies_come_and_go_by_file(publication: Path, run) -> None:
    file = publication / "people.csv"
    file.write_text(
        "email,frequency\nana@example.org,Monthly\nbo@example.org,\ncy@example.org,daily\n", encoding="utf-8"
    )
    brought = run("subscribers", "import", file, "--list", "weekly", "--yes")
    assert brought.code == 1
    assert "the frequency 'daily' is not known: each, weekly, monthly" in brought.err
    assert listed(run) == {"ana@example.org": ("monthly", ""), "bo@example.org": ("each", "")}
    rows = list(csv.DictReader(io.StringIO(run("subscribers", "export", "--list", "weekly").out)))
    assert [row["frequency"] for row in rows] == ["monthly", "each"]


def test_a_gathering_is_named_like_any_issue(publication: Path, run) -> None:
    key = gathering(publication)
    assert key == "weekly/monthly-001"
    newsroom = open_newsroom(str(publication))
    for word in ("weekly/monthly-001", "weekly/monthly-1", "monthly-1"):
        assert issue_named(newsroom, word).key == key
    named: tuple[str | None, ...] = ("weekly", "1", "weekly/1", None)
    for name in named:
        assert issue_named(newsroom, name).key == "weekly/001"
    for word in ("weekly/monthly-2", "weekly/weekly-1", "weekly/monthly", "yearly-1"):
        with pytest.raises(ConfigError, match="no issue"):
            issue_named(newsroom, word)
    newsroom.close()


def test_a_gathering_goes_through_the_outbox_like_any_issue(publication: Path, run) -> None:
    key = gathering(publication)
    for address, frequency in (("ana@example.org", "monthly"), ("bo@example.org", "each")):
        words = ("--list", "weekly", "--consent", "x", "--frequency", frequency)
        assert run("subscribers", "add", address, *words).code == 0
    built = run("build", "weekly/monthly-1", "-o", publication / "built")
    assert built.code == 0, built.err
    newsroom = open_newsroom(str(publication))
    try:
        record = newsroom.issues.get(key)
        assert record is not None
        manifest = (publication / "built" / "manifest.json").read_bytes()
        assert json.loads(manifest)["issue"]["key"] == key
        newsroom.issues.freeze(key, manifest_sha256="a" * 64, editions=())
        newsroom.ledger.queue(key, now=dt.datetime(2026, 11, 30, 9, tzinfo=dt.UTC))
    finally:
        newsroom.close()
    (mailing,) = json.loads(run("outbox", "list", "--json").out)
    assert mailing["issue"] == key
    shown = run("outbox", "show", "weekly/monthly-1", "--json")
    assert shown.code == 0, shown.err
    told = json.loads(shown.out)
    assert (told["issue"], told["queued"], told["left"]) == (key, 1, 1)
    assert run("outbox", "pause", "monthly-1").code == 0
    assert run("outbox", "cancel", "weekly/monthly-001", "--yes", "--expect", 1).code == 0
