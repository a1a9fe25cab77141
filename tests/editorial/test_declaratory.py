"""Where a coding changes whether a pledge is scored at all, the status that says so comes in the same transaction."""

from datetime import timedelta

import pytest

from commitments.editorial.policies import RefusedError
from commitments.models import Draft, LedgerEntry, Pledge, StatusUpdate
from tests import factories
from tests.editorial.proposals import approve, approved, coding_draft, submitted
from tests.editorial.test_publishing import newest, standing
from tests.factories import AT, LATER, draft, evidence, people, person, published, two_good_items, update

pytestmark = pytest.mark.django_db


def recoded(place: Pledge, trackability: str) -> list[tuple[str, str]]:
    """Publish another coding; return what the log holds of it, as (kind, public id)."""
    head = LedgerEntry.objects.latest("seq").seq
    approved(coding_draft(place, person(), trackability=trackability))
    return list(LedgerEntry.objects.filter(seq__gt=head).order_by("seq").values_list("kind", "public_id"))


def test_a_pledge_that_becomes_declaratory_is_not_assessable_from_the_same_moment() -> None:
    place = factories.pledge()
    published(update(place, "in_progress"), [(evidence(), "supports")])
    logged = recoded(place, "declaratory")
    row = newest(place)
    assert logged == [("status", row.public_id), ("coding", f"{place.code}/v2")]
    assert (row.status, row.provisional, row.effective_on) == ("not_assessable", False, AT.date())
    coding = place.codings.latest("version")
    assert (row.author, row.approver, row.published_at) == (coding.author, coding.approver, coding.published_at)
    assert set(row.reasoning) == {"en", "zh-hans", "es", "pt-br"}
    assert standing(place) == "not_assessable"


def test_a_pledge_that_is_no_longer_declaratory_is_not_assessed_from_the_same_moment() -> None:
    place = factories.pledge("declaratory")
    published(update(place, "not_assessable"))
    logged = recoded(place, "verifiable")
    row = newest(place)
    assert logged == [("coding", f"{place.code}/v2"), ("status", row.public_id)]
    assert (row.status, standing(place)) == ("not_assessed", "not_assessed")
    approved(draft(place, person(), two_good_items(), effective_on=AT.date()))
    assert standing(place) == "in_progress"


def test_a_coding_that_stays_on_its_side_brings_no_status() -> None:
    place = factories.pledge()
    assert recoded(place, "directional") == [("coding", f"{place.code}/v2")]


def test_a_pledge_that_is_not_assessable_already_is_not_told_so_twice() -> None:
    place = factories.pledge()
    published(update(place, "not_assessable"))
    assert recoded(place, "declaratory") == [("coding", f"{place.code}/v2")]


def test_a_withdrawal_that_repeats_the_status_it_withdraws_is_no_status() -> None:
    place = factories.pledge()
    first = published(update(place, "not_assessable"))
    published(update(place, "not_assessable", kind="withdrawal", corrects=first, **people()))
    assert standing(place) == "not_assessed"
    recoded(place, "declaratory")
    assert standing(place) == "not_assessable"


def test_an_older_not_assessable_does_not_hide_what_stands_since() -> None:
    """The newest number is not what readers see: as of a day the latest `effective_on` counts."""
    place = factories.pledge()
    published(update(place, "in_progress", effective_on=LATER + timedelta(days=30)), [(evidence(), "supports")])
    published(update(place, "not_assessable", effective_on=LATER))
    assert standing(place) == "in_progress"
    recoded(place, "declaratory")
    assert standing(place) == "not_assessable"


def undoing(said: StatusUpdate, kind: str, **fields: object) -> Draft:
    """Hand a draft to review that corrects or withdraws an update."""
    values = {"status": said.status, "effective_on": said.effective_on, **fields}
    return submitted(draft(said.pledge, person(), kind=kind, corrects=said, **values))


def test_the_status_of_a_declaratory_pledge_is_withdrawn_only_after_it_is_coded_otherwise() -> None:
    place = factories.pledge("declaratory")
    said = newest(place)
    with pytest.raises(RefusedError, match=f"without {said} .* would stand as “not assessed”.*Publish a coding"):
        undoing(said, "withdrawal")
    recoded(place, "verifiable")
    approve(undoing(said, "withdrawal"))
    assert standing(place) == "not_assessed"


def test_a_correction_of_it_begins_no_earlier_than_what_would_stand_again() -> None:
    place = factories.pledge()
    first = published(update(place, "in_progress"), [(evidence(), "supports")])
    recoded(place, "declaratory")
    said = newest(place)
    with pytest.raises(RefusedError, match=f"{first} .* would stand again.*{LATER:%Y-%m-%d}.*withdraw {first} first"):
        undoing(said, "correction", effective_on=LATER - timedelta(days=1))
    approve(undoing(said, "correction", effective_on=LATER))
    assert standing(place) == "not_assessable"
    said = newest(place)
    approve(undoing(first, "withdrawal"))
    approve(undoing(said, "correction", effective_on=LATER - timedelta(days=1)))
    assert standing(place) == "not_assessable"


def test_the_new_status_begins_no_earlier_than_the_one_it_ends() -> None:
    place = factories.pledge()
    far = AT.date() + timedelta(days=10)
    published(update(place, "in_progress", effective_on=far), [(evidence(), "supports")])
    recoded(place, "declaratory")
    assert newest(place).effective_on == far
    assert StatusUpdate.objects.filter(pledge=place).count() == 2
