"""What changed between two days: every kind of change, whatever brought it, and nothing where nothing did."""

import random
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commitments.models import Attachment, Pledge, StatusUpdate
from commitments.record.between import between
from commitments.record.compared import Aspect, Moved
from commitments.record.flags import Flag
from tests import histories, naive
from tests.beside import reply, turn
from tests.factories import evidence, people, pledge, two_good_items, update
from tests.factories import published as publish

from .test_published import new_pledge
from .test_published import publish as recode

pytestmark = pytest.mark.django_db

FIRST, LAST = date(2027, 3, 1), date(2027, 3, 31)
BETWEEN = datetime(2027, 3, 15, 12, tzinfo=UTC)
EARLIER = datetime(2027, 1, 10, tzinfo=UTC)


def of(row: Pledge, first: date = FIRST, last: date = LAST) -> Moved | None:
    """Return how the pledge moved between the days, None where it did not."""
    return next((moved for moved in between(first, last).moved if moved.pledge == row), None)


def moved_of(row: Pledge, first: date = FIRST, last: date = LAST) -> Moved:
    found = of(row, first, last)
    assert found
    return found


def announced(row: Pledge, at: datetime = EARLIER) -> StatusUpdate:
    return publish(update(row, "announced"), [(evidence(public_at=EARLIER), "supports")], at=at)


def test_nothing_changed_where_nothing_happened() -> None:
    found = between(FIRST, LAST)
    assert (found.moved, found.groups, found.bearings) == ((), [], [])
    assert found.before == found.after == Pledge.objects.count()
    assert all(tally.difference == 0 for tally in found.tallies)
    assert sum(tally.before for tally in found.tallies) == found.before


def test_a_day_is_no_change_from_itself() -> None:
    announced(pledge(), at=BETWEEN)
    assert between(BETWEEN.date(), BETWEEN.date()).moved == ()


def test_a_new_status_stands_with_the_update_that_brought_it() -> None:
    row = pledge()
    old = announced(row)
    new = publish(update(row, "in_progress", effective_on=date(2027, 3, 10)), two_good_items(), at=BETWEEN)
    found = moved_of(row)
    assert found.before
    assert (found.before.standing.value, found.after.standing.value) == ("announced", "in_progress")
    assert found.aspects == {Aspect.STATUS, Aspect.EVIDENCE}
    assert (found.before.standing.update, found.updates) == (old, (new,))
    whole = between(FIRST, LAST)
    assert {t.standing.value: t.difference for t in whole.tallies if t.difference} == {
        "announced": -1,
        "in_progress": 1,
    }
    assert [(str(b), n) for b, n in whole.bearings] == [("supports", 2)]


def test_on_the_day_itself_it_counts_to_the_end_of_the_day() -> None:
    row = pledge()
    announced(row, at=datetime(2027, 3, 31, 23, 59, tzinfo=UTC))
    assert of(row)
    assert of(row, LAST, LAST + timedelta(days=5)) is None
    assert of(row, FIRST, LAST - timedelta(days=1)) is None


def test_a_correction_and_a_withdrawal_change_what_stood() -> None:
    first, second = pledge(n=0), pledge(n=1)
    wrong, vain = announced(first), announced(second)
    mended = publish(
        update(first, "in_progress", kind="correction", corrects=wrong, **people()), two_good_items(), at=BETWEEN
    )
    publish(update(second, "announced", kind="withdrawal", corrects=vain, **people()), at=BETWEEN)
    corrected, withdrawn = moved_of(first), moved_of(second)
    assert Aspect.STATUS in corrected.aspects
    assert corrected.updates == (mended,)
    assert corrected.updates[0].corrects == wrong
    assert withdrawn.after.standing.value == "not_assessed"
    assert [one.kind for one in withdrawn.updates] == ["withdrawal"]


def test_a_backdated_update_changes_the_later_day_and_not_what_was_read_on_the_earlier() -> None:
    row = pledge()
    late = publish(update(row, "announced", effective_on=date(2026, 2, 1)), [(evidence(), "supports")], at=BETWEEN)
    found = moved_of(row)
    assert found.before
    assert (found.before.standing.value, found.after.standing.value) == ("not_assessed", "announced")
    assert found.updates == (late,)
    assert found.updates[0].effective_on < FIRST


