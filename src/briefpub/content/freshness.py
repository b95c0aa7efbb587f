"""What a build read and wrote, by hash: while both are still the same there is nothing to do.

Reading every source anew and rendering nothing is cheap, but loading the Markdown parser and the layouts is
not: this answers from bytes alone.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from briefpub.domain.finding import Finding, finding_of, record_of
from briefpub.kit.safeio import place_file


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRecords:
    """A folder of records, one for each way of building; losing one costs a build and nothing else."""

    folder: Path

    def unchanged(self, key: str) -> tuple[Finding, ...] | None:
        """Give the findings of the last build under `key`, or None when a file it read or wrote differs."""
        try:
            record = json.loads(self._path(key).read_bytes())
            for path, sha256 in record["files"].items():
                if _sha256(Path(path)) != sha256:
                    return None
            return tuple(finding_of(finding) for finding in record["findings"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def record(self, key: str, files: Iterable[Path], findings: Iterable[Finding]) -> None:
        """Remember the files of a build as they are now; a folder that cannot be written stops nobody."""
        try:
            record = {
                "files": {str(path): _sha256(path) for path in files},
                "findings": [record_of(finding) for finding in findings],
            }
            place_file(self._path(key), json.dumps(record, sort_keys=True).encode())
        except OSError:
            return

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"


def key_of(values: Mapping[str, object]) -> str:
    """Hash what names a build: its settings, its sources' names, its target."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()


def stamp_of(folders: Iterable[Path]) -> str:
    """Hash every file below the folders, by its path within and its bytes; a missing folder has none."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if path.is_file():
                digest.update(f"{path.relative_to(folder).as_posix()}\0{_sha256(path)}\0".encode())
        digest.update(b"\1")
    return digest.hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
