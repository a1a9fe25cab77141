"""What people do beside drafts: record and supersede evidence, search again, declare conflicts, look after pledges."""

import pytest
from django.db import IntegrityError, transaction

from commitments.editorial import drafts, people
from commitments.editorial import evidence as desk
from commitments.editorial.policies import RefusedError
from commitments.editorial.readiness import problems
from commitments.models import (
    Assignment,
    Attachment,
    Audit,
    Conflict,
    Draft,
    Evidence,
    SearchLog,
    StatusUpdate,
    Target,
)
from commitments.record import published as record
from tests import factories
from tests.editorial.proposals import approve, submitted
from tests.factories import AT, draft, evidence, person, published, two_good_items, update, words

pytestmark = pytest.mark.django_db


def trail() -> list[tuple[str, str]]:
    return list(Audit.objects.order_by("pk").values_list("action", "subject"))


def public_evidence() -> set[str]:
    return set(record.evidence(on=AT.date()).values_list("public_id", flat=True))


# --- evidence -------------------------------------------------------------------------------


def test_what_is_recorded_has_the_next_number_and_is_not_public() -> None:
    curator = person()
    numbers = []
    for _ in range(2):
        item = evidence()
        Evidence.objects.filter(pk=item.pk).delete()
        item.pk, item._state.adding = None, True
        desk.record(item, by=curator, at=AT)
        assert (item.entered_by, item.public_at) == (curator, None)
        numbers.append(int(item.public_id[1:]))
    assert numbers[1] == numbers[0] + 1
    assert numbers[0] > 10_000
    assert trail() == [("evidence.record", f"E{number}") for number in numbers]


def test_what_readers_see_is_not_changed_by_one_person() -> None:
    curator, item = person(), evidence(public_at=None)
    desk.open_edit(item, by=curator, at=AT)
    assert trail() == [("evidence.edit", item.public_id)]
    in_hand = Evidence.objects.get(pk=item.pk)
    approve(submitted(draft(factories.pledge(), curator, [(item, "supports")])))
    with pytest.raises(RefusedError, match="Supersede it by a new item"):
        desk.open_edit(in_hand, by=curator, at=AT)  # what the object in hand says does not matter


def test_what_an_item_does_to_a_pledge_is_said_by_two_people_once_it_is_public() -> None:
    curator, place, item = person(), factories.pledge(), evidence(public_at=None)
    row = Attachment.objects.create(evidence=item, pledge=place, bearing="context")
    desk.check_can_change_attachment(curator, row)
    approve(submitted(draft(place, curator, [(item, "supports")])))
    with pytest.raises(RefusedError, match="in public: propose an update"):
        desk.check_can_change_attachment(curator, Attachment.objects.get(pk=row.pk))


def test_an_item_is_superseded_by_a_copy_that_nobody_sees_yet() -> None:
    curator, place = person(), factories.pledge()
    item = evidence(fact=words("Misread."), countries=["PE"])
    item.targets.set(Target.objects.all()[:1])
    Attachment.objects.create(evidence=item, pledge=place, bearing="context", why=words("Here."), public_at=AT)
    done = desk.supersede(item, by=curator, at=AT)
    new = done.successor
    assert (new.fact, new.countries, new.origin, new.public_at) == (item.fact, ["PE"], item.origin, None)
    assert (new.entered_by, list(new.targets.all())) == (curator, list(item.targets.all()))
    beside = Attachment.objects.get(evidence=new)
    assert (beside.pledge, beside.bearing, beside.why, beside.public_at) == (place, "context", words("Here."), None)
    assert Evidence.objects.get(pk=item.pk).superseded_by == new
    assert (done.corrections, done.left) == ([], [])
    assert item.public_id in public_evidence()
    assert new.public_id not in public_evidence()
    assert trail() == [("evidence.record", new.public_id), ("evidence.supersede", item.public_id)]


def test_a_correction_is_drafted_for_every_standing_update_that_the_item_bears() -> None:
    curator, item = person(), evidence()
    place, corrected, near = (factories.pledge(n=n) for n in range(3))
    other = evidence(record="primary", side="china")
    standing = published(update(place, "in_progress"), [(item, "supports"), (other, "supports")])
    wrong = published(update(corrected, "in_progress"), [(item, "supports")])
    right = published(update(corrected, "not_assessed", kind="correction", corrects=wrong))
    left = published(update(near, "in_progress"), [(item, "supports")])
    people.declare_conflict(near, by=curator, reason="Worked on it.", at=AT)
    done = desk.supersede(item, by=curator, at=AT)
    (made,), new = done.corrections, done.successor
    assert done.left == [left]
    assert (made.pledge, made.kind, made.corrects, made.state) == (place, "correction", standing, "draft")
    assert (made.status, made.summary, made.effective_on) == (standing.status, standing.summary, standing.effective_on)
    assert set(made.citations.values_list("evidence", "bearing")) == {(new.pk, "supports"), (other.pk, "supports")}
    assert drafts.cited_in(made, 1) == {new.public_id: "supports", other.public_id: "supports"}
    assert "Reasoning: say what was wrong, and why." in problems(made, on=AT.date())
    assert StatusUpdate.objects.get(pk=right.pk).corrects == wrong


