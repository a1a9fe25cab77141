"""Days of the public record: by UTC, each to its end."""

from datetime import UTC, date, datetime, time, timedelta


def end_of(on: date) -> datetime:
    """Return the first moment (UTC) that no longer belongs to the day `on`."""
    if on == date.max:  # a day that a reader may ask for, and after which there is none
        return datetime.max.replace(tzinfo=UTC)
    return datetime.combine(on + timedelta(days=1), time.min, tzinfo=UTC)
