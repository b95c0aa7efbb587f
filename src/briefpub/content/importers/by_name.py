"""Which importer reads which source, by the ending of its name."""

from importlib import import_module
from pathlib import PurePath
from typing import Protocol, cast

from briefpub.domain.errors import ContentError
from briefpub.domain.importing import Imported

IMPORTERS = {
    ".txt": "briefpub.content.importers.text",
    ".md": "briefpub.content.importers.markdown",
    ".markdown": "briefpub.content.importers.markdown",
}


class Importer(Protocol):
    """Reads one source; raises ContentError when nothing of it can be read."""

    def __call__(self, data: bytes, *, name: str, language: str) -> Imported:
        """Give the article made from it."""
        ...


def importer_of(name: str) -> Importer:
    """Give the importer for a file of this name; raises ContentError for a kind that none reads."""
    ending = PurePath(name).suffix.lower()
    if ending not in IMPORTERS:
        raise ContentError(
            f"no importer reads {ending or 'a file without an ending'}",
            path=name,
            hint=f"the endings known are: {', '.join(IMPORTERS)}",
        )
    return cast("Importer", import_module(IMPORTERS[ending]).read)
