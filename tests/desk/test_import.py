"""Spreadsheets come in through the forms of the desk: all of a file or nothing, with every bad cell by name."""

import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.storage import storages
from django.core.signing import dumps
from django.test import Client

from commitments.editorial import drafts, people
from commitments.editorial import evidence as desk_evidence
from commitments.models import Attachment, Audit, Draft, Evidence, LedgerHead, StatusDraft, Target
from tests import factories
from tests.desk.tables import (
    DRAFTS,
    EVIDENCE,
    confirmed,
    faults,
    imported,
    in_csv,
    in_xlsx,
    item,
    proposal,
    sealed,
    told,
    tried,
)
from tests.factories import AT, LATER, draft, evidence, person, published, submitted, two_good_items, update

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon", "waiting")]

Desk = Callable[[Any], Client]
BOTH = pytest.mark.parametrize("write", [in_xlsx, in_csv])


@pytest.fixture(name="curator")
def _curator(desk: Desk) -> Client:
    return desk(person("curator", "cora"))


def counted() -> tuple[Any, ...]:
    """Everything that an import could leave behind."""
    rows = tuple(model.objects.count() for model in (Evidence, Attachment, Draft, Audit))
    return (*rows, LedgerHead.objects.values_list("seq", flat=True).first(), len(Evidence.history.all()))


# --- evidence -------------------------------------------------------------------------------


@BOTH
def test_a_good_file_is_tried_first_and_kept_when_confirmed(curator: Client, write: Any) -> None:
    before, target = counted(), Target.objects.all()[0]
    content = write([item(1, bearings="SPC-3.1 supports: they met\nSPC-3.2 context", targets=target.code), item(2)])
    page = tried(curator, EVIDENCE, content)
    assert (page.status_code, counted()) == (200, before)
    assert "2 new" in told(page)
    assert "Imported: 2 new, 0 changed, 0 left alone." in confirmed(curator, EVIDENCE, sealed(page))
    one, other = Evidence.objects.order_by("pk").filter(public_id__in=["E10001", "E10002"])
    assert (one.title, one.countries, one.public_at, one.entered_by.username) == (
        "Report 1",
        ["BR", "CL"],
        None,
        "cora",
    )  # type: ignore[union-attr]
    assert (one.published_on, one.event_on, one.fact) == (date(2026, 1, 16), LATER, {"en": "They met."})
    assert list(one.targets.all()) == [target]
    lines = [(row.pledge.code, row.bearing, row.why) for row in one.attachments.all()]
    assert lines == [("SPC-3.1", "supports", {"en": "they met"}), ("SPC-3.2", "context", {})]
    assert (other.attachments.count(), Audit.objects.filter(action="evidence.record").count()) == (0, 2)


@BOTH
def test_a_row_with_a_number_changes_that_item_and_an_absent_column_stays(curator: Client, write: Any) -> None:
    imported(
        curator, EVIDENCE, in_csv([item(1, excerpt_only="yes", bearings="SPC-3.1 supports: one\nSPC-3.2 context")])
    )
    Attachment.objects.filter(pledge__code="SPC-3.1").update(why={"en": "one", "es": "uno"})
    rows = [{"id": "E10001", "title": "Another title", "bearings": "SPC-3.1 supports: two\nSPC-3.3 context"}]
    page = tried(curator, EVIDENCE, write(rows))
    assert "1 changed" in told(page)
    assert "<del>Report 1</del> <ins>Another title</ins>" in page.content.decode()
    confirmed(curator, EVIDENCE, sealed(page))
    stored = Evidence.objects.get(public_id="E10001")
    assert (stored.title, stored.publisher, stored.excerpt_only) == ("Another title", "A newspaper", True)
    lines = {row.pledge.code: row.why for row in stored.attachments.all()}
    assert lines == {"SPC-3.1": {"en": "two", "es": "uno"}, "SPC-3.3": {}}


