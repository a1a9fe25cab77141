"""The progress page: seven pictures with their numbers, and each of them as a file of its own."""

import re
from collections import Counter
from datetime import date
from xml.etree import ElementTree

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from commitments.clock import today
from commitments.models import Pledge
from commitments.record import tallies
from commitments.web.progress import PLOTS
from tests import histories
from tests.factories import evidence, pledge, published, update

pytestmark = pytest.mark.django_db

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def _some_deeds() -> None:
    item = evidence(event_on=date(2026, 2, 3), published_on=date(2026, 2, 4))
    published(update(pledge(n=30), "in_progress", effective_on=date(2026, 2, 3)), [(item, "supports")])


def page(client: Client, address: str = "/en/progress/", status: int = 200) -> str:
    cache.clear()
    answer = client.get(address)
    assert answer.status_code == status
    return str(answer.content.decode())


def test_every_picture_is_there_with_its_numbers_and_its_files(client: Client) -> None:
    body = page(client)
    for name in PLOTS:
        assert f'<figure class="plot" id="{name}">' in body
        assert f'href="/en/charts/{name}.svg"' in body
        assert f'href="/en/charts/{name}.png"' in body
    assert body.count("The same in numbers") == len(PLOTS)
    assert not re.findall(r"<script(?![^>]*(?:src=|ld\+json))", body)
    assert "style=" not in body


def test_the_table_of_the_sections_holds_the_counts_of_the_record(client: Client) -> None:
    body = page(client)
    table = body[body.index('id="sections"') : body.index('id="world"')]
    rows = re.findall(r'<th scope="row">([\w.-]+) [^<]*</th>((?:<td>[^<]+</td>)+)', table)
    found = {code: re.findall(r"<td>([^<]+)<", cells) for code, cells in rows}
    parts = [p for s in tallies.shelves(tallies.cells(on=today())) for p in s.parts]
    assert len(found) == len(parts) == 51
    for part in parts:
        total, assessed, provisional, grades, *statuses = found[str(part.section)]
        assert [int(total), int(assessed), int(provisional)] == [
            part.tally.total,
            part.tally.assessed,
            part.tally.provisional,
        ]
        assert grades == (" · ".join(f"{grade} {n}" for grade, n in sorted(part.tally.grades.items())) or "–")
        assert sum(map(int, statuses)) == part.tally.total


def test_a_day_is_kept_in_the_links_and_the_files_of_the_page(client: Client) -> None:
    body = page(client, "/en/progress/?as_of=2026-11-21")
    assert 'href="/en/charts/sections.svg?as_of=2026-11-21"' in body
    assert 'href="/en/pledges/?as_of=2026-11-21"' in body
    assert "You read the record as it stood" in body


def test_a_project_a_section_or_a_theme_alone_has_a_page_its_pictures_and_its_list(client: Client) -> None:
    body = page(client, "/en/progress/?project=2&as_of=2026-11-22")
    table = body[body.index('id="sections"') : body.index('id="world"')]
    rows = re.findall(r'<th scope="row">([\w.-]+) [^<]*</th><td>(\d+)</td>', table)
    expected = Counter(
        str(place.section) for place in Pledge.objects.filter(section__parent__number="2").select_related("section")
    )
    assert {code: int(n) for code, n in rows} == expected
    assert 'href="/en/charts/sections.svg?project=2&amp;as_of=2026-11-22"' in body
    assert 'href="/en/pledges/?project=2&amp;as_of=2026-11-22"' in body
    assert "Project: 2 Development" in body
    for asked in ("section=2.11", "theme=climate", "document=sao-paulo-consensus", "q=climate"):
        assert "Where each section stands" in page(client, f"/en/progress/?{asked}")


def test_what_it_does_not_know_is_named_and_nothing_is_drawn(client: Client) -> None:
    body = page(client, "/en/progress/?project=2&theme=nonsense", 400)
    assert "<code>theme</code>" in body
    assert "Where each section stands" not in body
    assert "theme" in page(client, "/en/charts/sections.svg?theme=nonsense", 400)


def test_a_picture_of_some_pledges_says_of_which(client: Client) -> None:
    drawn = ElementTree.fromstring(page(client, "/en/charts/world.svg?project=2"))
    words = {text.text for text in drawn.iter(f"{SVG}text")}
    assert "Project: 2 Development" in words


def test_a_picture_says_how_much_of_it_is_provisional(client: Client) -> None:
    drawn = page(client, "/en/charts/trackability.svg")
    assert re.search(r"\d+ of \d+ assessed \(\d+ provisional\), \d+ not assessable", drawn)


@pytest.mark.parametrize("asked", ["2999-01-01", "yesterday", "2026-02-30", "2026-1-5", "%00"])
def test_a_day_that_is_none_is_named_at_its_field(client: Client, asked: str) -> None:
    body = page(client, f"/en/progress/?as_of={asked}", 400)
    assert 'id="problem-as-of"' in body
    assert "as_of" in page(client, f"/en/charts/sections.svg?as_of={asked}", 400)


def test_before_the_record_begins_it_says_so_and_draws_nothing_wrong(client: Client) -> None:
    body = page(client, "/en/progress/?as_of=2025-12-31")
    assert "Nothing was public yet" in body
    assert "There is nothing to draw for this day." in body


@pytest.mark.parametrize("language", ["en", "zh-hans", "es", "pt-br"])
@pytest.mark.parametrize("name", PLOTS)
def test_an_svg_stands_alone(client: Client, name: str, language: str) -> None:
    answer = client.get(f"/{language}/charts/{name}.svg")
    assert answer["Content-Type"] == "image/svg+xml"
    root = ElementTree.fromstring(answer.content)
    assert root.tag == f"{SVG}svg"
    style = root.find(f"{SVG}style").text
    assert "var(" not in style
    assert "light-dark" not in style
    assert not re.findall(rb'(?:href|src)="', answer.content)
    titles = [text.text for text in root.iter(f"{SVG}text") if text.get("class") == "title"]
    assert len(titles) == 1
    assert any("127.0.0.1" in (text.text or "") for text in root.iter(f"{SVG}text"))  # where it comes from


@pytest.mark.parametrize("name", ["sections", "world"])
def test_a_png_is_the_same_at_twice_the_size(client: Client, name: str) -> None:
    png = client.get(f"/zh-hans/charts/{name}.png").content
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    svg = ElementTree.fromstring(client.get(f"/zh-hans/charts/{name}.svg").content)
    size = int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
    assert size == (2 * int(svg.get("width") or 0), 2 * int(float(svg.get("height") or 0)))


@pytest.mark.parametrize("address", ["/en/charts/nothing.svg", "/en/charts/sections.gif", "/en/charts/sections"])
def test_a_picture_that_is_not_there_is_not_found(client: Client, address: str) -> None:
    assert client.get(address).status_code in (301, 404)


def test_the_page_asks_as_often_for_many_updates_as_for_few(client: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(client)
        return len(queries)

    few = asked()
    histories.make(8, acts=60, items=40)
    assert asked() == few
    assert few < 40


def test_so_does_the_page_of_some_pledges(client: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(client, "/en/progress/?project=2&trackability=directional")
        return len(queries)

    few = asked()
    histories.make(8, acts=60, items=40)
    assert asked() == few
    assert few < 70


def test_an_old_newest_source_is_said(client: Client) -> None:
    assert "more than six months before the day shown" in page(client)
    evidence(published_on=date(2026, 11, 1))
    assert "more than six months before the day shown" not in page(client)
