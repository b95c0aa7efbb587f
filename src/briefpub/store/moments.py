"""How moments are kept: as UTC text of one width, `2026-11-22T17:05:00.000000Z`.

It sorts as time sorts, and a person with a database shell can read it.
"""

from datetime import UTC, datetime

from sqlalchemy import Dialect, String, TypeDecorator


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC to the microsecond."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write it in UTC; a naive datetime is a programming error."""
        return None if value is None else written(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Read it back as an aware datetime in UTC."""
        return None if value is None else datetime.fromisoformat(value)


def written(moment: datetime) -> str:
    """Give an aware datetime as the tables hold it; raise ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be stored")
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return f"{moment.isoformat(timespec='microseconds')[:26]}Z"