def test_an_update_that_takes_effect_in_between_is_named_though_published_before() -> None:
    row = pledge()
    ahead = publish(update(row, "announced", effective_on=date(2027, 3, 20)), [(evidence(), "supports")], at=EARLIER)
    assert (moved_of(row).after.standing.value, moved_of(row).updates) == ("announced", (ahead,))


def test_a_backdated_update_behind_a_newer_one_is_told_though_it_leaves_the_standing() -> None:
    row = pledge()
    publish(update(row, "in_progress", effective_on=date(2027, 1, 5)), two_good_items(), at=EARLIER)
    publish(
        update(row, "announced", effective_on=date(2026, 2, 1)),
        [(evidence(public_at=EARLIER), "supports")],
        at=BETWEEN,
    )
    found = moved_of(row)
    assert found.aspects == {Aspect.UPDATES, Aspect.EVIDENCE}
    assert [one.status for one in found.updates] == ["announced"]


def test_a_grade_and_a_confirmation_are_changes_of_their_own() -> None:
    row = pledge()
    announced(row)
    publish(update(row, "announced", **people()), two_good_items(), at=BETWEEN)
    found = moved_of(row)
    assert found.before
    assert (found.before.standing.grade, found.after.standing.grade) == ("D", "A")
    assert found.aspects == {Aspect.GRADE, Aspect.PROVISIONAL, Aspect.EVIDENCE}


def test_the_same_said_anew_is_told_apart() -> None:
    row, item = pledge(), evidence(public_at=EARLIER)
    for at in (EARLIER, BETWEEN):
        publish(update(row, "announced"), [(item, "supports")], at=at)
    assert moved_of(row).aspects == {Aspect.RESTATED}


def test_another_reading_is_shown_field_by_field() -> None:
    row = pledge()
    recode(row, at=BETWEEN, title={"en": "Read otherwise"}, trackability="continuing")
    found = moved_of(row)
    assert found.aspects == {Aspect.CODING}
    fields = {one.field: one for one in found.recoded}
    assert fields["title"].after == {"en": "Read otherwise"}
    assert fields["trackability"].shown == ("verifiable", "continuing")
    assert [theme.slug for theme in fields["themes"].after] == ["poverty"]
    assert (fields["title"].shape, fields["themes"].shape, fields["trackability"].shape) == ("texts", "terms", "value")
    assert "test" not in fields


def test_a_flag_can_come_by_the_passing_of_time_alone() -> None:
    row = pledge()
    announced(row)
    found = moved_of(row, date(2028, 1, 10), date(2028, 1, 11))
    assert (found.aspects, found.gained, found.lost) == ({Aspect.FLAGS}, [Flag.REVIEW_DUE], [])
    assert found.by_time
    publish(update(row, "announced"), [(evidence(public_at=EARLIER), "supports")], at=datetime(2028, 2, 1, tzinfo=UTC))
    lost = moved_of(row, date(2028, 1, 11), date(2028, 2, 2))
    assert (lost.lost, lost.by_time) == ([Flag.REVIEW_DUE], False)


def test_a_new_pledge_has_no_before() -> None:
    recode(new_pledge(), at=BETWEEN)
    [found] = between(FIRST, LAST).moved
    assert (found.before, found.aspects, found.gained) == (None, {Aspect.NEW}, [])
    whole = between(FIRST, LAST)
    assert (whole.after - whole.before, whole.total.difference) == (1, 1)


def test_evidence_counts_from_when_both_it_and_its_place_beside_the_pledge_are_public() -> None:
    row, item = pledge(), evidence(public_at=EARLIER)
    Attachment.objects.create(evidence=item, pledge=row, bearing="contradicts", public_at=BETWEEN)
    Attachment.objects.create(evidence=evidence(public_at=None), pledge=row, bearing="supports", public_at=BETWEEN)
    found = moved_of(row)
    assert found.aspects == {Aspect.EVIDENCE}
    assert [(str(bearing), [a.evidence for a in rows]) for bearing, rows in found.bearings] == [
        ("contradicts", [item])
    ]


def test_evidence_said_to_do_otherwise_is_told_with_what_it_was_said_to_do() -> None:
    row, item = pledge(), evidence(public_at=EARLIER)
    Attachment.objects.create(evidence=item, pledge=row, bearing="contradicts", public_at=EARLIER)
    turn(item, row, "supports", BETWEEN)
    found = moved_of(row)
    assert found.aspects == {Aspect.BEARING}
    assert [(a.evidence, was, now) for a, was, now in found.turned] == [(item, "contradicts", "supports")]
    assert of(row, LAST, LAST + timedelta(days=9)) is None
    assert of(row, FIRST - timedelta(days=9), FIRST) is None


