"""The desk's rules against somebody who types SQL: what drafts may not do, what stands, who stands too close."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from commitments.editorial import drafts, people
from commitments.editorial.fingerprint import fingerprint
from commitments.models import (
    Coding,
    CodingDraft,
    Conflict,
    DataPoint,
    Draft,
    LedgerEntry,
    LedgerKind,
    PointDraft,
    Publication,
    Reply,
    ReplyDraft,
    SearchLog,
    StatusDraft,
)
from tests import factories
from tests.editorial.proposals import (
    EVERY,
    approved,
    brought_to,
    coding_draft,
    indicator,
    latest,
    point_draft,
    reply_draft,
    status_draft,
    submitted,
)
from tests.factories import (
    AT,
    Way,
    clock,
    each_way,
    evidence,
    only_postgresql,
    only_sqlite,
    person,
    published,
    refused,
    sql,
    two_good_items,
    update,
    words,
)

pytestmark = pytest.mark.django_db

DRAFT, CONTENT = Draft._meta.db_table, (StatusDraft, CodingDraft, ReplyDraft, PointDraft)
each_subject = pytest.mark.parametrize("subject", EVERY)
SEALED = {"reply": Reply, "point": DataPoint}
each_sealed = pytest.mark.parametrize("subject", SEALED)


def copied(model: Any, **changes: str) -> str:
    """Return SQL for the columns of a row but its key, with other values for some of them."""
    columns = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    return ", ".join(changes.get(column, f'"{column}"') for column in columns)


# --- drafts ---------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["draft", "in_review", "returned", "withdrawn"])
def test_a_draft_keeps_its_author_and_what_it_is_about(state: str) -> None:
    content, other = status_draft(person()), person()
    draft = brought_to(state, content, person("reviewer"))
    way = {"draft": "draft", "in_review": "returned", "returned": "returned", "withdrawn": "draft"}[state]
    changes = {"author_id": other.pk, "pledge_id": factories.pledge(n=1).pk, "subject": "reply", "id": draft.pk + 1000}
    for column, value in changes.items():
        with refused("a draft keeps its author and what it is about"):
            sql(f"UPDATE {DRAFT} SET state = %s, {column} = %s WHERE id = %s", way, value, draft.pk)
    with refused("a draft keeps its author|draft_about_a_pledge"):
        sql(f"UPDATE {DRAFT} SET state = %s, pledge_id = NULL WHERE id = %s", way, draft.pk)
    sql(f"UPDATE {DRAFT} SET state = %s WHERE id = %s", way, draft.pk)


def test_what_is_approved_is_the_revision_that_was_read() -> None:
    waiting = brought_to("in_review", status_draft(person()), person("reviewer"))
    row = published(update(waiting.about, "not_assessed", **by_two(waiting.author)))
    entry = LedgerEntry.objects.get(seq=row.seq)
    publish = f"UPDATE {DRAFT} SET state = 'published', entry_id = %s, revision = revision + %s WHERE id = %s"
    with refused("what is approved is what was read"):
        sql(publish, entry.pk, 1, waiting.pk)
    with refused("what is approved is what was read|new revision"):
        sql(publish, entry.pk, -1, waiting.pk)
    sql(publish, entry.pk, 0, waiting.pk)


def test_an_edit_of_what_was_submitted_is_a_new_revision() -> None:
    content = status_draft(person())
    submitted(content)
    stale = StatusDraft.objects.get(pk=content.pk)
    stale.state = "draft"
    with refused("an edit of what was submitted is a new revision"):
        stale.save()
    with refused("an edit of what was submitted is a new revision"):
        sql(f"UPDATE {DRAFT} SET state = 'draft', revision = 0 WHERE id = %s", content.pk)
    drafts.open_edit(stale, by=content.author, revision=1, at=AT)
    with refused("an edit of what was submitted is a new revision"):
        sql(f"UPDATE {DRAFT} SET revision = 1 WHERE id = %s", content.pk)
    stale.save()


@pytest.mark.parametrize("state", ["draft", "in_review", "returned", "published", "withdrawn"])
def test_a_draft_is_never_deleted_nor_replaced(state: str) -> None:
    draft = brought_to(state, status_draft(person()), person("reviewer"))
    with refused("withdrawn, never deleted"):
        sql(f"DELETE FROM {DRAFT} WHERE id = %s", draft.pk)
    if connection.vendor == "sqlite":
        with refused("withdrawn, never deleted"):
            sql(
                f"REPLACE INTO {DRAFT} (id, {copied(Draft)}) SELECT id, "
                f"{copied(Draft, state=repr('draft'), entry_id='NULL')} FROM {DRAFT} WHERE id = %s",
                draft.pk,
            )
    assert Draft.objects.filter(pk=draft.pk, state=state, author=draft.author).exists()


def by_two(author: Any) -> dict[str, Any]:
    return {"provisional": False, "author": author, "approver": person("reviewer")}


def entries_of_others(waiting: Draft) -> dict[str, LedgerEntry]:
    """Return entries that publish something, but not what this draft proposes."""
    author, there = waiting.author, factories.pledge(n=5)
    found = {
        "another author's": approved(EVERY[waiting.subject](person())),
        "another subject's": approved(EVERY["reply" if waiting.subject != "reply" else "point"](author)),
        "a release's": LedgerEntry.objects.get(public_id=f"{factories.pledge().code}/v1"),
        "a provisional one": LedgerEntry.objects.get(seq=published(update(factories.pledge(), "not_assessed")).seq),
    }
    if waiting.subject == "status":
        found["another pledge's"] = approved(factories.draft(there, author, two_good_items()))
    if waiting.subject == "coding":
        found["another pledge's"] = approved(coding_draft(there, author))
    if waiting.subject == "reply":
        found["another pledge's"] = approved(reply_draft(there, author))
    return found


@each_subject
def test_a_draft_is_published_by_its_own_entry_only(subject: str) -> None:
    waiting = submitted(EVERY[subject](person()))
    publish = f"UPDATE {DRAFT} SET state = 'published', entry_id = %s WHERE id = %s"
    for whose, entry in entries_of_others(waiting).items():
        with refused("an entry of the log publishes the draft it came from|UNIQUE|unique"):
            sql(publish, entry.pk, waiting.pk)
        assert Draft.objects.get(pk=waiting.pk).state == "in_review", whose
    with refused("publishes the draft it came from|draft_published_by_an_entry"):
        sql(publish, None, waiting.pk)


def test_one_entry_publishes_one_draft() -> None:
    author = person()
    first, second = (submitted(EVERY["status"](author)) for _ in range(2))
    entry = drafts.approve(first, by=person("reviewer"), read=fingerprint(first), at=AT)
    with refused("(?i)unique"):
        sql(f"UPDATE {DRAFT} SET state = 'published', entry_id = %s WHERE id = %s", entry.pk, second.pk)


def test_an_entry_of_no_published_draft_is_nobodys() -> None:
    for state in ("draft", "in_review", "returned", "withdrawn"):
        draft = brought_to(state, status_draft(person()), person("reviewer"))
        entry = LedgerEntry.objects.latest("seq")
        with refused("draft_published_by_an_entry|no such way"):
            sql(f"UPDATE {DRAFT} SET entry_id = %s WHERE id = %s", entry.pk, draft.pk)


# --- the public rows of the desk ------------------------------------------------------------


def sealed_row(subject: str) -> Any:
    approved(EVERY[subject](person()))
    return SEALED[subject].objects.latest("pk")


@each_sealed
def test_a_reply_and_a_figure_never_change(subject: str) -> None:
    row = sealed_row(subject)
    table, before = row._meta.db_table, row._meta.model.objects.filter(pk=row.pk).values().get()
    for field in row._meta.concrete_fields:
        with refused("never changes"):
            sql(f'UPDATE {table} SET "{field.column}" = "{field.column}" WHERE id = %s', row.pk)
    with refused("never changes"):
        sql(f"DELETE FROM {table} WHERE id = %s", row.pk)
    if connection.vendor == "sqlite":
        whole = f"id, {copied(row)}"
        with refused("never changes"):
            sql(f"REPLACE INTO {table} ({whole}) SELECT {whole} FROM {table}")
    assert row._meta.model.objects.filter(pk=row.pk).values().get() == before


def typed_in(row: Any, at: Any = None, public_id: str = "", **columns: Any) -> None:
    """Write a second row like `row` by SQL, under a new entry of the log, with other values in some columns."""
    table = row._meta.db_table
    with transaction.atomic():
        turn = Publication.begin(AT)
        number = turn.record(LedgerKind.POINT, public_id or f"{row.public_id[0]}{turn.next}", {})
        turn.flush()
        values = {"seq": number, "published_at": clock(at or turn.at), **columns}
        literals = {name: "NULL" if value is None else f"'{value}'" for name, value in values.items()}
        sql(f"INSERT INTO {table} ({copied(row)}) SELECT {copied(row, **literals)} FROM {table} WHERE id = %s", row.pk)


def test_what_a_published_figure_rests_on_never_changes() -> None:
    item = evidence(public_at=None)
    table = item._meta.db_table
    approved(point_draft(person(), evidence=item))
    for statement in (f"UPDATE {table} SET publisher = 'Another' WHERE id = %s", f"DELETE FROM {table} WHERE id = %s"):
        with refused("a published figure rests on it"):
            sql(statement, item.pk)
    sql(f"UPDATE {table} SET link_state = 'dead' WHERE id = %s", item.pk)


@each_sealed
def test_a_reply_and_a_figure_are_by_two_people(subject: str) -> None:
    row = sealed_row(subject)
    typed_in(row)  # what follows is refused for its people alone
    somebody = person().pk
    for author, approver in ((None, None), (somebody, None), (None, somebody), (somebody, somebody)):
        with refused("_by_two_people|_by_release_or_by_two_people"):
            typed_in(row, author_id=author, approver_id=approver)


def test_a_figure_comes_with_a_release_or_from_two_people_never_both() -> None:
    row = sealed_row("point")
    typed_in(row, release="one", author_id=None, approver_id=None)
    with refused("point_by_release_or_by_two_people"):
        typed_in(row, release="one")


@each_sealed
def test_a_reply_and_a_figure_stand_in_the_log_under_their_time(subject: str) -> None:
    row, missing = sealed_row(subject), "stands in the public log, under its time"
    with refused(missing):
        typed_in(row, at=AT - timedelta(days=1))
    with refused(missing):
        typed_in(row, public_id="U1")
    with refused(missing):
        typed_in(row, seq=LedgerEntry.objects.latest("seq").seq + 100)
    with refused(missing):
        SEALED[subject].objects.bulk_create([_unlogged(row)])


def _unlogged(row: Any) -> Any:
    row.pk, row.seq, row._state.adding = None, LedgerEntry.objects.latest("seq").seq + 1, True
    return row


@each_way
@pytest.mark.parametrize("status", ["announced", "no_evidence", "sustained", "not_assessed"])
def test_reported_as_delivered_is_a_word_on_what_is_in_progress(publish: Way, status: str) -> None:
    place = factories.pledge()
    columns = {"reported_delivered": True} if publish is not published else {}
    wrong = update(place, status, reported_delivered=True, search=factories.search(place))
    with refused("update_reported_delivered_is_in_progress"):
        publish(wrong, [(evidence(), "supports")], **columns)
    right = update(place, "in_progress", reported_delivered=True)
    assert publish(right, [(evidence(), "supports")], **columns).reported_delivered


# --- searches -------------------------------------------------------------------------------


def test_a_search_on_which_a_published_update_rests_stands() -> None:
    place = factories.pledge()
    log, loose = factories.search(place), factories.search(place)
    drafted = submitted(factories.draft(place, person(), search=log, status="no_evidence"))
    sql(f"UPDATE {SearchLog._meta.db_table} SET queries = '[]' WHERE id = %s", log.pk)
    drafts.approve(drafted, by=person("reviewer"), read=fingerprint(drafted), at=AT)
    for column, value in (
        ("queries", "'[\"x\"]'"),
        ("searched_on", "'2026-02-02'"),
        ("by_id", "NULL"),
        ("id", "id + 9"),
    ):
        with refused("a published update rests on it"):
            sql(f"UPDATE {SearchLog._meta.db_table} SET {column} = {value} WHERE id = %s", log.pk)
    with refused("a published update rests on it"):
        sql(f"DELETE FROM {SearchLog._meta.db_table} WHERE id = %s", log.pk)
    sql(f"UPDATE {SearchLog._meta.db_table} SET queries = '[]' WHERE id = %s", loose.pk)
    sql(f"DELETE FROM {SearchLog._meta.db_table} WHERE id = %s", loose.pk)


@only_sqlite
def test_a_search_on_which_a_published_update_rests_is_not_replaced() -> None:
    log = factories.search(factories.pledge())
    published(update(factories.pledge(), "no_evidence", search=log))
    table, whole = SearchLog._meta.db_table, f"id, {copied(SearchLog)}"
    with refused("a published update rests on it"):
        sql(f"REPLACE INTO {table} ({whole}) SELECT {whole} FROM {table} WHERE id = %s", log.pk)


# --- conflicts of interest ------------------------------------------------------------------


def conflict(who: Any, n: int = 0) -> Conflict:
    return Conflict.objects.create(person=who, pledge=factories.pledge(n=n), reason="Near.", declared_at=AT)


TOO_CLOSE = "somebody with a conflict of interest neither writes nor approves here"


@each_way
@pytest.mark.parametrize("role", ["author", "approver"])
def test_no_update_by_somebody_too_close(publish: Way, role: str) -> None:
    names = by_two(person())
    declared = conflict(names[role])
    with refused(TOO_CLOSE):
        publish(update(factories.pledge(), "not_assessed", **names))
    assert publish(update(factories.pledge(n=1), "not_assessed", **names)).author == names["author"]
    people.end_conflict(declared, by=person("administrator"), at=AT)
    assert publish(update(factories.pledge(), "not_assessed", **names)).author == names["author"]


@pytest.mark.parametrize("role", ["author", "approver"])
@pytest.mark.parametrize("at_once", [True, False])
def test_no_coding_by_somebody_too_close(role: str, at_once: bool) -> None:
    names = by_two(person())
    del names["provisional"]
    conflict(names[role])
    version = {"version": 2, "trackability": "verifiable", **names}
    with refused(TOO_CLOSE):
        row = Coding.objects.create(pledge=factories.pledge(), published_at=AT if at_once else None, **version)
        sql(f"UPDATE {Coding._meta.db_table} SET published_at = %s WHERE id = %s", clock(AT), row.pk)
    assert Coding.objects.create(pledge=factories.pledge(n=1), published_at=AT, **version)


@pytest.mark.parametrize("role", ["author_id", "approver_id"])
def test_no_reply_by_somebody_too_close(role: str) -> None:
    row, near = sealed_row("reply"), person()
    conflict(near)
    with refused(TOO_CLOSE):
        typed_in(row, **{role: near.pk})
    typed_in(row, **{role: near.pk, "pledge_id": factories.pledge(n=1).pk})


@pytest.mark.parametrize("subject", ["status", "coding", "reply"])
def test_no_draft_by_somebody_too_close(subject: str) -> None:
    near = person()
    content = EVERY[subject](person())
    conflict(near)
    begin = f"INSERT INTO {DRAFT} ({copied(Draft)}) SELECT {copied(Draft, author_id=str(near.pk))} FROM {DRAFT} "
    with refused(TOO_CLOSE):
        sql(f"{begin} WHERE id = %s", content.pk)
    far = reply_draft(factories.pledge(n=1), person())
    sql(f"{begin} WHERE id = %s", far.pk)
    assert latest(far.about).version == 1


def test_a_figure_is_about_no_pledge_to_be_too_close_to() -> None:
    near = person()
    conflict(near)
    assert approved(point_draft(near, indicator=indicator(), note=words("As read."))).kind == "point"


# --- tables emptied at once -----------------------------------------------------------------


@only_postgresql
@pytest.mark.parametrize("model", [Draft, *CONTENT, Reply, DataPoint, SearchLog], ids=lambda m: m.__name__)
def test_truncate_empties_no_table_of_the_desk(model: Any) -> None:
    for make in EVERY.values():
        make(person())
    connection.check_constraints()  # TRUNCATE waits for no deferred constraint
    with refused("never truncated"):
        sql(f"TRUNCATE {model._meta.db_table} CASCADE")
