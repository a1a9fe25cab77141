"""With real Celery workers: servers that refuse, readers who leave, a disk that is full."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.utils import timezone

from commitments.digests import subscriptions
from commitments.models import Dispatch, Subscription
from tests.faults.databases import Sqlite
from tests.faults.stand import Stand, awaited

pytestmark = pytest.mark.full
Note = Callable[[str, object], None]


def test_what_servers_refuse_ends_as_it_must_and_holds_up_no_other(site: Stand, note: Note) -> None:
    site.waits("later", "busy", "gone", "spam", count=12)
    ids = {name: site.of(name).message_id for name in ("later", "busy", "gone", "spam")}
    site.celery("worker")
    site.celery("beat")
    awaited(lambda: len(site.in_state("sent")) == 12, site.outputs)
    awaited(lambda: not Dispatch.objects.filter(state="sending").exists(), site.outputs)
    states = {name: site.states()[message_id] for name, message_id in ids.items()}
    verdict = site.verdict()
    note("the server: 451 and 550 for some", f"451 waits, 550 failed, the others: {len(site.in_state('sent'))} sent")
    assert states == {"later": "pending", "busy": "pending", "gone": "failed", "spam": "failed"}
    assert (verdict.doubled, verdict.uncertain) == (0, 0)


def test_who_leaves_before_the_dot_never_gets_it(site: Stand, note: Note) -> None:
    site.waits(count=40)
    site.celery("worker", "before fence;dawdle")
    site.celery("beat")
    awaited(site.post.taken, site.outputs)
    stopped, let_go = set[str](), set[str]()
    for reader in Subscription.objects.order_by("-pk"):
        subscriptions.leave(reader, at=timezone.now())
        row = Dispatch.objects.get(subscription=reader)
        (stopped if row.state == "stopped" else let_go).add(row.message_id)
    awaited(lambda: not Dispatch.objects.filter(state="sending").exists(), site.outputs)
    taken = set(site.post.taken())
    note("left while queued", f"not sent in {len(stopped - taken)} of {len(stopped)}")
    assert stopped
    assert not stopped & taken
    assert let_go <= taken


def test_a_disk_that_is_full_costs_time_and_no_message(site: Stand, note: Note) -> None:
    if not isinstance(site.database, Sqlite):
        pytest.skip("the server's disk is not ours to fill")
    site.waits(count=40)
    connection.close()
    limited = site.celery("worker", file_size=24 * 4096)
    site.celery("beat")
    awaited(lambda: "full" in limited.output() or "disk I/O error" in limited.output(), site.outputs)
    limited.kill()
    there = site.at_the_dot()
    site.time_passes()
    site.celery("worker")
    site.wakes()
    verdict = site.verdict()
    note("disk full: the database", verdict)
    assert (verdict.lost, verdict.doubled) == (0, 0)
    assert site.in_state("uncertain") == there
