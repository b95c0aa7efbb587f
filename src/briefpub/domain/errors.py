"""Every error briefpub raises on purpose, with its place, its mend and its exit code.

Outcomes that are part of the work (a deferred delivery, a finding) are values, not exceptions.
Adapters translate foreign exceptions into these at their edge; only `cli/main.py` catches them.
"""

from typing import Any, ClassVar


class BriefpubError(Exception):
    """briefpub could not do what was asked."""

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        """State what is wrong, `where` (a file, `file:line`, an address) and how to mend it."""
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __reduce__(self) -> tuple[Any, ...]:
        """Let the error travel whole from a renderer's process; arguments by keyword do not by themselves."""
        return _revived, (type(self), self.args, dict(self.__dict__))

    def __str__(self) -> str:
        """Give the place and the message; the hint is printed apart."""
        return f"{self.where}: {self.message}" if self.where else self.message


class ConfigError(BriefpubError):
    """A setting in briefpub.toml or a BRIEFPUB_* variable cannot be used."""


class ContentError(BriefpubError):
    """An article or one of its files cannot be read as it stands."""

    def __init__(self, message: str, *, path: str, line: int | None = None, hint: str = "") -> None:
        """Name the file and, where it is known, the line (counted from 1)."""
        super().__init__(message, where=f"{path}:{line}" if line else path, hint=hint)
        self.path = path
        self.line = line


class LayoutError(BriefpubError):
    """A layout's template, style sheet or font cannot be used."""


class RenderError(BriefpubError):
    """An edition could not be made."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, format: str, where: str = "", hint: str = "") -> None:
        """Name the format whose renderer gave up."""
        super().__init__(message, where=where or format, hint=hint)
        self.format = format


class StoreError(BriefpubError):
    """The database cannot be opened, read or written."""

    exit_code: ClassVar[int] = 75


class OutboxError(BriefpubError):
    """A frozen edition cannot be written, or is not what its manifest says."""

    exit_code: ClassVar[int] = 75


class TransportError(BriefpubError):
    """A message could not be handed over, and no single delivery is to blame."""

    exit_code: ClassVar[int] = 75


class Conflict(BriefpubError):
    """What was asked contradicts what is already recorded."""


class Locked(BriefpubError):
    """Another briefpub process holds the publication."""

    exit_code: ClassVar[int] = 5


class ConfirmationNeeded(BriefpubError):
    """More than one person would be mailed, and nobody said yes to that number."""

    exit_code: ClassVar[int] = 4


def _revived(kind: type[BriefpubError], args: tuple[Any, ...], state: dict[str, Any]) -> BriefpubError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error
