"""Imported articles are filed as Markdown; what an editor changed since is never overwritten."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from briefpub.domain.errors import Conflict
from briefpub.domain.importing import Imported
from briefpub.kit.safeio import write_file


class Fate(StrEnum):
    """What became of an imported article's file."""

    NEW = "new"
    SAME = "here already, the same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """Where an imported article stands now."""

    path: Path
    fate: Fate


def file_article(folder: Path, imported: Imported) -> Filed:
    """Write `<folder>/<slug>.md` whole, or leave it as it is when it says the same.

    Raises Conflict when another text stands there: two sources of one title, or an editor's own changes.
    """
    path = folder / f"{imported.slug}.md"
    data = imported.source.encode()
    if path.exists():
        if path.read_bytes() == data:
            return Filed(path=path, fate=Fate.SAME)
        raise Conflict(
            "another text stands there already",
            where=str(path),
            hint="rename or remove that file to import anew, or import --into another folder",
        )
    folder.mkdir(parents=True, exist_ok=True)
    write_file(path, data)
    return Filed(path=path, fate=Fate.NEW)
