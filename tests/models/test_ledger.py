"""The public log: numbers without a gap, time that never runs back, and entries that anyone can recompute."""

import hashlib
import json
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from commitments.catalogue.schema import Catalogue
from commitments.models import (
    ImmutableRowError,
    LedgerEntry,
    LedgerHead,
    LedgerKind,
    LedgerSalt,
    Proposal,
    Publication,
    StatusUpdate,
    publish_updates,
    triggers,
)
from tests.factories import (
    AT,
    evidence,
    only_postgresql,
    only_sqlite,
    people,
    pledge,
    published,
    refused,
    sql,
    update,
    words,
)

LEDGER = LedgerEntry._meta.db_table
SECOND = timedelta(seconds=1)


def newest() -> LedgerEntry:
    return LedgerEntry.objects.latest("seq")


def entry(seq: int, at: datetime) -> LedgerEntry:
    return LedgerEntry(seq=seq, kind="status", public_id=f"U{seq}", payload="{}", leaf="0" * 64, published_at=at)


def whole_log() -> list[Any]:
    return [list(model.objects.order_by("pk").values_list()) for model in (LedgerEntry, LedgerSalt, LedgerHead)]


def as_hashed(value: Any) -> bytes:
    """Return canonical JSON in UTF-8, written anew: sorted keys, no blanks, NFC."""
    dumped = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return unicodedata.normalize("NFC", dumped).encode()


def vouches_for(entry: LedgerEntry, content: Any) -> bool:
    salt = bytes.fromhex(entry.salt.salt)
    return json.loads(entry.payload)["content"] == hashlib.sha256(salt + as_hashed(content)).hexdigest()


