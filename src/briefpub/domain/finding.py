"""A finding: one numbered remark of `briefpub check`, with its place and its mend."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any


class Severity(IntEnum):
    """How much a finding weighs: an error stops a publish, a warning is shown, a note is told on request."""

    NOTE = 0
    WARNING = 1
    ERROR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One remark. `code` is a key of `check.catalogue`; `where` is a file, an edition or a setting."""

    code: str
    severity: Severity
    message: str
    where: str = ""
    line: int | None = None
    hint: str = ""

    @property
    def place(self) -> str:
        """Give `where`, with the line where it is known."""
        return f"{self.where}:{self.line}" if self.line else self.where


def worst(findings: tuple[Finding, ...]) -> Severity | None:
    """Give the heaviest severity, or None where there are no findings."""
    return max((finding.severity for finding in findings), default=None)


def record_of(finding: Finding) -> dict[str, Any]:
    """Give a finding as plain values, for a JSON file."""
    return {**asdict(finding), "severity": int(finding.severity)}


def finding_of(record: Mapping[str, Any]) -> Finding:
    """Give a finding back from its record; raises TypeError or ValueError for what is none."""
    return Finding(**{**record, "severity": Severity(record["severity"])})
