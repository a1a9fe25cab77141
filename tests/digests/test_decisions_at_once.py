"""Two people at their desks, each with a connection of their own, decide about one message at one moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from commitments.digests import subscriptions
from commitments.digests.decisions import count_as_sent, send_again
from commitments.models import Audit, Decision, Dispatch, Subscription
from commitments.refusals import RefusedError
from tests.digests.rows import dispatch, subscribed
from tests.factories import AT, only_postgresql, person

pytestmark = [only_postgresql, pytest.mark.django_db(transaction=True)]

ROUNDS = 30
SAID: dict[str, Any] = {"why": "Not in the log.", "at": AT}


def at_once(*acts: Callable[[], Any]) -> list[bool]:
    """Do everything at one moment; tell of each whether it was done."""
    start = Barrier(len(acts))

    def act(what: Callable[[], Any]) -> bool:
        try:
            start.wait(5)
            what()
        except RefusedError:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(act, acts))


def parked(n: int) -> Dispatch:
    address = f"reader{n}@example.org"
    return dispatch(subscribed(address=address), state="parked", merge={"address": address, "token": "t"})


def test_two_people_at_once_decide_once() -> None:
    ada, eva = person("administrator"), person("administrator")
    for n in range(ROUNDS):
        one = parked(n)
        done = at_once(
            lambda one=one: send_again(one, by=ada, **SAID),  # type: ignore[misc]
            lambda one=one: count_as_sent(one, by=eva, **SAID),  # type: ignore[misc]
        )
        assert sorted(done) == [False, True]
        assert Decision.objects.filter(dispatch=one).count() == 1
    assert Audit.objects.count() == ROUNDS


def test_who_leaves_at_that_moment_gets_nothing() -> None:
    ada = person("administrator")
    for n in range(ROUNDS):
        one = parked(n)
        reader = Subscription.objects.get(pk=one.subscription_id)
        at_once(
            lambda one=one: send_again(one, by=ada, **SAID),  # type: ignore[misc]
            lambda reader=reader: subscriptions.leave(reader, at=AT),  # type: ignore[misc]
        )
        one.refresh_from_db()
        assert (one.state, one.merge) == ("stopped", {})
