"""Whoever has the newest answer is told so: 304, until the record, the day or the question is another."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from commitments.exports import validators
from commitments.models import Attachment, Document, Edition, Evidence, Target, Theme
from commitments.record import edition
from tests.factories import evidence, pledge, published, two_good_items, update

LISTS = ("documents", "sections", "passages", "pledges", "updates", "evidence", "differences", "log")
ASKED = [
    *(f"/api/v1/{name}/?page_size=1" for name in LISTS),
    "/api/v1/",
    "/api/v1/pledges/SPC-3.1/",
    "/api/v1/pledges/SPC-3.1/?as_of=2026-11-22",
    "/api/v1/changes/?from=2026-11-22",
    "/api/v1/progress/",
    "/api/v1/schema/?format=json",
]
SETTLED = timedelta(minutes=2)


@pytest.fixture(autouse=True)
def _unthrottled() -> None:
    cache.clear()


def tag(client: Client, address: str = "/api/v1/pledges/SPC-3.1/") -> str:
    return str(client.get(address)["ETag"])


@pytest.mark.django_db
@pytest.mark.parametrize("address", ASKED)
def test_who_has_the_newest_is_told_so(client: Client, address: str) -> None:
    first = client.get(address)
    assert (first.status_code, first["Cache-Control"]) == (200, "public, max-age=60")
    assert first["ETag"].startswith('W/"')
    for method in (client.get, client.head):
        again = method(address, headers={"if-none-match": first["ETag"]})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
        assert again["Cache-Control"] == first["Cache-Control"]
    assert client.get(address, headers={"if-none-match": 'W/"another"'}).status_code == 200


@pytest.mark.django_db
def test_who_says_since_when_is_told_so_too_once_a_minute_has_passed(client: Client) -> None:
    address = "/api/v1/pledges/SPC-3.1/"
    Edition.objects.update(at=datetime.now(UTC) + timedelta(seconds=1))
    assert "Last-Modified" not in client.get(address)
    with time_machine.travel(datetime.now(UTC) + SETTLED, tick=False):
        first = client.get(address)
        again = client.get(address, headers={"if-modified-since": first["Last-Modified"]})
        assert (again.status_code, again["Last-Modified"]) == (304, first["Last-Modified"])
        assert client.get(address, headers={"if-modified-since": "Mon, 01 Jan 2024 00:00:00 GMT"}).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status"),
    [("/api/v1/pledges/?theme=nope", 400), ("/api/v1/pledges/?page=99", 400), ("/api/v1/pledges/SPC-99.9/", 404)],
)
def test_who_says_only_since_when_is_told_what_is_wrong_first(client: Client, address: str, status: int) -> None:
    since = "Mon, 01 Jan 2029 00:00:00 GMT"
    for asked in (
        {"if-modified-since": since},
        {"if-match": '"x"'},
        {"if-unmodified-since": "Mon, 01 Jan 2024 00:00:00 GMT"},
    ):
        assert client.get(address, headers=asked).status_code == status


@pytest.mark.django_db
@pytest.mark.parametrize("asked", [{"if-match": '"x"'}, {"if-unmodified-since": "Mon, 01 Jan 2024 00:00:00 GMT"}])
def test_a_condition_that_does_not_hold_is_a_problem_in_json(client: Client, asked: dict[str, str]) -> None:
    Edition.objects.update(at=datetime.now(UTC))
    with time_machine.travel(datetime.now(UTC) + SETTLED, tick=False):
        found = client.get("/api/v1/pledges/SPC-3.1/", headers=asked)
    assert (found.status_code, found["Content-Type"]) == (412, "application/problem+json")
    assert found.json()["status"] == 412


@pytest.mark.django_db
def test_another_question_is_another_answer(client: Client) -> None:
    addresses = [
        "/api/v1/pledges/?page_size=1",
        "/api/v1/pledges/?page_size=2",
        "/api/v1/pledges/?page_size=1&page=2",
        "/api/v1/pledges/?page_size=1&as_of=2026-11-22",
        "/api/v1/pledges/SPC-3.1/",
        "/api/v1/pledges/SPC-3.2/",
    ]
    assert len({tag(client, address) for address in addresses}) == len(addresses)


@pytest.mark.django_db
def test_the_next_day_is_another_answer_unless_a_day_was_asked_for(client: Client) -> None:
    free, dated = "/api/v1/pledges/SPC-3.1/", "/api/v1/pledges/SPC-3.1/?as_of=2026-11-22"
    before = tag(client, free), tag(client, dated)
    with time_machine.travel(date(2031, 5, 1), tick=False):
        assert tag(client, free) != before[0]
        assert tag(client, dated) == before[1]
    with time_machine.travel(datetime(2031, 5, 1, 12, tzinfo=UTC), tick=False):
        assert client.get(free)["Last-Modified"] == "Thu, 01 May 2031 00:00:00 GMT"


@pytest.mark.django_db
def test_other_code_is_another_answer(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tag(client)
    written, at = validators.code()
    monkeypatch.setattr(validators, "code", lambda: (f"{written}'", at))
    assert tag(client) != kept


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/api/v1/pledges/?theme=nope", "/api/v1/pledges/SPC-99.9/", "/api/v1/nope/"])
def test_what_is_wrong_is_no_answer_to_keep(client: Client, address: str) -> None:
    refused = client.get(address, headers={"if-none-match": "*"})
    assert refused.status_code in (400, 404)
    assert "ETag" not in refused
    assert "Last-Modified" not in refused


@pytest.mark.django_db
def test_a_star_is_everything_that_stands_here(client: Client) -> None:
    assert client.get("/api/v1/pledges/SPC-3.1/", headers={"if-none-match": "*"}).status_code == 304


@pytest.mark.django_db
def test_asking_again_costs_one_query(client: Client) -> None:
    kept = tag(client, "/api/v1/pledges/?page_size=500")
    with CaptureQueriesContext(connection) as queries:
        client.get("/api/v1/pledges/?page_size=500", headers={"if-none-match": kept})
    assert len(queries) == 1


# --- what makes a new edition: real commits, because PostgreSQL writes the stamp with them ------------------------


def _publish() -> None:
    published(update(pledge(), "in_progress"), two_good_items())


def _item_made_public() -> None:
    evidence()


def _item_reworded() -> None:
    Evidence.objects.filter(pk=evidence().pk).update(fact={"en": "Otherwise."})


def _item_attached() -> None:
    Attachment.objects.create(evidence=evidence(), pledge=pledge(), bearing="supports", public_at=datetime.now(UTC))


def _title_put_right() -> None:
    Document.objects.filter(code="SPC").update(short_title={"en": "Put right"})


def _alias_added() -> None:
    Theme.objects.filter(slug="oceans").update(aliases=["seas"])


CHANGES = [_publish, _item_made_public, _item_reworded, _item_attached, _title_put_right, _alias_added]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_whatever_changes_an_answer_makes_a_new_edition(client: Client, change: Any) -> None:
    kept, stamp = tag(client), edition.newest()[0]
    with transaction.atomic():
        change()
    assert edition.newest()[0] != stamp
    assert client.get("/api/v1/pledges/SPC-3.1/", headers={"if-none-match": kept}).status_code == 200
    assert Edition.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_the_desk_does_to_an_item_that_nobody_sees_makes_none() -> None:
    item, target = evidence(public_at=None), Target.objects.get(code="target-2025-3")
    before = edition.newest()
    item.targets.add(target)
    item.targets.remove(target)
    item.targets.set([target])
    Evidence.objects.filter(pk=item.pk).update(title="Still nobody's")
    assert edition.newest() == before
    seen = evidence()
    for act in (lambda: seen.targets.add(target), lambda: seen.targets.clear()):
        before = edition.newest()
        act()
        assert edition.newest() != before


@pytest.mark.django_db(transaction=True)
def test_what_was_taken_back_makes_none(client: Client) -> None:
    before = edition.newest()
    with transaction.atomic():
        _title_put_right()
        transaction.set_rollback(True)
    assert edition.newest() == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("command", ["rebuild_search", "rebuild_periods"])
def test_what_is_built_anew_is_a_new_edition(command: str) -> None:
    before = edition.newest()
    call_command(command)
    assert edition.newest()[0] != before[0]
