"""The rules of the methodology, each tried through the site's own door and by SQL typed in at sealing."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import ProtectedError

from commitments.models import Citation, Delivery, Evidence, ImmutableRowError, Pledge, StatusUpdate
from tests.factories import (
    AT,
    Way,
    clock,
    each_way,
    evidence,
    only_postgresql,
    only_sqlite,
    people,
    pledge,
    published,
    refused,
    sealed_by_sql,
    search,
    sql,
    two_good_items,
    update,
    words,
)

UPDATE, CITATION, EVIDENCE = (model._meta.db_table for model in (StatusUpdate, Citation, Evidence))
NO_EVIDENCE_NEEDED = ("not_assessed", "no_evidence", "not_assessable")
CLAIMS = ("in_progress", "sustained", "partly_delivered", "delivered")
AGAINST = ("stalled", "not_delivered", "dropped")

pytestmark = pytest.mark.django_db


def well_evidenced(status: str) -> list[tuple[Evidence, str]]:
    return two_good_items("contradicts" if status in AGAINST else "supports")


@each_way
@pytest.mark.parametrize("status", Delivery.values)
def test_a_status_without_evidence_is_refused_unless_it_needs_none(publish: Way, status: str) -> None:
    judged = update(pledge(), status, search=search(pledge()), **people())
    if status in NO_EVIDENCE_NEEDED:
        assert publish(judged, []).grade == ""
    else:
        with refused("needs at least one item of evidence|needs support dated|final_needs_a_or_b"):
            publish(judged, [])


@each_way
@pytest.mark.parametrize("status", ["announced", "stalled", "dropped"])
def test_an_item_of_context_is_evidence_but_gives_no_grade(publish: Way, status: str) -> None:
    with refused("needs at least one item of evidence"):
        publish(update(pledge(), status), [])
    assert publish(update(pledge(), status), [(evidence(event_on=None), "context")]).grade == ""


@each_way
@pytest.mark.parametrize("status", CLAIMS)
@pytest.mark.parametrize("document", ["sao-paulo-consensus", "policy-paper-2025"])
def test_a_deed_needs_support_from_the_baseline_day_on(publish: Way, status: str, document: str) -> None:
    place = Pledge.objects.filter(document__slug=document, codings__trackability="verifiable").first()
    assert place
    baseline = place.document.baseline_on
    eve = {"event_on": baseline - timedelta(days=1), "published_on": baseline}
    by = people()
    old = [(evidence(side="china", record="primary", **eve), "supports"), (evidence(**eve), "supports")]
    undated = [(evidence(event_on=None, side=side), "supports") for side in ("china", "lac")]
    beside = [(evidence(), "contradicts"), (evidence(), "context")]
    for cited in ([*old, *beside], [*undated, *beside]):
        with refused("needs support dated on or after the baseline"):
            publish(update(place, status, **by), cited)
    assert publish(update(place, status, **by), [*old, (evidence(event_on=baseline), "supports")]).status == status
    printed = evidence(event_on=None, published_on=baseline)
    assert publish(update(place, status, **by), [*old, (printed, "supports")]).status == status


@each_way
@pytest.mark.parametrize("status", ["delivered", "not_delivered"])
@pytest.mark.parametrize(("sides", "grade"), [("c", "C"), ("i", "D"), ("cl", "B"), ("pi", "A")])
def test_a_final_status_needs_grade_a_or_b(publish: Way, status: str, sides: str, grade: str) -> None:
    made: dict[str, dict[str, Any]] = {"c": {"side": "china"}, "l": {"side": "lac"}, "i": {}}
    made["p"] = {"side": "china", "record": "primary"}
    bearing = "contradicts" if status == "not_delivered" else "supports"
    cited = [(evidence(**made[side]), bearing) for side in sides]
    judged = update(pledge(), status, **people())
    if grade in "AB":
        assert publish(judged, cited).grade == grade
    else:
        with refused("update_final_needs_a_or_b"):
            publish(judged, cited)


@each_way
@pytest.mark.parametrize("status", Delivery.values)
def test_a_provisional_status_is_never_final(publish: Way, status: str) -> None:
    judged = update(pledge(), status, search=search(pledge()))
    if status in ("delivered", "not_delivered"):
        with refused("update_provisional_not_final"):
            publish(judged, well_evidenced(status))
    else:
        assert publish(judged, well_evidenced(status)).provisional


@each_way
def test_nobody_publishes_what_they_wrote(publish: Way) -> None:
    one, other = (get_user_model().objects.create_user(name) for name in ("one", "other"))
    pairs = [(one, one), (one, None), (None, one), (None, None)]
    wrong = [(False, *pair) for pair in pairs] + [(True, one, None), (True, None, one), (True, one, other)]
    cited = [(evidence(), "supports")]
    for provisional, author, approver in wrong:
        with refused("update_provisional_or_by_two_people"):
            publish(
                update(pledge(), "announced", provisional=provisional, author=author, approver=approver),
                cited,
            )
    row = publish(update(pledge(), "announced", provisional=False, author=one, approver=other), cited)
    assert (row.author, row.approver, row.provisional) == (one, other, False)


@each_way
def test_no_evidence_needs_a_logged_search(publish: Way) -> None:
    with refused("update_no_evidence_needs_a_search"):
        publish(update(pledge(), "no_evidence"))
    log = search(pledge())
    with refused("the search was made about another pledge"):
        publish(update(pledge(n=1), "no_evidence", search=log))
    assert publish(update(pledge(), "no_evidence", search=log)).search == log


@each_way
@pytest.mark.parametrize("kind", ["correction", "withdrawal"])
def test_a_correction_names_a_published_update_of_the_same_pledge(publish: Way, kind: str) -> None:
    first = published(update(pledge(), "not_assessed"))
    elsewhere = published(update(pledge(n=1), "not_assessed"))
    draft = update(pledge(), "not_assessed")
    draft.save()
    for wrong in (elsewhere, draft):
        with refused("a correction names a published update of the same pledge"):
            publish(update(pledge(), "not_assessed", kind=kind, corrects=wrong))
    with refused("update_corrections_name_what_they_correct"):
        publish(update(pledge(), "not_assessed", kind=kind))
    with refused("update_corrections_name_what_they_correct"):
        publish(update(pledge(), "not_assessed", kind="status", corrects=first))
    assert publish(update(pledge(), "not_assessed", kind=kind, corrects=first)).corrects == first
    with refused("(?i)unique"):
        publish(update(pledge(), "not_assessed", kind="correction", corrects=first))


@each_way
def test_a_withdrawal_needs_no_evidence_but_two_people_or_none(publish: Way) -> None:
    place = pledge()
    first = published(update(place, "in_progress"), [(evidence(), "supports")])
    one = people()["author"]
    with refused("update_provisional_or_by_two_people"):
        wrong = update(place, "in_progress", kind="withdrawal", corrects=first, provisional=False)
        wrong.author = wrong.approver = one
        publish(wrong)
    row = publish(update(place, "in_progress", kind="withdrawal", corrects=first, **people()))
    assert (row.grade, row.citations.count()) == ("", 0)


@each_way
@pytest.mark.parametrize("status", ["delivered", "not_delivered"])
def test_a_final_status_can_be_withdrawn_like_any_other(publish: Way, status: str) -> None:
    first = published(update(pledge(), status, **people()), well_evidenced(status))
    row = publish(update(pledge(), status, kind="withdrawal", corrects=first, **people()))
    assert row.corrects == first


def sealed_under(seq: int | None) -> None:
    StatusUpdate.objects.create(
        pledge=pledge(), status="not_assessed", effective_on=AT, provisional=True, seq=seq, published_at=AT
    )


def test_an_update_that_does_not_stand_in_the_log_is_refused() -> None:
    coding_entry = sql("SELECT seq FROM commitments_ledgerentry WHERE kind = 'coding' ORDER BY seq DESC LIMIT 1")[0][0]
    for seq in (999_999, coding_entry):
        with refused("a published update stands in the public log"):
            sealed_under(seq)
        draft = update(pledge(), "not_assessed", seq=seq)
        draft.save()
        with refused("a published update stands in the public log"):
            sql(f"UPDATE {UPDATE} SET published_at = %s WHERE id = %s", clock(AT), draft.pk)
    with refused("stands in the public log|update_published_under_a_number"):
        sealed_under(None)


def test_an_update_is_public_since_the_time_that_the_log_says() -> None:
    for wrong in (AT - timedelta(days=1), AT + timedelta(seconds=1)):
        with refused("log"):
            sealed_by_sql(update(pledge(), "not_assessed"), published_at=clock(wrong))


@pytest.fixture
def sealed() -> StatusUpdate:
    return published(update(pledge(), "in_progress"), [(evidence(), "supports")])


def copied(model: Any, **changes: str) -> str:
    columns = [field.column for field in model._meta.concrete_fields]
    return ", ".join(changes.get(column, column) for column in columns)


@pytest.fixture(autouse=True)
def _nothing_sealed_is_lost(request: pytest.FixtureRequest) -> Any:
    """Where a test begins with a sealed update, it and what it cites stand unchanged at the end."""
    if "sealed" not in request.fixturenames:
        yield
        return
    row = request.getfixturevalue("sealed")

    def picture() -> list[Any]:
        item = Evidence.objects.filter(citations__update=row).exclude(public_id="").values("pk", "fact", "side")
        cited = Citation.objects.filter(update=row).values_list()
        return [*StatusUpdate.objects.filter(pk=row.pk).values_list(), *cited, *item]

    before = picture()
    yield
    assert picture() == before


def test_the_orm_changes_no_published_update(sealed: StatusUpdate) -> None:
    sealed.status = "announced"
    with pytest.raises(ImmutableRowError):
        sealed.save()
    with pytest.raises(ImmutableRowError):
        sealed.delete()
    with refused("never changes"):
        StatusUpdate.objects.filter(pk=sealed.pk).update(status="announced")
    with refused("never changes"):
        StatusUpdate.objects.filter(pk=sealed.pk).update(published_at=None)
    with pytest.raises(ProtectedError):
        StatusUpdate.objects.filter(pk=sealed.pk).delete()


def test_sql_changes_no_published_update(sealed: StatusUpdate) -> None:
    for column in ("status = 'announced'", "published_at = NULL", "summary = '{}'", "effective_on = '2026-02-02'"):
        with refused("never changes"):
            sql(f"UPDATE {UPDATE} SET {column} WHERE id = %s", sealed.pk)
    bare = published(update(pledge(), "not_assessed"))
    with refused("never changes"):
        sql(f"DELETE FROM {UPDATE} WHERE id = %s", bare.pk)


def test_nothing_is_added_to_or_taken_from_what_a_published_update_cites(sealed: StatusUpdate) -> None:
    citation = sealed.citations.get()
    with refused("is published"):
        Citation.objects.create(update=sealed, evidence=evidence(), bearing="contradicts")
    citation.bearing = "context"
    with refused("is published"):
        citation.save()
    with refused("is published"):
        citation.delete()
    draft = update(pledge(), "not_assessed")
    draft.save()
    loose = Citation.objects.create(update=draft, evidence=evidence(), bearing="supports")
    for table_set, key in (
        (f"update_id = {draft.pk}", sealed.citations.get().pk),
        (f"update_id = {sealed.pk}", loose.pk),
    ):
        with refused("is published"):
            sql(f"UPDATE {CITATION} SET {table_set} WHERE id = %s", key)
    with refused("is published"):
        sql(f"DELETE FROM {CITATION} WHERE update_id = %s", sealed.pk)
    loose.delete()


@only_sqlite
def test_replace_overwrites_nothing_that_is_published(sealed: StatusUpdate) -> None:
    citation = sealed.citations.get()
    swaps = [
        (StatusUpdate, copied(StatusUpdate, status="'announced'", published_at="NULL"), sealed.pk),
        (StatusUpdate, copied(StatusUpdate, id="id + 1000", published_at="NULL"), sealed.pk),
        (Citation, copied(Citation, bearing="'context'"), citation.pk),
        (Citation, copied(Citation, id="id + 1000", bearing="'context'"), citation.pk),
        (Evidence, copied(Evidence, side="'china'"), citation.evidence_id),
        (Evidence, copied(Evidence, id="id + 1000"), citation.evidence_id),
    ]
    for model, columns, key in swaps:
        table = model._meta.db_table
        with refused("never changes|is published|cites it"):
            sql(f"REPLACE INTO {table} ({copied(model)}) SELECT {columns} FROM {table} WHERE id = %s", key)


@only_postgresql
@pytest.mark.parametrize("table", [UPDATE, CITATION, EVIDENCE, "commitments_pledge"])
def test_truncate_empties_nothing_that_is_published(sealed: StatusUpdate, table: str) -> None:
    connection.check_constraints()  # TRUNCATE waits for no deferred constraint
    with refused("never truncated"):
        sql(f"TRUNCATE {table} CASCADE")


#: Every column of an item but the two that may change, with another value.
OTHER = {field.column: field for field in Evidence._meta.concrete_fields}
MAY_CHANGE = {"public_at", "superseded_by_id", "link_state", "link_checked_on"}


@pytest.mark.parametrize("column", sorted(set(OTHER) - MAY_CHANGE))
def test_a_cited_item_keeps_every_column(sealed: StatusUpdate, column: str) -> None:
    item = sealed.citations.get().evidence
    values: dict[str, Any] = {"id": item.pk + 5000, "publisher_kind": "ngo", "side": "lac", "record": "primary"}
    values |= {"event_precision": "month", "excerpt_only": True, "event_on": None}
    values |= dict.fromkeys(("published_on", "accessed_on"), "2026-03-03")
    values["entered_by_id"] = 1
    values |= dict.fromkeys(("fact", "countries"), '{"en": "Another fact"}')
    with refused("a published update cites it"):
        sql(f"UPDATE {EVIDENCE} SET {column} = %s WHERE id = %s", values.get(column, "other"), item.pk)


def test_a_cited_item_can_be_superseded_but_not_deleted(sealed: StatusUpdate) -> None:
    item, better = sealed.citations.get().evidence, evidence()
    item.superseded_by, item.public_at = better, None
    item.save()
    assert list(better.supersedes.all()) == [item]
    with pytest.raises(ProtectedError):
        item.delete()
    with refused("a published update cites it"):
        sql(f"DELETE FROM {EVIDENCE} WHERE id = %s", item.pk)
    with refused("a published update cites it"):
        Evidence.objects.filter(pk=item.pk).update(fact=words("Another fact"), superseded_by=None)


def test_an_item_that_nothing_published_cites_can_be_changed_and_deleted() -> None:
    item, drafted = evidence(), evidence()
    draft = update(pledge(), "not_assessed")
    draft.save()
    citation = Citation.objects.create(update=draft, evidence=drafted, bearing="supports")
    for each in (item, drafted):
        each.side, each.fact = "lac", words("Another fact")
        each.save()
        assert Evidence.objects.get(pk=each.pk).side == "lac"
    citation.delete()
    with transaction.atomic():
        assert Evidence.objects.filter(pk__in=[item.pk, drafted.pk]).delete()[0] == 2
