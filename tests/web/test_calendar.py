"""The calendar: dates that texts give and no others, on a page and as iCalendar that other programs read."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from commitments.models import LANGUAGES, Pledge
from commitments.record.due import agenda
from tests.beside import day, recoded
from tests.factories import AT, evidence, pledge, published, update, words

from .test_overview import fetch

pytestmark = pytest.mark.django_db

ICS = "/calendar.ics"


@pytest.fixture(autouse=True)
def _two_days_later() -> Iterator[None]:
    with time_machine.travel(day("2026-11-24"), tick=False):
        yield


def read(client: Client, address: str = ICS) -> Any:
    response = client.get(address)
    assert (response.status_code, response["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    return Calendar.from_ical(response.content)


def due(on: date = date(2027, 6, 30), n: int = 0, **fields: Any) -> Pledge:
    place = pledge(n=n)
    recoded(place, due_on=on, **fields)
    return place


# --- what the record holds ------------------------------------------------------------------


def test_the_texts_give_no_dates_so_there_are_no_events_and_the_page_says_so(client: Client) -> None:
    found = agenda(on=date(2026, 11, 24))
    assert (found.due, len(found.repeated)) == ([], 39)
    made = read(client)
    assert made.events == []
    assert len(made.walk("VJOURNAL")) == 39
    assert all("DTSTART" not in entry for entry in made.walk("VJOURNAL"))
    page = fetch(client, "/en/calendar/")
    assert "None. The texts give no pledge of the record a date by which it is due." in page.text()
    assert len(page.one("section", **{"aria-labelledby": "repeated"}).all("li")) == 39
    assert len(page.one("section", **{"aria-labelledby": "periods"}).one("tbody").all("tr")) == 10


def test_a_date_is_an_event_of_the_whole_day(client: Client) -> None:
    place = due(title=words("Comma, semicolon; back\\slash\nand <line>"))
    [event] = read(client).events
    assert event["DTSTART"].dt == date(2027, 6, 30)
    assert "DTEND" not in event  # so it lasts that day (RFC 5545, 3.6.1)
    assert event["DTSTART"].params["VALUE"] == "DATE"
    assert event["SUMMARY"] == f"{place.code} Comma, semicolon; back\\slash\nand <line>"
    assert event["UID"] == f"due-{place.code}@127.0.0.1"
    assert event["URL"] == f"{settings.SITE_URL}/en/pledges/{place.code}/"
    assert event["DTSTAMP"].dt == AT
    assert (event["SEQUENCE"], event["TRANSP"]) == (1, "TRANSPARENT")
    assert "RRULE" not in event


def test_a_yearly_promise_with_a_date_is_one_event_and_without_one_none(client: Client) -> None:
    due(recurrence="yearly")
    other = pledge(n=1)
    recoded(other, recurrence="yearly")
    made = read(client)
    [event] = made.events
    assert "every year" in event["DESCRIPTION"]
    assert "RRULE" not in event
    assert f"repeated-{other.code}@127.0.0.1" in {entry["UID"] for entry in made.walk("VJOURNAL")}


def test_every_name_is_given_once_and_stays_when_the_date_is_put_off(client: Client) -> None:
    place = due()
    before = read(client)
    names = [part["UID"] for part in before.walk() if "UID" in part]
    assert len(names) == len(set(names)) == 40
    recoded(place, at=day("2026-11-23"), due_on=date(2028, 1, 1))
    [event] = read(client).events
    assert event["UID"] == before.events[0]["UID"]
    assert (event["SEQUENCE"], event["DTSTART"].dt) == (2, date(2028, 1, 1))
    assert event["LAST-MODIFIED"].dt == datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_what_is_not_public_yet_is_no_event(client: Client) -> None:
    with time_machine.travel(day("2026-11-22"), tick=False):
        recoded(pledge(), at=day("2026-11-23"), due_on=date(2027, 1, 1))
        assert read(client).events == []
    assert len(read(client).events) == 1


# --- how it is asked ------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_speaks_four_languages(client: Client, language: str) -> None:
    place = due(title={code: f"Title {code}" for code in LANGUAGES})
    made = read(client, f"{ICS}?language={language}")
    [event] = made.events
    assert event["SUMMARY"] == f"{place.code} Title {language}"
    assert event["URL"] == f"{settings.SITE_URL}/{language}/pledges/{place.code}/"
    assert str(made["SOURCE"]).endswith(ICS if language == "en" else f"{ICS}?language={language}")


@pytest.mark.parametrize(("question", "named"), [("language=fr", "language"), ("as_of=2026-11-22", "as_of")])
def test_what_it_does_not_know_it_refuses_and_names(client: Client, question: str, named: str) -> None:
    response = client.get(f"{ICS}?{question}")
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert list(response.json()["errors"]) == [named]


def test_whoever_has_it_is_told_so_until_something_is_published(client: Client) -> None:
    first = client.get(ICS)
    again = client.get(ICS, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(f"{ICS}?language=es", headers={"If-None-Match": first["ETag"]})
    assert other.status_code == 200
    due()
    assert client.get(ICS, headers={"If-None-Match": first["ETag"]}).status_code == 200
    assert first["Cache-Control"] == "public, max-age=3600"
    assert not first.cookies


def test_the_same_record_is_written_the_same_at_any_hour(client: Client) -> None:
    due()
    first = client.get(ICS).content
    with time_machine.travel(day("2026-12-30"), tick=False):
        assert client.get(ICS).content == first


def test_no_line_is_longer_than_75_octets_and_all_end_as_they_must(client: Client) -> None:
    due(title=words("题" * 200))
    written = client.get(f"{ICS}?language=zh-hans").content
    lines = written.split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    assert b"\n" not in written.replace(b"\r\n", b"")


# --- the page -------------------------------------------------------------------------------


def test_the_page_lists_what_is_due_earliest_first_and_flags_what_is_overdue(client: Client) -> None:
    late = due(date(2026, 11, 23), n=0)
    closed = due(date(2026, 11, 1), n=1)
    due(date(2026, 11, 24), n=2)
    published(update(closed, "dropped", effective_on=date(2026, 11, 1)), [(evidence(), "context")])
    page = fetch(client, "/en/calendar/")
    rows = page.one("section", **{"aria-labelledby": "due"}).one("tbody").all("tr")
    assert [row.one("time")["datetime"] for row in rows] == ["2026-11-01", "2026-11-23", "2026-11-24"]
    assert ["overdue" in row.text() for row in rows] == [False, True, False]
    assert late.code in rows[1].text()


def test_the_page_says_how_to_subscribe_in_the_readers_language(client: Client) -> None:
    links = {a["href"] for a in fetch(client, "/es/calendar/").one("main").all("a")}
    address = f"{settings.SITE_URL}{ICS}?language=es"
    assert {address, address.replace("http:", "webcal:")} <= links


def test_queries_do_not_grow_with_the_dates(client: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            read(client)
        return len(queries)

    due()
    before = asked()
    for n in range(1, 6):
        due(n=n)
    assert asked() == before < 10


def test_the_last_day_there_is_can_be_a_date_too(client: Client) -> None:
    due(on=date.max)
    [event] = read(client).events
    assert event["DTSTART"].dt == date.max


def test_numbers_announced_after_the_day_are_not_there_yet(client: Client) -> None:
    for asked, rows in (("2025-05-12", 0), ("2025-05-13", 10)):
        page = fetch(client, f"/en/calendar/?as_of={asked}")
        assert len(page.one("section", **{"aria-labelledby": "periods"}).all("td")) == rows
