"""The pages of themes: their pledges and counts, evidence for and against, and the numbers announced beside them."""

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from commitments.models import Coding, Theme
from tests.beside import day, indicator, point, recoded
from tests.factories import evidence, pledge, published, update

from .test_overview import fetch

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _two_days_later() -> Iterator[None]:
    with time_machine.travel(day("2026-11-24"), tick=False):
        yield


def test_every_theme_is_listed_with_all_of_its_pledges_as_marks(client: Client) -> None:
    page = fetch(client, "/zh-hans/themes/")
    shelves = page.all("section", "shelf")
    assert [shelf.one("h2").text() for shelf in shelves] == [t.name["zh-hans"] for t in Theme.objects.all()]
    tourism = page.one("section", **{"aria-labelledby": "t-tourism"})
    assert len(tourism.all("a", "pledge")) == Coding.objects.filter(themes__slug="tourism").count() > 5


def test_a_theme_says_how_its_pledges_stand_with_denominators(client: Client) -> None:
    places = [row.pledge for row in Coding.objects.filter(themes__slug="tourism").select_related("pledge")]
    published(update(places[0], "announced"), [(evidence(), "supports"), (evidence(), "contradicts")])
    page = fetch(client, "/en/themes/tourism/")
    counts = page.one("section", **{"aria-labelledby": "counts"})
    total = len(places)
    assert f"0 of {total} cannot be assessed. Of 1 assessed, 1 provisionally." in counts.text()
    assert f"2 sources bear on 1 of its {total} pledges." in counts.text()
    assert [dd.text() for dd in counts.all("dl")[1].all("dd")] == ["1 of 2", "1 of 2", "0 of 2"]
    listed = page.one("section", **{"aria-labelledby": "pledges"})
    assert [li.one("svg")["class"].split()[1] for li in listed.all("li")].count("m-announced") == 1
    assert page.one("a", href="/en/pledges/?theme=tourism")
    assert client.get("/en/themes/nothing/").status_code == 404


def test_announced_numbers_stand_beside_their_dated_figures_or_say_that_there_is_none(client: Client) -> None:
    point(indicator("FMP-3.3", target="target-2025-3"), "7", on="2026-01-31")
    page = fetch(client, "/en/themes/education/")
    numbers = page.one("section", **{"aria-labelledby": "numbers"})
    assert len(numbers.all("p", "announced")) == 4
    assert len(numbers.all("figure", "chart")) == 1
    assert numbers.one("table", "points").one("td", "amount").text() == "7"
    assert numbers.text().count("No figure from after the announcement") == 3
    assert not fetch(client, "/en/themes/tourism/").all("section", **{"aria-labelledby": "numbers"})


def test_a_theme_as_of_a_day_has_the_pledges_coded_so_then(client: Client) -> None:
    place = pledge()
    coding = recoded(place, at=day("2026-11-23"))
    slug = coding.themes.all()[0].slug
    page = fetch(client, f"/en/themes/{slug}/?as_of=2026-11-22")
    assert page.one("a", href=f"{place.get_absolute_url()}?as_of=2026-11-22")
    assert "1 January 2026" in fetch(client, f"/en/themes/{slug}/?as_of=2026-01-01").text()


def test_terms_of_a_pledge_lead_to_their_pages(client: Client) -> None:
    page = fetch(client, "/en/pledges/FMP-5.5.1/")
    links = {a["href"] for a in page.one("dl", "coding").all("a")}
    assert links >= {"/en/actors/china/", "/en/themes/tourism/"}


def test_the_list_says_what_is_provisional_and_what_cannot_be_assessed(client: Client) -> None:
    places = [row.pledge for row in Coding.objects.filter(themes__slug="tourism").select_related("pledge")]
    published(update(places[0], "announced"), [(evidence(), "supports")])
    published(update(places[1], "not_assessable"))
    tourism = fetch(client, "/en/themes/").one("section", **{"aria-labelledby": "t-tourism"})
    assert [share.text() for share in tourism.one("p", "sum").all("span", "share")] == [
        f"1 of {len(places)} assessed · 1 provisionally",
        f"1 of {len(places)} cannot be assessed",
        "evidence: 1 for, 0 against",
    ]
