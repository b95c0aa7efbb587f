"""What bad input gets: one clear error or finding with its place, an exit code, and nothing half-written."""

import errno
import json
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

ESSAY = "articles/on-reading-slowly.md"


def nothing_written(root: Path) -> bool:
    """Say whether no issue lies in the outbox, not even a part of one."""
    return not [path for path in root.glob("outbox/**/*") if path.is_file()]


def publish(run, *, people: int = 2):
    return run("publish", "weekly", "--yes", "--expect", people, "--jobs", 1)


def spoil(root: Path, old: str, new: str) -> None:
    path = root / ESSAY
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("front", "line"),
    [
        ("title: [unclosed", 3),
        ("title: x\n\tlang: en", 3),
        ("title: x\ntitle: y", 3),
        ("title: &a [*a, *a]", 2),
        ("title: !!python/object/apply:os.system ['true']", 2),
        ('title: "two\\r\\nBcc: all@example.org"', 2),
        ("title: x\ndate: the day after", 3),
    ],
)
def test_broken_front_matter_names_file_and_line(subscribed: Path, run, front, line):
    (subscribed / "articles" / "broken.md").write_text(f"---\n{front}\n---\n\nText.\n", encoding="utf-8")
    checked = run("check", "--json")
    assert checked.code == 1
    (found,) = [f for f in json.loads(checked.out) if f["severity"] == "error"]
    assert (found["where"], found["line"]) == ("articles/broken.md", line)
    ran = publish(run)
    assert ran.code == 1
    assert f"articles/broken.md:{line}" in ran.err
    assert nothing_written(subscribed)


def test_a_missing_picture_is_a_finding_and_its_alt_text_stands_in(subscribed: Path, run):
    spoil(subscribed, "photo:\n", "photo:\n  file: gone.jpg\n")
    checked = run("check", "--json")
    assert [(f["code"], f["line"]) for f in json.loads(checked.out)] == [("A003", 7)]
    assert publish(run).code == 0
    assert "A hand holding a page" in (subscribed / "outbox/weekly/001/digest.html").read_text()


def test_an_unknown_key_is_guessed(subscribed: Path, run):
    (subscribed / "briefpub.toml").write_text('nmae = "x"\n', encoding="utf-8")
    ran = run("check")
    assert ran.code == 2
    assert "briefpub.toml:1" in ran.err
    assert "did you mean 'name'" in ran.err


def test_an_undefined_name_in_a_layout_is_told_with_its_line(subscribed: Path, run):
    bundled = Path(__file__).parents[2] / "layouts" / "default" / "digest.html.j2"
    own = subscribed / "layouts" / "default" / "digest.html.j2"
    own.parent.mkdir(parents=True)
    own.write_text("{# mine #}\n{{ subtitel }}\n" + bundled.read_text())
    ran = publish(run)
    assert ran.code == 2
    assert "layouts/default/digest.html.j2:2" in ran.err
    assert "subtitel" in ran.err
    assert nothing_written(subscribed)


