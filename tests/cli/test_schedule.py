"""The words about schedules: what is planned, what comes, what each run would hold, what asks."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cli.conftest import ESSAY, SETTINGS
from sqlalchemy import update

from briefpub.bootstrap import open_newsroom
from briefpub.cli.main import run as run_command
from briefpub.domain.errors import Conflict
from briefpub.store.tables import schedule

HOLIDAYS = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
BEGIN:VEVENT
UID:1@test
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:{day}
SUMMARY:A day of rest
END:VEVENT
END:VCALENDAR
"""


@dataclass
class Desk:
    """A publication with one list, one subscriber, one ready article; `say` types a command."""

    root: Path
    capsys: pytest.CaptureFixture[str]

    def say(self, *words: str, code: int = 0) -> str:
        found = run_command(["-C", str(self.root), *words])
        captured = self.capsys.readouterr()
        assert found == code, captured.err
        return captured.out + captured.err

    def read(self, *words: str) -> Any:
        found = run_command(["-C", str(self.root), *words, "--json"])
        captured = self.capsys.readouterr()
        assert found == 0, captured.err
        return json.loads(captured.out)

    def add(self, *words: str, name: str = "sundays", code: int = 0) -> str:
        return self.say("schedule", "add", name, "--list", "weekly", *words, code=code)


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    (tmp_path / "briefpub.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "on-reading-slowly.md").write_text(ESSAY, encoding="utf-8")
    made = Desk(tmp_path, capsys)
    made.say("subscribers", "add", "reader@example.org", "--list", "weekly", "--consent", "by hand")
    return made


SUNDAYS = ("--on", "sun", "--at", "02:30", "--tz", "Europe/Paris")


def test_the_contract_of_next(desk: Desk) -> None:
    desk.add(*SUNDAYS)
    rows = desk.read("schedule", "next", "sundays", "-n", "3", "--from", "2026-10-18T12:00:00+02:00")
    assert [(row["local"], row["utc"], row["zone"]) for row in rows] == [
        ("2026-10-25T02:30:00+02:00", "2026-10-25T00:30:00Z", "Europe/Paris"),
        ("2026-11-01T02:30:00+01:00", "2026-11-01T01:30:00Z", "Europe/Paris"),
        ("2026-11-08T02:30:00+01:00", "2026-11-08T01:30:00Z", "Europe/Paris"),
    ]
    assert "comes twice" in rows[0]["note"]
    rows = desk.read("schedule", "next", "sundays", "-n", "1", "--from", "2027-03-27")
    assert rows[0]["local"] == "2027-03-28T03:30:00+02:00"
    assert "does not exist" in rows[0]["note"]


@pytest.mark.parametrize(
    ("words", "when"),
    [
        (("--on", "sun,wed", "--at", "7:05"), "every Wednesday and Sunday at 07:05"),
        (("--on", "weekdays", "--at", "06:00"), "every weekday at 06:00"),
        (("--on", "mon", "--at", "06:00", "--every", "2"), "every 2 weeks on Monday at 06:00"),
        (("--on", "2nd sun", "--at", "06:00"), "on the 2nd Sunday of each month at 06:00"),
        (("--on", "last", "--at", "06:00"), "on the last day of each month at 06:00"),
        (("--cron", "30 2 * * sun"), "by the cron line 30 2 * * sun"),
        (
            ("--rrule", "FREQ=MONTHLY;BYDAY=1MO", "--at", "08:00"),
            "by the rule FREQ=MONTHLY;BYDAY=1MO at 08:00",
        ),
    ],
)
def test_a_rule_is_told_in_words(desk: Desk, words: tuple[str, ...], when: str) -> None:
    assert when in desk.add(*words)
    assert desk.read("schedule", "list")[0]["when"] == when


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--on", "sun"), "the time of day is missing"),
        (("--at", "07:00"), "say when, in one way"),
        (("--on", "sun", "--cron", "0 7 * * 1", "--at", "07:00"), "say when, in one way"),
        (("--on", "sunny", "--at", "07:00"), "names no weekdays"),
        (("--on", "sun", "--at", "25:00"), "is no time of day"),
        (("--on", "sun", "--at", "07:00", "--tz", "Europe/Pariss"), "is not a time zone"),
        (("--cron", "61 2 * * *"), "61"),
        (("--on", "sun", "--at", "07:00", "--ends", "2020-01-01"), "would never come"),
        (("--on", "sun", "--at", "07:00", "--grace", "soon"), "is no span of time"),
        (("--on", "sun", "--at", "07:00", "--again"), "--again needs the articles named"),
        (("--on", "sun", "--at", "07:00", "--take", "2", "--least", "3"), "can never be had"),
        (("--on", "1", "--at", "07:00", "--gather", "monthly", "--tag", "x"), "a gathering holds all"),
        (("--on", "sun", "--at", "07:00", "--holidays", "nowhere.ics"), "cannot be read"),
        (("--on", "sun", "--at", "07:00", "--tz", "localtime"), "is not a time zone"),
        (("--on", "sun", "--at", "07:00", "--article", "on-reading"), "there is no article on-reading"),
        (("--on", "sun", "--at", "07:00", "--order", "listed"), "--order listed needs"),
        (("--on", "sun", "--at", "07:00", "--by-hand", "--take", "2"), "--by-hand takes what"),
        (("--on", "1", "--at", "07:00", "--gather", "monthly", "--least", "2"), "a gathering holds all"),
    ],
)
def test_what_cannot_be_is_one_clear_error(desk: Desk, words: tuple[str, ...], told: str) -> None:
    assert told in desk.add(*words, code=2)
    assert desk.read("schedule", "list") == []


