"""`manage.py rebuild_periods`: how each pledge stood, day by day, laid out anew from the history."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from commitments.models import Period, editions, periods


class Command(BaseCommand):
    """The database keeps the periods by itself; this puts them right where somebody has tampered with them."""

    help = "Lay out anew how each pledge stood, day by day; --check only compares, and fails where something differs."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --check."""
        parser.add_argument("--check", action="store_true", help="compare with the history, change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare, then rebuild unless told only to check."""
        wrong = periods.differing(connection)
        if options["check"] and wrong:
            raise CommandError(f"{wrong} periods differ from the history. Run `manage.py rebuild_periods`.")
        if not options["check"]:
            periods.rebuild(connection)
            editions.renew(connection)
            self.stdout.write(f"{wrong} differed and were put right." if wrong else "All were right.")
        self.stdout.write(f"{Period.objects.count()} periods stand.")
