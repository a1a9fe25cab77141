"""The pages of actors and states: what they count, in which order, for which day, and that nothing is ranked."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client

from commitments.models import Evidence, Pledge
from tests.beside import day, superseded
from tests.factories import evidence, pledge, published, update, words

from .test_overview import Node, fetch

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _two_days_later() -> Iterator[None]:
    with time_machine.travel(day("2026-11-24"), tick=False):
        yield


def rows(page: Node, section: str) -> dict[str, list[str]]:
    """Return row head → the other cells of the table in a section, in order."""
    table = page.one("section", **{"aria-labelledby": section}).one("tbody")
    return {row.all("th")[0].text(): [cell.text() for cell in row.all("td")] for row in table.all("tr")}


def test_both_lists_stand_apart_with_their_counts(client: Client) -> None:
    item = evidence(countries=["BR"])
    published(update(pledge(), "announced"), [(item, "supports")])
    evidence(countries=["BR", "ES"])
    page = fetch(client, "/en/actors/")
    promises = rows(page, "promises")
    assert promises["China"] == ["332", "0"]
    assert promises["Latin American and Caribbean states"] == ["0", "262"]
    states = rows(page, "states")
    assert len(states) == 34
    assert list(states) == sorted(states)
    assert states["Brazil"] == ["2", "1", "1", "0", "0"]
    assert states["Haiti"] == ["0"] * 5
    others = page.one("section", **{"aria-labelledby": "others"})
    assert others.text() == "Other places named Spain 1"
    assert others.one("a")["href"] == "/en/evidence/?country=ES"
    assert "1 of the 34 are named by at least one of the 2 sources found" in page.text()
    assert "nothing is ranked" in page.text()


@pytest.mark.parametrize(
    ("language", "first", "said"),
    [("es", "Antigua y Barbuda", "In alphabetical order"), ("zh-hans", "安提瓜和巴布达", "of the English names")],
)
def test_states_stand_by_the_alphabet_of_the_page(client: Client, language: str, first: str, said: str) -> None:
    page = fetch(client, f"/{language}/actors/")
    section = page.one("section", **{"aria-labelledby": "states"})
    assert section.one("tbody").all("th")[0].text() == first
    assert said in section.text() or language != "en"


def test_the_page_of_an_actor_has_its_pledges_by_section_each_with_mark_status_and_title(client: Client) -> None:
    place = Pledge.objects.select_related("document").get(code="FMP-5.5.1")
    published(update(place, "announced"), [(evidence(), "supports")])
    page = fetch(client, "/en/actors/china/")
    made = page.one("section", **{"aria-labelledby": "made"})
    assert "What it promised (332)" in made.text()
    assert len(made.all("li")) == 332
    counts = {one.one("dt").text(): one.one("dd").text() for one in made.one("dl").all("div")}
    assert counts["announced"] == "1 of 332"
    assert sum(int(text.split()[0]) for text in counts.values()) == 332
    [line] = [li for li in made.all("li") if li.one("a")["href"] == place.get_absolute_url()]
    assert line.one("svg")["class"] == "mark m-announced"
    assert line.text().endswith("announced (provisional) · grade D")
    assert "No pledge of the record." in page.one("section", **{"aria-labelledby": "to-it"}).text()
    assert page.one("a", href="/en/actors/cn/")


def test_the_page_of_a_state_says_what_each_source_does_to_which_pledge(client: Client) -> None:
    first, second = pledge(n=0), pledge(n=1)
    old = evidence(countries=["JM"], event_on=date(2026, 1, 2), title="Old")
    new = evidence(countries=["JM", "CN"], event_on=date(2026, 2, 2), title="New")
    published(update(first, "announced"), [(old, "supports"), (new, "contradicts")])
    published(update(second, "announced"), [(new, "supports")])
    page = fetch(client, "/en/actors/jm/")
    assert page.one("h1").text() == "Jamaica"
    assert "Named by 2 of the 2 sources found, which bear on 2 pledges." in page.text()
    assert "A state without sources is not a state without acts." in page.text()
    weight = page.one("section", **{"aria-labelledby": "weight"})
    assert [dd.text() for dd in weight.all("dd")] == ["2 of 3", "1 of 3", "0 of 3"]
    found = [li for li in page.one("ul", "evidence").children if isinstance(li, Node)]
    assert [li.all("a")[0]["href"] for li in found] == [new.get_absolute_url(), old.get_absolute_url()]
    ways = [(li["class"], li.one("a")["href"]) for li in found[0].one("ul", "borne").all("li")]
    assert ways == [
        ("bearing-contradicts", first.get_absolute_url()),
        ("bearing-supports", second.get_absolute_url()),
    ]
    pledges = page.one("section", **{"aria-labelledby": "pledges"})
    assert {a["href"] for a in pledges.all("a") if "/pledges/" in a["href"]} == {
        first.get_absolute_url(),
        second.get_absolute_url(),
    }


def test_a_state_that_no_source_names_has_a_page_that_says_so(client: Client) -> None:
    page = fetch(client, "/en/actors/ht/")
    assert "Named by 0 of the 0 sources" in page.text()
    assert "That nothing was found does not say that nothing was done." in page.text()


def test_a_state_as_of_a_day_is_as_it_was_known_then_and_links_keep_the_day(client: Client) -> None:
    evidence(countries=["PE"], public_at=day("2026-11-23"))
    before, after = (fetch(client, f"/en/actors/pe/?as_of=2026-11-{n}") for n in (22, 23))
    assert "Named by 0 of the 0" in before.text()
    assert "Named by 1 of the 1" in after.text()
    assert after.one("nav", "crumbs").one("a")["href"] == "/en/actors/?as_of=2026-11-23#states"
    [item] = [a for a in after.one("ul", "evidence").all("a") if "/evidence/" in a["href"]]
    assert item["href"].endswith("?as_of=2026-11-23")
    assert client.get("/en/actors/?as_of=2027-01-01").status_code == 400


def test_of_many_sources_the_newest_stand_there_and_a_link_leads_to_all(client: Client) -> None:
    for _ in range(43):
        evidence(countries=["CU"])
    page = fetch(client, "/en/actors/cu/")
    assert len([li for li in page.one("ul", "evidence").children if isinstance(li, Node)]) == 40
    assert page.one("a", href="/en/evidence/?country=CU").text() == "All 43 sources"
    assert "43 of 43 items" in fetch(client, "/en/evidence/?country=CU").one("p", "tally").text()


def test_what_was_superseded_says_by_what(client: Client) -> None:
    old, new = superseded(countries=["AR"])
    Evidence.objects.filter(pk=old.pk).update(countries=["AR"])
    assert f"superseded by {new.public_id}" in fetch(client, "/en/actors/ar/").text()


def test_guessed_addresses_lead_to_the_state_and_others_are_not_there(client: Client) -> None:
    for guess, way in (("brazil", "br"), ("BR", "br"), ("antigua-and-barbuda", "ag")):
        response = client.get(f"/en/actors/{guess}/?as_of=2026-11-22")
        assert (response.status_code, response["Location"]) == (301, f"/en/actors/{way}/?as_of=2026-11-22")
    assert client.get("/en/actors/es/").status_code == 404
    assert client.get("/en/actors/nobody/").status_code == 404


def test_the_list_of_sources_can_be_asked_for_a_country_and_refuses_what_is_none(client: Client) -> None:
    first = evidence(countries=["BR"])
    evidence(countries=["BB"])
    page = fetch(client, "/es/evidence/?country=BR")
    assert [a["href"] for a in page.one("ol", "sources").all("a")] == [f"/es/evidence/{first.public_id}/"]
    labels = [group["label"] for group in page.one("select", name="country").all("optgroup")]
    assert len(labels) == 2
    assert [o["value"] for o in page.one("select", name="country").all("option") if "selected" in o.attrs] == ["BR"]
    for bad in ("B", "br", "XYZ", "%"):
        assert client.get("/en/evidence/", {"country": bad}).status_code == 400, bad


def test_a_source_says_its_countries_by_name_and_leads_to_the_states(client: Client) -> None:
    item = evidence(countries=["BR", "ES"])
    page = fetch(client, f"/zh-hans/evidence/{item.public_id}/")
    assert page.one("a", href="/zh-hans/actors/br/").text() == "巴西"
    assert "西班牙" in page.text()


def test_texts_of_sources_are_escaped(client: Client) -> None:
    evidence(countries=["BO"], title="<b>x</b>", fact=words("<i>y</i>"), publisher="<u>z</u>")
    body = client.get("/en/actors/bo/").content.decode()
    assert "&lt;b&gt;x" in body
    assert not {"<b>x", "<i>y", "<u>z"} & set(body.split())


def test_the_shipped_evidence_is_counted_for_every_state(client: Client) -> None:
    call_command("load_evidence", verbosity=0)
    states = rows(fetch(client, "/en/actors/"), "states")
    named = {code for codes in Evidence.objects.values_list("countries", flat=True) for code in codes}
    assert sum(int(cells[0]) > 0 for cells in states.values()) == len(named)
    assert int(states["Brazil"][0]) == sum("BR" in item.countries for item in Evidence.objects.all())
