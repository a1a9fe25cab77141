"""Suppression: what ends, when an address counts as dead, and that nothing but its hash is needed."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from commitments.digests import subscriptions, suppression
from commitments.digests.addresses import key_of
from commitments.models import Dispatch, Subscription, Suppression, SuppressionReason
from tests.digests.returned import READER, sent
from tests.digests.rows import subscribed, wish
from tests.factories import AT

pytestmark = pytest.mark.django_db

KEY = key_of(READER)
LATER = AT + timedelta(days=9)
BOUNCED, COMPLAINED, BY_HAND = SuppressionReason.BOUNCED, SuppressionReason.COMPLAINED, SuppressionReason.BY_HAND


def refused(subscription: Subscription, n: int, status: str) -> bool:
    return suppression.after_refusal(sent(subscription, n, state="failed"), status=status, at=AT)


def test_suppressing_ends_all_that_an_address_follows_and_has_asked_for() -> None:
    weekly, monthly = subscribed(), subscribed(cadence="monthly")
    paused = subscriptions.pause(subscribed(cadence="daily"))
    asked = subscriptions.ask(" READER@example.org", wish(cadence="quarterly"), at=AT)
    other = subscribed(address="other@example.org")
    waits = sent(weekly, state="pending")
    suppression.suppress(KEY, BOUNCED, at=LATER)
    for row in (weekly, monthly, paused, asked):
        row.refresh_from_db()
        assert (row.state, row.address, row.left_at) == ("left", "", LATER)
    other.refresh_from_db()
    assert other.state == "active"
    waits.refresh_from_db()
    assert (waits.state, waits.merge) == ("stopped", {})  # as after leaving


def test_suppressing_twice_is_once_and_keeps_the_first_time() -> None:
    suppression.suppress(KEY, BOUNCED, at=AT)
    suppression.suppress(KEY, BOUNCED, at=LATER)
    row = Suppression.objects.get()
    assert (row.address_key, row.reason, row.at) == (KEY, "bounced", AT)


@pytest.mark.parametrize(
    ("first", "second", "stands"),
    [
        (BOUNCED, COMPLAINED, COMPLAINED),
        (COMPLAINED, BOUNCED, COMPLAINED),
        (BOUNCED, BY_HAND, BY_HAND),
        (BY_HAND, BOUNCED, BY_HAND),
        (BY_HAND, COMPLAINED, COMPLAINED),
        (COMPLAINED, BY_HAND, COMPLAINED),
    ],
)
def test_a_complaint_outranks_a_bounce_whichever_comes_first(
    first: SuppressionReason, second: SuppressionReason, stands: SuppressionReason
) -> None:
    suppression.suppress(KEY, first, at=AT)
    suppression.suppress(KEY, second, at=LATER)
    row = Suppression.objects.get()
    assert (row.reason, row.at) == (stands, LATER if stands == second else AT)


def test_who_is_suppressed_is_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for n in range(3):
        suppression.suppress(key_of(f"r{n}@example.org"), BOUNCED, at=AT)
    keys = [key_of(f"r{n}@example.org") for n in range(1, 9)]
    with django_assert_num_queries(1):
        assert suppression.suppressed(iter(keys * 2)) == set(keys[:2])
    assert suppression.suppressed([]) == set()


@pytest.mark.parametrize("status", ["5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"])
def test_an_address_that_does_not_exist_is_suppressed_at_once(status: str) -> None:
    assert refused(subscribed(), 0, status)
    assert Suppression.objects.get().reason == "bounced"


@pytest.mark.parametrize(
    "status", ["", "5.2.2", "5.2.0", "5.7.1", "5.0.0", "4.4.7", "4.1.1", "5.1.7", "5.1.8", "5.11.1"]
)
def test_anything_else_only_when_three_in_a_row_were_refused(status: str) -> None:
    reader = subscribed()
    assert not refused(reader, 0, status)
    assert not refused(reader, 1, status)
    assert not Suppression.objects.exists()
    assert refused(reader, 2, status)
    assert Suppression.objects.get().address_key == KEY


def test_one_that_was_sent_between_begins_the_count_anew() -> None:
    reader = subscribed()
    said = [refused(reader, n, "5.2.2") for n in (0, 1)]
    sent(reader, 2)
    said += [refused(reader, n, "5.2.2") for n in (3, 4)]
    assert not any(said)
    assert refused(reader, 5, "5.2.2")


def test_messages_whose_fate_is_open_neither_count_nor_break_the_row() -> None:
    reader = subscribed()
    for n, state in enumerate(["failed", "uncertain", "failed", "parked", "stopped", "pending"]):
        sent(reader, n, state=state)
    assert refused(reader, 9, "")


def test_all_subscriptions_of_an_address_count_together_and_no_others() -> None:
    weekly, monthly, other = subscribed(), subscribed(cadence="monthly"), subscribed(address="other@example.org")
    assert not refused(weekly, 0, "")
    assert not refused(monthly, 1, "")
    sent(other, 2)
    assert not refused(other, 3, "")
    assert refused(weekly, 4, "")
    other.refresh_from_db()
    assert other.state == "active"


def test_judging_costs_the_same_however_much_was_sent(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    reader = subscribed()
    for n in range(30):
        sent(reader, n)
    failed = Dispatch.objects.select_related("subscription").get(pk=sent(reader, 30, state="failed").pk)
    with django_assert_num_queries(1):
        suppression.after_refusal(failed, status="5.2.2", at=AT)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("sent", "failed"),
        ("uncertain", "failed"),
        ("pending", "pending"),
        ("parked", "parked"),
        ("stopped", "stopped"),
    ],
)
def test_a_message_that_comes_back_was_handed_over_and_counts_as_refused(before: str, after: str) -> None:
    message = sent(subscribed(), state=before)
    assert not suppression.bounced(message, status="5.2.2", at=AT)
    message.refresh_from_db()
    assert message.state == after
    assert message.error == ("It came back: 5.2.2." if after == "failed" else "")


@pytest.mark.parametrize(("stage", "after"), [("claimed", "sending"), ("dot", "failed")])
def test_a_message_can_come_back_before_its_worker_has_written_that_it_is_sent(stage: str, after: str) -> None:
    message = sent(subscribed(), state="sending", stage=stage, owner="worker", lease_until=LATER)
    suppression.bounced(message, status="", at=AT)
    message.refresh_from_db()
    assert message.state == after
