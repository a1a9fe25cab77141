"""The pages of the years in review."""

from datetime import date

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import evidence, pledge, published, update

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
