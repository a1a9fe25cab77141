"""Tasks: wake-ups of a few lines. The rows hold the truth, so a task that is lost costs only time."""

from celery import shared_task
from django.utils import timezone

from commitments.models import Heartbeat


@shared_task
def heartbeat() -> None:
    """Note that beat, broker and worker are alive together."""
    Heartbeat.mark("worker", at=timezone.now())
