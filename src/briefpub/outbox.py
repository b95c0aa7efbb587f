"""The outbox: an issue's editions frozen on disk, whole or absent, and proved by their manifest."""

import errno
import hashlib
import itertools
import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from briefpub.domain.errors import Conflict, OutboxError
from briefpub.domain.issue import Edition, Frozen
from briefpub.domain.manifest import MANIFEST
from briefpub.domain.proof import checked_key, proved
from briefpub.kit.safeio import lock_file, move_folder, sweep, write_folder

WITHDRAWN = "withdrawn"
LOCK = ".lock"
PATIENCE = 60.0
AGAIN = 0.05
# A delivery's file: list, issue, subscriber and manifest, as `message_id_ends` writes them.
NAMED = re.compile(r"[a-z0-9-]+\.(?:[a-z]+-)?[0-9]+\.[0-9]+\.[0-9a-f]{8}@")


@dataclass(frozen=True, slots=True)
class OutboxFolder:
    """The folder `outbox/` of a publication: `<list>/<issue>/` holds what was frozen."""

    root: Path

    def freeze(self, key: str, *, editions: Sequence[Edition], manifest: bytes) -> Frozen:
        """Write an issue's folder in one rename; a frozen issue of the same bytes is left as it is.

        Raises Conflict when other bytes are frozen there, OutboxError when it cannot be written.
        """
        folder = self._folder(key)
        there = self.frozen(key)
        if there is None:
            files = {edition.format.file_name: edition.data for edition in editions}
            files |= {picture.path: picture.data for edition in editions for picture in edition.pictures}
            with _alone(folder.parent), _translated(folder):
                sweep(folder.parent)  # what a killed writer left
                if self.frozen(key) is None:
                    write_folder(folder, {**files, MANIFEST: manifest})
            there = self.frozen(key)
        if there is None or there.manifest != manifest:
            raise Conflict(
                "other bytes are frozen there",
                where=str(folder),
                hint="what was frozen is never changed: mend it in the next issue, or move the folder away",
            )
        return there

    def frozen(self, key: str) -> Frozen | None:
        """Give a frozen issue; raise OutboxError when a file is not what the manifest says."""
        folder = self._folder(key)
        with _translated(folder):
            try:
                manifest = (folder / MANIFEST).read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                return None

        def read(name: str) -> bytes:
            with _translated(folder / name):
                return (folder / name).read_bytes()

        return proved(key, folder=str(folder), manifest=manifest, read=read)

    def withdraw(self, key: str) -> str:
        """Move what was frozen of an issue out of the way, and give where it is; nothing where nothing was.

        Only for an issue that nobody was mailed. Raises OutboxError.
        """
        frozen = self.frozen(key)
        if frozen is None:
            return ""
        folder = self._folder(key)
        kept = folder.parent / WITHDRAWN / f"{folder.name}-{hashlib.sha256(frozen.manifest).hexdigest()[:12]}"
        with _alone(folder.parent), _translated(folder):
            if kept.exists():  # the same bytes were withdrawn before
                kept = kept.with_name(f"{kept.name}-{len(list(kept.parent.iterdir()))}")
            move_folder(folder, kept)
        return str(kept)

    def _folder(self, key: str) -> Path:
        slug, issue = checked_key(key, where=str(self.root))
        return self.root / slug / issue


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Be the only one who writes into a list's folder; raises OutboxError where another one goes on for long.

    A schedule's run and a person may freeze at once, and a writer at work looks like one that was killed.
    """
    until = time.monotonic() + PATIENCE
    with ExitStack() as stack:
        while True:
            try:
                with _translated(folder):
                    stack.enter_context(lock_file(folder / LOCK))
                break
            except OutboxError as error:
                if not isinstance(error.__cause__, BlockingIOError):
                    raise
                if time.monotonic() >= until:
                    raise OutboxError(
                        "another process writes into this folder", where=str(folder), hint="try again later"
                    ) from error
            time.sleep(AGAIN)
        yield


def forget_messages(root: Path, names: Sequence[str], addresses: Sequence[str]) -> int:
    """Remove a person's messages from every maildir under the outbox `root`; give how many there were.

    `names` is what stands before the @ in their Message-IDs: a file is named by its own. One that is not
    named as a delivery of this outbox is read, and removed where its header holds one of `addresses`.
    Raises OutboxError.
    """
    known = {quote(name, safe="@.-") for name in names}
    words = "|".join(re.escape(address.casefold()) for address in addresses if address)
    sought = re.compile(rf"(?<![\w.+-])(?:{words})(?![\w-])") if words else None
    removed = 0
    for folder in (path for path in sorted(root.glob("**/maildir/*/")) if path.name in {"new", "cur", "tmp"}):
        with _translated(folder):
            gone = 0
            for entry in os.scandir(folder):
                if not entry.is_file(follow_symlinks=False):
                    continue
                theirs = entry.name.partition("@")[0] in known
                if not theirs and sought is not None and not NAMED.match(entry.name):
                    theirs = bool(sought.search(_header_of(entry.path)))
                if theirs:
                    Path(entry.path).unlink(missing_ok=True)
                    gone += 1
            if gone:
                descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
            removed += gone
    return removed


def _header_of(path: str) -> str:
    """Give a message's header (RFC 5322 2.2) as one text, for searching."""
    with Path(path).open("rb") as file:
        lines = itertools.takewhile(bytes.strip, file)
        return b"".join(lines).decode("utf-8", "replace").casefold()


HINTS = {
    errno.ENOSPC: "the disk is full: make room and run the command again",
    errno.EDQUOT: "your quota is used up: make room and run the command again",
    errno.EACCES: "may you write there? check the folder's rights",
    errno.EPERM: "may you write there? check the folder's rights",
    errno.EROFS: "the disk is mounted read-only",
    errno.ENOENT: "the file is missing: restore the folder from a backup",
    errno.ENOTDIR: "a file stands where a folder is needed: move it away",
    errno.ENOTEMPTY: "a folder without a manifest stands there: move it away",
    errno.EEXIST: "a file stands where a folder is needed: move it away",
}


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutboxError(
            f"{error.strerror or error}".lower(),
            where=str(path),
            hint=HINTS.get(error.errno or 0, "check the disk and the folder"),
        ) from error
