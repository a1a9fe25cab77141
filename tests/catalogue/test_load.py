"""A load brings in all of a catalogue or nothing, a second one changes nothing, and what is published stands."""

from datetime import UTC, date, datetime

import pytest

from catalogue.changes import FMP, NEXT, NOW, RELEASED, SPC, changed, curate, everything, retitled, with_spc
from commitments.catalogue.load import load
from commitments.catalogue.schema import Catalogue
from commitments.models import (
    Coding,
    LedgerEntry,
    Passage,
    Pledge,
    Proposal,
    Publication,
    Rendition,
    Section,
    StatusUpdate,
    publish_updates,
)
from commitments.record import published


def test_an_empty_database_gets_the_whole_record(empty_record: None, catalogue: Catalogue) -> None:
    steps: list[str] = []
    report = load(catalogue, at=NOW, step=steps.append)
    codes = [pledge.code for folder in catalogue.documents for pledge in folder.pledges]
    assert (sorted(report.new), report.recoded, report.unchanged, report.kept) == (sorted(codes), [], 0, [])
    assert steps == ["vocabulary", SPC, FMP, "codings", "search"]
    assert list(Pledge.objects.values_list("code", "position")) == list(zip(codes, range(1, 363), strict=True))
    assert Section.objects.exclude(kind="project").count() == 51
    assert Section.objects.get(document__slug=FMP, number="2.11").parent.number == "2"
    assert Passage.objects.filter(rendition__authority="authoritative").count() == 28 + 151
    sentences = Passage.objects.filter(rendition__key="zh").order_by("start")
    assert list(sentences.values_list("ordinal", flat=True)) == list(range(1, 152))
    assert {(r.document.slug, r.key): r.text for r in Rendition.objects.all()} == catalogue.texts
    assert set(Coding.objects.values_list("version", "release")) == {(1, "record-1")}


def test_what_a_fresh_database_publishes_bears_the_date_of_the_release(loaded: Catalogue) -> None:
    assert set(Coding.objects.values_list("published_at", flat=True)) == {RELEASED}


@pytest.mark.django_db
def test_a_second_load_changes_nothing(catalogue: Catalogue) -> None:
    before = everything()
    report = load(catalogue, at=NOW)
    assert (report.new, report.recoded, report.unchanged, report.kept) == ([], [], 362, [])
    assert everything() == before


def test_the_order_of_tags_is_no_other_reading(loaded: Catalogue) -> None:
    first, second, *others = loaded.documents[0].pledges
    themes = second.coding.themes
    assert themes != themes[::-1]
    turned = changed(second, coding=changed(second.coding, themes=themes[::-1]))
    assert load(with_spc(loaded, pledges=[first, turned, *others]), at=NOW).unchanged == 27


def test_a_changed_title_is_a_second_version_and_the_first_stays_readable(loaded: Catalogue) -> None:
    before = list(Coding.objects.order_by("pk").values())
    report = load(changed(retitled(loaded, "Another title"), release=NEXT), at=NOW)
    assert (report.new, report.recoded, report.unchanged) == ([], ["SPC-2.1"], 26)
    assert list(Coding.objects.filter(version=1).order_by("pk").values()) == before
    first, second = Coding.objects.filter(pledge__code="SPC-2.1").order_by("version")
    assert (second.version, second.title["en"], second.release) == (2, "Another title", "record-2")
    assert second.published_at == datetime(2027, 1, 15, tzinfo=UTC)
    assert set(second.themes.all()) == set(first.themes.all())


def test_a_later_coding_by_curators_is_left_alone_and_reported(loaded: Catalogue) -> None:
    curate("SPC-2.1", datetime(2027, 1, 1, tzinfo=UTC), "The curators' title")
    load(loaded, at=NOW)  # the search follows the curators
    before = everything()
    report = load(changed(retitled(loaded, "The catalogue's title"), release=NEXT), at=NOW)
    assert (report.new, report.recoded, report.unchanged, report.kept) == ([], [], 26, ["SPC-2.1"])
    assert everything() == before


