"""Counts of any day, against a plain loop over the raw rows; and their steps over time."""

import random
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commitments.models import Delivery, StatusUpdate
from commitments.record import activity, tallies
from tests import histories, naive
from tests.factories import AT, LATER, evidence, pledge, published, update

pytestmark = pytest.mark.django_db


@pytest.fixture
def raw() -> naive.Raw:
    histories.make(11)
    return naive.Raw.read()


def days(seed: int, count: int) -> list[date]:
    span = (histories.LAST - histories.FIRST).days
    return [histories.FIRST + timedelta(days=n) for n in random.Random(seed).sample(range(-3, span), count)]


def test_the_total_of_any_day_is_that_of_a_plain_loop(raw: naive.Raw) -> None:
    for on in days(1, 25):
        assert Counter(tallies.tally(tallies.cells(on=on)).counts) == naive.counts(raw, on)


def test_every_section_is_there_with_its_own_pledges(raw: naive.Raw) -> None:
    for on in days(2, 8):
        shelves = tallies.shelves(tallies.cells(on=on))
        parts = {(s.document.slug, p.section.number): p.tally for s in shelves for p in s.parts}
        assert len(parts) == 51
        expected: dict[tuple[str, str], Counter[str]] = {}
        for row in raw.pledges:
            if naive.coding(raw, row["id"], on):
                place = (row["document__slug"], row["section__number"])
                expected.setdefault(place, Counter())[naive.status(raw, row["id"], on)] += 1
        assert {place: Counter(tally.counts) for place, tally in parts.items() if tally.total} == expected
        assert sum(shelf.tally.total for shelf in shelves) == sum(tally.total for tally in parts.values())


def test_the_parts_of_a_number_are_counted_too(raw: naive.Raw) -> None:
    on = histories.LAST
    found = tallies.tally(tallies.cells(on=on))
    said = [(naive.update(raw, p["id"], on), naive.status(raw, p["id"], on)) for p in raw.pledges]
    judged = [(row, status) for row, status in said if status not in ("not_assessed", "not_assessable")]
    assert found.assessed == len(judged)
    assert found.provisional == sum(row["provisional"] for row, _ in judged if row)
    assert Counter(found.grades) == Counter(row["grade"] for row, _ in said if row and row["grade"])
    assert found.total == 362
    assert found.not_assessable == sum(status == "not_assessable" for _, status in said)


def test_the_steps_as_published_end_with_the_counts_of_the_day_and_pass_through_those_of_every_day(
    raw: naive.Raw,
) -> None:
    steps = tallies.as_published(on=histories.LAST)
    assert [step.since for step in steps] == sorted({step.since for step in steps})
    for on in days(3, 12):
        reached = [step for step in steps if step.since <= on]
        assert Counter(reached[-1].counts if reached else {}) == naive.counts(raw, on)


def test_in_the_world_each_day_has_the_statuses_that_had_begun_by_then_as_known_on_the_day_asked(
    raw: naive.Raw,
) -> None:
    known = histories.LAST
    steps = tallies.in_the_world(on=known)
    for then in [
        date(2025, 7, 25),
        date(2025, 12, 9),
        date(2025, 12, 10),
        date(2026, 12, 31),
        date(2027, 8, 1),
        known,
    ]:
        reached = [step for step in steps if step.since <= then]
        assert Counter(reached[-1].counts) == _begun(raw, then, known)


def _begun(raw: naive.Raw, then: date, known: date) -> Counter[str]:
    """Count, of what was known on a day, what had begun by an earlier one."""
    baselines = {"sao-paulo-consensus": date(2025, 7, 25), "policy-paper-2025": date(2025, 12, 10)}
    counts: Counter[str] = Counter()
    for row in raw.pledges:
        if then < baselines[row["document__slug"]]:
            continue
        public = [
            u for u in raw.updates.get(row["id"], []) if u["published_at"] and naive.day(u["published_at"]) <= known
        ]
        undone = {u["corrects_id"] for u in public}
        in_force = [u for u in public if u["kind"] != "withdrawal" and u["id"] not in undone]
        begun = [u for u in in_force if u["effective_on"] <= then]
        best = max(begun, key=lambda u: (u["effective_on"], u["seq"]), default=None)
        counts[best["status"] if best else "not_assessed"] += 1
    return counts


def test_before_anything_was_public_there_is_nothing() -> None:
    on = date(2026, 11, 20)
    assert tallies.tally(tallies.cells(on=on)).total == 0
    assert tallies.as_published(on=on) == tallies.in_the_world(on=on) == []


def test_the_numbers_cost_as_many_queries_for_many_updates_as_for_few() -> None:
    def ask() -> int:
        with CaptureQueriesContext(connection) as queries:
            tallies.shelves(tallies.cells(on=histories.LAST))
            tallies.as_published(on=histories.LAST)
            tallies.in_the_world(on=histories.LAST)
            activity.mix(on=histories.LAST)
            activity.months(on=histories.LAST)
            list(activity.standing_still(on=histories.LAST)[:15])
        return len(queries)

    histories.make(5, acts=15)
    few, rows = ask(), StatusUpdate.objects.count()
    place = pledge()
    for n in range(150):
        published(
            update(place, "announced", effective_on=LATER + timedelta(days=n)),
            [(evidence(), "supports")],
            at=datetime.combine(histories.LAST, time.min, tzinfo=UTC),
        )
    assert StatusUpdate.objects.count() > rows + 100
    assert ask() == few


