"""Whether this database is where it was, and as new as what was sent from here; else a person is asked. Pure.

A backup that was restored, or a copy on another machine, tells of mailings as due that went out long ago.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

# A wall clock may gain so much on one that only counts before a run that it reached is asked about.
JUMP = timedelta(hours=1)
ADOPT = "`briefpub schedule adopt` goes on from here; stop the other one first, if there is one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where a database lives: a hash that another place does not have, and words for a person."""

    fingerprint: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """A clock that was set forward, or a machine that slept without counting: from when to when."""

    begins: datetime
    ends: datetime

    def reached(self, due: datetime) -> bool:
        """Say whether a moment came by the jump alone."""
        return self.begins < due <= self.ends


def elsewhere(recorded: Home | None, here: Home) -> str:
    """Say that the database was last used in another place; nothing where it was this one, or none."""
    if recorded is None or recorded.fingerprint == here.fingerprint:
        return ""
    return f"this database was last used at {recorded.place}, and is at {here.place} now: it may be a copy"


def older(kept: Mapping[str, str], found: Mapping[str, str]) -> str:
    """Say that more went out from here than the database knows of; nothing where it knows all.

    Both are marks as port `Runs` gives them: `kept` outside the database, `found` in it.
    """
    missing = sorted(key for key, value in kept.items() if value > found.get(key, ""))
    if not missing:
        return ""
    kind, _, name = missing[0].partition(" ")
    went = (
        f"issue {int(kept[missing[0]])} of {name.removesuffix('/each')}"
        if kind == "issue"
        else (f"a run planned for {kept[missing[0]].replace('T', ' ')} (schedule {name})")
    )
    return f"{went} went out from here, and the database does not know of it: it may be an older copy"


def ahead(kept: Mapping[str, str], found: Mapping[str, str]) -> dict[str, str]:
    """Give marks that are as far as the further of both."""
    return {key: max(kept.get(key, ""), found.get(key, "")) for key in sorted({*kept, *found})}
