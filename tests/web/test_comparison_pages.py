"""The two comparisons as readers meet them: renditions side by side, and the record at the end of two days."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from commitments.models import Difference, Pledge
from tests import histories
from tests.beside import said_otherwise
from tests.factories import evidence, people, pledge, published, two_good_items, update

from .test_bad_input import ODD
from .test_overview import Node, fetch

pytestmark = pytest.mark.django_db

SPC = "/en/documents/sao-paulo-consensus/differences/"
FMP = "/en/documents/policy-paper-2025/differences/"
EARLIER, BETWEEN = datetime(2027, 1, 10, tzinfo=UTC), datetime(2027, 3, 15, 12, tzinfo=UTC)
MARCH = "/en/changes/?from=2027-03-01&to=2027-03-31"


@pytest.fixture(autouse=True)
def _in_may() -> Iterator[None]:
    with time_machine.travel(datetime(2027, 5, 20, 9, tzinfo=UTC), tick=False):
        yield


def relative(page: Node) -> Node:
    return next(a for a in page.all("article", "difference") if "both universal and relative" in a.text())


def test_every_difference_has_a_permanent_place_on_the_page(client: Client) -> None:
    for address, code in ((SPC, "SPC"), (FMP, "FMP")):
        page = fetch(client, address)
        shown = [article["id"] for article in page.all("article", "difference")]
        assert shown == list(Difference.objects.filter(document__code=code).values_list("code", flat=True))
        assert page.all("a", href=f"#{shown[0]}")


def test_the_words_of_both_renditions_stand_side_by_side_in_their_languages(client: Client) -> None:
    one = relative(fetch(client, SPC))
    assert [mark.text() for mark in one.all("mark")] == [
        "both universality and particularity",
        "both universal and relative",
    ]
    assert one.all("figcaption")[0].text() == "English (authoritative)"
    assert one.all("a", href="/en/pledges/SPC-2.1/")
    assert one.all("a", href="/en/documents/sao-paulo-consensus/?text=en&with=en-chen#r4")
    words = fetch(client, FMP).all("p", "words")
    assert {words[0]["lang"], words[1]["lang"]} == {"zh-Hans", "en"}


def test_the_link_into_the_text_leads_to_a_row_that_is_there(client: Client) -> None:
    [link] = [a["href"] for a in relative(fetch(client, SPC)).all("a") if "#r" in a["href"]]
    address, _, row = link.partition("#")
    assert fetch(client, address).one("div", "row", id=row)


def test_the_list_narrows_by_kind_and_section_and_says_of_how_many(client: Client) -> None:
    total = Difference.objects.filter(document__code="FMP").count()
    page = fetch(client, f"{FMP}?kind=broken&section=2.16")
    assert len(page.all("article", "difference")) == 1
    assert page.one("p", "tally").text().startswith(f"1 of {total} differences · 1 of 1 sentences")
    assert page.one("option", value="broken").attrs.keys() >= {"selected"}
    nothing = fetch(client, f"{FMP}?kind=broken&section=5.5")
    assert nothing.all("article", "difference") == []
    assert "No difference of this kind" in nothing.text()


@pytest.mark.parametrize("name", ["kind", "section"])
@pytest.mark.parametrize("value", ["nope", "99", "%00", *ODD])
def test_a_value_that_is_not_known_is_named_at_its_field(client: Client, name: str, value: str) -> None:
    page = fetch(client, f"{SPC}?{name}={value}", status=400)
    assert page.one("span", "problem", id=f"problem-{name}")
    assert page.one("select", id=name)["aria-invalid"] == "true"
    assert page.all("article", "difference")


def test_a_section_of_the_other_document_is_not_known_here(client: Client) -> None:
    fetch(client, f"{SPC}?section=2.9", status=400)


def test_an_unknown_document_is_not_found_and_what_is_unknown_is_ignored(client: Client) -> None:
    assert client.get("/en/documents/nope/differences/").status_code == 404
    assert client.get(f"{SPC}?utm_source=x").status_code == 200


def test_documents_text_and_touched_pledges_lead_there(client: Client) -> None:
    assert fetch(client, "/en/documents/").all("a", href=SPC)
    assert fetch(client, "/en/documents/sao-paulo-consensus/").all("a", href=SPC)
    code = Difference.objects.get(wordings__exact="both universal and relative").code
    assert fetch(client, "/en/pledges/SPC-2.1/").all("a", href=f"{SPC}#{code}")
    later = fetch(client, "/en/pledges/SPC-2.1/?as_of=2027-01-01")
    assert later.all("a", href=f"{SPC}?as_of=2027-01-01#{code}")


def changed() -> Pledge:
    row = pledge()
    published(update(row, "announced"), [(evidence(public_at=EARLIER), "supports")], at=EARLIER)
    published(update(row, "in_progress", **people()), two_good_items(), at=BETWEEN)
    return row


def test_what_changed_is_shown_old_and_new_with_what_brought_it(client: Client) -> None:
    row = changed()
    page = fetch(client, MARCH)
    section = page.one("section", **{"aria-labelledby": "status"})
    step = section.one("p", "step")
    assert [standing.text() for standing in step.all("span", "standing")] == [
        "announced (provisional) · grade D",
        "in progress · grade A",
    ]
    newest = row.updates.latest("seq")
    assert section.all("a", href=f"/en/pledges/{row.code}/#{newest.public_id}")
    assert "since 15 January 2026, published 15 March 2027" in section.text()


def test_the_counts_of_both_days_stand_in_one_table(client: Client) -> None:
    changed()
    table = fetch(client, MARCH).one("table", "counts")
    rows = {tr.all("th")[0].text(): [td.text() for td in tr.all("td")] for tr in table.all("tr")[1:]}
    assert rows["announced"] == ["1 of 362", "0 of 362", "−1"]
    assert rows["in progress"] == ["0 of 362", "1 of 362", "+1"]
    assert rows["Pledges"] == ["362", "362", "0"]
    assert rows["Assessed"] == ["1 of 362", "1 of 362", "0"]
    assert rows["of these provisionally"] == ["1 of 1", "0 of 1", "−1"]
    assert (rows["Evidence grade A"], rows["Evidence grade D"]) == (["0", "1", "+1"], ["1", "0", "−1"])


def test_nothing_changed_is_said(client: Client) -> None:
    page = fetch(client, MARCH)
    assert page.one("p", "tally").text() == "Nothing changed between these two days for the pledges asked for."
    assert page.all("ol", "moved") == []


def test_what_was_said_otherwise_beside_a_pledge_is_shown(client: Client) -> None:
    told = said_otherwise(pledge(), EARLIER, BETWEEN)
    page = fetch(client, MARCH)
    turned = page.one("section", **{"aria-labelledby": "bearing"}).one("ul", "brought").text()
    assert turned == f"{told.turned.public_id} contradicts → supports"
    superseded = page.one("section", **{"aria-labelledby": "superseded"}).one("ul", "brought")
    assert superseded.text() == f"{told.superseded.public_id} superseded by {told.successor.public_id}"
    replies = page.one("section", **{"aria-labelledby": "replies"}).one("ul", "brought").text()
    assert replies.startswith(f"{told.reply.public_id} Office of Examples · China")
    assert f"takes the place of {told.replaced.public_id}" in replies


def test_an_update_that_leaves_the_standing_as_it_was_is_shown(client: Client) -> None:
    row = pledge()
    published(update(row, "in_progress", effective_on=date(2027, 1, 5)), two_good_items(), at=EARLIER)
    late = update(row, "announced", effective_on=date(2026, 2, 1))
    late = published(late, [(evidence(public_at=EARLIER), "supports")], at=BETWEEN)
    section = fetch(client, MARCH).one("section", **{"aria-labelledby": "updates"})
    assert section.one("p", "step").text().startswith("in progress (provisional)")
    assert f"{late.public_id} status: announced · since 1 February 2026" in section.one("ul", "by").text()


def test_an_order_which_this_page_has_none_of_is_ignored(client: Client) -> None:
    for asked in ("ordering=bad", "ordering=title", "utm_source=mail"):
        assert client.get(f"{MARCH}&{asked}").status_code == 200


def test_filters_are_kept_and_can_be_taken_away(client: Client) -> None:
    changed()
    page = fetch(client, f"{MARCH}&status=in_progress")
    assert "1 pledge with something changed" in page.text()
    assert page.one("input", type="hidden", name="status")["value"] == "in_progress"
    presets = page.one("ul", "presets", **{"aria-label": "Often asked"}).all("a")
    assert all("status=in_progress" in preset["href"] for preset in presets)
    [chip] = page.one("ul", "presets", **{"aria-label": "Filters set"}).all("a")
    assert chip["href"] == "?from=2027-03-01&to=2027-03-31"
    assert "Nothing changed" in fetch(client, f"{MARCH}&status=stalled").text()


def test_without_days_it_is_the_last_thirty(client: Client) -> None:
    page = fetch(client, "/en/changes/")
    assert (page.one("input", id="from")["value"], page.one("input", id="to")["value"]) == ("2027-04-20", "2027-05-20")
    labels = {a.text(): a["href"] for a in page.one("ul", "presets").all("a")}
    assert labels["the last 30 days"] == "?from=2027-04-20&to=2027-05-20"
    assert labels["the last year"] == "?from=2026-05-20&to=2027-05-20"
    assert labels["since the first release"].startswith("?from=2026-11-21")


@pytest.mark.parametrize(
    ("name", "value"), [("from", "2027-05-21"), ("to", "9999-12-31"), *((n, v) for n in ("from", "to") for v in ODD)]
)
def test_a_day_that_is_none_or_has_not_come_is_named_at_its_field(client: Client, name: str, value: str) -> None:
    page = fetch(client, f"/en/changes/?{name}={value}", status=400)
    assert page.one("span", "problem", id=f"problem-{name}")
    assert page.one("input", id=name)["aria-invalid"] == "true"
    assert page.all("table") == []


def test_two_days_in_the_wrong_order_can_be_swapped(client: Client) -> None:
    page = fetch(client, "/en/changes/?from=2027-03-31&to=2027-03-01&theme=oceans", status=400)
    [swap] = page.one("span", "problem", id="problem-to").all("a")
    assert swap["href"] == "?from=2027-03-01&to=2027-03-31&theme=oceans"
    assert client.get(f"/en/changes/{swap['href']}").status_code == 200


def test_the_oldest_day_can_be_asked_for(client: Client) -> None:
    assert client.get("/en/changes/?from=0001-01-01").status_code == 200
    assert client.get("/en/changes/?to=0001-01-01").status_code == 200


@pytest.mark.parametrize("query", ["theme=nope", "section=%00", "updated_after=x", "status=none"])
def test_a_filter_that_is_not_known_is_named(client: Client, query: str) -> None:
    page = fetch(client, f"{MARCH}&{query}", status=400)
    assert page.one("div", "problem", role="alert").one("code").text() == query.partition("=")[0]


def asked(get: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as queries:
        get()
    return len(queries)


def test_queries_do_not_grow_with_what_changed(client: Client) -> None:
    histories.make(7, acts=60)
    address = "/en/changes/?from=2026-11-22&to=2027-05-20"
    few = asked(lambda: client.get(address))
    histories.make(8, acts=120)
    assert asked(lambda: client.get(address)) == few < 30
