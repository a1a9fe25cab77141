"""Whoever reads a page as of a day leaves it to the same day, to files and machines' answers too."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from tests.beside import day, indicator, point
from tests.factories import evidence, pledge, published, update
from tests.public_addresses import Ids, examples, routes

pytestmark = pytest.mark.django_db

DAY = "2026-11-22"
#: What is one file for all days, a description, or compares two days that it names itself.
UNDATED = re.compile(r"/api/v1/(docs|schema|guide|changes)/|/export/datapackage\.zip|/api/v1/$")
#: Pages that show no day.
DAYLESS = {"changes"}


@pytest.fixture(autouse=True)
def _two_days_later() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(day("2026-11-24"), tick=False):
        yield


def test_every_link_to_the_api_and_to_exports_keeps_the_day(client: Client) -> None:
    place, item = pledge(), evidence()
    made = published(update(place, "announced"), [(item, "supports")])
    series = indicator("FMP-3.3", target="target-2025-3")
    point(series, "7", on="2026-01-31")
    ids = Ids([place.code], [item.public_id], [made.public_id], [series.slug], ["target-2025-3"])
    speaks, found, lost = routes(), 0, []
    for name, addresses in examples(ids).items():
        if not speaks.get(name) or name in DAYLESS:
            continue
        address = addresses[0]
        asked = f"/en/{address}{'&' if '?' in address else '?'}as_of={DAY}"
        response = client.get(asked)
        if response.status_code != 200 or "html" not in response["Content-Type"]:
            continue
        main = response.content.decode().partition("<main")[2].partition("</main>")[0]
        for link in re.findall(r'href="([^"]*/(?:api|export)/[^"]*)"', main):
            parts = urlsplit(link.replace("&amp;", "&"))
            if not UNDATED.search(parts.path):
                found += 1
                lost += [(asked, link)] if parse_qs(parts.query).get("as_of") != [DAY] else []
    assert lost == []
    assert found > 15
