"""`manage.py set_up`: what `make run` does between installing and starting, in one process."""

from typing import Any

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
