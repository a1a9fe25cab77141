"""The clock. Only entry points (pages, API, exports, commands, tasks) read it; everything below is told the day."""

import re
from datetime import UTC, date, datetime

from django.utils.translation import gettext as _

#: The one way to write a day in addresses. Parsers take more of ISO 8601: weeks, wide digits, days without zeros.
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class UnknownDayError(ValueError):
    """What was given for a day is none, or the day has not come yet; the message says so to the reader."""


def now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Return the current day in UTC, by which everything public is dated."""
    return now().date()


def written_day(text: str) -> date:
    """Return the day that a text is, exactly as 2026-11-22 is written: nothing around it is taken away.

    Raises UnknownDayError where it is none.
    """
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:  # of that form, and yet no day: 2026-02-30
        pass
    raise UnknownDayError(_("Must be a day, such as 2026-11-22."))


def asked_day(text: str | None) -> date:
    """Return the day that a reader asks for with `as_of=`; today where `text` is None.

    Raises UnknownDayError where the text is no day, or a day that has not come yet (methodology, "Two clocks").
    """
    if text is None:
        return today()
    day = written_day(text)
    if day > today():
        raise UnknownDayError(_("This day has not come yet."))
    return day
