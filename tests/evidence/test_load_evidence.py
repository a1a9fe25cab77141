"""Loading evidence: all of it or nothing, a second time without effect, and what people published left alone."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from commitments.catalogue.files import CatalogueError
from commitments.catalogue.load import load as load_catalogue
from commitments.catalogue.schema import Catalogue, PledgeEntry
from commitments.evidence.load import load, read
from commitments.evidence.schema import AssessmentEntry, EvidenceEntry, EvidenceRecord
from commitments.models import Attachment, Citation, Evidence, LedgerEntry, LedgerHead, Pledge, StatusUpdate
from commitments.record import published as published_record
from tests.factories import AT, evidence, people, published, update, words

#: Long after the release of the evidence and everything that the tests publish.
LONG_AFTER = datetime(2030, 5, 6, 7, 8, tzinfo=UTC)
RELEASED = datetime(2026, 11, 21, tzinfo=UTC)
TABLES = (Evidence, Attachment, StatusUpdate, Citation, LedgerEntry, LedgerHead)

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def shipped() -> EvidenceRecord:
    return read()


@pytest.fixture(scope="module")
def few(shipped: EvidenceRecord) -> EvidenceRecord:
    """Three assessments, the first one in progress, with what bears on their pledges and three uncited items."""
    deed = next(entry for entry in shipped.assessments if entry.status == "in_progress")
    assessments = [deed, *[entry for entry in shipped.assessments if entry.status == "announced"][:2]]
    about = {entry.pledge for entry in assessments}
    items = [item for item in shipped.evidence if about & {b.pledge for b in item.bearings}]
    cited = {identity for entry in shipped.assessments for identity in entry.evidence}
    others = [item for item in shipped.evidence if item not in items and item.bearings and item.id not in cited]
    return changed(shipped, evidence=[*items, *others[:3]], assessments=assessments, indicators=[])


def changed(entry: Any, **fields: Any) -> Any:
    return entry.model_copy(update=fields)


def with_item(record: EvidenceRecord, identity: str, change: Callable[[EvidenceEntry], EvidenceEntry]) -> Any:
    return changed(record, evidence=[change(e) if e.id == identity else e for e in record.evidence])


def with_first(record: EvidenceRecord, **fields: Any) -> Any:
    """Return the record with another first assessment."""
    first, *others = record.assessments
    return changed(record, assessments=[changed(first, **fields), *others])


def everything() -> list[Any]:
    return [list(model.objects.order_by("pk").values_list()) for model in TABLES]


def newest_of(entry: AssessmentEntry) -> StatusUpdate:
    return StatusUpdate.objects.filter(pledge__code=entry.pledge, published_at__isnull=False).latest("seq")


def uncited(record: EvidenceRecord) -> str:
    cited = {identity for entry in record.assessments for identity in entry.evidence}
    return next(item.id for item in record.evidence if item.id not in cited)


def test_the_shipped_record_is_loaded_whole_and_a_second_time_without_effect(shipped: EvidenceRecord) -> None:
    before = StatusUpdate.objects.count()
    report = load(shipped, at=LONG_AFTER)
    assert (report.evidence, Evidence.objects.count(), len(report.published)) == (674, 674, 82)
    assert report.attachments == Attachment.objects.count() == sum(len(item.bearings) for item in shipped.evidence)
    assert (report.unchanged, report.kept) == (0, [])
    assert StatusUpdate.objects.count() == before + 82
    for entry in shipped.assessments:
        row = newest_of(entry)
        assert (row.status, row.effective_on, row.provisional) == (entry.status, entry.effective_on, True)
        assert (row.summary, row.reasoning) == (entry.summary, entry.reasoning)
        assert {c.evidence.public_id for c in row.citations.select_related("evidence")} == set(entry.evidence)
    first = everything()
    again = load(shipped, at=LONG_AFTER.replace(year=2031))
    assert (again.evidence, again.attachments, again.published, again.kept) == (0, 0, [], [])
    assert again.unchanged == 82
    assert everything() == first


def test_every_field_of_an_item_arrives(shipped: EvidenceRecord) -> None:
    load(changed(shipped, assessments=[]), at=LONG_AFTER)
    stored = {item.public_id: item for item in Evidence.objects.all()}
    bearings = {
        (a.evidence_id, a.pledge.code): (a.bearing, a.why) for a in Attachment.objects.select_related("pledge")
    }
    for entry in shipped.evidence:
        item = stored[entry.id]
        wanted = entry.model_dump(exclude={"id", "targets", "bearings"})
        assert {name: getattr(item, name) for name in wanted} == wanted
        assert {target.code for target in item.targets.all()} == set(entry.targets)
        for b in entry.bearings:
            assert bearings[item.pk, b.pledge] == (b.bearing, b.why)


def test_what_a_release_brings_is_public_since_its_own_date(few: EvidenceRecord) -> None:
    assert few.release.released_on == RELEASED.date()
    load(few, at=LONG_AFTER)
    assert {newest_of(entry).published_at for entry in few.assessments} == {RELEASED}
    assert set(Evidence.objects.values_list("public_at", flat=True)) == {RELEASED}
    assert set(Attachment.objects.values_list("public_at", flat=True)) == {RELEASED}


def test_what_is_loaded_after_later_publications_is_public_since_it_was_loaded(few: EvidenceRecord) -> None:
    published(update(Pledge.objects.earliest("pk"), "not_assessable"))
    load(few, at=LONG_AFTER)
    assert {newest_of(entry).published_at for entry in few.assessments} == {LONG_AFTER}
    assert set(Evidence.objects.values_list("public_at", flat=True)) == {LONG_AFTER}


def unknown_pledge(record: EvidenceRecord) -> EvidenceRecord:
    def elsewhere(item: EvidenceEntry) -> Any:
        return changed(item, bearings=[*item.bearings, changed(item.bearings[0], pledge="SPC-9.9")])

    return with_item(record, record.evidence[-1].id, elsewhere)


def double_id(record: EvidenceRecord) -> EvidenceRecord:
    return changed(record, evidence=[*record.evidence, record.evidence[-1]])


def does_not_bear(record: EvidenceRecord) -> EvidenceRecord:
    first, second, _ = record.assessments
    theirs = {item.id for item in record.evidence if first.pledge in {b.pledge for b in item.bearings}}
    stranger = next(identity for identity in second.evidence if identity not in theirs)
    return with_first(record, evidence=[*first.evidence, stranger])


def not_there(record: EvidenceRecord) -> EvidenceRecord:
    return with_first(record, evidence=["E99999"])


def assessed_twice(record: EvidenceRecord) -> EvidenceRecord:
    return changed(record, assessments=[*record.assessments, record.assessments[0]])


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (unknown_pledge, "there is no pledge SPC-9.9"),
        (double_id, "the id stands twice"),
        (does_not_bear, "does not bear on it"),
        (not_there, "E99999 does not bear on it"),
        (assessed_twice, "assessed twice"),
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


def test_a_status_that_the_database_refuses_takes_everything_with_it(few: EvidenceRecord) -> None:
    declaratory = Pledge.objects.filter(codings__trackability="declaratory").earliest("pk").code
    first = few.assessments[1]
    assert first.status == "announced"

    def move(item: EvidenceEntry) -> Any:
        return changed(item, bearings=[*item.bearings, changed(item.bearings[0], pledge=declaratory)])

    wrong = with_item(few, first.evidence[0], move)
    wrong = changed(
        wrong, assessments=[*few.assessments, changed(first, pledge=declaratory, evidence=first.evidence[:1])]
    )
    before = everything()
    with pytest.raises(IntegrityError, match="declaratory pledge can only be"):
        load(wrong, at=LONG_AFTER)
    assert everything() == before


def test_a_pledge_that_two_people_assessed_is_left_to_them(few: EvidenceRecord) -> None:
    first, *others = few.assessments
    theirs = published(
        update(Pledge.objects.get(code=first.pledge), "announced", **people()), [(evidence(), "supports")]
    )
    report = load(few, at=LONG_AFTER)
    assert report.kept == [first.pledge]
    assert report.published == [entry.pledge for entry in others]
    assert newest_of(first) == theirs
    load(with_first(few, summary=words("Another summary.")), at=LONG_AFTER)
    assert newest_of(first) == theirs


def test_a_changed_summary_is_a_new_update_with_a_later_number(few: EvidenceRecord) -> None:
    load(few, at=AT)
    first = few.assessments[0]
    old, last = newest_of(first), LedgerHead.objects.get().seq
    report = load(with_first(few, summary=words("Another summary.")), at=LONG_AFTER)
    assert (report.published, report.unchanged, report.kept) == ([first.pledge], 2, [])
    new = newest_of(first)
    assert (new.seq, new.summary, new.provisional) == (last + 1, words("Another summary."), True)
    assert LedgerEntry.objects.get(seq=new.seq).kind == "provisional"
    assert StatusUpdate.objects.get(pk=old.pk).summary == first.summary
    assert StatusUpdate.objects.filter(pledge__code=first.pledge).count() == 2
    assert load(with_first(few, summary=words("Another summary.")), at=LONG_AFTER).published == []


@pytest.mark.parametrize("field", ["status", "effective_on", "reasoning", "evidence"])
def test_any_other_change_of_an_assessment_is_published_too(few: EvidenceRecord, field: str) -> None:
    load(few, at=AT)
    first = few.assessments[0]
    values = {"status": "announced", "effective_on": date(2026, 2, 3), "reasoning": words("Another reason.")}
    values["evidence"] = first.evidence[:-1]
    assert len(first.evidence) > 1
    assert load(with_first(few, **{field: values[field]}), at=LONG_AFTER).published == [first.pledge]


def test_another_order_of_citations_is_no_change(few: EvidenceRecord) -> None:
    load(few, at=AT)
    assert load(with_first(few, evidence=few.assessments[0].evidence[::-1]), at=LONG_AFTER).published == []


def test_a_cited_item_that_differs_in_the_files_is_kept_and_reported(few: EvidenceRecord) -> None:
    load(few, at=AT)
    identity = few.assessments[0].evidence[0]
    before = everything()
    other = with_item(few, identity, lambda item: changed(item, fact=words("Another fact"), side="lac"))
    report = load(other, at=LONG_AFTER)
    assert (report.kept, report.evidence, report.published) == ([identity], 0, [])
    assert everything() == before


def test_an_item_that_nothing_cites_follows_the_files(few: EvidenceRecord) -> None:
    load(few, at=AT)
    identity = uncited(few)
    before = Evidence.objects.get(public_id=identity)
    report = load(with_item(few, identity, lambda item: changed(item, fact=words("Another fact"))), at=LONG_AFTER)
    assert (report.kept, report.evidence, report.published) == ([], 1, [])
    after = Evidence.objects.get(public_id=identity)
    assert (after.pk, after.public_at, after.fact) == (before.pk, before.public_at, words("Another fact"))


def test_what_an_item_does_to_a_pledge_follows_the_files(few: EvidenceRecord) -> None:
    load(few, at=AT)
    identity = uncited(few)
    row = Attachment.objects.filter(evidence__public_id=identity).earliest("pk")

    def rebear(item: EvidenceEntry) -> Any:
        return changed(item, bearings=[changed(b, bearing="contradicts", why=words("Anew")) for b in item.bearings])

    assert load(with_item(few, identity, rebear), at=LONG_AFTER).attachments == 0
    now = Attachment.objects.get(pk=row.pk)
    assert (now.bearing, now.why, now.public_at) == ("contradicts", words("Anew"), row.public_at)


def test_a_changed_bearing_of_a_cited_item_is_published(few: EvidenceRecord) -> None:
    load(few, at=AT)
    entry = next(entry for entry in few.assessments if entry.status == "announced")
    identity = entry.evidence[0]

    def rebear(item: EvidenceEntry) -> Any:
        bearings = [changed(b, bearing="contradicts") if b.pledge == entry.pledge else b for b in item.bearings]
        return changed(item, bearings=bearings)

    assert load(with_item(few, identity, rebear), at=LONG_AFTER).published == [entry.pledge]
    assert newest_of(entry).citations.get(evidence__public_id=identity).bearing == "contradicts"


def test_an_item_that_bears_twice_on_one_pledge_is_refused(few: EvidenceRecord) -> None:
    def twice(item: EvidenceEntry) -> Any:
        return changed(item, bearings=[item.bearings[0], changed(item.bearings[0], bearing="context")])

    with pytest.raises(CatalogueError):
        load(with_item(few, uncited(few), twice), at=LONG_AFTER)


def test_a_pledge_that_a_later_release_makes_declaratory_stands_as_not_assessable(
    few: EvidenceRecord, catalogue: Catalogue
) -> None:
    load(few, at=AT)
    deed = few.assessments[0]
    assert newest_of(deed).effective_on > Pledge.objects.get(code=deed.pledge).document.baseline_on

    def recoded(entry: PledgeEntry) -> Any:
        stance = changed(entry.coding, trackability="declaratory")
        return changed(entry, coding=stance) if entry.code == deed.pledge else entry

    documents = [changed(f, pledges=[recoded(entry) for entry in f.pledges]) for f in catalogue.documents]
    assert load_catalogue(changed(catalogue, documents=documents), at=LONG_AFTER).recoded == [deed.pledge]
    pledge = published_record.pledges(on=LONG_AFTER.date()).get(code=deed.pledge)
    assert published_record.standing(pledge).value == "not_assessable"


def test_the_command_says_what_it_did(shipped: EvidenceRecord) -> None:
    out, bearings = StringIO(), sum(len(item.bearings) for item in shipped.evidence)
    call_command("load_evidence", stdout=out)
    assert f"674 items and {bearings} attachments new or changed, 82 provisional statuses" in out.getvalue()
    call_command("load_evidence", stdout=out)
    last = [line for line in out.getvalue().splitlines() if line.startswith("evidence:")][-1]
    assert "0 items and 0 attachments" in last
    assert "0 provisional statuses published, 82 unchanged, 0 left to curators" in last


def test_the_command_on_a_database_without_pledges_loads_nothing(empty_record: None) -> None:
    with pytest.raises(CommandError, match=r"Nothing was loaded(.|\n)*there is no pledge"):
        call_command("load_evidence")
    assert not Evidence.objects.exists()
    assert not LedgerHead.objects.exists()


def test_a_file_that_is_wrong_is_named_with_its_line(tmp_path: Path, shipped: EvidenceRecord) -> None:
    (tmp_path / "release.yaml").write_text("release: x\nreleased_on: yesterday\n", encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"release\.yaml"):
        read(tmp_path)
