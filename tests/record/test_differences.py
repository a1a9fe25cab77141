"""Where renditions differ, as the record tells it: in sentences and headings, with the pledges that are touched."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commitments.models import Difference, Document, Passage, Pledge
from commitments.record import differences, published
from commitments.record.differences import Found
from tests.conftest import TODAY

pytestmark = pytest.mark.django_db

SPC, FMP = "sao-paulo-consensus", "policy-paper-2025"


def described(slug: str, section: str = "", on: date = TODAY) -> list[Found]:
    document = published.documents().get(slug=slug)
    found = differences.differences().filter(document=document)
    found = differences.in_section(found, section) if section else found
    return differences.described(document, found, on=on, section=section)


def saying(words: str, slug: str = SPC) -> Found:
    """Return the difference that has exactly these words at its first place."""
    return next(one for one in described(slug) if words in marked(one))


def marked(one: Found, place: int = 0) -> list[str]:
    return [run.text for strip in one.places[place].strips for run in strip.runs if run.differs]


def test_the_words_stand_in_their_sentences_with_the_pledge_they_touch() -> None:
    one = saying("both universal and relative")
    ours, theirs = one.places[0].strips
    assert marked(one) == ["both universality and particularity", "both universal and relative"]
    assert "".join(run.text for run in ours.runs).startswith("We reaffirm our fundamental understanding")
    assert (ours.rendition.key, theirs.rendition.key) == ("en", "en-chen")
    assert [pledge.code for pledge in one.pledges] == ["SPC-2.1"]


def test_words_in_a_heading_are_shown_in_the_heading() -> None:
    one = saying("团结", FMP)
    sentence, heading = one.places
    assert (sentence.row, sentence.section) == (1, None)
    assert heading.row is None
    assert str(heading.section) == "FMP-1"
    assert ["".join(run.text for run in strip.runs) for strip in heading.strips] == [
        "一、团结工程",
        "I. Unity Project",
    ]


def test_words_over_two_sentences_are_marked_in_both() -> None:
    one = next(d for d in described(FMP, "2.16") if d.difference.kind == "broken")
    english = one.places[0].strips[1]
    assert [run.text for run in english.runs if run.differs] == [
        "joining as members.",
        "Participate in cooperation mechanisms",
    ]


def test_every_difference_marks_words_in_both_renditions_at_every_place() -> None:
    for slug in (SPC, FMP):
        for one in described(slug):
            assert one.places, one.difference
            assert one.everywhere == len(one.places)
            for place in one.places:
                assert all(any(run.differs for run in strip.runs) for strip in place.strips), one.difference


def test_a_section_shows_the_places_in_it_of_what_recurs() -> None:
    everywhere = max(described(FMP), key=lambda one: one.everywhere)
    here = next(one for one in described(FMP, "2.9") if one.difference == everywhere.difference)
    assert 1 <= len(here.places) < here.everywhere == everywhere.everywhere
    assert {str(place.section) for place in here.places} == {"FMP-2.9"}


def test_the_sentences_that_hold_one_are_counted_of_all() -> None:
    document = Document.objects.get(slug=SPC)
    every = list(differences.differences().filter(document=document))
    share = differences.counted(document, every)
    assert share.sentences == 28
    assert 20 <= share.apart <= share.holding <= 28
    assert differences.counted(document, []).holding == 0
    paragraph = differences.counted(document, every, section="2")
    assert paragraph.sentences == Passage.objects.filter(rendition__key="en", section__number="2").count() == 4
    paper = Document.objects.get(slug=FMP)
    whole = differences.counted(paper, differences.differences().filter(document=paper))
    assert whole.apart < whole.holding <= whole.sentences == 151


def test_a_pledge_knows_the_differences_in_its_words() -> None:
    found = differences.beside(published.whole(on=TODAY).get(code="SPC-2.1"))
    assert [difference.kind for difference in found] == ["term"]
    touched = differences.touched(differences.differences(), on=TODAY)
    for code in ("SPC-2.1", "FMP-2.9.7", "FMP-5.3.3"):
        beside = set(differences.beside(published.whole(on=TODAY).get(code=code)).values_list("code", flat=True))
        assert beside == {
            difference.code
            for difference in Difference.objects.all()
            if code in {pledge.code for pledge in touched[difference.pk]}
        }


def test_before_the_record_began_no_pledge_is_touched() -> None:
    early = datetime(2026, 1, 1, tzinfo=UTC).date()
    assert not any(one.pledges for one in described(SPC, on=early))
    assert not any(differences.touched(differences.differences(), on=early).values())


def test_the_number_of_queries_does_not_depend_on_how_many_there_are() -> None:
    def asked(slug: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            described(slug)
        return len(queries)

    assert asked(SPC) == asked(FMP)
    assert Pledge.objects.exists()