def test_a_name_is_given_once(desk: Desk) -> None:
    desk.add(*SUNDAYS)
    assert "already" in desk.add(*SUNDAYS, code=2)
    desk.say("schedule", "remove", "sundays")
    desk.add(*SUNDAYS)


def test_contents_say_what_each_run_would_hold(desk: Desk) -> None:
    desk.add(*SUNDAYS)
    rows = desk.read("schedule", "next", "sundays", "-n", "2", "--contents")
    first, second = (row["contents"] for row in rows)
    assert first["articles"] == [{"id": "on-reading-slowly", "title": "On reading slowly"}]
    assert first["people"] == 1
    assert second["told"] == "left out: no article is new"
    told = desk.say("schedule", "next", "--contents", "-n", "1")
    assert "On reading slowly (on-reading-slowly)" in told


def test_findings_of_the_preflight_are_told_with_the_contents(desk: Desk) -> None:
    bare = ESSAY.replace("On reading slowly", "Bare").replace(
        "  alt: A hand holding a page to the light.\n", "  file: gone.jpg\n"
    )
    (desk.root / "articles" / "bare.md").write_text(bare, encoding="utf-8")
    desk.add(*SUNDAYS)
    rows = desk.read("schedule", "next", "sundays", "-n", "1", "--contents")
    assert any(one["where"] == "articles/bare.md" for one in rows[0]["contents"]["findings"])


def test_a_date_is_skipped_moved_and_holidays_are_read(desk: Desk) -> None:
    desk.add(*SUNDAYS)
    first, second, third = (
        dt.date.fromisoformat(row["local"][:10])
        for row in desk.read("schedule", "next", "sundays", "-n", "3")
    )
    desk.say("schedule", "skip", "sundays", f"{first}", "--why", "a rest")
    desk.say("schedule", "move", "sundays", f"{second}", f"{second - dt.timedelta(days=1)}T18:00")
    calendar = desk.root / "days.ics"
    calendar.write_text(
        HOLIDAYS.format(day=f"{third:%Y%m%d}").replace("\n", "\r\n"), encoding="utf-8", newline=""
    )
    assert "A day of rest" in desk.say("schedule", "holidays", "sundays", str(calendar))
    rows = desk.read("schedule", "next", "sundays", "-n", "2")
    assert rows[0]["local"].startswith(f"{second - dt.timedelta(days=1)}T18:00")
    assert "a rest" in rows[0]["note"]
    assert "A day of rest" in rows[1]["note"]
    assert "has no run on" in desk.say("schedule", "move", "sundays", "2027-01-01", "2027-01-02", code=2)


