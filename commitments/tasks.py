"""Tasks: wake-ups of a few lines. The rows hold the truth, so a task that is lost costs only time."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from commitments.desk import daily
from commitments.digests import marks, reconcile, requests, sending
from commitments.digests.compose import compose
from commitments.editorial import reports
from commitments.models import Heartbeat

#: How long one sweep sends before others have their turn: the heartbeat shares the worker.
AT_A_TIME = timedelta(seconds=25)


@shared_task
def heartbeat() -> None:
    """Note that beat, broker and worker are alive together."""
    Heartbeat.mark("worker", at=timezone.now())


@shared_task
def forget_senders() -> None:
    """Empty what readers' reports need not keep any longer."""
    reports.forget(at=timezone.now())


@shared_task
def compose_digests() -> None:
    """Make the messages of all who are due."""
    if not marks.behind() and compose(at=timezone.now()):
        send_mail.delay()


@shared_task
def send_mail() -> None:
    """Send what waits: requests to confirm first, somebody is sitting there. What is left over is for the next."""
    if marks.behind():
        return
    begun = timezone.now()
    try:
        requests.send_requests(clock=timezone.now, until=begun + AT_A_TIME / 2)
    finally:
        sending.send_waiting(clock=timezone.now, until=begun + AT_A_TIME)


@shared_task
def reconcile_digests() -> None:
    """Ask the mail side about messages of which nobody knows; without one that is configured do nothing."""
    if not marks.behind() and reconcile.AGAIN in reconcile.reconcile(clock=timezone.now).counts:
        send_mail.delay()


@shared_task
def forget_addresses() -> None:
    """Delete requests that nobody confirmed, and addresses and copies of what was sent long enough ago."""
    requests.forget(at=timezone.now())
    sending.forget(at=timezone.now())
    reconcile.forget(at=timezone.now())


@shared_task
def daily_mail() -> None:
    """Tell the people of the desk what waits for them; who was told today is not told again."""
    if not marks.behind():
        daily.send(clock=timezone.now)
    daily.forget(at=timezone.now())
