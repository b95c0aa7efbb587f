import errno
import mailbox
from pathlib import Path

import pytest
from builders import NOW

from briefpub.domain.delivery import InDoubt, Message, Outcome
from briefpub.domain.errors import TransportError
from briefpub.transport.maildir import Maildir


def a_message(number: int = 1, words: str = "Bread") -> Message:
    return Message(
        delivery=number,
        message_id=f"<weekly.001.{number}.8c1d0a4e@example.org>",
        envelope_from="weekly@example.org",
        envelope_to=f"reader{number}@example.org",
        data=f"Subject: {words}\r\n\r\nIt rises.\r\n".encode(),
    )


def yes() -> bool:
    return True


def send(root: Path, *messages: Message) -> list[Outcome]:
    with Maildir(root).opened("weekly/001") as transport:
        return [transport.send(message, hand=yes, now=lambda: NOW).outcome for message in messages]


def new(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "weekly/001/maildir/new").iterdir())


def test_each_message_is_one_file_any_mail_program_reads(tmp_path: Path) -> None:
    assert send(tmp_path, a_message(1), a_message(2, "Salt")) == [Outcome.ACCEPTED] * 2
    box = mailbox.Maildir(tmp_path / "weekly/001/maildir", create=False)
    assert sorted(message["Subject"] for message in box) == ["Bread", "Salt"]
    assert list((tmp_path / "weekly/001/maildir/tmp").iterdir()) == []
    first = tmp_path / "weekly/001/maildir/new/weekly.001.1.8c1d0a4e@example.org"
    assert first.read_bytes() == b"Subject: Bread\n\nIt rises.\n"


def test_sending_again_is_the_same_as_once(tmp_path: Path) -> None:
    for _ in range(3):
        send(tmp_path, a_message())
    assert len(new(tmp_path)) == 1
    assert Maildir(tmp_path).in_doubt is InDoubt.RESEND


def test_a_message_that_was_read_is_not_delivered_again(tmp_path: Path) -> None:
    send(tmp_path, a_message())
    box = tmp_path / "weekly/001/maildir"
    (box / "new" / new(tmp_path)[0]).rename(box / "cur" / f"{new(tmp_path)[0]}:2,S")
    assert send(tmp_path, a_message(), a_message(2)) == [Outcome.ACCEPTED] * 2
    assert new(tmp_path) == ["weekly.001.2.8c1d0a4e@example.org"]
    assert list((box / "tmp").iterdir()) == []


def test_what_is_no_longer_ours_is_not_put_in_place(tmp_path: Path) -> None:
    def refuse() -> bool:
        assert len(list((tmp_path / "weekly/001/maildir/tmp").iterdir())) == 1
        assert new(tmp_path) == []
        return False

    with Maildir(tmp_path).opened("weekly/001") as transport:
        attempt = transport.send(a_message(), hand=refuse, now=lambda: NOW)
    assert attempt.outcome is Outcome.DEFERRED
    assert new(tmp_path) == []
    assert list((tmp_path / "weekly/001/maildir/tmp").iterdir()) == []


def test_no_message_id_leads_out_of_the_folder(tmp_path: Path) -> None:
    hostile = Message(
        delivery=1, message_id="<../../x:2,S@e/vil>", envelope_from="", envelope_to="", data=b"\r\n"
    )
    send(tmp_path, hostile)
    assert new(tmp_path) == ["..%2F..%2Fx%3A2%2CS@e%2Fvil"]


def test_a_maildir_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "weekly").write_text("a file in the way")
    with pytest.raises(TransportError) as caught:
        send(tmp_path, a_message())
    assert caught.value.hint


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    def full() -> bool:
        raise OSError(errno.ENOSPC, "No space left on device")

    with (
        Maildir(tmp_path).opened("weekly/001") as transport,
        pytest.raises(TransportError, match="no space left"),
    ):
        transport.send(a_message(), hand=full, now=lambda: NOW)
    assert new(tmp_path) == []
    assert list((tmp_path / "weekly/001/maildir/tmp").iterdir()) == []


def test_a_maildir_is_opened_first(tmp_path: Path) -> None:
    with pytest.raises(TransportError, match="not opened"):
        Maildir(tmp_path).send(a_message(), hand=yes, now=lambda: NOW)
