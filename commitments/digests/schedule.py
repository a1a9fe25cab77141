"""When a digest is due: pure time, no rows.

What is delivered never depends on this. A cursor in the public log says what somebody has had; a schedule only says
when to look again, so that no change of cadence, hour or zone can skip an event or repeat one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from commitments.models import Cadence

#: Cadence → how far ahead a digest can be due: its days, an hour for a change of the clocks, and two days more, as a
#: zone may skip one, and as who had one just now is due the time after.
LONGEST = {
    cadence: timedelta(days=days + 2, hours=1)
    for cadence, days in ((Cadence.DAILY, 1), (Cadence.WEEKLY, 7), (Cadence.MONTHLY, 31), (Cadence.QUARTERLY, 92))
}
#: The months in which a quarter begins.
QUARTERS = (1, 4, 7, 10)


@dataclass(frozen=True)
class Schedule:
    """A cadence on a local clock: `hour` 0–23 of `zone` (IANA), `weekday` 1 (Monday) to 7 for weekly ones."""

    cadence: str
    hour: int
    weekday: int
    zone: str

    def next_after(self, at: datetime) -> datetime | None:
        """Return the first time (UTC) after `at` at which a digest is due; None for those sent as things happen.

        An hour that the clocks leave out is due when they have jumped; one that comes twice is due the first time.
        """
        if self.cadence == Cadence.IMMEDIATE:
            return None
        # A day earlier: what is due on the local day before may still lie ahead, where a zone has skipped a day.
        days = self._days(at.astimezone(self._clock()).date() - timedelta(days=1))
        return next(due for due in map(self._instant, days) if due > at)

    def _days(self, first: date) -> Iterator[date]:
        for n in range(200):
            day = first + timedelta(days=n)
            if self._is_day(day):
                yield day

    def _is_day(self, day: date) -> bool:
        return {
            Cadence.DAILY: True,
            Cadence.WEEKLY: day.isoweekday() == self.weekday,
            Cadence.MONTHLY: day.day == 1,
            Cadence.QUARTERLY: day.day == 1 and day.month in QUARTERS,
        }[Cadence(self.cadence)]

    def _clock(self) -> ZoneInfo:
        """Return the zone; UTC for one that the world has given up since it was chosen."""
        try:
            return ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("UTC")

    def _instant(self, day: date) -> datetime:
        return datetime.combine(day, time(self.hour), tzinfo=self._clock()).astimezone(UTC)