BAD = [
    ("source_url", "B", "", "address of the source"),
    ("source_url", "B", "javascript:alert(1)", "valid URL"),
    ("source_url", "B", "http://127.0.0.1/", "network of its own"),
    ("publisher_kind", "E", "rumour", "not one of the available"),
    ("side", "F", "", "required"),
    ("side", "F", "Mars", "not one of the available"),
    ("record", "G", "hearsay", "not one of the available"),
    ("origin", "H", "no such thing!", "hyphens"),
    ("countries", "I", "BR; Atlantis", "Atlantis"),
    ("language", "J", "Klingonese", "no language tag"),
    ("published_on", "K", "16/01/2026", "written as 2026-01-31"),
    ("event_on", "L", "01-02-26", "written as 2026-01-31"),
    ("event_on", "L", "2026-02-30", "valid date"),
    ("event_on", "L", "2027-01-01", "not come yet"),
    ("event_precision", "M", "year", "not one of the available"),
    ("accessed_on", "N", "", "required"),
    ("fact_en", "O", "", "required"),
    ("excerpt_only", "P", "perhaps", "neither yes nor no"),
    ("bearings", "Q", "SPC-3.1 helps", "supports, contradicts or context"),
    ("bearings", "Q", "XYZ-9 supports", "names no pledge"),
    ("bearings", "Q", "SPC-3.1 supports\nSPC-3.1 context", "more than once"),
    ("targets", "R", "no-such-number", "no announced number no-such-number"),
]


@pytest.mark.parametrize(("name", "letter", "cell", "words"), BAD)
def test_a_bad_cell_is_named_and_says_why(curator: Client, name: str, letter: str, cell: str, words: str) -> None:
    before = counted()
    page = tried(curator, EVIDENCE, in_xlsx([item(1, targets=""), item(2, **{"targets": "", name: cell})]))
    found = faults(page)
    assert list(found) == [f"{letter}3 ({name})"]
    assert words in found[f"{letter}3 ({name})"]
    assert (counted(), os.listdir(storages["import_export"].location)) == (before, [])


@BOTH
def test_one_bad_row_among_fifty_keeps_all_of_them_out(curator: Client, write: Any) -> None:
    before = counted()
    rows = [item(n) for n in range(1, 51)]
    rows[17] |= {"side": "Mars", "fact_en": ""}
    page = tried(curator, EVIDENCE, write(rows))
    assert set(faults(page)) == {"F19 (side)", "O19 (fact_en)"}
    assert "sealed" not in page.content.decode()
    assert counted() == before


def test_what_came_before_the_baseline_can_only_be_context(curator: Client) -> None:
    early = {"event_on": "2025-01-15", "published_on": "2025-01-16"}
    page = tried(curator, EVIDENCE, in_csv([item(1, bearings="SPC-3.1 supports", **early)]))
    assert "only be context" in faults(page)["Q2 (bearings)"]
    assert "1 new" in told(tried(curator, EVIDENCE, in_csv([item(1, bearings="SPC-3.1 context", **early)])))


def test_an_address_that_is_here_already_is_taken_only_if_the_row_says_so(curator: Client) -> None:
    stored = evidence(source_url="https://news.example.org/1")
    page = tried(curator, EVIDENCE, in_csv([item(1)]))
    assert "recorded already" in faults(page)["B2 (source_url)"]
    assert stored.public_id in faults(page)["B2 (source_url)"]
    assert "yes in the column “again”" in faults(page)["B2 (source_url)"]
    assert "1 new" in imported(curator, EVIDENCE, in_csv([item(1, again="yes")]))


def test_two_rows_of_one_file_with_the_same_address_are_told_of_each_other(curator: Client) -> None:
    page = tried(curator, EVIDENCE, in_csv([item(1), item(2), item(3, source_url="https://www.news.example.org/1/")]))
    assert "recorded already: row 2." in faults(page)["B4 (source_url)"]


