"""The clock. Only entry points (pages, API, exports, commands, tasks) read it; everything below is told the day."""

from datetime import UTC, date, datetime

from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

#: How a day is written in addresses (ISO 8601): its length keeps out `2026-1-5`, which the parser would take.
_LENGTH = len("2026-11-22")


class UnknownDayError(ValueError):
    """What was given for a day is none, or the day has not come yet; the message says so to the reader."""


def today() -> date:
    """Return the current day in UTC, by which everything public is dated."""
    return datetime.now(UTC).date()


def asked_day(text: str | None) -> date:
    """Return the day that a reader asks for with `as_of=`; today where `text` is None.

    Raises UnknownDayError where the text is no day, or a day that has not come yet (methodology, "Two clocks").
    """
    if text is None:
        return today()
    try:
        day = parse_date(text) if len(text) == _LENGTH else None
    except ValueError:
        day = None
    if day is None:
        raise UnknownDayError(_("Must be a day, such as 2026-11-22."))
    if day > today():
        raise UnknownDayError(_("This day has not come yet."))
    return day
