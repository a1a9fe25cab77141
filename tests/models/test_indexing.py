"""The search indexes follow the rows: what becomes public is found from that moment on, through every door."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Model, QuerySet

from commitments.catalogue.export import coding_entry
from commitments.catalogue.load import load
from commitments.catalogue.schema import Catalogue
from commitments.evidence import load as evidence_load
from commitments.models import (
    Coding,
    Evidence,
    EvidenceSearch,
    Index,
    Passage,
    PassageSearch,
    PledgeSearch,
    Publication,
    StatusUpdate,
    UpdateSearch,
    publish_codings,
)
from commitments.models.indexing import reindex_catalogue, reindex_evidence
from commitments.questions import ask
from commitments.record import published, search
from tests import factories
from tests.editorial.proposals import EVERY, approve, submitted
from tests.factories import AT, evidence, people, person, pledge, two_good_items, update, words

pytestmark = pytest.mark.django_db

ON = date(2026, 11, 22)


def pledges(query: str, on: date = ON) -> set[str]:
    return set(search.matching(published.pledges(on=on), query).values_list("code", flat=True))


def items(query: str, on: date = ON) -> set[str]:
    return set(search.evidence(published.evidence(on=on), query).rows.values_list("public_id", flat=True))


def said(query: str, on: date = ON) -> set[str]:
    rows = search.updates(published.updates_with_citations(on=on), query).rows
    return set(rows.values_list("pledge__code", flat=True))


def recoded(title: str, at: Any, code: str = "SPC-4.2") -> Coding:
    now = Coding.objects.filter(pledge__code=code).latest("version")
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


def in_order(query: str, on: date) -> list[str]:
    return list(search.matching(published.pledges(on=on), query).values_list("code", flat=True))


@pytest.mark.parametrize("query", ["南极旅游渔业", "tourism fishing Antarctic", "tourism walnuts Antarctic"])
def test_what_is_published_later_changes_no_answer_of_a_past_day(query: str) -> None:
    past = AT.date()
    before = in_order(query, past)
    assert before
    for n, title in enumerate((query, "Another title", query)):
        code = "SPC-4.2" if n < 2 else "SPC-3.1"
        recoded(title, AT + timedelta(days=3 + n), code)
        assert in_order(query, past) == before
    assert in_order(query, past + timedelta(days=3))[0] == "SPC-4.2"
    assert in_order(query, past + timedelta(days=4)) == before


def _tells(rows: QuerySet[Any], index: type[Index], query: str) -> list[float]:
    return index.rarity([term.any for term in ask(query).terms], rows, "pk")


def test_words_are_as_rare_on_a_past_day_as_they_were_then() -> None:
    evidence(title="Walnuts")
    cited = two_good_items()
    factories.published(update(pledge(), "in_progress", summary=words("Walnuts arrived.")), cited)
    asked = {EvidenceSearch: published.evidence, UpdateSearch: published.updates_with_citations}
    before = {index: _tells(rows(on=ON), index, "walnuts zzqx") for index, rows in asked.items()}
    assert all(told[0] > 0 == told[1] for told in before.values())
    later = AT + timedelta(days=2)
    evidence(title="Walnuts, zzqx", public_at=later)
    factories.published(update(pledge(), "in_progress", summary=words("Walnuts and zzqx.")), cited, at=later)
    assert {index: _tells(rows(on=ON), index, "walnuts zzqx") for index, rows in asked.items()} == before
    for index, rows in asked.items():
        assert _tells(rows(on=later.date()), index, "zzqx")[0] > 0


def test_no_sentence_is_found_before_the_first_day_of_the_record() -> None:
    first = published.first_day()
    assert first
    answer = {
        on: search.passages(published.passages(on=on), "climate").rows.count()
        for on in (first - timedelta(days=1), first)
    }
    assert answer[first - timedelta(days=1)] == 0 < answer[first]


def test_no_phrase_reaches_from_one_field_into_the_next() -> None:
    title = {"title": "论坛2026", "language": "zh-hans", "fact": words("Nets delivered")}
    one, other = evidence(**title), evidence(title="论坛", language="zh-hans", fact=words("2026 nets delivered"))
    assert items('"2026 nets"') == {other.public_id}
    assert items("“论坛2026”") == items("2026 论坛 nets") - {other.public_id} == {one.public_id}


def test_a_name_in_capitals_is_not_the_word_that_its_letters_make() -> None:
    plain = evidence(title="Un acuerdo", language="es", fact=words("No name at all"))
    named = evidence(title="UN agreement", fact=words("No article at all"))
    spanish = evidence(title="Acuerdo de la ONU", language="es", fact=words("Nothing"))
    for query in ("UN", "United Nations", "ONU", "Naciones Unidas"):
        assert items(query) >= {named.public_id, spanish.public_id}, query
        assert plain.public_id not in items(query)
    assert plain.public_id in items("un acuerdo")


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
    place = pledge()
    assert items("pesca") == set()
    cited = [*two_good_items(), (item, "supports")]
    factories.published(update(place, "in_progress", summary=words("Walnuts arrived.")), cited)
    assert items("pesca") == items("acuerdos") == items("nets") == items(item.public_id) == {item.public_id}
    assert items("pesca", ON - timedelta(days=1)) == set()
    assert said("walnut") == {place.code}
    assert said("walnut", ON - timedelta(days=1)) == set()


def test_an_update_is_found_by_its_number_and_by_the_code_of_its_pledge() -> None:
    place = pledge()
    one = factories.published(update(place, "in_progress"), two_good_items())
    assert said(one.public_id) == {place.code}
    assert place.code in said(place.code)
    assert said("U999999999") == set()


def test_what_is_not_public_is_never_found_even_where_the_index_holds_it() -> None:
    item = evidence(title="Walnuts", public_at=None)
    EvidenceSearch.write([EvidenceSearch(rowid=item.pk, title="walnuts", words="", tags="", rest="")])
    assert items("walnuts") == set()


def test_a_row_that_was_sealed_elsewhere_breaks_nothing() -> None:
    factories.sealed_by_sql(update(pledge(), "in_progress", summary=words("Walnuts.")), two_good_items())
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


def test_an_index_that_a_new_version_has_emptied_is_filled_by_migrate() -> None:
    evidence_load.load(evidence_load.read(), at=AT)
    before = picture()
    for index in (PledgeSearch, UpdateSearch):
        index.objects.all().delete()
    call_command("migrate", verbosity=0)
    assert picture() == before
    PledgeSearch.objects.filter(title__holds=(ask("forum").terms[0].any,)).delete()
    call_command("migrate", verbosity=0)
    assert pledges("forum") == set()  # what holds something is left to `rebuild_search`


def test_loading_what_stands_writes_no_index(catalogue: Catalogue) -> None:
    evidence_load.load(evidence_load.read(), at=AT)
    for index in (PassageSearch, EvidenceSearch):
        index.objects.all().delete()
    load(catalogue, at=AT)
    evidence_load.load(evidence_load.read(), at=AT)
    assert not PassageSearch.objects.exists()
    assert not EvidenceSearch.objects.exists()


def test_another_name_of_a_theme_is_found_once_it_is_loaded(catalogue: Catalogue) -> None:
    themes = catalogue.vocabulary.themes
    theme = themes[0].model_copy(update={"aliases": [*themes[0].aliases, "Walnuts"]})
    vocabulary = catalogue.vocabulary.model_copy(update={"themes": [theme, *themes[1:]]})
    load(catalogue.model_copy(update={"vocabulary": vocabulary}), at=AT)
    tagged = published.pledges(on=ON).filter(codings__themes__slug=theme.slug)
    assert pledges("walnuts") == set(tagged.values_list("code", flat=True)) != set()


@pytest.mark.django_db(transaction=True)
def test_rows_are_cut_into_tokens_before_anybody_has_to_wait() -> None:
    def rows() -> Iterator[Model]:
        assert not connection.in_atomic_block
        yield EvidenceSearch(rowid=1, title="walnuts", words="", tags="", rest="")

    EvidenceSearch.write(rows())
    assert EvidenceSearch.objects.filter(rowid=1).exists()


def test_sentences_are_found_in_every_rendition() -> None:
    reindex_catalogue()
    rows = published.passages(on=ON)
    for query in ("greenhouse gas", "南极", "inclusive"):
        answer = search.passages(rows, query)
        wanted = [row for row in rows if query in row.exact.casefold()]
        assert {row.pk for row in answer.rows} >= {row.pk for row in wanted}, query
    assert {row.rendition.key for row in search.passages(rows, "FMP-2.11.3").rows} == {"en", "zh"}
