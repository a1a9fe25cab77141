"""The search indexes follow the rows: what becomes public is found from that moment on, through every door."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import call_command

from commitments.catalogue.export import coding_entry
from commitments.evidence import load as evidence_load
from commitments.models import (
    Coding,
    Evidence,
    EvidenceSearch,
    Passage,
    PassageSearch,
    PledgeSearch,
    Publication,
    StatusUpdate,
    UpdateSearch,
    publish_codings,
)
from commitments.models.indexing import reindex_catalogue, reindex_evidence
from commitments.record import published, search
from tests import factories
from tests.editorial.proposals import EVERY, approve, submitted
from tests.factories import AT, evidence, people, person, two_good_items, update, words

pytestmark = pytest.mark.django_db

ON = date(2026, 11, 22)


def pledges(query: str, on: date = ON) -> set[str]:
    return set(search.matching(published.pledges(on=on), query).values_list("code", flat=True))


def items(query: str, on: date = ON) -> set[str]:
    return set(search.evidence(published.evidence(on=on), query).rows.values_list("public_id", flat=True))


def said(query: str, on: date = ON) -> set[str]:
    rows = search.updates(published.updates_with_citations(on=on), query).rows
    return set(rows.values_list("pledge__code", flat=True))


def recoded(title: str, at: Any) -> Coding:
    now = Coding.objects.filter(pledge__code="SPC-4.2").latest("version")
    fields = {name: getattr(now, name) for name in ("pledge", "trackability", "reason", "test", "note")}
    two = {name: row for name, row in people().items() if name != "provisional"}
    coding = Coding.objects.create(**fields, **two, title=words(title), version=now.version + 1)
    for name in Coding.sealed_links:
        getattr(coding, name).set(getattr(now, name).all())
    publish_codings(Publication.begin(at), [(coding, coding_entry(coding).model_dump(mode="json"))])
    return coding


def test_a_pledge_is_found_by_the_words_of_the_coding_that_stood_on_the_day() -> None:
    before = Coding.objects.get(pledge__code="SPC-4.2").published_at
    assert before
    later = before + timedelta(days=3)
    assert pledges("walnuts", later.date()) == set()
    recoded("Walnuts for all", later)
    assert pledges("walnut", later.date()) == {"SPC-4.2"}
    assert pledges("walnut", before.date()) == set()
    assert "SPC-4.2" in pledges("“Reduction of greenhouse gas emissions”", before.date())
    assert "SPC-4.2" not in pledges("“Reduction of greenhouse gas emissions”", later.date())


def test_what_the_desk_approves_is_found() -> None:
    for subject in ("status", "coding"):
        approve(submitted(EVERY[subject](person())), person("reviewer"))
    assert set(UpdateSearch.objects.values_list("pk", flat=True)) == set(
        StatusUpdate.objects.filter(published_at__isnull=False).values_list("pk", flat=True)
    )
    assert set(PledgeSearch.objects.values_list("pk", flat=True)) == set(
        Coding.objects.filter(published_at__isnull=False).values_list("pk", flat=True)
    )


def test_evidence_and_what_was_said_on_it_are_found_once_they_are_public() -> None:
    item = evidence(title="Acuerdo de pesca", language="es", fact=words("Nets were delivered."), public_at=None)
    pledge = factories.pledge()
    assert items("pesca") == set()
    cited = [*two_good_items(), (item, "supports")]
    factories.published(update(pledge, "in_progress", summary=words("Walnuts arrived.")), cited)
    assert items("pesca") == items("acuerdos") == items("nets") == items(item.public_id) == {item.public_id}
    assert items("pesca", ON - timedelta(days=1)) == set()
    assert said("walnut") == {pledge.code}
    assert said("walnut", ON - timedelta(days=1)) == set()


def test_an_update_is_found_by_its_number_and_by_the_code_of_its_pledge() -> None:
    pledge = factories.pledge()
    one = factories.published(update(pledge, "in_progress"), two_good_items())
    assert said(one.public_id) == {pledge.code}
    assert pledge.code in said(pledge.code)
    assert said("U999999999") == set()


def test_what_is_not_public_is_never_found_even_where_the_index_holds_it() -> None:
    item = evidence(title="Walnuts", public_at=None)
    EvidenceSearch.write([EvidenceSearch(rowid=item.pk, title="walnuts", words="", tags="", rest="")])
    assert items("walnuts") == set()


def test_a_row_that_was_sealed_elsewhere_breaks_nothing() -> None:
    factories.sealed_by_sql(update(factories.pledge(), "in_progress", summary=words("Walnuts.")), two_good_items())
    assert said("walnuts") == set()
    reindex_evidence()
    assert UpdateSearch.objects.count() == StatusUpdate.objects.filter(published_at__isnull=False).count()


def picture() -> list[Any]:
    indexes = (PledgeSearch, PassageSearch, EvidenceSearch, UpdateSearch)
    return [sorted(index.objects.values_list("rowid", "title", "words", "tags", "rest")) for index in indexes]


def test_all_of_it_is_written_anew_by_a_command_and_is_the_same() -> None:
    evidence_load.load(evidence_load.read(), at=AT)
    before, found = picture(), (pledges("forum"), items("forum"), said("China"))
    for index in (PledgeSearch, PassageSearch, EvidenceSearch, UpdateSearch):
        index.objects.all().delete()
    assert pledges("forum") == set()
    call_command("rebuild_search", verbosity=0)
    assert picture() == before
    assert (pledges("forum"), items("forum"), said("China")) == found
    assert all(found)
    counts = (Coding.objects.count(), Passage.objects.count(), Evidence.objects.count())
    assert tuple(len(rows) for rows in before[:3]) == counts


def test_sentences_are_found_in_every_rendition() -> None:
    reindex_catalogue()
    rows = published.passages(on=ON)
    for query in ("greenhouse gas", "南极", "inclusive"):
        answer = search.passages(rows, query)
        wanted = [row for row in rows if query in row.exact.casefold()]
        assert {row.pk for row in answer.rows} >= {row.pk for row in wanted}, query
    assert {row.rendition.key for row in search.passages(rows, "FMP-2.11.3").rows} == {"en", "zh"}
