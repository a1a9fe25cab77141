"""Cards for other people's pages: small, in four languages, light and dark; and the only page that may be framed."""

from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from commitments.models import LANGUAGES, Section
from commitments.record import published as record
from tests.beside import day, recoded
from tests.factories import evidence, pledge, published, update, words

from .test_anonymous import CSP, INLINE
from .test_overview import Node, fetch, parse

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _two_days_later() -> Iterator[None]:
    with time_machine.travel(day("2026-11-24"), tick=False):
        yield


def policy(client: Client, address: str) -> dict[str, list[str]]:
    header = client.get(address).headers["Content-Security-Policy"]
    return {name: values for name, *values in (part.split() for part in header.split(";") if part.strip())}


def card(client: Client, address: str, status: int = 200) -> Node:
    response = client.get(address)
    assert response.status_code == status
    return parse(response.content.decode())


# --- what it says ---------------------------------------------------------------------------


def test_a_pledge_says_its_status_grade_words_and_when_it_was_updated(client: Client) -> None:
    place = pledge()
    published(update(place, "announced"), [(evidence(), "supports")])
    found = card(client, f"/embed/{place.code}/")
    title = record.coding_of(record.pledges(on=day("2026-11-24").date()).get(pk=place.pk)).title["en"]
    assert found.one("h1").text() == f"{place.code} {title}"
    assert found.one("p", "stands").text() == "announced (provisional) · grade D"
    assert found.one("p", "stands").one("svg")["class"] == "mark m-announced"
    assert found.one("p", "source").text().startswith("updated 22 November 2026 · As of 24 November 2026 (UTC).")
    quote = found.one("blockquote")
    shown, whole = quote.text(), quote["title"]
    assert whole.startswith(shown.rstrip("…"))
    assert quote["lang"] == "en"


def test_a_section_shows_all_of_its_pledges_as_marks_with_counts(client: Client) -> None:
    published(update(pledge(), "announced"), [(evidence(), "supports")])
    section = pledge().section
    found = card(client, f"/embed/{section}/")
    assert found.one("h1").text().startswith(str(section))
    total = section.pledges.count()
    assert len(found.one("ul", "marks").all("a")) == total
    assert f"1 of {total} assessed · 1 provisionally" in found.one("p", "sum").text()
    counts = [li.one("b").text() for li in found.one("ul", "statuses").all("li")]
    assert sum(map(int, counts)) == total


def test_a_project_shows_the_pledges_of_all_of_its_sections(client: Client) -> None:
    project = Section.objects.get(document__code="FMP", number="2")
    found = card(client, "/embed/FMP-2/")
    inside = sum(section.pledges.count() for section in Section.objects.filter(parent=project))
    assert len(found.one("ul", "marks").all("a")) == inside > 100


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_speaks_the_language_asked_for_and_leads_to_the_page_in_it(client: Client, language: str) -> None:
    found = card(client, f"/embed/FMP-2.11.3/?language={language}")
    tag = {"zh-hans": "zh-Hans", "pt-br": "pt-BR"}.get(language, language)
    assert found.one("html")["lang"] == tag
    for link in found.all("a"):
        assert link["href"].startswith(f"{settings.SITE_URL}/{language}/")
        assert (link["target"], link["rel"]) == ("_blank", "noopener")


def test_as_of_a_day_it_says_what_was_known_then_and_its_links_keep_the_day(client: Client) -> None:
    place = pledge()
    published(update(place, "announced"), [(evidence(), "supports")], at=day("2026-11-23"))
    before = card(client, f"/embed/{place.code}/?as_of=2026-11-22")
    assert before.one("p", "stands").text() == "not assessed"
    assert "As of 22 November 2026" in before.text()
    assert all(link["href"].endswith("?as_of=2026-11-22") for link in before.all("a"))
    assert "announced" in card(client, f"/embed/{place.code}/").text()


def test_a_theme_is_a_class_of_the_whole_page(client: Client) -> None:
    assert card(client, "/embed/SPC-3.1/?theme=dark").one("html")["class"] == "dark"
    assert "class" not in card(client, "/embed/SPC-3.1/").one("html").attrs


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("SPC-99.9/", 404),
        ("nothing/", 404),
        ("SPC-3.1/?language=fr", 400),
        ("SPC-3.1/?theme=pink", 400),
        ("SPC-3.1/?as_of=2027-01-01", 400),
        ("SPC-3.1/?as_of=then", 400),
        ("SPC-3.1/?utm_source=x", 200),
    ],
)
def test_what_is_wrong_is_said_in_the_frame(client: Client, address: str, status: int) -> None:
    found = card(client, f"/embed/{address}", status)
    assert bool(found.one("h1").attrs.get("class")) == (status != 200)
    assert bool(found.all("p", "stands")) == (status == 200)


