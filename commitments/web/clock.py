"""The clock, read here and nowhere further in."""

from datetime import UTC, date, datetime


def today() -> date:
    """Return the current day in UTC, by which everything public is dated."""
    return datetime.now(UTC).date()