def test_a_calendar_can_be_written(desk: Desk) -> None:
    desk.add(*SUNDAYS)
    assert desk.say("schedule", "ics", "sundays", "-n", "3").count("BEGIN:VEVENT") == 3
    desk.say("schedule", "ics", "-o", str(desk.root / "runs.ics"))
    assert (desk.root / "runs.ics").read_bytes().count(b"BEGIN:VEVENT\r\n") == 26


def at(desk: Desk, moment: dt.datetime) -> None:
    """Run the schedules at a moment, as `briefpub run` does, with the real press."""
    newsroom = open_newsroom(str(desk.root))
    newsroom.run_schedules()(now=lambda: moment)
    newsroom.database.close()


def deliver(desk: Desk, moment: dt.datetime) -> None:
    """Send what is due at a moment."""
    newsroom = open_newsroom(str(desk.root))
    newsroom.send()(now=lambda: moment)
    newsroom.database.close()


def due(desk: Desk) -> dt.datetime:
    return dt.datetime.fromisoformat(desk.read("schedule", "next", "sundays", "-n", "1")[0]["utc"])


def test_the_editors_story(desk: Desk) -> None:
    """Held until the frozen hashes are approved; then it goes out at its hour, and only then."""
    desk.add(*SUNDAYS, "--approval", "held", "--freeze", "2d")
    hour = due(desk)
    at(desk, hour - dt.timedelta(hours=1))
    runs = desk.read("schedule", "runs")
    assert [(run["state"], run["asks"], run["issue"]) for run in runs] == [("held", "approval", "weekly/001")]
    assert desk.read("issues", "list")[0]["state"] == "awaiting"
    # Neither the sender nor a person takes it before somebody said yes.
    assert "Nothing is due" in desk.say("run", "--once")
    desk.say("publish", "weekly", "--yes", "--expect", "1", code=4)
    assert "1 subscriber" in desk.say("issues", "approve", "weekly/001", "--yes", "--expect", "2", code=4)
    assert "not the bytes" in desk.say(
        "issues", "approve", "weekly/001", "--hash", "0" * 64, "--yes", "--expect", "1", code=2
    )
    desk.say("issues", "approve", "weekly/001", "--yes", "--expect", "1")
    at(desk, hour - dt.timedelta(minutes=1))
    assert desk.read("outbox", "list") == []
    at(desk, hour)
    deliver(desk, hour)
    assert desk.read("outbox", "list")[0]["accepted"] == 1
    at(desk, hour)
    assert desk.read("schedule", "runs")[0]["state"] == "done"


def test_stop_within_the_freeze_window_and_withdraw(desk: Desk) -> None:
    desk.add(*SUNDAYS)
    hour = due(desk)
    at(desk, hour - dt.timedelta(minutes=5))
    told = desk.say("schedule", "skip", "sundays", f"{hour.astimezone(dt.UTC):%Y-%m-%d}")
    assert "briefpub issues withdraw weekly/001" in told
    at(desk, hour)
    assert desk.read("outbox", "list") == []
    told = desk.say("issues", "withdraw", "weekly/001")
    assert "its 1 articles are free again" in told
    assert list((desk.root / "outbox" / "weekly" / "withdrawn").iterdir())
    assert desk.read("issues", "list") == []
    desk.say("publish", "weekly", "--yes", "--expect", "1")


def test_a_run_that_asks_is_answered(desk: Desk) -> None:
    desk.add(*SUNDAYS, "--least", "2", "--too-few", "ask")
    hour = due(desk)
    at(desk, hour)
    assert desk.read("schedule", "runs")[0]["asks"] == "too few"
    assert "1 article is ready" in desk.say("schedule", "send", "sundays", code=4)
    desk.say("schedule", "send", "sundays", "--yes", "--expect", "1")
    at(desk, hour + dt.timedelta(minutes=1))
    assert desk.read("schedule", "runs")[0]["issue"] == "weekly/001"
    assert "no run of it asks" in desk.say("schedule", "send", "sundays", code=2)


