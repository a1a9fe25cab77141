"""Figures as of a day: public from their publication, and in force until a correction is public."""

from datetime import date
from decimal import Decimal

import pytest

from commitments.models import Evidence, Indicator, Section, Target
from commitments.record import indicators
from tests.beside import day, indicator, point
from tests.factories import AT, evidence, words

pytestmark = pytest.mark.django_db

FIRST, SECOND = date(2027, 1, 10), date(2027, 2, 10)


def series(on: date) -> dict[str, Indicator]:
    return {found.slug: found for found in indicators.indicators(on=on)}


def values(found: Indicator) -> list[Decimal]:
    return [figure.value for figure in indicators.standing(found)]


@pytest.fixture
def corrected() -> Indicator:
    """A figure published on the first day and corrected on the second."""
    made = indicator()
    old = point(made, "5", at=day("2027-01-10"))
    point(made, "6", at=day("2027-02-10"), corrects=old, why=words("Misread."))
    return made


def test_an_indicator_is_public_with_its_first_figure(corrected: Indicator) -> None:
    assert corrected.slug not in series(date(2027, 1, 9))
    assert values(series(FIRST)[corrected.slug]) == [5]


def test_a_figure_stands_until_its_correction_is_public(corrected: Indicator) -> None:
    before, after = series(date(2027, 2, 9))[corrected.slug], series(SECOND)[corrected.slug]
    assert (values(before), indicators.undone(before), indicators.corrections_of(before)) == ([5], [], [])
    assert values(after) == [6]
    assert [figure.value for figure in indicators.undone(after)] == [5]
    assert [(old.value, new.value) for old, new in indicators.corrections_of(after)] == [(5, 6)]


def test_a_correction_of_a_correction_leaves_only_the_last(corrected: Indicator) -> None:
    last = indicators.standing(series(SECOND)[corrected.slug])[0]
    point(corrected, "7", at=day("2027-03-01"), corrects=last, why=words("Again."))
    found = series(date(2027, 3, 1))[corrected.slug]
    assert values(found) == [7]
    assert [(old.value, new.value) for old, new in indicators.corrections_of(found)] == [(6, 7), (5, 6)]


def test_figures_come_oldest_first_whenever_they_were_published() -> None:
    made = indicator()
    point(made, "2", "2026-06-30", at=day("2027-01-01"))
    point(made, "1", "2025-06-30", at=day("2027-01-02"))
    assert values(series(FIRST)[made.slug]) == [1, 2]


def test_the_item_of_a_figure_is_named_only_if_readers_can_see_it() -> None:
    made = indicator()
    seen, unseen = evidence(), evidence()
    point(made, "1", evidence=seen)
    point(made, "2", evidence=unseen)
    Evidence.objects.filter(pk=unseen.pk).update(public_at=None)
    named = [figure.item for figure in indicators.standing(series(AT.date())[made.slug])]  # type: ignore[attr-defined]
    assert named == [seen.public_id, None]


def test_a_section_has_the_indicators_with_a_figure() -> None:
    shown, empty = indicator(), indicator()
    point(shown, "1")
    section = Section.objects.get(document__code="FMP", number="2.3")
    assert list(indicators.beside(section, on=AT.date())) == [shown]
    assert list(indicators.beside(section, on=date(2026, 11, 1))) == []
    assert empty.slug not in series(AT.date())
    elsewhere = Section.objects.get(document__code="FMP", number="2.4")
    assert list(indicators.beside(elsewhere, on=AT.date())) == []


def test_an_item_leads_to_the_indicators_whose_standing_figures_rest_on_it() -> None:
    item = evidence()
    made = indicator()
    old = point(made, "1", evidence=item, at=day("2027-01-10"))
    assert list(indicators.drawn_from(item, on=FIRST)) == [made]
    point(made, "2", corrects=old, why=words("Another source."), at=day("2027-02-10"))
    assert list(indicators.drawn_from(item, on=SECOND)) == []


def test_what_is_measured_beside_a_number_is_parted_at_its_announcement() -> None:
    target = Target.objects.get(code="target-2025-3")
    made = indicator(target=target.code)
    for value, on in (("1", "2025-01-01"), ("2", "2025-05-13"), ("3", "2025-05-14")):
        point(made, value, on)
    [one] = indicators.against(target, on=AT.date())
    assert target.baseline_on == date(2025, 5, 13)
    assert ([p.value for p in one.before], [p.value for p in one.after]) == ([1, 2], [3])


def test_the_number_is_drawn_across_figures_of_its_own_unit_only() -> None:
    target = Target.objects.get(code="target-2025-3")
    for unit, drawn in ((target.unit, True), (words("ships"), False)):
        made = indicator(target=target.code, unit=unit)
        point(made, "3", "2026-01-01")
        one = next(m for m in indicators.against(target, on=AT.date()) if m.indicator == made)
        assert one.chart is not None
        assert (one.chart.line is not None) == drawn
        assert (one.chart.ticks[-1].value >= target.quantity) == drawn


def test_a_number_has_the_public_items_that_concern_it_newest_event_first() -> None:
    target = Target.objects.get(code="target-2025-3")
    rows = [evidence(event_on=on) for on in (date(2026, 1, 1), None, date(2026, 3, 1))]
    unseen = evidence(public_at=None)
    for row in (*rows, unseen):
        row.targets.add(target)
    assert list(indicators.evidence_on(target, on=AT.date())) == [rows[2], rows[0], rows[1]]