def bomb() -> bytes:
    """Give a PNG of a few hundred bytes that claims 40,000 by 40,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def test_a_picture_bomb_is_refused_before_it_is_decoded(subscribed: Path, run):
    (subscribed / "articles" / "bomb.png").write_bytes(bomb())
    spoil(subscribed, "photo:\n", "photo:\n  file: bomb.png\n")
    ran = publish(run)
    assert ran.code == 1
    assert "A023" in ran.err
    assert nothing_written(subscribed)


def test_a_file_of_twenty_megabytes_is_refused_unread(subscribed: Path, run):
    (subscribed / "articles" / "huge.md").write_bytes(b"# Huge\n\n" + b"word " * 4_000_000)
    ran = publish(run)
    assert ran.code == 1
    assert "articles/huge.md" in ran.err
    assert nothing_written(subscribed)


@pytest.mark.parametrize("name", ["../../x", "a/b", "..", "-x", "X", "x\ny", "a" * 64, ""])
def test_a_list_name_cannot_be_a_path(publication: Path, run, name):
    ran = run("lists", "add", "--name", "X", "--from", "x@example.org", "--", name)
    assert ran.code == 2
    assert "cannot be a list name" in ran.err
    assert not list(publication.parent.glob("x*"))


@pytest.mark.parametrize("sender", ["x", "X <x@y@z>", "X\r\nBcc: z@example.org <x@example.org>", "<x@-.org>"])
def test_a_sender_that_is_no_mailbox_is_refused(publication: Path, run, sender):
    assert run("lists", "add", "other", "--name", "X", "--from", sender).code == 2


def test_control_characters_never_reach_an_edition(subscribed: Path, run):
    spoil(subscribed, "There is a kind", "There \x00\x0b\x1b is \u0085 a kind")
    ran = publish(run)
    assert ran.code == 0
    assert "A011" in ran.err
    for name in ("digest.html", "digest.txt", "web.html"):
        text = (subscribed / "outbox" / "weekly" / "001" / name).read_text(encoding="utf-8")
        assert not [c for c in text if ord(c) < 32 and c not in "\t\n"]


def test_an_outbox_that_cannot_be_written_is_temporary(subscribed: Path, run):
    (subscribed / "outbox").write_text("a file, where the folder should be")
    ran = publish(run)
    assert ran.code == 75
    assert "outbox" in ran.err
    assert (subscribed / "outbox").is_file()
    (subscribed / "outbox").unlink()
    assert publish(run).code == 0


def test_a_full_disk_leaves_nothing_half_written(subscribed: Path, run, monkeypatch):
    real = os.fsync

    def full(handle: int) -> None:
        if "outbox" in str(Path(f"/proc/self/fd/{handle}").readlink()):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    ran = publish(run)
    assert ran.code == 75
    assert "space" in ran.err.lower()
    assert nothing_written(subscribed)
    monkeypatch.undo()
    monkeypatch.chdir(subscribed)
    assert publish(run).code == 0


def test_a_missing_pango_is_told_with_the_command_that_brings_it(subscribed: Path):
    # In a process of its own: what was loaded once cannot be missing any more.
    script = (
        "import sys\nsys.modules['weasyprint'] = None\nfrom briefpub.cli.main import run\n"
        "print(run(['publish', 'weekly', '--yes', '--expect', '2']), run(['doctor']))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "1 1"
    assert "apt-get install libpango" in done.stderr
    assert "Traceback" not in done.stderr
    assert nothing_written(subscribed)


def test_a_damaged_database_is_told_and_left_as_it_is(publication: Path, run):
    (publication / "briefpub.db").write_bytes(b"this is no database at all, whatever its name says")
    ran = run("lists", "list")
    assert ran.code == 75
    assert "briefpub.db" in ran.err
    assert (publication / "briefpub.db").read_bytes().startswith(b"this is no database")


def test_a_changed_edition_in_the_outbox_is_noticed(subscribed: Path, run):
    assert publish(run).code == 0
    (subscribed / "outbox/weekly/001/digest.txt").write_text("something else")
    ran = run("outbox", "show")
    assert ran.code == 75
    assert "digest.txt" in ran.err


@pytest.mark.parametrize(
    "args",
    [
        ("publish", "nowhere"),
        ("build", "weekly/9"),
        ("build", "--articles", "no/*.md"),
        ("build", "weekly/1", "--articles", "articles/*.md"),
        ("build", "--articles", "articles/*.md", "--to", "docx"),
        ("import", "nothing.txt"),
        ("import", "briefpub.toml"),
        ("subscribers", "import", "nothing.csv", "--list", "weekly", "--yes"),
        ("subscribers", "add", "no address", "--list", "weekly", "--consent", "x"),
        ("new", "two\nlines"),
        ("init", "."),
        ("-C", "nowhere", "check"),
        ("outbox", "show"),
    ],
)
def test_what_is_not_there_or_not_possible_is_a_usage_error(publication: Path, run, args):
    ran = run(*args)
    assert ran.code == 2
    assert ran.err.strip()
    assert ran.out == ""


def test_a_source_that_is_not_there_stops_no_other(publication: Path, run):
    (publication / "one.txt").write_text("A title\n\nThe words of an essay, which are in English.\n")
    (publication / "gone.txt").symlink_to("nowhere.txt")
    ran = run("import", "gone.txt", "one.txt")
    assert ran.code == 1
    assert "gone.txt: there is no such file" in ran.err
    assert ran.out.endswith(".md\n")


def test_a_transport_that_cannot_be_is_refused_before_anything_is_frozen(subscribed: Path, run, monkeypatch):
    monkeypatch.setenv("BRIEFPUB_TRANSPORT", "smtp://mail.example.org:25?tls=off")
    ran = publish(run)
    assert ran.code == 2
    assert nothing_written(subscribed)


def test_pictures_outside_the_publication_are_never_read(subscribed: Path, run, tmp_path: Path):
    (tmp_path / "secret.png").write_bytes(bomb())
    (subscribed / "articles" / "link.png").symlink_to(tmp_path / "secret.png")
    for source in ("../../secret.png", "link.png", "file:///etc/passwd", "http://127.0.0.1/x.png"):
        spoil(subscribed, "photo:\n", f"photo:\n  file: {source}\n")
        codes = {finding["code"] for finding in json.loads(run("check", "--json").out)}
        assert codes & {"A020", "A021", "A003"}, (source, codes)
        spoil(subscribed, f"  file: {source}\n", "")
