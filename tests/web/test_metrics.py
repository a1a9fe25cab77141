"""`/metrics`: what operators watch, for who knows the token, in as many queries for many rows as for few."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from commitments.digests import subscriptions
from commitments.digests.decisions import send_again
from commitments.models import Attempt, Decision, DispatchState, Heartbeat
from commitments.record import changes
from tests.digests import rows
from tests.digests.rows import dispatch, subscribed
from tests.factories import AT, person

pytestmark = pytest.mark.django_db

NOON = AT + timedelta(hours=12)
TOKEN = "a-long-token-of-the-operators"


@pytest.fixture(autouse=True)
def _at_noon(settings: Settings) -> Iterator[None]:
    settings.METRICS_TOKEN = TOKEN
    with time_machine.travel(NOON, tick=False):
        yield


def asked(client: Client, authorization: str = f"Bearer {TOKEN}") -> Any:
    return client.get("/metrics", headers={"authorization": authorization} if authorization else {})


def numbers(client: Client) -> dict[Any, float]:
    """Return what is told, by name, or by name and label where there is one."""
    answer = asked(client)
    assert answer.status_code == 200
    found: dict[Any, float] = {}
    for family in text_string_to_metric_families(answer.content.decode()):
        for sample in family.samples:
            name = sample.name.removeprefix("pledge_tracker_")
            found[(name, *sample.labels.values()) if sample.labels else name] = sample.value
    return found


# --- for whom -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer wrong", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer ключ"]
)
def test_without_the_token_there_is_nothing_here(authorization: str, client: Client) -> None:
    answer = asked(client, authorization)
    assert answer.status_code == 404
    assert b"pledge_tracker_" not in answer.content


def test_where_no_token_is_set_none_opens_it(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = ""
    for authorization in ("", "Bearer", "Bearer ", f"Bearer {TOKEN}"):
        assert asked(client, authorization).status_code == 404


def test_in_development_it_is_open(client: Client, settings: Settings) -> None:
    settings.DEBUG, settings.METRICS_TOKEN = True, ""
    assert asked(client, "").status_code == 200


def test_who_knows_the_token_is_answered_as_prometheus_reads_it(client: Client) -> None:
    answer = asked(client, f"bearer {TOKEN}")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=")
    assert answer["Cache-Control"] == "no-store"
    assert "Content-Language" not in answer
    assert not answer.cookies
    assert client.post("/metrics").status_code == 405


# --- what is told ---------------------------------------------------------------------------


def test_every_state_is_told_also_where_there_is_nothing(client: Client) -> None:
    told = numbers(client)
    for state in DispatchState.values:
        assert told["dispatches", state] == 0
    assert [told["subscriptions", state] for state in ("pending", "active", "paused", "left")] == [0] * 4
    assert told["oldest_waiting_seconds"] == told["digests"] == 0
    assert told["log_head"] == changes.head() > 0
    assert told["attempts_last_hour", "sent"] == 0


def test_messages_subscriptions_and_tries_are_counted(client: Client) -> None:
    one = subscribed()
    subscriptions.pause(subscribed(address="paused@example.org"))
    for n, state in enumerate(("uncertain", "uncertain", "parked", "failed")):
        dispatch(one, state=state, from_seq=None, due_at=AT + timedelta(days=n))
    waits = dispatch(one, from_seq=None, due_at=AT + timedelta(days=9))
    for minutes in (5, 59, 61):
        Attempt.objects.create(
            at=NOON - timedelta(minutes=minutes), dispatch=waits, number=1, owner="w", outcome="pending"
        )
    told = numbers(client)
    assert [told["dispatches", state] for state in ("uncertain", "parked", "failed", "pending")] == [2, 1, 1, 1]
    assert (told["subscriptions", "active"], told["subscriptions", "paused"]) == (1, 1)
    assert told["attempts_last_hour", "pending"] == 2
    assert told["digests"] == 5


def test_the_oldest_that_waits_is_told_and_not_what_its_reader_paused(client: Client) -> None:
    paused = subscriptions.pause(subscribed(address="paused@example.org"))
    dispatch(paused, created_at=AT - timedelta(days=30))
    assert numbers(client)["oldest_waiting_seconds"] == 0
    dispatch(subscribed(), created_at=NOON - timedelta(minutes=90))
    assert numbers(client)["oldest_waiting_seconds"] == 90 * 60


def test_what_somebody_sent_again_waits_since_then(client: Client) -> None:
    one = dispatch(subscribed(), state="parked", merge={"address": "reader@example.org", "token": "t"})
    send_again(one, by=person("administrator"), why="Repaired.", at=NOON - timedelta(minutes=10))
    assert Decision.objects.exists()
    assert numbers(client)["oldest_waiting_seconds"] == 600


def test_the_age_of_the_heartbeat_is_told_and_that_there_was_none(client: Client) -> None:
    Heartbeat.objects.all().delete()
    never = numbers(client)["heartbeat_age_seconds"]
    assert never != never  # NaN: an alarm on its age must not take it for a young one
    Heartbeat.mark("worker", at=NOON - timedelta(seconds=40))
    assert numbers(client)["heartbeat_age_seconds"] == 40


def test_what_may_be_there_twice_or_not_at_all_is_told(client: Client) -> None:
    told = numbers(client)
    assert told["perhaps_twice"] == told["oldest_uncertain_seconds"] == 0
    assert told["mail_evidence_age_seconds"] != told["mail_evidence_age_seconds"]  # NaN: never asked
    one = subscribed()
    dispatch(one, state="sent", sent_at=AT, perhaps_twice=True)
    dispatch(one, state="uncertain", from_seq=None, due_at=NOON, created_at=NOON - timedelta(minutes=40))
    Heartbeat.mark("mail-evidence", at=NOON - timedelta(seconds=90))
    told = numbers(client)
    assert (told["perhaps_twice"], told["oldest_uncertain_seconds"]) == (1, 40 * 60)
    assert told["mail_evidence_age_seconds"] == 90


def test_it_asks_as_often_for_many_rows_as_for_few_and_names_nobody(client: Client) -> None:
    asked(client)
    with CaptureQueriesContext(connection) as few:
        asked(client)
    for n in range(8):
        rows.attempt(dispatch(subscribed(address=f"reader{n}@example.org"), state="parked"))
    with CaptureQueriesContext(connection) as many:
        answer = asked(client)
    assert len(many) == len(few) < 10
    assert b"example.org" not in answer.content