def test_a_restored_backup_sends_nothing_without_being_asked(desk: Desk) -> None:
    desk.add(*SUNDAYS)
    backup = (desk.root / "briefpub.db").read_bytes()
    hour = due(desk)
    at(desk, hour)
    deliver(desk, hour)
    assert len(list((desk.root / "outbox/weekly/001/maildir/new").iterdir())) == 1
    (desk.root / "briefpub.db").write_bytes(backup)
    for left in desk.root.glob("briefpub.db-*"):
        left.unlink()
    at(desk, hour + dt.timedelta(minutes=1))
    run = desk.read("schedule", "runs")[0]
    assert (run["state"], run["asks"]) == ("held", "restored")
    assert "older copy" in run["reason"]
    assert "older copy" in desk.say("publish", "weekly", "--yes", "--expect", "1", code=2)
    assert desk.read("outbox", "list") == []
    assert "It was doubted" in desk.say("schedule", "adopt")
    # What asked still asks: adopting is no yes to an issue.
    at(desk, hour + dt.timedelta(minutes=2))
    assert desk.read("schedule", "runs")[0]["asks"] == "restored"


def test_a_copy_in_another_place_sends_nothing_by_itself(desk: Desk) -> None:
    desk.add(*SUNDAYS)
    desk.say("run", "--once")  # nothing is due: it only knows its home now
    newsroom = open_newsroom(str(desk.root))
    with newsroom.database.writing() as connection:
        moved = connection.exec_driver_sql("UPDATE home SET fingerprint = 'another', place = 'there'")
        assert moved.rowcount == 1
    newsroom.database.close()
    hour = due(desk)
    at(desk, hour)
    assert desk.read("schedule", "runs")[0]["asks"] == "restored"
    desk.say("schedule", "adopt")
    desk.say("schedule", "send", "sundays", "--yes", "--expect", "1")
    at(desk, hour + dt.timedelta(minutes=1))
    assert desk.read("schedule", "runs")[0]["state"] == "publishing"


def test_simulate_tells_the_story(desk: Desk) -> None:
    desk.add(*SUNDAYS)
    told = desk.say("schedule", "simulate", "--from", "2027-01-01", "--to", "2027-02-01", "--crashes", "20")
    assert "weekly/001 goes to 1 subscriber: 1 article, on-reading-slowly" in told
    story = desk.read("schedule", "simulate", "--from", "2027-01-01", "--to", "2027-02-01")
    assert story["twice"] == story["left_open"] == []
    assert story["schedules"][0]["done"] == 1
    assert story["schedules"][0]["missed"] == 0
    assert desk.read("schedule", "runs") == []
    desk.say("schedule", "simulate", "--from", "2027-02-01", "--to", "2027-01-01", code=2)


def test_pause_and_resume(desk: Desk) -> None:
    desk.add(*SUNDAYS)
    desk.say("schedule", "pause", "sundays")
    assert desk.read("schedule", "list")[0]["paused"] is True
    at(desk, due(desk))
    assert desk.read("schedule", "runs") == []
    assert "Next:" in desk.say("schedule", "resume", "sundays")
    assert "there is no schedule" in desk.say("schedule", "pause", "mondays", code=2)


def test_publish_at_freezes_now_and_lets_go_then(desk: Desk) -> None:
    then = dt.datetime.now(dt.UTC).replace(second=0, microsecond=0) + dt.timedelta(days=2)  # noqa: TID251
    told = desk.say("publish", "weekly", "--at", f"{then:%Y-%m-%dT%H:%M}", "--yes", "--expect", "1")
    assert "is frozen in" in told
    assert desk.read("issues", "list")[0]["state"] == "awaiting"
    # It is left alone by everything else until then.
    assert "goes out by itself" in desk.say("publish", "weekly", "--yes", "--expect", "1", code=4)
    assert "Nothing is due" in desk.say("run", "--once")
    at(desk, then - dt.timedelta(minutes=1))
    assert desk.read("outbox", "list") == []
    at(desk, then)
    deliver(desk, then)
    assert desk.read("outbox", "list")[0]["accepted"] == 1
    at(desk, then + dt.timedelta(days=700))
    assert len(desk.read("schedule", "runs")) == 1


def test_publish_at_a_moment_that_is_over_or_unread_is_one_clear_error(desk: Desk) -> None:
    assert "that moment is over" in desk.say("publish", "weekly", "--at", "2020-01-01", code=2)
    assert "is no moment" in desk.say("publish", "weekly", "--at", "tomorrow", code=2)
    assert desk.read("issues", "list") == []


