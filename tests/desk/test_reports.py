"""Readers' reports at the desk: shown as plain text, closed with a word, the sender's address for those who answer."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from commitments.editorial import reports
from commitments.editorial.policies import RefusedError
from commitments.models import Audit, Evidence, Pledge, ReaderReport, ReportState
from tests import factories
from tests.desk.sources import ADD, filled
from tests.factories import AT, person

pytestmark = pytest.mark.django_db

Desk = Callable[[Any], Client]
LIST = reverse("admin:commitments_readerreport_changelist")
CLOSING = {"state": "handled", "outcome": "Recorded the source."}


def report(**said: Any) -> ReaderReport:
    values: dict[str, Any] = {
        "kind": "source",
        "pledge": factories.pledge(),
        "text": "See <script>alert(1)</script>\n<b>here</b>",
        "source_url": "https://example.org/news?a=1&b=2",
        "contact": "reader@example.org",
        "language": "es",
        "received_at": AT,
        "sender": "",
    }
    return ReaderReport.objects.create(**values | said)


def page_of(row: ReaderReport) -> str:
    return reverse("admin:commitments_readerreport_change", args=[row.pk])


def test_a_report_is_shown_as_plain_text(desk: Desk) -> None:
    page = desk(person()).get(page_of(report())).content.decode()
    assert "See &lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "<b>here" not in page


def test_its_address_is_a_link_that_gives_nothing_away(desk: Desk) -> None:
    page = desk(person()).get(page_of(report())).content.decode()
    assert 'href="https://example.org/news?a=1&amp;b=2" rel="noopener noreferrer nofollow"' in page


def test_an_address_that_is_none_is_text_only(desk: Desk) -> None:
    page = desk(person()).get(page_of(report(source_url="javascript:alert(1)"))).content.decode()
    assert "javascript:alert(1)" in page
    assert 'href="javascript' not in page


def test_the_contact_is_for_those_who_may_answer(desk: Desk) -> None:
    row = report()
    assert "reader@example.org" in desk(person()).get(page_of(row)).content.decode()
    for page in (page_of(row), LIST):
        assert "reader@example.org" not in desk(person("viewer")).get(page).content.decode()


def test_a_source_leads_to_the_form_of_evidence(desk: Desk) -> None:
    row = report()
    page = desk(person()).get(page_of(row)).content.decode()
    code = row.pledge.code if row.pledge else ""
    query = f"source_url=https%3A%2F%2Fexample.org%2Fnews%3Fa%3D1%26b%3D2&amp;pledge={code}&amp;report={row.pk}"
    assert f"{reverse('admin:commitments_evidence_add')}?{query}" in page


def test_a_report_is_closed_with_a_word(desk: Desk) -> None:
    row, curator = report(), person()
    said = desk(curator).post(page_of(row), CLOSING, follow=True).content.decode()
    assert "Closed." in said
    row.refresh_from_db()
    assert (row.state, row.closed_by, row.outcome) == (ReportState.HANDLED, curator, "Recorded the source.")
    assert Audit.objects.get(action="report.close").by == curator


@pytest.mark.parametrize("wrong", [{"outcome": " "}, {"state": "open"}, {"state": ""}])
def test_without_a_word_or_a_result_it_stays_open_and_keeps_what_was_typed(wrong: Any, desk: Desk) -> None:
    row = report()
    page = desk(person()).post(page_of(row), CLOSING | {"outcome": "Half a sentence"} | wrong).content.decode()
    row.refresh_from_db()
    assert row.state == ReportState.OPEN
    assert "Half a sentence" in page or "outcome" in wrong


def test_a_report_is_closed_once(desk: Desk) -> None:
    row, client = report(), desk(person())
    client.post(page_of(row), CLOSING)
    page = client.post(page_of(row), {"state": "dismissed", "outcome": "No."}).content.decode()
    assert "closed already" in page
    row.refresh_from_db()
    assert row.state == ReportState.HANDLED


def test_a_viewer_closes_nothing(desk: Desk) -> None:
    row, client = report(), desk(person("viewer"))
    assert "Close it" not in client.get(page_of(row)).content.decode()
    client.post(page_of(row), CLOSING)
    row.refresh_from_db()
    assert row.state == ReportState.OPEN


def test_nobody_changes_a_readers_words(desk: Desk) -> None:
    row = report()
    desk(person("reviewer")).post(page_of(row), CLOSING | {"text": "Other words", "contact": "x@example.org"})
    assert "alert(1)" in ReaderReport.objects.get(pk=row.pk).text
    assert (
        desk(person("reviewer")).get(reverse("admin:commitments_readerreport_changelist") + "add/").status_code == 403
    )


def test_the_queue_is_found_by_state_kind_and_age(desk: Desk) -> None:
    new, old = report(text="The newer one"), report(text="The older one", kind="error", received_at=AT - timedelta(30))
    client = desk(person())
    listed = client.get(LIST, {"kind__exact": "error"}).content.decode()
    assert "The older one" in listed
    assert "The newer one" not in listed
    everything = client.get(LIST, {"queue": "reports"}).content.decode()
    assert everything.index(page_of(old)) < everything.index(page_of(new))


def test_reports_name_a_pledge_that_has_a_workplace(desk: Desk) -> None:
    row = report()
    pledge = Pledge.objects.get(pk=row.pledge_id)
    assert (
        reverse("admin:commitments_pledge_change", args=[pledge.pk])
        in desk(person()).get(page_of(row)).content.decode()
    )


# --- recorded as evidence -------------------------------------------------------------------


def record_page(row: ReaderReport, desk_of: Client) -> str:
    """Return where the button of the report's page leads."""
    found = re.search(r'href="([^"]+)">Record it as evidence', desk_of.get(page_of(row)).content.decode())
    assert found
    return unescape(found[1])


