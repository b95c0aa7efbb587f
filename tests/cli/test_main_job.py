"""The main job from the command line: begin, write, check, build, publish, look."""

import json
import mailbox
from email import message_from_bytes, policy
from pathlib import Path

from briefpub.domain.issue import Format


def test_a_new_publication_can_be_published(tmp_path: Path, run, monkeypatch):
    assert run("init", tmp_path / "mine", "--name", "Mine").code == 0
    monkeypatch.chdir(tmp_path / "mine")
    article = Path(run("new", "A first essay").out.strip())
    assert run("check").code == 0
    assert run("subscribers", "add", "ana@example.org", "--list", "weekly", "--consent", "told me").code == 0
    nothing = run("publish", "weekly", "--yes", "--expect", 1)
    assert (nothing.code, "Nothing new" in nothing.err) == (0, True)
    article.write_text(article.read_text().replace("status: draft", "status: ready"))
    assert run("publish", "weekly", "--yes", "--expect", 1).code == 0


def test_publish_freezes_delivers_and_never_twice(subscribed: Path, run):
    first = run("publish", "weekly", "--yes", "--expect", 2)
    assert first.code == 0, first.err
    folder = subscribed / "outbox" / "weekly" / "001"
    files = {path.name for path in folder.iterdir() if path.is_file()}
    assert files == {format.file_name for format in Format} | {"manifest.json"}
    messages = [
        message_from_bytes(p.read_bytes(), policy=policy.default) for p in folder.glob("maildir/new/*")
    ]
    assert sorted(str(m["To"]) for m in messages) == ["ana@example.org", "zoe@example.net"]
    assert not any(part.defects for message in messages for part in message.walk())
    assert len(mailbox.Maildir(folder / "maildir")) == 2

    again = run("publish", "weekly", "--yes", "--expect", 2)
    assert again.code == 0
    assert "Nothing new" in again.err
    assert len(mailbox.Maildir(folder / "maildir")) == 2

    shown = json.loads(run("outbox", "show", "weekly/1", "--json").out)
    assert (shown["accepted"], shown["unknown"], shown["left"]) == (2, 0, 0)
    listed = json.loads(run("outbox", "list", "--json").out)
    assert [(row["issue"], row["state"]) for row in listed] == [("weekly/001", "done")]


def test_publish_asks_for_the_number(subscribed: Path, run):
    assert run("publish", "weekly").code == 4
    assert run("publish", "weekly", "--yes").code == 4
    wrong = run("publish", "weekly", "--yes", "--expect", 3)
    assert wrong.code == 4
    assert "2" in wrong.err
    assert not (subscribed / "outbox").exists() or not any((subscribed / "outbox").rglob("manifest.json"))
    assert json.loads(run("issues", "list", "--json").out) == []


def test_a_held_issue_waits_for_its_editor(subscribed: Path, run):
    key = run("issues", "add", "weekly", "--title", "The first").out.strip()
    assert key == "weekly/001"
    assert run("issues", "hold", key).code == 0
    assert run("publish", "weekly", "--yes", "--expect", 2).code == 4
    assert run("issues", "approve", key).code == 0
    assert run("publish", "weekly", "--yes", "--expect", 2).code == 0
    shown = json.loads(run("issues", "show", key, "--json").out)
    assert (shown["title"], shown["state"]) == ("The first", "published")
    assert shown["manifest_sha256"]


def test_nobody_to_mail_is_an_answer_before_anything_is_frozen(publication: Path, run):
    ran = run("publish", "weekly", "--yes", "--expect", 0)
    assert ran.code == 2
    assert "no confirmed subscriber" in ran.err
    assert not list(publication.glob("outbox/weekly/0*"))


