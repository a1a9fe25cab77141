"""The hash over the public log is that of RFC 6962, as another implementation computes it."""

import hashlib
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from commitments.models import LedgerEntry
from commitments.models.ledger import leaf_hash
from commitments.record import ledger
from tests import factories
from tests.factories import AT, published, two_good_items, update


def theirs(payloads: list[str]) -> str:
    tree = InmemoryTree(algorithm="sha256")
    for payload in payloads:
        tree.append_entry(payload.encode())
    return str(tree.get_root().hex())


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20), min_size=1, max_size=70))
def test_the_root_is_that_of_another_implementation(payloads: list[str]) -> None:
    assert ledger.merkle_root(map(leaf_hash, payloads)) == theirs(payloads)


def test_the_root_over_nothing_is_the_hash_of_nothing() -> None:
    assert ledger.merkle_root([]) == hashlib.sha256(b"").hexdigest()


@pytest.mark.django_db
def test_the_checkpoint_of_a_day_covers_its_entries_and_no_later_one() -> None:
    day = AT.date()
    before = ledger.checkpoint(on=day)
    published(update(factories.pledge(), "in_progress"), two_good_items(), at=AT + timedelta(days=3))
    assert ledger.checkpoint(on=day) == before
    now = ledger.checkpoint(on=day + timedelta(days=3))
    assert (now.size, now.at) == (before.size + 1, AT + timedelta(days=3))
    assert now.root == theirs(list(LedgerEntry.objects.order_by("seq").values_list("payload", flat=True)))
    assert now.root != before.root


@pytest.mark.django_db
def test_before_the_first_entry_there_is_an_empty_checkpoint() -> None:
    empty = ledger.checkpoint(on=date(2020, 1, 1))
    assert (empty.size, empty.at) == (0, None)
