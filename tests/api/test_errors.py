"""Errors of the API: problem details (RFC 9457) that name what is wrong; who may ask, and how often."""

from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.test import Client
from rest_framework.throttling import AnonRateThrottle

from tests import unpublished

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _unthrottled() -> None:
    cache.clear()


def problem(client: Client, address: str, status: int, method: str = "get", **headers: str) -> dict[str, object]:
    """Return the problem that an address answers with."""
    response = getattr(client, method)(address, headers=headers)
    assert response.status_code == status, response.content[:200]
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["type"] == "about:blank"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body.keys() <= {"type", "title", "status", "detail", "errors"}
    return body


@pytest.mark.parametrize(
    "address",
    [
        "pledges/?as_off=2026-01-01",
        "pledges/?utm_source=x",
        "passages/?code=SPC-3.1",
        "sections/?q=x",
        "documents/?document=x",
        "pledges/SPC-3.1/?theme=digital",
        "documents/policy-paper-2025/?page=1",
    ],
)
def test_an_unknown_parameter_is_refused_and_named(client: Client, address: str) -> None:
    name = address.partition("?")[2].partition("=")[0]
    body = problem(client, f"/api/v1/{address}", 400)
    assert list(body["errors"]) == [name]
    assert name in body["detail"]


def test_every_unknown_parameter_is_named_at_once(client: Client) -> None:
    body = problem(client, "/api/v1/pledges/?b=1&theme=digital&a=2", 400)
    assert list(body["errors"]) == ["a", "b"]


def test_the_root_too_refuses_what_it_does_not_know(client: Client) -> None:
    problem(client, "/api/v1/?theme=digital", 400)


@pytest.mark.parametrize(
    "query",
    [
        *(f"pledges/?{name}=nope" for name in ("document", "project", "section", "trackability", "actor", "theme")),
        "pledges/?right=nope",
        "pledges/?ordering=nope",
        "pledges/?q=" + "a" * 201,
        "pledges/?q=%00",
        "pledges/?theme=digital&theme=nope",
        "sections/?document=nope",
        "sections/?kind=nope",
        "passages/?document=nope",
        "passages/?role=nope",
        "passages/?rendition=%00",
        "passages/?rendition=nope",
        "passages/?section=99",
        "pledges/?page_size=0",
        "pledges/?page_size=501",
        "pledges/?page_size=-1",
        "pledges/?page_size=abc",
        "pledges/?page_size=",
        "pledges/?page_size=٣",
        "passages/?page_size=" + "9" * 40,
        "pledges/?page=0",
        "pledges/?page=abc",
        "pledges/?page=9999",
        "pledges/?page=last",
        "pledges/?page=٢",
        "pledges/?page_size=２",
        *(f"updates/?provisional={value}" for value in ("banana", "yes", "0", "1", "3", "True", "")),
        *(
            f"{name}/?pledge={code}"
            for name in ("updates", "evidence")
            for code in ("NOPE-9", "SPC-3.%D9%A1", "%00", "x")
        ),
        *(
            f"pledges/?as_of={day}"
            for day in ("2026-W12-1", "20261122", "２０２６-11-22", "2026-11-22%0A", "%202026-11-22")
        ),
        *(f"pledges/?updated_after={day}" for day in ("12/11/2026", "2026-W12-1", "2026-11-22%0A", "Nov 22 2026")),
        *(f"changes/?from={day}" for day in ("2026-W12-1", "2026-11-22%0A")),
        *(f"log/?after={number}" for number in ("-1", "1e2", "٣", "１", "1.0", "2147483648", "99999999999")),
        "indicators/?section=FMP-2.٣",
    ],
)
def test_an_unknown_value_is_refused_and_its_parameter_named(client: Client, query: str) -> None:
    name = query.partition("?")[2].split("&")[-1].partition("=")[0]
    body = problem(client, f"/api/v1/{query}", 400)
    assert list(body["errors"]) == [name]
    assert all(body["errors"][name])
    assert name in body["detail"]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("updates/?provisional=true&provisional=false", "provisional"),
        ("updates/?pledge=SPC-3.1&pledge=SPC-3.2", "pledge"),
        ("evidence/?side=china&side=lac", "side"),
        ("evidence/?q=a&q=b", "q"),
        ("pledges/?as_of=2026-11-21&as_of=2026-11-22", "as_of"),
        ("pledges/SPC-3.1/?as_of=2026-11-21&as_of=2026-11-22", "as_of"),
        ("pledges/?page=1&page=2", "page"),
        ("pledges/?ordering=title&ordering=position", "ordering"),
        ("changes/?from=2026-11-21&from=2026-11-22", "from"),
        ("progress/?as_of=2026-11-21&as_of=2026-11-22", "as_of"),
        ("pledges/?format=json&format=json", "format"),
        ("schema/?format=json&format=json", "format"),
    ],
)
def test_a_repeated_parameter_that_takes_one_value_is_refused_and_named(client: Client, query: str, name: str) -> None:
    assert list(problem(client, f"/api/v1/{query}", 400)["errors"]) == [name]


def test_several_values_of_one_filter_mean_any_of_them(client: Client) -> None:
    seen = unpublished.public()
    every = client.get("/api/v1/updates/?page_size=500").json()["results"]
    statuses = sorted({row["status"] for row in every})[:2]
    assert len(statuses) == 2, seen
    found = client.get(f"/api/v1/updates/?status={statuses[0]}&status={statuses[1]}").json()["results"]
    assert [row["id"] for row in found] == [row["id"] for row in every if row["status"] in statuses]
    one = client.get(f"/api/v1/updates/?status={statuses[0]}").json()["results"]
    assert 0 < len(one) < len(found)


