"""Write files and folders that are whole or absent, and hold a lock between processes.

Durable means: a temporary name in the same folder, fsync, rename, fsync the folder. Every OSError passes on
to the caller once the temporary is removed; a crash leaves at most a hidden name that `sweep` takes away.
"""

import contextlib
import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

PARTIAL = re.compile(r"\.[0-9a-f]{16}\.partial")


def write_file(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that even after a crash it holds the old bytes or the new, never a part.

    Missing folders are made. Raises OSError.
    """
    make_folder(path.parent)
    partial = _partial_beside(path)
    try:
        _write_new(partial, data)
        partial.replace(path)
    except BaseException:
        _discard(partial)
        raise
    _sync_folder(path.parent)


def place_file(path: Path, data: bytes) -> None:
    """Write `data` to `path` whole or not at all, without waiting for the disk.

    For what can be made again, such as a cache: no other process ever sees a part of it, but a power cut
    may lose it or damage it. Missing folders are made. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = _partial_beside(path)
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except BaseException:
        _discard(partial)
        raise


def write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Write a whole folder in one rename; names are relative and may hold `/`.

    Raises OSError, among others when `path` is there already and not empty, and ValueError for a name that
    leads out of the folder.
    """
    for name in files:
        _check_name(name)
    make_folder(path.parent)
    partial = _partial_beside(path)
    try:
        partial.mkdir()
        for name in sorted(files):
            file = partial / name
            file.parent.mkdir(parents=True, exist_ok=True)
            _write_new(file, files[name])
        for folder, _, _ in os.walk(partial, topdown=False):
            _sync_folder(Path(folder))
        partial.rename(path)
    except BaseException:
        _discard(partial)
        raise
    _sync_folder(path.parent)


def move_folder(path: Path, to: Path) -> None:
    """Move a folder within its file system, for good. Raises OSError."""
    make_folder(to.parent)
    path.rename(to)
    _sync_folder(path.parent)
    _sync_folder(to.parent)


def make_folder(path: Path) -> None:
    """Make a folder and those above it that are missing, each of them durable. Raises OSError."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(exist_ok=True)
    _sync_folder(path.parent)


def sweep(parent: Path) -> tuple[Path, ...]:
    """Remove what crashed writers left directly in `parent`, and give what was removed.

    Call it while holding the lock under which `parent` is written: a writer at work looks just the same.
    Raises OSError.
    """
    if not parent.is_dir():
        return ()
    left = tuple(sorted(entry for entry in parent.iterdir() if PARTIAL.fullmatch(entry.name)))
    for entry in left:
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink(missing_ok=True)
    return left


@contextlib.contextmanager
def lock_file(path: Path) -> Iterator[None]:
    """Hold `path` against every other process (flock) until the block ends, however it ends.

    Raises BlockingIOError at once when another holds it, OSError when it cannot be opened. The file stays:
    removing it would let two holders in.
    """
    make_folder(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def _partial_beside(path: Path) -> Path:
    # The final name is left out: with it, a name of 255 bytes would become too long.
    return path.parent / f".{secrets.token_hex(8)}.partial"


def _write_new(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _discard(partial: Path) -> None:
    with contextlib.suppress(OSError):
        if partial.is_dir():
            shutil.rmtree(partial)
        else:
            partial.unlink(missing_ok=True)


def _check_name(name: str) -> None:
    parts = name.split("/")
    if PurePosixPath(name).is_absolute() or any(part in {"", ".", ".."} or "\0" in part for part in parts):
        raise ValueError(f"a name that leads out of its folder: {name!r}")
