"""Who is at work on a publication, and when they were last seen. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# A row is written every ten seconds; a writer may wait half a minute for another, and clocks differ.
SILENT = timedelta(minutes=2)
FORGOTTEN = timedelta(days=1)
RUN = "run"
WORKER = "worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """One process that keeps watch or works, and when it last showed that it lives."""

    who: str
    kind: str
    host: str
    started_at: datetime
    seen_at: datetime

    def silent(self, now: datetime) -> bool:
        """Say whether it has not been seen for so long that it must be dead or stuck."""
        return now - self.seen_at > SILENT
