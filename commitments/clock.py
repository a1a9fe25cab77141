"""The clock. Only entry points (pages, API, commands, tasks) may read it; everything below is told the day."""

from datetime import UTC, date, datetime


def today() -> date:
    """Return the current day in UTC, by which everything public is dated."""
    return datetime.now(UTC).date()
