"""`briefpub subscribers`: bring in, take back, look at, take off, erase."""

import csv
import io
import json
from pathlib import Path

import pytest

from briefpub.kit import logs

PEOPLE = "email,name,status,format,device\nana@example.org,Ana,confirmed,,\n"


def bring(publication: Path, run, text: str = PEOPLE):
    file = publication / "people.csv"
    file.write_text(text, encoding="utf-8")
    return run("subscribers", "import", file, "--list", "weekly", "--yes", "--json")


def listed(run) -> dict[str, str]:
    people = json.loads(run("subscribers", "list", "--list", "weekly", "--json").out)
    return {person["address"]: person["status"] for person in people}


def test_an_import_has_a_number_and_can_be_taken_back(subscribed: Path, run) -> None:
    before = listed(run)
    brought = bring(subscribed, run, PEOPLE + "bo@example.org,Bo,confirmed,notice,\n")
    assert json.loads(brought.out) == [{"new": 1, "here": 1, "off": 0, "bad": 0, "import": 1}]
    (intake,) = json.loads(run("subscribers", "imports", "--json").out)
    assert (intake["import"], intake["source"], intake["people"]) == (1, "people.csv", 1)
    assert run("subscribers", "import", "--undo", 1).code == 4
    undone = run("subscribers", "import", "--undo", 1, "--yes", "--json")
    assert undone.code == 0
    assert json.loads(undone.out)["taken_back"] == 1
    assert listed(run) == before
    again = run("subscribers", "import", "--undo", 1)
    assert (again.code, "0 people" in again.err) == (0, True)


def test_undo_tells_whom_it_left(publication: Path, run) -> None:
    bring(publication, run, PEOPLE + "bo@example.org,,,,\n")
    run("subscribers", "remove", "bo@example.org", "--list", "weekly", "--how", "by phone")
    undone = run("subscribers", "import", "--undo", 1, "--yes")
    assert undone.code == 1
    assert "bo@example.org stays: their subscription changed since" in undone.err


