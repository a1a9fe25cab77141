"""Real Celery workers, as the Procfile starts them, killed at every point in turn, and three beats at once."""

from collections import Counter
from collections.abc import Callable

import pytest
from django.utils import timezone

from commitments.models import Dispatch, Subscription
from tests.faults.stand import Stand, awaited

Note = Callable[[str, object], None]

MAILS = 48
#: In this order, one worker after the other; the message that was on its way then ends so.
POINTS: list[tuple[str, str, str]] = [
    ("before the claim commits", "claim executed", ""),
    ("after the claim", "", "mail;2"),
    ("after RCPT", "", "rcpt;2"),
    ("after the body, before the fence", "before fence;die;2", ""),
    ("the dot recorded, not sent", "before dot;die;2", ""),
    ("the dot sent, before 250", "", "dot;2"),
    ("250 sent, not heard", "", "answered;2"),
    ("250 heard, not recorded", "record executed;die;2", ""),
    ("after the record", "record committed;die;2", ""),
]
UNCERTAIN = {moment for moment, _, _ in POINTS[4:8]}


def test_workers_that_are_killed_at_each_point_lose_and_double_nothing(site: Stand, note: Note) -> None:
    site.waits(count=MAILS)
    beat = site.celery("beat")
    left: set[str] = set()
    for moment, point, kill in POINTS:
        site.dies(site.celery("worker", point, kill))
        there = site.at_the_dot()
        assert bool(there) == (moment in UNCERTAIN) or moment == "after the record"
        left |= there
        Dispatch.objects.filter(attempt__gte=3).update(attempt=2)  # nine deaths are no fault of theirs
        site.time_passes()
    site.celery("worker")
    site.wakes()
    assert beat.poll() is None, beat.output()
    verdict = site.verdict()
    note("killed at each point in turn", verdict)
    assert site.in_state("uncertain") == left
    assert (verdict.lost, verdict.doubled) == (0, 0)
    assert len(site.in_state("sent")) == MAILS - len(left)


def test_three_beats_and_two_workers_at_once_make_and_send_one_message_for_each_reader(
    site: Stand, note: Note
) -> None:
    site.readers(count=30)
    for what in ("beat", "beat", "beat", "worker", "worker"):
        site.celery(what)
    awaited(lambda: Dispatch.objects.count() >= 30, lambda: f"30 messages; {site.outputs()}")
    site.wakes()
    sweeps = len(site.post.taken())
    assert Counter(Dispatch.objects.values_list("subscription_id", flat=True)) == Counter(
        Subscription.objects.values_list("pk", flat=True)
    )
    verdict = site.verdict()
    note("three beats at once, two workers", verdict)
    assert (sweeps, verdict.once, verdict.whole) == (30, 30, (0, 0, 0))


@pytest.mark.full
def test_a_message_that_kills_its_worker_is_parked_and_the_others_are_sent(site: Stand, note: Note) -> None:
    site.waits("poison", count=10)
    poison = site.of("poison").message_id
    site.celery("beat")
    for _ in range(5):
        site.dies(site.celery("worker", point=poison))
        site.time_passes()
        Dispatch.objects.filter(state="pending").update(next_try=timezone.now())
    site.celery("worker")
    site.wakes()
    verdict = site.verdict()
    note("a message that kills its worker", verdict)
    assert site.in_state("parked") == {poison}
    assert (verdict.once, verdict.whole) == (10, (0, 0, 0))
