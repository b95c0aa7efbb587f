"""outbox: what an editor sees of a mailing, and what an editor orders."""

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from postroom import REPLIES, frozen, mailed, try_deliveries

from briefpub.bootstrap import open_newsroom
from briefpub.cli.context import moment
from briefpub.domain.delivery import DeliveryState, Trouble, TroubleKind
from briefpub.domain.issue import IssueState
from briefpub.domain.replies import Outcome

ACCEPTED, DEFERRED, FAILED, UNKNOWN = Outcome.ACCEPTED, Outcome.DEFERRED, Outcome.FAILED, Outcome.UNKNOWN


def shown(run, *args: object) -> Any:
    ran = run("outbox", "show", *args, "--json")
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def ids_of(root: Path) -> dict[str, str]:
    newsroom = open_newsroom(str(root))
    (mailing,) = newsroom.ledger.mailings()
    return {one.subscriber.address: one.message_id for one in newsroom.ledger.deliveries(mailing.id)}


def stop_site(root: Path) -> None:
    login = Trouble(site="smtp.example.org", kind=TroubleKind.LOGIN, message="535 5.7.8 wrong password")
    sites = open_newsroom(str(root)).sites
    for hours in range(9):
        state = sites.trouble(login, now=moment() + dt.timedelta(hours=hours))
    assert state.stopped


# --- looking ---------------------------------------------------------------------------------


def test_show_counts_each_state_and_names_those_to_look_at(publication: Path, run):
    mailed(publication, ACCEPTED, UNKNOWN, FAILED, DEFERRED, readers=6)
    told = shown(run, "weekly/1")
    assert {state: told[state] for state in DeliveryState} == {
        "queued": 3,
        "claimed": 0,
        "handed": 0,
        "accepted": 1,
        "failed": 1,
        "skipped": 0,
        "unknown": 1,
    }
    assert (told["issue"], told["state"], told["left"]) == ("weekly/001", "sending", 4)
    by_state = {one["state"]: one for one in told["deliveries"]}
    assert len(told["deliveries"]) == 3
    assert by_state["unknown"]["address"] == "reader0001@example.org"
    assert by_state["failed"]["reply"] == REPLIES[FAILED]
    assert by_state["queued"]["address"] == "reader0003@example.org"
    assert by_state["queued"]["not_before"] > moment().isoformat()
    assert len(shown(run, "weekly/1", "--all")["deliveries"]) == 6


def test_show_says_in_words_what_to_do(publication: Path, run):
    mailed(publication, ACCEPTED, UNKNOWN, FAILED, readers=4)
    ran = run("outbox", "show")
    assert ran.code == 0
    assert "1 accepted, 1 failed, 1 unknown; 1 left of 4. It is on its way." in ran.err.replace(
        "1 queued, ", ""
    )
    assert "briefpub outbox cancel weekly/001 --unknown --as accepted" in ran.err
    assert "briefpub outbox retry weekly/001 --unknown" in ran.err
    assert "Try the failed ones again: briefpub outbox retry weekly/001" in ran.err
    rows = [line.split("\t") for line in ran.out.splitlines()]
    assert ["reader0001@example.org", "unknown", "1", "", REPLIES[UNKNOWN]] in rows


def test_show_says_why_it_is_paused_and_which_site_gets_nothing(publication: Path, run):
    mailed(publication, readers=2)
    stop_site(publication)
    run("outbox", "pause", "--reason", "a wrong figure on page 2")
    ran = run("outbox", "show")
    assert "It is paused: a wrong figure on page 2." in ran.err
    assert "smtp.example.org gets nothing until you let it: " in ran.err
    assert "Mend that, then: briefpub outbox resume weekly/001" in ran.err
    told = shown(run)
    assert (told["state"], told["reason"]) == ("paused", "a wrong figure on page 2")
    assert [site["site"] for site in told["sites"]] == ["smtp.example.org"]
    assert told["sites"][0]["stopped"]


