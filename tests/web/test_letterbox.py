"""The letterbox: what each page does to a subscription, and what no page ever does."""

import datetime as dt
import json
from pathlib import Path

import pytest
from builders import NOW, a_list
from pages import ANA, Stage, a_stage

from briefpub.domain.audience import SubscriptionFormat, SubscriptionState
from briefpub.domain.replies import Outcome
from briefpub.domain.tokens import Purpose

DAY = dt.timedelta(days=1)
CONFIRMED, OFF = SubscriptionState.CONFIRMED, SubscriptionState.UNSUBSCRIBED


def test_a_stranger_asks_confirms_once_and_the_proof_names_no_token(stage: Stage) -> None:
    assert stage.get("/subscribe/weekly").status == 200
    asked = stage.send("/subscribe/weekly", address=f" {ANA} ", name="Ana", format="compilation", device="")
    assert asked.status == 200
    assert ANA in asked.body
    (path,) = stage.post.paths()
    shown = stage.get(path)
    assert (shown.status, stage.state()) == (200, SubscriptionState.PENDING)
    assert "a…@example.org" in shown.body
    assert stage.send(path, button="1").status == 200
    assert stage.send(path, button="1").status == 200
    standing = stage.standing()
    assert standing is not None
    assert (standing.state, standing.format) == (CONFIRMED, SubscriptionFormat.COMPILATION)
    assert stage.hows() == ["page /subscribe, 192.0.2.0/24", "page /confirm, 192.0.2.0/24"]


def test_everybody_who_asks_is_told_the_same(stage: Stage) -> None:
    stage.reader("bo@example.org")
    stage.box.subscribe.audience.suppress("cy@example.org", reason="complaint", now=NOW)
    pages = set()
    for address in ("bo@example.org", "cy@example.org", "di@example.org", "di@example.org"):
        got = stage.send("/subscribe/weekly", address=address)
        pages.add((got.status, got.body.replace(address, "")))
    assert len(pages) == 1
    assert [letter.envelope_to for letter in stage.post.letters] == ["di@example.org"]


@pytest.mark.parametrize("path", ["/subscribe/weekly", "/unsubscribe/weekly", "/preferences/weekly"])
def test_a_bad_address_is_told_beside_its_field_and_kept(stage: Stage, path: str) -> None:
    got = stage.send(path, address='ana@"<b>')
    assert got.status == 422
    (field,) = [one for one in got.parsed().of("input") if one.get("name") == "address"]
    assert (field["value"], field["aria-invalid"]) == ('ana@"<b>', "true")
    assert any(one.get("id") == field["aria-describedby"] for one in got.parsed().of("span"))
    assert "<b>" not in got.body


@pytest.mark.parametrize("path", ["/subscribe/weekly", "/preferences/weekly"])
def test_what_fills_in_the_hidden_field_is_told_the_same_and_gets_nothing(stage: Stage, path: str) -> None:
    stage.reader()
    honest = stage.send(path, address=ANA)
    stage.post.letters.clear()
    machine = stage.send(path, address="cy@example.org", website="https://spam.example")
    assert machine.body.replace("cy@example.org", ANA) == honest.body
    assert stage.post.letters == []
    assert stage.state("cy@example.org") is None


def test_one_network_may_ask_so_often_and_others_go_on(stage: Stage) -> None:
    answers = [stage.send("/subscribe/weekly", address=f"a{n}@example.org").status for n in range(8)]
    assert answers == [200] * 6 + [429] * 2
    stage.peer = "198.51.100.4"
    assert stage.send("/subscribe/weekly", address="b@example.org").status == 200
    assert len(stage.post.letters) == 7