def test_what_was_said_otherwise_and_back_again_did_not_turn() -> None:
    row, item = pledge(), evidence(public_at=EARLIER)
    Attachment.objects.create(evidence=item, pledge=row, bearing="contradicts", public_at=EARLIER)
    for n, bearing in enumerate(("supports", "contradicts")):
        turn(item, row, bearing, BETWEEN + timedelta(days=n))
    assert of(row) is None


def test_a_source_that_another_takes_the_place_of_is_told() -> None:
    row, new = pledge(), evidence(public_at=BETWEEN)
    old = evidence(public_at=EARLIER, superseded_by=new)
    Attachment.objects.create(evidence=old, pledge=row, bearing="supports", public_at=EARLIER)
    found = moved_of(row)
    assert found.aspects == {Aspect.SUPERSEDED}
    assert [(a.evidence, a.successor) for a in found.beside.superseded] == [(old, new.public_id)]  # type: ignore[attr-defined]
    assert of(row, LAST, LAST + timedelta(days=9)) is None


def test_replies_are_told_and_which_they_take_the_place_of() -> None:
    row = pledge()
    first = reply(row, at=EARLIER)
    second = reply(row, at=BETWEEN, replaces=first)
    found = moved_of(row)
    assert (found.aspects, found.beside.replies) == ({Aspect.REPLIES}, (second,))
    assert found.beside.replies[0].replaces == first


def test_the_counts_of_both_days_say_what_is_provisional_and_on_which_grades_it_rests() -> None:
    row = pledge()
    announced(row)
    publish(update(row, "announced", **people()), two_good_items(), at=BETWEEN)
    found = between(FIRST, LAST)
    assert (found.assessed.before, found.assessed.after) == (1, 1)
    assert (found.provisional.before, found.provisional.after) == (1, 0)
    assert [(grade, n.before, n.after) for grade, n in found.grades] == [("A", 0, 1), ("D", 1, 0)]


def test_a_question_keeps_what_answers_on_either_day_and_counts_each_day_by_itself() -> None:
    first, second = pledge(n=0), pledge(n=1)
    announced(first)
    announced(second)
    publish(update(first, "in_progress", effective_on=date(2027, 3, 10)), two_good_items(), at=BETWEEN)
    found = between(FIRST, LAST, lambda qs: qs.filter(current_status="announced"))
    assert [moved.pledge for moved in found.moved] == [first]
    assert (found.before, found.after) == (2, 1)
    assert sum(tally.after for tally in found.tallies) == 1


def test_against_a_plain_loop_over_the_raw_rows() -> None:
    histories.make(23)
    raw, chance = naive.Raw.read(), random.Random(5)
    span = (histories.LAST - histories.FIRST).days
    days = sorted(histories.FIRST + timedelta(days=chance.randrange(span)) for _ in range(9))
    for first, last in pairwise(days):
        found = between(first, last)
        otherwise = {m.pledge.code for m in found.moved if Aspect.STATUS in m.aspects}
        expected = {
            row["code"]
            for row in raw.pledges
            if naive.coding(raw, row["id"], first)
            and naive.status(raw, row["id"], first) != naive.status(raw, row["id"], last)
        }
        assert otherwise == expected
        for tally in found.tallies:
            assert tally.before == naive.counts(raw, first)[tally.standing.value]
            assert tally.after == naive.counts(raw, last)[tally.standing.value]


def asked(first: date, last: date) -> int:
    with CaptureQueriesContext(connection) as queries:
        for moved in between(first, last).moved:
            str(moved.pledge.section), moved.bearings, [one.corrects for one in moved.updates]
    return len(queries)


def test_the_number_of_queries_does_not_grow_with_the_changes() -> None:
    announced(pledge())
    few = asked(date(2027, 1, 1), LAST)
    histories.make(3, acts=150)
    assert len(between(date(2027, 1, 1), histories.LAST).moved) > 20
    # Beside those of a comparison there are at most the tags of codings, which the few changes had none of.
    assert asked(date(2027, 1, 1), histories.LAST) <= few + 5
    many = asked(histories.FIRST, histories.LAST)
    histories.make(4, acts=150)
    assert asked(histories.FIRST, histories.LAST) == many
