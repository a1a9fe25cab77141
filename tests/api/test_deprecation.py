"""What will go says so: in the headers of every answer that has to do with it, and in the description."""

from datetime import date
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from commitments.api import deprecation
from commitments.api.deprecation import Deprecated

pytestmark = pytest.mark.django_db

SINCE, UNTIL = date(2027, 1, 1), date(2027, 12, 31)


@pytest.fixture(autouse=True)
def _unthrottled() -> None:
    cache.clear()


@pytest.fixture
def going(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give up something."""
    given_up: list[Deprecated] = []
    monkeypatch.setattr(deprecation, "DEPRECATED", given_up)
    return lambda **what: given_up.append(Deprecated(since=SINCE, until=UNTIL, instead="something else", **what))


def described(client: Client) -> Any:
    return client.get("/api/v1/schema/?format=json").json()


def test_nothing_goes_without_a_year_to_get_used_to_it() -> None:
    for entry in deprecation.DEPRECATED:
        assert (entry.until - entry.since).days >= 365
        assert entry.instead


def test_a_parameter_that_will_go_is_told_to_those_who_use_it(client: Client, going: Any) -> None:
    going(resource="pledges", parameter="right")
    answer = client.get("/api/v1/pledges/?page_size=1&right=nope")  # of a refusal too
    assert answer["Deprecation"] == "@1798761600"
    assert answer["Sunset"] == "Fri, 31 Dec 2027 00:00:00 GMT"
    assert 'rel="deprecation"' in answer["Link"]
    assert "Deprecation" not in client.get("/api/v1/pledges/?page_size=1")
    assert "Deprecation" not in client.get("/api/v1/sections/")
    parameters = described(client)["paths"]["/api/v1/pledges/"]["get"]["parameters"]
    assert [found["name"] for found in parameters if found.get("deprecated")] == ["right"]


def test_a_member_that_will_go_is_told_with_every_answer_that_has_it(client: Client, going: Any) -> None:
    going(resource="pledges", member="flags")
    first = client.get("/api/v1/pledges/?page_size=1")
    assert first["Deprecation"]
    assert 'rel="next"' in first["Link"]
    assert 'rel="deprecation"' in first["Link"]
    kept = client.get("/api/v1/pledges/?page_size=1", headers={"if-none-match": first["ETag"]})
    assert (kept.status_code, kept["Deprecation"]) == (304, first["Deprecation"])
    assert described(client)["components"]["schemas"]["Pledge"]["properties"]["flags"]["deprecated"] is True


def test_a_resource_that_will_go_is_marked_as_a_whole(client: Client, going: Any) -> None:
    going(resource="targets")
    assert client.get("/api/v1/targets/")["Sunset"]
    paths = described(client)["paths"]
    assert [path for path in paths if paths[path]["get"].get("deprecated")] == [
        "/api/v1/targets/",
        "/api/v1/targets/{code}/",
    ]