def test_a_successor_becomes_public_with_the_correction_that_cites_it() -> None:
    item, curator = evidence(), person()
    published(update(factories.pledge(), "in_progress"), [(item, "supports")])
    done = desk.supersede(item, by=curator, at=AT)
    (made,), new = done.corrections, done.successor
    desk.open_edit(new, by=curator, at=AT)
    new.fact = words("Read again.")
    new.save()
    made.reasoning = words("The first reading was wrong.")
    made.save()
    approve(submitted(made))
    assert {item.public_id, new.public_id} <= public_evidence()
    assert Attachment.objects.get(evidence=new).public_at == AT


def test_an_item_is_superseded_once() -> None:
    item = evidence()
    in_another_window = Evidence.objects.get(pk=item.pk)
    new = desk.supersede(item, by=person(), at=AT).successor
    before = Evidence.objects.count()
    for again in (item, in_another_window):
        with pytest.raises(RefusedError, match=f"superseded by {new} already"):
            desk.supersede(again, by=person(), at=AT)
    assert Evidence.objects.count() == before


def test_what_is_not_public_is_changed_not_superseded() -> None:
    with pytest.raises(RefusedError, match="is not public: simply change it"):
        desk.supersede(evidence(public_at=None), by=person(), at=AT)


# --- searches -------------------------------------------------------------------------------


def test_searching_again_logs_the_same_search_under_the_new_day() -> None:
    curator, place = person(), factories.pledge()
    old = factories.search(place)
    new = desk.search_again(place, by=curator, at=AT)
    assert (new.searched_on, new.by, new.found) == (AT.date(), curator, {"en": "Nothing new."})
    assert (new.languages, new.places, new.queries) == (old.languages, old.places, old.queries)
    assert SearchLog.objects.filter(pledge=place).count() == 2
    assert trail() == [("search.again", place.code)]


def test_a_first_search_cannot_be_made_again() -> None:
    with pytest.raises(RefusedError, match="log a first one"):
        desk.search_again(factories.pledge(), by=person(), at=AT)
    assert not SearchLog.objects.exists()


def test_who_is_too_close_logs_no_search() -> None:
    curator, place = person(), factories.pledge()
    factories.search(place)
    people.declare_conflict(place, by=curator, reason="Worked on it.", at=AT)
    with pytest.raises(RefusedError, match="conflict of interest"):
        desk.search_again(place, by=curator, at=AT)


# --- conflicts and assignments --------------------------------------------------------------


def test_a_conflict_is_declared_once_and_again_after_it_ended() -> None:
    curator, place = person(), factories.pledge()
    first = people.declare_conflict(place, by=curator, reason="Worked on it.", at=AT)
    with pytest.raises(RefusedError, match="already"):
        people.declare_conflict(place, by=curator, reason="Again.", at=AT)
    people.end_conflict(first, by=person("administrator"), at=AT)
    second = people.declare_conflict(place, by=curator, reason="Again.", at=AT)
    assert (first.reason, second.reason) == ("Worked on it.", "Again.")
    with pytest.raises(IntegrityError), transaction.atomic():
        Conflict.objects.create(person=curator, pledge=place, reason="Twice.", declared_at=AT)
    assert [action for action, _ in trail()] == ["conflict.declare", "conflict.end", "conflict.declare"]


def test_a_conflict_is_declared_with_a_reason_and_never_ended_by_oneself() -> None:
    administrator, place = person("administrator"), factories.pledge()
    with pytest.raises(RefusedError, match="what the conflict is"):
        people.declare_conflict(place, by=person(), reason=" ", at=AT)
    own = Conflict.objects.create(person=administrator, pledge=place, reason="Near.", declared_at=AT)
    with pytest.raises(RefusedError, match="Nobody ends their own"):
        people.end_conflict(own, by=administrator, at=AT)
    in_another_window = Conflict.objects.get(pk=own.pk)
    people.end_conflict(own, by=person("administrator"), at=AT)
    with pytest.raises(RefusedError, match="ended already"):
        people.end_conflict(in_another_window, by=person("administrator"), at=AT)


def test_an_assignment_is_made_and_ended_once_and_kept_in_the_trail() -> None:
    curator, reviewer, place = person(), person("reviewer"), factories.pledge()
    for by in (curator, reviewer):
        people.assign(place, curator, by=by, at=AT)
    assert Assignment.objects.filter(pledge=place, person=curator).count() == 1
    for _ in range(2):
        people.release(place, curator, by=reviewer, at=AT)
    assert not Assignment.objects.exists()
    assert trail() == [("pledge.assign", place.code), ("pledge.release", place.code)]


def test_an_assignment_gives_no_right_and_takes_none() -> None:
    place, other = factories.pledge(), person("curator")
    people.assign(place, person("curator"), by=person("reviewer"), at=AT)
    content = draft(place, other, two_good_items())
    assert Draft.objects.get(pk=content.pk).author == other
