"""The resources of the API: every field of a pledge and a passage, and that quotes are the text at their offsets."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from commitments.catalogue.schema import Catalogue
from commitments.models import Passage
from tests import unpublished

pytestmark = pytest.mark.django_db

LANGUAGES = {"en", "zh-hans", "es", "pt-br"}
TRACKABILITIES = {"verifiable", "directional", "continuing", "declaratory"}
#: Members of a pledge, of its quotes, of its status, and of a passage, with their types: INTERFACE.md's examples.
PLEDGE = {
    "code": str,
    "url": str,
    "document": str,
    "project": (int, type(None)),
    "section": str,
    "title": dict,
    "quotes": list,
    "trackability": str,
    "test": dict,
    "actors": list,
    "themes": list,
    "rights": list,
    "status": dict,
    "flags": list,
    "counts": dict,
}
QUOTE = {"rendition": str, "language": str, "authority": str, "text": str, "start": int, "end": int, "note": str}
STATUS = {"value": str, "provisional": bool}
PASSAGE = {
    "rendition": str,
    "language": str,
    "section": (str, type(None)),
    "ordinal": int,
    "role": str,
    "text": str,
    "start": int,
    "end": int,
    "pledges": list,
}


_SEEN: dict[str, list[dict[str, Any]]] = {}
Rows = Callable[[str], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _unthrottled() -> None:
    cache.clear()


@pytest.fixture
def rows(client: Client) -> Rows:
    """Fetch all rows of a resource, once for all tests here: none of them changes the record."""
    return lambda resource: (
        _SEEN.get(resource) or _SEEN.setdefault(resource, list(every(client, f"/api/v1/{resource}/?page_size=200")))
    )


def every(client: Client, address: str) -> Iterator[dict[str, Any]]:
    """All rows of a resource, page by page."""
    following = address
    while following:
        page = client.get(following).json()
        assert page.keys() == {"count", "next", "previous", "results"}
        yield from page["results"]
        following = page["next"]


def is_like(row: dict[str, Any], shape: dict[str, Any]) -> bool:
    return all(name in row and isinstance(row[name], kind) for name, kind in shape.items())


def texts(client: Client) -> dict[tuple[str, str], str]:
    """The text of each rendition, as the API gives it."""
    found = {}
    for document in client.get("/api/v1/documents/").json()["results"]:
        for rendition in client.get(f"/api/v1/documents/{document['slug']}/").json()["renditions"]:
            found[document["slug"], rendition["key"]] = rendition["text"]
    return found


def test_the_root_names_the_resources_with_their_addresses(client: Client) -> None:
    root = client.get("/api/v1/").json()
    assert root.keys() >= {"documents", "sections", "passages", "pledges"}
    for name, address in root.items():
        assert address == f"{settings.SITE_URL}/api/v1/{name}/"
        assert client.get(address.removeprefix(settings.SITE_URL)).status_code == 200


def test_every_pledge_has_every_member_with_its_type_and_the_values_of_the_files(
    rows: Rows, catalogue: Catalogue
) -> None:
    entries = [(folder.document, pledge) for folder in catalogue.documents for pledge in folder.pledges]
    assert [row["code"] for row in rows("pledges")] == [pledge.code for _, pledge in entries]
    for row, (document, pledge) in zip(rows("pledges"), entries, strict=True):
        assert is_like(row, PLEDGE)
        assert all(is_like(quote, QUOTE) for quote in row["quotes"])
        assert is_like(row["status"], STATUS)
        assert row["status"].keys() >= {"effective_on", "published_at", "grade"}
        assert is_like(row["counts"], {"updates": int, "evidence": int})
        section = pledge.code.partition("-")[2].rpartition(".")[0]
        project = int(section.partition(".")[0]) if "." in section else None
        assert (row["document"], row["project"], row["section"]) == (document.slug, project, section)
        assert row["url"] == f"{settings.SITE_URL}/en/pledges/{pledge.code}/"
        coding = pledge.coding
        assert (row["title"], row["test"], row["trackability"]) == (coding.title, coding.test, coding.trackability)
        assert row["title"].keys() == LANGUAGES
        assert row["trackability"] in TRACKABILITIES
        for name in ("actors", "themes", "rights", "addressees"):
            assert sorted(row[name]) == sorted(getattr(coding, name))
        status = "not_assessable" if coding.trackability == "declaratory" else "not_assessed"
        assert row["status"]["value"] == status


def test_one_pledge_alone_is_the_same_as_in_the_list(client: Client, rows: Rows) -> None:
    (listed,) = [row for row in rows("pledges") if row["code"] == "FMP-2.11.3"]
    response = client.get("/api/v1/pledges/FMP-2.11.3/")
    assert response["Content-Type"] == "application/json"
    assert response.json() == listed


def test_quotes_and_passages_are_the_documents_text_at_their_offsets(client: Client, rows: Rows) -> None:
    text = texts(client)
    for pledge in rows("pledges"):
        for quote in pledge["quotes"]:
            source = text[pledge["document"], quote["rendition"]]
            assert source[quote["start"] : quote["end"]] == quote["text"], pledge["code"]
    for passage in rows("passages"):
        source = text[passage["document"], passage["rendition"]]
        assert source[passage["start"] : passage["end"]] == passage["text"]


def test_a_passage_names_the_pledges_whose_quotes_lie_in_it_and_no_others(rows: Rows, catalogue: Catalogue) -> None:
    quoted: dict[tuple[str, str], list[tuple[int, int, str]]] = {}
    for pledge in rows("pledges"):
        for quote in pledge["quotes"]:
            place = quoted.setdefault((pledge["document"], quote["rendition"]), [])
            place.append((quote["start"], quote["end"], pledge["code"]))
    assert len(rows("passages")) == sum(len(row.passages) for folder in catalogue.documents for row in folder.rows)
    for row in rows("passages"):
        assert is_like(row, PASSAGE)
        here = quoted[row["document"], row["rendition"]]
        wanted = {code for start, end, code in here if start < row["end"] and end > row["start"]}
        assert set(row["pledges"]) == wanted
        assert len(row["pledges"]) == len(wanted)
        assert (row["role"] == "pledge") == bool(wanted)


def test_a_passage_names_no_pledge_that_is_not_yet_public(client: Client) -> None:
    with time_machine.travel(datetime(2026, 11, 20, 12, tzinfo=UTC), tick=False):
        assert client.get("/api/v1/pledges/").json()["count"] == 0
        assert [row["pledges"] for row in every(client, "/api/v1/passages/?page_size=500") if row["pledges"]] == []


def test_no_address_holds_a_key_of_the_database(client: Client) -> None:
    key = Passage.objects.values_list("pk", flat=True)[0]
    assert client.get(f"/api/v1/passages/{key}/").status_code == 404


def test_passages_can_be_asked_by_document_rendition_section_and_role(client: Client, catalogue: Catalogue) -> None:
    query = "document=policy-paper-2025&rendition=zh&section=2.11&role=pledge&page_size=500"
    folder = next(f for f in catalogue.documents if f.document.slug == "policy-paper-2025")
    wanted = [p.exact for row in folder.rows if row.section == "2.11" for p in row.passages if p.rendition == "zh"]
    assert [row["text"] for row in every(client, f"/api/v1/passages/?{query}")] == wanted
    lead_in = list(every(client, "/api/v1/passages/?document=policy-paper-2025&role=context&page_size=500"))
    assert lead_in[0]["section"] is None


def test_documents_list_their_renditions_and_one_alone_has_the_texts(client: Client, catalogue: Catalogue) -> None:
    rows = client.get("/api/v1/documents/").json()["results"]
    assert [row["slug"] for row in rows] == [folder.document.slug for folder in catalogue.documents]
    for row, folder in zip(rows, catalogue.documents, strict=True):
        assert row["baseline_on"] == folder.document.baseline_on.isoformat()
        assert [r["key"] for r in row["renditions"]] == [r.key for r in folder.document.renditions]
        assert all("text" not in rendition for rendition in row["renditions"])
    assert texts(client) == catalogue.texts


def test_sections_come_by_code_with_their_project(client: Client, catalogue: Catalogue) -> None:
    rows = list(every(client, "/api/v1/sections/?page_size=500"))
    assert [(r["document"], r["number"], r["title"]) for r in rows] == [
        (f.document.slug, s.number, s.title) for f in catalogue.documents for s in f.document.sections
    ]
    assert client.get("/api/v1/sections/FMP-2.11/").json() == next(row for row in rows if row["code"] == "FMP-2.11")
    assert {row["parent"] for row in rows if row["kind"] == "section"} == {"1", "2", "3", "4", "5"}
    assert {row["code"] for row in every(client, "/api/v1/sections/?kind=paragraph")} == {
        f"SPC-{n}" for n in range(1, 8)
    }


@pytest.mark.parametrize("resource", ["pledges", "passages", "sections"])
def test_pages_follow_each_other_without_a_gap_or_a_repetition(client: Client, rows: Rows, resource: str) -> None:
    whole = rows(resource)
    first = client.get(f"/api/v1/{resource}/?page_size=20").json()
    second = client.get(first["next"]).json()
    assert first["results"] + second["results"] == whole[:40]
    assert (first["count"], first["previous"], len(second["results"])) == (len(whole), None, 20)
    assert client.get(second["previous"]).json()["results"] == first["results"]
    assert len(client.get(f"/api/v1/{resource}/").json()["results"]) == min(50, len(whole))
    assert len(client.get(f"/api/v1/{resource}/?page_size=1").json()["results"]) == 1


def moments(value: Any, name: str = "") -> Iterator[str]:
    """Yield every time in an answer."""
    if isinstance(value, dict):
        for key, inside in value.items():
            yield from moments(inside, key)
    elif isinstance(value, list):
        for inside in value:
            yield from moments(inside, name)
    elif value and name.endswith("_at"):
        yield value


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/Sao_Paulo"])
def test_times_are_utc_wherever_the_site_stands(client: Client, settings: Any, zone: str) -> None:
    unpublished.public()
    names = ("pledges", "updates", "indicators", "log")
    addresses = [f"/api/v1/{name}/?page_size=500" for name in names] + ["/api/v1/changes/?from=2020-01-01"]
    in_utc = [client.get(address).json() for address in addresses]
    settings.TIME_ZONE = zone
    there = [client.get(address).json() for address in addresses]
    assert there == in_utc
    for answer in there:
        found = list(moments(answer["results"]))
        assert found
        assert all(one.endswith("Z") for one in found), found[:3]
