"""Messages of an erased person leave the outbox, and nobody else's do."""

from pathlib import Path

import pytest

from briefpub.outbox import forget_messages


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / "weekly" / "001" / "maildir" / name).mkdir(parents=True)
        (tmp_path / "letters" / "maildir" / name).mkdir(parents=True)
    return tmp_path


def put(path: Path, to: str) -> Path:
    path.write_bytes(f"From: w@example.org\nTo: {to}\n\nDear ana@example.org,\n".encode())
    return path


def test_a_file_is_found_by_its_name_wherever_a_mail_program_moved_it(outbox: Path) -> None:
    folder = outbox / "weekly" / "001" / "maildir"
    names = ["weekly.001.42.0123abcd@example.org", "weekly.001.4.0123abcd@example.org"]
    gone = [put(folder / "new" / names[0], "x@y.z"), put(folder / "cur" / f"{names[0]}:2,S", "x@y.z")]
    kept = [put(folder / "new" / names[1], "ana@example.org")]
    assert forget_messages(outbox, ["weekly.001.42.0123abcd"], ["ana@example.org"]) == 2
    assert not any(path.exists() for path in gone)
    assert all(path.exists() for path in kept)
    assert forget_messages(outbox, ["weekly.001.42.0123abcd"], ["ana@example.org"]) == 0


@pytest.mark.parametrize("to", ["Ana@Example.org", "Ana <ana@example.org>", "x@y.z,\n ana@example.org"])
def test_a_file_of_another_name_is_found_by_whom_it_is_addressed_to(outbox: Path, to: str) -> None:
    path = put(outbox / "letters" / "maildir" / "new" / "odd", to)
    assert forget_messages(outbox, [], ["ana@example.org"]) == 1
    assert not path.exists()


@pytest.mark.parametrize("to", ["johana@example.org", "ana@example.orgy", "x.ana@example.org"])
def test_somebody_with_a_like_address_stays(outbox: Path, to: str) -> None:
    path = put(outbox / "letters" / "maildir" / "new" / "odd", to)
    assert forget_messages(outbox, [], ["ana@example.org", ""]) == 0
    assert path.exists()


def test_no_outbox_holds_nothing(tmp_path: Path) -> None:
    assert forget_messages(tmp_path / "outbox", ["a"], ["b@c.org"]) == 0


def test_messages_of_a_gathering_are_named_like_any(outbox: Path) -> None:
    folder = outbox / "weekly" / "monthly-001" / "maildir" / "new"
    folder.mkdir(parents=True)
    gone = put(folder / "weekly.monthly-001.42.0123abcd@example.org", "ana@example.org")
    kept = put(folder / "weekly.monthly-001.4.0123abcd@example.org", "ana@example.org")
    assert forget_messages(outbox, ["weekly.monthly-001.42.0123abcd"], ["ana@example.org"]) == 1
    assert (gone.exists(), kept.exists()) == (False, True)
