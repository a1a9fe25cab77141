"""Tasks: wake-ups of a few lines. The rows hold the truth, so a task that is lost costs only time."""

from celery import shared_task
from django.utils import timezone

from commitments.editorial import reports
from commitments.models import Heartbeat


@shared_task
def heartbeat() -> None:
    """Note that beat, broker and worker are alive together."""
    Heartbeat.mark("worker", at=timezone.now())


@shared_task
def forget_senders() -> None:
    """Empty what readers' reports need not keep any longer."""
    reports.forget(at=timezone.now())
