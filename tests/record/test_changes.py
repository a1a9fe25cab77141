"""What became public, as digests and feeds tell of it: every publication by people, with all that it is about."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commitments.models import Change, Section
from commitments.record.changes import Event, changes, head
from tests import factories
from tests.editorial.proposals import approved, coding_draft, indicator, point_draft, reply_draft
from tests.factories import AT, evidence, people, person, published, two_good_items, update, words

pytestmark = pytest.mark.django_db


def since(number: int) -> list[Event]:
    return changes(after=number, through=head(), on=AT.date())


def test_a_status_by_two_people_is_an_event_about_its_pledge_and_all_that_holds_it() -> None:
    before, place = head(), factories.pledge(n=20)
    standing = published(update(place, "in_progress", **people()), two_good_items())
    (event,) = since(before)
    assert (event.seq, event.row, event.pledge, event.kinds) == (standing.seq, standing, place, {Change.STATUS})
    section = place.section
    assert {"everything", f"pledge:{place.code}", f"section:{section}", f"project:{section.parent}"} <= event.labels
    assert f"document:{place.document.slug}" in event.labels
    assert any(label.startswith("theme:") for label in event.labels)
    assert any(label.startswith("actor:") for label in event.labels)


def test_a_provisional_status_is_none() -> None:
    before = head()
    published(update(factories.pledge(), "in_progress"), two_good_items())
    assert head() > before
    assert since(before) == []


def test_evidence_against_is_a_kind_of_its_own() -> None:
    before = head()
    cited = [*two_good_items(), (evidence(), "contradicts")]
    published(update(factories.pledge(), "in_progress", **people()), cited)
    assert since(before)[0].kinds == {Change.STATUS, Change.AGAINST}


@pytest.mark.parametrize("kind", ["correction", "withdrawal"])
def test_what_is_put_right_is_a_correction(kind: str) -> None:
    place = factories.pledge()
    first = published(update(place, "in_progress", **people()), two_good_items())
    before = head()
    published(update(place, "announced", kind=kind, corrects=first, **people()), two_good_items())
    assert [event.kinds for event in since(before)] == [{Change.CORRECTION}]


def test_a_coding_a_reply_and_a_figure_are_events() -> None:
    before, place, series = head(), factories.pledge(), indicator()
    series.sections.add(Section.objects.get(document=place.document, number="3"))
    approved(coding_draft(place, person(), title=words("Another title")))
    approved(reply_draft(place, person()))
    approved(point_draft(person(), indicator=series))
    events = since(before)
    assert [event.kinds for event in events] == [{Change.CODING}, {Change.REPLY}, {Change.FIGURE}]
    assert [event.seq for event in events] == [before + 1, before + 2, before + 3]
    assert [event.pledge for event in events] == [place, place, None]
    assert events[2].indicator == series
    assert events[2].labels == {"everything", "section:SPC-3", "document:sao-paulo-consensus"}


def test_a_range_holds_what_comes_after_its_first_number_up_to_its_last() -> None:
    for n in range(3):
        published(update(factories.pledge(n=n), "not_assessed", **people()))
    last = head()
    assert [event.seq for event in changes(after=last - 2, through=last - 1, on=AT.date())] == [last - 1]
    assert changes(after=last, through=last, on=AT.date()) == []


def test_more_changes_ask_the_database_no_more() -> None:
    def asked(before: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            found = since(before)
        assert found
        return len(queries)

    first = head()
    published(update(factories.pledge(), "in_progress", **people()), two_good_items())
    few, second = asked(first), head()
    for n in range(12):
        published(update(factories.pledge(n=n), "in_progress", **people()), two_good_items())
    assert asked(second) == few