def test_a_recorded_item_stands_on_the_report_that_brought_it(desk: Desk) -> None:
    row, curator = report(), person()
    client = desk(curator)
    form = client.get(record_page(row, client))
    shown = form.content.decode()
    assert form.context["adminform"].form["source_url"].value() == row.source_url
    assert f'value="{row.pledge}"' in shown
    assert f'href="{page_of(row)}">report {row.pk}' in shown
    answer = client.post(record_page(row, client), filled(source_url=row.source_url), follow=True)
    row.refresh_from_db()
    item = Evidence.objects.get()
    assert (row.evidence, row.state) == (item, ReportState.OPEN)
    assert answer.redirect_chain[-1][0] == page_of(row)
    page = answer.content.decode()
    assert f'Recorded as</dt><dd><a href="{reverse("admin:commitments_evidence_change", args=[item.pk])}">' in page
    assert "Record it as evidence" not in page
    act = Audit.objects.get(action="report.record")
    assert (act.by, act.subject, act.detail) == (curator, str(row), {"evidence": item.public_id})


@pytest.mark.parametrize("why", ["closed", "recorded"])
def test_a_report_that_was_acted_on_meanwhile_refuses_and_loses_nothing_that_was_typed(why: str, desk: Desk) -> None:
    row, curator, client = report(), person(), desk(person())
    address, item = record_page(row, client), factories.evidence()
    if why == "closed":
        reports.close(row, by=curator, outcome="Done.", state="handled", at=AT)
    else:
        reports.recorded_as(row, item, by=curator, at=AT)
    refusal = {"closed": "was closed already, as handled", "recorded": f"is recorded already, as {item}"}[why]
    assert refusal in client.get(address).content.decode()
    before = list(Evidence.objects.all()), Audit.objects.count()
    page = client.post(address, filled(title="Una visita larga")).content.decode()
    assert f"Report {row.pk} {refusal}" in page
    assert "Una visita larga" in page
    assert (list(Evidence.objects.all()), Audit.objects.count()) == before
    without = re.search(r'formaction="([^"]+)">Record it without the report', page)
    assert without
    client.post(f"{ADD}{unescape(without[1])}", filled(title="Una visita larga"))
    assert Evidence.objects.get(title="Una visita larga").reports.count() == 0
    row.refresh_from_db()
    assert row.evidence == (item if why == "recorded" else None)


def test_a_report_that_is_not_there_is_left_aside(desk: Desk) -> None:
    client = desk(person())
    for number in ("999999", "x", "", "1" * 40, "-1"):
        assert client.get(f"{ADD}?report={number}").status_code == 200
    assert client.post(f"{ADD}?report=999999", filled()).status_code == 302
    assert Evidence.objects.count() == 1


def test_the_item_is_noted_by_those_who_act_on_reports_only() -> None:
    row, item = report(), factories.evidence()
    for role in ("viewer", "administrator"):
        with pytest.raises(RefusedError, match="Your role does not let you act on reports"):
            reports.recorded_as(row, item, by=person(role), at=AT)
    row.refresh_from_db()
    assert row.evidence is None


def test_a_form_that_is_wrong_records_nothing_on_the_report(desk: Desk) -> None:
    row, client = report(), desk(person())
    assert client.post(record_page(row, client), filled(publisher="")).status_code == 200
    row.refresh_from_db()
    assert row.evidence is None
    assert not Audit.objects.exists()
