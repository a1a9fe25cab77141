"""The progress resource gives the counts of the progress page, for any day."""

import random
from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from commitments.models import Pledge
from tests import histories, naive
from tests.factories import evidence, published, update

pytestmark = pytest.mark.django_db


def test_its_counts_are_those_of_a_plain_loop_on_any_day(client: Client) -> None:
    histories.make(21)
    raw = naive.Raw.read()
    chance = random.Random(21)
    with time_machine.travel(histories.LAST + timedelta(days=2), tick=False):
        for _ in range(12):
            on = histories.FIRST + timedelta(days=chance.randrange((histories.LAST - histories.FIRST).days))
            cache.clear()
            data = client.get(f"/api/v1/progress/?as_of={on}").json()
            expected = naive.counts(raw, on)
            assert data["as_of"] == on.isoformat()
            assert Counter(data["total"]["by_status"]) == expected
            assert data["total"]["pledges"] == sum(expected.values())
            assert sum(part["pledges"] for part in data["sections"]) == sum(expected.values())
            assert Counter(data["published"][-1]["by_status"]) == expected
            assert Counter(data["world"][-1]["by_status"]) == expected
            assert sum(kind["pledges"] for kind in data["trackability"]) == sum(expected.values())


def test_of_the_pledges_asked_for_its_counts_are_those_of_a_plain_loop_too(client: Client) -> None:
    histories.make(22)
    raw = naive.Raw.read()
    keys = {row["code"]: row["id"] for row in raw.pledges}
    questions: list[dict[str, list[str]]] = [
        {"project": ["2"]},
        {"section": ["2.11", "3"]},
        {"document": ["sao-paulo-consensus"], "trackability": ["directional"]},
        {"theme": ["climate", "energy"]},
        {"status": ["in_progress", "announced"]},
        {"project": ["5"], "status": ["dropped"]},
    ]
    counted = 0
    with time_machine.travel(histories.LAST + timedelta(days=2), tick=False):
        for n, asked in enumerate(questions):
            on = histories.FIRST + timedelta(days=40 * n + 9)
            expected = Counter(naive.status(raw, keys[code], on) for code in naive.pledges(raw, asked, on))
            cache.clear()
            data = client.get("/api/v1/progress/", {**asked, "as_of": on.isoformat()}).json()
            assert Counter(data["total"]["by_status"]) == expected
            assert sum(part["pledges"] for part in data["sections"]) == sum(expected.values())
            assert all(part["pledges"] for part in data["sections"])
            assert sum(kind["pledges"] for kind in data["trackability"]) == sum(expected.values())
            for clock in ("published", "world"):
                assert Counter(data[clock][-1]["by_status"] if data[clock] else {}) == expected
            counted += sum(expected.values())
    assert counted > 150


def test_the_evidence_of_the_pledges_asked_for_is_what_bears_on_them(client: Client) -> None:
    item = evidence(publisher_kind="government", side="china")
    within = Pledge.objects.filter(section__parent__number="2").first()
    without = Pledge.objects.filter(section__parent__number="5").first()
    assert within
    assert without
    published(update(within, "announced"), [(item, "supports")])
    published(update(without, "announced"), [(evidence(), "supports"), (item, "context")])
    cache.clear()
    whole = client.get("/api/v1/progress/").json()["evidence"]
    codes = {row["code"] for row in client.get("/api/v1/pledges/?project=2&page_size=500").json()["results"]}
    items: Counter[tuple[str, str]] = Counter()
    page = "/api/v1/evidence/?page_size=500"
    while page:
        answer = client.get(page).json()
        for row in answer["results"]:
            if codes & {beside["code"] for beside in row["pledges"]}:
                items[row["publisher_kind"], row["side"]] += 1
        page = answer["next"]
    part = client.get("/api/v1/progress/?project=2").json()["evidence"]
    assert 0 < part["items"] < whole["items"]
    assert {(row["publisher_kind"], row["side"]): row["items"] for row in part["by_publisher"]} == items


@pytest.mark.parametrize(
    "query", ["as_of=2999-01-01", "as_of=nope", "as_of=", "page=1", "status=kept", "ordering=title"]
)
def test_what_it_does_not_know_is_refused(client: Client, query: str) -> None:
    answer = client.get(f"/api/v1/progress/?{query}")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
