"""Indicators, announced numbers, replies and flags in the API, for any day up to today."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from commitments.models import Evidence, Indicator, Section, Target
from tests.beside import day, indicator, point, reply, superseded
from tests.factories import evidence, pledge, published, update, words

from .test_errors import problem

pytestmark = pytest.mark.django_db

API = "/api/v1"


@pytest.fixture(autouse=True)
def _unthrottled_on_a_day_in_2027() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(day("2027-05-20"), tick=False):
        yield


@pytest.fixture
def corrected() -> Indicator:
    """A figure of January, corrected in February 2027."""
    made = indicator("FMP-2.3", target="target-2025-3")
    old = point(made, "5", "2026-12-31", at=day("2027-01-10"), precision="year", note=words("About."))
    point(made, "6.5", "2026-12-31", at=day("2027-02-10"), precision="year", corrects=old, why=words("Misread."))
    return made


def test_an_indicator_has_its_standing_figures_and_apart_those_corrected(client: Client, corrected: Indicator) -> None:
    row = client.get(f"{API}/indicators/{corrected.slug}/").json()
    assert row["url"] == f"{settings.SITE_URL}/en/indicators/{corrected.slug}/"
    assert (row["title"], row["unit"], row["note"]) == (corrected.title, corrected.unit, {})
    assert (row["sections"], row["targets"]) == (["FMP-2.3"], ["target-2025-3"])
    [now], [before] = row["points"], row["corrected"]
    assert (now["value"], now["on"], now["precision"], now["kind"]) == (6.5, "2026-12-31", "year", "measured")
    assert (now["corrects"], now["why"]) == (before["id"], words("Misread."))
    assert (before["value"], before["corrected_by"], before["note"]) == (5, now["id"], words("About."))
    assert now["published_at"] == "2027-02-10T12:00:00Z"
    assert now["source_url"].startswith("https://example.org/")


def test_one_alone_is_the_same_as_in_the_list(client: Client, corrected: Indicator) -> None:
    for resource, key in (("indicators", corrected.slug), ("targets", "target-2025-3")):
        rows = client.get(f"{API}/{resource}/?page_size=500").json()["results"]
        [listed] = [row for row in rows if key in (row.get("slug"), row.get("code"))]
        assert client.get(f"{API}/{resource}/{key}/").json() == listed


def test_the_figures_of_an_earlier_day_are_those_public_then(client: Client, corrected: Indicator) -> None:
    address = f"{API}/indicators/{corrected.slug}/?as_of="
    assert client.get(f"{address}2027-01-09").status_code == 404
    early = client.get(f"{address}2027-02-09").json()
    assert ([p["value"] for p in early["points"]], early["corrected"]) == ([5], [])
    late = client.get(f"{address}2027-02-10").json()
    assert [p["value"] for p in late["points"]] == [6.5]
    slugs = [row["slug"] for row in client.get(f"{API}/indicators/?as_of=2027-01-09&page_size=500").json()["results"]]
    assert corrected.slug not in slugs


@pytest.mark.parametrize("resource", ["indicators", "targets", "targets/target-2025-3"])
@pytest.mark.parametrize(
    "asked", ["2027-05-21", "9999-12-31", "yesterday", "", "2027-2-1", "2027-02-30", "20270201", "٢٠٢٧"]
)
def test_a_day_that_has_not_come_or_is_none_is_refused(client: Client, resource: str, asked: str) -> None:
    body = problem(client, f"{API}/{resource}/?as_of={asked}", 400)
    assert list(body["errors"]) == ["as_of"]


def test_today_can_be_asked_for(client: Client, corrected: Indicator) -> None:
    assert client.get(f"{API}/indicators/{corrected.slug}/?as_of=2027-05-20").json()["points"]


@pytest.mark.parametrize(
    "query",
    [
        "indicators/?nope=1",
        "indicators/?section=nope",
        "indicators/?section=FMP-9.9",
        "indicators/?section=%00",
        "indicators/?document=nope",
        "indicators/?target=nope",
        "targets/?document=nope",
        "targets/?section=99",
        "targets/?nope=1",
        "indicators/?page=99",
    ],
)
def test_what_is_not_known_is_refused_and_named(client: Client, query: str) -> None:
    indicator()
    name = query.partition("?")[2].partition("=")[0]
    assert list(problem(client, f"{API}/{query}", 400)["errors"]) == [name]


@pytest.mark.parametrize("address", ["indicators/nope/", "targets/nope/", "indicators/%00/"])
def test_what_is_not_there_is_a_problem(client: Client, address: str) -> None:
    problem(client, f"{API}/{address}", 404)


def test_indicators_can_be_asked_by_section_document_and_number(client: Client, corrected: Indicator) -> None:
    other = indicator("SPC-5")
    point(other, "1")

    def slugs(query: str) -> set[str]:
        return {row["slug"] for row in client.get(f"{API}/indicators/?{query}").json()["results"]}

    assert slugs("section=FMP-2.3") == {corrected.slug}
    assert slugs("document=sao-paulo-consensus") == {other.slug}
    assert slugs("target=target-2025-3") == {corrected.slug}
    assert slugs("document=policy-paper-2025&section=SPC-5") == set()


def test_an_indicator_beside_several_sections_is_listed_once(client: Client) -> None:
    made = indicator("FMP-2.3")
    made.sections.add(*Section.objects.filter(document__code="FMP")[:4])
    point(made, "1")
    assert client.get(f"{API}/indicators/?document=policy-paper-2025").json()["count"] == 1


def test_a_number_says_what_was_announced_and_what_concerns_it(client: Client, corrected: Indicator) -> None:
    target = Target.objects.get(code="target-2025-3")
    item, unseen = evidence(), evidence(public_at=None)
    for row in (item, unseen):
        row.targets.add(target)
    silent = indicator(target=target.code)
    found = client.get(f"{API}/targets/{target.code}/").json()
    assert (found["document"], found["section"], found["quantity"]) == ("policy-paper-2025", "3.3", 3500)
    assert (found["title"], found["unit"], found["baseline_on"]) == (target.title, target.unit, "2025-05-13")
    assert found["url"] == f"{settings.SITE_URL}/en/targets/target-2025-3/"
    assert (found["indicators"], found["evidence"]) == ([corrected.slug], [item.public_id])
    assert silent.slug not in str(found)
    early = client.get(f"{API}/targets/{target.code}/?as_of=2027-01-09").json()
    assert early["indicators"] == []


def test_the_numbers_can_be_asked_by_section(client: Client) -> None:
    rows = client.get(f"{API}/targets/?section=3.3").json()["results"]
    assert {row["section"] for row in rows} == {"3.3"}
    assert client.get(f"{API}/targets/").json()["count"] == Target.objects.count() == 10


def test_a_figures_item_is_named_only_if_readers_can_see_it(client: Client) -> None:
    made, item = indicator(), evidence()
    point(made, "1", evidence=item)
    address = f"{API}/indicators/{made.slug}/"
    assert client.get(address).json()["points"][0]["evidence"] == item.public_id
    Evidence.objects.filter(pk=item.pk).update(public_at=None)
    assert client.get(address).json()["points"][0]["evidence"] is None


def test_a_pledge_has_its_flags_and_they_are_no_status(client: Client) -> None:
    row = pledge()
    published(update(row, "sustained"), [(evidence(event_on=date(2026, 2, 1)), "supports")], at=day("2026-05-01"))
    found = client.get(f"{API}/pledges/{row.code}/").json()
    assert (found["status"]["value"], found["flags"]) == ("sustained", ["nothing_new"])
    other = pledge(n=1)
    published(update(other, "in_progress", reported_delivered=True), [(evidence(), "supports")])
    assert client.get(f"{API}/pledges/{other.code}/").json()["flags"] == ["reported_delivered"]
    problem(client, f"{API}/pledges/?flag=overdue", 400)


def test_a_pledge_has_the_replies_that_stand(client: Client) -> None:
    row = pledge()
    first = reply(row, "We will.", at=day("2027-01-01"))
    second = reply(row, "We did.", at=day("2027-02-01"), replaces=first, received="By letter", source_url="")
    [shown] = client.get(f"{API}/pledges/{row.code}/").json()["replies"]
    assert shown == {
        "id": second.public_id,
        "side": "china",
        "speaker": "Office of Examples",
        "stated_on": "2026-01-15",
        "language": "en",
        "text": {"en": "We did."},
        "source_url": "",
        "received": "By letter",
        "published_at": "2027-02-01T12:00:00Z",
    }
    assert client.get(f"{API}/pledges/{pledge(n=1).code}/").json()["replies"] == []


def test_an_item_names_its_file_its_public_successor_and_the_numbers_it_concerns(client: Client) -> None:
    old, new = superseded(file="aa/x.pdf", media_type="application/pdf", sha256="0" * 64, source_url="")
    hidden, never = superseded(None)
    old.targets.add(Target.objects.get(code="target-2025-3"))
    found = {item: client.get(f"{API}/evidence/{item.public_id}/").json() for item in (old, new, hidden)}
    assert [found[item]["superseded_by"] for item in (old, new, hidden)] == [new.public_id, None, None]
    assert (found[old]["file"], found[old]["targets"]) == (None, ["target-2025-3"])
    kept = found[new]["file"]
    assert kept["url"].endswith(f"/files/evidence/{new.public_id}/")
    assert (kept["media_type"], kept["sha256"], found[new]["source_url"]) == ("application/pdf", "0" * 64, "")
    problem(client, f"{API}/evidence/{never.public_id}/", 404)


def asked(client: Client, address: str) -> int:
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_many_figures_replies_and_items_cost_as_many_queries_as_few(client: Client) -> None:
    def fill(n: int) -> None:
        for number in range(n):
            made, item = indicator(target="target-2025-3"), evidence()
            item.targets.add(Target.objects.get(code="target-2025-3"))
            old = point(made, "1", evidence=item)
            point(made, "2", corrects=old, why=words("Misread."), evidence=item)
            first = reply(pledge(n=number))
            reply(pledge(n=number), "Again.", replaces=first)
            published(update(pledge(n=number), "sustained"), [(item, "supports")])

    addresses = [
        f"{API}/{name}/?page_size=500" for name in ("indicators", "targets", "pledges", "evidence", "updates")
    ]
    addresses += ["/en/indicators/", "/en/corrections/", "/en/targets/target-2025-3/", "/en/evidence/", "/en/pledges/"]
    fill(1)
    before = {address: asked(client, address) for address in addresses}
    fill(6)
    assert {address: asked(client, address) for address in addresses} == before


def test_a_number_is_not_there_before_it_was_announced(client: Client) -> None:
    for asked, known in (("2025-05-12", 0), ("2025-05-13", 10)):
        assert client.get(f"{API}/targets/?as_of={asked}").json()["count"] == known
    code = Target.objects.earliest("position").code
    problem(client, f"{API}/targets/{code}/?as_of=2025-05-12", 404)
