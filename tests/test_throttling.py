"""Who asks too often is refused, told when to come back, and counted by an address that cannot be made up."""

import logging
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client, RequestFactory

from commitments.throttling import PerAddress, throttled

ADDRESS = "/api/v1/documents/"


@pytest.fixture(autouse=True)
def two_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    monkeypatch.setattr(PerAddress, "rate", "2/min", raising=False)


def statuses(client: Client, *asked: dict[str, Any]) -> list[int]:
    return [client.get(ADDRESS, **how).status_code for how in asked]


def behind(address: str) -> dict[str, Any]:
    return {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": f"198.51.100.1, {address}"}


@pytest.mark.django_db
def test_the_refusal_says_in_words_when_to_come_back(client: Client) -> None:
    assert statuses(client, {}, {}) == [200, 200]
    refused = client.get(ADDRESS)
    assert (refused.status_code, refused["Content-Type"]) == (429, "application/problem+json")
    seconds = int(refused["Retry-After"])
    assert 0 < seconds <= 60
    assert refused.json()["detail"] == (
        f"Too many requests from this address: 2 are answered in a minute. Come back in {seconds} seconds."
    )
    other = client.get(ADDRESS, headers={"origin": "https://notebook.example"})
    assert "Retry-After" in other["Access-Control-Expose-Headers"]


@pytest.mark.django_db
def test_an_ipv6_line_is_one_address(client: Client) -> None:
    asked = [{"REMOTE_ADDR": f"2001:db8:0:1::{n}"} for n in range(3)]
    assert statuses(client, *asked, {"REMOTE_ADDR": "2001:db8:0:2::1"}) == [200, 200, 429, 200]


@pytest.mark.django_db
def test_behind_a_proxy_everybody_is_counted_apart(client: Client, settings: Any) -> None:
    settings.BEHIND_PROXY = True
    asked = [behind("203.0.113.7"), behind("203.0.113.7"), behind("203.0.113.7"), behind("203.0.113.8")]
    assert statuses(client, *asked) == [200, 200, 429, 200]


@pytest.mark.django_db
def test_without_a_proxy_what_a_client_says_of_itself_is_not_believed(client: Client) -> None:
    asked = [{"HTTP_X_FORWARDED_FOR": f"203.0.113.{n}"} for n in range(3)]
    assert statuses(client, *asked) == [200, 200, 429]


@pytest.mark.django_db
def test_where_the_cache_is_away_everybody_is_let_in_and_the_log_says_so(
    client: Client, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    with caplog.at_level(logging.WARNING):
        assert statuses(client, {}, {}, {}) == [200, 200, 200]
    assert "requests are not counted" in caplog.text


def test_a_heavy_file_counts_for_many_requests_and_one_is_always_let_in(
    rf: RequestFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PerAddress, "rate", "10/min", raising=False)
    light = throttled(lambda request: HttpResponse("answered"))
    heavy = throttled(lambda request: HttpResponse("answered"), cost=8)
    assert [heavy(rf.get("/")).status_code for _ in range(3)] == [200, 200, 429]
    refused = light(rf.get("/"))
    assert refused.status_code == 429
    assert 1 < int(refused["Retry-After"]) <= 60
    assert light(rf.get("/", REMOTE_ADDR="198.51.100.7")).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "/sitemap.xml",
        "/sitemap-pages.xml",
        "/api/v1/guide/",
        "/api/v1/nope/",
        "/export/pledges.csv",
        "/cite/dataset.txt",
    ],
)
def test_every_address_that_reads_the_record_for_machines_is_counted(client: Client, address: str) -> None:
    found = [client.get(address).status_code for _ in range(3)]
    assert found[0] in (200, 404)
    assert found[2] == 429


def test_a_plain_view_shares_the_count_and_refuses_alike(rf: RequestFactory) -> None:
    view = throttled(lambda request: HttpResponse("answered"))
    assert [view(rf.get("/export/pledges.csv")).status_code for _ in range(2)] == [200, 200]
    refused = view(rf.get("/export/pledges.csv"))
    assert (refused.status_code, refused["Content-Type"]) == (429, "application/problem+json")
    assert 0 < int(refused["Retry-After"]) <= 60