def test_a_server_that_takes_no_letter_is_logged_and_the_page_is_the_same(stage: Stage) -> None:
    well = stage.send("/preferences/weekly", address=ANA)
    stage.post.down = True
    stage.reader()
    assert stage.send("/preferences/weekly", address=ANA).body == well.body
    stage.send("/subscribe/weekly", address="cy@example.org")
    assert any("a letter was not sent" in line for line in stage.said.lines)
    assert stage.state("cy@example.org") is SubscriptionState.PENDING


def test_an_old_link_says_how_to_get_a_new_one(stage: Stage) -> None:
    stage.send("/subscribe/weekly", address=ANA)
    (path,) = stage.post.paths()
    stage.now = NOW + 8 * DAY
    for got in (stage.get(path), stage.send(path)):
        assert got.status == 410
        assert {"href": "/subscribe/weekly"} in got.parsed().of("a")
    assert stage.state() is SubscriptionState.PENDING


def test_a_confirmation_that_was_overtaken_brings_nobody_back(stage: Stage) -> None:
    stage.send("/subscribe/weekly", address=ANA)
    (path,) = stage.post.paths()
    stage.send(path)
    standing = stage.standing()
    assert standing is not None
    stage.now += dt.timedelta(hours=2)
    stage.send(f"/unsubscribe/{stage.token(standing, Purpose.UNSUBSCRIBE)}")
    assert stage.send(path).status == 410
    assert stage.state() is OFF


@pytest.mark.parametrize("purpose", [Purpose.UNSUBSCRIBE, Purpose.PREFERENCES])
def test_leaving_takes_one_press_and_so_does_coming_back(stage: Stage, purpose: Purpose) -> None:
    end = stage.token(stage.reader(), purpose)
    shown = stage.get(f"/unsubscribe/{end}")
    assert {"method": "post", "action": f"/unsubscribe/{end}"} in shown.parsed().of("form")
    assert stage.state() is CONFIRMED
    for _ in range(2):
        left = stage.send(f"/unsubscribe/{end}", button="1")
        assert left.status == 200
        assert {"method": "post", "action": f"/undo/{end}"} in left.parsed().of("form")
        assert stage.state() is OFF
    assert {"method": "post", "action": f"/undo/{end}"} in stage.get(f"/unsubscribe/{end}").parsed().of(
        "form"
    )
    for _ in range(2):
        assert stage.send(f"/undo/{end}").status == 200
        assert stage.state() is CONFIRMED
    assert stage.hows()[-2:] == ["page /unsubscribe, 192.0.2.0/24", "page /undo, 192.0.2.0/24"]


def test_after_a_day_it_cannot_be_undone_but_asked_for_anew(stage: Stage) -> None:
    end = stage.token(stage.reader(), Purpose.UNSUBSCRIBE)
    stage.send(f"/unsubscribe/{end}")
    stage.now += DAY
    assert stage.get(f"/unsubscribe/{end}").parsed().of("form") == []
    got = stage.send(f"/undo/{end}")
    assert {"href": "/subscribe/weekly"} in got.parsed().of("a")
    assert stage.state() is OFF


def test_who_was_erased_is_off_the_list_whatever_link_they_press(stage: Stage) -> None:
    standing = stage.reader()
    ends = {purpose: stage.token(standing, purpose) for purpose in Purpose}
    stage.box.erase(ANA, now=NOW)
    for page, purpose in (("unsubscribe", Purpose.UNSUBSCRIBE), ("preferences", Purpose.PREFERENCES)):
        assert stage.get(f"/{page}/{ends[purpose]}").status == 200
        assert stage.send(f"/{page}/{ends[purpose]}").status == 200
    assert stage.send(f"/undo/{ends[Purpose.UNSUBSCRIBE]}").status == 200
    assert stage.standing() is None


