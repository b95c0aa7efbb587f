"""Whether the pictures that an article names are still what they were when it was read.

A picture's bytes are not read again where its file has the same inode, size, time of change and time of
status change as before. That is safe: on a POSIX file system nobody can write to a file without the kernel
setting its status time, which no call can set back. What remains is a file written twice within one tick of
that clock, with our reading in between: so a file that changed less than two seconds before it was read, by
the clock of the file system (FAT's ticks are that long), is never known by its stamp, but hashed the next
time. The same rule has served git's index well. Editions are always made from the bytes.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol, TypeAlias

from briefpub.content.picture_files import locate, read
from briefpub.content.picture_remarks import Absence
from briefpub.content.real_places import RealPlace
from briefpub.domain.document import Image
from briefpub.domain.finding import Finding

TICK = 2_000_000_000
Stamp: TypeAlias = tuple[int, ...]


class PictureFinder(Protocol):
    """Finds and measures the pictures that articles name; never outside the publication."""

    def find(
        self, source: str, *, beside: Path, where: str, line: int | None
    ) -> tuple[Image | None, tuple[Finding, ...]]:
        """Give the picture, or the findings why there is none."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was there when an article named a picture: why no file, or the file's stamp and its SHA-256.

    Without a stamp the file had just changed; without a hash it was no picture.
    """

    source: str
    absent: str = ""
    stamp: Stamp | None = None
    sha256: str = ""


@dataclass(slots=True, kw_only=True)
class Watch:
    """Finds pictures as `finder` does and remembers what was there.

    `before` gives a moment, by the file system's clock, before which a picture must have been left alone.
    """

    root: Path
    finder: PictureFinder
    before: Callable[[], int]
    seen: list[Seen] = field(default_factory=list)

    def find(
        self, source: str, *, beside: Path, where: str, line: int | None
    ) -> tuple[Image | None, tuple[Finding, ...]]:
        """Give what the finder gives. What is remembered is from before it looked: a change shows later."""
        before = self.before()
        place = locate(source, root=self.root, beside=beside)
        stamp = None if isinstance(place, Absence) else _stamp(place, before)
        image, findings = self.finder.find(source, beside=beside, where=where, line=line)
        absent = place.value if isinstance(place, Absence) else ""
        self.seen.append(Seen(source, absent, stamp, image.sha256 if image else ""))
        return image, findings


def still(seen: Seen, *, root: Path, beside: Path, real: RealPlace, before: Callable[[], int]) -> Seen | None:
    """Give what is there now, where it is the same picture, or the same absence; else None."""
    place = locate(seen.source, root=root, beside=beside, real=real)
    if isinstance(place, Absence):
        return seen if seen.absent == place.value else None
    if seen.absent:
        return None
    if seen.stamp and seen.stamp == _stamp(place, None):
        return seen
    if not seen.sha256:
        return None
    stamp = _stamp(place, before())
    try:
        data = read(place)
    except OSError:
        return None
    if isinstance(data, Absence) or hashlib.sha256(data).hexdigest() != seen.sha256:
        return None
    return replace(seen, stamp=stamp)


def _stamp(place: Path, before: int | None) -> Stamp | None:
    """Give what tells a file's bytes apart from all it held before, or None where nothing does."""
    try:
        state = place.stat()
    except OSError:
        return None
    if before is not None and max(state.st_mtime_ns, state.st_ctime_ns) + TICK >= before:
        return None
    # Whether we may read it is no property of the file alone: another user may stand here next time.
    may = int(os.access(place, os.R_OK))
    return state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns, may
