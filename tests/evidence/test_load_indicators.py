"""Loading indicators: a figure once, a changed one as a correction, and what people published left alone."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from commitments.catalogue.files import CatalogueError
from commitments.evidence.load import load, read
from commitments.evidence.schema import EvidenceRecord, PlaceEntry, PointEntry
from commitments.models import DataPoint, Evidence, Indicator, LedgerEntry, LedgerHead, StatusUpdate
from commitments.models.ledger import content_hash
from tests.beside import point
from tests.factories import AT, words

LONG_AFTER = datetime(2030, 5, 6, 7, 8, tzinfo=UTC)
#: What the tests change: the first figure that rests on an item of evidence.
SERIES = "china-lac-goods-trade"

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def shipped() -> EvidenceRecord:
    return read()


@pytest.fixture(scope="module")
def few(shipped: EvidenceRecord) -> EvidenceRecord:
    """Two series with the items that they name, and no assessment."""
    series = [entry for entry in shipped.indicators if entry.slug == SERIES or entry.targets][:2]
    named = {p.evidence for entry in series for p in entry.points}
    items = [item for item in shipped.evidence if item.id in named or "target-2025-8" in item.targets]
    return changed(shipped, evidence=items, assessments=[], indicators=series)


def changed(entry: Any, **fields: Any) -> Any:
    return entry.model_copy(update=fields)


def with_points(record: EvidenceRecord, change: Callable[[list[PointEntry]], list[PointEntry]]) -> EvidenceRecord:
    """Return the record with other figures of the first series."""
    first, *others = record.indicators
    return changed(record, indicators=[changed(first, points=change(list(first.points))), *others])


def with_first(record: EvidenceRecord, **fields: Any) -> EvidenceRecord:
    return with_points(record, lambda points: [changed(points[0], **fields), *points[1:]])


def everything() -> list[Any]:
    return [list(m.objects.order_by("pk").values_list()) for m in (Indicator, DataPoint, LedgerEntry, LedgerHead)]


def newest() -> DataPoint:
    return DataPoint.objects.latest("seq")


def test_every_shipped_figure_is_published_once_and_a_second_load_changes_nothing(shipped: EvidenceRecord) -> None:
    wanted = {(e.slug, p.date, p.kind, p.source_url, p.value) for e in shipped.indicators for p in e.points}
    report = load(shipped, at=LONG_AFTER).points
    rows = DataPoint.objects.select_related("indicator")
    assert {(r.indicator.slug, r.on, r.kind, r.source_url, r.value) for r in rows} == wanted
    assert len(report.published) == rows.count() == len(wanted) > 20
    assert {row.release for row in rows} == {shipped.release.release}
    before = everything()
    again = load(shipped, at=LONG_AFTER.replace(year=2031)).points
    assert (again.published, again.corrected, again.kept, again.unchanged) == ([], [], [], len(wanted))
    assert everything() == before


def test_the_figures_are_numbered_after_the_statuses_of_the_same_release(shipped: EvidenceRecord) -> None:
    load(shipped, at=LONG_AFTER)
    statuses = StatusUpdate.objects.filter(provisional=True, reasoning__en__isnull=False, citations__isnull=False)
    assert max(statuses.values_list("seq", flat=True)) < min(DataPoint.objects.values_list("seq", flat=True))


def test_the_log_vouches_for_what_the_row_says(few: EvidenceRecord) -> None:
    load(few, at=AT)
    load(with_first(few, value=Decimal("15.5")), at=LONG_AFTER)
    for row in DataPoint.objects.select_related("indicator", "corrects", "evidence"):
        entry = LedgerEntry.objects.select_related("salt").get(seq=row.seq)
        said = {name: getattr(row, name) for name in ("kind", "note", "precision", "publisher", "source_url", "why")}
        said |= {"indicator": row.indicator.slug, "on": row.on.isoformat(), "value": f"{row.value:.4f}"}
        said |= {
            "corrects": row.corrects and row.corrects.public_id,
            "evidence": row.evidence and row.evidence.public_id,
        }
        assert json.loads(entry.payload)["content"] == content_hash(entry.salt.salt, said)
        assert (entry.kind, entry.public_id, entry.published_at) == ("point", row.public_id, row.published_at)


def test_a_series_stands_beside_its_sections_and_numbers(few: EvidenceRecord) -> None:
    load(few, at=AT)
    for n, entry in enumerate(few.indicators, 1):
        row = Indicator.objects.get(slug=entry.slug)
        assert (row.position, row.title, row.unit, row.note) == (n, entry.title, entry.unit, entry.note)
        places = {(s.document.slug, s.number) for s in row.sections.select_related("document")}
        assert places == {(place.document, place.section) for place in entry.sections}
        assert {target.code for target in row.targets.all()} == set(entry.targets)


def test_the_words_of_a_series_follow_the_files(few: EvidenceRecord) -> None:
    load(few, at=AT)
    first, *others = few.indicators
    new = changed(first, title=words("Another title"), sections=[], targets=["target-2025-3"])
    load(changed(few, indicators=[*others, new]), at=LONG_AFTER)
    row = Indicator.objects.get(slug=first.slug)
    assert (row.title, row.position, row.sections.count()) == (words("Another title"), len(few.indicators), 0)
    assert [target.code for target in row.targets.all()] == ["target-2025-3"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("value", Decimal("15.5")), ("publisher", "Another"), ("note", words("Another note")), ("evidence", None)],
)
def test_a_changed_figure_is_a_new_one_that_corrects_the_old(few: EvidenceRecord, field: str, value: Any) -> None:
    load(few, at=AT)
    old = DataPoint.objects.filter(indicator__slug=SERIES).earliest("on", "seq")
    before = DataPoint.objects.filter(pk=old.pk).values().get()
    assert getattr(old, field) != value
    report = load(with_first(few, **{field: value}), at=LONG_AFTER).points
    new = newest()
    assert (report.corrected, report.published) == ([old.public_id], [new.public_id])
    assert (new.corrects, getattr(new, field)) == (old, value)
    assert new.why.keys() == {"en", "zh-hans", "es", "pt-br"}
    assert few.release.release in new.why["en"]
    assert DataPoint.objects.filter(pk=old.pk).values().get() == before
    assert load(with_first(few, **{field: value}), at=LONG_AFTER).points.published == []


def test_what_the_file_says_of_a_correction_is_kept(few: EvidenceRecord) -> None:
    load(few, at=AT)
    load(with_first(few, value=Decimal(16), why=words("It was misread.")), at=LONG_AFTER)
    assert newest().why == words("It was misread.")


def test_a_figure_that_is_changed_back_corrects_the_correction(few: EvidenceRecord) -> None:
    load(few, at=AT)
    load(with_first(few, value=Decimal(16)), at=LONG_AFTER)
    middle = newest()
    load(few, at=LONG_AFTER)
    assert (newest().corrects, newest().value) == (middle, few.indicators[0].points[0].value)
    assert load(few, at=LONG_AFTER).points.published == []


def test_a_figure_given_with_another_date_corrects_the_earlier_one(few: EvidenceRecord) -> None:
    load(few, at=AT)
    old = DataPoint.objects.filter(indicator__slug=SERIES).earliest("on", "seq")
    moved = with_first(few, date=date(2002, 12, 31))
    assert load(moved, at=LONG_AFTER).points.corrected == [old.public_id]
    assert (newest().corrects, newest().on) == (old, date(2002, 12, 31))
    again = load(moved, at=LONG_AFTER).points
    assert (again.published, again.kept) == ([], [])


def test_a_figure_that_the_files_no_longer_have_stays_and_is_reported(few: EvidenceRecord) -> None:
    load(few, at=AT)
    old = DataPoint.objects.filter(indicator__slug=SERIES).earliest("on", "seq")
    report = load(with_points(few, lambda points: points[1:]), at=LONG_AFTER).points
    assert (report.kept, report.published) == ([old.public_id], [])
    assert DataPoint.objects.filter(pk=old.pk, corrected_by=None).exists()


def test_what_people_published_is_left_to_them(few: EvidenceRecord) -> None:
    load(few, at=AT)
    old = DataPoint.objects.filter(indicator__slug=SERIES).earliest("on", "seq")
    theirs = point(old.indicator, "17", "2003-12-31", corrects=old, why=words("Seen."))
    count = DataPoint.objects.count()
    for record in (few, with_first(few, value=Decimal(18))):
        report = load(record, at=LONG_AFTER).points
        assert (report.kept, report.published) == ([theirs.public_id], [])
    assert DataPoint.objects.count() == count


def test_an_item_concerns_the_numbers_that_the_files_name(few: EvidenceRecord) -> None:
    load(few, at=AT)
    item = next(item for item in few.evidence if item.targets)
    row = Evidence.objects.get(public_id=item.id)
    assert {target.code for target in row.targets.all()} == set(item.targets)
    others = [changed(e, targets=["target-2025-1"]) if e.id == item.id else e for e in few.evidence]
    load(changed(few, evidence=others), at=LONG_AFTER)
    assert [target.code for target in row.targets.all()] == ["target-2025-1"]


def in_first(record: EvidenceRecord, **fields: Any) -> EvidenceRecord:
    first, *others = record.indicators
    return changed(record, indicators=[changed(first, **fields), *others])


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (lambda r: changed(r, indicators=[*r.indicators, r.indicators[0]]), "the indicator stands twice"),
        (lambda r: in_first(r, sections=[PlaceEntry(document="policy-paper-2025", section="9.9")]), "no section 9.9"),
        (lambda r: in_first(r, targets=["target-1999-1"]), "no announced number target-1999-1"),
        (lambda r: with_first(r, evidence="E9999"), "no item E9999"),
        (lambda r: with_first(r, date=date(2001, 12, 30)), "dated by its last day"),
        (lambda r: with_first(r, date=date(2001, 6, 30)), "dated by its last day"),
        (lambda r: with_points(r, lambda points: [*points, points[0]]), "stands twice"),
        (
            lambda r: changed(r, evidence=[changed(r.evidence[0], targets=["target-1999-1"]), *r.evidence[1:]]),
            "no announced number target-1999-1",
        ),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_written(
    few: EvidenceRecord, broken: Callable[[EvidenceRecord], EvidenceRecord], message: str
) -> None:
    before = everything()
    with pytest.raises(CatalogueError, match=message) as caught:
        load(broken(few), at=LONG_AFTER)
    assert len(caught.value.problems) == 1
    assert everything() == before
