"""From what a person types to files: globs and their common folder."""

import glob
import os
from collections.abc import Sequence
from pathlib import Path

from briefpub.domain.errors import ConfigError


def expanded(globs: Sequence[str], here: Path) -> tuple[Path, tuple[str, ...]]:
    """Give the folder that holds every file the globs name, and each file's path within it, sorted.

    Raises ConfigError when nothing matches. `**` goes through folders; a folder stands for its own *.md.
    """
    files: set[Path] = set()
    for pattern in globs:
        written = pattern + "/*.md" if (here / pattern).is_dir() else pattern
        # Not resolved: a symbolic link is judged by the picture and article readers, who know the root.
        files.update(
            Path(os.path.normpath(here / match))
            for match in glob.glob(written, root_dir=here, recursive=True)  # noqa: PTH207
        )
    found = sorted(path for path in files if path.is_file())
    if not found:
        raise ConfigError("no file matches", where=", ".join(globs), hint="quote the glob, or name a folder")
    base = Path(os.path.commonpath([path.parent for path in found]))
    return base, tuple(path.relative_to(base).as_posix() for path in found)
