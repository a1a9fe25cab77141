"""Everything put right, newest first: corrected and withdrawn updates, figures, replaced replies and sources."""

from datetime import date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commitments.models import StatusUpdate
from commitments.record.corrections import Corrections
from tests.beside import day, indicator, point, reply, superseded
from tests.factories import evidence, people, pledge, published, update, words

pytestmark = pytest.mark.django_db

LONG_AFTER = date(2030, 1, 1)


def corrected(at: datetime, kind: str = "correction", n: int = 0) -> StatusUpdate:
    row = pledge(n=n)
    old = published(update(row, "in_progress"), [(evidence(), "supports")])
    cited = [] if kind == "withdrawal" else [(evidence(), "supports")]
    return published(update(row, "announced", kind=kind, corrects=old, **people()), cited, at=at)


def kinds(on: date = LONG_AFTER) -> list[str]:
    return [one.kind for one in Corrections(on=on)]


def test_there_are_none_in_a_record_in_which_nothing_was_put_right() -> None:
    published(update(pledge(), "in_progress"), [(evidence(), "supports")])
    evidence()
    point(indicator(), "1")
    reply(pledge())
    assert (len(Corrections(on=LONG_AFTER)), kinds()) == (0, [])


def test_each_kind_is_found_newest_first_with_what_it_replaces() -> None:
    first = corrected(day("2027-01-01"))
    made = indicator()
    old = point(made, "1", at=day("2027-01-02"))
    new = point(made, "2", at=day("2027-01-03"), corrects=old, why=words("Misread."))
    earlier = reply(pledge(), at=day("2027-01-04"))
    later = reply(pledge(), "We did more.", at=day("2027-01-05"), replaces=earlier)
    before, after = superseded(day("2027-01-06"))
    withdrawn = corrected(day("2027-01-07"), "withdrawal", n=1)
    found = list(Corrections(on=LONG_AFTER))
    assert [(one.kind, one.old, one.new) for one in found] == [
        ("update", withdrawn.corrects, withdrawn),
        ("source", before, after),
        ("reply", earlier, later),
        ("figure", old, new),
        ("update", first.corrects, first),
    ]
    assert [one.at for one in found] == sorted((one.at for one in found), reverse=True)


def test_a_correction_is_known_from_its_day_on() -> None:
    corrected(day("2027-01-01"))
    superseded(day("2027-01-03"))
    assert kinds(date(2026, 12, 31)) == []
    assert kinds(date(2027, 1, 1)) == ["update"]
    assert kinds(date(2027, 1, 3)) == ["source", "update"]


def test_a_source_whose_successor_readers_cannot_see_is_not_told() -> None:
    superseded(None)
    assert kinds() == []


def test_a_page_of_them_costs_as_many_queries_as_one() -> None:
    made = indicator()
    for n in range(1, 9):
        old = point(made, str(n), f"2020-01-{n:02}")
        point(made, str(n + 100), f"2020-01-{n:02}", corrects=old, why=words("Misread."))
    asked = []
    for size in (1, 8):
        with CaptureQueriesContext(connection) as queries:
            assert len(Corrections(on=LONG_AFTER)[:size]) == size
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 8
    several = Corrections(on=LONG_AFTER)
    assert [one.new for one in several[2:5]] == [one.new for one in several][2:5]
    assert several[0].new == several[:1][0].new
