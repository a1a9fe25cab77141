"""A clock that jumps ahead and is set right again: nobody hears twice, misses anything, or waits for a year."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from commitments.digests import claims, sending
from commitments.digests.compose import compose
from commitments.digests.schedule import LONGEST
from commitments.models import Cadence, Dispatch, Subscription
from tests import factories
from tests.digests.rows import subscribed
from tests.factories import AT, people, published, update

pytestmark = pytest.mark.django_db

BY_THE_CLOCK = [cadence for cadence in Cadence if cadence != Cadence.IMMEDIATE]


def happens(at: Any) -> int:
    return published(update(factories.pledge(), "not_assessed", **people()), at=at).seq or 0


def heard(reader: Subscription) -> list[int]:
    sent = Dispatch.objects.filter(subscription=reader).select_related("digest").order_by("pk")
    return [entry["seq"] for row in sent for entry in row.digest.entries]


@pytest.mark.parametrize("cadence", BY_THE_CLOCK)
@settings(max_examples=settings.default.max_examples // 8)
@given(jumps=st.lists(st.tuples(st.integers(1, 800), st.integers(1, 3)), min_size=1, max_size=3))
def test_after_jumps_ahead_nothing_is_told_twice_and_the_next_digest_is_not_put_off_for_long(
    cadence: Cadence, jumps: list[tuple[int, int]]
) -> None:
    with transaction.atomic():
        reader = subscribed(cadence=cadence, zone="America/Santiago")
        at, owed = AT, []
        for days, runs in jumps:
            owed.append(happens(at))
            for run in range(runs):
                compose(at=at + timedelta(days=days + run))
            at += timedelta(hours=5)
            compose(at=at)  # set right
            reader.refresh_from_db()
            assert reader.next_due is not None
            assert at < reader.next_due <= at + 2 * LONGEST[cadence]
        owed.append(happens(at))
        for _ in range(10):
            at += timedelta(days=95)
            compose(at=at)
        assert heard(reader) == owed
        transaction.set_rollback(True)


def test_a_lease_and_a_wait_that_a_fast_clock_gave_end_when_it_is_set_right() -> None:
    subscribed(address="one@example.org")
    subscribed(address="two@example.org")
    happens(AT)
    due = AT + timedelta(days=8)
    compose(at=due)
    ahead = due + timedelta(days=300)
    claimed = claims.claim("worker", at=ahead)
    assert claims.fence(claimed[:1], at=ahead) == {claimed[0].pk}
    assert claims.release(at=due) == 2
    assert {row.state for row in Dispatch.objects.all()} == {"uncertain", "pending"}
    sending._later(claims.claim("worker", at=ahead)[0], at=ahead, said="451")
    claims.release(at=due)
    assert claims.waiting(at=due).count() == 1