def test_a_link_opens_only_what_it_is_for(stage: Stage) -> None:
    standing = stage.reader()
    for page, purpose in (
        ("preferences", Purpose.UNSUBSCRIBE),
        ("preferences", Purpose.CONFIRM),
        ("unsubscribe", Purpose.CONFIRM),
        ("confirm", Purpose.UNSUBSCRIBE),
        ("confirm", Purpose.CONFIRM),  # one that never ends is no letter's
    ):
        end = stage.token(standing, purpose)
        assert stage.get(f"/{page}/{end}").status == 404
        assert stage.send(f"/{page}/{end}").status == 404
    for page in ("export", "erase"):
        end = stage.token(standing, Purpose.UNSUBSCRIBE)
        assert stage.send(f"/preferences/{end}/{page}", sure="1").status == 404
    assert stage.state() is CONFIRMED


def test_the_lists_own_address_brings_a_letter_with_ones_own_links(stage: Stage) -> None:
    stage.reader()
    known = stage.send("/unsubscribe/weekly", address=ANA)
    unknown = stage.send("/unsubscribe/weekly", address="cy@example.org")
    assert known.body == unknown.body.replace("cy@example.org", ANA)
    stage.send("/preferences/weekly", address=ANA.upper())  # one letter an hour
    assert [letter.envelope_to for letter in stage.post.letters] == [ANA]
    preferences, unsubscribe = stage.post.paths()
    assert stage.get(preferences).status == 200
    stage.send(unsubscribe)
    assert stage.state() is OFF


def test_a_one_click_to_the_lists_own_address_takes_nobody_off(stage: Stage) -> None:
    stage.reader()
    assert stage.send("/unsubscribe/weekly", **{"List-Unsubscribe": "One-Click"}).status == 422
    assert stage.state() is CONFIRMED


def test_choices_are_saved_and_shown(stage: Stage) -> None:
    end = stage.token(stage.reader(name="Ana"), Purpose.PREFERENCES)
    path = f"/preferences/{end}"
    (name,) = [one for one in stage.get(path).parsed().of("input") if one.get("name") == "name"]
    assert name["value"] == "Ana"
    got = stage.send(path, name="أنا", format="compilation", device="ana@reader.example")
    assert got.status == 200
    assert 'role="status"' in got.body
    standing = stage.standing()
    assert standing is not None
    assert standing.subscriber.name == "أنا"
    assert (standing.format, standing.device) == (SubscriptionFormat.COMPILATION, "ana@reader.example")
    assert stage.hows()[-1].endswith("page /preferences, 192.0.2.0/24")


def test_a_bad_choice_changes_nothing_and_keeps_what_was_typed(stage: Stage) -> None:
    path = f"/preferences/{stage.token(stage.reader(), Purpose.PREFERENCES)}"
    got = stage.send(path, name="A\nB", device="nonsense", format="notice")
    assert got.status == 422
    assert [one["value"] for one in got.parsed().of("input") if one.get("aria-invalid")] == [
        "nonsense",
        "A\nB",
    ]
    standing = stage.standing()
    assert standing is not None
    assert standing.format is SubscriptionFormat.DIGEST


def test_ones_data_come_as_a_file(stage: Stage) -> None:
    path = f"/preferences/{stage.token(stage.reader(), Purpose.PREFERENCES)}/export"
    assert stage.get(path).status == 405
    got = stage.send(path)
    assert got.headers["content-type"].startswith("application/json")
    assert got.headers["content-disposition"] == 'attachment; filename="weekly-data.json"'
    assert got.headers["cache-control"] == "no-store"
    assert json.loads(got.body)["address"] == ANA


def test_an_erasure_is_asked_for_twice_and_leaves_a_receipt(stage: Stage) -> None:
    standing = stage.reader()
    stage.reader(list="lettre")
    path = f"/preferences/{stage.token(standing, Purpose.PREFERENCES)}/erase"
    assert stage.get(path).status == 200
    assert stage.send(path).status == 422
    assert stage.state() is CONFIRMED
    got = stage.send(path, sure="1")
    assert got.status == 200
    assert "subscriptions: lettre, weekly" in got.body
    assert stage.standing() is None
    assert stage.standing(list="lettre") is None
    assert stage.send(path, sure="1").status == 200


