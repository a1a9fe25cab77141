"""The progress resource gives the counts of the progress page, for any day."""

import random
from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from tests import histories, naive

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


@pytest.mark.parametrize("query", ["as_of=2999-01-01", "as_of=nope", "as_of=", "page=1", "status=delivered"])
def test_what_it_does_not_know_is_refused(client: Client, query: str) -> None:
    answer = client.get(f"/api/v1/progress/?{query}")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