def test_what_readers_see_is_not_changed_by_an_import_but_may_be_laid_beside_another_pledge(curator: Client) -> None:
    place = factories.pledge()
    public = evidence(title="Public")
    published(update(place, "announced"), [(public, "supports")])
    before = counted()
    page = tried(curator, EVIDENCE, in_csv([{"id": public.public_id, "title": "Rewritten"}]))
    assert "is public: it is not changed any more" in faults(page)["row 2"]
    page = tried(curator, EVIDENCE, in_csv([{"id": public.public_id, "bearings": ""}]))
    assert "stands beside" in faults(page)["B2 (bearings)"]
    page = tried(curator, EVIDENCE, in_csv([{"id": public.public_id, "bearings": f"{place.code} contradicts"}]))
    assert "stands beside" in faults(page)["B2 (bearings)"]
    assert counted() == before
    other = factories.pledge(n=1).code
    lines = f"{place.code} supports\n{other} context: more"
    assert "1 changed" in imported(curator, EVIDENCE, in_csv([{"id": public.public_id, "bearings": lines}]))
    assert Evidence.objects.get(pk=public.pk).title == "Public"
    assert Attachment.objects.get(evidence=public, pledge__code=other).public_at is None


def test_whoever_has_a_conflict_of_interest_lays_nothing_beside_the_pledge(desk: Desk) -> None:
    by, place = person(), factories.pledge()
    people.declare_conflict(place, by=by, reason="A cousin", at=AT)
    page = tried(desk(by), EVIDENCE, in_csv([item(1, bearings=f"{place.code} supports")]))
    assert "conflict of interest" in faults(page)["Q2 (bearings)"]


# --- confirmation ---------------------------------------------------------------------------


def test_what_has_changed_since_the_trial_keeps_all_of_it_out(curator: Client) -> None:
    imported(curator, EVIDENCE, in_csv([item(1)]))
    page = tried(curator, EVIDENCE, in_csv([item(1, id="E10001", title="Mine"), item(5)]))
    stored = Evidence.objects.get(public_id="E10001")
    desk_evidence.open_edit(stored, by=person(), at=AT)
    stored.publisher = "Somebody else's"
    stored.save()
    before = counted()
    assert "Nothing was imported. The desk has changed since the trial" in confirmed(curator, EVIDENCE, sealed(page))
    assert (counted(), Evidence.objects.get(pk=stored.pk).title) == (before, "Report 1")


def test_what_has_become_public_since_the_trial_is_not_changed(curator: Client) -> None:
    imported(curator, EVIDENCE, in_csv([item(1)]))
    page = tried(curator, EVIDENCE, in_csv([item(7), {**item(1), "id": "E10001", "title": "Mine"}]))
    published(update(factories.pledge(), "announced"), [(Evidence.objects.get(public_id="E10001"), "supports")])
    before = counted()
    text = confirmed(curator, EVIDENCE, sealed(page))
    assert "Nothing was imported." in text
    assert "E10001 is public: it is not changed any more" in text
    assert counted() == before


def test_what_others_recorded_meanwhile_does_no_harm(curator: Client) -> None:
    page = tried(curator, EVIDENCE, in_csv([item(1)]))
    desk_evidence.record(evidence_of_another(), by=person(), at=AT)
    assert "1 new" in confirmed(curator, EVIDENCE, sealed(page))
    assert Evidence.objects.get(public_id="E10002").title == "Report 1"


def evidence_of_another() -> Evidence:
    kind = {"publisher_kind": "ngo", "side": "lac", "record": "report", "language": "es", "origin": "other"}
    return Evidence(source_url="https://other.example/", publisher="X", fact={"en": "x"}, accessed_on=LATER, **kind)


def test_a_file_is_confirmed_once(curator: Client) -> None:
    seal = sealed(tried(curator, EVIDENCE, in_csv([item(1)])))
    confirmed(curator, EVIDENCE, seal)
    before = counted()
    assert "imported already" in confirmed(curator, EVIDENCE, seal)
    assert (counted(), os.listdir(storages["import_export"].location)) == (before, [])


def test_a_confirmation_that_was_forged_is_refused(curator: Client) -> None:
    sealed(tried(curator, EVIDENCE, in_csv([item(1)])))
    before = counted()
    for forged in ("", "x", "../../secret-key", dumps({"file": "x", "hands": [1, "evidence"]}, salt="y")):
        assert "not a file that you tried here" in confirmed(curator, EVIDENCE, forged)
    assert counted() == before


