"""The maildir transport: each message one file beside the frozen issue, readable with any mail program.

A message's file is named by its Message-ID and put in place by a rename, so handing it over twice is the
same as once: what was in doubt after a crash may be sent again.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Self
from urllib.parse import quote

from briefpub.domain.delivery import Attempt, InDoubt, Message, Outcome
from briefpub.domain.errors import TransportError
from briefpub.kit.safeio import make_folder


@dataclass(frozen=True, slots=True)
class Maildir:
    """Maildirs under `root`, the outbox: `weekly/001/maildir/` holds the messages of that issue."""

    root: Path
    _folder: Path | None = None
    _read: frozenset[str] = field(default=frozenset())

    @property
    def in_doubt(self) -> InDoubt:
        """Send it again: the file it makes is the same one."""
        return InDoubt.RESEND

    @contextmanager
    def opened(self, issue: str) -> Iterator[Self]:
        """Make the issue's maildir; raises TransportError when it cannot be made."""
        folder = self.root.joinpath(*issue.split("/")) / "maildir"
        try:
            for name in ("tmp", "new", "cur"):
                make_folder(folder / name)
            # What a mail program has moved to cur/ was delivered; its flags follow a colon.
            read = frozenset(entry.name.partition(":")[0] for entry in (folder / "cur").iterdir())
        except OSError as error:
            raise _trouble(error, folder) from error
        yield replace(self, _folder=folder, _read=read)

    def send(self, message: Message, *, hand: Callable[[], bool], now: Callable[[], datetime]) -> Attempt:
        """Write one message to tmp/ and rename it into new/; raises TransportError when it cannot."""
        if self._folder is None:
            raise TransportError("the maildir was not opened for an issue", where=str(self.root))
        name = quote(message.message_id.strip("<>"), safe="@.-")
        partial, final = self._folder / "tmp" / name, self._folder / "new" / name
        try:
            with partial.open("wb") as file:
                # Mail programs expect the lines of a maildir to end as the machine's own text does.
                file.write(message.data.replace(b"\r\n", b"\n"))
                file.flush()
                os.fsync(file.fileno())
            if not hand():
                partial.unlink()
                return Attempt(at=now(), outcome=Outcome.DEFERRED, reply="no longer ours to send")
            if name in self._read:
                partial.unlink()
            else:
                partial.replace(final)
                _sync(final.parent)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise _trouble(error, self._folder) from error
        return Attempt(at=now(), outcome=Outcome.ACCEPTED, reply=f"maildir/new/{name}")


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _trouble(error: OSError, folder: Path) -> TransportError:
    return TransportError(
        f"the maildir cannot be written: {(error.strerror or str(error)).lower()}",
        where=str(folder),
        hint="make room on the disk, or check the folder's rights; running again goes on where it stopped",
    )
