"""Giving files out: to all once the item is public, to the desk by a short key, and never so that they could act."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.signing import TimestampSigner
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from commitments.evidence.files import keyed_address
from commitments.models import Evidence
from tests.desk.sources import PDF, POLYGLOT
from tests.factories import AT, evidence, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon", "kept")]

FILES = "files.tracker.example"


@pytest.fixture(autouse=True)
def _on_the_site(settings: Any) -> None:
    settings.EVIDENCE_ORIGIN = ""
    settings.SITE_URL = "https://tracker.example"


@pytest.fixture
def apart(settings: Any) -> None:
    """Files have an origin of their own."""
    settings.EVIDENCE_ORIGIN = f"https://{FILES}"
    settings.ALLOWED_HOSTS = ["tracker.example", FILES]


def with_file(content: bytes = PDF, **fields: Any) -> Evidence:
    file = ContentFile(content, name="ab/abcdef.pdf")
    said = {"file_name": "Ley n.º 1.pdf", "media_type": "application/pdf", "sha256": "ab" * 32}
    return evidence(source_url="", file=file, **said, **fields)


def at(item: Evidence) -> str:
    return f"/files/evidence/{item.public_id}/"


def key_of(item: Evidence) -> str:
    return keyed_address(item).partition("?key=")[2]


@pytest.mark.parametrize("content", [PDF, POLYGLOT], ids=["pdf", "pdf-and-page"])
def test_the_file_of_a_public_item_is_given_to_be_kept_and_not_shown(client: Client, content: bytes) -> None:
    answer = client.get(at(with_file(content)))
    assert (answer.status_code, b"".join(answer)) == (200, content)
    headers = answer.headers
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Disposition"] == "attachment; filename*=utf-8''Ley%20n.%C2%BA%201.pdf"
    assert headers["Content-Length"] == str(len(content))
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cache-Control"] == "public, max-age=3600"
    assert "Access-Control-Allow-Origin" not in headers
    assert "Vary" not in headers


def test_reading_a_file_touches_no_session_and_sets_no_cookie(client: Client) -> None:
    item = with_file()
    client.cookies["session"] = "left-over"
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(at(item))
    assert answer.cookies == {}
    assert all(q["sql"].startswith("SELECT") and "session" not in q["sql"] for q in asked.captured_queries)


def test_a_head_request_tells_the_same_without_the_file(client: Client) -> None:
    item = with_file()
    read, asked = client.get(at(item)), client.head(at(item))
    assert (asked.status_code, asked.content) == (200, b"")
    assert dict(asked.headers) == dict(read.headers)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_a_file_can_only_be_read(client: Client, method: str) -> None:
    assert getattr(client, method)(at(with_file())).status_code == 405


def test_who_has_the_file_is_not_sent_it_again(client: Client) -> None:
    item = with_file()
    etag = client.get(at(item))["ETag"]
    again = client.get(at(item), HTTP_IF_NONE_MATCH=etag)
    assert (again.status_code, again.content) == (304, b"")
    assert again["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert client.get(at(item), HTTP_IF_NONE_MATCH='"other"').status_code == 200


# --- what readers do not see yet ---


def test_the_file_of_an_item_that_is_not_public_is_not_there(client: Client) -> None:
    hidden, unknown = client.get(at(with_file(public_at=None))), client.get("/files/evidence/E99999/")
    assert (hidden.status_code, unknown.status_code) == (404, 404)
    assert hidden.content == unknown.content
    assert hidden["Cache-Control"] == "no-store"


def test_signing_in_opens_no_file_by_itself(desk: Callable[[Any], Client]) -> None:
    assert desk(person("curator")).get(at(with_file(public_at=None))).status_code == 404


def test_a_key_opens_its_item_for_five_minutes_and_no_cache_keeps_it(client: Client) -> None:
    item = with_file(public_at=None)
    address = f"{at(item)}?key={key_of(item)}"
    answer = client.get(address)
    assert (answer.status_code, b"".join(answer), answer["Cache-Control"]) == (200, PDF, "private, no-store")
    with time_machine.travel(AT + timedelta(hours=12, minutes=4, seconds=59), tick=False):
        assert client.get(address).status_code == 200
    with time_machine.travel(AT + timedelta(hours=12, minutes=5, seconds=2), tick=False):
        assert client.get(address).status_code == 404


def test_a_key_opens_no_other_item(client: Client) -> None:
    item, other = with_file(public_at=None), with_file(public_at=None)
    assert client.get(f"{at(other)}?key={key_of(item)}").status_code == 404


def test_a_key_that_was_made_elsewhere_opens_nothing(client: Client) -> None:
    item = with_file(public_at=None)
    forged = [
        "",
        "x",
        item.public_id,
        f"{item.public_id}:1x:y",
        key_of(item)[:-1],
        TimestampSigner(salt="another").sign(item.public_id),
        TimestampSigner(key="guessed", salt="commitments.evidence.files").sign(item.public_id),
        "\x00",
    ]
    for key in forged:
        assert client.get(at(item), {"key": key}).status_code == 404, key


def test_the_desk_leads_to_a_file_with_a_fresh_key(client: Client, desk: Callable[[Any], Client]) -> None:
    item, seen = with_file(public_at=None), with_file()
    viewer = desk(person("viewer"))
    led = viewer.get(f"/admin/commitments/evidence/{item.pk}/file/")
    assert (led.status_code, led.url.partition("?")[0]) == (302, f"https://tracker.example{at(item)}")  # type: ignore[attr-defined]
    assert client.get(led.url.removeprefix("https://tracker.example")).status_code == 200  # type: ignore[attr-defined]
    assert viewer.get(f"/admin/commitments/evidence/{seen.pk}/file/").url.endswith(at(seen))  # type: ignore[attr-defined]
    assert viewer.get(f"/admin/commitments/evidence/{evidence().pk}/file/").status_code == 404
    led = client.get(f"/admin/commitments/evidence/{item.pk}/file/")
    assert "/login/" in led.url  # type: ignore[attr-defined]


def test_a_file_that_is_gone_from_its_place_is_not_there(client: Client, kept: Path) -> None:
    item = with_file()
    (kept / item.file.name).unlink()
    assert client.get(at(item)).status_code == 404
    assert client.get(at(evidence())).status_code == 404


@pytest.mark.parametrize(
    "path", ["../secret-key", "E0001/../../x", "%2e%2e%2fsecret-key", "ab/abcdef.pdf", "", "E1%00"]
)
def test_no_path_leads_to_a_file(client: Client, path: str) -> None:
    with_file()
    assert client.get(f"/files/evidence/{path}/").status_code == 404
    assert client.get(f"/files/{path}").status_code in (301, 404)
    assert client.get(f"/static/{path}").status_code == 404


# --- an origin of their own ---


@pytest.mark.usefixtures("apart")
def test_files_are_served_on_their_host_alone(client: Client) -> None:
    item = with_file()
    assert client.get(at(item), HTTP_HOST=FILES).status_code == 200
    assert client.get(at(item), HTTP_HOST="tracker.example").status_code == 404
    assert client.get(at(item), HTTP_HOST=FILES.upper()).status_code == 200
    assert client.get(at(item), HTTP_HOST="elsewhere.example").status_code == 400


@pytest.mark.usefixtures("apart")
@pytest.mark.parametrize(
    "path", ["/", "/en/", "/admin/", "/account/login/", "/api/v1/", "/static/admin/css/base.css", "/healthz"]
)
def test_their_host_serves_nothing_else(client: Client, path: str) -> None:
    answer = client.get(path, HTTP_HOST=FILES)
    assert (answer.status_code, answer.cookies) == (404, {})
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.usefixtures("apart")
def test_links_lead_to_their_host(client: Client, desk: Callable[[Any], Client]) -> None:
    item, hidden = with_file(), with_file(public_at=None)
    page = client.get(f"/en/evidence/{item.public_id}/", HTTP_HOST="tracker.example").content.decode()
    assert f'href="https://{FILES}{at(item)}"' in page
    led = desk(person()).get(f"/admin/commitments/evidence/{hidden.pk}/file/", HTTP_HOST="tracker.example")
    assert led.url.startswith(f"https://{FILES}{at(hidden)}?key=")  # type: ignore[attr-defined]


def test_without_a_host_of_their_own_the_public_page_leads_to_the_site(client: Client) -> None:
    item = with_file()
    page = client.get(f"/en/evidence/{item.public_id}/").content.decode()
    assert f'href="https://tracker.example{at(item)}"' in page
    assert client.get(at(item)).status_code == 200