def test_only_whoever_tried_a_file_confirms_it_and_only_where_and_within_a_day(desk: Desk, curator: Client) -> None:
    seal = sealed(tried(curator, EVIDENCE, in_csv([item(1)])))
    before = counted()
    assert "not a file that you tried here" in confirmed(desk(person()), EVIDENCE, seal)
    assert "not a file that you tried here" in confirmed(curator, DRAFTS, seal)
    with time_machine.travel(AT + timedelta(hours=37), tick=False):
        again = desk(Draft._meta.get_field("author").related_model.objects.get(username="cora"))  # type: ignore[union-attr]
        assert "not a file that you tried here" in confirmed(again, EVIDENCE, seal)
    assert counted() == before


def test_a_file_that_nobody_confirms_is_deleted_after_a_day(curator: Client) -> None:
    folder = Path(storages["import_export"].location)
    sealed(tried(curator, EVIDENCE, in_csv([item(1)])))
    (waits,) = folder.iterdir()
    long_ago = (AT - timedelta(days=2)).timestamp()
    os.utime(waits, (long_ago, long_ago))
    sealed(tried(curator, EVIDENCE, in_csv([item(2)])))
    assert waits not in list(folder.iterdir())


# --- who --------------------------------------------------------------------------------------


@pytest.mark.parametrize("room", [EVIDENCE, DRAFTS])
def test_whoever_may_only_look_imports_nothing(desk: Desk, room: str) -> None:
    client = desk(person("viewer"))
    assert client.get(f"{room}/import/").status_code == 403
    assert tried(client, room, in_csv([item(1)])).status_code == 403
    assert client.post(f"{room}/process_import/", {"sealed": "x"}).status_code == 403


def test_a_confirmation_is_sent_and_not_followed(curator: Client) -> None:
    assert curator.get(f"{EVIDENCE}/process_import/").status_code == 405


# --- drafts -----------------------------------------------------------------------------------


@BOTH
def test_rows_become_drafts_of_whoever_imports_them(curator: Client, write: Any) -> None:
    place, (one, other) = factories.pledge(), (evidence(public_at=None), evidence())
    lines = f"{one.public_id} supports\n{other.public_id.lower()} context"
    text = imported(
        curator, DRAFTS, write([proposal(place.code, evidence=lines, reported_delivered="", to_reviewer="Look")])
    )
    assert "1 new" in text
    (made,) = StatusDraft.objects.all()
    assert (made.author.username, made.state, made.pledge, made.status) == ("cora", "draft", place, "announced")
    assert (made.summary, made.to_reviewer, made.effective_on) == ({"en": "A plan."}, "Look", LATER)
    cites = set(made.citations.values_list("evidence__public_id", "bearing"))
    assert cites == {(one.public_id, "supports"), (other.public_id, "context")}


def test_a_row_corrects_or_withdraws_a_published_update(curator: Client) -> None:
    place = factories.pledge()
    first = published(update(place, "in_progress"), [(evidence(), "supports")])
    other = published(update(factories.pledge(n=1), "in_progress"), [(evidence(), "supports")])
    blank = {"status": "", "effective_on": ""}
    rows = [
        proposal(place.code, kind="correction", corrects=first.public_id),
        proposal(other.pledge.code, kind="withdrawal", corrects=other.public_id, **blank),
    ]
    imported(curator, DRAFTS, in_csv(rows))
    correction, withdrawal = StatusDraft.objects.order_by("pk")
    assert (correction.kind, correction.corrects, correction.status) == ("correction", first, "announced")
    assert (withdrawal.kind, withdrawal.corrects, withdrawal.status) == ("withdrawal", other, "in_progress")


def column(name: str) -> str:
    return "ABCDEFGHIJ"[list(proposal("x")).index(name)]


