"""The one place where adapters are chosen: a folder's settings become a Newsroom."""

from pathlib import Path

from briefpub.bootstrap.newsroom import Newsroom
from briefpub.bootstrap.places import code_fingerprint, moment
from briefpub.bootstrap.sources import HIDDEN
from briefpub.config import FILE, find_root, read_settings
from briefpub.domain.errors import ConfigError

__all__ = ["HIDDEN", "Newsroom", "code_fingerprint", "moment", "open_newsroom"]


def open_newsroom(start: str | None) -> Newsroom:
    """Open the publication at `start` or around the present folder; raises ConfigError.

    Outside any publication the settings are the defaults, and what needs a database says so when asked.
    """
    if start is not None:
        root = Path(start)
        if not (root / FILE).is_file():
            raise ConfigError(f"there is no {FILE}", where=start, hint=f"begin one: briefpub init {start}")
    else:
        root = find_root(Path.cwd()) or Path.cwd()
    root = root.resolve()
    found = (root / FILE).is_file()
    return Newsroom(root=root, settings=read_settings(root if found else None), found=found)
