"""`manage.py set_up`: what `make run` does between installing and starting, in one process."""

from typing import Any

from celery import current_app
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Idempotent; each part is a command of its own."""

    help = "Migrate the database, check what it must hold, load the record and the evidence."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the parts in order; the first that fails ends it."""
        call_command("migrate", verbosity=0)
        call_command("check", databases=["default"], stdout=self.stdout)
        call_command("load_catalogue", stdout=self.stdout)
        call_command("load_evidence", stdout=self.stdout)
        _make_queue()


def _make_queue() -> None:
    """Make the queue where it is a file. Worker and beat would do so at once, and who comes second never recovers.

    A broker that is a server brings its own order, and need not be there yet.
    """
    if settings.CELERY_BROKER_URL.startswith("sqla+"):
        with current_app.connection_for_write() as connection:
            queue = current_app.amqp.queues[current_app.conf.task_default_queue]
            queue.bind(connection.default_channel).declare()