def test_a_catalogue_that_took_over_the_curators_coding_agrees_with_it(loaded: Catalogue) -> None:
    curate("SPC-2.1", datetime(2027, 1, 1, tzinfo=UTC), "The curators' title")
    report = load(retitled(loaded, "The curators' title"), at=NOW)
    assert (report.recoded, report.unchanged, report.kept) == ([], 27, [])


def test_the_time_of_loading_counts_where_something_later_is_published(loaded: Catalogue) -> None:
    curate("SPC-2.2", datetime(2027, 2, 1, tzinfo=UTC), "The curators' title")
    load(changed(retitled(loaded, "Another title"), release=NEXT), at=NOW)
    assert Coding.objects.get(pledge__code="SPC-2.1", version=2).published_at == NOW


def test_the_public_clock_never_runs_backwards(loaded: Catalogue) -> None:
    ahead = datetime(2027, 4, 1, tzinfo=UTC)
    curate("SPC-2.2", ahead, "Published by a machine whose clock was ahead")
    load(changed(retitled(loaded, "Another title"), release=NEXT), at=NOW)
    assert Coding.objects.get(pledge__code="SPC-2.1", version=2).published_at == ahead


def test_every_coding_stands_in_the_public_log(loaded: Catalogue) -> None:
    codes = [pledge.code for pledge in loaded.documents[0].pledges]
    entries = LedgerEntry.objects.filter(kind="coding")
    assert list(entries.values_list("public_id", flat=True)) == [f"{code}/v1" for code in codes]
    load(changed(retitled(loaded, "Another title"), release=NEXT), at=NOW)
    newest = LedgerEntry.objects.latest("seq")
    assert (newest.public_id, newest.published_at) == ("SPC-2.1/v2", datetime(2027, 1, 15, tzinfo=UTC))
    assert newest.seq == LedgerEntry.objects.count()


def test_a_declaratory_pledge_comes_with_its_status(loaded: Catalogue) -> None:
    declaratory = Coding.objects.filter(trackability="declaratory").values_list("pledge__code", flat=True)
    assert list(StatusUpdate.objects.order_by("seq").values_list("pledge__code", flat=True)) == list(declaratory) != []
    said = StatusUpdate.objects.values_list("status", "provisional", "effective_on", "published_at")
    assert set(said) == {("not_assessable", True, date(2025, 7, 25), RELEASED)}
    load(retitled(loaded, "Another title"), at=NOW)
    assert StatusUpdate.objects.filter(pledge__code="SPC-2.1").count() == 1


def declaratory(catalogue: Catalogue, code: str) -> Catalogue:
    return with_spc(
        catalogue,
        pledges=[
            changed(pledge, coding=changed(pledge.coding, trackability="declaratory"))
            if pledge.code == code
            else pledge
            for pledge in catalogue.documents[0].pledges
        ],
    )


def status_of(code: str) -> str:
    pledge = published.pledges(on=NOW.date()).get(code=code)
    return published.standing(pledge).value


def test_a_pledge_that_becomes_declaratory_can_no_longer_be_assessed(loaded: Catalogue) -> None:
    assert status_of("SPC-3.1") == "not_assessed"
    load(declaratory(loaded, "SPC-3.1"), at=NOW)
    assert status_of("SPC-3.1") == "not_assessable"


def test_a_pledge_that_becomes_declaratory_loses_its_earlier_status(loaded: Catalogue) -> None:
    pledge = Pledge.objects.get(code="SPC-3.1")
    update = StatusUpdate(pledge=pledge, status="not_assessed", effective_on=date(2026, 1, 10), provisional=True)
    publish_updates(Publication.begin(RELEASED), [Proposal(update)])
    load(declaratory(loaded, "SPC-3.1"), at=NOW)
    assert status_of("SPC-3.1") == "not_assessable"