def test_an_archived_list_gets_no_schedule(desk: Desk) -> None:
    desk.say("lists", "archive", "weekly")
    assert "archived" in desk.add(*SUNDAYS, code=2)


def comings(desk: Desk, count: int) -> list[dt.datetime]:
    rows = desk.read("schedule", "next", "sundays", "-n", str(count))
    return [dt.datetime.fromisoformat(row["local"]) for row in rows]


def test_skip_takes_a_day_that_has_a_run_and_no_other(desk: Desk) -> None:
    desk.add("--on", "sun", "--at", "07:30")
    first, second, third = comings(desk, 3)
    monday = second + dt.timedelta(days=1)
    assert "has no run on" in desk.say("schedule", "skip", "sundays", f"{monday:%Y-%m-%d}", code=2)
    assert "is over" in desk.say(
        "schedule", "skip", "sundays", f"{first - dt.timedelta(weeks=3):%Y-%m-%d}", code=2
    )
    desk.say("schedule", "move", "sundays", f"{second:%Y-%m-%d}", f"{monday:%Y-%m-%d}")
    assert f"leaves out {second:%Y-%m-%d}" in desk.say("schedule", "skip", "sundays", f"{monday:%Y-%m-%d}")
    assert comings(desk, 2) == [first, third]


def test_skip_without_a_day_takes_what_comes_before_what_asks(desk: Desk) -> None:
    now = later(0)
    passed = now - dt.timedelta(hours=2)
    desk.add("--on", "daily", "--at", f"{passed:%H:%M}", "--tz", "UTC", "--late", "ask", "--freeze", "23h")
    newsroom = open_newsroom(str(desk.root))
    with newsroom.database.writing() as connection:
        connection.execute(update(schedule).values(since=now - dt.timedelta(days=1)))
    newsroom.database.close()
    at(desk, now)
    assert [run["asks"] for run in desk.read("schedule", "runs")][-2:] == ["late", ""]
    tomorrow = passed + dt.timedelta(days=1)
    assert f"leaves out {tomorrow:%Y-%m-%d}" in desk.say("schedule", "skip", "sundays")
    assert f"leaves out {passed:%Y-%m-%d}" in desk.say("schedule", "skip", "sundays")


def test_what_is_over_can_neither_be_skipped_nor_moved(desk: Desk) -> None:
    desk.add("--on", "sun", "--at", "07:30")
    (first,) = comings(desk, 1)
    at(desk, first)
    day = f"{first:%Y-%m-%d}"
    assert "publishing" in desk.say("schedule", "skip", "sundays", day, code=2)
    assert "publishing" in desk.say("schedule", "move", "sundays", day, "2030-01-01", code=2)
    assert [change for one in desk.read("schedule", "list") for change in one["changes"]] == []


def test_of_two_runs_on_a_day_the_one_that_can_be_stopped_is(desk: Desk) -> None:
    desk.add("--cron", "0 8,18 * * sun")
    morning, evening = comings(desk, 2)
    at(desk, morning)
    at(desk, evening - dt.timedelta(minutes=5))
    desk.say("issues", "list")
    desk.say("schedule", "skip", "sundays", f"{evening:%Y-%m-%d}")
    assert [run["state"] for run in desk.read("schedule", "runs")] == ["publishing", "skipped"]


def test_holidays_stop_what_is_frozen(desk: Desk) -> None:
    desk.add("--on", "sun", "--at", "07:30")
    (first,) = comings(desk, 1)
    at(desk, first - dt.timedelta(minutes=5))
    calendar = desk.root / "days.ics"
    calendar.write_bytes(HOLIDAYS.format(day=f"{first:%Y%m%d}").replace("\n", "\r\n").encode())
    assert "weekly/001 was frozen for it" in desk.say("schedule", "holidays", "sundays", str(calendar))
    at(desk, first)
    assert [run["state"] for run in desk.read("schedule", "runs")] == ["skipped"]


