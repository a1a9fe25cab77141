"""A year in review says what the rows say of that year, as known on the day asked."""

from datetime import UTC, date, datetime

import pytest

from commitments.models import Delivery, UpdateKind
from commitments.record import reviews
from commitments.record.flags import Flag
from tests.beside import recoded
from tests.factories import AT, evidence, people, pledge, published, search, two_good_items, update

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
    still = {one.pledge.code for one in reviews.review(2026, on=TODAY).still}
    assert quiet.code in still
    assert busy.code not in still


def test_documents_and_numbers_belong_to_the_year_in_which_they_were_made_public() -> None:
    this, last = reviews.review(2026, on=TODAY), reviews.review(2025, on=TODAY)
    assert (this.documents, this.targets) == ([], [])
    assert {d.slug for d in last.documents} == {"sao-paulo-consensus", "policy-paper-2025"}
    assert len(last.targets) == 10


def review_of(year: int, on: date = TODAY) -> reviews.Review:
    return reviews.review(year, on=on)


def test_how_the_pledges_stood_says_what_is_provisional_and_on_which_grades_it_rests() -> None:
    published(update(pledge(), "announced", effective_on=MARCH), [(evidence(), "supports")])
    published(update(pledge(n=1), "in_progress", effective_on=MARCH, **people()), two_good_items())
    before, after = review_of(2026).before, review_of(2026).after
    assert (before.assessed, before.provisional, before.graded) == (0, 0, [])
    assert (after.assessed, after.provisional, after.graded) == (2, 1, [("A", 1), ("D", 1)])


def test_a_confirmed_status_is_told_by_the_update_that_confirms_it() -> None:
    place = pledge()
    published(update(place, "announced", effective_on=MARCH), [(evidence(), "supports")])
    confirmed = published(update(place, "announced", effective_on=date(2026, 5, 1), **people()), two_good_items())
    [told] = [one for one in review_of(2026).moved if one.pledge == place]
    assert (told.update.pk, told.day, told.standing.provisional) == (confirmed.pk, MARCH, False)


def test_what_was_issued_or_announced_after_the_day_is_not_told() -> None:
    august = review_of(2025, date(2025, 8, 1))
    assert [document.slug for document in august.documents] == ["sao-paulo-consensus"]
    assert len(august.targets) == 10
    assert review_of(2025, date(2025, 5, 12)).targets == []


def test_what_happens_the_year_after_changes_nothing_in_a_year_that_is_over() -> None:
    quiet, due, doubted = pledge(n=5), pledge(n=6), pledge(n=7)
    first = evidence(event_on=date(2025, 12, 15))
    published(update(quiet, "in_progress", effective_on=date(2025, 12, 15)), [(first, "supports")])
    published(update(due, "sustained", effective_on=date(2025, 12, 15)), [(first, "supports")])
    against = evidence(event_on=date(2026, 6, 1))
    published(update(doubted, "in_progress", effective_on=date(2026, 6, 1)), [(first, "supports")])
    published(update(doubted, "stalled", effective_on=date(2026, 6, 2)), [(against, "contradicts")])

    def told(on: date) -> list[object]:
        year = review_of(2026, on)
        return [
            [(one.pledge.code, one.standing.value, one.act) for one in year.still],
            [(one.pledge.code, one.standing.value, one.flags) for one in year.flagged],
            [(one.pledge.code, one.standing.value) for one in year.doubted],
            [(one.pledge.code, one.standing.value) for one in year.moved],
            (year.before, year.after, year.cells),
        ]

    over, later = told(date(2026, 12, 31)), datetime(2027, 2, 1, tzinfo=UTC)
    assert quiet.code in {row[0] for row in over[0]}  # type: ignore[attr-defined]
    assert (due.code, "sustained", [Flag.NOTHING_NEW]) in over[1]  # type: ignore[operator]
    assert (doubted.code, "stalled") in over[2]  # type: ignore[operator]
    for place in (quiet, due, doubted):
        act = evidence(event_on=date(2027, 1, 20), public_at=later)
        published(update(place, "in_progress", effective_on=date(2027, 1, 20)), [(act, "supports")], at=later)
    assert told(date(2027, 2, 2)) == over


