"""An older backup is restored, and workers start: nothing that was sent goes out again."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from commitments.digests import marks, subscriptions
from commitments.models import Dispatch, Heartbeat, Subscription
from tests.faults.stand import Stand, awaited

Note = Callable[[str, object], None]


def runs(site: Stand) -> None:
    """Let a worker and a beat have worked since now, whatever they did."""
    site.celery("worker")
    site.celery("beat")
    begun = timezone.now()
    awaited(lambda: Heartbeat.objects.filter(part="worker", seen_at__gt=begun).exists(), site.outputs)


def stops(site: Stand) -> None:
    for process in site.processes:
        process.kill()


@pytest.mark.full
@pytest.mark.parametrize("fenced_first", [True, False], ids=["fenced first", "fence forgotten"])
def test_what_was_sent_since_the_backup_was_made_is_not_sent_again(
    site: Stand, settings: Settings, note: Note, fenced_first: bool
) -> None:
    settings.MAIL_MARKS = site.folder / "mail"
    site.waits(count=6)  # these wait when the backup is made
    site.readers("due", "leaves")  # and these are due
    site.database.back_up()
    site.celery("worker")
    site.celery("beat")
    awaited(lambda: len(site.in_state("sent")) == 8, site.outputs)
    awaited(lambda: "leaves" in str(site.post.taken()) or len(site.post.taken()) == 8, site.outputs)
    subscriptions.leave(Subscription.objects.get(address__startswith="leaves@"), at=timezone.now())
    awaited(lambda: (settings.MAIL_MARKS / "sent").exists(), site.outputs)
    stops(site)
    site.database.restore()
    assert not site.in_state("sent")
    if not fenced_first:
        assert marks.behind()
        runs(site)
        stops(site)
        assert len(site.post.taken()) == 8
    call_command("restore_fence", verbosity=0)
    site.time_passes(timedelta(hours=5))
    runs(site)
    taken = site.post.taken()
    note(
        f"an older backup restored, {'fenced' if fenced_first else 'the fence forgotten at first'}",
        f"8 sent before; {sum(taken.values()) - 8} sent again",
    )
    assert sum(taken.values()) == len(taken) == 8
    assert Subscription.objects.filter(state="left").count() == 1
    assert set(Dispatch.objects.values_list("state", flat=True)) <= {"uncertain", "stopped"}