def test_an_item_counts_once_a_month_for_a_project_however_many_of_its_pledges_it_bears_on() -> None:
    item = evidence(event_on=date(2026, 3, 5))
    first, second = pledge(n=30), pledge(n=31)
    assert first.section.parent_id == second.section.parent_id
    for place in (first, second):
        published(update(place, "announced", effective_on=date(2026, 3, 5)), [(item, "supports")])
    found = [m for m in activity.months(on=AT.date()) if m.first == date(2026, 3, 1)]
    assert [(m.bearing, m.items) for m in found] == [("supports", 1)]


@pytest.mark.parametrize(
    ("newest", "on", "old"),
    [
        (date(2026, 3, 27), date(2026, 9, 27), False),
        (date(2026, 3, 27), date(2026, 9, 28), True),
        (date(2026, 8, 31), date(2027, 2, 28), False),
        (date(2026, 8, 31), date(2027, 3, 1), True),
        (None, date(2027, 1, 1), False),
    ],
)
def test_a_source_is_old_after_six_months(newest: date | None, on: date, old: bool) -> None:
    assert activity.is_old(newest, on=on) is old


def test_what_stands_still_longest_comes_first_and_only_what_is_awaited() -> None:
    early, late, done = pledge(n=30), pledge(n=31), pledge(n=32)
    for place, day in ((early, date(2026, 1, 2)), (late, date(2026, 5, 2))):
        published(update(place, "in_progress", effective_on=day), [(evidence(event_on=day), "supports")])
    published(update(done, "not_assessed"))
    found = [p for p in activity.standing_still(on=AT.date()) if p.pk in (early.pk, late.pk, done.pk)]
    assert [p.pk for p in found] == [early.pk, late.pk]
    assert found[0].last_act_on == date(2026, 1, 2)
    assert all(p.current_status in (Delivery.ANNOUNCED, Delivery.IN_PROGRESS) for p in found)


def test_what_no_source_reports_an_act_of_stands_last_and_is_not_left_out() -> None:
    early, never = pledge(n=30), pledge(n=29)
    published(update(early, "announced"), [(evidence(event_on=date(2026, 1, 2)), "supports")])
    published(update(never, "announced"), [(evidence(event_on=None, published_on=None), "supports")])
    found = [p for p in activity.standing_still(on=AT.date()) if p.pk in (early.pk, never.pk)]
    assert [(p.pk, p.last_act_on) for p in found] == [(early.pk, date(2026, 1, 2)), (never.pk, None)]


def test_an_act_known_to_its_month_counts_to_its_end_but_not_beyond_the_day() -> None:
    by_month, by_day = pledge(n=30), pledge(n=31)
    in_march = evidence(event_on=date(2026, 3, 1), event_precision="month")
    published(
        update(by_month, "announced"), [(evidence(event_on=date(2026, 3, 5)), "supports"), (in_march, "supports")]
    )
    published(update(by_day, "announced"), [(evidence(event_on=date(2026, 3, 20)), "supports")])
    found = {p.pk: p for p in activity.standing_still(on=AT.date())}
    assert [pk for pk in found if pk in (by_month.pk, by_day.pk)] == [by_day.pk, by_month.pk]
    one, other = found[by_month.pk], found[by_day.pk]
    assert (one.last_act_on, one.last_act_precision) == (date(2026, 3, 31), "month")
    assert (other.last_act_on, other.last_act_precision) == (date(2026, 3, 20), "day")
    this_month = evidence(event_on=date(2026, 11, 1), event_precision="month")
    published(update(by_day, "announced"), [(this_month, "supports")])
    assert activity.standing_still(on=AT.date()).get(pk=by_day.pk).last_act_on == AT.date()


@pytest.mark.parametrize("seed", [1, 2])
def test_the_steps_say_what_is_provisional_and_the_grades(seed: int) -> None:
    histories.make(seed)
    raw, on = naive.Raw.read(), histories.LAST
    for step in (tallies.as_published(on=on)[-1], tallies.in_the_world(on=on)[-1]):
        now = tallies.tally(tallies.cells(on=on))
        assert step.provisional == now.provisional > 0
        assert step.tally.graded == now.graded
    middle = tallies.as_published(on=on)[len(tallies.as_published(on=on)) // 2]
    said = [naive.update(raw, p["id"], middle.since) for p in raw.pledges]
    waits = [u for u in said if u and u["provisional"] and u["status"] not in ("not_assessed", "not_assessable")]
    assert middle.provisional == len(waits)


def test_the_cells_of_a_day_in_the_world_add_up_to_its_step(raw: naive.Raw) -> None:
    known = histories.LAST
    steps, turns = tallies.in_the_world(on=known), list(tallies.turns(on=known))
    for then in (date(2025, 7, 24), date(2025, 12, 31), date(2026, 12, 31), date(2027, 8, 1), known):
        counted = tallies.tally(tallies.cells_in_the_world(tallies.reached(turns, then), then, on=known))
        reached = [step for step in steps if step.since <= then]
        expected = reached[-1].tally if reached else tallies.Tally()
        assert (counted.counts, counted.provisional, counted.graded) == (
            expected.counts,
            expected.provisional,
            expected.graded,
        )
