"""Actors, themes and rights in the API: the same as the pages, for any day up to today."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from commitments.models import Actor, Coding, Delivery, Pledge, Right, Theme
from commitments.record import actors
from tests import histories, naive
from tests.beside import day
from tests.factories import evidence, published, update

from .test_errors import problem

pytestmark = pytest.mark.django_db

API = "/api/v1"


@pytest.fixture(autouse=True)
def _unthrottled_two_days_later() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(day("2026-11-24"), tick=False):
        yield


def results(client: Client, resource: str, **asked: str) -> list[dict[str, object]]:
    return client.get(f"{API}/{resource}/", {"page_size": "500"} | asked).json()["results"]


def test_actors_are_who_promises_and_then_the_34_states(client: Client) -> None:
    found = results(client, "actors")
    assert len(found) == Actor.objects.count() + 34
    assert [row["kind"] for row in found].count("state") == 34
    assert {row["slug"] for row in found if row["kind"] == "institution"} == actors.INSTITUTIONS
    china, state = (next(row for row in found if row["slug"] == slug) for slug in ("china", "cn"))
    assert (china["kind"], china["promises"], china["is_promised"], china["evidence"]) == ("party", 332, 0, None)
    assert (state["country"], state["promises"], state["is_promised"]) == ("CN", None, None)
    assert state["url"] == f"{settings.SITE_URL}/en/actors/cn/"
    assert state["name"]["zh-hans"] == "中国"  # type: ignore[index]


def test_states_stand_by_their_english_names_whatever_the_reader_speaks(client: Client) -> None:
    first = results(client, "actors")
    cache.clear()
    again = client.get(f"{API}/actors/?page_size=500", headers={"Accept-Language": "zh-hans"}).json()["results"]
    assert again == first
    names = [row["name"]["en"] for row in first if row["kind"] == "state"]  # type: ignore[index]
    assert names == sorted(names)


def test_an_actor_alone_comes_with_its_pledges_and_a_state_with_its_sources(client: Client) -> None:
    place = Pledge.objects.select_related("document").get(code="FMP-5.5.1")
    item = evidence(countries=["JM"])
    published(update(place, "announced"), [(item, "supports")])
    whole = client.get(f"{API}/actors/npc/").json()
    assert whole["promised"] == [Coding.objects.get(actors__slug="npc").pledge.code]
    assert (whole["promised_to"], whole["items"]) == ([], [])
    state = client.get(f"{API}/actors/jm/").json()
    assert state["items"] == [{"id": item.public_id, "pledges": [{"code": place.code, "bearing": "supports"}]}]
    assert state["evidence"] == {"items": 1, "pledges": 1, "supports": 1, "contradicts": 0, "context": 0}
    assert (state["promised"], state["promised_to"]) == ([], [])


def test_themes_and_rights_have_all_statuses_with_the_denominator(client: Client) -> None:
    for resource, model in (("themes", Theme), ("rights", Right)):
        found = results(client, resource)
        assert [row["slug"] for row in found] == [term.slug for term in model.objects.all()]  # type: ignore[attr-defined]
        for row in found:
            tally: dict[str, dict[str, int]] = row["tally"]  # type: ignore[assignment]
            assert set(tally["statuses"]) == set(Delivery.values)
            assert sum(tally["statuses"].values()) == tally["total"]
    food = client.get(f"{API}/rights/food/").json()
    assert food["url"] == f"{settings.SITE_URL}/en/pledges/?right=food"
    assert food["source"] == Right.objects.get(slug="food").source
    education = client.get(f"{API}/themes/education/").json()
    assert education["targets"] == ["target-2025-3", "target-2025-4", "target-2025-5", "target-2025-7"]
    assert len(education["pledges"]) == education["tally"]["total"]


def test_they_answer_for_any_day(client: Client) -> None:
    histories.make(64, acts=60)
    raw = naive.Raw.read()
    with time_machine.travel(day("2028-06-01"), tick=False):
        for on in (date(2026, 11, 22), date(2028, 5, 1)):
            cache.clear()
            for row in results(client, "themes", as_of=on.isoformat()):
                codes = naive.pledges(raw, {"theme": [str(row["slug"])]}, on)
                keys = {one["code"]: one["id"] for one in raw.pledges}
                stand = [naive.status(raw, keys[code], on) for code in codes]
                tally: dict[str, dict[str, int]] = row["tally"]  # type: ignore[assignment]
                assert {name: n for name, n in tally["statuses"].items() if n} == {s: stand.count(s) for s in stand}


def test_what_is_not_known_is_refused_or_not_there(client: Client) -> None:
    for resource, one in (("actors", "nobody"), ("themes", "nothing"), ("rights", "nothing"), ("actors", "brazil")):
        assert problem(client, f"{API}/{resource}/{one}/", 404)
    for question in ("as_of=2027-01-01", "country=BR", "page=9"):
        assert problem(client, f"{API}/actors/?{question}", 400)


def test_evidence_can_be_asked_for_a_country(client: Client) -> None:
    item = evidence(countries=["BR", "UY"])
    evidence(countries=["BB"])
    found = results(client, "evidence", country="UY")
    assert [row["id"] for row in found] == [item.public_id]
    for bad in ("U", "uy", "%", "ZZ"):
        assert problem(client, f"{API}/evidence/?country={bad}", 400), bad


def test_a_list_costs_as_many_queries_as_a_page_of_one(client: Client) -> None:
    def asked(address: str) -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return len(queries)

    for resource in ("actors", "themes", "rights"):
        assert asked(f"{API}/{resource}/?page_size=1") == asked(f"{API}/{resource}/?page_size=500") < 12
