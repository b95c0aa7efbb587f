import errno
import mailbox
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from works import SOON, Works, a_message

from briefpub.domain.audience import InDoubt
from briefpub.domain.delivery import Message
from briefpub.domain.errors import StoreError, TransportError
from briefpub.domain.replies import Outcome
from briefpub.transport.maildir import Maildir


def carried(root: Path, *sent: Message, group: int = 100, **work: Any) -> Works:
    works = Works(sent, **work)
    with Maildir(root, group).opened("weekly/001") as way:
        way.carry(works)
    return works


def box(root: Path, name: str = "new") -> list[str]:
    return sorted(path.name for path in (root / "weekly/001/maildir" / name).iterdir())


def test_each_message_is_one_file_any_mail_program_reads(tmp_path: Path) -> None:
    work = carried(tmp_path, a_message(1), a_message(2))
    assert set(work.outcomes.values()) == {Outcome.ACCEPTED}
    read = mailbox.Maildir(tmp_path / "weekly/001/maildir", create=False)
    assert sorted(message["Subject"] for message in read) == ["Bread 1", "Bread 2"]
    assert box(tmp_path, "tmp") == []
    first = tmp_path / "weekly/001/maildir/new/weekly.001.1.8c1d0a4e@example.org"
    assert first.read_bytes() == a_message(1).data.replace(b"\r\n", b"\n")


def test_a_group_is_two_commits(tmp_path: Path) -> None:
    work = carried(tmp_path, *(a_message(number) for number in range(1, 6)), group=3)
    assert work.log == [("record", [1, 2, 3]), ("record", []), ("record", [4, 5]), ("record", [])]


def test_sending_again_is_the_same_as_once(tmp_path: Path) -> None:
    for _ in range(3):
        carried(tmp_path, a_message())
    assert len(box(tmp_path)) == 1
    assert Maildir(tmp_path).in_doubt is InDoubt.RESEND


def test_a_message_that_was_read_is_not_delivered_again(tmp_path: Path) -> None:
    carried(tmp_path, a_message())
    folder = tmp_path / "weekly/001/maildir"
    (folder / "new" / box(tmp_path)[0]).rename(folder / "cur" / f"{box(tmp_path)[0]}:2,S")
    assert set(carried(tmp_path, a_message(), a_message(2)).outcomes.values()) == {Outcome.ACCEPTED}
    assert box(tmp_path) == ["weekly.001.2.8c1d0a4e@example.org"]
    assert box(tmp_path, "tmp") == []


def test_what_is_no_longer_ours_is_not_put_in_place(tmp_path: Path) -> None:
    def look(handed: Sequence[int], ended: Sequence[object]) -> None:
        if handed:
            assert len(box(tmp_path, "tmp")) == 2
            assert box(tmp_path) == []

    work = carried(tmp_path, a_message(1), a_message(2), grants=lambda number: number == 1, on_record=look)
    assert work.outcomes == {1: Outcome.ACCEPTED}
    assert work.back_ids == [2]
    assert box(tmp_path) == ["weekly.001.1.8c1d0a4e@example.org"]
    assert box(tmp_path, "tmp") == []


def test_a_moment_is_waited_for(tmp_path: Path) -> None:
    works = Works([a_message(1), Works().at + SOON, a_message(2), Works().at + SOON])
    with Maildir(tmp_path).opened("weekly/001") as way:
        way.carry(works)
    assert set(works.outcomes) == {1, 2}


def test_no_message_id_leads_out_of_the_folder(tmp_path: Path) -> None:
    carried(tmp_path, a_message(message_id="<../../x:2,S@e/vil>"))
    assert box(tmp_path) == ["..%2F..%2Fx%3A2%2CS@e%2Fvil"]


def test_a_maildir_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "weekly").write_text("a file in the way")
    with pytest.raises(TransportError) as caught:
        carried(tmp_path, a_message())
    assert caught.value.hint


def test_a_failing_ledger_puts_nothing_in_place(tmp_path: Path) -> None:
    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    with pytest.raises(StoreError):
        carried(tmp_path, a_message(), on_record=full)
    assert box(tmp_path) == box(tmp_path, "tmp") == []


@pytest.mark.parametrize("step", ["open", "replace"])
def test_a_full_disk_is_told_and_loses_nothing(
    tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = Works([a_message(1), a_message(2)])

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with Maildir(tmp_path).opened("weekly/001") as way, monkeypatch.context() as patch:
        patch.setattr(Path, step, full)
        with pytest.raises(TransportError, match="no space left"):
            way.carry(works)
    assert works.accounted == [1, 2]
    assert Outcome.ACCEPTED not in works.outcomes.values()
    assert box(tmp_path) == box(tmp_path, "tmp") == []


def test_a_maildir_is_opened_first(tmp_path: Path) -> None:
    with pytest.raises(TransportError, match="not opened"):
        Maildir(tmp_path).carry(Works([a_message()]))
