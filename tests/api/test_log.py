"""The public log in the API: complete, in its order, for any day; and its hashes are those of what it says."""

import hashlib
import json

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from commitments.models import LedgerEntry, LedgerKind
from tests.factories import people, pledge, published, two_good_items, update

from .test_errors import problem
from .test_resources import every

pytestmark = pytest.mark.django_db

LOG = "/api/v1/log/"


@pytest.fixture(autouse=True)
def _unthrottled() -> None:
    cache.clear()


def test_every_entry_is_there_in_its_order_and_can_be_checked(client: Client) -> None:
    rows = list(every(client, f"{LOG}?page_size=500"))
    assert [row["seq"] for row in rows] == list(range(1, LedgerEntry.objects.count() + 1))
    for row in rows:
        assert row.keys() == {"seq", "kind", "public_id", "published_at", "leaf", "payload"}
        assert row["leaf"] == hashlib.sha256(b"\x00" + row["payload"].encode()).hexdigest()
        said = json.loads(row["payload"])
        assert (said["seq"], said["kind"], said["id"]) == (row["seq"], row["kind"], row["public_id"])
        assert row["kind"] in LedgerKind.values


def test_one_entry_has_an_address_of_its_own(client: Client) -> None:
    listed = client.get(f"{LOG}?page_size=1").json()["results"][0]
    assert client.get(f"{LOG}1/").json() == listed
    for address in ("0/", "999999/", "x/"):
        problem(client, LOG + address, 404)


def test_as_of_a_day_the_log_is_as_long_as_it_was(client: Client) -> None:
    assert client.get(f"{LOG}?as_of=1999-01-01").json()["count"] == 0
    problem(client, f"{LOG}1/?as_of=1999-01-01", 404)
    newest = LedgerEntry.objects.latest("seq").published_at.date()
    assert client.get(f"{LOG}?as_of={newest}").json()["count"] == client.get(LOG).json()["count"]


def test_who_keeps_a_copy_asks_for_the_rest(client: Client) -> None:
    head = LedgerEntry.objects.count()
    assert client.get(f"{LOG}?after={head}").json()["results"] == []
    made = published(update(pledge(), "in_progress", **people()), two_good_items())
    (row,) = client.get(f"{LOG}?after={head}").json()["results"]
    assert (row["seq"], row["kind"], row["public_id"]) == (made.seq, "status", made.public_id)


def test_entries_can_be_asked_by_kind(client: Client) -> None:
    rows = client.get(f"{LOG}?kind=coding&page_size=500").json()["results"]
    assert {row["kind"] for row in rows} == {"coding"}


@pytest.mark.parametrize(
    "query", ["kind=nope", "after=-1", "after=x", "after=1.5", "after=1e400", "after=NaN", "nope=1"]
)
def test_what_is_not_known_is_refused_and_named(client: Client, query: str) -> None:
    assert list(problem(client, f"{LOG}?{query}", 400)["errors"]) == [query.partition("=")[0]]


def test_a_page_costs_the_same_however_long_it_is(client: Client) -> None:
    counts = []
    for size in (1, 400):
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{LOG}?page_size={size}")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 3


def test_pages_name_their_neighbours_in_the_header_too(client: Client) -> None:
    first = client.get(f"{LOG}?page_size=10")
    assert first["Link"] == f'<{first.json()["next"]}>; rel="next"'
    second = client.get(f"{LOG}?page_size=10&page=2")
    around = second.json()
    assert second["Link"] == f'<{around["next"]}>; rel="next", <{around["previous"]}>; rel="prev"'
    assert "Link" not in client.get(f"{LOG}?page_size=10&kind=point")
