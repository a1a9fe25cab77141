"""Composing digests for many subscribers in many scopes. Floor: writing the same rows, made in advance, in bulk.

.venv/bin/python -m bench.compose --subscribers 100000 --scopes 500
"""

import argparse
import os
import resource
import time
from datetime import timedelta
from itertools import combinations, count
from random import Random
from typing import Any

from bench.throwaway import database


def subscribe(number: int, scopes: int, at: Any) -> None:
    """Make confirmed subscriptions that are due, spread over the scopes and four languages."""
    from commitments.digests import addresses
    from commitments.digests.scope import Scope
    from commitments.models import Change, Subscription, Theme
    from commitments.record import changes, published

    places = [f"section:{section}" for section in published.sections() if section.kind != "project"]
    follows = [*places, *(f"theme:{theme.slug}" for theme in Theme.objects.all())]
    chosen = [
        Scope(frozenset(pair), frozenset(Change)) for pair in Random(1).sample(list(combinations(follows, 2)), scopes)
    ]
    stored = [(scope.stored(), scope.key) for scope in chosen]
    head = changes.head()
    for first in range(0, number, 10_000):
        Subscription.objects.bulk_create(
            Subscription(
                address=f"reader{n}@example.org",
                address_key=addresses.key_of(f"reader{n}@example.org"),
                nonce=f"{n:022d}",
                state="active",
                language=("en", "zh-hans", "es", "pt-br")[n // scopes % 4],
                cadence="weekly",
                scope=stored[n % scopes][0],
                scope_key=stored[n % scopes][1],
                sent_through=head,
                next_due=at,
                created_at=at,
                confirmed_at=at,
            )
            for n in range(first, min(number, first + 10_000))
        )


def publish(number: int) -> None:
    """Let as many statuses become public, spread over the pledges."""
    from commitments.models import Pledge
    from tests import factories

    factories._numbers = count(1)
    people = factories.people()
    verifiable = Pledge.objects.filter(codings__trackability="verifiable")
    pledges = list(verifiable.order_by("code").distinct())
    for n in range(number):
        pledge = pledges[n * 7 % len(pledges)]
        factories.published(factories.update(pledge, "in_progress", **people), factories.two_good_items())


def in_a_child(work: Any) -> tuple[float, float]:
    """Run something in a process of its own; return seconds and its peak memory in MB."""
    begun = time.monotonic()
    if (child := os.fork()) == 0:
        from django.db import connection

        connection.close()
        work()
        os._exit(0)
    _, status, used = os.wait4(child, 0)
    if status:
        raise SystemExit(f"the work failed: {status}")
    return time.monotonic() - begun, used.ru_maxrss / 1024


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subscribers", type=int, default=100_000)
    parser.add_argument("--scopes", type=int, default=500)
    parser.add_argument("--changes", type=int, default=200)
    asked = parser.parse_args()
    with database():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        from commitments.digests.compose import compose
        from commitments.models import Digest, Dispatch, Subscription
        from tests.factories import AT

        subscribe(asked.subscribers, asked.scopes, AT)
        publish(asked.changes)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        connection.close()
        took, memory = in_a_child(lambda: compose(at=AT + timedelta(days=1)))
        made, digests = Dispatch.objects.count(), Digest.objects.count()

        rows = [{f.attname: getattr(row, f.attname) for f in Dispatch._meta.fields} for row in Dispatch.objects.all()]
        Dispatch.objects.all().delete()
        begun = time.monotonic()
        for first in range(0, len(rows), 500):
            Dispatch.objects.bulk_create(Dispatch(**row) for row in rows[first : first + 500])
        floor = time.monotonic() - begun

        Dispatch.objects.all().delete()
        Digest.objects.all().delete()
        Subscription.objects.filter(pk__gt=2000).delete()
        Subscription.objects.update(next_due=AT, sent_through=1)
        with CaptureQueriesContext(connection) as small:
            compose(at=AT + timedelta(days=1))
    print(f"subscribers {asked.subscribers}, scopes {asked.scopes}, changes {asked.changes}")
    print(f"{'composing':<34}{took:8.1f} s   {memory:6.0f} MB peak ({before:.0f} MB before)")
    print(f"{'floor: the same rows, bulk insert':<34}{floor:8.1f} s   ratio {took / floor:.2f}")
    print(f"{made} messages, {digests} digests; queries for 2,000 of them: {len(small)}")


if __name__ == "__main__":
    main()