def test_midnight_can_be_typed_and_the_past_cannot(desk: Desk) -> None:
    desk.add("--on", "sun", "--at", "07:30")
    first, second = comings(desk, 2)
    day, monday = f"{second:%Y-%m-%d}", f"{second + dt.timedelta(days=1):%Y-%m-%d}"
    assert "is over" in desk.say("schedule", "move", "sundays", day, "2020-01-01T07:30", code=2)
    assert "00:00" in desk.say("schedule", "move", "sundays", day, f"{monday}T00:00")
    assert comings(desk, 2)[1].strftime("%Y-%m-%dT%H:%M") == f"{monday}T00:00"
    assert "07:30" in desk.say("schedule", "move", "sundays", day, monday)
    assert first < second


def test_an_approval_says_when_it_really_goes(desk: Desk) -> None:
    desk.add("--on", "sun", "--at", "07:30", "--approval", "held", "--freeze", "2d")
    (first,) = comings(desk, 1)
    at(desk, first - dt.timedelta(hours=1))
    monday = first + dt.timedelta(days=1)
    desk.say("schedule", "move", "sundays", f"{first:%Y-%m-%d}", f"{monday:%Y-%m-%d}T18:00")
    assert f"at {monday:%Y-%m-%d} 18:00" in desk.say("issues", "approve", "weekly/001", code=4)
    desk.say("schedule", "skip", "sundays", f"{monday:%Y-%m-%d}")
    assert "with the next run of a schedule" in desk.say("issues", "approve", "weekly/001", code=4)


def test_a_run_that_asks_is_named_by_its_day_and_publish_says_so(desk: Desk) -> None:
    desk.add("--on", "sun", "--at", "07:30", "--late", "ask")
    (first,) = comings(desk, 1)
    at(desk, first - dt.timedelta(minutes=5))
    at(desk, first + dt.timedelta(hours=1))
    told = desk.say("publish", "weekly", "--yes", "--expect", "1", code=4)
    assert "briefpub schedule send sundays" in told
    assert "by itself" not in told
    assert "asks" in desk.say("schedule", "send", "sundays", f"{first:%Y-%m-%d}", code=4)
    monday = first + dt.timedelta(days=1)
    assert "no run of it asks" in desk.say("schedule", "send", "sundays", f"{monday:%Y-%m-%d}", code=2)


def later(days: int) -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(second=0, microsecond=0) + dt.timedelta(days=days)  # noqa: TID251


def test_an_issue_planned_for_later_is_dated_then_and_can_be_planned_anew(desk: Desk) -> None:
    then = later(3)
    words = ("publish", "weekly", "--at", f"{then:%Y-%m-%dT%H:%M}", "--yes", "--expect", "1")
    told = desk.say(*words)
    assert desk.read("issues", "list")[0]["date"] == f"{then:%Y-%m-%d}"
    (name,) = (one["name"] for one in desk.read("schedule", "list"))
    assert f"briefpub schedule skip {name}" in told
    desk.say("schedule", "skip", name)
    manifest = desk.root / "outbox/weekly/001/manifest.json"
    before = manifest.read_bytes()
    # The frozen bytes are taken as they are, whatever the article says by now.
    essay = desk.root / "articles" / "on-reading-slowly.md"
    essay.write_text(essay.read_text(encoding="utf-8") + "\nA last word.\n", encoding="utf-8")
    desk.say(*words)
    assert manifest.read_bytes() == before
    assert [one["name"] for one in desk.read("schedule", "list")] == [name, f"{name}-2"]
    at(desk, then)
    assert [run["state"] for run in desk.read("schedule", "runs")] == ["skipped", "publishing"]


def test_an_hour_that_comes_twice_is_not_taken_for_the_other(desk: Desk) -> None:
    newsroom = open_newsroom(str(desk.root))
    with newsroom.database.writing() as connection:
        connection.exec_driver_sql("UPDATE list SET timezone = 'Europe/Paris'")
    newsroom.database.close()
    told = desk.say("publish", "weekly", "--at", "2027-10-31T02:30+01:00", code=2)
    assert "comes twice" in told
    assert "at 2027-10-31 02:30" in desk.say("publish", "weekly", "--at", "2027-10-31T02:30+02:00", code=4)
    assert desk.read("schedule", "list") == []


@dataclass
class Interrupted:
    """A port of which one method does something else first."""

    port: Any
    method: str
    first: Callable[[], None]

    def __getattr__(self, name: str) -> Any:
        if name == self.method:
            self.first()
        return getattr(self.port, name)