def test_tables_are_tsv_on_a_pipe_and_json_when_asked(subscribed: Path, run):
    plain = run("subscribers", "list", "--list", "weekly").out.splitlines()
    assert plain[0].split("\t")[:3] == ["address", "name", "status"]
    people = json.loads(run("subscribers", "list", "--list", "weekly", "--json").out)
    assert [person["address"] for person in people] == ["ana@example.org", "zoe@example.net"]
    assert run("subscribers", "list", "--list", "weekly", "--status", "confirmed", "--count").out == "2\n"
    assert json.loads(run("lists", "show", "weekly", "--json").out)[0]["confirmed"] == 2
    assert json.loads(run("config", "show", "--json").out)["transport"] == "maildir"
    assert run("completion", "bash").out.strip()


def test_import_never_resubscribes(subscribed: Path, run):
    people = subscribed / "people.csv"
    people.write_text("email,name,status\nana@example.org,Ana,confirmed\nnew@example.org,New,\nno,,\n")
    assert run("subscribers", "remove", "ana@example.org", "--list", "weekly").code == 0
    dry = run("subscribers", "import", people, "--list", "weekly", "--dry-run", "--json")
    assert json.loads(dry.out) == [{"new": 1, "here": 0, "off": 1, "bad": 1}]
    rejects = subscribed / "rejects.csv"
    real = run("subscribers", "import", people, "--list", "weekly", "--yes", "--rejects", rejects)
    assert real.code == 1
    assert f"{people}:4" in real.err
    assert "no" in rejects.read_text()
    people_now = json.loads(run("subscribers", "list", "--list", "weekly", "--json").out)
    assert {p["address"]: p["status"] for p in people_now}["ana@example.org"] == "unsubscribed"
    again = run("subscribers", "import", people, "--list", "weekly", "--yes", "--json")
    assert json.loads(again.out) == [{"new": 0, "here": 1, "off": 1, "bad": 1}]


def test_lists_are_made_changed_and_put_away(publication: Path, run):
    add = ("lists", "add", "monthly", "--name", "Monthly", "--from", "M <m@slow.example>")
    assert run(*add).code == 0
    assert run(*add).code == 0
    assert run(*add[:3], "--name", "Other", "--from", "m@slow.example").code == 2
    assert run("lists", "edit", "monthly", "--digest-body", "full").code == 0
    assert json.loads(run("lists", "show", "monthly", "--json").out)[0]["digest_body"] == "full"
    stated = run("lists", "edit", "weekly", "--name", "Other")
    assert stated.code == 2
    assert "briefpub.toml" in stated.err
    assert run("lists", "archive", "monthly").code == 0
    assert [row["list"] for row in json.loads(run("lists", "list", "--json").out)] == ["weekly"]


def test_one_off_settings_leave_the_database_alone(publication: Path, run, monkeypatch):
    monkeypatch.setenv("BRIEFPUB_DIGEST__BODY", "full")
    assert json.loads(run("lists", "show", "weekly", "--json").out)[0]["digest_body"] == "full"
    monkeypatch.delenv("BRIEFPUB_DIGEST__BODY")
    assert json.loads(run("lists", "show", "weekly", "--json").out)[0]["digest_body"] == "lead"


def test_build_writes_six_files_outside_any_publication(tmp_path: Path, run, monkeypatch, publication):
    away = tmp_path / "away"
    (away / "in").mkdir(parents=True)
    essay = publication / "articles" / "on-reading-slowly.md"
    (away / "in" / "essay.md").write_text(essay.read_text())
    monkeypatch.chdir(away)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    ran = run("build", "--articles", "in/*.md", "-o", "out", "--jobs", 1)
    assert ran.code == 0, ran.err
    names = {path.name for path in (away / "out").iterdir() if path.is_file()}
    assert names == {format.file_name for format in Format} | {"manifest.json"}
    lead = (away / "out" / "digest.html").read_text()
    assert "The pencil" in lead
    assert "promise to come back" not in lead
    full = run(
        "build", "--articles", "in/*.md", "--to", "digest", "--body", "full", "-o", "full", "--jobs", 1
    )
    assert full.code == 0
    assert "promise to come back" in (away / "full" / "digest.html").read_text()
