"""send: a test to one address, and every message into a folder; no subscriber gets anything."""

import json
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from postroom import frozen, mailed
from sink import Sink
from sink_script import Fault, Script, Step

from briefpub.bootstrap import open_newsroom
from briefpub.cli.context import moment
from briefpub.domain.replies import Outcome


def parsed(data: bytes) -> EmailMessage:
    message = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def written(folder: Path) -> dict[str, EmailMessage]:
    return {str(one["To"]): one for one in map(parsed, (path.read_bytes() for path in folder.iterdir()))}


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name a server that is not there: whoever asks it fails."""
    with Sink() as sink:
        port = sink.port
    monkeypatch.setenv("BRIEFPUB_TRANSPORT", f"smtp://127.0.0.1:{port}?tls=off")


def test_a_test_goes_to_one_address_and_into_no_ledger(
    publication: Path, run, monkeypatch: pytest.MonkeyPatch
):
    frozen(publication, readers=3)
    with Sink() as sink:
        monkeypatch.setenv("BRIEFPUB_TRANSPORT", f"smtp://127.0.0.1:{sink.port}?tls=off")
        ran = run("send", "weekly/1", "--test", "ed@Example.org")
        again = run("send", "weekly/1", "--test", "ed@example.org")
    assert (ran.code, again.code) == (0, 0), ran.err + again.err
    assert "The test went to ed@example.org: 250" in ran.err
    assert sink.counts == {"ed@example.org": 2}
    first, second = (parsed(one.data) for one in sink.received)
    assert str(first["Subject"]).startswith("[Test] ")
    assert first["Message-ID"] != second["Message-ID"]
    assert json.loads(run("outbox", "list", "--json").out) == []


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ("451 4.7.1 later", (75, "does not take it now for ed@example.org: 451 4.7.1 later")),
        ("550 5.1.1 nobody", (3, "refuses it for ed@example.org: 550 5.1.1 nobody")),
    ],
)
def test_what_the_server_says_is_told(
    publication: Path, run, monkeypatch: pytest.MonkeyPatch, reply: str, told: tuple[int, str]
):
    frozen(publication, readers=1)
    with Sink(Script(faults=(Fault(at=Step.RCPT, do=reply),))) as sink:
        monkeypatch.setenv("BRIEFPUB_TRANSPORT", f"smtp://127.0.0.1:{sink.port}?tls=off")
        ran = run("send", "weekly/1", "--test", "ed@example.org")
    assert (ran.code, told[1] in ran.err) == (told[0], True), ran.err


def test_a_server_that_is_not_there_is_told(publication: Path, run, unreachable: None):
    frozen(publication, readers=1)
    assert run("send", "weekly/1", "--test", "ed@example.org").code == 75


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--test", "ed@example.org", "--dry-run", "--eml", "out"),
        ("--dry-run",),
        ("--eml", "out"),
        ("--test", "ed@example.org", "--most", "2"),
        ("--test", "ed"),
        ("--dry-run", "--eml", "out", "--format", "digest"),
    ],
)
def test_words_that_do_not_go_together_are_refused(publication: Path, run, words: tuple[str, ...]):
    frozen(publication, readers=1)
    assert run("send", "weekly/1", *words).code == 2
    assert not Path("out").exists()


def test_a_dry_run_writes_each_message_that_would_go(publication: Path, run, unreachable: None):
    frozen(publication, readers=4)
    audience = open_newsroom(None).audience
    audience.unsubscribe("weekly", "reader0001@example.org", now=moment())
    audience.suppress("reader0003@example.org", reason="asked to", now=moment())
    ran = run("send", "weekly/1", "--dry-run", "--eml", "out")
    assert ran.code == 0, ran.err
    assert ran.out == "out\n"
    assert "weekly/001 would go to 2: 2 written to out; none was sent." in ran.err
    people = written(Path("out"))
    assert sorted(people) == ["Reader 0 <reader0000@example.org>", "Reader 2 <reader0002@example.org>"]
    for path in Path("out").iterdir():
        assert path.name == f"{parsed(path.read_bytes())['Message-ID'].strip('<>')}.eml"
    assert json.loads(run("outbox", "list", "--json").out) == []


def test_a_dry_run_of_a_queued_mailing_writes_what_is_still_owed(publication: Path, run, unreachable: None):
    mailed(publication, Outcome.ACCEPTED, Outcome.FAILED, readers=5)
    shown = json.loads(run("outbox", "show", "--all", "--json").out)
    ids = {one["message_id"] for one in shown["deliveries"] if one["state"] == "queued"}
    ran = run("send", "weekly/1", "--dry-run", "--eml", "out")
    assert "would go to 3: 3 written" in ran.err
    assert {str(one["Message-ID"]) for one in written(Path("out")).values()} == ids
    again = json.loads(run("outbox", "show", "--all", "--json").out)
    assert again["deliveries"] == shown["deliveries"]


def test_a_dry_run_can_be_short_and_never_mixes_with_another(publication: Path, run, unreachable: None):
    frozen(publication, readers=4)
    ran = run("send", "weekly/1", "--dry-run", "--eml", "out", "--most", 1)
    assert (ran.code, "would go to 4: 1 written" in ran.err) == (0, True)
    again = run("send", "weekly/1", "--dry-run", "--eml", "out")
    assert (again.code, "there is something in the folder already" in again.err) == (2, True)
    assert len(list(Path("out").iterdir())) == 1


def test_an_issue_that_is_not_frozen_is_built_and_stays_open(subscribed: Path, run):
    run("issues", "add", "weekly")
    ran = run("send", "weekly/1", "--dry-run", "--eml", "out")
    assert ran.code == 0, ran.err
    assert sorted(written(Path("out"))) == ["ana@example.org", "zoe@example.net"]
    assert run("send", "weekly/1", "--test", "ed@example.org").code == 0
    assert json.loads(run("issues", "show", "weekly/1", "--json").out)["state"] == "composed"
    published = run("publish", "weekly", "--yes", "--expect", 2)
    assert published.code == 0, published.err
    box = subscribed / "outbox" / "weekly" / "001" / "maildir" / "new"
    assert sorted(written(box)) == ["ana@example.org", "zoe@example.net"]


def test_an_unknown_issue_is_told(publication: Path, run):
    assert run("send", "weekly/9", "--test", "ed@example.org").code == 2
