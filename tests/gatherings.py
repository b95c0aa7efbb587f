"""Schedules that make gatherings, for tests of what readers may choose."""

import datetime as dt

from builders import NOW

from briefpub.domain.audience import Frequency
from briefpub.domain.recurrence import Weekly
from briefpub.domain.schedule import Schedule
from briefpub.store.database import Database
from briefpub.store.schedules import SqlSchedules


def scheduled(database: Database, *frequencies: Frequency, list: str = "weekly") -> SqlSchedules:
    """Give a list a schedule for each of these gatherings."""
    schedules = SqlSchedules(database=database)
    for frequency in frequencies:
        schedules.add(
            Schedule(
                name=f"{list}-{frequency}",
                list=list,
                rule=Weekly(days=("sun",), at=dt.time(9)),
                timezone="UTC",
                since=NOW,
                frequency=frequency,
            )
        )
    return schedules
