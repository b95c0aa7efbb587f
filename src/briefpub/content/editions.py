"""Editions kept by the hash of their input, so that what has not changed is not rendered again."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from briefpub.domain.finding import finding_of, record_of
from briefpub.domain.issue import Edition, EditionPicture, Format
from briefpub.kit.safeio import write_file


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionShelf:
    """A folder of editions; losing it costs time and nothing else."""

    folder: Path

    def get(self, key: str, format: Format) -> Edition | None:
        """Give the edition made from the input `key`, or None where it is missing or damaged."""
        try:
            record = json.loads(self._path(key, ".json").read_bytes())
            data = self._path(key, ".bin").read_bytes()
            if hashlib.sha256(data).hexdigest() != record["sha256"]:
                return None
            pictures = []
            for picture in record["pictures"]:
                content = self._path(picture["sha256"], ".pic").read_bytes()
                if hashlib.sha256(content).hexdigest() != picture["sha256"]:
                    return None
                pictures.append(
                    EditionPicture(path=picture["path"], media_type=picture["media_type"], data=content)
                )
            findings = tuple(finding_of(finding) for finding in record["findings"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return Edition(format=format, data=data, findings=findings, pictures=tuple(pictures))

    def put(self, key: str, edition: Edition) -> None:
        """Keep an edition; a shelf that cannot be written is no reason to stop a build."""
        pictures = []
        try:
            self._path(key, "").parent.mkdir(parents=True, exist_ok=True)
            for picture in edition.pictures:
                sha256 = hashlib.sha256(picture.data).hexdigest()
                path = self._path(sha256, ".pic")
                path.parent.mkdir(parents=True, exist_ok=True)
                # One that is there may be damaged: it would hide this edition for ever.
                if not path.exists() or path.read_bytes() != picture.data:
                    write_file(path, picture.data)
                pictures.append({"path": picture.path, "media_type": picture.media_type, "sha256": sha256})
            record = {
                "sha256": edition.sha256,
                "pictures": pictures,
                "findings": [record_of(finding) for finding in edition.findings],
            }
            write_file(self._path(key, ".bin"), edition.data)
            write_file(self._path(key, ".json"), json.dumps(record).encode())
        except OSError:
            return

    def _path(self, key: str, ending: str) -> Path:
        return self.folder / key[:2] / f"{key}{ending}"
