"""Figures of indicators at the desk: proposed, approved, corrected with the old value kept and shown."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from commitments.editorial import drafts
from commitments.editorial.fingerprint import fingerprint
from commitments.models import DataPoint, Draft, DraftState, Indicator, PointDraft
from tests.factories import AT, evidence, person, words

pytestmark = pytest.mark.django_db

Desk = Callable[[Any], Client]
SAID = {
    "value": "1203.5",
    "on": "2025-03-10",
    "precision": "day",
    "kind": "measured",
    "publisher": "Customs",
    "source_url": "https://example.org/customs",
    "evidence": "",
    "to_reviewer": "",
}


@pytest.fixture
def indicator() -> Indicator:
    return Indicator.objects.create(slug="trade-value", position=900, title=words("Trade"), unit=words("billion USD"))


def add(query: str) -> str:
    return f"{reverse('admin:commitments_pointdraft_add')}?{query}"


def shown(indicator: Indicator) -> str:
    return reverse("admin:commitments_indicator_change", args=[indicator.pk])


def approved(draft: Draft) -> DataPoint:
    waiting = Draft.objects.get(pk=draft.pk)
    entry = drafts.approve(waiting, by=person("reviewer"), read=fingerprint(waiting), at=AT)
    return DataPoint.objects.get(seq=entry.seq)


def proposed(desk: Desk, query: str, **said: Any) -> PointDraft:
    answer = desk(person()).post(add(query), SAID | said | {"_submit": "1"}, follow=True)
    found = PointDraft.objects.filter(state=DraftState.IN_REVIEW).first()
    assert found, answer.content.decode()
    return found


def test_a_figure_is_proposed_from_the_indicators_page_and_published(desk: Desk, indicator: Indicator) -> None:
    assert add("indicator=trade-value") in desk(person()).get(shown(indicator)).content.decode()
    point = approved(proposed(desk, "indicator=trade-value"))
    assert (point.indicator, point.value, point.on) == (indicator, Decimal("1203.5"), date(2025, 3, 10))
    page = desk(person("viewer")).get(shown(indicator)).content.decode()
    assert "1,203.5" in page
    assert "Propose a figure" not in page


@pytest.mark.parametrize(("precision", "day"), [("year", date(2025, 12, 31)), ("month", date(2025, 3, 31))])
def test_where_only_year_or_month_is_known_the_last_day_stands(
    precision: str, day: date, desk: Desk, indicator: Indicator
) -> None:
    assert proposed(desk, "indicator=trade-value", precision=precision).on == day


def test_a_correction_begins_from_the_figure_and_keeps_it(desk: Desk, indicator: Indicator) -> None:
    old = approved(proposed(desk, "indicator=trade-value"))
    query = f"correct={old.public_id}"
    client = desk(person())
    assert query in client.get(shown(indicator)).content.decode()
    form = client.get(add(query))
    assert form.context["adminform"].form["publisher"].value() == "Customs"
    assert "1,203.5" in form.content.decode()
    draft = proposed(desk, query, value="1230.5", why_en="Two digits were swapped.")
    review = client.get(reverse("admin:commitments_draft_review", args=[draft.pk])).content.decode()
    assert "<del>1203</del>" in review
    assert "<ins>1230</ins>" in review
    assert "Two digits were swapped." in review
    new = approved(draft)
    page = client.get(shown(indicator)).content.decode()
    assert "<s>1,203.5</s>" in page
    assert f'corrected by <a href="#{new}">{new}</a>' in page
    assert add(f"correct={new}") in page
    assert add(f"correct={old}") not in page
    assert DataPoint.objects.get(pk=old.pk).value == Decimal("1203.5")


def test_a_correction_says_why(desk: Desk, indicator: Indicator) -> None:
    old = approved(proposed(desk, "indicator=trade-value"))
    answer = desk(person()).post(add(f"correct={old}"), SAID | {"_submit": "1"}, follow=True)
    assert "Why: say what was wrong" in answer.content.decode()
    assert PointDraft.objects.get(corrects=old).state == DraftState.DRAFT


@pytest.mark.parametrize("query", ["", "indicator=none", "correct=P999999", "correct=P1x", "correct=9", "correct=P"])
def test_an_address_that_names_nothing_leads_back(query: str, desk: Desk) -> None:
    answer = desk(person()).get(add(query), follow=True)
    assert "There is no " in answer.content.decode()
    assert not PointDraft.objects.exists()


def test_evidence_is_named_by_its_number(desk: Desk, indicator: Indicator) -> None:
    item = evidence()
    assert proposed(desk, "indicator=trade-value", evidence=item.public_id.lower()).evidence == item
    page = desk(person()).post(add("indicator=trade-value"), SAID | {"evidence": "E1<b>"}).content.decode()
    assert "There is no evidence “E1&lt;b&gt;”" in page


def test_published_figures_are_shown_and_not_changed(desk: Desk, indicator: Indicator) -> None:
    point = approved(proposed(desk, "indicator=trade-value"))
    client = desk(person("reviewer"))
    page = reverse("admin:commitments_datapoint_change", args=[point.pk])
    assert "Correct this figure" in client.get(page).content.decode()
    assert client.post(page, SAID).status_code == 403
    assert client.post(shown(indicator), {"slug": "other"}).status_code == 403