@pytest.mark.parametrize(
    ("cells", "name", "words"),
    [
        ({"pledge": "XYZ-1"}, "pledge", "There is no pledge"),
        ({"pledge": ""}, "pledge", "Write a pledge's code"),
        ({"kind": "rumour"}, "kind", "none of status, correction, withdrawal"),
        ({"kind": "correction"}, "corrects", "number of the update that is undone"),
        ({"kind": "correction", "corrects": "U999999"}, "corrects", "There is no update U999999"),
        ({"corrects": "U1"}, "corrects", "Only a correction or a withdrawal"),
        ({"status": "splendid"}, "status", "splendid"),
        ({"status": ""}, "status", "required"),
        ({"effective_on": "15.1.2026"}, "effective_on", "written as 2026-01-31"),
        ({"effective_on": ""}, "effective_on", "required"),
        ({"evidence": "E77 supports"}, "evidence", "no item of evidence E77"),
        ({"evidence": "E900000"}, "evidence", "E900000"),
        ({"id": "77"}, "id", "There is no 77"),
        ({"id": "x"}, "id", "There is no x"),
    ],
)
def test_a_bad_cell_of_a_draft_is_named_and_says_why(curator: Client, cells: Any, name: str, words: str) -> None:
    before = counted()
    found = faults(tried(curator, DRAFTS, in_xlsx([proposal(factories.pledge().code) | cells])))
    assert list(found) == [f"{column(name)}2 ({name})"]
    assert words in found[f"{column(name)}2 ({name})"]
    assert counted() == before


def row_of(content: Any, **cells: Any) -> dict[str, Any]:
    """An open draft as a row, with changes."""
    stored = StatusDraft.objects.get(pk=content.pk)
    said = proposal(stored.about.code, id=stored.pk, kind=stored.kind, status=stored.status, revision=stored.revision)
    return said | cells


def test_a_row_changes_ones_own_open_draft_under_its_revision(desk: Desk) -> None:
    by = person()
    content = draft(factories.pledge(), by)
    assert "1 changed" in imported(desk(by), DRAFTS, in_csv([row_of(content, summary_en="Better.")]))
    stored = StatusDraft.objects.get(pk=content.pk)
    assert (stored.summary["en"], stored.revision) == ("Better.", 2)
    page = tried(desk(by), DRAFTS, in_csv([row_of(content, summary_en="Late.", revision=1)]))
    assert "changed since this sheet was exported" in faults(page)["J2 (revision)"]


def test_a_draft_keeps_what_it_is_about(desk: Desk) -> None:
    by = person()
    content = draft(factories.pledge(), by)
    page = tried(desk(by), DRAFTS, in_csv([row_of(content, pledge=factories.pledge(n=1).code)]))
    assert "A draft keeps this" in faults(page)["B2 (pledge)"]


def returned(by: Any) -> Draft:
    waiting = submitted(draft(factories.pledge(), by, two_good_items()))
    drafts.return_(waiting, by=person("reviewer"), text="Say when.", at=AT)
    return waiting


def test_others_drafts_and_those_in_review_or_withdrawn_are_left_alone(desk: Desk) -> None:
    by = person()
    gone = draft(factories.pledge(), by)
    drafts.withdraw(gone, by=by, at=AT)
    cases = [
        (draft(factories.pledge(), person()), "Only its author edits a draft"),
        (submitted(draft(factories.pledge(), by, two_good_items())), "in review: no import"),
        (gone, "withdrawn"),
    ]
    before = counted()
    for content, words in cases:
        page = tried(desk(by), DRAFTS, in_csv([row_of(content, summary_en="Rewritten.")]))
        assert words in faults(page)["row 2"]
    assert counted() == before
    assert "1 changed" in imported(desk(by), DRAFTS, in_csv([row_of(returned(by), summary_en="Mended.")]))


def test_nobody_with_a_conflict_of_interest_begins_a_draft_by_import(desk: Desk) -> None:
    by, place = person(), factories.pledge()
    people.declare_conflict(place, by=by, reason="A cousin", at=AT)
    page = tried(desk(by), DRAFTS, in_csv([proposal(place.code)]))
    assert "conflict of interest" in faults(page)["row 2"]
