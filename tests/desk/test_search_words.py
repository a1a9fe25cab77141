"""The room of searches finds words in every script, on both databases."""

import json
from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from commitments.models import SearchLog
from tests import factories
from tests.factories import only_sqlite, person, search, sql

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

LIST = "/admin/commitments/searchlog/"
PLACES, QUERIES = ["Catálogo de la Cancillería", "中国知网"], ["foro «derechos humanos»", "人权论坛", "𠀀字 😀"]


@pytest.fixture
def curator(desk: Callable[[Any], Client]) -> Client:
    return desk(person())


@pytest.fixture
def log() -> SearchLog:
    search(factories.pledge())  # beside one that is not looked for
    return SearchLog.objects.create(
        pledge=factories.pledge(), searched_on=factories.LATER, languages=["es"], places=PLACES, queries=QUERIES
    )


def found(client: Client, words: str) -> list[SearchLog]:
    answer = client.get(LIST, {"q": words})
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


@pytest.mark.parametrize(
    "words", ["人权", "论坛", "中国知网", "𠀀字", "😀", "Cancillería", "FORO", "«derechos", "人权 知网"]
)
def test_a_search_is_found_by_its_words_in_every_script(curator: Client, log: SearchLog, words: str) -> None:
    assert found(curator, words) == [log]


@pytest.mark.parametrize("words", ["人民", "u4eba", "\\u", "人权 人民"])
def test_other_words_do_not_find_it(curator: Client, log: SearchLog, words: str) -> None:
    assert found(curator, words) == []


def test_words_come_back_as_they_were_written(curator: Client, log: SearchLog) -> None:
    log.refresh_from_db()
    assert (log.places, log.queries) == (PLACES, QUERIES)
    sent = {"pledge": log.pledge.code, "searched_on": "2026-11-20", "languages": "es"}
    curator.post(f"{LIST}add/", sent | {"places": "\n".join(PLACES), "queries": "\n".join(QUERIES)})
    newest = SearchLog.objects.latest("pk")
    assert (newest.places, newest.queries) == (PLACES, QUERIES)
    assert newest.history.get().queries == QUERIES


@only_sqlite
def test_words_that_were_kept_as_escapes_are_found_after_migrating(curator: Client, log: SearchLog) -> None:
    sql(f"UPDATE {SearchLog._meta.db_table} SET queries = %s WHERE id = %s", json.dumps(QUERIES), log.pk)
    assert found(curator, "人权") == []
    import_module("commitments.migrations.0006_search_words").write_anew(apps, SimpleNamespace(connection=connection))
    assert found(curator, "人权") == [log]
