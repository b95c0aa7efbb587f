"""Files and folders are whole or absent, whatever fails on the way."""

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from briefpub.kit import safeio

FILES = {"a.txt": b"one", "deep/b.txt": b"two", "deep/er/c.bin": bytes(range(256))}


def everything(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@contextmanager
def full_disk(after: int) -> Iterator[None]:
    """Let no file grow beyond `after` bytes: the kernel itself refuses, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (after, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def refuse_fsync(monkeypatch: pytest.MonkeyPatch, *, at: int) -> None:
    calls = 0

    def fsync(descriptor: int) -> None:
        nonlocal calls
        calls += 1
        if calls >= at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fsync)


@pytest.mark.parametrize("write", [safeio.write_file, safeio.place_file])
def test_a_file_is_written_and_replaced(tmp_path: Path, write: Callable[[Path, bytes], None]) -> None:
    path = tmp_path / "new" / "deeper" / "x.bin"
    write(path, b"first")
    write(path, b"second, longer")
    assert path.read_bytes() == b"second, longer"
    assert everything(tmp_path) == {"new/deeper/x.bin": b"second, longer"}


@pytest.mark.parametrize("write", [safeio.write_file, safeio.place_file])
def test_a_full_disk_leaves_the_old_file(tmp_path: Path, write: Callable[[Path, bytes], None]) -> None:
    path = tmp_path / "x.bin"
    write(path, b"old")
    with full_disk(1000), pytest.raises(OSError) as caught:
        write(path, b"n" * 100_000)
    assert caught.value.errno == errno.EFBIG
    assert everything(tmp_path) == {"x.bin": b"old"}


def test_a_refused_fsync_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.bin"
    safeio.write_file(path, b"old")
    refuse_fsync(monkeypatch, at=1)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        safeio.write_file(path, b"new")
    assert everything(tmp_path) == {"x.bin": b"old"}


def test_the_file_mode_follows_the_umask(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        safeio.write_file(tmp_path / "x", b"")
    finally:
        os.umask(old)
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o640


def test_a_name_of_255_bytes_can_be_written(tmp_path: Path) -> None:
    safeio.write_file(tmp_path / ("n" * 255), b"x")
    assert (tmp_path / ("n" * 255)).read_bytes() == b"x"


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    safeio.write_folder(tmp_path / "list" / "001", FILES)
    assert everything(tmp_path / "list" / "001") == FILES
    assert [p.name for p in (tmp_path / "list").iterdir()] == ["001"]


@pytest.mark.parametrize("at", range(1, 7))
def test_a_folder_is_absent_when_any_step_before_the_rename_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    # six syncs: three files, three folders
    refuse_fsync(monkeypatch, at=at)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        safeio.write_folder(tmp_path / "001", FILES)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_absent_when_the_disk_is_full(tmp_path: Path) -> None:
    with full_disk(1000), pytest.raises(OSError):
        safeio.write_folder(tmp_path / "001", {"small": b"s", "zlarge": b"n" * 100_000})
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_never_touched(tmp_path: Path) -> None:
    safeio.write_folder(tmp_path / "001", FILES)
    with pytest.raises(OSError):
        safeio.write_folder(tmp_path / "001", {"a.txt": b"other"})
    assert everything(tmp_path / "001") == FILES
    assert [p.name for p in tmp_path.iterdir()] == ["001"]


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "", ".", "a//b", "a/", "nul\0"])
def test_a_name_that_leads_out_is_refused_before_anything_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="leads out"):
        safeio.write_folder(tmp_path / "001", {"ok": b"", name: b"x"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("write", [safeio.write_file, safeio.place_file])
def test_a_folder_that_cannot_be_written_passes_the_oserror_on(
    tmp_path: Path, write: Callable[[Path, bytes], None]
) -> None:
    (tmp_path / "file").write_bytes(b"not a folder")
    with pytest.raises(OSError):
        write(tmp_path / "file" / "x", b"x")
    with pytest.raises(OSError):
        safeio.write_folder(tmp_path / "file" / "x", FILES)
    assert everything(tmp_path) == {"file": b"not a folder"}


def test_sweep_removes_what_a_crash_left_and_nothing_else(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, sys; from briefpub.kit import safeio\n"
        "os.fsync = lambda fd: os._exit(9)\n"
        "getattr(safeio, sys.argv[1])(pathlib.Path(sys.argv[2]), {'a': b'x'} if 'folder' in sys.argv[1] else b'x')"
    )
    for verb in ("write_file", "write_folder"):
        ended = subprocess.run([sys.executable, "-c", code, verb, str(tmp_path / verb)], check=False)
        assert ended.returncode == 9
    (tmp_path / ".hidden").write_bytes(b"mine")
    (tmp_path / "kept.partial").write_bytes(b"mine")
    assert len(safeio.sweep(tmp_path)) == 2
    assert everything(tmp_path) == {".hidden": b"mine", "kept.partial": b"mine"}
    assert safeio.sweep(tmp_path) == ()
    assert safeio.sweep(tmp_path / "absent") == ()


def test_a_lock_keeps_others_out_until_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "new" / "lock"
    code = (
        "import pathlib, sys; from briefpub.kit import safeio\n"
        "with safeio.lock_file(pathlib.Path(sys.argv[1])): print('in')"
    )

    def other() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False
        )

    with safeio.lock_file(path):
        refused = other()
        assert refused.returncode == 1
        assert "BlockingIOError" in refused.stderr
        with pytest.raises(BlockingIOError), safeio.lock_file(path):
            pytest.fail("two holders in one process")
    assert other().stdout == "in\n"
    with pytest.raises(RuntimeError), safeio.lock_file(path):
        raise RuntimeError
    assert other().stdout == "in\n"
