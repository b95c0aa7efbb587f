"""How far a publication has come, in a file outside its database: a restored backup is known by it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from briefpub.domain.errors import OutboxError
from briefpub.kit.safeio import write_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The file of the marks."""

    path: Path

    def read(self) -> Mapping[str, str]:
        """Give the marks; none where the file is not there. Raises OutboxError for one that is damaged."""
        try:
            kept = json.loads(self.path.read_bytes())
            return {str(key): str(value) for key, value in kept["marks"].items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise OutboxError(
                f"the marks of what was sent cannot be read: {error}",
                where=str(self.path),
                hint="`briefpub schedule adopt` writes them anew, if the database is the newest there is",
            ) from error

    def write(self, marks: Mapping[str, str]) -> None:
        """Keep the marks, whole or not at all."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            data = json.dumps({"briefpub": 1, "marks": dict(marks)}, indent=1, sort_keys=True)
            write_file(self.path, f"{data}\n".encode())
        except OSError as error:
            raise OutboxError(
                f"the marks of what was sent cannot be written: {error.strerror}", where=str(self.path)
            ) from error
