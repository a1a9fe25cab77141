"""`manage.py restore_fence`: run it after restoring an older backup, before workers start again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from commitments.digests import restored


class Command(BaseCommand):
    """What the backup does not know to have been sent counts as perhaps sent, so that nobody gets it again."""

    help = "After restoring an older backup: let nothing of the past be sent again. Run it before workers start."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, all or nothing, and say what was done and what is left to people."""
        try:
            done = restored.fence(at=timezone.now())
        except restored.FenceError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(str(done))
        self.stdout.write(
            "Uncertain messages stand in the admin, under Dispatches: send again what was certainly not sent.\n"
            "What became public after the backup was made is told again once it is published again."
        )