def publish_at(desk: Desk, then: dt.datetime, **ports: Any) -> None:
    newsroom = open_newsroom(str(desk.root))
    try:
        whole = newsroom.publish_at(jobs=1)
        made: dict[str, Any] = {name: Interrupted(getattr(whole, name), *how) for name, how in ports.items()}
        replace(whole, **made)(
            "weekly", wall=then.replace(tzinfo=None), zone="UTC", now=lambda: later(0), confirm=lambda _: True
        )
    finally:
        newsroom.database.close()


@pytest.mark.parametrize("step", ["plan", "compose", "let_go"])
def test_another_schedule_never_takes_an_issue_that_is_planned_for_later(desk: Desk, step: str) -> None:
    """Whenever the other one rings, one run has the issue: it goes once, when it was said to."""
    desk.add("--on", "daily", "--at", "23:59", "--freeze", "2d")
    then = later(7)
    other = partial(at, desk, later(0))
    if step == "let_go":
        publish_at(desk, then, runs=(step, other))
    else:
        with pytest.raises(Conflict, match="already in an issue"):
            publish_at(desk, then, runs=(step, other))
        assert [one["name"] for one in desk.read("schedule", "list")] == ["sundays"]
    runs = [run for run in desk.read("schedule", "runs") if run["issue"]]
    assert len(runs) == 1
    assert desk.read("issues", "list")[0]["state"] == "awaiting"


class Died(BaseException):
    """The machine lost its power."""


def die() -> None:
    raise Died


@pytest.mark.parametrize("step", ["claim", "compose", "let_go"])
def test_a_crash_while_planning_sends_nothing_else(desk: Desk, step: str) -> None:
    then = later(2)
    with pytest.raises(Died):
        publish_at(desk, then, runs=(step, die))
    at(desk, then)
    (run,) = desk.read("schedule", "runs")
    state = {"claim": "skipped", "compose": "held", "let_go": "publishing"}[step]
    assert run["state"] == state
    assert bool(run["issue"]) is (step == "let_go")


def test_simulate_goes_on_from_what_is_frozen(desk: Desk) -> None:
    desk.add("--on", "daily", "--at", "23:59", "--freeze", "30h")
    desk.say("run", "--once")
    assert desk.read("issues", "list")[0]["state"] == "awaiting"
    story = desk.read("schedule", "simulate")
    assert not [line for line in story["lines"] if line["trouble"]]
    assert story["schedules"][0]["articles"] == 1
    desk.say("schedule", "skip", "sundays")  # and the same for one that waits for the next run
    story = desk.read("schedule", "simulate")
    assert not [line for line in story["lines"] if line["trouble"]]
    assert story["schedules"][0]["articles"] == 1


def test_simulate_keeps_the_fortnights(desk: Desk) -> None:
    desk.add("--on", "sun", "--at", "07:30", "--every", "2")
    first, second = comings(desk, 2)
    begin = first + dt.timedelta(days=2)
    story = desk.read(
        "schedule",
        "simulate",
        "--from",
        f"{begin:%Y-%m-%d}",
        "--to",
        f"{begin + dt.timedelta(days=20):%Y-%m-%d}",
    )
    days = {line["at"][:10] for line in story["lines"] if line["schedule"]}
    assert days == {f"{second.astimezone(dt.UTC):%Y-%m-%d}"}


def test_publish_at_is_a_yes_to_what_a_held_schedule_froze(desk: Desk) -> None:
    desk.add(*SUNDAYS, "--approval", "held", "--freeze", "6d")
    hour = due(desk)
    at(desk, hour - dt.timedelta(hours=1))
    desk.say("schedule", "skip", "sundays", f"{hour.astimezone(ZoneInfo('Europe/Paris')):%Y-%m-%d}")
    then = dt.datetime.now(dt.UTC).replace(second=0, microsecond=0) + dt.timedelta(days=9)  # noqa: TID251
    desk.say("publish", "weekly", "--at", f"{then:%Y-%m-%dT%H:%M}", "--yes", "--expect", "1")
    at(desk, then)
    deliver(desk, then)
    assert desk.read("outbox", "list")[0]["accepted"] == 1
