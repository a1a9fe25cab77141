"""Reporting an error or suggesting a source: what is taken, what is refused and how it is said; nothing is shown."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from commitments.editorial.reports import A_SENDER, ALL
from commitments.models import Audit, LedgerEntry, ReaderReport

from .test_overview import Node, fetch, parse

pytestmark = pytest.mark.django_db

PAGE = "/en/corrections/"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SAID = {"kind": "error", "text": "The date of the event is wrong."}
NASTY = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


def send(client: Client, page: str = PAGE, **fields: str) -> Any:
    return client.post(page, SAID | fields)


def form(page: Node) -> Node:
    return page.one("form", "report")


def problems(page: Node) -> list[str]:
    return [span.text() for span in form(page).all("span", "problem")]


def test_a_report_is_kept_and_the_reader_thanked_at_an_address_of_its_own(client: Client) -> None:
    with time_machine.travel(NOON, tick=False):
        response = send(
            client,
            "/es/corrections/",
            kind="source",
            pledge=" spc-3.1 ",
            source_url="https://example.org/act",
            contact="reader@example.org",
        )
    assert (response.status_code, response["Location"]) == (302, "/es/corrections/thanks/")
    assert fetch(client, response["Location"]).one("h1").text()
    row = ReaderReport.objects.select_related("pledge").get()
    assert (row.kind, row.text, row.language, row.received_at) == ("source", SAID["text"], "es", NOON)
    assert (row.pledge and row.pledge.code, row.source_url) == ("SPC-3.1", "https://example.org/act")
    assert (row.contact, row.state) == ("reader@example.org", "open")
    assert not Audit.objects.exists()


def test_only_the_words_are_needed(client: Client) -> None:
    assert send(client).status_code == 302
    row = ReaderReport.objects.get()
    assert (row.pledge, row.source_url, row.contact, row.kind) == (None, "", "", "error")


def test_an_address_without_a_scheme_is_taken_as_one_of_the_web(client: Client) -> None:
    send(client, source_url="example.org/act")
    assert ReaderReport.objects.get().source_url == "https://example.org/act"


def test_coming_from_a_pledge_its_code_is_filled_in(client: Client) -> None:
    link = fetch(client, "/en/pledges/SPC-3.1/").one("p", "permanent").all("a")[-1]["href"]
    assert link == "/en/corrections/?pledge=SPC-3.1#report"
    found = form(fetch(client, link))
    assert found.one("input", name="pledge")["value"] == "SPC-3.1"
    assert problems(fetch(client, link)) == []
    assert "checked" in found.one("input", name="kind", value="error").attrs


@pytest.mark.parametrize("code", ["SPC-99.1", "nonsense", "A" * 17, "%00", "%F0%9F%98%80"])
def test_an_unknown_code_in_the_address_is_named_at_its_field(client: Client, code: str) -> None:
    page = fetch(client, f"{PAGE}?pledge={code}", status=400)
    field = next(p for p in form(page).all("p", "field") if p.all("input", name="pledge"))
    assert field.one("span", "problem").text()
    assert len(problems(page)) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pledge", "SPC-99.1"),
        ("pledge", "A" * 17),
        ("text", ""),
        ("text", "too short"),
        ("text", "x" * 4001),
        ("text", "with a nul \x00 inside"),
        ("kind", "praise"),
        ("kind", ""),
        ("source_url", "javascript:alert(1)"),
        ("source_url", "data:text/html,x"),
        ("source_url", "ftp://example.org/x"),
        ("source_url", "https://example.org/" + "x" * 1000),
        ("contact", "nobody"),
        ("contact", "a@b@c"),
    ],
)
def test_what_cannot_be_taken_is_named_at_its_field_and_the_rest_kept(client: Client, field: str, value: str) -> None:
    response = send(client, **{"source_url": "https://example.org/kept", field: value})
    assert response.status_code == 400
    page = parse(response.content.decode())
    assert len(problems(page)) >= 1
    if field == "kind":
        assert form(page).one("fieldset").all("span", "problem")
    else:
        [wrong] = [p for p in form(page).all("p", "field") if p.all("span", "problem")]
        assert wrong.all(name=field)
    if field != "source_url":
        assert form(page).one("input", name="source_url")["value"] == "https://example.org/kept"
    assert not ReaderReport.objects.exists()


def test_the_longest_text_is_taken_whole(client: Client) -> None:
    send(client, text="扶" * 4000)
    assert ReaderReport.objects.get().text == "扶" * 4000


def test_whoever_fills_the_trap_is_thanked_and_forgotten(client: Client) -> None:
    page = form(fetch(client, PAGE))
    trap = page.one("input", name="website")
    assert (trap["tabindex"], trap["autocomplete"]) == ("-1", "off")
    response = send(client, website="https://spam.example")
    assert (response.status_code, response["Location"]) == (302, "/en/corrections/thanks/")
    assert not ReaderReport.objects.exists()


def test_the_sixth_of_a_day_is_refused_in_plain_words_and_not_lost(client: Client) -> None:
    with time_machine.travel(NOON, tick=False):
        for _ in range(A_SENDER):
            assert send(client).status_code == 302
        response = send(client, text="This would be the sixth.")
        page = parse(response.content.decode())
        assert response.status_code == 429
        assert "tomorrow" in page.one("section", **{"aria-labelledby": "report"}).one("p", "problem").text()
        assert form(page).one("textarea").text() == "This would be the sixth."
        other = client.post(PAGE, SAID, REMOTE_ADDR="198.51.100.7")
        assert other.status_code == 302
    with time_machine.travel(NOON.replace(day=23), tick=False):
        assert send(client).status_code == 302


def test_the_two_hundred_and_first_of_a_day_is_refused_whoever_sends_it(client: Client) -> None:
    values = {"kind": "error", "text": "Spam, spam.", "language": "en", "received_at": NOON}
    ReaderReport.objects.bulk_create(ReaderReport(sender=f"{n}", **values) for n in range(ALL))
    with time_machine.travel(NOON, tick=False):
        response = send(client)
    assert (response.status_code, ReaderReport.objects.count()) == (429, ALL)


@pytest.mark.parametrize(("behind", "same"), [(False, True), (True, False)])
def test_a_forwarded_address_counts_only_behind_the_trusted_proxy(
    client: Client, settings: Any, behind: bool, same: bool
) -> None:
    settings.BEHIND_PROXY = behind
    for last in ("203.0.113.1", "203.0.113.2"):
        client.post(PAGE, SAID, headers={"X-Forwarded-For": f"10.0.0.1, {last}"})
    assert (len(set(ReaderReport.objects.values_list("sender", flat=True))) == 1) == same


def test_no_address_is_stored(client: Client) -> None:
    client.post(PAGE, SAID, REMOTE_ADDR="198.51.100.7")
    row = ReaderReport.objects.values().get()
    assert "198.51.100" not in str(row)
    assert re.fullmatch("[0-9a-f]{64}", row["sender"])


def test_a_report_from_another_site_is_refused() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(PAGE, SAID).status_code == 403
    page = parse(strict.get(PAGE).content.decode())
    token = form(page).one("input", name="csrfmiddlewaretoken")["value"]
    assert strict.post(PAGE, SAID | {"csrfmiddlewaretoken": token}).status_code == 302
    assert ReaderReport.objects.count() == 1


def test_the_page_with_the_form_sets_one_cookie_that_ends_with_the_browser_and_only_reads(client: Client) -> None:
    with CaptureQueriesContext(connection) as asked:
        response = client.get(PAGE)
    [cookie] = response.cookies.values()
    assert cookie.key.endswith("csrf")
    assert (cookie["max-age"], cookie["expires"]) == ("", "")
    assert cookie["httponly"]
    assert [q["sql"] for q in asked.captured_queries if not q["sql"].startswith("SELECT ")] == []
    assert [q["sql"] for q in asked.captured_queries if "django_session" in q["sql"]] == []


def test_nothing_of_a_report_is_public_or_runs(client: Client) -> None:
    send(client, text=f"Look at this: {NASTY}", contact="reader@example.org")
    assert ReaderReport.objects.get().text.endswith(NASTY)
    pages = [PAGE, "/en/", "/en/pledges/", "/en/evidence/", "/en/corrections/thanks/", "/api/v1/updates/"]
    for page in pages:
        body = client.get(page).content.decode()
        assert "Look at this" not in body
        assert "reader@example.org" not in body
    assert not LedgerEntry.objects.filter(public_id__startswith="R").exists()


def test_markup_sent_back_with_a_mistake_is_shown_as_text(client: Client) -> None:
    fields = {"pledge": "<b>x</b>", "text": NASTY, "source_url": NASTY, "contact": NASTY}
    body = send(client, **fields).content.decode()
    assert "<script>" not in body
    assert "<img" not in body
    assert "<b>x" not in body
    assert "&lt;script&gt;" in body


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_the_page_takes_nothing_else(client: Client, method: str) -> None:
    assert getattr(client, method)(PAGE).status_code == 405


def test_the_privacy_page_says_what_is_kept_and_for_how_long(client: Client) -> None:
    said = fetch(client, "/en/privacy/").one("main").text()
    for word in ("cookie", "30 days", "keyed hash", "e-mail"):
        assert word in said
