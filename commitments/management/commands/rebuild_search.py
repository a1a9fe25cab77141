"""`manage.py rebuild_search`: write the search indexes anew from the rows."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from commitments.models import editions
from commitments.models.indexing import indexed, reindex_catalogue, reindex_evidence


class Command(BaseCommand):
    """The indexes are derived: nothing is lost, and readers find what they found before."""

    help = "Write the search indexes of pledges, sentences, evidence and updates anew."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write them and say how many rows each holds."""
        reindex_catalogue()
        reindex_evidence()
        editions.renew(connection)
        for name, rows in indexed().items():
            self.stdout.write(f"{name}: {rows}")