def test_words_of_the_record_and_of_the_address_are_escaped(client: Client) -> None:
    place = pledge()
    recoded(place, title=words('<i>"x"</i>'))
    assert card(client, f"/embed/{place.code}/").one("h1").text() == f'{place.code} <i>"x"</i>'
    for address in (f"{place.code}/", f"{place.section}/", "<i>/", "SPC-3.1/?theme=<i>", "SPC-3.1/?language=<i>"):
        assert b"<i>" not in client.get(f"/embed/{address}").content, address


# --- who may frame it -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["/embed/SPC-3.1/", "/embed/FMP-2.11/", "/embed/nothing/", "/embed/SPC-3/?theme=x"]
)
def test_any_site_may_frame_a_card_and_everything_else_stays_strict(client: Client, address: str) -> None:
    assert policy(client, address) == CSP | {"frame-ancestors": ["*"]}
    response = client.get(address)
    assert "X-Frame-Options" not in response.headers
    assert INLINE.findall(response.content.decode()) == []
    assert "<script" not in response.content.decode()


@pytest.mark.parametrize(
    "address", ["/en/pledges/SPC-3.1/", "/en/calendar/", "/calendar.ics", "/en/actors/br/", "/embed/"]
)
def test_nothing_else_may_be_framed(client: Client, address: str) -> None:
    assert policy(client, address)["frame-ancestors"] == ["'none'"]
    assert client.get(address).headers["X-Frame-Options"] == "DENY"


def test_it_leaves_nothing_behind_and_is_known_again(client: Client) -> None:
    first = client.get("/embed/SPC-3.1/")
    assert first.cookies == {}
    assert "Vary" not in first.headers or "cookie" not in first["Vary"].casefold()
    assert first["Cache-Control"] == "public, max-age=300"
    again = client.get("/embed/SPC-3.1/", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert policy(client, "/embed/SPC-3.1/")["frame-ancestors"] == ["*"]
    assert client.post("/embed/SPC-3.1/").status_code == 405


def test_queries_do_not_grow_with_the_pledges_of_a_section(client: Client) -> None:
    def asked(code: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/embed/{code}/")
        return len(queries)

    assert asked("FMP-2") == asked("FMP-2.11") < 10


# --- how it is set into a page --------------------------------------------------------------


def test_the_page_of_a_pledge_gives_lines_to_copy_for_it_and_its_section(client: Client) -> None:
    recoded(pledge(), title=words('A "quoted" & <odd> title'))
    code, section = pledge().code, str(pledge().section)
    page = fetch(client, f"/es/pledges/{code}/")
    first, second = (area.text() for area in page.one("details", "embed").all("textarea"))
    frame = parse(first).one("iframe")
    assert frame["src"] == f"{settings.SITE_URL}/embed/{code}/?language=es"
    assert unescape(frame["title"]) == f'{code} A "quoted" & <odd> title'
    assert 200 < int(frame["height"]) < 600
    assert f"/embed/{section}/?language=es" in second
    for text in (first, second):
        address: Any = parse(text).one("iframe")["src"]
        assert client.get(address.removeprefix(settings.SITE_URL)).status_code == 200


@pytest.mark.parametrize(("written", "code"), [("spc-3.1", "SPC-3.1"), ("Fmp-2.11", "FMP-2.11"), ("fmp-2", "FMP-2")])
def test_a_code_in_small_letters_leads_to_the_card(client: Client, written: str, code: str) -> None:
    response = client.get(f"/embed/{written}/?theme=dark&language=es")
    assert (response.status_code, response["Location"]) == (301, f"/embed/{code}/?theme=dark&language=es")
    assert client.get(response["Location"]).status_code == 200


@pytest.mark.parametrize("code", ["spc-99.9", "SPC-３.1", "SPC-3.1.2.3", "SPC", "3.1"])  # a wide digit
def test_what_is_no_code_is_not_found(client: Client, code: str) -> None:
    assert client.get(f"/embed/{code}/").status_code == 404
