"""The Celery app and its schedule: a few fixed sweeps.

When something is due is a question to the rows; the broker only carries wake-ups and may lose them.
"""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")

#: Seconds between two looks at what is due.
SWEEP = float(os.environ.get("SWEEP_SECONDS") or 30)

app = Celery("tracker")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["commitments"])
app.conf.beat_schedule = {
    # Shows that beat, broker and worker are alive together; /readyz reports its age.
    "heartbeat": {"task": "commitments.tasks.heartbeat", "schedule": 20.0, "options": {"expires": 60}},
    # What is due, and what waits, is asked of the rows: a sweep that is lost, or comes twice, changes nothing.
    "compose-digests": {"task": "commitments.tasks.compose_digests", "schedule": SWEEP, "options": {"expires": 60}},
    "send-mail": {"task": "commitments.tasks.send_mail", "schedule": SWEEP, "options": {"expires": 60}},
    # Without MAIL_EVIDENCE it does nothing.
    "reconcile-digests": {
        "task": "commitments.tasks.reconcile_digests",
        "schedule": 4 * SWEEP,
        "options": {"expires": 120},
    },
    # At 06:30, and hourly for what the server did not take then: nobody gets it twice in a day.
    "daily-mail": {
        "task": "commitments.tasks.daily_mail",
        "schedule": crontab(minute=30, hour="6-9", day_of_week="mon-fri"),
        "options": {"expires": 1800},
    },
    # Who sent a report is not kept longer than needed.
    "forget-senders": {"task": "commitments.tasks.forget_senders", "schedule": crontab(hour=0, minute=17)},
    "forget-addresses": {"task": "commitments.tasks.forget_addresses", "schedule": crontab(hour=0, minute=27)},
}
