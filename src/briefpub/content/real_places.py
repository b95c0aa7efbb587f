"""Where paths really lie, symbolic links followed, with each folder looked at once."""

import os
from collections.abc import Callable
from typing import TypeAlias

RealPlace: TypeAlias = Callable[[str], str]


class RealPlaces:
    """Gives what `os.path.realpath` gives, for many paths below the same folders, in a third of the time.

    For one look at a publication: a folder that is moved away meanwhile is not seen to be.
    """

    def __init__(self) -> None:
        """Know no folder yet."""
        self._folders: dict[str, str] = {}

    def __call__(self, path: str) -> str:
        """Give the real place of a path as pathlib writes it, whether something is there or not.

        Raises ValueError for a NUL.
        """
        folder, name = os.path.split(path)
        if not folder.startswith("/") or name in {"", ".", ".."}:
            return os.path.realpath(path)
        real = self._folders.get(folder)
        if real is None:
            real = self._folders[folder] = os.path.realpath(folder) if folder == "/" else self(folder)
        place = os.path.join(real, name)  # noqa: PTH118
        return os.path.realpath(path) if "\0" in name or os.path.islink(place) else place  # noqa: PTH114
