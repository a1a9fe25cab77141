"""The page of corrections: each with what, why and when; and plain words where there is none."""

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from tests.beside import day, indicator, point, reply, superseded
from tests.factories import evidence, people, pledge, published, update, words

from .test_overview import Node, fetch

pytestmark = pytest.mark.django_db

PAGE = "/en/corrections/"


@pytest.fixture(autouse=True)
def _two_days_later() -> Iterator[None]:
    """Read the pages after everything here was published."""
    with time_machine.travel(day("2026-11-24"), tick=False):
        yield


def told(client: Client, address: str = PAGE) -> list[Node]:
    return [li for ol in fetch(client, address).all("ol", "corrections") for li in ol.children if isinstance(li, Node)]


def test_where_nothing_was_put_right_the_page_says_so_in_plain_words(client: Client) -> None:
    [only] = told(client)
    assert only["class"] == "empty"
    assert "Nothing has had to be corrected" in only.text()


def test_a_corrected_update_says_from_what_to_what_and_why(client: Client) -> None:
    row = pledge()
    old = published(update(row, "in_progress"), [(evidence(), "supports")])
    new = update(row, "announced", kind="correction", corrects=old, reasoning=words("It was a plan only."), **people())
    new = published(new, [(evidence(), "supports")], at=day("2026-11-23"))
    [one] = told(client)
    assert one.one("p", "when").text() == "23 November 2026"
    assert (one.one("del").text(), one.one("ins").text()) == ("in progress", "announced")
    assert "It was a plan only." in one.text()
    assert one.all("a")[0]["href"] == f"/en/pledges/{row.code}/"
    assert f"{old.public_id} → {new.public_id}" in one.text()


def test_a_correction_that_keeps_the_status_strikes_nothing(client: Client) -> None:
    row = pledge()
    old = published(update(row, "in_progress"), [(evidence(), "supports")])
    published(update(row, "in_progress", kind="correction", corrects=old, **people()), [(evidence(), "supports")])
    [one] = told(client)
    assert one.all("del") == one.all("ins") == []
    assert "in progress" in one.text()


def test_a_withdrawn_update_is_struck_and_nothing_stands_in_its_place(client: Client) -> None:
    row = pledge()
    old = published(update(row, "in_progress"), [(evidence(), "supports")])
    gone = update(row, "in_progress", kind="withdrawal", corrects=old, reasoning=words("Not this pledge."), **people())
    published(gone)
    [one] = told(client)
    assert one.text().startswith("22 November 2026 Withdrawal ·")
    assert one.one("del").text() == "in progress"
    assert one.all("ins") == []
    assert "Not this pledge." in one.text()


def test_figures_replies_and_sources_are_told_too(client: Client) -> None:
    made = indicator()
    old = point(made, "1")
    point(made, "2.5", corrects=old, why=words("A digit was lost."))
    first = reply(pledge(), "We did.", language="es", text={"es": "Lo hicimos.", "en": "We did it."})
    reply(pledge(), "We did more.", replaces=first)
    before, after = superseded()
    texts = {one.one("b").text(): one for one in told(client)}
    figure, statement, source = (texts[name] for name in ("Corrected figure", "Replaced reply", "Replaced source"))
    assert (figure.one("del").text(), figure.one("ins").text()) == ("1", "2.5")
    assert "A digit was lost." in figure.text()
    assert figure.all("a")[0]["href"] == f"/en/indicators/{made.slug}/"
    assert statement.one("blockquote")["lang"] == "es"
    assert statement.one("blockquote").text() == "Lo hicimos."
    assert [a["href"] for a in source.all("a")] == [f"/en/evidence/{item.public_id}/" for item in (before, after)]


def test_many_corrections_stand_on_several_pages_newest_first(client: Client) -> None:
    made = indicator()
    for n in range(1, 53):
        old = point(made, str(n), f"20{n:02}-06-30")
        point(made, str(n + 100), f"20{n:02}-06-30", corrects=old, why=words(f"Reason {n}."))
    first, second = told(client), told(client, f"{PAGE}?page=2")
    assert (len(first), len(second)) == (50, 2)
    assert "Reason 52." in first[0].text()
    assert "Reason 1." in second[-1].text()
    page = fetch(client, f"{PAGE}?page=3", status=400)
    assert "no page" in page.one("p", "problem").text()
    assert page.one("form", "report")


def test_every_page_leads_to_the_corrections_and_the_form(client: Client) -> None:
    links = [a["href"] for a in fetch(client, "/es/about/").one("footer").all("a")]
    assert {"/es/corrections/", "/es/corrections/#report"} <= set(links)
    assert fetch(client, "/es/corrections/").one("h2", id="report")
