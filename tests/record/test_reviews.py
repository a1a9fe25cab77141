"""A year in review says what the rows say of that year, as known on the day asked."""

from datetime import UTC, date, datetime

import pytest

from commitments.models import Delivery, UpdateKind
from commitments.record import reviews
from tests.factories import AT, evidence, people, pledge, published, two_good_items, update

pytestmark = pytest.mark.django_db

TODAY = AT.date()
MARCH = date(2026, 3, 1)


def seen(review: reviews.Review) -> list[tuple[str, str, str]]:
    return [(one.pledge.code, one.old, one.new) for one in review.moved]


def test_the_years_reach_from_the_first_baseline_to_the_day() -> None:
    assert reviews.years(on=TODAY) == [2026, 2025]
    assert reviews.years(on=date(2028, 1, 1)) == [2028, 2027, 2026, 2025]


def test_what_moved_in_the_year_is_told_with_where_it_came_from() -> None:
    place = pledge()
    published(update(place, "announced", effective_on=date(2025, 12, 20)), [(evidence(), "supports")])
    made = published(update(place, "delivered", effective_on=MARCH, **people()), two_good_items())
    this, last = reviews.review(2026, on=TODAY), reviews.review(2025, on=TODAY)
    assert (place.code, "announced", "delivered") in seen(this)
    assert (place.code, "not_assessed", "announced") in seen(last)
    assert [one.update.pk for one in this.achieved[0][1]] == [made.pk]
    assert this.achieved[0][0] == Delivery.DELIVERED
    assert (this.before.counts["announced"], this.after.counts["delivered"]) == (1, 1)


def test_a_pledge_that_moved_twice_is_told_once_and_one_that_came_back_not_at_all() -> None:
    twice, back = pledge(n=1), pledge(n=2)
    for place in (twice, back):
        published(update(place, "announced", effective_on=date(2026, 2, 1)), [(evidence(), "supports")])
    published(update(twice, "in_progress", effective_on=MARCH), [(evidence(), "supports")])
    published(update(back, "not_assessed", effective_on=MARCH))
    told = seen(reviews.review(2026, on=TODAY))
    assert [row for row in told if row[0] == twice.code] == [(twice.code, "not_assessed", "in_progress")]
    assert [row for row in told if row[0] == back.code] == []


def test_what_was_withdrawn_by_the_day_is_not_told_and_before_it_was() -> None:
    place = pledge(n=3)
    made = published(update(place, "announced", effective_on=MARCH), [(evidence(), "supports")])
    later = datetime(2026, 12, 1, tzinfo=UTC)
    gone = update(place, "announced", kind=UpdateKind.WITHDRAWAL, corrects=made, **people())
    published(gone, at=later)
    assert place.code in {row[0] for row in seen(reviews.review(2026, on=date(2026, 11, 30)))}
    after = reviews.review(2026, on=later.date())
    assert place.code not in {row[0] for row in seen(after)}
    assert after.corrections == 1


def test_what_speaks_against_is_told_by_the_year_in_which_it_happened() -> None:
    place = pledge(n=4)
    old, new = (evidence(event_on=day) for day in (date(2025, 12, 30), date(2026, 4, 4)))
    published(update(place, "stalled", effective_on=MARCH), [(old, "contradicts"), (new, "contradicts")])
    for year, item in ((2025, old), (2026, new)):
        (doubted,) = [one for one in reviews.review(year, on=TODAY).doubted if one.pledge.pk == place.pk]
        assert [row.evidence.pk for row in doubted.items] == [item.pk]
    assert [status for status, _ in reviews.review(2026, on=TODAY).halted] == [Delivery.STALLED]


def test_what_was_begun_before_and_has_no_act_in_the_year_stands_still() -> None:
    quiet, busy = pledge(n=5), pledge(n=6)
    first = evidence(event_on=date(2025, 12, 15))
    for place in (quiet, busy):
        published(update(place, "in_progress", effective_on=date(2025, 12, 15)), [(first, "supports")])
    again = [(first, "supports"), (evidence(event_on=MARCH), "supports")]
    published(update(busy, "in_progress", effective_on=MARCH), again)
    still = {p.code for p in reviews.review(2026, on=TODAY).still}
    assert quiet.code in still
    assert busy.code not in still


def test_documents_and_numbers_belong_to_the_year_in_which_they_were_made_public() -> None:
    this, last = reviews.review(2026, on=TODAY), reviews.review(2025, on=TODAY)
    assert (this.documents, this.targets) == ([], [])
    assert {d.slug for d in last.documents} == {"sao-paulo-consensus", "policy-paper-2025"}
    assert len(last.targets) == 10