def test_codes_are_taken_in_small_letters_too(client: Client) -> None:
    seen = unpublished.public()
    code, item, update = seen.places[1].code, seen.items[0].public_id, seen.updates[0].public_id
    addresses = [f"pledges/{code}/", f"sections/{code.rpartition('.')[0]}/", f"evidence/{item}/", f"updates/{update}/"]
    addresses += [f"updates/?pledge={code}", f"evidence/?pledge={code}", "indicators/?section=FMP-2.3"]
    for address in addresses:
        path, _, asked = address.partition("?")
        name, _, value = asked.partition("=")
        lower = f"{path}?{name}={value.lower()}" if asked else path.lower()
        found, small = client.get(f"/api/v1/{address}").json(), client.get(f"/api/v1/{lower}")
        assert small.status_code == 200, lower
        assert small.json() == found


def test_a_pledge_that_was_not_public_yet_is_known_and_has_nothing(client: Client) -> None:
    unpublished.public()
    body = client.get("/api/v1/updates/?pledge=SPC-3.1&as_of=2020-01-01").json()
    assert body["count"] == 0


@pytest.mark.parametrize("address", ["updates/U١/", "evidence/E٠٠٠١/", "log/١/", "sections/SPC-٣/"])
def test_numbers_are_written_in_the_digits_of_the_web(client: Client, address: str) -> None:
    unpublished.public()
    problem(client, f"/api/v1/{address}", 404)


@pytest.mark.parametrize("size", ["1", "500"])
def test_a_page_may_hold_from_one_to_five_hundred(client: Client, size: str) -> None:
    assert client.get(f"/api/v1/passages/?page_size={size}").status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "pledges/SPC-99.1/",
        "pledges/nope/",
        "pledges/%F0%9F%98%80/",
        "pledges/a%00/",
        "documents/a%00/",
        "sections/SPC-99/",
        "sections/nope/",
        "documents/nope/",
        "passages/x/",
        "nope/",
        "pledges",
        "nope/a/b?c=d",
        "pledges/SPC-3.1/updates/",
    ],
)
def test_what_is_not_there_is_a_problem_too(client: Client, address: str) -> None:
    assert problem(client, f"/api/v1/{address}", 404)["title"] == "Not Found"


@pytest.mark.parametrize("debug", [False, True])
def test_a_problem_shows_nothing_of_the_inside(client: Client, settings: object, debug: bool) -> None:
    settings.DEBUG = debug
    for address in ("pledges/nope/", "nope/", "pledges/?theme=nope"):
        body = client.get(f"/api/v1/{address}").content.decode()
        assert "Traceback" not in body
        assert "urls" not in body


def test_markup_in_a_value_comes_back_as_json_only(client: Client) -> None:
    response = client.get(f"/api/v1/pledges/?theme={quote('<script>alert(1)</script>')}")
    assert response["Content-Type"] == "application/problem+json"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_only_json_is_to_be_had(client: Client) -> None:
    for wanted in ("text/html", "application/xml"):
        problem(client, "/api/v1/pledges/", 406, accept=wanted)
    for wanted in ("*/*", "application/json", "text/html,*/*;q=0.1"):  # the last is a browser's
        response = client.get("/api/v1/pledges/?page_size=1", headers={"accept": wanted})
        assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    problem(client, "/api/v1/pledges/?format=xml", 406)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("address", ["", "pledges/", "pledges/SPC-3.1/", "passages/", "documents/", "sections/FMP-2/"])
def test_the_api_can_only_be_read(address: str, method: str) -> None:
    for client in (Client(), Client(enforce_csrf_checks=True)):
        problem(client, f"/api/v1/{address}", 405, method=method)


def test_writing_to_an_unknown_address_is_a_problem_in_json() -> None:
    problem(Client(enforce_csrf_checks=True), "/api/v1/nope/", 404, method="post")


def test_other_sites_may_read_the_api_and_nothing_else(client: Client) -> None:
    origin = {"origin": "https://notebook.example"}
    for address in ("/api/v1/pledges/?page_size=1", "/api/v1/nope/", "/api/v1/pledges/?a=b", "/api/v1/schema/"):
        assert client.get(address, headers=origin)["access-control-allow-origin"] == "*"
    for address in ("/en/pledges/SPC-3.1/", "/healthz", "/admin/login/"):
        assert "access-control-allow-origin" not in client.get(address, headers=origin).headers


def test_a_browser_that_asks_first_is_told_what_is_allowed(client: Client) -> None:
    asked = {"origin": "https://notebook.example", "access-control-request-method": "GET"}
    response = client.options("/api/v1/pledges/", headers=asked)
    assert response.status_code == 200
    assert response["access-control-allow-origin"] == "*"
    assert {m.strip() for m in response["access-control-allow-methods"].split(",")} == {"GET", "HEAD", "OPTIONS"}
    assert "access-control-allow-credentials" not in response.headers
    assert client.options("/api/v1/pledges/").status_code == 200


def test_whoever_asks_too_often_is_told_when_to_come_back(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AnonRateThrottle, "rate", "2/min", raising=False)
    for _ in range(2):
        assert client.get("/api/v1/documents/").status_code == 200
    # An address that the client makes up is no way around it.
    response = client.get("/api/v1/documents/", headers={"x-forwarded-for": "203.0.113.9"})
    assert response.status_code == 429
    assert response["Content-Type"] == "application/problem+json"
    assert 0 < int(response["Retry-After"]) <= 60
    assert response.json()["title"] == "Too Many Requests"
    assert client.get("/api/v1/documents/", REMOTE_ADDR="198.51.100.7").status_code == 200
    assert client.get("/en/privacy/").status_code == 200  # pages are not counted