def test_an_archived_list_takes_nobody_and_still_lets_them_go(stage: Stage) -> None:
    end = stage.token(stage.reader(), Purpose.UNSUBSCRIBE)
    stage.box.subscribe.audience.declare(a_list(archived=True))
    assert stage.get("/subscribe/weekly").status == 410
    assert stage.send("/subscribe/weekly", address="cy@example.org").status == 410
    assert stage.send(f"/unsubscribe/{end}").status == 200
    assert stage.state() is OFF
    assert stage.post.letters == []


def test_a_letterbox_below_a_path_says_so_in_its_links_and_its_proof(
    tmp_path: Path, empty_database: Path
) -> None:
    with a_stage(tmp_path, empty_database, base="/club/l%C3%A9") as stage:
        end = stage.token(stage.reader(), Purpose.UNSUBSCRIBE)
        left = stage.send(f"/club/l%C3%A9/unsubscribe/{end}/")
        assert left.parsed().of("form")[0]["action"] == f"/club/l%C3%A9/undo/{end}"
        # A proxy may have taken the path off.
        assert stage.send(f"/undo/{end}").status == 200
        assert stage.state() is CONFIRMED
        assert "one click /club/l%C3%A9/unsubscribe, 192.0.2.0/24" in stage.hows()
        assert stage.get("/healthz").status == 200


def test_behind_a_proxy_the_last_forwarded_address_is_the_callers(
    tmp_path: Path, empty_database: Path
) -> None:
    with a_stage(tmp_path, empty_database, behind_proxy=True) as stage:
        end = stage.token(stage.reader(), Purpose.UNSUBSCRIBE)
        stage.ask("POST", f"/unsubscribe/{end}", b"", {"x-forwarded-for": "10.9.9.9, 203.0.113.8"})
        assert stage.hows()[-1] == "one click /unsubscribe, 203.0.113.0/24"


def test_without_a_proxy_nobody_says_where_they_come_from(stage: Stage) -> None:
    end = stage.token(stage.reader(), Purpose.UNSUBSCRIBE)
    stage.ask("POST", f"/unsubscribe/{end}", b"", {"x-forwarded-for": "203.0.113.8"})
    assert stage.hows()[-1] == "one click /unsubscribe, 192.0.2.0/24"


@pytest.mark.parametrize("page", ["subscribe", "unsubscribe", "preferences"])
def test_a_list_that_is_not_there_has_no_form(stage: Stage, page: str) -> None:
    assert stage.get(f"/{page}/monthly").status == 404
    assert stage.send(f"/{page}/monthly", address=ANA).status == 404
    assert stage.post.letters == []


def test_a_link_of_a_list_that_is_no_longer_there_is_unknown(stage: Stage) -> None:
    link = stage.box.subscribe.link(Purpose.PREFERENCES, "monthly", 1)
    end = link.rpartition("/")[2]
    for page in ("unsubscribe", "preferences"):
        assert stage.get(f"/{page}/{end}").status == 404
        assert stage.send(f"/{page}/{end}").status == 404


def test_who_complained_is_not_mailed_even_with_the_letter_in_hand(stage: Stage) -> None:
    stage.send("/subscribe/weekly", address=ANA)
    (path,) = stage.post.paths()
    stage.box.subscribe.audience.suppress(ANA, reason="complaint", now=NOW)
    assert stage.send(path).status == 410
    assert stage.state() is SubscriptionState.PENDING
    stage.send("/preferences/weekly", address=ANA)
    assert len(stage.post.letters) == 1


def test_a_mail_server_that_says_later_is_logged(stage: Stage) -> None:
    stage.reader()
    stage.post.outcome = Outcome.DEFERRED
    assert stage.send("/unsubscribe/weekly", address=ANA).status == 200
    assert any("a letter was not sent" in line for line in stage.said.lines)
