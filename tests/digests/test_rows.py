"""What the database itself holds about messages, whoever writes the rows."""

from typing import Any

import pytest

from commitments.models import Dispatch, DispatchState, Subscription
from tests.digests.rows import dispatch, subscribed
from tests.factories import AT, LATER, refused

pytestmark = pytest.mark.django_db


def test_from_one_cursor_goes_one_message() -> None:
    begun = subscribed()
    dispatch(begun)
    with refused("from_seq|dispatch_once_from_each_cursor"):
        dispatch(begun, due_at=f"{LATER} 12:00Z")


def test_at_one_due_time_goes_one_message_also_where_nothing_changed() -> None:
    begun = subscribed()
    dispatch(begun, from_seq=None)
    with refused("due_at|dispatch_once_when_due"):
        dispatch(begun, from_seq=None)
    dispatch(begun, from_seq=None, due_at=f"{LATER} 12:00Z")


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"from_seq": 1}, "dispatch_moves_the_cursor"),
        ({"state": DispatchState.SENT}, "dispatch_sent_at_a_time"),
        ({"state": DispatchState.SENDING, "owner": "worker"}, "dispatch_in_hand_has_an_owner"),
        ({"state": DispatchState.SENDING, "lease_until": AT}, "dispatch_in_hand_has_an_owner"),
        ({"state": "lost"}, "dispatch_state_known"),
    ],
)
def test_a_message_is_in_no_impossible_state(fields: dict[str, Any], rule: str) -> None:
    begun = subscribed()
    with refused(rule):
        dispatch(begun, **fields)
    assert not Dispatch.objects.exists()


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"hour": 24}, "subscription_hour_of_a_day"),
        ({"weekday": 0}, "subscription_day_of_a_week"),
        ({"weekday": 8}, "subscription_day_of_a_week"),
        ({"state": "asleep"}, "subscription_state_known"),
        ({"cadence": "yearly"}, "subscription_cadence_known"),
        ({"confirmed_at": None}, "subscription_runs_once_confirmed"),
        ({"address": ""}, "subscription_that_was_left_has_no_address"),
    ],
)
def test_a_subscription_is_in_no_impossible_state(fields: dict[str, Any], rule: str) -> None:
    begun = subscribed()
    with refused(rule):
        Subscription.objects.filter(pk=begun.pk).update(**fields)
