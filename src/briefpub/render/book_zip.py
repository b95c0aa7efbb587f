"""The zip of a book (EPUB OCF 3.3, 4): the same bytes for the same members, pictures stored as they are.

Text is deflated by the standard library's zlib at level 6. Two builds of zlib may deflate differently: bytes
are the same wherever the linked zlib is the same, and the members' own bytes everywhere.
"""

import io
import zipfile

from briefpub.domain.errors import RenderError

MIMETYPE = b"application/epub+zip"
FIRST_DATE = (1980, 1, 1, 0, 0, 0)
LEVEL = 6
# Already compressed: deflating a JPEG costs 70 times what storing it does and saves a ten-thousandth.
STORED = (".jpg", ".png")


class BookZip:
    """A book's zip, written member by member into memory; `mimetype` is its first member."""

    def __init__(self) -> None:
        """Begin with the media type, stored, so that it stands at byte 38 (OCF 3.3, 4.3)."""
        self._buffer = io.BytesIO()
        self._zip = zipfile.ZipFile(self._buffer, "w")
        self._names: set[str] = set()
        self.add("mimetype", MIMETYPE)

    def add(self, name: str, data: bytes) -> None:
        """Write one member; raises RenderError for a name that is there already."""
        if name in self._names:
            raise RenderError(f"the book would hold {name!r} twice", format="epub")
        self._names.add(name)
        member = zipfile.ZipInfo(name, FIRST_DATE)
        # Unix, a plain file that its owner may write: on any machine, not as the one that builds has it.
        member.create_system = 3
        member.external_attr = 0o100644 << 16
        stored = name == "mimetype" or name.endswith(STORED)
        member.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
        self._zip.writestr(member, data, compresslevel=LEVEL)

    def writestr(self, name: str | zipfile.ZipInfo, data: str | bytes) -> None:
        """Write one member as EbookLib asks; whatever date and mode it names, ours are written."""
        shown = name.filename if isinstance(name, zipfile.ZipInfo) else name
        self.add(shown, data.encode() if isinstance(data, str) else data)

    @property
    def names(self) -> frozenset[str]:
        """Give the names of the members written so far."""
        return frozenset(self._names)

    def finished(self) -> bytes:
        """Write the directory and give the whole zip."""
        self._zip.close()
        return self._buffer.getvalue()

    def abandon(self) -> None:
        """Close a zip that will not be finished."""
        self._zip.close()
