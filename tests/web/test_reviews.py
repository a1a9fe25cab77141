"""The pages of the years in review."""

from datetime import date

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import evidence, pledge, published, update

from .test_overview import fetch

pytestmark = pytest.mark.django_db


def test_every_year_has_a_page_and_no_other(client: Client) -> None:
    listed = client.get("/en/reviews/").content.decode()
    for year, status in ((2024, 404), (2025, 200), (2026, 200), (2999, 404)):
        assert client.get(f"/en/reviews/{year}/").status_code == status
        assert (f'href="/en/reviews/{year}/"' in listed) == (status == 200)


def test_it_tells_in_all_languages_and_has_a_head_for_every_printed_page(client: Client) -> None:
    item = evidence(event_on=date(2026, 3, 1))
    place = pledge(n=9)
    published(update(place, "in_progress", effective_on=date(2026, 3, 1)), [(item, "supports")])
    for language in ("en", "zh-hans", "es", "pt-br"):
        body = client.get(f"/{language}/reviews/2026/").content.decode()
        assert f'href="/{language}/pledges/{place.code}/"' in body
        assert item.public_id in body
        assert 'class="running"' in body


def test_a_day_is_kept_and_a_bad_one_named(client: Client) -> None:
    body = client.get("/en/reviews/2026/?as_of=2026-11-21").content.decode()
    assert "as known on 21 November 2026" in body
    assert client.get("/en/reviews/2026/?as_of=never").status_code == 400
    assert client.get("/en/reviews/2026/?as_of=2025-12-31").status_code == 404  # the year had not begun


def test_it_asks_as_often_for_many_deeds_as_for_few(client: Client) -> None:
    def asked() -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            client.get("/en/reviews/2026/")
        return len(queries)

    published(update(pledge(n=9), "stalled", effective_on=date(2026, 3, 1)), [(evidence(), "contradicts")])
    few = asked()
    for n in range(10, 40):
        status, bearing = (("stalled", "contradicts"), ("in_progress", "supports"))[n % 2]
        published(update(pledge(n=n), status, effective_on=date(2026, 3, 1)), [(evidence(), bearing)])
    assert asked() <= few + 1  # the first tells of no act, so nothing is asked of what supports


@pytest.mark.parametrize("year", ["02026", "+2026", "２０２６", "2026.0"])  # wide digits
def test_a_year_has_one_address(client: Client, year: str) -> None:
    assert client.get(f"/en/reviews/{year}/").status_code == 404


def test_it_says_what_is_provisional_and_marks_each_pledge_as_it_stood_then(client: Client) -> None:
    place = pledge(n=9)
    item = evidence(event_on=date(2025, 12, 20))
    published(update(place, "announced", effective_on=date(2025, 12, 20)), [(item, "supports")])
    published(update(place, "stalled", effective_on=date(2026, 3, 1)), [(evidence(), "contradicts")])
    page = fetch(client, "/en/reviews/2025/")
    rows = {
        tr.one("th").text(): [td.text() for td in tr.all("td")]
        for tr in page.one("table", "both").one("tbody").all("tr")
    }
    assert (rows["Assessed"], rows["of these provisionally"]) == (["0", "1"], ["0", "1"])
    assert rows["Evidence grade D"] == ["0", "1"]
    assert "1 of 362 pledges are assessed, 1 of them provisionally; " in page.text()
    announced = page.one("section", **{"aria-labelledby": "announced"})
    assert [svg["class"] for svg in announced.all("svg")] == ["mark m-announced"]


def test_an_act_known_to_its_month_is_named_as_the_month_and_none_as_none(client: Client) -> None:
    by_month, never = pledge(n=2), pledge(n=3)
    item = evidence(event_on=date(2025, 11, 1), event_precision="month")
    published(update(by_month, "announced", effective_on=date(2025, 11, 20)), [(item, "supports")])
    undated = evidence(event_on=None, published_on=None)
    published(update(never, "announced", effective_on=date(2025, 12, 20)), [(undated, "supports")])
    halted = fetch(client, "/en/reviews/2026/").one("section", **{"aria-labelledby": "halted"})
    told = [li.one("p", "where").text() for li in halted.all("li")]
    assert told == [
        "announced (provisional) · grade D · newest act November 2025",
        "announced (provisional) · grade D · no act reported",
    ]


def test_steps_back_stand_under_a_heading_of_their_own(client: Client) -> None:
    place = pledge(n=9)
    for status, day in (("in_progress", date(2025, 12, 20)), ("announced", date(2026, 3, 1))):
        published(update(place, status, effective_on=day), [(evidence(), "supports")])
    page = fetch(client, "/en/reviews/2026/")
    assert place.code in page.one("section", **{"aria-labelledby": "back"}).text()
    for other in ("achieved", "announced"):
        assert place.code not in page.one("section", **{"aria-labelledby": other}).text()
