"""Asking, confirming, changing, pausing and leaving: nothing is told twice, nothing is passed over."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from commitments.digests import addresses, subscriptions
from commitments.models import Subscription
from commitments.record.changes import head
from tests import factories
from tests.digests.rows import subscribed, wish
from tests.factories import AT, people, published, refused, update

pytestmark = pytest.mark.django_db


def happens(n: int = 0) -> int:
    """Let something become public; return its number."""
    return published(update(factories.pledge(n=n), "not_assessed", **people())).seq or 0


def test_asking_is_one_row_that_runs_only_once_confirmed() -> None:
    asked = subscriptions.ask(" Reader@Example.org ", wish("theme:oceans"), at=AT)
    assert (asked.state, asked.address, asked.confirmed_at, asked.next_due) == (
        "pending",
        "Reader@example.org",
        None,
        None,
    )
    assert asked.address_key == addresses.key_of("reader@example.org")
    begun = subscriptions.confirm(asked, at=AT)
    assert (begun.pk, begun.state, begun.confirmed_at) == (asked.pk, "active", AT)


def test_a_subscription_begins_with_what_happens_after_it_was_confirmed() -> None:
    seen = happens()
    assert subscribed().sent_through == head() == seen


def test_it_is_due_at_the_next_hour_of_its_own_clock() -> None:
    begun = subscribed(at=datetime(2026, 11, 25, 12, tzinfo=UTC))
    assert begun.next_due == datetime(2026, 11, 30, 11, tzinfo=UTC)


def test_confirming_twice_changes_nothing() -> None:
    begun = subscribed()
    happens()
    again = subscriptions.confirm(begun, at=AT + timedelta(days=1))
    assert (again.sent_through, again.confirmed_at) == (begun.sent_through, begun.confirmed_at)


def test_following_more_at_the_same_cadence_is_one_digest_and_passes_nothing_over() -> None:
    first = subscribed("theme:oceans")
    old, cursor = first.scope, first.sent_through
    seen = happens()
    both = subscribed("pledge:SPC-3.2", address="READER@example.org")
    assert both.pk == first.pk
    assert both.scope["follows"] == ["pledge:SPC-3.2", "theme:oceans"]
    assert (both.earlier, both.sent_through) == ([[cursor, seen, old]], seen)
    assert Subscription.objects.count() == 1


def test_another_cadence_is_a_subscription_of_its_own() -> None:
    assert subscribed().pk != subscribed(cadence="monthly").pk


def test_a_change_of_scope_closes_the_range_of_the_old_one_each_time() -> None:
    begun = subscribed("theme:oceans")
    start, ranges = begun.sent_through, []
    for n, follow in enumerate(["theme:climate", "pledge:SPC-3.2"]):
        ranges.append([start, start + 1, begun.scope])
        start = happens(n)
        begun = subscriptions.change(begun, wish(follow), at=AT)
    assert begun.earlier == ranges
    assert begun.sent_through == start
    same = subscriptions.change(begun, wish("pledge:SPC-3.2", hour=20), at=AT)
    assert (same.earlier, same.hour) == (ranges, 20)


def test_two_digests_of_one_cadence_are_refused_by_name_and_by_the_database() -> None:
    weekly, monthly = subscribed(), subscribed(cadence="monthly")
    with pytest.raises(subscriptions.ClashError, match="already: every week"):
        subscriptions.change(monthly, wish(cadence="weekly"), at=AT)
    with refused("subscription_one_per_address_and_cadence|address_key"):
        Subscription.objects.filter(pk=monthly.pk).update(cadence="weekly")
    assert Subscription.objects.get(pk=weekly.pk).cadence == "weekly"


def test_a_pause_keeps_the_cursor_and_goes_on_from_the_next_time() -> None:
    begun = subscribed()
    paused = subscriptions.pause(begun)
    assert (paused.state, paused.next_due) == ("paused", None)
    happens()
    again = subscriptions.go_on(paused, at=datetime(2027, 1, 5, 12, tzinfo=UTC))
    assert (again.sent_through, again.next_due) == (begun.sent_through, datetime(2027, 1, 11, 11, tzinfo=UTC))


def test_leaving_deletes_the_address_and_keeps_its_hash() -> None:
    begun = subscribed()
    gone = subscriptions.leave(begun, at=AT)
    assert (gone.state, gone.address, gone.next_due, gone.left_at) == ("left", "", None, AT)
    assert gone.address_key == addresses.key_of("reader@example.org")
    assert subscriptions.leave(gone, at=AT + timedelta(days=1)).left_at == AT
    assert subscriptions.go_on(gone, at=AT).state == "left"
    assert subscribed().pk != begun.pk  # whoever left may come back


def test_the_database_keeps_no_address_of_who_left() -> None:
    begun = subscribed()
    with pytest.raises(IntegrityError, match="has_no_address"), transaction.atomic():
        Subscription.objects.filter(pk=begun.pk).update(state="left", left_at=AT, next_due=None)


# --- addresses and links --------------------------------------------------------------------


def test_a_link_leads_to_its_subscription_only() -> None:
    one, other = subscribed(), subscribed(address="other@example.org")
    token = addresses.token_of(one)
    assert addresses.by_token(token) == one
    assert addresses.token_of(other) != token
    forged = f"{other.pk}.{token.partition('.')[2]}"
    assert addresses.by_token(forged) is None
    for wrong in ("", "1", token[:-1], token.replace(".", ":", 1), "9" * 500, "\x00"):
        assert addresses.by_token(wrong) is None
    assert addresses.by_confirmation(token) is None


def test_the_link_of_a_confirmation_is_good_for_a_week() -> None:
    with time_machine.travel(AT, tick=False) as clock:
        asked = subscriptions.ask("reader@example.org", wish(), at=AT)
        token = addresses.confirmation_of(asked)
        assert addresses.by_confirmation(token) == asked
        clock.shift(addresses.CONFIRM_WITHIN + 1)
        assert addresses.by_confirmation(token) is None


def test_an_address_is_masked_so_that_its_owner_knows_it() -> None:
    assert addresses.masked("reader@example.org") == "r•••@example.org"