@pytest.mark.django_db
def test_numbers_run_from_one_without_a_gap_and_the_head_repeats_the_newest() -> None:
    published(update(pledge(), "not_assessed"))
    numbers = list(LedgerEntry.objects.values_list("seq", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    head = LedgerHead.objects.get()
    assert (head.seq, head.published_at) == (newest().seq, newest().published_at) == (numbers[-1], AT)


@pytest.mark.django_db
@pytest.mark.parametrize("step", [-1, 0, 2, 1000])
def test_an_entry_out_of_number_is_refused(step: int) -> None:
    last = newest()
    with refused("numbers have no gap"):
        entry(last.seq + step, AT).save()
    with refused("numbers have no gap"):
        LedgerEntry.objects.bulk_create([entry(last.seq + 1, AT), entry(last.seq + 1 + step, AT)])
    entry(last.seq + 1, AT).save()


@pytest.mark.django_db
def test_time_never_runs_back() -> None:
    entry(newest().seq + 1, AT).save()
    with refused("time never runs back"):
        entry(newest().seq + 1, AT - timedelta(microseconds=1)).save()
    with refused("time never runs back"):
        entry(newest().seq + 1, AT.replace(microsecond=0) - SECOND).save()
    entry(newest().seq + 1, AT).save()
    entry(newest().seq + 1, AT + timedelta(microseconds=1)).save()
    with refused("time never runs back"):
        entry(newest().seq + 1, AT).save()


@pytest.mark.django_db
def test_a_log_begins_with_one() -> None:
    with triggers.lifted(connection):
        LedgerSalt.objects.all().delete()
        sql(f"DELETE FROM {LEDGER}")
    for seq in (0, 2):
        with refused("numbers have no gap"):
            entry(seq, AT).save()
    entry(1, AT).save()


@pytest.mark.django_db
def test_no_entry_is_changed_or_deleted() -> None:
    last = newest()
    before = whole_log()
    last.public_id = "U1"
    with pytest.raises(ImmutableRowError):
        last.save()
    with pytest.raises(ImmutableRowError):
        last.delete()
    with refused("never changes"):
        LedgerEntry.objects.filter(pk=last.pk).update(kind="withdrawal")
    for column in ("seq = seq + 1", "payload = '{}'", "leaf = ''", "published_at = published_at", "public_id = 'x'"):
        with refused("never changes"):
            sql(f"UPDATE {LEDGER} SET {column} WHERE id = %s", last.pk)
    with refused("never changes"):
        sql(f"DELETE FROM {LEDGER} WHERE id = %s", last.pk)
    assert whole_log() == before


@pytest.mark.django_db
def test_an_erased_salt_leaves_its_entry() -> None:
    last = newest()
    last.salt.delete()
    assert LedgerEntry.objects.get(pk=last.pk).leaf == last.leaf
    with refused("never changes"):
        sql(f"DELETE FROM {LEDGER} WHERE id = %s", last.pk)


@only_sqlite
@pytest.mark.django_db
def test_replace_overwrites_no_entry() -> None:
    columns = [field.column for field in LedgerEntry._meta.concrete_fields]
    before = whole_log()
    for changes in ({"leaf": "'0'"}, {"id": "id + 1000", "leaf": "'0'"}, {"seq": "seq + 1"}):
        values = ", ".join(changes.get(column, column) for column in columns)
        with refused("never changes|no gap"):
            sql(
                f"REPLACE INTO {LEDGER} ({', '.join(columns)}) SELECT {values} FROM {LEDGER} ORDER BY seq DESC LIMIT 1"
            )
    assert whole_log() == before


@only_postgresql
@pytest.mark.django_db
def test_truncate_does_not_empty_the_log() -> None:
    with refused("never truncated"):
        sql(f"TRUNCATE {LEDGER} CASCADE")


@pytest.mark.django_db
def test_every_entry_is_canonical_and_its_leaf_can_be_recomputed() -> None:
    published(update(pledge(), "announced", summary=words("Cafe\u0301 — 承诺")), [(evidence(), "supports")])
    entries = list(LedgerEntry.objects.all())
    assert len({entry.leaf for entry in entries}) == len(entries) > 300
    for row in entries:
        read = json.loads(row.payload)
        assert row.payload.encode() == as_hashed(read)
        assert hashlib.sha256(b"\x00" + row.payload.encode()).hexdigest() == row.leaf
        at = datetime.strptime(read["at"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        assert (read["seq"], read["kind"], read["id"], at) == (row.seq, row.kind, row.public_id, row.published_at)
        assert set(read) == {"at", "content", "id", "kind", "seq"}


@pytest.mark.django_db
def test_the_content_of_an_update_recomputes_from_its_salt() -> None:
    first = published(update(pledge(), "not_assessed"))
    item, context = evidence(), evidence()
    fields = {"summary": words("Cafe\u0301"), "kind": "correction", "corrects": first, "reported_delivered": True}
    row = published(update(pledge(), "in_progress", **fields, **people()), [(item, "supports"), (context, "context")])
    content = {
        "corrects": f"U{first.seq}",
        "effective_on": "2026-01-15",
        "evidence": [
            {"bearing": "supports", "id": item.public_id},
            {"bearing": "context", "id": context.public_id},
        ],
        "grade": "D",
        "pledge": pledge().code,
        "provisional": False,
        "reasoning": words("Because."),
        "reported_delivered": True,
        "status": "in_progress",
        "summary": words("Café"),
    }
    logged = LedgerEntry.objects.get(seq=row.seq)
    assert (logged.kind, logged.public_id) == ("correction", row.public_id)
    assert vouches_for(logged, content)
    for name in content:
        assert not vouches_for(logged, content | {name: "something else"})


@pytest.mark.django_db
def test_the_content_of_every_coding_recomputes_from_the_catalogue(catalogue: Catalogue) -> None:
    pledges = [entry for folder in catalogue.documents for entry in folder.pledges]
    logged = {row.public_id: row for row in LedgerEntry.objects.filter(kind="coding").select_related("salt")}
    assert set(logged) == {f"{entry.code}/v1" for entry in pledges}
    assert all(vouches_for(logged[f"{e.code}/v1"], e.coding.model_dump(mode="json")) for e in pledges)


@pytest.mark.django_db
def test_every_entry_has_a_salt_of_its_own() -> None:
    salts = list(LedgerSalt.objects.values_list("salt", flat=True))
    assert len(set(salts)) == len(salts) == LedgerEntry.objects.count()
    assert {len(bytes.fromhex(salt)) for salt in salts} == {32}


@pytest.mark.django_db
def test_each_kind_of_update_stands_under_its_own() -> None:
    first = published(update(pledge(), "not_assessed"))
    second = published(update(pledge(), "not_assessed", **people()))
    third = published(update(pledge(), "not_assessed", kind="correction", corrects=first))
    fourth = published(update(pledge(), "not_assessed", kind="withdrawal", corrects=second))
    logged = dict(LedgerEntry.objects.values_list("public_id", "kind"))
    kinds = [logged[row.public_id] for row in (first, second, third, fourth)]
    assert kinds == ["provisional", "status", "correction", "withdrawal"]


def test_the_log_is_only_written_inside_a_transaction(django_db_setup: None, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        assert not connection.in_atomic_block
        before = whole_log()
        with pytest.raises(transaction.TransactionManagementError, match="only written inside a transaction"):
            Publication.begin(AT)
        assert whole_log() == before


@pytest.mark.django_db
def test_a_turn_never_lies_before_the_head() -> None:
    published(update(pledge(), "not_assessed"), at=AT)
    row = published(update(pledge(), "announced"), [(evidence(), "supports")], at=AT - timedelta(days=400))
    assert row.published_at == newest().published_at == LedgerHead.objects.get().published_at == AT
    assert json.loads(newest().payload)["at"] == "2026-11-22T00:00:00.000000Z"
    late = published(update(pledge(), "not_assessed"), at=AT + SECOND)
    assert late.published_at == newest().published_at == AT + SECOND


@pytest.mark.django_db
def test_updates_of_one_turn_are_numbered_in_the_order_given() -> None:
    first = newest().seq
    places = [pledge(n=n) for n in (3, 1, 2)]
    with transaction.atomic():
        turn = Publication.begin(AT)
        publish_updates(turn, [Proposal(update(place, "not_assessed")) for place in places])
        assert turn.record(LedgerKind.STATUS, "x", {}) == first + 4
        transaction.set_rollback(True)
    for place in places:
        published(update(place, "not_assessed"))
    made = StatusUpdate.objects.filter(seq__gt=first).order_by("seq")
    assert list(made.values_list("seq", "pledge__code")) == [(first + n, p.code) for n, p in enumerate(places, 1)]


@pytest.mark.django_db
def test_a_turn_that_is_rolled_back_leaves_no_trace_and_no_gap() -> None:
    before, updates = whole_log(), StatusUpdate.objects.count()
    with transaction.atomic():
        publish_updates(Publication.begin(AT), [Proposal(update(pledge(), "not_assessed"))])
        assert whole_log() != before
        transaction.set_rollback(True)
    assert (whole_log(), StatusUpdate.objects.count()) == (before, updates)
    good, bad = Proposal(update(pledge(), "not_assessed")), Proposal(update(pledge(n=1), "announced"))
    with refused("needs at least one item"):
        publish_updates(Publication.begin(AT), [good, bad])
    assert (whole_log(), StatusUpdate.objects.count()) == (before, updates)
    assert published(update(pledge(), "not_assessed")).seq == before[2][0][1] + 1


@pytest.mark.django_db
def test_a_head_set_back_by_hand_gives_out_no_number_twice() -> None:
    published(update(pledge(), "not_assessed"))
    sql(f"UPDATE {LedgerHead._meta.db_table} SET seq = seq - 1")
    with refused("numbers have no gap|UNIQUE|unique"):
        published(update(pledge(), "not_assessed"))


@pytest.mark.django_db
def test_there_is_one_head() -> None:
    with refused("ledger_one_head"):
        LedgerHead.objects.create(pk=2)
