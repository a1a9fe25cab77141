"""Indicators and announced numbers on their pages: every figure in the table, drawn, and with its source."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client

from commitments.evidence import load as shipped
from commitments.models import Indicator, Target
from tests.beside import day, indicator, point
from tests.factories import AT, evidence, words

from .test_overview import Node, fetch

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _two_days_later() -> Iterator[None]:
    """Read the pages after everything here was published."""
    with time_machine.travel(day("2026-11-24"), tick=False):
        yield


def rows(page: Node) -> list[str]:
    """Return the words of each row, with a blank between those of its cells and lines."""
    return [spaced(row) for table in page.all("table", "points") for row in table.one("tbody").all("tr")]


def spaced(row: Node) -> str:
    cells = [cell for cell in row.children if isinstance(cell, Node)]
    pieces = [piece if isinstance(piece, str) else piece.text() for cell in cells for piece in cell.children]
    return " ".join(" ".join(pieces).split())


def drawing(page: Node) -> Node:
    return page.one("figure", "chart").all("svg")[0]


def test_every_shipped_series_has_a_page_with_all_of_its_figures_in_every_language(client: Client) -> None:
    shipped.load(shipped.read(), at=datetime.now(UTC))
    series = list(Indicator.objects.all())
    assert len(series) > 20
    listed = [a["href"] for a in fetch(client, "/en/indicators/").one("main").all("a")]
    for found in series:
        assert f"/en/indicators/{found.slug}/" in listed
        for language in ("en", "zh-hans") if found.position < 4 else ("en",):
            page = fetch(client, f"/{language}/indicators/{found.slug}/")
            assert page.one("h1").text() == found.title[language]
            assert len(rows(page)) == found.points.count()
            assert len([use for use in drawing(page).all("use") if use["href"] != "#f-year"]) == found.points.count()
    for target in Target.objects.all():
        assert f"/en/targets/{target.code}/" in listed
        assert fetch(client, f"/en/targets/{target.code}/").one("h1").text() == target.title["en"]


def test_a_figure_says_its_date_as_it_is_known_its_value_and_its_source(client: Client) -> None:
    made, item = indicator(), evidence()
    point(made, "1234.5", "2024-12-31", precision="year", note=words("At least."), publisher="Customs Office")
    point(made, "7", "2025-03-31", precision="month", kind="inferred", evidence=item)
    point(made, "8", "2025-04-02")
    [year, month, exact] = rows(fetch(client, f"/en/indicators/{made.slug}/"))
    assert year.startswith("2024 1,234.5 Customs Office At least. P")
    assert month.startswith("March 2025 7 inferred, not stated Example Office P")
    assert f"evidence {item.public_id}" in month
    assert exact.startswith("2 April 2025 8 Example Office P")


@pytest.mark.parametrize(
    ("language", "value", "long"), [("en", "1,234.5", "1 January 2026"), ("pt-br", "1.234,5", "1 de janeiro de 2026")]
)
def test_figures_are_written_as_in_the_language_and_places_as_a_drawing_needs_them(
    client: Client, language: str, value: str, long: str
) -> None:
    made = indicator()
    point(made, "1234.5", "2026-01-01")
    point(made, "2000", "2026-06-30")
    page = fetch(client, f"/{language}/indicators/{made.slug}/")
    assert value in drawing(page).text()
    assert long.casefold() in rows(page)[0].casefold()
    places = [node[name] for node in drawing(page).walk() for name in ("x", "y", "x1", "y2") if name in node.attrs]
    assert places
    assert all(re.fullmatch(r"0|-?\d+(\.\d+)?%", place) for place in places), places


def test_the_drawing_has_a_name_begins_at_zero_and_tells_the_kinds_of_figures_apart(client: Client) -> None:
    made = indicator()
    point(made, "180", "2025-06-30", kind="range-low")
    point(made, "200", "2025-06-30", kind="range-high")
    point(made, "150", "2024-06-30")
    point(made, "0", "2023-06-30", kind="inferred")
    page = fetch(client, f"/en/indicators/{made.slug}/")
    svg = drawing(page)
    title = svg.one("title")
    assert (svg["role"], svg["aria-labelledby"]) == ("img", title["id"])
    assert made.title["en"] in title.text()
    axis = [text.text() for text in svg.all("text", "value-axis")]
    assert axis == ["0", "50", "100", "150", "200"]
    assert svg.one("line", "zero")["y1"] == "100.00%"
    drawn = [use["href"] for use in svg.all("use") if use["href"] != "#f-year"]
    assert drawn == ["#f-inferred", "#f-measured", "#f-range-low", "#f-range-high"]
    assert len(svg.all("line", "bar")) == 1
    assert len(svg.all("line", "stem")) == 2
    assert len(page.one("figcaption").all("span", "sign")) == 4
    assert page.all("circle", id="f-inferred")[0]["class"] == "hollow"


def test_a_corrected_figure_is_struck_with_why_and_leaves_table_and_drawing(client: Client) -> None:
    made = indicator()
    old = point(made, "489", "2023-12-31", publisher="A Foundation")
    new = point(made, "480.1", "2023-12-31", corrects=old, why=words("The headline was read."))
    page = fetch(client, f"/en/indicators/{made.slug}/")
    assert [row for row in rows(page) if "489" in row] == []
    assert "489" not in drawing(page).text()
    told = page.one("section", **{"aria-labelledby": "corrected"})
    assert (told.one("del").text(), told.one("ins").text()) == ("489", "480.1")
    assert "The headline was read." in told.text()
    assert old.public_id in told.text()
    assert page.one("tr", id=new.public_id)


def test_an_indicator_is_there_from_the_day_of_its_first_figure(client: Client) -> None:
    made = indicator()
    point(made, "1", at=day("2027-01-10"))
    address = f"/en/indicators/{made.slug}/"
    with time_machine.travel(day("2027-01-09"), tick=False):
        fetch(client, address, status=404)
        assert made.title["en"] not in fetch(client, "/en/indicators/").text()
    with time_machine.travel(day("2027-01-10"), tick=False):
        fetch(client, address)
        assert made.title["en"] in fetch(client, "/en/indicators/").text()


@pytest.mark.parametrize("address", ["/en/indicators/nope/", "/en/targets/nope/", "/en/targets/target-2025-99/"])
def test_what_is_not_there_is_said_on_a_page_of_ours(client: Client, address: str) -> None:
    assert fetch(client, address, status=404).one("h1").text() == "Nothing stands at this address"


def test_a_number_without_a_figure_from_after_it_says_so_in_plain_words(client: Client) -> None:
    said = "No figure from after the announcement (13 May 2025)"
    page = fetch(client, "/en/targets/target-2025-3/")
    assert said in page.one("main").text()
    assert "does not say that nothing was done" in page.one("main").text()
    made = indicator(target="target-2025-3")
    point(made, "100", "2025-05-13")
    before = fetch(client, "/en/targets/target-2025-3/")
    assert said in before.one("main").text()
    assert [h.text() for h in before.all("h4")] == ["Up to the announcement: context"]
    point(made, "200", "2026-05-13")
    after = fetch(client, "/en/targets/target-2025-3/")
    assert said not in after.one("main").text()
    assert [h.text() for h in after.all("h4")] == ["After the announcement", "Up to the announcement: context"]


def test_a_number_shows_what_was_announced_when_by_whom_and_what_concerns_it(client: Client) -> None:
    target = Target.objects.get(code="target-2025-3")
    item, unseen = evidence(title="Concerning it"), evidence(title="Not yet", public_at=None)
    for row in (item, unseen):
        row.targets.add(target)
    page = fetch(client, "/pt-br/targets/target-2025-3/")
    header = page.one("main").one("header").text()
    assert f"3.500 {target.unit['pt-br']}" in header
    assert target.period["pt-br"] in header
    assert target.source_publisher in header
    assert "13 de maio de 2025" in header.casefold()
    listed = page.one("ul", "evidence").text()
    assert "Concerning it" in listed
    assert "Not yet" not in page.text()
    codes = [span.text() for span in page.one("ol", "beside").all("span", "code")]
    assert codes[0] == "FMP-3.3.1"


def test_pledges_sections_and_sources_lead_to_the_figures_beside_them(client: Client) -> None:
    target = Target.objects.get(code="target-2025-3")
    made, item = indicator("FMP-3.3"), evidence()
    point(made, "1", evidence=item)
    item.targets.add(target)
    series, number = f"/en/indicators/{made.slug}/", f"/en/targets/{target.code}/"
    for address in ("/en/pledges/FMP-3.3.1/", f"/en/evidence/{item.public_id}/", "/en/documents/policy-paper-2025/"):
        links = [a["href"] for a in fetch(client, address).one("main").all("a")]
        assert series in links, address
        assert number in links, address
    back = [a["href"] for a in fetch(client, series).one("main").all("a")]
    assert "/en/documents/policy-paper-2025/#s3.3" in back
    other = [a["href"] for a in fetch(client, "/en/pledges/FMP-3.2.1/").one("main").all("a")]
    assert series not in other


def test_an_indicator_without_a_public_figure_stands_beside_nothing(client: Client) -> None:
    made = indicator("FMP-3.3")
    for address in ("/en/pledges/FMP-3.3.1/", "/en/documents/policy-paper-2025/", "/en/indicators/"):
        assert f"/indicators/{made.slug}/" not in client.get(address).content.decode()


def test_a_figure_that_is_published_without_its_item_shown_names_no_item(client: Client) -> None:
    made, item = indicator(), evidence()
    point(made, "1", evidence=item)
    type(item).objects.filter(pk=item.pk).update(public_at=None)
    assert item.public_id not in client.get(f"/en/indicators/{made.slug}/").content.decode()


def test_text_in_figures_is_shown_as_text(client: Client) -> None:
    made = indicator(title=words("<b>Ships</b>"), unit=words("<i>ships</i>"), note=words("<u>n</u>"))
    old = point(made, "1", publisher="<script>x</script>", note=words("<s>n</s>"))
    point(made, "2", corrects=old, why=words("<em>w</em>"))
    for address in (f"/en/indicators/{made.slug}/", "/en/indicators/", "/en/corrections/"):
        main = client.get(address).content.decode().partition("<main")[2]
        assert [tag for tag in ("<b>Ships", "<i>ships", "<u>n", "<script>x", "<s>n", "<em>w") if tag in main] == []


def test_the_newest_figure_stands_in_the_list(client: Client) -> None:
    made = indicator()
    point(made, "5", "2025-01-01", at=AT)
    point(made, "6.25", "2025-12-31", precision="year")
    [row] = [
        li
        for li in fetch(client, "/en/indicators/").all("li")
        if made.slug in str(li.all("a")[:1] and li.all("a")[0]["href"])
    ]
    assert row.text() == f"{made.title['en']} 6.25 ships 2025 · 2 figures"


def test_a_number_is_not_there_before_it_was_announced(client: Client) -> None:
    target, series = Target.objects.get(code="target-2025-3"), indicator("FMP-3.3", target="target-2025-3")
    point(series, "7", on="2026-01-31")
    listed = f'href="/en/targets/{target.code}/?as_of='
    for asked, known in (("2024-01-01", False), ("2025-05-12", False), ("2025-05-13", True), ("2026-11-23", True)):
        assert client.get(f"/en/targets/{target.code}/?as_of={asked}").status_code == (200 if known else 404)
        for page in ("indicators", "calendar"):
            assert (listed in client.get(f"/en/{page}/?as_of={asked}").content.decode()) == known
        chart = client.get(f"/en/charts/targets/{target.code}/{series.slug}.svg?as_of={asked}")
        assert chart.status_code == (200 if asked == "2026-11-23" else 404)