def test_without_an_issue_the_mailing_under_way_is_shown_else_the_newest(publication: Path, run):
    mailed(publication, ACCEPTED)
    assert shown(run)["issue"] == "weekly/001"
    mailed(publication, DEFERRED, article="salt")
    mailed(publication, ACCEPTED, article="water")
    assert shown(run)["issue"] == "weekly/002"


def test_an_issue_that_is_not_mailed_yet_can_be_shown(publication: Path, run):
    frozen(publication, readers=1)
    told = shown(run)
    assert (told["issue"], told["state"], told["left"], told["sites"]) == ("weekly/001", None, 0, [])
    assert [edition["file"] for edition in told["editions"]]
    ran = run("outbox", "pause", "weekly/1")
    assert (ran.code, "has not been published" in ran.err) == (2, True)


def test_with_nothing_published_the_outbox_says_so(publication: Path, run):
    ran = run("outbox", "resume")
    assert (ran.code, "nothing has been published yet" in ran.err) == (2, True)
    assert run("outbox", "tail").code == 0
    assert json.loads(run("outbox", "list", "--json").out) == []


def test_list_tells_the_reason(publication: Path, run):
    mailed(publication, readers=1)
    run("outbox", "pause", "--reason", "wait for the photo")
    (row,) = json.loads(run("outbox", "list", "--json").out)
    assert (row["state"], row["reason"], row["queued"]) == ("paused", "wait for the photo", 1)


# --- pause, resume ---------------------------------------------------------------------------


def test_pause_and_resume_say_how_many_are_left(publication: Path, run):
    mailed(publication, ACCEPTED, FAILED, UNKNOWN, readers=5)
    paused = run("outbox", "pause")
    assert (paused.code, "weekly/001 is paused, with 2 left of 5" in paused.err) == (0, True)
    resumed = run("outbox", "resume")
    assert resumed.code == 0
    assert "weekly/001 goes on: 2 left of 5. Nobody who has it gets it twice." in resumed.err
    assert "1 unknown are left alone" in resumed.err
    told = shown(run)
    assert (told["state"], told["reason"], told["unknown"], told["failed"]) == ("sending", "", 1, 1)


def test_resume_makes_deferred_ones_due_and_opens_stopped_sites(publication: Path, run):
    mailed(publication, DEFERRED, readers=1)
    stop_site(publication)
    run("outbox", "pause")
    ran = run("outbox", "resume")
    assert "Servers that are tried again at once: 1." in ran.err
    assert shown(run)["sites"] == []
    assert shown(run)["next_due"] <= moment().isoformat()


@pytest.mark.parametrize("order", ["pause", "resume", "cancel"])
def test_a_mailing_that_ended_is_not_ordered_about(publication: Path, run, order: str):
    mailed(publication, ACCEPTED)
    ran = run("outbox", order)
    assert ran.code == 2
    assert "weekly/001: the mailing is done: there is nothing left" in ran.err


def test_an_order_that_could_go_to_two_mailings_goes_to_none(publication: Path, run):
    mailed(publication, readers=1)
    mailed(publication, readers=1, article="salt")
    ran = run("outbox", "cancel", "--yes", "--expect", 1)
    assert ran.code == 2
    assert "name one: weekly/001, weekly/002" in ran.err
    assert run("outbox", "cancel", "weekly/2", "--yes", "--expect", 1).code == 0
    assert shown(run, "weekly/1")["state"] == "queued"


def test_retry_without_an_issue_means_the_one_with_failures_that_is_under_way_else_the_newest(
    publication: Path, run
):
    mailed(publication, FAILED)
    mailed(publication, FAILED, FAILED, article="salt")
    mailed(publication, ACCEPTED, ACCEPTED, article="water")
    assert "weekly/002" in run("outbox", "retry").err
    mailed(publication, FAILED, readers=2, article="flour")
    assert "weekly/004" in run("outbox", "retry").err


