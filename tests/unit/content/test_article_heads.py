"""Heads come from the index where nothing changed, and are read anew where anything did."""

import hashlib
import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from desk import BROKEN, RED, Desk, essay, settled

from briefpub.content import picture_watch
from briefpub.content.articles import ArticleFolder
from briefpub.domain.article import Heads
from briefpub.domain.finding import Severity


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture(autouse=True)
def exact_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a picture be known by its stamp once the clock has gone on by one tick, since tests are quick."""
    monkeypatch.setattr(picture_watch, "TICK", 0)


def test_what_has_not_changed_is_not_read_again(desk: Desk) -> None:
    desk.write(
        "a.md", essay("A", "![](p.png) [b](b.md)", related="[b, gone]", date="2026-11-02", tags="[x, y]")
    )
    desk.write("b/index.md", essay("B", "TODO\n\n![p](p.png)", lang="en"))
    desk.write("p.png", RED)
    desk.write("b/p.png", RED)
    settled(desk)
    first = desk.heads()
    assert first == desk.anew()
    assert [head.id for head in first.heads] == ["a", "b"]
    assert {finding.code for finding in first.heads[0].findings} == {"A004", "A007"}
    assert {finding.code for finding in first.heads[1].findings} == {"A031"}
    written = desk.index.stat().st_mtime_ns
    assert desk.known() == first
    assert desk.index.stat().st_mtime_ns == written


def test_only_what_changed_is_read(desk: Desk) -> None:
    for number in range(5):
        desk.write(f"{number}.md", essay(str(number)))
    desk.heads()
    desk.write("3.md", essay("Three"))
    read = []
    folder = desk.folder()

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Told(ArticleFolder):
        def read(self, file, data=None):
            read.append(file.where)
            return ArticleFolder.read(self, file, data)

    told = Told(root=folder.root, default_language="fr", pictures=folder.pictures)
    assert [head.title for head in desk.heads(folder=lambda: told).heads] == ["0", "1", "2", "Three", "4"]
    assert read == ["articles/3.md"]


def test_a_link_that_comes_to_lead_somewhere(desk: Desk) -> None:
    """Only the linked name of another file changes, and so does what the check says of this one."""
    desk.write("a.md", essay("A", "TO[DO](b.md)", related="[{title: B, article: b}]"))
    told = [{f.code for f in desk.heads().heads[0].findings}]
    desk.write("b.md", essay("B"))
    told.append({f.code for f in desk.heads().heads[0].findings})
    (desk.root / "articles/b.md").unlink()
    told.append({f.code for f in desk.heads().heads[0].findings})
    assert told == [{"A007", "A031", "A035"}, set(), {"A007", "A031", "A035"}]
    assert desk.known() == desk.anew()


def test_two_of_one_id_and_files_without_an_article(desk: Desk) -> None:
    desk.write("a.md", essay("A"))
    desk.write("b.md", essay("B", slug="a"))
    desk.write("bad.md", "---\ntitle: [\n---\n")
    heads = desk.heads()
    assert [head.title for head in heads.heads] == ["A"]
    assert [(f.code, f.where, f.severity) for f in heads.findings] == [
        ("A006", "articles/b.md", Severity.ERROR),
        ("A001", "articles/bad.md", Severity.ERROR),
    ]
    assert desk.known() == heads == desk.anew()


def test_a_file_that_cannot_be_read_is_told_each_time(desk: Desk) -> None:
    desk.write("big.md", b"x" * 6_000_000)
    desk.write("a.md", essay())
    assert [f.code for f in desk.heads().findings] == ["A001"]
    assert desk.known() == desk.anew()


def test_a_picture_with_the_same_size_and_time_is_another_one(desk: Desk) -> None:
    desk.write("a.md", essay(body="![p](p.png)"))
    desk.write("p.png", RED)
    settled(desk)
    desk.heads()
    path = desk.root / "articles/p.png"
    before = path.stat()
    settled(desk)
    path.write_bytes(BROKEN)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert [f.code for f in desk.heads().heads[0].findings] == ["A024"]
    assert desk.heads() == desk.anew()


def test_a_picture_that_was_only_touched_is_hashed_and_the_article_not_read(desk: Desk) -> None:
    desk.write("a.md", essay(body="![p](p.png)"))
    desk.write("p.png", RED)
    settled(desk)
    first = desk.heads()
    settled(desk)
    os.utime(desk.root / "articles/p.png")
    assert desk.known() == first
    settled(desk)
    assert desk.known() == first


def test_a_picture_written_just_before_is_never_known_by_its_stamp(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_watch, "TICK", 2_000_000_000)
    desk.write("a.md", essay(body="![p](p.png)"))
    desk.write("p.png", RED)
    desk.heads()
    assert '"p.png", "", null' in desk.index.read_text()
    desk.known()  # by its hash
    desk.write("p.png", BROKEN)
    assert desk.heads() == desk.anew()


def test_a_picture_that_was_led_out_of_the_publication(
    desk: Desk, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The file is the same, byte for byte and by its stamp; only where its folder lies is another."""
    outside = tmp_path_factory.mktemp("outside")
    desk.write("a.md", essay(body="![p](pictures/p.png)"))
    desk.write("pictures/p.png", RED)
    settled(desk)
    desk.heads()
    shutil.move(desk.root / "articles/pictures", outside / "pictures")
    (desk.root / "articles/pictures").symlink_to(outside / "pictures")
    assert [f.code for f in desk.heads().heads[0].findings] == ["A020"]
    assert desk.heads() == desk.anew()


