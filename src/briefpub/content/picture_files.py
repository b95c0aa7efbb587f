"""Find the file that a picture's source names, below the publication, and tell its kind from its bytes."""

import errno
import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from briefpub.content.picture_remarks import Absence
from briefpub.content.real_places import RealPlace

MOST_BYTES = 60_000_000
CODED_END = re.compile(rb"\xff[^\x00\xd0-\xd7]", re.DOTALL)
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")


def locate(source: str, *, root: Path, beside: Path, real: RealPlace = os.path.realpath) -> Path | Absence:
    """Give the file that `source` names, or why there is none; nothing is fetched.

    `source` is taken as the author wrote it, percent-decoded, without a query, and in both normal forms of
    Unicode; a leading slash means `root`, else it stands beside the article. What resolves to a place
    outside `root`, by dots or by symbolic links, is OUTSIDE whether it exists or not. `real` follows links.
    """
    scheme = SCHEME.match(source)
    if source.startswith("//") or (scheme and scheme[1].lower() not in {"file", "data"}):
        return Absence.REMOTE
    if scheme:
        return Absence.EMBEDDED if scheme[1].lower() == "data" else Absence.OUTSIDE
    # By strings, for every picture of every article is looked for each time, and pathlib takes its time.
    floor = real(str(root))
    below = os.path.join(floor, "")  # noqa: PTH118
    outside = False
    for name in _names(source):
        start = Path(floor) if name.startswith("/") else beside
        try:
            place = real(str(start / name.lstrip("/")))
            mode = _mode(place)
        except (OSError, ValueError):  # NUL, a circle of links
            continue
        if place != floor and not place.startswith(below):
            outside = True
        elif stat.S_ISREG(mode):
            return Path(place)
    return Absence.OUTSIDE if outside else Absence.MISSING


def _mode(place: str) -> int:
    """Give the mode of what is there, 0 for nothing; raises OSError for a circle of links alone."""
    try:
        return os.stat(place).st_mode  # noqa: PTH116
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise
        return 0


def read(path: Path) -> bytes | Absence:
    """Give the bytes of a regular file of at most MOST_BYTES, or why not. Raises OSError."""
    # O_NONBLOCK: a name that became a pipe since must not hold us up for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            return Absence.MISSING
        # By its own size first: a buffer for the largest of all pictures takes longer to make than to fill.
        data = b"" if state.st_size > MOST_BYTES else file.read(state.st_size + 1)
        if len(data) > state.st_size:  # it grew meanwhile
            data += file.read(MOST_BYTES + 1 - len(data))
    return Absence.LARGE if state.st_size > MOST_BYTES or len(data) > MOST_BYTES else data


def kind_of(data: bytes) -> str:
    """Give the kind that the first bytes of a picture tell, in Pillow's words, or nothing."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return "TIFF"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp" and (b"avif" in data[8:40] or b"avis" in data[8:40]):
        return "AVIF"
    return ""


def is_bare_jpeg(data: bytes) -> bool:
    """Say whether a JPEG is baseline and holds its picture and nothing else: no metadata, no tail.

    ITU-T T.81, annex B: the segments allowed are those that decoding needs, and JFIF's own APP0.
    """
    position = 2
    while data[position : position + 1] == b"\xff" and len(data) > position + 4:
        marker = data[position + 1]
        if marker not in {0xC0, 0xC4, 0xDA, 0xDB, 0xDD, 0xE0}:
            return False
        length = int.from_bytes(data[position + 2 : position + 4], "big")
        if marker == 0xE0 and (data[position + 4 : position + 9] != b"JFIF\0" or length != 16):
            return False
        position += 2 + length
        if marker == 0xDA:
            # In coded data FF is followed by 00 or a restart mark: the next other mark must be the end.
            end = CODED_END.search(data, position)
            return end is not None and end.start() == len(data) - 2 and end[0] == b"\xff\xd9"
    return False


def _names(source: str) -> Iterator[str]:
    bare = re.split(r"[?#]", source, maxsplit=1)[0]
    seen: set[str] = set()
    for name in (source, unquote(source), bare, unquote(bare)):
        for form in (name, unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name)):
            if form and form not in seen:
                seen.add(form)
                yield form
