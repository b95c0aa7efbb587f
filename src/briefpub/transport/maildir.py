"""The maildir transport: each message one file beside the frozen issue, readable with any mail program.

A message's file is named by its Message-ID and put in place by a rename, so handing it over twice is the
same as once: what was in doubt after a crash may be sent again.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self
from urllib.parse import quote

from briefpub.domain.audience import InDoubt
from briefpub.domain.delivery import Attempt, Delivery, Message
from briefpub.domain.errors import TransportError
from briefpub.domain.replies import Outcome
from briefpub.kit.safeio import make_folder
from briefpub.transport.work import Work

SITE = "maildir"
# Two commits for so many messages.
GROUP = 100
TURN = 1.0


@dataclass(frozen=True, slots=True)
class Maildir:
    """Maildirs under `root`, the outbox: `weekly/001/maildir/` holds the messages of that issue."""

    root: Path
    group: int = GROUP
    _folder: Path | None = None
    _read: frozenset[str] = field(default=frozenset())

    @property
    def in_doubt(self) -> InDoubt:
        """Send it again: the file it makes is the same one."""
        return InDoubt.RESEND

    def site(self, delivery: Delivery) -> str:  # noqa: ARG002 - one folder receives everything
        """Name the one place that receives."""
        return SITE

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

    def carry(self, work: Work) -> None:
        """Write messages to tmp/ in groups, and rename each group into new/ once the ledger has said yes.

        Raises TransportError when a file cannot be written; what was not put in place is given back.
        """
        if self._folder is None:
            raise TransportError("the maildir was not opened for an issue", where=str(self.root))
        while messages := self._taken(work):
            try:
                granted = self._written(self._folder, messages, work)
                self._placed(self._folder, [one for one in messages if one.delivery in granted], work)
            finally:
                for message in messages:
                    _partial(self._folder, message).unlink(missing_ok=True)

    def _taken(self, work: Work) -> list[Message]:
        messages: list[Message] = []
        while len(messages) < self.group:
            match work.next():
                case None:
                    break
                case Message() as message:
                    messages.append(message)
                case moment:
                    if messages:
                        break
                    pause = (moment - work.now()).total_seconds()
                    time.sleep(min(max(pause, 0.01), TURN))
        return messages

    def _written(self, folder: Path, messages: Sequence[Message], work: Work) -> frozenset[int]:
        """Write a group beside its place, and give the ids that may be put there; the rest goes back."""
        ids = [message.delivery for message in messages]
        try:
            for message in messages:
                with _partial(folder, message).open("wb") as file:
                    # Mail programs expect the lines of a maildir to end as the machine's own text does.
                    file.write(message.data.replace(b"\r\n", b"\n"))
                    file.flush()
                    os.fsync(file.fileno())
        except OSError as error:
            work.back(ids)
            raise _trouble(error, folder) from error
        granted = work.record(ids, [])
        if refused := [id for id in ids if id not in granted]:
            work.back(refused)
        return granted

    def _placed(self, folder: Path, messages: Sequence[Message], work: Work) -> None:
        """Put a group in its place, and write down that it is there."""
        outcome, trouble = Outcome.ACCEPTED, None
        try:
            for message in messages:
                if _name(message) not in self._read:
                    _partial(folder, message).replace(folder / "new" / _name(message))
            _sync(folder / "new")
        except OSError as error:
            # Which of them are there for good is not known; putting them there again is the same as once.
            outcome, trouble = Outcome.DEFERRED, _trouble(error, folder)
        if messages:
            work.record([], [(one.delivery, _attempt(one, outcome, work)) for one in messages])
        if trouble:
            raise trouble


def _name(message: Message) -> str:
    return quote(message.message_id.strip("<>"), safe="@.-")


def _partial(folder: Path, message: Message) -> Path:
    return folder / "tmp" / _name(message)


def _attempt(message: Message, outcome: Outcome, work: Work) -> Attempt:
    return Attempt(at=work.now(), outcome=outcome, reply=f"maildir/new/{_name(message)}")


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
