"""Comparisons in the API: the same facts as on the pages."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from commitments.models import Difference
from commitments.record.between import between
from tests import histories
from tests.beside import said_otherwise
from tests.factories import evidence, people, pledge, published, two_good_items, update

from .test_errors import problem

pytestmark = pytest.mark.django_db

API = "/api/v1"
EARLIER, BETWEEN = datetime(2027, 1, 10, tzinfo=UTC), datetime(2027, 3, 15, 12, tzinfo=UTC)
MARCH = f"{API}/changes/?from=2027-03-01&to=2027-03-31"


@pytest.fixture(autouse=True)
def _unthrottled_in_may() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(datetime(2027, 5, 20, 9, tzinfo=UTC), tick=False):
        yield


def test_every_difference_is_listed_with_words_and_pledges(client: Client) -> None:
    body = client.get(f"{API}/differences/?page_size=500").json()
    assert body["count"] == Difference.objects.count() == len(body["results"])
    [one] = [row for row in body["results"] if row["words"][-1]["text"] == "both universal and relative"]
    assert (one["document"], one["section"], one["kind"], one["pledges"]) == (
        "sao-paulo-consensus",
        "2",
        "term",
        ["SPC-2.1"],
    )
    assert one["url"] == f"{settings.SITE_URL}/en/documents/sao-paulo-consensus/differences/#{one['code']}"
    assert one["words"][0] == {
        "rendition": "en",
        "language": "en",
        "authority": "authoritative",
        "text": "both universality and particularity",
        "start": 910,
        "end": 945,
    }
    assert set(one["note"]) == {"en", "zh-hans", "es", "pt-br"}


def test_differences_can_be_asked_by_document_kind_and_section(client: Client) -> None:
    rows = client.get(f"{API}/differences/?document=policy-paper-2025&kind=broken&section=2.16").json()["results"]
    assert [(row["document"], row["kind"], row["section"]) for row in rows] == [
        ("policy-paper-2025", "broken", "2.16")
    ]
    recurring = client.get(f"{API}/differences/?section=5.6").json()["results"]
    assert any(row["section"] != "5.6" for row in recurring)


@pytest.mark.parametrize(
    "query", ["kind=nope", "section=99", "section=%00", "document=nope", "nope=1", "as_of=2099-01-01"]
)
def test_what_is_not_known_of_differences_is_refused(client: Client, query: str) -> None:
    body = problem(client, f"{API}/differences/?{query}", 400)
    assert list(body["errors"]) == [query.partition("=")[0]]


def test_a_change_says_before_after_and_what_brought_it(client: Client) -> None:
    row = pledge()
    old = published(update(row, "announced"), [(evidence(public_at=EARLIER), "supports")], at=EARLIER)
    new = published(
        update(row, "in_progress", kind="correction", corrects=old, **people()), two_good_items(), at=BETWEEN
    )
    body = client.get(MARCH).json()
    assert (body["from"], body["to"], body["before"], body["after"]) == ("2027-03-01", "2027-03-31", 362, 362)
    counts = {one["status"]: (one["before"], one["after"]) for one in body["statuses"]}
    assert (counts["announced"], counts["in_progress"]) == ((1, 0), (0, 1))
    [one] = body["results"]
    assert (one["code"], one["changed"], body["count"]) == (row.code, ["status", "evidence"], 1)
    assert one["before"]["status"] == "announced"
    assert one["before"]["provisional"] is True
    assert (one["after"]["status"], one["after"]["grade"], one["after"]["update"]) == (
        "in_progress",
        "A",
        new.public_id,
    )
    [cause] = one["updates"]
    assert (cause["id"], cause["kind"], cause["corrects"]) == (new.public_id, "correction", old.public_id)
    assert [item["bearing"] for item in one["evidence"]] == ["supports", "supports"]


def test_the_answer_holds_what_the_record_says(client: Client) -> None:
    histories.make(9, acts=120)
    body = client.get(f"{API}/changes/?from=2026-11-22&to=2027-05-20&page_size=500").json()
    found = between(datetime(2026, 11, 22).date(), datetime(2027, 5, 20).date())  # noqa: DTZ001
    assert [row["code"] for row in body["results"]] == [moved.pledge.code for moved in found.moved]
    assert body["count"] == len(found.moved)
    recoded = [row for row in body["results"] if "coding" in row["changed"]]
    assert recoded
    assert all(row["coding"] and row["coding"][0].keys() == {"field", "before", "after"} for row in recoded)


def test_what_was_said_otherwise_beside_a_pledge_is_told_as_on_the_page(client: Client) -> None:
    told = said_otherwise(pledge(), EARLIER, BETWEEN)
    [one] = client.get(MARCH).json()["results"]
    assert one["changed"] == ["bearing", "superseded", "replies"]
    assert one["turned"] == [{"id": told.turned.public_id, "before": "contradicts", "after": "supports"}]
    assert one["superseded"] == [{"id": told.superseded.public_id, "by": told.successor.public_id}]
    assert [(r["id"], r["replaces"]) for r in one["replies"]] == [(told.reply.public_id, told.replaced.public_id)]


def test_the_counts_say_what_is_provisional_and_on_which_grades_it_rests(client: Client) -> None:
    row = pledge()
    published(update(row, "announced"), [(evidence(public_at=EARLIER), "supports")], at=EARLIER)
    published(update(row, "announced", **people()), two_good_items(), at=BETWEEN)
    body = client.get(MARCH).json()
    assert (body["assessed"], body["provisional"]) == ({"before": 1, "after": 1}, {"before": 1, "after": 0})
    assert body["grades"] == {"A": {"before": 0, "after": 1}, "D": {"before": 1, "after": 0}}


def test_a_list_of_changes_is_paged_and_keeps_its_days(client: Client) -> None:
    body = client.get(f"{API}/changes/?from=2026-01-01&to=2027-05-20&page_size=2&theme=oceans").json()
    assert len(body["results"]) == 2 < body["count"]
    assert all(row["before"] is None and "new" in row["changed"] for row in body["results"])
    assert "from=2026-01-01" in body["next"]
    assert "theme=oceans" in body["next"]
    again = client.get(body["next"]).json()
    assert again["results"][0]["code"] != body["results"][0]["code"]
    assert again["count"] == body["count"] == body["after"]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("from=2099-01-01", "from"),
        ("to=nope", "to"),
        ("to=", "to"),
        ("from=%00", "from"),
        ("from=2027-03-02&to=2027-03-01", "to"),
        ("theme=nope", "theme"),
        ("nope=1", "nope"),
        ("as_of=2027-01-01", "as_of"),
        ("page=99", "page"),
        ("page_size=0", "page_size"),
    ],
)
def test_what_is_not_known_of_changes_is_refused_and_named(client: Client, query: str, name: str) -> None:
    assert list(problem(client, f"{API}/changes/?{query}", 400)["errors"]) == [name]


def test_without_days_it_is_the_last_thirty(client: Client) -> None:
    body = client.get(f"{API}/changes/").json()
    assert (body["from"], body["to"], body["results"]) == ("2027-04-20", "2027-05-20", [])


def test_queries_do_not_grow(client: Client) -> None:
    def asked(address: str) -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return len(queries)

    histories.make(7, acts=60)
    address = f"{API}/changes/?from=2026-11-22&to=2027-05-20&page_size=500"
    few = asked(address)
    histories.make(8, acts=120)
    assert asked(address) == few
    assert asked(f"{API}/differences/?page_size=1") == asked(f"{API}/differences/?page_size=500")
