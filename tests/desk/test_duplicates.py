"""The same source again: said while somebody types, and once more before it is saved."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from commitments.models import Evidence
from tests.desk.sources import ADD, change, errors, filled, recorded
from tests.factories import evidence, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon", "kept")]

ASK = "/admin/commitments/evidence/duplicates/"
PLEDGES = "/admin/commitments/evidence/pledges/"
STORED = "https://www.example.org/politica/visita-de-orsi/?id=7"
SPELLINGS = [
    STORED,
    "http://example.org/politica/visita-de-orsi?id=7&utm_source=mail#comments",
    "https://m.example.org/politica/visita-de-orsi/?id=7",
    "https://EXAMPLE.org/politica/visita%2Dde%2Dorsi/?id=7&fbclid=x",
]


@pytest.fixture
def curator(desk: Callable[[Any], Client]) -> Client:
    return desk(person("curator"))


def found(client: Client, **asked: str) -> dict[str, list[str]]:
    answer = client.get(ASK, asked).json()
    return {kind: [row["id"] for row in rows] for kind, rows in answer.items() if kind != "origins"}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_address_is_found_however_it_is_spelled(curator: Client, spelling: str) -> None:
    item = evidence(source_url=STORED)
    evidence(source_url="https://www.example.org/politica/visita-de-orsi/?id=8")
    assert found(curator, url=spelling) == {"url": [item.public_id], "origin": [], "title": []}


def test_an_origin_brings_its_items_and_others_like_it_to_choose_from(curator: Client) -> None:
    item = evidence(origin="xinhua-2026-02-03-visit")
    evidence(origin="xinhua-2026-01-01-speech")
    assert found(curator, origin="xinhua-2026-02-03-visit")["origin"] == [item.public_id]
    answer = curator.get(ASK, {"origin": "xinhua 2026"}).json()
    assert answer["origins"] == ["xinhua-2026-01-01-speech", "xinhua-2026-02-03-visit"]


@pytest.mark.parametrize(
    ("stored", "typed", "near"),
    [
        ("China anuncia visado libre para cinco países", "CHINA ANUNCIA visado libre para cinco paises", True),
        ("China anuncia visado libre para cinco países", "China anuncia visado libre para siete países", True),
        ("China anuncia visado libre para cinco países", "Brasil anuncia un plan de cinco puntos", False),
        ("中国同拉美五国实行免签政策", "中国同拉美五国实行免签政策。", True),
        ("中国同拉美五国实行免签政策", "中国气象局发布新政策", False),
        ("Una visita", "Una visita", False),
    ],
)
def test_nearly_the_same_title_is_found(curator: Client, stored: str, typed: str, near: bool) -> None:
    item = evidence(title=stored)
    assert found(curator, title=typed)["title"] == ([item.public_id] if near else [])


def test_the_item_that_is_being_edited_is_not_its_own_duplicate(curator: Client) -> None:
    item = evidence(source_url=STORED, origin="one-origin", title="Four words of title")
    asked = {"url": STORED, "origin": "one-origin", "title": "Four words of title", "besides": item.public_id}
    assert found(curator, **asked) == {"url": [], "origin": [], "title": []}


def test_asking_writes_nothing_and_is_only_asked_by_get_by_those_who_record(
    curator: Client, desk: Callable[[Any], Client]
) -> None:
    evidence(source_url=STORED)
    with CaptureQueriesContext(connection) as asked:
        assert curator.get(ASK, {"url": STORED}).status_code == 200
    written = [q["sql"] for q in asked.captured_queries if not q["sql"].startswith("SELECT")]
    assert [sql for sql in written if "django_session" not in sql and "SAVEPOINT" not in sql] == []
    assert curator.post(ASK, {"url": STORED}).status_code == 405
    assert desk(person("viewer")).get(ASK, {"url": STORED}).status_code == 403
    assert Client().get(ASK, {"url": STORED}).status_code == 302


@pytest.mark.parametrize("typed", ["", "x" * 5000, "http://[::1", "%", "https://" + "é" * 300])
def test_whatever_is_typed_gets_an_answer(curator: Client, typed: str) -> None:
    assert curator.get(ASK, {"url": typed, "title": typed, "origin": typed}).status_code == 200


def test_what_is_told_of_an_item_is_text(curator: Client) -> None:
    evidence(source_url=STORED, title="<b>Bold</b>", fact={"en": "<i>x</i>"})
    answer = curator.get(ASK, {"url": STORED})
    assert answer["Content-Type"] == "application/json"
    assert answer.json()["url"][0] | {"url": ""} == {
        "id": Evidence.objects.get().public_id,
        "title": "<b>Bold</b>",
        "fact": "<i>x</i>",
        "url": "",
    }


# --- when it is saved ---


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_address_that_is_there_needs_a_tick(curator: Client, spelling: str) -> None:
    item = evidence(source_url=STORED)
    answer = curator.post(ADD, filled(source_url=spelling))
    assert item.public_id in errors(answer)["source_url"][0]
    assert change(item) in answer.content.decode()
    assert 'type="checkbox" name="again"' in answer.content.decode()
    assert Evidence.objects.count() == 1
    curator.post(ADD, filled(source_url=spelling, again="on"))
    assert Evidence.objects.count() == 2


def test_nothing_is_asked_where_nothing_is_the_same(curator: Client) -> None:
    evidence(source_url=STORED)
    assert 'type="checkbox" name="again"' not in curator.get(ADD).content.decode()
    recorded(curator)


def test_an_edit_that_leaves_the_address_is_not_asked_again(curator: Client) -> None:
    evidence(source_url=STORED)
    item = evidence(source_url=STORED, public_at=None)
    assert curator.post(change(item), filled(source_url=STORED, publisher="Mended")).status_code == 302
    assert Evidence.objects.get(pk=item.pk).publisher == "Mended"


def test_an_edit_to_an_address_that_is_there_needs_the_tick(curator: Client) -> None:
    evidence(source_url=STORED)
    item = evidence(public_at=None)
    answer = curator.post(change(item), filled(source_url=STORED))
    assert "recorded already" in errors(answer)["source_url"][0]


def test_a_title_that_is_nearly_there_is_said_after_saving_and_keeps_nobody(curator: Client) -> None:
    item = evidence(title="China anuncia visado libre para cinco países")
    answer = curator.post(ADD, filled(title="China anuncia visado libre para siete países"), follow=True)
    assert Evidence.objects.count() == 2
    said = f'{Evidence.objects.latest("pk")} has nearly the same title as <a href="{change(item)}"'
    assert said in answer.content.decode()


# --- pledges ---


def test_pledges_are_suggested_by_code_and_by_words(curator: Client) -> None:
    by_code = curator.get(PLEDGES, {"q": "spc-3."}).json()["items"]
    assert [row["value"] for row in by_code][:2] == ["SPC-3.1", "SPC-3.2"]
    by_words = curator.get(PLEDGES, {"q": "oceans"}).json()["items"]
    assert by_words
    assert all(row["label"] for row in by_words)
    assert curator.get(PLEDGES, {"q": ""}).json() == {"items": []}
    assert curator.post(PLEDGES).status_code == 405
