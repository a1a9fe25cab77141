"""Composing: everybody who is due gets what they follow, once, in one message, whatever they change meanwhile."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commitments.digests import subscriptions
from commitments.digests.compose import compose
from commitments.models import Digest, Dispatch, Subscription
from tests import factories
from tests.digests.rows import subscribed, wish
from tests.factories import AT, evidence, people, published, two_good_items, update

pytestmark = pytest.mark.django_db

LONG = timedelta(days=100)


def happens(n: int = 0, **fields: object) -> int:
    """Let something become public about the n-th pledge; return its number."""
    return published(update(factories.pledge(n=n), "in_progress", **people() | fields), two_good_items()).seq or 0


def told(subscription: Subscription) -> list[list[int]]:
    """Return the numbers of the log that each message of a subscription told of, oldest message first."""
    rows = Dispatch.objects.filter(subscription=subscription).select_related("digest").order_by("pk")
    return [[entry["seq"] for entry in row.digest.entries] for row in rows]


def test_who_is_due_gets_what_they_follow_and_no_more() -> None:
    place = factories.pledge(n=1)
    one, other = subscribed(f"pledge:{place.code}"), subscribed("everything", address="other@example.org")
    first, second = happens(0), happens(1)
    assert compose(at=AT + timedelta(minutes=6)) == 0  # nobody is due yet
    assert compose(at=AT + LONG) == 2
    assert (told(one), told(other)) == ([[second]], [[first, second]])


def test_run_again_it_makes_nothing_twice() -> None:
    begun = subscribed()
    seen = happens()
    assert [compose(at=AT + LONG * n) for n in (1, 1, 2)] == [1, 0, 0]
    assert told(begun) == [[seen]]
    later = happens(1)
    compose(at=AT + LONG * 3)
    assert told(begun) == [[seen], [later]]


def test_where_nothing_changed_nothing_is_sent_unless_that_was_asked_for() -> None:
    silent, chatty = subscribed(), subscribed(address="b@example.org", even_if_empty=True)
    happens(0, provisional=True, author=None, approver=None)
    assert compose(at=AT + LONG) == 1
    assert (told(silent), told(chatty)) == ([], [[]])
    assert Digest.objects.get().subject == "No hay cambios"
    assert compose(at=AT + LONG) == 0
    assert compose(at=AT + LONG * 2) == 1


def test_a_digest_is_composed_once_for_all_who_follow_the_same_in_one_language() -> None:
    for n in range(3):
        subscribed("theme:oceans", "everything", address=f"reader{n}@example.org")
    subscribed("everything", "theme:oceans", address="leitor@example.org", language="pt-br")
    happens()
    assert compose(at=AT + LONG) == 4
    assert Digest.objects.count() == 2
    assert Dispatch.objects.values("message_id").distinct().count() == 4


def test_overlapping_follows_make_one_entry_that_says_why() -> None:
    place = factories.pledge(n=1)
    subscribed(f"pledge:{place.code}", f"section:{place.section}", "everything", language="en")
    happens(1)
    compose(at=AT + LONG)
    (entry,) = Digest.objects.get().entries
    assert set(entry["why"]) == {place.code, "everything", f"{place.section} {place.section.title['en']}"}


def test_what_happens_at_once_needs_no_hour() -> None:
    begun = subscribed(cadence="immediate")
    assert compose(at=AT + timedelta(minutes=6)) == 0
    seen = happens()
    assert compose(at=AT + timedelta(minutes=7)) == 1
    assert compose(at=AT + timedelta(minutes=8)) == 0
    assert told(begun) == [[seen]]


def test_a_change_of_scope_counts_from_the_moment_it_is_made() -> None:
    first, second = (factories.pledge(n=n) for n in range(2))
    begun = subscribed(f"pledge:{first.code}")
    before = happens(0), happens(1)
    subscriptions.change(begun, wish(f"pledge:{second.code}"), at=AT + timedelta(minutes=6))
    after = happens(0), happens(1)
    assert compose(at=AT + LONG) == 1
    assert told(begun) == [[before[0], after[1]]]


def test_a_pause_passes_nothing_over() -> None:
    begun = subscribed()
    subscriptions.pause(begun)
    seen = happens()
    assert compose(at=AT + LONG) == 0
    subscriptions.go_on(begun, at=AT + LONG)
    compose(at=AT + LONG * 2)
    assert told(begun) == [[seen]]


def test_evidence_against_is_told_to_those_who_ask_for_it() -> None:
    begun = subscribed(kinds=["against"])
    happens(0)
    cited = [*two_good_items(), (evidence(), "contradicts")]
    against = published(update(factories.pledge(n=1), "in_progress", **people()), cited)
    compose(at=AT + LONG)
    assert told(begun) == [[against.seq]]
    assert "1 fuente lo contradice." in Digest.objects.get().text


def test_more_subscribers_ask_the_database_no_more() -> None:
    def asked(number: int) -> int:
        for n in range(number):
            subscribed("theme:oceans", "everything", address=f"{number}-{n}@example.org")
        happens()
        with CaptureQueriesContext(connection) as queries:
            assert compose(at=AT + LONG) == number
        Dispatch.objects.all().delete()
        Subscription.objects.all().delete()
        return len(queries)

    assert asked(2) == asked(40)  # one batch of rows, as large as SQLite takes it
