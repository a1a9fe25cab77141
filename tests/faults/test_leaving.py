"""Who leaves while a message waits or is on its way does not get it, unless its dot was about to be sent already."""

import random
import time
from collections.abc import Callable

import pytest
from django.utils import timezone

from commitments.digests import subscriptions
from commitments.models import Dispatch, Subscription
from tests.faults.stand import Stand, awaited

Note = Callable[[str, object], None]

#: Readers in one run of the race.
READERS = 24


def race(stand: Stand, stopped: set[str], let_go: set[str]) -> None:
    """Let senders send, and readers leave at moments of their own; note what each row said when they had left."""
    Dispatch.objects.filter(state="pending").update(state="stopped")
    known = set(Subscription.objects.values_list("pk", flat=True))
    stand.waits(*(f"leaver{stand.runs}x{n}" for n in range(READERS)))
    readers = list(Subscription.objects.exclude(pk__in=known))
    random.shuffle(readers)
    process = stand.sender("before fence;dawdle")
    for reader in readers[: READERS * 3 // 4]:
        subscriptions.leave(reader, at=timezone.now())
        row = Dispatch.objects.get(subscription=reader)
        assert row.state == "stopped" or row.state in ("sent", "uncertain") or row.stage == "dot", row.state
        (stopped if row.state == "stopped" else let_go).add(row.message_id)
        time.sleep(random.uniform(0, 0.006))
    assert process.wait() == 0, process.output()


def test_who_leaves_before_the_dot_never_gets_it(alone: Stand, full: bool, note: Note) -> None:
    tries, stopped, let_go = 1_000 if full else 20, set[str](), set[str]()
    until = time.monotonic() + 120
    while len(stopped) < tries and time.monotonic() < until:
        race(alone, stopped, let_go)
    taken = set(alone.post.taken())
    not_sent = len(stopped - taken)
    note("left while queued", f"not sent in {not_sent} of {len(stopped)}; {len(let_go)} left when it was sent already")
    assert len(stopped) >= tries
    assert not_sent == len(stopped)
    assert let_go <= taken


@pytest.mark.parametrize("connections", [1, 8])
def test_who_leaves_while_the_server_has_all_but_the_dot_does_not_get_it(
    alone: Stand, connections: int, monkeypatch: pytest.MonkeyPatch, note: Note
) -> None:
    alone.waits(count=4)
    monkeypatch.setenv("FAULTS_HOLD", str(alone.folder))
    process = alone.sender("before fence;hold")
    awaited((alone.folder / "reached").exists, alone.outputs)
    there = alone.post.last_begun()
    reader = Dispatch.objects.get(message_id=there).subscription
    subscriptions.leave(reader, at=timezone.now())
    (alone.folder / "go").touch()
    assert process.wait() == 0
    alone.settles()
    assert there not in alone.post.taken()
    assert alone.states()[there] == "stopped"
    assert len(alone.post.taken()) == 3
    assert any(event["whole"] and event["message_id"] == there for event in alone.post.events("dropped"))
    note("left while the server has all but the dot", alone.verdict())
