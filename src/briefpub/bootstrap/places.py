"""What a newsroom finds around it: the clock, the database's address, the code's fingerprint."""

import hashlib
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from briefpub.config import Settings
    from briefpub.domain.article import Article
    from briefpub.domain.layout import Layout


def database_url(stated: str, root: Path) -> str:
    """Give the database's address with a file's path seen from the publication."""
    if "://" not in stated:
        return str(root / stated)
    if stated.startswith("sqlite:///") and not stated.startswith("sqlite:////"):
        return f"sqlite:///{root / stated.removeprefix('sqlite:///')}"
    return stated


def outbox_folder(settings: "Settings", root: Path) -> Path:
    """Give the folder of frozen editions, and of the maildirs beside them; kept in the database, of those."""
    return root / ("outbox" if settings.outbox == "database" else settings.outbox)


def code_fingerprint(*folders: str) -> str:
    """Hash briefpub's own code: what an older briefpub kept is made anew by a newer one.

    Without `folders` it is that of the renderers.
    """
    home = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for folder in folders or ("domain", "render", "content"):
        for path in sorted((home / folder).rglob("*.py")):
            digest.update(path.relative_to(home).as_posix().encode() + b"\0")
            digest.update(path.read_bytes())
    return digest.hexdigest()


def reader_fingerprint() -> str:
    """Hash all but the settings that decides what reading an article gives: our code, Python, the libraries.

    Any installed library counts, by the name and the version of its folder: to ask one for its version would
    mean to load it.
    """
    installed = sorted(
        place.name for folder in sys.path if folder for place in Path(folder).glob("*.dist-info")
    )
    words = (code_fingerprint("domain", "content", "check"), sys.version, *installed)
    return hashlib.sha256("\0".join(words).encode()).hexdigest()


def moment() -> datetime:
    """Give the present moment in UTC: the one clock that everything is handed."""
    return datetime.now(tz=UTC)  # noqa: TID251


def drawn(article: "Article", layout: "Layout") -> bytes:
    """Draw the picture of an article that has none."""
    from briefpub.render.cover import draw_photo

    return draw_photo(article, layout)
