"""Themes and rights as of any day: against plain loops over the raw rows."""

from collections.abc import Callable
from datetime import date

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commitments.models import Coding, Theme
from commitments.record import indicators, terms
from tests import histories, naive
from tests.beside import indicator, point
from tests.factories import evidence, pledge, update
from tests.factories import published as publish

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 22)


def test_on_any_day_a_theme_has_the_pledges_and_statuses_of_a_plain_loop() -> None:
    histories.make(62, acts=160)
    raw = naive.Raw.read()
    for on in (DAY, date(2027, 3, 3), date(2028, 5, 1)):
        for found in terms.themes(on=on):
            codes = naive.pledges(raw, {"theme": [found.term.slug]}, on)
            assert [row.code for row in found.pledges] == codes, (found.term.slug, on)
            expected = [naive.status(raw, row.pk, on) for row in found.pledges]
            assert found.tally.counts == {status: expected.count(status) for status in expected}
            assert found.tally.total == len(codes)


def test_on_any_day_a_right_has_the_pledges_of_a_plain_loop() -> None:
    histories.make(63, acts=60)
    raw = naive.Raw.read()
    for on in (DAY, date(2028, 5, 1)):
        for found in terms.rights(on=on):
            assert [row.code for row in found.pledges] == naive.pledges(raw, {"right": [found.term.slug]}, on)


def test_one_theme_says_the_same_alone_and_in_the_list() -> None:
    call_command("load_evidence", verbosity=0)
    for row in terms.themes(on=DAY):
        alone = terms.theme(row.term.slug, on=DAY)
        assert alone is not None
        assert (alone.pledges, alone.weight, alone.tally) == (row.pledges, row.weight, row.tally)
    assert terms.theme("nothing", on=DAY) is None


def test_an_item_counts_every_time_it_bears_on_a_pledge() -> None:
    place = pledge()
    slug = Coding.objects.get(pledge=place).themes.all()[0].slug
    publish(update(place, "announced"), [(evidence(), "supports"), (evidence(), "context"), (evidence(), "supports")])
    found = terms.theme(slug, on=DAY)
    assert found is not None
    weight = found.weight
    assert (weight.items, weight.pledges, weight.total) == (3, 1, 3)
    assert [n for _, n in weight.parts()] == [2, 0, 1]


def test_the_numbers_announced_for_the_sections_stand_beside_their_figures() -> None:
    made = indicator("FMP-3.3", target="target-2025-3")
    point(made, "5", on="2025-05-13")
    point(made, "7", on="2026-01-31")
    found = terms.theme("education", on=DAY)
    assert found is not None
    announced = {target.code: measured for target, measured in terms.announced_beside(found.pledges, on=DAY)}
    assert set(announced) == {"target-2025-3", "target-2025-4", "target-2025-5", "target-2025-7"}
    [one] = announced["target-2025-3"]
    assert ([p.value for p in one.before], [p.value for p in one.after]) == ([5], [7])
    [same] = indicators.against(one.target, on=DAY)
    assert (same.indicator, same.before, same.after) == (one.indicator, one.before, one.after)


def test_an_alias_says_when_it_is_chinese() -> None:
    found = terms.theme("tourism", on=DAY)
    assert found is not None
    assert ("旅游业", "zh-Hans") in found.aliases
    assert ("travel", "") in found.aliases


def asked(get: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as queries:
        get()
    return len(queries)


def test_queries_grow_neither_with_pledges_nor_with_evidence_nor_with_announced_numbers() -> None:
    publish(update(pledge(), "announced"), [(evidence(), "supports")])
    few, many = "tourism", "education"

    def whole(slug: str) -> object:
        found = terms.theme(slug, on=DAY)
        return terms.announced_beside(found.pledges, on=DAY) if found else None

    point(indicator("FMP-5.5"), "1")
    before = [asked(lambda: terms.themes(on=DAY)), asked(lambda: whole(many))]
    call_command("load_evidence", verbosity=0)
    assert [asked(lambda: terms.themes(on=DAY)), asked(lambda: whole(many))] == before
    assert asked(lambda: whole(few)) <= before[1]
    assert Theme.objects.count() > 40 > before[0]