def test_a_date_that_passes_the_year_after_is_no_flag_of_the_year() -> None:
    place = pledge()
    recoded(place, due_on=date(2027, 1, 15))
    assert [one for one in review_of(2026, date(2027, 3, 1)).flagged if one.pledge == place] == []
    [flagged] = [one for one in review_of(2027, date(2027, 3, 1)).flagged if one.pledge == place]
    assert flagged.flags == [Flag.OVERDUE]


def groups_of(year: reviews.Review) -> dict[str, set[str]]:
    every = {name: getattr(year, name) for name in ("achieved", "announced", "halted", "back", "otherwise")}
    return {name: {one.pledge.code for _, ones in groups for one in ones} for name, groups in every.items()}


@pytest.mark.parametrize(
    ("old", "new", "group"),
    [
        ("announced", "in_progress", "achieved"),
        ("stalled", "in_progress", "achieved"),
        ("no_evidence", "announced", "announced"),
        ("in_progress", "stalled", "halted"),
        ("delivered", "in_progress", "back"),
        ("in_progress", "announced", "back"),
        ("in_progress", "no_evidence", "back"),
        ("partly_delivered", "sustained", "otherwise"),
        ("stalled", "no_evidence", "otherwise"),
        ("in_progress", "not_assessed", "otherwise"),
        ("in_progress", "not_assessable", "otherwise"),
        ("not_assessed", "no_evidence", "otherwise"),
    ],
)
def test_every_move_is_told_in_one_list_and_no_step_back_as_an_achievement(old: str, new: str, group: str) -> None:
    place = pledge(n=3)
    for status, day in ((old, date(2025, 12, 20)), (new, MARCH)):
        bearing = "contradicts" if status in ("stalled", "not_delivered") else "supports"
        cited = [] if status in ("no_evidence", "not_assessed", "not_assessable") else two_good_items(bearing)
        looked = {"search": search(place)} if status == "no_evidence" else {}
        published(update(place, status, effective_on=day, **people(), **looked), cited)
    found = groups_of(review_of(2026))
    assert [name for name, codes in found.items() if place.code in codes] == [group]


def test_what_cannot_be_assessed_from_the_first_is_not_told_as_a_move() -> None:
    place = pledge(n=3)
    published(update(place, "not_assessable", effective_on=MARCH))
    assert place.code not in {row[0] for row in seen(review_of(2026))}


def test_the_last_turn_of_the_year_is_told_whatever_it_says() -> None:
    place = pledge(n=3)
    published(update(place, "announced", effective_on=date(2026, 2, 1)), [(evidence(), "supports")])
    published(update(place, "not_assessable", effective_on=MARCH))
    assert place.code not in {row[0] for row in seen(review_of(2026))}
    assert "announced" not in review_of(2026).after.counts


def test_a_pledge_without_a_dated_act_stands_still_from_the_year_after_it_was_announced() -> None:
    place, undated = pledge(n=4), evidence(event_on=None, published_on=None)
    published(update(place, "announced", effective_on=date(2025, 12, 20)), [(undated, "supports")])
    this = {one.pledge.pk: one for one in review_of(2026).still}
    assert this[place.pk].act.last_act_on is None
    assert [one.pledge for one in review_of(2026).still][-1] == place
    assert place.pk not in {one.pledge.pk for one in review_of(2025).still}


def test_an_act_known_to_its_month_is_told_as_that_month_and_counts_to_its_end() -> None:
    place = pledge(n=2)  # of the Consensus, whose baseline lies before that month
    day, month = evidence(event_on=date(2025, 11, 20)), evidence(event_on=date(2025, 11, 1), event_precision="month")
    cited = [(day, "supports"), (month, "supports")]
    published(update(place, "announced", effective_on=date(2025, 11, 20)), cited)
    [still] = [one for one in review_of(2026).still if one.pledge == place]
    assert (still.act.last_act_on, still.act.in_a_month) == (date(2025, 11, 30), True)
