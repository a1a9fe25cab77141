"""Reconcilers, workers, people and readers at one moment, each with a connection of their own: one settles it."""

from typing import Any

import pytest

from commitments.digests import reconcile, subscriptions
from commitments.digests.decisions import count_as_sent, send_again
from commitments.models import Attempt, Decision, Dispatch, Finding, Subscription
from tests.digests import returned
from tests.digests.rows import subscribed
from tests.digests.test_decisions_at_once import ROUNDS, at_once
from tests.digests.truth import COUNTS, TAKEN, Truth, heard, sent_at
from tests.factories import only_postgresql, person

pytestmark = [only_postgresql, pytest.mark.django_db(transaction=True)]

SAID: dict[str, Any] = {"why": "Not in the log.", "at": COUNTS}


@pytest.fixture
def truth() -> Truth:
    """A source that shows what was certainly sent, and nothing else."""
    truth = Truth()
    truth.take(sent_at(returned.sent(subscribed(address="control@example.org"), 1), TAKEN))
    return truth


def uncertain(n: int) -> Dispatch:
    address = f"reader{n}@example.org"
    merge = {"address": address, "token": "t"}
    own = {"owner": f"worker {n}", "attempt": 1, "next_try": COUNTS, "merge": merge}
    return returned.sent(subscribed(address=address), 0, "uncertain", **own)


def settle(truth: Truth, one: Dispatch) -> Any:
    return lambda: reconcile.reconcile(clock=lambda: COUNTS, source=truth, only=one)


def test_reconcilers_at_once_send_it_again_once(truth: Truth) -> None:
    for n in range(ROUNDS):
        one = uncertain(n)
        assert at_once(*[settle(truth, one)] * 3) == [True] * 3
        one.refresh_from_db()
        assert (one.state, one.perhaps_twice, one.findings.count()) == ("pending", True, 1)


def test_a_person_and_a_reconciler_at_once_settle_it_once(truth: Truth) -> None:
    chief = person("administrator")
    for n in range(ROUNDS):
        one = uncertain(n)
        decide = (send_again, count_as_sent)[n % 2]
        at_once(settle(truth, one), lambda one=one, decide=decide: decide(one, by=chief, **SAID))  # type: ignore[misc]
        one.refresh_from_db()
        decided, found = Decision.objects.filter(dispatch=one).count(), Finding.objects.filter(dispatch=one).count()
        assert decided + found == 1
        assert one.state == ("sent" if decided and n % 2 else "pending")


def test_a_late_worker_and_a_reconciler_at_once(truth: Truth) -> None:
    for n in range(ROUNDS):
        one = uncertain(n)
        late = Dispatch.objects.get(pk=one.pk)
        assert at_once(settle(truth, one), lambda late=late: heard(late, at=COUNTS)) == [True, True]  # type: ignore[misc]
        one.refresh_from_db()
        again = one.findings.exists()
        assert (one.state, one.perhaps_twice) == (("pending", True) if again else ("sent", False))
        assert Attempt.objects.filter(dispatch=one).count() == 1


def test_who_leaves_at_that_moment_gets_nothing_again(truth: Truth) -> None:
    for n in range(ROUNDS):
        one = uncertain(n)
        reader = Subscription.objects.get(pk=one.subscription_id)
        at_once(settle(truth, one), lambda reader=reader: subscriptions.leave(reader, at=COUNTS))  # type: ignore[misc]
        one.refresh_from_db()
        assert (one.state, one.merge) == ("stopped", {})
