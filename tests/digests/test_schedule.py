"""When a digest is due: once in every period of the local clock, in every zone, over ten years of changing clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commitments.digests.schedule import QUARTERS, Schedule
from commitments.models import Cadence

ZONES = sorted(available_timezones())
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
TIMED = [cadence for cadence in Cadence if cadence != Cadence.IMMEDIATE]

schedules = st.builds(Schedule, st.sampled_from(TIMED), st.integers(0, 23), st.integers(1, 7), st.sampled_from(ZONES))
moments = st.integers(0, 10 * 365 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))


def runs(schedule: Schedule, first: datetime, last: datetime) -> list[datetime]:
    found, at = [], first
    while (due := schedule.next_after(at)) and due <= last:
        found.append(due)
        at = due
    return found


def periods(cadence: str, weekday: int, first: date, last: date) -> list[date]:
    """Return the days on which a digest is due between two days, both included, counted in another way."""
    days = [first + timedelta(n) for n in range((last - first).days + 1)]
    return [
        day
        for day in days
        if cadence == Cadence.DAILY
        or (cadence == Cadence.WEEKLY and day.isoweekday() == weekday)
        or (cadence == Cadence.MONTHLY and day.day == 1)
        or (cadence == Cadence.QUARTERLY and day.day == 1 and day.month in QUARTERS)
    ]


@given(schedules, moments)
def test_the_next_time_lies_ahead_at_the_hour_asked_for(schedule: Schedule, at: datetime) -> None:
    due = schedule.next_after(at)
    assert due is not None
    assert due > at
    local = due.astimezone(ZoneInfo(schedule.zone))
    jumped = local.hour != schedule.hour  # an hour that the clocks left out
    if jumped:
        wall = local.replace(hour=schedule.hour, minute=0, tzinfo=None)
        back = wall.replace(tzinfo=ZoneInfo(schedule.zone)).astimezone(UTC).astimezone(ZoneInfo(schedule.zone))
        assert back.replace(tzinfo=None) != wall
    assert local.minute == 0 or jumped
    assert (due - at) <= timedelta(days=93)


@pytest.mark.parametrize("cadence", TIMED)
@pytest.mark.parametrize(
    "zone", ["America/Santiago", "America/Sao_Paulo", "Asia/Shanghai", "Europe/Madrid", "Pacific/Apia"]
)
def test_ten_years_have_one_run_in_every_period(cadence: Cadence, zone: str) -> None:
    for hour in (0, 1, 2, 3, 23):
        schedule = Schedule(cadence, hour, 7, zone)
        found = [due.astimezone(ZoneInfo(zone)).date() for due in runs(schedule, FIRST, FIRST + timedelta(3650))]
        assert found == periods(cadence, 7, found[0], found[-1])


@given(schedules, st.integers(2026, 2035))
def test_no_change_of_the_clocks_doubles_or_skips_a_run(schedule: Schedule, year: int) -> None:
    first, last = datetime(year, 1, 1, tzinfo=UTC), datetime(year, 12, 31, tzinfo=UTC)
    found = runs(schedule, first, last)
    days = [due.astimezone(ZoneInfo(schedule.zone)).date() for due in found]
    assert days == sorted(set(days))
    if days:
        assert days == periods(schedule.cadence, schedule.weekday, days[0], days[-1])


@given(schedules, moments, moments)
def test_a_later_look_never_finds_an_earlier_time(schedule: Schedule, one: datetime, other: datetime) -> None:
    early, late = sorted([one, other])
    first, second = schedule.next_after(early), schedule.next_after(late)
    assert first is not None
    assert second is not None
    assert first <= second


def test_an_hour_that_the_clocks_leave_out_is_due_when_they_have_jumped() -> None:
    santiago = Schedule(Cadence.DAILY, 0, 1, "America/Santiago")  # midnight of 6 September 2026 does not exist there
    due = santiago.next_after(datetime(2026, 9, 5, 12, tzinfo=UTC))
    assert due is not None
    assert due.astimezone(ZoneInfo("America/Santiago")).isoformat() == "2026-09-06T01:00:00-03:00"


def test_an_hour_that_comes_twice_is_due_the_first_time() -> None:
    madrid = Schedule(Cadence.DAILY, 2, 1, "Europe/Madrid")
    found = runs(madrid, datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 26, 12, tzinfo=UTC))
    assert [due.isoformat() for due in found] == ["2026-10-25T00:00:00+00:00", "2026-10-26T01:00:00+00:00"]


def test_what_is_sent_as_it_happens_waits_for_no_hour() -> None:
    assert Schedule(Cadence.IMMEDIATE, 8, 1, "UTC").next_after(FIRST) is None
