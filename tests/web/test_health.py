"""Signs of life: the process answers, the record can be read, the queue is alive; and what an empty record shows."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client

from commitments.models import Heartbeat
from commitments.web.health import SILENT_AFTER

from .test_overview import fetch

NOON = datetime(2027, 1, 1, 12, tzinfo=UTC)


def test_healthz_answers_without_a_database(client: Client) -> None:
    # No database mark: pytest-django refuses every query here.
    response = client.get("/healthz")
    assert (response.status_code, response.content, response["Content-Type"]) == (200, b"ok\n", "text/plain")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("age", "queue"), [(None, "never seen"), (0, "alive"), (SILENT_AFTER, "alive"), (SILENT_AFTER + 1, "silent")]
)
def test_readyz_tells_how_the_queue_is_and_serves_readers_without_it(
    client: Client, age: int | None, queue: str
) -> None:
    Heartbeat.objects.all().delete()
    if age is not None:
        Heartbeat.mark("worker", at=NOON - timedelta(seconds=age))
    with time_machine.travel(NOON, tick=False):
        response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"record": "loaded", "queue": queue})


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["commitments_document", "commitments_heartbeat"])
def test_readyz_answers_503_where_the_database_does_not_answer(client: Client, table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO gone")
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (503, {"record": "no database", "queue": "unknown"})


def test_an_empty_record_is_not_ready_and_its_pages_say_so_instead_of_failing(
    client: Client, empty_record: None
) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.json()["record"]) == (503, "empty")
    assert "make run" in fetch(client, "/en/").one("p", "empty").text()
    assert fetch(client, "/es/pledges/").all("li", "empty")
    assert fetch(client, "/en/documents/").all("section", "entry") == []
    fetch(client, "/en/pledges/SPC-3.1/", status=404)
    assert client.get("/api/v1/pledges/").json() == {"count": 0, "next": None, "previous": None, "results": []}
