"""What an examination of the doctor's found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one examination found."""

    name: str
    well: bool
    told: str
    mend: str = ""
