"""The description of the API: valid OpenAPI that names every resource and member, and a page to read it on."""

import re
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.cache import cache
from django.test import Client
from drf_spectacular.validation import validate_schema

pytestmark = pytest.mark.django_db

_SEEN: dict[str, Any] = {}


@pytest.fixture(autouse=True)
def _unthrottled() -> None:
    cache.clear()


@pytest.fixture
def schema(client: Client) -> dict[str, Any]:
    """The description, made once for all tests here."""
    if not _SEEN:
        response = client.get("/api/v1/schema/")
        assert response.status_code == 200
        assert response["Content-Type"].startswith("application/vnd.oai.openapi")
        _SEEN.update(yaml.safe_load(response.content))
    return _SEEN


def parameters(schema: dict[str, Any], path: str) -> set[str]:
    return {p["name"] for p in schema["paths"][path]["get"].get("parameters", []) if p["in"] == "query"}


def test_the_description_is_valid_openapi_3(schema: dict[str, Any]) -> None:
    assert schema["openapi"].startswith("3.")
    validate_schema(schema)


def test_it_names_every_resource_and_only_reading(schema: dict[str, Any]) -> None:
    wanted = {f"/api/v1/{name}/" for name in ("documents", "sections", "passages", "pledges")}
    assert schema["paths"].keys() >= {
        *wanted,
        "/api/v1/",
        "/api/v1/pledges/{code}/",
        "/api/v1/sections/{code}/",
        "/api/v1/documents/{slug}/",
    }
    assert {method for path in schema["paths"].values() for method in path} == {"get"}


def test_it_names_the_parameters_that_the_resources_take(client: Client, schema: dict[str, Any]) -> None:
    for name in ("documents", "sections", "passages", "pledges"):
        body = client.get(f"/api/v1/{name}/?nope=1").json()
        known = body["errors"]["nope"][0].partition("Known here: ")[2].rstrip(".").split(", ")
        assert parameters(schema, f"/api/v1/{name}/") == set(known)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/v1/pledges/SPC-3.1/", "Pledge"),
        ("/api/v1/sections/FMP-2.11/", "Section"),
        ("/api/v1/documents/policy-paper-2025/", "DocumentText"),
    ],
)
def test_an_answer_has_the_members_that_are_described(
    client: Client, schema: dict[str, Any], path: str, name: str
) -> None:
    assert client.get(path).json().keys() == schema["components"]["schemas"][name]["properties"].keys()


def test_it_says_how_errors_look(schema: dict[str, Any]) -> None:
    for path, operations in schema["paths"].items():
        responses = operations["get"]["responses"]
        assert responses.keys() >= {"200", "400", "404", "406", "429"}, path
        assert "application/problem+json" in responses["400"]["content"]


def test_it_can_be_had_as_json(client: Client, schema: dict[str, Any]) -> None:
    response = client.get("/api/v1/schema/?format=json")
    assert response["Content-Type"] == "application/vnd.oai.openapi+json"
    assert response.json()["paths"].keys() == schema["paths"].keys()


@pytest.mark.parametrize("query", ["lang=es", "version=2", "nope=1", "format=json&lang=es"])
def test_it_takes_no_other_parameter_and_its_errors_are_json(client: Client, query: str) -> None:
    response = client.get(f"/api/v1/schema/?{query}")
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert list(response.json()["errors"]) == [query.rpartition("&")[2].partition("=")[0]]


@pytest.mark.parametrize("address", ["schema/?format=xml", "docs/?format=xml"])
def test_a_form_that_is_not_there_is_refused_in_json(client: Client, address: str) -> None:
    response = client.get(f"/api/v1/{address}")
    assert (response.status_code, response["Content-Type"]) == (406, "application/problem+json")
    assert response.json()["status"] == 406


def test_the_page_of_the_description_has_nothing_inline_and_all_of_its_files_are_here(client: Client) -> None:
    response = client.get("/api/v1/docs/")
    body = response.content.decode()
    assert response.status_code == 200
    assert re.findall(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", body) == []
    sources = re.findall(r"<(?:script|link)[^>]*?(?:src|href)=\"([^\"]*)\"", body)
    files = [source.removeprefix(settings.STATIC_URL) for source in sources if source.startswith(settings.STATIC_URL)]
    assert len(files) >= 4
    assert [name for name in files if not finders.find(name)] == []
    (script,) = [source for source in sources if not source.startswith(settings.STATIC_URL)]
    asked = client.get(script)
    assert asked.status_code == 200
    assert "javascript" in asked["Content-Type"]
    assert "/api/v1/schema/" in asked.content.decode()