HARMS: dict[str, Callable[[bytes], bytes]] = {
    "emptied": lambda _: b"",
    "cut": lambda data: data[: len(data) // 2],
    "another title": lambda data: data.replace(b'"A"', b'"B"'),
    "zeros": lambda data: b"\0" * len(data),
    "another body": lambda data: data[:64] + b"\n[]",
    "longer": lambda data: data + b" ",
}


@pytest.mark.parametrize("harm", HARMS.values(), ids=HARMS)
def test_a_damaged_index_costs_time_and_nothing_else(desk: Desk, harm: Callable[[bytes], bytes]) -> None:
    desk.write("a.md", essay("A"))
    first = desk.heads()
    desk.index.write_bytes(harm(desk.index.read_bytes()))
    assert desk.heads() == first
    assert desk.known() == first


def test_a_sealed_index_that_makes_no_sense_is_none(desk: Desk) -> None:
    desk.write("a.md", essay("A"))
    first = desk.heads()
    for body in (b"[]", b"3", b'{"a": 3}', b'{"a": [1]}', b'{"a": [1,1,1,[1],1,1,1,1,1,1,1]}'):
        seal = hashlib.sha256(b"fr True\0" + body).hexdigest().encode()
        desk.index.write_bytes(seal + b"\n" + body)
        assert desk.heads() == first


def test_a_cache_that_cannot_be_written(desk: Desk) -> None:
    desk.write("a.md", essay("A", "![p](p.png)"))
    desk.write("p.png", RED)
    (desk.root / "shelf").write_text("a file where the folder should be")
    assert desk.heads() == desk.anew() == desk.heads()


def test_other_settings_are_another_reading(desk: Desk) -> None:
    desk.write("a.md", "---\ntitle: L'un\n---\nText.\n")
    assert [(h.title, h.language) for h in desk.heads().heads] == [("L’un", "fr")]
    desk.typography = False
    assert [(h.title, h.language) for h in desk.heads().heads] == [("L'un", "fr")]
    desk.language = "en"
    assert [(h.title, h.language) for h in desk.heads().heads] == [("L'un", "en")]


def test_no_folder_is_no_head_and_no_index(desk: Desk) -> None:
    assert desk.heads() == Heads(heads=())
    assert not (desk.root / "shelf").exists()


def test_several_at_once_all_tell_the_truth(desk: Desk) -> None:
    """Each writes the whole index for itself; whoever reads meanwhile finds one of them."""
    for number in range(6):
        desk.write(f"{number}.md", essay(str(number)))
    wrong: list[Heads] = []

    def look(number: int) -> None:
        for turn in range(10):
            found = desk.heads()
            titles = [head.title.partition(".")[0] for head in found.heads]
            if titles != [str(each) for each in range(6)]:
                wrong.append(found)
            path = desk.root / "articles" / f"{number}.md"
            partial = path.with_suffix(f".{number}")
            partial.write_text(essay(f"{number}. {turn}"))
            partial.replace(path)

    threads = [threading.Thread(target=look, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert desk.heads() == desk.anew()


def test_names_that_are_not_unicode_and_files_that_are_links(desk: Desk) -> None:
    desk.write("a.md", essay("A"))
    desk.write(os.fsdecode(b"caf\xe9.md"), essay("B", "![p](p.png)"))
    desk.write("d/index.md", essay("D", "TODO"))
    (desk.root / "articles/e").symlink_to("d")
    (desk.root / "articles/f.md").symlink_to("a.md")
    (desk.root / "articles/g.md").symlink_to("g.md")
    first = desk.heads()
    assert first == desk.anew()
    assert desk.known() == first
    (desk.root / "articles/f.md").unlink()
    assert desk.heads() == desk.anew()