# --- retry -----------------------------------------------------------------------------------


def test_retry_asks_for_the_number_and_queues_the_failed_again(publication: Path, run):
    mailed(publication, ACCEPTED, FAILED, FAILED)
    assert run("outbox", "retry").code == 4
    assert run("outbox", "retry", "--yes").code == 4
    wrong = run("outbox", "retry", "--yes", "--expect", 3)
    assert (wrong.code, "3 were expected, but there are 2" in wrong.err) == (4, True)
    assert shown(run)["failed"] == 2
    done = run("outbox", "retry", "--yes", "--expect", 2)
    assert done.code == 0
    assert "2 deliveries of weekly/001 failed and would be tried again." in done.err
    assert "2 deliveries of weekly/001 are queued again: 2 left of 3." in done.err
    told = shown(run, "--all")
    assert (told["failed"], told["queued"], told["state"]) == (0, 2, "sending")
    assert {one["attempts"] for one in told["deliveries"] if one["state"] == "queued"} == {0}
    again = run("outbox", "retry")
    assert (again.code, "Nothing of weekly/001 is failed." in again.err) == (0, True)


@pytest.mark.parametrize("spelling", ["--unknown", "--retry-unknown"])
def test_unknown_ones_are_sent_again_with_the_same_message_id(publication: Path, run, spelling: str):
    mailed(publication, ACCEPTED, UNKNOWN, UNKNOWN)
    before = ids_of(publication)
    asked = run("outbox", "retry", spelling)
    assert asked.code == 4
    assert "2 of those subscribers may have it already" in asked.err
    assert "reader0001@example.org" in asked.err
    assert shown(run)["unknown"] == 2
    done = run("outbox", "retry", spelling, "--yes", "--expect", 2)
    assert (done.code, shown(run)["unknown"], shown(run)["queued"]) == (0, 0, 2)
    assert ids_of(publication) == before


def test_one_unknown_delivery_can_be_named(publication: Path, run):
    mailed(publication, UNKNOWN, UNKNOWN, ACCEPTED)
    lost = run("outbox", "retry", "--unknown", "--address", "reader0002@example.org", "--yes", "--expect", 1)
    assert (lost.code, "no unknown delivery is to reader0002@example.org" in lost.err) == (2, True)
    named = ("--unknown", "--address", "Reader0001@example.org", "--yes", "--expect", 1)
    assert run("outbox", "retry", *named).code == 0
    told = shown(run, "--all")
    assert {one["address"]: one["state"] for one in told["deliveries"]} == {
        "reader0000@example.org": "unknown",
        "reader0001@example.org": "queued",
        "reader0002@example.org": "accepted",
    }


def test_an_address_without_unknown_is_a_mistake(publication: Path, run):
    mailed(publication, FAILED)
    assert run("outbox", "retry", "--address", "reader0000@example.org").code == 2
    assert run("outbox", "cancel", "--as", "accepted").code == 2


def test_a_number_typed_at_a_terminal_is_a_yes(publication: Path, run, monkeypatch: pytest.MonkeyPatch):
    mailed(publication, FAILED, FAILED)
    typed: list[str] = ["1", "2"]
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(click, "prompt", lambda *_, **__: typed.pop(0))
    refused = run("outbox", "retry")
    assert (refused.code, "nobody said yes; nothing was changed" in refused.err) == (4, True)
    assert run("outbox", "retry").code == 0
    assert shown(run)["queued"] == 2


# --- cancel, settle --------------------------------------------------------------------------


