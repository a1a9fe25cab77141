"""The Celery app and its schedule: a few fixed sweeps.

When something is due is a question to the rows; the broker only carries wake-ups and may lose them.
"""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")

app = Celery("tracker")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["commitments"])
app.conf.beat_schedule = {
    # Shows that beat, broker and worker are alive together; /readyz reports its age.
    "heartbeat": {"task": "commitments.tasks.heartbeat", "schedule": 20.0, "options": {"expires": 60}},
    # Who sent a report is not kept longer than needed.
    "forget-senders": {"task": "commitments.tasks.forget_senders", "schedule": crontab(hour=0, minute=17)},
}