@pytest.mark.parametrize(
    "args",
    [
        ("import",),
        ("import", "people.csv"),
        ("import", "people.csv", "--undo", 1),
        ("import", "--undo", 77, "--yes"),
        ("export", "--list", "daily"),
        ("add", "ana@example.org", "--list", "weekly", "--consent", "x", "--device", "kindle"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(publication: Path, run, args) -> None:
    ran = run("subscribers", *args)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.strip()


def test_rejects_can_be_mended_and_imported(publication: Path, run) -> None:
    people = publication / "people.csv"
    people.write_text("email;statut;ville\nana@example.org;peut-être;Lyon\nbo@example.org;;Brest\n")
    rejects = publication / "rejects.csv"
    ran = run("subscribers", "import", people, "--list", "weekly", "--yes", "--rejects", rejects)
    assert ran.code == 1
    (header, row) = csv.reader(io.StringIO(rejects.read_text(encoding="utf-8")))
    assert header == ["email", "statut", "ville", "reason"]
    assert row[:3] == ["ana@example.org", "peut-être", "Lyon"]
    assert run("subscribers", "import", rejects, "--list", "weekly", "--yes").code == 1
    assert listed(run) == {"bo@example.org": "confirmed"}


def test_an_export_can_be_imported_and_changes_nothing(publication: Path, run) -> None:
    bring(publication, run, PEOPLE + "-bo@example.org,=cmd(),unsubscribed,compilation,+bo@reader.example\n")
    out = run("subscribers", "export", "--list", "weekly").out
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["email"] for row in rows] == ["'-bo@example.org", "ana@example.org"]
    assert rows[0]["name"] == "'=cmd()"
    file = publication / "export.csv"
    assert run("subscribers", "export", "--list", "weekly", "--to", file).code == 0
    assert file.read_bytes().decode().replace("\r\n", "\n") == out.replace("\r\n", "\n")
    again = run("subscribers", "import", file, "--list", "weekly", "--yes", "--json")
    assert json.loads(again.out) == [{"new": 0, "here": 1, "off": 1, "bad": 0}]
    run("lists", "add", "copy", "--name", "Copy", "--from", "c@slow.example")
    run("subscribers", "import", file, "--list", "copy", "--yes")
    copied = list(csv.DictReader(io.StringIO(run("subscribers", "export", "--list", "copy").out)))
    kept = ("email", "name", "status", "format", "device")
    assert [[row[key] for key in kept] for row in copied] == [[row[key] for key in kept] for row in rows]


def test_show_tells_the_whole_history(subscribed: Path, run) -> None:
    run("publish", "weekly", "--yes", "--expect", 2)
    run("subscribers", "remove", "ana@example.org", "--list", "weekly", "--how", "by phone")
    held = json.loads(run("subscribers", "show", "ANA@example.org", "--json").out)
    assert [(one["event"], one["how"]) for one in held["consent"]] == [
        ("added", "said so, in a test"),
        ("unsubscribed", "by phone"),
    ]
    assert [(one["issue"], one["state"]) for one in held["deliveries"]] == [("weekly/001", "accepted")]
    assert held["subscriptions"][0]["status"] == "unsubscribed"
    plain = run("subscribers", "show", "ana@example.org")
    assert "by phone" in plain.out
    assert "weekly/001 accepted" in plain.out
    assert run("subscribers", "show", "stranger@example.org").code == 1


def test_a_farewell_goes_out_when_asked_for(subscribed: Path, run) -> None:
    ran = run("subscribers", "remove", "ana@example.org", "--list", "weekly", "--tell")
    assert ran.code == 0, ran.err
    (letter,) = (subscribed / "outbox").glob("**/maildir/new/*")
    assert b"is off the list" in letter.read_bytes()


def test_an_e_reader_is_added(publication: Path, run) -> None:
    add = ("subscribers", "add", "ana@example.org", "--list", "weekly", "--consent", "told me")
    assert run(*add, "--format", "compilation", "--device", "ana@READER.example").code == 0
    (person,) = json.loads(run("subscribers", "list", "--list", "weekly", "--json").out)
    assert (person["format"], person["device"]) == ("compilation", "ana@reader.example")


WORDS = (b"ana.marlowe", b"marlowe-quince", b"marlowe")


def holds(folder: Path) -> list[tuple[str, bytes]]:
    """Name the files under a folder that hold a word of the person, in their name or in their bytes."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes().lower()
            for form in (data, path.name.lower().encode()):
                found += [(str(path.relative_to(folder)), word) for word in WORDS if word in form]
    return found


def test_after_an_erasure_only_the_hash_is_left(
    subscribed: Path, run, capsys: pytest.CaptureFixture[str]
) -> None:
    """Acceptance E: database, journal, outbox and logs, byte by byte."""
    (subscribed / "articles" / "on-reading-slowly.md").write_text(
        "---\ntitle: T\ndate: 2026-11-01\nlang: en\nphoto:\n  alt: A hand.\n---\n\nWords.\n"
    )
    address = "ana.marlowe@example.org"
    name = ("--name", "Ana Marlowe-Quince")
    run("subscribers", "add", address, "--list", "weekly", "--consent", "by phone", *name)
    assert run("publish", "weekly", "--yes", "--expect", 3).code == 0
    run("subscribers", "remove", address, "--list", "weekly", "--tell")
    places = {path.partition("/")[0].partition("-")[0] for path, _ in holds(subscribed)}
    assert places == {"briefpub.db", "outbox"}
    assert run("subscribers", "erase", address).code == 4
    erased = run("subscribers", "erase", address.upper(), "--yes", "--json")
    assert erased.code == 0, erased.err
    receipt = json.loads(erased.out)
    assert "2 message files in the outbox" in receipt["removed"]
    assert receipt["kept"]
    assert any("already been sent" in words for words in receipt["beyond"])
    assert holds(subscribed) == []
    assert len(list((subscribed / "outbox").glob("weekly/001/maildir/new/*"))) == 2
    brought = bring(subscribed, run, f"email\n{address}\n")
    assert json.loads(brought.out) == [{"new": 0, "here": 0, "off": 1, "bad": 0}]
    show = run("subscribers", "show", address)
    assert "only a hash is held" in show.err
    assert run("subscribers", "erase", "stranger@example.org", "--yes").code == 1


def test_logs_mask_who_it_is() -> None:
    masked = logs.mask_addresses(None, "info", {"event": "erased ana.marlowe@example.org"})
    assert "ana.marlowe" not in str(masked)