def test_cancel_stops_the_rest_and_the_list_goes_on(publication: Path, run):
    mailed(publication, ACCEPTED, UNKNOWN, DEFERRED, readers=5)
    asked = run("outbox", "cancel")
    assert asked.code == 4
    assert "weekly/001 is stopped for good: 3 of 5 subscribers do not get it" in asked.err
    done = run("outbox", "cancel", "--yes", "--expect", 3)
    assert (done.code, "1 accepted, 3 skipped, 1 unknown" in done.err) == (0, True)
    told = shown(run)
    assert (told["state"], told["skipped"], told["unknown"], told["queued"]) == ("cancelled", 3, 1, 0)
    record = open_newsroom(str(publication)).issues.get("weekly/001")
    assert record is not None
    assert record.state is IssueState.PUBLISHED
    again = run("outbox", "retry", "--unknown", "--yes", "--expect", 1)
    assert (again.code, "nothing of it goes out any more" in again.err) == (2, True)


@pytest.mark.parametrize(("words", "state"), [(["--as", "accepted"], "accepted"), ([], "failed")])
def test_an_editor_settles_what_is_unknown(publication: Path, run, words: list[str], state: str):
    mailed(publication, UNKNOWN, UNKNOWN, ACCEPTED)
    asked = run("outbox", "cancel", "--unknown", *words)
    assert (asked.code, f"written down as {state}; nothing is sent" in asked.err) == (4, True)
    done = run("outbox", "cancel", "--unknown", *words, "--yes", "--expect", 2)
    assert done.code == 0, done.err
    told = shown(run, "--all")
    assert told["unknown"] == 0
    assert sum(one["state"] == state for one in told["deliveries"]) == 2 + (state == "accepted")
    assert told["state"] == "done"
    nothing = run("outbox", "cancel", "--unknown")
    assert (nothing.code, "Nothing of weekly/001 is unknown." in nothing.err) == (0, True)


# --- tail ------------------------------------------------------------------------------------


def test_tail_gives_the_last_attempts_oldest_first(publication: Path, run):
    mailed(publication, ACCEPTED, DEFERRED, FAILED, UNKNOWN)
    plain = [line.split("\t") for line in run("outbox", "tail").out.splitlines()]
    assert plain[0] == ["at", "issue", "address", "outcome", "reply"]
    assert [row[3] for row in plain[1:]] == ["accepted", "deferred", "failed", "unknown"]
    assert plain[1][1:3] == ["weekly/001", "reader0000@example.org"]
    assert len(run("outbox", "tail", "-n", 0).out.splitlines()) == 1
    lines = [
        json.loads(line) for line in run("outbox", "tail", "weekly/1", "-n", 2, "--json").out.splitlines()
    ]
    assert [(line["address"], line["outcome"]) for line in lines] == [
        ("reader0002@example.org", "failed"),
        ("reader0003@example.org", "unknown"),
    ]
    assert lines[0]["at"].endswith("+00:00")


def test_tail_follows_until_somebody_stops_it(publication: Path, run, monkeypatch: pytest.MonkeyPatch):
    mailing = mailed(publication, ACCEPTED, readers=3)
    rounds = [[DEFERRED], [FAILED]]

    def sleep(_: float) -> None:
        if not rounds:
            raise KeyboardInterrupt
        try_deliveries(open_newsroom(str(publication)), mailing, rounds.pop(0))

    monkeypatch.setattr("briefpub.cli.post.time.sleep", sleep)
    ran = run("outbox", "tail", "--follow", "--json")
    assert ran.code == 130
    outcomes = [json.loads(line)["outcome"] for line in ran.out.splitlines()]
    assert outcomes == ["accepted", "deferred", "failed"]


def test_tail_of_one_issue_leaves_out_the_others(publication: Path, run):
    mailed(publication, ACCEPTED)
    mailed(publication, FAILED, article="salt")
    assert [line.split("\t")[1] for line in run("outbox", "tail", "weekly/1").out.splitlines()[1:]] == [
        "weekly/001"
    ]
    assert len(run("outbox", "tail").out.splitlines()) == 3


def test_each_order_tells_its_options_in_its_help(run):
    for order in ("pause", "resume", "retry", "cancel", "show", "tail"):
        ran = run("outbox", order, "--help")
        assert (ran.code, "Usage: briefpub outbox" in ran.out) == (0, True)
